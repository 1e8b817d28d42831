"""Assembles what printed lines say into runs: rows of values, each with its epoch or step, and facts.

An epoch ends at its last progress line. Progress lines after it, and other values without a counter, belong to an
evaluation: a validation curve if most epochs have one, otherwise results after training.
"""

import re
from array import array
from dataclasses import dataclass, field
from typing import Final

from reportgen.sources.printed.dialects import CallbackFact, PrintedSplit, Statement, Value
from reportgen.sources.printed.lines_above import LinesAbove
from reportgen.sources.printed.open_row import Key, OpenRow
from reportgen.sources.printed.run_labels import RunLabels, labels_below
from reportgen.sources.source_runs import check_run_count

EPOCHS: Final = "epoch"
STEPS: Final = "step"
INDEX: Final = "index"
UNNUMBERED: Final = ""
_SPREAD: Final = re.compile(r"(?:±|\+/-|\+-)\s?[\d.]")  # of the values of several runs
_MOST_UNKNOWN: Final = 10_000  # lines that are remembered; our choice


class PrintedCurve:
    """The values of one name and split.

    Attributes:
        rows: The row of each value.
        values: The values.
        percents: The places of values with a percent sign.
        loose: The rows of values that come from lines without a counter.
        printed: The name as printed first.
        is_average: Whether the values are means of their epochs so far.
    """

    def __init__(self, printed: str) -> None:
        self.rows = array("q")
        self.values = array("d")
        self.percents = array("q")
        self.loose = array("q")
        self.is_average = False
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
class PrintedLog:
    """All rows of a log in the order of printing, which may be of several runs.

    Attributes:
        numbers: The printed number of each row; -1 without one.
        planned: The planned epochs printed with each row; 0 without any.
        kinds: What each row counts: ``epoch``, ``step``, ``index``, or empty if it has no number.
        curves: The values by name and split.
        evaluations: The values of evaluations by name, with the row after which they were printed.
        again: The values of complete bars that were printed once more, or of evaluations with as many steps.
        step_curves: The values that were printed within epochs, with the position in ``steps`` instead of the row.
        steps: The row and the step of each line within epochs.
        n_steps: Steps per epoch, by row, where they are known.
        headings: Labels of runs by the row before which they were announced; empty if there are none.
        facts: What callbacks printed, with the row after which they did.
        lists: Lists of results, with the row after which they were printed.
        partial: Rows that are unfinished.
        headless: Rows of epochs whose header the log lacks, since it begins within them.
        has_bars: Whether there are progress bars of Keras.
        has_progress: Whether there are progress bars of any program.
        has_episodes: Whether the epochs are episodes.
        has_one_bar: Whether its only progress bar counts the steps or epochs of the whole training run.
        unknown: Lines with values that were not understood, with the row after which they were printed.
        mentions: Epochs that lines without values mention, with the row before which they were printed.
        above: Lines without values, with the row before which they were printed.
    """

    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    planned: "array[int]" = field(default_factory=lambda: array("q"))
    kinds: list[str] = field(default_factory=list)
    curves: dict[Key, PrintedCurve] = field(default_factory=dict)
    evaluations: dict[Key, PrintedCurve] = field(default_factory=dict)
    again: dict[Key, PrintedCurve] = field(default_factory=dict)
    step_curves: dict[Key, PrintedCurve] = field(default_factory=dict)
    steps: list[tuple[int, int]] = field(default_factory=list)
    n_steps: dict[int, int] = field(default_factory=dict)
    headings: dict[int, RunLabels] = field(default_factory=dict)
    facts: list[tuple[int, CallbackFact]] = field(default_factory=list)
    lists: list[tuple[int, tuple[float, ...]]] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    partial: set[int] = field(default_factory=set)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    mentions: list[tuple[int, int]] = field(default_factory=list)
    headless: set[int] = field(default_factory=set)
    above: LinesAbove = field(default_factory=LinesAbove)
    has_bars: bool = False
    has_episodes: bool = False
    has_progress: bool = False
    has_one_bar: bool = False
    tool: str = ""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.numbers)


