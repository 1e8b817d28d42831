"""A comparison as Markdown, as text for the terminal, and as plain data for JSON."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from rich.cells import cell_len

from reportgen import formatting
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.group_results import Outlier
from reportgen.comparison.outcome_words import word_agreement, word_outlier, word_worst
from reportgen.comparison.result_tables import groups_table, pairs_table
from reportgen.comparison.sentences import advise_first, word_grouping, word_notes, word_overall
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.outputs.gfm import plain, rows_of, table_head
from reportgen.outputs.terminal_text import WIDTH, Paint, padded, unpainted, wrapped
from reportgen.text import harmless
from reportgen.wording.diagnosis import Sentences

SCHEMA_OF_COMPARISONS: Final = "reportgen/comparison/1"
_DIGITS: Final = 6  # further digits are noise and differ between machines
_MOST_OUTLIERS: Final = 5  # sentences
_MOST_ROWS: Final = 50  # of a table in text
_RENAMED: Final = ("scores", "outliers", "others")  # fields of groups that are elsewhere in the data


def overall_words(compared: ComparedGroups, language: Language) -> Sentences:
    """The verdict in words."""
    with_values = [group for group in compared.groups if group.spread is not None]
    repeats = compared.grouping.repeats[0] if compared.grouping.repeats else ""
    words = word_overall(compared.verdict, with_values, compared.measure, repeats, language)
    counts = {group.name: compared.verdict_counts(group.name) for group in with_values}
    first, text = advise_first(compared.verdict, with_values, counts, language), words.text
    if compared.verdict.code == "one-group":
        text = language.join(text, word_agreement(counts[with_values[0].name], language))
    first = (*filter(None, [_word_worst(compared, language)]), *first)
    return replace(words, text=text, advice=(*first, *words.advice))


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
    notes = word_notes(compared.groups, compared.grouping, compared.copies, language)
    advised = (compared.worst_run, _deciding_outlier(compared))  # in what to do
    outliers = [word_outlier(each, language) for each in compared.outliers[:_MOST_OUTLIERS] if each not in advised]
    judged = sum(count for group in compared.groups for _, count in compared.verdict_counts(group.name))
    runs = sum(map(len, compared.members.values()))
    if judged < runs:
        said = language.say("{n} of {all} runs have a verdict, chosen evenly.", n=judged, all=formatting.count(runs))
        notes.append(said)
    return [*filter(None, [grouping]), *outliers, *notes]


def render_markdown(compared: ComparedGroups, language: Language) -> str:
    """The comparison as GitHub-flavoured Markdown."""
    words = overall_words(compared, language)
    lines = [f"## {plain(words.title)}", ""]
    lines += [plain(words.text), ""] if words.text else []
    lines += [*(f"- {plain(sentence)}" for sentence in words.advice), ""] if words.advice else []
    tables = [groups_table(compared, language)]
    tables += [pairs_table(compared, language)] if len(compared.pairs) > 1 else []
    for table in tables:
        head = table_head(table.headers, table.numbers)
        lines += [f"### {plain(table.title)}", "", *head, *rows_of(_shortened(table, language)), ""]
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
    lines += ["", *_table_lines(groups_table(compared, language), language, width)]
    if len(compared.pairs) > 1:
        lines += ["", *_table_lines(pairs_table(compared, language), language, width)]
    for text in remarks(compared, language):
        lines += ["", wrapped(text, width=width)]
    return harmless("\n".join(lines) + "\n", colours=paint is not unpainted)


def _shortened(table: Table, language: Language) -> Table:
    """A table with at most `_MOST_ROWS` rows, and a last row that says how many are left out."""
    more = len(table.rows) - _MOST_ROWS
    if more <= 0:
        return table
    last = (language.say("and {n} more", n=more), *[""] * (len(table.headers) - 1))
    return Table(table.headers, (*table.rows[:_MOST_ROWS], last), table.numbers, table.title)


def _table_lines(table: Table, language: Language, width: int) -> list[str]:
    """The lines of a table: columns side by side, or a block for each row if they do not fit."""
    table = _shortened(table, language)
    every = [table.headers, *table.rows]
    widths = [max(cell_len(cells[column]) for cells in every) for column in range(len(table.headers))]
    if sum(widths) + 2 * (len(widths) - 1) <= width:
        return [
            "  ".join(
                padded(cell, widths[column], right=column in table.numbers) for column, cell in enumerate(cells)
            ).rstrip()
            for cells in every
        ]
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
