"""Reads lines of one form quickly: after a few lines that are one entry each, a pattern for them reads the rest.

Which number of a line becomes which value is found out by reading the line again with other numbers, so the pattern
reads nothing that `EntryReader` would read differently. That one reads the last line of a row of such lines itself, so
that it remembers what it would remember of all of them.
"""

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from reportgen.sources.printed.cleaning import visible_lines
from reportgen.sources.printed.entries import Entry, EntryLog
from reportgen.sources.printed.entry_reader import EntryReader

_FEWEST: Final = 3  # lines of one form before the pattern is used; our choices
_MOST_TRIES: Final = 40  # to find a pattern
_MOST_CHARACTERS: Final = 3_000  # of a line
_MOST_NUMBERS: Final = 80
_WITHOUT_NUMBERS: Final = str.maketrans("", "", "0123456789.+-")
_NUMBER: Final = re.compile(r"((?<![\w@.])[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?(?![\d.]))")
_WHOLE: Final = r"(\d{1,15})(?![\d.eE])"
_REAL: Final = r"([+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?)(?![\d.eE])"
_POSITIVE: Final = _REAL.replace("[+-]?", "", 1)


@dataclass(frozen=True)
class _Place:
    """What a number of a line becomes in its entry.

    Attributes:
        name: The name of a value, or empty for a field.
        field: ``epoch``, ``step`` or ``planned``, or empty for a value.
        make: `int` or `float`.
        added: What is added to it, as the tool counts from 0.
    """

    name: str
    field: str
    make: Callable[[str], float]
    added: int = 0


@dataclass(frozen=True)
class _LinePattern:
    """A pattern for lines of one form, up to their ends.

    Attributes:
        match: Matches one line.
        model: The entry of one of them.
        places: What the groups become.
        order: The group of each place.
    """

    match: Callable[[str, int], re.Match[str] | None]
    model: Entry
    places: tuple[_Place, ...]
    order: tuple[int, ...]

    def entries(self, found: Sequence[tuple[str, ...]]) -> list[Entry]:
        """The entries of lines, given their groups."""
        columns = list(zip(*found, strict=True))
        fields: dict[str, list[float]] = {}
        names: list[str] = []
        values: list[list[float]] = []
        for place, group in zip(self.places, self.order, strict=True):
            column = list(map(place.make, columns[group]))
            if place.added:
                column = [number + place.added for number in column]
            if place.field:
                fields[place.field] = column
            else:
                names.append(place.name)
                values.append(column)
        none = [None] * len(found)
        counts = [fields.get(field, none) for field in ("epoch", "step", "planned")]
        rows = zip(*counts, zip(*values, strict=True), strict=True)
        others = self.model[4:]
        return [Entry._make((*row[:3], dict(zip(names, row[3], strict=True)), *others)) for row in rows]


