"""Verdicts on single runs in a comparison: words, meanings, whether runs agree, and why a run is an outlier."""

from collections.abc import Iterable, Sequence
from typing import Final

from reportgen import formatting
from reportgen.comparison.group_naming import shown
from reportgen.comparison.group_results import Outlier
from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.verdict import GRAVITY
from reportgen.languages import Language, marked

_EARLY: Final = 0.75  # share of the epochs of the next shortest run below which a run stopped early

_FAULTS: Final = frozenset(GRAVITY[: GRAVITY.index("unclear")])  # verdicts that may explain why a run is worse

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
    "finished": marked("converged"),
}
_MEANINGS: Final[dict[VerdictCode, str]] = {
    "diverged": marked("Diverged: values exploded or became NaN."),
    "frozen": marked("Unchanged: values did not move at all."),
    "not-learning": marked("Not learning: no clear progress."),
    "not-generalising": marked("Not generalising: training improves and validation does not."),
    "unstable": marked("Unstable: values jump up and down."),
    "overfitting": marked("Overfitting: validation got worse while training kept improving."),
    "large-gap": marked("Large gap: validation is much worse than training, but was not getting clearly worse."),
    "unclear": marked("Unclear: too short or too noisy to tell."),
    "not-judged": marked("Not judged: too few values, or none with a known direction."),
    "still-improving": marked("Still improving: more epochs may help."),
    "finished": marked("Converged: hardly any progress at the end, and no overfitting."),
}


def word_meanings(codes: Iterable[VerdictCode], language: Language) -> str:
    """What the verdicts mean, each once."""
    return language.join(*(language.say(_MEANINGS[code]) for code in dict.fromkeys(codes)))


def word_agreement(counts: Sequence[tuple[VerdictCode, int]], language: Language) -> str:
    """Whether the runs of a group have the same verdict; empty for a single run.

    Args:
        counts: How many runs have which verdict, the most frequent first.
        language: The language of the text.
    """
    if sum(count for _, count in counts) < 2:
        return ""
    (verdict, most), *others = counts
    shown = language.say(VERDICT_WORDS[verdict])
    first = language.say("{n} {verdict}", n=most, verdict=shown)
    if not others:
        return language.say("All runs have the same verdict: {verdict}.", verdict=shown)
    listed = ", ".join(
        language.say("{n} {verdict}", n=count, verdict=language.say(VERDICT_WORDS[code])) for code, count in others
    )
    return language.say("The verdicts differ: {first}, {others}.", first=first, others=listed)


def word_count(counts: Sequence[tuple[VerdictCode, int]], language: Language) -> str:
    """The most frequent verdict on the runs of a group: ``3 of 5 converged``, ``All 5 overfitting``; empty for one run.

    Args:
        counts: How many runs have which verdict, the most frequent first.
        language: The language of the text.
    """
    judged = sum(count for _, count in counts)
    if judged < 2:
        return ""
    verdict, most = counts[0]
    names = {"n": most, "all": judged, "verdict": language.say(VERDICT_WORDS[verdict])}
    if most == judged:
        return language.say("All {n} {verdict}", **names)
    return language.say("{n} of {all} {verdict}", **names)


def word_outlier(run: Outlier, language: Language) -> str:
    """That a run is far from the others of its group, and what may explain it."""
    names = {"run": shown(run.name), "value": formatting.short(run.value, 3)}
    if run.is_worse:
        text = language.say("{run} is far worse than the others in its group, at {value}.", **names)
    else:
        text = language.say("{run} is far better than the others in its group, at {value}.", **names)
    return language.join(text, *_reasons(run, language))


def word_worst(run: Outlier, language: Language, *, is_outlier: bool) -> str:
    """That a run deserves a look; empty if it is not an outlier and nothing explains it."""
    reasons = _reasons(run, language)
    names = {"run": shown(run.name), "value": formatting.short(run.value, 3)}
    if is_outlier and run.is_worse:
        text = language.say("Look at {run}, which is far worse than the others, at {value}.", **names)
    elif is_outlier:
        text = language.say("Look at {run}, which is far better than the others, at {value}.", **names)
    else:
        text = language.say("Look at {run}, the worst run, at {value}.", **names) if reasons else ""
    return language.join(text, *reasons)


def _reasons(run: Outlier, language: Language) -> list[str]:
    """In what a run differs from the others of its group, in sentences."""
    say, reasons = language.say, []
    if run.last_epochs_of_others and run.last_epoch < _EARLY * run.last_epochs_of_others[0]:
        first, last = run.last_epochs_of_others
        others = formatting.count(first)
        if last > first:
            others = say("{low} to {high}", low=others, high=formatting.count(last))
        reasons.append(
            say("It stopped at epoch {epoch}, the others at {others}.", epoch=formatting.count(run.last_epoch),
                others=others)
        )  # fmt: skip
    if run.verdict in _FAULTS and GRAVITY.index(run.verdict) < GRAVITY.index(run.verdict_of_others):
        reasons.append(
            say(
                'Its verdict is "{verdict}"; that of most others is "{usual}".',
                verdict=say(VERDICT_WORDS[run.verdict]),
                usual=say(VERDICT_WORDS[run.verdict_of_others]),
            )
        )
    return reasons
