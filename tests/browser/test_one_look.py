"""At 1280 x 720 the first screen shows verdict, advice, answers, best epoch and loss chart."""

from pathlib import Path

import pytest
from histories import diverged_at_7, finite_explosion, healthy, not_learning, overfit_from_12, resumed, still_improving
from playwright.sync_api import Browser

import reportgen

pytestmark = pytest.mark.browser

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "sample_reports" / "histories").glob("*.json"))
MADE = (diverged_at_7, finite_explosion, healthy, not_learning, overfit_from_12, resumed, still_improving)
RUNS = {path.stem: path for path in SAMPLES} | {make.__name__: make for make in MADE}
# What must be visible without scrolling, and where each ends.
FIRST_SCREEN = """
() => Object.fromEntries(['h1', '.advice', '.highlights', '.verdict svg', '.answers'].map(what =>
  [what, document.querySelector(what).getBoundingClientRect().bottom]))
"""
LETTERS = """
() => Array.from(document.querySelectorAll('.chart svg text'), word =>
  parseFloat(getComputedStyle(word).fontSize) * word.getCTM().a)
"""


@pytest.mark.parametrize("baseline", [None, "pima"])
@pytest.mark.parametrize("name", RUNS)
def test_the_first_screen_of_a_laptop_shows_the_whole_answer(
    chromium: Browser, tmp_path: Path, name: str, baseline: str | None
) -> None:
    source = RUNS[name]
    earlier = None if baseline is None else RUNS[baseline]
    report = reportgen.build(source if isinstance(source, Path) else source(), baseline=earlier)
    page = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True).new_page()
    page.goto(report.save(tmp_path / "report.html").as_uri())
    assert max(page.evaluate(FIRST_SCREEN).values()) <= 720
    page.context.close()


@pytest.mark.parametrize("width", [360, 412, 480, 640, 768, 900, 1024, 1100, 1280, 1920])
def test_text_in_charts_is_neither_tiny_nor_huge_at_any_width(chromium: Browser, tmp_path: Path, width: int) -> None:
    path = reportgen.build(RUNS["learning-rate-steps"]).save(tmp_path / "report.html")
    page = chromium.new_context(viewport={"width": width, "height": 800}, offline=True).new_page()
    page.goto(path.as_uri())
    sizes = page.evaluate(LETTERS)
    assert len(sizes) > 40
    assert min(sizes) >= 10.5
    assert max(sizes) <= 17
    page.context.close()
