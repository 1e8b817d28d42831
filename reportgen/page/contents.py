"""The contents of a report as frozen data, with all text written out: all that templates, mail and summaries read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reportgen.formatting import Table
from reportgen.languages import Language

MAX_SHOWN_ROWS: Final = 12  # of the numbers of metrics; our choice: with more, all but the first are folded
FIRST_ROWS: Final = 8  # of the numbers of many metrics; our choice: as many as fit a screen

if TYPE_CHECKING:
    from markupsafe import Markup

    from reportgen.charts.plan import Plan
    from reportgen.charts.small_chart import SmallChart
    from reportgen.charts.sparkline import Sparkline


@dataclass(frozen=True)
class AnswerRow:
    """The answer to one of the five questions; ``doubt`` is its certainty if that is below 95%."""

    question: str
    answer: str
    certainty: str
    text: str
    tone: str
    doubt: str = ""


@dataclass(frozen=True)
class NumberRow:
    """The numbers of one metric.

    Attributes:
        cells: One text per column after the name; empty without a value.
        best_at: Index of the cell with the best value; None without one.
        course: The curve; None with fewer than two values.
    """

    metric: str
    cells: tuple[str, ...]
    best_at: int | None
    course: "Sparkline | None"


@dataclass(frozen=True)
class NumberTable:
    """The numbers of all metrics: headers of name and cells, rows, header of the curves, and what was left out.

    Rows after the first ones are folded; ``more_title`` says how many.
    """

    headers: tuple[str, ...]
    rows: tuple[NumberRow, ...]
    course: str
    note: str = ""
    more_title: str = ""

    @property
    def parts(self) -> tuple[tuple[NumberRow, ...], ...]:
        """The rows that are shown, and those that are folded, if any."""
        if not self.more_title:
            return (self.rows,)
        return self.rows[:FIRST_ROWS], self.rows[FIRST_ROWS:]


@dataclass(frozen=True)
class FindingRow:
    """One finding; ``epochs`` is empty unless it covers more than one, and ``rule`` if the row counts others.

    ``restates``: verdict, answers and key numbers say the same, so short texts only name it.
    """

    severity: str
    label: str
    title: str
    text: str
    epochs: str
    rule: str = ""
    restates: bool = False

    @property
    def where(self) -> str:
        """Its rule and its epochs, as far as it has them."""
        return " · ".join(filter(None, (self.rule, self.epochs)))


@dataclass(frozen=True)
class OutputRow:
    """The verdict on one output of a model, on one evaluation set, or on one part of the loss."""

    output: str
    headline: str
    text: str
    tone: str


@dataclass(frozen=True)
class Fact:
    """One fact of the run."""

    name: str
    value: str


@dataclass(frozen=True)
class MatrixCell:
    """One cell of a confusion matrix: rows, their share of the true class, how dark it is, and whether it is right."""

    count: str
    share: str
    level: int
    is_right: bool

    @property
    def css(self) -> str:
        """Its classes in the style sheet."""
        return " ".join(filter(None, ("hit" if self.is_right else "", f"s{self.level}" if self.level else "")))


@dataclass(frozen=True)
class MatrixRow:
    """One true class of a confusion matrix, and its short name as a column."""

    name: str
    short: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True)
class EvaluationWords:
    """The section about test data, or its part about one output of a model with several.

    Attributes:
        output: Name of the output; empty for the whole model.
        summary: The main score in one or two sentences.
        mistake: The most frequent mistake; empty without any.
        scores: Each score with its interval, beside validation.
        matrix: The confusion matrix; empty without classes, or with too many.
        pairs: The most confused classes; None if the matrix shows them well enough.
        mistakes: The confusion matrix as a small table, or the most confused classes, for mail and Markdown; None for a
            regression and for several labels.
        classes: Scores of each class or label; None for a regression.
        worst: The worst rows; None without any.
        notes: How the numbers were computed.
    """

    output: str
    summary: str
    mistake: str
    scores: Table
    matrix: tuple[MatrixRow, ...]
    matrix_title: str
    matrix_folded: bool
    pairs: Table | None
    mistakes: Table | None
    classes: Table | None
    classes_folded: bool
    worst: Table | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PageNote:
    """A note of the user: its text, and the text as HTML; None if what makes it is not installed."""

    text: str
    html: "Markup | None"
    kind: str = "note"

    @property
    def paragraphs(self) -> tuple[tuple[str, ...], ...]:
        """The lines of each paragraph, for places that show text only."""
        parts = "\n".join(line.rstrip() for line in self.text.splitlines()).split("\n\n")
        return tuple(tuple(part.strip("\n").split("\n")) for part in parts if part.strip())


@dataclass(frozen=True)
class PageFigure:
    """A figure of the user; its picture is stored in base64."""

    id: str
    title: str
    type: str
    data: str
    width: int
    height: int
    alt: str
    caption: str
    has_small_text: bool = False  # a narrow page scrolls it, as nobody could read it smaller
    kind: str = "figure"

    @property
    def source(self) -> str:
        """The picture as a ``data:`` URL."""
        return f"data:{self.type};base64,{self.data}"


@dataclass(frozen=True)
class PageTable:
    """A table of the user."""

    table: Table
    kind: str = "table"


PageAddition = PageNote | PageFigure | PageTable


@dataclass(frozen=True)
class ReportWords:
    """Everything a report says, without its charts.

    Attributes:
        headline: The verdict in one sentence.
        detail: The evidence for it in one sentence.
        identity: When the run started, how long it is, and how long it took, as far as known.
        scope: That only training was judged; empty otherwise.
        status: How training ended, in one short sentence; empty if unknown or as planned.
        test_results: What was measured after training, in one sentence; empty if nothing was.
        tone: good, note, warning or critical: the worst of all judged parts. Selects a colour, which is never the only
            sign.
        tone_word: The tone in a word.
        outputs: The verdict on each output of a model with several outputs, on each evaluation set, or on each part of
            the loss; otherwise empty.
        outputs_title: What these are called together.
        output_word: What one of them is called.
        findings: Most severe first.
        checks_title: How many checks there are, and their outcomes.
        checks: The checks of each state: a heading and their codes.
        evaluations: The section about test data, in one part or in one part per output; empty without an evaluation.
        additions: Notes, figures and tables of the user.
        comparison_text: How the run compares with the baseline, and which settings differ; empty without a baseline.
        comparison: Best values of both runs; None without a baseline or without common metrics.
        values: First, best and last value of each metric.
        numbers: The same for the page: training and validation of a metric in one row.
        diagnostics: First, lowest, highest and last value of timings and the like; None if none was logged.
        resources: Peaks and medians of what it used of its machine; also among the facts. Empty without samples.
        settings: What the run was trained with, those that differ from the baseline first; None if unknown.
        layers: Layers of the model; None if unknown.
    """

    language: Language
    title: str
    identity: tuple[str, ...]
    scope: str
    status: str
    test_results: str
    headline: str
    detail: str
    advice: tuple[str, ...]
    tone: str
    tone_word: str
    highlights: tuple[Fact, ...]
    answers: tuple[AnswerRow, ...]
    outputs: tuple[OutputRow, ...]
    outputs_title: str
    output_word: str
    findings: tuple[FindingRow, ...]
    checks_title: str
    checks: tuple[Fact, ...]
    evaluations: tuple[EvaluationWords, ...]
    additions: tuple[PageAddition, ...]
    comparison_text: str
    comparison: Table | None
    values: Table
    numbers: NumberTable
    diagnostics: Table | None
    facts: tuple[Fact, ...]
    resources: tuple[Fact, ...]
    settings: Table | None
    layers: Table | None
    notes: tuple[str, ...]

    @property
    def restated(self) -> str:
        """The findings that verdict and answers say already, in a line for short texts; empty without any."""
        say = self.language.say
        named = [
            say("{title} ({severity}, {rule})", title=row.title, severity=row.label.lower(), rule=row.rule)
            for row in self.findings
            if row.restates
        ]
        return say("Already covered above: {findings}.", findings="; ".join(named)) if named else ""


@dataclass(frozen=True)
class PageChart:
    """One chart: heading, drawing, description, notes on the chart and its axis, and the plan it shows.

    Attributes:
        message: What it shows, as a heading; empty if that is the title.
        reading: The metric as logged, its direction, and what its dots mean.
    """

    id: str
    title: str
    svg: "Markup"
    description: str
    note: str
    axis_note: str
    plan: "Plan"
    message: str = ""
    reading: str = ""


@dataclass(frozen=True)
class PagePlot:
    """One plot that is not over epochs or has no curve of the run, with the parts of a `PageChart` but no crosshair."""

    id: str
    title: str
    svg: "Markup"
    description: str
    note: str
    table: Table
    axis_note: str = ""
    message: str = ""
    reading: str = ""
    part: int = 0  # of the section about test data: the position in its evaluations


@dataclass(frozen=True)
class PageSection:
    """One part of a page below the verdict: the id of its heading, its name in the contents bar, and its template."""

    id: str
    name: str
    template: str


@dataclass(frozen=True)
class Cut:
    """How many of a run's values a page embeds, if it does not embed all of them."""

    kept: str
    logged: str


