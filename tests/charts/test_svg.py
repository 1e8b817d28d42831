import json
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import fields, replace
from typing import Any

import histories
import numpy as np
import pytest

import reportgen
from reportgen import metrics
from reportgen.charts import chart_all, layout, theme
from reportgen.charts.chart import Chart
from reportgen.charts.gap_chart import generalisation_gap
from reportgen.charts.svg import render_svgs
from reportgen.history.frame import TrainingHistory

TAGS = {"svg", "title", "desc", "g", "path", "text", "line", "rect", "defs", "clipPath", "circle", "tspan"}
SPLITS: dict[str, metrics.Split] = {"loss": "train", "val_loss": "validation"}
UNSAFE = re.compile(r"^on|href$|^style$|^src$|^class$", re.IGNORECASE)


def charts(history: TrainingHistory) -> tuple[Chart, ...]:
    return chart_all(history, reportgen.diagnose(history))


def render_svg(chart: Chart) -> str:
    return render_svgs([chart], [1])[0]


def drawn(chart: Chart) -> ET.Element:
    """The parsed SVG, after the checks that every chart must pass."""
    text = render_svg(chart)
    root = ET.fromstring(text)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    title, description = list(root)[:2]
    assert (title.tag, title.text) == ("title", chart.heading)
    assert (description.tag, description.text) == ("desc", chart.description)
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    for element in root.iter():
        assert element.tag in TAGS, element.tag
        assert not [name for name in element.attrib if UNSAFE.search(name)], element.attrib
        for name, value in element.attrib.items():
            assert "NaN" not in value, (name, value)
            assert "Infinity" not in value, (name, value)
            assert not re.search(r"url\((?!#)", value)
    return root


def words(root: ET.Element) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter("text")]


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_every_chart_of_every_run_has_a_name_and_nothing_that_a_strict_policy_blocks(make: Any) -> None:
    history = make()
    made = charts(history)
    assert len({chart.id for chart in made}) == len(made)
    # The hostile run has many similar metrics: every third is drawn, including the judged one and the gap.
    for chart in made[:: 3 if len(made) > 10 else 1] + made[-1:]:
        drawn(chart)


def test_charts_are_in_the_order_loss_accuracy_gap_settings() -> None:
    titles = [chart.title for chart in charts(histories.healthy())]
    assert titles[:2] == ["loss", "accuracy"]
    assert titles[2].startswith("Generalisation gap")
    assert [chart.title for chart in charts(histories.learning_rate_steps())][-1] == "Learning rate"


def test_findings_of_the_diagnosis_are_labelled_in_the_chart() -> None:
    root = drawn(charts(histories.overfit_from_12())[0])
    shown = words(root)
    assert any(word.startswith("best epoch 12") for word in shown)
    assert any("overfitting from " in word for word in shown)
    assert {"train", "validation"} <= set(shown)
    assert any("diverged at 7" in word for word in words(drawn(charts(histories.diverged_at_7())[0])))


