"""The section about test data: scores beside validation, confused classes, scores per class, the worst samples."""

from dataclasses import replace
from functools import partial
from typing import Final

from reportgen import formatting
from reportgen.diagnosis.outputs import owner_of
from reportgen.diagnosis.reading import best_logged
from reportgen.diagnosis.score_names import metric_of
from reportgen.formatting import Table
from reportgen.history.evaluation import Evaluation
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language, grouped
from reportgen.metrics import join_key
from reportgen.page.contents import EvaluationWords, MatrixCell, MatrixRow
from reportgen.text import printable
from reportgen.wording.evaluation import (
    name_score,
    word_evaluation,
    word_evaluation_notes,
    word_interval,
    word_mistake,
)

OPEN_CLASSES: Final = 12  # whose confusion matrix is open; our choice: as many columns as fit
MAX_MATRIX: Final = 100  # classes of a folded matrix; our choice: a table of 10,000 cells
MAX_PAIRS: Final = 20
_MAX_COLUMNS: Final = 6  # classes of a matrix in mail and Markdown; our choice: as many columns as fit a phone
MAX_CLASS_ROWS: Final = 100
_LEVELS: Final = (0.02, 0.1, 0.3, 0.6)  # shares of the true class at which a cell gets darker
_LONGEST: Final = 40
_LONGEST_HEADER: Final = 14


def word_evaluations(history: TrainingHistory, language: Language) -> tuple[EvaluationWords, ...]:
    """The section, with one part per output; empty for a run without an evaluation."""
    return tuple(_word_part(history, output, evaluation, language) for output, evaluation in history.run.evaluations)


def _word_part(history: TrainingHistory, output: str, evaluation: Evaluation, language: Language) -> EvaluationWords:
    """What an evaluation found. Titles of tables have the name of the output in front."""
    name = printable(output, _LONGEST)
    titled = partial(_with_output, name, language)
    n_classes = len(evaluation.classes)
    has_matrix = bool(evaluation.confusion) and n_classes <= MAX_MATRIX
    many = n_classes > OPEN_CLASSES
    return EvaluationWords(
        output=name,
        summary=word_evaluation(evaluation, language),
        mistake=word_mistake(evaluation, language),
        scores=titled(_tabulate_scores(history, output, evaluation, language)),
        matrix=_matrix(evaluation, with_shares=not many) if has_matrix else (),
        matrix_title=_prefixed(
            name, language.say("Confusion matrix: rows are true classes, columns predicted ones"), language
        ),
        matrix_folded=many,
        pairs=titled(_tabulate_pairs(evaluation, language)) if many and evaluation.confusion else None,
        mistakes=titled(_tabulate_mistakes(evaluation, language)) if evaluation.confusion else None,
        classes=titled(_tabulate_classes(evaluation, language)) if n_classes else None,
        classes_folded=many,
        worst=titled(_tabulate_worst(evaluation, language)) if evaluation.worst else None,
        notes=word_evaluation_notes(evaluation, language),
    )


def _with_output(output: str, language: Language, table: Table) -> Table:
    """The table, with the name of the output in its title."""
    return replace(table, title=_prefixed(output, table.title, language))


def _prefixed(output: str, text: str, language: Language) -> str:
    return language.say("{name}: {text}", name=output, text=text) if output else text


def _tabulate_scores(history: TrainingHistory, output: str, evaluation: Evaluation, language: Language) -> Table:
    """Each score with its interval, and the best validation value of the same metric.

    Results of the whole model are beside the scores of a model with one output.
    """
    say, used = language.say, set()
    rows: list[tuple[str, ...]] = []
    for score in evaluation.scores:
        metric = metric_of(history, score.name, output)
        used.add(metric)
        cells = (name_score(score.name, evaluation, language), formatting.number(score.value))
        rows.append((*cells, word_interval(score, language), *_validation(history, metric)))
    outputs = [name for name, _ in history.run.output_evaluations]
    for name, value in history.run.test_results:
        is_known = name in used or (not output and evaluation.score(name) is not None)
        if not is_known and (owner_of(name, outputs) or "") == output:
            metric = name if history.has(name, "validation") else None
            rows.append((printable(name, _LONGEST), formatting.number(value), "", *_validation(history, metric)))
    headers: tuple[str, ...] = (
        say("Score"),
        say("Test"),
        say("95% interval"),
        say("Best validation"),
        say("At epoch"),
    )
    if not any(row[3] for row in rows):
        rows, headers = [row[:3] for row in rows], headers[:3]
    return Table(headers, tuple(rows), tuple(range(1, len(headers))), say("Scores on test data"))


def _validation(history: TrainingHistory, metric: str | None) -> tuple[str, str]:
    """The best validation value of a metric and its epoch; empty if it has none."""
    best = None if metric is None else best_logged(history, join_key(metric, "validation"))
    return ("", "") if best is None else (formatting.number(best[0]), grouped(best[1]))


