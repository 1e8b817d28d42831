"""A comparison in sentences, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Final

from reportgen import formatting
from reportgen.comparison.group_results import GroupResult, OddRun
from reportgen.comparison.grouping import Grouping
from reportgen.comparison.measures import Measure
from reportgen.comparison.verdicts import GroupPair, OverallVerdict
from reportgen.diagnosis.findings import VerdictCode
from reportgen.languages import Language, marked
from reportgen.text import printable
from reportgen.wording.diagnosis import Sentences

_MOST_NAMED: Final = 4  # groups in a sentence
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

VERDICT_WORDS: Final[dict[VerdictCode, str]] = {
    "diverged": marked("diverged"),
    "frozen": marked("unchanged"),
    "not-learning": marked("not learning"),
    "not-generalising": marked("not generalising"),
    "unstable": marked("unstable"),
    "overfitting": marked("overfitting"),
    "large-gap": marked("large gap"),
    "unclear": marked("unclear"),
    "not-judged": marked("not judged"),
    "still-improving": marked("still improving"),
    "finished": marked("finished"),
}


def word_overall(
    verdict: OverallVerdict, groups: Sequence[GroupResult], measure: Measure, language: Language
) -> Sentences:
    """Which group is best, by how much, how sure that is, and what to do.

    Args:
        verdict: As `sum_up` returns it.
        groups: Those with values, the best mean first.
        measure: What they are compared by.
        language: The language of the text.
    """
    if verdict.code == "one-group" or verdict.deciding is None:
        return _word_group(groups[0], measure, language)
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
        title = say("{best} is better than {worse} on {key}; whether it is better than {rivals} is unclear.", **names)
    else:
        same = _counted((verdict.best, *verdict.rivals), language)
        title = say("No clear difference between {names} on {key}.", names=same, key=names["key"])
    text = language.join(word_pair(pair, groups, language), _word_basis(pair, language))
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
    else:
        text = say("The mean of {best} is {value} ({n} runs), that of {other} {othervalue} ({m} runs).", **names)
    if found.mean == 0:
        return text
    if pair.share is not None:
        text = language.join(
            text, say("The difference is {amount} ({percent}).", percent=formatting.percent(pair.share), **names)
        )
    else:
        text = language.join(text, say("The difference is {amount}.", **names))
    if found.low is None or found.high is None or pair.p is None:
        return text
    ends = sorted([found.low, found.high]) if found.mean > 0 else sorted([-found.low, -found.high])
    return language.join(
        text,
        say(
            "Its 95% interval is {low} to {high}, p {p}.",
            low=formatting.setting(ends[0]),
            high=formatting.setting(ends[1]),
            p=shown_p(pair.p) if pair.p < _LEAST_P else f"= {shown_p(pair.p)}",
        ),
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
    sentences = {
        "permutation": say("Test: permutation of all runs."),
        "sign-flip": say("Test: permutation of the signs of the differences."),
        "welch": say("Test: Welch's t test."),
        "paired-t": say("Test: paired t test."),
        "single": say("The test asks whether a single run is consistent with the other group."),
    }
    text = sentences[pair.difference.method or "single"]
    if pair.paired_by:
        by = say(REPEAT_WORDS[pair.paired_by[0]])
        text = language.join(
            say("Runs are compared in {n} pairs with the same {label}.", n=pair.difference.pairs, label=by), text
        )
    if pair.unpaired:
        text = language.join(
            text,
            language.say_count(
                "{n} run has no partner and is left out of this.",
                "{n} runs have no partner and are left out of this.",
                pair.unpaired,
            ),
        )
    return text


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
    return (
        say(
            "Train {group} longer before you drop it: {n} of {all} runs were still improving.",
            group=_shown(name),
            n=improving,
            all=judged,
        ),
    )


def _word_group(group: GroupResult, measure: Measure, language: Language) -> Sentences:
    """A single group: its mean, interval and spread."""
    say, spread = language.say, group.spread
    if spread is None:
        return Sentences(say("{key} has no finite value.", key=_shown(measure.key)), "", ())
    names = {
        "key": _shown(measure.key),
        "mean": formatting.short(spread.mean),
        "n": spread.n,
        "least": formatting.short(spread.least),
        "greatest": formatting.short(spread.greatest),
    }
    if spread.low is None or spread.high is None or spread.deviation is None:
        return Sentences(say("One run: {key} is {mean}.", **names), "", ())
    deviation = formatting.setting(spread.deviation)
    title = say("{key} of {n} runs: {mean} ± {deviation}.", deviation=deviation, **names)
    runs = dict(zip(group.values, group.runs, strict=True))
    text = say(
        "This is the mean with the standard deviation. Runs range from {least} ({first}) to {greatest} ({last}). The "
        "95% interval of the mean is {low} to {high}.",
        low=formatting.short(spread.low),
        high=formatting.short(spread.high),
        first=_shown(runs[spread.least]),
        last=_shown(runs[spread.greatest]),
        **names,
    )
    if group.average_best_epoch is not None:
        text = language.join(text, say("The mean curve is best at epoch {epoch}.", epoch=group.average_best_epoch))
    advice = say("Quote scores on test data: best epochs were selected on the values shown here, which are optimistic.")
    return Sentences(title, text, (advice,) if measure.is_optimistic else ())


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
    if grouping.basis == "all" and differ:
        return say("Runs that differ only in the {label} are one group.", label=differ)
    return say("Each run is a group of its own.") if groups > 1 and grouping.basis == "none" else ""


def word_agreement(counts: Sequence[tuple[VerdictCode, int]], language: Language) -> str:
    """Whether the runs of a group have the same verdict; empty for a single run.

    Args:
        counts: How many runs have which verdict, the most frequent first.
        language: The language of the text.
    """
    n = sum(count for _, count in counts)
    if n < 2:
        return ""
    (verdict, most), *others = counts
    names = {"n": n, "verdict": language.say(VERDICT_WORDS[verdict])}
    first = language.say("{n} {verdict}", n=most, verdict=names["verdict"])
    if not others:
        return language.say("All {n} runs have the same verdict: {verdict}.", **names)
    listed = ", ".join(
        language.say("{n} {verdict}", n=count, verdict=language.say(VERDICT_WORDS[code])) for code, count in others
    )
    return language.say("The verdicts differ: {first}, {others}.", first=first, others=listed)


def word_odd(odd: OddRun, language: Language) -> str:
    """That a run is far from the others of its group, and what its verdict says about it."""
    say, names = language.say, {"run": _shown(odd.name), "value": formatting.short(odd.value)}
    if odd.verdict == odd.usual:
        return say("{run} is far from the others of its group, at {value}: look at its report.", **names)
    return say(
        "{run} is far from the others of its group, at {value}. Its verdict is: {verdict}; that of most others: "
        "{usual}.",
        verdict=say(VERDICT_WORDS[odd.verdict]),
        usual=say(VERDICT_WORDS[odd.usual]),
        **names,
    )


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
    if "fold" in grouping.repeats:
        notes.append(
            language.say(
                "Folds share most of their training data, so intervals are somewhat too narrow and p-values too small."
            )
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
