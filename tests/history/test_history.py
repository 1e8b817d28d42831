import json
import math
import time
import tracemalloc
from typing import Any

import histories
import numpy as np
import pandas as pd
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import HistoryError, UnknownMetricError
from reportgen.history.additions import AddedNote, AddedTable
from reportgen.history.evaluation import Evaluation, Score
from reportgen.history.facts import EarlyStopping, Layer, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.history.resource_use import ResourceUse

FULL_RUN = RunFacts(
    title="</script><b>",
    source_title="mnist / seed 3",
    status="stopped-early",
    epochs_planned=50,
    early_stopping=EarlyStopping("val_loss", 5, 1),
    durations_s=(0.1, 2.0),
    started_at="2026-01-02T03:04:05+00:00",
    model_name="pima",
    parameters=221,
    trainable_parameters=221,
    layers=(Layer("dense", "Dense", "(None, 12)", 108),),
    optimizer="Adam",
    optimizer_settings=(("beta_1", "0.9"),),
    loss="binary_crossentropy",
    steps_per_epoch=52,
    test_results=(("test_loss", 0.25),),
    evaluation=Evaluation("regression", 2, (Score("mae", 0.5, 0.25, 0.75),)),
    output_evaluations=(("age", Evaluation("regression", 2, (Score("mae", 0.5),))),),
    resources=ResourceUse((2.0,), (500,), (1.5,), (0.5,), (100,), 8, 1000, ("Card",), 200),
    params=(("batch_size", "64"),),
    settings=(("train_rows", "514"),),
    tags=("first",),
    additions=(AddedNote("Labels are *cleaned*."), AddedTable(("model",), (("vgg",),))),
    provenance=(("commit", "a1b2c3d4"),),
    counts_from=0,
    tool="keras",
    resumed_at=(2,),
    directions=(("f2", "higher"),),
    monitor="val_loss",
    backend="jax",
    versions=(("keras", "3.9"),),
    notes=(Note.of("text", text="A note."), Note.of("x", a=1, b=0.5, c=("d", "e"))),
)
GOOD = TrainingHistory.from_columns([1, 2], {"loss": [1.0, 0.5], "val_loss": [1.1, 0.7]}, FULL_RUN)


@given(strategies.histories())
def test_any_history_survives_json_bit_for_bit(history: TrainingHistory) -> None:
    again = TrainingHistory.from_json(history.to_json())
    assert again == history
    assert again.frame["value"].to_numpy().tobytes() == history.frame["value"].to_numpy().tobytes()
    assert again.to_json() == history.to_json()


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_named_runs_survive_json_with_their_facts(make: Any) -> None:
    history = make()
    again = TrainingHistory.from_json(history.to_json())
    assert again == history
    assert again.run == history.run


def test_every_fact_of_a_run_survives_json() -> None:
    assert TrainingHistory.from_json(GOOD.to_json()).run == FULL_RUN
    assert all(getattr(FULL_RUN, name) != getattr(RunFacts(), name) for name in vars(FULL_RUN)), "a fact is untested"


def test_json_is_strict_and_evenly_spaced_epochs_are_not_listed() -> None:
    text = histories.diverged_at_7().to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert '"NaN"' in text
    assert '{"first":1,"last":10,"step":1}' in text


def test_equal_histories_have_the_same_bits() -> None:
    def of(*values: float) -> TrainingHistory:
        return TrainingHistory.from_columns(range(1, len(values) + 1), {"loss": values})

    assert of(math.nan) == of(-math.nan)
    assert of(0.0) != of(-0.0)
    assert of(1.0) != of(1.0000000000000002)
    assert of(1.0) != "loss"


@given(strategies.histories(max_epochs=8), st.randoms())
def test_the_order_of_rows_within_a_metric_does_not_matter(history: TrainingHistory, random: Any) -> None:
    rows = history.frame.to_dict("records")
    order = list(dict.fromkeys(row["metric"] for row in rows))
    random.shuffle(rows)
    rows.sort(key=lambda row: order.index(row["metric"]))
    assert TrainingHistory(pd.DataFrame(rows)) == history


