"""Where the lines of a log state something that was not read, a note says so; otherwise there is none."""

import pytest
from logs import read_log

from reportgen.sources.printed.cross_check import cross_checked, run_check

LOSSES = "".join(f"Epoch {epoch} loss: {1 / epoch:.4f}\n" for epoch in range(1, 5))
DOUBTS = {"validation-left", "other-epochs", "tags-left"}


def doubts(history: str, lines: str) -> list[str]:
    """The notes on a history that was read from other lines than those that are compared with it."""
    return [note.code for note in cross_checked(read_log(history), lines).run.notes if note.code in DOUBTS]


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (LOSSES, []),
        (LOSSES + "val loss: 0.61\nval loss: 0.52\n", ["validation-left"]),
        (LOSSES + "Accuracies on val: class : 0.61\nAccuracies on val: class : 0.52\n", ["validation-left"]),
        (LOSSES + "[Validation] loss: 0.61\n[Validation] loss: 0.52\n", ["validation-left"]),
        (LOSSES + "val loss: 0.61\n", []),  # a result after training
        (LOSSES + "val loss: nan\nval loss: nan\n", []),
        (LOSSES + "best val loss: 0.61\nbest val loss: 0.52\n", []),
        (LOSSES + "Validation took 3.2 s\nValidation took 3.1 s\n", []),
        (LOSSES.replace("Epoch ", "Epoch 7"), ["other-epochs"]),
        ("".join(f"Epoch {epoch} loss: 0.5\n" for epoch in range(4)), []),  # counted from 0
        ("".join(f"[{name}][{e}] acc: 0.{e}\n" for e in range(1, 5) for name in ("faces", "pairs")), ["tags-left"]),
        ("".join(f"[{name}][{e}] acc: 0.{e}\n" for e in range(1, 5) for name in ("train", "val")), ["validation-left"]),
        ("".join(f"[INFO] [main] epoch {e} acc: 0.{e}\n" for e in range(1, 5)), []),
    ],
)
def test_what_lines_state_and_the_history_lacks_is_noted(lines: str, codes: list[str]) -> None:
    assert doubts(LOSSES, lines) == codes


def test_validation_values_that_were_read_are_not_doubted() -> None:
    text = "".join(f"Epoch {e} loss: 0.5 val loss: {0.9 / e:.3f}\nval acc: {20 * e}.5%\n" for e in range(1, 5))
    assert doubts(text, text) == []


@pytest.mark.parametrize(
    "lines",
    [
        "Validation - <part A, part {e}> loss: 0.{e}5 acc: [0.1 0.2]\n",
        "pass {e}: {{train: 0.5 | unknown words that no reader knows 0.{e}}}\n",
    ],
)
def test_a_log_is_read_with_a_note_or_not_at_all(lines: str) -> None:
    text = "".join(f"step {e} loss 0.8{e}\n" + lines.format(e=e) for e in range(1, 6))
    history = read_log(text)
    assert history.has("loss", "validation") or {note.code for note in history.run.notes} & {*DOUBTS, "not-understood"}


def test_of_several_runs_those_without_any_validation_are_checked() -> None:
    check = run_check(LOSSES + "val loss: 0.61\nval loss: 0.52\n")
    (note,) = check(read_log(LOSSES)).run.notes
    assert note.code == "validation-left"
    assert check(read_log(LOSSES.replace("\n", " val loss: 0.3\n"))).run.notes == ()


def test_only_the_beginning_of_a_long_log_is_compared() -> None:
    late = LOSSES * 5000 + "val loss: 0.61\nval loss: 0.52\n"
    assert doubts(LOSSES, late) == []
