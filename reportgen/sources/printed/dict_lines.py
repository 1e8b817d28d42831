"""Lines with a printed dict or a JSON object, such as ``{'loss': 2.41, 'epoch': 0.5}`` of Hugging Face's Trainer."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from reportgen.sources.literals import dict_at
from reportgen.sources.printed.entries import Entry
from reportgen.sources.printed.grid import counter_of

_FLOAT: Final = r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,5})?|nan|inf|NaN|Infinity)"
_PAIRS: Final = re.compile(rf"""['"]([^'"{{}}\n]{{1,200}})['"]:\s?['"]?({_FLOAT})['"]?\s?(?=[,}}])""")
_BEGINS: Final = re.compile(r"\{\s?['\"]")
_COUNTER: Final = re.compile(
    r"\b(epoch|iteration|iter|step|itn)s?\W{0,6}(\d{1,15})(?:\s?/\s?(\d{1,15}))?", re.IGNORECASE
)
_LONGEST: Final = 20_000  # characters; a line of a hundred metrics has a few thousand
_MOST_LEVELS: Final = 4
_NO_CURVES: Final = re.compile(
    r"(?:^|_|/)(?:runtime|samples_per_second|steps_per_second|tokens_per_second|model_preparation_time|flos|num_tokens|time|seconds|"
    r"mem|mb_qsize|elapsed_time|remaining_time|percentage|total_steps|timestamp|num_input_tokens_seen|memory\(gib\)|train_speed\(.{1,10}\))$",
    re.IGNORECASE,
)
_SPLITS: Final = {
    **dict.fromkeys(("train", "training"), ""),
    **dict.fromkeys(("val", "valid", "validation", "eval", "dev", "test"), "val_"),
}
_SPLIT_BEFORE: Final = re.compile(
    rf"(?<![^\W_])(?P<split>{'|'.join(_SPLITS)})(?:[\s_](?:metrics|results|stats|set|loss|losses))?\W{{0,6}}$",
    re.IGNORECASE,
)
_LONGEST_SPLIT: Final = 40  # characters before a dict
_SUMMARY: Final = "train_runtime"
_METRICS: Final = re.compile(r"\*{3,} ?(?P<split>train|eval|test|predict)\w{0,8} metrics \*{3,}")
_METRIC: Final = re.compile(rf"\s{{1,8}}([A-Za-z][\w/-]{{0,100}})\s{{1,60}}=\s{{1,40}}({_FLOAT})\s?%?$")


def may_have_dicts(text: str) -> bool:
    """Whether a text may have lines with dicts. Fast."""
    return _BEGINS.search(text) is not None


def is_of_dicts(line: str) -> bool:
    """Whether a line outside a section may say something to `DictLines`; the values of its digits do not matter."""
    return any(mark.search(line) is not None for mark in (_BEGINS, _METRICS, _COUNTER))


class DictLines:
    """Reads lines one at a time; remembers the epoch that a line above them named."""

    def __init__(self) -> None:
        self._epoch: float | None = None
        self._is_over = False
        self._section = ""

    def read(self, line: str) -> Iterator[Entry]:
        """What a line says; nothing for other lines."""
        if len(line) > _LONGEST:
            return
        begin = _BEGINS.search(line)
        if begin is None:
            yield from self._other(line)
            return
        values, texts = _values_of_splits(line, begin.start()) or _values(line, begin.start())
        if not values:
            return
        before = line[: begin.start()]
        entry = self._entry(before, values, texts)
        if entry is not None:
            yield entry

    def is_in_section(self) -> bool:
        """Whether every line counts, as values below a heading follow."""
        return bool(self._section)

    def _other(self, line: str) -> Iterator[Entry]:
        if (match := _METRICS.search(line)) is not None:
            self._section = match["split"]
        elif self._section:
            match = _METRIC.match(line)
            if match is None:
                self._section = ""
            elif self._section != "train" and not _is_setting(match[1]) and match[1] != "epoch":
                yield Entry(values={result_name(match[1]): float(match[2])}, tool="transformers", is_result=True)
        elif (counter := _COUNTER.search(line[:80])) is not None and ":" not in line[counter.end() + 1 :]:
            self._epoch = float(counter[2]) if counter[1].lower() == "epoch" else self._epoch

    def _entry(self, before: str, values: dict[str, float], texts: dict[str, str]) -> Entry | None:
        if _SUMMARY in values:
            self._is_over = True
            kept = tuple((name, f"{values[name]:.6g}") for name in ("train_runtime", "train_loss") if name in values)
            return Entry(tool="transformers", is_result=True, params=kept)
        counts = _counts(values, texts)
        heading = _COUNTER.search(before[-80:]) if before and not counts else None
        if heading is not None:
            kind = "epoch" if heading[1].lower() == "epoch" else "step"
            counts = {kind: float(heading[2])}
        curves = {name: number for name, number in values.items() if not _is_setting(name) and counter_of(name) is None}
        names = set(values)
        tool = None
        if "epoch" in names and ({"learning_rate", "grad_norm", "eval_runtime", "train_speed(iter/s)"} & names):
            tool = "transformers"
        if "osses" in before or "OSSES" in before:
            tool = "spacy" if "ner" in names or "tagger" in names or "textcat" in names or "parser" in names else None
            curves = {("loss" if len(curves) == 1 else f"{name} loss"): number for name, number in curves.items()}
        if not curves:
            return None
        known = {name: _key(name) for name in curves}
        is_evaluated = all(key.startswith("val_") for key in known.values())
        if is_evaluated and (self._is_over or (not counts and all(name.startswith("test") for name in curves))):
            finite = {result_name(name): number for name, number in curves.items() if math.isfinite(number)}
            return Entry(values=finite, tool=tool, is_result=True)
        if not is_evaluated:
            self._is_over = False
        if not counts and self._epoch is not None:
            counts = {"epoch": self._epoch}
        if not counts and "loss" not in known.values():
            return None
        step = counts.get("step")
        return Entry(counts.get("epoch"), None if step is None else int(step), None, curves, known, tool)


