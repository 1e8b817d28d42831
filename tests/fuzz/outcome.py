"""Any input must give a valid history or a one-line reportgen error, in time and without a warning."""

import math
import time
import warnings
from pathlib import Path

from reportgen import sources
from reportgen.errors import HistoryError, MissingExtraError, SourceError
from reportgen.options import ReadOptions
from reportgen.text import printable

MAX_SECONDS = 5.0  # of processor time, for inputs no larger than the fuzzer's
MAX_CHARACTERS = 800


def save(folder: Path, files: dict[str, bytes]) -> None:
    """Writes files into a folder and its subfolders."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def read_or_refuse(path: Path, form: str | None, max_seconds: float = MAX_SECONDS) -> str:
    """Reads a path as a caller does, and fails if the outcome is not allowed.

    Returns:
        The message of the error; empty if the path was read.
    """
    start = time.process_time()
    message = ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            history = sources.read(path, ReadOptions(format=form)).history
        except (SourceError, HistoryError, MissingExtraError) as error:
            message = str(error)
            assert message == printable(message), f"not one printable line: {message!r}"
            assert len(message) < MAX_CHARACTERS, f"{len(message)} characters: {message}"
            assert str(path) in message, f"names no source: {message}"
        else:
            assert history.metric_names
            assert not any(math.isnan(epoch) for epoch in history.epochs.tolist())
            assert type(history).from_json(history.to_json()) == history, "does not come back from JSON as it was"
    seconds = time.process_time() - start
    assert seconds < max_seconds, f"took {seconds:.1f} s"
    return message
