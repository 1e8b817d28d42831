"""Failures around a run: training continues, and the user sees one warning."""

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator

from reportgen.errors import ReportgenError


class FailureGuard:
    """Turns failures into one warning per run, shown at the line that started it.

    Args:
        frameworks: Modules whose frames are between that line and this package, such as Keras.
    """

    def __init__(self, *frameworks: str) -> None:
        self._warned = False
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
        reason = str(error) if isinstance(error, ReportgenError) else f"{type(error).__name__}: {error}"
        self.warn(f"reportgen could not {doing}: {' '.join(reason.split())}")

    def warn(self, text: str) -> None:
        """Warns, unless it has already shown a warning."""
        if self._warned:
            return
        self._warned = True
        try:
            warnings.warn(text, RuntimeWarning, stacklevel=self._caller_level())
        except RuntimeWarning:  # the user turned warnings into errors; training continues
            logging.getLogger("reportgen").warning(text)

    def _caller_level(self) -> int:
        """The stack level, counted from `warn`, of the first frame outside this package and the frameworks."""
        level, frame = 1, sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(self._inner):
            level, frame = level + 1, frame.f_back
        return level
