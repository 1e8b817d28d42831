"""Reports with the headers that other software adds to files it serves."""

from collections.abc import Callable

import catalogue
import measures
import pytest
from engines import Engine
from loopback import Loopback

pytestmark = pytest.mark.browser

SIZES = """
() => Array.from(document.querySelectorAll('figure.chart svg'), svg => svg.getBoundingClientRect())
  .map(box => [box.width, box.height])
"""
FILLED_CELLS = """
selector => Array.from(document.querySelector(selector).querySelectorAll('td, th'), cell => cell.textContent.trim())
  .filter(Boolean)
"""
READOUTS = "() => Array.from(document.querySelectorAll('.readout'), readout => readout.textContent)"


@pytest.mark.parametrize("name", [*catalogue.MADE, catalogue.COMPARISON])
def test_a_report_is_readable_in_jenkins_which_blocks_scripts_and_styles(
    engine: Engine, loopback: Loopback, name: str
) -> None:
    engine.show(loopback.url(name))
    styled = set(engine.run(measures.VISIBLE_TEXTS))
    needed = engine.run(measures.VISIBLE_TEXTS, "h1, h2, .detail, .advice, .answers, figcaption, summary, table")

    engine.show(loopback.url(name, "jenkins"))
    bare = engine.run(measures.VISIBLE_TEXTS)
    assert needed
    assert set(needed) <= set(bare)
    assert set(bare) <= styled, "texts that style or script would hide are visible"
    assert engine.run(READOUTS) == [], "nothing may depend on scripts"
    assert engine.run(measures.COVERED, "h1, .answers p, figure.chart svg, summary, td") == []
    engine.run(measures.OPEN_SECTIONS)
    assert all(count >= 3 for count in engine.run(measures.DRAWN_MARKS))
    assert engine.run(measures.TOUCHING_WORDS) == []
    assert engine.run(measures.LOW_CONTRAST) == []
    for width, height in engine.run(SIZES):
        assert width > 300
        assert height > 150


@pytest.mark.parametrize("name", catalogue.FORMS)
def test_the_table_of_all_values_opens_in_jenkins(
    engine: Engine, loopback: Loopback, screenshots: Callable[[Engine, str, object], None], name: str
) -> None:
    engine.show(loopback.url(name, "jenkins"))
    screenshots(engine, name, "jenkins")
    engine.run("() => document.querySelector('details.every summary').focus()")
    engine.press("Enter")
    numbers = engine.run(FILLED_CELLS, "#all-values tbody")
    assert len(numbers) > 10
    assert engine.run(measures.VISIBLE_TEXTS, "#all-values tbody") == numbers


@pytest.mark.parametrize("name", catalogue.FORMS)
def test_a_report_works_in_gitea_which_removes_its_origin(engine: Engine, loopback: Loopback, name: str) -> None:
    engine.show(loopback.url(name))
    plain = engine.run(measures.VISIBLE_TEXTS)
    readouts = engine.run(READOUTS)

    engine.show(loopback.url(name, "gitea"))
    assert engine.run("() => origin") == "null"
    assert engine.run(measures.VISIBLE_TEXTS) == plain
    assert engine.run(READOUTS) == readouts
    if name != "static":
        engine.run("() => document.querySelector('figure.chart svg[tabindex]').focus()")
        engine.press("End")
        assert all(engine.run(READOUTS))
        assert len(readouts) >= 2
    assert engine.run(measures.SIDEWAYS_SCROLL) <= 0
    assert engine.complaints() == []
