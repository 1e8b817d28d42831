"""One training run as data: a checked long frame plus the facts of the run.

In: rows of (epoch, metric, split, value). Out: `TrainingHistory`, the only form in which a run travels through the
other rooms. This room never reads files and never judges.
"""

import contextlib
import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Final, Self, TypeVar

import numpy as np
import pandas as pd

from reportgen import metrics
from reportgen.errors import HistoryError, UnknownMetricError, listed, quoted
from reportgen.metrics import Direction, Split
from reportgen.run_facts import MAX_EPOCH, Axis, EarlyStopping, Layer, RunFacts, check_run, pack_run

SCHEMA: Final = "reportgen/history/1"
COLUMNS: Final = ("metric", "split", "value")  # beside what is counted
AXES: Final[tuple[Axis, ...]] = ("epoch", "step")
SPLITS: Final[tuple[Split, ...]] = ("train", "validation")
_MAX_SERIES: Final = 25_000  # of stored data; our choice: more than readers take, as each costs time to read
_MAX_NAME_CHARACTERS: Final = 100_000_000  # of a stored series, its name repeated; our choice
_NON_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_KINDS: Final = {str: "text", int: "a whole number", list: "a list", dict: "an object"}  # what JSON holds, in words
_T = TypeVar("_T")


def _check_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Copies a frame into the canonical order and types, or says what is wrong with it."""
    counted = [axis for axis in AXES if axis in frame.columns]
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing or not counted:
        raise HistoryError(
            f"The table has columns {listed([str(c) for c in frame.columns])} but lacks "
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
            raise HistoryError(f"Split {quoted(side)} is unknown; a split is train or validation. Rename it.")
    is_validation = np.array([side == "validation" for side in sides])[of_side]
    in_training = np.bincount(of_name[~is_validation], minlength=len(names)) > 0
    for name, trained in zip(names, in_training.tolist(), strict=True):
        _check_name(name, in_training=trained)
    try:
        values = _numbers(frame["value"]).copy()
    except (TypeError, ValueError, OverflowError) as error:
        raise HistoryError(f"The value column is not numeric ({error}); convert it to numbers.") from None
    values[np.isnan(values)] = np.nan  # one NaN only, so that equal histories are equal bit for bit
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
            raise HistoryError(
                f"{axis.capitalize()} {row[axis]} of {quoted(metrics.join_key(row['metric'], row['split']))} stands "
                f"there more than once; each {axis} counts once. Remove the repeated rows."
            )
    if beside:
        _check_steps(tidy)
    return tidy


def _coded(column: pd.Series) -> tuple[list[Any], np.ndarray]:
    """The values of a column in order of appearance, and the number of each row's value among them."""
    try:
        categories = isinstance(column.dtype, pd.CategoricalDtype)  # by number, so nothing is made text again
        codes, values = pd.factorize(column if categories else column.to_numpy(dtype=object), use_na_sentinel=False)
    except TypeError:  # a list or another value without a hash
        odd = next(value for value in column if isinstance(value, list | dict | set) or not isinstance(value, str))
        raise HistoryError(
            f"{str(column.name).capitalize()} {quoted(odd)} is not text; text is needed in that column. Correct it."
        ) from None
    return list(values), codes


def _ascends(curve: np.ndarray, position: np.ndarray) -> bool:
    """Whether rows stand curve by curve, each by ascending position, none twice."""
    change = np.diff(curve)
    return bool(((change > 0) | ((change == 0) & (np.diff(position) > 0))).all())


def _whole(column: pd.Series, *, first: int) -> np.ndarray:
    """A column of epochs or steps as int64."""
    numbers = _as_numbers(column)
    bad = ~((numbers >= first) & (numbers < MAX_EPOCH) & (numbers == np.floor(numbers)))
    if bad.any():
        name = str(column.name)
        raise HistoryError(
            f"{name.capitalize()} {quoted(column.iloc[int(bad.argmax())])} is not a whole number of {first} or more; "
            f"{name}s are counted from {first}. Correct the {name} column."
        )
    return numbers.astype(np.int64)


def _check_steps(tidy: pd.DataFrame) -> None:
    """Refuses epochs that end at two steps."""
    pairs = tidy[["epoch", "step"]].drop_duplicates()
    again = pairs["epoch"].duplicated()
    if again.any():
        epoch = int(pairs["epoch"][again].iloc[0])
        steps = pairs["step"][pairs["epoch"] == epoch].tolist()
        raise HistoryError(
            f"Epoch {epoch} stands there with steps {steps[0]} and {steps[1]}; an epoch ends at one step. Correct the "
            "step column, or leave the epochs out."
        )


