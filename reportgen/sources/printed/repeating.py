"""Reads rows that look alike quickly: after two rows of the same form, a pattern for that form reads the rest.

Which numbers of a row mean what is found out by reading it again with other numbers, so the pattern reads nothing that
the reader of lines would read differently. A row ends where the next one begins; the last one is left to that reader.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reportgen.sources.printed.epochs import Assembly, PrintedLog
from reportgen.sources.printed.open_row import Key
from reportgen.sources.printed.tokens import NUMBER

_MOST_CHARACTERS: Final = 3_000  # of a row; our choices
_MOST_LINES: Final = 12
_MOST_NUMBERS: Final = 80
_MOST_TRIES: Final = 12
_FEWEST: Final = 4  # rows that are read at once
_WITHOUT_NUMBERS: Final = str.maketrans("", "", "0123456789.")
_ANY_NUMBER: Final = r"[+-]?\d{1,40}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,3})?"
_VALUE: Final = r"([+-]?(?:\d{1,40}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,3})?|nan|inf))"


@dataclass(frozen=True)
class _RowPattern:
    """A pattern for rows of one form, and what its groups are.

    Attributes:
        match: Matches one row.
        epoch: The group of its number.
        keys: The name and split of each other group.
        model: What a row of this form adds, with the numbers of the first such row.
    """

    match: Callable[[str, int], re.Match[str] | None]
    epoch: int
    keys: dict[int, Key]
    model: PrintedLog


class RepeatedRows:
    """Finds rows of one form in a text and adds them to an assembly.

    Args:
        assembly: The assembly that other lines go to.
        read: Reads text on its own.
    """

    def __init__(self, assembly: Assembly, read: Callable[[str], PrintedLog]) -> None:
        self._assembly, self._read = assembly, read
        self._start: int | None = None
        self._form = ""
        self._tried: dict[str, _RowPattern | None] = {}
        self._pattern: _RowPattern | None = None

    def new_text(self) -> None:
        """Forgets where the current row began, since another text follows."""
        self._start = None

    def row_began(self, text: str, place: int) -> None:
        """Notes that a row begins at this place of the text, and so the row before ends there."""
        start, self._start = self._start, place
        if start is None or place - start > _MOST_CHARACTERS:
            self._form = ""
            return
        row = text[start:place]
        form = row.translate(_WITHOUT_NUMBERS)
        if form == self._form:
            if form not in self._tried and len(self._tried) < _MOST_TRIES:
                self._tried[form] = self._learned(row)
            self._pattern = self._tried.get(form)
        self._form = form

    def run(self, text: str, place: int) -> int:
        """Reads rows that begin at this place; returns where the first one begins that was not read."""
        pattern = self._pattern
        if pattern is None or not self._assembly.may_add_rows():
            return place
        match, number, found, ends = pattern.match, pattern.epoch, [], []
        last = self._assembly.last_number()
        numbers: list[int] = []
        end = place
        is_followed = False  # by a row that is not the next one of this run, so the last row is complete
        while row := match(text, end):
            groups = row.groups()
            each = int(groups[number])
            if each <= last:
                is_followed = True
                break  # matching the rest as well would take quadratic time in a log of many short runs
            found.append(groups)
            numbers.append(each)
            last, end = each, row.end()
            ends.append(end)
        count = len(found) if is_followed else len(found) - 1
        if count < _FEWEST:
            return place
        columns = list(zip(*found[:count], strict=True))
        values = {key: list(map(float, columns[group])) for group, key in pattern.keys.items()}
        self._assembly.add_rows(numbers[:count], values, pattern.model)
        self._start = None
        self._form = ""
        return ends[count - 1]

    def _learned(self, row: str) -> _RowPattern | None:
        """A pattern for rows like this one; None if they are more than one number and values."""
        parts = NUMBER.split(row)
        n_numbers = len(parts) // 2
        if n_numbers > _MOST_NUMBERS or row.count("\n") > _MOST_LINES:
            return None
        model = self._read(row)
        if not self._assembly.is_plain_row(model):
            return None
        kept = _contents(model)
        regex, keys = [re.escape(parts[0])], dict[int, Key]()
        epoch = -1
        n_groups = 0
        epoch_text = ""
        for place in range(1, len(parts), 2):
            text = parts[place]
            other = f"7{place:03d}.25" if "." in text or not text.isdecimal() else f"7{place:03d}"
            changed = self._read("".join([*parts[:place], other, *parts[place + 1 :]]))
            key = _changed_key(model, changed, float(other))
            if _contents(changed) == kept:
                regex.append(_ANY_NUMBER if "," not in text else r"\d[\d,]{0,40}(?:\.\d{1,40})?")
            elif key is not None:
                regex.append(_VALUE)
                keys[n_groups] = key
                n_groups += 1
            elif epoch < 0 and text.isdecimal() and _is_number(model, changed, int(float(other))):
                epoch, epoch_text = n_groups, text
                regex.append(r"(\d{1,15})")
                n_groups += 1
            elif self._is_free(parts, place, kept):
                regex.append(re.sub(r"\d", r"\\d", re.escape(text)))
            elif epoch >= 0 and text == epoch_text:
                regex.append(rf"(?:\{epoch + 1})(?!\d)")
            else:
                regex.append(re.escape(text) + r"(?!\d)")
            regex.append(re.escape(parts[place + 1]))
        if epoch < 0 or set(keys.values()) != set(model.curves):
            return None
        return _RowPattern(re.compile("".join(regex)).match, epoch, keys, model)

    def _is_free(self, parts: list[str], place: int, kept: object) -> bool:
        """Whether other digits change nothing, as in the time before a line."""
        digit = "2" if set(parts[place]) <= {"1", ".", "-"} else "1"
        other = re.sub(r"\d", digit, parts[place])
        return _contents(self._read("".join([*parts[:place], other, *parts[place + 1 :]]))) == kept


def _contents(log: PrintedLog) -> object:
    """All that a row adds, to be compared."""
    curves = {key: (repr(curve.values), repr(curve.percents), repr(curve.loose)) for key, curve in log.curves.items()}
    return repr(
        (list(log.numbers), list(log.planned), log.kinds, log.partial, log.headings, log.steps, log.has_bars)
    ), curves


def _changed_key(model: PrintedLog, changed: PrintedLog, number: float) -> Key | None:
    """The name of the only value that became this number; None if anything else has changed."""
    if changed.curves.keys() != model.curves.keys():
        return None
    keys = [key for key, curve in changed.curves.items() if repr(curve.values) != repr(model.curves[key].values)]
    if len(keys) != 1 or list(changed.curves[keys[0]].values) != [number]:
        return None
    ours, theirs = _contents(model), _contents(changed)
    return keys[0] if ours[0] == theirs[0] else None  # type: ignore[index]


def _is_number(model: PrintedLog, changed: PrintedLog, number: int) -> bool:
    """Whether only the number of the row became this number."""
    same = _contents(model)[1] == _contents(changed)[1]  # type: ignore[index]
    return same and list(changed.numbers) == [number] and changed.planned == model.planned
