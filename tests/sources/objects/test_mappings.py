import math
import re
import time
from collections import UserDict
from types import SimpleNamespace
from typing import Any

import histories
import numpy as np
import pandas as pd
import pytest
import strategies
from hypothesis import example, given
from hypothesis import strategies as st
from logs import sentences
from strategies import refusal

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources import read as read_source
from reportgen.sources.objects.data_frames import read_frame
from reportgen.sources.objects.mappings import is_keras_history, read_keras_history


def read(source: Any, **said: Any) -> TrainingHistory:
    return read_source(source, options=ReadOptions(**said)).history


def fitted(history: Any, epoch: Any, **params: Any) -> Any:
    return SimpleNamespace(history=history, epoch=epoch, params=params)


def test_a_keras_history_keeps_its_epoch_numbers_and_facts() -> None:
    source = fitted({"loss": [0.5, 0.4], "val_loss": [0.6, 0.5]}, [5, 6], epochs=10, steps=32)
    history = read(source)
    assert history.epochs.tolist() == [6, 7]
    assert (history.run.epochs_planned, history.run.steps_per_epoch, history.run.status) == (10, 32, "stopped-early")


@pytest.mark.parametrize(
    ("planned", "status"), [(2, "completed"), (3, "stopped-early"), (None, "unknown"), (0, "unknown")]
)
def test_the_planned_epochs_show_how_training_ended(planned: Any, status: str) -> None:
    assert read(fitted({"loss": [2.0, 1.0]}, [0, 1], epochs=planned)).run.status == status


def test_a_history_object_used_twice_is_numbered_consecutively_with_a_note() -> None:
    history = read_keras_history(fitted({"loss": [4.0, 3.0, 2.0, 1.0]}, [0, 1]))
    assert history.epochs.tolist() == [1, 2, 3, 4]
    assert "more than one fit()" in sentences(history.run.notes)[0]


@pytest.mark.parametrize(
    "params", [None, [1], "x", {"epochs": "many", "steps": None}, {"epochs": math.nan}, {"epochs": -1}]
)
def test_invalid_params_are_not_used_as_facts(params: Any) -> None:
    source = SimpleNamespace(history={"loss": [1.0]}, epoch=[0], params=params)
    assert read_keras_history(source).run.epochs_planned is None


