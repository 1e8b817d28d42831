"""Tests, intervals and sample sizes for the difference of two groups of values.

The tests are standard ones: permutation tests (Fisher 1935, Pitman 1937), exact where possible, and Student's and
Welch's t tests where permutations cannot reach the level, as with three values each. Groups of different sizes are
permuted by Welch's statistic (Janssen 1997): by means alone, a small group that varies more would often look different.
A single value is compared with a group by the test of Crawford and Howell (1998). Holm's correction (1979) is for
several pairs of groups. An interval that would leave the range of a score is computed on the logit scale, as those of
proportions in surveys (Korn and Graubard 1998).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from statistics import NormalDist
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from reportgen.comparison.student import student_p, student_quantile

LEVEL: Final = 0.95  # of intervals; differences with a p-value of at most 1 - LEVEL are real; convention
POWER: Final = 0.8  # share of comparisons that the advised number of runs decides; convention
EXACT: Final = 20_000  # arrangements up to which all are tried; our choice: milliseconds
SAMPLED: Final = 20_000  # arrangements that are drawn otherwise; the standard error of p = 0.05 is then 0.0015
RESAMPLES: Final = 4_000  # of a bootstrap; our choice: the ends of the interval vary by 2 % of its width
FEWEST_RESAMPLED: Final = 10  # values per group from which intervals are bootstrapped; fewer give too narrow ones
_ROUNDING: Final = 1e-12  # of the value: errors of floating-point arithmetic
_FEWEST_FOR_OUTLIERS: Final = 5  # values of which one can be an outlier; our choice
MOST_ADVISED: Final = 100  # runs per group; our choice: hardly anyone trains more
_LEAST_SCALE: Final = 1e-3  # of a mean: how far values vary at least, if one is to be an outlier among equal ones
_SEED: Final = 20_261  # of the draws, so that the same values always give the same result

_BYTE: Final = 256  # different values of a byte
_BITS: Final = np.unpackbits(np.arange(256, dtype=np.uint8)[None, :], axis=0).astype(
    np.float64
)  # of all bytes: (8, 256)

Values = NDArray[np.float64]
Packed = NDArray[np.uint8]
_Number = TypeVar("_Number", np.float64, np.complex128)
Method = Literal["permutation", "sign-flip", "welch", "paired-t", "single"]


@dataclass(frozen=True)
class Difference:
    """The difference of the means of two groups: first minus second, in the metric's own unit.

    Attributes:
        mean: The difference.
        low: Lower end of its interval; None if both groups have one value.
        high: Upper end, likewise.
        p: The p-value, two-sided; None if both groups have one value.
        method: ``permutation`` or ``welch``, or for pairs ``sign-flip`` or ``paired-t``; ``single`` if one group has a
            single value; None without a test.
        exact: Whether all arrangements were tried; true for t tests.
        bootstrapped: Whether the interval is a bootstrap interval; otherwise it belongs to the t test.
        pairs: The number of pairs; None if the values are not paired.
        sizes: The number of values of each group that were compared.
        needed: Runs per group (or pairs) with which a difference of this size would be found in `POWER` of
            comparisons; None if unknown or above `MOST_ADVISED`.
    """

    mean: float
    low: float | None
    high: float | None
    p: float | None
    method: Method | None
    exact: bool
    bootstrapped: bool
    pairs: int | None
    sizes: tuple[int, int]
    needed: int | None


@dataclass(frozen=True)
class Spread:
    """The values of one group.

    Attributes:
        n: How many there are, at least one.
        mean: Their mean.
        median: Their median.
        deviation: Their standard deviation (n - 1); None for a single value.
        low: Lower end of the interval of the mean; None for a single value.
        high: Upper end, likewise.
        least: The lowest value.
        greatest: The highest value.
        is_logit: Whether the interval was computed on the logit scale, because it would leave the possible range.
    """

    n: int
    mean: float
    median: float
    deviation: float | None
    low: float | None
    high: float | None
    least: float
    greatest: float
    is_logit: bool = False


def spread_of(values: Values, limits: tuple[float, float] | None = None) -> Spread:
    """Describes the values of one group.

    Args:
        values: Shape (n,), finite, n of 1 or more.
        limits: The lowest and the highest possible value; None if they are unknown.
    """
    values = _settled(values)
    low, high, _ = _interval(values)
    is_logit = limits is not None and low is not None and high is not None and (low < limits[0] or high > limits[1])
    if limits is not None and is_logit:
        low, high = _logit_interval(values, *limits)
    return Spread(
        n=len(values),
        is_logit=is_logit,
        mean=float(values.mean()),
        median=float(np.median(values)),
        deviation=float(values.std(ddof=1)) if len(values) > 1 else None,
        low=low,
        high=high,
        least=float(values.min()),
        greatest=float(values.max()),
    )


def compare_values(first: Values, second: Values, tests: int = 1) -> Difference:
    """Compares two independent groups.

    Args:
        first: Shape (n,), finite, n of 1 or more.
        second: Shape (m,), likewise.
        tests: How many tests the p-value will be corrected for, which few permutations cannot pass.
    """
    first, second = _settled(first), _settled(second)
    sizes = len(first), len(second)
    mean = float(_near_zero(first.mean() - second.mean(), first, second))
    if max(sizes) < 2:
        return Difference(mean, None, None, None, None, False, False, None, sizes, None)
    if min(sizes) < 2:
        return _compare_single(mean, first if len(first) > 1 else second, sizes, tests)
    parts = [float(group.var(ddof=1)) / len(group) for group in (first, second)]
    error, degrees = _welch(parts, sizes)
    mirrored = 2 if sizes[0] == sizes[1] else 1
    few = mirrored / math.comb(sum(sizes), sizes[0]) > (1 - LEVEL) / tests
    p, exact = (_t_test(mean, error, degrees), True) if few else _permutation_p(first, second)
    low, high, bootstrapped = _difference_interval(first, second, mean, error, degrees)
    deviation = math.sqrt(sum(float(group.var(ddof=1)) for group in (first, second)) / 2)
    needed = runs_needed(mean, deviation, paired=False, tests=tests)
    return Difference(mean, low, high, p, "welch" if few else "permutation", exact, bootstrapped, None, sizes, needed)


def _compare_single(mean: float, group: Values, sizes: tuple[int, int], tests: int) -> Difference:
    """Whether a single value could be one more of a group."""
    n = len(group)
    deviation = float(group.std(ddof=1))
    error = deviation * math.sqrt(1 + 1 / n)
    reach = student_quantile(LEVEL, n - 1) * error
    needed = runs_needed(mean, deviation, paired=False, tests=tests)
    p = _t_test(mean, error, n - 1)
    return Difference(mean, mean - reach, mean + reach, p, "single", True, False, None, sizes, needed)


def compare_pairs(first: Values, second: Values, tests: int = 1) -> Difference:
    """Compares two groups value by value, such as runs with the same seeds.

    Args:
        first: Shape (n,), finite, n of 2 or more.
        second: Shape (n,), in the order of ``first``.
        tests: As for `compare_values`.
    """
    changes = _settled(_near_zero(first - second, first, second))
    n, mean = len(changes), float(changes.mean())
    deviation = float(changes.std(ddof=1))
    few = 2.0 ** (1 - n) > (1 - LEVEL) / tests
    p, exact = (_t_test(mean, deviation / math.sqrt(n), n - 1), True) if few else _sign_flip_p(changes)
    low, high, bootstrapped = _interval(changes)
    needed = runs_needed(mean, deviation, paired=True, tests=tests)
    return Difference(mean, low, high, p, "paired-t" if few else "sign-flip", exact, bootstrapped, n, (n, n), needed)


def holm(values: Sequence[float], tests: int | None = None) -> list[float]:
    """P-values corrected for several tests by Holm's method, in the order given.

    Args:
        values: P-values.
        tests: How many tests could have been chosen; at least as many as there are values (default: as many).
    """
    count = max(tests or 0, len(values))
    corrected = [0.0] * len(values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        largest = max(largest, min(1.0, (count - rank) * values[place]))
        corrected[place] = largest
    return corrected


def runs_needed(difference: float, deviation: float, *, paired: bool, tests: int = 1) -> int | None:
    """How many runs per group, or pairs, find a difference of this size in `POWER` of comparisons.

    The normal approximation with the correction for the t test (Guenther 1981).

    Args:
        difference: Of the means.
        deviation: Standard deviation within each group, or of the differences of pairs.
        paired: Whether runs are compared in pairs.
        tests: How many tests p-values are corrected for, here by Bonferroni's method.
    """
    if difference == 0 or not math.isfinite(deviation):
        return None
    normal = NormalDist()
    at_level, at_power = -normal.inv_cdf((1 - LEVEL) / 2 / tests), normal.inv_cdf(POWER)
    ratio = deviation / abs(difference)
    if ratio > MOST_ADVISED:
        return None
    count = (1 if paired else 2) * ((at_level + at_power) * ratio) ** 2 + at_level**2 / (2 if paired else 4)
    needed = max(3, math.ceil(count))
    return needed if needed <= MOST_ADVISED else None


def outlying_values(values: Values, groups: int = 1) -> list[int]:
    """Positions of values that do not fit into the spread of all others, by Grubbs' test (1950) of each.

    Args:
        values: Shape (n,), finite. With fewer than five values, none is an outlier.
        groups: How many groups are searched for outliers, so that many groups do not have some by chance.
    """
    n = len(values)
    if n < _FEWEST_FOR_OUTLIERS:
        return []
    values, found = _settled(values), []
    for place in np.flatnonzero(_far_off(values)).tolist():
        others = np.delete(values, place)
        scale = max(float(others.std(ddof=1)), _LEAST_SCALE * abs(float(others.mean())))
        error = scale * math.sqrt(1 + 1 / len(others))
        if groups * n * _t_test(float(values[place] - others.mean()), error, n - 2) <= 1 - LEVEL:
            found.append(place)
    return found


def _far_off(values: Values) -> NDArray[np.bool_]:
    """Which values could be odd, by a quick estimate of the statistic: a hundredth less than needed is enough."""
    n, away = len(values), values - values.mean()
    left = np.maximum((away @ away) - away**2 * n / (n - 1), 0.0) / (n - 2)  # variance of the others
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.abs(away) * n / (n - 1) / np.sqrt(left * n / (n - 1))
    return ~(statistic < 0.99 * student_quantile(1 - (1 - LEVEL) / n, n - 2))


def _settled(values: Values) -> Values:
    """The values, without differences that are errors of rounding."""
    if np.ptp(values) <= _ROUNDING * np.abs(values).max():
        return np.full(len(values), values[0])
    return values


def _near_zero(differences: Values, first: Values, second: Values) -> Values:
    """Differences of values, 0 where they are errors of rounding."""
    size = max(np.abs(first).max(), np.abs(second).max())
    return np.where(np.abs(differences) <= _ROUNDING * size, 0.0, differences)


def _welch(parts: Sequence[float], sizes: tuple[int, int]) -> tuple[float, float]:
    """The standard error of a difference of means, and its degrees of freedom."""
    total = sum(parts)
    below = sum(part**2 / (size - 1) for part, size in zip(parts, sizes, strict=True))
    return math.sqrt(total), (total**2 / below if below > 0 else float(sum(sizes) - 2))


def _t_test(mean: float, error: float, degrees: float) -> float:
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return student_p(mean / error, degrees)


def _permutation_p(first: Values, second: Values) -> tuple[float, bool]:
    """The p-value of the difference of means over all, or many, ways to split the values; whether over all."""
    pooled = _settled(np.concatenate([first, second]))
    pooled = pooled - pooled.mean()
    n, total = len(first), len(pooled)
    exact = math.comb(total, n) <= EXACT
    arrangements = _every_split(total, n) if exact else _sampled_splits(total, n)
    if n == total - n or not pooled.any():  # Welch's statistic would give the same order
        observed = abs(first.mean() - second.mean()) - _ROUNDING * max(np.abs(first).max(), np.abs(second).max())
        return _share_as_large(np.abs(_sums(arrangements, pooled)) / n * total / (total - n), observed, exact), exact
    squares = np.square(pooled)
    both = _sums(arrangements, pooled + 1j * squares)  # both sums at once
    found = _welch_statistics(both.real, both.imag, n, pooled)
    mine = pooled[:n]
    observed = float(_welch_statistics(mine.sum(keepdims=True), squares[:n].sum(keepdims=True), n, pooled)[0])
    return _share_as_large(found, observed, exact), exact


def _welch_statistics(sums: Values, squares: Values, n: int, pooled: Values) -> Values:
    """Welch's statistic of splits of values, without its sign.

    Args:
        sums: The sum of the first group of each split, shape (splits,).
        squares: The sum of its squares.
        n: The size of the first group.
        pooled: All values, with mean 0.
    """
    m = len(pooled) - n
    others = np.square(pooled).sum() - squares
    variances = (squares - sums**2 / n) / (n - 1) / n + (others - sums**2 / m) / (m - 1) / m
    floor = _ROUNDING * np.square(pooled).mean()
    return np.asarray(np.abs(sums) * (1 / n + 1 / m) / np.sqrt(np.maximum(variances, floor)))


def _sign_flip_p(changes: Values) -> tuple[float, bool]:
    """The p-value of the mean of paired differences over all, or many, choices of their signs; whether over all."""
    n = len(changes)
    exact = 2**n <= EXACT
    positive = _sums(_every_sign(n) if exact else _sampled_signs(n), changes)
    observed = abs(changes.mean()) - _ROUNDING * np.abs(changes).max()
    return _share_as_large(np.abs(2 * positive - changes.sum()) / n, observed, exact), exact


# Many groups are equally large, so the arrangements of each size are kept: at most 2.5 MB each. They are packed, eight
# places to a byte, in arrays of shape (bytes, arrangements).


@lru_cache(maxsize=8)
def _every_split(total: int, n: int) -> Packed:
    """All ways to choose n of some values."""
    chosen = np.fromiter((place for part in combinations(range(total), n) for place in part), dtype=np.int64)
    return _packed_places(chosen.reshape(-1, n), total)


@lru_cache(maxsize=8)
def _sampled_splits(total: int, n: int) -> Packed:
    """Random ways to choose n of some values, each equally likely (selection sampling, Fan and others 1962).

    Value by value, the chance to be chosen is the share that is still to be chosen of those that are left.
    """
    needed: NDArray[np.uint8 | np.uint16] = np.full(SAMPLED, n, dtype=np.uint8 if total <= _BYTE else np.uint16)
    packed = np.zeros((math.ceil(total / 8), SAMPLED), dtype=np.uint8)
    for place in range(total):
        chosen, byte = (_numbers_below(total - place) < needed).view(np.uint8), packed[place // 8]
        needed -= chosen
        byte += byte  # a shift takes ten times as long
        byte |= chosen
    packed[-1] <<= -total % 8
    return packed


@lru_cache(maxsize=1_024)  # as many as a comparison has runs; 20 KB each up to 256, 40 KB otherwise
def _numbers_below(limit: int) -> NDArray[np.uint8 | np.uint16]:
    """A random whole number for each arrangement. Groups of all sizes share them, which makes drawing them cheap."""
    kind = np.uint8 if limit <= _BYTE else np.uint16
    return np.random.default_rng([_SEED, limit]).integers(0, limit, SAMPLED, dtype=kind)


@lru_cache(maxsize=8)
def _every_sign(n: int) -> Packed:
    """All choices of the signs of n differences."""
    return _packed(((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(bool))


@lru_cache(maxsize=8)
def _sampled_signs(n: int) -> Packed:
    """Random signs of n differences."""
    return _packed(np.random.default_rng(_SEED).choice(np.array([-1, 1], dtype=np.int8), (SAMPLED, n)) > 0)


def _packed_places(places: NDArray[np.integer], total: int) -> Packed:
    """Arrangements given by the places of their values, of shape (arrangements, n)."""
    chosen = np.zeros((len(places), total), dtype=bool)
    np.put_along_axis(chosen, places.astype(np.int64), values=True, axis=1)
    return _packed(chosen)


def _packed(chosen: NDArray[np.bool_]) -> Packed:
    return np.ascontiguousarray(np.packbits(chosen, axis=1).T)


def _sums(arrangements: Packed, values: NDArray[_Number]) -> NDArray[_Number]:
    """The sum of the chosen values of each arrangement: eight values at once are looked up in a table of their sums."""
    padded = np.zeros(8 * len(arrangements), dtype=values.dtype)
    padded[: len(values)] = values
    tables = padded.reshape(-1, 8) @ _BITS
    sums = np.zeros(arrangements.shape[1], dtype=values.dtype)
    for table, part in zip(tables, arrangements, strict=True):
        sums += table.take(part)
    return sums


def _share_as_large(found: Values, observed: float, exact: bool) -> float:
    """The share of arrangements as extreme as the observed one, which counts itself among sampled ones."""
    as_large = int(np.count_nonzero(found >= observed * (1 - 1e-9)))
    return as_large / len(found) if exact else (as_large + 1) / (len(found) + 1)


def _interval(values: Values) -> tuple[float | None, float | None, bool]:
    """The interval of a mean, and whether it is bootstrapped."""
    n = len(values)
    if n < 2:
        return None, None, False
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)
    if n < FEWEST_RESAMPLED or error == 0:
        reach = student_quantile(LEVEL, n - 1) * error
        return mean - reach, mean + reach, False
    means, errors = _resampled(values.tobytes(), 0)
    return *_studentised(mean, error, means - mean, errors), True


def _logit_interval(values: Values, least: float, greatest: float) -> tuple[float, float]:
    """The interval of a mean between two limits: the t interval of its logit, by the delta method."""
    n, width = len(values), greatest - least
    share = float(values.mean() - least) / width
    reach = student_quantile(LEVEL, n - 1) * float(values.std(ddof=1)) / math.sqrt(n) / width / (share * (1 - share))
    middle = math.log(share / (1 - share))
    low, high = (1 / (1 + math.exp(-end)) for end in (middle - reach, middle + reach))
    return least + width * low, least + width * high


def _difference_interval(
    first: Values, second: Values, mean: float, error: float, degrees: float
) -> tuple[float, float, bool]:
    """The interval of a difference of means, and whether it is bootstrapped."""
    if min(len(first), len(second)) < FEWEST_RESAMPLED or error == 0:
        reach = student_quantile(LEVEL, degrees) * error
        return mean - reach, mean + reach, False
    (means, errors), (others, other_errors) = (
        _resampled(group.tobytes(), stream) for stream, group in enumerate((first, second))
    )
    return *_studentised(mean, error, means - others - mean, np.hypot(errors, other_errors)), True


@lru_cache(maxsize=64)  # each of many groups is the first one in some pairs and the second one in others; 64 KB each
def _resampled(values: bytes, stream: int) -> tuple[Values, Values]:
    """The means of resamples and their standard errors, each of shape (RESAMPLES,).

    Args:
        values: The values of a group.
        stream: Resamples of other streams are independent.
    """
    group = np.frombuffer(values)
    n, drawn = len(group), group[_draws(len(group), stream)]
    means = drawn.mean(axis=1)
    drawn -= means[:, None]
    np.square(drawn, out=drawn)
    return means, np.sqrt(drawn.sum(axis=1) / (n - 1)) / math.sqrt(n)


@lru_cache(maxsize=4)  # as above; at most 8 MB each
def _draws(n: int, stream: int) -> NDArray[np.uint16]:
    """The places of the values of all resamples, of shape (RESAMPLES, n)."""
    return np.random.default_rng([_SEED, stream]).integers(0, n, (RESAMPLES, n)).astype(np.uint16)


def _studentised(mean: float, error: float, shifts: Values, errors: Values) -> tuple[float, float]:
    """The bootstrap-t interval (Efron 1982), from the shifts of resamples and their standard errors."""
    usable = errors > 0
    low, high = np.quantile(shifts[usable] / errors[usable], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(mean - high * error), float(mean - low * error)
