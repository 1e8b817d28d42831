"""What to do after a comparison, in sentences."""

from collections.abc import Sequence
from typing import Final

from reportgen import formatting
from reportgen.comparison.group_naming import counted, shown, word_repeats
from reportgen.comparison.group_results import GroupResult
from reportgen.comparison.grouping import MANY_GROUPS
from reportgen.comparison.measures import Measure
from reportgen.comparison.statistics import MOST_ADVISED
from reportgen.comparison.verdicts import GroupPair, OverallVerdict
from reportgen.languages import Language

_MOST_BY_NAME: Final = 2  # groups that sentences name instead of saying "all"
_MOST_REPEATED: Final = 3  # groups of one run each that are worth several seeds; our choice


def advise_epochs(
    unfinished: Sequence[tuple[str, int, int]], verdict: OverallVerdict, groups: int, language: Language
) -> tuple[str, ...]:
    """To train groups longer that were still improving.

    Args:
        unfinished: The groups of which most runs were still improving: the name, how many were, and of how many.
        verdict: Which group is best.
        groups: How many groups there are.
        language: The language of the text.
    """
    say = language.say
    if groups > MANY_GROUPS:  # only those that may be the best are worth more epochs
        unfinished = [each for each in unfinished if each[0] in (verdict.best, *verdict.rivals)]
    if not unfinished:
        return ()
    if groups == 1 and unfinished[0][2] == 1:
        return (say("Train longer: the run was still improving."),)
    if groups == 1 and unfinished[0][1] == unfinished[0][2]:
        return (say("Train longer: all {n} runs were still improving.", n=unfinished[0][1]),)
    if groups == 1:
        return (say("Train longer: most runs were still improving."),)
    if len(unfinished) > 1:
        are_runs = all(judged == 1 for _, _, judged in unfinished)
        names = counted([name for name, _, _ in unfinished], language, are_runs=are_runs)
        if len(unfinished) == groups > _MOST_BY_NAME:
            names = say("all runs") if are_runs else say("all groups")
        if are_runs:
            return (say("Train {names} longer before you decide: they were still improving.", names=names),)
        return (say("Train {names} longer before you decide: most of their runs were still improving.", names=names),)
    ((name, improving, judged),) = unfinished
    if verdict.code == "best" and name == verdict.best:
        return (say("{group} may get even better with more epochs: it was still improving.", group=shown(name)),)
    if judged == 1:
        return (say("Train {group} longer before you decide: it was still improving.", group=shown(name)),)
    return (
        say(
            "Train {group} longer before you decide: {n} of {all} runs were still improving.",
            group=shown(name),
            n=improving,
            all=judged,
        ),
    )


def advise_stable(
    diverged: Sequence[tuple[str, int, int]], verdict: OverallVerdict, language: Language
) -> tuple[str, ...]:
    """To make groups stable that may be chosen although runs of them diverged.

    Args:
        diverged: The groups of which any run diverged: the name, how many did, and of how many.
        verdict: Which group is best.
        language: The language of the text.
    """
    say, candidates = language.say, (verdict.best, *verdict.rivals)
    if verdict.code == "one-group":
        return tuple(
            say("Make the training stable first: {n} of {all} runs diverged.", n=n, all=judged)
            for _, n, judged in diverged
            if judged > 1 and (n > 1 or 2 * n >= judged)  # one is named as the worst run
        )
    diverged = [each for each in diverged if each[0] in candidates]
    if len(diverged) > 1:
        names = counted([name for name, _, _ in diverged], language, are_runs=all(each[2] == 1 for each in diverged))
        return (
            say(
                "Make {names} stable before you choose: some runs diverged, and their values are from before that.",
                names=names,
            ),
        )
    return tuple(
        say("Make {group} stable before you choose it: it diverged, and its value is from before that.",
            group=shown(name))
        if judged == 1
        else say(
            "Make {group} stable before you choose it: {n} of {all} runs diverged, and their values are from before "
            "that.",
            group=shown(name), n=n, all=judged,
        )
        for name, n, judged in diverged
    )  # fmt: skip


