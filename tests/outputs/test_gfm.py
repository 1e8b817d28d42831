"""Names from files stay text in Markdown as GitHub's own parser reads it; curves as block characters."""

import html
import math

import cmarkgfm
import histories
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_check import Page, references, rendered
from strategies import values

from reportgen.outputs.gfm import BLOCKS, BROKEN, LEVEL, SPARKLINE_WIDTH, code, plain, row, sparkline, table_head
from reportgen.text import printable

GUARD = "\u200b"
HOSTILE = (
    *histories.HOSTILE,
    "@octocat and @octo/team",
    "#123 org/repo#1 GH-7",
    "http://example.org https://example.org/?a=b ftp://example.org",
    "www.example.org WWW.example.org",
    "a@example.org mailto:a@example.org xmpp:a@example.org",
    "![picture](http://example.org/a.png)",
    "[link](javascript:alert(1))",
    "<http://example.org>",
    "<!-- comment --> <b>bold</b> &lt; &copy; &#64;octocat",
    "`code` ``more`` ```",
    "*a* _b_ __c__ ~~d~~ $e$ $$f$$",
    "| cell | cell \\| cell \\\\| cell",
    "# heading", "## heading", "#", "1. list", "12) list", "- list", "+ list", "* list", "> quote", "===", "---", "***",
    "    indented", "\tindented", "[x] done", "[^1]: note", "line\nbreak", "end\\", "val_loss", "_a_", "a_b_c",
)  # fmt: skip
anything = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.text(st.sampled_from("@#`*_|\\<>[]()!&~$:/.w-+=1 a\n"), max_size=20),
)


def shown(text):
    """Text as readers should see it: printable, on one line."""
    return " ".join(printable(text).split())


def in_words(text):
    return " ".join(text.replace(GUARD, "").split())


@given(anything)
def test_plain_text_renders_as_that_text(text):
    page = rendered(plain(text))
    assert set(page.tags) <= {"p"}
    assert in_words(page.text) == in_words(shown(text))
    assert not references(page.text)


@given(anything, anything)
def test_plain_text_stays_in_its_list_item_and_its_cell(first, second):
    listed = rendered(f"- **{plain('title')}** {plain(first)}\n- {plain(second)}\n")
    assert [tag for tag in listed.tags if tag != "p"] == ["ul", "li", "strong", "li"]
    head = table_head(["One", "Two"])
    page = rendered("\n".join([*head, row([plain(first), plain(second)])]) + "\n\nafter\n")
    assert page.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td", "p"]
    assert in_words(page.text) == in_words(f"One Two {shown(first)} {shown(second)} after")


@given(anything.filter(lambda text: shown(text)))
def test_a_metric_name_does_not_break_out_of_its_code_span_or_table_cell(name):
    page = rendered("\n".join([*table_head(["One", "Two"]), row([code(name), plain("x")])]) + "\n")
    assert page.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "code", "td"]
    assert in_words(page.text) == in_words(f"One Two {shown(name)} x")


@pytest.mark.parametrize(
    "text", ["val_loss went from 0.75 to 1e−5 (>99%).", "monitor='val_loss', patience=3", "3.5 dB"]
)
def test_ordinary_sentences_are_not_escaped(text):
    assert plain(text) == text


def test_columns_of_numbers_are_aligned_to_the_right():
    assert table_head(["a", "b"], numbers=(1,)) == ("| a | b |", "| --- | ---: |")
    assert '<td align="right">1</td>' in cmarkgfm.github_flavored_markdown_to_html(
        "\n".join([*table_head(["a", "b"], numbers=(1,)), row(["x", "1"])])
    )


def test_the_check_finds_links_and_references():
    assert "a" in Page(html.unescape("&lt;a&gt;x")).tags
    assert references("ping @octocat, see #12")


@pytest.mark.parametrize(
    ("curve", "line"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], BLOCKS),
        ([8, 1], "█▁"),
        ([3.0], LEVEL),
        ([3, 3, 3], LEVEL * 3),
        ([1, math.nan, 2, math.inf, -math.inf], "▁×█××"),
        ([math.nan], BROKEN),
        ([1e308, -1e308, 0], "█▁▅"),
        ([0, 0] * 40, LEVEL * SPARKLINE_WIDTH),
    ],
)
def test_a_sparkline_shows_lowest_and_highest_values_and_marks_non_finite_ones(curve, line):
    assert sparkline(np.array(curve, dtype=float)) == line


def test_a_long_curve_is_averaged_and_hides_no_non_finite_value():
    curve = np.linspace(1, 0, 3000)
    assert sparkline(curve, 8) == BLOCKS[::-1]
    curve[1000] = math.nan
    line = sparkline(curve)
    assert len(line) == SPARKLINE_WIDTH
    assert line.count(BROKEN) == 1
    assert line.index(BROKEN) == 10


@given(st.lists(values, min_size=1, max_size=100), st.integers(1, 40))
def test_a_sparkline_has_at_most_one_character_per_value(curve, width):
    line = sparkline(np.array(curve), width)
    assert len(line) == min(len(curve), width)
    assert set(line) <= {*BLOCKS, BROKEN}
    assert (BROKEN in line) == (not np.isfinite(curve).all())


@given(
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=SPARKLINE_WIDTH).filter(lambda curve: len(set(curve)) > 1)
)
def test_higher_values_are_never_drawn_lower(curve):
    line = sparkline(np.array(curve, dtype=float))
    heights = [BLOCKS.index(block) for block in line]
    for i, one in enumerate(curve):
        assert all(heights[i] <= heights[j] for j, other in enumerate(curve) if one <= other)
    assert {min(heights), max(heights)} == {0, len(BLOCKS) - 1}
