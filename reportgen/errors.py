"""All errors that reportgen raises.

    ReportgenError
    ├── SourceError      (ValueError)  a log, file or object cannot be read as a history
    ├── HistoryError     (ValueError)  a table is not a valid history
    ├── DiagnosisError   (ValueError)  a rule or option does not apply to the run
    │   └── UnknownMetricError         the run has no metric of that name
    ├── SettingsError    (ValueError)  a setting in a file or in code is invalid
    ├── LanguageError    (ValueError)  reports are not available in that language
    ├── RenderError                    a chart or the page cannot be rendered
    ├── OutputError      (OSError)     a finished report cannot be written or sent
    ├── ClusterError     (OSError)     the cluster of a sweep cannot be reached or used
    └── MissingExtraError (ImportError) an optional package is not installed

Each message is one line with three parts: what was found (with the value), what is needed, what to do.
"""


class ReportgenError(Exception):
    """Base class of all errors that reportgen raises on purpose."""


class SourceError(ReportgenError, ValueError):
    """A log, file or object cannot be read as a training history."""


class HistoryError(ReportgenError, ValueError):
    """A table is not a valid training history."""


class DiagnosisError(ReportgenError, ValueError):
    """A rule or option does not apply to the run."""


class UnknownMetricError(DiagnosisError):
    """The run has no metric of that name."""


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