def _numbers(column: pd.Series) -> np.ndarray:
    """A column as float64; dates and complex numbers, which NumPy would cast silently, are refused."""
    if column.dtype.kind in "mMc":
        raise TypeError(f"it holds {column.dtype}")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _as_numbers(column: pd.Series) -> np.ndarray:
    """A column as float64, NaN where it holds something else."""
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return _numbers(column)
    numbers = np.full(len(column), np.nan)
    for row, value in enumerate(column):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            numbers[row] = float(value)
    return numbers


def _check_text(name: str) -> None:
    """Refuses names that cannot be written down."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise HistoryError(
            f"Metric name {quoted(name)} holds half a character (a lone surrogate); names need to be Unicode text. "
            "Rename the metric."
        ) from None


def _check_name(name: object, in_training: bool) -> None:
    """Refuses what is no name, and names that would be read back as another curve's."""
    if not isinstance(name, str) or not name.strip():
        raise HistoryError(f"Metric name {quoted(name)} is not a name; every value needs one. Name the metric.")
    _check_text(name)
    base, split = metrics.parse_key(name)
    if split == "validation" and in_training:
        raise HistoryError(
            f"Metric name {quoted(name)} with split train begins with val_, which marks validation; base names are "
            f"needed. Name it {quoted(base)} with split validation."
        )


