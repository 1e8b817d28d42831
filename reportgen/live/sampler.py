"""Samples what a run uses of its machine, from the process beside it: nothing runs in the training itself.

Memory, processors and graphics cards of the process that trains and of those that it started, such as loaders of data.
psutil and nvidia-ml-py come with the extra ``resources``; without psutil there are no samples.
"""

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from reportgen.history.resource_use import ResourceUse
from reportgen.live.graphics_cards import CardReader, card_use
from reportgen.live.sample_log import MachineFacts, ResourceSample, SampleLog

if TYPE_CHECKING:
    import psutil


def sampler_of(pid: int) -> "Sampler | None":
    """A sampler of the process that trains; None without psutil, or if the process has ended."""
    try:
        import psutil

        return Sampler(psutil.Process(pid)) if pid > 0 else None
    except Exception:  # psutil is not installed or not for this system
        return None


class Sampler:
    """Takes samples of a process and of those that it started, except for this one.

    Args:
        process: The process that trains.
    """

    def __init__(self, process: "psutil.Process") -> None:
        self._process = process
        self._log = SampleLog()
        self._began_s = time.monotonic()
        self._spent: dict[Any, float] = {}  # processor time of each process
        self._sampled_s = self._began_s
        self._is_over = False
        self._cards = CardReader.open()
        self._machine = _machine(process)
        self._spend(self._processes())  # so that the first sample knows what was spent before

    @property
    def use(self) -> ResourceUse | None:
        """All samples; None without any."""
        return self._log.use(self._machine)

    def sample_if_due(self) -> None:
        """Takes a sample if it is time for one. It never raises; a process that has ended is not sampled again."""
        if self._is_over or not self._log.is_due(time.monotonic() - self._began_s):
            return
        try:
            self.sample()
        except Exception:  # the process has ended, or the system does not say
            self._is_over = True

    def sample(self) -> None:
        """Takes a sample now. Raises an exception of psutil if the process has ended."""
        cost_s = time.process_time()
        processes = self._processes()
        now_s = time.monotonic()
        spent_s, passed_s = self._spend(processes), now_s - self._sampled_s
        memory, self._sampled_s = _memory(processes), now_s
        cards = self._read_cards([process.pid for process in processes])
        sample = ResourceSample(now_s - self._began_s, memory, spent_s / passed_s if passed_s > 0 else 0.0, cards)
        self._log.add(sample, time.process_time() - cost_s)

    def _processes(self) -> "list[psutil.Process]":
        own = os.getpid()
        others = self._process.children(recursive=True)
        return [self._process, *(process for process in others if process.pid != own)]

    def _spend(self, processes: "list[psutil.Process]") -> float:
        """The processor time that these processes have used since the last call. New ones began with none."""
        spent: dict[Any, float] = {}
        for process in processes:
            with suppress(Exception):  # it has just ended
                times = process.cpu_times()
                spent[process] = times.user + times.system
        used = sum(max(0.0, seconds - self._spent.get(process, 0.0)) for process, seconds in spent.items())
        self._spent = spent
        return used

    def _read_cards(self, pids: list[int]) -> Any:
        if self._cards is None:
            return None
        try:
            return card_use(self._cards.read(), pids)
        except Exception:  # a card is lost
            self._cards = None
            return None


def _memory(processes: "list[psutil.Process]") -> int:
    """The memory of processes in bytes. Raises an exception of psutil if the first one has ended.

    Several processes may share memory, so their shares are added where the system says them (PSS, on Linux).
    """
    total = 0
    for place, process in enumerate(processes):
        try:
            size = getattr(process.memory_full_info(), "pss", 0) if len(processes) > 1 else 0
            total += size or process.memory_info().rss
        except Exception:
            if not place:
                raise
    return int(total)


def _machine(process: "psutil.Process") -> MachineFacts:
    import psutil

    cores, memory = os.cpu_count() or 0, 0
    with suppress(Exception):  # macOS has no affinity
        cores = len(process.cpu_affinity() or ()) or cores
    with suppress(Exception):
        memory = int(psutil.virtual_memory().total)
    return MachineFacts(cores, memory)
