"""Nothing in a printed log disappears without a note, and values that may have been misread get one."""

import pytest
from logs import read_log

EPOCHS = "Epoch 1 loss: 0.9\nEpoch 2 loss: 0.7\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (EPOCHS, None),
        (EPOCHS + "total 1.23\n", 1),
        (EPOCHS + "total: 1\nSaved model of epoch 2 after 3.5 s\n", None),
        (EPOCHS + "[Wall clock 12.5s] speed 4.5 images/s\n", None),
        ("Epoch 1 loss: 0.9 7.25\nEpoch 2 loss: 0.7 7.5\n", 2),
        ("Epoch 1 Time 0.12 (0.13) loss: 0.9 (0.95)\nEpoch 2 Time 0.12 (0.13) loss: 0.7 (0.8)\n", None),
        ("Epoch 1 loss: 0.9 loss: 0.8\nEpoch 2 loss: 0.7 loss: 0.6\n", 2),
        ("Epoch 1, step 5: loss: 0.9\nEpoch 1, acc: 0.3\nEpoch 1, acc: 0.4\nEpoch 2, step 10: loss: 0.7\n", 1),
    ],
)
def test_numbers_without_a_meaning_are_counted(text: str, count: int | None) -> None:
    notes = {note.code: note for note in read_log(text).run.notes}
    assert ("not-understood" in notes) == (count is not None)
    if count is not None:
        assert notes["not-understood"].get("count") == count


@pytest.mark.parametrize(
    ("values", "is_doubtful"),
    [
        ("31 31 32 33", True),
        ("31 31 32 33.5", False),
        ("3 2 1 0", False),
        ("1 1 1 1", False),
    ],
)
def test_losses_that_count_up_are_doubted(values: str, is_doubtful: bool) -> None:
    text = "".join(f"Epoch {epoch}, loss: {value}\n" for epoch, value in enumerate(values.split(), 1))
    assert ("counts-up" in {note.code for note in read_log(text).run.notes}) == is_doubtful


def test_an_epoch_that_is_not_over_has_no_value_of_its_batches() -> None:
    history = read_log(
        "epoch 1, iteration 1, val loss: 0.9\nepoch 1, mean val loss: 0.8\nepoch 1, mean train loss: 0.6\n"
        "epoch 2, mean train loss: 0.5\nepoch 2, iteration 1, val loss: 0.2\n"
    )
    assert history.curves["loss", "validation"].tolist() == [0.8]
    assert [note.code for note in history.run.notes if note.code == "open-epoch"] == ["open-epoch"]


@pytest.mark.parametrize(
    ("text", "epochs"),
    [
        (
            "Now at epoch 7 of the plan!\nloss: 0.5\nacc: 0.2\nNow at epoch 8 of the plan!\nloss: 0.4\nacc: 0.3\n",
            [7, 8],
        ),
        (
            "loss: 0.5\nacc: 0.2\nIt was epoch 7 with all data\nloss: 0.4\nacc: 0.3\nIt was epoch 8 with all data\n",
            [7, 8],
        ),
    ],
)
def test_epochs_that_lines_mention_number_the_values_beside_them(text: str, epochs: list[int]) -> None:
    assert read_log(text).epochs.tolist() == epochs


def test_a_header_with_a_step_and_an_epoch_makes_no_row_of_its_own() -> None:
    history = read_log("[Step 10/900] [Epoch 0/3]\n  loss: 0.9\n[Step 20/900] [Epoch 0/3]\n  loss: 0.7\n")
    assert history.curves["loss", "train"].tolist() == [0.9, 0.7]
