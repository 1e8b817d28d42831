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


def quoted(value: object, limit: int = 60) -> str:
    """A value as it may stand in a one-line message: printable, in double quotes, cut when long."""
    try:
        whole = str(value)
    except (ValueError, RecursionError):  # Python refuses to write integers of thousands of digits, and deep nests
        whole = f"<{type(value).__name__}>"
    text = "".join(ch if ch.isprintable() else repr(ch)[1:-1] for ch in whole[: limit + 1])
    return f'"{text if len(text) <= limit else text[: limit - 1] + "…"}"'


def listed(names: list[str], limit: int = 8) -> str:
    """Names for a message: all of a short list, the first few and the count of a long one."""
    shown = ", ".join(quoted(name, 40) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
