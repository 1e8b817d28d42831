"""Failures around a run: training continues, and the user sees one warning for each thing that failed."""

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Final

from reportgen.errors import ReportgenError
from reportgen.text import harmless

_AGAIN: Final = ": the report was not written: "  # a warning begins with that


class FailureGuard:
    """Turns failures into warnings, shown at the line that started the run. Each thing that fails warns once.

    Args:
        frameworks: Modules whose frames are between that line and this package, such as Keras.
    """

    def __init__(self, *frameworks: str) -> None:
        self._warned: set[str] = set()
        package = os.path.dirname(os.path.dirname(__file__))
        folders = [package, *map(os.path.dirname, frameworks)]
        self._inner = (*(folder + os.sep for folder in folders), contextlib.__file__)

    @contextlib.contextmanager
    def guarding(self, doing: str) -> Iterator[None]:
        """Turns any exception in the block into a warning: "could not <write the report>"."""
        try:
            yield
        except Exception as error:
            self.report(doing, error)

    def report(self, doing: str, error: Exception) -> None:
        """Warns, in one line, that something failed."""
        self.warn(f"reportgen could not {doing}: {_reason(error)}", about=doing)

    def warn(self, text: str, *, about: str = "") -> None:
        """Warns, unless it has already warned about the same thing."""
        if about in self._warned:
            return
        self._warned.add(about)
        line = " ".join(text.split())
        try:
            warnings.warn(harmless(line), RuntimeWarning, stacklevel=self._caller_level())
        except Exception:  # the user turned warnings into errors; training continues
            logging.getLogger("reportgen").warning(harmless(line))

    def _caller_level(self) -> int:
        """The stack level, counted from `warn`, of the first frame outside this package and the frameworks."""
        level, frame = 1, sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(self._inner):
            level, frame = level + 1, frame.f_back
        return level


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    try:
        said = str(error)
        return said.replace(_AGAIN, ": ", 1) if isinstance(error, ReportgenError) else f"{kind}: {said}"
    except Exception:  # its own __str__ fails
        return kind
