"""Python objects that hold several runs."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import reportgen
from reportgen.errors import SourceError

FOLDS: tuple[dict[str, list[float]], ...] = ({"loss": [0.9, 0.5]}, {"loss": [0.8, 0.4, 0.3]})


def keras_history(curves: dict[str, list[float]]) -> SimpleNamespace:
    return SimpleNamespace(history=curves, epoch=list(range(len(curves["loss"]))), params={})


def frame(**labels: Any) -> pd.DataFrame:
    rows = [(fold, row, loss) for fold, curves in enumerate(FOLDS, 1) for row, loss in enumerate(curves["loss"], 1)]
    return pd.DataFrame(rows, columns=["fold", "epoch", "loss"]).assign(**labels)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        pytest.param(list(FOLDS), ("run 1", "run 2"), id="a list of dicts"),
        pytest.param(tuple(map(keras_history, FOLDS)), ("run 1", "run 2"), id="a tuple of Keras histories"),
        pytest.param([pd.DataFrame(fold) for fold in FOLDS], ("run 1", "run 2"), id="a list of frames"),
        pytest.param(list(map(reportgen.load, FOLDS)), ("run 1", "run 2"), id="a list of histories"),
        pytest.param(dict(zip("ab", map(keras_history, FOLDS), strict=True)), ("a", "b"), id="a dict of histories"),
        pytest.param(dict(enumerate(FOLDS)), ("run 0", "run 1"), id="a dict by number"),
        pytest.param({f"fold_{n}": fold for n, fold in enumerate(FOLDS)}, ("fold_0", "fold_1"), id="a dict by fold"),
        pytest.param(
            {f"loss_fold{n}": fold["loss"] for n, fold in enumerate(FOLDS)}, ("fold 0", "fold 1"), id="lists per fold"
        ),
        pytest.param(frame(), ("fold 1", "fold 2"), id="a frame with a column fold"),
        pytest.param(frame().set_index("epoch"), ("fold 1", "fold 2"), id="a frame with an index"),
        pytest.param(frame().to_dict("list"), ("fold 1", "fold 2"), id="a dict with a list fold"),
        pytest.param(
            frame(metric="loss", split="train").rename(columns={"loss": "value"}),
            ("fold 1", "fold 2"),
            id="a tidy frame",
        ),
    ],
)
def test_each_run_of_an_object_is_read(source: Any, names: tuple[str, str]) -> None:
    runs = reportgen.load_all(source)
    assert [run.series("loss", "train").tolist() for run in runs] == [fold["loss"] for fold in FOLDS]
    assert tuple(run.run.title for run in runs) == names
    last, first = reportgen.load(source), reportgen.load(source, run=1)
    assert (len(last.epochs), len(first.epochs)) == (3, 2)
    assert [(note.code, note.get("run")) for note in last.run.notes] == [("chosen-run", names[1])]
    assert reportgen.build(source, run=names[0]).history.epochs.tolist() == [1, 2]


def test_data_sets_of_a_booster_are_not_runs() -> None:
    (history,) = reportgen.load_all({"train": {"logloss": [0.6, 0.5]}, "eval": {"logloss": [0.7, 0.6]}})
    assert history.keys == ("logloss", "val_logloss")


def test_a_single_object_has_no_second_run() -> None:
    for source in (FOLDS[0], keras_history(FOLDS[0]), pd.DataFrame(FOLDS[0])):
        with pytest.raises(SourceError, match="run=2 does not apply"):
            reportgen.load(source, run=2)
    with pytest.raises(SourceError, match='list: it has no run "3"; it contains "run 1", "run 2"'):
        reportgen.load(list(FOLDS), run=3)
    odd: Any
    for odd in ([], [1.0, 2.0], {}):
        with pytest.raises(SourceError):
            reportgen.load_all(odd)


RUN = {"loss": [0.9, 0.5], "val_loss": [1.0, 0.6]}
TRAINED = {"loss": [0.9, 0.5], "accuracy": [0.5, 0.7]}
BOOSTED = {"validation_0": {"logloss": [0.5, 0.4]}, "validation_1": {"logloss": [0.6, 0.5]}}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ({"adam": RUN, "sgd": RUN}, ["adam", "sgd"]),
        ({"adam": TRAINED, "sgd": TRAINED}, ["adam", "sgd"]),
        ({"adam": {"fold1": RUN, "fold2": RUN}, "sgd": {"fold1": RUN}}, ["adam/fold1", "adam/fold2", "sgd/fold1"]),
        ({"fold_1": [RUN, RUN], "fold_2": [RUN]}, ["fold_1/run 1", "fold_1/run 2", "fold_2/run 1"]),
        ({"shallow": BOOSTED, "deep": BOOSTED}, ["shallow", "deep"]),
        (BOOSTED, [None]),
        ({"train": TRAINED, "valid": TRAINED}, [None]),
    ],
)
def test_dicts_of_histories_are_runs_by_name_and_those_of_data_sets_are_one_run(source: Any, names: list[str]) -> None:
    assert [history.run.title for history in reportgen.load_all(source)] == names
