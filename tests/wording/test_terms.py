"""Advice is in the terms of the tool that trained the run, and neutral for others."""

import re
from typing import Any

import histories
import numpy as np
import pytest

import reportgen
from reportgen.diagnosis.advice import BOOSTERS
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.languages import language
from reportgen.wording.terms import stopping_code, terms_of, unit_of

TOOLS = (
    "keras", "transformers", "lightning", "xgboost", "lightgbm", "catboost", "sklearn", "ultralytics", "detectron2",
    "mmengine", "stable-baselines3", "fairseq", "boosting", None, "unheard-of",
)  # fmt: skip
OWN = {  # what only users of this tool understand
    "keras": "restore_best_weights|validation_split|clipnorm|class_weight|BackupAndRestore|train_step",
    "transformers": "load_best_model_at_end|EarlyStoppingCallback|eval_dataset|max_grad_norm=1.0",
    "lightning": "ModelCheckpoint|gradient_clip_val|validation_step|ckpt_path",
    "xgboost": "early_stopping_rounds|evals to train|scale_pos_weight",
    "lightgbm": "early_stopping_rounds|valid_sets|is_unbalance",
    "boosting": "early_stopping_rounds",
    "catboost": "od_wait|use_best_model",
    "sklearn": "n_iter_no_change",
    "ultralytics": r"(?:with|Use) patience=\d|val=True",
    "fairseq": "--patience|--clip-norm",
}
BROKEN = {"loss": [1.0, 0.9, np.nan, np.nan, np.nan]}
KINDS: dict[str, TrainingHistory] = {
    "overfitting": histories.overfit_from_12(),
    "improving": histories.still_improving(),
    "no validation": histories.no_validation(),
    "diverged": TrainingHistory.from_columns(range(1, 6), BROKEN),
    "zero": TrainingHistory.from_columns(range(1, 6), {"loss": [0.0] * 5}),
}


def texts(history: TrainingHistory, tool: str | None) -> str:
    diagnosis = reportgen.diagnose(histories.of_tool(history, tool))
    words = [*diagnosis.verdict_words.advice, diagnosis.verdict_words.text, *diagnosis.answer_words.values()]
    return " ".join([*words, *(part for found in diagnosis.finding_words for part in (found.title, found.text))])


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_tool_gets_the_terms_of_another(kind: str, tool: str | None) -> None:
    said = texts(KINDS[kind], tool)
    shared = OWN.get(tool or "", "$^")
    for other, terms in OWN.items():
        if other != tool:
            assert not [term for term in re.findall(terms, said) if not re.search(shared, term)], (other, said)
    if tool != "keras":
        assert "Keras" not in said


EXPECTED = {
    "keras": "EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True), which would have",
    "transformers": "EarlyStoppingCallback(early_stopping_patience=3), which would have stopped at epoch",
    "lightning": "EarlyStopping(monitor='val_loss', mode='min', patience=3) and ModelCheckpoint(monitor=",
    "xgboost": "Predict with the first 12 rounds only, or train again with early_stopping_rounds=3",
    "lightgbm": "Predict with the first 12 rounds only, or train again with early_stopping_rounds=3",
    "catboost": "Predict with the first 12 iterations only, or train again with od_type='Iter', od_wait=3",
    "sklearn": "train again with early_stopping=True, n_iter_no_change=3, which stops soon after the best iteration",
    "ultralytics": "train again with patience=3, which stops soon after the best epoch",
    "detectron2": "train again, stop at iteration 12 and keep that checkpoint",
    None: "train again, stop at epoch 12 and keep that checkpoint",
}


@pytest.mark.parametrize("tool", EXPECTED)
def test_the_best_epoch_is_kept_in_the_terms_of_the_tool(tool: str | None) -> None:
    assert EXPECTED[tool] in texts(histories.overfit_from_12(), tool)


def test_early_stopping_of_boosters_counts_rounds_that_were_not_logged() -> None:
    rounds = np.arange(1, 400, 10)
    columns = {"loss": 0.7 * 0.9 ** (rounds / 10), "val_loss": 0.4 + np.abs(rounds - 111) / 300}
    every_tenth = TrainingHistory.from_columns(rounds, {key: list(values) for key, values in columns.items()})
    assert "early_stopping_rounds=30" in texts(every_tenth, "xgboost")


@pytest.mark.parametrize(("tool", "unit"), [("xgboost", "round"), ("catboost", "iteration"), ("sklearn", "iteration")])
def test_a_report_says_the_unit_of_the_tool_in_both_languages(tool: str, unit: str) -> None:
    said = texts(histories.overfit_from_12(), tool)
    assert unit in said
    assert "poch" not in said
    assert language("zh-CN").counting("epoch", "iteration").say("Best epoch") not in ("Best epoch", "")


@pytest.mark.parametrize(
    ("tool", "axis", "unit"),
    [
        ("stable-baselines3", "step", "timestep"),
        ("detectron2", "step", "iteration"),
        ("mmengine", "epoch", "epoch"),
        ("transformers", "step", "step"),
        (None, "step", "step"),
        (None, "epoch", "epoch"),
    ],
)
def test_positions_are_called_as_the_tool_calls_them(tool: str | None, axis: Any, unit: str) -> None:
    assert unit_of(RunFacts(tool=tool), axis) == unit


@pytest.mark.parametrize(("counter", "unit"), [("episode", "episode"), ("epoch", "epoch")])
def test_a_log_of_episodes_is_reported_in_episodes(counter: str, unit: str) -> None:
    rows = {counter: list(range(1, 10)), "reward": [float(value) for value in range(9)]}
    page = reportgen.build(rows)
    said = " ".join((*page.diagnosis.verdict_words.advice, page.diagnosis.verdict_words.title))
    assert f"more {unit}s" in said
    assert ("epoch" in said) == (unit == "epoch")
    assert "in this report is one episode" not in page.to_html()


def test_early_stopping_needs_validation_values_where_the_tool_does() -> None:
    assert stopping_code("xgboost", "loss", higher=False, patience=3) == ""
    assert stopping_code("keras", "loss", higher=False, patience=3).startswith(
        "EarlyStopping(monitor='loss', patience=3"
    )
    assert "greater_is_better=True" in stopping_code("transformers", "val_f1", higher=True, patience=3)
    assert "metric_for_best_model='eval_f1'" in stopping_code("transformers", "val_f1", higher=True, patience=3)


def test_the_tool_of_keras_objects_and_estimators_is_known() -> None:
    class History:
        history, epoch, params = {"loss": [2.0, 1.0]}, [0, 1], {"epochs": 2}

    assert reportgen.load(History()).run.tool == "keras"
    assert reportgen.load({"loss": [2.0, 1.0]}).run.tool is None
    assert terms_of("boosting").is_boosting
    assert RunFacts().tool is None


def test_the_advice_and_its_words_agree_on_which_tools_add_trees() -> None:
    assert {tool for tool in TOOLS if terms_of(tool).is_boosting} == BOOSTERS
