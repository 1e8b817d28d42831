"""What names of runs say about repetition: seeds, folds, numbers that tools count up, and names that they make up.

A number next to a word for it, such as ``seed_3``, always shows a repeated run. Other numbers, such as those of
``version_2`` or ``adam/42``, may as well stand for a setting; they show repeated runs only if several groups have the
same ones.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

LONGEST: Final = 200  # characters of a name that are looked at
# What the numbers of repeated runs are called, and the word that stands for all of them.
REPEATS: Final = {
    **dict.fromkeys(("seed", "seeds", "random_state", "random_seed", "rng"), "seed"),
    **dict.fromkeys(("fold", "kfold", "cv"), "fold"),
    "split": "split",
    **{f"{level}_{word}": f"{level} fold" for level in ("outer", "inner") for word in ("fold", "split", "loop", "cv")},
    **dict.fromkeys(
        ("rep", "repeat", "repetition", "replicate", "replica", "bootstrap", "execution", "member"), "repetition"
    ),
    "trial": "trial",
    **dict.fromkeys(("run", "version", "attempt"), "run"),
}
TRIAL: Final = "trial"
RUN: Final = "run"
_SURE: Final = [word for word, meaning in REPEATS.items() if meaning not in (TRIAL, RUN, "outer fold", "inner fold")]
_LEVEL: Final = r"(?:outer|inner)"  # of nested cross-validation
_COUNTED: Final = ("run", "attempt")  # of `_SHARED`; those of tools need more evidence, and trials always differ
_SURE_WORDS: Final = "|".join(sorted((re.escape(word) for word in _SURE), key=len, reverse=True))
_OF: Final = r"(?:[-_ ]?(?:of|out[-_ ]of)[-_ ]?\d{1,6})?"  # fold-1-of-5
_END: Final = r"(?!\.\d)(?=$|[\W_])"  # split_0.8 is a share
_PARTS: Final = re.compile(
    # Seeds, folds and so on. A word may follow a digit (bs32seed1) or begin with a capital (AdamSeed1).
    rf"(?:^|(?<=[\W_\d])|(?-i:(?<=[a-z])(?=[SFR][a-z])))"
    rf"(?P<sure>{_LEVEL}[\s_-]?(?:cv[\s_-]?)?(?:k?fold|split|loop|cv)|{_SURE_WORDS})s?[\s_=#:.-]{{0,3}}"
    rf"(?P<number>\d{{1,12}}){_OF}{_END}"
    rf"|(?:^|(?<=[\W_]))(?P<level>{_LEVEL})[\s_=#:.-]{{0,3}}(?P<nested>\d{{1,6}}){_OF}{_END}"  # outer_1/inner_2
    r"|(?P<chinese>\u7b2c(?P<fold>\d{1,4})\u6298|\u79cd\u5b50[\s_=:-]?(?P<seed>\d{1,12}))"
    r"|__(?P<cleanrl>\d{1,9})__1\d{9}(?=$|/)"  # CleanRL: seed and time
    # Names, or parts of names, that tools make up for each run: they do not say what was tried.
    r"|(?<![^\W_])(?<!\d\.)(?P<made>"
    r"checkpoint[-_]\d{1,9}"  # Hugging Face
    r"|(?:offline-)?run-\d{8}_\d{6}-\w{8}"  # Weights & Biases
    r"|(?:[0-9a-f]{4,8}_)?0\d{4}(?:_\d{1,5})?"  # Ray Tune: its id and number
    r"|(?=[0-9a-f]{0,31}\d)(?=[0-9a-f]{0,31}[a-f])[0-9a-f]{8,32}(?![\w.=-])"  # hexadecimal ids
    r"|(?:19|20)\d{2}(?P<between>[-_.])\d\d?(?P=between)\d\d?(?:[ T_/-]\d{2}[-_:.]?\d{2}[-_:.]?\d{2})?"  # times
    r"|\d{2}-\d{2}-\d{2}|\d{8}[-_T]\d{4,6}|20\d{6}(?:\d{4}|\d{6})?|1[5-9]\d{8}"
    r"|[A-Z][a-z]{2}\d{2}_\d{2}-\d{2}-\d{2}(?:_[\w.-]{1,60})?"  # TensorBoard: its time and the computer
    r")(?![^\W_])"
    r"|(?<![^\W_])(?P<pair>[a-z]{2,20}-[a-z]{2,20})-\d{1,6}(?![\w.=-])"  # MLflow and Weights & Biases: bold-fox-123
    # Numbers that may stand for something else.
    r"|(?:^|(?<=[\W_]))(?P<word>run|attempt|version|trial)s?[\s_=#:.-]{0,3}(?P<count>\d{1,12})" + _END + r""
    r"|(?<![^\W_])(?P<tool>train|exp)-?(?P<again>\d{0,4})(?=$|/)"  # YOLO
    r"|(?:^|(?<=/))(?P<whole>\d{1,12})(?=$|/)"  # adam/42
    r"|(?<=[_-])(?P<letter>[sf])(?P<short>\d{1,3})(?=$|[/_-])"  # ppo_s10
    r"|(?<=-v\d)_(?P<zoo>\d{1,4})(?=$|/)",  # RL Baselines3 Zoo: CartPole-v1_2
    re.IGNORECASE,
)
_EDGE: Final = " _/.:,;#=()[]{}|-"
_BETWEEN: Final = re.compile(r"[\s_/.:,;#=(){}|\[\]-]{2,20}")
_LETTERS: Final = {"s": "seed", "f": "fold"}
_EVEN_STEPS: Final = (8, 10)  # numbers that are multiples of these are sizes and durations as often as seeds
_DEPTHS: Final = frozenset({18, 34, 101, 152})  # of residual networks
_LARGE: Final = 40  # smaller numbers may be settings, such as 3 and 5
_FEWEST_IN_ROW: Final = 3  # our choice: folders 0 and 1 may be a switch, and s1 and s2 strides


@dataclass(frozen=True)
class RepeatName:
    """What a name says about repetition.

    Attributes:
        stem: The name without what only tells repeated runs apart; the whole name if that would leave a bare number.
        bare: The name without all numbers that tools count up, whatever they mean.
        labels: Seed, fold, split and repetition, as text by these words.
    """

    stem: str
    bare: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class _RunNamePart:
    """A part of a name: ``kind`` is empty for plain text, ``sure`` for a label, ``made`` if a tool made it up."""

    text: str
    kind: str = ""
    label: str = ""
    number: int = 0


def read_repeats(names: Sequence[str]) -> list[RepeatName]:
    """What names say about repetition, when they are seen together."""
    every = _without_repeated_words([list(_parts(name[-LONGEST:])) for name in names])
    labels = [{part.label: str(part.number) for part in parts if part.kind == "sure"} for parts in every]
    kinds = [kind for kind in _KINDS if any(part.kind == kind for parts in every for part in parts)]
    unsure = set(kinds)
    bare = [_joined(parts, ()) for parts in every]
    for kind in kinds:
        if kind in _EXPLAINED and _explain(labels, bare):
            unsure.remove(kind)
            continue
        stems = [_joined(parts, unsure - {kind}) for parts in every]
        found: dict[str, list[int]] = {}
        for stem, parts in zip(stems, every, strict=True):
            found.setdefault(stem, []).extend(part.number for part in parts if part.kind == kind)
        if _are_repeats(kind, list(found.values())):
            unsure.remove(kind)
            for own, parts in zip(labels, every, strict=True):
                own.update({part.label: str(part.number) for part in parts if part.kind == kind and part.label})
    stems = [_joined(parts, unsure) for parts in every]
    lone = _numbers_alone(stems, bare, labels)
    return [
        RepeatName(name if stem in lone else stem, short, own)
        for name, stem, short, own in zip(names, stems, bare, labels, strict=True)
    ]


@lru_cache(maxsize=10_000)
def labels_in(text: str) -> Mapping[str, str]:
    """Labels of a text on its own: seed, fold, split, repetition and the number of a trial."""
    found = {}
    for part in _parts(text[-LONGEST:]):
        if part.kind == "sure":
            found[part.label] = str(part.number)
        elif part.kind in ("count", "tool-count", "trial"):
            found[TRIAL if part.kind == "trial" else RUN] = str(part.number)
    return found


@lru_cache(maxsize=10_000)
def without_labels(text: str) -> str:
    """A text without seeds, folds and so on, such as the name of an experiment; the text itself without any."""
    parts = list(_parts(text[-LONGEST:]))
    return _joined(parts, _UNSURE) if any(part.kind == "sure" for part in parts) else text


def counts_repeats(name: str) -> bool:
    """Whether a name has a part that may only tell repeated runs apart, such as a seed or the number of a run."""
    return any(part.kind for part in _parts(name[-LONGEST:]))


def are_counted(names: Sequence[str]) -> bool:
    """Whether each name has another number of a run, such as ``run 3``."""
    numbers = [tuple(part.number for part in _parts(name[-LONGEST:]) if part.kind == "count") for name in names]
    return all(numbers) and len(set(numbers)) == len(numbers)


def _parts(name: str) -> Iterator[_RunNamePart]:
    """A name in parts. ``inner_2`` is a fold if ``outer_1`` is in the name as well."""
    parts = list(_matches(name))
    is_nested = len({part.label for part in parts if part.kind == "level"}) > 1
    for part in parts:
        yield (
            _RunNamePart(part.text, "sure", part.label, part.number)
            if part.kind == "level" and is_nested
            else (_RunNamePart(part.text) if part.kind == "level" else part)
        )


def _matches(name: str) -> Iterator[_RunNamePart]:
    at = 0
    for match in _PARTS.finditer(name):
        if match.start() > at:
            yield _RunNamePart(name[at : match.start()])
        yield _part(match)
        at = match.end()
    if at < len(name):
        yield _RunNamePart(name[at:])


def _part(match: "re.Match[str]") -> _RunNamePart:
    text = match[0]
    if match["sure"]:
        word = match["sure"].lower()
        return _RunNamePart(text, "sure", REPEATS.get(word) or f"{word[:5]} fold", int(match["number"]))
    if match["level"]:
        return _RunNamePart(text, "level", f"{match['level'].lower()} fold", int(match["nested"]))
    if match["chinese"]:
        return _RunNamePart(text, "sure", "fold" if match["fold"] else "seed", int(match["fold"] or match["seed"]))
    if match["cleanrl"]:
        return _RunNamePart(text, "sure", "seed", int(match["cleanrl"]))
    if match["made"]:
        return _RunNamePart(text, "made")
    if match["pair"]:
        return _RunNamePart(text, "pair", match["pair"].lower())
    if match["word"]:
        kind = "count" if match["word"].lower() in _COUNTED else "tool-count"
        return _RunNamePart(text, "trial" if match["word"].lower() == TRIAL else kind, number=int(match["count"]))
    if match["tool"]:
        return _RunNamePart(text, "again", number=int(match["again"] or 1))
    if match["whole"]:
        return _RunNamePart(text, "whole", number=int(match["whole"]))
    if match["letter"]:
        letter = match["letter"].lower()
        return _RunNamePart(text, letter, _LETTERS[letter], int(match["short"]))
    return _RunNamePart(text, "tool-count", number=int(match["zoo"]))


_KINDS: Final = ("s", "f", "count", "tool-count", "whole", "trial", "again")  # in the order in which they are judged
_UNSURE: Final = (*_KINDS, "made", "pair")
_EXPLAINED: Final = ("count", "tool-count")  # of runs whose seeds tell all of them apart, these mean nothing


def _without_repeated_words(every: list[list[_RunNamePart]]) -> list[list[_RunNamePart]]:
    """Names with words and a number as made up, unless the same words occur with several numbers: resnet-fpn-50."""
    texts: dict[str, set[str]] = {}
    for parts in every:
        for part in parts:
            if part.kind == "pair":
                texts.setdefault(part.label, set()).add(part.text)
    plain = {words for words, found in texts.items() if len(found) > 1}

    def read(part: _RunNamePart) -> _RunNamePart:
        if part.kind != "pair":
            return part
        return _RunNamePart(part.text) if part.label in plain else _RunNamePart(part.text, "made")

    return [[read(part) for part in parts] for parts in every] if texts else every


def _joined(parts: Iterable[_RunNamePart], kept: Iterable[str]) -> str:
    """A name of its plain parts and those of the kinds that are kept."""
    kept = set(kept)
    text = "".join(part.text if not part.kind or part.kind in kept else " " for part in parts)
    text = _BETWEEN.sub(lambda found: "/" if "/" in found[0] else " ", text).strip(_EDGE)
    return "/".join(folder for folder, _ in groupby(text.split("/")))  # ppo/ppo_s0 is ppo


def _explain(labels: Sequence[Mapping[str, str]], bare: Sequence[str]) -> bool:
    """Whether seeds and folds tell the runs of each group apart, so that no other number is needed."""
    keys = {(name, *sorted(own.items())) for name, own in zip(bare, labels, strict=True)}
    return all(labels) and len(keys) == len(bare)


def _are_repeats(kind: str, groups: Sequence[Sequence[int]]) -> bool:
    """Whether the numbers of groups show repeated runs: several groups have the same ones."""
    if kind in ("trial", "again"):
        return False  # of a search; or counted up whenever a tool is started
    sets = [frozenset(numbers) for numbers in groups if numbers]
    is_letter = kind in _LETTERS
    if len(sets) < 2 or not (is_letter or all(len(set(each)) == len(each) for each in groups)):
        return False
    numbers = frozenset[int]().union(*sets)
    if kind == "tool-count":
        return len(set(sets)) == 1 and len(numbers) > 1
    if kind == "count":
        return _share(sets)
    if is_letter:
        return _share(sets) and (_are_in_row(numbers) or numbers == frozenset(range(0, 10 * len(numbers), 10)))
    return _share(sets) and ((_are_in_row(numbers) and len(numbers) >= _FEWEST_IN_ROW) or any(map(_is_odd, numbers)))


def _share(sets: Sequence[frozenset[int]]) -> bool:
    """Whether each group with several numbers has two of those that groups share."""
    counts = Counter(number for each in sets for number in each)
    shared = {number for number, count in counts.items() if count > 1}
    return len(shared) > 1 and all(len(each & shared) > 1 for each in sets if len(each) > 1)


def _are_in_row(numbers: frozenset[int]) -> bool:
    """Whether numbers are consecutive from 0, or at least three of them from 1."""
    first = min(numbers)
    in_row = numbers == frozenset(range(first, first + len(numbers)))
    return in_row and (first == 0 or (first == 1 and len(numbers) >= _FEWEST_IN_ROW))


def _is_odd(number: int) -> bool:
    """Whether people choose this number as a seed rather than as a setting, such as 42 and 1337."""
    return number > _LARGE and number not in _DEPTHS and all(number % step for step in _EVEN_STEPS)


def _numbers_alone(
    stems: Sequence[str],
    bare: Sequence[str],
    labels: Sequence[Mapping[str, str]],
) -> set[str]:
    """The stems without a word of their own, unless seeds and folds tell their runs apart."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for stem, short, own in zip(stems, bare, labels, strict=True):
        if not short:
            found.setdefault(stem, []).append(own)
    return {stem for stem, runs in found.items() if not _explain(runs, [stem] * len(runs))}
