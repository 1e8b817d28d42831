"""Reads the facts of a model without importing its framework: of Keras, PyTorch or JAX. Unknown facts are left out."""

import inspect
import math
import os
import platform
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from reportgen.history.facts import Layer
from reportgen.history.params import setting_text
from reportgen.keras_versions import BACKENDS, keras_of

_MAX_LAYERS: Final = 200
_DEEPEST: Final = 5  # layers inside each other; our choice
_MAX_STEPS: Final = 100  # of a data set of TensorFlow; our choice
_MAX_SETTINGS: Final = 200  # of layers; our choice: more than a reader compares
_WRAPPERS: Final = ("DataParallel", "DistributedDataParallel", "FullyShardedDataParallel")  # of PyTorch
_DROPOUT: Final = ("dropout", "recurrent_dropout")  # settings of recurrent layers and of attention
_NOT_SHOWN: Final = (  # callbacks of Keras, KerasTuner and this package
    *("History", "ProgbarLogger", "BaseLogger", "CallbackList", "ReportCallback", "TunerCallback", "SaveBestEpoch"),
)
_DATA: Final = ("x", "batch_size", "validation_data", "epoch_iterator", "data_handler")  # of the function `fit`


def read_model(model: Any) -> dict[str, Any]:
    """Reads the facts of a model.

    Args:
        model: A Keras model, which may be neither built nor compiled; a PyTorch module; or the weights of a model of
            JAX, as arrays in nested dictionaries and lists.

    Returns:
        Values by name of the `RunFacts` field, for the known fields. Of weights, only their number.
    """
    if hasattr(model, "named_modules") and keras_of(model) is None:
        return _read(_inner_module(model), _OF_MODULE)
    if isinstance(model, Mapping | list | tuple):
        return _read(model, {"parameters": _size_of_tree})
    return _read(model, _of_keras())


def _of_keras() -> dict[str, Callable[[Any], Any]]:
    """What is read of a Keras model, by name of the `RunFacts` field."""
    return {
        "model_name": lambda m: str(m.name),
        "parameters": lambda m: int(m.count_params()),
        "trainable_parameters": lambda m: sum(_size(weight) for weight in m.trainable_weights),
        "layers": _layers,
        "optimizer": lambda m: str(type(_inside_scaling(m.optimizer)).__name__) if m.optimizer is not None else None,
        "optimizer_settings": _optimizer_settings,
        "loss": lambda m: name_loss(m.loss),
        "backend": lambda m: str(keras_of(m).backend.backend()),
        "versions": _versions,
    }


def _read(model: Any, readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    facts = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # get_config of an optimizer warns with JAX (Keras 3.15, NumPy 2)
        for name, read in readers.items():
            with suppress(Exception):  # the model may be of any class
                value = read(model)
                if value not in (None, ()):
                    facts[name] = value
    return facts


def _inner_module(module: Any) -> Any:
    """The module inside what ``torch.compile`` and parallel training make of it."""
    module = getattr(module, "_orig_mod", module)
    return module.module if type(module).__name__ in _WRAPPERS else module


def _layers_of_module(module: Any) -> tuple[Layer, ...]:
    """The modules inside a module that have weights of their own, or no modules inside them."""
    rows: list[Layer] = []
    for name, part in module.named_modules():
        own = sum(_size(weights) for weights in part.parameters(recurse=False))
        if name and (own or not any(True for _ in part.children())):
            rows.append(Layer(str(name), type(part).__name__, "", own))
        if len(rows) == _MAX_LAYERS:
            break
    return tuple(rows)


def _size_of_tree(tree: Any) -> int | None:
    """Number of weights in nested dictionaries and lists of arrays; None if there is no array."""
    if hasattr(tree, "shape"):
        return _size(tree)
    parts = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list | tuple) else ()
    sizes = [size for part in parts if (size := _size_of_tree(part)) is not None]
    return sum(sizes) if sizes else None


_OF_MODULE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "model_name": lambda module: type(module).__name__,
    "parameters": lambda module: sum(_size(weights) for weights in module.parameters()),
    "trainable_parameters": lambda module: sum(_size(part) for part in module.parameters() if part.requires_grad),
    "layers": _layers_of_module,
}


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