def test_metrics_keep_the_order_of_the_log_with_training_before_validation() -> None:
    history = TrainingHistory.from_columns([1], {"val_b": [1.0], "b": [2.0], "a": [3.0]})
    assert history.metric_names == ("b", "a")
    assert history.keys == ("b", "a", "val_b")


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_the_position_of_a_curve_is_its_index_in_json(make: Any) -> None:
    history = make()
    for place, series in enumerate(json.loads(history.to_json())["series"]):
        assert history.position(series["metric"], series["split"]) == place
    with pytest.raises(UnknownMetricError):
        history.position("none", "train")


def test_none_is_an_absent_value_and_nan_is_a_value() -> None:
    history = TrainingHistory.from_columns([1, 2, 3], {"loss": [1.0, math.nan, 0.5], "val_loss": [None, None, 0.7]})
    assert history.series("loss", "train").index.tolist() == [1, 2, 3]
    assert math.isnan(history.series("loss", "train")[2])
    assert history.series("loss", "validation").index.tolist() == [3]
    assert not history.has("accuracy", "train")
    with pytest.raises(UnknownMetricError, match=r'no train values of "accuracy"; it has "loss", "val_loss"'):
        history.series("accuracy", "train")


def frame(**changes: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {"epoch": [1, 2], "metric": ["loss", "loss"], "split": ["train", "train"], "value": [1.0, 0.5]} | changes
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (frame()[["epoch", "value"]], 'lacks "metric", "split"'),
        (frame().iloc[:0], "empty"),
        (frame(epoch=[0, 1]), 'Epoch "0"'),
        (frame(epoch=[1, -2]), 'Epoch "-2"'),
        (frame(epoch=[1, 1.5]), 'Epoch "1.5"'),
        (frame(epoch=[1, math.nan]), 'Epoch "nan"'),
        (frame(epoch=[1, 2**53]), 'Epoch "90071992547…"'),
        (frame(epoch=pd.Series([1, 10**400], dtype=object)), "Epoch"),
        (frame(epoch=[1, "two"]), 'Epoch "two"'),
        (frame(epoch=[1, [2]]), r'Epoch "\[2\]"'),
        (frame(epoch=pd.to_datetime(["2026-01-01", "2026-01-02"])), "Epoch"),
        (frame(epoch=[1, 1]), 'Epoch 1 of "loss" occurs more than once'),
        (frame(split=["train", "test"]), 'Split "test"'),
        (frame(split=["train", None]), "Split"),
        (frame(split=["train", []]), r'Split "\[\]"'),
        (frame(metric=["loss", ""]), "Metric name"),
        (frame(metric=["loss", 3]), 'Metric name "3"'),
        (frame(metric=pd.Series(["loss", "\ud800"], dtype=object)), "lone surrogate"),
        (frame(metric=["loss", "val_loss"]), 'Name it "loss" with split "?validation'),
        (frame(value=["a", "b"]), "not numeric"),
        (frame(value=pd.Series([1, 10**400], dtype=object)), "not numeric"),
        (frame(value=[1j, 2j]), "has the type complex128"),
        (frame(value=pd.to_datetime(["2026-01-01", "2026-01-02"])), "has the type datetime64"),
        (pd.concat([frame(), frame()[["epoch"]]], axis=1), 'column "epoch" more than once'),
    ],
)
def test_an_invalid_table_is_refused_in_one_line_that_names_the_fault(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(HistoryError, match=message) as caught:
        TrainingHistory(table)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"loss": [1.0]}, "1 values for 2 epochs"),
        ({"loss": [1.0, "x"]}, '"loss" is not numeric'),
        ({"loss": [1.0, 10**400]}, '"loss" is not numeric'),
        ({"\ud800": [1.0, 2.0]}, "lone surrogate"),
        ({}, "empty"),
        ({"loss": [None, None]}, "empty"),
    ],
)
def test_invalid_columns_are_refused(columns: Any, message: str) -> None:
    with pytest.raises(HistoryError, match=message):
        TrainingHistory.from_columns([1, 2], columns)