def test_numpy_params_become_plain_numbers_that_json_takes() -> None:
    source = fitted({"loss": [np.float32(1)]}, [np.int64(0)], epochs=np.int64(5), steps=np.int64(3))
    assert '"epochs_planned":5' in read(source).to_json()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (fitted({}, []), "it is empty"),
        (fitted({"loss": []}, []), "it has no rows"),
        (fitted({"loss": None}, [0]), '"loss" is "None", not a list'),
        (fitted({"loss": 3}, [0]), '"loss" is "3", not a list'),
        (fitted({"loss": [1.0, 2.0]}, ["a", "b"]), 'epoch "a" in row 1'),
        (fitted({"loss": [1.0, 2.0]}, [None, 1]), 'epoch "None" in row 1'),
        (fitted({"loss": [1.0, 2.0]}, [-5, -4]), "not a whole number of 0 or more"),
    ],
)
def test_a_damaged_keras_history_is_refused(source: Any, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(source)


@pytest.mark.parametrize("source", [3, None, object(), SimpleNamespace(history=[1], epoch=[0]), [1.0, 2.0], b"loss"])
def test_the_error_for_an_unsupported_object_names_its_type(source: Any) -> None:
    assert not is_keras_history(source)
    with pytest.raises(SourceError, match="is not a supported object"):
        read(source)


def test_a_history_is_read_unchanged() -> None:
    history = histories.healthy()
    assert read(history) is history


def test_any_mapping_of_any_sequences_is_a_history_dict() -> None:
    source = UserDict(
        {"loss": (1.0, 0.5), "val_loss": np.array([1.0, 0.6]), "auc": pd.Series([0.1, 0.2], index=[7, 9])}
    )
    assert read(source).keys == ("loss", "auc", "val_loss")
    assert read({"loss": {"0": 1.0, "1": 0.5}}).series("loss", "train").tolist() == [1.0, 0.5]


@pytest.mark.parametrize("values", [None, 3, "abc", b"abc", bytearray(b"a"), {1, 2}, np.array(1.0), iter([1.0])])
def test_values_that_are_not_a_list_are_refused(values: Any) -> None:
    with pytest.raises(SourceError, match=r'"loss" is .*, not a list'):
        read({"loss": values})


def test_of_keys_that_read_the_same_the_first_is_used() -> None:
    history = read({1: [1.0], "1": [2.0]})
    assert history.series("1", "train").tolist() == [1.0]
    assert history.run.notes == (Note.of("columns-twice", columns=("1",)),)


def test_values_beside_the_loss_that_are_not_lists_are_left_out() -> None:
    history = read({"loss": [1.0, 0.5], "lr": 0.1, "note": "warm", "none": None})
    assert history.metric_names == ("loss",)
    assert history.run.notes == (Note.of("no-lists", columns=("lr", "note", "none")),)


def test_odd_cells_of_frames_lose_only_themselves() -> None:
    wide = pd.DataFrame([[1.0, 9.0, 2.0], ["x", 9.0, 3.0], [0.5, 9.0, 4.0]], columns=["loss", "loss", "acc"])
    history = read(wide)
    assert history.series("loss", "train").to_dict() == {1: 1.0, 3: 0.5}
    assert history.series("acc", "train").tolist() == [2.0, 3.0, 4.0]
    assert [note.code for note in history.run.notes] == ["columns-twice", "odd-values"]
    cells = [1.0, "x", math.nan, 10**400, "nan", 0.5]
    tidy = pd.DataFrame({"epoch": range(1, 7), "metric": "loss", "split": "train", "value": cells})
    history = read(tidy)
    assert history.series("loss", "train").index.tolist() == [1, 3, 5, 6]
    assert history.run.notes == (Note.of("odd-values", count=2, columns=("loss",), row=2),)


def ragged(validation: int, length: int = 6) -> dict[str, list[float]]:
    return {"loss": [1.0 / i for i in range(1, length + 1)], "val_loss": [float(i) for i in range(validation)]}


def test_validation_values_are_placed_by_the_frequency() -> None:
    history = read(ragged(3), validation_freq=2)
    assert history.series("loss", "validation").index.tolist() == [2, 4, 6]
    assert read(ragged(2, 7), validation_freq=3).series("loss", "validation").index.tolist() == [3, 6]


def test_in_a_resumed_run_the_frequency_counts_from_the_first_training() -> None:
    """Keras validates when (epoch + 1) % freq == 0, regardless of the first epoch of this fit."""
    source = fitted({"loss": [4.0, 3.0, 2.0, 1.0], "val_loss": [0.5, 0.4]}, [5, 6, 7, 8])
    assert read(source, validation_freq=2).series("loss", "validation").index.tolist() == [6, 8]


def test_the_only_frequency_that_fits_is_assumed_and_said() -> None:
    for n_values, length, freq in [(3, 6, 2), (3, 10, 3), (1, 2, 2), (5, 10, 2), (2, 7, 3)]:
        history = read(ragged(n_values, length))
        assert history.series("loss", "validation").index.tolist() == list(range(freq, length + 1, freq))
        assert history.run.notes == (Note.of("assumed-frequency", freq=freq, count=n_values),)


@pytest.mark.parametrize(
    ("source", "freq", "message"),
    [
        (
            ragged(1),
            None,
            r"val_loss.* has 1 values, others have 6.*pass validation_freq=4 \(--validation-freq 4\), one of several",
        ),
        (ragged(2, 10), None, r"pass validation_freq=4 \(--validation-freq 4\), one of several"),
        (ragged(3), 3, r"\(validation_freq=3 does not explain it\).*pass validation_freq=2"),
        (ragged(5), None, "Use reportgen.ReportCallback"),
        (ragged(0), None, "Use reportgen.ReportCallback"),
        ({"loss": [1.0], "val_loss": [1.0, 2.0]}, 2, "Use reportgen.ReportCallback"),
        ({"loss": [1.0] * 6, "val_loss": [1.0] * 3, "val_auc": [1.0] * 2}, 2, "val_loss"),
    ],
)
def test_ragged_lists_are_refused_with_a_frequency_that_would_explain_them(
    source: Any, freq: int | None, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        read(source, validation_freq=freq)


@pytest.mark.parametrize("freq", [0, -1, 2.0, "2", [2, 4]])
def test_a_frequency_is_a_whole_number_of_one_or_more(freq: Any) -> None:
    with pytest.raises(SourceError, match="whole number of 1 or more"):
        read(ragged(3), validation_freq=freq)


@given(st.integers(1, 40), st.integers(1, 12))
def test_the_frequency_that_made_the_lists_always_explains_them(length: int, freq: int) -> None:
    if length // freq:
        history = read(ragged(length // freq, length), validation_freq=freq)
        assert history.series("loss", "validation").index.tolist() == list(range(freq, length + 1, freq))


def test_a_wide_frame_reads_nan_as_absent_unless_the_training_loss_is_nan_too() -> None:
    source = pd.DataFrame({"loss": [1.0, 0.5, math.nan, math.inf], "val_loss": [math.nan, 0.6, math.nan, math.nan]})
    history = read(source)
    assert history.series("loss", "train").index.tolist() == [1, 2, 3, 4]
    assert history.series("loss", "validation").index.tolist() == [2, 3, 4]


def test_marks_for_absent_values_are_absent_even_in_the_training_loss() -> None:
    assert read(pd.DataFrame({"loss": pd.array([3, None, 1], dtype="Int64")})).epochs.tolist() == [1, 3]
    assert read(pd.DataFrame({"loss": pd.Series([3.0, None, 1.0], dtype=object)})).epochs.tolist() == [1, 3]


def test_a_frame_is_numbered_by_its_epoch_column_or_index_or_rows() -> None:
    rows = pd.DataFrame({"loss": [1.0, 0.5]}, index=[10, 20])
    assert read(rows).epochs.tolist() == [1, 2]
    assert read(rows.rename_axis("epoch")).epochs.tolist() == [10, 20]
    assert read(rows.assign(epoch=[0, 1])).epochs.tolist() == [1, 2]


@given(strategies.histories())
def test_a_long_frame_is_read_unchanged(history: Any) -> None:
    assert read(history.frame) == history


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (pd.DataFrame(), "no columns"),
        (pd.DataFrame({"loss": []}), "no rows"),
        (pd.DataFrame({"loss": ["a", "b"]}), 'column "loss" has text "a" in row 1'),
        (pd.DataFrame({"loss": pd.to_datetime(["2026-01-01"])}), 'column "loss" has "2026-01-01'),
        (pd.DataFrame({"loss": [1j]}), 'column "loss" has "1j"'),
        (pd.DataFrame({"loss": [10**400]}, dtype=object), 'column "loss"'),
        (pd.DataFrame({"loss": [1.0]}, index=pd.Index(["x"], name="epoch")), 'epoch "x" in row 1'),
        (pd.DataFrame({"loss": [math.nan]}, index=pd.Index([math.nan], name="epoch")), "row 1 has no epoch"),
    ],
)
def test_an_invalid_frame_is_refused(source: pd.DataFrame, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_frame(source)


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=4),
        st.binary(max_size=4),
        st.complex_numbers(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
)


@given(
    st.dictionaries(st.one_of(st.text(max_size=6), st.integers(), st.none()), ANYTHING, max_size=4),
    st.one_of(st.none(), st.integers(-2, 9)),
)
def test_any_dict_is_read_or_refused(source: Any, freq: int | None) -> None:
    assert "\n" not in refusal(lambda: read(source, validation_freq=freq))


@given(st.lists(ANYTHING, max_size=4), st.lists(ANYTHING, max_size=4), ANYTHING)
def test_any_keras_history_is_read_or_refused(values: Any, epoch: Any, params: Any) -> None:
    assert "\n" not in refusal(lambda: read(SimpleNamespace(history={"loss": values}, epoch=epoch, params=params)))


@pytest.mark.parametrize(
    ("source", "freq", "message"),
    [
        (ragged(6), 2, "validation_freq=2 does not apply, since no list is shorter than the others.* Leave it out"),
        (ragged(6), 6, "no list is shorter than the others"),
        (ragged(6), 7, "no list is shorter than the others and the run ends at epoch 6"),
        ({"loss": [2.0, 1.0]}, 9, "the run ends at epoch 2"),
        (fitted({"loss": [2.0, 1.0], "val_loss": [2.0, 1.0]}, [5, 6]), 8, "the run ends at epoch 7"),
        (pd.DataFrame({"loss": [1.0, 2.0]}), 2, "DataFrame: validation_freq=2 does not apply to a data frame"),
        (histories.healthy(), 2, "does not apply to a finished history"),
    ],
)
def test_a_frequency_that_cannot_apply_is_an_error(source: Any, freq: int, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(source, validation_freq=freq)


def test_a_frequency_is_ignored_for_lists_of_equal_length() -> None:
    assert read(ragged(6), validation_freq=1) == read(ragged(6))
    last = fitted({"loss": [1.0], "val_loss": [2.0]}, [2])
    assert read(last, validation_freq=3).series("loss", "validation").index.tolist() == [3]


@pytest.mark.parametrize("freq", [2**53, 10**400, 10**5000], ids=["2**53", "10**400", "10**5000"])
def test_a_frequency_of_any_size_is_refused_in_one_short_line(freq: int) -> None:
    with pytest.raises(SourceError) as caught:
        read(ragged(3), validation_freq=freq)
    assert len(str(caught.value)) < 300


def test_epochs_that_are_not_finite_are_refused_with_a_frequency_too() -> None:
    for epoch in (math.nan, math.inf, -math.inf):
        for validation in ([1.0, 2.0], [1.0]):
            with pytest.raises(SourceError):
                read(fitted({"loss": [1.0, 2.0], "val_loss": validation}, [0, epoch]), validation_freq=2)


@pytest.mark.parametrize("n_values", [1, 2, 3, 499_999, 700_000])
def test_the_frequency_of_ragged_lists_of_a_million_epochs_is_found_at_once(n_values: int) -> None:
    start = time.process_time()
    with pytest.raises(SourceError, match="values, others have 1000000"):
        read({"loss": [1.0] * 1_000_000, "val_loss": [1.0] * n_values})
    assert time.process_time() - start < 2


@given(st.integers(1, 60), st.integers(2, 60), st.integers(0, 30))
@example(2, 2, 27)
def test_the_suggested_frequency_explains_the_lists(length: int, freq: int, first: int) -> None:
    epochs = range(first, first + length)
    n_values = sum((epoch + 1) % freq == 0 for epoch in epochs)
    source = fitted({"loss": [1.0] * length, "val_loss": [1.0] * n_values}, list(epochs))
    if 0 < n_values < length:
        try:
            history = read(source)
        except SourceError as error:
            offered = re.search(r"pass validation_freq=(\d+) \(--validation-freq \1\), one of several", str(error))
            assert offered
            assert read(source, validation_freq=int(offered[1])).has("loss", "validation")
        else:
            others = [other for other in range(2, 100) if sum((n + 1) % other == 0 for n in epochs) == n_values]
            assert others == [freq]
            assert Note.of("assumed-frequency", freq=freq, count=n_values) in history.run.notes
            assert history.series("loss", "validation").index.tolist() == [n + 1 for n in epochs if (n + 1) % freq == 0]
