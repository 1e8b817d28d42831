"""What every rule looks at: the reading of a run, the answers, the thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.diagnosis.findings import Answer, Question
from reportgen.diagnosis.questions import Reading
from reportgen.diagnosis.thresholds import Thresholds


@dataclass(frozen=True)
class Case:
    """All that a rule may look at."""

    reading: Reading
    answers: Mapping[Question, Answer]
    thresholds: Thresholds

    @property
    def last_epoch(self) -> int:
        """The last epoch of the run."""
        return int(self.reading.history.epochs[-1])