def test_the_given_table_is_neither_changed_nor_shared() -> None:
    given_table = frame(epoch=[2, 1])
    before = given_table.copy()
    history = TrainingHistory(given_table)
    given_table.loc[0, "value"] = 99.0
    assert history.frame["value"].tolist() == [0.5, 1.0]
    assert before["epoch"].tolist() == [2, 1]


WRONG_FACTS = [
    ("title", [3, ["a"], {"a": 1}, True, "\ud800"]),
    ("status", ["evil", 3, None]),
    ("epochs_planned", ["x", -3, 1.5, 10**400, True, [1]]),
    ("durations_s", [3, "abc", None, [1], ["a", "b"], [-1, 1], [None, 1], [True, 1], [1e308, 1e308], ["NaN", 1]]),
    ("started_at", [3]),
    ("model_name", [["x"]]),
    ("parameters", ["x", 1.5, -1, [1]]),
    ("trainable_parameters", ["x"]),
    ("layers", [3, None, "abc", {"a": 1}, [3], [[1, 2, 3, 4]], [{"name": "a"}]]),
    ("layers", [[{"name": "a", "kind": "b", "output_shape": "c", "parameters": "d"}]]),
    ("layers", [[{"name": "a", "kind": "b", "output_shape": "c", "parameters": 1, "extra": 2}]]),
    ("optimizer", [3]),
    ("optimizer_settings", [3, "ab", {"a": "b"}, [["a"]], [["a", "b", "c"]], [["a", 1]]]),
    ("loss", [3, ["mse"]]),
    ("steps_per_epoch", ["x", 1.5]),
    ("resumed_at", [3, ["x"], [0], [-5], [1e300], [10**400], [None], [[1]]]),
    ("versions", [[["a"]], [[1, 2]]]),
    ("notes", [3, "abc", [3], [["a"]], ["\ud800"], [{"code": "a"}], [{"code": "a", "values": {"b": {}}}]]),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, wrong in WRONG_FACTS for value in wrong])
def test_a_fact_of_the_wrong_kind_is_refused_when_read(name: str, value: Any) -> None:
    document = json.loads(GOOD.to_json())
    document["run"][name] = value
    with pytest.raises(HistoryError) as caught:
        TrainingHistory.from_json(json.dumps(document))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": {"first": 1, "last": 10**15, "step": 1}},
        {"epochs": {"first": 1, "last": 10**40, "step": 1}},
        {"epochs": {"first": 1, "last": 2, "step": 0}},
        {"epochs": {"first": 2, "last": 1, "step": -1}},
        {"epochs": {"first": 1}},
        {"epochs": {"first": 1.9, "last": 2, "step": 1}},
        {"epochs": {"first": "1", "last": "2", "step": "1"}},
        {"epochs": "12"},
        {"epochs": 3},
        {"epochs": [1]},
        {"epochs": [1, 1]},
        {"epochs": [1, "x"]},
        {"epochs": [1, None]},
        {"epochs": [0, 1]},
        {"epochs": [1, 10**400]},
        {"epochs": [[1], [2]]},
        {"values": 3},
        {"values": "ab"},
        {"values": [1]},
        {"values": [1, "nan"]},
        {"values": [1, None]},
        {"values": [1, [2]]},
        {"values": [1, 10**400]},
        {"values": {"a": 1}},
        {"metric": 3},
        {"metric": None},
        {"metric": ["a", "b"]},
        {"metric": " "},
        {"metric": "\ud800"},
        {"metric": "val_loss"},
        {"split": "test"},
        {"split": ["train", "train"]},
        {"split": None},
    ],
    ids=str,
)
def test_a_damaged_series_is_refused_without_allocating_its_claimed_size(change: dict[str, Any]) -> None:
    document = json.loads(GOOD.to_json())
    document["series"][0] |= change
    text = json.dumps(document)
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(HistoryError):
        TrainingHistory.from_json(text)
    assert time.process_time() - start < 2
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "3",
        '"x"',
        "[]",
        "{}",
        '{"schema": "reportgen/history/2"}',
        '{"schema": "reportgen/history/1"}',
        '{"schema": "reportgen/history/1", "run": null, "series": []}',
        '{"schema": "reportgen/history/1", "run": {}, "series": []}',
        '{"schema": "reportgen/history/1", "run": {}, "series": 3}',
        '{"schema": "reportgen/history/1", "run": {}, "series": [3]}',
        '{"schema": "reportgen/history/1", "run": [], "series": {"a": 1}}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(HistoryError):
        TrainingHistory.from_json(text)


