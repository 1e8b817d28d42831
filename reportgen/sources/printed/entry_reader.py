"""Reads entries: lines of boosters, dicts and YOLO, rows of tables, and lines of tools that have rules."""

import re
from collections.abc import Iterable, Iterator
from copy import copy
from typing import Final, NamedTuple

from reportgen.sources.printed.booster_lines import BoosterLines, is_of_booster, may_have_rounds
from reportgen.sources.printed.cleaning import LONGEST, lines_of, parts_of
from reportgen.sources.printed.dict_lines import DictLines, is_of_dicts, may_have_dicts
from reportgen.sources.printed.entries import Ending, Entry, EntryLog, Unknown
from reportgen.sources.printed.grid import Row
from reportgen.sources.printed.table_rows import TableRows
from reportgen.sources.printed.tables import TableScanner, may_begin_table, may_have_tables
from reportgen.sources.printed.tokens import ALIKE
from reportgen.sources.printed.tool_lines import ToolLines, rules_of
from reportgen.sources.printed.tool_rules import ToolRules
from reportgen.sources.printed.yolo_lines import YoloLines, is_of_yolo, may_have_yolo

_FOLD: Final = re.compile(
    r"[^\w\n]{0,80}(?:results for |start(?:ing)? |training |model )?fold(?:\s?n[\u00b0\u00bao]\.?|\s?\u2116)?[\W_]{0,4}"
    r"(\d{1,6})\b",
    re.IGNORECASE,
)
_MOST_FORMS: Final = 5_000  # forms of lines that are remembered; our choices
_LONGEST_FORM: Final = 2_000


class _Part(NamedTuple):
    """Part of lines of one form, and which readers it may say something to."""

    start: int
    end: int
    is_fold: bool
    begins_table: bool
    is_of_booster: bool
    is_of_dicts: bool
    is_of_yolo: bool


class EntryReader:
    """Reads the lines of a log one at a time.

    Attributes:
        log: The entries so far.
    """

    def __init__(self, rules: ToolRules | None = None) -> None:
        """Takes the rules of the tool that wrote the log; None if it is another one."""
        self.log = EntryLog(has_rules=rules is not None)
        self._tool = None if rules is None else ToolLines(rules)
        self._scanner, self._rows = TableScanner(), TableRows()
        self._boosters, self._dicts, self._yolo = BoosterLines(), DictLines(), YoloLines()
        self._forms: dict[str, tuple[_Part, ...]] = {}

    def read(self, line: str) -> None:
        """Reads the next line."""
        if (fold := _FOLD.match(line)) is not None:
            self.log.headings.append((len(self.log.entries), f"fold {int(fold[1])}"))
        if self._tool is not None:
            self._take_all(self._tool.read(line), line)
        else:
            self._take(self._scanner.feed(line))

    def read_visible(self, line: str) -> None:
        """Reads the next line, which may have a prefix. Lines that differ only in their digits are parted alike."""
        form = line.translate(ALIKE)
        parts = self._forms.get(form)
        if parts is None:
            if len(self._forms) >= _MOST_FORMS:
                self._forms.clear()
            parts = tuple(_parts_of_form(form))
            if len(form) <= _LONGEST_FORM:
                self._forms[form] = parts
        for part in parts:
            text = line[part.start : part.end]
            if self._tool is not None or part.is_fold or part.begins_table or not self._scanner.is_idle():
                self.read(text)
                continue
            found: list[Entry | Ending] = []
            if part.is_of_booster:
                found += self._boosters.read(text)
            if part.is_of_dicts or self._dicts.is_in_section():
                found += self._dicts.read(text)
            if part.is_of_yolo:
                found += self._yolo.read(text)
            self._take_all(found, text)

    def without_log(self) -> "EntryReader":
        """A reader that knows the same but has no entries yet, to be copied."""
        made = copy(self)
        made.log, made._forms = EntryLog(has_rules=self.log.has_rules), {}
        return made

    def finish(self) -> EntryLog:
        """Ends the last table; returns all entries."""
        self._take(self._scanner.end())
        self.log = self.log.without_inner().with_tests()
        return self.log

    def is_idle(self) -> bool:
        """Whether only lines for which `may_have_entries` is true have to be read."""
        return self._tool is None and self._scanner.is_idle() and not (self.log.entries or self.log.results)

    def needs(self, text: str) -> bool:
        """Whether the lines of a text have to be read, as a table is open or begins. Fast."""
        if self._tool is not None or not self._scanner.is_idle():
            return True
        return may_have_entries(text)

    def _take(self, parts: Iterator[str | Row]) -> None:
        for part in parts:
            if isinstance(part, Row):
                entry = self._rows.read(part)
                if entry is not None:
                    self.log.take(entry)
                    self._yolo.saw(entry)
                else:
                    self.log.above.add(" | ".join(part.cells))
                continue
            found = [*self._boosters.read(part), *self._dicts.read(part), *self._yolo.read(part)]
            self._take_all(found, part)

    def _take_all(self, found: Iterable[Entry | Ending | Unknown], line: str) -> None:
        """Takes what a line says, or the line itself if it says nothing."""
        is_silent = True
        for said in found:
            self.log.take(said)
            is_silent = False
        if is_silent:
            self.log.above.add(line)


def may_have_entries(text: str) -> bool:
    """Whether a text may have the beginning of a table, or lines of boosters, dicts or YOLO. Fast."""
    return may_have_tables(text) or may_have_tools(text)


def may_have_tools(text: str) -> bool:
    """Whether a text may have lines of boosters, dicts or YOLO. Fast."""
    return may_have_rounds(text) or may_have_dicts(text) or may_have_yolo(text)


def read_entries(pieces: Iterable[str]) -> EntryLog:
    """All entries in pieces of text that end where a line does."""
    reader = EntryReader()
    found = False
    for piece in pieces:
        if not found and not reader.log.entries and (rules := rules_of(piece)) is not None:
            reader, found = EntryReader(rules), True
        if reader.needs(piece):
            for line in lines_of(piece):
                reader.read(line)
    return reader.finish()


def _parts_of_form(form: str) -> Iterator[_Part]:
    """The parts of lines of a form, whose digits are all zeros."""
    parts = list(parts_of(form))
    start = min(len(form), LONGEST) - sum(map(len, parts))
    for text in parts:
        yield _Part(
            start,
            start + len(text),
            _FOLD.match(text) is not None,
            may_begin_table(text),
            is_of_booster(text),
            is_of_dicts(text),
            is_of_yolo(text),
        )
        start += len(text)
