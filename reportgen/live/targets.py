"""Where the report of a run goes: no training replaces what another one of this process, or the user, wrote.

A file that is younger than this process belongs to another run: an earlier fold or trial, or a process that runs
at the same time. An older report is replaced, as when a script is run again.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path
from typing import Final

from reportgen.errors import OutputError, SourceError
from reportgen.journal import SCHEMA, head_of, journal_path
from reportgen.live.earlier_part import EarlierPart, earlier_part
from reportgen.live.journal_file import is_being_written
from reportgen.live.path_template import COUNTERS, PathTemplate, numbered
from reportgen.outputs.files import check_target, expand_home, is_special

STARTED_AT: Final = time.time()  # of this process, about
_PLACEHOLDERS: Final = ("{run}", "{fold}", "{trial}", "{time}")  # what a warning suggests


@dataclass(frozen=True)
class Target:
    """Where a report goes.

    Attributes:
        path: The absolute path.
        earlier: The part that the training continues, if any.
        warning: Why it is not the path that the user gave; empty if it is, or if an earlier run has said so.
    """

    path: Path
    earlier: EarlierPart | None = None
    warning: str = ""


@dataclass(frozen=True)
class Targets:
    """The paths that a run may use.

    Attributes:
        template: The path as given.
        folder: The absolute working directory when the training began.
        begun: When that was, as text for ``{time}``.
        trial: The trial of a search that runs the training, if known.
        fold: The fold of its cross-validation, if known.
        own: Where the same callback wrote the report of its previous training, if any.
        overwrite: Whether to replace a file of the user or of another run that has ended.
        since: A file from this time on (seconds since 1970) belongs to another run.
    """

    template: PathTemplate
    folder: Path
    begun: str = ""
    trial: str | None = None
    fold: int | None = None
    own: Path | None = None
    overwrite: bool = False
    since: float = STARTED_AT

    def first(self) -> Path:
        """The path that is tried first."""
        return next(self._paths())

    def choose(self, epoch: int) -> Target:
        """The path for a run that begins with this epoch (1-based).

        Raises:
            OutputError: no report can be written there.
        """
        apart: dict[Path, str] = {}
        if epoch > 1:
            for path, loosely in self._candidates():
                try:
                    part = earlier_part(path, epoch)
                except SourceError as error:
                    return self._free(kept=path, reason=str(error))
                if part is not None and part.fits(epoch, loosely=loosely):
                    return Target(path, part)
                if part is not None:
                    apart[path] = (
                        f" It is not continued, because it ends at epoch {part.last} and this training begins at epoch "
                        f"{epoch}; initial_epoch={part.last} continues it."
                    )
        return self._free(apart=apart)

    def earlier(self, epoch: int) -> EarlierPart | None:
        """The part before an epoch (1-based) at the first path that has one; None without one.

        Raises:
            SourceError: as for `earlier_part`.
        """
        return next((part for path, _ in self._candidates() if (part := earlier_part(path, epoch))), None)

    def is_free(self, path: Path) -> bool:
        """Whether no other training writes to a path."""
        return not is_being_written(journal_path(path))

    def _candidates(self) -> Iterator[tuple[Path, bool]]:
        """Reports that could be continued, the likeliest first, and whether any of their epochs will do."""
        if self.own is not None:
            yield self.own, True
        if self.trial is not None and "trial" not in self.template.names:
            return  # it could be that of any trial
        known = list(takewhile(_exists, self._paths()))
        young = [path for path in known if self._is_young(path)]
        for path in reversed(young):
            if self.is_free(path):
                yield path, False
        if known and not young:  # this process continues what an earlier one has begun
            latest = max(known, key=_changed_at)
            if self.is_free(latest):
                yield latest, True

    @property
    def _counters(self) -> frozenset[str]:
        """The placeholders that are counted; a trial or a fold is, unless it is known."""
        known = {name for name, value in (("trial", self.trial), ("fold", self.fold)) if value is not None}
        return self.template.names & COUNTERS - known

    def _paths(self) -> Iterator[Path]:
        """The paths to try, in order, without end."""
        counters = self._counters
        values: dict[str, int | str] = {
            "run": 1,
            "fold": self.fold or 1,
            "trial": self.trial or "1",
            "time": self.begun,
        }
        if not counters:
            yield from numbered(self._at(values))
            return
        inner = counters - {"run"} or counters
        for number in count(1):  # a run counts processes if there are folds or trials inside it
            outer = self._at(values | {"run": number})
            if inner == counters or not _exists(outer) or self._is_young(outer):
                values["run"] = number
                break
        for number in count(1):
            yield self._at(values | {name: str(number) if name == "trial" else number for name in inner})

    def _at(self, values: dict[str, int | str]) -> Path:
        return Path(os.path.abspath(self.folder / expand_home(self.template.fill(values))))

    def _free(self, kept: Path | None = None, reason: str = "", apart: Mapping[Path, str] | None = None) -> Target:
        """The first path where nothing is lost.

        Args:
            kept: Another path to keep.
            reason: Why, as a sentence.
            apart: Sentences on why the reports at some paths are not continued.
        """
        passed: list[Path] = []
        why = ""
        for path in self._paths():
            obstacle = reason if path == kept else self._obstacle(path, keep=path in (apart or {}))
            if not obstacle:
                break
            why = why or obstacle
            passed.append(path)
        said_before = len(passed) > 1 and self._is_young(passed[-1])
        if not passed or said_before or self._counters:
            return Target(path)
        first = passed[0]
        why += (apart or {}).get(first, "")
        missing = [name for name in _PLACEHOLDERS if name.strip("{}") not in self.template.names]
        advice = f"Put {', '.join(missing[:-1])} or {missing[-1]} into the path"
        if first != kept and self.is_free(first):  # otherwise it has no effect
            advice += ", or pass overwrite=True"
        return Target(path, warning=f"{why} The report of this training goes to {path.name}. {advice}.")

    def _obstacle(self, path: Path, *, keep: bool) -> str:
        """A sentence on what would be lost by writing to a path; empty if nothing would.

        Args:
            path: The path.
            keep: Also keep a report that was written before this process started.
        """
        journal = journal_path(path)
        if is_special(path):
            return ""
        check_target(path, overwrite=True)
        if not self.is_free(path):
            return f"{path}: another run is writing its report there."
        if self._counters == {"run"} and _exists(path):
            return f"{path}: there is already a report."
        if self.overwrite:
            return ""
        try:
            check_target(path)
        except OutputError:
            return f"{path}: reportgen did not write this file, so it is kept."
        if not _is_journal_or_empty(journal):
            return f"{journal}: reportgen did not write this file, so it is kept."
        if keep or self._is_young(path):
            return f"{path}: this is the report of another run, so it is kept."
        return ""

    def _is_young(self, path: Path) -> bool:
        return _changed_at(path) >= self.since


def _exists(report: Path) -> bool:
    """Whether there is a report or its journal."""
    return os.path.lexists(report) or os.path.lexists(journal_path(report))


def _changed_at(report: Path) -> float:
    """When a report or its journal was written last; 0 if neither has anything in it."""
    times = [0.0]
    for path in (report, journal_path(report)):
        with suppress(OSError):
            found = path.lstat()
            times.append(found.st_mtime if found.st_size else 0.0)
    return max(times)


def _is_journal_or_empty(path: Path) -> bool:
    """Whether replacing a file loses only an old journal."""
    try:
        return not path.stat().st_size or head_of(path).get("schema") == SCHEMA
    except FileNotFoundError:
        return True
    except OSError:
        return False
