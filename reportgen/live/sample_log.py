"""Samples of a run at even intervals, a bounded number of them however long it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportgen.history.resource_use import MAX_SAMPLES, ResourceUse

INTERVAL_S: Final = 2.0  # between samples at first; doubled whenever there would be too many. Our choice
MAX_COST_RATIO: Final = 0.002  # largest share of the time that taking samples may use; our choice


@dataclass(frozen=True)
class MachineFacts:
    """What the machine has: processor cores that the training may use, and memory."""

    cores: int = 0
    memory_bytes: int = 0


@dataclass(frozen=True)
class CardUse:
    """The use of the graphics cards of a run.

    Attributes:
        names: Their names.
        ratio: Share of the time in which they were busy, the mean of the cards; None if they do not say.
        memory_bytes: Memory that the training uses on them.
        total_bytes: Memory that they have.
    """

    names: tuple[str, ...]
    ratio: float | None
    memory_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class ResourceSample:
    """One sample.

    Attributes:
        at_s: When it was taken, since sampling began.
        memory_bytes: Memory of the processes.
        cpu_cores: Processor cores in use since the sample before.
        cards: The graphics cards; None if the training uses none.
    """

    at_s: float
    memory_bytes: int
    cpu_cores: float
    cards: CardUse | None = None


class SampleLog:
    """Keeps samples. When there are `MAX_SAMPLES`, it joins them in pairs and asks for them half as often."""

    def __init__(self) -> None:
        self._samples: list[ResourceSample] = []
        self._interval_s = INTERVAL_S
        self._due_s = INTERVAL_S

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for a sample."""
        return now_s >= self._due_s

    def add(self, sample: ResourceSample, cost_s: float) -> None:
        """Adds a sample that took this much processor time."""
        self._samples.append(sample)
        if len(self._samples) >= MAX_SAMPLES:
            self._samples = [_joined(*pair) for pair in zip(self._samples[::2], self._samples[1::2], strict=True)]
            self._interval_s *= 2
        self._due_s = sample.at_s + max(self._interval_s, cost_s / MAX_COST_RATIO)

    def use(self, machine: MachineFacts) -> ResourceUse | None:
        """All samples; None without any."""
        if not self._samples:
            return None
        cards = [sample.cards for sample in self._samples]
        last = next((card for card in reversed(cards) if card is not None), None)
        ratios = [0.0 if card is None else card.ratio for card in cards]  # not yet or no longer in use
        return ResourceUse(
            seconds=tuple(round(sample.at_s, 1) for sample in self._samples),
            memory_bytes=tuple(sample.memory_bytes for sample in self._samples),
            cpu_cores=tuple(round(sample.cpu_cores, 2) for sample in self._samples),
            gpu_ratio=_known(ratios) if last is not None else (),
            gpu_memory_bytes=() if last is None else tuple(0 if card is None else card.memory_bytes for card in cards),
            machine_cores=machine.cores,
            machine_memory_bytes=machine.memory_bytes,
            gpus=() if last is None else last.names,
            machine_gpu_memory_bytes=0 if last is None else last.total_bytes,
        )


def _known(ratios: Sequence[float | None]) -> tuple[float, ...]:
    """The shares, if all are known."""
    known = [round(ratio, 3) for ratio in ratios if ratio is not None]
    return tuple(known) if len(known) == len(ratios) else ()


def _joined(one: ResourceSample, other: ResourceSample) -> ResourceSample:
    """Two samples as one: the later time, the higher memory, the mean of the rest."""
    cards = other.cards or one.cards
    if one.cards is not None and other.cards is not None:
        ratios = (one.cards.ratio, other.cards.ratio)
        mean = None if ratios[0] is None or ratios[1] is None else (ratios[0] + ratios[1]) / 2
        memory = max(one.cards.memory_bytes, other.cards.memory_bytes)
        cards = CardUse(other.cards.names, mean, memory, other.cards.total_bytes)
    memory_bytes = max(one.memory_bytes, other.memory_bytes)
    return ResourceSample(other.at_s, memory_bytes, (one.cpu_cores + other.cpu_cores) / 2, cards)
