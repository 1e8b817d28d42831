"""Reports say how often their first advice helped in tests, if it was tested often enough on runs like theirs."""

import histories
import pytest

import reportgen
from reportgen.diagnosis import track_record
from reportgen.diagnosis.track_record import FEWEST_RUNS, find_record


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    stored = {"helped": 27, "tested": FEWEST_RUNS, "worse": 1}
    monkeypatch.setattr(track_record, "_load_counts", lambda: {"use-epoch": {"overfitting": stored}})
    return stored


def first_advice(history: object) -> str:
    return reportgen.diagnose(history).verdict_words.advice[0]


def test_the_first_advice_says_how_often_it_helped(counts):
    diagnosis = reportgen.diagnose(histories.overfit_from_12())
    assert diagnosis.verdict_words.advice[0].endswith("In reportgen's benchmark, this helped in 27 of 30 similar runs.")
    assert not any("our tests" in advice for advice in diagnosis.verdict_words.advice[1:])


def test_a_track_record_is_not_mentioned_with_fewer_runs_than_needed(counts):
    counts["tested"] -= 1
    assert find_record("use-epoch", "overfitting") is None
    assert "our tests" not in first_advice(histories.overfit_from_12())


def test_a_track_record_is_not_mentioned_for_advice_and_curves_that_were_not_tested(counts):
    assert find_record("use-epoch", "healthy") is None
    assert find_record("more-data", "overfitting") is None
    assert "our tests" not in first_advice(histories.still_improving())
    columns = {"loss": [1 - i / 50 for i in range(40)], "val_mae": [1.0] + [0.4 + abs(i - 9) / 9 for i in range(39)]}
    assert "our tests" not in " ".join(reportgen.diagnose(columns).verdict_words.advice)


def test_the_stored_counts_are_possible():
    for kinds in track_record._load_counts().values():
        for stored in kinds.values():
            assert 0 <= stored["helped"] <= stored["tested"] - stored["worse"]
