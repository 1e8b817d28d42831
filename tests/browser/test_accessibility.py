"""What a screen reader presents. Contrast inside charts, which axe cannot see, is part of test_every_report.py."""

from importlib.resources import files
from pathlib import Path

import catalogue
import measures
import pytest
from engines import Engine, Reader

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
VIOLATIONS = """
() => axe.run(document).then(found => found.violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')} ${node.html.slice(0, 120)}`)))
"""
# Only one table of numbers, and everything else that is folded: axe is slow on tables, and they are all alike.
OPEN = """
() => {
  for (const details of document.querySelectorAll('header details, section > details')) details.open = true;
}
"""
# These checks only depend on the elements of the page, which are the same in every engine.
in_one_engine = pytest.mark.parametrize("engine", ["chromium"], indirect=True)


@pytest.mark.parametrize(("name", "reader"), catalogue.SHOWN, ids=str)
@in_one_engine
def test_axe_finds_no_violation_and_each_chart_has_a_name_a_description_and_its_numbers(
    engine: Engine, reports: dict[str, Path], name: str, reader: Reader
) -> None:
    engine.show(reports[name].as_uri(), reader)
    charts = engine.run(measures.CHARTS)  # axe accepts a chart without a name
    assert charts
    for chart in charts:
        assert chart["role"] == "img"
        assert chart["title"] == chart["heading"] != ""
        assert any(word in chart["description"] for word in (" epochs ", " steps ", " samples ", "轮", "采样", " by "))
        assert len(chart["description"]) > len(chart["title"]) + 20
        assert len(chart["columns"]) >= 2
        assert chart["rows"]
        assert set(chart["rows"]) == {len(chart["columns"])}
    engine.run(OPEN)
    engine.run(f"() => {{ {AXE} }}")
    assert engine.run(VIOLATIONS) == []


@in_one_engine
def test_axe_detects_a_violation(engine: Engine, reports: dict[str, Path]) -> None:
    engine.show(reports["healthy"].as_uri())
    engine.run("() => { document.querySelector('svg').before(new Image()); }")
    engine.run(f"() => {{ {AXE} }}")
    assert [found.split(":")[0] for found in engine.run(VIOLATIONS)] == ["image-alt"]
