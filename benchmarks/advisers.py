"""Asks the project and other tools what to do about a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import numpy as np

import reportgen
from benchmarks.following import Step
from benchmarks.make_runs import rounded
from benchmarks.networks import MEASURES
from benchmarks.retraining import SeenRun
from benchmarks.rivals import Curves, ask_finetune_doctor, steps_an_epoch
from reportgen.wording.diagnosis import Diagnosis

NOTHING: Final = Step("nothing")  # the tool gave no advice that can be followed
LOOKS: Final = frozenset({"check-data", "try-few-rows", "balance-classes"})
"""Advice that is followed by looking, which finds nothing in these tables; the next advice is taken."""
LOWERED: Final = 1 / 3  # for runmedic's "lower the peak LR", which it elsewhere calls "2-10x"


@dataclass(frozen=True)
class Advised:
    """What a tool says about a run.

    Attributes:
        verdict: Its verdict in one word.
        step: Its first advice.
    """

    verdict: str
    step: Step


def history_of(run: SeenRun) -> dict[str, list[float]]:
    """What the user saw, as Keras' ``History.history``."""
    seen = rounded(run.history[: run.stopped_at])
    return {
        name: seen[:, i].tolist()
        for i, name in enumerate(MEASURES)
        if not name.startswith("test_") and (name in ("loss", "val_loss") or np.isfinite(seen[:, i]).any())
    }


def first_step(said: Diagnosis) -> Step:
    """The first advice of the project that is more than looking."""
    for advice in said.advice:
        if advice.code not in LOOKS:
            return Step(advice.code, factor=advice.factor, epoch=advice.epoch, epochs=advice.epochs)
    return NOTHING


def ask_project(run: SeenRun) -> Advised:
    """The project's verdict and first advice."""
    with np.errstate(all="ignore"):
        said = reportgen.diagnose(history_of(run))
    return Advised(said.verdict, first_step(said))


def _curves(run: SeenRun) -> Curves:
    seen, setup = run.history[: run.stopped_at], run.settings.setup
    return Curves(rounded(seen[:, 0]), rounded(seen[:, 2]), steps_an_epoch(setup.n_train, setup.batch))


def ask_runmedic(run: SeenRun) -> Advised:
    """The first fix of runmedic's first finding that can be followed; "No problems found" is to use it."""
    curves = _curves(run)
    checks, model = import_module("runmedic.checks"), import_module("runmedic.model")
    read = model.Run("run", "csv", "")
    for step, loss, val_loss in curves.rows():
        read.get("loss").add(step, loss)
        read.get("val_loss").add(step, val_loss)
    found = checks.run_checks(read.finalize(), import_module("runmedic.roles").detect(read))
    for finding in found:
        if finding.check == "overfitting":
            return Advised(finding.check, Step("use-epoch", epoch=int(finding.step) // curves.steps_an_epoch))
        if finding.check in _RUNMEDIC:
            return Advised(finding.check, _RUNMEDIC[finding.check])
    return Advised("no problems", Step("use-it"))


_RUNMEDIC: Final[Mapping[str, Step]] = {
    "non_finite": Step("clip-gradients"),
    "divergence": Step("lower-learning-rate", factor=LOWERED),
    "loss_spikes": Step("clip-gradients"),
    "no_learning": Step("raise-learning-rate", factor=10.0),
}


def ask_finetune_doctor_to_pick(run: SeenRun) -> Advised:
    """The checkpoint that finetune-doctor picks; the last one is to use it."""
    said = ask_finetune_doctor(_curves(run))
    if said.best_epoch is None:
        return Advised("no pick", NOTHING)
    last = said.best_epoch >= run.stopped_at
    return Advised("picked", Step("use-it") if last else Step("use-epoch", epoch=max(1, said.best_epoch)))


ADVISERS: Final[Mapping[str, Callable[[SeenRun], Advised]]] = {
    "runmedic": ask_runmedic,
    "finetune-doctor": ask_finetune_doctor_to_pick,
}


def ask_rival(name: str, run: SeenRun) -> Advised:
    """What another tool says; nothing if it refuses the curves."""
    try:
        return ADVISERS[name](run)
    except Exception:  # any exception of another tool counts as no advice
        return Advised("refused", NOTHING)
