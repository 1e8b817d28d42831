"""Every report in every engine: all charts are drawn, nothing is requested, no errors, no layout errors."""

from collections.abc import Callable
from pathlib import Path

import catalogue
import measures
import pytest
from engines import Engine, Reader
from loopback import Loopback

pytestmark = pytest.mark.browser


def assert_sound(engine: Engine) -> None:
    assert engine.run(measures.SIDEWAYS_SCROLL) <= 0
    engine.run(measures.OPEN_SECTIONS)
    marks = engine.run(measures.DRAWN_MARKS)
    assert len(marks) >= 1
    assert all(count >= 3 for count in marks), marks
    assert engine.run(measures.SIDEWAYS_SCROLL) <= 0
    assert engine.run(measures.TOUCHING_WORDS) == []
    assert engine.run(measures.OUTSIDE) == []
    assert engine.run(measures.LOW_CONTRAST) == []
    assert engine.complaints() == []


@pytest.mark.parametrize(("name", "reader"), catalogue.SHOWN, ids=str)
def test_every_chart_is_drawn_without_requests_errors_or_layout_faults(
    engine: Engine,
    reports: dict[str, Path],
    loopback: Loopback,
    screenshots: Callable[[Engine, str, object], None],
    name: str,
    reader: Reader,
) -> None:
    loopback.asked.clear()
    engine.show(reports[name].as_uri(), reader)
    if name in catalogue.SAMPLED:
        screenshots(engine, name, reader)
    assert_sound(engine)
    assert loopback.asked == []


@pytest.mark.parametrize("name", catalogue.FORMS)
def test_a_served_report_makes_no_second_request(engine: Engine, loopback: Loopback, name: str) -> None:
    """Over http a browser requests an icon by itself, unless the page contains one."""
    loopback.asked.clear()
    engine.show(loopback.url(name))
    assert_sound(engine)
    assert set(loopback.asked) == {loopback.url(name)}


def test_a_phone_shows_the_first_rows_and_charts_of_a_search_and_all_on_request(
    engine: Engine, reports: dict[str, Path]
) -> None:
    shown = "() => ['[aria-labelledby=groups] .compared tbody tr', '.byrun tr', '.multiples .chart'].map("
    shown += "(each) => [...document.querySelectorAll(each)].filter((one) => one.getClientRects().length).length)"
    engine.show(reports["search"].as_uri(), Reader(1280, "light"))
    assert engine.run(shown) == [24, 25, 16]
    engine.show(reports["search"].as_uri(), Reader(360, "dark"))
    assert engine.run(shown) == [5, 6, 5]
    assert engine.run("() => document.documentElement.scrollHeight") < 6_000
    engine.run("() => { for (const label of document.querySelectorAll('.more ~ label')) label.click(); }")
    assert engine.run(shown) == [24, 25, 16]
