"""Finds groups: runs that differ only in seed, fold or number of the trial."""

import fnmatch
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final, Literal, Protocol

from reportgen.comparison.repeat_names import (
    LONGEST,
    REPEATS,
    RepeatName,
    are_counted,
    counts_repeats,
    labels_in,
    read_repeats,
    without_labels,
)
from reportgen.comparison.short_names import different_parts, without_shared_folders
from reportgen.errors import DiagnosisError
from reportgen.metrics import words_of
from reportgen.sources.source_runs import unique_name
from reportgen.text import listed, printable, quoted

Basis = Literal["given", "setting", "settings", "names", "all", "numbered", "none"]
Groups = str | Sequence[str] | Mapping[str, str | Sequence[str]]  # settings, or patterns by group

MANY_GROUPS: Final = 8  # our choice: more, such as the trials of a search, have short names, and settings in columns
ALL: Final = "all runs"
UNKNOWN: Final = "unknown"
_MOST_NAMED: Final = 4  # settings in the name of a group
PAIRING: Final = ("seed", "fold", "outer fold", "inner fold", "split")  # labels that mean the same in each group
_STRONG: Final = frozenset({*PAIRING, "repetition"})  # numbers of trials alone do not show that settings are equal
_FEWEST_PARAMS: Final = 3  # recorded settings that, if all are the same, show that runs are repeated; our choice
# Words in the names of settings that differ between repeated runs, or that say only where a run is stored.
_SELDOM_MEANT: Final = frozenset(
    [
        *("seed", "seeds", "fold", "kfold", "trial", "run", "repeat", "repetition", "replicate", "id", "uuid", "name"),
        *("dir", "directory", "path", "file", "folder", "output", "log", "logdir", "time", "date", "timestamp"),
        *("host", "hostname", "user", "device", "gpu", "rank", "port", "checkpoint", "resume", "tags", "notes", "hash"),
        *("version", "commit", "workers", "rows", "sha", "pid", "jobid", "job", "slurm", "ckpt", "save", "uid"),
        *("filename", "filepath", "dirpath"),
    ]
)  # fmt: skip
_PLACES: Final = ("folder", "source", "run")  # what runs can be grouped by, besides settings
FOLLOWS: Final = "parameters"  # the size of the model, which follows from other settings
_RATE: Final = "learning_rate"  # the highest one, where it is read from the curve
_RATES: Final = frozenset({_RATE, "lr", "lr0", "base_lr", "peak_lr", "max_lr", "init_lr", "initial_lr"})
_NAMES_RATE: Final = re.compile(r"(?:lr|rate)[-_=]?\d", re.IGNORECASE)
_DIGITS: Final = 4  # of numbers in the names of groups; our choice
_DIGITS_OF_NAMES: Final = re.compile(r"\d+")
_DECIMAL: Final = re.compile(r"-?\d{0,6}\.\d{1,25}(?:e[+-]?\d{1,3})?|-?\d{1,6}e[+-]?\d{1,3}", re.IGNORECASE)
_FIRST_FIT: Final = "fit 1"
_LATER_FIT: Final = re.compile(r"fit \d{1,6}")  # of the same fold in a log
_COUNTED: Final = re.compile(r"_\d{1,6}$")  # that Keras puts behind the name of each further model


class GroupedRun(Protocol):
    """What is looked at to group a run: a `LoadedRun`, or a run of a sweep."""

    @property
    def name(self) -> str:
        """Its name, unique."""

    @property
    def source(self) -> str:
        """The path or URL that it was read from; empty for objects."""

    @property
    def inner(self) -> str:
        """Its name in a source with several runs; empty if it is the only one."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What it was trained with, as text by name."""

    @property
    def has_params(self) -> bool:
        """Whether the program recorded settings of its own, rather than only what shows in the log."""

    @property
    def shares_log(self) -> bool:
        """Whether it is one of several runs in a file, as printed by one program."""


@dataclass(frozen=True)
class RunGroup:
    """Runs that belong together.

    Attributes:
        name: Short and unique.
        members: 0-based positions of its runs, at least one.
        settings: What it was trained with, if the group was found by that and its name does not say it.
    """

    name: str
    members: tuple[int, ...]
    settings: str = ""


