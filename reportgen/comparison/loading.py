"""Reads the runs to compare: from patterns, files, folders, reports and objects, each with a short name of its own."""

import glob
import os
import re
import warnings
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final

from reportgen import sources
from reportgen.comparison.same_names import other_spellings, respelt
from reportgen.comparison.short_names import LOG_ENDINGS, different_parts, fitting_names, without_shared_folders
from reportgen.comparison.verdicts import fingerprint
from reportgen.diagnosis.settings_compared import run_settings
from reportgen.errors import HistoryError, SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.outputs.files import expand_home
from reportgen.regular_files import regular_file
from reportgen.sources import is_dict_of_runs, is_one_run
from reportgen.sources.format import LenientOptions
from reportgen.sources.objects.estimators import is_estimator
from reportgen.sources.opening.other_files import is_overview
from reportgen.sources.opening.url import without_secrets
from reportgen.sources.source_runs import unique_name
from reportgen.text import harmless, natural_order, printable, quoted

MOST_RUNS: Final = 1_000  # of one comparison; our choice: more belong to a sweep
_WILD: Final = re.compile(r"[*?\[]")
_DATA_SET: Final = re.compile(r"d?(train|val|eval|test|learn)", re.IGNORECASE)  # names of data sets begin like this
_ID: Final = re.compile(r"[0-9a-f]{32}")  # of a run of MLflow
_NUMBER: Final = re.compile(r"\s*[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30}|nan|inf)(?:e[+-]?\d{1,4})?\s*", re.IGNORECASE)
_ADVICE: Final = re.compile(r"\. [A-Z].*", re.DOTALL)  # the sentences of an error after the first one
_MOST_REASONS: Final = 3  # of matches that are skipped
_HEAD: Final = 4_096  # bytes; the mark is near the beginning
_MOST_PAGES: Final = 100  # of a folder that are looked at


@dataclass(frozen=True)
class LoadedRun:
    """A run to compare.

    Attributes:
        name: Its name in the comparison, unique.
        source: The path or URL that it was read from; empty for objects.
        inner: Its name in a source with several runs; empty if it is the only one.
        history: The run.
        given: The name that the caller gave it, or its source in a dict, which several runs may share; empty without.
        shares_log: Whether it is one of several runs in a file, rather than in a folder or an object.
        spellings: Metrics that it spells differently from other runs, and how they spell them, as in ``history``.
    """

    name: str
    source: str
    inner: str
    history: TrainingHistory
    given: str = ""
    shares_log: bool = False
    spellings: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """What it was trained with, as text by name."""
        return run_settings(self.history)

    @property
    def has_params(self) -> bool:
        """Whether the program recorded settings of its own."""
        return bool(self.history.run.params or self.history.run.settings)


@dataclass(frozen=True)
class _UnnamedRun:
    """A run, before it is named.

    ``given`` is the caller's name for its source, ``named`` the one for itself, ``title`` its own one; or empty.
    ``shares_log`` is as in `LoadedRun`.
    """

    given: str
    named: str
    source: str
    inner: str
    title: str
    history: TrainingHistory
    shares_log: bool = False


def load_runs(
    given: Any, options: ReadOptions, names: Sequence[str] | None = None, *, may_skip: bool = False
) -> tuple[LoadedRun, ...]:
    """Reads all runs of all sources.

    Args:
        given: A source, as for `reportgen.load_all`, or several in a list or another iterable, or in a dict by name.
            Paths may be patterns, such as ``runs/*/history.csv``.
        options: How to read them; directions and monitor apply where a run has the metric.
        names: One name per run, in the order of the sources.
        may_skip: Skip what a pattern matches and cannot be read, with a warning, rather than refuse it.

    Raises:
        SourceError: there is no source, a pattern matches nothing, a source cannot be read, there are too many runs, or
            the names do not fit.
        HistoryError: as for `reportgen.load_all`.
        UnknownMetricError: as for `reportgen.load_all`.
    """
    names = None if names is None else _checked_names(names)
    parts: list[_UnnamedRun] = []
    options = LenientOptions(**vars(options), lenient=frozenset({"directions", "monitor"}))
    for part in _parts(given, options, may_skip):
        parts.append(part)
        if len(parts) > MOST_RUNS:
            raise SourceError(
                f"The sources contain more than {MOST_RUNS:,} runs, the most that one comparison takes. Pass fewer, or "
                "use reportgen sweep."
            )
    if names is not None and len(names) != len(parts):
        given_names, runs = (
            f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((len(names), "name"), (len(parts), "run"))
        )
        raise SourceError(f"{given_names} for {runs}; each run needs one. Pass as many names as there are runs.")
    chosen = _names(parts) if names is None else names
    keys = [part.given for part in parts] if names is None else chosen
    fitting, groups = fitting_names(chosen), fitting_names(keys)
    taken: dict[str, None] = {}
    for name in chosen:
        taken[unique_name(fitting[name] or "run", taken)] = None
    spellings = other_spellings([part.history for part in parts])
    return tuple(
        LoadedRun(
            name,
            without_secrets(part.source) if "://" in part.source else part.source,
            part.inner,
            respelt(part.history, spellings),
            groups[key] if key else "",
            part.shares_log,
            {name: spelling for name, spelling in spellings.items() if name in part.history.metric_names},
        )
        for name, key, part in zip(taken, keys, parts, strict=True)
    )


