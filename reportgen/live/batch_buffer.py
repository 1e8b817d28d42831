"""Buffers logged batches and writes many at once, so that each costs microseconds."""

import time
from collections.abc import Mapping
from typing import Any, Final

from reportgen.metrics import BATCH_PREFIX

_FLUSH_S: Final = 1.0  # if the process is killed, at most this much is lost; our choice
_FLUSH_BATCHES: Final = 2_000  # per line of the journal; our choice
_FLUSH_VALUES: Final = 100_000  # per line likewise; a line of more than 10 MB cannot be continued
_MANY_VALUES: Final = 3_000_000  # of batches; a journal with more than 5,000,000 values cannot be read
_MORE_VALUES: Final = 250_000  # after every further N logged, the interval doubles; enough for 2**8 times as many


class BatchBuffer:
    """Logged batches waiting to be written, and the number of batches trained so far.

    Args:
        every: Log every N batches. Very long runs log less often later on.

    Attributes:
        step: Number of batches trained so far.
    """

    def __init__(self, every: int) -> None:
        self.step = 0
        self._every = every
        self._epoch = 0
        self._before = 0  # steps before this epoch
        self._n_values, self._limit = 0, _MANY_VALUES
        self._written_at = time.monotonic()
        self._names: list[str] = []
        self._columns: list[list[Any]] = []
        self._steps: list[int] = []
        self._enough = _FLUSH_BATCHES

    def begin_epoch(self, epoch: int) -> None:
        """Assigns the following batches to this epoch."""
        self._epoch, self._before = epoch, self.step

    def is_due(self, batch: int) -> bool:
        """Counts a batch, 0-based in its epoch (the last of several trained at once). Returns whether to log it."""
        before, self.step = self.step, self._before + batch + 1
        return self.step // self._every > before // self._every

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Whether values have the same names as those in the buffer."""
        return not self._steps or list(values) == self._names

    def add(self, values: Mapping[str, Any]) -> None:
        """Adds the values of the batch that was counted last; `fits` must be true for them."""
        if not self._steps:
            self._names, self._columns = list(values), [[] for _ in values]
            n_values = sum(len(value) if isinstance(value, list) else 1 for value in values.values())
            self._enough = min(_FLUSH_BATCHES, _FLUSH_VALUES // max(1, n_values))
        for column, value in zip(self._columns, values.values(), strict=True):
            column.append(value)
        self._steps.append(self.step)

    def is_time_to_write(self) -> bool:
        """Whether the oldest batch has waited a second, or there are enough batches for a line."""
        return len(self._steps) >= self._enough or time.monotonic() - self._written_at >= _FLUSH_S

    def take(self) -> dict[str, Any] | None:
        """Empties the buffer into one record; None if it is empty."""
        self._written_at = time.monotonic()
        if not self._steps:
            return None
        values = {BATCH_PREFIX + name: column for name, column in zip(self._names, self._columns, strict=True)}
        record = {"epoch": self._epoch, "steps": self._steps, "values": values}
        self._n_values += len(self._steps) * len(values)
        if self._n_values >= self._limit:
            self._every, self._limit = 2 * self._every, self._limit + _MORE_VALUES
        self._steps = []
        return record
