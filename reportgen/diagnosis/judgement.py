"""A judged run, in numbers only; `reportgen.wording` turns it into sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reportgen.diagnosis.comparison import BaselineComparison
from reportgen.diagnosis.findings import Advice, Answer, CheckResult, Finding, Forecast, Question, VerdictCode
from reportgen.diagnosis.outputs import kind_of_parts
from reportgen.diagnosis.own_rules import Asked
from reportgen.diagnosis.reading import Reading
from reportgen.diagnosis.signs import Signs
from reportgen.languages import Axis

_PAST_OVERFITTING: Final[tuple[VerdictCode, ...]] = (
    "diverged", "frozen", "not-learning", "not-generalising", "unstable", "overfitting",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the diagnosis found about one run.

    Attributes:
        reading: The run and its judged curves.
        signs: What the curves show beyond the answers.
        verdict: The code that sums up the run.
        best_epoch: The epoch (1-based) with the best weights; None if no metric can be judged.
        monitor: The judged curve, named as Keras logs it; None if no metric can be judged.
        epochs: The last epoch of the run.
        answers: One per question.
        findings: Most severe first.
        ignores: Names of findings that the caller ignores, whether the run has them or not.
        ignored: The findings of the run that are left out for that reason.
        checks: The outcome of each rule.
        advice: What to do, the most important first.
        forecast: How the monitor would continue, in its own unit; None if unknown.
        comparison: The comparison with the baseline; None without one, or if it is judged by another curve.
        asked: The outcome of the rules of other packages.
        outputs: The judgement of each output of a model with several outputs, by output name; otherwise empty.
    """

    reading: Reading = field(repr=False, compare=False)
    signs: Signs = field(repr=False, compare=False)
    verdict: VerdictCode
    best_epoch: int | None
    monitor: str | None
    epochs: int
    answers: Mapping[Question, Answer]
    findings: tuple[Finding, ...] = ()
    ignores: frozenset[str] = frozenset()
    ignored: tuple[Finding, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    advice: tuple[Advice, ...] = ()
    forecast: Forecast | None = None
    comparison: BaselineComparison | None = None
    asked: Asked = field(default_factory=Asked, repr=False)
    outputs: Mapping[str, "Judgement"] = field(default_factory=dict)

    @property
    def axis(self) -> Axis:
        """What the run counts. If it is ``step``, all epochs here are steps."""
        return self.reading.history.axis

    def found(self, code: str) -> bool:
        """Whether the run has a finding with this code, ignored or not: the verdict is the same either way."""
        return any(finding.code == code for finding in (*self.findings, *self.ignored))

    @property
    def overfitting_output(self) -> str | None:
        """The first output that overfits, although the model as a whole does not; None without one."""
        if self.verdict in _PAST_OVERFITTING or kind_of_parts(self.reading.history, self.outputs) != "output":
            return None
        return next((name for name, part in self.outputs.items() if part.verdict == "overfitting"), None)

    @property
    def learned(self) -> bool:
        """Whether the run learned and did not diverge, so that the details of its curves are meaningful."""
        return self.answers["diverged"].answer == "no" and self.answers["learning"].answer == "yes"