def _checked_names(given: Any) -> list[str]:
    """The names of the runs as text, in order.

    Raises:
        SourceError: they are of the wrong kind, in no order, or empty.
    """
    if isinstance(given, str | bytes | Mapping | Set) or not isinstance(given, Iterable):
        raise SourceError(f"names is {quoted(given)}; a list with one name per run is needed, such as ['a', 'b'].")
    names = list(islice(given, MOST_RUNS + 1))
    for number, name in enumerate(names, 1):
        if name is None or not str(name).strip():
            raise SourceError(f"Name {number} of {len(names)} is empty; each run needs a name. Fill it in.")
    return [str(name) for name in names]


def _plain(given: Any) -> Any:
    """Sources as a dict by text, or as a list without lists in it, if they are several; anything else as it is."""
    if isinstance(given, ItemsView):
        given = dict(given)
    if isinstance(given, Mapping):
        return _plain_names(given)
    if isinstance(given, str | bytes | Path | Set) or not isinstance(given, Iterable) or is_one_run(given):
        return given
    if is_estimator(given):
        return given
    several = list(islice(given, MOST_RUNS + 1))
    if several and all(map(_is_named_source, several)):
        return _plain_names(dict(several))
    flat = [each for source in several for each in (source if isinstance(source, list | tuple) else [source])]
    return flat if flat and all(map(is_one_run, flat)) else several


