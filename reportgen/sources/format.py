"""What a format is: a name, what it reads, how it is recognised, and its reader.

In: the beginning of a file or the list of a folder's files. Out: how well a format fits it. A module per format stands
in ``formats/``; packages of others bring theirs by the entry point group ``reportgen.sources``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions

if TYPE_CHECKING:
    from reportgen.sources.opening import Opened

SEPARATORS: Final = ",;\t|"  # between the cells of a table; of equally many the first


class Fit(IntEnum):
    """How well a format fits a source. The best fit is taken; of equal ones the first in the registry's order.

    NO: it is something else. POSSIBLE: the general form of a table or of JSON. LIKELY: names that this tool writes.
    CERTAIN: a mark that nothing else bears.
    """

    NO = 0
    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


@dataclass(frozen=True)
class Sample:
    """What a format is recognised by.

    Attributes:
        name: The last part of the path, without ``.gz`` or ``.zst``; empty for standard input.
        head: The first bytes of a file, 64 KiB at most, decompressed; empty for a folder.
        files: Of a folder the paths of the files in it, relative, with forward slashes; None for a file.
    """

    name: str
    head: bytes = b""
    files: tuple[str, ...] | None = None

    @cached_property
    def text(self) -> str:
        """The head as text, without leading white space; the last characters may be cut."""
        encoding = "utf-16" if self.head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return self.head.decode(encoding, "ignore").lstrip()

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The cells of the first line, as of a table: without blanks and quotes."""
        line = re.split(r"[\r\n]", self.text, maxsplit=1)[0]
        return tuple(cell.strip().strip('"').strip() for cell in line.split(max(SEPARATORS, key=line.count)))

    def holds(self, name: str) -> bool:
        """Whether it is a folder in which a file of that name stands."""
        return self.files is not None and name in self.files


@dataclass(frozen=True)
class Format:
    """One format of training logs.

    Attributes:
        name: What ``--format`` calls it: lower-case letters, digits and hyphens.
        reads: What it reads, in a few words, as messages say it: ``Keras CSVLogger``.
        recognise: Tells how well it fits a source. Must be quick, must not fail, and must not load a heavy package.
        read: Makes the history. Raises `SourceError` for whatever is wrong with the source, and nothing else.
        takes: The `ReadOptions` that it can use, by name; others are refused before it is asked.
    """

    name: str
    reads: str
    recognise: Callable[[Sample], Fit]
    read: Callable[["Opened", ReadOptions], TrainingHistory]
    takes: frozenset[str] = frozenset({"columns"})

    def __str__(self) -> str:
        return f"{self.reads} ({self.name})"
