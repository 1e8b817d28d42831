"""Assembles what printed lines say into trainings: rows of values, each with its epoch or step, and facts.

An epoch ends at its last progress line. Progress lines after it, and other values without a counter, belong to an
evaluation: a validation curve if most epochs have one, otherwise results after training.
"""

from array import array
from dataclasses import dataclass, field
from typing import Final

from reportgen.sources.printed.dialects import CallbackFact, PrintedSplit, Statement, Value

Key = tuple[str, PrintedSplit]
EPOCHS: Final = "epoch"
STEPS: Final = "step"
INDEX: Final = "index"
UNNUMBERED: Final = ""
_MOST_UNKNOWN: Final = 10_000  # lines that are remembered; our choice


class PrintedCurve:
    """The values of one name and split.

    Attributes:
        rows: The row of each value.
        values: The values.
        percents: The places of values with a percent sign.
        loose: The rows of values that come from lines without a counter.
        printed: The name as printed first.
    """

    def __init__(self, printed: str) -> None:
        self.rows = array("q")
        self.values = array("d")
        self.percents = array("q")
        self.loose = array("q")
        self.printed = printed

    def add(self, row: int, number: float, is_percent: bool, is_loose: bool) -> None:
        """Adds the value of a row that is not before any other."""
        if is_percent:
            self.percents.append(len(self.values))
        self.rows.append(row)
        self.values.append(number)
        if is_loose:
            self.loose.append(row)


@dataclass
class _OpenRow:
    """The row that is being read."""

    number: int | None
    kind: str
    values: dict[Key, Value] = field(default_factory=dict)
    loose: dict[Key, Value] = field(default_factory=dict)
    steps: list[tuple[int, dict[Key, Value]]] = field(default_factory=list)
    repeats: list[dict[Key, Value]] = field(default_factory=list)
    evaluations: list[dict[Key, Value]] = field(default_factory=list)
    n_steps: int | None = None
    total: int | None = None  # of its progress bar
    bar_keys: frozenset[Key] = frozenset()
    is_done: bool = False
    is_partial: bool = False
    evaluates: bool = False  # whether the bar of an evaluation is incomplete
    planned: int = 0

    def has_values(self) -> bool:
        """Whether it is more than a header."""
        return bool(self.values or self.loose or self.steps or self.evaluations or self.repeats)


@dataclass
class PrintedLog:
    """All rows of a log in the order of printing, which may be of several trainings.

    Attributes:
        numbers: The printed number of each row; -1 if it has none.
        planned: The planned epochs printed with each row; 0 if there are none.
        kinds: What each row counts: ``epoch``, ``step``, ``index``, or empty if it has no number.
        curves: The values by name and split.
        evaluations: The values of evaluations by name, with the row after which they were printed.
        step_curves: The values that were printed within epochs, with the position in ``steps`` instead of the row.
        steps: The row and the step of each line within epochs.
        n_steps: Steps per epoch, by row, where they are known.
        headings: Names of trainings by the row before which they were announced; empty if there is no name.
        facts: What callbacks printed, with the row after which they did.
        lists: Lists of results, with the row after which they were printed.
        partial: Rows that are unfinished.
        has_bars: Whether there are progress bars of Keras.
        unknown: Lines with values that were not understood, with the row after which they were printed.
    """

    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    planned: "array[int]" = field(default_factory=lambda: array("q"))
    kinds: list[str] = field(default_factory=list)
    curves: dict[Key, PrintedCurve] = field(default_factory=dict)
    evaluations: dict[Key, PrintedCurve] = field(default_factory=dict)
    step_curves: dict[Key, PrintedCurve] = field(default_factory=dict)
    steps: list[tuple[int, int]] = field(default_factory=list)
    n_steps: dict[int, int] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)
    facts: list[tuple[int, CallbackFact]] = field(default_factory=list)
    lists: list[tuple[int, tuple[float, ...]]] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    partial: set[int] = field(default_factory=set)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    has_bars: bool = False
    tool: str = ""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.numbers)


