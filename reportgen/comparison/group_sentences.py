"""A single group in sentences: its mean, spread and best epochs, and what to do."""

from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.comparison.amounts import as_precise, interval_of, with_deviation
from reportgen.comparison.group_naming import shown
from reportgen.comparison.group_results import GroupResult
from reportgen.comparison.measures import Measure
from reportgen.comparison.statistics import Spread
from reportgen.languages import Language
from reportgen.wording.diagnosis import Sentences

_FEWEST_EPOCHS: Final = 3  # from which a mean curve says for how many to train; our choice


def word_group(
    group: GroupResult, measure: Measure, repeats: str, language: Language, *, is_settled: bool = True
) -> Sentences:
    """A single group: its mean, the range and interval, its best epochs, and what to do.

    Args:
        group: The group, with at least one value.
        measure: What its values are.
        repeats: What its runs differ in, such as ``seed``; empty if that is unknown.
        language: The language of the text.
        is_settled: Whether most runs learned and had stopped improving, so that their epochs suit a final model.
    """
    say, spread = language.say, group.spread
    names = {"key": shown(measure.key)}
    if spread is None:
        return Sentences(say("{key} has no finite value.", **names), "", ())
    interval = interval_of(spread)
    if interval is None:
        return Sentences(say("One run: {key} is {mean}.", mean=formatting.short(spread.mean), **names), "", ())
    names |= {"n": formatting.count(spread.n), "mean": with_deviation(spread)}
    if repeats == "fold":
        title = say("{n}-fold {key}: {mean} (sd).", **names)
    elif repeats == "seed":
        title = say("{key} over {n} seeds: {mean} (sd).", **names)
    else:
        title = say("{key} over {n} runs: {mean} (sd).", **names)
    text = language.join(_word_range(group, spread, interval, language), _word_epochs(group, spread, language))
    return Sentences(title, text, _advise(group, measure, repeats if is_settled else "", language))


def _word_range(group: GroupResult, spread: Spread, interval: tuple[str, str], language: Language) -> str:
    if spread.least == spread.greatest:
        return language.say("All runs have the same value.")
    runs = dict(zip(group.values, group.runs, strict=True))
    least, greatest = as_precise(spread.least, spread.greatest, 3)
    return language.say(
        "Runs range from {least} ({first}) to {greatest} ({last}). 95% interval of the mean: {low} to {high}.",
        low=interval[0],
        high=interval[1],
        least=least,
        greatest=greatest,
        first=shown(runs[spread.least]),
        last=shown(runs[spread.greatest]),
    )


def _word_epochs(group: GroupResult, spread: Spread, language: Language) -> str:
    """The epochs in which single runs are best, the one in which their mean is, and what that one costs."""
    say, average = language.say, group.average_best
    if not group.epochs:
        return ""
    low, high = formatting.count(min(group.epochs)), formatting.count(max(group.epochs))
    if low == high:
        return say("The best epoch of all runs is {epoch}.", epoch=low)
    median = formatting.short(float(np.median(group.epochs)))
    text = say("Best epochs of single runs: {low} to {high}, median {median}.", low=low, high=high, median=median)
    if average is None:
        return text
    epoch = formatting.count(average.epoch)
    if average.center == "median":
        return language.join(text, say("The median of all runs is best at epoch {epoch}.", epoch=epoch))
    value, best = as_precise(average.value, spread.mean, 3)
    return language.join(
        text,
        say(
            "The mean of all runs is best at epoch {epoch}, with {value}; the mean of their best values is {best}.",
            epoch=epoch,
            value=value,
            best=best,
        ),
    )


def _advise(group: GroupResult, measure: Measure, repeats: str, language: Language) -> tuple[str, ...]:
    say, advice, average = language.say, [], group.average_best
    if repeats == "fold" and average is not None and group.longest >= _FEWEST_EPOCHS:
        epoch = formatting.count(average.epoch)
        if average.is_end:
            said = say("For a final model on all data, train for at least {epoch} epochs: "
                       "the mean was still improving.",
                       epoch=epoch)  # fmt: skip
        else:
            said = say("For a final model on all data, train for about {epoch} epochs, where the mean is best.",
                       epoch=epoch)  # fmt: skip
        advice.append(said)
    if group.longest == 1:  # nothing was selected
        return tuple(advice)
    if measure.is_optimistic and group.scores:
        advice.append(say("Report the test scores, not these values: the best epochs were selected on them."))
    elif measure.is_optimistic:
        advice.append(say("Report scores on test data: the best epochs were selected on the values shown here."))
    return tuple(advice)
