"""The comparison with a baseline in words."""

from collections.abc import Sequence
from typing import Final

from reportgen import formatting
from reportgen.diagnosis.comparison import BaselineComparison, UnknownNoise
from reportgen.diagnosis.curves import SHORTEST_FOR_NOISE
from reportgen.diagnosis.settings_compared import ChangedSetting
from reportgen.languages import Language
from reportgen.text import printable

_MAX_CHANGES: Final = 2  # in the sentence beside the chart; the table has all
_COMMIT: Final = 8  # digits of a commit, as in short hashes


def word_changes(changed: Sequence[ChangedSetting], language: Language) -> str:
    """Which settings differ from those of the baseline, in one sentence; empty if none does."""
    if not changed:
        return ""
    say = language.say
    pairs = [
        f"{printable(item.name, 40)} {short_setting(item.before, language)} → {short_setting(item.after, language)}"
        for item in changed[:_MAX_CHANGES]
    ]
    text, more = ", ".join(pairs), len(changed) - len(pairs)
    if more:
        text = say("{names} and {n} more", names=text, n=formatting.count(more))
    return say("What changed: {changes}.", changes=text)


def short_setting(value: str | None, language: Language) -> str:
    """The value of a setting in a sentence; a commit has its first digits."""
    if value is None:
        return language.say("(not set)")
    is_commit = len(value) in (40, 64) and all(digit in "0123456789abcdef" for digit in value)
    return value[:_COMMIT] if is_commit else printable(value, 40)


def word_comparison(found: BaselineComparison, language: Language) -> str:
    """Better, worse, no real difference or unsure, with the supporting values."""
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
    if found.outcome == "unsure":
        if found.reached_epoch is None:
            text = say(
                "Unsure whether it is worse than the baseline: the best {key} is {value}, the baseline's {baseline}.",
                **names,
            )
        else:
            text = say(
                "Unsure whether it is better than the baseline: the best {key} is {value}, the baseline's {baseline}.",
                **names,
            )
        return language.join(text, word_unknown_noise(found.unknown_noise, language))
    if found.outcome == "worse":
        return say(
            "Worse than the baseline, by more than the noise (about {noise}): the best {key} is {value}, the baseline's "
            "{baseline}.",
            **names,
        )
    return say(
        "Better than the baseline, by more than the noise (about {noise}): the best {key} is {value}, the baseline's "
        "{baseline}. It reached the baseline's best value in epoch {epoch}.",
        **names,
    )


def word_unknown_noise(reason: UnknownNoise | None, language: Language) -> str:
    """Why it is unknown how large the noise of two curves is; empty if it is known."""
    if reason is None:
        return ""
    if reason == "smooth":
        return language.say("A perfectly smooth curve does not show how large the noise is.")
    return language.say("A curve of fewer than {n} values does not show how large the noise is.", n=SHORTEST_FOR_NOISE)
