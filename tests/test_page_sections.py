"""The parts of a page, and the contents bar made from them."""

import re
from collections.abc import Callable
from dataclasses import replace

import histories
import pytest
from html_check import check_html

import reportgen
from reportgen import assets
from reportgen.history.frame import TrainingHistory
from reportgen.page.sections import FEWEST_LINKS, KINDS

RUNS = (histories.healthy, histories.two_outputs, histories.one_epoch, histories.learning_rate_steps)
HEADING = r'<section aria-labelledby="([\w-]+)">\s*<h2 id="\1">'


@pytest.mark.parametrize("make", RUNS, ids=lambda make: make.__name__)
def test_the_contents_bar_links_to_every_part_in_order(make: Callable[[], TrainingHistory]) -> None:
    report = reportgen.build(make(), baseline=histories.overfit_from_12())
    html = report.to_html()
    check_html(html)
    shown = [kind.id for kind in KINDS if kind.is_shown(report._page)]
    assert len(shown) >= FEWEST_LINKS
    bar = re.search(r'<nav class="contents".*?</nav>', html, re.DOTALL)
    assert bar is not None
    assert re.findall(r'href="#([\w-]+)">[^<]+<', bar[0]) == shown
    assert [id_ for id_ in re.findall(HEADING, html) if id_ != "answers"] == shown
    names = dict(re.findall(r'href="#([\w-]+)">([^<]+)<', bar[0]))
    headings = dict(re.findall(r'<h2 id="([\w-]+)">([^<]+)</h2>', html))
    assert names == {id_: headings[id_] for id_ in shown}, "a link has the words of its heading"
    assert html.index('class="skip" href="#contents"') < html.index("<main>")


def test_a_page_with_few_parts_has_no_contents_bar() -> None:
    html = reportgen.build(TrainingHistory.from_columns([1, 2, 3], {"loss": [3.0, 2.0, 1.0]})).to_html()
    assert len(re.findall(HEADING, html)) - 1 < FEWEST_LINKS
    assert "<nav" not in html
    assert "#contents" not in html


def test_a_run_of_which_only_the_length_is_known_has_no_details_and_long_settings_are_folded() -> None:
    assert 'id="facts"' not in reportgen.build(histories.no_validation()).to_html()
    history = histories.learning_rate_steps()
    for n, is_folded in ((3, False), (60, True)):
        settings = tuple((f"s{i}", str(i)) for i in range(n))
        page = reportgen.build(history.with_run(replace(history.run, settings=settings)))._page
        assert [section.id for section in page.sections][-2:] == ["findings" if is_folded else "settings", "facts"]


def test_key_numbers_are_below_a_short_text_and_across_the_page_otherwise() -> None:
    short = reportgen.build(histories.one_epoch())
    assert short._page.is_brief
    assert re.search(r'<table class="strip highlights.*?</header>', short.to_html(), re.DOTALL)
    long = reportgen.build(histories.overfit_from_12(), baseline=histories.healthy())
    assert not long._page.is_brief
    assert re.search(r'</header>\s*<table class="strip highlights', long.to_html())


def test_every_part_has_a_template() -> None:
    files = {path.name for path in (assets.templates_dir() / "sections").glob("*.jinja")}
    assert {kind.template.removeprefix("sections/") for kind in KINDS} <= files
