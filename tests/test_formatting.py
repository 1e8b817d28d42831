import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen import formatting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.69314718, "0.6931"),
        (12.3456, "12.35"),
        (0.0, "0"),
        (-0.0, "0"),
        (-0.5, "−0.5000"),
        (1.5e-7, "1.5e−7"),
        (123456.0, "123456"),
        (2e9, "2e9"),
        (1e100, "1e100"),
        (5e-324, "4.94e−324"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers_have_four_significant_digits(value: float, text: str) -> None:
    assert formatting.number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(2, 6))
def test_a_formatted_number_is_exact_within_its_digits(value: float, digits: int) -> None:
    text = formatting.number(value, digits).replace(formatting.MINUS, "-")
    assert len(text) <= 14
    if abs(value) < 1e308:
        assert float(text) == pytest.approx(value, rel=10.0 ** (1 - max(digits - 1, 2)), abs=5e-324)


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.234, "23%"), (0.004, "0.4%"), (0.0, "0%"), (0.0004, "<0.1%"), (12.0, "1200%")]
)
def test_fractions_are_worded_as_percentages(ratio: float, text: str) -> None:
    assert formatting.percent(ratio) == text


@given(st.floats(0, 1))
def test_certainty_is_at_least_a_half_and_below_a_hundred_percent(probability: float) -> None:
    sure = formatting.certainty(probability)
    assert sure == ">99%" or 50 <= int(sure.rstrip("%")) <= 99


@given(st.integers(0, 10**12))
def test_counts_keep_all_digits(value: int) -> None:
    assert int(re.sub(r"\D", "", formatting.count(value))) == value


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.34, "340 ms"),
        (12.4, "12.4 s"),
        (200, "3 min 20 s"),
        (180, "3 min"),
        (7500, "2 h 5 min"),
        (7200, "2 h"),
        (90000, "1 d 1 h"),
        (59.99, "1 min"),
        (0.9999, "1.0 s"),
        (0, "0 ms"),
    ],
)
def test_durations_use_the_largest_sensible_unit(seconds: float, text: str) -> None:
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (41_234, "41.2 KB"), (999_949, "999.9 KB"), (999_950, "1.0 MB"),
     (15_000_000, "15.0 MB")],
)  # fmt: skip
def test_file_sizes_use_the_largest_sensible_unit(size: int, text: str) -> None:
    assert formatting.file_size(size) == text
