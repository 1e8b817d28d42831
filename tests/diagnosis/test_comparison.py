import histories
import numpy as np
import pytest

from reportgen.diagnosis import judge
from reportgen.diagnosis.comparison import BaselineComparison
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.history.frame import TrainingHistory
from reportgen.languages import ENGLISH
from reportgen.wording.comparison import word_comparison

NOISE = np.random.default_rng(3).normal(0, 0.01, 60)
FALL = 0.3 + 0.7 * np.exp(-0.2 * np.arange(60))


def run(shift: float = 0.0, noise: np.ndarray = NOISE) -> TrainingHistory:
    return TrainingHistory.from_columns(range(1, 61), {"loss": FALL - 0.05, "val_loss": FALL + noise + shift})


def between(mine: TrainingHistory, theirs: TrainingHistory) -> BaselineComparison:
    found = judge(mine, baseline=theirs).comparison
    assert found is not None
    return found


def test_a_run_does_not_differ_from_itself() -> None:
    found = between(run(), run())
    assert (found.outcome, found.difference) == ("same", 0)
    assert word_comparison(found, ENGLISH).startswith("As good as the baseline: the best val_loss of both is 0.2")


@pytest.mark.parametrize(("sign", "outcome"), [(-1, "better"), (1, "worse")])
def test_a_difference_of_at_least_two_standard_deviations_of_the_noise_is_real(sign: int, outcome: str) -> None:
    limit = DEFAULTS.real_difference * between(run(), run()).noise
    assert between(run(sign * limit * 0.99), run()).outcome == "same"
    found = between(run(sign * limit * 1.01), run())
    assert found.outcome == outcome
    assert word_comparison(found, ENGLISH).startswith(
        f"{outcome.capitalize()} than the baseline, by more than the noise"
    )


@pytest.mark.parametrize("word", ["better", "worse"])
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([0.5], "A curve of fewer than 5 values"),
        ([0.9, 0.7, 0.5, 0.6], "A curve of fewer than 5 values"),
        ([0.9, 0.8, 0.7, 0.6, 0.5], "A perfectly smooth curve"),
        ([0.9, 0.7, 0.65, 0.5, 0.6], ""),
    ],
)
def test_a_difference_is_unsure_if_a_curve_does_not_show_its_noise(values: list[float], reason: str, word: str) -> None:
    other = [0.3 if word == "worse" else 0.9, 1.2, 1.1, 1.3, 1.0, 1.2]
    found = between(
        TrainingHistory.from_columns(range(1, len(values) + 1), {"val_loss": values}),
        TrainingHistory.from_columns(range(1, 7), {"val_loss": other}),
    )
    text = word_comparison(found, ENGLISH)
    if not reason:
        assert (found.outcome, found.unknown_noise) == ("same", None)
        return
    assert found.outcome == "unsure"
    assert text.startswith(
        f"Unsure whether it is {word} than the baseline: the best val_loss is 0.5, the baseline's 0."
    )
    assert text.endswith(f". {reason} does not show how large the noise is.")


def test_short_curves_with_the_same_best_value_do_not_differ() -> None:
    short = TrainingHistory.from_columns([1, 2], {"val_loss": [0.5, 0.6]})
    assert between(short, short).outcome == "same"


def test_the_epoch_that_reached_the_baseline_is_named() -> None:
    found = between(run(-0.1), run())
    assert found.reached_epoch is not None
    values = run(-0.1).series("loss", "validation")
    assert values.loc[found.reached_epoch] <= found.baseline
    assert (values.loc[: found.reached_epoch - 1] > found.baseline).all()
    assert between(run(0.1), run()).reached_epoch is None


def test_a_score_is_better_when_it_is_higher() -> None:
    scores = [
        TrainingHistory.from_columns(range(1, 61), {"accuracy": 0.8 - FALL / 2, "val_accuracy": 0.8 - FALL / 2 + shift})
        for shift in (0.0, 0.1)
    ]
    found = between(scores[1], scores[0])
    assert (found.outcome, found.value > found.baseline) == ("better", True)
    assert found.gap == pytest.approx(-0.1)
    assert found.baseline_gap == pytest.approx(0.0)


def test_runs_judged_by_other_curves_are_not_compared() -> None:
    assert judge(histories.no_validation(), baseline=histories.healthy()).comparison is None
