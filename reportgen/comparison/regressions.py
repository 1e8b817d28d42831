"""The gate of a comparison: whether a group is worse than the baseline group by more than is allowed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reportgen import formatting
from reportgen.comparison.amounts import with_deviation
from reportgen.comparison.compared import ComparedGroups, compare_loaded
from reportgen.comparison.group_naming import named
from reportgen.comparison.group_results import GroupResult
from reportgen.comparison.grouping import Grouping, RunGroup
from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.measures import Measure, choose_measure, has_metric, measured
from reportgen.comparison.verdicts import GroupPair, fingerprint
from reportgen.errors import DiagnosisError, UnknownMetricError
from reportgen.gate import GateCheck, GateResult, GateRules
from reportgen.gate.rules import Regression
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.sources.source_runs import unique_name
from reportgen.text import listed, printable, quoted

_RUN, _BASELINE = "\0run", "\0baseline"  # no group of a user has these names, as names are printable
_ENOUGH: Final = 5  # baseline runs that show their spread; our choice
_SLACK: Final = 1e-9  # of the value: rounding of floating-point arithmetic


def check_groups(compared: ComparedGroups, baseline: str, rules: GateRules, language: Language) -> GateResult:
    """Checks each other group against the baseline group.

    A group fails if its mean is worse by more than the limit, and the whole interval of the difference is. If only the
    mean is, more runs are needed and the rule is undecided. It is undecided as well if a run of the group diverged, and
    it fails if none has a finite value.

    Raises:
        DiagnosisError: there is no such group or no other one, or one of the groups has no value.
        UnknownMetricError: a rule is about a metric that no run has.
    """
    if baseline not in list(compared.members):
        raise DiagnosisError(
            f"There is no group {quoted(baseline)}; there are {listed(list(compared.members))}. Choose one of these as "
            "the baseline."
        )
    if len(compared.members) < 2:
        raise DiagnosisError(
            f"There is no group to check besides the baseline {quoted(baseline)}. Pass the runs of another group too."
        )
    return GateResult(
        tuple(
            _with_failed_runs(_check(rule, found, baseline, group.name, language), found, group, language)
            for rule in rules.max_regression
            for found in [_by_metric(compared, rule)]
            for group in found.groups
            if group.name != baseline
        )
    )


def _with_failed_runs(check: GateCheck, compared: ComparedGroups, group: GroupResult, language: Language) -> GateCheck:
    """A check that does not pass if runs of the group diverged: their values are missing, or from before that."""
    runs = [run.name for run in compared.members[group.name]]
    failed = [name for name in runs if name in group.without_value or compared.verdicts.get(name) == "diverged"]
    if not failed:
        return check
    said = language.say_count(
        "{n} run diverged or has no finite value: {names}.",
        "{n} runs diverged or have no finite value: {names}.",
        len(failed),
        names=named(failed, language),
    )
    outcome = "undecided" if check.outcome == "passed" else check.outcome
    return replace(check, outcome=outcome, text=language.join(check.text, said))


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
    checks, copies = [], ""
    if len({fingerprint(run.history) for run in baselines}) == 1:  # repeated with the same seed: they show no spread
        copies = language.say(
            "All {n} runs of the baseline have the same values, so they count as one.", n=len(baselines)
        )
        baselines = baselines[:1]
    for rule in rules.max_regression:
        measure = choose_measure([history, *(run.history for run in baselines)], rule.key)
        _check_curves(history, baselines, measure, rule)
        if measured(history, measure) is None:
            key = printable(measure.key, 60)
            text = language.say("{key} has no finite value to compare with the baseline.", key=key)
            checks.append(GateCheck(rule.text, "failed", text, measure.key))
            continue
        compared = _with_baselines(history, baselines, measure)
        check = _check(rule, compared, _BASELINE, _RUN, language)
        text = language.join(check.text, copies) if copies else check.text
        checks.append(replace(check, rule=rule.text, text=text))
    return tuple(checks)


def _check_curves(history: TrainingHistory, baselines: Sequence[LoadedRun], measure: Measure, rule: Regression) -> None:
    """Checks that the run has the metric of a rule, and that an earlier run has a finite value of it.

    Raises:
        UnknownMetricError: the run has no such metric.
        DiagnosisError: no earlier run has a finite value of it.
    """
    if measure.on != "test" and not history.has(measure.metric, measure.on):
        known = listed(list(history.keys))
        raise UnknownMetricError(
            f"{rule.text}: the run has no metric {quoted(measure.key)}; there are {known}. Choose one."
        )
    if all(measured(run.history, measure) is None for run in baselines):
        raise DiagnosisError(
            f"{rule.text}: no run of the baseline has a finite value of {quoted(measure.key)}; one is needed to "
            "compare with. Choose another baseline."
        )


def typical_run(runs: Sequence[LoadedRun]) -> TrainingHistory:
    """The run with the median value, which stands for all in the report."""
    measure = choose_measure([run.history for run in runs])
    found = [(value.value, place) for place, run in enumerate(runs) if (value := measured(run.history, measure))]
    return runs[sorted(found)[len(found) // 2][1] if found else 0].history


def word_typical(baselines: Sequence[LoadedRun], language: Language) -> str:
    """Which of several earlier runs the report is compared with."""
    return language.say(
        "The baseline has {n} runs; the report is compared with the one that has the median {key}.",
        n=len(baselines),
        key=printable(choose_measure([run.history for run in baselines]).key, 60),
    )


def _with_baselines(history: TrainingHistory, baselines: Sequence[LoadedRun], measure: Measure) -> ComparedGroups:
    """The run and the earlier runs as two groups that are not paired."""
    name = unique_name("this run", [run.name for run in baselines])
    runs = (LoadedRun(name, "", "", history), *baselines)
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
    if baseline in means and name not in means and _have_metric(compared, name):
        key, group = printable(compared.measure.key, 60), printable(name, 60)
        text = language.say("No run of {group} has a finite {key}.", group=group, key=key)
        return GateCheck(f"{rule.text}: {group}", "failed", text, compared.measure.key)
    for group in (baseline, name):
        if group not in means:
            raise DiagnosisError(
                f"{rule.text}: no run of the group {quoted(group)} has a finite value of "
                f"{quoted(compared.measure.key)}. Leave the group out, or choose another metric."
            )
    pair = _pair_of(compared, baseline, name)
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


def _have_metric(compared: ComparedGroups, group: str) -> bool:
    return any(has_metric(run.history, compared.measure) for run in compared.members[group])


def _pair_of(compared: ComparedGroups, first: str, second: str) -> GroupPair:
    """The pair of two groups, of many groups compared on their own."""
    for pair in compared.pairs:
        if {pair.better, pair.worse} == {first, second}:
            return pair
    both = tuple(group for group in compared.grouping.groups if group.name in (first, second))
    return compare_loaded(compared.runs, replace(compared.grouping, groups=both), compared.measure).pairs[0]


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
    say, amount = language.say, _word_loss(worse, mine[1], theirs[1], language)
    if mine[0] != _RUN:
        text = _word_means(rule, compared, mine, theirs, language)
        if outcome == "undecided":
            said = say("It is {amount} worse, which may be chance: more runs are needed to decide.", amount=amount)
            return language.join(text, said)
        return language.join(text, say("It is {amount} worse.", amount=amount)) if outcome == "failed" else text
    spread = next(group.spread for group in compared.groups if group.name == _BASELINE)
    n = 1 if spread is None else spread.n
    text = _word_run(rule, compared, mine[1], theirs[1], n, language)
    if outcome == "passed":
        return text
    what = say("the noise of the curves") if n == 1 else say("the spread of the baseline")
    if outcome == "failed":
        return language.join(text, say("It is {amount} worse, more than {what} explains.", amount=amount, what=what))
    said = say("It is {amount} worse, but this may be chance, given {what}.", amount=amount, what=what)
    if n < _ENOUGH:
        advice = say("Repeat the run with other seeds, or use at least {n} baseline runs.", n=_ENOUGH)
    else:
        advice = say("Repeat the run with other seeds.")
    return language.join(text, said, advice)


def _word_loss(worse: float, value: float, base: float, language: Language) -> str:
    """How much worse a value is, with the share if both are positive."""
    amount = formatting.short(worse, 3)
    if base <= 0 or value < 0:
        return amount
    return language.say("{percent} ({amount})", percent=formatting.percent(worse / base), amount=amount)


def _word_limit(rule: Regression) -> str:
    return f"{formatting.short(rule.limit * 100)}%" if rule.is_ratio else formatting.short(rule.limit)


def _word_run(rule: Regression, compared: ComparedGroups, value: float, mean: float, n: int, language: Language) -> str:
    """The value of a run, and the mean of the baseline with its deviation."""
    spread = next(group.spread for group in compared.groups if group.name == _BASELINE)
    shown, other = formatting.apart(value, mean)
    names = {"key": printable(compared.measure.key, 60), "value": shown, "allowed": _word_limit(rule)}
    if n == 1 or spread is None:
        return language.say(
            "{key} is {value}, and {other} in a single baseline run; up to {allowed} worse is allowed.",
            other=other,
            **names,
        )
    return language.say(
        "{key} is {value}, and {other} (mean ± sd) in the {n} runs of the baseline; up to {allowed} worse is allowed.",
        other=with_deviation(spread),
        n=n,
        **names,
    )


def _word_means(
    rule: Regression,
    compared: ComparedGroups,
    mine: tuple[str, float],
    theirs: tuple[str, float],
    language: Language,
) -> str:
    value, other = formatting.apart(mine[1], theirs[1])
    return language.say(
        "The mean {key} of {group} is {value}, and that of {baseline} {other}; up to {allowed} worse is allowed.",
        key=printable(compared.measure.key, 60),
        group=printable(mine[0], 60),
        baseline=printable(theirs[0], 60),
        value=value,
        other=other,
        allowed=_word_limit(rule),
    )
