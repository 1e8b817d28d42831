"""Curves as a line of text."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import values

from reportgen.outputs.sparkline import BLOCKS, BROKEN, LEVEL, WIDTH, sparkline


@pytest.mark.parametrize(
    ("curve", "line"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], BLOCKS),
        ([8, 1], "█▁"),
        ([3.0], LEVEL),
        ([3, 3, 3], LEVEL * 3),
        ([1, math.nan, 2, math.inf, -math.inf], "▁×█××"),
        ([math.nan], BROKEN),
        ([1e308, -1e308, 0], "█▁▅"),
        ([0, 0] * 40, LEVEL * WIDTH),
    ],
)
def test_the_lowest_value_is_lowest_the_highest_highest_and_what_is_broken_is_marked(curve, line):
    assert sparkline(np.array(curve, dtype=float)) == line


def test_a_long_curve_is_thinned_by_means_and_hides_no_broken_value():
    curve = np.linspace(1, 0, 3000)
    assert sparkline(curve, 8) == BLOCKS[::-1]
    curve[1000] = math.nan
    line = sparkline(curve)
    assert len(line) == WIDTH
    assert line.count(BROKEN) == 1
    assert line.index(BROKEN) == 10


@given(st.lists(values, min_size=1, max_size=100), st.integers(1, 40))
def test_any_curve_is_a_line_of_its_width(curve, width):
    line = sparkline(np.array(curve), width)
    assert len(line) == min(len(curve), width)
    assert set(line) <= {*BLOCKS, BROKEN}
    assert (BROKEN in line) == (not np.isfinite(curve).all())


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=WIDTH).filter(lambda curve: len(set(curve)) > 1))
def test_higher_values_never_stand_lower(curve):
    line = sparkline(np.array(curve, dtype=float))
    heights = [BLOCKS.index(block) for block in line]
    for i, one in enumerate(curve):
        assert all(heights[i] <= heights[j] for j, other in enumerate(curve) if one <= other)
    assert {min(heights), max(heights)} == {0, len(BLOCKS) - 1}
