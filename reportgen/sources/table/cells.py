"""Packs logged cells (numbers, text, vectors, absent values) into columns of numbers.

Numbers are packed as rows arrive, so that long logs need little memory.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name
from reportgen.history.notes import Note
from reportgen.sources.table.limits import check_columns, check_values
from reportgen.sources.table.naming import EPOCH, EPOCH_NAMES, STEP
from reportgen.text import cited

ABSENT: Final = frozenset({"", "na", "n/a", "none", "null", "-"})
_LONGEST_ABSENT: Final = max(map(len, ABSENT))
_BLOCK: Final = 1 << 14  # values packed at once


@dataclass(frozen=True)
class Column:
    """The numbers logged under one name.

    Attributes:
        rows: Shape (n,), int64, ascending, from 0: the rows that have a value.
        values: Shape (n,), float64; NaN is a value.
    """

    rows: np.ndarray
    values: np.ndarray


class _CellError(Exception):
    """A cell is not a number. The arguments are a word for its kind, which may be empty, and the value."""


class _PackedValues:
    """The values of one name, packed block by block."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.values: list[float] = []
        self.packed: list[Column] = []
        self.parts: list[_PackedValues] = []  # the components of a vector
        self.fault: SourceError | None = None  # the error for the first cell that is not a number

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.packed)

    def put(self, row: int, value: float) -> None:
        self.rows.append(row)
        self.values.append(value)
        if len(self.rows) >= _BLOCK:
            self.pack()

    def pack(self) -> None:
        if self.rows:
            self.packed.append(Column(np.array(self.rows, dtype=np.int64), np.array(self.values, dtype=np.float64)))
            self.rows, self.values = [], []

    def column(self) -> Column:
        self.pack()
        if not self.packed:
            return Column(np.empty(0, np.int64), np.empty(0))
        rows, values = zip(*((part.rows, part.values) for part in self.packed), strict=True)
        self.packed = [Column(np.concatenate(rows), np.concatenate(values))]
        return self.packed[0]


class Logged:
    """The values of a log by name. Readers add them row by row or column by column.

    Attributes:
        notes: Notes on how the log was read, passed on to the history.
        texts: Cells of columns that are kept as text.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.n_rows = 0
        self.notes: list[Note] = []
        self.texts: dict[str, list[str]] = {}
        self._n_values = 0
        self._piles: dict[str, _PackedValues] = {}

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
            self._put(self._pile(name), name, self.n_rows, value)
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
            for first in range(0, len(values), _BLOCK):
                self._put_block(pile, name, self.n_rows + first, values[first : first + _BLOCK])
                self._check_size()
        self.n_rows += length
        self._check_size()

    def add_column(self, name: str, column: Column) -> None:
        """Adds packed numbers for rows that are added before or after this call."""
        pile = self._pile(name)
        pile.packed.append(column)
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
            SourceError: a cell is neither a number nor absent, or vectors have different lengths.
        """
        made: dict[str, Column] = {}
        left_out = []
        for name, key in keys.items():
            pile = self._piles[name]
            if pile.fault is not None:
                if pile.parts or not pile.is_empty or name not in optional:
                    raise pile.fault
                left_out.append(name)
            elif not pile.parts:
                made[key] = pile.column()
            else:
                for number, part in enumerate(pile.parts):
                    component = f"{key}[{number}]"
                    if component in keys.values():
                        raise SourceError(
                            f"{self.where}: {cited_name(component)} is a column and also a component of "
                            f"{cited_name(name)}. Rename one."
                        )
                    made[component] = part.column()
            check_columns(len(made), self.where)
        return made, left_out

    def forget(self) -> None:
        """Frees the memory of all cells."""
        self._piles.clear()

    def _pile(self, name: object) -> _PackedValues:
        text = str(name).strip()
        pile = self._piles.get(text)
        if pile is None:
            check_columns(len(self._piles) + 1, self.where)
            pile = self._piles[text] = _PackedValues()
        return pile

    def _check_size(self) -> None:
        check_values(max(self.n_rows, self._n_values), self.where)

    def _put_block(self, pile: _PackedValues, name: str, first: int, values: Sequence[Any]) -> None:
        numbers = _as_numbers(values)
        if numbers is None or pile.parts:
            for row, value in enumerate(values, first):
                self._put(pile, name, row, value)
        else:
            pile.pack()
            pile.packed.append(Column(np.arange(first, first + len(numbers), dtype=np.int64), numbers))
            self._n_values += len(numbers)

    def _put(self, pile: _PackedValues, name: str, row: int, value: Any) -> None:
        """Adds one cell. The first cell that is not a number is stored as the column's error."""
        try:
            cell = _cell(value)
        except _CellError as fault:
            if pile.fault is None:
                kind, found = fault.args
                pile.fault = self._no_number(name, row, kind + cited(found))
            return
        if cell is None:
            return
        if isinstance(cell, float):
            if pile.parts and pile.fault is None:
                pile.fault = self._uneven(name)
            pile.put(row, cell)
            self._n_values += 1
            return
        if not pile.parts and pile.is_empty:
            check_columns(len(cell), self.where)
            pile.parts = [_PackedValues() for _ in cell]
        if (not pile.is_empty or len(pile.parts) != len(cell)) and pile.fault is None:
            pile.fault = self._uneven(name)
        for part, number in zip(pile.parts, cell, strict=False):
            if number is not None:
                part.put(row, number)
                self._n_values += 1

    def _no_number(self, name: str, row: int, found: str) -> SourceError:
        if name.lower() in EPOCH_NAMES:
            found = found.removeprefix("text ")
            return SourceError(
                f"{self.where}: epoch {found} in row {row + 1} is not a number. Correct the epoch column."
            )
        return SourceError(
            f"{self.where}: column {cited_name(name)} has {found} in row {row + 1}; metrics must be numbers. Remove "
            "the row or the column."
        )

    def _uneven(self, name: str) -> SourceError:
        return SourceError(
            f"{self.where}: column {cited_name(name)} has vectors of different lengths; each epoch needs the same "
            "number of values. Remove the column."
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
            return flat[0] if len(flat) == 1 else flat
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
