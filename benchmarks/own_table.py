"""Reads a table of the user's own for the benchmarks: ``--table FILE.csv --target COLUMN``."""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.tables import Table, prepare

FEWEST_ROWS: Final = 60  # with a known target; fewer cannot be split in three
FEWEST_OF_A_CLASS: Final = 5  # rows; rarer classes are left out
MOST_CLASSES: Final = 30  # different texts of a target, after that
MOST_WHOLE: Final = 20  # different whole numbers of a target that are still classes
MOST_CATEGORIES: Final = 12  # columns made of one column of text: its most frequent values
NUMERIC: Final = 0.9  # share of a column's values that must be numbers
SEPARATORS: Final = ",;\t|"
GAPS: Final = ("?", "-", " ", "NaN", "nan", "NA", "N/A", "n/a", "na", "NULL", "null", "None", "none", "")


class TableError(ValueError):
    """A table that cannot be used, in one line."""


@dataclass(frozen=True)
class OwnTable:
    """A table as numbers.

    Attributes:
        name: The file's name.
        regression: Whether the target is a number; otherwise a class.
        inputs: Shape (n, columns), finite.
        target: Shape (n,): numbers, or classes from 0.
        said: What was read, in one line.
    """

    name: str
    regression: bool
    inputs: NDArray[np.float64]
    target: NDArray[np.float64]
    said: str

    def table(self, generator: np.random.Generator) -> Table:
        """The table for a network, with its rows shuffled."""
        return prepare(self.name, self.inputs, self.target, generator, regression=self.regression)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds ``--table`` and ``--target``."""
    parser.add_argument("--table", type=Path, metavar="FILE.csv", help="train on this table instead; needs --target")
    parser.add_argument("--target", metavar="COLUMN", help="the column of --table to predict")


def read_chosen(chosen: argparse.Namespace) -> OwnTable | None:
    """The table of the command line; None without one.

    Raises:
        TableError: it cannot be used, or one of the two options is missing.
    """
    if chosen.table is None and chosen.target is None:
        return None
    if chosen.table is None or chosen.target is None:
        given, missing = ("--target", "--table FILE.csv") if chosen.table is None else ("--table", "--target COLUMN")
        raise TableError(f"{given} needs {missing} as well.")
    return read_own(chosen.table, chosen.target)


def read_own(path: Path, target: str) -> OwnTable:
    """Reads a CSV file with a header.

    Rows without a target and columns that number the rows are left out. Gaps of numbers become the median; text becomes
    one column per value. Numbers may have a currency, a percent sign or, with another separator, a decimal comma.

    Raises:
        TableError: there is no such file or column, or too few usable rows, classes or columns.
    """
    frame = _read_frame(path)
    if target not in frame.columns:
        named = ", ".join(repr(str(name)[:40]) for name in frame.columns[:10])
        more = ", ..." if len(frame.columns) > 10 else ""
        raise TableError(f"{path.name} has no column {target!r}; it has {named}{more}. Pass one of them as --target.")
    counters = [name for name in frame.columns.drop(target) if _is_row_number(frame[name])]
    frame = frame.drop(columns=counters)
    values = frame[target]
    known = values.notna()
    frame, values = frame[known], values[known]
    numbers = _numbers(values)
    regression = numbers is not None and not _are_classes(numbers)
    if regression:
        assert numbers is not None  # noqa: S101  # just checked
        finite = np.isfinite(numbers.to_numpy())
        frame, numbers = frame[finite], numbers[finite]
        answer = numbers.to_numpy(np.float64)
        kind = f"regression of {target!r} ({numbers.nunique():,} different numbers)"
        if len(answer) and not 0 < np.std(answer) < np.inf:
            raise TableError(
                f'{path.name}: the target "{target}" is {answer[0]:g} in every row. Choose another --target.'
            )
    else:
        labels = values if numbers is None else numbers
        counts = labels.value_counts()
        kept = labels.isin(counts.index[counts >= FEWEST_OF_A_CLASS])
        frame, labels = frame[kept], labels[kept]
        classes = labels.nunique()
        if classes > MOST_CLASSES or (len(counts) > MOST_CLASSES and classes < 2):
            raise TableError(
                f'{path.name}: the target "{target}" has {len(counts)} different texts; at most {MOST_CLASSES} '
                "can be classes. Choose another --target."
            )
        if classes < 2:
            raise TableError(
                f'{path.name}: the target "{target}" has {classes} class{"" if classes == 1 else "es"} with at least '
                f"{FEWEST_OF_A_CLASS} rows; two are needed. Choose another --target."
            )
        answer = pd.factorize(labels, sort=True)[0].astype(np.float64)
        kind = f"classification of {target!r} ({classes} classes)"
    if len(frame) < FEWEST_ROWS:
        raise TableError(
            f'{path.name} has {len(frame)} usable rows with a value in "{target}"; at least {FEWEST_ROWS} are needed.'
        )
    inputs, left_out = _inputs(frame.drop(columns=[target]))
    left_out = [name[:40] for name in counters] + left_out
    if not inputs.shape[1]:
        raise TableError(
            f'{path.name} has no usable column beside "{target}"; one with numbers or categories is needed.'
        )
    said = f"{path.name}: {kind}, {len(frame):,} rows, {inputs.shape[1]} inputs"
    if left_out:
        said += f"; left out: {', '.join(left_out[:5])}{', ...' if len(left_out) > 5 else ''}"
    return OwnTable(path.name, regression, inputs, answer, said)


def _read_frame(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline(1_000_000)
        separator = max(SEPARATORS, key=header.count)
        frame = pd.read_csv(
            path,
            sep=separator,
            na_values=list(GAPS),
            skipinitialspace=True,
            low_memory=False,
            encoding="utf-8-sig",
            encoding_errors="strict",
        )
        names = pd.Index([str(name).strip() for name in frame.columns])
        frame.columns = frame.columns.map(str) if names.has_duplicates else names
        return frame.apply(_plain_numbers, decimal_comma=separator != ",") if len(frame) else frame
    except OSError as error:
        raise TableError(f"{path}: {error.strerror or error}. Pass a readable CSV file as --table.") from None
    except UnicodeDecodeError:
        raise TableError(f"{path.name} is not UTF-8 text. Save it as CSV in UTF-8.") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise TableError(f"{path.name} is not a CSV table with a header: {reason}.") from None


def _plain_numbers(column: pd.Series, decimal_comma: bool) -> pd.Series:
    """A column of texts such as "$1,200", "12 %" or "1,5" as numbers if they all are; otherwise unchanged."""
    if column.dtype.kind not in "OTU" and str(column.dtype) not in ("str", "string"):
        return column
    bare = column.astype("string").str.strip("$€£% ")
    bare = bare.str.replace(",", "." if decimal_comma else "", regex=False)
    numbers = pd.to_numeric(bare, errors="coerce").astype(np.float64)
    return numbers if bool((numbers.notna() == column.notna()).all()) and bool(numbers.notna().any()) else column


def _is_row_number(values: pd.Series) -> bool:
    """Whether a column counts the rows, which could betray the target of a sorted table."""
    return values.dtype.kind in "iu" and len(values) > 1 and bool((values.diff().iloc[1:] == 1).all())


def _numbers(values: pd.Series) -> pd.Series | None:
    """A column as numbers, or None if it is text; truth values count as text."""
    if values.dtype.kind == "b":
        return None
    numbers = pd.to_numeric(values, errors="coerce").astype(np.float64)
    given = int(values.notna().sum())
    return numbers if given and int(numbers.notna().sum()) >= NUMERIC * given else None


def _are_classes(numbers: pd.Series) -> bool:
    """Whether the numbers of a target are classes: two values, or few whole numbers."""
    distinct = numbers.dropna().unique()
    if len(distinct) <= 2:
        return True
    return len(distinct) <= MOST_WHOLE and bool((distinct == np.round(distinct)).all())


def _inputs(frame: pd.DataFrame) -> tuple[NDArray[np.float64], list[str]]:
    """Columns of numbers, and the names of columns that were left out."""
    columns: list[NDArray[np.float64]] = []
    left_out = []
    for name in frame.columns:
        column = frame[name]
        numbers = _numbers(column)
        if numbers is not None:
            values = numbers.replace([np.inf, -np.inf], np.nan)
            filled = values.fillna(values.median()).to_numpy(np.float64)
            gaps = values.isna().to_numpy(np.float64)
            with np.errstate(all="ignore"):
                usable = bool(np.isfinite(filled.std())) and filled.std() > 0
            if usable:
                columns.append(filled[:, None])
                if 0.01 < gaps.mean() < 0.99:
                    columns.append(gaps[:, None])
            else:
                left_out.append(str(name)[:40])
            continue
        text = column.astype("string").fillna("(none)")
        counts = text.value_counts()
        top = counts.index[:MOST_CATEGORIES]
        if len(counts) < 2 or counts.iloc[:MOST_CATEGORIES].sum() < 0.3 * len(text):
            left_out.append(str(name)[:40])  # one value, or nearly all different, such as names
            continue
        columns.append(np.stack([(text == value).to_numpy(np.float64) for value in top], axis=1))
    return (np.hstack(columns) if columns else np.empty((len(frame), 0))), left_out
