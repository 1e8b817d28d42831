"""Opens sources: files, folders, pipes, standard input and URLs, compressed or not."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from reportgen.errors import SourceError
from reportgen.portable_names import FILE_URL, path_of_url
from reportgen.sources.opening.local import open_local
from reportgen.sources.opening.mlflow_store import MLFLOW_RUN, open_run
from reportgen.sources.opening.opened import Opened, opened_stream

STDIN: Final = "-"
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://", re.ASCII)


@contextmanager
def open_source(path: str | Path, *, root: str = "") -> Iterator[Opened]:
    """Opens a file, a pipe, a folder, standard input (``-``), a URL, or an MLflow run (``mlflow:ID``).

    Args:
        path: What to open.
        root: A folder that a file on this machine must be in after all links are followed; empty: anywhere.

    Raises:
        SourceError: it cannot be opened or read, or is a device.
        MissingExtraError: a package that this kind of URL needs is not installed.
    """
    text = str(path)
    if text == STDIN:
        if sys.stdin is None:
            raise SourceError("standard input is closed. Pass a file.")
        yield opened_stream(sys.stdin.buffer, "standard input", "")
    elif isinstance(path, str) and _URL.match(path) and not path.startswith(FILE_URL):
        from reportgen.sources.opening.url import open_url  # loads fsspec, which local files do not need

        with open_url(path) as opened:
            yield opened
    elif isinstance(path, str) and path.startswith(MLFLOW_RUN):
        with open_run(path.removeprefix(MLFLOW_RUN)) as opened:
            yield opened
    else:
        local = _expanded(Path(path_of_url(text))) if text else None
        with open_local(local, root=root, only_files=bool(root)) as opened:
            yield opened


def _expanded(path: Path) -> Path:
    """The path with ``~`` replaced by the home folder, unless there is a file of that name."""
    if path.parts[:1] and path.parts[0].startswith("~") and not os.path.lexists(path):
        with suppress(RuntimeError):  # no such user
            return path.expanduser()
    return path