@dataclass(frozen=True)
class Grouping:
    """Groups of runs, and how they were found.

    Attributes:
        groups: In the order of the runs.
        basis: ``given`` by patterns or names; by a ``setting`` that the caller named; by ``settings`` that differ; by
            ``names`` without seed, fold and trial; ``all`` runs are one group; ``numbered``: likewise, as a log only
            numbers them; ``none``: each run is a group.
        by: The settings; empty for other bases.
        repeats: What the runs of a group differ in: ``seed``, ``fold``, ``outer fold``, ``inner fold``, ``split``,
            ``repetition``, ``run``, ``trial``; empty if unknown.
        left_out: Positions of runs that belong to no group.
        labels: For each run its seed, fold or split by these words, as text.
    """

    groups: tuple[RunGroup, ...]
    basis: Basis
    by: tuple[str, ...]
    repeats: tuple[str, ...]
    left_out: tuple[int, ...]
    labels: tuple[Mapping[str, str], ...]


def choose_groups(runs: Sequence[GroupedRun], chosen: Groups | None) -> Grouping:
    """Groups runs by what the caller chose: settings, or patterns by group; None finds groups.

    Raises:
        DiagnosisError: a setting or a pattern fits no run.
    """
    if chosen is None:
        return find_groups(runs)
    if isinstance(chosen, Mapping):
        return groups_given(runs, chosen)
    return groups_by(runs, [chosen] if isinstance(chosen, str) else list(chosen))


def find_groups(runs: Sequence[GroupedRun]) -> Grouping:
    """Finds groups by settings that differ, or else by names and folders, without seed, fold and trial."""
    settings = [meant_settings(run) for run in runs]
    by = _different(settings)
    named = read_repeats([run.name for run in runs])
    stems = without_shared_folders([name.stem for name in named])
    bare = without_shared_folders([name.bare for name in named])
    is_one = len(set(bare)) == 1
    of_settings = [tuple(each[name] for name in by) for each in settings]
    if by and (len(set(of_settings)) < len(runs) or is_one or len(set(stems)) in (1, len(runs))):
        of_settings = _shortened(of_settings)
        telling = _telling(by, of_settings)
        names = _refined([_group_name(*telling(key)) for key in of_settings], settings, by)
        if len(set(names)) > len(set(of_settings)):
            return _grouping(runs, named, names, "settings", by)
        keys: list[tuple[str, ...]] = of_settings
        if min(Counter(stems).values()) > 1:  # names may tell more, and each has several runs
            keys = [(*key, stem) for key, stem in zip(of_settings, stems, strict=True)]
            if len(set(keys)) > len(set(of_settings)):
                names = [
                    _joined([_group_name(*telling(key)), stem]) for key, stem in zip(of_settings, stems, strict=True)
                ]
                return _grouping(runs, named, names, "settings", by)
        names = [_group_name(*telling(key)) for key in of_settings]
        if by == [_RATE] and all(map(_NAMES_RATE.search, stems)) and _division(stems) == _division(names):
            names = list(stems)  # a schedule may begin with another rate than that in the name
        if len(set(names)) == len(runs) > MANY_GROUPS and _length(run.name for run in runs) < _length(names):
            return _grouping(runs, named, [run.name for run in runs], "settings", by, names)
        return _grouping(runs, named, names, "settings", by)
    repeated = len(runs) > 1 and _are_repeated(runs, named)
    if len(runs) == 1 or (repeated and (is_one or len(set(stems)) in (1, len(runs)))):
        return _grouping(runs, named, [bare[0] if is_one and bare[0] else ALL] * len(runs), "all")
    if is_one and not by and _have_equal_settings(runs, settings):
        return _grouping(runs, named, [bare[0] or ALL] * len(runs), "all")
    if is_one and _are_numbered(runs, settings):
        return _grouping(runs, named, [bare[0] or ALL] * len(runs), "numbered")
    if len(set(stems)) in (1, len(runs)):
        return _grouping(runs, named, [run.name for run in runs], "none")
    rest = _FIRST_FIT if all(map(_LATER_FIT.fullmatch, filter(None, stems))) else ALL
    return _grouping(runs, named, [stem or rest for stem in stems], "names")