def _inside_scaling(optimizer: Any) -> Any:
    """The optimizer inside one that scales the loss, as mixed precision uses it."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _optimizer_settings(model: Any) -> tuple[tuple[str, str], ...]:
    config = _inside_scaling(model.optimizer).get_config()
    return tuple(
        (name, f"{value:g}" if isinstance(value, float) else str(value))
        for name, value in sorted(config.items())
        if name not in ("name", "learning_rate", "is_legacy_optimizer")
        and isinstance(value, int | float | str)
        and value is not False
    )


def name_loss(loss: Any) -> str | None:
    """The name of a loss, or of several; None without one."""
    if loss is None or isinstance(loss, str):
        return loss
    if isinstance(loss, dict):
        return ", ".join(f"{key}: {name_loss(value)}" for key, value in loss.items())
    if isinstance(loss, list | tuple):
        return ", ".join(str(name_loss(value)) for value in loss)
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


def read_training(model: Any, fit: Mapping[str, Any], callbacks: Iterable[Any]) -> dict[str, str]:
    """Reads how a model is trained, at the beginning of the training.

    Args:
        model: The Keras model.
        fit: The local variables of the running ``fit``.
        callbacks: Its callbacks.

    Returns:
        Settings as text by name: batch size, rows of data, learning rate, settings of the loss, precision, device,
        dropout and regularisation of layers, and the settings of callbacks. Unknown ones are absent.
    """
    found: dict[str, str] = {}
    readers: tuple[Callable[[], Mapping[str, Any]], ...] = (
        lambda: _data_settings(fit),
        lambda: {"learning_rate": _rate_text(_inside_scaling(model.optimizer))},
        lambda: _loss_settings(model),
        lambda: {"precision": model.dtype_policy.name},
        lambda: {"device": _device(str(keras_of(model).backend.backend()))},
        lambda: dict(islice(_layer_settings(model.layers), _MAX_SETTINGS)),
        lambda: dict(_callback_settings(callbacks)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in `read_model`
        for read in readers:
            with suppress(Exception):  # objects may be of any class
                found |= {name: setting_text(value) for name, value in read().items() if value not in (None, "")}
    return found


def _data_settings(fit: Mapping[str, Any]) -> dict[str, Any]:
    """Batch size and rows of training and validation data, as far as the data say so without being read."""
    given = {name: fit.get(name) for name in _DATA}
    handler = given["epoch_iterator"] if given["epoch_iterator"] is not None else given["data_handler"]
    adapter = getattr(handler, "data_adapter", getattr(handler, "_adapter", None))
    batch_size = given["batch_size"]
    if batch_size is None:
        read = getattr(adapter, "batch_size", None)
        batch_size = read() if callable(read) else read
    validation = given["validation_data"]
    held_out = validation[0] if isinstance(validation, list | tuple) and validation else validation
    rows, size = _rows_of_batches(given["x"])
    return {
        "batch_size": batch_size if batch_size is not None else size,
        "train_rows": rows if rows is not None else _rows(given["x"]),
        "validation_rows": _rows_of_batches(held_out)[0] or _rows(held_out),
    }


def _rows_of_batches(data: Any) -> tuple[int | None, int | None]:
    """Rows and size of the batches of a loader of PyTorch or a data set of TensorFlow, as far as they say so."""
    loaded = getattr(data, "dataset", None)
    if loaded is not None:
        with suppress(Exception):
            return len(loaded), getattr(data, "batch_size", None)
    batches = data
    for _ in range(_MAX_STEPS):
        size, before = getattr(batches, "_batch_size", None), getattr(batches, "_input_dataset", None)
        if before is None:
            break
        if size is not None:
            with suppress(Exception):
                n_rows = int(before.cardinality())
                is_whole = n_rows >= 0 and int(batches.cardinality()) == int(data.cardinality())  # none was left out
                return (n_rows if is_whole else None), int(size)
        batches = before
    return None, None


def _loss_settings(model: Any) -> dict[str, Any]:
    """The settings of losses that differ from their defaults, and their weights."""
    found: dict[str, Any] = {}
    given = model.loss
    entries = (
        given.items()
        if isinstance(given, Mapping)
        else enumerate(given, 1)
        if isinstance(given, list)
        else [("", given)]
    )
    for name, loss in entries:
        if callable(getattr(loss, "get_config", None)):
            defaults = inspect.signature(type(loss).__init__).parameters
            values = {**getattr(loss, "_fn_kwargs", {}), **loss.get_config()}
            for option, value in values.items():
                is_shown = option in defaults and option not in ("name", "dtype", "reduction")
                if is_shown and isinstance(value, bool | int | float | str) and value != defaults[option].default:
                    found[".".join(filter(None, ("loss", str(name), option)))] = value
    compiled = getattr(model, "_compile_loss", None) or getattr(model, "compiled_loss", None)
    weights = getattr(compiled, "_user_loss_weights", None)
    return found if weights is None else {**found, "loss_weights": weights}


def _rows(data: Any) -> int | None:
    """Rows of arrays; None for a source of batches, whose length counts batches."""
    if isinstance(data, Mapping):
        data = next(iter(data.values()), None)
    elif isinstance(data, list | tuple):
        data = data[0] if data else None
    shape = getattr(data, "shape", None)
    return int(shape[0]) if shape is not None and len(shape) else None


def _rate_text(optimizer: Any) -> str:
    """The learning rate, or its schedule with the settings of that."""
    rate = getattr(optimizer, "_learning_rate", optimizer.learning_rate)  # the schedule, not its current value
    if callable(getattr(rate, "get_config", None)):
        config = {name: value for name, value in rate.get_config().items() if name != "name" and value is not None}
        return f"{type(rate).__name__}({', '.join(f'{name}={setting_text(value)}' for name, value in config.items())})"
    value = getattr(rate, "value", rate)
    number = float(value() if callable(value) else value)
    return f"{number:.6g}"  # of single precision


def _layer_settings(layers: Iterable[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Dropout and regularisation by the number and the class of the layer, as names differ from run to run.

    Layers inside another one are counted within it: the second layer of the third one is 3.2.
    """
    for number, layer in enumerate(islice(layers, _MAX_LAYERS), 1):
        shown: dict[str, Any] = {}
        kind, place = type(layer).__name__, f"{before}{number}"
        with suppress(Exception):
            config = layer.get_config()
            shown = {name: value for name, value in config.items() if name in _DROPOUT and value}
            if "Dropout" in kind or kind == "GaussianNoise":
                shown |= {name: config[name] for name in ("rate", "stddev") if name in config}
            shown |= {
                name: _regularizer_text(value)
                for name, value in config.items()
                if name.endswith(("_regularizer", "_constraint")) and value
            }
        for name, value in shown.items():
            yield f"layer {place} ({kind}).{name}", value
        if not shown and place.count(".") < _DEEPEST:
            inner: list[Any] = []
            with suppress(Exception):  # a class of its own
                inner = list(
                    getattr(layer, "layers", None) or layer._flatten_layers(recursive=False, include_self=False)
                )
            yield from _layer_settings(inner, f"{place}.")