@pytest.mark.parametrize(
    ("rates", "drift", "label", "epochs"),
    [
        ([0.01, 0.001], 0, "learning rate 0.001", (31,)),
        ([0.01, 0.001, 0.0001], 0, "learning rate 0.001, then 0.0001", (21, 41)),
        ([0.01, 0.001, 0.0001], 0.001, "learning rate 0.00098, then 9.6e−5", (21, 41)),
        ([0.01, 0.005, 0.0025, 0.00125], 0, "learning rate changed 3 times, to 0.00125", (16, 31, 46)),
    ],
)
def test_steps_of_the_learning_rate_are_marked_under_one_label(
    rates: list[float], drift: float, label: str, epochs: tuple[int, ...]
) -> None:
    history = histories.healthy(60)
    columns = {key: history.series("loss", split).to_numpy() for key, split in SPLITS.items()}
    stepped = np.repeat(rates, 60 // len(rates)) * (1 - drift * np.arange(60))
    chart = charts(run(**columns, learning_rate=stepped))[0]
    notches = [notch for notch in chart.plan.notches if notch.label.startswith("learning rate ")]
    assert [(notch.label, notch.epochs) for notch in notches] == [(label, epochs)]
    assert f" below the axis: {label}" in chart.plan.note or f"; {label}." in chart.plan.note
    assert render_svg(chart).count(f'stroke="{theme.SETTING}"') == len(epochs)


@pytest.mark.parametrize(("n_steps", "marked"), [(2, True), (3, False)])
def test_a_continuous_learning_rate_schedule_is_only_in_its_own_chart(n_steps: int, marked: bool) -> None:
    rate = np.repeat(0.5 ** np.arange(n_steps + 1), [11 - n_steps] + [1] * n_steps)
    made = charts(run(loss=np.linspace(1, 0.3, 11), val_loss=np.linspace(1, 0.4, 11), learning_rate=rate))
    assert any("learning rate " in notch.label for notch in made[0].plan.notches) == marked
    assert made[-1].title == "Learning rate"


def test_a_line_is_drawn_up_to_its_first_nan_and_marked_after_it() -> None:
    chart = charts(histories.diverged_at_7())[0]
    strokes = [e.get("stroke") for e in drawn(chart).iter("path")]
    assert theme.TRAIN in strokes
    assert theme.VALIDATION in strokes
    crosses = [e for e in drawn(chart).iter("path") if e.get("fill") == theme.TRAIN]
    assert len(crosses) >= 4 - len([v for v in chart.plan.lines[0].values if not math.isnan(v)])
    assert "NaN" in chart.description


def run(**columns: Any) -> TrainingHistory:
    n = len(next(iter(columns.values())))
    return TrainingHistory.from_columns(np.arange(1, n + 1), columns)


@pytest.mark.parametrize(
    "values",
    [
        [math.nan] * 5,
        [math.inf, -math.inf, 1.0],
        [1e308] * 4,
        [-1.7e308, 1.7e308] * 3,
        [5e-324] * 4,
        [0.0] * 4,
        [1e-310, 1e-320, 5e-324, 0.0],
        [1.0, 1.0000000000000002] * 3,
        [1e99, 1e-99] * 3,
        [-1.0, -1e-300, 0.0, 3.0],
        [0.5],
    ],
    ids=repr,
)
@pytest.mark.parametrize("key", ["loss", "strange"])
def test_any_values_can_be_drawn(values: list[float], key: str) -> None:
    for chart in charts(run(**{key: values, f"val_{key}": values[::-1]})):
        drawn(chart)


def test_a_setting_with_nan_is_drawn_and_a_constant_one_is_left_out() -> None:
    titles = [chart.title for chart in charts(run(loss=[2, 1, 0.5], lr=[math.nan, 0.1, math.inf], momentum=[0.9] * 3))]
    assert "Learning rate" in titles
    assert "Momentum" not in titles


def test_single_values_are_drawn_as_dots() -> None:
    root = drawn(charts(histories.one_epoch())[0])
    assert [e for e in root.iter("path") if e.get("fill") == theme.VALIDATION]


def test_twenty_thousand_epochs_make_a_small_drawing() -> None:
    made = charts(histories.healthy(20_000))
    texts = [render_svg(chart) for chart in made]
    assert max(map(len, texts)) < 150_000
    assert all("of 20" in chart.plan.note for chart in made)


def test_the_same_chart_always_has_the_same_bytes() -> None:
    chart = charts(histories.overfit_from_12())[0]
    assert render_svg(chart) == render_svg(charts(histories.overfit_from_12())[0])


def test_the_position_of_an_epoch_follows_from_the_attributes() -> None:
    chart = charts(histories.resumed())[0]
    root = drawn(chart)
    assert root.get("data-epochs") == "21 60"
    left, top, width, height = map(float, (root.get("data-plot") or "").split())
    assert (left, height) == (chart.plan.left, layout.PLOT_HEIGHT)
    assert width == pytest.approx(chart.plan.plot_width, rel=1e-5)
    assert top == pytest.approx(chart.plan.top)


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_the_height_of_a_value_follows_from_the_attributes(scale: str) -> None:
    """Each number of the axis is at the height that follows from the attributes."""
    values = np.geomspace(1000, 0.1, 40) if scale == "log" else np.linspace(1, 0.3, 40)
    chart = charts(run(loss=values))[0]
    root, beside = drawn(chart), f"translate(-{chart.plan.y_gap:g},"
    assert root.get("data-scale") == scale
    low, high = map(float, (root.get("data-values") or "").split())
    height = float((root.get("data-plot") or "").split()[3])
    numbers = [text for text in root.iter("text") if (text.get("transform") or "").startswith(beside)]
    assert len(numbers) >= 3
    for text in numbers:
        value, y = float(text.text or ""), float((text.get("transform") or "").split(",")[1].rstrip(")"))
        share = math.log(value / low) / math.log(high / low) if scale == "log" else (value - low) / (high - low)
        assert y - 4 == pytest.approx(height * (1 - share), abs=1)  # the baseline of a text is 4 below its middle


def with_baseline(history: TrainingHistory) -> tuple[Chart, ...]:
    return chart_all(history, reportgen.diagnose(history), histories.healthy(70))


def tagged(root: ET.Element) -> dict[int, list[ET.Element]]:
    """The SVG elements of each line, by its place in the plan."""
    found: dict[int, list[ET.Element]] = {}
    for group in root.iter("g"):
        if (series := group.get("data-series")) is not None:
            assert set(group.attrib) == {"data-series"}
            found.setdefault(int(series), []).extend(part for part in group.iter() if part.tag != "g")
    return found


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_all_elements_of_a_line_are_tagged_with_its_place_including_its_label(make: Any) -> None:
    made = with_baseline(make())
    for chart in made[:: 3 if len(made) > 10 else 1]:
        parts = tagged(drawn(chart))
        assert sorted(parts) == list(range(len(chart.plan.lines)))
        for number, line in enumerate(chart.plan.lines):
            ahead = chart.plan.band_label if chart.plan.band and chart.plan.band.label == line.label else None
            words = [line.label, "" if ahead is None else ahead.text]
            texts = [part.text for part in parts[number] if part.tag == "text"]
            assert texts == list(filter(None, words)) or (line.faint and not texts)  # without a place for its name
            looks = {line.colour, theme.LABEL_COLOURS.get(line.colour, line.colour)}
            assert all(looks & {part.get("stroke"), part.get("fill")} for part in parts[number])
            assert len(parts[number]) >= (2 if texts else 1)
        # Without marks and spans only the axes are untagged.
        plan = replace(
            chart.plan, marks=(), mark_labels=(), spans=(), spots=(), notches=(), zero_rule=False, y_ticks=()
        )
        plot = drawn(replace(chart, plan=plan)).find("g")
        assert plot is not None
        assert all("data-series" in part.attrib or "0.5" in part.attrib["transform"] for part in plot)


def test_forecast_smoothed_line_dots_and_crosses_belong_to_their_line() -> None:
    improving = charts(histories.still_improving())[0]
    assert improving.plan.band is not None
    wide = replace(improving.plan, band=replace(improving.plan.band, is_narrow=False))
    forecast = tagged(drawn(replace(improving, plan=wide)))
    assert [part.text for part in forecast[1] if part.tag == "text"] == ["validation", "forecast"]
    assert next(part.get("opacity") for part in forecast[1] if part.get("fill") == theme.VALIDATION) == "0.14"
    assert len(forecast[1]) == len(forecast[0]) + 3
    diverged = charts(histories.diverged_at_7())[0]
    for number, parts in tagged(drawn(diverged)).items():
        assert len(parts) == 1 + len(diverged.plan.lines[number].epochs) + 1  # path, dots and crosses, label
    noisy = charts(run(loss=np.sin(np.arange(60.0)) + 3, val_loss=np.cos(np.arange(60.0)) + 3))[0]
    assert [line.smooth is not None for line in noisy.plan.lines] == [True, True]
    assert [len(parts) for parts in tagged(drawn(noisy)).values()] == [3, 3]


class Untagged(Chart):
    """A chart whose layers have no names."""

    @property
    def vega_lite(self) -> dict[str, Any]:
        made = super().vega_lite
        for layer in made["layer"]:
            layer.pop("name", None)
        return made


def flattened(root: ET.Element) -> str:
    """An SVG without the data for the script."""
    for element in list(root.iter()):
        element.attrib.pop("data-series", None)
        for child in list(element):
            if child.tag == "g" and set(child.attrib) <= {"data-series"}:
                position = list(element).index(child)
                element.remove(child)
                for offset, grandchild in enumerate(child):
                    element.insert(position + offset, grandchild)
    return ET.tostring(root, encoding="unicode")


@pytest.mark.parametrize(
    "make",
    [histories.diverged_at_7, histories.healthy, histories.one_epoch, histories.still_improving],
    ids=lambda make: make.__name__,
)
def test_tags_do_not_change_the_drawing(make: Any) -> None:
    for chart in with_baseline(make()):
        bare = Untagged(**{item.name: getattr(chart, item.name) for item in fields(chart)})
        without = drawn(bare)
        assert not tagged(without)
        assert flattened(drawn(chart)) == flattened(without)


def test_each_line_refers_to_its_curve_in_the_embedded_history() -> None:
    for history in (histories.learning_rate_steps(), histories.accuracy_only(), histories.validation_every_3()):
        series = json.loads(history.to_json())["series"]
        for chart in with_baseline(history):
            curves = json.loads(drawn(chart).get("data-curves") or "")
            assert len(curves) == len(chart.plan.lines)
            for places, line in zip(curves, chart.plan.lines, strict=True):
                assert (places == []) == line.faint
                if places:
                    one, *less = [np.array(series[place]["values"], dtype=float) for place in places]
                    if less:  # the gap is computed from curves with the same epochs
                        one = (one - less[0]) if len(one) == len(less[0]) else line.values
                    assert one.tolist() == line.values.tolist()


def test_a_dot_is_at_the_best_value_of_a_curve_and_a_ring_at_the_epoch_that_the_judged_one_chose() -> None:
    columns = {"loss": [3.0, 2.0, 1.0, 0.9], "val_loss": [3.0, 2.0, 1.5, 1.8], "val_accuracy": [0.1, 0.6, 0.5, 0.4]}
    loss, accuracy, *_ = charts(run(**columns, accuracy=[0.1, 0.6, 0.7, 0.8]))
    assert [(spot.epoch, spot.value, spot.hollow) for spot in loss.plan.spots] == [(3, 1.5, False)]
    assert [(spot.epoch, spot.value, spot.hollow) for spot in accuracy.plan.spots] == [(2, 0.6, False), (3, 0.5, True)]
    assert accuracy.plan.marks == (), "only the first chart has labelled rules"
    assert accuracy.reading == (
        "val_accuracy: higher is better. Dot: best 0.6 in epoch 2. Ring: 0.5 in epoch 3, the best epoch by val_loss."
    )
    ink = [part for part in drawn(accuracy).iter("path") if theme.BEST in (part.get("fill"), part.get("stroke"))]
    assert [part.get("fill") for part in ink] == [theme.BEST, None]


def test_the_gap_is_positive_if_validation_is_worse_in_either_direction() -> None:
    history = run(loss=[1.0, 0.5], val_loss=[1.5, math.inf], accuracy=[0.9, 0.5], val_accuracy=[0.8, 0.6])
    epochs, gap = generalisation_gap(history, "loss")
    assert epochs.tolist() == [1, 2]
    assert gap[0] == 0.5
    assert math.isnan(gap[1])
    assert generalisation_gap(history, "accuracy")[1].tolist() == pytest.approx([0.1, -0.1])
