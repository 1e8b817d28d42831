"""Reports as plain text: all that the page says, in words and tables."""

import histories
import pytest

import reportgen
from reportgen.history.facts import Layer
from reportgen.outputs.text import MAIL_WIDTH, render_report
from reportgen.page.tables import Table, layer_table, value_tables


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_a_report_in_plain_text_says_all_that_the_page_says(make):
    page = reportgen.build(make(), baseline=histories.healthy())._page
    text = flat(render_report(page, value_tables(page)))
    said = [page.title, page.headline, page.detail, page.comparison_text, page.status, *page.advice, *page.notes]
    said += [part for row in page.answers for part in (row.question, row.answer, row.certainty, row.text)]
    said += [part for row in page.findings for part in (row.title, row.text, row.epochs)]
    said += [part for row in page.outputs for part in (row.output, row.headline, row.text)]
    said += [chart.description for chart in page.charts]
    said += [part for fact in (*page.facts, *page.highlights) for part in (fact.name, fact.value)]
    said += [part for row in page.metric_rows for part in vars(row).values()]
    said += [part for row in page.comparison for part in vars(row).values()]
    for part in said:
        assert flat(part) in text
    assert "None" not in text


def test_paragraphs_are_narrow_and_tables_are_straight():
    page = reportgen.build(histories.two_outputs())._page
    text = render_report(page, value_tables(page))
    paragraphs, _, table = text.partition("Best and last values\n")
    assert max(map(len, paragraphs.splitlines())) <= MAIL_WIDTH
    heading, line, *rows = table.split("\n\n")[0].splitlines()[1:]
    assert set(line) == {"-", " "}
    assert len({len(row) for row in (heading, line, *rows)}) == 1


def test_a_table_of_wide_letters_is_straight_in_a_terminal():
    from reportgen.text import cells

    page = reportgen.build({"损失": [1.0, 0.5], "loss": [1.0, 0.5]})._page
    lines = render_report(page, value_tables(page)).split("Best and last values\n")[1].split("\n\n")[0].splitlines()[1:]
    assert len({cells(line) for line in lines}) == 1


def test_the_note_of_a_table_and_the_layers_of_a_model_stand_in_the_text():
    layers = (Layer("dense", "Dense", "(None, 4)", 12345),)
    history = histories.healthy()
    page = reportgen.build(history.with_run(reportgen.RunFacts(layers=layers)))._page
    text = render_report(page, [layer_table(page), Table("More", ("a", "b"), (("1", "2"),), "Cut.")])
    assert "dense  Dense  (None, 4)   12,345" in text
    assert "Cut." in text
