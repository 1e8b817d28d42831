"""What a page is made of: frozen data, every number already worded.

In: nothing. Out: the classes. A template sees these and nothing else.
"""

from dataclasses import dataclass

from markupsafe import Markup

from reportgen.charts.chart import DataTable
from reportgen.charts.interactive import interactive_json
from reportgen.charts.parts import Plan
from reportgen.history.facts import Layer
from reportgen.languages import Language


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer, certainty and sentence."""

    question: str
    answer: str
    certainty: str
    text: str
    tone: str


@dataclass(frozen=True)
class PageChart:
    """One chart: heading, drawing, description, note, note on its axis, numbers, and the plan it was drawn from."""

    id: str
    title: str
    svg: Markup
    description: str
    note: str
    axis_note: str
    table: DataTable
    plan: Plan


@dataclass(frozen=True)
class PageFinding:
    """One finding in words; ``epochs`` is said where it concerns more than one."""

    severity: str
    label: str
    title: str
    text: str
    epochs: str


@dataclass(frozen=True)
class OutputRow:
    """What is said of one output of a model that has several."""

    output: str
    headline: str
    text: str
    tone: str


@dataclass(frozen=True)
class MetricRow:
    """First, best and last value of one curve."""

    metric: str
    first: str
    best: str
    best_epoch: str
    last: str


@dataclass(frozen=True)
class ComparisonRow:
    """The best value of one curve beside that of the baseline."""

    metric: str
    best: str
    baseline: str
    difference: str
    reached: str


@dataclass(frozen=True)
class Fact:
    """One fact of the run."""

    name: str
    value: str


@dataclass(frozen=True)
class Cut:
    """How many values of a run a page holds, where it does not hold all."""

    kept: str
    logged: str


@dataclass(frozen=True)
class ReportPage:
    """Everything the templates may see.

    Attributes:
        language: The language of all words.
        title: The run's title.
        status: How training ended, one short sentence; empty where it is not known or went as planned.
        headline: The verdict in one sentence.
        detail: The evidence for it in one sentence.
        advice: What to do.
        tone: good, note, warning or critical; chooses a colour, never the only sign.
        highlights: The few figures that stand beside the verdict.
        answers: The five questions.
        outputs: One per output of a model that has several; else empty.
        charts: In reading order.
        findings: Most severe first.
        comparison_text: Whether it is better than the baseline, in one sentence; empty without one to compare with.
        comparison: One row per curve that the baseline has too; empty without a baseline.
        metric_rows: One per logged curve.
        facts: Of the run.
        layers: Of the model.
        notes: On how the log was read.
        history_json: The history, to be read back.
        cut: What it holds of the run; None for all.
        version: Of reportgen.
    """

    language: Language
    title: str
    status: str
    headline: str
    detail: str
    advice: tuple[str, ...]
    tone: str
    highlights: tuple[Fact, ...]
    answers: tuple[AnswerRow, ...]
    outputs: tuple[OutputRow, ...]
    charts: tuple[PageChart, ...]
    findings: tuple[PageFinding, ...]
    comparison_text: str
    comparison: tuple[ComparisonRow, ...]
    metric_rows: tuple[MetricRow, ...]
    facts: tuple[Fact, ...]
    layers: tuple[Layer, ...]
    notes: tuple[str, ...]
    history_json: str
    cut: Cut | None
    version: str

    @property
    def lang(self) -> str:
        """The language of all words, as HTML names it."""
        return self.language.code

    @property
    def interactive_json(self) -> str:
        """The data from which the script of an interactive report draws the charts; built only when read."""
        return interactive_json({chart.id: chart.plan for chart in self.charts})