@dataclass(frozen=True)
class ReportPage(ReportWords):
    """Everything that templates may read.

    Attributes:
        charts: The large ones, the most important one first.
        small_charts: The small ones, the most important one first.
        every_value: The values of all charts, one row per epoch; without rows if there are no charts.
        every_title: What it is called.
        charts_note: How many metrics there are and where they are shown; empty if there are few.
        cut: How much of the run it contains; None if it contains all of it.
        is_brief: Whether the text beside the first chart is so short that the key numbers fit below it.
        evaluation_plots: The plots of the section about test data.
        resource_plots: The plots of what the training used, such as the time per epoch.
        resources_folded: The typical time per epoch, if they show nothing else; then they are folded among the facts.
        sections: The parts below the verdict, in order.
        has_contents: Whether a contents bar links to them.
    """

    charts: tuple[PageChart, ...]
    every_value: Table
    every_title: str
    charts_note: str
    small_charts: "tuple[SmallChart, ...]"
    history_json: str
    cut: Cut | None
    version: str
    evaluation_plots: tuple[PagePlot, ...] = ()
    resource_plots: tuple[PagePlot, ...] = ()
    resources_folded: str = ""
    sections: tuple[PageSection, ...] = ()
    has_contents: bool = False
    is_brief: bool = False

    @property
    def shown_facts(self) -> tuple[Fact, ...]:
        """The facts of the run, unless the only one is its length, which the page says in its first line."""
        return self.facts if len(self.facts) > 1 else ()

    @property
    def has_details(self) -> bool:
        """Whether there is anything to say on how the run was made."""
        folded = self.resources_folded or self.diagnostics or self.layers or (self.settings and self.settings.is_folded)
        return bool(self.shown_facts or self.notes or folded)

    @property
    def interactive_json(self) -> str:
        """The data from which the script of an interactive report draws the charts; built only when read."""
        from reportgen.charts.interactive import interactive_json  # not needed for the text of a report

        return interactive_json({chart.id: chart.plan for chart in self.charts})
