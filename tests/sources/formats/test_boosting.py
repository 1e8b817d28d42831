import json
from typing import Any

import numpy as np
import pytest
import sample_logs
from hypothesis import given
from hypothesis import strategies as st
from logs import read_log, sentences
from strategies import refusal

from reportgen.errors import SourceError
from reportgen.sources import read
from reportgen.sources.objects.boosters import is_evals_result

FALLING, ABOVE = [0.5, 0.25], [0.75, 0.625]


def keys(source: Any) -> tuple[str, ...]:
    return read(source).history.keys


def test_the_dict_and_its_json_are_read_as_the_same_run() -> None:
    assert read(json.loads(sample_logs.BOOSTING)).history == read_log(sample_logs.BOOSTING)
    assert "one boosting round" in sentences(read_log(sample_logs.BOOSTING).run.notes)[0]


@pytest.mark.parametrize(
    ("sets", "train"),
    [
        ({"train": FALLING, "eval": ABOVE}, "train"),
        ({"valid_0": ABOVE, "training": FALLING}, "training"),
        ({"learn": FALLING, "validation": ABOVE}, "learn"),
        ({"validation_0": FALLING, "validation_1": ABOVE}, "validation_0"),
        ({"valid_0": ABOVE, "valid_1": FALLING}, "valid_1"),
    ],
)
def test_data_sets_are_identified_by_name_or_by_their_scores_if_names_are_numbers(
    sets: dict[str, Any], train: str
) -> None:
    history = read({name: {"logloss": values} for name, values in sets.items()}).history
    assert history.series("logloss", "train").tolist() == FALLING
    assert history.series("logloss", "validation").tolist() == ABOVE
    assert any("were guessed" in note for note in sentences(history.run.notes)) == train.startswith("valid")


def test_rising_scores_identify_the_training_set_too_and_equal_ones_keep_the_order() -> None:
    rising = {"a": {"auc": [0.5, 0.6]}, "b": {"auc": [0.5, 0.9]}}
    assert read(rising).history.series("auc", "train").tolist() == [0.5, 0.9]
    assert read({"a": {"x": [1, 2]}, "b": {"x": [3, 4]}}).history.series("x", "train").tolist() == [1, 2]


def test_a_single_set_and_further_sets_keep_their_meaning() -> None:
    assert keys({"valid_0": {"l2": FALLING}}) == ("val_l2",)
    assert keys({"training": {"l2": FALLING}}) == ("l2",)
    more = {"train": {"l2": FALLING}, "eval": {"l2": ABOVE}, "other": {"l2": ABOVE}}
    assert keys(more) == ("l2", "other/l2", "val_l2")
    assert read(more).history.direction("l2") == "lower"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"train": {"auc": [1, 2], "error": [1]}}, "values, others have"),
        ({"train": {"auc": ["x"]}}, 'column "train/auc" has text "x" in row 1'),
    ],
)
def test_invalid_boosting_rounds_are_refused(source: Any, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(source)


@pytest.mark.parametrize("source", [{}, {"loss": [1.0]}, {"loss": {"0": 1.0}}, {"a": {}}, {"a": {"b": "text"}}, [1], 3])
def test_other_objects_are_not_boosting_results(source: Any) -> None:
    assert not is_evals_result(source)


@given(
    st.dictionaries(
        st.sampled_from(["train", "valid_0", "valid_1", ""]),
        st.dictionaries(
            st.text(max_size=3), st.lists(st.floats() | st.none() | st.text(max_size=2), max_size=3), max_size=2
        ),
        max_size=3,
    )
)
def test_any_rounds_are_read_or_refused(source: Any) -> None:
    assert "\n" not in refusal(lambda: read(source))


def rows() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(200, 4))
    return x, (x.sum(axis=1) > 0).astype(int)


def test_results_of_xgboost_are_read() -> None:
    xgboost = pytest.importorskip("xgboost", reason="the group formats is not installed")
    x, y = rows()
    sets = [(x[:150], y[:150]), (x[150:], y[150:])]
    model = xgboost.XGBClassifier(n_estimators=4, eval_metric=["logloss", "error"])
    with pytest.raises(SourceError, match="XGBClassifier: it keeps no curve"):
        read(model)
    model.fit(*sets[0], eval_set=sets, verbose=False)
    history = read_log(json.dumps(model.evals_result()))
    assert history == read(model.evals_result()).history
    assert history.frame.equals(read(model).history.frame)
    assert history.keys == ("logloss", "error", "val_logloss", "val_error")
    said: dict[str, Any] = {}
    train, held_out = (xgboost.DMatrix(a, b) for a, b in sets)
    xgboost.train({"objective": "binary:logistic"}, train, 4, evals=[(train, "train"), (held_out, "eval")],
                  evals_result=said, verbose_eval=False)  # fmt: skip
    assert read(said).history.series("logloss", "validation").tolist() == said["eval"]["logloss"]


def test_results_of_lightgbm_are_read() -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="the group formats is not installed")
    x, y = rows()
    said: dict[str, Any] = {}
    train = lightgbm.Dataset(x[:150], y[:150])
    lightgbm.train({"objective": "regression", "verbose": -1}, train, 4,
                   valid_sets=[train, train.create_valid(x[150:], y[150:])],
                   callbacks=[lightgbm.record_evaluation(said)])  # fmt: skip
    history = read(said).history
    assert history.keys == ("l2", "val_l2")
    assert history.direction("l2") == "lower"
    assert history.series("l2", "train").tolist() == said["training"]["l2"]


def test_results_of_catboost_are_read() -> None:
    catboost = pytest.importorskip("catboost", reason="the group formats is not installed")
    x, y = rows()
    model = catboost.CatBoostClassifier(iterations=4, verbose=False, allow_writing_files=False, thread_count=1)
    model.fit(x[:150], y[:150], eval_set=(x[150:], y[150:]))
    history = read(model.get_evals_result()).history
    assert history.keys == ("Logloss", "val_Logloss")
    assert history.frame.equals(read(model).history.frame)
