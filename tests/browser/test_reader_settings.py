"""Reports respect the settings of the system: reduced motion and forced colours."""

import itertools
from pathlib import Path

import catalogue
import measures
import pytest
from engines import Engine, Reader

pytestmark = pytest.mark.browser

# WebKitGTK has neither of these settings.
with_settings = pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
LINES = """
() => Array.from(document.querySelectorAll('figure.chart svg'), svg =>
  Array.from(svg.querySelectorAll('path[stroke][stroke-width="2"]')).filter(line => !line.closest('[display=none]'))
  .map(line => {
    const style = getComputedStyle(line);
    return style.stroke + ' ' + style.strokeDasharray;
  }))
"""


@with_settings
@pytest.mark.parametrize("name", catalogue.FORMS)
def test_nothing_moves_if_reduced_motion_is_set(engine: Engine, reports: dict[str, Path], name: str) -> None:
    engine.show(reports[name].as_uri(), Reader(reduced_motion=True))
    assert engine.run("() => matchMedia('(prefers-reduced-motion: reduce)').matches")
    assert engine.run(measures.MOVING) == []


@with_settings
@pytest.mark.parametrize(
    ("name", "theme"), [*zip((*catalogue.MADE, catalogue.COMPARISON), itertools.cycle(["light", "dark"]))]
)
def test_forced_colours_leave_texts_and_lines_visible(
    engine: Engine, reports: dict[str, Path], name: str, theme: str
) -> None:
    engine.show(reports[name].as_uri(), Reader(theme=theme, forced_colours=True))
    assert engine.run("() => matchMedia('(forced-colors: active)').matches")
    paper = "rgb(0, 0, 0)" if theme == "dark" else "rgb(255, 255, 255)"
    assert engine.run("() => getComputedStyle(document.body).backgroundColor") == paper
    assert engine.run(measures.LOW_CONTRAST) == []
    for lines in engine.run(LINES):
        assert len(lines) == len(set(lines)), "two lines look alike"
