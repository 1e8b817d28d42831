"""Follows an advice to the letter: what it changes in a run's settings, or which epoch of the run it uses."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.networks import Setup
from benchmarks.retraining import SeenRun, Settings

DROPOUT: Final = 0.3  # what "add dropout" means; a run that has as much gets MORE_DROPOUT
MORE_DROPOUT: Final = 0.5
DECAY: Final = {
    "adam": 0.1,
    "sgd": 0.01,
    "momentum": 0.01,
}  # what "add weight decay" means; ten times what it has if that is more
NORM: Final = 1.0  # what "clip gradients" means, for the norm of all gradients
FEWEST_SPARE: Final = 0.5  # more data needs at least this share of the training rows, and adds at most as many


@dataclass(frozen=True)
class Step:
    """One thing to do about a run.

    Attributes:
        code: As in `reportgen.diagnosis.findings.Advice`, or ``regularise-dropout`` and ``regularise-decay`` for the
            two recipes of ``regularise``.
        factor: For the learning rate, or the batch size.
        epoch: Whose weights to use, 1-based.
        epochs: How many more epochs to train.
    """

    code: str
    factor: float | None = None
    epoch: int | None = None
    epochs: int | None = None


def epoch_used(step: Step, run: SeenRun) -> int | None:
    """The epoch (1-based) whose weights the advice uses, if it needs no other training; otherwise None."""
    if step.code == "use-it":
        return run.stopped_at if step.epoch is None else min(step.epoch, run.stopped_at)
    if step.code == "use-epoch" and step.epoch is not None:
        return min(max(step.epoch, 1), run.stopped_at)
    if step.code == "train-on" and step.epochs is not None:
        return min(run.stopped_at + step.epochs, len(run.history))
    return None


def changed(step: Step, run: SeenRun) -> Settings | None:
    """The settings to train again with; None if the advice is not about training again, or cannot be followed."""
    follow = _FOLLOW.get(step.code)
    return None if follow is None else follow(step, run)


def _rate(step: Step, run: SeenRun) -> Settings | None:
    return None if step.factor is None else replace(run.settings, rate=run.settings.rate * step.factor)


def _setup(run: SeenRun, setup: Setup) -> Settings:
    return replace(run.settings, setup=setup)


def _dropout(step: Step, run: SeenRun) -> Settings:
    return replace(run.settings, dropout=DROPOUT if run.settings.dropout < DROPOUT else MORE_DROPOUT)


def _decay(step: Step, run: SeenRun) -> Settings:
    least = DECAY[run.settings.setup.optimizer]
    return replace(run.settings, decay=max(least, 10 * run.settings.decay))


def _clip(step: Step, run: SeenRun) -> Settings:
    return replace(run.settings, clip=NORM)


def _more_data(step: Step, run: SeenRun) -> Settings | None:
    setup = run.settings.setup
    if run.spare_rows < FEWEST_SPARE * setup.n_train:
        return None
    return _setup(run, replace(setup, n_train=setup.n_train + min(run.spare_rows, setup.n_train)))


def _smaller(step: Step, run: SeenRun) -> Settings:
    setup = run.settings.setup
    return _setup(run, replace(setup, hidden=tuple(max(2, width // 2) for width in setup.hidden)))


def _larger(step: Step, run: SeenRun) -> Settings:
    setup = run.settings.setup
    return _setup(run, replace(setup, hidden=tuple(2 * width for width in setup.hidden)))


def _batch(step: Step, run: SeenRun) -> Settings:
    setup = run.settings.setup
    batch = max(1, min(setup.n_train, round(setup.batch * (step.factor or 2.0))))
    return _setup(run, replace(setup, batch=batch))


def _longer_schedule(step: Step, run: SeenRun) -> Settings:
    setup = run.settings.setup
    epochs = step.epochs or math.ceil(setup.stopped_at / 2)
    share = 1 + epochs / setup.stopped_at
    return _setup(run, replace(setup, stopped_at=setup.stopped_at + epochs, drop_at=round(share * setup.drop_at)))


_FOLLOW: Final[Mapping[str, Callable[[Step, SeenRun], Settings | None]]] = {
    "lower-learning-rate": _rate,
    "raise-learning-rate": _rate,
    "regularise": _dropout,
    "regularise-dropout": _dropout,
    "regularise-decay": _decay,
    "clip-gradients": _clip,
    "more-data": _more_data,
    "smaller-model": _smaller,
    "larger-model": _larger,
    "batch-size": _batch,
    "longer-schedule": _longer_schedule,
}


def all_steps(run: SeenRun) -> list[Step]:
    """Every single advice of the list, for a run that was advised to be used as it is."""
    val = run.history[: run.stopped_at, 2]
    best = int(min(range(len(val)), key=lambda i: val[i] if val[i] == val[i] else math.inf)) + 1
    return [
        Step("lower-learning-rate", factor=1 / 3),
        Step("raise-learning-rate", factor=3.0),
        Step("use-epoch", epoch=best),
        Step("train-on", epochs=max(1, run.stopped_at // 2)),
        Step("regularise-dropout"),
        Step("regularise-decay"),
        Step("more-data"),
        Step("smaller-model"),
        Step("larger-model"),
        Step("batch-size", factor=0.5),
        Step("batch-size", factor=2.0),
        Step("clip-gradients"),
    ]
