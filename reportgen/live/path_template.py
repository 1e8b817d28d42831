"""The path of a report with placeholders, which every training fills in: ``runs/{run}.html``."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Final

from reportgen.errors import SettingsError
from reportgen.portable_names import fault_on_windows
from reportgen.text import listed, quoted

COUNTERS: Final = frozenset({"run", "fold", "trial"})  # numbers from 1, unless the trial is known
_SAMPLES: Final[Mapping[str, int | str]] = {"run": 1, "fold": 1, "trial": "1", "time": "20260131-235959"}
_ODD: Final = re.compile(r"[^\w.-]+")


class PathTemplate:
    """A path with placeholders.

    Args:
        text: The path; ``{{`` and ``}}`` are braces.

    Attributes:
        names: The placeholders in it.

    Raises:
        SettingsError: a placeholder is unknown, or the path cannot be read.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            fields = [(name, conversion) for _, name, _, conversion in Formatter().parse(text) if name is not None]
        except ValueError as error:
            raise SettingsError(
                f"path is {quoted(text)}: {error}. Write {{{{ and }}}} for braces that are part of the path."
            ) from None
        for name, conversion in fields:
            if name not in _SAMPLES or conversion:
                raise SettingsError(
                    f"path is {quoted(text)}: the placeholder {quoted(name)} is unknown; a path can have "
                    f"{listed([f'{{{known}}}' for known in _SAMPLES])}. Write {{{{ and }}}} for braces."
                )
        self.names = frozenset(name for name, _ in fields)
        try:
            self.fill(_SAMPLES)
        except ValueError as error:
            raise SettingsError(
                f"path is {quoted(text)}: a placeholder cannot be formatted like this ({error}). Write {{run}} or "
                "{run:03d}."
            ) from None

    def fill(self, values: Mapping[str, int | str]) -> str:
        """The path with these values. Characters of text that do not belong in a file name become ``_``."""
        return self._text.format_map({name: _safe(value) for name, value in values.items()})


def _safe(value: int | str) -> int | str:
    if not isinstance(value, str):
        return value
    name = _ODD.sub("_", value).strip(".") or "_"
    return f"_{name}" if fault_on_windows(name) else name  # "con" is a device there


def numbered(path: Path) -> Iterator[Path]:
    """The path, and then the same path with numbers: ``report.html``, ``report-2.html``, ``report-3.html``."""
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
