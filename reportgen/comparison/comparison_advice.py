"""What to do after a comparison, in sentences."""

from collections.abc import Sequence
from typing import Final

from reportgen import formatting
from reportgen.comparison.group_naming import REPEAT_WORDS, counted, shown
from reportgen.comparison.group_results import GroupResult
from reportgen.comparison.grouping import MANY_GROUPS
from reportgen.comparison.measures import Measure
from reportgen.comparison.statistics import MOST_ADVISED
from reportgen.comparison.verdicts import Caveat, GroupPair, OverallVerdict
from reportgen.languages import Language

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
    if groups == 1:
        return (say("Train longer: most runs were still improving."),)
    if len(unfinished) > 1:
        are_runs = all(judged == 1 for _, _, judged in unfinished)
        names = counted([name for name, _, _ in unfinished], language, are_runs=are_runs)
        if len(unfinished) == groups > 2:
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


def advise_choice(
    verdict: OverallVerdict,
    groups: Sequence[GroupResult],
    measure: Measure,
    caveat: Caveat | None,
    language: Language,
) -> tuple[str, ...]:
    """How to find out more about the best group.

    Args:
        verdict: Which group is best; not of a single group.
        groups: Those with values, the best mean first.
        measure: What they are compared by.
        caveat: What the verdict depends on.
        language: The language of the text.
    """
    advice, pair = [], verdict.deciding
    if pair is None:
        return ()
    if caveat == "last-epoch":
        advice.append(
            language.say("If you choose {best}, keep the weights of its best epoch.", best=shown(verdict.best))
        )
    advice += _advise_runs(verdict, pair, groups, language)
    if measure.is_optimistic:
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
    label = say(REPEAT_WORDS[pair.paired_by[0]])
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
