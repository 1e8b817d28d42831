"""A comparison in sentences, in the reader's language."""

from collections.abc import Container, Sequence
from typing import Final

from reportgen import formatting, metrics
from reportgen.comparison.amounts import as_precise, to_digits_of
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.comparison_advice import advise_choice
from reportgen.comparison.group_naming import counted, named, others, shown, word_repeats
from reportgen.comparison.group_results import GroupResult
from reportgen.comparison.grouping import Grouping
from reportgen.comparison.measures import Measure
from reportgen.comparison.statistics import LEVEL
from reportgen.comparison.verdicts import Caveat, GroupPair, OverallVerdict, pairs_of
from reportgen.languages import Language
from reportgen.wording.diagnosis import Sentences

_FEWEST_TO_GROUP: Final = 3  # runs, from which the advice on groups helps; our choice
_MOST_WITHOUT: Final = 2  # groups without a value that have a sentence each; our choice
_LEAST_P: Final = 0.001
_NEAR_LEVEL: Final = 0.005  # p-values this near to the level have a digit more, so that they do not seem to equal it
_MOST_SPELLINGS: Final = 3  # of metrics, that are named in notes


def word_overall(
    verdict: OverallVerdict,
    groups: Sequence[GroupResult],
    measure: Measure,
    caveat: Caveat | None,
    diverged: Container[str],
    language: Language,
) -> Sentences:
    """Which group is best, by how much, how sure that is, and what to do.

    Args:
        verdict: As `sum_up` returns it, of several groups.
        groups: Those with values, the best mean first.
        measure: What they are compared by.
        caveat: What the verdict depends on.
        diverged: The groups of which all runs diverged.
        language: The language of the text.
    """
    if verdict.deciding is None:
        raise ValueError("a single group is worded by word_group")
    pair, say = verdict.deciding, language.say
    both = {"best": shown(verdict.best), "worse": others(verdict.worse, language)}
    if all(len(group.values) == 1 for group in groups):  # which says nothing about other seeds
        surely = say("{best} is better than {worse} by more than the noise of the curves.", **both)
    else:
        surely = say("{best} is clearly better than {worse}.", **both)
    text = language.join(
        word_pair(pair, groups, language),
        _word_others(pair, groups, language),
        _word_test_scores(pair, groups, measure, language),
        _word_basis(pair, language),
        surely if verdict.code == "some" else "",
        _word_leaning(verdict, groups, language),
        _word_last(verdict, groups, measure, language) if caveat == "last-epoch" else "",
    )
    title = _word_title(verdict, pair, groups, measure, caveat, diverged, language)
    return Sentences(title, text, advise_choice(verdict, groups, measure, language))


def _word_title(
    verdict: OverallVerdict,
    pair: GroupPair,
    groups: Sequence[GroupResult],
    measure: Measure,
    caveat: Caveat | None,
    diverged: Container[str],
    language: Language,
) -> str:
    say = language.say
    names = {
        "best": shown(verdict.best),
        "rivals": others(verdict.rivals, language),
        "worse": others(verdict.worse, language),
        "key": shown(measure.key),
    }
    if verdict.rivals and verdict.best not in diverged and all(name in diverged for name in verdict.rivals):
        return say("{best} is best on {key}; {rivals} diverged.", **names)
    if verdict.code == "same":
        are_runs = all(len(group.values) == 1 for group in groups)
        same = counted((verdict.best, *verdict.rivals), language, are_runs=are_runs)
        if pair.difference.mean == 0 and len(groups) == 2:
            return say("{names} have the same {key}.", names=same, key=names["key"])
        if len(groups) == 2:
            return say("No clear difference between {names} on {key}.", names=same, key=names["key"])
        return say("{best} has the best {key}, but not clearly.", **names)
    if verdict.code == "some":
        return say("{best} is best on {key}; {rivals} may be as good.", **names)
    if pair.basis == "noise":
        return say("{best} did better than {worse} on {key}, with one run each.", **names)
    if single_of(pair, groups):
        return say(
            "{best} did better than {worse} on {key}, with only one run of {single}.",
            single=shown(single_of(pair, groups)),
            **names,
        )
    if caveat == "diverged":
        return say("{best} is better than {worse} on {key}, but some of its runs diverged.", **names)
    if caveat == "last-epoch":
        return say("{best} is better than {worse} on {key}, but not at the last epoch.", **names)
    if caveat == "unfinished":
        return say("{best} is better than {worse} on {key} so far.", **names)
    return say("{best} is better than {worse} on {key}.", **names)


