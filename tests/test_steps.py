"""Runs counted in steps have the same frame, verdicts, texts and charts as runs counted in epochs."""

import re
from pathlib import Path

import histories
import numpy as np
import pandas as pd
import pytest
from all_runs import ALL
from html_check import check_html

import reportgen
from reportgen import HistoryError, TrainingHistory
from reportgen.diagnosis.evaluations import by_evaluation
from reportgen.history.facts import RunFacts
from reportgen.outputs.terminal_text import render_text
from reportgen.page.words import word_report

APART = 250
RUNS = {name: make for name, make in ALL.items() if name not in ("hostile_names", "by_steps")}


# Without the run in which training values are averaged between evaluations.
ALIGNED = sorted(RUNS.keys() - {"validation_every_3"})


def in_steps(history: TrainingHistory) -> TrainingHistory:
    """The same curves, with 250 steps per epoch."""
    frame = history.frame[["metric", "split", "value"]].assign(step=history.frame["epoch"] * APART)
    return TrainingHistory(frame, RunFacts(directions=history.run.directions))


def in_epochs(history: TrainingHistory) -> TrainingHistory:
    return TrainingHistory(history.frame, RunFacts(directions=history.run.directions))


@pytest.mark.parametrize("name", ALIGNED)
def test_the_verdict_is_the_same_for_steps_and_epochs(name: str) -> None:
    epochs = reportgen.diagnose(in_epochs(RUNS[name]()))
    steps = reportgen.diagnose(in_steps(RUNS[name]()))
    assert steps.verdict == epochs.verdict
    assert steps.best_epoch == (None if epochs.best_epoch is None else APART * epochs.best_epoch)
    assert [finding.code for finding in steps.findings] == [finding.code for finding in epochs.findings]
    for question, answer in epochs.answers.items():
        assert steps.answers[question].answer == answer.answer
        assert steps.answers[question].probability == answer.probability
    if epochs.forecast is not None and steps.forecast is not None:
        assert steps.forecast.epochs_ahead == APART * epochs.forecast.epochs_ahead
        assert np.allclose(steps.forecast.epochs, APART * epochs.forecast.epochs)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("name", RUNS)
def test_no_text_mentions_epochs(name: str, lang: str) -> None:
    report = reportgen.build(in_steps(RUNS[name]()), language=lang, title="A run")
    said = check_html(report.to_html()) + render_text(word_report(report.history, report.diagnosis)) + report.summary()
    said = re.sub(r"RG\d{3} [a-z-]+", "", said)  # names of checks
    assert not re.findall(r".{0,40}(?:[Ee]poch|轮).{0,40}", said)


def test_a_frame_with_steps_is_a_history() -> None:
    frame = pd.DataFrame({"step": [0, 100, 100], "metric": "loss", "split": ["train", "train", "validation"],
                          "value": [3.0, 2.0, 2.5]})  # fmt: skip
    history = reportgen.load(frame)
    assert (history.axis, history.epochs.tolist()) == ("step", [0, 100])
    assert history.series("loss", "train").index.name == "step"
    assert history.frame.columns.tolist() == ["step", "metric", "split", "value"]


def test_a_frame_with_both_is_counted_in_epochs_and_keeps_the_steps() -> None:
    frame = pd.DataFrame({"epoch": [1, 2, 2], "step": [50, 99, 99], "metric": "loss",
                          "split": ["train", "train", "validation"], "value": [3.0, 2.0, 2.5]})  # fmt: skip
    history = TrainingHistory(frame)
    assert (history.axis, history.epochs.tolist(), history.steps.tolist()) == ("epoch", [1, 2], [50, 99])
    with pytest.raises(HistoryError, match="Epoch 2 has steps 99 and 98; an epoch ends at one step"):
        TrainingHistory(frame.assign(step=[50, 99, 98]))
    with pytest.raises(HistoryError, match='Step "nan" is not a whole number of 0 or more; steps are counted from 0'):
        TrainingHistory(frame.assign(step=[50, 99, np.nan]))


