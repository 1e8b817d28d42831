"""Cells as loggers write them, made into columns of numbers: text, vectors, absent values.

In: rows, one at a time or in blocks. Out: one `Column` per name. Numbers are packed while the rows come in, so that a
long log takes little memory; more than a history can have is refused before it takes any.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.sources.table.naming import EPOCH_NAMES, MAX_COLUMNS
from reportgen.text import quoted

MAX_VALUES: Final = 5_000_000  # our choice: a million steps of five metrics; to read them takes 0.8 GB of memory
ABSENT: Final = frozenset({"", "na", "n/a", "none", "null", "-"})
_LONGEST_ABSENT: Final = max(map(len, ABSENT))
_BLOCK: Final = 1 << 14  # values that are packed at a time


@dataclass(frozen=True)
class Column:
    """What was logged under one name, in those rows that hold a value of it.

    Attributes:
        rows: Shape (n,), int64, ascending, counted from 0.
        values: Shape (n,), float64; NaN is a value.
    """

    rows: np.ndarray
    values: np.ndarray


class _CellError(Exception):
    """A cell that is no number; the arguments are the kind of its value, if it needs to be said, and the value."""


class _Pile:
    """The values of one name, packed block by block."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.values: list[float] = []
        self.packed: list[Column] = []
        self.parts: list[_Pile] = []  # of a vector, its components
        self.fault: SourceError | None = None  # the first cell that is no number

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
    """The values of a log by name, as they are read.

    Args:
        where: The source's name, for messages.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.n_rows = 0
        self._n_values = 0
        self._piles: dict[str, _Pile] = {}

    @property
    def names(self) -> list[str]:
        """The names in the order in which they were met."""
        return list(self._piles)

    def rename(self, names: Mapping[str, str]) -> None:
        """Gives columns other names, as far as these are free; an empty one drops the column."""
        for old, new in names.items():
            if old in self._piles and new not in self._piles:
                self._piles = {
                    (new if name == old else name): pile for name, pile in self._piles.items() if name != old or new
                }

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Adds one row, which need not hold a value for every name.

        Raises:
            SourceError: there are more names or values than a history can have.
        """
        for name, value in row.items():
            self._put(self._pile(name), name, self.n_rows, value)
        self.n_rows += 1
        self._check_size()

    def add_rows(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Adds a block of rows, given as columns of one length.

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
        """Adds numbers that are packed already; the rows are those added before or after."""
        pile = self._pile(name)
        pile.packed.append(column)
        self._n_values += len(column.rows)
        self.n_rows = max(self.n_rows, int(column.rows[-1]) + 1 if len(column.rows) else 0)
        self._check_size()

    def columns(self, keys: Mapping[str, str], optional: Iterable[str] = ()) -> tuple[dict[str, Column], list[str]]:
        """What was logged, as columns of numbers, a vector as one column per component (``f1[0]``).

        Args:
            keys: The names that are wanted, each with the name that its column gets.
            optional: Names that are left out where none of their cells is a number.

        Returns:
            The columns, and the names that were left out.

        Raises:
            SourceError: a cell is neither a number nor absent, or a vector changes its length.
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
                            f"{self.where}: {quoted(component)} is a column and also a component of {quoted(name)}; "
                            "names must differ. Rename one."
                        )
                    made[component] = part.column()
            if len(made) > MAX_COLUMNS + 2:
                raise self._too_many_columns()
        return made, left_out

    def forget(self) -> None:
        """Lets go of all cells, whose columns were taken."""
        self._piles.clear()

    def _pile(self, name: object) -> _Pile:
        text = str(name).strip()
        pile = self._piles.get(text)
        if pile is None:
            if len(self._piles) >= MAX_COLUMNS + 2:  # epoch and step are no metrics
                raise self._too_many_columns()
            pile = self._piles[text] = _Pile()
        return pile

    def _check_size(self) -> None:
        if self.n_rows > MAX_VALUES or self._n_values > MAX_VALUES:
            raise SourceError(
                f"{self.where}: it holds more than {MAX_VALUES:,} values, the most that a history can have. Save every "
                "tenth step only, or fewer metrics."
            )

    def _too_many_columns(self) -> SourceError:
        return SourceError(
            f"{self.where}: it has more than {MAX_COLUMNS:,} columns of numbers, a vector's components counted; a "
            "history needs no more. Save fewer metrics."
        )

    def _put_block(self, pile: _Pile, name: str, first: int, values: Sequence[Any]) -> None:
        numbers = _as_numbers(values)
        if numbers is None or pile.parts:
            for row, value in enumerate(values, first):
                self._put(pile, name, row, value)
        else:
            pile.pack()
            pile.packed.append(Column(np.arange(first, first + len(numbers), dtype=np.int64), numbers))
            self._n_values += len(numbers)

    def _put(self, pile: _Pile, name: str, row: int, value: Any) -> None:
        """Keeps one cell; the first that is no number is remembered as the column's fault."""
        try:
            cell = _cell(value)
        except _CellError as fault:
            if pile.fault is None:
                kind, met = fault.args
                pile.fault = self._no_number(name, row, kind + quoted(met))
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
            if len(cell) > MAX_COLUMNS:
                raise self._too_many_columns()
            pile.parts = [_Pile() for _ in cell]
        if (not pile.is_empty or len(pile.parts) != len(cell)) and pile.fault is None:
            pile.fault = self._uneven(name)
        for part, number in zip(pile.parts, cell, strict=False):
            if number is not None:
                part.put(row, number)
                self._n_values += 1

    def _no_number(self, name: str, row: int, met: str) -> SourceError:
        if name.lower() in EPOCH_NAMES:
            met = met.removeprefix("text ")
            return SourceError(
                f"{self.where}: epoch {met} in row {row + 1} is not a number; epochs are counted. Correct the epoch "
                "column."
            )
        return SourceError(
            f"{self.where}: column {quoted(name)} has {met} in row {row + 1}; every metric needs numbers. Remove the "
            "row or the column."
        )

    def _uneven(self, name: str) -> SourceError:
        return SourceError(
            f"{self.where}: column {quoted(name)} holds vectors of different lengths; each epoch needs the same "
            "number of values. Remove the column."
        )


def _as_numbers(values: Sequence[Any]) -> np.ndarray | None:
    """A block of plain numbers, or of text that is nothing but numbers, at once; None where a cell needs a look."""
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
    """One logged value: a number, a vector, or None where the logger wrote nothing.

    Raises:
        _CellError: it is something else.
    """
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
    """A vector written as ``[a, b]``; None where the text is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:  # nan and inf as Python and NumPy write them, which JSON does not know
            value = [float(entry) for entry in text[1:-1].split(",")]
        except ValueError:
            return None
    return value if isinstance(value, list) else None
