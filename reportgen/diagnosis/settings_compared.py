"""The settings of a run in one list, and which of them differ from those of a baseline."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen import metrics
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory

_FIRST: Final = ("learning_rate", "batch_size", "optimizer", "loss")
_WARMING: Final = 1.05  # last over first learning rate, above which it was still rising; our choice


@dataclass(frozen=True)
class ChangedSetting:
    """A setting that differs between two runs.

    Attributes:
        name: Its name.
        before: Its value in the baseline, as text; None without one.
        after: Its value in the run, likewise.
    """

    name: str
    before: str | None
    after: str | None


def run_settings(history: TrainingHistory) -> dict[str, str]:
    """What a run was trained with, as text by name: the settings that matter most, then those of the user."""
    known = dict(pair for pairs in _kinds(history) for pair in pairs)
    return {name: known[name] for name in _FIRST if name in known} | known


def _kinds(history: TrainingHistory) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The settings by where they come from."""
    run = history.run
    named = {"optimizer": run.optimizer, "loss": run.loss, "model": run.model_name}
    counted = {"epochs": run.epochs_planned, "parameters": run.parameters}
    found = {name: value for name, value in named.items() if value}
    found |= {name: str(value) for name, value in counted.items() if value is not None}
    rate = metrics.learning_rate_name(list(history.metric_names))
    if rate is not None and history.has(rate, "train"):
        highest = _highest_rate(history.series(rate, "train").to_numpy())
        found |= {} if highest is None else {"learning_rate": f"{highest:.6g}"}
    of_optimizer = tuple((f"optimizer.{name}", value) for name, value in run.optimizer_settings)
    return tuple(found.items()), of_optimizer, run.settings, run.params


def _highest_rate(rates: np.ndarray) -> float | None:
    """The learning rate that a schedule was made for; None if the run ended during the warm-up, so it is unknown."""
    rates = rates[np.isfinite(rates)]
    if not len(rates) or rates[-1] == rates.max() > _WARMING * rates[0]:
        return None
    return float(rates.max())


def changed_settings(history: TrainingHistory, baseline: TrainingHistory) -> tuple[ChangedSetting, ...]:
    """The settings that differ, in the order of `run_settings`, then tags, versions, branch and commit.

    A setting that only one run has is left out if the other one has no settings of this kind at all. Of a callback that
    only one run has, its own settings are left out.
    """
    mine, theirs = run_settings(history), run_settings(baseline)
    names = list(dict.fromkeys([*mine, *theirs]))
    comparable = set(mine) & set(theirs)
    for here, there in zip(_kinds(history)[1:], _kinds(baseline)[1:], strict=True):
        if here and there:
            comparable |= {name for name, _ in (*here, *there)}
    changed = [ChangedSetting(name, theirs.get(name), mine.get(name)) for name in names if name in comparable]
    lone = {item.name for item in changed if item.before is None or item.after is None}
    changed = [item for item in changed if item.name.partition(".")[0] not in lone - {item.name}]  # of a callback
    origins = _origin(history.run), _origin(baseline.run)
    shared = [name for name in origins[0] if name in origins[1]]
    changed += [ChangedSetting(name, origins[1][name], origins[0][name]) for name in shared]
    return tuple(item for item in changed if item.before != item.after)


def _origin(run: RunFacts) -> dict[str, str]:
    """Tags, versions and the state of the program, without the command and the like."""
    origin = dict(run.provenance)
    named = {name: origin[name] for name in ("branch", "commit", "uncommitted changes") if name in origin}
    tags = {"tags": ", ".join(run.tags)} if run.tags else {}
    return tags | dict(run.versions) | named
