from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

import reportgen
from reportgen.errors import SourceError
from reportgen.sources import read

X = np.random.default_rng(0).normal(size=(200, 4))
Y = (X.sum(axis=1) > 0).astype(int)


def test_the_loss_and_the_held_out_accuracy_of_a_fitted_network_are_read() -> None:
    model = MLPClassifier(
        hidden_layer_sizes=(4,), max_iter=50, early_stopping=True, n_iter_no_change=3, random_state=0
    ).fit(X, Y)
    history = read(model).history
    assert history.series("loss", "train").tolist() == [float(loss) for loss in model.loss_curve_]
    assert history.series("accuracy", "validation").tolist() == [float(score) for score in model.validation_scores_]
    assert history.run.model_name == "MLPClassifier"
    assert history.run.status == ("stopped-early" if model.n_iter_ < 50 else "completed")
    assert reportgen.diagnose(model).verdict


def test_the_loss_of_a_network_without_early_stopping_is_read() -> None:
    with pytest.warns(ConvergenceWarning):
        model = MLPRegressor(hidden_layer_sizes=(2,), max_iter=3, random_state=0).fit(X, Y)
    history = read(model).history
    assert history.keys == ("loss",)
    assert (history.run.epochs_planned, history.run.status) == (3, "completed")


def test_the_loss_of_histogram_boosting_is_read_for_each_iteration() -> None:
    model = HistGradientBoostingClassifier(max_iter=5, early_stopping=True, random_state=0).fit(X, Y)
    history = read(model).history
    assert history.series("loss", "train").tolist() == (-model.train_score_[1:]).tolist()
    assert history.series("loss", "validation").tolist() == (-model.validation_score_[1:]).tolist()
    assert len(history.epochs) == model.n_iter_


def test_histogram_boosting_has_the_score_that_it_monitors() -> None:
    model = HistGradientBoostingRegressor(max_iter=4, early_stopping=True, scoring="r2", random_state=0).fit(X, Y)
    assert read(model).history.keys == ("r2", "val_r2")
    alone = HistGradientBoostingRegressor(max_iter=4, early_stopping=True, validation_fraction=None).fit(X, Y)
    assert read(alone).history.keys == ("loss",)


@pytest.mark.parametrize(
    "model",
    [
        MLPClassifier(),
        HistGradientBoostingClassifier(max_iter=2, early_stopping=False).fit(X, Y),
        RandomForestClassifier(2).fit(X, Y),
    ],
    ids=["unfitted", "without scores", "forest"],
)
def test_an_estimator_without_a_curve_is_refused(model: Any) -> None:
    with pytest.raises(SourceError, match=f"{type(model).__name__}: it has no training curve; a fitted MLP"):
        read(model)


def test_an_unsupported_estimator_is_refused() -> None:
    def nothing(*_: Any) -> None:
        return None

    odd = SimpleNamespace(fit=nothing, get_params=nothing, train_score_=["x", "y"], validation_score_=[])
    with pytest.raises(SourceError, match="train_score_ is"):
        read(odd)
