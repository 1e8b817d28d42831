"""Packs logged cells (numbers, text, vectors, absent values) into columns of numbers.

Numbers are packed as rows arrive, so that long logs need little memory.
"""

import json
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name
from reportgen.history.notes import Note, short_names, short_pairs
from reportgen.sources.table.label_names import may_label
from reportgen.sources.table.limits import check_columns, check_values
from reportgen.sources.table.naming import EPOCH, EPOCH_NAMES, STEP
from reportgen.sources.table.quantities import number_with_unit
from reportgen.text import UNPRINTABLE, cited

ABSENT: Final = frozenset({"", "na", "n/a", "none", "null", "-", "_", "--"})
_LONGEST_ABSENT: Final = max(map(len, ABSENT))
_HALVES: Final = re.compile("[\ud800-\udfff]")  # lone surrogates, which cannot be encoded
_BLOCK: Final = 1 << 14  # values packed at once
_MAX_FAULT_ROWS: Final = 1_000  # that are remembered; with more odd epochs, the epochs cannot be used
_MAX_LABELS: Final = 20_000  # different ones in a column; our choice: with more, the texts do not label rows
_LARGEST_LABEL: Final = 10**18
_LONGEST_LABEL: Final = 200  # characters
_MAX_LENGTHS: Final = 8  # of the vectors in one column; our choice: a vector that grows does so a few times


@dataclass(frozen=True)
class Column:
    """The numbers logged under one name.

    Attributes:
        rows: Shape (n,), int64, ascending, from 0: the rows that have a value.
        values: Shape (n,), float64; NaN is a value.
    """

    rows: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Labels:
    """The labels in one column.

    Attributes:
        texts: The different labels in the order of their first row.
        codes: Shape (n_rows,), the label of each row: an index into ``texts``, -1 where there is none.
    """

    texts: tuple[str, ...]
    codes: np.ndarray


class _CellError(Exception):
    """A cell is not a number. The arguments are a word for its kind, which may be empty, and the value."""


