"""Builds a page: the text of a report, its charts and its embedded history."""

from markupsafe import Markup

from reportgen.charts import chart_all
from reportgen.charts.chart import Chart
from reportgen.charts.svg import render_svg
from reportgen.history.frame import TrainingHistory
from reportgen.page.contents import PageChart, ReportPage
from reportgen.page.embedded import embedded_history
from reportgen.page.run_details import find_cut
from reportgen.page.words import word_report
from reportgen.wording.diagnosis import Diagnosis


def build_page(
    history: TrainingHistory, diagnosis: Diagnosis, *, version: str, baseline: TrainingHistory | None = None
) -> ReportPage:
    """Writes the text of a report and draws its charts.

    Raises:
        RenderError: a chart cannot be drawn.
    """
    charts = chart_all(history, diagnosis, baseline)
    embedded = embedded_history(history, charts)
    return ReportPage(
        **vars(word_report(history, diagnosis, baseline)),
        charts=tuple(map(place_chart, charts)),
        history_json=embedded.to_json(),
        cut=find_cut(embedded),
        version=version,
    )


def place_chart(chart: Chart) -> PageChart:
    """Draws a chart for a page."""
    svg = Markup(render_svg(chart))  # noqa: S704  # our own drawing, parsed and written by an XML writer
    plan = chart.plan
    return PageChart(chart.id, chart.title, svg, chart.description, plan.note, plan.axis_note, chart.table, plan)
