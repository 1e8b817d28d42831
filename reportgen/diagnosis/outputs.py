"""Splits the history of a model with several outputs into one history per output."""

from collections.abc import Iterable
from typing import Final

from reportgen import metrics
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory

_SHARED: Final = ""  # the owner of shared settings; no output has this name


def split_outputs(history: TrainingHistory) -> dict[str, TrainingHistory]:
    """One history per output, keyed by its name, in the order they were logged.

    Keras logs ``head_a_loss`` and ``head_b_loss`` besides their sum, ``loss``. A metric belongs to the
    output with the longest name that is a prefix of it.

    Returns:
        Empty for a model with a single output.
    """
    names = [name for metric in history.metric_names if (name := metrics.output_of(metric)) is not None]
    if "loss" not in history.metric_names or len(names) < 2:
        return {}
    owners = {metric: owner_of(metric, names) for metric in history.metric_names}
    run = RunFacts(directions=history.run.directions)
    parts = {}
    for name in names:
        rows = history.frame["metric"].map(lambda metric, name=name: owners[metric] in (name, _SHARED))
        parts[name] = TrainingHistory(history.frame[rows], run)
    return parts


def owner_of(metric: str, names: Iterable[str]) -> str | None:
    """Which output a metric belongs to; None for metrics of the whole model."""
    if metrics.is_schedule(metric):
        return _SHARED
    return max((name for name in names if metric.startswith(f"{name}_")), key=len, default=None)
