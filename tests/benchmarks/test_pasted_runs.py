import math

import numpy as np
import pytest

import reportgen
from benchmarks import pasted, rivals
from benchmarks.corpora import Case

CURVES = {
    "loss": [1.0, 0.5, 0.25, 0.125, 0.0625, 0.0312, 0.0156, 0.0005],
    "val_loss": [1.0, 0.6, 0.7, 0.9, 1.2, 1.6, 2.1, 2.7],
}


def case(run_id: str, overfitting: str, val_loss: list[float]) -> Case:
    source = CURVES | {"val_loss": val_loss}
    curves = rivals.Curves(np.array(source["loss"]), np.array(val_loss))
    return Case(run_id, source, curves, overfitting=overfitting)


def test_the_printed_lines_have_the_values_and_are_read_again(tmp_path):
    path = tmp_path / "run.txt"
    path.write_text(pasted.pasted_text(case("run", "yes", CURVES["val_loss"])), "utf-8")
    assert "Epoch 8/8\n32/32 - 1s - 20ms/step - loss: 5.0000e-04 - val_loss: 2.7000\n" in path.read_text("utf-8")
    read = reportgen.load(path)
    assert read.series("loss", "train").tolist() == CURVES["loss"]
    assert read.series("loss", "validation").tolist() == CURVES["val_loss"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5000"), (2e-5, "2.0000e-05"), (0.0, "0.0000e+00"), (math.nan, "nan"), (math.inf, "inf")],
)
def test_values_are_printed_like_keras_does(value, text):
    assert pasted.printed(value) == text


def test_a_run_that_is_not_read_counts_as_no(monkeypatch):
    monkeypatch.setattr(pasted, "READERS", {"runmedic": lambda path: None, "trainproof": lambda path: 1 / 0})
    monkeypatch.setattr(rivals.Rival, "version", lambda self: "1.0")
    falling = [*CURVES["loss"][:-1], 0.0101]
    found = pasted.score_pasted([case("a", "yes", CURVES["val_loss"]), case("b", "no", falling)])
    assert dict(found.rows) == {"reportgen": (1.0, 1.0), "runmedic": (0.0, 0.0), "trainproof": (0.0, 0.0)}


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("TP-OVERFIT", rivals.Verdict(True, False, False)),
        ("TP-NAN", rivals.Verdict(False, True, False)),
        ("TP-DIVERGE", rivals.Verdict(False, True, False)),
        ("TP-FLAT", rivals.Verdict(False, False, True)),
        ("TP-PASS", rivals.Verdict(False, False, False)),
    ],
)
def test_the_rules_of_trainproof_are_answers(rule, answer):
    assert rivals.verdict_of_trainproof([{"id": rule}]) == answer
