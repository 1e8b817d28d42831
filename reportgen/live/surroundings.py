"""What surrounds a run: a cluster of processes, a tuner, a notebook, Ctrl-C."""

import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final

_TUNERS: Final = {"keras_tuner": "trial_id", "kerastuner": "trial_id", "optuna": "number"}  # what identifies a trial
_DIRECTIONS: Final = {"min": "lower", "max": "higher"}  # of KerasTuner
_SKLEARN: Final = "sklearn"


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


def locals_of_caller(package: str, fits: Callable[[FrameType], Any]) -> dict[str, Any]:
    """The local variables of the nearest caller in this package that fits; empty without one."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] == package and fits(frame):
            return dict(frame.f_locals)
        frame = frame.f_back
    return {}


@dataclass(frozen=True)
class Trial:
    """What a search or a cross-validation trains, as far as it is known.

    Attributes:
        name: The id of the trial; None outside of one.
        fold: The number of the fold, from 1; None outside of one.
        params: The parameters that the search, or the user of SciKeras, has chosen.
        objective: The curve that the search of KerasTuner optimises, named as Keras logs it; None if unknown.
        direction: Which of its values are better, "lower" or "higher"; None if unknown.
    """

    name: str | None = None
    fold: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    objective: str | None = None
    direction: str | None = None


def find_trial() -> Trial:
    """The trial of KerasTuner, Optuna or scikit-learn inside which this code runs."""
    trial = local_of_callers("trial", lambda value: _package(value) in _TUNERS)
    if trial is not None:
        goal = _objective()
        curve, way = getattr(goal, "name", None), _DIRECTIONS.get(str(getattr(goal, "direction", "")))
        known = str(getattr(trial, _TUNERS[_package(trial)]))
        return Trial(known, None, _chosen(trial), curve if isinstance(curve, str) else None, way)
    searched = locals_of_caller(_SKLEARN, lambda frame: frame.f_code.co_name == "_fit_and_score")
    refitted = locals_of_caller(_SKLEARN, lambda frame: "refit_start_time" in frame.f_locals)
    candidate, split = searched.get("candidate_progress"), searched.get("split_progress")
    name = "best" if refitted else _counted(candidate)
    wrapper = local_of_callers("self", lambda value: _is_of("scikeras", value) and hasattr(value, "get_params"))
    return Trial(None if name is None else str(name), _counted(split), _wrapped(wrapper))


def _objective() -> Any:
    """The objective of the tuner of KerasTuner that runs this code; None without a single one."""
    tuner = local_of_callers("self", lambda value: hasattr(value, "oracle") and hasattr(value, "run_trial"))
    return getattr(getattr(tuner, "oracle", None), "objective", None)


def _chosen(trial: Any) -> dict[str, Any]:
    """The parameters of a trial of KerasTuner or Optuna."""
    chosen = getattr(trial, "hyperparameters", None)
    if chosen is None:
        return dict(getattr(trial, "params", {}))  # of Optuna
    return {name: value for name, value in chosen.values.items() if not name.startswith("tuner/")}  # Hyperband's own


def _counted(progress: Any) -> int | None:
    """The number from 1 in a position as scikit-learn counts it: (0, 5)."""
    with suppress(Exception):
        return int(progress[0]) + 1
    return None


def _wrapped(wrapper: Any) -> dict[str, Any]:
    """The parameters of a model of SciKeras that its user has set."""
    if wrapper is None:
        return {}
    known = inspect.signature(type(wrapper).__init__).parameters
    return {
        name: value
        for name, value in wrapper.get_params(deep=False).items()
        if isinstance(value, bool | int | float | str)
        and name != "verbose"
        and (name not in known or value != known[name].default)
    }


def _is_of(package: str, value: object) -> bool:
    """Whether the class of a value is derived from one of this package."""
    return any(kind.__module__.partition(".")[0] == package for kind in type(value).__mro__)


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
