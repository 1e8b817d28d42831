"""A comparison as Markdown, as text for the terminal, and as plain data for JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from rich.cells import cell_len

from reportgen import formatting
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.comparison_advice import advise_epochs, advise_stable, advise_stopping
from reportgen.comparison.group_naming import shown
from reportgen.comparison.group_results import Outlier
from reportgen.comparison.group_sentences import word_group
from reportgen.comparison.outcome_words import word_agreement, word_outlier, word_worst
from reportgen.comparison.result_tables import pairs_table, results_table
from reportgen.comparison.sentences import word_grouping, word_notes, word_overall, word_without_values
from reportgen.diagnosis.score_names import final_scores
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.outputs.gfm import plain, rows_of, table_head
from reportgen.outputs.terminal_text import WIDTH, Paint, padded, unpainted, wrapped
from reportgen.text import harmless, printable
from reportgen.wording.diagnosis import Sentences

SCHEMA_OF_COMPARISONS: Final = "reportgen/comparison/1"
_DIGITS: Final = 6  # further digits are noise and differ between machines
_MOST_OUTLIERS: Final = 5  # sentences
_MOST_ROWS: Final = 50  # of a table in text
_MOST_PAIRS: Final = 10  # in text; of more, only those with the best group
_LONGEST_OF_PAIR: Final = 24  # characters of a name, so that both and the numbers fit
_MOST_BLOCKS: Final = 4  # rows of a table too wide for the terminal that are blocks; with more, columns are left out
_FEWEST_COLUMNS: Final = 3  # that a table is worth
_FAILED: Final = ("diverged", "frozen", "not-learning")  # verdicts on runs whose best epochs mean nothing
_RENAMED: Final = ("scores", "outliers", "others")  # fields of groups that are elsewhere in the data


def overall_words(compared: ComparedGroups, language: Language) -> Sentences:
    """The verdict in words."""
    with_values = [group for group in compared.groups if group.spread is not None]
    is_fold = compared.verdict.code == "one-group" and compared.grouping.repeats[:1] == ("fold",)
    stopping = advise_stopping(
        compared.overfitting, compared.verdict, with_values, language, with_epoch=not is_fold
    )  # a final model of folds has an epoch of its own
    stable = advise_stable(compared.diverged, compared.verdict, language)
    first = (
        *stable,
        *advise_epochs(compared.unfinished, compared.verdict, len(with_values), language),
        *stopping,
        *_word_keeping(compared, language),
    )
    if compared.verdict.code == "one-group":
        repeats = compared.grouping.repeats[0] if compared.grouping.repeats else ""
        counts = compared.verdict_counts(with_values[0].name)
        failed = sum(count for verdict, count in counts if verdict in _FAILED)
        is_settled = not compared.unfinished and 2 * failed <= sum(count for _, count in counts)
        words = word_group(with_values[0], compared.measure, repeats, language, is_settled=is_settled)
        if len(counts) > 1 or not (compared.unfinished or stopping):  # otherwise, the advice says it
            words = replace(words, text=language.join(words.text, word_agreement(counts, language)))
        if len(compared.groups) > 1:
            names = {"group": shown(with_values[0].name), "key": shown(compared.measure.key)}
            title = language.say("Nothing to compare: only {group} has a finite {key}.", **names)
            words = replace(words, title=title, text=language.join(words.title, words.text))
    else:
        words = word_overall(
            compared.verdict, with_values, compared.measure, compared.caveat, _diverged(compared), language
        )
        words = replace(words, text=language.join(_word_settings(compared, language), words.text))
    words = replace(words, text=language.join(words.text, word_without_values(compared, language)))
    worst = compared.worst_run
    is_mentioned = bool(stable) and worst is not None and worst.verdict == "diverged" and worst not in compared.outliers
    looked_at = "" if is_mentioned else _word_worst(compared, language)
    return replace(words, advice=(*filter(None, [looked_at]), *first, *words.advice))


def _diverged(compared: ComparedGroups) -> list[str]:
    """The groups of which all runs diverged."""
    return [name for name, n, judged in compared.diverged if n == judged]


def _word_keeping(compared: ComparedGroups, language: Language) -> tuple[str, ...]:
    """To keep the best epoch of a group that is only better there, unless it should be stopped early anyway."""
    best = compared.verdict.best
    if compared.caveat != "last-epoch" or any(name == best for name, _, _ in compared.overfitting):
        return ()
    return (language.say("If you choose {best}, keep the weights of its best epoch.", best=shown(best)),)


def _word_settings(compared: ComparedGroups, language: Language) -> str:
    """What the best group was trained with, if its name does not say it."""
    best = next(group for group in compared.grouping.groups if group.name == compared.verdict.best)
    if not best.settings:
        return ""
    return language.say("{group}: {settings}.", group=shown(best.name), settings=shown(best.settings))


def _word_worst(compared: ComparedGroups, language: Language) -> str:
    worst = compared.worst_run
    if worst is not None:
        return word_worst(worst, language, is_outlier=worst in compared.outliers)
    outlier = _deciding_outlier(compared)
    return "" if outlier is None else word_worst(outlier, language, is_outlier=True)


def _deciding_outlier(compared: ComparedGroups) -> Outlier | None:
    """A run far from the others of one of the two groups that decide the verdict."""
    pair = compared.verdict.deciding
    runs = [] if pair is None else [run.name for name in (pair.better, pair.worse) for run in compared.members[name]]
    return next((outlier for outlier in compared.outliers if outlier.name in runs), None)


def remarks(compared: ComparedGroups, language: Language) -> list[str]:
    """How the groups were found, and notes."""
    grouping = word_grouping(compared.grouping, len(compared.groups), language)
    notes = word_notes(compared, language)
    advised = (compared.worst_run, _deciding_outlier(compared))  # in what to do
    outliers = [word_outlier(each, language) for each in compared.outliers[:_MOST_OUTLIERS] if each not in advised]
    judged = sum(count for group in compared.groups for _, count in compared.verdict_counts(group.name))
    runs = sum(map(len, compared.members.values()))
    if judged < runs:
        said = language.say(
            "Verdicts cover only {n} of {all} runs, chosen evenly.", n=judged, all=formatting.count(runs)
        )
        notes.append(said)
    tested = sum(bool(final_scores(run.history)) for each in compared.members.values() for run in each)
    if 0 < tested < runs and compared.measure.on != "test":
        notes.append(
            language.say(
                "{n} of {all} runs have test scores. They are compared by default only if all runs have them.",
                n=tested,
                all=formatting.count(runs),
            )
        )
    return [*filter(None, [grouping]), *outliers, *notes]


def render_markdown(compared: ComparedGroups, language: Language) -> str:
    """The comparison as GitHub-flavoured Markdown."""
    words = overall_words(compared, language)
    lines = [f"## {plain(words.title)}", ""]
    lines += [plain(words.text), ""] if words.text else []
    lines += [*(f"- {plain(sentence)}" for sentence in words.advice), ""] if words.advice else []
    for table in _tables(compared, language):
        head = table_head(table.headers, table.numbers)
        lines += [f"### {plain(table.title)}", "", *head, *rows_of(table), ""]
    lines += [f"{plain(text)}\n" for text in remarks(compared, language)]
    return "\n".join(lines).rstrip() + "\n"


def render_terminal(
    compared: ComparedGroups, language: Language, paint: Paint = unpainted, *, width: int = WIDTH
) -> str:
    """The comparison as text for the terminal."""
    words = overall_words(compared, language)
    lines = [paint(wrapped(words.title, width=width), "headline")]
    lines += [wrapped(words.text, width=width)] if words.text else []
    lines += ["", *(wrapped(sentence, 2, "- ", width=width) for sentence in words.advice)] if words.advice else []
    for table in _tables(compared, language):
        lines += ["", *(_table_lines if len(compared.groups) > 1 else _fact_lines)(table, language, width)]
    for text in remarks(compared, language):
        lines += ["", wrapped(text, width=width)]
    return harmless("\n".join(lines) + "\n", colours=paint is not unpainted)


def _tables(compared: ComparedGroups, language: Language) -> list[Table]:
    """The tables in text: groups, and pairs of groups if there are several."""
    pairs = len(compared.pairs)
    tables = [_shortened(results_table(compared, language), _MOST_ROWS, language)]
    if pairs > 1:
        most = pairs if pairs <= _MOST_PAIRS else min(_MOST_ROWS, len(compared.groups) - 1)
        table = pairs_table(compared, language)
        names = [[printable(name, _LONGEST_OF_PAIR) for name in row[:2]] for row in table.rows]
        rows = tuple((*short, *row[2:]) for short, row in zip(names, table.rows, strict=True))
        tables.append(_shortened(replace(table, rows=rows), most, language))
    return [table for table in tables if table.headers]


def _shortened(table: Table, most: int, language: Language) -> Table:
    """A table with at most so many rows, and a last row that says how many are left out."""
    more = len(table.rows) - most
    if more <= 0:
        return table
    last = (language.say("and {n} more", n=more), *[""] * (len(table.headers) - 1))
    return Table(table.headers, (*table.rows[:most], last), table.numbers, table.title)


def _table_lines(table: Table, language: Language, width: int) -> list[str]:
    """The lines of a table: columns side by side.

    If they do not fit, a table of few rows has a block of lines for each; one of many rows has the columns that fit.
    """
    every = [table.headers, *table.rows]
    widths = [max(cell_len(cells[column]) for cells in every) for column in range(len(table.headers))]
    kept = _fitting(widths, width)
    if len(kept) < len(widths) and (len(table.rows) <= _MOST_BLOCKS or len(kept) < _FEWEST_COLUMNS):
        return _blocks(table, language, width)
    lines = [
        "  ".join(padded(cells[column], widths[column], right=column in table.numbers) for column in kept).rstrip()
        for cells in every
    ]
    left_out = [name for column, name in enumerate(table.headers) if column not in kept]
    if left_out:
        lines += [
            wrapped(
                language.say("Left out because the table would be too wide: {names}.", names="; ".join(left_out)),
                width=width,
            )
        ]
    return lines


def _fitting(widths: Sequence[int], width: int) -> list[int]:
    """The columns that fit, the first ones first."""
    kept: list[int] = []
    used = -2
    for column, wide in enumerate(widths):
        if used + 2 + wide <= width:
            kept.append(column)
            used += 2 + wide
    return kept


def _fact_lines(table: Table, language: Language, width: int) -> list[str]:
    """A line for each column of a table of one row."""
    (cells,) = table.rows
    facts = zip(table.headers, cells, strict=True)
    return [wrapped(language.say("{name}: {text}", name=name, text=cell), width=width) for name, cell in facts]


def _blocks(table: Table, language: Language, width: int) -> list[str]:
    """A block of lines for each row."""
    lines = []
    for cells in table.rows:
        lines.append(wrapped(cells[0], width=width))
        known = [(name, cell) for name, cell in zip(table.headers[1:], cells[1:], strict=True) if cell]
        lines += [wrapped(language.say("{name}: {text}", name=name, text=cell), 4, "  ", width) for name, cell in known]
    return lines


def comparison_data(compared: ComparedGroups, language: Language) -> dict[str, Any]:
    """The comparison as plain data for `json.dumps`, following the schema `SCHEMA_OF_COMPARISONS`."""
    words = overall_words(compared, language)
    verdict = compared.verdict
    return {
        "schema": SCHEMA_OF_COMPARISONS,
        "verdict": {
            "code": verdict.code,
            "best": verdict.best,
            "rivals": list(verdict.rivals),
            "worse": list(verdict.worse),
            "caveat": compared.caveat,
            "needed": verdict.needed,
            "headline": words.title,
            "detail": words.text,
            "advice": list(words.advice),
        },
        "metric": {"key": compared.measure.key, "on": compared.measure.on, "direction": compared.measure.direction},
        "grouping": {
            "basis": compared.grouping.basis,
            "by": list(compared.grouping.by),
            "repeats": list(compared.grouping.repeats),
            "left_out": [compared.runs[position].name for position in compared.grouping.left_out],
        },
        "target": _plain(compared.target),
        "groups": [
            {
                **_plain(
                    {
                        name: value
                        for name, value in asdict(group).items()
                        if name not in ("scores", "outliers", "others")
                    }
                ),
                "other_metrics": {name: _plain(asdict(spread)) for name, spread in group.others},
                "test_scores": {name: _plain(asdict(spread)) for name, spread in group.scores},
                "verdicts": dict(compared.verdict_counts(group.name)),
                "settings": {
                    name: values[group.name]
                    for name, values in compared.different_settings.items()
                    if group.name in values
                },
            }
            for group in compared.groups
        ],
        "outliers": [_plain(asdict(run)) for run in compared.outliers],
        "pairs": [_plain(asdict(pair)) for pair in compared.pairs],
        "remarks": remarks(compared, language),
    }


def _plain(value: Any) -> Any:
    """Data without tuples, with numbers of six significant digits."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
