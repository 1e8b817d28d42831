from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import refusal

from reportgen.history import TrainingHistory
from reportgen.sources.axis import number_epochs
from reportgen.sources.columns import history_from_columns


def read(columns: dict[str, Any], **more: Any) -> TrainingHistory:
    return history_from_columns(columns, where="log", **more)


@pytest.mark.parametrize(
    ("logged", "epochs", "resumed_at", "note"),
    [
        ([0, 1, 2], [1, 2, 3], (), ""),
        ([1, 2, 3], [1, 2, 3], (), ""),
        ([5, 6, 7], [5, 6, 7], (), ""),
        ([0, 2, 4], [1, 3, 5], (), ""),
        ([0, 1, 5, 6], [1, 2, 6, 7], (), "3 epochs are missing from the log, the first gap being 3 to 5"),
        ([0, 1, 2, 0, 1], [1, 2, 3, 4, 5], (4,), "start over in row 4"),
        ([0, 1, 1, 2], [1, 2, 3], (2,), "holds epoch 2 more than once"),
        ([1, 2, 3, 4, 3, 4, 5], [1, 2, 3, 4, 5], (3,), "holds epochs 3 to 4 more than once"),
        ([3, 2, 1], [1, 2, 3], (), "were sorted"),
        ([0, 10**9], [1, 10**9 + 1], (), "999999999 epochs are missing"),
        ([7], [7], (), ""),
        ([0], [1], (), ""),
    ],
)
def test_epochs_are_counted_from_one_whatever_the_logger_wrote(
    logged: list[int], epochs: list[int], resumed_at: tuple[int, ...], note: str
) -> None:
    numbering = number_epochs(logged, where="log")
    assert numbering.epochs.tolist() == epochs
    assert numbering.resumed_at == resumed_at
    assert note in " ".join(numbering.notes)
    assert bool(note) == bool(numbering.notes)


def test_many_returns_of_the_numbering_make_few_notes() -> None:
    logged = [epoch for block in range(50) for epoch in (block, block + 1, block + 2)]
    numbering = number_epochs(logged, where="log")
    assert len(numbering.notes) == 4
    assert "46 more places" in numbering.notes[-1]


@given(st.lists(st.one_of(st.integers(0, 30), st.integers(0, 2**53 - 1)), min_size=1, max_size=40))
def test_any_whole_numbers_give_ascending_epochs_from_one_on_with_a_row_each(logged: list[int]) -> None:
    numbering = number_epochs(logged, where="log")
    assert (np.diff(numbering.epochs) > 0).all()
    assert numbering.epochs[0] >= 1
    assert len(numbering.kept) == len(numbering.epochs) == len(set(numbering.kept.tolist()))
    assert len(numbering.notes) <= 5


def curve(history: TrainingHistory, key: str) -> dict[int, float]:
    metric, split = (key.removeprefix("val_"), "validation") if key.startswith("val_") else (key, "train")
    return history.series(metric, split).to_dict()  # type: ignore[arg-type]


def test_train_and_validation_on_rows_of_their_own_come_together_by_their_epoch() -> None:
    history = read({"epoch": [0, 0, 1, 1], "loss": [2.0, None, 1.0, None], "val_loss": [None, 3.0, None, 2.5]})
    assert curve(history, "loss") == {1: 2.0, 2: 1.0}
    assert curve(history, "val_loss") == {1: 3.0, 2: 2.5}
    assert history.run.notes == ()


STEPS = {
    "epoch": [0, 0, 0, 1, 1, 1],
    "step": [10, 20, 20, 30, 40, 40],
    "loss": [4.0, 2.0, None, 1.0, 3.0, None],
    "learning_rate": [0.1, 0.2, None, 0.3, 0.4, None],
    "val_loss": [None, None, 5.0, None, None, 4.5],
}


def test_several_rows_of_an_epoch_become_one_the_mean_of_training_and_the_last_of_all_else() -> None:
    history = read(STEPS)
    assert curve(history, "loss") == {1: 3.0, 2: 2.0}
    assert curve(history, "val_loss") == {1: 5.0, 2: 4.5}
    assert curve(history, "learning_rate") == {1: 0.2, 2: 0.4}
    assert history.run.steps == (20, 40)
    assert "their mean is shown" in history.run.notes[0]


