"""Builds a page: the text of a report, its charts and its embedded history."""

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from reportgen import formatting
from reportgen.charts import chart_all
from reportgen.charts.chart import Chart, tabulate_all
from reportgen.charts.choice import MAX_SINGLE
from reportgen.charts.evaluation_plots import plot_evaluations
from reportgen.charts.plot import Plot
from reportgen.charts.resource_plots import plot_resources
from reportgen.charts.small_chart import chart_small
from reportgen.charts.svg import render_plot, render_svgs
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.page.contents import PageChart, PagePlot, ReportPage
from reportgen.page.embedded import embedded_history, with_references
from reportgen.page.run_details import find_cut
from reportgen.page.sections import FEWEST_LINKS, sections_of
from reportgen.page.verdict_space import is_brief
from reportgen.page.words import word_report
from reportgen.text import harmless_json
from reportgen.wording.diagnosis import Diagnosis


def build_page(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    *,
    version: str,
    baseline: TrainingHistory | None = None,
    source_title: str = "",
) -> ReportPage:
    """Writes the text of a report and draws its charts. ``source_title`` is the title of a run that has none.

    Raises:
        RenderError: a chart cannot be drawn.
    """
    if (history.run.title or "").strip():
        source_title = ""
    charts = chart_all(history, diagnosis, baseline)
    every, columns = tabulate_all(charts, diagnosis.language)
    embedded = embedded_history(history, charts, every)
    used = plot_resources(history, diagnosis)
    if source_title:
        embedded = embedded.with_run(replace(embedded.run, source_title=source_title))
    words = word_report(history, diagnosis, baseline)
    page = ReportPage(
        **(vars(words) | {"title": source_title or words.title}),
        charts=place_charts(charts, columns),
        every_value=every,
        every_title=diagnosis.language.say("All plotted values"),
        charts_note=_word_choice(history, diagnosis.language),
        small_charts=chart_small(history, diagnosis),
        history_json=harmless_json(with_references(embedded).to_json(short=True)),
        cut=find_cut(embedded),
        evaluation_plots=tuple(
            replace(_place_plot(plot), part=part) for part, plot in plot_evaluations(history.run, diagnosis.language)
        ),
        resource_plots=tuple(map(_place_plot, used)),
        resources_folded=_word_folded_use(history, diagnosis, used),
        version=version,
    )
    sections = sections_of(page)
    return replace(page, sections=sections, has_contents=len(sections) >= FEWEST_LINKS, is_brief=is_brief(page))


def _place_plot(plot: Plot) -> PagePlot:
    """Draws a plot for a page."""
    svg = Markup(render_plot(plot))  # noqa: S704  # as below
    return PagePlot(plot.id, plot.title, svg, plot.description, plot.note, plot.table, message=plot.message)


def _word_folded_use(history: TrainingHistory, diagnosis: Diagnosis, plots: Sequence[Plot]) -> str:
    """What the section about resources says while it is folded: if it has only times that are nothing special."""
    is_special = any(finding.code == "slower-epochs" for finding in diagnosis.findings)
    return "" if history.run.resources is not None or is_special or not plots else plots[0].message


def place_charts(charts: Sequence[Chart], columns: Sequence[int]) -> tuple[PageChart, ...]:
    """Draws the charts of a page; the values of each begin in a column of the table of all values."""
    return tuple(
        PageChart(
            id=chart.id,
            title=chart.title,
            svg=Markup(svg),  # noqa: S704  # our own drawing, parsed and written by an XML writer
            description=chart.description,
            note=chart.plan.note,
            axis_note=chart.plan.axis_note,
            plan=chart.plan,
            message=chart.message,
            reading=chart.reading,
        )
        for chart, svg in zip(charts, render_svgs(charts, columns), strict=True)
    )


def _word_choice(history: TrainingHistory, language: Language) -> str:
    """How many metrics there are and where they are shown; empty if there are few."""
    n_results = len(history.results)
    if n_results <= MAX_SINGLE:
        return ""
    return language.say(
        "{all} metrics: small charts show groups of similar ones, and the table below has a row for each.",
        all=formatting.count(n_results),
    )