class Assembly:
    """Takes statements one by one, in the order of their lines."""

    def __init__(self) -> None:
        self._log = PrintedLog()
        self._row: _OpenRow | None = None
        self._section: PrintedSplit = ""
        self._run = ""

    def take(self, said: Statement, line: str) -> None:
        """Adds what a line says."""
        log = self._log
        if said.tool:
            log.tool = said.tool
        if said.params:
            log.params.update(said.params)
        if said.fact is not None:
            log.facts.append((self._last_row(), said.fact))
            return
        if said.new_run and said.new_run != self._run:
            self._close()
            self._run = said.new_run
            log.headings[log.n_rows] = said.new_run
            self._section = ""
        if said.results:
            log.lists.append((self._last_row(), said.results))
            return
        if said.n_unknown and self._last_row() >= 0:
            self._unknown(line)
        if said.heading:
            self._section = said.heading
        if said.epoch is not None:
            self._count(said.epoch, EPOCHS, said)
        elif said.lead is not None and not self._is_within(said):
            self._count(said.lead, INDEX, said)
        elif said.step is not None and not said.is_bar and not said.is_running and not self._is_within(said):
            self._count(said.step, STEPS, said)
        if said.values:
            self._add(said)

    def finish(self) -> PrintedLog:
        """Ends the last row; returns all rows."""
        self._close()
        return self._log

    def _last_row(self) -> int:
        """The row that was read last, including the open one; -1 if there is none."""
        return self._log.n_rows - 1 + (self._row is not None and self._row.has_values())

    def _unknown(self, line: str) -> None:
        if len(self._log.unknown) < _MOST_UNKNOWN:
            self._log.unknown.append((self._last_row(), line.strip()[:80]))

    def _is_within(self, said: Statement) -> bool:
        """Whether a step or index counts within the current epoch."""
        row = self._row
        return (
            row is not None and row.kind == EPOCHS and (said.lead is None or said.n_lead is not None or bool(row.steps))
        )

    def _count(self, number: int, kind: str, said: Statement) -> None:
        """Continues the row with this number, or begins it."""
        row, planned = self._row, said.planned if said.epoch is not None else said.n_lead
        if row is not None and row.kind == kind and row.number == number and (said.values or not row.is_done):
            row.planned = planned or row.planned
            self._section = said.heading
            return
        if row is not None and row.kind and row.kind != kind:
            if kind == STEPS and row.kind == INDEX:
                return
            self._close()
            self._log.headings.setdefault(self._log.n_rows, "")
        self._close()
        self._row = _OpenRow(number, kind, planned=planned or 0)
        self._section = said.heading

    def _add(self, said: Statement) -> None:
        values = self._keyed(said)
        if said.is_bar:
            self._log.has_bars = True
            self._add_bar(said, values)
            return
        row = self._row
        numbered = said.epoch is not None or said.lead is not None
        if row is None or (row.kind == UNNUMBERED and (not numbered) and not values.keys().isdisjoint(row.values)):
            if said.is_running and row is not None:
                row.values.update(values)
                return
            self._close()
            row = self._row = _OpenRow(None, UNNUMBERED)
            if said.epoch is None and said.step is not None and not said.is_running:
                row.kind, row.number = STEPS, said.step
        within = row.kind == EPOCHS and (said.step is not None or (said.lead is not None and said.epoch is None))
        if said.is_running:
            if row.is_done and not within and not numbered and not values.keys().isdisjoint(row.values):
                row.evaluations.append(values)
            else:
                row.values.update(values)
                row.is_partial = said.n_steps is not None and said.step is not None and said.step < said.n_steps - 1
        elif within:
            step = said.step if said.step is not None else said.lead
            row.n_steps = said.n_steps or said.n_lead or row.n_steps
            row.steps.append((step or 0, values))
        elif numbered or row.kind in (UNNUMBERED, STEPS):
            if values.keys().isdisjoint(row.values):
                row.values.update(values)
            elif numbered or said.step is not None:
                row.repeats.append(values)
            else:
                row.evaluations.append(values)
        elif values.keys().isdisjoint(row.values) and values.keys().isdisjoint(row.loose):
            row.loose.update(values)
        elif row.is_done or not (row.loose or row.repeats):
            row.evaluations.append(values)
        else:
            row.repeats.append(values)

    def _keyed(self, said: Statement) -> dict[Key, Value]:
        section = self._section
        found: dict[Key, Value] = {}
        for value in said.values:
            split = value.split or section
            key = (value.name, split)
            found.setdefault(key, value)
        return found

    def _add_bar(self, said: Statement, values: dict[Key, Value]) -> None:
        done, total = said.step, said.n_steps
        is_complete = not said.is_unfinished and (done is None or (total is not None and done >= total))
        is_partial = said.is_unfinished or (done is not None and total is not None and done < total)
        row = self._row
        if row is not None and row.is_done:
            same = {key: value for key, value in row.values.items() if key in values}
            updates = total == row.total and len(same) == len(row.bar_keys) and is_complete
            if updates and all(
                values[key].number == value.number or value.number != value.number for key, value in same.items()
            ):
                row.values.update(values)
                row.bar_keys = frozenset(row.values)
                return
            is_epoch = (
                row.kind == UNNUMBERED
                and total == row.total
                and (values.keys() >= {key for key in row.values if not key[0].startswith("val_") and key[1] != "val"})
            )
            if not is_epoch:
                if row.evaluates and row.evaluations:
                    row.evaluations[-1].update(values)
                else:
                    row.evaluations.append(values)
                row.evaluates = not is_complete
                return
            self._close()
            row = None
        if row is None:
            row = self._row = _OpenRow(None, UNNUMBERED)
        row.values.update(values)
        row.total = total
        row.is_done = is_complete
        row.is_partial = is_partial
        row.bar_keys = frozenset(row.values)

    def _close(self) -> None:
        """Ends the current row."""
        row, self._row = self._row, None
        log = self._log
        if row is None or not row.has_values():
            return
        if row.repeats and not row.steps:
            row.steps = list(enumerate([row.values | row.loose, *row.repeats], 1))
            row.values, row.loose = {}, {}
        if not (row.values or row.loose or row.steps):
            row.values = row.evaluations.pop(0)
        number = log.n_rows
        log.numbers.append(-1 if row.number is None else row.number)
        log.planned.append(row.planned)
        log.kinds.append(row.kind)
        if row.is_partial:
            log.partial.add(number)
        if row.n_steps:
            log.n_steps[number] = row.n_steps
        _store(log.curves, row.values, number, loose=False)
        _store(log.curves, row.loose, number, loose=True)
        for values in row.evaluations:
            _store(log.evaluations, values, number, loose=True)
        for step, values in row.steps:
            _store(log.step_curves, values, len(log.steps), loose=False)
            log.steps.append((number, step))


def _store(curves: dict[Key, PrintedCurve], values: dict[Key, Value], row: int, *, loose: bool) -> None:
    for key, value in values.items():
        curve = curves.get(key)
        if curve is None:
            curve = curves[key] = PrintedCurve(value.printed or value.name)
        curve.add(row, value.number, value.is_percent, loose)