def _regularizer_text(stored: Any) -> str:
    """``{"class_name": "L2", "config": {"l2": 0.01}}`` as "L2(l2=0.01)"."""
    if not isinstance(stored, Mapping):
        return str(getattr(stored, "__name__", type(stored).__name__))
    config = stored.get("config")
    stored_settings = config.items() if isinstance(config, Mapping) else ()
    # Keras 2 stores numbers of single precision.
    settings = [(name, float(f"{value:.6g}") if isinstance(value, float) else value) for name, value in stored_settings]
    return f"{stored.get('class_name')}({', '.join(f'{name}={setting_text(value)}' for name, value in settings)})"


def _callback_settings(callbacks: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """The arguments of callbacks that are single values, without paths."""
    for callback in callbacks:
        kind = type(callback).__name__
        if kind in _NOT_SHOWN:
            continue
        yield kind, "used"
        with suppress(Exception):  # a class without a signature
            for name in inspect.signature(type(callback).__init__).parameters:
                value: Any = getattr(callback, name, None)
                value = abs(value) if name == "min_delta" else value  # which Keras stores with its direction
                is_path = isinstance(value, str) and (os.sep in value or "/" in value)
                is_function = inspect.isfunction(value) and value.__name__ != "<lambda>"
                is_single = isinstance(value, int | float | str) and value != "" and not is_path
                if name != "verbose" and (is_single or is_function):
                    yield f"{kind}.{name}", value


def _device(backend: str) -> str | None:
    """What the backend computes on, such as "NVIDIA A100 (2)"; None if unknown."""
    module: Any = sys.modules.get(backend)
    names: list[str] = []
    if backend == "tensorflow":
        cards = module.config.list_physical_devices("GPU")
        names = [module.config.experimental.get_device_details(card).get("device_name", "GPU") for card in cards]
    elif backend == "torch" and module.cuda.is_available():
        names = [str(module.cuda.get_device_name(number)) for number in range(module.cuda.device_count())]
    elif backend == "jax":
        names = [str(device.device_kind) for device in module.devices() if device.platform != "cpu"]
    if not names:
        return "CPU"
    return names[0] if len(names) == 1 else f"{names[0]} ({len(names)})"
