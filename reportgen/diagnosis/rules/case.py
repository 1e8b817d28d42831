"""What every rule looks at: the reading of a run, the answers, the thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.diagnosis.findings import Answer, Question
from reportgen.diagnosis.reading import Reading
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.metrics import Split


@dataclass(frozen=True)
class Case:
    """All that a rule may look at."""

    reading: Reading
    answers: Mapping[Question, Answer]
    thresholds: Thresholds

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last epoch of the run."""
        return int(self.reading.history.epochs[0]), self.last_epoch

    @property
    def last_epoch(self) -> int:
        """The last epoch of the run."""
        return int(self.reading.history.epochs[-1])

    def value(self, split: Split, epoch: int) -> float:
        """The judged metric as logged; the epoch must have a value."""
        return float(self.reading.history.series(self.reading.metric or "", split).loc[epoch])

    @property
    def is_usable(self) -> bool:
        """Whether the run neither diverged nor failed to learn, so that finer points can be told."""
        return self.answers["diverged"].answer == "no" and self.answers["learning"].answer == "yes"
