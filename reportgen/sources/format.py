"""Defines a log format: its name, how it is recognised, its reader, and the options that it takes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import DEFAULT_READ, READ_NAMES, ReadOptions
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs
from reportgen.text import quoted

_FOR_FORMATS: Final = ("columns", "validation_freq", "run")  # the other options apply to every source


class Fit(IntEnum):
    """How well a format fits a source. The best fit is used; if several are equal, the first in the registry.

    NO: another format. POSSIBLE: looks like a table or JSON in general. LIKELY: has names that this tool writes.
    CERTAIN: has a mark that no other format has.
    """

    NO = 0
    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


@dataclass(frozen=True)
class Format:
    """One format of training logs.

    Attributes:
        name: Name for ``--format``: lower-case letters, digits and hyphens.
        reads: What it reads, in a few words, for messages: ``Keras CSVLogger``.
        recognise: Returns how well it fits a source. Must be fast, must not raise, and must not load heavy packages.
        read: Returns the run, or `Runs` if the source may contain several; which of them is used is decided elsewhere.
            Raises `SourceError` if anything is wrong with the source.
        takes: The `ReadOptions` that it uses: any of ``columns`` and ``validation_freq``.
        tool: Key of the tool that writes it, such as ``lightning``; see `RunFacts.tool`. None: unknown, or as the
            reader says.
        runs: Returns the folders of all runs in a folder that it recognises, as relative paths; empty for the folder
            itself. None: each such folder is one run.
        settings: Returns the settings stored beside a log, given an opened folder and the log's folder in it, which is
            empty or ends with a slash. None: there are none.
    """

    name: str
    reads: str
    recognise: Callable[[Sample], Fit]
    read: Callable[[Opened, ReadOptions], TrainingHistory | Runs]
    takes: frozenset[str] = frozenset({"columns"})
    runs: Callable[[Sample], Collection[str]] | None = None
    tool: str | None = None
    settings: Callable[[Opened, str], tuple[tuple[str, str], ...]] | None = None

    def __str__(self) -> str:
        return f"{self.reads} ({self.name})"


@dataclass(frozen=True)
class LenientOptions(ReadOptions):
    """Options; those named in ``lenient`` are ignored, not rejected, if they do not apply to a source."""

    lenient: frozenset[str] = READ_NAMES


def may_skip(options: ReadOptions, name: str) -> bool:
    """Whether an option is ignored, not rejected, if it does not apply."""
    return isinstance(options, LenientOptions) and name in options.lenient


def options_for(options: ReadOptions, where: str, kind: str, *, takes: frozenset[str]) -> ReadOptions:
    """The options that apply to a source, as listed in ``takes``.

    Raises:
        SourceError: another option is set and must not be ignored.
    """
    others = [name for name in _FOR_FORMATS if name not in takes and getattr(options, name)]
    refused = [name for name in others if not may_skip(options, name)]
    if not refused:
        left_out: dict[str, Any] = {name: getattr(DEFAULT_READ, name) for name in others}
        return replace(options, **left_out)
    name = refused[0]
    shown = name if name == "columns" else f"{name}={quoted(getattr(options, name))[1:-1]}"
    raise SourceError(f"{where}: {shown} does not apply to {kind}. Leave it out.")