@dataclass(frozen=True, eq=False)
class TrainingHistory:
    """One run: what was logged, epoch by epoch, and the facts of the run.

    Attributes:
        frame: Shape (n_values, 4): ``epoch`` (int64, 1-based), ``metric`` (base name), ``split`` (``"train"`` or
            ``"validation"``), ``value`` (float64, in the metric's own unit). NaN and infinities are values that the
            training produced; an epoch without a value has no row. Metrics stand in the order they were logged. A run
            that counts steps only has ``step`` (int64, 0 or more) in place of ``epoch``; one that counts both has
            ``step``, the optimizer step at the end of the epoch, as a second column.
        run: What is known of the run besides its curves.

    Raises:
        HistoryError: the frame is empty, lacks a column, repeats an epoch, or holds something that is not a number.

    Example:
        >>> history = TrainingHistory.from_columns([1, 2], {"loss": [0.9, 0.5], "val_loss": [1.0, 0.8]})
        >>> history.metric_names
        ('loss',)
    """

    frame: pd.DataFrame
    run: RunFacts = field(default_factory=RunFacts)

    def __post_init__(self) -> None:
        """Checks the frame and puts it into its one canonical form."""
        object.__setattr__(self, "frame", _check_frame(self.frame))
        self._check_facts()

    def _check_facts(self) -> None:
        check_run(self.run)
        n_epochs, n_durations = len(self.epochs), len(self.run.durations_s)
        if n_durations not in (0, n_epochs):
            raise HistoryError(
                f"{n_durations} epoch durations for {n_epochs} epochs; give one for each epoch, or none."
            )

    @classmethod
    def from_columns(
        cls,
        epochs: Sequence[int] | np.ndarray,
        columns: Mapping[str, Sequence[float | None] | np.ndarray],
        run: RunFacts | None = None,
        *,
        axis: Axis = "epoch",
    ) -> Self:
        """Makes a history from columns named as Keras logs them.

        Args:
            epochs: Shape (n_epochs,), 1-based; steps where those are counted.
            columns: For each logged name (``val_`` marks validation) as many values as there are epochs; None where
                nothing was logged, NaN where the training produced NaN.
            run: The facts of the run.
            axis: What is counted.

        Raises:
            HistoryError: a column is of another length, or the result is not a valid history.
        """
        parts = []
        positions = np.asarray(epochs)
        for key, column in columns.items():
            if len(column) != len(positions):
                raise HistoryError(
                    f"{quoted(key)} has {len(column)} values for {len(positions)} {axis}s; every column needs one "
                    f"value for each {axis}. Leave None where nothing was logged."
                )
            numeric = isinstance(column, np.ndarray) and column.dtype.kind in "fiu"
            present = np.full(len(column), True)
            if not numeric:
                present = np.fromiter((value is not None for value in column), dtype=bool, count=len(column))
            _check_text(key)
            metric, split = metrics.parse_key(key)
            try:
                given = column if numeric else [value for value in column if value is not None]
                values = np.array(given, dtype=np.float64)
            except (TypeError, ValueError, OverflowError) as error:
                raise HistoryError(
                    f"{quoted(key)} is not numeric ({error}); every metric needs numbers. Convert or remove it."
                ) from None
            parts.append(pd.DataFrame({axis: positions[present], "metric": metric, "split": split, "value": values}))
        filled = [part for part in parts if len(part)]
        return cls(pd.concat(filled) if filled else pd.DataFrame(columns=[axis, *COLUMNS]), run or RunFacts())

    def __eq__(self, other: object) -> bool:
        """Equal means the same bits in every value, -0.0 and NaN included, and the same facts."""
        if not isinstance(other, TrainingHistory):
            return NotImplemented
        mine, theirs = self.frame, other.frame
        return (
            self.run == other.run
            and mine.drop(columns="value").equals(theirs.drop(columns="value"))
            and mine["value"].to_numpy().tobytes() == theirs["value"].to_numpy().tobytes()
        )

    __hash__ = None  # type: ignore[assignment]  # the frame can be changed in place, so no hash would hold

    @property
    def axis(self) -> Axis:
        """What the run is counted in: epochs, or steps where the log knows of no epochs."""
        return "epoch" if "epoch" in self.frame.columns else "step"

    @cached_property
    def steps(self) -> np.ndarray:
        """The optimizer step at the end of each of `epochs`, int64; empty where the log does not count both."""
        if self.axis == "step" or "step" not in self.frame.columns:
            return np.zeros(0, dtype=np.int64)
        _, rows = np.unique(self.frame["epoch"].to_numpy(), return_index=True)
        return self.frame["step"].to_numpy()[rows]

    @cached_property
    def _series(self) -> dict[tuple[str, str], pd.Series]:
        grouped = self.frame.groupby(["metric", "split"], sort=False, observed=True)
        epochs, values = self.frame[self.axis].to_numpy(), self.frame["value"].to_numpy()
        rows_of: dict[Any, Any] = dict(grouped.indices)  # by pairs, as there are two columns
        return {
            (metric, split): pd.Series(values[rows], index=pd.Index(epochs[rows], name=self.axis), name=metric)
            for (metric, split), rows in rows_of.items()
        }

    @cached_property
    def epochs(self) -> np.ndarray:
        """All epochs of the run that hold a value, int64, ascending, 1-based; its steps where `axis` is ``step``."""
        first, *others = (series.index.to_numpy() for series in self._series.values())
        for epochs in others:
            first = first if np.array_equal(first, epochs) else np.union1d(first, epochs)
        return first

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Base names in the order they were logged, settings such as the learning rate included."""
        return tuple(dict.fromkeys(metric for metric, _ in self._series))

    @property
    def keys(self) -> tuple[str, ...]:
        """The names as Keras logs them, ``val_`` included, train before validation."""
        order = sorted(self._series, key=lambda key: key[1] == "validation")
        return tuple(metrics.join_key(metric, split) for metric, split in order)  # type: ignore[arg-type]

    def has(self, metric: str, split: Split) -> bool:
        """Whether the run logged this metric for this split."""
        return (metric, split) in self._series

    def position(self, metric: str, split: Split) -> int:
        """The place of a curve among those that `to_json` writes, counted from 0.

        Raises:
            UnknownMetricError: the run has no such curve.
        """
        self.series(metric, split)
        return list(self._series).index((metric, split))

    def direction(self, metric: str) -> Direction:
        """Whether lower or higher values of a metric are better: as somebody said of this run, else by its name."""
        said = dict(self.run.directions)
        of_epochs = metric.removeprefix(metrics.BATCH_PREFIX)
        return said.get(metric) or said.get(of_epochs) or metrics.direction(metric)  # type: ignore[return-value]

    def with_run(self, run: RunFacts) -> Self:
        """The same curves with other facts.

        Raises:
            HistoryError: a fact is not what it must be.
        """
        made = object.__new__(type(self))
        object.__setattr__(made, "frame", self.frame)
        object.__setattr__(made, "run", run)
        made._check_facts()
        return made

    def with_directions(self, directions: Mapping[str, str]) -> Self:
        """The same run, knowing of some metrics whether lower or higher is better; what was known before stays.

        Args:
            directions: "lower" or "higher" by base name; ``val_f2`` means ``f2``.

        Raises:
            UnknownMetricError: the run has no such metric.
            HistoryError: a direction is neither "lower" nor "higher".
        """
        said = {}
        for name, way in directions.items():
            metric = name if name in self.metric_names else metrics.parse_key(name)[0]
            if metric not in self.metric_names:
                raise UnknownMetricError(
                    f"A direction is given for {quoted(name)}, which the run has not; it has "
                    f"{listed(list(self.metric_names))}. Correct the name."
                )
            if way not in ("lower", "higher"):
                raise HistoryError(
                    f"The direction of {quoted(name)} is {quoted(way)}; lower or higher is needed: which values are "
                    "better. Correct it."
                )
            said[metric] = way
        merged = tuple((dict(self.run.directions) | said).items())
        return self.with_run(replace(self.run, directions=merged)) if said else self

    def series(self, metric: str, split: Split) -> pd.Series:
        """The values of one curve.

        Args:
            metric: Base name, without the validation prefix.
            split: Which of the two curves.

        Returns:
            Float64, shape (n_logged_epochs,), index = `axis` (epochs are 1-based). NaN and infinities are what was
            logged; epochs without a value are absent.

        Raises:
            UnknownMetricError: the run has no such curve.
        """
        try:
            return self._series[metric, split]
        except KeyError:
            raise UnknownMetricError(
                f"The run has no {split} values of {quoted(metric)}; it has {listed(list(self.keys))}. "
                "Ask for one of these."
            ) from None

    def to_json(self) -> str:
        """The whole history as JSON text that `from_json` reads back bit for bit.

        Non-finite values stand as the strings "NaN", "Infinity" and "-Infinity", since JSON has no numbers for them.
        """
        series = [
            {
                "metric": metric,
                "split": split,
                "epochs": _pack_positions(curve.index.to_numpy()),
                "values": [_pack_value(value) for value in curve.tolist()],
            }
            for (metric, split), curve in self._series.items()
        ]
        counted: dict[str, Any] = {} if self.axis == "epoch" else {"axis": self.axis}
        if len(self.steps):
            counted["steps"] = _pack_positions(self.steps)
        document = {"schema": SCHEMA, **counted, "run": pack_run(self.run), "series": series}
        return json.dumps(document, separators=(",", ":"), allow_nan=False, default=vars)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads what `to_json` wrote.

        Raises:
            HistoryError: the text is not such a document, or what it holds is not a valid history.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _damaged(f"it {json_fault(text, error)}") from None
        if (schema := _part(document, "schema", str, "it")) != SCHEMA:
            raise HistoryError(
                f"Schema {quoted(schema)} was met where {quoted(SCHEMA)} is needed. "
                "Read it with the version of reportgen that wrote it."
            )
        axis = document.get("axis", "epoch")
        if axis not in AXES:
            raise _damaged(f'it has {quoted(axis)} as "axis" where epoch or step belongs')
        stored = _part(document, "series", list, "it")
        if len(stored) > _MAX_SERIES:
            raise _damaged(f"it holds {len(stored):,} series, more than the {_MAX_SERIES:,} that are written")
        series = [_unpack_series(item, axis, f"series {number}") for number, item in enumerate(stored, 1)]
        if not series:
            raise _damaged("it holds no series")
        frame = pd.concat(series)
        if "steps" in document:
            frame.insert(1, "step", _unpack_steps(document["steps"], axis, frame))
        return cls(frame, unpack_run(_part(document, "run", dict, "it")))


def json_fault(text: str, error: ValueError | RecursionError, first_line: int = 1) -> str:
    """What is wrong with JSON text that ``json.loads`` refused, and where, in words that follow its name."""
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        line = first_line + error.lineno - 1
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            return f"is not valid JSON: it breaks off in line {line}"
        found = quoted(text[error.pos : error.pos + 41], 40)
        return f"is not valid JSON from line {line}, column {error.colno} on ({found})"
    limit = sys.get_int_max_str_digits()  # the only other ValueError: Python reads no longer whole numbers
    digits = re.search(rf"(?<!\d)\d{{{limit + 1},}}", text)
    line = first_line + (text.count("\n", 0, digits.start()) if digits else 0)
    return f"holds a whole number of more than {limit} digits in line {line}"


def _damaged(what: str) -> HistoryError:
    remedy = "the form that reportgen writes is needed. Build the report again from the log."
    return HistoryError(f"The history data is damaged: {what}; {remedy}")


def _pack_positions(epochs: np.ndarray) -> list[int] | dict[str, int]:
    """Evenly spaced epochs as first, last and step; others as they are, such as steps that stand still or go back."""
    steps = np.unique(np.diff(epochs))
    if len(steps) == 1 and steps[0] > 0:
        return {"first": int(epochs[0]), "last": int(epochs[-1]), "step": int(steps[0])}
    return [int(epoch) for epoch in epochs]


def _pack_value(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _part(holder: Any, name: str, kind: type[_T], place: str) -> _T:
    """A named part of stored data, or an error that says where it is missing or of another kind."""
    if not isinstance(holder, dict):
        raise _damaged(f"{place} is {quoted(holder)}, not an object")
    if name not in holder:
        raise _damaged(f"{place} lacks {quoted(name)}")
    part = holder[name]
    if not isinstance(part, kind) or isinstance(part, bool):
        raise _damaged(f"{place} has {quoted(part)} as {quoted(name)} where {_KINDS[kind]} belongs")
    return part


def _unpack_steps(packed: Any, axis: str, frame: pd.DataFrame) -> np.ndarray:
    """The step of each row, from one step per epoch."""
    epochs, of_row = np.unique(_as_numbers(frame[axis]), return_inverse=True)
    steps = _unpack_positions({"steps": packed}, "steps", len(epochs), "it") if axis == "epoch" else []
    if len(steps) != len(epochs):
        raise _damaged(f"it has steps {quoted(packed)} for {len(epochs)} {axis}s")
    return np.array(steps, dtype=np.float64)[of_row]


def _unpack_positions(item: Mapping[str, Any], name: str, count: int, place: str) -> list[Any]:
    """So many epochs or steps as `_pack_positions` wrote them; empty where they are another number."""
    packed = item.get(name)
    if isinstance(packed, dict):
        edges = (_part(packed, edge, int, f"the {name[:-1]} range of {place}") for edge in ("first", "last", "step"))
        first, last, step = edges
        fits = step > 0 and (last - first) // step + 1 == count  # known before a claimed range takes memory
        return list(range(first, last + 1, step)) if fits else []
    rows = _part(item, name, list, place)
    if wrong := [row for row in rows if not isinstance(row, int | float)]:
        raise _damaged(f"{place} has {quoted(wrong[0])} among its {name} where a whole number belongs")
    return rows


def _unpack_series(item: Any, axis: str, place: str) -> pd.DataFrame:
    metric, split = _part(item, "metric", str, place), _part(item, "split", str, place)
    _check_text(metric)
    if split not in SPLITS:
        raise _damaged(f'{place} has {quoted(split)} as "split" where train or validation belongs')
    values = [_unpack_value(value) for value in _part(item, "values", list, place)]
    if None in values:
        row = values.index(None)
        raise _damaged(f"{place} has {quoted(item['values'][row])} as value {row + 1} where a number belongs")
    if len(metric) * len(values) > _MAX_NAME_CHARACTERS:  # a frame repeats names with each value
        raise _damaged(f"{place} has a name of {len(metric):,} characters")
    rows = _unpack_positions(item, "epochs", len(values), place)
    if not values or len(rows) != len(values):
        raise _damaged(f"{place} has {len(values)} values of {quoted(metric)} for epochs {quoted(item['epochs'])}")
    return pd.DataFrame({axis: rows, "metric": metric, "split": split, "value": values})


def _unpack_value(value: Any) -> float | None:
    """A stored value as a number; None where it is none."""
    if isinstance(value, str):
        return _NON_FINITE.get(value)
    with contextlib.suppress(OverflowError):
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return None


def unpack_run(data: Mapping[str, Any]) -> RunFacts:
    """The facts of a run as `pack_run` gave them and JSON stored them.

    Raises:
        HistoryError: a part of them has another form; which values facts may have is checked with the history.
    """
    known: dict[str, Any] = {}
    for item in fields(RunFacts):
        if item.name not in data:
            continue
        value = data[item.name]
        if item.name == "layers":
            layers = _part(data, "layers", list, "the run")
            value = tuple(_record(Layer, layer, f"layer {number}") for number, layer in enumerate(layers, 1))
        elif item.name == "early_stopping":
            value = _record(EarlyStopping, value, "the early stopping")
        elif isinstance(value, list):
            value = tuple(tuple(entry) if isinstance(entry, list) else entry for entry in value)
        known[item.name] = value
    return RunFacts(**known)


def _record(kind: type[_T], data: Any, place: str) -> _T:
    """A small dataclass from its stored fields; which values they may have is checked with the run."""
    if not isinstance(data, dict):
        raise _damaged(f"{place} is {quoted(data)}, not an object")
    needed = {item.name: item.default is MISSING for item in fields(kind)}  # type: ignore[arg-type]
    if lacking := [name for name in needed if needed[name] and name not in data]:
        raise _damaged(f"{place} lacks {listed(lacking)}")
    if strange := [name for name in data if name not in needed]:
        raise _damaged(f"{place} holds {listed(strange)}, which is unknown")
    return kind(**data)