def single_of(pair: GroupPair, groups: Sequence[GroupResult]) -> str:
    """The group of a pair that has only one run, if the other one has several; otherwise empty."""
    singles = [group.name for group in groups if group.name in (pair.better, pair.worse) and len(group.values) == 1]
    return singles[0] if len(singles) == 1 else ""


def word_pair(pair: GroupPair, groups: Sequence[GroupResult], language: Language) -> str:
    """Both values, their difference with its interval, and how likely it is by chance."""
    say, found = language.say, pair.difference
    text = _word_means(pair, groups, language)
    if found.mean == 0:
        return text
    share = "" if pair.share is None else say("({text})", text=formatting.percent(pair.share))
    amount = f"{formatting.setting(abs(found.mean))} {share}".strip()
    if found.low is None or found.high is None or pair.p is None:
        return language.join(text, say("Difference: {amount}.", amount=amount))
    ends = sorted([found.low, found.high]) if found.mean > 0 else sorted([-found.low, -found.high])
    low, high = to_digits_of(ends, (ends[1] - ends[0]) / 2)
    tests, p = pairs_of(len(groups)), shown_p(pair.p)
    names = {
        "amount": amount,
        "low": low,
        "high": high,
        "p": p if pair.p < _LEAST_P else f"= {p}",
        "test": _word_test(pair, language),
        "n": tests,
    }
    if tests > 1:
        sure = say(
            "Difference: {amount}, 95% interval {low} to {high}, p {p} ({test}; p is corrected for {n} comparisons, "
            "the interval is not).",
            **names,
        )
    else:
        sure = say("Difference: {amount}, 95% interval {low} to {high}, p {p} ({test}).", **names)
    return language.join(text, sure)


def _word_means(pair: GroupPair, groups: Sequence[GroupResult], language: Language) -> str:
    """The values of both groups."""
    say = language.say
    spreads = {group.name: group.spread for group in groups if group.spread is not None}
    mine, theirs = spreads[pair.better], spreads[pair.worse]
    value, other = as_precise(mine.mean, theirs.mean)
    names = {"best": shown(pair.better), "other": shown(pair.worse), "value": value, "othervalue": other}
    if len(groups) > 2 and groups[1].name == pair.worse:
        names["other"] = say("{group} (next best)", group=names["other"])
    if mine.n == theirs.n == 1:
        return say("{best} has {value}, {other} {othervalue}.", **names)
    if mine.n == 1:
        return say("{best} has {value}; the mean of the {m} runs of {other} is {othervalue}.", m=theirs.n, **names)
    if theirs.n == 1:
        return say("The mean of the {n} runs of {best} is {value}; {other} has {othervalue}.", n=mine.n, **names)
    if mine.n == theirs.n:
        return say("Means of {n} runs each: {value} for {best}, {othervalue} for {other}.", n=mine.n, **names)
    names |= {"n": formatting.count(mine.n), "m": formatting.count(theirs.n)}
    return say("Means: {value} for {best} ({n} runs), {othervalue} for {other} ({m} runs).", **names)


def _word_test(pair: GroupPair, language: Language) -> str:
    """The test behind a p-value, and the pairs that it compares."""
    say = language.say
    tests = {
        "permutation": say("permutation test"),
        "sign-flip": say("sign-flip permutation test"),
        "welch": say("Welch's t test"),
        "paired-t": say("paired t test"),
        "single": say("t test of a single run"),
    }
    test = tests[pair.difference.method or "single"]
    if not pair.paired_by:
        return test
    by = word_repeats(pair.paired_by, language)
    return say("{test}, {n} pairs with the same {label}", test=test, n=pair.difference.pairs, label=by)


def _word_others(pair: GroupPair, groups: Sequence[GroupResult], language: Language) -> str:
    """Another metric of both groups, which may not agree with the compared one; empty without one."""
    found = {group.name: dict(group.others) for group in groups}
    both = [key for key in found[pair.better] if key in found[pair.worse]]
    if not both:
        return ""
    mine, theirs = (found[name][both[0]] for name in (pair.better, pair.worse))
    value, other = as_precise(mine.mean, theirs.mean, 3)
    return language.say("{key} in the same epochs: {value} and {other}.", key=shown(both[0]), value=value, other=other)


def _word_test_scores(pair: GroupPair, groups: Sequence[GroupResult], measure: Measure, language: Language) -> str:
    """A test score of both groups, if they are compared on other data; empty without one."""
    found = {group.name: dict(group.scores) for group in groups}
    both = [key for key in found[pair.better] if key in found[pair.worse]]
    if measure.on == "test" or not both:
        return ""
    name = measure.metric if measure.metric in both else both[0]
    mine, theirs = (found[each][name] for each in (pair.better, pair.worse))
    value, other = as_precise(mine.mean, theirs.mean, 3)
    return language.say(
        "{key} after training: {value} and {other}.", key=f"test_{shown(name)}", value=value, other=other
    )


