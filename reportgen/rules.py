"""What authors of rules need; docs/findings.md shows how to add a rule.

A rule is a `RunRule` object that a package publishes in the entry point group ``reportgen.rules``. Its ``find`` looks
at the `Reading` of a run and returns an `Observation` for each thing that it noticed.
"""

from reportgen.diagnosis.curves import Curve
from reportgen.diagnosis.own_rules import Observation, RunRule
from reportgen.diagnosis.reading import Reading
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.history.frame import TrainingHistory

__all__ = ["Curve", "Observation", "Reading", "RunRule", "Thresholds", "TrainingHistory"]
