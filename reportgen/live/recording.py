"""A run in progress: its epochs, its journal, the process that refreshes its report, and the final report.

It does not depend on the training framework, and loads nothing heavy until this process makes a report. Batches
are kept only in the journal, so memory use stays constant.
"""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from reportgen.errors import ReportgenError, UnknownMetricError
from reportgen.history.additions import Addition, joined_additions, pack_addition
from reportgen.history.facts import EarlyStopping, RunFacts, Status
from reportgen.history.notes import Note, short_names
from reportgen.history.stored import pack_run
from reportgen.journal import SCHEMA, as_line, head_of, joined_rows, parse_line
from reportgen.live.batch_buffer import BatchBuffer
from reportgen.live.earlier_part import EarlierPart
from reportgen.live.failures import FailureGuard
from reportgen.live.job import Job, Written, make_report, write_report
from reportgen.live.journal_file import JournalFile, TakenError
from reportgen.live.targets import Target, Targets
from reportgen.live.watcher import Watcher
from reportgen.metrics import parse_key
from reportgen.outputs.files import check_target, failure, is_special
from reportgen.text import listed, quoted

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import Report

_WRITING: Final = "write the report"
_MAX_SEAMS: Final = 1_000  # our choice: as many as a page holds


class Recording:
    """What a run has logged so far, in memory and in its journal, and the report made from it.

    Args:
        job: The report to make. Its path is chosen when the first epoch begins.
        targets: The paths that it may have.
        every: Log every N batches; None to log only epochs.
        facts: Returns the facts of the run. Called for the first record, when the model has been built.
        guard: Receives failures.
        has_parts: Whether the values of an epoch may come in several parts.

    Attributes:
        job: The report to make.
        batches: The batches waiting to be written.
        is_open: Whether training goes on; what is added later belongs to no training.
        written: What is known about the final report; None before it is written.
    """

    def __init__(
        self,
        job: Job,
        targets: Targets,
        every: int | None,
        facts: Callable[[], dict[str, Any]],
        guard: FailureGuard,
        *,
        has_parts: bool = False,
    ) -> None:
        self.job = job
        self._targets = targets
        self._every = every
        self._facts = facts
        self._guard = guard
        self._has_parts = has_parts
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.is_open = True
        self._head: dict[str, Any] = {}
        self._earlier: EarlierPart | None = None  # the part that this run continues, until it is in the journal
        self._first = 0
        self._rows: list[dict[str, Any]] = []
        self._additions: tuple[Addition, ...] = ()
        self._tested = RunFacts()  # test results and evaluation
        named = [("use the directions", name) for name in job.options.directions]
        self._unseen = [*named, *([("use the monitor", job.options.monitor)] if job.options.monitor else [])]
        self.batches = BatchBuffer(every or 1)
        self._end: dict[str, Any] | None = None
        self._report: Report | None = None
        self._journal: JournalFile | None = None
        self._watcher: Watcher | None = None
        self.written: Written | None = None

    @property
    def has_begun(self) -> bool:
        """Whether an epoch has begun, so that it is known where the report goes."""
        return self._first > 0

    @property
    def last_epoch(self) -> int:
        """The last epoch that was logged; 0 before the first."""
        return self._rows[-1]["epoch"] if self._rows else 0

    @property
    def report(self) -> "Report | None":
        """The finished report, made on first use; None before `finish`, or if no epoch was logged."""
        if self._report is None and self._end is not None:
            self._report = make_report(self._history(), self.job, self._guard.report)
        return self._report

    def begin_epoch(self, epoch: int) -> None:
        """Begins an epoch (1-based). The first one decides where the report goes and what it continues."""
        if not self.is_open:
            return
        if not self._first:
            self._first = epoch
            with self._guard.guarding(_WRITING):
                self._take(self._targets.choose(epoch))
        self.batches.begin_epoch(epoch)

    def add_batch(self, values: Mapping[str, Any]) -> None:
        """Adds the values of the batch that was counted last; they are written together with others."""
        if not self.is_open:
            return
        if not self.batches.fits(values):
            self.flush_batches()
        self.batches.add(values)
        if self.batches.is_time_to_write():
            self.flush_batches()

    def flush_batches(self) -> None:
        """Writes the buffered batches."""
        record = self.batches.take()
        if record is not None:
            with self._guard.guarding(_WRITING):
                self._write(record)

    def add_epoch(
        self,
        epoch: int,
        seconds: float,
        values: Mapping[str, Any],
        *,
        more: bool = False,
        step: int | None = None,
    ) -> None:
        """Adds and writes the values of an epoch (1-based).

        Args:
            epoch: The epoch.
            seconds: How long it took.
            values: Numbers or lists of numbers by name.
            more: Whether they belong to the epoch that was added last.
            step: Number of steps trained so far (default: that of the logged batches, if any).
        """
        if not self.is_open:
            return
        if not self._first:
            self.begin_epoch(epoch)
        self.flush_batches()
        if step is None and self._every is not None:
            step = self.batches.step
        row = {
            "epoch": epoch,
            **({} if step is None else {"step": step}),
            "seconds": round(seconds, 4),
            "values": values,
        }
        if more:
            self._rows[-1] = joined_rows(self._rows[-1], row)
            row["more"] = True
        else:
            self._look_up_names(None if self._has_parts else row)
            self._rows.append(row)
        with self._guard.guarding(_WRITING):
            self._write(row)

    def add(self, addition: Addition) -> None:
        """Adds a note, a figure or a table to the report, also after training has ended."""
        if self.is_open:
            self._additions = joined_additions(self._additions, addition)
            if self._head:
                with self._guard.guarding(_WRITING):
                    self._write({"add": pack_addition(addition)})
        elif (report := self.report) is not None:
            report._take_addition("", lambda: addition)
            with self._guard.guarding(_WRITING):
                self.written = write_report(report, self.job)

    def add_tested(self, tested: RunFacts) -> None:
        """Adds test results and an evaluation to the report, also after training has ended."""
        if self.is_open:
            self._tested = _with_tests(self._tested, tested)
        elif (report := self.report) is not None:
            history = report.history.with_run(_with_tests(report.history.run, tested))
            self._report = make_report(history, self.job, self._guard.report)
            with self._guard.guarding(_WRITING):
                self.written = write_report(self._report, self.job)

    def counts_from(self, first: int) -> int:
        """How a loop whose first logged epoch has this number counts: from 0, as before, or from 1."""
        part = self._targets.earlier(first + 1)
        if part is None or part.facts.get("counts_from") != 0:
            return 1
        return 0 if first > 1 or not part.ends else 1

    def finish(
        self,
        status: Status,
        early_stopping: EarlyStopping | None,
        left_out: Iterable[str] = (),
        notes: Iterable[Note] = (),
    ) -> bool:
        """Writes the final report, and deletes the journal if the report, read back, contains everything.

        Args:
            status: How training ended.
            early_stopping: Its early stopping, if any.
            left_out: Names of metrics of which values were left out.
            notes: What else readers of the report should know.

        Returns:
            Whether there is anything to report.
        """
        self.flush_batches()
        self.is_open = False
        if not self._head:
            return False
        self._look_up_names(None)
        with self._guard.guarding(_WRITING):
            names = short_names(left_out)
            odd = [Note.of("odd-cells", names=names)] if names else []
            facts = replace(self._tested, status=status, early_stopping=early_stopping, notes=(*odd, *notes))
            self._end = parse_line(as_line(pack_run(facts)))
            self.written = self._written_by_watcher()
            if self.written is None and self.report is not None:
                self.written = write_report(self.report, self.job)
        used = None if self.written is None else self.written.resources
        if used is not None and self._end is not None:
            self._end["resources"] = used
        if self._journal is not None:
            if status != "interrupted" and self._every is None and self._has_everything(self.written):
                self._journal.remove()
            else:
                if used is not None:
                    with suppress(ReportgenError):
                        self._journal.append({"end": self._end})
                self._journal.close()
            self._journal = None
        return True

    def _has_everything(self, written: Written | None) -> bool:
        """Whether the report has every value of every epoch; that of a long run contains only what its charts show."""
        return written is not None and written.is_complete and written.n_epochs >= self._n_epochs

    @property
    def _n_epochs(self) -> int:
        """Number of epochs with a value."""
        return len({row["epoch"] for row in self._rows if row["values"]})

    def _look_up_names(self, row: Mapping[str, Any] | None) -> None:
        """Looks up the metrics of options in the last whole epoch: this one, or the one that was added last."""
        whole = row if row is not None else next(reversed(self._rows), None)
        if self._unseen and whole is not None and (row is not None or self._has_parts):
            with self._guard.guarding("look up the metrics of options"):
                self._check_names(whole["epoch"], whole["values"])

    def _check_names(self, epoch: int, values: Mapping[str, Any]) -> None:
        """Warns at the first epoch about options for metrics that it does not have.

        Names of validation wait for the first epoch with validation. If it never comes, the final report warns.
        """
        keys = list(values)
        for key, value in values.items():
            keys += [f"{key}[{number}]" for number in range(len(value))] if isinstance(value, list) else []
        bases = {parse_key(key)[0] for key in keys}
        is_validated = any(parse_key(key)[1] == "validation" for key in keys)
        names, self._unseen = self._unseen, []
        for doing, name in names:
            base, split = parse_key(name)
            if {name, base} & bases:
                continue
            if split == "validation" and not is_validated:
                self._unseen.append((doing, name))
                continue
            what = f"{quoted(name)} is not logged; epoch {epoch} has {listed(keys)}. Correct the name."
            self._guard.report(doing, UnknownMetricError(what))

    def _take(self, target: Target) -> None:
        """Writes the report to this path from now on."""
        self.job = replace(self.job, report=target.path)
        if target.warning:
            self._guard.warn(f"reportgen: {target.warning}", about="the path")
        if target.earlier is not None:
            self._earlier, self._rows = target.earlier, list(target.earlier.rows)
            self.batches.step = max(0, *(row.get("step", 0) for row in self._rows), 0)

    def _write(self, record: dict[str, Any]) -> None:
        """Writes a record to the journal; the first one creates the journal and starts the watcher."""
        if not self._head:
            self._head = self._begin()
            self.job = replace(self.job, run_id=self._head["id"])
            if self._earlier is None:  # another run may have taken the path since the first epoch began
                self._take(self._targets.choose(1))
        if self._journal is not None:
            if self.job.journal.exists():
                self._append(record)
                return
            self._journal.close()  # deleted, perhaps with its folder: write all of it again
            self._journal = None
        if not is_special(check_target(self.job.report, overwrite=self.job.overwrite)):
            try:
                self._open_journal(self._records(record))
            except TakenError:
                self._take(self._targets.choose(1))
                self._open_journal(self._records(record))

    def _append(self, record: dict[str, Any]) -> None:
        """Appends a record. If another run began at the same moment and took the path, this one moves."""
        journal = self._journal
        if journal is None:
            return
        try:
            journal.append(record)
        except TakenError:
            records = [known for known in map(parse_line, journal.read().decode().splitlines()) if known is not None]
            journal.close()
            self._journal = None
            self._take(self._targets.choose(1))
            if self._watcher is not None:
                self._watcher.leave()
                self._watcher = None
            self._open_journal(records[1:])

    def _open_journal(self, records: Iterable[dict[str, Any]]) -> None:
        """Creates the journal with these records after its head, and starts the watcher."""
        try:
            self.job.report.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:  # both files are impossible: the error is about the one that the user named
            raise failure(str(self.job.report), error) from None
        journal = JournalFile(self.job.journal, self._head, records, overwrite=self.job.overwrite)
        self._journal = journal
        self._earlier = None  # its records are in the new journal
        if self._watcher is None:
            with self._guard.guarding("start the process that refreshes the report"):
                self._watcher = Watcher(replace(self.job, trainer_pid=os.getpid()).to_json())

    def _records(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The records of a new journal after its head: the earlier part, all epochs, and this record."""
        rows = self._rows
        if self._earlier is not None:
            yield from self._earlier.records(self._first)
            rows = [row for row in rows if row["epoch"] >= self._first]
        yield from ({"add": pack_addition(each)} for each in self._additions)
        yield from rows
        if record not in rows[-1:] and not record.get("more") and "add" not in record:  # which is there already
            yield record

    def _begin(self) -> dict[str, Any]:
        """The first record of the journal."""
        facts = {**self._facts(), "started_at": self._started_at}
        if self._earlier is not None:
            try:
                facts = self._continued(self._earlier.facts, facts)
            except Exception as error:
                self._guard.report("continue the earlier report", error)
                self._earlier, self._rows, self.batches.step = None, [], 0
        head = {"schema": SCHEMA, "id": secrets.token_hex(8), "run": facts}
        return parse_line(as_line(head)) or head  # as it reads back from the file

    def _continued(self, earlier: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of this part with those that it takes over from the earlier part."""
        seams = [epoch for epoch in earlier.get("resumed_at", ()) if epoch < self._first][-_MAX_SEAMS:]
        kept = {name: earlier[name] for name in ("started_at", "notes", "additions") if name in earlier}
        return {"title": earlier.get("title"), **facts, **kept, "resumed_at": [*seams, self._first]}

    def _written_by_watcher(self) -> Written | None:
        """The final report, if the watcher wrote it. If not, it has exited and this process writes the report."""
        written = None
        with suppress(ReportgenError):  # this process then fails the same way, and warns
            self._append({"end": self._end})
            if self._watcher is not None and self._journal is not None:
                watcher, self._watcher = self._watcher, None
                written = watcher.finish()
        if self._watcher is not None:
            self._watcher.leave()
            self._watcher = None
        if written is None or written.n_epochs < self._n_epochs:
            return None
        for doing, reason in written.failures:
            self._guard.report(doing, ReportgenError(reason))
        return written

    def _history(self) -> "TrainingHistory":
        """The recorded run, with its batches if the journal still has them."""
        from reportgen.sources.formats.journal import history_of_journal, history_of_records  # loads pandas

        if self._every is not None:
            path = self.job.journal
            with suppress(OSError, ReportgenError):
                if self._journal is not None:
                    return history_of_journal(self._journal.read(), str(path))
                if head_of(path).get("id") == self._head["id"]:
                    return history_of_journal(path.read_bytes(), str(path))
        added = [{"add": pack_addition(each)} for each in self._additions]
        return history_of_records([self._head, *added, *self._rows, {"end": self._end}], "training logs")


def _with_tests(run: RunFacts, tested: RunFacts) -> RunFacts:
    """The facts with further test results, and the later of two evaluations of the same output."""
    results = dict(run.test_results) | dict(tested.test_results)
    outputs = dict(run.output_evaluations) | dict(tested.output_evaluations)
    return replace(
        run,
        test_results=tuple(results.items()),
        evaluation=tested.evaluation or run.evaluation,
        output_evaluations=tuple(outputs.items()),
    )
