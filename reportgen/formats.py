"""What authors of log formats need; docs/sources.md shows how to add a format.

A format is a `Format` object that a package publishes in the entry point group ``reportgen.sources``. Its ``recognise``
looks at a `Sample`; its ``read`` reads an `Opened` source and returns a `TrainingHistory`, usually from
`history_from_columns` or `history_from_log`, or `Runs` if there may be several, as `runs_from_columns` and
`runs_from_log` return.
"""

from reportgen.errors import SourceError
from reportgen.history.facts import EarlyStopping, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import (
    history_from_columns,
    history_from_log,
    runs_from_columns,
    runs_from_log,
)
from reportgen.text import cited

__all__ = [
    "EarlyStopping",
    "Fit",
    "Format",
    "Logged",
    "Note",
    "Opened",
    "ReadOptions",
    "RunFacts",
    "Runs",
    "Sample",
    "SourceError",
    "TrainingHistory",
    "cited",
    "history_from_columns",
    "history_from_log",
    "runs_from_columns",
    "runs_from_log",
]