def _values_of_splits(line: str, start: int) -> tuple[dict[str, float], dict[str, str]] | None:
    """The numbers of dicts with the name of a split before each, as in ``train: {'loss': 0.9} val: {'loss': 1.1}``."""
    values: dict[str, float] = {}
    texts: dict[str, str] = {}
    end = 0
    while start >= 0:
        named = _SPLIT_BEFORE.search(line, max(end, start - _LONGEST_SPLIT), start)
        found = dict_at(line, start) if named is not None else None
        if named is None or found is None:
            return None
        part: dict[str, float] = {}
        _flatten(found[0], "", part, texts, 0)
        if not part.keys().isdisjoint(("epoch", "step")) or any(_key(name) != name for name in part):
            return None
        values |= {f"{named['split'].lower()}/{name}": number for name, number in part.items()}
        end = found[1]
        following = _BEGINS.search(line, end)
        start = following.start() if following else -1
    return values, texts


def _values(line: str, start: int) -> tuple[dict[str, float], dict[str, str]]:
    """The numbers of the dict that begins at a place, and its texts. Names of nested dicts are joined with a slash."""
    end = line.find("}", start)
    body = line[start : end + 1]
    pairs = _PAIRS.findall(body)
    if end > 0 and pairs and len(pairs) == body.count("':") + body.count('":') and "[" not in body:
        return {name: float(text) for name, text in pairs}, {}
    found = dict_at(line, start)
    values: dict[str, float] = {}
    texts: dict[str, str] = {}
    if found is not None:
        _flatten(found[0], "", values, texts, 0)
    return values, texts


def _flatten(part: dict[str, Any], before: str, values: dict[str, float], texts: dict[str, str], level: int) -> None:
    inner = [value for value in part.values() if isinstance(value, dict)]
    for name, value in part.items():
        whole = f"{before}/{name}" if before else str(name)
        if isinstance(value, dict):
            says_splits = len(inner) == 1 and any(_key(str(each)) != each for each in value)
            if says_splits and str(name).lower() not in _SPLITS and part.keys().isdisjoint(value.keys()):
                whole = before  # {'round': 1, 'results': {'train_loss': 0.4}}
            if level < _MOST_LEVELS:
                _flatten(value, whole, values, texts, level + 1)
        elif isinstance(value, bool) or value is None:
            continue
        elif isinstance(value, float | int):
            try:
                values[whole] = float(value)
            except OverflowError:
                continue
        elif isinstance(value, str):
            try:
                values[whole] = float(value.replace("_", "x"))
            except ValueError:
                texts[whole] = value[:100]


def _counts(values: dict[str, float], texts: dict[str, str]) -> dict[str, float]:
    """The epoch and the step that a dict names."""
    counts: dict[str, float] = {}
    for name, number in values.items():
        kind = "step" if name in ("current_steps", "global_step/max_steps") else counter_of(name)
        if (
            kind is not None
            and kind not in counts
            and number >= 0
            and (kind == "epoch" or number == math.floor(number))
        ):
            counts[kind] = number
    progress = re.match(r"(\d{1,15})/\d{1,15}$", texts.get("global_step/max_steps", ""))
    if progress is not None:
        counts["step"] = float(progress[1])
    return counts


@lru_cache(maxsize=1_000)
def _is_setting(name: str) -> bool:
    return _NO_CURVES.search(name) is not None


@lru_cache(maxsize=1_000)
def _key(name: str) -> str:
    """The name as Keras logs it."""
    first, slash, rest = name.partition("/")
    if slash and first.lower() in _SPLITS:
        return _SPLITS[first.lower()] + rest
    first, line, rest = name.partition("_")
    if line and rest and first.lower() in _SPLITS:
        return _SPLITS[first.lower()] + rest
    return name


def result_name(name: str) -> str:
    """The name of a result."""
    key = _key(name)
    return key.removeprefix("val_") or name
