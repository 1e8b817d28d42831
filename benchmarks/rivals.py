"""Other tools that judge a run from its losses, called through their own APIs.

Each returns a `Verdict` on the curves that a user saw. A tool that is not
installed is skipped, and the reason is printed. A tool that raises an exception has no answer, which counts as "no".
Thresholds are the tools' defaults.

For fairness, each tool gets the loss per epoch under the names that it knows. If a tool counts optimizer steps
(gradsnitch's patience of 100, training-doctor's cooldown), the step is epoch x steps per epoch, as in their own Keras
callbacks; if the number of steps is unknown, it is 100. training-doctor needs 50 logged points.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEPS_AN_EPOCH: Final = 100


@dataclass(frozen=True)
class Curves:
    """The input of a tool.

    Attributes:
        loss: Training loss per epoch, shape (n,); NaN and infinities if it diverged.
        val_loss: Validation loss, likewise.
        steps_an_epoch: Optimizer steps in one epoch.
    """

    loss: Array
    val_loss: Array
    steps_an_epoch: int = STEPS_AN_EPOCH

    def rows(self) -> list[tuple[int, float, float]]:
        """Step at the end of the epoch, loss and validation loss, per epoch."""
        return [
            (self.steps_an_epoch * (i + 1), float(loss), float(val_loss))
            for i, (loss, val_loss) in enumerate(zip(self.loss, self.val_loss, strict=True))
        ]


@dataclass(frozen=True)
class Verdict:
    """The answers of a tool; None for questions that it does not answer.

    Attributes:
        overfitting: Whether it reports overfitting.
        diverged: Whether it reports divergence (NaN, infinity, explosion).
        not_learning: Whether it reports that the model does not learn.
        best_epoch: The epoch to keep, 1-based.
    """

    overfitting: bool | None = None
    diverged: bool | None = None
    not_learning: bool | None = None
    best_epoch: int | None = None


@dataclass(frozen=True)
class Rival:
    """One tool.

    Attributes:
        package: Name on PyPI.
        module: Name of the module to import.
        ask: Runs it on curves.
        answers: The fields of `Verdict` that it fills.
        note: Remark on its figures.
    """

    package: str
    module: str
    ask: Callable[[Curves], Verdict]
    answers: tuple[str, ...]
    note: str = ""

    def version(self) -> str | None:
        """The installed version; None if it is not installed."""
        try:
            import_module(self.module)
            return metadata.version(self.package)
        except ImportError:
            return None

    def judge(self, curves: Curves) -> Verdict:
        """The tool's verdict; empty if it refuses the curves."""
        try:
            return self.ask(curves)
        except Exception:  # any exception of another tool counts as no answer
            return Verdict()


def ask_runmedic(curves: Curves) -> Verdict:
    """Asks runmedic 0.1: `run_checks`; "Mild overfitting" (from 5 % on) counts as overfitting."""
    run = import_module("runmedic.model").Run("run", "csv", "")
    for step, loss, val_loss in curves.rows():
        run.get("loss").add(step, loss)
        run.get("val_loss").add(step, val_loss)
    return verdict_of_runmedic(run.finalize(), curves.steps_an_epoch)


def verdict_of_runmedic(run: Any, steps_an_epoch: int = 1) -> Verdict:
    """What runmedic says about a run that it has read."""
    found = {
        finding.check: finding
        for finding in import_module("runmedic.checks").run_checks(run, import_module("runmedic.roles").detect(run))
    }
    best = found["overfitting"].step if "overfitting" in found else None
    return Verdict(
        "overfitting" in found,
        not found.keys().isdisjoint({"non_finite", "divergence"}),
        "no_learning" in found,
        None if best is None else int(best) // steps_an_epoch,
    )


def ask_trainspotter(curves: Curves) -> Verdict:
    """Asks trainspotter 0.2: `run_all`; overfitting that it lowers to "info" because of a divergence does not count."""
    trainspotter = import_module("trainspotter")
    run = trainspotter.Run()
    for step, loss, val_loss in curves.rows():
        run.add_point("train/loss", step, loss)
        run.add_point("eval/loss", step, val_loss)
    run.finalize()
    found = trainspotter.run_all(run)
    overfitting = [finding for finding in found if finding.detector == "overfitting" and finding.severity != "info"]
    best = overfitting[0].evidence["best_step"] if overfitting else None
    return Verdict(
        bool(overfitting),
        any(finding.detector == "divergence" for finding in found),
        best_epoch=None if best is None else int(best) // curves.steps_an_epoch,
    )


def ask_sk_autod(curves: Curves) -> Verdict:
    """Asks sk-autod 0.1: `diagnose`; it refuses fewer than five epochs and non-finite values."""
    report = import_module("sk_autod").diagnose(curves.loss.tolist(), curves.val_loss.tolist())
    names = {finding.detector_name for finding in report.findings}
    return Verdict("Classic overfitting" in names, "Exploding gradient" in names, "Underfitting" in names)


