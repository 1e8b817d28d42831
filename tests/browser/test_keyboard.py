"""Every control works by keyboard, in reading order, with a visible focus."""

import itertools
from pathlib import Path
from typing import Any

import catalogue
import pytest
from engines import Engine, Reader

pytestmark = pytest.mark.browser

NUMBER_ALL = """
() => {
  const all = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]';
  const usable = Array.from(document.querySelectorAll(all))
    .filter(element => element.checkVisibility() && !element.disabled && element.tabIndex >= 0);
  usable.forEach((element, i) => { element.dataset.stop = i; });
  return usable.length;
}
"""
# The focused element, its outline, and its place on the page.
STOP = """
() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {
    stop: Number(at.dataset.stop ?? -1), name: at.tagName.toLowerCase(),
    ring: at.matches(':focus-visible') && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    left: box.left + scrollX, top: box.top + scrollY, right: box.right + scrollX, bottom: box.bottom + scrollY,
  };
}
"""
OPEN = "() => document.activeElement.parentElement.open"
READOUTS = "() => Array.from(document.querySelectorAll('.readout'), readout => readout.textContent)"


def walk(engine: Engine, key: str, steps: int) -> list[dict[str, Any]]:
    stops = []
    for _ in range(steps):
        engine.press(key)
        stops.append(engine.run(STOP))
    return stops


def go_to(engine: Engine, name: str) -> None:
    """Presses Tab until an element of this name has the focus."""
    for _ in range(100):
        engine.press("Tab")
        if engine.run(STOP)["name"] == name:
            return
    raise AssertionError(f"no <{name}> is reached")


@pytest.mark.parametrize(
    ("name", "width"), [*((name, 1280) for name in catalogue.FORMS), ("interactive", 360), ("sample-pima", 360)]
)
def test_tab_reaches_every_control_in_reading_order_and_leaves_the_page(
    engine: Engine, reports: dict[str, Path], name: str, width: int
) -> None:
    engine.show(reports[name].as_uri(), Reader(width))
    engine.run("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
    count = engine.run(NUMBER_ALL)
    assert count >= 3
    stops = walk(engine, "Tab", count)
    assert [stop["stop"] for stop in stops] == list(range(count))
    assert all(stop["ring"] for stop in stops), [stop for stop in stops if not stop["ring"]]
    assert all(stop["seen"] for stop in stops), [stop for stop in stops if not stop["seen"]]
    for before, after in itertools.pairwise(stops):
        back = after["bottom"] <= before["top"] and after["left"] < before["right"]
        assert not back, (before, after)
    back_again = walk(engine, "Shift+Tab", count - 1)
    assert [stop["stop"] for stop in back_again] == list(reversed(range(count - 1)))
    engine.press("Shift+Tab")
    assert engine.run(STOP)["stop"] != 0, "the page keeps the focus"


@pytest.mark.parametrize("name", catalogue.FORMS)
def test_enter_opens_and_closes_the_reasons_of_the_answers(engine: Engine, reports: dict[str, Path], name: str) -> None:
    engine.show(reports[name].as_uri())
    go_to(engine, "summary")
    assert not engine.run(OPEN)
    engine.press("Enter")
    assert engine.run(OPEN)
    assert engine.run("() => document.querySelector('details.why tbody td').getBoundingClientRect().height") > 10
    engine.press("Enter")
    assert not engine.run(OPEN)


def test_arrows_move_the_crosshair_through_all_charts(engine: Engine, reports: dict[str, Path]) -> None:
    engine.show(reports["overfit"].as_uri())
    assert len(engine.run(READOUTS)) >= 2
    go_to(engine, "svg")
    engine.press("End")
    last = engine.run(READOUTS)
    engine.press("ArrowLeft")
    before = engine.run(READOUTS)
    engine.press("ArrowRight")
    assert engine.run(READOUTS) == last
    assert all(text and text != later for text, later in zip(before, last, strict=True))
    engine.press("Home")
    assert len({*engine.run(READOUTS), *before, *last}) == 3 * len(last)
    engine.press("Escape")
    assert set(engine.run(READOUTS)) == {""}
    assert engine.complaints() == []
