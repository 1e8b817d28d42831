"""Writes the text of a report: everything except its charts."""

from typing import Final

from reportgen import metrics
from reportgen.charts.choice import by_importance
from reportgen.diagnosis.outputs import kind_of_parts
from reportgen.diagnosis.score_names import metric_of
from reportgen.diagnosis.settings_compared import changed_settings
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.page.addition_section import word_additions
from reportgen.page.contents import MAX_SHOWN_ROWS, Fact, ReportWords
from reportgen.page.evaluation_section import word_evaluations
from reportgen.page.number_table import tabulate_numbers
from reportgen.page.run_details import (
    find_cut,
    highlights,
    identity_of,
    resource_facts,
    run_facts,
    status_line,
    word_test_results,
)
from reportgen.page.statements import (
    answer_rows,
    finding_rows,
    note_lines,
    output_rows,
    says_unvalidated,
    worst_tone,
)
from reportgen.page.value_tables import (
    table_keys,
    tabulate_comparison,
    tabulate_diagnostics,
    tabulate_layers,
    tabulate_settings,
    tabulate_values,
)
from reportgen.text import printable
from reportgen.wording.check_lists import word_check_counts, word_check_groups
from reportgen.wording.comparison import word_changes, word_comparison
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.evaluation import word_evaluation, word_main_scores
from reportgen.wording.findings import SEVERITY_WORDS
from reportgen.wording.parts import COLUMNS, HEADINGS
from reportgen.wording.terms import TOOL_NAMES

TITLE_LIMIT: Final = 160  # characters


def word_report(history: TrainingHistory, diagnosis: Diagnosis, baseline: TrainingHistory | None = None) -> ReportWords:
    """Writes the text of a report in the language of the diagnosis."""
    language = diagnosis.language
    heading = (history.run.title or "").strip() or _word_heading(history.run.tool, language)
    kind = kind_of_parts(history, diagnosis.outputs)
    comparison_text, comparison, keys = "", None, table_keys(history, diagnosis)
    if baseline is not None:
        compared = diagnosis.comparison
        comparison = tabulate_comparison(history, baseline, keys, compared, language)
        comparison_text = language.say("This run is not judged, so it cannot be compared with the baseline.")
        if diagnosis.monitor is not None:
            comparison_text = language.say(
                "The baseline is not judged by {key}, so the two runs cannot be compared.",
                key=printable(diagnosis.monitor, 60),
            )
        if compared is not None:
            comparison_text = word_comparison(compared, language)
        changed = word_changes(changed_settings(history, baseline), language)
        comparison_text = language.join(comparison_text, changed)
    used = resource_facts(history.run.resources, language)
    tone, values = worst_tone(diagnosis), tabulate_values(history, keys, language)
    return ReportWords(
        language=language,
        title=printable(heading, TITLE_LIMIT),
        identity=identity_of(history, language),
        scope=_word_scope(history, diagnosis),
        status=status_line(history, language),
        test_results=_word_tested(history, language),
        headline=diagnosis.verdict_words.title,
        detail=diagnosis.verdict_words.text,
        advice=diagnosis.verdict_words.advice,
        tone=tone,
        tone_word=language.say(SEVERITY_WORDS[tone]),
        highlights=highlights(history, diagnosis),
        answers=answer_rows(diagnosis),
        outputs=output_rows(diagnosis),
        outputs_title=language.say(HEADINGS[kind]),
        output_word=language.say(COLUMNS[kind]),
        findings=finding_rows(diagnosis),
        checks_title=word_check_counts(diagnosis.checks, language),
        checks=tuple(Fact(*group) for group in word_check_groups(diagnosis.checks, language)),
        evaluations=word_evaluations(history, language),
        additions=word_additions(history.run.additions, language),
        comparison_text=comparison_text,
        comparison=comparison,
        values=values,
        numbers=tabulate_numbers(history, _ranked(keys, history, diagnosis), language, values.note),
        diagnostics=tabulate_diagnostics(history, language),
        facts=(*run_facts(history, language), *used),
        resources=used,
        settings=tabulate_settings(history, baseline, language),
        layers=tabulate_layers(history.run.layers, language),
        notes=_notes(history, baseline, diagnosis),
    )


def _word_heading(tool: str | None, language: Language) -> str:
    """The title of a run that has none, and whose source has no telling name."""
    name = TOOL_NAMES.get(tool or "")
    return language.say("Training report") if name is None else language.say("{tool} run", tool=name)


def _ranked(keys: list[str], history: TrainingHistory, diagnosis: Diagnosis) -> list[str]:
    """The results in the table of numbers: in reading order if they are few, otherwise the most informative first."""
    if len(history.results) <= MAX_SHOWN_ROWS:
        return keys
    place = {name: number for number, name in enumerate(by_importance(history, diagnosis))}
    return sorted(keys, key=lambda key: place[metrics.parse_key(key)[0]])


def _word_tested(history: TrainingHistory, language: Language) -> str:
    """What was measured after training, and what an evaluation found."""
    run = history.run
    scored = {
        name
        for output, evaluation in run.evaluations
        for score in evaluation.scores
        for name in ("" if output else score.name, metric_of(history, score.name, output))
    }
    others = word_test_results([result for result in run.test_results if result[0] not in scored], language)
    whole = "" if run.evaluation is None else word_evaluation(run.evaluation, language)
    return language.join(whole, word_main_scores(run.output_evaluations, language), others)


def _word_scope(history: TrainingHistory, diagnosis: Diagnosis) -> str:
    """That the verdict rests on training values only, unless the text of the verdict says so."""
    if diagnosis.monitor is None or metrics.parse_key(diagnosis.monitor)[1] == "validation":
        return ""
    if says_unvalidated(diagnosis):
        return ""
    return diagnosis.language.say("Only training values were judged.")


def _notes(history: TrainingHistory, baseline: TrainingHistory | None, diagnosis: Diagnosis) -> tuple[str, ...]:
    """How the log was read, and whether the baseline was read from a page with only part of its values."""
    notes = list(note_lines(history, diagnosis))
    cut = baseline and find_cut(baseline)
    if cut:
        notes.append(
            diagnosis.language.say(
                "The baseline was read from a report that contains {kept} of its {all} values.",
                kept=cut.kept,
                all=cut.logged,
            )
        )
    return tuple(notes)
