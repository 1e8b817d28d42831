"""The callback's evaluation on test data, in real training runs with Keras."""

import warnings

import keras
import numpy as np
import pytest

import reportgen
from reportgen import ReportCallback

pytestmark = pytest.mark.keras

INPUTS = np.random.default_rng(7).normal(size=(96, 3)).astype("float32")
CLASSES = (INPUTS[:, 0] > 0).astype("int64") + (INPUTS[:, 1] > 0)


class Batches(keras.utils.PyDataset):
    """Test data in batches."""

    def __len__(self):
        return 3

    def __getitem__(self, place):
        rows = slice(place * 16, place * 16 + 16)
        return INPUTS[rows], CLASSES[rows]


def trained(path, loss, last, targets, data, units=3, **options):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation=last)])
    metrics = ["accuracy"] if "crossentropy" in getattr(loss, "name", loss) else ["mae"]
    model.compile("adam", loss, metrics=metrics, jit_compile=False)
    callback = ReportCallback(path, evaluate=data, verbose=0, **options)
    model.fit(INPUTS, targets, validation_split=0.25, epochs=2, verbose=0, callbacks=[callback])
    return callback, model


def test_a_classifier_is_evaluated_on_arrays(tmp_path):
    path = tmp_path / "r.html"
    data = (INPUTS[:40], CLASSES[:40])
    callback, model = trained(
        path, "sparse_categorical_crossentropy", "softmax", CLASSES, data, labels=["low", "mid", "high"]
    )
    run = reportgen.load(path).run
    expected = model.evaluate(*data, verbose=0, return_dict=True)
    assert dict(run.test_results) == pytest.approx(expected, rel=1e-5)
    assert run.evaluation.task == "multi-class"
    assert [each.label for each in run.evaluation.classes] == ["low", "mid", "high"]
    assert run.evaluation.score("accuracy").value == pytest.approx(expected["accuracy"], rel=1e-5)
    assert callback.report.history.run.evaluation == run.evaluation
    html = path.read_text("utf-8")
    assert "Test data" in html
    assert "Best validation" in html


@pytest.mark.parametrize("kind", ["dataset", "PyDataset"])
def test_logits_of_a_data_set_are_evaluated_batch_by_batch(kind, tmp_path):
    data = Batches(workers=1)
    if kind == "dataset":
        import tensorflow as tf

        data = tf.data.Dataset.from_tensor_slices((INPUTS[:48], CLASSES[:48])).shuffle(48).batch(16)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, name="crossentropy")
    callback, model = trained(tmp_path / "r.html", loss, "linear", CLASSES, data)
    found = callback.report.history.run.evaluation
    assert (found.task, found.rows) == ("multi-class", 48)
    assert "from-logits" in found.notes
    chosen = model.predict(INPUTS[:48], verbose=0).argmax(axis=1)
    assert found.score("accuracy").value == pytest.approx((chosen == CLASSES[:48]).mean(), rel=1e-5)


def test_a_loss_of_numbers_makes_whole_targets_a_regression(tmp_path):
    callback, _ = trained(tmp_path / "r.html", "mse", "linear", CLASSES, (INPUTS, CLASSES), units=1)
    assert callback.report.history.run.evaluation.task == "regression"


def test_each_output_of_a_model_is_evaluated(tmp_path):
    inputs = keras.Input((3,))
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(inputs)
    size = keras.layers.Dense(1, name="size")(inputs)
    model = keras.Model(inputs, {"kind": kind, "size": size})
    losses = {"kind": "sparse_categorical_crossentropy", "size": "mse"}
    model.compile("adam", losses, metrics={"kind": ["accuracy"], "size": ["mae"]}, run_eagerly=True)
    targets = {"kind": CLASSES, "size": INPUTS[:, 2]}
    path = tmp_path / "r.html"
    callback = ReportCallback(path, evaluate=(INPUTS, targets), labels={"kind": ["low", "mid", "high"]}, verbose=0)
    model.fit(INPUTS, targets, epochs=1, verbose=0, callbacks=[callback])
    run = reportgen.load(path).run
    found, results = dict(run.output_evaluations), dict(run.test_results)
    assert [(name, each.task) for name, each in found.items()] == [("kind", "multi-class"), ("size", "regression")]
    assert [each.label for each in found["kind"].classes] == ["low", "mid", "high"]
    assert found["kind"].score("accuracy").value == pytest.approx(results["kind_accuracy"], rel=1e-5)
    assert found["size"].score("mae").value == pytest.approx(results["size_mae"], rel=1e-4)


@pytest.mark.parametrize(
    "data", [(INPUTS[:, :2], CLASSES), object(), (INPUTS, CLASSES + 7)], ids=["shape", "kind", "id"]
)
def test_a_failure_is_a_single_warning_and_the_report_is_written(data, tmp_path):
    path = tmp_path / "r.html"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trained(path, "sparse_categorical_crossentropy", "softmax", CLASSES, data)
    said = [str(each.message) for each in caught if "reportgen" in str(each.message)]
    assert len(said) == 1
    assert said[0].startswith("reportgen could not evaluate the model on the test data: ")
    assert len(reportgen.load(path).epochs) == 2
