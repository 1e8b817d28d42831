"""Names and settings of runs from the lines that were printed above them, such as "Training with lr=0.01, batch=32".

A line names runs if a line of the same kind is above other runs as well and says something else there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from reportgen.metrics import is_schedule
from reportgen.sources.printed.names import SPLITS, is_metric_word
from reportgen.sources.printed.setting_names import OPTIMIZERS, REMARKS, SETTINGS, setting_in
from reportgen.text import printable

Kind = tuple[str, ...]
Pairs = tuple[tuple[str, str], ...]

_LONGEST: Final = 160  # characters of a line; our choices
_LONGEST_PART: Final = 60
_LONGEST_NAME: Final = 80
_LONGEST_VALUE: Final = 48
_MOST_WORDS: Final = 8
_FEW_WORDS: Final = 3
_FEWEST_RUNS: Final = 2
_FEWEST_BEFORE_RESULTS: Final = 2
_NUMBERS: Final = ("config", "fold", "seed", "epochs")  # that number runs
_MOST_LINES: Final = 50_000  # around all runs
_PAIR: Final = re.compile(
    r"(?P<key>[^\W\d](?:[\w.-]|[ ](?=\S)){0,40}?)[ ]?(?P<sign>[:=])[ ]{0,3}"
    r"(?P<value>\([^()]{0,40}\)|\[[^\[\]]{0,48}\]|'[^']{0,48}'|\"[^\"]{0,48}\"|[^\s,;|:=()\[\]{}][^,;|:=\[\]{}]{0,48}?)"
    r"(?=[ ]{0,3}(?:[,;|\])}]|$|[ ]-[ ]|[ ][A-Za-z_]\w{0,30}[ ]?[:=]))"
)
_TRAINING: Final = (
    r"(?:re-?|pre-?)?train(?:ing)?|fit(?:ting)?|run(?:ning)?|start(?:ing)?|begin(?:ning)?|experiment|model|method|"
    r"approach|optimi[sz]er|architecture|config(?:uration)?|setting|variant|case|dataset|treinando|treinamento|treino|"
    r"entrenando|entrenamiento|entraînement|trainiere|modelo|modell|modèle|experimento|обучение|обучаем|тренировка|"
    r"модель|модели|эксперимент|(?:开始|正在)?(?:训练|訓練)|实验|實驗|模型|학습|훈련|모델|실험|学習"
)
_FINAL: Final = r"model|training|fit|run|round"  # what follows in "Final training on all data"
_BEGINS: Final = re.compile(
    rf"(?:now )?(?P<word>{_TRAINING}|final(?= (?:{_FINAL}))|exp|scenario|stage|phase|k-?fold|fold|seed|trial|repeat)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_GENERAL: Final = re.compile(
    rf"(?:{_TRAINING}|now|currently|중|the|a|an|with|for|using|on|of|in|models|network|new|and|do|da|de|del|con|com|el|o|le|la)(?!\w)"
    r"[\s:=#-]{0,4}",
    re.IGNORECASE,
)
_GENERAL_AFTER: Final = re.compile(
    r"(?:(?<!\w)(?:training|train|with|for|using|at|on|of|model|and|learning|optimi[sz]er)|[\s:=,-])+$", re.IGNORECASE
)
_ENDS: Final = re.compile(r"(?P<name>\S.{0,50}?) (?:model )?(?:training|train)", re.IGNORECASE)
_SIGN: Final = "[=*#~_<>+─━═-]"
_BANNER: Final = re.compile(rf"(?P<sign>{_SIGN})(?P=sign){{1,199}}+[ ]?[^\s=*#~_<>+─━═-].*?{_SIGN}{{2,200}}")
_NUMBERED: Final = re.compile(
    r"(?:k-?)?(?P<word>fold|seed|run|trial|repeat)\W{0,4}(?P<number>\d{1,9})(?:\s?/\s?\d{1,9})?", re.IGNORECASE
)
_ONLY_NUMBER: Final = re.compile(r"[#№nN°o.\s]{0,4}\d{1,6}(?:\s?(?:/|of|из|de|von)\s?\d{1,6})?")
_MADE_UP: Final = re.compile(r"[\"']?(?:sequential|functional|model)(?:_\d{1,6})?[\"']?", re.IGNORECASE)  # by Keras
_COUNTED: Final = re.compile(r"\d{1,6} (?:of|из|de|von) \d{1,6}")  # "network: 1 of 3"
_SEARCH: Final = re.compile(
    r"\[CV(?: (?P<fold>\d{1,4})/\d{1,4})?[^\]]{0,20}\] (?:END|START)?[ .]{0,80}"
)  # scikit-learn
_KEYS: Final = re.compile(r"['\"](?=\w{1,40}['\"]\s?:)|(?<=\w)['\"](?=\s?:)")  # their quotes
_LOGGER: Final = re.compile(
    r"[^=*#~]{0,60}?\b(?:INFO|DEBUG|NOTICE)\b[\])]?[\s:|>-]{1,4}(?:[\w.]{1,30}:(?=\S))?"
)  # its prefix
_ITEM: Final = re.compile(r"[\[(]?\d{1,4}\s?(?:/|of)\s?\d{1,4}[\])]?[:.)]?\s{1,3}(?=[^\W\d])")  # "[1/2] LSTM"
_NUMBER: Final = re.compile(r" \d{1,9}$")
_SPLIT_WORD: Final = re.compile(rf"\b(?:{'|'.join(sorted(SPLITS))})(?![^\W_])", re.IGNORECASE)  # before sizes
_BEST: Final = re.compile(r"\W{0,4}best\b", re.IGNORECASE)
_PART: Final = re.compile(r"\b(?:fine|phase|stage|head|top|layers?|full|un?froz\w{2,4}|warm\w{0,3})\b", re.IGNORECASE)
_EDGES: Final = re.compile(r"^[^\w(\[{'\"]+|[^\w)\]}%'\"]+$")
_REMARK: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(REMARKS))}|final(?! (?:{_FINAL})\b)|"
    r"(?:restor|checkpoint|eval|predict|download|process|prepar|initiali|import)\w{{0,9}}|"
    r"(?:training|train) data)\b|%\||\(None,|[\\/]\w{1,40}[\\/]|\.[a-z]\w{1,3}$|\d:\d\d",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RunName:
    """What the lines above a run say: its name, empty if they say none, and its settings, as text by name."""

    name: str = ""
    settings: Pairs = ()


@dataclass(frozen=True)
class _Heading:
    """A line that may name a run: what it says without general words, its settings, and what it says beside them."""

    text: str
    settings: Pairs = ()
    rest: str = ""


def names_of_runs(
    above: Sequence[Sequence[str]], below: Sequence[str] = (), known: Sequence[str] = ()
) -> list[RunName]:
    """What the lines around runs say about each of them.

    Args:
        above: For each run, the lines between the row before it and its first row.
        below: The lines after the last row.
        known: Names that the runs have already, such as ``fold 1``; an empty text for a run without one.
    """
    n_runs = len(above)
    names = list(known) or [""] * n_runs
    has_names = all(names)
    if n_runs < _FEWEST_RUNS or sum(map(len, above)) > _MOST_LINES:
        return [RunName(name) for name in names]
    labels = _labels_in(frozenset(word for name in names for word in _words_of_labels(name)))
    is_needed = has_names and len(set(names)) < n_runs  # they do not tell the runs apart
    found = [_headings(lines, labels, is_needed=is_needed) for lines in above]
    varied = _varied(found)
    if not varied:  # lines below each run
        after = [_headings(reversed(lines), labels, is_needed=is_needed) for lines in (*above[1:], below)]
        later = [{kind: each for kind, each in part.items() if _is_below(kind, found[0])} for part in after]
        if all(later):
            found, varied = later, _varied(later)
    if any(names) and not has_names:
        names = [name or _own_name(each) for name, each in zip(names, found, strict=True)]
    if not varied:
        return [RunName(printable(name, _LONGEST_NAME)) for name in names]
    settings = [dict(pair for heading in each.values() for pair in heading.settings) for each in _carried(found)]
    chosen = _telling(varied)
    said = [_joined(varied[kind][number].text for kind in chosen) for number in range(n_runs)]
    if any(settings):
        _add_rest(settings, [_joined(varied[kind][number].rest for kind in chosen) for number in range(n_runs)])
    if not any(names):
        names = said
    elif has_names and len(set(names)) < n_runs:
        names = [_joined(both) for both in zip(said, names, strict=True)]
    return [
        RunName(printable(name, _LONGEST_NAME), tuple(each.items())) for name, each in zip(names, settings, strict=True)
    ]


def is_another_run(above: Sequence[str], following: Sequence[str]) -> bool:
    """Whether lines above a training say that it is another run than the one before it, and no part of the same."""
    varied = _varied([_headings(above, None), _headings(following, None)])
    return bool(varied) and not any(_PART.search(each.text) for column in varied.values() for each in column)


def numbered_names(names: Sequence[str]) -> tuple[str, ...]:
    """Unique names: ``fit 2`` for the second run if it has none, ``fold 1, fit 2`` for another ``fold 1``."""
    named = [name or f"fit {number}" for number, name in enumerate(names, 1)]
    counts: Counter[str] = Counter()
    for index, name in enumerate(named):
        counts[name] += 1
        if counts[name] > 1:
            named[index] = f"{name}, fit {counts[name]}"
    return tuple(named)


def _is_below(kind: Kind, first: Mapping[Kind, _Heading]) -> bool:
    return kind[0] == "settings" and kind not in first


def _add_rest(settings: Sequence[dict[str, str]], others: Sequence[str]) -> None:
    """Adds what headings say beside settings as a setting, unless it only numbers the runs."""
    own = [(each, other) for each, other in zip(settings, others, strict=True) if each]
    said = {other for _, other in own}
    if len(said) == 1 or all(_ONLY_NUMBER.fullmatch(other.rpartition(" ")[2]) for other in said):
        return
    name = "optimizer" if {other.lower() for other in said} <= OPTIMIZERS else "variant"
    for each, other in own:
        each.setdefault(name, other)


def _carried(found: Sequence[Mapping[Kind, _Heading]]) -> list[Mapping[Kind, _Heading]]:
    """The headings of each run, with those above earlier runs that still hold for it.

    A heading that each run had so far does not hold for a run with one of another kind, such as "Training on all data".
    """
    held: Mapping[Kind, _Heading] = found[0] if found else {}
    every: list[Mapping[Kind, _Heading]] = []
    stated, met = set(held), set(held)
    for each in found:
        new = [heading for kind, heading in each.items() if kind not in met]
        held = {
            kind: each.get(kind) or (new[-1] if new and kind in stated else heading) for kind, heading in held.items()
        }
        stated &= set(each)
        met |= set(each)
        every.append(held)
    return every


def _own_name(found: Mapping[Kind, _Heading]) -> str:
    """What the last heading of a run says; empty without any."""
    return next((heading.text for heading in reversed(list(found.values())) if heading.text), "")


def _varied(found: Sequence[Mapping[Kind, _Heading]]) -> dict[Kind, list[_Heading]]:
    """The headings by kind, those of each run, if they are not the same for all runs."""
    every = _carried(found)
    columns = {kind: [each[kind] for each in every] for kind in (every[0] if every else ())}
    return {kind: column for kind, column in columns.items() if len({each.text for each in column}) > 1}


def _telling(varied: Mapping[Kind, Sequence[_Heading]]) -> list[Kind]:
    """The kinds that tell runs apart: one if it is enough, otherwise all but banners."""
    ordered = sorted(varied, key=lambda kind: ("settings", "begins", "ends", "item", "banner").index(kind[0]))
    for kind in ordered:
        if len({each.text for each in varied[kind]}) == len(varied[kind]):
            return [kind]
    return [kind for kind in ordered if kind[0] != "banner"] or ordered


@lru_cache(maxsize=100)
def _words_of_labels(name: str) -> tuple[str, ...]:
    return tuple(filter(None, (_NUMBER.sub("", part) for part in name.split(", "))))


@lru_cache(maxsize=100)
def _labels_in(words: frozenset[str]) -> re.Pattern[str] | None:
    """Finds what names say already, such as "Fold 2/5"; None if they say nothing."""
    if not words:
        return None
    each = (r"[\s_-]?(?:cv[\s_-]?)?".join(map(re.escape, word.split())) for word in sorted(words, reverse=True))
    return re.compile(
        rf"(?<![^\W\d_])(?:k-?)?(?:{'|'.join(each)})\W{{0,4}}\d{{1,9}}(?:\s?(?:/|of)\s?\d{{1,6}})?(?!\w)", re.IGNORECASE
    )


def _headings(lines: Iterable[str], labels: re.Pattern[str] | None, *, is_needed: bool = False) -> dict[Kind, _Heading]:
    """The lines that may name a run, by their kind; of several of a kind, the last one that says something.

    Args:
        lines: Lines above or below a run.
        labels: Finds what the names of the runs say already, which is left out.
        is_needed: Whether these names do not tell the runs apart.
    """
    found: dict[Kind, _Heading] = {}
    columns: list[str] = []
    table: dict[str, str] = {}
    for line in lines:
        cells = [cell.strip() for cell in line.strip(" |").split("|")]
        words = [cell.lower() for cell in cells]
        if "hyperparameter" in words and "value" in words:  # KerasTuner
            columns = words
        elif columns and len(cells) == len(columns):
            table[cells[columns.index("hyperparameter")]] = _value(cells[columns.index("value")])
        else:
            columns = []
            is_labelled = labels is not None and labels.search(line) is not None
            made = _beside_labels(line, labels, is_needed=is_needed) if labels and is_labelled else _heading(line)
            if made is not None and (made[1].text or made[0] not in found):
                found.pop(made[0], None)
                found[made[0]] = made[1]
    if table:
        pairs = tuple(table.items())
        found["settings", "table"] = _Heading(_as_text(pairs), pairs)
    return found


@lru_cache(maxsize=5_000)
def _heading(line: str) -> tuple[Kind, _Heading] | None:
    """The kind of a heading and what it says; None for any other line."""
    text = _LOGGER.sub("", line.replace("\\n", " ").strip())
    if len(text) > _LONGEST or not any(map(str.isalpha, text)):
        return None
    if (search := _SEARCH.match(text)) is not None:
        return _of_search(text[search.end() :].partition(";")[0], search["fold"])
    is_banner, sign = _BANNER.fullmatch(text) is not None, text[0]
    text = _EDGES.sub("", text)
    if text[:1] == "[" and text[-1:] == "]":
        text = text[1:-1].strip()
    begins = _BEGINS.match(text)
    made = _of_settings(text, is_stated=is_banner or begins is not None, may_count=is_banner)
    if made is not None:
        return made
    if _REMARK.search(text) or any(map(_states_number, _PAIR.finditer(text))):
        return None
    if (item := _ITEM.match(text)) is not None and begins is None:
        name = _without_general(text[item.end() :])
        is_short = len(name) <= _LONGEST_PART and len(name.split()) <= _MOST_WORDS
        return (("item",), _Heading(name, (), name)) if name and is_short else None
    name = _without_general(text)
    if begins is not None and name.lower() in OPTIMIZERS:
        return ("settings", "optimizer"), _Heading(name, (("optimizer", name),))
    if begins is not None and not name:
        return ("begins", begins["word"].lower()), _Heading("")
    if (numbered := _NUMBERED.fullmatch(name)) is not None:
        name = f"{numbered['word'].lower()} {int(numbered['number'])}"
    if not name or _MADE_UP.fullmatch(name) or len(name) > _LONGEST_PART or len(name.split()) > _MOST_WORDS:
        return None
    if begins is not None:
        word = begins["word"].lower()
        name = f"{word} {name.lstrip('#№ ')}" if _ONLY_NUMBER.fullmatch(name) else name
        return ("begins", word), _Heading(name, (), name)
    if (ends := _ENDS.fullmatch(text)) is not None:
        return ("ends", "training"), _Heading(ends["name"], (), ends["name"])
    return (("banner", sign), _Heading(name, (), name)) if is_banner else None


def _beside_labels(line: str, labels: re.Pattern[str], *, is_needed: bool) -> tuple[Kind, _Heading] | None:
    """What a heading with a fold says beside it, as in "START FOLD 2 EARLY" or "Fold 2, lr=0.1"."""
    text = _EDGES.sub("", labels.sub(" ", line))
    made = _of_settings(text, is_stated=is_needed, may_count=is_needed) if len(text) <= _LONGEST else None
    if made is not None and (is_needed or {name for name, _ in made[1].settings} <= set(SETTINGS.values())):
        return made
    text = _without_general(text)
    if _REMARK.search(text) or any(mark in text for mark in ":=") or not any(map(str.isalpha, text)):
        return None
    return (("begins", "fold"), _Heading(text, (), text)) if len(text.split()) <= _FEW_WORDS else None


def _of_search(text: str, fold: str | None) -> tuple[Kind, _Heading] | None:
    """A fit of scikit-learn's searches: ``[CV 1/5] END alpha=0.01, solver=adam;, score=0.9``."""
    pairs = tuple((each["key"].strip(), _value(each["value"])) for each in _PAIR.finditer(text))
    if not pairs:
        return None
    name = _as_text(pairs)
    if fold is not None:
        return ("settings", "search"), _Heading(f"{name}, fold {fold}", (*pairs, ("fold", fold)))
    return ("settings", "search"), _Heading(name, pairs)