MANY = np.random.default_rng(3).random(3_000)


@pytest.mark.parametrize(
    ("values", "kind", "share"),
    [
        (MANY, "float64", 0.6),
        (MANY.astype(np.float32).astype(float), "float32", 0.35),
        (np.where(MANY > 0.9, np.inf, MANY), "float64", 0.65),
        (np.where(MANY > 0.9, math.nan, MANY * -1e-300), "float64", 0.55),
        (np.r_[MANY[:1999], 1e300], "float64", 0.6),
        (MANY.round(2), "", 1),
        (MANY[:1999], "", 1),
    ],
)
def test_many_values_can_be_packed_without_loss(values: np.ndarray, kind: str, share: float) -> None:
    history = TrainingHistory.from_columns(range(1, len(values) + 1), {"loss": values})
    short = history.to_json(short=True)
    assert TrainingHistory.from_json(short) == history
    assert len(short) <= share * len(history.to_json())
    stored = json.loads(short)["series"][0]["values"]
    assert (next(iter(stored)) if isinstance(stored, dict) else "") == kind


@pytest.mark.parametrize(
    "stored", [{}, {"float16": "AAAA"}, {"float64": "AAAA"}, {"float32": "AAAA"}, {"float32": "§"}, {"float32": ["A"]}]
)
def test_packed_values_that_cannot_be_read_are_refused(stored: dict[str, object]) -> None:
    document = json.loads(TrainingHistory.from_columns([1], {"loss": [0.5]}).to_json())
    document["series"][0]["values"] = stored
    with pytest.raises(HistoryError, match='as "values", not a list, or float32 or float64'):
        TrainingHistory.from_json(json.dumps(document))


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    ),
    st.sampled_from(
        ["schema", "run", "series", "metric", "split", "epochs", "values", "first", "title", "layers", "notes", "code"]
    ),
)
def test_a_document_with_any_value_anywhere_is_read_or_refused(value: Any, place: str) -> None:
    document = json.loads(GOOD.to_json())
    if place in document:
        document[place] = value
    elif place in document["series"][0]:
        document["series"][0][place] = value
    elif place == "first":
        document["series"][0]["epochs"][place] = value
    elif place == "code":
        document["run"]["notes"][0][place] = value
    else:
        document["run"][place] = value
    try:
        history = TrainingHistory.from_json(json.dumps(document))
    except HistoryError:
        return
    assert TrainingHistory.from_json(history.to_json()) == history


def test_a_run_of_a_hundred_thousand_epochs_is_read_back_in_seconds() -> None:
    n = 100_000
    history = TrainingHistory.from_columns(np.arange(1, n + 1), {"loss": np.linspace(1, 0, n)})
    start = time.process_time()
    assert TrainingHistory.from_json(history.to_json()) == history
    assert time.process_time() - start < 5


@pytest.mark.parametrize("durations", [(1.0,), (1.0, 2.0, 3.0)])
def test_durations_are_one_per_epoch_or_none(durations: tuple[float, ...]) -> None:
    with pytest.raises(HistoryError, match="epoch durations for 2 epochs"):
        TrainingHistory(GOOD.frame, RunFacts(durations_s=durations))


def test_other_facts_keep_the_curves_but_not_what_depends_on_facts() -> None:
    history = TrainingHistory.from_columns([1, 2], {"loss": [2.0, 1.0], "grad_norm": [3.0, 2.0]})
    assert (history.results, history.diagnostics) == (("loss",), ("grad_norm",))
    other = history.with_run(RunFacts(directions=(("grad_norm", "lower"),)))
    assert other.curves is history.curves
    assert (other.results, other.diagnostics) == (("loss", "grad_norm"), ())
