"""The report as data: `word_report` words it, `build_page` adds the charts and the embedded history."""

from typing import Final

from markupsafe import Markup

from reportgen.charts import chart_all
from reportgen.charts.chart import Chart
from reportgen.charts.svg import render_svg
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.page.contents import PageChart, ReportPage, ReportWords
from reportgen.page.embedded import embedded_history, find_cut
from reportgen.page.run_details import highlights, run_facts, status_line
from reportgen.page.statements import VERDICT_TONES, answer_rows, finding_rows, output_rows
from reportgen.page.value_tables import tabulate_comparison, tabulate_layers, tabulate_values
from reportgen.text import printable
from reportgen.wording.comparison import word_comparison
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.notes import word_note

TITLE_LIMIT: Final = 160

__all__ = ["TITLE_LIMIT", "ReportPage", "ReportWords", "build_page", "place_chart", "word_report"]


def word_report(history: TrainingHistory, diagnosis: Diagnosis, baseline: TrainingHistory | None = None) -> ReportWords:
    """Words a report, in the language of the diagnosis.

    Args:
        history: The run.
        diagnosis: Its diagnosis, with the comparison.
        baseline: The earlier run that it is compared with.
    """
    language = diagnosis.language
    heading = (history.run.title or "").strip() or language.say("Training report")
    comparison_text, comparison = "", None
    if baseline is not None:
        compared = diagnosis.comparison
        comparison = tabulate_comparison(history, baseline, compared, language)
        comparison_text = language.say(
            "The baseline is judged by a different metric, so the two runs cannot be compared."
        )
        if compared is not None:
            comparison_text = word_comparison(compared, language)
    return ReportWords(
        language=language,
        title=printable(heading, TITLE_LIMIT),
        status=status_line(history, language),
        headline=diagnosis.verdict_words.title,
        detail=diagnosis.verdict_words.text,
        advice=diagnosis.verdict_words.advice,
        tone=VERDICT_TONES[diagnosis.verdict],
        highlights=highlights(history, diagnosis),
        answers=answer_rows(diagnosis),
        outputs=output_rows(diagnosis),
        findings=finding_rows(diagnosis),
        comparison_text=comparison_text,
        comparison=comparison,
        values=tabulate_values(history, language),
        facts=run_facts(history, language),
        layers=tabulate_layers(history.run.layers, language),
        notes=_notes(history, baseline, language),
    )


def build_page(
    history: TrainingHistory, diagnosis: Diagnosis, *, version: str, baseline: TrainingHistory | None = None
) -> ReportPage:
    """Words a report and draws its charts.

    Args:
        history: As for `word_report`.
        diagnosis: As for `word_report`.
        version: The version of reportgen, for the footer.
        baseline: As for `word_report`.

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
    """Draws a chart for a page.

    Raises:
        RenderError: it cannot be drawn.
    """
    svg = Markup(render_svg(chart))  # noqa: S704  # our own drawing, parsed and written by an XML writer
    plan = chart.plan
    return PageChart(chart.id, chart.title, svg, chart.description, plan.note, plan.axis_note, chart.table, plan)


def _notes(history: TrainingHistory, baseline: TrainingHistory | None, language: Language) -> tuple[str, ...]:
    """How the log was read, and whether the baseline was read from a page that does not contain all of its values."""
    notes = [word_note(note, language) for note in history.run.notes]
    cut = baseline and find_cut(baseline)
    if cut:
        notes.append(
            language.say(
                "The baseline was read from a report that contains {kept} of its {all} values.",
                kept=cut.kept,
                all=cut.logged,
            )
        )
    return tuple(notes)