class RepeatedEntries:
    """Passes lines to a reader of entries, and reads those of one form itself."""

    def __init__(self, reader: EntryReader) -> None:
        self._reader = reader
        self._form = ""
        self._count = 0  # lines of this form, one after the other
        self._patterns: dict[str, _LinePattern] = {}
        self._n_tries = 0

    def read_text(self, text: str) -> None:
        """Reads text without escape codes that ends where a line does."""
        if "\r" in text:
            self._form, self._count = "", 0
            for line in visible_lines(text):
                self._reader.read_visible(line)
            return
        place, end = 0, len(text)
        while place < end:
            if self._count >= _FEWEST:
                place = self._read_alike(text, place)
            stop = text.find("\n", place)
            stop = end if stop < 0 else stop
            self._read_line(text[place:stop])
            place = stop + 1

    def _read_alike(self, text: str, place: int) -> int:
        """Reads lines of the current form, all but the last one; returns where that one begins."""
        pattern = self._patterns.get(self._form)
        if pattern is None:
            return place
        found, ends = [], [place]
        while row := pattern.match(text, ends[-1]):
            found.append(row.groups())
            ends.append(row.end())
        if len(found) < _FEWEST:
            return place
        self._reader.log.entries += pattern.entries(found[:-1])
        return ends[-2]

    def _read_line(self, line: str) -> None:
        log = self._reader.log
        before = len(log.entries), len(log.endings), len(log.results), len(log.headings)
        self._reader.read_visible(line)
        after = len(log.entries), len(log.endings), len(log.results), len(log.headings)
        if after != (before[0] + 1, *before[1:]) or len(line) > _MOST_CHARACTERS:
            self._form, self._count = "", 0
            return
        form = line.translate(_WITHOUT_NUMBERS)
        self._count = self._count + 1 if form == self._form else 1
        self._form = form
        if self._count < _FEWEST or self._n_tries >= _MOST_TRIES:
            return
        known = self._patterns.get(form)
        if known is None or known.match(line + "\n", 0) is None:
            self._n_tries += 1
            pattern = self._learned(line, log.entries[-1])
            if pattern is not None:
                self._patterns[form] = pattern
                self._n_tries = 0 if known is None else self._n_tries

    def _learned(self, line: str, entry: Entry) -> _LinePattern | None:
        """A pattern for lines like this one; None if their entries are more than some of their numbers."""
        parts = _NUMBER.split(line)
        texts = parts[1::2]
        wanted = _numbers_of(entry)
        if wanted is None or not 0 < len(texts) <= _MOST_NUMBERS:
            return None
        numbers = [float(text) for text in texts]
        used = {at for at, number in enumerate(numbers) if {number, number + 1} & set(wanted.values())}
        others = [f"7{at:02d}0" + (".25" if _is_real(texts[at]) else "") for at in range(len(texts))]
        changed = self._read_alone(
            _joined(parts, [others[at] if at in used else texts[at] for at in range(len(texts))])
        )
        unused = [
            text if at in used or _is_fixed(parts[2 * at]) else _with_other_digits(text)
            for at, text in enumerate(texts)
        ]
        if changed is None or self._read_alone(_joined(parts, unused)) != self._read_alone(line):
            return None
        found = _numbers_of(changed)
        if found is None or found.keys() != wanted.keys() or changed[4:] != self._read_alone(line)[4:]:  # type: ignore[index]
            return None
        places, groups = [], []
        by_number = {float(others[at]) + added: (at, added) for at in used for added in (0, 1)}
        for (field, name), number in found.items():
            at, added = by_number.get(number, (-1, 0))
            is_count = field in ("step", "planned")
            if at < 0 or (is_count and _is_real(texts[at])):
                return None
            is_whole = bool(field) and isinstance(getattr(entry, field), int)
            places.append(_Place(name, field, int if is_whole else float, added))
            groups.append(at)
        captured = sorted(set(groups))
        counts = {at for place, at in zip(places, groups, strict=True) if place.field}
        regex = [re.escape(parts[0])]
        for at, text in enumerate(texts):
            if at not in captured and _is_fixed(parts[2 * at]):
                regex.append(re.escape(text))
            elif at not in captured:
                regex.append(re.sub(r"\d", r"\\d", re.escape(text)))
            elif not _is_real(text):
                regex.append(_WHOLE)
            else:
                regex.append(_POSITIVE if at in counts else _REAL)
            regex.append(re.escape(parts[2 * at + 2]))
        match = re.compile("".join(regex) + r"\n").match
        return _LinePattern(match, entry, tuple(places), tuple(map(captured.index, groups)))

    def _read_alone(self, line: str) -> Entry | None:
        """What the reader would say about a line now, without taking note of it; None if it is not one entry."""
        reader = self._reader.without_log()
        copied = deepcopy(reader)
        copied.read_visible(line)
        log = copied.log
        return log.entries[0] if log == EntryLog(log.entries[:1], has_rules=log.has_rules) and log.entries else None


def _numbers_of(entry: Entry) -> dict[tuple[str, str], float] | None:
    """The numbers of an entry by field and by name; None if it has no value or no sound number."""
    fields = {(field, ""): getattr(entry, field) for field in ("epoch", "step", "planned")}
    found = {key: number for key, number in fields.items() if number is not None}
    found |= {("", name): number for name, number in entry.values.items()}
    return found if entry.values and not entry.is_result and not entry.params else None


def _is_fixed(before: str) -> bool:
    """Whether a number is the same in all lines: a total, or "#011", a tab as syslog writes it."""
    return before.rstrip(" ").endswith(("/", "#"))


def _is_real(text: str) -> bool:
    return not text.isdecimal()


def _with_other_digits(text: str) -> str:
    return re.sub(r"\d", "2" if set(text) <= {"1", ".", "-"} else "1", text)


def _joined(parts: Sequence[str], texts: Sequence[str]) -> str:
    return parts[0] + "".join(text + rest for text, rest in zip(texts, parts[2::2], strict=True))
