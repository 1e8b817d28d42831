"""A comparison in sentences, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Final

from reportgen import formatting
from reportgen.comparison.amounts import interval_of, to_digits_of, with_deviation
from reportgen.comparison.group_results import GroupResult
from reportgen.comparison.grouping import Grouping
from reportgen.comparison.measures import Measure
from reportgen.comparison.verdicts import GroupPair, OverallVerdict
from reportgen.diagnosis.findings import VerdictCode
from reportgen.languages import Language, marked
from reportgen.text import printable
from reportgen.wording.diagnosis import Sentences

_MOST_NAMED: Final = 4  # groups in a sentence
_FEWEST_TO_GROUP: Final = 3  # runs, from which the advice on groups helps; our choice
_MOST_IN_TITLE: Final = 2  # in a heading
_LONGEST: Final = 60  # characters of a name
_LEAST_P: Final = 0.001
REPEAT_WORDS: Final = {
    "seed": marked("seed"),
    "fold": marked("fold"),
    "split": marked("split"),
    "repetition": marked("repetition"),
    "trial": marked("trial"),
}


def word_overall(
    verdict: OverallVerdict, groups: Sequence[GroupResult], measure: Measure, repeats: str, language: Language
) -> Sentences:
    """Which group is best, by how much, how sure that is, and what to do.

    Args:
        verdict: As `sum_up` returns it.
        groups: Those with values, the best mean first.
        measure: What they are compared by.
        repeats: What the runs of a group differ in, such as ``seed``; empty if that is unknown.
        language: The language of the text.
    """
    if verdict.code == "one-group" or verdict.deciding is None:
        return _word_group(groups[0], measure, repeats, language)
    say, pair = language.say, verdict.deciding
    names = {
        "best": _shown(verdict.best),
        "rivals": _counted(verdict.rivals, language),
        "worse": _counted(verdict.worse, language),
        "key": _shown(measure.key),
    }
    if verdict.code == "best" and pair.basis == "noise":
        title = say("{best} did better than {worse} on {key}, in one run each.", **names)
    elif verdict.code == "best":
        title = say("{best} is better than {worse} on {key}.", **names)
    elif verdict.code == "some":
        title = say("{best} is best on {key}; {rivals} may be as good.", **names)
    else:
        same = _counted((verdict.best, *verdict.rivals), language)
        title = say("No clear difference between {names} on {key}.", names=same, key=names["key"])
    surely = say("It is clearly better than {worse}.", **names) if verdict.code == "some" else ""
    text = language.join(
        word_pair(pair, groups, language), _word_others(pair, groups, language), _word_basis(pair, language), surely
    )
    return Sentences(title, text, _advice(verdict, pair, measure, language))


def word_pair(pair: GroupPair, groups: Sequence[GroupResult], language: Language) -> str:
    """Both values, their difference with its interval, and how likely it is by chance."""
    say, found = language.say, pair.difference
    spreads = {group.name: group.spread for group in groups if group.spread is not None}
    mine, theirs = spreads[pair.better], spreads[pair.worse]
    value, other = formatting.apart(mine.mean, theirs.mean)
    names = {
        "best": _shown(pair.better),
        "other": _shown(pair.worse),
        "value": value,
        "othervalue": other,
        "amount": formatting.setting(abs(found.mean)),
        "n": mine.n,
        "m": theirs.n,
    }
    if mine.n == theirs.n == 1:
        text = say("{best} has {value}, {other} {othervalue}.", **names)
    elif mine.n == theirs.n:
        text = say("Means of {n} runs each: {value} for {best}, {othervalue} for {other}.", **names)
    else:
        text = say("Means: {value} for {best} ({n} runs), {othervalue} for {other} ({m} runs).", **names)
    if found.mean == 0:
        return text
    share = "" if pair.share is None else say("({text})", text=formatting.percent(pair.share))
    amount = f"{names['amount']} {share}".strip()
    if found.low is None or found.high is None or pair.p is None:
        return language.join(text, say("Difference: {amount}.", amount=amount))
    ends = sorted([found.low, found.high]) if found.mean > 0 else sorted([-found.low, -found.high])
    low, high = to_digits_of(ends, (ends[1] - ends[0]) / 2)
    return language.join(
        text,
        say(
            "Difference: {amount}, 95% interval {low} to {high}, p {p} ({test}).",
            amount=amount,
            low=low,
            high=high,
            p=shown_p(pair.p) if pair.p < _LEAST_P else f"= {shown_p(pair.p)}",
            test=_word_test(pair, language),
        ),
    )


def _word_test(pair: GroupPair, language: Language) -> str:
    """The test behind a p-value, and the pairs that it compares."""
    say = language.say
    tests = {
        "permutation": say("permutation test"),
        "sign-flip": say("permutation test of the signs"),
        "welch": say("Welch's t test"),
        "paired-t": say("paired t test"),
        "single": say("test of one run against the others"),
    }
    test = tests[pair.difference.method or "single"]
    if not pair.paired_by:
        return test
    by = say(REPEAT_WORDS[pair.paired_by[0]])
    return say("{test}, {n} pairs with the same {label}", test=test, n=pair.difference.pairs, label=by)


def _word_others(pair: GroupPair, groups: Sequence[GroupResult], language: Language) -> str:
    """Another metric of both groups, which may not agree with the compared one; empty without one."""
    found = {group.name: dict(group.others) for group in groups}
    shared = [key for key in found[pair.better] if key in found[pair.worse]]
    if not shared:
        return ""
    mine, theirs = (found[name][shared[0]] for name in (pair.better, pair.worse))
    value, other = formatting.apart(mine.mean, theirs.mean, 3)
    return language.say(
        "{key} in the same epochs: {value} and {other}.", key=_shown(shared[0]), value=value, other=other
    )


def shown_p(p: float) -> str:
    """A p-value: 0.034, < 0.001."""
    return f"< {_LEAST_P}" if p < _LEAST_P else formatting.short(p, 2)


def _word_basis(pair: GroupPair, language: Language) -> str:
    """What the outcome rests on."""
    say = language.say
    if pair.basis == "noise":
        return say(
            "Each group has a single run, so this compares the difference with the noise of their curves (about "
            "{noise}), not with the spread of seeds.",
            noise=formatting.setting(pair.noise or 0.0),
        )
    if pair.basis == "none":
        return say("Each group has a single run, so it is unknown whether this is chance.")
    if not pair.unpaired:
        return ""
    return language.say_count(
        "{n} run has no partner and is left out of this.",
        "{n} runs have no partner and are left out of this.",
        pair.unpaired,
    )


def _advice(verdict: OverallVerdict, pair: GroupPair, measure: Measure, language: Language) -> tuple[str, ...]:
    say, advice = language.say, []
    if pair.basis != "runs":
        advice.append(say("Train each group with at least 5 seeds to find out whether the difference is real."))
    elif verdict.needed is not None:
        if pair.paired_by:
            advice.append(
                say("About {n} pairs would decide a difference of this size.", n=formatting.count(verdict.needed))
            )
        else:
            advice.append(
                say(
                    "About {n} runs of each would decide a difference of this size.", n=formatting.count(verdict.needed)
                )
            )
    elif verdict.rivals:
        advice.append(say("A difference this small is not worth more runs: choose by other criteria."))
    if measure.is_optimistic:
        advice.append(say("Confirm the choice on test data: best epochs were selected on the values compared here."))
    return tuple(advice)


def advise_first(
    verdict: OverallVerdict,
    groups: Sequence[GroupResult],
    counts: Mapping[str, Sequence[tuple[VerdictCode, int]]],
    language: Language,
) -> tuple[str, ...]:
    """What the verdicts on single runs ask for: to train groups longer that were still improving.

    Args:
        verdict: Which group is best.
        groups: Those with values, the best mean first.
        counts: How many runs of each group have which verdict.
        language: The language of the text.
    """
    say = language.say
    if verdict.code == "one-group":
        ((most, n), *others) = counts[groups[0].name] or [("not-judged", 0)]
        improving = n if most == "still-improving" and n > sum(count for _, count in others) else 0
        return (say("Train longer: most runs were still improving."),) if improving else ()
    unfinished = []
    for group in groups:
        improving, judged = dict(counts[group.name]).get("still-improving", 0), sum(n for _, n in counts[group.name])
        if group.name != verdict.best and 2 * improving > judged:
            unfinished.append((group.name, improving, judged))
    if not unfinished:
        return ()
    if len(unfinished) > 1:
        names = _counted([name for name, _, _ in unfinished], language)
        return (
            say("Train {names} longer before you drop them: most of their runs were still improving.", names=names),
        )
    ((name, improving, judged),) = unfinished
    if judged == 1:
        return (say("Train {group} longer before you drop it: it was still improving.", group=_shown(name)),)
    return (
        say(
            "Train {group} longer before you drop it: {n} of {all} runs were still improving.",
            group=_shown(name),
            n=improving,
            all=judged,
        ),
    )


def _word_group(group: GroupResult, measure: Measure, repeats: str, language: Language) -> Sentences:
    """A single group: its mean, interval and spread."""
    say, spread = language.say, group.spread
    if spread is None:
        return Sentences(say("{key} has no finite value.", key=_shown(measure.key)), "", ())
    names = {"key": _shown(measure.key), "n": spread.n}
    interval = interval_of(spread)
    if interval is None:
        return Sentences(say("One run: {key} is {mean}.", mean=formatting.short(spread.mean), **names), "", ())
    names["mean"] = with_deviation(spread)
    if repeats == "fold":
        title = say("{n}-fold {key}: {mean} (sd).", **names)
    elif repeats == "seed":
        title = say("{key} over {n} seeds: {mean} (sd).", **names)
    else:
        title = say("{key} over {n} runs: {mean} (sd).", **names)
    runs = dict(zip(group.values, group.runs, strict=True))
    text = say(
        "Runs range from {least} ({first}) to {greatest} ({last}). 95% interval of the mean: {low} to {high}.",
        low=interval[0],
        high=interval[1],
        least=formatting.short(spread.least, 3),
        greatest=formatting.short(spread.greatest, 3),
        first=_shown(runs[spread.least]),
        last=_shown(runs[spread.greatest]),
    )
    if spread.least == spread.greatest:
        text = say("All runs have the same value.")
    advice = []
    if group.best_epoch is not None:
        epochs = {
            "epoch": formatting.short(group.best_epoch),
            "low": formatting.count(min(group.epochs)),
            "high": formatting.count(max(group.epochs)),
        }
        median = say("Best epoch: {epoch} (median; from {low} to {high}).", **epochs)
        if min(group.epochs) == max(group.epochs):
            median = say("Best epoch: {epoch} in all runs.", **epochs)
        text = language.join(text, median)
        if repeats == "fold":
            advice.append(
                say(
                    "For a final model on all data, train for about {epoch} epochs, the median of the best ones.",
                    **epochs,
                )
            )
    if measure.is_optimistic:
        advice.append(
            say("Quote scores on test data: best epochs were selected on the values shown here, which are optimistic.")
        )
    return Sentences(title, text, tuple(advice))


def word_best_values(language: Language) -> str:
    """What the compared values are if they were selected on the data they were measured on."""
    return language.say(
        "Values are the best that each run logged, selected on the same data, so they are optimistic. A report names "
        "another epoch as best where noise explains the difference."
    )


def word_grouping(grouping: Grouping, groups: int, language: Language) -> str:
    """How the groups were found; empty for a single run."""
    say = language.say
    names = ", ".join(_shown(name) for name in grouping.by)
    differ = say(REPEAT_WORDS[grouping.repeats[0]]) if grouping.repeats else ""
    if grouping.basis == "given":
        return say("The groups are those that you chose.")
    if grouping.basis == "setting":
        return say("Runs are grouped by {names}, as you chose.", names=names)
    if grouping.basis == "settings":
        return say("Runs are grouped by the settings in which they differ: {names}.", names=names)
    if grouping.basis == "names" and differ:
        return say("Runs whose names differ only in the {label} are one group.", label=differ)
    if grouping.basis == "names":
        return say("Runs whose names differ only in times and numbers are one group.")
    if grouping.basis == "all" and differ:
        return say("Runs that differ only in the {label} are one group.", label=differ)
    if grouping.basis == "all" and len(grouping.groups[0].members) > 1:
        return say("The recorded settings of all runs are the same, so they are one group.")
    if grouping.basis != "none" or groups < 2:
        return ""
    alone = say("Each run is a group of its own.")
    if groups < _FEWEST_TO_GROUP:
        return alone
    hint = say("If some runs repeat others, group them with --group-by or --group (in Python: groups).")
    return language.join(alone, hint)


def word_notes(
    groups: Sequence[GroupResult], grouping: Grouping, copies: Sequence[str], language: Language
) -> list[str]:
    """What readers should know about the numbers."""
    notes = []
    left_out = len(grouping.left_out)
    if copies:
        notes.append(
            language.say_count(
                "{n} run has exactly the values of another one, so the two are not independent: {names}. Leave it out.",
                "{n} runs have exactly the values of others, so they are not independent: {names}. Leave them out.",
                len(copies),
                names=_named(copies, language),
            )
        )
    missing = [name for group in groups for name in group.without_value]
    if missing:
        notes.append(
            language.say_count(
                "{n} run has no finite value and is not part of the numbers: {names}.",
                "{n} runs have no finite value and are not part of the numbers: {names}.",
                len(missing),
                names=_named(missing, language),
            )
        )
    if left_out:
        notes.append(
            language.say_count(
                "{n} run belongs to no group and is left out.",
                "{n} runs belong to no group and are left out.",
                left_out,
            )
        )
    if "fold" in grouping.repeats and len(groups) > 1:
        notes.append(
            language.say(
                "Folds share most of their training data, so intervals are somewhat too narrow and p-values too small."
            )
        )
    elif "fold" in grouping.repeats:
        notes.append(
            language.say("Folds share most of their training data, so the interval of the mean is somewhat too narrow.")
        )
    return notes


def _shown(name: str) -> str:
    return printable(name, _LONGEST)


def _counted(names: Sequence[str], language: Language) -> str:
    """One or two groups by name, more by number, for headings."""
    if len(names) <= _MOST_IN_TITLE:
        return _named(names, language)
    return language.say("{n} groups", n=len(names))


def _named(names: Sequence[str], language: Language) -> str:
    """Several names in a sentence."""
    shown, more = [_shown(name) for name in names[:_MOST_NAMED]], len(names) - _MOST_NAMED
    if more > 0:
        return language.say("{names} and {n} more", names=", ".join(shown), n=formatting.count(more))
    if len(shown) < 2:
        return "".join(shown)
    return language.say("{names} and {last}", names=", ".join(shown[:-1]), last=shown[-1])
