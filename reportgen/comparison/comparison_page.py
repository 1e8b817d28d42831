"""Builds the page of a comparison, and renders it as one HTML file that is complete without scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from reportgen import assets, formatting
from reportgen.charts.group_chart import MOST_LINES, look_of
from reportgen.charts.svg import render_plot
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.comparison_text import overall_words, remarks
from reportgen.comparison.group_charts import GroupCharts, chart_comparison
from reportgen.comparison.group_results import GroupResult
from reportgen.comparison.grouping import MANY_GROUPS
from reportgen.comparison.outcome_words import VERDICT_WORDS, word_count, word_meanings
from reportgen.comparison.page_contents import ComparedRun, ComparisonPage, ContentsLink, LineLook, RunTable
from reportgen.comparison.result_tables import pairs_table, results_table
from reportgen.comparison.sentences import single_of, word_best_values, word_grouping
from reportgen.comparison.setting_plots import plot_settings
from reportgen.comparison.value_strips import lay_out_differences, lay_out_values
from reportgen.comparison.verdicts import Caveat
from reportgen.formatting import Table
from reportgen.languages import Language, marked
from reportgen.options import Theme
from reportgen.page.build import place_charts
from reportgen.page.contents import Fact, PagePlot
from reportgen.render import content_security_policy, environment
from reportgen.text import printable
from reportgen.wording.chart_titles import word_direction

_LONGEST: Final = 60  # characters of a name
_LONGEST_RUN: Final = 120  # of the name of a run in their table, which often ends in what tells it from others
_MOST_GROUPS: Final = 50  # rows of the table of groups
_MOST_PAIRS: Final = 100  # rows of the table of pairs
_MOST_RUNS: Final = 1_000  # rows of the table of runs: all that a comparison takes
_MOST_FACTS: Final = 5
_OPEN_RUNS: Final = 20  # runs up to which their table is open
_CAVEATS: Final[dict[Caveat, str]] = {
    "diverged": marked("Some runs diverged"),
    "unfinished": marked("Clear so far"),
    "last-epoch": marked("Only at the best epochs"),
}


def build_comparison_page(
    compared: ComparedGroups, language: Language, *, title: str = "", links: Mapping[str, str] | None = None
) -> ComparisonPage:
    """Writes the text of a comparison and draws its charts.

    Args:
        compared: The groups.
        language: The language of all texts.
        title: Heading (default: a general one).
        links: Links to the reports of runs, by name of the run.

    Raises:
        RenderError: a chart cannot be drawn.
    """
    say, words = language.say, overall_words(compared, language)
    drawn = chart_comparison(compared, language)
    values, pairs = lay_out_values(compared, language), _pairs(compared, language)
    groups, is_single = results_table(compared, language), len(compared.groups) == 1
    tone, tone_word = _badge(compared, language)
    facts = _facts(groups) if is_single else ()
    plots = tuple(
        PagePlot(plot.id, plot.title, Markup(render_plot(plot)), plot.description, plot.note, plot.table)  # noqa: S704
        for plot in plot_settings(compared, language)
    )
    placed = place_charts((*drawn.charts, *drawn.multiples), drawn.columns)
    grouping = word_grouping(compared.grouping, len(compared.groups), language)
    page = ComparisonPage(
        language=language,
        title=printable(" ".join(title.split()), 160) or say("Comparison"),
        identity=_identity(compared, language),
        tone=tone,
        tone_word=tone_word,
        headline=words.title,
        detail=words.text if len(facts) > 1 else language.join(words.text, *_sentences(facts, language)),
        advice=words.advice,
        about=(grouping,) if grouping else (),
        highlights=facts if len(facts) > 1 else (),
        charts=placed[: len(drawn.charts)],
        charts_note=_word_charts(drawn, language),
        every=replace(drawn.table, title=say("All values")),
        curves_json=drawn.curves_json,
        multiples=placed[len(drawn.charts) :],
        multiples_title=say("Each run") if compared.are_runs else say("Each group"),
        multiples_note=_word_multiples(compared, drawn, language),
        groups=None if is_single else replace(groups, rows=groups.rows[:_MOST_GROUPS]),
        looks=_looks(compared),
        group_links=_group_links(compared, links or {}),
        groups_notes=_group_notes(compared, len(groups.rows), language),
        values=values,
        differences=lay_out_differences(compared, language),
        pairs=pairs,
        pairs_summary=language.say_count("{n} pair", "{n} pairs", len(compared.pairs)),
        plots=plots,
        plots_first=drawn.alone,
        runs=None if compared.are_runs and len(groups.rows) <= _MOST_GROUPS else _runs(compared, links or {}, language),
        notes=tuple(text for text in remarks(compared, language) if text != grouping),
        contents=(),
    )
    return replace(page, contents=_contents(page))


def render_comparison(page: ComparisonPage, theme: Theme = "auto", *, static: bool = False) -> str:
    """The page as a complete HTML document, without scripts if static. The same comparison gives the same text."""
    style, script = assets.stylesheet(theme, comparison=True), "" if static else assets.script("crosshair")
    return (
        environment(language=page.language)
        .get_template("comparison/page.html.jinja")
        .render(
            page=page,
            policy=content_security_policy(style, list(filter(None, [script]))),
            style=Markup(style),  # noqa: S704  # a built-in file
            crosshair=Markup(script),  # noqa: S704  # a built-in file
        )
    )


def _identity(compared: ComparedGroups, language: Language) -> tuple[str, ...]:
    runs = sum(map(len, compared.members.values()))
    parts = [language.say_count("{n} run", "{n} runs", runs)]
    if len(compared.groups) > 1 and not compared.are_runs:
        parts.append(language.say_count("{n} group", "{n} groups", len(compared.groups)))
    measure = compared.measure
    return (*parts, word_direction(measure.key, measure.direction, language).rstrip(".。"))


def _badge(compared: ComparedGroups, language: Language) -> tuple[str, str]:
    """The tone of the verdict and a few words, which are not surer than the headline and what to do."""
    say, verdict, pair = language.say, compared.verdict, compared.verdict.deciding
    if pair is None:
        counts = compared.verdict_counts(verdict.best)
        is_good = [code for code, _ in counts] == ["finished"] and len(compared.groups) == 1
        return "good" if is_good else "note", word_count(counts, language) or say("One run")
    if pair.basis in ("noise", "none"):
        return "note", say("One run each")
    if verdict.code != "best":
        return "note", say("Partly clear") if verdict.code == "some" else say("No clear difference")
    if single_of(pair, compared.groups):
        return "note", say("Only one run")
    if compared.caveat is not None:
        return "note", say(_CAVEATS[compared.caveat])
    return "good", say("Clear difference")


def _facts(table: Table) -> tuple[Fact, ...]:
    """The table of a single group as facts."""
    return tuple(Fact(header, cell) for row in table.rows for header, cell in zip(table.headers, row, strict=True))[
        :_MOST_FACTS
    ]


def _sentences(facts: Sequence[Fact], language: Language) -> list[str]:
    return [language.say("{name}: {text}.", name=fact.name, text=fact.value) for fact in facts]


def _word_charts(drawn: GroupCharts, language: Language) -> str:
    if not drawn.left_out:
        return ""
    return language.say_count("{n} more metric has no chart.", "{n} more metrics have no chart.", drawn.left_out)


def _word_multiples(compared: ComparedGroups, drawn: GroupCharts, language: Language) -> str:
    say = language.say
    if compared.are_runs:
        text = say("Each chart shows one run in front of the others, on the same axis; the best run comes first.")
    else:
        text = say("Each chart shows one group in front of the others, on the same axis; the best group comes first.")
    if len(drawn.multiples) < len(compared.groups):
        shown, every = len(drawn.multiples), formatting.count(len(compared.groups))
        text = language.join(text, _word_best(compared, shown, every, language))
    return text


def _word_best(compared: ComparedGroups, n: int, every: str, language: Language) -> str:
    if compared.are_runs:
        return language.say("The {n} best of {all} runs.", n=n, all=every)
    return language.say("The {n} best of {all} groups.", n=n, all=every)


def _looks(compared: ComparedGroups) -> tuple[LineLook | None, ...]:
    """The lines of the groups, as the charts draw them."""
    if len(compared.groups) > MOST_LINES:
        return (None,) * len(compared.groups)
    looks = [look_of(place) for place in range(len(compared.groups))]
    return tuple(LineLook(colour, " ".join(map(str, dash))) for colour, dash in looks)


def _group_links(compared: ComparedGroups, links: Mapping[str, str]) -> tuple[str, ...]:
    """The links to the reports of groups that are single runs; empty for others."""
    if not compared.are_runs:
        return ()
    return tuple(links.get(compared.members[group.name][0].name, "") for group in compared.groups)


def _group_notes(compared: ComparedGroups, rows: int, language: Language) -> tuple[str, ...]:
    say, notes = language.say, []
    if rows > _MOST_GROUPS:
        notes.append(_word_best(compared, _MOST_GROUPS, formatting.count(rows), language))
    if compared.measure.is_optimistic:
        notes.append(word_best_values(language))
    others = list(dict.fromkeys(name for group in compared.groups for name, _ in group.others))
    if others:
        shown = ", ".join(printable(name, _LONGEST) for name in others[:2])
        key = printable(compared.measure.key, _LONGEST)
        notes.append(say("{names}: values in the epoch with the best {key}.", names=shown, key=key))
    if compared.target is not None and any(group.epochs_to_target is not None for group in compared.groups):
        notes.append(_word_target(compared, compared.target, language))
    codes = [code for group in compared.groups for code, _ in compared.verdict_counts(group.name)]
    return (*notes, *filter(None, [word_meanings(codes, language)]))


def _word_target(compared: ComparedGroups, target: float, language: Language) -> str:
    say, value = language.say, formatting.number(target, 3)
    if len(compared.groups) <= MANY_GROUPS:
        return say(
            "Epochs to {value}: the epoch by which half of the runs are as good as the median of the worst group.",
            value=value,
        )
    if compared.are_runs:
        return say(
            "Epochs to {value}: the first epoch in which a run is as good as the middle run at its best.", value=value
        )
    return say(
        "Epochs to {value}: the epoch by which half of the runs are as good as the median of the middle group.",
        value=value,
    )


def _pairs(compared: ComparedGroups, language: Language) -> Table | None:
    if len(compared.pairs) < 2:
        return None
    table, notes = pairs_table(compared, language), []
    if len(table.rows) > _MOST_PAIRS:
        notes = [language.say("The first {n} of {all} pairs.", n=_MOST_PAIRS, all=formatting.count(len(table.rows)))]
    if any(pair.difference.low is not None for pair in compared.pairs):
        notes.append(language.say("p is corrected for the number of pairs; intervals are not."))
    return replace(table, rows=table.rows[:_MOST_PAIRS], note=language.join(*notes))


def _runs(compared: ComparedGroups, links: Mapping[str, str], language: Language) -> RunTable:
    """The table of runs: those of the best group first, the best run of each group first."""
    say, key = language.say, printable(compared.measure.key, _LONGEST)
    rows = []
    for group in compared.groups:
        rows += [
            ComparedRun(
                printable(name, _LONGEST_RUN),
                links.get(name, ""),
                ("" if name == group.name else printable(group.name, _LONGEST), *cells),
            )
            for name, cells in _run_cells(compared, group, language)
        ]
    n_runs = len(rows)
    headers, numbers = [say("Run"), say("Group"), key, say("Best epoch"), say("Verdict")], [2, 3]
    empty = [place for place in range(4) if not any(row.cells[place] for row in rows)]
    if len(compared.groups) == n_runs or len(compared.groups) == 1:
        empty.append(0)
    kept = [place for place in range(4) if place not in empty]
    return RunTable(
        rows=tuple(replace(row, cells=tuple(row.cells[place] for place in kept)) for row in rows[:_MOST_RUNS]),
        headers=(headers[0], *(headers[place + 1] for place in kept)),
        numbers=tuple(at + 1 for at, place in enumerate(kept) if place + 1 in numbers),
        title=say("All runs"),
        summary=language.say_count("{n} run", "{n} runs", n_runs),
        is_folded=n_runs > _OPEN_RUNS,
        note=say("Outliers are far from the other runs of their group (Grubbs' test).") if compared.outliers else "",
    )


def _run_cells(
    compared: ComparedGroups, group: GroupResult, language: Language
) -> list[tuple[str, tuple[str, str, str]]]:
    """Value, epoch and verdict of each run of a group by its name, the best run first."""
    epochs = group.epochs or (0,) * len(group.runs)
    found = sorted(zip(group.runs, group.values, epochs, strict=True), key=lambda run: compared.measure.sign * run[1])
    outliers = set(group.outliers)

    def verdict(name: str) -> str:
        if name not in compared.verdicts:
            return ""
        text = language.say(VERDICT_WORDS[compared.verdicts[name]])
        return language.say("{verdict}, outlier", verdict=text) if name in outliers else text

    rows = [
        (name, (formatting.number(value), formatting.count(epoch) if epoch else "", verdict(name)))
        for name, value, epoch in found
    ]
    return rows + [(name, ("", "", verdict(name))) for name in group.without_value]


def _contents(page: ComparisonPage) -> tuple[ContentsLink, ...]:
    say = page.language.say
    links = (
        ("groups", page.groups.title if page.groups else "", page.groups is not None),
        ("settings", say("Settings and results"), bool(page.plots) and page.plots_first),
        ("values", page.values.title if page.values else "", page.values is not None),
        ("differences", page.differences.title if page.differences else "", page.differences is not None),
        ("pairs", page.pairs.title if page.pairs else "", page.pairs is not None),
        ("multiples", page.multiples_title, bool(page.multiples)),
        ("charts", say("More charts"), len(page.charts) > 1),
        ("settings", say("Settings and results"), bool(page.plots) and not page.plots_first),
        ("runs", page.runs.title if page.runs else "", page.runs is not None),
        ("notes", say("Notes"), bool(page.notes)),
    )
    return tuple(ContentsLink(id_, name) for id_, name, is_shown in links if is_shown)
