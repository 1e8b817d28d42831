"""Logs that show only a part of their run, and what the report says about them."""

from typing import Any

import numpy as np
import pytest

import reportgen
from reportgen.diagnosis.excerpts import find_excerpt
from reportgen.diagnosis.grades import is_probable
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import STILL_RUNNING, Note
from reportgen.wording.answers import REASONS

FALL = np.geomspace(0.5, 0.05, 30)
TURN = np.r_[np.linspace(0.6, 0.4, 10), np.linspace(0.41, 0.9, 20)]
FLAT = 0.5 - 0.001 * np.arange(30)


def part(first: int, planned: int | None = None, every: int = 1, **columns: Any) -> TrainingHistory:
    n = len(next(iter(columns.values())))
    epochs = np.arange(first, first + every * n, every)
    return TrainingHistory.from_columns(epochs, columns, RunFacts(epochs_planned=planned))


@pytest.mark.parametrize(
    ("epochs", "axis", "facts", "expected"),
    [
        (range(39, 49), "epoch", {"epochs_planned": 200}, (39, 48, False)),
        (range(9, 13), "epoch", {}, (9, 12, False)),
        ([1, 2, 47, 48, 49, 50], "epoch", {}, (1, 50, True)),
        ([39], "epoch", {"epochs_planned": 200}, (39, 39, False)),
        ([2, 3, 4], "epoch", {}, (2, 4, False)),
        (range(39_000, 40_000, 20), "step", {}, (39_000, 39_980, False)),
        (range(1, 11), "epoch", {"epochs_planned": 100}, None),
        (range(1, 10), "epoch", {"epochs_planned": 100}, (1, 9, False)),
        (range(1, 10), "epoch", {"epochs_planned": 100, "status": "stopped-early"}, None),
        (range(1, 10), "epoch", {"epochs_planned": 100, "notes": (Note(STILL_RUNNING),)}, None),
        (range(5, 51, 5), "epoch", {}, None),
        ([1, 26, 51, 76], "epoch", {}, None),
        ([3], "epoch", {}, None),
        (range(11, 21), "epoch", {"resumed_at": (11,)}, None),
        ([1, 2, 3, 5, 6, 9, 10], "epoch", {}, None),
        (range(100, 1100, 50), "step", {}, None),
        ([1, 2, 4, 8, 16, 32], "epoch", {}, None),
    ],
)
def test_a_log_that_begins_late_or_lacks_most_epochs_is_an_excerpt(
    epochs: Any, axis: Any, facts: dict[str, Any], expected: tuple[int, int, bool] | None
) -> None:
    history = TrainingHistory.from_columns(
        list(epochs), {"loss": np.linspace(1, 0.5, len(epochs))}, RunFacts(**facts), axis=axis
    )
    found = find_excerpt(history)
    assert (None if found is None else (found.first, found.last, found.has_gap)) == expected


@pytest.mark.parametrize("validation", [FLAT, TURN, FALL])
def test_nothing_that_needs_the_missing_part_is_answered(validation: np.ndarray) -> None:
    diagnosis = reportgen.diagnose(part(39, 200, loss=FLAT, val_loss=validation))
    whole = reportgen.diagnose(part(1, loss=FLAT, val_loss=validation))
    assert diagnosis.answers["converged"].reason == "excerpt"
    for question in ("learning", "overfitting", "more_training_helps"):
        given, seen = diagnosis.answers[question], whole.answers[question]
        kept = (seen.answer, None) if is_probable(seen.probability) else ("not-assessed", "excerpt")
        assert (given.answer, given.reason) == kept
    codes = {finding.code for finding in diagnosis.findings}
    assert not codes & {"underfitting", "learning-rate-too-low", "converged", "not-learning"}
    assert "excerpt-shown" in codes


def test_the_first_few_of_many_epochs_show_what_happened_but_not_convergence() -> None:
    flat = reportgen.diagnose(part(1, 200, loss=[0.31] * 10, val_loss=[0.4] * 10))
    assert flat.verdict == "frozen"
    assert flat.answers["converged"].reason == "excerpt"
    worse = reportgen.diagnose(part(1, 200, loss=[0.57, 0.53, 0.57, 0.58]))
    assert worse.verdict not in ("unstable", "finished")


def test_a_flat_excerpt_has_no_verdict_and_says_why() -> None:
    diagnosis = reportgen.diagnose(part(26, 120, loss=[0.31, 0.31, 0.31, 0.31, 0.31]))
    assert diagnosis.verdict == "not-judged"
    assert diagnosis.verdict_words.text == f"The log shows epochs 26 to 30 of 120. {REASONS['excerpt']}"
    assert diagnosis.verdict_words.advice == ("Make the report from the complete log.",)


def test_an_excerpt_that_is_flat_near_the_end_has_converged_without_an_epoch() -> None:
    for planned in (None, 32):
        diagnosis = reportgen.diagnose(part(26, planned, loss=[0.31, 0.312, 0.309, 0.31, 0.311, 0.31]))
        assert diagnosis.verdict == "finished"
        assert diagnosis.verdict_words.title == "No longer improving in the epochs shown."
        assert diagnosis.answers["converged"].epoch is None
        assert [item.code for item in diagnosis.advice][-1] == "complete-log"


@pytest.mark.parametrize("validation", [TURN, FALL])
def test_the_part_that_is_shown_is_named_everywhere(validation: np.ndarray) -> None:
    report = reportgen.build(part(39, 200, loss=FALL, val_loss=validation))
    page, said = report._page, "The log shows epochs 39 to 68 of 200."
    assert said in report.diagnosis.verdict_words.text
    assert said in report.summary()
    assert said in report.to_html()
    facts = {fact.name: fact.value for fact in (*page.facts, *page.highlights)}
    assert facts["Epochs"] == "30 (39 to 68 of 200)"
    assert "Best epoch shown" in facts
    assert "best shown: epoch" in str(page.charts[0].svg)
    text = " ".join([page.headline, page.detail, *page.advice, *(row.title + row.text for row in page.findings)])
    for phrase in (
        "EarlyStopping",
        "would have stopped",
        "In the last third of the run",
        "Over 68",
    ):
        assert phrase not in text
    check = report.gate(require=["val_loss<=0.3"]).checks[0]
    assert said in check.text
    assert said not in report.gate(require=["last(val_loss)<=0.3"]).checks[0].text


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"epochs_planned": 200}, "The log shows epochs 1 to 30 of 200."),
        ({"epochs_planned": 30}, ""),
        ({}, ""),
        ({"epochs_planned": 200, "status": "interrupted"}, "Interrupted at epoch 30 of 200."),
        ({"epochs_planned": 200, "notes": (Note(STILL_RUNNING),)}, ""),
    ],
)
def test_the_status_says_how_far_a_log_goes(facts: dict[str, Any], status: str) -> None:
    history = TrainingHistory.from_columns(range(1, 31), {"loss": FALL}, RunFacts(**facts))
    assert reportgen.build(history)._page.status == status
