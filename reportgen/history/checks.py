"""Checks a long frame of logged values, and converts it to canonical order and types."""

import contextlib
from typing import Any, Final

import numpy as np
import pandas as pd

from reportgen import metrics
from reportgen.errors import HistoryError
from reportgen.history.citing import cited_name, cited_names
from reportgen.history.facts import MAX_EPOCH
from reportgen.languages import Axis
from reportgen.metrics import Split
from reportgen.text import cited, cited_fault, listed, quoted

COLUMNS: Final = ("metric", "split", "value")  # besides epoch or step
AXES: Final[tuple[Axis, ...]] = ("epoch", "step")
SPLITS: Final[tuple[Split, ...]] = ("train", "validation")

_NO_NUMBERS: Final = "mMc"  # kinds of dates, durations and complex numbers


def check_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Copies a frame into canonical order and types."""
    counted = [axis for axis in AXES if axis in frame.columns]
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing or not counted:
        raise HistoryError(
            f"The table has columns {cited_names([str(c) for c in frame.columns])} but lacks "
            f"{listed(missing or list(AXES[:1]))}; a history needs epoch or step, metric, split and value. Rename the "
            "columns."
        )
    if frame.empty:
        raise HistoryError("The history is empty; at least one epoch of one metric is needed. Log an epoch first.")
    twice = [name for name in (*AXES, *COLUMNS) if frame.columns.to_list().count(name) > 1]
    if twice:
        raise HistoryError(f"The table has column {quoted(twice[0])} more than once; one is needed. Rename the other.")
    axis, *beside = counted
    positions: dict[str, Any] = {name: _whole(frame[name], first=1 if name == "epoch" else 0) for name in counted}
    names, of_name = _coded(frame["metric"])
    sides, of_side = _coded(frame["split"])
    for side in sides:
        if side not in SPLITS:
            raise HistoryError(f"Split {cited(side)} is unknown; a split is train or validation. Rename it.")
    is_validation = np.array([side == "validation" for side in sides])[of_side]
    in_training = np.bincount(of_name[~is_validation], minlength=len(names)) > 0
    for name, trained in zip(names, in_training.tolist(), strict=True):
        _check_name(name, in_training=trained)
    if frame["value"].dtype.kind in _NO_NUMBERS:
        raise HistoryError(f"The value column has the type {frame['value'].dtype}; convert it to numbers.")
    try:
        values = _numbers(frame["value"]).copy()
    except (TypeError, ValueError, OverflowError) as error:
        raise HistoryError(f"The value column is not numeric ({cited_fault(error)}); convert it to numbers.") from None
    values[np.isnan(values)] = np.nan  # a single NaN pattern, so that equal histories are equal bit for bit
    tidy = pd.DataFrame(
        {
            **positions,
            "metric": pd.array(names, dtype="str").take(of_name),
            "split": pd.array(SPLITS, dtype="str").take(is_validation.astype(np.intp)),
            "value": values,
        }
    )
    curve = 2 * of_name + is_validation
    if not _ascends(curve, tidy[axis].to_numpy()):
        order = np.lexsort((tidy[axis], curve))
        tidy, curve = tidy.iloc[order].reset_index(drop=True), curve[order]
        again = (np.diff(curve) == 0) & (np.diff(tidy[axis]) == 0)
        if again.any():
            row = tidy.iloc[int(again.argmax())]
            name = cited_name(metrics.join_key(row["metric"], row["split"]))
            raise HistoryError(
                f"{axis.capitalize()} {row[axis]} of {name} occurs more than once; each {axis} needs one row. Remove "
                "the repeated rows."
            )
    if beside:
        _check_steps(tidy)
    return tidy


def _coded(column: pd.Series) -> tuple[list[Any], np.ndarray]:
    """The distinct values of a column in order of appearance, and the index of each row's value."""
    try:
        categories = isinstance(column.dtype, pd.CategoricalDtype)  # factorized by code, without conversion to text
        codes, values = pd.factorize(column if categories else column.to_numpy(dtype=object), use_na_sentinel=False)
    except TypeError:  # a list or another unhashable value
        odd = next(value for value in column if isinstance(value, list | dict | set) or not isinstance(value, str))
        raise HistoryError(
            f"{str(column.name).capitalize()} {cited(odd)} is not text; this column needs text. Correct it."
        ) from None
    return list(values), codes


def _ascends(curve: np.ndarray, position: np.ndarray) -> bool:
    """Whether rows are sorted by curve and position, without duplicates."""
    change = np.diff(curve)
    return bool(((change > 0) | ((change == 0) & (np.diff(position) > 0))).all())


def _whole(column: pd.Series, *, first: int) -> np.ndarray:
    """A column of epochs or steps as int64."""
    numbers = as_numbers(column)
    bad = ~((numbers >= first) & (numbers < MAX_EPOCH) & (numbers == np.floor(numbers)))
    if bad.any():
        name = str(column.name)
        raise HistoryError(
            f"{name.capitalize()} {cited(column.iloc[int(bad.argmax())])} is not a whole number of {first} or more; "
            f"{name}s are counted from {first}. Correct the {name} column."
        )
    return numbers.astype(np.int64)


def _check_steps(tidy: pd.DataFrame) -> None:
    """Refuses epochs with two different steps."""
    pairs = tidy[["epoch", "step"]].drop_duplicates()
    again = pairs["epoch"].duplicated()
    if again.any():
        epoch = int(pairs["epoch"][again].iloc[0])
        steps = pairs["step"][pairs["epoch"] == epoch].tolist()
        raise HistoryError(
            f"Epoch {epoch} has steps {steps[0]} and {steps[1]}; an epoch ends at one step. Correct the step column "
            "or leave out the epochs."
        )


def _numbers(column: pd.Series) -> np.ndarray:
    """A column as float64. Dates and complex numbers, which NumPy would cast silently, are refused."""
    if column.dtype.kind in _NO_NUMBERS:
        raise TypeError
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def as_numbers(column: pd.Series) -> np.ndarray:
    """A column as float64, with NaN for anything that is not a number."""
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return _numbers(column)
    numbers = np.full(len(column), np.nan)
    for row, value in enumerate(column):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            numbers[row] = float(value)
    return numbers


def check_text(name: str) -> None:
    """Refuses names that cannot be encoded."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise HistoryError(
            f"Metric name {cited_name(name)} contains half a character (a lone surrogate); names must be Unicode text. "
            "Rename the metric."
        ) from None


def _check_name(name: object, in_training: bool) -> None:
    """Refuses invalid names, and names that would be read back as another curve."""
    if not isinstance(name, str) or not name.strip():
        raise HistoryError(f"Metric name {cited_name(name)} is not a name; every value needs one. Name the metric.")
    check_text(name)
    base, split = metrics.parse_key(name)
    if split == "validation" and in_training:
        raise HistoryError(
            f"Metric name {cited_name(name)} with split train begins with val_, which marks validation; base names are "
            f"needed. Name it {cited_name(base)} with split validation."
        )
