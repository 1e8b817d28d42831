from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import sentences
from strategies import refusal

import reportgen
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.sources.table.axis import number_epochs
from reportgen.sources.table.columns import history_from_columns


def read(columns: dict[str, Any], **more: Any) -> TrainingHistory:
    return history_from_columns(columns, where="log", **more)


@pytest.mark.parametrize(
    ("logged", "epochs", "resumed_at", "note"),
    [
        ([0, 1, 2], [1, 2, 3], (), ""),
        ([1, 2, 3], [1, 2, 3], (), ""),
        ([5, 6, 7], [5, 6, 7], (), ""),
        ([0, 2, 4], [1, 3, 5], (), ""),
        ([0, 1, 5, 6], [1, 2, 6, 7], (), "3 epochs are missing from the log; the first gap is 3 to 5"),
        ([0, 1, 2, 0, 1], [1, 2, 3, 4, 5], (4,), "restarts in row 4"),
        ([0, 1, 1, 2], [1, 2, 3], (2,), "contains epoch 2 more than once"),
        ([1, 2, 3, 4, 3, 4, 5], [1, 2, 3, 4, 5], (3,), "contains epochs 3 to 4 more than once"),
        ([3, 2, 1], [1, 2, 3], (), "were sorted"),
        ([0, 10**9], [1, 10**9 + 1], (), "999,999,999 epochs are missing"),
        ([7], [7], (), ""),
        ([0], [1], (), ""),
    ],
)
def test_epochs_are_counted_from_one_for_any_logger(
    logged: list[int], epochs: list[int], resumed_at: tuple[int, ...], note: str
) -> None:
    numbering = number_epochs(logged, where="log")
    assert numbering.epochs.tolist() == epochs
    assert numbering.resumed_at == resumed_at
    assert note in " ".join(sentences(numbering.notes))
    assert bool(note) == bool(sentences(numbering.notes))


def test_many_restarts_of_the_numbering_cause_few_notes() -> None:
    logged = [epoch for block in range(50) for epoch in (block, block + 1, block + 2)]
    numbering = number_epochs(logged, where="log")
    assert len(sentences(numbering.notes)) == 4
    assert "46 more places" in sentences(numbering.notes)[-1]


@given(st.lists(st.one_of(st.integers(0, 30), st.integers(0, 2**53 - 1)), min_size=1, max_size=40))
def test_any_whole_numbers_become_ascending_epochs_from_one_with_a_row_each(logged: list[int]) -> None:
    numbering = number_epochs(logged, where="log")
    assert (np.diff(numbering.epochs) > 0).all()
    assert numbering.epochs[0] >= 1
    assert len(numbering.place) == len(logged)
    assert sorted(numbering.place[numbering.place >= 0]) == list(range(len(numbering.epochs)))
    assert len(sentences(numbering.notes)) <= 5


def curve(history: TrainingHistory, key: str) -> dict[int, float]:
    metric, split = (key.removeprefix("val_"), "validation") if key.startswith("val_") else (key, "train")
    return history.series(metric, split).to_dict()


def test_train_and_validation_in_separate_rows_are_combined_by_epoch() -> None:
    history = read({"epoch": [0, 0, 1, 1], "loss": [2.0, None, 1.0, None], "val_loss": [None, 3.0, None, 2.5]})
    assert curve(history, "loss") == {1: 2.0, 2: 1.0}
    assert curve(history, "val_loss") == {1: 3.0, 2: 2.5}
    assert sentences(history.run.notes) == ()


STEPS = {
    "epoch": [0, 0, 0, 1, 1, 1],
    "step": [10, 20, 20, 30, 40, 40],
    "loss": [4.0, 2.0, None, 1.0, 3.0, None],
    "learning_rate": [0.1, 0.2, None, 0.3, 0.4, None],
    "val_loss": [None, None, 5.0, None, None, 4.5],
}