@pytest.mark.parametrize("columns", [["step"], ["epoch", "step"]])
def test_steps_survive_the_report_bit_for_bit(columns: list[str], tmp_path: Path) -> None:
    splits = ["train", "train", "train", "validation"]
    frame = pd.DataFrame({"epoch": [1, 2, 4, 4], "step": [0, 12, 40, 40], "metric": "loss", "split": splits})
    frame["value"] = [3.0, 2.0, 1.0, 2.5]
    history = TrainingHistory(frame[[*columns, "metric", "split", "value"]])
    assert reportgen.load(reportgen.build(history).save(tmp_path / "report.html")) == history


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"axis":"step"', '"axis":"day"'), 'its "axis" is "day", not epoch or step'),
        (('"axis":"step"', '"steps":[1]'), r'it has steps \[1\] for 2 epochs|it has steps "\[1\]" for 2 epochs'),
        (('"axis":"step"', '"steps":["x",2]'), 'it has "x" among its steps, not a whole number'),
        (('"axis":"step"', '"steps":7'), 'it has "7" as "steps", not a list'),
    ],
)
def test_invalid_steps_are_reported(change: tuple[str, str], message: str) -> None:
    text = TrainingHistory.from_columns([5, 6], {"loss": [2.0, 1.0]}, axis="step").to_json()
    with pytest.raises(HistoryError, match=message):
        TrainingHistory.from_json(text.replace(*change))


def test_training_values_between_evaluations_are_averaged_and_settings_keep_the_last() -> None:
    nan = float("nan")
    history = reportgen.load(
        {"step": [10, 20, 30, 40, 50], "loss": [4.0, 2.0, 1.0, nan, 0.5], "lr": [0.4, 0.3, 0.2, 0.1, 0.1],
         "val_loss": [None, 3.0, None, 2.0, None]}
    )  # fmt: skip
    judged = by_evaluation(history)
    assert judged.series("loss", "train").iloc[[0, 2]].to_dict() == {20: 3.0, 50: 0.5}
    assert np.isnan(judged.series("loss", "train")[40])
    assert judged.series("lr", "train").to_dict() == {20: 0.3, 40: 0.1, 50: 0.1}
    assert judged.series("loss", "validation").to_dict() == {20: 3.0, 40: 2.0}
    for as_it_is in (histories.healthy(), in_steps(histories.healthy()), in_steps(histories.no_validation())):
        assert by_evaluation(as_it_is) is as_it_is


def test_only_values_are_compared_with_a_baseline_counted_differently() -> None:
    now, before = in_steps(histories.healthy()), histories.overfit_from_12()
    html = reportgen.build(now, baseline=before).to_html()
    assert "baseline train" not in check_html(html)
    assert "(step 24,000)" in check_html(html)
    assert re.search(r"\(epoch \d+\)", check_html(html))


def test_a_long_axis_groups_its_numbers() -> None:
    html = reportgen.build(in_steps(histories.healthy())).to_html()
    assert ">10,000<" in html
    assert ">10000<" not in html.split("<table")[0]


def test_the_json_says_whether_steps_or_epochs_are_counted() -> None:
    history = in_steps(histories.healthy())
    document = reportgen.diagnose(history).to_dict()
    assert (document["axis"], document["epochs"]) == ("step", 25_000)
    assert reportgen.diagnose(histories.healthy()).to_dict()["axis"] == "epoch"


@pytest.mark.parametrize("name", ALIGNED)
def test_values_of_batches_do_not_change_the_verdict(name: str) -> None:
    history = in_steps(RUNS[name]())
    random = np.random.default_rng(3)
    frames = [history.frame]
    for metric in history.metric_names:
        if history.has(metric, "train"):
            steps = np.arange(10, int(history.epochs[-1]) + 1, 10)
            rows = {"metric": f"batch_{metric}", "split": "train", "value": random.standard_normal(len(steps))}
            frames.append(pd.DataFrame({"step": steps, **rows}))
    logged = TrainingHistory(pd.concat(frames), history.run)
    assert reportgen.diagnose(logged).to_dict() == reportgen.diagnose(history).to_dict()


def test_batches_have_charts_of_their_own_after_all_others() -> None:
    history = in_steps(histories.healthy())
    batches = [history.frame.assign(metric="batch_" + history.frame["metric"])[history.frame["split"] == "train"]]
    logged = TrainingHistory(pd.concat([*batches, history.frame]), history.run)
    charts = [chart.title for chart in reportgen.build(logged)._page.charts]
    results = [name for name in ("loss", "accuracy") if history.has(name, "train")]
    assert charts[: 2 * len(results)] == [*results, *(f"batch_{name}" for name in results)]
    assert logged.direction("batch_loss") == "lower"
    known = TrainingHistory.from_columns([1], {"f2": [0.5], "batch_f2": [0.5]}, axis="step").with_directions(
        {"f2": "higher"}
    )
    assert known.direction("batch_f2") == "higher"
