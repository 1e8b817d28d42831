"""`Report.charts`: Altair charts that users restyle, combine, show and save."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import altair as alt
import histories
import jsonschema
import pytest

import reportgen
from reportgen.charts import chart_all, layout


@pytest.fixture(scope="module")
def report() -> reportgen.Report:
    return reportgen.build(histories.learning_rate_steps())


def rule(value: float) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=[{"limit": value}])).mark_rule(color="red").encode(y="limit:Q")


def texts(path: Path) -> list[str]:
    return [element.text or "" for element in ET.parse(path).iter() if element.tag.endswith("text")]


def test_charts_are_named_after_what_they_show(report: reportgen.Report) -> None:
    assert list(report.charts) == ["loss", "gap", "learning_rate"]
    assert repr(report.charts) == "<AltairCharts: loss, gap, learning_rate>"
    assert all(type(chart) is alt.LayerChart for chart in report.charts.values())
    with pytest.raises(TypeError):
        report.charts["loss"] = alt.Chart()  # type: ignore[index]


def test_a_metric_called_gap_does_not_hide_the_gap() -> None:
    values = {"loss": [1.0, 0.5, 0.4], "val_loss": [1.1, 0.7, 0.6], "gap": [1.0, 2.0, 3.0]}
    assert sorted(reportgen.build(values).charts) == ["gap", "gap (loss)", "loss"]


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_every_chart_of_every_run_is_valid_in_the_schema_of_altair(make: Any) -> None:
    charts = reportgen.build(make(), baseline=histories.healthy(70)).charts
    for name in list(charts)[:4]:
        json.dumps(charts[name].to_dict(validate=True), allow_nan=False)


def test_a_chart_can_be_restyled(report: reportgen.Report) -> None:
    loss = report.charts["loss"]
    made = loss.properties(width=800, title="Mine").configure_axis(labelFontSize=20).configure_view(stroke=None)
    spec = made.to_dict()
    assert (spec["width"], spec["title"], spec["config"]["axis"]) == (800, "Mine", {"labelFontSize": 20})
    assert loss.to_dict()["width"] != 800, "the original stays as it is"


def test_charts_can_be_combined(report: reportgen.Report) -> None:
    loss, gap = report.charts["loss"], report.charts["gap"]
    n_layers = len(loss.to_dict()["layer"])
    assert len((loss + rule(0.3)).to_dict()["layer"]) == n_layers + 1
    assert len((rule(0.3) + loss).to_dict()["layer"]) == 2
    assert len((loss | gap).to_dict()["hconcat"]) == len((loss & gap).to_dict()["vconcat"]) == 2
    assert loss.interactive().to_dict()["params"]


def test_a_chart_is_saved_and_shown(report: reportgen.Report, tmp_path: Path) -> None:
    chart = report.charts["loss"] + rule(0.3)
    for name in ("loss.svg", "loss.png", "loss.json"):
        chart.save(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    assert {"train", "validation", "epoch", "loss"} <= set(texts(tmp_path / "loss.svg"))
    assert "vegaEmbed" in chart.to_html()
    assert chart._repr_mimebundle_()


def test_labels_follow_a_change_of_size(report: reportgen.Report, tmp_path: Path) -> None:
    places = []
    for factor in (1, 2):
        size = {"width": 300 * factor, "height": layout.PLOT_HEIGHT * factor}
        path = tmp_path / f"{factor}.svg"
        report.charts["loss"].properties(**size).save(path)
        places.append({
            element.text: [float(number) for number in element.attrib["transform"][10:].split(")")[0].split(",")]
            for element in ET.parse(path).iter()
            if element.tag.endswith("text") and element.text in ("train", "validation")
        })  # fmt: skip
    for label in ("train", "validation"):
        (x, y), (wide, high) = (place[label] for place in places)
        assert wide == pytest.approx(2 * x, rel=0.01)
        assert high == pytest.approx(2 * y, rel=0.05)


def test_the_documented_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    history = histories.learning_rate_steps()
    history.frame.query("split == 'train'").pivot(index="epoch", columns="metric", values="value").assign(
        val_loss=history.series("loss", "validation")
    ).to_csv("history.csv")
    document = (Path(__file__).parents[2] / "docs" / "charts.md").read_text("utf-8")
    exec("\n".join(re.findall(r"```python\n(.*?)```", document, re.DOTALL)), {})  # our own document
    assert ET.parse("loss.svg")


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    report = reportgen.build(histories.hostile_names())
    name, chart = next(iter(report.charts.items()))
    chart.save(tmp_path / "hostile.svg")
    assert name in report.history.metric_names
    assert any(text == "train" or text == "validation" for text in texts(tmp_path / "hostile.svg"))


def test_the_charts_of_the_page_are_valid_in_the_schema_too() -> None:
    for make in (
        histories.diverged_at_7,
        histories.one_epoch,
        histories.still_improving,
        histories.learning_rate_steps,
    ):
        history = make()
        for chart in chart_all(history, reportgen.diagnose(history), histories.healthy(70)):
            assert alt.LayerChart.from_dict(chart.vega_lite).to_dict(validate=True)
    broken = chart.vega_lite
    broken["layer"][0]["mark"] = {"type": "no such mark"}
    with pytest.raises(jsonschema.ValidationError):
        alt.LayerChart.from_dict(broken)
