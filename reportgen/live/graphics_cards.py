"""The graphics cards of a run, asked for by NVML, which comes with NVIDIA's driver.

`CardReader` only asks; `used_cards` and `card_use` compute. Without the package nvidia-ml-py, the driver or a card,
there is nothing to read.
"""

import warnings
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

from reportgen.live.sample_log import CardUse

LEAST_BYTES: Final = 200_000_000  # that a card in use holds at least; our choice: a CUDA context alone takes more


@dataclass(frozen=True)
class CardReading:
    """What one card says at one moment.

    Attributes:
        name: Its name.
        ratio: Share of the last moments in which it was busy, by whatever process; None if it does not say.
        used_bytes: Memory in use, by whatever process.
        total_bytes: Its memory.
        processes: Memory in use by process; None where the driver does not say how much.
    """

    name: str
    ratio: float | None
    used_bytes: int
    total_bytes: int
    processes: tuple[tuple[int, int | None], ...] = ()


class CardReader:
    """Asks the cards of this machine.

    Args:
        library: The module ``pynvml``, initialised.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        self._cards = [library.nvmlDeviceGetHandleByIndex(index) for index in range(library.nvmlDeviceGetCount())]

    @classmethod
    def open(cls) -> Self | None:
        """A reader; None if there is no package, no driver (``NVMLError_LibraryNotFound``) or no card."""
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # another package of this name warns that it is deprecated
            import pynvml

            pynvml.nvmlInit()
            reader = cls(pynvml)
            return reader if reader._cards else None
        return None

    def read(self) -> tuple[CardReading, ...]:
        """What each card says. Raises an exception of NVML if a card is lost."""
        return tuple(map(self._read_one, self._cards))

    def _read_one(self, card: Any) -> CardReading:
        library = self._library
        name = library.nvmlDeviceGetName(card)
        memory = library.nvmlDeviceGetMemoryInfo(card)
        ratio, processes = None, []
        with suppress(Exception):  # not supported, such as by a part of a card
            ratio = min(1.0, library.nvmlDeviceGetUtilizationRates(card).gpu / 100)
        with suppress(Exception):  # likewise
            processes = [
                (int(process.pid), process.usedGpuMemory)
                for process in library.nvmlDeviceGetComputeRunningProcesses(card)
            ]
        shown = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        return CardReading(shown, ratio, int(memory.used), int(memory.total), tuple(processes))


def used_cards(cards: Sequence[CardReading], pids: Collection[int]) -> list[CardReading]:
    """The cards that processes use.

    Inside a container, the driver may list no processes. Then these are the cards without any that hold memory.
    """
    named = [card for card in cards if any(pid in pids for pid, _ in card.processes)]
    return named or [card for card in cards if not card.processes and card.used_bytes >= LEAST_BYTES]


def card_use(cards: Sequence[CardReading], pids: Collection[int]) -> CardUse | None:
    """The use of the cards that processes use; None if they use none."""
    used = used_cards(cards, pids)
    if not used:
        return None
    ratios = [card.ratio for card in used if card.ratio is not None]
    memory = 0
    for card in used:
        own = [size for pid, size in card.processes if pid in pids]
        memory += sum(size for size in own if size is not None) if own and None not in own else card.used_bytes
    return CardUse(
        names=tuple(card.name for card in used),
        ratio=sum(ratios) / len(ratios) if len(ratios) == len(used) else None,
        memory_bytes=memory,
        total_bytes=sum(card.total_bytes for card in used),
    )
