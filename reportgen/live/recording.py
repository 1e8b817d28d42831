"""A training in progress: its epochs, its journal, the process that refreshes its report, and the final report.

It does not depend on the training framework, and loads nothing heavy until this process makes a report. Batches
are kept only in the journal, so memory use stays constant.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reportgen.errors import ReportgenError
from reportgen.history.facts import MAX_PAGE_VALUES, EarlyStopping, RunFacts, Status
from reportgen.history.stored import pack_run
from reportgen.journal import SCHEMA, as_line, head_of, parse_line, records_before
from reportgen.live.batch_buffer import BatchBuffer
from reportgen.live.failures import FailureGuard
from reportgen.live.journal_file import JournalFile
from reportgen.live.watcher import Job, Watcher, make_report
from reportgen.outputs.files import check_target, is_special

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import Report

_WRITING: Final = "write the report"


class Recording:
    """What a run has logged so far, in memory and in its journal, and the report made from it.

    Args:
        job: The report to make.
        every: Log every N batches; None to log only epochs.
        facts: Returns the facts of the run. Called for the first record, when the model has been built.
        guard: Receives failures.

    Attributes:
        batches: The batches waiting to be written.
    """

    def __init__(self, job: Job, every: int | None, facts: Callable[[], dict[str, Any]], guard: FailureGuard) -> None:
        self.job = job
        self._every = every
        self._facts = facts
        self._guard = guard
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._head: dict[str, Any] = {}
        self._earlier: dict[str, Any] | None = None  # facts of the part that this run continues, if any
        self._first = 0
        self._rows: list[dict[str, Any]] = []
        self.batches = BatchBuffer(every or 1)
        self._end: dict[str, Any] | None = None
        self._report: Report | None = None
        self._journal: JournalFile | None = None
        self._watcher: Watcher | None = None

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
        """Begins an epoch (1-based). The first one, if it is above 1, continues the journal of an earlier part."""
        if not self._first:
            self._first = epoch
            with self._guard.guarding(f"continue the journal {self.job.journal}"):
                self._continue_journal(self.job.journal)
        self.batches.begin_epoch(epoch)

    def add_batch(self, values: Mapping[str, Any]) -> None:
        """Adds the values of the batch that was counted last; they are written together with others."""
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

    def add_epoch(self, epoch: int, seconds: float, values: Mapping[str, Any]) -> None:
        """Adds and writes the values of an epoch (1-based), as numbers or lists of numbers."""
        self.flush_batches()
        step = {} if self._every is None else {"step": self.batches.step}
        self._rows.append({"epoch": epoch, **step, "seconds": round(seconds, 4), "values": values})
        with self._guard.guarding(_WRITING):
            self._write(self._rows[-1])

    def finish(self, status: Status, early_stopping: EarlyStopping | None) -> bool:
        """Writes the final report, and deletes the journal if the report contains everything.

        Returns whether there is anything to report.
        """
        self.flush_batches()
        if not self._head:
            return False
        written = False
        with self._guard.guarding(_WRITING):
            self._end = parse_line(as_line(pack_run(RunFacts(status=status, early_stopping=early_stopping))))
            written = self._has_watcher_finished()
            if not written and self.report is not None:
                self.report.save(self.job.report)
                written = True
        if self._journal is not None:
            if written and status != "interrupted" and self._is_all_in_the_report():
                self._journal.remove()
            else:
                self._journal.close()
            self._journal = None
        return True

    def _is_all_in_the_report(self) -> bool:
        """Whether the page contains every value; for a longer run it contains only what its charts show."""
        if self._every is not None:
            return False
        cells = (value for row in self._rows for value in row["values"].values())
        return sum(len(value) if isinstance(value, list) else 1 for value in cells) <= MAX_PAGE_VALUES

    def _write(self, record: dict[str, Any]) -> None:
        """Writes a record to the journal; the first one creates the journal and starts the watcher."""
        path = self.job.journal
        if not self._head:
            self._head = self._begin()
            self.job = replace(self.job, run_id=self._head["id"])
        if self._journal is not None:
            if path.exists():
                self._journal.append(record)
                return
            self._journal.close()  # deleted, perhaps with its folder: rewrite all of it once the folder is back
            self._journal = None
        if is_special(check_target(self.job.report)):
            return
        self._journal = JournalFile(path, self._head, self._records(record))
        self._earlier = None  # its records are in the new journal
        if self._watcher is None:
            job = replace(self.job, baseline=None).to_json()
            with self._guard.guarding("read the baseline"):
                job = self.job.to_json()
            with self._guard.guarding("start the process that refreshes the report"):
                self._watcher = Watcher(job)

    def _records(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The records of a new journal after its head: the earlier part, all epochs, and this record."""
        rows = self._rows
        if self._earlier is not None:
            yield from records_before(self.job.journal, self._first)
            rows = [row for row in rows if row["epoch"] >= self._first]
        yield from rows
        if record not in rows[-1:]:
            yield record

    def _continue_journal(self, path: Path) -> None:
        if self._first > 1 and path.exists() and isinstance(facts := head_of(path).get("run"), dict):
            rows = [record for record in records_before(path, self._first) if "steps" not in record]
            if rows:
                self._earlier, self._rows = facts, rows
                self.batches.step = max(0, *(int(row.get("step") or 0) for row in rows))

    def _begin(self) -> dict[str, Any]:
        """The first record of the journal."""
        facts = {**self._facts(), "started_at": self._started_at}
        if self._earlier is not None:
            seams = [epoch for epoch in self._earlier.get("resumed_at", ()) if epoch < self._first]
            started_at = self._earlier.get("started_at", self._started_at)
            facts |= {"started_at": started_at, "resumed_at": [*seams, self._first]}
        head = {"schema": SCHEMA, "id": secrets.token_hex(8), "run": facts}
        return parse_line(as_line(head)) or head  # as it reads back from the file

    def _has_watcher_finished(self) -> bool:
        """Whether the watcher wrote the final report. If not, it has exited and this process writes the report."""
        watcher, self._watcher = self._watcher, None
        if self._journal is not None:
            with suppress(ReportgenError):  # this process then fails the same way, and warns
                self._journal.append({"end": self._end})
                return watcher is not None and watcher.finish()
        if watcher is not None:
            watcher.leave()
        return False

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
        return history_of_records([self._head, *self._rows, {"end": self._end}], "training logs")
