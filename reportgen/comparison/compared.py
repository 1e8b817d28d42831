"""Groups of runs compared, in numbers only: what the page, the terminal and JSON are made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, get_args

import numpy as np
import pandas as pd

from reportgen import metrics
from reportgen.comparison.exploded_runs import find_explosion
from reportgen.comparison.group_results import GroupResult, Outlier, describe_group, epochs_to, group_curve, mean_order
from reportgen.comparison.grouping import MANY_GROUPS, Grouping
from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.mean_curves import Band, Center, GroupCurve
from reportgen.comparison.measures import Measure, has_metric, measured, refuse_mixed_units, results_of
from reportgen.comparison.verdicts import (
    Caveat,
    GroupPair,
    MeasuredRun,
    OverallVerdict,
    compare_groups,
    fingerprint,
    sum_up,
)
from reportgen.diagnosis import verdicts_of
from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.verdict import GRAVITY
from reportgen.errors import DiagnosisError, UnknownMetricError
from reportgen.metrics import Split
from reportgen.metrics.units import is_share, mixed_units
from reportgen.text import listed, quoted

_FEWEST_EPOCHS: Final = 3  # of a run whose length says what it counts; shorter ones were stopped
_TOO_LONG: Final = 50  # times the shortest run: one of them counts batches; our choice
MOST_JUDGED: Final = 100  # runs that get a verdict, evenly chosen; our choice: about as long as two reports take


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ComparedGroups:
    """Groups of runs, compared by one metric.

    Attributes:
        runs: All runs that were read.
        grouping: Which of them belong together, and how that was found.
        measure: What they are compared by.
        groups: The best mean first; those without any finite value last.
        pairs: The groups with values, compared pair by pair.
        verdict: Which group is best.
        target: The value that `GroupResult.epochs_to_target` is about: the median of the worst group, or of the one
            in the middle of more than `MANY_GROUPS`; None for a single group and for test scores.
        in_mixed_units: The other curves that seem to be in percent in some runs and fractions of 1 in others, which are
            left out.
    """

    runs: tuple[LoadedRun, ...]
    grouping: Grouping
    measure: Measure
    groups: tuple[GroupResult, ...]
    pairs: tuple[GroupPair, ...]
    verdict: OverallVerdict
    target: float | None
    in_mixed_units: tuple[tuple[str, Split], ...] = ()

    @cached_property
    def members(self) -> Mapping[str, tuple[LoadedRun, ...]]:
        """The runs of each group by its name."""
        return {group.name: tuple(self.runs[position] for position in group.members) for group in self.grouping.groups}

    @property
    def are_runs(self) -> bool:
        """Whether there are several groups, and each of them is a single run."""
        return len(self.groups) == sum(map(len, self.members.values())) > 1

    @cached_property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """Seed, fold and split of each run by its name, as far as they are known."""
        return {run.name: labels for run, labels in zip(self.runs, self.grouping.labels, strict=True)}

    @cached_property
    def verdicts(self) -> Mapping[str, VerdictCode]:
        """The verdict on each run by its name, of at most `MOST_JUDGED` runs and the outliers."""
        runs = [run for runs in self.members.values() for run in runs]
        places = np.unique(np.linspace(0, len(runs) - 1, min(len(runs), MOST_JUDGED)).round().astype(np.int64))
        outliers = {name for group in self.groups for name in group.outliers}
        chosen = {*places.tolist(), *(place for place, run in enumerate(runs) if run.name in outliers)}
        judged = [runs[place] for place in sorted(chosen)]
        verdicts = verdicts_of([run.history for run in judged])
        return {run.name: verdict for run, verdict in zip(judged, verdicts, strict=True)}

    def verdict_counts(self, group: str) -> tuple[tuple[VerdictCode, int], ...]:
        """How many runs of a group have which verdict, the most frequent first; of equal counts the gravest."""
        counts = Counter(self.verdicts[run.name] for run in self.members[group] if run.name in self.verdicts)
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], GRAVITY.index(item[0]))))

    @cached_property
    def unfinished(self) -> tuple[tuple[str, int, int], ...]:
        """The groups of which most runs were still improving: the name, how many were, and of how many."""
        return tuple(each for each in self._with_verdict("still-improving") if 2 * each[1] > each[2])

    @cached_property
    def overfitting(self) -> tuple[tuple[str, int, int], ...]:
        """The groups of which most runs overfit, likewise."""
        return tuple(each for each in self._with_verdict("overfitting") if 2 * each[1] > each[2])

    @cached_property
    def diverged(self) -> tuple[tuple[str, int, int], ...]:
        """The groups with values of which any run diverged, likewise."""
        with_values = {group.name for group in self.groups if group.spread is not None}
        return tuple(each for each in self._with_verdict("diverged") if each[1] and each[0] in with_values)

    def _with_verdict(self, verdict: VerdictCode) -> list[tuple[str, int, int]]:
        """Of each group its name, how many runs have a verdict, and how many have any."""
        counts = [(group.name, dict(self.verdict_counts(group.name))) for group in self.groups]
        return [(name, each.get(verdict, 0), sum(each.values())) for name, each in counts]

    @cached_property
    def caveat(self) -> Caveat | None:
        """What a clear difference depends on.

        ``diverged``: a run of the best group diverged; ``last-epoch``: a worse group is better than the best one in the
        last epochs of the runs; ``unfinished``: most runs of a worse group were still improving, or are too short to
        tell, unlike those of the best group; None otherwise.
        """
        best, worse = self.verdict.best, self.verdict.worse
        if worse and any(name == best for name, _, _ in self.diverged):
            return "diverged"
        finals = {group.name: self.measure.sign * group.final.mean for group in self.groups if group.final is not None}
        if best in finals and any(finals[name] < finals[best] for name in worse if name in finals):
            return "last-epoch"
        unfinished = {name for name, _, _ in self.unfinished}
        if not self._is_short(best):
            unfinished |= {name for name in worse if self._is_short(name)}
        return "unfinished" if unfinished.intersection(worse) else None

    def _is_short(self, group: str) -> bool:
        """Whether most runs of a group have too few epochs to be judged."""
        runs = self.members[group]
        return 2 * sum(len(run.history.epochs) < _FEWEST_EPOCHS for run in runs) > len(runs)

    @cached_property
    def copies(self) -> tuple[str, ...]:
        """The runs with exactly the values of an earlier one, like a log and its report, which are not independent."""
        seen: set[bytes] = set()
        found = []
        for run in (run for runs in self.members.values() for run in runs):
            values = fingerprint(run.history)
            if values in seen:
                found.append(run.name)
            seen.add(values)
        return tuple(found)

    @cached_property
    def counts_differ(self) -> bool:
        """Whether some runs count epochs and others steps or batches, so that their epochs cannot be compared."""
        return _count_differently([run for runs in self.members.values() for run in runs])

    @cached_property
    def without_metric(self) -> Mapping[str, tuple[str, ...]]:
        """The runs that lack the metric, by name, with those that they have instead."""
        missing = {name for group in self.groups for name in group.without_value}
        runs = [run for runs in self.members.values() for run in runs if run.name in missing]
        return {run.name: results_of(run.history) for run in runs if not has_metric(run.history, self.measure)}

    @cached_property
    def outliers(self) -> tuple[Outlier, ...]:
        """The runs far from the others of their groups, with what their verdicts say about it."""
        return tuple(self._beside_others(group, name) for group in self.groups for name in group.outliers)

    @cached_property
    def worst_run(self) -> Outlier | None:
        """The worst run of a single group, with what its verdict says about it; None for fewer than three runs."""
        group = self.groups[0]
        if len(self.groups) > 1 or len(group.values) < 3:  # a pair has no outlier
            return None
        worst = max(zip(group.values, group.runs, strict=True), key=lambda run: self.measure.sign * run[0])[1]
        return self._beside_others(group, worst) if worst in self.verdicts else None

    def _beside_others(self, group: GroupResult, name: str) -> Outlier:
        """A run beside the others of its group."""
        others = Counter(
            self.verdicts[run] for run in group.runs if run not in (name, *group.outliers) and run in self.verdicts
        )
        own, place = self.verdicts[name], group.runs.index(name)
        ends = [epoch for at, epoch in enumerate(group.last_epochs) if at != place]
        return Outlier(
            name=name,
            value=group.values[place],
            is_worse=self.measure.sign * (group.values[place] - float(np.mean(group.values))) > 0,
            verdict=own,
            verdict_of_others=others.most_common(1)[0][0] if others else own,
            last_epoch=group.last_epochs[place],
            last_epochs_of_others=(min(ends), max(ends)) if ends and not self.counts_differ else None,
        )

    @cached_property
    def different_settings(self) -> Mapping[str, Mapping[str, str]]:
        """The settings that differ between groups and are the same within each: by setting, then by group."""
        found = {name: [run.settings for run in runs] for name, runs in self.members.items()}
        names = dict.fromkeys(name for each in found.values() for settings in each for name in settings)
        different = {}
        for name in names:
            values = {group: {settings.get(name) for settings in each} for group, each in found.items()}
            if all(len(each) == 1 for each in values.values()) and len(set().union(*values.values())) > 1:
                different[name] = {group: value for group, each in values.items() if (value := next(iter(each)))}
        return different

    @cached_property
    def curve_names(self) -> tuple[tuple[str, Split], ...]:
        """The metrics and splits that any run has, in the order of the logs."""
        names = dict.fromkeys(name for runs in self.members.values() for run in runs for name in run.history.curves)
        return tuple((metric, "train" if split == "train" else "validation") for metric, split in names)

    def curves(
        self, metric: str, split: Split, *, center: Center | None = None, band: Band | None = None
    ) -> tuple[GroupCurve, ...]:
        """The mean or median curve of each group that has one, in the order of `groups`.

        Raises:
            UnknownMetricError: no run has the metric.
            DiagnosisError: the split, center or band is unknown.
        """
        if not any(metric == name for name, _ in self.curve_names):
            names = dict.fromkeys(name for name, _ in self.curve_names)
            raise UnknownMetricError(
                f"No run has a metric {quoted(metric)}; there are {listed(list(names))}. Choose one."
            )
        _check_choice("split", split, get_args(Split))
        _check_choice("center", center, (None, *get_args(Center)))
        _check_choice("band", band, (None, *get_args(Band)))
        found = (
            group_curve(group.name, self.members[group.name], metric, split, center, band) for group in self.groups
        )
        return tuple(curve for curve in found if curve is not None)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All values of all runs in groups: run, group, epoch (1-based), metric, split, value; sorted as read.

        Runs that count steps have them in the column ``epoch``.
        """
        parts = []
        for group, runs in self.members.items():
            for run in runs:
                values = run.history.frame.rename(columns={run.history.axis: "epoch"})
                parts.append(values[["epoch", "metric", "split", "value"]].assign(run=run.name, group=group))
        whole = pd.concat(parts, ignore_index=True)
        return whole[["run", "group", "epoch", "metric", "split", "value"]]