class _PackedValues:
    """Numbers of one column, packed block by block."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.values: list[float] = []
        self.packed: list[Column] = []
        self.count = 0

    def put(self, row: int, value: float) -> None:
        self.rows.append(row)
        self.values.append(value)
        self.count += 1
        if len(self.rows) >= _BLOCK:
            self.pack()

    def put_block(self, column: Column) -> None:
        self.pack()
        self.packed.append(column)
        self.count += len(column.rows)

    def pack(self) -> None:
        if self.rows:
            self.packed.append(Column(np.array(self.rows, dtype=np.int64), np.array(self.values, dtype=np.float64)))
            self.rows, self.values = [], []

    def first_row(self) -> int:
        self.pack()
        return min((int(part.rows[0]) for part in self.packed if len(part.rows)), default=0)

    def column(self) -> Column:
        self.pack()
        if not self.packed:
            return Column(np.empty(0, np.int64), np.empty(0))
        rows, values = zip(*((part.rows, part.values) for part in self.packed), strict=True)
        self.packed = [Column(np.concatenate(rows), np.concatenate(values))]
        return self.packed[0]


class _LabelPile:
    """The labels in one column, row by row.

    Attributes:
        is_other: Whether a cell cannot be a label, or there are too many different ones; nothing is kept then.
    """

    def __init__(self) -> None:
        self.is_other = False
        self._codes: dict[str, int] = {}
        self._known: dict[object, int] = {}  # the codes of cells
        self._rows = array("i")  # the code of each row

    def put(self, row: int, value: object) -> None:
        if self.is_other:
            return
        code = self._known.get(value) if isinstance(value, str | int) else None
        if code is None:
            text = _label(value)
            if text is None or len(self._known) > _MAX_LABELS:
                self.is_other, self._codes, self._known, self._rows = True, {}, {}, array("i")
                return
            code = self._codes.setdefault(text, len(self._codes)) if text else -1
            if isinstance(value, str | int):
                self._known[value] = code
        if row > len(self._rows):
            self._rows.extend([-1] * (row - len(self._rows)))
        self._rows.append(code)

    def labels(self, n_rows: int) -> Labels:
        codes = np.full(n_rows, -1, dtype=np.int32)
        codes[: len(self._rows)] = self._rows
        return Labels(tuple(self._codes), codes)


class _Pile:
    """The values of one name: numbers, or vectors of one length. Other cells are counted as odd.

    Attributes:
        fault: The error for the first cell that is neither a number, a vector nor absent.
        other_rows: Rows of vectors whose length is not remembered, since there are too many lengths.
        fault_rows: The first rows of such cells, from 0.
        unit: The unit of its numbers, such as ``%``; empty if they have none.
        labels: The cells as labels of their rows, if the name suggests that or if all cells are text.
        is_text: Whether all cells are text so far, and the name does not suggest labels.
    """

    def __init__(self, labels: "_LabelPile | None" = None) -> None:
        self.labels = labels
        self.is_text = False
        self.numbers = _PackedValues()
        self.vectors: dict[int, _Vectors] = {}  # by length
        self.fault: SourceError | None = None
        self.n_faults = 0
        self.unit: str | None = None
        self.fault_rows: list[int] = []
        self.other_rows: list[int] = []

    def add_fault(self, row: int, fault: SourceError) -> None:
        if self.fault is None:
            self.fault = fault
        if self.n_faults < _MAX_FAULT_ROWS:
            self.fault_rows.append(row)
        self.n_faults += 1

    def kinds(self) -> "list[_PackedValues | _Vectors]":
        return [self.numbers, *self.vectors.values()]

    def kept(self) -> "_PackedValues | _Vectors":
        """The kind of value with the most cells: numbers, or the vectors of one length."""
        return max(self.kinds(), key=lambda kind: kind.count)

    def odd(self) -> tuple[int, int]:
        """How many cells are not of the kind that is kept, and the row of the first one."""
        kept = self.kept()
        others = [kind for kind in self.kinds() if kind is not kept and kind.count]
        rows = [kind.first_row() for kind in others] + self.fault_rows[:1] + self.other_rows[:1]
        return sum(kind.count for kind in others) + self.n_faults + len(self.other_rows), min(rows, default=0)


class _Vectors:
    """Vectors of equal length: one column for each component."""

    def __init__(self, length: int) -> None:
        self.parts = [_PackedValues() for _ in range(length)]
        self.count = 0
        self.row = 0  # of the first one

    def put(self, row: int, vector: list[float | None]) -> int:
        """Adds a vector; returns the number of its values that are not absent."""
        self.row = row if not self.count else self.row
        self.count += 1
        n_values = 0
        for part, number in zip(self.parts, vector, strict=True):
            if number is not None:
                part.put(row, number)
                n_values += 1
        return n_values

    def first_row(self) -> int:
        return self.row


class Logged:
    """The values of a log by name. Readers add them row by row or column by column.

    Attributes:
        notes: Notes on how the log was read, passed on to the history.
        texts: Cells of columns that are kept as text.
        is_table: Whether text in a column of numbers is an error, as it may be a broken table.
    """

    def __init__(self, where: str, *, is_table: bool = False) -> None:
        self.where = where
        self.is_table = is_table
        self._odd_names: dict[str, str] = {}
        self.n_rows = 0
        self.notes: list[Note] = []
        self.texts: dict[str, list[str]] = {}
        self._n_values = 0
        self._piles: dict[str, _Pile] = {}

    @property
    def names(self) -> list[str]:
        """The names in order of appearance."""
        return list(self._piles)

    def rename(self, names: Mapping[str, str]) -> None:
        """Renames columns unless the new name is taken; an empty new name drops the column."""
        for old, new in names.items():
            if old in self._piles and new not in self._piles:
                self._piles = {
                    (new if name == old else name): pile for name, pile in self._piles.items() if name != old or new
                }

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Adds one row; some names may be missing.

        Raises:
            SourceError: there are more names or values than a history can have.
        """
        for name, value in row.items():
            pile = self._pile(name)
            if pile.labels is not None and not pile.is_text:
                pile.labels.put(self.n_rows, value)
            self._put(pile, name, self.n_rows, value)
        self.n_rows += 1
        self._check_size()

    def add_rows(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Adds a block of rows, as columns of equal length.

        Raises:
            SourceError: there are more names or values than a history can have.
        """
        length = max((len(values) for values in columns.values()), default=0)
        for name, values in columns.items():
            pile = self._pile(name)
            if pile.labels is not None and not pile.is_text:
                for row, value in enumerate(values, self.n_rows):
                    pile.labels.put(row, value)
            for first in range(0, len(values), _BLOCK):
                self._put_block(pile, name, self.n_rows + first, values[first : first + _BLOCK])
                self._check_size()
        self.n_rows += length
        self._check_size()

    def add_column(self, name: str, column: Column) -> None:
        """Adds packed numbers for rows that are added before or after this call."""
        self._pile(name).numbers.put_block(column)
        self._n_values += len(column.rows)
        self.n_rows = max(self.n_rows, int(column.rows[-1]) + 1 if len(column.rows) else 0)
        self._check_size()

    def columns(self, keys: Mapping[str, str], optional: Iterable[str] = ()) -> tuple[dict[str, Column], list[str]]:
        """The logged values as columns of numbers; a vector becomes one column per component (``f1[0]``).

        Args:
            keys: The wanted names, each with the new name of its column.
            optional: Names to leave out if none of their cells is a number.

        Returns:
            The columns, and the names that were left out.

        Raises:
            SourceError: most cells of a column are not numbers, or any cell that has text if this is a table.
        """
        made: dict[str, Column] = {}
        left_out = []
        for name, key in keys.items():
            pile = self._piles[name]
            kept = pile.kept()
            if pile.fault is not None and (self.is_table or pile.n_faults >= kept.count):
                if name not in optional or (self.is_table and kept.count and not pile.unit):
                    raise pile.fault
                left_out.append(name)
            elif isinstance(kept, _PackedValues):
                made[key] = kept.column()
            else:
                for number, part in enumerate(kept.parts):
                    component = f"{key}[{number}]"
                    if component in keys.values():
                        raise SourceError(
                            f"{self.where}: {cited_name(component)} is a column and also a component of "
                            f"{cited_name(name)}. Rename one."
                        )
                    made[component] = part.column()
            check_columns(len(made), self.where)
        return made, left_out

    def numbers(self, name: str) -> Column | None:
        """The numbers of a column; None if it has other cells, too."""
        pile = self._piles[name]
        kept = pile.kept()
        return kept.column() if isinstance(kept, _PackedValues) and not pile.odd()[0] else None

    def replace(self, name: str, column: Column) -> None:
        """Replaces the numbers of a column by others for the same rows."""
        pile = self._piles[name] = _Pile()
        pile.numbers.put_block(column)

    def has_numbers(self, name: str) -> bool:
        """Whether a column has a number or a vector."""
        return self._piles[name].kept().count > 0

    def labels(self, name: str) -> Labels | None:
        """The cells of a column as labels of their rows; None if its name or its cells are not those of labels."""
        pile = self._piles[name]
        if pile.labels is None or pile.labels.is_other:
            return None
        if pile.is_text and pile.kept().count:
            return None
        found = pile.labels.labels(self.n_rows)
        return found if found.texts else None

    def odd_rows(self, name: str) -> list[int]:
        """The rows, from 0, in which a column has a cell that is not a number.

        Raises:
            SourceError: there are more than a thousand.
        """
        pile = self._piles[name]
        if pile.fault is not None and pile.n_faults > len(pile.fault_rows):
            raise pile.fault
        return pile.fault_rows

    def odd_notes(self, names: Iterable[str]) -> list[Note]:
        """Notes about cells of these columns that were left out, and about names that were replaced."""
        odd = {name: found for name in names if (found := self._piles[name].odd())[0]}
        said = []
        if odd:
            count, row = sum(count for count, _ in odd.values()), min(row for _, row in odd.values())
            said.append(Note.of("odd-values", count=count, columns=short_names(odd), row=row + 1))
        if self._odd_names:
            said.append(Note.of("odd-names", pairs=short_pairs(self._odd_names.items())))
        return said

    def forget(self) -> None:
        """Frees the memory of all cells."""
        self._piles.clear()

    def _pile(self, name: object) -> _Pile:
        text = str(name).strip()
        pile = self._piles.get(text)
        if pile is None:
            text = self._sound_name(text)
            pile = self._piles.get(text)
        if pile is None:
            check_columns(len(self._piles) + 1, self.where)
            pile = self._piles[text] = _Pile(_LabelPile() if may_label(text) else None)
        return pile

    def _sound_name(self, name: str) -> str:
        """A name that a history can have: not empty, and without half characters."""
        if name in self._odd_names:
            return self._odd_names[name]
        sound = base = _HALVES.sub(UNPRINTABLE, name) or "unnamed"
        if sound == name:
            return name
        taken, number = {*self._piles, *self._odd_names.values()}, 1
        while sound in taken:
            number += 1
            sound = f"{base} {number}"
        self._odd_names[name] = sound
        return sound

    def _check_size(self) -> None:
        check_values(max(self.n_rows, self._n_values), self.where)

    def _put_block(self, pile: _Pile, name: str, first: int, values: Sequence[Any]) -> None:
        numbers = _as_numbers(values)
        if numbers is None:
            for row, value in enumerate(values, first):
                self._put(pile, name, row, value)
        else:
            pile.numbers.put_block(Column(np.arange(first, first + len(numbers), dtype=np.int64), numbers))
            self._n_values += len(numbers)

    def _put(self, pile: _Pile, name: str, row: int, value: Any) -> None:
        """Adds one cell. The first cell that is not a number is stored as the column's error."""
        try:
            try:
                cell = _cell(value)
            except _CellError:
                cell, unit = number_with_unit(value)
                if cell is None or (pile.unit or unit) != unit:
                    raise
                pile.unit = unit
        except _CellError as fault:
            kind, found = fault.args
            if pile.labels is None and isinstance(value, str) and not pile.odd()[0] and not pile.kept().count:
                pile.labels, pile.is_text = _LabelPile(), True
            if pile.labels is not None and pile.is_text:
                pile.labels.put(row, value)
            pile.add_fault(row, self._no_number(name, row, kind, found) if pile.fault is None else pile.fault)
            return
        if cell is None:
            return
        if isinstance(cell, float):
            pile.numbers.put(row, cell)
            self._n_values += 1
            return
        vectors = pile.vectors.get(len(cell))
        if vectors is None:
            if len(pile.vectors) >= _MAX_LENGTHS:
                pile.other_rows.append(row)
                return
            check_columns(sum(pile.vectors) + len(cell), self.where)
            vectors = pile.vectors[len(cell)] = _Vectors(len(cell))
        self._n_values += vectors.put(row, cell)

    def _no_number(self, name: str, row: int, kind: str, value: Any) -> SourceError:
        found = kind + cited(value)
        if name.strip().lower() in EPOCH_NAMES:
            found = found.removeprefix("text ")
            return SourceError(
                f"{self.where}: epoch {found} in row {row + 1} is not a number. Correct the epoch column."
            )
        return SourceError(
            f"{self.where}: column {cited_name(name)} has {found} in row {row + 1}; metrics must be numbers. Remove "
            "the row or the column."
        )


def log_of_curves(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], where: str) -> Logged:
    """Joins curves that each have their own steps into one log. Steps 0, 1, 2, ... or 1, 2, 3, ... are taken as epochs.

    Args:
        curves: Steps, shape (n,), and values, shape (n,), by name, in the order of logging. If a step was logged
            twice, for example after a resume, the last value is used.
        where: Name of the source, for messages.

    Raises:
        SourceError: there are more names or values than a history can have.
    """
    steps = np.unique(np.concatenate([stated for stated, _ in curves.values()])) if curves else np.empty(0)
    counts = bool(len(steps)) and steps[0] in (0, 1) and bool((np.diff(steps) == 1).all())
    axis = EPOCH if counts else STEP
    log = Logged(where)
    log.add_column(axis, Column(np.arange(len(steps)), steps))
    for name, (stated, values) in curves.items():
        order = np.argsort(stated, kind="stable")
        last = np.append(np.diff(stated[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
        kept = order[last]
        if name != axis:
            log.add_column(name, Column(np.searchsorted(steps, stated[kept]), values[kept]))
    return log


def _label(value: object) -> str | None:
    """A cell as a label: text or a whole number. Empty for an absent cell, None for anything else."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.strip()[:_LONGEST_LABEL]
        if len(text) <= _LONGEST_ABSENT and text.lower() in ABSENT:
            return ""
        try:
            value = float(text)
        except ValueError:
            return _HALVES.sub(UNPRINTABLE, text)
        if text.isdecimal():
            return text
    if isinstance(value, np.integer | np.floating):
        value = value.item()
    if not isinstance(value, int | float):
        return None
    if not abs(value) < _LARGEST_LABEL:
        return "" if value != value else None  # NaN, or infinite
    return f"{value:.0f}" if value == int(value) else None


def _as_numbers(values: Sequence[Any]) -> np.ndarray | None:
    """Converts a block of plain numbers, given as numbers or text; None if a cell needs parsing."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu":
        return values.astype(np.float64)
    kinds = set(map(type, values))
    try:
        if kinds <= {float, int}:
            return np.array(values, dtype=np.float64)
        if kinds == {str} and "_" not in "".join(values):
            return np.fromiter(map(float, values), np.float64, len(values))
    except (ValueError, OverflowError):
        pass
    return None


def _cell(value: Any) -> float | list[float | None] | None:
    """Parses one logged value: a number, a vector, or None if it is absent. Raises _CellError for anything else."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if len(text) <= _LONGEST_ABSENT and text.lower() in ABSENT:
            return None
        inner = text.strip('"').strip()  # Keras' CSVLogger puts quotes inside the quotes of a vector
        if inner.startswith("[") and inner.endswith("]"):
            value = _vector(inner)
        else:
            try:
                return float(text.replace("_", "x"))
            except ValueError:
                value = None
        if value is None:
            raise _CellError("text ", text)
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        if isinstance(value, list | tuple):
            flat = [None if entry is None else float(entry) for entry in np.asarray(value, dtype=object).ravel()]
            return flat[0] if len(flat) == 1 else flat or None
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise _CellError("", value) from None


def _vector(text: str) -> list[Any] | None:
    """Parses a vector written as ``[a, b]``; None if it is not one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:  # nan and inf as Python and NumPy write them are not JSON
            value = [float(entry) for entry in text[1:-1].split(",")]
        except ValueError:
            return None
    return value if isinstance(value, list) else None