def groups_named(runs: Sequence[GroupedRun], given: Sequence[str]) -> Grouping | None:
    """Groups runs by the names that the caller gave them, or their sources in a dict.

    Runs with the same name are one group; names that differ only in a seed, fold or repetition count as the same. If
    all names differ in words, and none has a seed, fold or number of a run, each run is a group of its own. Otherwise,
    names may count repeated runs, and the result is None.
    """
    if not all(given):
        return None
    named = read_repeats([run.name for run in runs])
    if len(set(given)) < len(runs):
        stems = [without_labels(name).strip(" /,;:_-") for name in given]
        if not all(stems):  # names that only consist of seeds
            return None
        return _grouping(runs, named, stems, "given" if list(given) == stems else "names")
    words = {_DIGITS_OF_NAMES.sub("", name).strip() for name in given}
    if 1 < len(runs) == len(words) and not any(map(counts_repeats, given)):
        return _grouping(runs, named, given, "none")
    return None


def groups_by(runs: Sequence[GroupedRun], wanted: Sequence[str]) -> Grouping:
    """Groups runs by settings that the caller names.

    ``folder`` is the folder of the log, ``source`` the log itself, and ``run`` each run on its own.

    Raises:
        DiagnosisError: no run has such a setting.
    """
    every = [run.settings for run in runs]
    chosen = []
    for name in wanted:
        known = dict.fromkeys(key for each in every for key in each)
        found = [key for key in known if key.casefold() == name.casefold()] or [
            key for key in known if key.rpartition(".")[2].casefold() == name.casefold()
        ]
        if not found and name not in _PLACES:
            raise DiagnosisError(
                f"No run has a setting {quoted(name)} to group by; there are {listed([*known, *_PLACES])}. "
                'Choose one of these, or pass --group NAME=PATTERN (in Python: groups={"NAME": "PATTERN"}).'
            )
        chosen.append(found[0] if found else name)
    logs = [_log_of(run) for run in runs]
    folders = _distinct([str(PurePosixPath(log).parent) if log else "" for log in logs])
    files = _distinct([log or run.name for log, run in zip(logs, runs, strict=True)])
    places = [
        dict(zip(_PLACES, (folder, file, run.name), strict=True))
        for folder, file, run in zip(folders, files, runs, strict=True)
    ]
    keys = [
        tuple(each.get(name) or place.get(name) or UNKNOWN for name in chosen)
        for each, place in zip(every, places, strict=True)
    ]
    named = read_repeats([run.name for run in runs])
    return _grouping(runs, named, [_group_name(chosen, key) for key in _shortened(keys)], "setting", chosen)


def groups_given(runs: Sequence[GroupedRun], patterns: Mapping[str, str | Sequence[str]]) -> Grouping:
    """Groups runs by patterns for their names or sources; the first group that matches takes a run.

    Raises:
        DiagnosisError: a group has no run.
    """
    found: dict[str, list[int]] = {name: [] for name in patterns}
    left_out = []
    for position, run in enumerate(runs):
        texts = (run.name, run.inner, run.source, PurePosixPath(run.source.replace("\\", "/")).name)
        for name, given in patterns.items():
            globs = [given] if isinstance(given, str) else given
            if any(fnmatch.fnmatchcase(text, pattern) for pattern in globs for text in texts if text):
                found[name].append(position)
                break
        else:
            left_out.append(position)
    for name, members in found.items():
        if not members:
            raise DiagnosisError(
                f"The group {quoted(name)} has no run: its pattern {_listed_patterns(patterns[name])} matches none of "
                f"{listed([run.name for run in runs])}, or another group took them. Correct the pattern."
            )
    groups = tuple(RunGroup(printable(name, LONGEST), tuple(members)) for name, members in found.items())
    named = read_repeats([run.name for run in runs])
    return Grouping(groups, "given", (), _repeats(runs, named, groups), tuple(left_out), _pairing(runs, named))


def _listed_patterns(given: str | Sequence[str]) -> str:
    return quoted(given) if isinstance(given, str) else listed(list(given))


def _length(texts: Iterable[str]) -> int:
    return sum(map(len, texts))


