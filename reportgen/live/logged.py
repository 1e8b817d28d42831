"""The logs of a framework or of a program's own loop, as numbers that a journal can hold. Odd entries are left out."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np

from reportgen.journal import SoundCells
from reportgen.metrics.split_names import keras_name
from reportgen.text import quoted

_EXACT: Final = 2**53  # whole numbers up to here are exact as floats
_NUMERIC_KINDS: Final = "biufV"  # of NumPy arrays; V: bfloat16 and other small floats of ml_dtypes
_PLAIN: Final = {float}
_OTHER_KINDS: Final[Mapping[type, str]] = {str: "text", bytes: "bytes", Mapping: "a dictionary"}
_OF_TEST: Final = re.compile(r"(test|eval)[\s_/.:|-]", re.IGNORECASE)
_MOST_NAMES: Final = 100  # of entries left out; a note shows a few


class _ManyValuesError(ValueError):
    """A tensor where one number is needed."""


def one_number(value: Any) -> np.ndarray:
    """A tensor with one value, of any framework and on any device, as an array. No framework is imported.

    Raises:
        ValueError: it has several values, or none.
        Exception: anything that the tensor raises, as those that only stand for a value do.
    """
    shape = getattr(value, "shape", ())
    size = math.prod(int(length) for length in shape)
    if size != 1:
        shown = " x ".join(str(int(length)) for length in shape)
        raise _ManyValuesError(f"is left out: it has {size:,} values ({shown}); log one number, such as the mean")
    item = getattr(value, "item", None)  # PyTorch, JAX, NumPy, MLX
    if callable(item):
        return np.asarray(item())
    as_numpy = getattr(value, "numpy", None)  # TensorFlow
    return np.asarray(as_numpy() if callable(as_numpy) else value).reshape(())


class KerasNames:
    """Renames what a program logs as Keras does: ``train_loss`` to ``loss``, ``Loss/val`` to ``val_loss``.

    A name keeps its meaning. If two names have the same one, the more direct name gets it; the other stays as it is.

    Attributes:
        guesses: Names that say something else than validation, such as ``test_loss``, and what they are read as.
    """

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}  # by name in the program
        self._taken: set[str] = set()
        self.guesses: list[tuple[str, str]] = []

    def rename(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values by name as Keras logs them."""
        if new := [name for name in values if name not in self._keys]:
            self._add(new)
        return {self._keys[name]: value for name, value in values.items()}

    def _add(self, names: Iterable[str]) -> None:
        for _, key, name in sorted((*keras_name(name), name) for name in names):
            chosen = key if key not in self._taken else name
            while chosen in self._taken:  # "loss" after "train_loss" has become "loss"
                chosen += "_"
            self._keys[name] = chosen
            self._taken.add(chosen)
            if chosen != name and "test" in name.lower():
                self.guesses.append((name, chosen))


def base_of_test(name: str) -> str:
    """The name of a test result without what says that it is one: "loss" for ``test_loss``, ``test/loss``."""
    base = keras_name(name)[1].removeprefix("val_") if _OF_TEST.match(name) else name
    return "loss" if base.lower() == "loss" else base


class LogReader:
    """Reads logs, for which it never raises.

    Args:
        to_array: Converts a value of the framework, such as a tensor, to a NumPy array.
        left_out: Called with a sentence about an entry that was left out.

    Attributes:
        names_left_out: Names of which a value was left out, in order.
    """

    def __init__(self, to_array: Callable[[Any], Any], left_out: Callable[[str], None]) -> None:
        self._to_array = to_array
        self._left_out = left_out
        self._cells = SoundCells()
        self.names_left_out: dict[str, None] = {}
        self._single: set[str] = set()  # names that have had sound numbers: logs with only these need no check

    def read(self, logs: Any) -> dict[str, Any]:
        """The sound entries by name, as numbers or lists of numbers. Entries with None are absent."""
        try:
            if type(logs) is dict and logs.keys() <= self._single and set(map(type, logs.values())) <= _PLAIN:
                return logs
            entries = [] if logs is None else list(logs.items())
        except Exception as error:
            self._left_out(f"the logs are left out: they are {_shown(logs)}, not a dictionary ({_kind(error)})")
            return {}
        sound: dict[str, Any] = {}
        for key, value in entries:
            try:
                self._add(sound, key, value)
            except _ManyValuesError as error:
                self._leave_out(key, str(error))
            except Exception as error:
                self._leave_out(key, f"cannot be read as a number ({_kind(error)}), and is left out")
        return sound

    def read_results(self, logs: Any) -> tuple[tuple[str, float], ...]:
        """The finite numbers among results of test data, by name without ``test_``."""
        numbers = {key: value for key, value in self.read(logs).items() if not isinstance(value, list)}
        finite = ((base_of_test(key), float(value)) for key, value in numbers.items() if math.isfinite(value))
        return tuple(dict(finite).items())

    def _add(self, sound: dict[str, Any], key: Any, value: Any) -> None:
        name = str(key).encode("utf-8", "replace").decode().strip()
        for kind, said in _OTHER_KINDS.items():
            if isinstance(value, kind):
                self._leave_out(key, f"is {said}, not a number, and is left out")
                return
        number = self._number(value)
        if number is None:
            return
        fault = self._cells.fault(name, number)
        if fault is not None:
            self._leave_out(key, f"is left out: {fault}")
            return
        sound[name] = number
        if type(key) is str and key == name and not isinstance(number, list):
            self._single.add(name)

    def _leave_out(self, key: Any, said: str) -> None:
        name = _shown(key)
        if len(self.names_left_out) < _MOST_NAMES:
            self.names_left_out[name.strip('"')] = None
        self._left_out(f"{name} {said}")

    def _number(self, value: Any) -> Any:
        """A value as a number, or a list of numbers for a vector; None if it is absent."""
        if value is None or isinstance(value, float):
            return value if value is None else float(value)
        if isinstance(value, int):
            return int(value) if -_EXACT <= value <= _EXACT else float(value)
        if isinstance(value, str | bytes | Mapping):
            raise TypeError(f"it is {type(value).__name__}")
        if isinstance(value, list | tuple):
            return [part for entry in value for part in _flat(self._number(entry))]
        if hasattr(value, "__float__") and not hasattr(value, "shape"):  # such as a Fraction
            return float(value)
        if isinstance(value, np.ma.MaskedArray):
            value = np.ma.filled(value.astype(float), np.nan)  # otherwise a masked value would be 0
        array = self._to_array(value)
        if array.dtype.kind not in _NUMERIC_KINDS:
            raise TypeError(f"it contains {array.dtype}")
        return array.astype(float).ravel().tolist() if array.ndim else float(array.astype(float))


def _flat(number: Any) -> list[Any]:
    return number if isinstance(number, list) else [number]


def _shown(value: Any) -> str:
    """A short name of a key or a value, whatever its methods do."""
    try:
        return quoted(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _kind(error: Exception) -> str:
    return type(error).__name__
