import json
from pathlib import Path

import numpy as np
import pytest
import sample_logs
from logs import format_of, read_log, read_path

from reportgen.errors import SourceError


def test_times_directions_and_the_planned_rounds_are_kept() -> None:
    history = read_log(
        sample_logs.CATBOOST.replace('"best_value":"Min","name":"Logloss"', '"best_value":"Max","name":"X"')
    )
    assert history.run.durations_s == (1.0, 1.0, 1.0, 1.0)
    assert (history.run.epochs_planned, history.run.status) == (4, "completed")
    assert history.direction("X") == "higher"


@pytest.mark.parametrize("end", ["\n", ",\n", ',\n{"learn":[0.1],"iter'])
def test_the_rounds_before_an_interruption_are_read(end: str) -> None:
    lines = sample_logs.CATBOOST.split(",\n")
    history = read_log(",\n".join(lines[:-1]) + end)
    assert history.epochs.tolist() == [1, 2, 3]
    assert history.run.status == "unknown"


@pytest.mark.parametrize(
    "change",
    [('"learn_metrics"', '"learn"'), ('"iteration":2', '"iter":2'), ('"passed_time":3', '"passed_time":"x"'),
     ('"test_sets":["test"]', '"test_sets":3'), ('"learn":[0.25]', '"learn":0.25')],
)  # fmt: skip
def test_a_file_that_catboost_would_not_write_is_refused(change: tuple[str, str]) -> None:
    with pytest.raises(SourceError, match="not as CatBoost writes them"):
        read_log(sample_logs.CATBOOST.replace(*change), format="catboost")


def test_folders_of_catboost_are_read(tmp_path: Path) -> None:
    catboost = pytest.importorskip("catboost", reason="the group formats is not installed")
    x = np.random.default_rng(0).normal(size=(200, 4))
    y = (x.sum(axis=1) > 0).astype(int)
    model = catboost.CatBoostClassifier(
        iterations=5, eval_metric="AUC", custom_metric=["Logloss", "Accuracy"], train_dir=str(tmp_path), verbose=False,
        thread_count=1,
    )  # fmt: skip
    model.fit(x[:150], y[:150], eval_set=(x[150:], y[150:]))
    assert format_of(tmp_path) == "catboost"
    history = read_path(tmp_path)
    said = model.get_evals_result()
    assert history.keys == ("Logloss", "Accuracy", "val_Logloss", "val_Accuracy", "val_AUC")
    assert history.series("AUC", "validation").to_numpy() == pytest.approx(said["validation"]["AUC"], rel=1e-6)
    assert len(history.run.durations_s) == 5
    assert read_path(tmp_path / "catboost_training.json") == history


def test_times_out_of_range_cause_no_warning() -> None:
    meta = {"learn_metrics": [{"name": "a", "best_value": "Min"}], "test_metrics": [], "test_sets": []}
    for times in ([1e999, 1e999], [1.7e308, -1.7e308]):
        rounds = [{"iteration": n, "learn": [1.0], "passed_time": time} for n, time in enumerate(times)]
        text = json.dumps({"meta": meta, "iterations": rounds}).replace("Infinity", "1e999")
        assert not read_log(text).run.durations_s
