import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import histories
import numpy as np
import pytest

from reportgen import metrics
from reportgen.charts import chart_all, theme
from reportgen.charts.chart import Chart
from reportgen.charts.gap_chart import generalisation_gap
from reportgen.charts.svg import render_svg
from reportgen.diagnosis import diagnose_history
from reportgen.history import TrainingHistory

TAGS = {"svg", "title", "desc", "g", "path", "text", "line", "rect", "defs", "clipPath", "circle", "tspan"}
SPLITS: dict[str, metrics.Split] = {"loss": "train", "val_loss": "validation"}
UNSAFE = re.compile(r"^on|href$|^style$|^src$|^class$", re.IGNORECASE)


def charts(history: TrainingHistory) -> tuple[Chart, ...]:
    return chart_all(history, diagnose_history(history))


def drawn(chart: Chart) -> ET.Element:
    """The drawing, after the checks that every drawing must pass."""
    text = render_svg(chart)
    root = ET.fromstring(text)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    title, description = list(root)[:2]
    assert (title.tag, title.text) == ("title", chart.title)
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
def test_every_chart_of_every_run_names_itself_and_holds_nothing_a_strict_policy_stops(make: Any) -> None:
    history = make()
    made = charts(history)
    assert len({chart.id for chart in made}) == len(made)
    # Of the many alike metrics of the hostile run every third is drawn, the judged one and the gap among them.
    for chart in made[:: 3 if len(made) > 10 else 1] + made[-1:]:
        drawn(chart)


def test_a_run_gets_loss_first_then_accuracy_then_the_gap_then_settings() -> None:
    titles = [chart.title for chart in charts(histories.healthy())]
    assert titles[:2] == ["Loss", "Accuracy"]
    assert titles[2].startswith("Generalisation gap")
    assert [chart.title for chart in charts(histories.learning_rate_steps())][-1] == "Learning rate"


def test_marks_of_the_diagnosis_stand_on_the_chart_in_words() -> None:
    root = drawn(charts(histories.overfit_from_12())[0])
    shown = words(root)
    assert any(word.startswith("best epoch 12") for word in shown)
    assert any(word.startswith("overfitting from ") for word in shown)
    assert {"train", "validation"} <= set(shown)
    assert any("diverged at 7" in word for word in words(drawn(charts(histories.diverged_at_7())[0])))


@pytest.mark.parametrize(
    ("rates", "drift", "label", "epochs"),
    [
        ([0.01, 0.001], 0, "LR 0.001", (31,)),
        ([0.01, 0.001, 0.0001], 0, "LR 0.001, then 0.0001", (21, 41)),
        ([0.01, 0.001, 0.0001], 0.001, "LR 0.00098, then 9.6e−5", (21, 41)),
        ([0.01, 0.005, 0.0025, 0.00125], 0, "LR changed 3 times, to 0.00125", (16, 31, 46)),
    ],
)
def test_steps_of_the_learning_rate_are_marked_where_it_jumps_under_one_label(
    rates: list[float], drift: float, label: str, epochs: tuple[int, ...]
) -> None:
    history = histories.healthy(60)
    columns = {key: history.series("loss", split).to_numpy() for key, split in SPLITS.items()}
    stepped = np.repeat(rates, 60 // len(rates)) * (1 - drift * np.arange(60))
    chart = charts(run(**columns, learning_rate=stepped))[0]
    marks = [mark for mark in chart.plan.annotations if mark.label.startswith("LR ")]
    assert [(mark.label, (mark.epoch, *mark.also)) for mark in marks] == [(label, epochs)]
    assert render_svg(chart).count(f'stroke="{theme.SETTING}"') == len(epochs)


@pytest.mark.parametrize(("n_steps", "marked"), [(2, True), (3, False)])
def test_a_learning_rate_that_changes_all_the_time_is_left_to_its_own_chart(n_steps: int, marked: bool) -> None:
    rate = np.repeat(0.5 ** np.arange(n_steps + 1), [11 - n_steps] + [1] * n_steps)
    made = charts(run(loss=np.linspace(1, 0.3, 11), val_loss=np.linspace(1, 0.4, 11), learning_rate=rate))
    assert any("LR " in mark.label for mark in made[0].plan.annotations) == marked
    assert made[-1].title == "Learning rate"


def test_lines_broken_by_nan_are_drawn_up_to_it_and_marked_after() -> None:
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


def test_a_broken_or_constant_setting_is_drawn_or_left_out() -> None:
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


def test_the_same_chart_gives_the_same_bytes() -> None:
    chart = charts(histories.overfit_from_12())[0]
    assert render_svg(chart) == render_svg(charts(histories.overfit_from_12())[0])


def test_the_drawing_says_where_epochs_lie() -> None:
    chart = charts(histories.resumed())[0]
    root = drawn(chart)
    assert root.get("data-epochs") == "21 60"
    left, top, width, height = map(float, (root.get("data-plot") or "").split())
    assert (left, height) == (chart.plan.left, theme.PLOT_HEIGHT)
    assert width == pytest.approx(chart.plan.plot_width, rel=1e-5)
    assert top == pytest.approx(chart.plan.top)


def test_an_altair_chart_is_there_for_those_who_want_to_change_it() -> None:
    assert type(charts(histories.one_epoch())[0].altair).__name__ == "LayerChart"


def test_the_gap_is_positive_where_validation_is_worse_whichever_way_is_better() -> None:
    history = run(loss=[1.0, 0.5], val_loss=[1.5, math.inf], accuracy=[0.9, 0.5], val_accuracy=[0.8, 0.6])
    epochs, gap = generalisation_gap(history, "loss")
    assert epochs.tolist() == [1, 2]
    assert gap[0] == 0.5
    assert math.isnan(gap[1])
    assert generalisation_gap(history, "accuracy")[1].tolist() == pytest.approx([0.1, -0.1])
