import json

import histories
import numpy as np
import pytest

import reportgen
from reportgen.charts import chart_all
from reportgen.diagnosis.outputs import MAX_OUTPUTS, split_outputs
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.outputs.terminal_text import render_text
from reportgen.page.build import build_page
from reportgen.page.words import word_report

LINE = np.linspace(1.0, 0.4, 12)


def of(*names: str, run: RunFacts | None = None) -> TrainingHistory:
    return TrainingHistory.from_columns(range(1, 13), dict.fromkeys(names, LINE), run)


def test_each_output_is_judged_by_its_own_curves() -> None:
    diagnosis = reportgen.diagnose(histories.two_outputs())
    assert {name: output.verdict for name, output in diagnosis.outputs.items()} == {
        "price": "finished",
        "price_class": "overfitting",
    }
    assert [output.monitor for output in diagnosis.outputs.values()] == ["val_price_loss", "val_price_class_loss"]
    assert diagnosis.outputs["price_class"].best_epoch == 12
    assert diagnosis.monitor == "val_loss"


def test_a_metric_belongs_to_the_output_with_the_longest_fitting_name() -> None:
    parts = split_outputs(histories.two_outputs())
    assert parts["price"].metric_names == ("price_loss",)
    assert parts["price_class"].metric_names == ("price_class_loss", "price_class_accuracy")


def test_every_output_has_the_settings_and_keeps_the_given_directions() -> None:
    run = RunFacts(directions=(("a_f2", "higher"),))
    parts = split_outputs(of("loss", "a_loss", "a_f2", "b_loss", "learning_rate", run=run))
    assert parts["a"].metric_names == ("a_loss", "a_f2", "learning_rate")
    assert parts["b"].metric_names == ("b_loss", "learning_rate")
    assert parts["a"].direction("a_f2") == "higher"


@pytest.mark.parametrize("n", [MAX_OUTPUTS, MAX_OUTPUTS + 1, 500])
def test_the_first_outputs_are_judged_one_by_one_and_the_page_counts_the_others(n: int) -> None:
    history = of("loss", *(f"head_{number}_loss" for number in range(n)), "head_3_accuracy")
    diagnosis = reportgen.diagnose(history)
    assert list(diagnosis.outputs) == [f"head_{number}" for number in range(min(n, MAX_OUTPUTS))]
    assert diagnosis.outputs["head_3"].reading.history.metric_names == ("head_3_loss", "head_3_accuracy")
    *_, last = word_report(history, diagnosis).outputs
    more = n - MAX_OUTPUTS
    said = {0: "head_23", 1: "1 more output"}.get(more, f"{more} more outputs")
    assert last.output == said


@pytest.mark.parametrize(
    "names",
    [
        ("loss", "accuracy"),
        ("loss", "a_loss"),  # a single output: its loss is the total loss
        ("a_loss", "b_loss"),  # without a total loss, these are two networks, not two outputs
        ("loss", "reconstruction_loss", "kl_loss"),  # a term of the loss is not an output
    ],
)
def test_a_model_with_one_output_has_no_parts(names: tuple[str, ...]) -> None:
    history = of(*names)
    assert split_outputs(history) == {}
    assert reportgen.diagnose(history).outputs == {}
    assert "outputs" not in reportgen.diagnose(history).to_dict()


def test_outputs_are_in_the_json_the_text_and_on_the_page() -> None:
    history = histories.two_outputs()
    diagnosis = reportgen.diagnose(history)
    written = json.loads(json.dumps(diagnosis.to_dict(), allow_nan=False))
    assert written["outputs"]["price_class"]["verdict"]["code"] == "overfitting"
    assert "price_class: The model overfits from epoch" in render_text(word_report(history, diagnosis))
    rows = build_page(history, diagnosis, version="1").outputs
    assert [(row.output, row.tone) for row in rows] == [("price", "good"), ("price_class", "warning")]


def test_the_charts_of_an_output_mark_its_own_best_epoch() -> None:
    history = histories.two_outputs()
    diagnosis = reportgen.diagnose(history)
    charts = {chart.title: chart.plan for chart in chart_all(history, diagnosis)}
    chosen = {title: [spot.epoch for spot in plan.spots] for title, plan in charts.items()}
    assert diagnosis.outputs["price_class"].best_epoch in chosen["price_class_loss"]
    assert diagnosis.outputs["price_class"].best_epoch in chosen["price_class_accuracy"]
    assert diagnosis.outputs["price"].best_epoch in chosen["price_loss"]
    assert [mark.epoch for mark in charts["loss"].marks] == [diagnosis.best_epoch]
