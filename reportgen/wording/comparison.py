"""The comparison with an earlier run in words."""

from reportgen import formatting
from reportgen.diagnosis.comparison import Comparison
from reportgen.languages import Language
from reportgen.text import printable


def word_comparison(found: Comparison, language: Language) -> str:
    """Better, worse, or no real difference, with the values it stands on."""
    say = language.say
    names = {
        "key": printable(found.key, 60),
        "value": formatting.short(found.value),
        "baseline": formatting.short(found.baseline),
        "noise": formatting.setting(found.noise),
    }
    if found.outcome == "same":
        if found.difference == 0:
            return say("As good as the baseline: the best {key} of both is {value}.", **names)
        return say(
            "No real difference to the baseline: its best {key} is {value}, the baseline's {baseline}, which the noise "
            "of the curves (about {noise}) explains.",
            **names,
        )
    if found.outcome == "worse":
        if found.noise:
            return say(
                "Worse than the baseline, by more than their noise (about {noise}): its best {key} is {value}, the "
                "baseline's {baseline}.",
                **names,
            )
        return say(
            "Worse than the baseline, on smooth curves: its best {key} is {value}, the baseline's {baseline}.", **names
        )
    if found.noise:
        return say(
            "Better than the baseline, by more than their noise (about {noise}): its best {key} is {value}, the "
            "baseline's {baseline}. It was as good as the baseline's best by epoch {epoch}.",
            epoch=found.reached_epoch,
            **names,
        )
    return say(
        "Better than the baseline, on smooth curves: its best {key} is {value}, the baseline's {baseline}. It was as good "
        "as the baseline's best by epoch {epoch}.",
        epoch=found.reached_epoch,
        **names,
    )