def _plain_names(given: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """A dict of sources with names and lists instead of numbers, tuples and iterators; any other dict as it is."""
    if any(isinstance(source, Iterator) and not hasattr(source, "read") for source in given.values()):
        given = {
            name: list(islice(source, MOST_RUNS + 1)) if isinstance(source, Iterator) else source
            for name, source in given.items()
        }
    are_lists = any(isinstance(source, list | tuple) and _is_source(source) for source in given.values())
    if are_lists or any(isinstance(name, tuple) for name in given):
        texts = ["/".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in given]
        return dict(zip(texts, given.values(), strict=True))
    return given


def _is_named_source(given: Any) -> bool:
    """Whether an object is a pair of a name and a source, as in the items of a dict, rather than two paths."""
    return (
        isinstance(given, tuple)
        and len(given) == 2
        and isinstance(given[0], str)
        and not isinstance(given[1], str | Path)
        and _is_source(given[1])
    )


def _is_surely_runs(given: Any) -> bool:
    """Whether an object is a run or several ones, rather than a part of a run."""
    if isinstance(given, list | tuple):
        return bool(given) and all(map(is_one_run, given))
    return is_one_run(given) and not isinstance(given, Mapping)


def _refuse_others(given: Mapping[Any, Any]) -> None:
    """Checks a dict that is read as one run: it must not have runs beside what cannot be one.

    Raises:
        SourceError: it has.
    """
    others = {name: each for name, each in given.items() if not (_is_nothing(each) or _is_source(each))}
    if others and any(map(_is_surely_runs, given.values())):
        name, each = next(iter(others.items()))
        raise SourceError(
            f"{quoted(str(name))} is {quoted(each, 40)}, of type {type(each).__name__}; a path or a history is needed. "
            "Leave it out, or pass a path, a History, a dict of lists or a DataFrame."
        )


def _parts(given: Any, options: ReadOptions, may_skip: bool) -> Iterator[_UnnamedRun]:
    given = _plain(given)
    if _are_sources_by_name(given):
        for name, source in given.items():
            if not name.strip():
                raise SourceError("The dict of sources has an empty name; it names a group or a run. Fill it in.")
            if _is_nothing(source):
                raise SourceError(f"{quoted(name)} has no source; each name needs at least one. Leave the name out.")
            parts = list(_parts(source, options, may_skip))
            inner = _names(parts) if len(parts) > 1 else [""]
            for part, own in zip(parts, inner, strict=True):
                yield replace(part, given=name, named=f"{name}: {own}" if own else name)
        return
    if isinstance(given, Mapping):
        _refuse_others(given)
    several = _listed_sources(given)
    if several is None or (several and all(map(is_one_run, several))):  # as `reportgen.load_all` takes them
        yield from _parts_of(given if several is None else several, options, may_skip)
        return
    if not several:
        raise SourceError("There is no source; at least one is needed. Pass logs, folders or reports.")
    read: set[tuple[str, str]] = set()
    for number, source in enumerate(several, 1):
        if not _is_source(source):
            raise SourceError(
                f"Source {number} of {len(several)} is {quoted(source, 40)}, of type {type(source).__name__}; a "
                "path or a history is needed. Leave it out, or pass a path, a History, a dict of lists or a DataFrame."
            )
        for part in _parts(source, options, may_skip):
            place = (os.path.realpath(part.source), part.inner)
            if not part.source or place not in read:  # patterns may match a log twice, which is one run
                yield part
            read.add(place)


def _listed_sources(given: Any) -> list[Any] | None:
    """The sources in a list or another iterable; None if it is one source itself."""
    if isinstance(given, str | bytes | Path) or is_one_run(given) or is_estimator(given):
        return None
    if isinstance(given, Set):  # the order of which changes from process to process
        return sorted(given, key=lambda source: natural_order(str(source)))
    return list(islice(given, MOST_RUNS + 1)) if isinstance(given, Iterable) else None


def _is_source(given: Any) -> bool:
    """Whether an object may be a source, or several in a list."""
    if isinstance(given, list | tuple):
        return bool(given) and all(map(_is_source, given))
    return isinstance(given, str | Path) or is_one_run(given) or is_estimator(given)


def _are_sources_by_name(given: Any) -> bool:
    """Whether an object is a dict that holds sources by name, rather than the columns of one run."""
    if not isinstance(given, Mapping) or not given or not all(isinstance(name, str) for name in given):
        return False
    each = given.values()
    if all(isinstance(source, Mapping) for source in each):
        return is_dict_of_runs(given) or not any(map(_DATA_SET.match, given))  # as XGBoost returns one run's curves
    filled = [source for source in each if not _is_nothing(source)]
    return bool(filled) and all(_is_source(source) and not _are_numbers(source) for source in filled)


def _is_nothing(given: Any) -> bool:
    return given is None or (isinstance(given, list | tuple) and not given)


def _are_numbers(given: Any) -> bool:
    """Whether a list is a column of numbers, as text."""
    return isinstance(given, list | tuple) and all(
        isinstance(cell, str) and (not cell.strip() or _NUMBER.fullmatch(cell)) for cell in given
    )


def _parts_of(source: Any, options: ReadOptions, may_skip: bool) -> Iterator[_UnnamedRun]:
    """The runs of one source, which may be a pattern."""
    places = _reports_first(expanded(source)) if isinstance(source, str | Path) else [source]
    refused: list[str] = []
    reported: dict[str, set[bytes]] = {}  # the runs of reports, by their folder
    for place in places:
        try:
            loaded = sources.read_all(place, options)
        except (SourceError, HistoryError) as error:
            if not may_skip or len(places) == 1:
                raise
            refused.append(f"{_ADVICE.sub('', str(error)).rstrip('.')}.")
            continue
        if len(places) > 1 and len(loaded) == 1:
            folder, values = str(Path(place).parent), fingerprint(loaded[0].history)
            if _is_page(place):
                reported.setdefault(folder, set()).add(values)
            elif values in reported.get(folder, ()):
                continue  # its report is beside it, which is the same run and knows more of it
        is_log = len(loaded) > 1 and isinstance(place, str | Path) and not Path(place).is_dir()
        for each in loaded:
            title = (each.history.run.title or "").strip()
            yield _UnnamedRun(
                given="",
                named="",
                source=str(place) if isinstance(place, str | Path) else "",
                inner=each.name if len(loaded) > 1 else "",
                title="" if title == each.name else title,
                history=each.history,
                shares_log=is_log,
            )
    if refused:
        text, reasons = printable(str(source), 200), " ".join(refused[:_MOST_REASONS])
        if len(refused) == len(places):
            raise SourceError(
                f"{text}: none of its {len(places)} matches is a training log. {reasons} Pass logs or reports."
            )
        said = f"Skipped {len(refused)} of {len(places)} matches of {text}, which are not training logs. {reasons}"
        warnings.warn(harmless(said), RuntimeWarning, stacklevel=2)


def _reports_first(places: list[str | Path]) -> list[str | Path]:
    """The matches of a pattern, in each folder the reports first, if there are logs beside reports."""
    if len(set(map(_is_page, places))) < 2:
        return places
    return sorted(places, key=lambda place: (natural_order(str(Path(place).parent)), not _is_page(place)))


def _is_page(place: str | Path) -> bool:
    return str(place).lower().endswith((".html", ".htm"))


def expanded(source: str | Path) -> list[str | Path]:
    """The paths that match a pattern, in natural order; any other source is itself.

    Raises:
        SourceError: nothing matches.
    """
    if not _is_pattern(source):
        return [source]
    text, found = printable(str(source), 200), _matching(source)
    if not found:
        raise SourceError(f"{text}: no file or folder matches. Check the pattern, and quote it.")
    runs = [path for path in found if not _is_overview(path)]
    if not runs:
        raise SourceError(f"{text}: only pages about many runs match, which have no history. Pass logs or reports.")
    return list(runs)


def _is_pattern(source: str | Path) -> bool:
    text = str(source)
    return "://" not in text and _WILD.search(text) is not None and not Path(text).exists()


def _matching(pattern: str | Path) -> list[str]:
    """The paths that match, in natural order."""
    text = str(expand_home(pattern))
    return sorted(glob.glob(text, recursive=True), key=natural_order)  # noqa: PTH207  # takes absolute patterns as well


def skipped_pages(given: Any) -> tuple[str, ...]:
    """The names of pages about many runs, such as the index of a sweep, that patterns and folders contain."""
    sources_given = given if isinstance(given, list | tuple) else [given]
    found: dict[str, None] = {}
    for source in sources_given:
        if not isinstance(source, str | Path) or "://" in str(source):
            continue
        path = expand_home(source)
        pages = _matching(source) if _is_pattern(source) else sorted(map(str, path.glob("*.htm*")))[:_MOST_PAGES]
        found |= {Path(page).name: None for page in pages if _is_overview(page)}
    return tuple(found)


def _is_overview(path: str) -> bool:
    """Whether a file is an earlier comparison or an index, which may be beside the reports that it is about."""
    if not _is_page(path):
        return False
    try:
        with open(path, "rb", opener=regular_file) as stream:
            return is_overview(stream.read(_HEAD).decode("utf-8", "replace"))
    except OSError:
        return False  # reading it will say why


def _names(parts: Sequence[_UnnamedRun]) -> list[str]:
    """Names for the runs: the caller's, or titles if each run has its own, or what differs between the paths."""
    if all(part.named for part in parts):
        return [part.named for part in parts]
    return [f"run {name}" if name.isdecimal() else name for name in _found_names(parts)]


def _found_names(parts: Sequence[_UnnamedRun]) -> list[str]:
    titles = [part.title for part in parts]
    if all(titles) and len(set(titles)) == len(parts):
        return without_shared_folders(titles)
    places = [_place_in_names(part.source) for part in parts]
    paths = list(dict.fromkeys(places))
    short = dict(zip(paths, different_parts(paths), strict=True)) if len(paths) > 1 else {}
    inners = {
        path: _inner_names([part.inner for part, place in zip(parts, places, strict=True) if place == path])
        for path in paths
    }
    named = []
    for number, (title, part, path) in enumerate(zip(titles, parts, places, strict=True), 1):
        place = short.get(path, "")
        inner = inners[path].get(part.inner) or ("" if place else title or PurePosixPath(path).name)
        if title and _ID.fullmatch(inner):
            inner = title
        named.append(": ".join(filter(None, (place, inner))) or f"run {number}")
    return named


def _place_in_names(source: str) -> str:
    """A path or URL as names are made of it: without passwords, the home folder, or the root of all folders."""
    if source == "-":
        return "standard input"
    if "://" in source:
        return without_secrets(source).partition("://")[2]
    path, home = PurePosixPath(source.replace("\\", "/")), PurePosixPath(expand_home("~").as_posix())
    if len(home.parts) > 1 and path.is_relative_to(home):
        return str(path.relative_to(home))
    return str(path.relative_to(path.anchor))


def _inner_names(names: Sequence[str]) -> dict[str, str]:
    """Shorter names for the runs of a source, if it is a folder and they are the paths of its logs."""
    if len(names) > 1 and all(LOG_ENDINGS.search(name) for name in names):
        return dict(zip(names, different_parts(names), strict=True))
    return dict(zip(names, names, strict=True))
