"""The report as data: everything the templates may see, numbers already worded.

In: a history and its diagnosis. Out: a `ReportPage`, in the language of the diagnosis. No tags are made here but the
charts' SVG, which our own drawing made; no number is left for a template to format.
"""

from typing import Final

from markupsafe import Markup

from reportgen.charts import chart_all
from reportgen.charts.svg import render_svg
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import translate_note
from reportgen.languages import Language
from reportgen.page.embedded import embedded_history, find_cut
from reportgen.page.facts import highlights, run_facts, status_line
from reportgen.page.parts import PageChart, ReportPage
from reportgen.page.rows import (
    VERDICT_TONES,
    answer_rows,
    comparison_rows,
    comparison_text,
    finding_rows,
    metric_rows,
    output_rows,
)
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis

TITLE_LIMIT: Final = 160

__all__ = ["TITLE_LIMIT", "ReportPage", "build_page"]


def build_page(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    *,
    version: str,
    baseline: TrainingHistory | None = None,
) -> ReportPage:
    """Puts a report together.

    Args:
        history: The run.
        diagnosis: What was found; the page speaks its language.
        baseline: An earlier run to compare with.
        version: Of reportgen, for the footer.

    Raises:
        RenderError: a chart cannot be drawn.
    """
    language = diagnosis.language
    heading = (history.run.title or "").strip() or language.say("Training report")
    drawn = chart_all(history, diagnosis, baseline)
    charts = tuple(
        PageChart(
            chart.id,
            chart.title,
            Markup(render_svg(chart)),  # noqa: S704  # our own drawing, parsed and written by an XML writer
            chart.description,
            chart.plan.note,
            chart.plan.axis_note,
            chart.table,
            chart.plan,
        )
        for chart in drawn
    )
    carried = embedded_history(history, drawn)
    return ReportPage(
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
        charts=charts,
        findings=finding_rows(diagnosis),
        comparison_text="" if baseline is None else comparison_text(diagnosis),
        comparison=() if baseline is None else comparison_rows(history, baseline, diagnosis),
        metric_rows=metric_rows(history, language),
        facts=run_facts(history, language),
        layers=history.run.layers,
        notes=_notes(history, baseline, language),
        history_json=carried.to_json(),
        cut=find_cut(carried),
        version=version,
    )


def _notes(history: TrainingHistory, baseline: TrainingHistory | None, language: Language) -> tuple[str, ...]:
    """What a reader should know of how the log was read, and of a baseline that was not read whole."""
    notes = [printable(translate_note(note, language), 400) for note in history.run.notes]
    cut = baseline and find_cut(baseline)
    if cut:
        notes.append(
            language.say(
                "The baseline was read from a report that holds {kept} of its {all} values.",
                kept=cut.kept,
                all=cut.logged,
            )
        )
    return tuple(notes)
