"""What a run used of its machine, sampled while it ran, as plain data that a report stores.

`reportgen.live.sampler` takes the samples.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Final

from reportgen.errors import HistoryError
from reportgen.history.notes import is_text
from reportgen.text import cited

MAX_SAMPLES: Final = 240  # our choice: more than a chart of this size can show
_MAX_STORED: Final = 20_000  # in stored data; our choice: far more than reportgen writes
_MAX_NUMBER: Final = 2**53
_MAX_CARDS: Final = 1_000


@dataclass(frozen=True)
class ResourceUse:
    """The use of memory, processors and graphics cards over time.

    All lists have one entry per sample, or are empty if that was not sampled. Of samples that were joined, memory is
    the highest value and all others are the mean.

    Attributes:
        seconds: When the sample was taken, since sampling began; ascending.
        memory_bytes: Memory of the process that trains and of those that it started.
        cpu_cores: How many processor cores they kept busy since the sample before.
        gpu_ratio: Share of the time in which the graphics cards that they use were busy, 0 to 1; the mean of the cards.
        gpu_memory_bytes: Memory that they use on these cards.
        machine_cores: Processor cores that they may use.
        machine_memory_bytes: Memory of the machine.
        gpus: Names of the cards.
        machine_gpu_memory_bytes: Memory of the cards.
    """

    seconds: tuple[float, ...]
    memory_bytes: tuple[int, ...]
    cpu_cores: tuple[float, ...]
    gpu_ratio: tuple[float, ...] = ()
    gpu_memory_bytes: tuple[int, ...] = ()
    machine_cores: int = 0
    machine_memory_bytes: int = 0
    gpus: tuple[str, ...] = ()
    machine_gpu_memory_bytes: int = 0

    def __repr__(self) -> str:
        """One line: how many samples over how long."""
        return f"<ResourceUse: {len(self.seconds)} samples, {self.seconds[-1]:.0f} s>"

    def to_dict(self) -> dict[str, Any]:
        """This as plain data for `json.dumps`; what is unknown is left out."""
        return pack_resources(self)


def pack_resources(use: ResourceUse) -> dict[str, Any]:
    """The samples in the form that JSON holds."""
    known = {item.name: getattr(use, item.name) for item in fields(use)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in known.items() if value}


def unpack_resources(data: object) -> ResourceUse:
    """The samples that `pack_resources` packed.

    Raises:
        HistoryError: a part is missing or has the wrong form.
    """
    try:
        if not isinstance(data, dict):
            raise ValueError(f"it has {cited(data)} where an object is needed")
        use = ResourceUse(
            **{item.name: _READERS[item.name](data[item.name]) for item in fields(ResourceUse) if item.name in data}
        )
        _check(use)
    except (TypeError, ValueError, OverflowError) as error:
        raise HistoryError(f"The stored use of resources is damaged: {error}. Remove it.") from None
    return use


def is_resources(value: object) -> bool:
    """Whether a value is a use of resources that can be stored and read back unchanged."""
    try:
        return isinstance(value, ResourceUse) and unpack_resources(pack_resources(value)) == value
    except (HistoryError, TypeError, AttributeError):
        return False


def _check(use: ResourceUse) -> None:
    n_samples = len(use.seconds)
    if not n_samples or not n_samples == len(use.memory_bytes) == len(use.cpu_cores):
        raise ValueError("its lists are empty or have different lengths")
    if any(len(values) not in (0, n_samples) for values in (use.gpu_ratio, use.gpu_memory_bytes)):
        raise ValueError("its lists have different lengths")
    if any(before >= after for before, after in pairwise(use.seconds)):
        raise ValueError("its times are not in ascending order")


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"it has {cited(value)} where a number is needed")
    if not 0 <= value < _MAX_NUMBER:
        raise ValueError(f"its {cited(value)} is out of range")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, float) or _number(value) != value:
        raise ValueError(f"it has {cited(value)} where a whole number is needed")
    return int(value)


def _ratio(value: Any) -> float:
    if _number(value) > 1:
        raise ValueError(f"its share {cited(value)} is out of range")
    return float(value)


def _name(value: Any) -> str:
    if not is_text(value):
        raise ValueError(f"it has {cited(value)} where a text is needed")
    return str(value)


def _list_of(reader: Callable[[Any], Any], most: int = _MAX_STORED) -> Callable[[Any], tuple[Any, ...]]:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"it has {cited(value)} where a list is needed")
        return tuple(map(reader, value))

    return read


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "seconds": _list_of(_number),
    "cpu_cores": _list_of(_number),
    "gpu_ratio": _list_of(_ratio),
    "gpus": _list_of(_name, _MAX_CARDS),
    **dict.fromkeys(("memory_bytes", "gpu_memory_bytes"), _list_of(_whole)),
    **dict.fromkeys(("machine_cores", "machine_memory_bytes", "machine_gpu_memory_bytes"), _whole),
}