def _of_settings(text: str, *, is_stated: bool, may_count: bool = False) -> tuple[Kind, _Heading] | None:
    """A line with settings such as "lr=0.01, batch=32"; None for any other line, such as one with results.

    With ``may_count``, other names with numbers are settings too, as in "Fold 2; units: 64" or "=== Merges: 500 ===".
    """
    braces = re.search(r"\{([^{}]{1,140})\}", text)
    listed = text if braces is None else _KEYS.sub("", braces[1])
    if _BEST.match(text):
        return None
    pairs: dict[str, str] = {}
    rest = listed if braces is None else ""
    is_known = braces is not None
    for each in _PAIR.finditer(listed):
        words = each["key"].split()
        name, value = setting_in(words), _value(each["value"])
        is_known = is_known or bool(name)
        if name and _REMARK.search(each["key"][: -len(name)]):
            return None  # "Total params", "Best learning rate"
        if not name and is_metric_word(words[-1]) and not is_schedule(words[-1]):
            if len(pairs) < _FEWEST_BEFORE_RESULTS:
                return None
            rest = rest[: rest.find(each[0])]
            break  # the results of these settings
        if not name and (each["sign"] == "=" or braces is not None):
            name = each["key"] if each.start() and listed[: each.start()].rstrip().endswith((",", ";")) else words[-1]
        if not name and _is_number(value):
            if not may_count or _REMARK.search(each["key"]) or _SPLIT_WORD.search(each["key"]):
                return None  # a size or a count
            name = words[-1]
        if name and value and "/" not in value and not (_MADE_UP.fullmatch(value) or _COUNTED.fullmatch(value)):
            pairs[SETTINGS.get(name.lower(), name)] = value
            rest = rest.replace(each[0][each[0].rfind(name) :], " ")
    if not pairs and is_stated and (name := setting_in(text.split()[:-1])) and SETTINGS[name.lower()] not in _NUMBERS:
        pairs, rest, is_known = {SETTINGS[name.lower()]: text.split()[-1]}, "", True  # "with optimizer adam"
    if not pairs or not (is_known or is_stated or len(pairs) > 1):
        return None
    beside = _without_general(re.sub(r"\(\s{0,9}\)|\s{2,}|[,;|]+\s?", " ", rest).strip())
    if _REMARK.search(beside) or len(beside) > _LONGEST_PART:
        beside = ""
    own = tuple(pairs.items())
    return ("settings", *sorted(pairs)), _Heading(_joined((beside, _as_text(own))), own, beside)


def _without_general(text: str) -> str:
    """A text without words such as "Training" and "model" at its beginning, and "with" at its end."""
    place = 0
    while (match := _GENERAL.match(text, place)) is not None:
        place = match.end()
    text = _GENERAL_AFTER.sub("", _EDGES.sub("", text[place:]))
    return text[1:-1] if text[:1] == "(" and text.find(")") == len(text) - 1 else text


def _as_text(pairs: Pairs) -> str:
    """Settings as a name: ``Adam``, ``Adam, learning_rate=0.01``."""
    return ", ".join(value if _is_word(value) else f"{name}={value}" for name, value in pairs)


def _value(text: str) -> str:
    return text.strip(" '\"")[:_LONGEST_VALUE]


def _states_number(pair: re.Match[str]) -> bool:
    """Whether a name with a value states something else than the number of a run."""
    return pair["sign"] == "=" or (_is_number(pair["value"]) and _COUNTED.fullmatch(pair["value"].strip()) is None)


def _is_word(value: str) -> bool:
    """Whether a value says enough without its name."""
    return len(value) > 1 and value[0].isalpha() and value not in ("True", "False", "None")


def _is_number(text: str) -> bool:
    return re.match(r"[+-]?[.\d]", text) is not None


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(filter(None, parts)))
