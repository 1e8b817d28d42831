"""What `score_model` makes of models with one and several outputs, without Keras."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import reportgen
from reportgen.history.facts import RunFacts
from reportgen.model_scores import score_model

RNG = np.random.default_rng(5)
ROWS = 60
KIND = np.arange(ROWS) % 3
KIND_ODDS = np.eye(3)[KIND] * 0.6 + RNG.dirichlet(np.ones(3), ROWS) * 0.4
AGE = RNG.normal(40, 9, ROWS)
AGE_GUESS = (AGE + RNG.normal(0, 2, ROWS))[:, None]
LOSSES = ["sparse_categorical_crossentropy", "mse"]
NAMES = ["kind", "age"]


@dataclass
class Model:
    """A model that predicts these rows."""

    outputs: Any
    loss: Any
    output_names: Any = None

    def predict(self, rows, verbose):
        pick = lambda value: value[rows]  # noqa: E731
        if isinstance(self.outputs, dict):
            return {name: pick(value) for name, value in self.outputs.items()}
        return list(map(pick, self.outputs)) if isinstance(self.outputs, list) else pick(self.outputs)

    def predict_on_batch(self, rows):
        return self.predict(rows, 0)


def by_name(values):
    return dict(zip(NAMES, values, strict=True))


ALL = np.arange(ROWS)
PREDICTED, TRUE = [KIND_ODDS, AGE_GUESS], [KIND, AGE]
SEVERAL = {
    "lists": (Model(PREDICTED, LOSSES, NAMES), (ALL, TRUE)),
    "dicts": (Model(by_name(PREDICTED), by_name(LOSSES), NAMES), (ALL, by_name(TRUE))),
    "lists and dicts": (Model(PREDICTED, by_name(LOSSES), NAMES), (ALL, by_name(TRUE))),
    "weights": (Model(PREDICTED, LOSSES, NAMES), (ALL, TRUE, np.ones(ROWS))),
    "batches of lists": (
        Model(PREDICTED, LOSSES, NAMES),
        [(ALL[start:][:20], [each[start:][:20] for each in TRUE]) for start in (0, 20, 40)],
    ),
    "batches of dicts": (
        Model(by_name(PREDICTED), LOSSES, NAMES),
        [(ALL[start:][:30], by_name([each[start:][:30] for each in TRUE])) for start in (0, 30)],
    ),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_each_output_is_evaluated_by_its_own_task_in_order(name):
    model, data = SEVERAL[name]
    found, failures = score_model(model, data, {"kind": ["low", "mid", "high"]})
    assert failures == ()
    assert found.evaluation is None
    (first, kind), (second, age) = found.output_evaluations
    assert (first, kind.task, kind.rows) == ("kind", "multi-class", ROWS)
    assert [each.label for each in kind.classes] == ["low", "mid", "high"]
    assert (second, age.task) == ("age", "regression")
    assert age.score("mae").value == pytest.approx(np.abs(AGE_GUESS[:, 0] - AGE).mean(), rel=1e-5)


def test_one_output_has_one_evaluation_also_in_a_dict():
    for outputs, true in ((KIND_ODDS, KIND), ({"kind": KIND_ODDS}, {"kind": KIND})):
        found, failures = score_model(Model(outputs, LOSSES[0], ["kind"]), (ALL, true), ["a", "b", "c"])
        assert failures == found.output_evaluations == ()
        assert [each.label for each in found.evaluation.classes] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("true", "labels", "said"),
    [
        ({"age": AGE}, None, 'output "kind": the test data has no targets for it'),
        ([KIND + 7, AGE], None, 'output "kind": '),
        (TRUE, {0: "low", 1: "mid", 2: "high"}, 'output "kind": labels are needed for each output'),
    ],
)
def test_an_output_that_cannot_be_evaluated_leaves_the_others(true, labels, said):
    found, failures = score_model(Model(PREDICTED, LOSSES, NAMES), (ALL, true), labels)
    assert failures[0].startswith(said)
    assert [name for name, _ in found.output_evaluations] == (["age"] if labels is None else [])


def run_of_two_outputs():
    """A run of both outputs whose evaluation has a class that is never predicted."""
    never = KIND_ODDS * [1, 1, 0]
    odds = (never + np.array([0.01, 0.01, 0])) / (never.sum(axis=1, keepdims=True) + 0.02)
    evaluations = score_model(Model([odds, AGE_GUESS], LOSSES, NAMES), (ALL, TRUE), None)[0].output_evaluations
    epochs = range(1, 9)
    logs = {
        f"{split}{name}": [scale / epoch + 0.1 * (split == "val_") for epoch in epochs]
        for name, scale in (("loss", 9), ("kind_loss", 2), ("age_loss", 7), ("age_mae", 5))
        for split in ("", "val_")
    }
    return reportgen.build(logs), evaluations


def test_a_report_has_one_part_per_output_in_all_forms_and_stores_them(tmp_path):
    report, evaluations = run_of_two_outputs()
    results = (("loss", 4.0), ("kind_loss", 1.5), ("age_mae", 1.6))
    run = RunFacts(output_evaluations=evaluations, test_results=results)
    report = reportgen.build(report.history.with_run(run))
    html = report.to_html()
    assert html.count("<h3><bdi>kind</bdi></h3>") == html.count("<h3><bdi>age</bdi></h3>") == 1
    assert "Tested on 60 samples. By output: kind: Accuracy" in html
    assert "kind: Class 2 is never predicted" in html
    assert {"kind_roc", "age_predicted", "age_residuals"} <= set(report.charts)
    summary = report.summary()
    assert "kind: Confusion matrix" in summary
    assert "age: Scores on test data" in summary
    assert list(report.to_dict()["output_evaluations"]) == NAMES
    report.save(tmp_path / "r.html")
    assert reportgen.load(tmp_path / "r.html").run.output_evaluations == evaluations


def test_scores_of_an_output_are_beside_its_own_validation_values():
    from reportgen.diagnosis.score_names import final_scores
    from reportgen.languages import ENGLISH
    from reportgen.page.evaluation_section import word_evaluations

    report, evaluations = run_of_two_outputs()
    run = RunFacts(output_evaluations=evaluations, test_results=(("loss", 4.0), ("kind_loss", 1.5)))
    history = report.history.with_run(run)
    kind, age = word_evaluations(history, ENGLISH)
    assert [row[3:] for row in age.scores.rows if row[0] == "Mean absolute error"] == [("0.7250", "8")]
    assert [row[0] for row in kind.scores.rows if row[0].endswith("loss")] == ["Log loss", "kind_loss"]
    assert not [row for row in age.scores.rows if row[0].endswith("loss")]
    assert {"kind_accuracy", "age_mae", "kind_loss", "loss"} <= set(final_scores(history))
