"""Where another run begins and where a run goes on, in logs whose truth is known."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.sources.restarts import Restarts, find_restarts

Curve = tuple[float, float, float, int, np.random.Generator]
FALLING = (2.0, 1.2, 0.9, 0.7, 0.6)
NAN = math.nan


@pytest.mark.parametrize(
    ("numbers", "losses", "expected"),
    [
        pytest.param([0, 1, 2, 3, 4], FALLING, Restarts(), id="one run"),
        pytest.param([39, 40, 41], FALLING[:3], Restarts(), id="an excerpt"),
        pytest.param([*range(5), *range(5)], [*FALLING, 2.1, 1.1, 0.8, 0.7, 0.5], Restarts(runs=(5,)), id="two folds"),
        pytest.param([*range(5), *range(5)], None, Restarts(runs=(5,)), id="no loss decides"),
        pytest.param(
            [*range(5), *range(5)], [*FALLING[:4], NAN, NAN, *FALLING[:4]], Restarts(runs=(5,)), id="diverged"
        ),
        pytest.param([*range(5), *range(5)], [*[0.7] * 5, *[0.7] * 5], Restarts(runs=(5,)), id="a flat loss"),
        pytest.param(
            [*range(5), *range(3)],
            [*FALLING, 0.58, 0.55, 0.5],
            Restarts(continued=(5,), seams=(5,)),
            id="numbered anew, goes on",
        ),
        pytest.param(
            [0, 1, 0, 1], [1.9, 1.5, 1.45, 1.3], Restarts(continued=(2,), seams=(2,)), id="two epochs, goes on"
        ),
        pytest.param(
            [0, 1, 0, 1, 0, 1],
            [0.9, 0.6, 0.5, 0.45, 0.92, 0.63],
            Restarts(runs=(4,), continued=(2,), seams=(2,)),
            id="goes on, then another",
        ),
        pytest.param(
            [0, 1] * 5,
            [round(1 / n, 3) for n in range(1, 11)],
            Restarts(continued=(2, 4, 6, 8), seams=(2, 4, 6, 8)),
            id="a loop of two epochs",
        ),
        pytest.param([1, 2, 3, 4, 3, 4, 5], None, Restarts(resumed=(4,), seams=(4,)), id="resumed at epoch 3"),
        pytest.param([1, 2, 3, 3, 4], None, Restarts(resumed=(3,), seams=(3,)), id="an epoch twice"),
        pytest.param([1, 1, 2, 3], None, Restarts(runs=(1,)), id="stopped after one epoch"),
        pytest.param([0, 0, 0, 1, 2, 3], None, Restarts(runs=(1, 2)), id="stopped after one epoch, twice"),
        pytest.param([39, 40, 41, 1, 2, 3], None, Restarts(runs=(3,)), id="below the first number"),
        pytest.param([100, 200, 300, 400, 50, 100, 150], None, Restarts(runs=(4,)), id="finer steps"),
        pytest.param([100, 200, 300, 400, 200, 400, 600], None, Restarts(runs=(4,)), id="coarser steps"),
        pytest.param([100, 200, 300, 400, 300, 400], None, Restarts(resumed=(4,), seams=(4,)), id="resumed at a step"),
        pytest.param([5, 4, 3, 2, 1], None, Restarts(), id="newest first"),
        pytest.param([1, 2, 4, 3, 5, 6], None, Restarts(), id="two rows exchanged"),
        pytest.param([7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6], None, Restarts(runs=(6,)), id="blocks in another order"),
        pytest.param([0, 0, 0, 0], [0.9, 0.7, 0.8, 0.6], Restarts(continued=(1, 2, 3)), id="a loop of single epochs"),
        pytest.param(
            [0] * 9,
            [1.7, 0.9, 0.5, 0.3, 0.31, 0.28, 1.67, 0.9, 0.6],
            Restarts(runs=(6,), continued=(1, 2, 3, 4, 5, 7, 8)),
            id="a loop that begins again",
        ),
        pytest.param(
            [0] * 6,
            [0.3, 0.28, 0.275, 1.7, 0.7, 0.5],
            Restarts(runs=(3,), continued=(1, 2, 4, 5)),
            id="a short loop that begins far above its first loss",
        ),
        pytest.param(
            [0] * 8,
            [1.7, 0.9, 1.6, 0.8, 0.28, 1.67, 0.9, 0.6],
            Restarts(continued=(1, 2, 3, 4, 5, 6, 7)),
            id="a loop with an unsteady loss",
        ),
        pytest.param([0, 0, 0, 1, 1], None, Restarts(resumed=(1, 2, 4), seams=(1, 2, 4)), id="several rows per epoch"),
        pytest.param([0], [1.0], Restarts(), id="one row"),
        pytest.param([], [], Restarts(), id="no row"),
    ],
)
def test_runs_begin_and_continue_as_expected(
    numbers: Sequence[float], losses: Sequence[float] | None, expected: Restarts
) -> None:
    assert find_restarts(numbers, losses) == expected


@pytest.mark.parametrize(
    ("planned", "headings", "expected"),
    [
        pytest.param([1, 1], (), Restarts(continued=(1,)), id="Epoch 1/1 twice"),
        pytest.param([20, 20], (), Restarts(runs=(1,)), id="Epoch 1/20 twice"),
        pytest.param([20, 20, 20], (), Restarts(runs=(1, 2)), id="Epoch 1/20 three times"),
        pytest.param([1] * 4, (2,), Restarts(runs=(2,), continued=(1, 3)), id="two folds of Epoch 1/1"),
        pytest.param([NAN, NAN], (1,), Restarts(runs=(1,)), id="two folds of one epoch"),
    ],
)
def test_planned_epochs_and_headings_tell_loops_from_runs(
    planned: Sequence[float], headings: Sequence[int], expected: Restarts
) -> None:
    assert find_restarts([1] * len(planned), None, headings, planned) == expected


def test_a_heading_begins_a_run_even_if_numbers_and_losses_go_on() -> None:
    assert find_restarts([1, 2, 3, 4, 5], FALLING, headings=(0, 3, 99)) == Restarts(runs=(3,))


def test_a_loop_of_single_epochs_may_follow_a_longer_run_that_goes_on() -> None:
    found = find_restarts([1, 2, 3, 4, 5, 1, 1, 1], [*FALLING, 0.58, 0.57, 0.55], planned=[5] * 5 + [1] * 3)
    assert found == Restarts(continued=(5, 6, 7), seams=(5,))


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """A falling loss: its first value, its fall, its rate, the number of epochs, and noise."""
    first = 10.0 ** draw(st.floats(-2, 2))
    fall = first * draw(st.floats(0.4, 0.98))
    rate = draw(st.floats(0.2, 2))
    return first, fall, rate, draw(st.integers(5, 40)), np.random.default_rng(draw(st.integers(0, 10**6)))


def _losses(first: float, fall: float, rate: float, epochs: np.ndarray) -> np.ndarray:
    return first - fall * (1 - np.exp(-rate * epochs))


@given(curves(), st.integers(2, 8), st.data())
def test_folds_of_any_length_are_runs_of_their_own(curve: Curve, n_folds: int, data: st.DataObject) -> None:
    first, fall, rate, longest, noise = curve
    lengths = data.draw(st.lists(st.integers(2, longest), min_size=n_folds, max_size=n_folds))
    numbers: list[int] = []
    losses: list[float] = []
    for length in lengths:
        scale = noise.uniform(0.94, 1.06)
        values = _losses(first * scale, fall * scale, rate, np.arange(length))
        numbers += range(length)
        losses += (values * noise.normal(1, 0.003, length)).tolist()
    starts = np.cumsum(lengths)[:-1]
    assert find_restarts(numbers, losses) == Restarts(runs=tuple(starts.tolist()))


@given(curves(), st.integers(1, 40))
def test_a_run_that_goes_on_is_one_run(curve: Curve, n_more: int) -> None:
    first, fall, rate, length, noise = curve
    losses = _losses(first, fall, rate, np.arange(length + n_more)) * noise.normal(1, 0.003, length + n_more)
    again = [*range(length), *range(n_more)]
    assert find_restarts(again, losses) == Restarts(continued=(length,), seams=(length,))
    assert find_restarts(np.arange(length + n_more), losses) == Restarts()


@given(st.lists(st.tuples(st.integers(0, 6), st.floats()), max_size=40), st.sets(st.integers(0, 40)))
def test_any_rows_are_divided(rows: list[tuple[int, float]], headings: set[int]) -> None:
    numbers = [number for number, _ in rows]
    found = find_restarts(numbers, [loss for _, loss in rows], headings)
    every = found.runs + found.continued + found.resumed
    assert len(set(every)) == len(every)
    assert set(found.seams) <= set(found.continued + found.resumed)
    assert {row for row in headings if 0 < row < len(rows)} <= set(found.runs)
    assert all(0 < row < len(rows) for row in every)
