"""The Keras that a program trains with: Keras 3, the Keras 2 of TensorFlow 2.15, or its continuation, tf_keras."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

import numpy as np

from reportgen.errors import MissingExtraError
from reportgen.text import listed, quoted

_PACKAGES: Final = ("keras", "tf_keras")
BACKENDS: Final = ("tensorflow", "jax", "torch")
_INSTALL: Final = "Run: pip install 'keras-reportgen[tensorflow]'"


def import_keras(user: str) -> Any:
    """The Keras that the program uses: the one it has loaded, or else the one that TensorFlow would load.

    Args:
        user: What needs it, as the subject of an error: "ReportCallback".

    Raises:
        MissingExtraError: Keras or its backend is not installed.
        ImportError: it is installed, but cannot be imported for another reason.
    """
    if loaded := loaded_keras():
        return loaded[0]
    legacy = os.environ.get("TF_USE_LEGACY_KERAS") in ("1", "true", "True") and find_spec("tf_keras") is not None
    try:
        return import_module("tf_keras" if legacy else "keras")
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "keras":
            raise MissingExtraError(f"{user} needs Keras, which is not installed. {_INSTALL}") from error
        if missing in BACKENDS:
            raise MissingExtraError(_without_backend(missing)) from error
        raise


def _without_backend(missing: str) -> str:
    chosen = " (KERAS_BACKEND)" if os.environ.get("KERAS_BACKEND") == missing else ""
    others = [name for name in BACKENDS if name != missing and find_spec(name) is not None]
    instead = f", or set KERAS_BACKEND to a backend that is installed: {listed(others)}" if others else ""
    return (
        f"Keras is set to use the backend {quoted(missing)}{chosen}, which is not installed. "
        f"Run: pip install {missing}{instead}."
    )


def loaded_keras() -> list[ModuleType]:
    """The Keras packages that the program has loaded, Keras 3 or the Keras of TensorFlow first."""
    modules = [sys.modules[name] for name in _PACKAGES if name in sys.modules]
    return [module for module in modules if hasattr(module, "callbacks")]  # not one that failed halfway


def is_a(value: object, kind: str) -> bool:
    """Whether a value is of a class in ``keras.callbacks``, in any loaded Keras."""
    return any(isinstance(value, getattr(module.callbacks, kind)) for module in loaded_keras())


def keras_of(value: object) -> Any:
    """The Keras package that an object's class comes from; None for other objects."""
    for kind in type(value).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in _PACKAGES:
            return sys.modules.get(root)
    return None


def to_numpy(value: Any) -> np.ndarray:
    """A tensor of any backend, on any device, as an array."""
    ops = getattr(sys.modules.get("keras"), "ops", None)  # Keras 3 only
    return np.asarray(value) if ops is None else ops.convert_to_numpy(value)


def learning_rate(optimizer: Any) -> float:
    """The current learning rate. Raises an exception if the optimizer has none."""
    rate = optimizer.learning_rate
    if callable(rate):  # legacy optimizers of Keras 2 return their schedule
        rate = rate(optimizer.iterations)
    value = getattr(rate, "value", rate)  # with NumPy 2, a variable of Keras 3 (3.15) warns when it is converted itself
    return float(value() if callable(value) else value)  # a variable of TensorFlow has a method


def restores_when_completed(early_stopping: Any) -> bool:
    """Whether `EarlyStopping` restores the best weights even if it did not stop the training: not in Keras 2.15."""
    version = str(getattr(keras_of(early_stopping), "__version__", ""))
    return not version.startswith("2.15.")


class HooksOfKeras2:
    """What the Keras 2 list of callbacks asks of a callback besides its hooks, for a callback based on Keras 3."""

    def _has_own(self, *hooks: str) -> bool:
        return not all(getattr(getattr(self, hook), "_is_default", False) for hook in hooks)

    def _implements_train_batch_hooks(self) -> bool:
        return self._has_own("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")

    def _implements_test_batch_hooks(self) -> bool:
        return self._has_own("on_test_batch_begin", "on_test_batch_end")

    def _implements_predict_batch_hooks(self) -> bool:
        return self._has_own("on_predict_batch_begin", "on_predict_batch_end")
