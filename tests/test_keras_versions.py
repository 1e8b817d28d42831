"""Keras 3, Keras 2 and tf_keras with their backends: which one is used, and the error if one is missing."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import reportgen
from reportgen import keras_versions
from reportgen.errors import MissingExtraError
from reportgen.history.facts import EarlyStopping

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
ENVIRONMENT |= {"TF_CPP_MIN_LOG_LEVEL": "3"}


@pytest.fixture
def nothing_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """As in a program that has not imported Keras; packages in ``tmp_path`` come first."""
    for name in ("keras", "tf_keras"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        del sys.modules[name]  # what it was is restored at the end
    for name in ("KERAS_BACKEND", "TF_USE_LEGACY_KERAS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return monkeypatch


def make_package(folder: Path, name: str, code: str) -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(code)


def missing(module: str) -> str:
    return f"raise ModuleNotFoundError('No module named {module}', name='{module}')"


@pytest.mark.parametrize(
    ("code", "backend", "message"),
    [
        (
            missing("keras"),
            None,
            r"^The demo needs Keras, which is not installed\. Run: pip install 'keras-reportgen\[",
        ),
        (
            missing("torch"),
            "torch",
            r'^Keras .* "torch" \(KERAS_BACKEND\), which is not installed\. Run: pip install torch',
        ),
        (
            missing("jax.numpy"),
            "jax",
            r'^Keras .* "jax" \(KERAS_BACKEND\), .* Run: pip install jax, or set KERAS_BACKEND ',
        ),
        (missing("tensorflow.python"), None, r'^Keras .* "tensorflow", which .*: "jax"\.$'),
    ],
)
def test_the_package_that_is_missing_is_named(nothing_loaded, tmp_path, code, backend, message):
    if backend:
        nothing_loaded.setenv("KERAS_BACKEND", backend)
    nothing_loaded.setattr(
        keras_versions, "find_spec", lambda name: SimpleNamespace() if name in ("tensorflow", "jax") else None
    )
    make_package(tmp_path, "keras", code)
    with pytest.raises(MissingExtraError, match=message) as caught:
        keras_versions.import_keras("The demo")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "code",
    [
        "raise ImportError('libcudart.so.12: cannot open shared object file')",
        missing("absl"),
        "raise ValueError('Unable to import backend : foo')",
    ],
)
def test_another_failure_is_passed_on(nothing_loaded, tmp_path, code):
    make_package(tmp_path, "keras", code)
    with pytest.raises((ImportError, ValueError)) as caught:
        keras_versions.import_keras("The demo")
    assert not isinstance(caught.value, MissingExtraError)
    assert str(caught.value) in code


@pytest.mark.parametrize(
    ("loaded", "legacy", "chosen"),
    [
        ([], "", "keras"),
        ([], "0", "keras"),
        ([], "1", "tf_keras"),
        ([], "True", "tf_keras"),
        (["keras"], "1", "keras"),
        (["tf_keras"], "", "tf_keras"),
        (["keras", "tf_keras"], "1", "keras"),
    ],
)
def test_the_keras_that_is_loaded_is_used_or_else_the_one_of_tensorflow(
    nothing_loaded, tmp_path, loaded, legacy, chosen
):
    nothing_loaded.setenv("TF_USE_LEGACY_KERAS", legacy)
    for name in ("keras", "tf_keras"):
        make_package(tmp_path, name, "callbacks = None")
        if name in loaded:
            importlib.import_module(name)
    assert keras_versions.import_keras("The demo").__name__ == chosen


def test_legacy_keras_is_not_used_where_it_is_not_installed(nothing_loaded, tmp_path):
    nothing_loaded.setenv("TF_USE_LEGACY_KERAS", "1")
    nothing_loaded.setattr(keras_versions, "find_spec", lambda name: None)
    make_package(tmp_path, "keras", "callbacks = None")
    assert keras_versions.import_keras("The demo").__name__ == "keras"


TRAINING = """
import importlib, sys, warnings
first, used, folder = sys.argv[1:4]
importlib.import_module(first)
from reportgen import ReportCallback
import numpy as np
if used == "tf.keras":
    import tensorflow
    keras = tensorflow.keras
