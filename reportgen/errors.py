"""All errors that reportgen raises.

    ReportgenError
    ├── SourceError      (ValueError)  a log, file or object cannot be read as a history
    ├── HistoryError     (ValueError)  a table is not a valid history
    ├── DiagnosisError   (ValueError)  a rule or option does not apply to the run
    │   └── UnknownMetricError         the run has no metric of that name
    ├── EvaluationError  (ValueError)  predictions cannot be evaluated
    ├── AdditionError    (ValueError)  a note, figure or table cannot be added to a report
    ├── SettingsError    (ValueError)  a setting in a file or in code is invalid
    ├── LanguageError    (ValueError)  reports are not available in that language
    ├── RenderError                    a chart or the page cannot be rendered
    ├── OutputError      (OSError)     a finished report cannot be written or sent
    ├── ClusterError     (OSError)     the cluster of a sweep cannot be reached or used
    └── MissingExtraError (ImportError) an optional package is not installed

Each message is one line with three parts: what was found (with the value), what is needed, what to do. What it quotes
from the content of a file is marked by `text.cited`.
"""

import re
from typing import Final, Self

from reportgen.text import CITED

_CONTENT: Final = re.compile(f"{CITED[0]}[^{CITED[1]}]*{CITED[1]}")
_MARKS: Final = dict.fromkeys(map(ord, CITED))


class ReportgenError(Exception):
    """Base class of all errors that reportgen raises on purpose."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message.translate(_MARKS))
        self.marked = message

    @property
    def without_content(self) -> str:
        """The message without what it quotes from a file, for places that others can read."""
        return _CONTENT.sub("…", self.marked).translate(_MARKS)


class SourceError(ReportgenError, ValueError):
    """A log, file or object cannot be read as a training history."""

    @classmethod
    def of(cls, where: str, error: ReportgenError) -> Self:
        """An error with the name of the source in front."""
        return cls(f"{where}: {error.marked}")


class HistoryError(ReportgenError, ValueError):
    """A table is not a valid training history."""


class DiagnosisError(ReportgenError, ValueError):
    """A rule or option does not apply to the run."""


class UnknownMetricError(DiagnosisError):
    """The run has no metric of that name."""


class EvaluationError(ReportgenError, ValueError):
    """Predictions cannot be evaluated."""


class AdditionError(ReportgenError, ValueError):
    """A note, figure or table cannot be added to a report."""


class SettingsError(ReportgenError, ValueError):
    """A setting in a file or in code is invalid."""


class LanguageError(ReportgenError, ValueError):
    """Reports are not available in that language."""


class RenderError(ReportgenError):
    """A chart or the page cannot be rendered."""


class OutputError(ReportgenError, OSError):
    """A finished report cannot be written or sent."""


class ClusterError(ReportgenError, OSError):
    """The cluster of a sweep cannot be reached or used."""


class MissingExtraError(ReportgenError, ImportError):
    """An optional package that this call needs is not installed."""