def advise_stopping(
    overfitting: Sequence[tuple[str, int, int]],
    verdict: OverallVerdict,
    groups: Sequence[GroupResult],
    language: Language,
    *,
    with_epoch: bool = True,
) -> tuple[str, ...]:
    """To stop early where most runs overfit, with the epoch of the best group or the first of these, once.

    Args:
        overfitting: The groups of which most runs overfit: the name, how many did, and of how many.
        verdict: Which group is best.
        groups: Those with values, the best mean first.
        language: The language of the text.
        with_epoch: Whether to say the epoch, unless other advice does.
    """
    say = language.say
    if len(groups) > MANY_GROUPS:  # only those that may be the best are worth it
        overfitting = [each for each in overfitting if each[0] in (verdict.best, *verdict.rivals)]
    if not overfitting:
        return ()
    name, n, judged = min(overfitting, key=lambda each: each[0] != verdict.best)
    epoch = next((group.best_epoch for group in groups if group.name == name), None)
    about = {} if epoch is None or not with_epoch else {"epoch": formatting.count(round(epoch)), "group": shown(name)}
    best = say("the best epoch (about {epoch})", **about) if about else say("the best epoch")
    if len(overfitting) == 1:
        runs = say("{n} of {all} runs overfit", n=n, all=judged) if n < judged else say("all {n} runs overfit", n=n)
        if len(groups) == 1:
            runs = say("the run overfits") if judged == 1 else runs
            return (say("Stop early, or restore the weights of {best}: {runs}.", best=best, runs=runs),)
        runs = say("it overfits") if judged == 1 else runs
        return (say("Stop {names} early, or restore the weights of {best}: {runs}.",
                    names=shown(name), best=best, runs=runs),)  # fmt: skip
    are_runs = all(each[2] == 1 for each in overfitting)
    names = counted([each[0] for each in overfitting], language, are_runs=are_runs)
    if len(overfitting) == len(groups) > _MOST_BY_NAME:
        names = say("all runs") if are_runs else say("all groups")
    best = say("the best epochs (about {epoch} in {group})", **about) if about else say("the best epochs")
    runs = say("they overfit") if are_runs else say("most of their runs overfit")
    return (say("Stop {names} early, or restore the weights of {best}: {runs}.", names=names, best=best, runs=runs),)


def advise_choice(
    verdict: OverallVerdict,
    groups: Sequence[GroupResult],
    measure: Measure,
    language: Language,
) -> tuple[str, ...]:
    """How to find out more about the best group.

    Args:
        verdict: Which group is best; not of a single group.
        groups: Those with values, the best mean first.
        measure: What they are compared by.
        language: The language of the text.
    """
    pair = verdict.deciding
    if pair is None:
        return ()
    advice = _advise_runs(verdict, pair, groups, language)
    if measure.is_optimistic and max(group.longest for group in groups) > 1:  # otherwise, nothing was selected
        advice.append(_advise_test(groups, pair, language))
    return tuple(advice)


def _advise_runs(
    verdict: OverallVerdict, pair: GroupPair, groups: Sequence[GroupResult], language: Language
) -> list[str]:
    """How many runs would decide between the best two groups."""
    say = language.say
    if pair.basis == "constant":
        return [say("Compare more runs that are not copies of each other, such as runs with other seeds.")]
    if pair.basis != "runs":
        if len(groups) == 2:
            return [say("Train each group with at least 5 seeds to find out whether the difference is real.")]
        n = max(2, min(1 + len(verdict.rivals), _MOST_REPEATED))
        return [say("Train the best {n} with at least 5 seeds each to find out which is really the best.", n=n)]
    if pair.outcome == "different":
        single = [name for name in (pair.better, pair.worse) if len(_of(groups, name).values) == 1]
        return [say("Train {group} with more seeds: it has only one run.", group=shown(single[0]))] if single else []
    if pair.difference.mean == 0:
        return [say("The values are equal: choose by other criteria, such as training time.")]
    if verdict.needed is None and len(groups) > 2:
        return [
            say(
                "To tell {best} and {other} apart would take more than {n} runs each: choose between them by other "
                "criteria.",
                best=shown(pair.better),
                other=shown(pair.worse),
                n=MOST_ADVISED,
            )
        ]
    if verdict.needed is None:
        return [
            say(
                "It would take more than {n} runs per group to tell whether a difference this small is real: choose by "
                "other criteria.",
                n=MOST_ADVISED,
            )
        ]
    needed = formatting.count(verdict.needed)
    if not pair.paired_by:
        return [say("Train about {n} runs per group to find out whether a difference of this size is real.", n=needed)]
    label = word_repeats(pair.paired_by, language)
    return [
        say(
            "Train about {n} pairs with the same {label} to find out whether a difference of this size is real.",
            n=needed,
            label=label,
        )
    ]


def _advise_test(groups: Sequence[GroupResult], pair: GroupPair, language: Language) -> str:
    """To look at test data."""
    scores = [dict(_of(groups, name).scores) for name in (pair.better, pair.worse)]
    both = [name for name in scores[0] if name in scores[1]]
    if both:
        return language.say(
            "Compare scores on test data too (--metric {key}, in Python: metric=): best epochs were selected on the "
            "values compared here.",
            key=f"test_{shown(both[0])}",
        )
    return language.say("Confirm the choice on test data: best epochs were selected on the values compared here.")


def _of(groups: Sequence[GroupResult], name: str) -> GroupResult:
    return next(group for group in groups if group.name == name)