def _grouping(
    runs: Sequence[GroupedRun],
    named: Sequence[RepeatName],
    names: Sequence[str],
    basis: Basis,
    by: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> Grouping:
    members: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        members.setdefault(name, []).append(position)
    shown: dict[str, None] = {}
    for name in members:
        shown[unique_name(printable(name, LONGEST), shown)] = None
    groups = tuple(
        RunGroup(name, tuple(places), settings[places[0]] if settings else "")
        for name, places in zip(shown, members.values(), strict=True)
    )
    return Grouping(groups, basis, tuple(by), _repeats(runs, named, groups), (), _pairing(runs, named))


def _are_repeated(runs: Sequence[GroupedRun], named: Sequence[RepeatName]) -> bool:
    """Whether runs differ in seed, fold or repetition, as far as names or settings say."""
    labels = [_labels(run, name) for run, name in zip(runs, named, strict=True)]
    known = [{word: text for word, text in each.items() if word in _STRONG} for each in labels]
    differ = all(known) and len({tuple(each.items()) for each in known}) == len(runs)
    return differ and (len({name.bare for name in named}) == 1 or all(run.has_params for run in runs))


def _have_equal_settings(runs: Sequence[GroupedRun], settings: Sequence[Mapping[str, str]]) -> bool:
    """Whether enough settings were recorded to know that all runs were trained with the same ones."""
    enough = len(settings[0]) >= _FEWEST_PARAMS and all(run.has_params for run in runs)
    return enough and all(each.keys() == settings[0].keys() for each in settings)


def _are_numbered(runs: Sequence[GroupedRun], settings: Sequence[Mapping[str, str]]) -> bool:
    """Whether a program printed all runs to one log and only numbers them, as in "Run: 01"; nothing else differs."""
    if len(runs) == 1 or not all(run.shares_log for run in runs) or len({run.source for run in runs}) > 1:
        return False
    return all(each == settings[0] for each in settings) and are_counted([run.name for run in runs])


def _repeats(runs: Sequence[GroupedRun], named: Sequence[RepeatName], groups: Iterable[RunGroup]) -> tuple[str, ...]:
    """The labels that differ within groups."""
    found: dict[str, None] = {}
    for group in groups:
        labels = [_labels(runs[position], named[position]) for position in group.members]
        for word in dict.fromkeys(word for each in labels for word in each):
            if len({each.get(word) for each in labels}) > 1:
                found[word] = None
    return tuple(word for word in dict.fromkeys(REPEATS.values()) if word in found)


def _pairing(runs: Sequence[GroupedRun], named: Sequence[RepeatName]) -> tuple[Mapping[str, str], ...]:
    """Seed, fold and split of each run."""
    every = (_labels(run, name) for run, name in zip(runs, named, strict=True))
    return tuple({word: text for word, text in labels.items() if word in PAIRING} for labels in every)


def _labels(run: GroupedRun, named: RepeatName) -> dict[str, str]:
    """Seed, fold, split, repetition and trial of a run, from its settings or else from its names."""
    found = {**labels_in(run.source), **labels_in(run.inner), **labels_in(run.name), **named.labels}
    for name, value in run.settings.items():
        if value and (word := _repeat_word(name)):
            found[word] = value
    return found


@lru_cache(maxsize=10_000)
def _repeat_word(name: str) -> str:
    """What a setting counts, such as ``seed``; empty for others."""
    return REPEATS.get(name.rpartition(".")[2].lower()) or REPEATS.get("_".join(words_of(name)), "")


@lru_cache(maxsize=10_000)
def _is_meant(name: str) -> bool:
    words = words_of(name)
    return _SELDOM_MEANT.isdisjoint(words) and "_".join(words) not in REPEATS


def meant_settings(run: GroupedRun) -> dict[str, str]:
    """The settings that somebody may have chosen to compare."""
    found = {name: _value(value) for name, value in run.settings.items() if _is_meant(name)}
    if "model" in found:
        found["model"] = _COUNTED.sub("", found["model"])
    return found


def _value(text: str) -> str:
    """The value of a setting, without seeds and the like in it."""
    return text.capitalize() if text in ("true", "false") else without_labels(text)


def _different(settings: Sequence[Mapping[str, str]]) -> list[str]:
    """The settings that all runs have and that are not the same in all of them, without those that say the same."""
    first, *others = settings
    shared = [name for name in first if all(name in other for other in others)]
    different = [name for name in shared if any(other[name] != first[name] for other in others)]
    if len(different) > 1 and FOLLOWS in different:
        different.remove(FOLLOWS)
    found: dict[tuple[str, ...], str] = {}  # one name for what is recorded twice, like learning_rate and lr
    for name in different:
        found[tuple(rounded_setting(each[name], 6).lower() for each in settings)] = name
    rates = [name for name in found.values() if name.rpartition(".")[2].lower() in _RATES]
    parts = {name: _division([each[name] for each in settings]) for name in rates}
    doubled = {
        rate for rate in rates if rate == _RATE and parts[rate] in [parts[name] for name in rates if name != rate]
    }
    return [name for name in found.values() if name not in doubled]


def _refined(names: Sequence[str], settings: Sequence[Mapping[str, str]], by: Sequence[str]) -> list[str]:
    """Names of groups with the settings that only some runs have and that differ within a group."""
    found = list(names)
    shared = {FOLLOWS, *by}.union(set(settings[0]).intersection(*settings))
    for name in dict.fromkeys(names):
        places = [place for place, other in enumerate(names) if other == name]
        known = dict.fromkeys(key for place in places for key in settings[place] if key not in shared)
        several = [key for key in known if len({settings[at][key] for at in places if key in settings[at]}) > 1]
        if not several:
            continue
        values = _shortened([tuple(settings[place].get(key, "") for key in several) for place in places])
        for place, each in zip(places, values, strict=True):
            own = [(key, value) for key, value in zip(several, each, strict=True) if value]
            found[place] = _joined((name, _group_name([key for key, _ in own], [value for _, value in own])))
    return found


def _division(values: Sequence[str]) -> tuple[int, ...]:
    """Which values are equal, whatever they are."""
    first = {value: place for place, value in reversed(list(enumerate(values)))}
    return tuple(first[value] for value in values)


def setting_number(setting: str | None) -> float | None:
    """A setting as a finite number; None if it is not one."""
    try:
        number = float(setting or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def rounded_setting(value: str, digits: int = _DIGITS) -> str:
    """A number as text with fewer digits; anything else as it is."""
    if not _DECIMAL.fullmatch(value):
        return value
    return f"{float(value):.{digits}g}"


def _shortened(keys: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Values with fewer digits, as far as they stay different."""
    columns = []
    for values in zip(*keys, strict=True):
        short = [rounded_setting(value) for value in values]
        columns.append(short if len(set(short)) == len(set(values)) else values)
    return list(zip(*columns, strict=True))


def _telling(
    by: Sequence[str], keys: Sequence[tuple[str, ...]]
) -> Callable[[tuple[str, ...]], tuple[Sequence[str], Sequence[str]]]:
    """Names and values of the settings that name a group: a single word, such as the optimizer, if that is enough."""
    different = len(set(keys))
    for place in range(len(by)):
        values = {key[place] for key in keys}
        looks = {value.casefold() for value in values}  # Adam and adam look almost the same
        if len(looks) == len(values) == different and all(map(_is_word, values)):
            return lambda key: (by[place : place + 1], key[place : place + 1])
    return lambda key: (by, key)


def _is_word(value: str) -> bool:
    """Whether the value of a setting says enough without the setting's name."""
    return len(value) > 1 and value[0].isalpha() and value.lower() not in ("true", "false", "none", UNKNOWN)


def _group_name(names: Sequence[str], values: Sequence[str]) -> str:
    """A group by its settings: ``adam``, ``learning_rate=0.01``, ``adam, units=32``."""
    shown = [
        value if _is_word(value)
        else f"{name.rpartition('.')[2]}={value}"
        for name, value in zip(names[:_MOST_NAMED], values, strict=False)
    ]  # fmt: skip
    more = len(names) - _MOST_NAMED
    text = ", ".join(shown)
    if more > 0:  # unique all the same
        text += ", " + ", ".join(values[_MOST_NAMED:])
    return text


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(filter(None, parts)))


def _log_of(run: GroupedRun) -> str:
    """The path of the log of a run, also in a folder that was passed; empty for objects."""
    source = run.source.replace("\\", "/")
    return f"{source}/{run.inner}" if source and run.inner and not run.shares_log else source


def _distinct(paths: Sequence[str]) -> list[str]:
    """The last names of paths; if different paths share one, what tells them apart."""
    unique = list(dict.fromkeys(paths))
    names = [PurePosixPath(path).name or path for path in unique]
    if len(set(names)) < len(names):
        names = different_parts(unique)
    found = dict(zip(unique, names, strict=True))
    return [found[path] for path in paths]