def compare_loaded(runs: Sequence[LoadedRun], grouping: Grouping, measure: Measure) -> ComparedGroups:
    """Compares groups of runs.

    Raises:
        DiagnosisError: no run has a finite value, or they are not in the same unit.
    """
    members = {group.name: [runs[position] for position in group.members] for group in grouping.groups}
    labels = {runs[position].name: grouping.labels[position] for position in range(len(runs))}
    every = [run for each in members.values() for run in each]
    explosion = None if measure.on == "test" else find_explosion(every, measure.metric, measure.on, measure.direction)
    exploded = frozenset() if explosion is None else explosion.ended
    results = sorted(
        (describe_group(name, each, measure, len(members), exploded) for name, each in members.items()),
        key=lambda group: mean_order(group, measure),
    )
    with_values = [group for group in results if group.spread is not None]
    if not with_values:
        raise DiagnosisError(
            f'No run has a finite value of "{measure.key}"; at least one is needed to compare. Pass another '
            "--metric (in Python: metric=)."
        )
    compared = {
        group.name: [
            MeasuredRun(run.name, found.value, labels[run.name], run.history)
            for run in members[group.name]
            if (found := measured(run.history, measure)) is not None
        ]
        for group in with_values
    }
    refuse_mixed_units({run.name: run.value for each in compared.values() for run in each}, measure)
    pairs = compare_groups(compared, measure)
    common = with_values[-1 if len(with_values) <= MANY_GROUPS else len(with_values) // 2].spread
    target = None if common is None or measure.on == "test" or len(with_values) == 1 else common.median
    if _count_differently(every):
        target = None
        results = [replace(group, epochs=(), best_epoch=None, average_best=None) for group in results]
    if target is not None:
        results = [
            group if group.spread is None else _with_target(group, members[group.name], measure, target)
            for group in results
        ]
    if mixed := _in_mixed_units(every):
        keys = {metrics.join_key(metric, split) for metric, split in mixed}
        results = [
            replace(group, others=tuple(each for each in group.others if each[0] not in keys)) for group in results
        ]
    return ComparedGroups(
        runs=tuple(runs),
        grouping=grouping,
        measure=measure,
        groups=tuple(results),
        pairs=pairs,
        verdict=sum_up(list(compared), pairs),
        target=target,
        in_mixed_units=mixed,
    )


def _in_mixed_units(runs: Sequence[LoadedRun]) -> tuple[tuple[str, Split], ...]:
    """The curves that seem to be in percent in some runs and fractions of 1 in others."""
    best: dict[tuple[str, Split], dict[str, float]] = {}
    for run in runs:
        for (metric, split), series in run.history.curves.items():
            if is_share(metric):
                name: tuple[str, Split] = (metric, "train" if split == "train" else "validation")
                best.setdefault(name, {})[run.name] = float(np.fmax.reduce(series.to_numpy(), initial=-np.inf))
    return tuple(name for name, values in best.items() if mixed_units(name[0], values))


def _check_choice(name: str, given: str | None, choices: Sequence[str | None]) -> None:
    if given not in choices:
        known = listed([choice for choice in choices if choice is not None])
        raise DiagnosisError(f"{name}={quoted(str(given))} is unknown; there are {known}. Choose one.")


def _count_differently(runs: Sequence[LoadedRun]) -> bool:
    """Whether the epochs of runs cannot be compared: some count steps, or seem to count batches."""
    ends = [int(run.history.epochs[-1]) for run in runs if len(run.history.epochs) >= _FEWEST_EPOCHS]
    if len({run.history.axis for run in runs}) > 1:
        return True
    return bool(ends) and max(ends) > _TOO_LONG * min(ends)


def _with_target(group: GroupResult, runs: Sequence[LoadedRun], measure: Measure, target: float) -> GroupResult:
    """A group with the epochs that its runs need to reach the target."""
    found = epochs_to(runs, measure, target)
    enough = 2 * len(found) >= len(runs)
    return replace(group, reached=len(found), epochs_to_target=float(np.median(found)) if found and enough else None)