class Assembly:
    """Takes statements one by one, in the order of their lines."""

    def __init__(self, where: str = "", *, counts_bars: bool = False) -> None:
        """Takes the name of the source, for messages.

        With ``counts_bars``, each state of a progress bar is a row, as its values are those of a step or epoch.
        """
        self._where = where
        self._log = PrintedLog()
        self.above = self._log.above
        self._counts_bars = counts_bars
        self._bar: tuple[int, int] | None = None  # the last state of the only progress bar, and its total
        self._is_one_bar = True
        self._row: OpenRow | None = None
        self._section: PrintedSplit = ""
        self._is_heading_new = False  # whether no value follows the heading yet
        self._run: RunLabels = ()
        self._run_row = 0  # the row below its heading
        self.n_opened = 0  # rows that were begun
        self._closing = False  # whether the line of an epoch ends it
        self._waiting: list[tuple[int, dict[Key, Value]]] = []  # steps of the epoch that the next such line ends
        self._evaluated: dict[Key, Value] = {}  # of the epoch that the next bar of epochs ends
        self._step_above: int | None = None  # of a header that has an epoch and a step
        self._stopped: int | None = None  # the epoch in which Keras stopped training

    def take(self, said: Statement, line: str) -> None:
        """Adds what a line says.

        Raises:
            SourceError: there are more runs than are read from one source.
        """
        log = self._log
        if said.tool:
            log.tool = said.tool
        log.has_progress = log.has_progress or said.is_running or said.is_bar
        log.has_episodes = log.has_episodes or said.is_episode
        if said.mention is not None:
            log.mentions.append((self._last_row() + 1, said.mention))
            return
        if said.params:
            log.params.update(said.params)
        if said.fact is not None:
            if said.values:
                self.take(said._replace(fact=None), line)
            if said.fact.kind == "stopped":
                self._stopped = said.fact.epoch
            is_before = said.fact.kind in ("scheduled", "continues")  # about the row that follows
            log.facts.append((self._last_row() + is_before, said.fact))
            return
        if said.new_run and said.new_run != self._run:
            self._begin_run(said)
        if said.of_fold and (self._last_row() < 0 or self._is_of_earlier_run(said.of_fold)):
            self._unknown(line)  # the second case is a list of the scores of all folds below the last one
            return
        if said.values and said.epoch is None and len(log.headings) > 1 and _SPREAD.search(line) is not None:
            self._unknown(line)
            return
        if said.results:
            log.lists.append((self._last_row(), said.results))
            return
        if said.n_unknown and (said.values or self._last_row() >= 0):
            self._unknown(line)
        if said.heading:
            self._section, self._is_heading_new = said.heading, said.epoch is None and not said.values
        if said.is_running and not said.is_bar and said.step is not None and said.values:
            self._see_bar(said)
            if self._counts_bars:
                has_validation = any(value.split in ("val", "test") for value in said.values)
                self._count(
                    said.step, EPOCHS if has_validation else STEPS, said._replace(planned=said.n_steps, epoch=0)
                )
                self._add(said._replace(step=None, n_steps=None))
                return
        if self._counts_bars and not said.values:
            return  # "epoch 2/80" between the states of a bar that counts all steps
        if said.epoch is not None or said.lead is not None or said.step is not None:
            self._step_above = None if said.epoch is None or said.values or said.is_running else said.step
        if said.epoch is not None:
            self._count(said.epoch, EPOCHS, said)
        elif said.lead is not None and not self._is_within(said):
            self._count(said.lead, INDEX, said)
        elif said.step is not None and self._counts_epochs(said):
            self._count(said.step, INDEX, said._replace(n_lead=said.n_steps))
            said = said._replace(lead=said.step, n_lead=said.n_steps, step=None, n_steps=None)
        elif (
            said.step is not None
            and not said.is_bar
            and not said.is_running
            and not self._is_within(said)
            and (said.values or self._row is None or self._row.kind in (UNNUMBERED, STEPS))
        ):
            self._count(said.step, STEPS, said)
        if said.values:
            self._add(said)
            self._is_heading_new = False

    def _begin_run(self, said: Statement) -> None:
        """Begins a run if the labels of a line are others than those above it."""
        log = self._log
        is_new = self._run_row == log.n_rows and self._row is None
        labels = labels_below(self._run, said.new_run, is_new=is_new)
        is_fold = any("fold" in word for word, _ in said.new_run)
        if labels == self._run or not (said.epoch is None or is_fold or not 0 <= self.last_number() < said.epoch):
            return
        self._close()
        self._run = log.headings[log.n_rows] = labels
        self._run_row = log.n_rows
        check_run_count(len(log.headings) - 1, self._where)
        self._section = ""

    def _is_of_earlier_run(self, labels: RunLabels) -> bool:
        """Whether labels are those of a heading above, but not of the last one."""
        return not set(labels) <= set(self._run) and any(
            set(labels) <= set(each) for each in self._log.headings.values()
        )

    def may_add_rows(self) -> bool:
        """Whether rows can be added at once: the last row has a number and is not at the end of its epoch."""
        row = self._row
        return row is not None and row.kind in (EPOCHS, INDEX, STEPS) and not self._closing and not self._waiting

    def last_number(self) -> int:
        """The number of the last row."""
        return -1 if self._row is None or self._row.number is None else self._row.number

    def is_plain_row(self, model: PrintedLog) -> bool:
        """Whether a log is a single row like the last one, which consists of a number and values."""
        log = self._log
        others = (model.evaluations, model.step_curves, model.again, model.facts, model.lists, model.partial)
        return (
            model.n_rows == 1
            and not any(others)
            and not (model.unknown or model.tool or model.params)
            and all(labels == self._run[-len(labels) :] for labels in model.headings.values())
            and model.numbers[0] >= 0
            and log.n_rows > 0
            and log.kinds[-1] == model.kinds[0]
            and all(len(curve.values) == 1 for curve in model.curves.values())
        )

    def add_rows(self, numbers: list[int], values: dict[Key, list[float]], model: PrintedLog) -> None:
        """Adds rows like the one of ``model``, whose numbers are above that of the current row."""
        self._close()
        log = self._log
        rows = range(log.n_rows, log.n_rows + len(numbers))
        log.numbers.extend(numbers)
        log.planned.extend([model.planned[0]] * len(numbers))
        log.kinds.extend([model.kinds[0]] * len(numbers))
        log.has_bars = log.has_bars or model.has_bars
        self.above.lines.clear()
        for key, column in values.items():
            like = model.curves[key]
            curve = log.curves.setdefault(key, PrintedCurve(like.printed))
            if like.percents:
                curve.percents.extend(range(len(curve.values), len(curve.values) + len(column)))
            if like.loose:
                curve.loose.extend(rows)
            curve.rows.extend(rows)
            curve.values.extend(column)

    def _see_bar(self, said: Statement) -> None:
        """Finds out whether there is a single progress bar, which runs once from its beginning to its end."""
        done, total = said.step or 0, said.n_steps or 0
        before = self._bar or (0, total)
        self._is_one_bar = self._is_one_bar and said.epoch is None and before[1] == total and done >= before[0]
        self._bar = done, total

    def finish(self) -> PrintedLog:
        """Ends the last row; returns all rows."""
        number, waiting = self.last_number(), self._waiting
        self._close()
        if waiting and number >= 0:  # steps of an epoch whose line is missing
            self._row = OpenRow(number + 1, EPOCHS, steps=waiting)
            self._close()
        log = self._log
        log.has_one_bar = (
            self._is_one_bar
            and self._bar is not None
            and self._bar[1] > 1
            and (log.n_rows == 1 or len(log.partial) >= log.n_rows - 1)
        )
        return self._log

    def _last_row(self) -> int:
        """The row that was read last, including the open one; -1 without one."""
        return self._log.n_rows - 1 + (self._row is not None and self._row.has_values())

    def _row_below(self, number: int | None) -> None:
        """Notes that a row begins below the lines that were passed by."""
        if self.above.lines:
            self.above.row(self._log.n_rows, number, self._log.numbers[-1] if self._log.n_rows else None)

    def _announce(self) -> None:
        """Begins a run without a name."""
        self._log.headings.setdefault(self._log.n_rows, ())
        check_run_count(len(self._log.headings) - 1, self._where)

    def _unknown(self, line: str) -> None:
        if len(self._log.unknown) < _MOST_UNKNOWN:
            self._log.unknown.append((max(0, self._last_row()), line.strip()[:80]))

    def _is_within(self, said: Statement) -> bool:
        """Whether a step or index counts within the current epoch."""
        row = self._row
        return (
            row is not None and row.kind == EPOCHS and (said.lead is None or said.n_lead is not None or bool(row.steps))
        )

    def _counts_epochs(self, said: Statement) -> bool:
        """Whether what looks like a step is the epoch, as in "Valid: [1/5] Accuracy 0.3" after "[1/5] Step 100 ..."."""
        row = self._row
        is_known = row is not None and row.kind == INDEX and row.planned == said.n_steps and row.planned > 0
        return (
            is_known and said.step is not None and row is not None and said.step in (row.number, (row.number or 0) + 1)
        )

    def _has_headless_rows(self, number: int, said: Statement) -> bool:
        """Whether the rows so far are the steps of an epoch whose header the log lacks, before "Epoch 2"."""
        row, log = self._row, self._log
        if (
            row is None
            or row.kind != UNNUMBERED
            or row.total is not None
            or said.values
            or number < 2
            or not log.n_rows
        ):
            return False
        return set(log.kinds) == {UNNUMBERED} and not log.headings and not log.has_bars and not row.running

    def _take_steps_back(self) -> list[tuple[int, dict[Key, Value]]]:
        """The last rows that count steps, which turn out to be within the epoch that a line ends."""
        log = self._log
        self._close()
        first = log.n_rows
        kind = log.kinds[-1] if log.kinds else STEPS
        while first and log.kinds[first - 1] == kind and first not in log.headings:
            first -= 1
        rows: dict[int, dict[Key, Value]] = {}
        for key, curve in log.curves.items():
            while curve.rows and curve.rows[-1] >= first:
                is_percent = bool(curve.percents) and curve.percents[-1] == len(curve.rows) - 1
                if is_percent:
                    curve.percents.pop()
                value = Value(*key, curve.values.pop(), is_percent, curve.printed)
                rows.setdefault(curve.rows.pop(), {})[key] = value
        log.curves = {key: curve for key, curve in log.curves.items() if curve.rows}
        steps = [(log.numbers[row] if kind else row + 1, rows[row]) for row in sorted(rows)]
        del log.numbers[first:], log.planned[first:], log.kinds[first:]
        return steps

    def _end_earlier_epoch(self, number: int, steps: list[tuple[int, dict[Key, Value]]]) -> None:
        """Makes an epoch of the steps before the first header, whose own header the log lacks."""
        log = self._log
        if number > 0:
            log.headless.add(log.n_rows)
            self._row = OpenRow(number, EPOCHS, steps=steps)
            self._close()
            return
        for step, values in steps:  # they come before the first epoch
            example = next(iter(values.values()))
            if len(log.unknown) < _MOST_UNKNOWN:
                log.unknown.append((log.n_rows, f"step {step} {example.printed or example.name}: {example.number}"))

    def _leave_repeats(self, row: OpenRow) -> None:
        """Counts other values of an epoch that also has steps; those that were printed twice are the same."""
        for values in row.repeats:
            for key, value in values.items():
                first = row.values.get(key) or row.loose.get(key)
                if (first is None or first.number != value.number) and len(self._log.unknown) < _MOST_UNKNOWN:
                    self._log.unknown.append((self._log.n_rows, value.printed or value.name))

    def _count(self, number: int, kind: str, said: Statement) -> None:
        """Continues the row with this number, or begins it."""
        row, planned = self._row, said.planned if said.epoch is not None else said.n_lead
        is_other_plan = row is not None and row.planned > 0 and planned is not None and planned != row.planned
        if is_other_plan and row is not None and row.number == number and row.kind == kind == EPOCHS and row.steps:
            self._close()  # "Epoch 0/20" after "Epoch 0/12": another training run
            self._announce()
            row = None
        if row is not None and row.kind == kind and row.number == number and (said.values or not row.is_done):
            row.planned = planned or row.planned
            row.is_restated = row.is_restated or (bool(row.running) and not said.values)
            self._section = said.heading or (self._section if self._is_heading_new else "")
            return
        steps: list[tuple[int, dict[Key, Value]]] = []
        if kind == EPOCHS and self._has_headless_rows(number, said):
            self._end_earlier_epoch(number - 1, self._take_steps_back())
            row = self._row
        if row is not None and row.kind and row.kind != kind:
            if kind == STEPS and row.kind == INDEX:
                return
            if kind == EPOCHS and row.kind == STEPS:
                steps = self._take_steps_back()
                self._closing = bool(said.values)
                if not self._closing:
                    self._end_earlier_epoch(number - 1, steps)
                    steps = []
            else:
                self._close()
                self._announce()
        is_of_epochs = said.is_running and kind == EPOCHS and said.step is None and bool(said.planned and said.values)
        if is_of_epochs and row is not None and row.kind == UNNUMBERED and row.running >= row.values.keys():
            self._evaluated |= {key: value for key, value in row.values.items() if key[1] in ("val", "test")}
            self._row = None  # the bar of its batches
        self._close()
        if self._stopped is not None and kind == EPOCHS:
            if number != self._stopped + 1:
                self._announce()
            self._stopped = None
        self.n_opened += 1
        self._row_below(number)
        self._row = OpenRow(number, kind, planned=planned or 0, steps=[*steps, *self._waiting])
        self._row.is_of_epochs = is_of_epochs
        if is_of_epochs:
            self._row.values, self._evaluated = self._evaluated, {}
        self._waiting = []
        self._section = said.heading

    def _add(self, said: Statement) -> None:
        if said.is_bar:
            self._log.has_bars = True
            self._add_bar(said, {(value.name, value.split): value for value in said.values})
            return
        values = self._keyed(said)
        row = self._row
        numbered = said.epoch is not None or said.lead is not None
        if row is None or (
            row.kind == UNNUMBERED and (not numbered) and not values.keys().isdisjoint(row.values.keys())
        ):
            is_open = row is not None and said.is_running and not (row.is_done and not self._is_repeat(row, values))
            if is_open and row is not None:
                row.values.update(values)
                row.running |= values.keys()
                row.is_done = said.step is not None and said.step == said.n_steps
                return
            self._close()
            row = self._row = OpenRow(None, UNNUMBERED)
            self._row_below(None)
            if said.epoch is None and said.step is not None and not said.is_running:
                row.kind, row.number = STEPS, said.step
        if not numbered and said.step is None and row.kind == EPOCHS and not said.is_running:
            said = said._replace(step=self._step_above)
        within = row.kind == EPOCHS and (said.step is not None or (said.lead is not None and said.epoch is None))
        within = within or (row.kind == INDEX and None not in (said.step, said.lead))
        if said.is_running and row.is_of_epochs and said.epoch is None:
            self._evaluated |= {key: value for key, value in values.items() if key[1] in ("val", "test")}
        elif said.is_running:
            row.running |= values.keys()
            if row.is_done and not within and not numbered and not values.keys().isdisjoint(row.values.keys()):
                row.evaluations.append(values)
            else:
                row.values.update(values)
                row.is_done = row.kind == UNNUMBERED and said.step is not None and said.step == said.n_steps
                row.is_partial = said.n_steps is not None and said.step is not None and said.step < said.n_steps - 1
        elif within and self._closing and said.epoch is None:
            self._waiting.append((said.step or said.lead or 0, values))
        elif within:
            step = said.step if said.step is not None else said.lead
            row.n_steps = said.n_steps or said.n_lead or row.n_steps
            row.steps.append((step or 0, values))
            if said.is_average:
                row.averages |= values.keys()
        elif row.kind == UNNUMBERED and row.is_done and row.total is not None:  # after the bar of an epoch
            row.loose.update(values)
        elif numbered or row.kind in (UNNUMBERED, STEPS):
            if values.keys().isdisjoint(row.values.keys()):
                row.values.update(values)
            elif numbered or said.step is not None:
                row.repeats.append(values)
            else:
                row.evaluations.append(values)
        elif row.running and values.keys() & row.values.keys() <= row.running and self._is_final(row, values):
            row.values.update(values)
            row.running -= values.keys()
            row.is_partial = False
        elif values.keys().isdisjoint(row.values.keys()) and values.keys().isdisjoint(row.loose.keys()):
            row.loose.update(values)
        elif row.is_done or row.values or not (row.loose or row.repeats):
            row.evaluations.append(values)
        else:
            row.repeats.append(values)

    @staticmethod
    def _is_final(row: OpenRow, values: dict[Key, Value]) -> bool:
        """Whether values after the bar of a row are final: its header was repeated, or the bar showed earlier ones."""
        return row.is_restated or all(split == "val" for _, split in values.keys() & row.values.keys())

    @staticmethod
    def _is_repeat(row: OpenRow, values: dict[Key, Value]) -> bool:
        """Whether a bar that is complete was printed once more."""
        return all(key in row.values and row.values[key].number == value.number for key, value in values.items())

    def _keyed(self, said: Statement) -> dict[Key, Value]:
        section = self._section
        found: dict[Key, Value] = {}
        for value in said.values:
            split = value.split or section
            key = (value.name, split)
            if found.setdefault(key, value).number != value.number and value.number == value.number:
                self._unknown(value.printed or value.name)  # two values of one name
        return found

    def _add_bar(self, said: Statement, values: dict[Key, Value]) -> None:
        done, total = said.step, said.n_steps
        is_complete = not said.is_unfinished and (done is None or (total is not None and done >= total))
        is_partial = said.is_unfinished or (done is not None and total is not None and done < total)
        row = self._row
        if row is not None and row.is_done:
            same = {key: value for key, value in row.values.items() if key in values}
            is_again = total == row.total and len(same) == len(row.bar_keys) and is_complete
            is_longer = len(values) > len(row.bar_keys) and not any(split == "val" for _, split in row.values)
            is_same = all(
                values[key].number == value.number or value.number != value.number for key, value in same.items()
            )
            if is_again and (is_longer or is_same):
                row.values.update(values)
                row.bar_keys = frozenset(row.values)
                return
            is_epoch = (
                row.kind == UNNUMBERED
                and total == row.total
                and values.keys() >= {key for key in row.values if key[1] != "val"}
            )
            if is_again and not is_epoch:
                row.again.update(values)
                return
            if not is_epoch:
                values = self._keyed(said)
                if row.evaluates and row.evaluations:
                    row.evaluations[-1].update(values)
                else:
                    row.evaluations.append(values)
                row.evaluates = not is_complete
                return
            self._close()
            row = None
        if row is None:
            row = self._row = OpenRow(None, UNNUMBERED)
            self._row_below(None)
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
        elif row.repeats:
            self._leave_repeats(row)
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
        _store(log.again, row.again, number, loose=True)
        for values in row.evaluations:
            _store(log.evaluations, values, number, loose=True)
        for step, values in row.steps:
            _store(log.step_curves, values, len(log.steps), loose=False)
            log.steps.append((number, step))
        for key in row.averages:
            log.step_curves[key].is_average = True


def _store(curves: dict[Key, PrintedCurve], values: dict[Key, Value], row: int, *, loose: bool) -> None:
    for key, value in values.items():
        curve = curves.get(key)
        if curve is None:
            curve = curves[key] = PrintedCurve(value.printed or value.name)
        curve.add(row, value.number, value.is_percent, loose)
