"""The line that says what was read."""

from dataclasses import replace
from typing import Any

import pytest

import reportgen
from reportgen.history.notes import Note
from reportgen.languages import ENGLISH
from reportgen.wording.source import word_choice, word_source

HISTORY = reportgen.load({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]})
CHOSEN = Note.of("chosen-run", count=4, number=3, run="fold 3", runs=("fold 1", "fold 2", "fold 4"))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "3 epochs, 2 metrics"),
        ({"epochs_planned": 3}, "3 epochs, 2 metrics"),
        ({"epochs_planned": 20}, "3 of 20 epochs, 2 metrics"),
        ({"tool": "xgboost"}, "3 rounds, 2 metrics"),
        ({"notes": (CHOSEN,)}, "run 3 of 4 (fold 3), 3 epochs, 2 metrics"),
        (
            {"notes": (Note.of("chosen-log", count=2, log="a.csv", others=("b.csv",)), CHOSEN)},
            "one of 2 logs (a.csv), run 3 of 4 (fold 3), 3 epochs, 2 metrics",
        ),
        (
            {"notes": (Note.of("not-understood", count=3, example="x"), Note("last-line"), Note("last-line"))},
            "3 epochs, 2 metrics; left out: 3 values that were not understood, an incomplete last line",
        ),
        (
            {"notes": (Note.of("damaged-lines", count=1, lines=("7",)),)},
            "3 epochs, 2 metrics; left out: 1 damaged line",
        ),
        ({"notes": (Note("averaged"),)}, "3 epochs, 2 metrics"),
    ],
)
def test_the_line_says_runs_epochs_metrics_and_what_was_left_out(facts: dict[str, Any], expected: str) -> None:
    history = HISTORY.with_run(replace(HISTORY.run, **facts))
    assert word_source(history, "a log (log)", ENGLISH) == f"Read as a log (log): {expected}."
    assert word_source(history, None, ENGLISH) == f"Read: {expected}."


@pytest.mark.parametrize(
    ("counter", "numbers", "planned", "expected"),
    [
        ("epoch", [39, 40, 41], 200, "epochs 39 to 41 of 200"),
        ("epoch", [39, 40, 41], None, "epochs 39 to 41"),
        ("epoch", [39], 200, "epoch 39 of 200"),
        ("epoch", [10, 20, 30], None, "3 epochs"),
        ("epoch", [1], None, "1 epoch"),
        ("step", [100, 200, 300], None, "steps 100 to 300 (3 logged)"),
    ],
)
def test_the_line_says_which_part_of_a_run_the_log_shows(
    counter: str, numbers: list[int], planned: int | None, expected: str
) -> None:
    history = reportgen.load({counter: numbers, "loss": [1.0] * len(numbers)})
    history = history.with_run(replace(history.run, epochs_planned=planned))
    assert word_source(history, None, ENGLISH) == f"Read: {expected}, 1 metric."


def test_other_runs_are_listed_with_their_numbers() -> None:
    history = HISTORY.with_run(replace(HISTORY.run, notes=(CHOSEN,)))
    (said,) = word_choice(history, ENGLISH)
    assert said == "Other runs: 1 (fold 1), 2 (fold 2), 4 (fold 4). Choose one with --run and its name or number."
    many = Note.of("chosen-run", count=12, number=12, run="l", runs=(*"abcdefgh", "…"))
    (said,) = word_choice(history.with_run(replace(history.run, notes=(many,))), ENGLISH)
    assert "7 (g), 8 (h), …. Choose" in said
    assert word_choice(HISTORY, ENGLISH) == []


def test_the_data_of_a_report_names_the_runs_of_its_source() -> None:
    report = reportgen.build(HISTORY.with_run(replace(HISTORY.run, notes=(CHOSEN,))))
    runs = {"count": 4, "number": 3, "name": "fold 3", "others": ["fold 1", "fold 2", "fold 4"]}
    assert report.to_dict()["runs"] == runs
    assert "runs" not in reportgen.build(HISTORY).to_dict()
