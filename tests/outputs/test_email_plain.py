"""Reports as plain text in mail: everything that the page says, each thing once, in words and tables."""

from dataclasses import replace

import histories
import pytest
from rich.cells import cell_len

import reportgen
from reportgen.history.facts import Layer
from reportgen.outputs.email.letter import MailedReport, write_letter
from reportgen.outputs.email.plain import WIDTH, render_plain


def mailed(page, rows=400):
    return render_plain(write_letter([MailedReport(page, None, b"")], ["report.html"], rows))


def flat(text):
    """Text without spaces and line ends, which wrapping changes."""
    return "".join(text.split())


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_a_report_in_plain_text_says_everything_that_the_page_says(make):
    page = reportgen.build(make(), baseline=histories.healthy())._page
    text = flat(mailed(page))
    said = [page.title, page.headline, page.detail, page.comparison_text, page.status, *page.advice, *page.notes]
    said += [part for row in page.answers for part in (row.question, row.answer, row.certainty, row.text)]
    said += [row.title for row in page.findings]
    said += [part for row in page.findings if not row.restates for part in (row.text, row.epochs)]
    said += [part for row in page.outputs for part in (row.output, row.headline, row.text)]
    said += [chart.description for chart in page.charts[:4]]
    said += [part for fact in (*page.facts, *page.highlights) for part in (fact.name, fact.value)]
    said += [part for table in (page.values, page.comparison) if table for row in table.rows for part in row]
    for part in said:
        assert flat(part) in text
    assert "None" not in text
    assert text.count(flat(page.detail)) == 1


def test_the_text_has_the_order_of_the_page_and_draws_the_first_chart():
    page = reportgen.build(histories.overfit_from_12())._page
    text = mailed(page)
    first, last = page.answers[0].question, page.answers[-1].question
    parts = [
        page.headline,
        page.charts[0].message,
        "  validation  ",
        page.highlights[0].name,
        "What to do",
        first,
        last,
    ]
    places = [text.index(part) for part in (*parts, "Findings", page.values.title, "Run details")]
    assert places == sorted(places)
    curve = next(line for line in text.splitlines() if line.startswith("  validation  "))
    assert {"▁", "█"} < set(curve.split()[1])


def test_paragraphs_are_narrow_and_tables_are_aligned():
    paragraphs, _, table = mailed(reportgen.build(histories.two_outputs())._page).partition("Best and last values\n")
    assert max(map(len, paragraphs.splitlines())) <= WIDTH
    heading, line, *rows = table.split("\n\n")[0].splitlines()[1:]
    assert set(line) == {"-", " "}
    assert len({len(row) for row in (heading, line, *rows)}) == 1


def test_a_table_with_wide_characters_is_aligned_in_a_terminal():
    page = reportgen.build({"损失": [1.0, 0.5], "loss": [1.0, 0.5]})._page
    lines = mailed(page).split("Best and last values\n")[1].split("\n\n")[0].splitlines()[1:]
    assert len({cell_len(line) for line in lines}) == 1


def test_the_text_contains_the_layers_of_the_model_and_says_what_a_table_leaves_out():
    layers = (Layer("dense", "Dense", "(None, 4)", 12345), Layer("out", "Dense", "(None, 1)", 5))
    page = reportgen.build(histories.healthy().with_run(reportgen.RunFacts(layers=layers)))._page
    assert "dense  Dense  (None, 4)         12,345\nout    Dense  (None, 1)              5\n" in mailed(page)
    text = mailed(replace(page, values=replace(page.values, rows=page.values.rows[:1])), rows=1)
    assert "One more row is in the attached report." in text
    assert "12,345" in text
