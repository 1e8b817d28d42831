"""The report to make of a run: as one line for the watcher, and made, written and read back."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from reportgen.journal import journal_path
from reportgen.options import DEFAULT_LOOK, DEFAULT_READ, READ_NAMES, Look, ReadOptions
from reportgen.outputs.files import expand_home, is_special

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import Report


@dataclass(frozen=True)
class Job:
    """The report to make of a run."""

    report: Path  # absolute path of the report; the journal is next to it
    options: ReadOptions = DEFAULT_READ  # for the baseline; directions, monitor and ignore also apply to the run
    look: Look = DEFAULT_LOOK
    overwrite: bool = False
    run_id: str = ""  # the ``id`` of the training's journal
    trainer_pid: int = 0  # the process that trains; 0 if there is none whose use of resources is sampled
    baseline_data: str = ""  # the baseline as `TrainingHistory.to_json` returns it, as it was when training began

    @property
    def journal(self) -> Path:
        """Path of the journal."""
        return journal_path(self.report)

    def with_baseline(self, source: Any) -> Self:
        """The same job with a baseline, which is read now: later its file may be another run, even this one.

        If there is no report yet at the job's own path, it has no baseline.

        Raises:
            SourceError: it cannot be read.
        """
        is_path = isinstance(source, str | os.PathLike) and not os.path.lexists(self.report)
        if is_path and os.path.abspath(expand_home(os.fsdecode(source))) == str(self.report):
            return self
        from reportgen import sources  # loads pandas

        history = sources.read(source, self.options, lenient=READ_NAMES).history
        return replace(self, baseline_data=history.to_json())

    def to_json(self) -> str:
        """The job as one line."""
        return json.dumps(asdict(self), default=os.fspath)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Parses the line of a job."""
        data = json.loads(line)
        data |= {
            "report": Path(data["report"]),
            "options": ReadOptions(**data["options"]),
            "look": Look(**data["look"]),
        }
        return cls(**data)


@dataclass(frozen=True)
class Written:
    """What is known about a report that has been written.

    Attributes:
        n_epochs: Number of epochs of the history.
        is_complete: Whether the file, read back, has the whole history.
        headline: The verdict in a few words, after where the run was interrupted, if it was.
        failures: What could not be done for it ("use the directions"), each with the reason.
        resources: What the training used of its machine, packed; None if nothing was sampled.
    """

    n_epochs: int
    is_complete: bool
    headline: str
    failures: tuple[tuple[str, str], ...] = ()
    resources: dict[str, Any] | None = None

    def to_json(self) -> str:
        """This as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Written | None":
        """Parses a line; None if it is another line."""
        try:
            data = json.loads(line)
            data["failures"] = tuple((doing, reason) for doing, reason in data["failures"])
            return cls(**data)
        except (ValueError, TypeError, KeyError):
            return None


def make_report(history: "TrainingHistory", job: Job, failed: Callable[[str, Exception], None]) -> "Report":
    """Makes the report of a run. A baseline, directions or a monitor that cannot be used are left out.

    ``failed`` is called with what failed ("use the directions") and the error.
    """
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import build
    from reportgen.sources.source_title import title_of

    baseline = TrainingHistory.from_json(job.baseline_data) if job.baseline_data else None
    try:
        history = history.with_directions(job.options.directions)
    except Exception as error:
        failed("use the directions", error)
    try:
        history = history.with_monitor(job.options.monitor)
    except Exception as error:
        failed("use the monitor", error)
    report = build(history, baseline=baseline, ignore=job.options.ignore, look=job.look)
    return replace(report, source_title=title_of(job.report))


def write_report(report: "Report", job: Job) -> Written:
    """Writes a report and reads it back.

    Raises:
        OutputError: it cannot be written.
        RenderError: it cannot be drawn.
    """
    from reportgen.report import load

    report.save(job.report, overwrite=job.overwrite)
    is_complete = not is_special(job.report) and load(job.report, format="report") == report.history
    history, diagnosis = report.history, report.diagnosis
    status = report._page.status if history.run.status == "interrupted" else ""  # made for the file
    headline = diagnosis.language.join(status, diagnosis.verdict_words.title)
    return Written(len(history.epochs), is_complete, headline)
