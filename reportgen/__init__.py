"""reportgen: one HTML file after training that says what happened and what to do next.

    import reportgen
    history = model.fit(..., callbacks=[reportgen.ReportCallback("report.html")])

Names are loaded on first use, so importing the package takes only a few milliseconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reportgen.errors import (
    AdditionError,
    ClusterError,
    DiagnosisError,
    EvaluationError,
    HistoryError,
    LanguageError,
    MissingExtraError,
    OutputError,
    RenderError,
    ReportgenError,
    SettingsError,
    SourceError,
    UnknownMetricError,
)
from reportgen.version import __version__

if TYPE_CHECKING:
    from reportgen.callback import ReportCallback
    from reportgen.comparison import Comparison, compare
    from reportgen.diagnosis.findings import Answer, Finding
    from reportgen.evaluation import evaluate
    from reportgen.gate import GateCheck, GateResult
    from reportgen.history.evaluation import Evaluation
    from reportgen.history.facts import RunFacts
    from reportgen.history.frame import TrainingHistory
    from reportgen.options import Look, ReadOptions
    from reportgen.recorder import Recorder
    from reportgen.report import Report, build, diagnose, email_reports, load
    from reportgen.wording.diagnosis import Diagnosis

_HOMES = {
    "ReportCallback": "reportgen.callback",
    "Answer": "reportgen.diagnosis.findings",
    "Comparison": "reportgen.comparison",
    "Diagnosis": "reportgen.wording.diagnosis",
    "Finding": "reportgen.diagnosis.findings",
    "GateCheck": "reportgen.gate.checks",
    "GateResult": "reportgen.gate.checks",
    "Evaluation": "reportgen.history.evaluation",
    "evaluate": "reportgen.evaluation",
    "RunFacts": "reportgen.history.facts",
    "TrainingHistory": "reportgen.history.frame",
    "Look": "reportgen.options",
    "ReadOptions": "reportgen.options",
    "Recorder": "reportgen.recorder",
    "Report": "reportgen.report",
    "build": "reportgen.report",
    "compare": "reportgen.comparison",
    "diagnose": "reportgen.report",
    "email_reports": "reportgen.report",
    "load": "reportgen.report",
    "load_all": "reportgen.report",
}

__all__ = [
    "AdditionError",
    "Answer",
    "ClusterError",
    "Comparison",
    "Diagnosis",
    "DiagnosisError",
    "Evaluation",
    "EvaluationError",
    "Finding",
    "GateCheck",
    "GateResult",
    "HistoryError",
    "LanguageError",
    "Look",
    "MissingExtraError",
    "OutputError",
    "ReadOptions",
    "Recorder",
    "RenderError",
    "Report",
    "ReportCallback",
    "ReportgenError",
    "RunFacts",
    "SettingsError",
    "SourceError",
    "TrainingHistory",
    "UnknownMetricError",
    "__version__",
    "build",
    "compare",
    "diagnose",
    "email_reports",
    "evaluate",
    "load",
    "load_all",
]


def __getattr__(name: str) -> Any:
    """Loads a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
