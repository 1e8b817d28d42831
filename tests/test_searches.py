"""Searches with the real KerasTuner, SciKeras and scikit-learn: one report per training, with its parameters."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reportgen

MISSING = "KerasTuner or SciKeras is not installed"
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]

INPUTS = np.random.default_rng(3).normal(size=(24, 3)).astype("float32")
CLASSES = (INPUTS.sum(axis=1) > 0).astype("int64")


def model_of(units: int) -> Any:
    import keras

    layers = [keras.Input((3,)), keras.layers.Dense(units), keras.layers.Dense(1, activation="sigmoid")]
    return keras.Sequential(layers)


def runs_in(folder: Path) -> dict[str, "reportgen.TrainingHistory"]:
    return {path.name: reportgen.load(path) for path in sorted(folder.glob("*.html"))}


def test_each_trial_of_keras_tuner_has_a_report_with_its_parameters(tmp_path: Path) -> None:
    keras_tuner = pytest.importorskip("keras_tuner", reason=MISSING)

    def build(hp: Any) -> Any:
        model = model_of(hp.Choice("units", [2, 4]))
        model.compile("sgd", "binary_crossentropy", run_eagerly=True)
        return model

    tuner = keras_tuner.GridSearch(build, "val_loss", directory=tmp_path / "kt")
    callback = reportgen.ReportCallback(tmp_path / "{trial}.html", params={"data": "made"}, verbose=0)
    tuner.search(INPUTS, CLASSES, validation_split=0.25, epochs=2, verbose=0, callbacks=[callback])
    trials = tuner.oracle.trials
    runs = runs_in(tmp_path)
    assert set(runs) == {f"{name}.html" for name in trials}
    assert len(runs) == 2
    for name, trial in trials.items():
        history = runs[f"{name}.html"]
        units = str(trial.hyperparameters["units"])
        assert dict(history.run.params) == {"units": units, "trial": name, "data": "made"}
        assert dict(history.run.settings)["objective"] == "val_loss"
        assert history.series("loss", "validation").min() == pytest.approx(trial.score)


def test_each_fit_of_scikeras_has_a_report_also_in_a_search_with_folds(tmp_path: Path) -> None:
    wrappers = pytest.importorskip("scikeras.wrappers", reason=MISSING)
    from sklearn.model_selection import GridSearchCV

    callback = reportgen.ReportCallback(tmp_path / "{trial}-{fold}.html", verbose=0)
    classifier = wrappers.KerasClassifier(
        model_of, units=3, optimizer="sgd", loss="binary_crossentropy", run_eagerly=True, epochs=2, verbose=0,
        callbacks=[callback],
    )  # fmt: skip
    search = GridSearchCV(classifier, {"units": [2, 4]}, cv=2, error_score="raise").fit(INPUTS, CLASSES)
    runs = runs_in(tmp_path)
    assert list(runs) == ["1-1.html", "1-2.html", "2-1.html", "2-2.html", "best-1.html"]
    chosen = {name: dict(history.run.params) for name, history in runs.items()}
    assert [params["units"] for params in chosen.values()] == ["2", "2", "4", "4", str(search.best_params_["units"])]
    assert [params.get("fold") for params in chosen.values()] == ["1", "2", "1", "2", None]
    assert {params["epochs"] for params in chosen.values()} == {"2"}
    assert all(history.epochs.tolist() == [1, 2] for history in runs.values())
