"""What surrounds a training: a cluster of processes, a tuner, a notebook, Ctrl-C."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Final

_TUNERS: Final = {"keras_tuner": "trial_id", "kerastuner": "trial_id", "optuna": "number"}  # what identifies a trial


def local_of_callers(name: str, fits: Callable[[Any], bool]) -> Any:
    """The first local variable of this name that fits, in the functions that called the caller; None if none does."""
    # Without the caller itself: the variables of a function that looks at its own frame keep all frames alive.
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        with suppress(Exception):  # any object of any program, such as a proxy
            value = frame.f_locals.get(name)
            if fits(value):
                return value
        frame = frame.f_back
    return None


def locals_of_caller(function: str, package: str) -> dict[str, Any]:
    """The local variables of the nearest caller that is this function of this package; empty without one."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if frame.f_code.co_name == function and module.partition(".")[0] == package:
            return dict(frame.f_locals)
        frame = frame.f_back
    return {}


def trial_of_tuner() -> str | None:
    """The trial of KerasTuner or Optuna inside which this code runs; None outside of one."""
    trial = local_of_callers("trial", lambda value: _package(value) in _TUNERS)
    return None if trial is None else str(getattr(trial, _TUNERS[_package(trial)]))


def params_of_trial() -> Any:
    """The parameters of the trial of KerasTuner or Optuna inside which this code runs; None outside of one."""
    trial = local_of_callers("trial", lambda value: _package(value) in _TUNERS)
    if trial is None:
        return None
    chosen = getattr(trial, "hyperparameters", None)
    if chosen is None:
        return trial.params  # of Optuna
    return {name: value for name, value in chosen.values.items() if not name.startswith("tuner/")}  # Hyperband's own


def _package(value: object) -> str:
    return type(value).__module__.partition(".")[0]


def is_chief(backend: str) -> bool:
    """Whether this process writes files in distributed training; true for a single process."""
    cluster = os.environ.get("TF_CONFIG")
    if cluster:
        with suppress(ValueError, AttributeError, TypeError):  # not a description of a cluster
            task = json.loads(cluster).get("task") or {}
            kinds = json.loads(cluster).get("cluster") or {}
            if "chief" in kinds or "master" in kinds:
                return task.get("type", "chief") in ("chief", "master")
            return task.get("type", "worker") == "worker" and int(task.get("index", 0)) == 0
    jax = sys.modules.get("jax")
    if jax is not None:
        with suppress(Exception):  # an older JAX, or not initialised: a single process
            if backend == "jax" or jax.distributed.is_initialized():  # asking for the index would initialise it
                return bool(jax.process_index() == 0)
    torch = sys.modules.get("torch.distributed")
    if torch is not None:
        with suppress(Exception):  # as above
            if torch.is_available() and torch.is_initialized():
                return bool(torch.get_rank() == 0)
    return os.environ.get("RANK", "0") == "0"


def is_shared() -> bool:
    """Whether several processes share the training, so that one of them cannot evaluate the model alone."""
    return bool(os.environ.get("TF_CONFIG")) or os.environ.get("WORLD_SIZE", "1") != "1"


def call_after_cell(function: Callable[..., None], on: bool) -> None:
    """Makes IPython call a function after the cell, because it keeps the last exception, and so fit's frame, alive."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        if on:
            shell.events.register("post_run_cell", function)
        else:
            with suppress(ValueError):  # it was not registered
                shell.events.unregister("post_run_cell", function)


def keep_ctrl_c() -> None:
    """Makes a script stopped by Ctrl-C still exit with that signal, so that shell loops stop, too.

    CPython 3.11 forgets the uncaught KeyboardInterrupt when code runs from text at exit, as imports for the report
    do. Raising it again from text restores it.
    """
    if getattr(sys, "last_type", None) is KeyboardInterrupt:
        with suppress(KeyboardInterrupt):
            exec("raise KeyboardInterrupt")  # noqa: S102  # a constant
