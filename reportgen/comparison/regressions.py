"""The gate of a comparison: whether a group is worse than the baseline group by more than is allowed."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.comparison.compared import ComparedGroups, compare_loaded
from reportgen.comparison.grouping import Grouping, RunGroup
from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.measures import Measure, choose_measure, measured
from reportgen.comparison.statistics import spread_of
from reportgen.comparison.verdicts import GroupPair
from reportgen.errors import DiagnosisError
from reportgen.gate import GateCheck, GateResult, GateRules
from reportgen.gate.rules import Regression
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.text import listed, printable, quoted

_RUN, _BASELINE = "\0run", "\0baseline"  # no group of a user has these names, as names are printable
_SLACK: Final = 1e-9  # of the value: rounding of floating-point arithmetic


def check_groups(compared: ComparedGroups, baseline: str, rules: GateRules, language: Language) -> GateResult:
    """Checks each other group against the baseline group.

    A group fails if its mean is worse by more than the limit, and the whole interval of the difference is. If only the
    mean is, more runs are needed and the rule is undecided.

    Raises:
        DiagnosisError: there is no such group, or one of the groups has no value.
        UnknownMetricError: a rule is about a metric that no run has.
    """
    if baseline not in compared.members:
        raise DiagnosisError(
            f"There is no group {quoted(baseline)}; there are {listed(list(compared.members))}. Choose one of these as "
            "the baseline."
        )
    return GateResult(
        tuple(
            _check(rule, found, baseline, group.name, language)
            for rule in rules.max_regression
            for found in [_by_metric(compared, rule)]
            for group in found.groups
            if group.name != baseline
        )
    )


def check_against(
    history: TrainingHistory, baselines: Sequence[LoadedRun], rules: GateRules, language: Language
) -> tuple[GateCheck, ...]:
    """Checks a single run against several earlier runs: a regression counts only beyond their spread.

    Args:
        history: The run.
        baselines: At least two.
        rules: Only ``max_regression`` is used.
        language: The language of the result.

    Raises:
        DiagnosisError: the runs cannot be compared, or no earlier run has a finite value.
        UnknownMetricError: a rule is about a metric that no run has.
    """
    checks = []
    for rule in rules.max_regression:
        measure = choose_measure([history, *(run.history for run in baselines)], rule.key)
        if measured(history, measure) is None:
            key = printable(measure.key, 60)
            text = language.say("{key} has no finite value to compare with the baseline.", key=key)
            checks.append(GateCheck(rule.text, "failed", text, measure.key))
            continue
        compared = _with_baselines(history, baselines, measure)
        check = _check(rule, compared, _BASELINE, _RUN, language)
        checks.append(replace(check, rule=rule.text))
    return tuple(checks)


def typical_run(runs: Sequence[LoadedRun]) -> TrainingHistory:
    """The run with the median value, which stands for all in the report."""
    measure = choose_measure([run.history for run in runs])
    found = [(value.value, place) for place, run in enumerate(runs) if (value := measured(run.history, measure))]
    return runs[sorted(found)[len(found) // 2][1] if found else 0].history


def word_against(history: TrainingHistory, baselines: Sequence[LoadedRun], language: Language) -> str:
    """The value of a run beside those of several earlier runs, in a sentence; empty if it has none."""
    measure = choose_measure([history, *(run.history for run in baselines)])
    mine = measured(history, measure)
    values = [found.value for run in baselines if (found := measured(run.history, measure)) is not None]
    if mine is None or len(values) < 2:
        return ""
    spread = spread_of(np.array(values))
    value, mean = formatting.apart(mine.value, spread.mean)
    return language.say(
        "{key} is {value}; its mean in the {n} runs of the baseline is {mean}, the standard deviation {deviation}.",
        key=printable(measure.key, 60),
        value=value,
        n=spread.n,
        mean=mean,
        deviation=formatting.setting(spread.deviation or 0.0),
    )


def _with_baselines(history: TrainingHistory, baselines: Sequence[LoadedRun], measure: Measure) -> ComparedGroups:
    """The run and the earlier runs as two groups that are not paired."""
    runs = (LoadedRun(_RUN, "", "", history), *baselines)
    groups = (RunGroup(_RUN, (0,)), RunGroup(_BASELINE, tuple(range(1, len(runs)))))
    return compare_loaded(runs, Grouping(groups, "given", (), (), (), ({},) * len(runs)), measure)


def _by_metric(compared: ComparedGroups, rule: Regression) -> ComparedGroups:
    """The same groups, compared by the metric of a rule."""
    if rule.key in (None, compared.measure.key):
        return compared
    measure = choose_measure([run.history for run in compared.runs], rule.key)
    return compare_loaded(compared.runs, compared.grouping, measure)


def _check(rule: Regression, compared: ComparedGroups, baseline: str, name: str, language: Language) -> GateCheck:
    means = {group.name: group.spread.mean for group in compared.groups if group.spread is not None}
    for group in (baseline, name):
        if group not in means:
            raise DiagnosisError(
                f"{rule.text}: no run of the group {quoted(group)} has a finite value of "
                f"{quoted(compared.measure.key)}. Leave the group out, or choose another metric."
            )
    pair = _pair_of(compared.pairs, baseline, name)
    allowed = rule.limit * abs(means[baseline]) if rule.is_ratio else rule.limit
    worse, least = _loss(pair, name)
    slack = _SLACK * abs(means[baseline])
    sure = pair.outcome == "different" if pair.basis == "noise" else least is not None and least > allowed + slack
    outcome = "passed" if worse <= allowed + slack else "failed" if sure else "undecided"
    return GateCheck(
        rule=f"{rule.text}: {printable(name, 60)}",
        outcome=outcome,  # type: ignore[arg-type]  # one of the three
        text=_words(rule, compared, (name, means[name]), (baseline, means[baseline]), worse, outcome, language),
        metric=compared.measure.key,
        value=means[name],
        limit=means[baseline] + compared.measure.sign * allowed,
    )


def _pair_of(pairs: Sequence[GroupPair], first: str, second: str) -> GroupPair:
    """The pair of two groups.

    Raises:
        DiagnosisError: they were not compared, as there are too many groups.
    """
    for pair in pairs:
        if {pair.better, pair.worse} == {first, second}:
            return pair
    raise DiagnosisError(
        f"The groups {quoted(first)} and {quoted(second)} were not compared, as there are too many groups. Pass fewer."
    )


def _loss(pair: GroupPair, name: str) -> tuple[float, float | None]:
    """How much worse a group is than the other one of a pair, and the lower end of the interval of that."""
    size, found = abs(pair.difference.mean), pair.difference
    if name == pair.better:
        size = -size
    if found.low is None or found.high is None:
        return size, None
    reach = found.high - found.mean, found.mean - found.low
    grows = (found.mean > 0) == (size > 0)  # whether a larger difference means a larger loss
    return size, size - (reach[1] if grows else reach[0])


def _words(
    rule: Regression,
    compared: ComparedGroups,
    mine: tuple[str, float],
    theirs: tuple[str, float],
    worse: float,
    outcome: str,
    language: Language,
) -> str:
    value, other = formatting.apart(mine[1], theirs[1])
    limit = f"{formatting.short(rule.limit * 100)}%" if rule.is_ratio else formatting.short(rule.limit)
    if mine[0] == _RUN:
        text = language.say(
            "{key} is {value}, and the mean of the {n} runs of the baseline {other}; up to {allowed} worse is allowed.",
            key=printable(compared.measure.key, 60),
            value=value,
            n=len(compared.members[_BASELINE]),
            other=other,
            allowed=limit,
        )
    else:
        text = _word_means(compared, mine[0], theirs[0], value, other, limit, language)
    if outcome == "undecided":
        return language.join(text, language.say("The difference may be chance: more runs are needed to decide."))
    if outcome == "failed" and math.isfinite(worse):
        return language.join(text, language.say("It is worse by {amount}.", amount=formatting.short(worse)))
    return text


def _word_means(
    compared: ComparedGroups, group: str, baseline: str, value: str, other: str, limit: str, language: Language
) -> str:
    return language.say(
        "The mean {key} of {group} is {value}, and that of {baseline} {other}; up to {allowed} worse is allowed.",
        key=printable(compared.measure.key, 60),
        group=printable(group, 60),
        baseline=printable(baseline, 60),
        value=value,
        other=other,
        allowed=limit,
    )
