"""Makes a history of rows of JSON: finds out which tool wrote them, and which are training, evaluation or neither."""

import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.metrics import parse_key, words_of
from reportgen.options import ReadOptions
from reportgen.sources.json_curves import flat_row, is_numeric, names_metric, split_of
from reportgen.sources.json_dialects import Row, RowDialect, dialect_of
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.limits import check_columns
from reportgen.sources.table.naming import EPOCH, EPOCH_NAMES, LEFT_OUT, STEP, STEP_NAMES
from reportgen.sources.table.other_tables import refuse_other_tables

_LOOKED_AT: Final = 200  # rows, to find out what they are
_RECENT: Final = 16  # rows among which the same row is not added again; our choice: more than processes of a machine
_MAX_ARRANGED: Final = 300_000  # rows that are changed together; our choice
_SPLIT_KEYS: Final = (
    "mode", "split", "phase", "stage", "set", "subset", "dataset", "partition", "type", "kind", "event", "_type", "tag",
    "name", "state",
)  # fmt: skip
_AXES: Final = frozenset((*EPOCH_NAMES, *STEP_NAMES))
_CLOCKS: Final = frozenset(["elapsed_time", "remaining_time", "time", "timestamp", "ts", "throughput"])
_OF_ROWS: Final = frozenset(["step", "end", "start", "batch", "iter", "iteration", "inter", "done", "eval"])


def history_of_rows(
    rows: Iterable[Mapping[str, Any]],
    log: Logged,
    options: ReadOptions,
    run: RunFacts | None = None,
    dialect: RowDialect | None = None,
) -> TrainingHistory | Runs:
    """Makes a history of rows, or several if they are of several runs.

    Args:
        rows: Each has the values of an epoch, a step or an evaluation.
        log: An empty log, perhaps with notes.
        options: The options of the user.
        run: Known facts.
        dialect: The tool that wrote the rows. Default: detected from their names.

    Raises:
        SourceError: as for `runs_from_log`.
    """
    remaining = map(flat_row, rows)
    first = [row for _, row in zip(range(_LOOKED_AT), remaining, strict=False)]
    names = list(dict.fromkeys(name for row in first for name in row))
    dialect = dialect or dialect_of(names)
    reader = _RowReader(first, dialect, run or RunFacts())
    if dialect is None and options.format is None and not options.columns:
        check_columns(len(names), log.where)
        cells = [["" if row.get(name) is None else str(row[name]) for name in names] for row in first]
        refuse_other_tables(names, cells, log.where, form="json-rows")
    return reader.history(_chained(first, remaining), log, options)


def _chained(first: list[Row], remaining: Iterator[Row]) -> Iterator[Row]:
    yield from first
    yield from remaining


class _RowReader:
    """Turns rows into cells of a log, row by row."""

    def __init__(self, first: list[Row], dialect: RowDialect | None, run: RunFacts) -> None:
        self._dialect = dialect
        self._run = run
        self._axes = _axes_of(first, dialect)
        self._split_key = _split_key([row for row in first if not self._axes or not self._axes.isdisjoint(row)])
        self._recent: deque[tuple[tuple[Any, ...], Row]] = deque(maxlen=_RECENT)
        self._waiting: list[Row] = []  # rows of tests at the end, which may be results
        self._splits: set[str] = set()
        self._tests = 0
        self._results: dict[str, float] = {}
        self._n_without_axis = 0
        self._last: Row = {}

    def history(self, rows: Iterator[Row], log: Logged, options: ReadOptions) -> TrainingHistory | Runs:
        dialect = self._dialect
        if dialect is not None and dialect.arranged is not None:
            some = [row for _, row in zip(range(_MAX_ARRANGED), rows, strict=False)]
            rows = _chained(dialect.arranged(some), rows)
        for row in rows:
            for ready in self._ready(row):
                log.add_row(ready)
        for row in self._rest():
            log.add_row(row)
        run = self._facts()
        if self._n_without_axis:
            log.notes.append(Note.of("rows-without-epoch", count=self._n_without_axis))
        known = None
        if dialect is not None:
            known = _distinct({name: _key_of(name, dialect) for name in log.names})
        return runs_from_log(log, options=options, known=known, run=run)

    def _ready(self, row: Row) -> Iterator[Row]:
        """The rows that can be added after this one was read."""
        dialect = self._dialect
        if dialect is not None and dialect.is_summary(row):
            return
        if self._axes and not any(is_numeric(_number(row.get(name))) for name in self._axes):
            self._take_apart(row)
            return
        if self._axes and self._is_repeated(row):
            return  # as written by each of several processes
        self._last = row
        split = "" if self._split_key is None else _split_named(row.get(self._split_key)) or ""
        if self._split_key is not None and split:
            axes = self._axes or _AXES
            row = {
                name if name in axes or name.lower() in _AXES else f"{split}/{name}": value
                for name, value in row.items()
                if name != self._split_key
            }
        if "global_step/max_steps" in row:
            row = row | {"global_step/max_steps": _number(row["global_step/max_steps"])}
        self._splits.add(split)
        if split == "test" or (not split and _is_test(row)):
            self._waiting.append(row)
            return
        if self._waiting:
            self._tests += len(self._waiting)
            yield from self._waiting
            self._waiting = []
        yield row

    def _is_repeated(self, row: Row) -> bool:
        """Whether one of the last rows has the same values; those with the same epochs and steps are compared."""
        place = tuple(row.get(name) for name in self._axes)
        for other, values in self._recent:
            if other == place and values == {name: value for name, value in row.items() if name not in _CLOCKS}:
                return True
        self._recent.append((place, {name: value for name, value in row.items() if name not in _CLOCKS}))
        return False

    def _rest(self) -> Iterator[Row]:
        """Rows of tests at the end: results if they are the only ones of tests and there are others of validation."""
        if len(self._waiting) == 1 and not self._tests and self._last:
            for name, value in self._waiting[0].items():
                base = name.removeprefix("test/").removeprefix("test_")
                if base != name and names_metric(base) and is_numeric(value) and math.isfinite(float(value)):
                    self._results.setdefault(base, float(value))
            return
        yield from self._waiting

    def _take_apart(self, row: Row) -> None:
        """A row that counts neither epochs nor steps: settings, or results of a test."""
        found = {}
        for name, value in row.items():
            words = words_of(name)
            base = "_".join(word for word in words if word not in ("test", "final"))
            if "test" in words and base and names_metric(base) and is_numeric(value) and math.isfinite(float(value)):
                found[base] = float(value)
        self._results = {**found, **self._results}
        self._n_without_axis += not found

    def _facts(self) -> RunFacts:
        run, dialect = self._run, self._dialect
        if self._results:
            run = replace(run, test_results=(*run.test_results, *self._results.items()))
        if dialect is None:
            return run
        if run.tool is None and dialect.tool is not None:
            run = replace(run, tool=dialect.tool)
        if dialect.completed is not None:
            last, planned = (self._last.get(name) for name in dialect.completed)
            if type(last) is int and last == planned:
                run = replace(run, status="completed")
        return run


