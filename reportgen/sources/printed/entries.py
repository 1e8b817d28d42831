"""Rows of printed logs in which each line, or each row of a table, states its own epoch or step and its values."""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from reportgen.sources.printed.lines_above import LinesAbove

_MOST_UNKNOWN: Final = 10_000  # lines that are remembered; our choice


class Entry(NamedTuple):
    """What one line or one row of a table says.

    Attributes:
        epoch: Its epoch, as printed; a fraction if the tool counts fractions of epochs.
        step: Its step.
        planned: The planned number of epochs.
        values: The values by name as printed.
        known: The meaning of each name, as `history_from_log` takes it; None to guess it from the name.
        tool: The tool that prints such lines, if that is certain.
        is_new: Whether the header of a table is directly above.
        replaces: Whether it replaces an earlier entry with the same number, as a progress bar does.
        is_inner: Whether it is used only if its epoch, or else its step, has no other entry.
        is_result: Whether these are results after training, with the names that they get.
        params: Settings and other single values.
    """

    epoch: float | None = None
    step: int | None = None
    planned: int | None = None
    values: dict[str, float] = {}  # noqa: RUF012  # never changed
    known: dict[str, str] | None = None
    tool: str | None = None
    is_new: bool = False
    replaces: bool = False
    is_inner: bool = False
    is_result: bool = False
    params: tuple[tuple[str, str], ...] = ()


class Ending(NamedTuple):
    """What a tool prints about early stopping.

    Attributes:
        best: The best epoch, 1-based, whose model is used; None if it is not known.
        patience: Rounds without improvement; None if it is not known.
        stopped: Whether training was stopped early.
        monitor: The monitored curve, as printed.
    """

    best: int | None = None
    patience: int | None = None
    stopped: bool = False
    monitor: str = ""


class Unknown(NamedTuple):
    """A line with values that were not understood."""

    line: str


@dataclass
class EntryLog:
    """All entries of a log, and what was printed between them.

    Attributes:
        entries: In order.
        endings: What was printed about early stopping, with the number of entries before it.
        results: Results after training, with the number of entries before them.
        has_rules: Whether they were read by the rules of a tool.
        headings: Names of runs, such as ``fold 2``, with the number of entries before their heading.
        unknown: Lines with values that were not understood, with the number of entries before them.
        above: Lines that are not entries, with the number of entries before them.
    """

    entries: list[Entry] = field(default_factory=list)
    endings: list[tuple[int, Ending]] = field(default_factory=list)
    results: list[tuple[int, Entry]] = field(default_factory=list)
    has_rules: bool = False
    headings: list[tuple[int, str]] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    above: LinesAbove = field(default_factory=LinesAbove, compare=False, repr=False)

    def take(self, said: "Entry | Ending | Unknown") -> None:
        """Adds what a line says."""
        if isinstance(said, Unknown):
            if len(self.unknown) < _MOST_UNKNOWN:
                self.unknown.append((len(self.entries), said.line))
        elif isinstance(said, Ending):
            self.endings.append((len(self.entries), said))
        elif said.is_result:
            self.results.append((len(self.entries), said))
        else:
            if self.above.lines:
                last = _number(self.entries[-1]) if self.entries else None
                self.above.row(len(self.entries), _number(said), last)
            self.entries.append(said)

    def is_certain(self) -> bool:
        """Whether a known tool wrote most of the entries, so that nothing else in the log is a training run."""
        if self.has_rules:
            return bool(self.entries)
        return len(self.entries) > 1 and 2 * sum(entry.tool is not None for entry in self.entries) > len(self.entries)

    def without_inner(self) -> "EntryLog":
        """This log without the entries within epochs that have an entry of their own."""
        if not any(entry.is_inner for entry in self.entries):
            return self
        whole = {_count(entry) for entry in self.entries if not (entry.is_inner or _is_validation(entry))}
        keeps = [not entry.is_inner or _count(entry) not in whole for entry in self.entries]
        kept = [0]
        for keep in keeps:
            kept.append(kept[-1] + keep)
        return EntryLog(
            [entry for entry, keep in zip(self.entries, keeps, strict=True) if keep],
            [(kept[place], ending) for place, ending in self.endings],
            [(kept[place], entry) for place, entry in self.results],
            self.has_rules,
            [(kept[place], name) for place, name in self.headings],
            [(kept[place], line) for place, line in self.unknown],
            self.above.moved(kept.__getitem__),
        )

    def with_tests(self) -> "EntryLog":
        """This log with values of test sets as validation values if it has no others.

        Otherwise they are results if only the last epoch has some, or else curves of their own.
        """
        keys = {key for entry in self.entries for key in (entry.known or {}).values()}
        if not self.has_rules or not any(key.startswith("test_") for key in keys):
            return self
        if not any(key.startswith("val_") for key in keys):
            return replace(self, entries=[_validated(entry) for entry in self.entries])
        tested = {_count(entry) for entry in self.entries if _is_test(entry)}
        counts = {_count(entry) for entry in self.entries}
        if len(counts) == 1 or tested != {_count(self.entries[-1])}:
            return self
        first = next(place for place, entry in enumerate(self.entries) if _is_test(entry))
        if not all(map(_is_test, self.entries[first:])):
            return self
        results = [(first, _as_result(entry)) for entry in self.entries[first:]]
        return replace(self, entries=self.entries[:first], results=[*self.results, *results])


def _number(entry: Entry) -> float | None:
    return entry.epoch if entry.step is None else entry.step


def _count(entry: Entry) -> float | None:
    return entry.step if entry.epoch is None else entry.epoch


def _is_test(entry: Entry) -> bool:
    return bool(entry.known) and all(key.startswith("test_") for key in (entry.known or {}).values())


def _as_result(entry: Entry) -> Entry:
    values = {key.removeprefix("test_"): entry.values[name] for name, key in (entry.known or {}).items()}
    return entry._replace(values=values, is_result=True)


def _validated(entry: Entry) -> Entry:
    """An entry with values of test sets as validation values."""
    if not _is_test(entry):
        return entry
    values, known = {}, {}
    for name, key in (entry.known or {}).items():
        made = f"val_{key.removeprefix('test_')}"
        column = name if name != key else made
        values[column], known[column] = entry.values[name], made
    return entry._replace(values=values, known=known)


def _is_validation(entry: Entry) -> bool:
    return all(key.startswith("val_") for key in (entry.known or {}).values())