def ask_aicoach(curves: Curves) -> Verdict:
    """Asks aicoach 0.1: `Coach.get_advice` at the end of the run."""
    coach = import_module("aicoach").Coach()
    for epoch, (_, loss, val_loss) in enumerate(curves.rows()):
        coach.observe(epoch=epoch, train_loss=loss, val_loss=val_loss)
    codes = {advice.code for advice in coach.get_advice()}
    return Verdict("overfitting" in codes, any(code.startswith("divergence") for code in codes))


def ask_losslint(curves: Curves) -> Verdict:
    """Asks losslint 0.4: `run_all_checks` on a `RunLog` like that of its CSV reader."""
    rows = curves.rows()
    log = import_module("losslint.parsing").RunLog(
        [step for step, _, _ in rows],
        {"loss": [loss for _, loss, _ in rows], "val_loss": [val_loss for _, _, val_loss in rows]},
        Path("run.csv"),
    )
    found = {finding.check for finding in import_module("losslint.checks").run_all_checks(log)}
    return Verdict("overfit_onset" in found, not found.isdisjoint({"nan_inf", "divergence"}))


def ask_training_doctor(curves: Curves) -> Verdict:
    """Asks training-doctor 0.1: `Doctor` with its store filled, then `analyze()`, which is meant for finished runs."""
    doctor = import_module("training_doctor").Doctor()
    for step, loss, val_loss in curves.rows():
        doctor.store.log(step, train_loss=loss, eval_loss=val_loss)
    found = {diagnosis.detector_name for diagnosis in doctor.analyze()}
    return Verdict("overfitting" in found)


def ask_gradsnitch(curves: Curves) -> Verdict:
    """Asks gradsnitch 0.1: `lint` on a frame with step, train_loss and val_loss."""
    import pandas as pd

    frame = pd.DataFrame(curves.rows(), columns=["step", "train_loss", "val_loss"])
    codes = {finding.code for finding in import_module("gradsnitch").lint(frame)}
    return Verdict("GS004" in codes, not codes.isdisjoint({"GS001", "GS006"}), "GS005" in codes)


def ask_finetune_doctor(curves: Curves) -> Verdict:
    """Asks finetune-doctor 0.2: `diagnose` on a trainer state.

    Its "final checkpoint slightly worse" (info) does not count as overfitting.
    """
    log: list[dict[str, Any]] = []
    for step, loss, val_loss in curves.rows():
        log += [{"step": step, "loss": loss}, {"step": step, "eval_loss": val_loss}]
    history = import_module("finetune_doctor.history").from_trainer_state({"log_history": log})
    tool = import_module("finetune_doctor")
    result = tool.diagnose(history)
    warned = {finding.check for finding in result.findings if finding.severity >= tool.Severity.WARNING}
    best = None if result.pick is None else int(result.pick.best_step) // curves.steps_an_epoch
    return Verdict("overfitting" in warned, "loss_degenerate" in warned, "not_learning" in warned, best)


def verdict_of_trainproof(findings: Sequence[Mapping[str, Any]]) -> Verdict:
    """The answers that trainproof's rule ids mean. The best step is only in the text of its evidence."""
    found = {finding["id"] for finding in findings}
    return Verdict(
        "TP-OVERFIT" in found,
        not found.isdisjoint({"TP-NAN", "TP-DIVERGE"}),
        not found.isdisjoint({"TP-DEAD-RUN", "TP-FLAT", "TP-ZERO-LOSS"}),
    )


def ask_trainproof(curves: Curves) -> Verdict:
    """Asks trainproof 0.22: `check_records`, which reads `eval_loss` as the validation loss."""
    records = [{"step": step, "loss": loss, "eval_loss": val_loss} for step, loss, val_loss in curves.rows()]
    return verdict_of_trainproof(import_module("trainproof.epoch").check_records(records)["findings"])


_ALL: Final = ("overfitting", "diverged", "not_learning")

RIVALS: Final[tuple[Rival, ...]] = (
    Rival("runmedic", "runmedic", ask_runmedic, _ALL),
    Rival("trainspotter", "trainspotter", ask_trainspotter, ("overfitting", "diverged")),
    Rival("sk-autod", "sk_autod", ask_sk_autod, _ALL, "refuses non-finite curves"),
    Rival("aicoach", "aicoach", ask_aicoach, ("overfitting", "diverged")),
    Rival("losslint", "losslint", ask_losslint, ("overfitting", "diverged")),
    Rival(
        "training-doctor",
        "training_doctor",
        ask_training_doctor,
        ("overfitting",),
        "needs 50 logged training losses: does not judge shorter runs",
    ),
    Rival("gradsnitch", "gradsnitch", ask_gradsnitch, _ALL),
    Rival("finetune-doctor", "finetune_doctor", ask_finetune_doctor, (*_ALL, "best_epoch")),
    Rival("trainproof", "trainproof", ask_trainproof, _ALL),
)


def steps_an_epoch(n_train: float | None, batch: float | None) -> int:
    """Optimizer steps in one epoch; 100 if rows or batch size are unknown."""
    if not n_train or not batch or math.isnan(n_train) or math.isnan(batch):
        return STEPS_AN_EPOCH
    return math.ceil(n_train / batch)