else:
    keras = importlib.import_module(used)

def fit(name, epochs, *others, rate=0.25, **options):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    model.fit(np.ones((32, 3)), np.ones((32, 1)), validation_split=0.25, batch_size=8, epochs=epochs, verbose=0,
              callbacks=[*others, ReportCallback(f"{folder}/{name}.html", **options)])

def stopping(patience):
    return keras.callbacks.EarlyStopping("loss", patience=patience, min_delta=100, restore_best_weights=True)

if "torch" not in sys.modules:  # with NumPy 2, Keras 3.15 itself warns with torch
    warnings.simplefilter("error")
fit("batches", 2, update_freq="batch")
fit("decay", 3, rate=keras.optimizers.schedules.PiecewiseConstantDecay([3], [0.5, 0.25]))
try:
    fit("interrupted", 5, keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: 1 // (2 - epoch)))
except ZeroDivisionError:
    pass
warnings.simplefilter("ignore")  # of EarlyStopping itself
fit("stopped", 9, stopping(2))
fit("completed", 2, stopping(8))
package = keras.callbacks.Callback.__module__.partition(".")[0]
print(package, sys.modules[package].__version__)
"""


@pytest.mark.keras
@pytest.mark.parametrize(
    ("first", "used", "environment", "backend"),
    [
        ("reportgen.callback", "tf_keras", {}, "tensorflow"),  # the callback is based on Keras 3
        ("tf_keras", "keras", {}, "tensorflow"),  # the callback is based on tf_keras
        ("tensorflow", "tf.keras", {}, "tensorflow"),
        ("tensorflow", "tf.keras", {"TF_USE_LEGACY_KERAS": "1"}, "tensorflow"),
        ("keras", "keras", {"KERAS_BACKEND": "jax"}, "jax"),
        ("keras", "keras", {"KERAS_BACKEND": "torch"}, "torch"),
    ],
)
def test_the_callback_works_with_every_keras_and_backend(tmp_path, first, used, environment, backend):
    expected = "tf_keras" if used == "tf_keras" or "TF_USE_LEGACY_KERAS" in environment else "keras"
    for name in {first, expected, backend} & {"tf_keras", "tensorflow", "jax", "torch"}:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, first, used, tmp_path],
        capture_output=True,
        text=True,
        env=ENVIRONMENT | environment,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    assert "reportgen" not in done.stderr
    package, version = done.stdout.splitlines()[-1].split()
    assert package == expected
    runs = {path.stem: reportgen.load(path) for path in tmp_path.glob("*.html")}
    assert set(runs) == {"batches", "decay", "interrupted", "stopped", "completed"}
    for history in runs.values():
        assert history.run.backend == backend
        assert dict(history.run.versions)[package] == version
        assert len({"keras", "tf_keras"} & set(dict(history.run.versions))) == 1
        assert (history.run.optimizer, history.run.loss, history.run.parameters) == ("SGD", "mse", 4)
        assert [(layer.kind, layer.output_shape) for layer in history.run.layers] == [("Dense", "(None, 1)")]
    assert len(runs["batches"].series("batch_loss", "train")) == 6
    assert runs["decay"].series("learning_rate", "train").tolist() == [0.5, 0.25, 0.25]
    assert runs["decay"].series("mae", "validation").index.tolist() == [1, 2, 3]
    assert (runs["interrupted"].run.status, len(runs["interrupted"].epochs)) == ("interrupted", 2)
    assert (runs["stopped"].run.status, runs["stopped"].run.early_stopping) == (
        "stopped-early",
        EarlyStopping("loss", 2, restored_epoch=1, restores=True),
    )
    restored = None if version.startswith("2.15.") else 1  # Keras 2.15 restores weights only when it stops
    assert runs["completed"].run.early_stopping == EarlyStopping("loss", 8, restored_epoch=restored, restores=True)