def test_a_mean_over_a_training_that_broke_is_not_a_number_either() -> None:
    broken = STEPS | {"loss": [4.0, 2.0, None, 1.0, float("nan"), None]}
    assert np.isnan(curve(read(broken), "loss")[2])
    assert curve(read(broken | {"loss": [4.0, float("inf"), None, 1.0, 1.0, None]}), "loss")[1] == float("inf")


def test_without_epochs_evaluations_are_counted_and_the_steps_kept() -> None:
    history = read({name: values for name, values in STEPS.items() if name != "epoch"})
    assert curve(history, "loss") == {1: 3.0, 2: 2.0}
    assert curve(history, "val_loss") == {1: 5.0, 2: 4.5}
    assert history.run.steps == (20, 40)
    assert "the first at step 20, the last at step 40" in history.run.notes[0]


def test_more_evaluations_than_epochs_are_the_axis_themselves() -> None:
    history = read(STEPS | {"epoch": [0] * 6})
    assert history.epochs.tolist() == [1, 2]
    assert history.run.steps == (20, 40)


def test_without_evaluations_each_step_counts_unless_there_are_epochs_enough() -> None:
    few = {"epoch": [0, 0, 0, 0, 1, 1], "step": [1, 2, 3, 4, 5, 6], "loss": [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]}
    assert curve(read(few), "loss") == {1: 6.0, 2: 5.0, 3: 4.0, 4: 3.0, 5: 2.0, 6: 1.0}
    assert "one of the logged steps, the first 1, the last 6" in read(few).run.notes[0]
    many = {"epoch": [i // 2 for i in range(12)], "step": list(range(12)), "loss": [float(i) for i in range(12)]}
    assert curve(read(many), "loss") == {1: 0.5, 2: 2.5, 3: 4.5, 4: 6.5, 5: 8.5, 6: 10.5}


def test_parts_of_epochs_that_end_with_an_evaluation_are_epochs() -> None:
    history = read(
        {"epoch": [0.5, 0.99, 0.99, 1.5, 2.0, 2.0], "loss": [4.0, 2.0, None, 1.0, 3.0, None],
         "val_loss": [None, None, 5.0, None, None, 4.0]}
    )  # fmt: skip
    assert curve(history, "loss") == {1: 3.0, 2: 2.0}
    assert curve(history, "val_loss") == {1: 5.0, 2: 4.0}


def test_evaluations_within_epochs_are_counted_and_what_follows_the_last_is_kept() -> None:
    history = read({"epoch": [0.3, 0.3, 0.6, 0.6, 0.7], "loss": [4.0, None, 2.0, None, 1.0],
                    "val_loss": [None, 5.0, None, 4.0, None]})  # fmt: skip
    assert curve(history, "loss") == {1: 4.0, 2: 2.0, 3: 1.0}
    assert "the first after 0.3 epochs of training, the last after 0.7" in history.run.notes[0]
    assert "the first after 0.3" in read({"epoch": [0.3, 0.6], "loss": [2.0, 1.0]}).run.notes[0]


def test_a_row_without_an_epoch_belongs_to_the_next_one_that_has_it_where_steps_are_counted() -> None:
    history = read({"epoch": [None, 0, None, 1, None], "step": [1, 1, 2, 2, 3], "lr": [0.1, None, 0.2, None, None],
                    "loss": [None, 2.0, None, 1.0, None], "val_loss": [None, 2.5, None, 1.5, None]})  # fmt: skip
    assert curve(history, "lr") == {1: 0.1, 2: 0.2}
    assert curve(history, "loss")[1] == 2.0


def test_steps_that_go_back_leave_the_rows_in_their_order_and_say_so() -> None:
    history = read({"step": [1, 2, 1, 2], "loss": [4.0, None, 2.0, None], "val_loss": [None, 4.0, None, 3.0]})
    assert curve(history, "loss") == {1: 4.0, 2: 2.0}
    assert any("Steps go back in row 3" in note for note in history.run.notes)


NUMBERS = st.one_of(
    st.none(), st.integers(0, 5), st.floats(0, 5), st.sampled_from([float("nan"), float("inf"), 1e300, -1.0])
)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=12), st.booleans())
def test_any_epochs_and_steps_are_laid_out_or_refused(rows: list[tuple[Any, ...]], with_epochs: bool) -> None:
    columns = dict(zip(["step", "loss", "val_loss", "epoch"], map(list, zip(*rows, strict=True)), strict=True))
    if not with_epochs:
        del columns["epoch"]
    refusal(lambda: read(columns))