def test_rows_of_an_epoch_are_combined_to_the_mean_of_training_and_the_last_of_other_values() -> None:
    history = read(STEPS)
    assert curve(history, "loss") == {1: 3.0, 2: 2.0}
    assert curve(history, "val_loss") == {1: 5.0, 2: 4.5}
    assert curve(history, "learning_rate") == {1: 0.2, 2: 0.4}
    assert tuple(history.steps) == (20, 40)
    assert "their mean is shown" in sentences(history.run.notes)[0]


def test_a_mean_of_non_finite_values_is_not_finite() -> None:
    broken = STEPS | {"loss": [4.0, 2.0, None, 1.0, float("nan"), None]}
    assert np.isnan(curve(read(broken), "loss")[2])
    assert curve(read(broken | {"loss": [4.0, float("inf"), None, 1.0, 1.0, None]}), "loss")[1] == float("inf")


def test_without_epochs_every_value_has_its_step() -> None:
    history = read({name: values for name, values in STEPS.items() if name != "epoch"})
    assert history.axis == "step"
    assert history.frame.columns.tolist() == ["step", "metric", "split", "value"]
    assert curve(history, "loss") == {10: 4.0, 20: 2.0, 30: 1.0, 40: 3.0}
    assert curve(history, "val_loss") == {20: 5.0, 40: 4.5}
    assert history.run.notes == (Note("judged-by-evaluation"),)


def test_steps_are_counted_if_epochs_are_evaluated_more_than_once() -> None:
    history = read(STEPS | {"epoch": [0] * 6})
    assert (history.axis, history.epochs.tolist()) == ("step", [10, 20, 30, 40])


