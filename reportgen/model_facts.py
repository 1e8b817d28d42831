"""Reads the facts of a Keras model without importing Keras. Unknown facts are left out."""

import math
import platform
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from reportgen.history.facts import Layer
from reportgen.keras_versions import BACKENDS, keras_of

_MAX_LAYERS: Final = 200


def read_model(model: Any) -> dict[str, Any]:
    """Reads the facts of a Keras model.

    Args:
        model: A Keras model; it may be neither built nor compiled.

    Returns:
        Values by name of the `RunFacts` field, for the known fields.
    """
    readers: dict[str, Callable[[Any], Any]] = {
        "model_name": lambda m: str(m.name),
        "parameters": lambda m: int(m.count_params()),
        "trainable_parameters": lambda m: sum(_size(weight) for weight in m.trainable_weights),
        "layers": _layers,
        "optimizer": lambda m: str(type(m.optimizer).__name__) if m.optimizer is not None else None,
        "optimizer_settings": _optimizer_settings,
        "loss": lambda m: _loss_name(m.loss),
        "backend": lambda m: str(keras_of(m).backend.backend()),
        "versions": _versions,
    }
    facts = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # get_config of an optimizer warns with JAX (Keras 3.15, NumPy 2)
        for name, read in readers.items():
            with suppress(Exception):  # the model may be of any class
                value = read(model)
                if value not in (None, ()):
                    facts[name] = value
    return facts


def _size(weight: Any) -> int:
    return math.prod(map(int, weight.shape))


def _layers(model: Any) -> tuple[Layer, ...]:
    rows = []
    for layer in model.layers[:_MAX_LAYERS]:
        shape = ""
        with suppress(Exception):  # a layer has no output before its first call
            shape = str(tuple(layer.output.shape))
        rows.append(Layer(str(layer.name), type(layer).__name__, shape, sum(_size(w) for w in layer.weights)))
    return tuple(rows)


def _optimizer_settings(model: Any) -> tuple[tuple[str, str], ...]:
    config = model.optimizer.get_config()
    return tuple(
        (name, f"{value:g}" if isinstance(value, float) else str(value))
        for name, value in sorted(config.items())
        if name not in ("name", "learning_rate") and isinstance(value, int | float) and not isinstance(value, bool)
    )


def _loss_name(loss: Any) -> str | None:
    if loss is None or isinstance(loss, str):
        return loss
    if isinstance(loss, dict):
        return ", ".join(f"{key}: {_loss_name(value)}" for key, value in loss.items())
    if isinstance(loss, list | tuple):
        return ", ".join(str(_loss_name(value)) for value in loss)
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", None) or type(loss).__name__)


def _versions(model: Any) -> tuple[tuple[str, str], ...]:
    """Names and versions of Python, the model's Keras, and the backends that are loaded."""
    found = [("Python", platform.python_version())]
    keras = keras_of(model)
    for name in (*([] if keras is None else [keras.__name__]), *BACKENDS):
        if name in sys.modules:
            with suppress(AttributeError):  # not from the distribution, which may have another name (tensorflow-cpu)
                found.append((name, str(sys.modules[name].__version__)))
    return tuple(found)