def _split_key(rows: list[Row]) -> str | None:
    """The name whose text says which split a row is of."""
    for key in _SPLIT_KEYS:
        values = [row[key] for row in rows if isinstance(row.get(key), str)]
        splits = {_split_named(value) for value in values}
        if values and None not in splits and (len(splits) > 1 or splits <= {"train"} or len(values) == len(rows)):
            return key
    return None


def _split_named(value: Any) -> str | None:
    """The split that a text names: ``val`` for ``"val_epoch_end"``."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    words = words_of(value)
    kept = [word for word in words if word not in _OF_ROWS] or words
    return split_of("_".join(kept))


def _axes_of(rows: list[Row], dialect: RowDialect | None) -> frozenset[str]:
    """The names that count epochs or steps, if most rows have one of them."""
    counted: Counter[str] = Counter()
    for row in rows:
        for name in row:
            key = name.lower() if dialect is None else dialect.key_of(name).lower()
            if key in _AXES and is_numeric(_number(row[name])):
                counted[name] += 1
    with_axis = sum(any(name in row for name in counted) for row in rows)
    return frozenset(counted) if 2 * with_axis > len(rows) else frozenset()


def _number(value: Any) -> Any:
    """The first number of ``"5/861"``; other values as they are."""
    if isinstance(value, str) and "/" in value[:20]:
        return value.partition("/")[0].strip()
    return value


def _is_test(row: Row) -> bool:
    """Whether all metrics of a row are of a test."""
    named = [name for name in row if names_metric(name)]
    return bool(named) and all(name.startswith(("test_", "test/")) for name in named)


def _key_of(name: str, dialect: RowDialect) -> str:
    """The meaning of a name that may have a split in front."""
    split, slash, rest = name.partition("/")
    if slash and split_of(split) is not None:
        key = dialect.key_of(rest)
        if key in (LEFT_OUT, EPOCH, STEP) or split == "train" or parse_key(key)[1] == "validation":
            return key
        return f"val_{key}"
    key = dialect.key_of(name)
    if key == name and dialect.tool in ("fairseq", "stable-baselines3", "rllib", "mmengine"):
        for prefix, new in (("valid_", "val_"), ("train_", "")):
            if name.startswith(prefix) and len(name) > len(prefix):
                return new + name[len(prefix) :]
        return EPOCH if name.lower() in EPOCH_NAMES else STEP if name.lower() in STEP_NAMES else name
    return key


def _distinct(keys: dict[str, str]) -> dict[str, str]:
    """Keys without repetitions: of names with the same meaning, the first has it; others keep their name."""
    taken: set[str] = set()
    made = {}
    for name, key in keys.items():
        if key != LEFT_OUT and key in taken:
            key = LEFT_OUT if key in (EPOCH, STEP) or name in taken else name
        taken.add(key)
        made[name] = key
    return made
