"""What a format is: a name, what it reads, how it is recognised, and its reader.

In: the beginning of a file or the list of a folder's files. Out: how well a format fits it. A module per format stands
in ``formats/``; packages of others bring theirs by the entry point group ``reportgen.sources``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.opening.opened import Opened, Sample


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
    read: Callable[[Opened, ReadOptions], TrainingHistory]
    takes: frozenset[str] = frozenset({"columns"})

    def __str__(self) -> str:
        return f"{self.reads} ({self.name})"