def _word_last(verdict: OverallVerdict, groups: Sequence[GroupResult], measure: Measure, language: Language) -> str:
    """That another group is better at the last epoch."""
    finals = {group.name: group.final.mean for group in groups if group.final is not None}
    other = min(finals, key=lambda name: measure.sign * finals[name])
    value, best = as_precise(finals[other], finals[verdict.best])
    return language.say(
        "At the last epoch, {other} is better: {value}, and {best} has {bestvalue}.",
        other=shown(other),
        value=value,
        best=shown(verdict.best),
        bestvalue=best,
    )


def _word_leaning(verdict: OverallVerdict, groups: Sequence[GroupResult], language: Language) -> str:
    """The groups that are not clearly worse only because there are several; empty without any."""
    if not verdict.leaning:
        return ""
    return language.say(
        "Taken alone, the difference from {names} would be clear; among {n} groups, it may be chance.",
        names=counted(verdict.leaning, language),
        n=len(groups),
    )


def shown_p(p: float) -> str:
    """A p-value: 0.034, < 0.001."""
    if p < _LEAST_P:
        return f"< {_LEAST_P}"
    return formatting.short(p, 3 if abs(p - (1 - LEVEL)) < _NEAR_LEVEL else 2)


def _word_basis(pair: GroupPair, language: Language) -> str:
    """What the outcome rests on."""
    say = language.say
    if pair.basis == "noise":
        return say(
            "Each group has a single run, so this compares the difference with the noise of their curves (about "
            "{noise}), not with the spread of seeds.",
            noise=formatting.short(pair.noise or 0.0, 2),
        )
    if pair.basis == "none":
        return say("Each group has a single run, so it is unknown whether this is chance.")
    if pair.basis == "constant" and pair.paired_by:
        return say(
            "All pairs have the same difference, as pairs of copied runs do, so whether this is chance cannot "
            "be tested."
        )
    if pair.basis == "constant":
        return say(
            "The values do not vary from run to run, as in copies of one run, so whether this is chance cannot "
            "be tested."
        )
    if not pair.unpaired:
        return ""
    return language.say_count(
        "{n} run has no partner and is left out of the difference.",
        "{n} runs have no partner and are left out of the difference.",
        pair.unpaired,
    )


def word_best_values(language: Language) -> str:
    """What the compared values are if they were selected on the data they were measured on."""
    return language.say(
        "Values are the best that each run logged. They are optimistic, as the epoch was selected on the same data. "
        "Reports may name another epoch as best if the difference is within the noise."
    )


def word_grouping(grouping: Grouping, groups: int, language: Language) -> str:
    """How the groups were found; empty for a single run."""
    say = language.say
    names = ", ".join(shown(name) for name in grouping.by)
    differ = word_repeats(grouping.repeats, language)
    if grouping.basis == "given":
        return say("The groups are those that you chose.")
    if grouping.basis == "setting":
        return say("Runs are grouped by {names}, as you chose.", names=names)
    if grouping.basis == "settings" and all(group.settings or len(group.members) == 1 for group in grouping.groups):
        return say("Each run has its own settings. They differ in: {names}.", names=names)
    if grouping.basis == "settings":
        return say("Runs are grouped by the settings in which they differ: {names}.", names=names)
    if grouping.basis == "names" and differ:
        return say("Runs whose names differ only in the {label} are one group.", label=differ)
    if grouping.basis == "names":
        return say("Runs whose names differ only in times and numbers are one group.")
    if grouping.basis == "all" and differ:
        return say("Runs that differ only in the {label} are one group.", label=differ)
    if grouping.basis == "all" and len(grouping.groups[0].members) > 1:
        return say("All runs have the same recorded settings, so they form one group.")
    if grouping.basis == "numbered":
        return say(
            "The runs of this log differ only in their numbers, so they are one group of repetitions. If they are not, "
            'pass --group-by run (in Python: groups="run").'
        )
    if grouping.basis != "none" or groups < 2:
        return ""
    alone = say("Each run is a group of its own.")
    if groups < _FEWEST_TO_GROUP:
        return alone
    hint = say("If some runs repeat others, group them with --group-by or --group (in Python: groups=).")
    return language.join(alone, hint)


