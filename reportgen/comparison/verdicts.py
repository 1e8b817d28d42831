"""Compares groups pair by pair, and sums up which one is best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal

import numpy as np

from reportgen.comparison.measures import Measure
from reportgen.comparison.statistics import LEVEL, Difference, compare_pairs, compare_values, holm
from reportgen.diagnosis.comparison import NO_NOISE, compare_baseline
from reportgen.diagnosis.reading import Reading, read_run
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.history.frame import TrainingHistory

MOST_GROUPS: Final = 20  # of which all pairs are compared; of more, only the best with each other one
_FEWEST_PAIRS: Final = 2
_LEAST_PAIRED: Final = 0.5  # of the larger group; our choice: with fewer pairs, more runs would be lost than is gained

Outcome = Literal["different", "same", "untested"]
Basis = Literal["runs", "noise", "none", "constant"]
OverallCode = Literal["one-group", "best", "some", "same"]
Caveat = Literal["diverged", "unfinished", "last-epoch"]


@dataclass(frozen=True)
class MeasuredRun:
    """A run as its group is compared.

    Attributes:
        name: Its name.
        value: Its value, finite.
        labels: Its seed, fold and split.
        history: The run.
    """

    name: str
    value: float
    labels: Mapping[str, str]
    history: TrainingHistory


@dataclass(frozen=True)
class GroupPair:
    """Two groups compared.

    Attributes:
        better: The group with the better mean.
        worse: The other one.
        difference: Of the means, ``better`` minus ``worse``, in the metric's own unit.
        share: The difference as a share of the mean of ``worse``, 0 or more; None if that is 0 or a mean is negative.
        outcome: ``different``: more than chance or noise explains; ``same``: not so; ``untested``: it cannot be tested.
        basis: What the outcome rests on: the spread of ``runs``, or for two single runs the ``noise`` of their curves.
            ``constant``: few values that do not vary, or copies of one run in each group, so it is untested.
        p: The p-value after Holm's correction; None without one.
        paired_by: The labels that runs are paired by, such as ``seed``; empty if they are not paired.
        unpaired: How many runs have no partner and are left out of the pair.
        noise: The standard deviation of the difference due to the noise of both curves; None for other bases.
    """

    better: str
    worse: str
    difference: Difference
    share: float | None
    outcome: Outcome
    basis: Basis
    p: float | None
    paired_by: tuple[str, ...] = ()
    unpaired: int = 0
    noise: float | None = None


@dataclass(frozen=True)
class OverallVerdict:
    """Which group is best.

    Attributes:
        code: ``one-group``: there is nothing to compare it with; ``best``: one group is better than each other one;
            ``some``: better than some; ``same``: it is not clearly better than any other one.
        best: The group with the best mean.
        rivals: The groups that it is not clearly better than, best first.
        worse: The groups that are worse, best first.
        leaning: Those of ``rivals`` that would be worse without the correction for several groups, best first.
        deciding: The pair of the best group and the next one; None for a single group.
        needed: Runs per group that would decide between the two if the difference is as large as it looks; None if it
            is decided, or if unknown.
    """

    code: OverallCode
    best: str
    rivals: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    leaning: tuple[str, ...] = ()
    deciding: GroupPair | None = None
    needed: int | None = None


def compare_groups(groups: Mapping[str, Sequence[MeasuredRun]], measure: Measure) -> tuple[GroupPair, ...]:
    """Compares groups pair by pair, p-values corrected for all pairs.

    Args:
        groups: The runs of each group by its name, best mean first; at least one run each.
        measure: What they are compared by.

    Returns:
        All pairs; of more than `MOST_GROUPS` groups, the best one with each other one.
    """
    names = list(groups)
    pairs = list(combinations(names, 2)) if len(names) <= MOST_GROUPS else [(names[0], name) for name in names[1:]]
    tests = pairs_of(len(names))
    readings: dict[str, Reading] = {}
    several = {name for name, runs in groups.items() if len(runs) > 1}
    groups = {name: _without_copies(runs) for name, runs in groups.items()}
    found = [_pair(groups[first], groups[second], first, second, measure, tests, readings) for first, second in pairs]
    found = [
        _untested(pair) if several & {pair.better, pair.worse} and max(pair.difference.sizes) == 1 else pair
        for pair in found
    ]
    tested = [place for place, pair in enumerate(found) if pair.difference.p is not None]
    corrected = holm([found[place].difference.p or 0.0 for place in tested], tests)
    for place, p in zip(tested, corrected, strict=True):
        is_real = p <= 1 - LEVEL + 1e-12 and measure.sign * found[place].difference.mean < 0
        difference = found[place].difference if is_real else _with_more(found[place].difference)
        found[place] = replace(found[place], difference=difference, p=p, outcome="different" if is_real else "same")
    return tuple(found)


def pairs_of(groups: int) -> int:
    """How many pairs of groups there are, which p-values are corrected for."""
    return groups * (groups - 1) // 2


def _with_more(difference: Difference) -> Difference:
    """A difference that is not decided, of which more runs are needed than there are."""
    needed = None if difference.needed is None else max(difference.needed, min(difference.sizes) + 1)
    return replace(difference, needed=needed)


def _is_real(difference: Difference) -> bool:
    """Whether a difference is clear if no other one is looked at."""
    return difference.p is not None and difference.p <= 1 - LEVEL and difference.mean != 0


def sum_up(names: Sequence[str], pairs: Sequence[GroupPair]) -> OverallVerdict:
    """Which group is best.

    Args:
        names: The groups, best mean first.
        pairs: As `compare_groups` returns them.
    """
    best, *others = names
    if not others:
        return OverallVerdict("one-group", best)
    of_best = {pair.worse: pair for pair in pairs if pair.better == best}
    worse = tuple(name for name in others if of_best[name].outcome == "different")
    rivals = tuple(name for name in others if name not in worse)
    leaning = tuple(name for name in rivals if _is_real(of_best[name].difference))
    deciding = of_best[rivals[0] if rivals else others[0]]
    code: OverallCode = "best" if not rivals else "same" if not worse else "some"
    needed = deciding.difference.needed if rivals and deciding.basis == "runs" else None
    return OverallVerdict(code, best, rivals, worse, leaning, deciding, needed)


def pairing(
    first: Sequence[MeasuredRun], second: Sequence[MeasuredRun]
) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """How the runs of two groups are paired: by all labels that each run of both has, if they tell the runs apart.

    They are not paired if most runs of the larger group have no partner.

    Returns:
        The labels, and the positions of both runs of each pair; empty if runs cannot be paired.
    """
    shared = set(first[0].labels).intersection(*(run.labels for run in (*first, *second)))
    by = tuple(label for label in first[0].labels if label in shared)
    if not by:
        return (), []
    keys = [[tuple(run.labels[label] for label in by) for run in group] for group in (first, second)]
    if any(len(set(each)) < len(each) for each in keys):
        return (), []
    places = {key: place for place, key in enumerate(keys[1])}
    matched = [(place, places[key]) for place, key in enumerate(keys[0]) if key in places]
    least = max(_FEWEST_PAIRS, _LEAST_PAIRED * max(len(first), len(second)))
    return (by, matched) if len(matched) >= least else ((), [])


def _pair(
    first: Sequence[MeasuredRun],
    second: Sequence[MeasuredRun],
    better: str,
    worse: str,
    measure: Measure,
    tests: int,
    readings: dict[str, Reading],
) -> GroupPair:
    """Two groups, before the correction for several pairs."""
    by, matched = pairing(first, second)
    if matched:
        mine = np.array([first[place].value for place, _ in matched])
        theirs = np.array([second[place].value for _, place in matched])
        difference = compare_pairs(mine, theirs, tests)
        unpaired = len(first) + len(second) - 2 * len(matched)
        share, size = _share(difference, mine, theirs), _size(mine, theirs)
        pair = GroupPair(better, worse, difference, share, "same", "runs", None, by, unpaired)
        return pair if _can_vary(difference, [mine, theirs], size) else _untested(pair)
    mine, theirs = (np.array([run.value for run in group]) for group in (first, second))
    difference = compare_values(mine, theirs, tests)
    share, size = _share(difference, mine, theirs), _size(mine, theirs)
    if difference.p is not None:
        pair = GroupPair(better, worse, difference, share, "same", "runs", None)
        return pair if _can_vary(difference, [mine, theirs], size) else _untested(pair)
    return _by_noise(
        first[0], second[0], GroupPair(better, worse, difference, share, "untested", "none", None), measure, readings
    )


def _by_noise(
    first: MeasuredRun, second: MeasuredRun, pair: GroupPair, measure: Measure, readings: dict[str, Reading]
) -> GroupPair:
    """Two single runs, compared as a run and its baseline are: by the noise of their curves."""
    if measure.on == "test":
        return pair
    for run in (first, second):
        if run.name not in readings:
            readings[run.name] = read_run(run.history, DEFAULTS, measure.metric)
    found = compare_baseline(readings[first.name], readings[second.name], DEFAULTS)
    if found is None or found.key != measure.key or found.unknown_noise is not None:
        return pair
    return replace(pair, outcome="same" if found.outcome == "same" else "different", basis="noise", noise=found.noise)


def _without_copies(runs: Sequence[MeasuredRun]) -> Sequence[MeasuredRun]:
    """Runs without those that have exactly the values of an earlier one, which say nothing about chance."""
    if len(runs) < 2:
        return runs
    found: dict[bytes, MeasuredRun] = {}
    for run in runs:
        found.setdefault(fingerprint(run.history), run)
    return list(found.values())


def fingerprint(history: TrainingHistory) -> bytes:
    """What two runs share only if all their results are the same; a log may lack settings that its report has."""
    names = sorted(name for name in history.curves if name[0] in history.results)
    return b"\0".join(
        part for name in names for part in (repr(name).encode(), history.curves[name].to_numpy().tobytes())
    )


def _size(*values: np.ndarray) -> float:
    return max(float(np.abs(each).max()) for each in values)


def _can_vary(difference: Difference, values: Sequence[np.ndarray], size: float) -> bool:
    """Whether a test means something: a t test needs values that vary, by more than rounding at their size."""
    if difference.method in ("permutation", "sign-flip"):
        return True
    return any(np.ptp(each) > NO_NOISE * size for each in values)


def _untested(pair: GroupPair) -> GroupPair:
    """A pair whose values do not vary, as those of copies: that cannot be chance or not. Equal values are the same."""
    if pair.difference.mean == 0:
        return replace(pair, outcome="same", basis="runs", noise=None)
    difference = replace(pair.difference, low=None, high=None, p=None, method=None, needed=None)
    return replace(pair, difference=difference, outcome="untested", basis="constant", noise=None)


def _share(difference: Difference, mine: np.ndarray, other: np.ndarray) -> float | None:
    """The difference as a share of the other mean, which means nothing for values below 0."""
    base = float(other.mean())
    return abs(difference.mean) / base if base > 0 and mine.mean() >= 0 else None
