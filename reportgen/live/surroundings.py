"""What surrounds a training: a cluster of processes, a tuner, a notebook, Ctrl-C."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Any, Final

_TUNERS: Final = {"keras_tuner": "trial_id", "kerastuner": "trial_id", "optuna": "number"}  # what identifies a trial


def callers() -> Iterator[FrameType]:
    """The frames of the running code, from the caller outwards."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def trial_of_tuner() -> str | None:
    """The trial of KerasTuner or Optuna inside which this code runs; None outside of one."""
    for frame in callers():
        trial = frame.f_locals.get("trial")
        name = _TUNERS.get(type(trial).__module__.partition(".")[0])
        if name is not None:
            return str(getattr(trial, name))
    return None


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
    if jax is not None and backend == "jax":
        with suppress(Exception):  # not initialised: a single process
            return bool(jax.process_index() == 0)
    return os.environ.get("RANK", "0") == "0"


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
