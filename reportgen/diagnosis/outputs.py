"""Splits the history of a model with several outputs into one history per output."""

from collections.abc import Collection
from itertools import islice
from typing import Final, Literal

from reportgen import metrics
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory

PartKind = Literal["output", "set", "loss"]

MAX_OUTPUTS: Final = 24  # judged one by one; our choice: nobody reads more verdicts, and each takes 15 ms
_SHARED: Final = ""  # the owner of shared settings; no output has this name


def output_names(history: TrainingHistory) -> tuple[str, ...]:
    """The outputs of a model, in the order they were logged; empty for a model with a single output.

    Keras logs ``head_a_loss`` and ``head_b_loss`` besides their sum, ``loss``.
    """
    logged = history.metric_names
    names = tuple(name for metric in logged if (name := metrics.output_of(metric)) is not None)
    return names if "loss" in logged and len(names) > 1 else ()


def split_outputs(history: TrainingHistory) -> dict[str, TrainingHistory]:
    """One history per output, keyed by its name, in the order they were logged; at most `MAX_OUTPUTS`.

    A metric belongs to the output with the longest name that is a prefix of it.

    Returns:
        Empty for a model with a single output.
    """
    names = dict.fromkeys(output_names(history))
    owners = {metric: owner_of(metric, names) for metric in history.metric_names} if names else {}
    run = RunFacts(directions=history.run.directions, tool=history.run.tool)
    parts = {}
    for name in islice(names, MAX_OUTPUTS):
        own = [metric for metric, owner in owners.items() if owner in (name, _SHARED)]
        parts[name] = TrainingHistory(history.frame[history.frame["metric"].isin(own)], run)
    return parts


def owner_of(metric: str, names: Collection[str]) -> str | None:
    """Which output a metric belongs to; None for metrics of the whole model."""
    if metrics.is_schedule(metric):
        return _SHARED
    ends = [place for place, letter in enumerate(metric) if letter == "_"]
    return next((metric[:end] for end in reversed(ends) if metric[:end] in names), None)


def kind_of_parts(history: TrainingHistory, names: Collection[str]) -> PartKind:
    """What the parts of a run are.

    Args:
        history: The run.
        names: The names of its parts.
    """
    losses = [f"{name}_loss" for name in names]
    if history.has("loss", "train") and not any(history.has(loss, "train") for loss in losses):
        return "set"
    others = (metric for metric in history.results if metric not in losses)
    return "output" if any(owner_of(metric, names) for metric in others) else "loss"
