"""The comparison with a baseline in words."""

from reportgen import formatting
from reportgen.diagnosis.comparison import Comparison
from reportgen.languages import Language
from reportgen.text import printable


def word_comparison(found: Comparison, language: Language) -> str:
    """Better, worse, or no real difference, with the supporting values."""
    say = language.say
    names = {
        "key": printable(found.key, 60),
        "value": formatting.short(found.value),
        "baseline": formatting.short(found.baseline),
        "noise": formatting.setting(found.noise),
        "epoch": found.reached_epoch,
    }
    if found.outcome == "same" and found.difference == 0:
        return say("As good as the baseline: the best {key} of both is {value}.", **names)
    if found.outcome == "same":
        return say(
            "No real difference from the baseline: the best {key} is {value}, the baseline's {baseline}, and the noise "
            "of the curves (about {noise}) explains the difference.",
            **names,
        )
    if found.outcome == "worse" and found.noise:
        return say(
            "Worse than the baseline, by more than the noise (about {noise}): the best {key} is {value}, the baseline's "
            "{baseline}.",
            **names,
        )
    if found.outcome == "worse":
        return say(
            "Worse than the baseline, on smooth curves: the best {key} is {value}, the baseline's {baseline}.", **names
        )
    if found.noise:
        return say(
            "Better than the baseline, by more than the noise (about {noise}): the best {key} is {value}, the baseline's "
            "{baseline}. It reached the baseline's best value in epoch {epoch}.",
            **names,
        )
    return say(
        "Better than the baseline, on smooth curves: the best {key} is {value}, the baseline's {baseline}. It reached the "
        "baseline's best value in epoch {epoch}.",
        **names,
    )
