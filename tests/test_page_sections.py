"""The parts of a page, and the contents bar made from them."""

import re
from collections.abc import Callable

import histories
import pytest
from html_check import check_html

import reportgen
from reportgen import assets
from reportgen.history.frame import TrainingHistory
from reportgen.page.sections import FEWEST_LINKS, KINDS

RUNS = (histories.healthy, histories.two_outputs, histories.one_epoch, histories.no_validation)
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
    assert html.index('class="skip" href="#contents"') < html.index("<main>")


def test_a_page_with_few_parts_has_no_contents_bar() -> None:
    html = reportgen.build(TrainingHistory.from_columns([1, 2, 3], {"loss": [3.0, 2.0, 1.0]})).to_html()
    assert len(re.findall(HEADING, html)) - 1 < FEWEST_LINKS
    assert "<nav" not in html
    assert "#contents" not in html


def test_every_part_has_a_template() -> None:
    files = {path.name for path in (assets.templates_dir() / "sections").glob("*.jinja")}
    assert {kind.template.removeprefix("sections/") for kind in KINDS} <= files