def _matrix(evaluation: Evaluation, *, with_shares: bool) -> tuple[MatrixRow, ...]:
    n_classes = len(evaluation.classes)
    counts = {(true, predicted): count for true, predicted, count in evaluation.confusion}
    rows = []
    for true, scores in enumerate(evaluation.classes):
        cells = []
        for predicted in range(n_classes):
            count = counts.get((true, predicted), 0)
            share = count / scores.rows if scores.rows else 0.0
            level = sum(share >= limit for limit in _LEVELS) if count else 0
            text = formatting.count(count) if count or with_shares else ""
            shown = formatting.percent(share) if with_shares and count else ""
            cells.append(MatrixCell(text, shown, level, true == predicted))
        name = printable(scores.label, _LONGEST if with_shares else _LONGEST_HEADER)
        rows.append(MatrixRow(name, printable(scores.label, _LONGEST_HEADER), tuple(cells)))
    return tuple(rows)


def _tabulate_mistakes(evaluation: Evaluation, language: Language) -> Table:
    """The confusion matrix, or the most confused classes if it has too many columns."""
    say, classes = language.say, evaluation.classes
    if len(classes) > _MAX_COLUMNS:
        return _tabulate_pairs(evaluation, language)
    rows = tuple(
        (
            row.name,
            *(
                say("{count} ({share})", count=cell.count, share=cell.share) if cell.share else cell.count
                for cell in row.cells
            ),
        )
        for row in _matrix(evaluation, with_shares=True)
    )
    headers = (
        say("True class"),
        *(say("predicted {name}", name=row.short) for row in _matrix(evaluation, with_shares=True)),
    )
    return Table(headers, rows, tuple(range(1, len(headers))), say("Confusion matrix"))


def _tabulate_pairs(evaluation: Evaluation, language: Language) -> Table:
    say, classes = language.say, evaluation.classes
    wrong = sorted((cell for cell in evaluation.confusion if cell[0] != cell[1]), key=lambda cell: -cell[2])
    rows = tuple(
        (
            printable(classes[true].label, _LONGEST),
            printable(classes[predicted].label, _LONGEST),
            formatting.count(count),
            formatting.percent(count / classes[true].rows) if classes[true].rows else "",
        )
        for true, predicted, count in wrong[:MAX_PAIRS]
    )
    headers = (say("True class"), say("Predicted as"), say("Samples"), say("Of the true class"))
    return Table(headers, rows, (2, 3), say("Most confused classes"))


def _tabulate_classes(evaluation: Evaluation, language: Language) -> Table:
    say, classes, note = language.say, evaluation.classes, ""
    if len(classes) > MAX_CLASS_ROWS:
        note = say(
            "The {n} of {all} classes with the lowest F1.",
            n=MAX_CLASS_ROWS,
            all=formatting.count(len(classes)),
        )
        classes = tuple(sorted(classes, key=lambda each: each.f1 or 0.0)[:MAX_CLASS_ROWS])
    headers = [say("Class"), say("Samples"), say("Predicted"), say("Precision"), say("Recall"), "F1"]
    with_areas = any(each.roc_auc is not None for each in classes)
    headers += [say("ROC area"), say("Average precision")] if with_areas else []
    rows = []
    for each in classes:
        numbers = (
            each.precision,
            each.recall,
            each.f1,
            *((each.roc_auc, each.average_precision) if with_areas else ()),
        )
        shown = ("–" if value is None else f"{value:.3f}" for value in numbers)
        counts = (formatting.count(each.rows), formatting.count(each.predicted))
        rows.append((printable(each.label, _LONGEST), *counts, *shown))
    title = say("Scores of each label") if evaluation.task == "multi-label" else say("Scores of each class")
    return Table(tuple(headers), tuple(rows), tuple(range(1, len(headers))), title, note)


def _tabulate_worst(evaluation: Evaluation, language: Language) -> Table:
    say = language.say
    rows: tuple[tuple[str, ...], ...] = tuple(
        (
            formatting.count(row.row),
            printable(row.true, 2 * _LONGEST),
            printable(row.predicted, 2 * _LONGEST),
            "" if row.size is None else formatting.short(row.size, 3),
        )
        for row in evaluation.worst
    )
    sizes = {"regression": say("Absolute error"), "multi-label": say("Wrong labels")}
    headers: tuple[str, ...] = (
        say("Sample"),
        say("True"),
        say("Predicted"),
        sizes.get(evaluation.task, say("Log loss")),
    )
    note = say("Samples are numbered from 0, in the order of the data.")
    if not any(row[3] for row in rows):
        rows, headers = tuple(row[:3] for row in rows), headers[:3]
        return Table(headers, rows, (0,), say("The first wrong samples"), note)
    return Table(headers, rows, (0, 3), say("The worst samples"), note)