def test_steps_are_counted_if_few_epochs_have_many_of_them() -> None:
    finer = {"epoch": [0] * 3 + [1] * 3, "step": [1, 2, 3, 4, 5, 6], "loss": [6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
             "val_loss": [None, None, 4.0, None, None, 3.0]}  # fmt: skip
    assert curve(read(finer), "val_loss") == {3: 4.0, 6: 3.0}
    coarser = {name: [values[i] for i in (1, 2, 4, 5)] for name, values in finer.items()}
    assert curve(read(coarser), "val_loss") == {1: 4.0, 2: 3.0}


def test_without_evaluations_steps_are_counted_unless_there_are_enough_epochs() -> None:
    few = {"epoch": [0, 0, 0, 0, 1, 1], "step": [1, 2, 3, 4, 5, 6], "loss": [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]}
    assert curve(read(few), "loss") == {1: 6.0, 2: 5.0, 3: 4.0, 4: 3.0, 5: 2.0, 6: 1.0}
    assert read(few).axis == "step"
    many = {"epoch": [i // 2 for i in range(12)], "step": list(range(12)), "loss": [float(i) for i in range(12)]}
    assert curve(read(many), "loss") == {1: 0.5, 2: 2.5, 3: 4.5, 4: 6.5, 5: 8.5, 6: 10.5}


def test_fractional_epochs_that_end_with_an_evaluation_count_as_epochs() -> None:
    history = read(
        {"epoch": [0.5, 0.99, 0.99, 1.5, 2.0, 2.0], "loss": [4.0, 2.0, None, 1.0, 3.0, None],
         "val_loss": [None, None, 5.0, None, None, 4.0]}
    )  # fmt: skip
    assert curve(history, "loss") == {1: 3.0, 2: 2.0}
    assert curve(history, "val_loss") == {1: 5.0, 2: 4.0}


def test_evaluations_within_epochs_are_counted_and_values_after_the_last_one_are_kept() -> None:
    history = read({"epoch": [0.3, 0.3, 0.6, 0.6, 0.7], "loss": [4.0, None, 2.0, None, 1.0],
                    "val_loss": [None, 5.0, None, 4.0, None]})  # fmt: skip
    assert curve(history, "loss") == {1: 4.0, 2: 2.0, 3: 1.0}
    assert "the first after 0.3 epochs of training, the last after 0.7" in sentences(history.run.notes)[0]
    assert "the first after 0.3" in sentences(read({"epoch": [0.3, 0.6], "loss": [2.0, 1.0]}).run.notes)[0]


def test_a_row_without_an_epoch_gets_the_epoch_of_the_next_row_if_steps_are_counted() -> None:
    history = read({"epoch": [None, 0, None, 1, None], "step": [1, 1, 2, 2, 3], "lr": [0.1, None, 0.2, None, None],
                    "loss": [None, 2.0, None, 1.0, None], "val_loss": [None, 2.5, None, 1.5, None]})  # fmt: skip
    assert curve(history, "lr") == {1: 0.1, 2: 0.2}
    assert curve(history, "loss")[1] == 2.0


def test_rows_of_different_curves_may_be_in_any_order() -> None:
    history = read({"step": [100, 99, 200, 199], "loss": [4.0, None, 2.0, None], "val_loss": [None, 4.0, None, 3.0]})
    assert curve(history, "loss") == {100: 4.0, 200: 2.0}
    assert curve(history, "val_loss") == {99: 4.0, 199: 3.0}


def test_steps_that_start_over_continue_and_those_that_go_back_are_replaced() -> None:
    history = read({"step": [50, 100, 50, 100], "loss": [4.0, 3.0, 2.8, 2.0]})
    assert curve(history, "loss") == {50: 4.0, 100: 3.0, 150: 2.8, 200: 2.0}
    said = "Step numbering restarts in row 3; from there, numbering continues at 150."
    assert (sentences(history.run.notes), history.run.resumed_at) == ((said,), (150,))
    resumed = read({"step": [10, 20, 30, 20, 30, 40], "loss": [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]})
    assert curve(resumed, "loss") == {10: 6.0, 20: 3.0, 30: 2.0, 40: 1.0}
    assert "The log contains steps 20 to 30 more than once; the values written last are shown." in sentences(
        resumed.run.notes
    )


def test_an_empty_epoch_column_is_ignored_if_steps_are_counted() -> None:
    history = read({"epoch": [None, None], "step": [9, 19], "loss": [1.0, 0.5]})
    assert (history.axis, curve(history, "loss")) == ("step", {9: 1.0, 19: 0.5})


@pytest.mark.parametrize("step", [0.5, -1.0, 2.0**53])
def test_an_invalid_step_is_reported(step: float) -> None:
    with pytest.raises(reportgen.SourceError, match=r"step .* in row 1 is not a whole number of 0 or more\."):
        read({"step": [step], "loss": [1.0]})


NUMBERS = st.one_of(
    st.none(), st.integers(0, 5), st.floats(0, 5), st.sampled_from([float("nan"), float("inf"), 1e300, -1.0])
)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=12), st.booleans())
def test_any_epochs_and_steps_are_numbered_or_refused(rows: list[tuple[Any, ...]], with_epochs: bool) -> None:
    columns = dict(zip(["step", "loss", "val_loss", "epoch"], map(list, zip(*rows, strict=True)), strict=True))
    if not with_epochs:
        del columns["epoch"]
    refusal(lambda: read(columns))


@pytest.mark.parametrize(("evaluated", "axis"), [(0.96, "epoch"), (0.94, "step"), (1.04, "epoch"), (1.06, "step")])
def test_an_evaluation_within_a_twentieth_of_a_whole_epoch_ends_that_epoch(evaluated: float, axis: str) -> None:
    history = read(
        {"epoch": [0.5, evaluated, evaluated, 1.5, 2.0, 2.0], "step": [5, 10, 10, 15, 20, 20],
         "loss": [4.0, 2.0, None, 1.0, 3.0, None], "val_loss": [None, None, 5.0, None, None, 4.0]}
    )  # fmt: skip
    assert history.axis == axis