def word_without_values(compared: ComparedGroups, language: Language) -> str:
    """The groups without any finite value, and why; empty without such groups."""
    say, key = language.say, shown(compared.measure.key)
    sentences = []
    without = [group for group in compared.groups if group.spread is None]
    if len(without) > _MOST_WITHOUT:
        names = {"names": named([group.name for group in without], language), "key": key}
        return say("Groups without a finite {key}: {names}.", **names)
    for group in without:
        names = {"group": shown(group.name), "key": key}
        counts = dict(compared.verdict_counts(group.name))
        lacking = [compared.without_metric.get(name) for name in group.without_value]
        if None not in lacking:
            instead = ", ".join(map(shown, lacking[0] or ()))
            sentences.append(
                say("{group} has no {key} (it has {others}).", others=instead, **names)
                if instead
                else say("{group} has no {key}.", **names)
            )
        elif list(counts) == ["diverged"]:
            sentences.append(
                language.say_count(
                    "{group} has no finite {key}: its run diverged.",
                    "{group} has no finite {key}: its {n} runs diverged.",
                    len(group.without_value),
                    **names,
                )
            )
        else:
            sentences.append(say("{group} has no finite {key}.", **names))
    return language.join(*sentences)


def word_left_out(grouping: Grouping, language: Language) -> str:
    """How many runs belong to no group; empty if all do."""
    return (
        language.say_count(
            "{n} run belongs to no group and is left out.",
            "{n} runs belong to no group and are left out.",
            len(grouping.left_out),
        )
        if grouping.left_out
        else ""
    )


def word_notes(compared: ComparedGroups, language: Language) -> list[str]:
    """What readers should know about the numbers."""
    groups, grouping, copies = compared.groups, compared.grouping, compared.copies
    notes = []
    if copies:
        notes.append(
            language.say_count(
                "{n} run has exactly the values of another one, so the two are not independent: {names}. Leave it out.",
                "{n} runs have exactly the values of others, so they are not independent: {names}. Leave them out.",
                len(copies),
                names=named(copies, language),
            )
        )
    if compared.without_metric:
        notes.append(
            language.say_count(
                "{n} run has no {key} and is left out: {names}.",
                "{n} runs have no {key} and are left out: {names}.",
                len(compared.without_metric),
                key=shown(compared.measure.key),
                names=named(list(compared.without_metric), language),
            )
        )
    missing = [name for group in groups for name in group.without_value if name not in compared.without_metric]
    if missing:
        notes.append(
            language.say_count(
                "{n} run has no finite value and is left out: {names}.",
                "{n} runs have no finite value and are left out: {names}.",
                len(missing),
                names=named(missing, language),
            )
        )
    every = [run.history for runs in compared.members.values() for run in runs]
    validated = sum(history.has(compared.measure.metric, "validation") for history in every)
    if compared.measure.on == "train" and 0 < validated < len(every):
        key = shown(metrics.join_key(compared.measure.metric, "validation"))
        notes.append(
            language.say(
                "Training values are compared, as only {n} of {all} runs have {key}. They do not show overfitting.",
                n=validated,
                all=formatting.count(len(every)),
                key=key,
            )
        )
    spellings = {old: new for run in compared.runs for old, new in run.spellings.items()}
    notes += [
        language.say(
            "{other} in some runs and {key} in others are compared as {key}.", other=shown(old), key=shown(new)
        )
        for old, new in list(spellings.items())[:_MOST_SPELLINGS]
    ]
    if compared.in_mixed_units:
        keys = [metrics.join_key(metric, split) for metric, split in compared.in_mixed_units]
        notes.append(
            language.say_count(
                "{names} seems to be in percent in some runs and a fraction of 1 in others, so it is left out.",
                "{names} seem to be in percent in some runs and fractions of 1 in others, so they are left out.",
                len(keys),
                names=named(keys, language),
            )
        )
    if compared.counts_differ:
        notes.append(
            language.say(
                "Some runs seem to count epochs and others steps or batches. Best epochs and epochs to a value are "
                "therefore left out, and mean curves of these runs say little."
            )
        )
    if any(group.spread is not None and group.spread.is_logit for group in groups):
        notes.append(
            language.say(
                "Where an interval of {key} would leave the possible range, it is computed on the logit scale.",
                key=shown(compared.measure.key),
            )
        )
    if grouping.left_out:
        notes.append(word_left_out(grouping, language))
    has_folds = any("fold" in word for word in grouping.repeats)
    if has_folds and len(groups) > 1:
        notes.append(
            language.say(
                "Folds share most of their training data, so intervals are somewhat too narrow and p-values too small."
            )
        )
    elif has_folds:
        notes.append(
            language.say("Folds share most of their training data, so the interval of the mean is somewhat too narrow.")
        )
    return notes
