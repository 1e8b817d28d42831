"""A time limit for all steps of reading from a server together, whatever library waits for it."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from reportgen.errors import SourceError

_T = TypeVar("_T")
_CLOSE_S: Final = 2.0  # to close a connection


class Deadline:
    """The time by which a source must have been read."""

    def __init__(self, where: str, seconds: float) -> None:
        self._where: Final = where
        self._seconds: Final = seconds
        self._end: Final = time.monotonic() + seconds

    def call(self, step: Callable[..., _T], *arguments: Any, **keywords: Any) -> _T:
        """Makes a call in a thread of its own, which is left alone if it does not return in time.

        Raises:
            SourceError: the time is over.
        """
        results: queue.SimpleQueue[tuple[_T | None, BaseException | None]] = queue.SimpleQueue()

        def work() -> None:
            try:
                results.put((step(*arguments, **keywords), None))
            except BaseException as error:
                results.put((None, error))

        threading.Thread(target=work, daemon=True).start()
        try:
            result, error = results.get(timeout=max(0.0, self._end - time.monotonic()))
        except queue.Empty:
            raise SourceError(
                f"{self._where}: it cannot be read within {self._seconds:g} s. Download it first, or try again later."
            ) from None
        if error is not None:
            raise error
        return result  # type: ignore[return-value]

    def stream(self, stream: Any) -> "TimedStream":
        """A binary stream that must be read in time."""
        return TimedStream(stream, self)


class TimedStream:
    """A binary stream whose reads end in time."""

    def __init__(self, stream: Any, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises a SourceError if the time is over."""
        return bytes(self._deadline.call(self._stream.read, size))

    def close(self) -> None:
        """Closes the stream without waiting for long."""
        closing = threading.Thread(target=self._close, daemon=True)
        closing.start()
        closing.join(_CLOSE_S)

    def _close(self) -> None:
        with suppress(Exception):  # everything has been read, or an error is already being reported
            self._stream.close()
