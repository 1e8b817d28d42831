"""Every error reportgen raises.

    ReportgenError
    ├── SourceError      (ValueError)  a log, file or object cannot be read as a history
    ├── HistoryError     (ValueError)  a table is not a valid history
    ├── DiagnosisError   (ValueError)  a question about a run cannot be put
    │   └── UnknownMetricError         the run has no metric of that name
    ├── SettingsError    (ValueError)  a setting, in a file or in code, is none
    ├── LanguageError    (ValueError)  a report cannot be written in that language
    ├── RenderError                    a chart or the page cannot be made
    ├── OutputError      (OSError)     a finished report cannot be written or sent
    ├── ClusterError     (OSError)     the cluster that a sweep is to run on cannot be reached or used
    └── MissingExtraError (ImportError) an optional package is not installed

Each message is one line with three parts: what was met (with the value), what is needed, what to do.
"""


class ReportgenError(Exception):
    """Root of all errors that reportgen raises on purpose."""


class SourceError(ReportgenError, ValueError):
    """A log, file or object cannot be read as a training history."""


class HistoryError(ReportgenError, ValueError):
    """A table is not a valid training history."""


class DiagnosisError(ReportgenError, ValueError):
    """A question about a run cannot be put."""


class UnknownMetricError(DiagnosisError):
    """The run has no metric of the name asked for."""


class SettingsError(ReportgenError, ValueError):
    """A setting, in a file or in code, is none."""


class LanguageError(ReportgenError, ValueError):
    """A report cannot be written in the language asked for."""


class RenderError(ReportgenError):
    """A chart or the page cannot be made."""


class OutputError(ReportgenError, OSError):
    """A finished report cannot be written or sent."""


class ClusterError(ReportgenError, OSError):
    """The cluster that a sweep is to run on cannot be reached or used."""


class MissingExtraError(ReportgenError, ImportError):
    """An optional package that this call needs is not installed."""
