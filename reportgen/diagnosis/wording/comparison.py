"""The comparison with an earlier run in words."""

from reportgen import figures, metrics
from reportgen.diagnosis.comparison import Comparison


def word_comparison(found: Comparison) -> str:
    """Better, worse, or no real difference, with the values it stands on."""
    key = metrics.printable(found.key, 60)
    values = f"its best {key} is {figures.number(found.value)}, the baseline's {figures.number(found.baseline)}"
    if found.outcome == "same":
        if found.difference == 0:
            return f"As good as the baseline: the best {key} of both is {figures.number(found.value)}."
        return (
            f"No real difference to the baseline: {values}, which the noise of the curves "
            f"(about {figures.setting(found.noise)}) explains."
        )
    beyond = f"by more than their noise (about {figures.setting(found.noise)})" if found.noise else "on smooth curves"
    text = f"{found.outcome.capitalize()} than the baseline, {beyond}: {values}."
    if found.outcome == "better":
        return f"{text} It was as good as the baseline's best by epoch {found.reached_epoch}."
    return text
