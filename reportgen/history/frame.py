"""One training run as data: a checked long frame plus the facts of the run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from reportgen import metrics
from reportgen.errors import HistoryError, UnknownMetricError
from reportgen.history.checks import COLUMNS, check_frame, check_text
from reportgen.history.citing import cited_name
from reportgen.history.facts import RunFacts, check_run
from reportgen.history.stored import pack_history, unpack_history
from reportgen.languages import Axis
from reportgen.metrics import Direction, Role, Split
from reportgen.text import cited_fault, listed, printable, quoted, shell_word

_MAX_NAMES: Final = 8  # in the repr
_OF_FRAME: Final = frozenset({"steps", "curves", "epochs", "metric_names", "keys", "_places"})  # do not depend on facts


@dataclass(frozen=True, eq=False, repr=False)
class TrainingHistory:
    """One run: what was logged, epoch by epoch, and the facts of the run.

    Attributes:
        frame: Shape (n_values, 4): ``epoch`` (int64, 1-based), ``metric`` (base name), ``split`` (``"train"`` or
            ``"validation"``), ``value`` (float64, in the metric's own unit). NaN and infinities are values that the
            training produced; an epoch without a value has no row. Metrics are in the order of the log. A run that only
            counts steps has ``step`` (int64, 0 or more) instead of ``epoch``; one that counts both has ``step``, the
            optimizer step at the end of the epoch, as a second column.
        run: The facts of the run.

    Raises:
        HistoryError: the frame is empty, lacks a column, repeats an epoch, or contains something that is not a number.

    Example:
        >>> history = TrainingHistory.from_columns([1, 2], {"loss": [0.9, 0.5], "val_loss": [1.0, 0.8]})
        >>> history.metric_names
        ('loss',)
    """

    frame: pd.DataFrame
    run: RunFacts = field(default_factory=RunFacts)

    def __repr__(self) -> str:
        """One line: the length of the run and its curves."""
        names = [printable(key, 40) for key in self.keys[:_MAX_NAMES]]
        more, n_epochs = len(self.keys) - len(names), len(self.epochs)
        curves = ", ".join(names) + (f" and {more:,} more" if more else "")
        return f"<TrainingHistory: {n_epochs:,} {self.axis}{'s' if n_epochs > 1 else ''} of {curves}>"

    def __post_init__(self) -> None:
        """Checks the frame and brings it into canonical form."""
        object.__setattr__(self, "frame", check_frame(self.frame))
        self._check_facts()

    def _check_facts(self) -> None:
        check_run(self.run)
        n_epochs, n_durations = len(self.epochs), len(self.run.durations_s)
        if n_durations not in (0, n_epochs):
            raise HistoryError(f"{n_durations} epoch durations for {n_epochs} epochs; give one per epoch, or none.")

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
            epochs: Shape (n_epochs,), 1-based epochs, or steps.
            columns: One value per epoch for each logged name (``val_`` marks validation). None means not logged; NaN
                is a value that the training produced.
            run: The facts of the run.
            axis: What ``epochs`` contains.

        Raises:
            HistoryError: a column has the wrong length, or the result is not a valid history.
        """
        parts = []
        positions = np.asarray(epochs)
        for key, column in columns.items():
            if len(column) != len(positions):
                raise HistoryError(
                    f"{cited_name(key)} has {len(column)} values for {len(positions)} {axis}s; every column needs one "
                    f"value for each {axis}. Use None for epochs without a value."
                )
            numeric = isinstance(column, np.ndarray) and column.dtype.kind in "fiu"
            present = np.full(len(column), True)
            if not numeric:
                present = np.fromiter((value is not None for value in column), dtype=bool, count=len(column))
            check_text(key)
            metric, split = metrics.parse_key(key)
            try:
                given = column if numeric else [value for value in column if value is not None]
                values = np.array(given, dtype=np.float64)
            except (TypeError, ValueError, OverflowError) as error:
                raise HistoryError(
                    f"{cited_name(key)} is not numeric ({cited_fault(error)}); every metric needs numbers. Convert "
                    "or remove it."
                ) from None
            parts.append(pd.DataFrame({axis: positions[present], "metric": metric, "split": split, "value": values}))
        filled = [part for part in parts if len(part)]
        return cls(pd.concat(filled) if filled else pd.DataFrame(columns=[axis, *COLUMNS]), run or RunFacts())

    def __eq__(self, other: object) -> bool:
        """Histories are equal if all values have the same bits, including -0.0 and NaN, and all facts are the same."""
        if not isinstance(other, TrainingHistory):
            return NotImplemented
        mine, theirs = self.frame, other.frame
        return (
            self.run == other.run
            and mine.drop(columns="value").equals(theirs.drop(columns="value"))
            and mine["value"].to_numpy().tobytes() == theirs["value"].to_numpy().tobytes()
        )

    __hash__ = None  # type: ignore[assignment]  # the frame can be changed in place, so a hash would not stay valid

    @property
    def axis(self) -> Axis:
        """What the run is counted in: epochs, or steps if the log has no epochs."""
        return "epoch" if "epoch" in self.frame.columns else "step"

    @cached_property
    def steps(self) -> np.ndarray:
        """The optimizer step at the end of each of `epochs`, int64; empty if the log does not count both."""
        if self.axis == "step" or "step" not in self.frame.columns:
            return np.zeros(0, dtype=np.int64)
        _, rows = np.unique(self.frame["epoch"].to_numpy(), return_index=True)
        return self.frame["step"].to_numpy()[rows]

    @cached_property
    def curves(self) -> dict[tuple[str, str], pd.Series]:
        """Each curve by (metric, split), in the order logged; see `series`."""
        grouped = self.frame.groupby(["metric", "split"], sort=False, observed=True)
        epochs, values = self.frame[self.axis].to_numpy(), self.frame["value"].to_numpy()
        rows_of: dict[Any, Any] = dict(grouped.indices)  # keyed by pairs, as there are two columns
        return {
            (metric, split): pd.Series(values[rows], index=pd.Index(epochs[rows], name=self.axis), name=metric)
            for (metric, split), rows in rows_of.items()
        }

    @cached_property
    def epochs(self) -> np.ndarray:
        """All epochs with a value, int64, ascending, 1-based; steps if `axis` is ``step``."""
        first, *others = (series.index.to_numpy() for series in self.curves.values())
        different = [epochs for epochs in others if not np.array_equal(first, epochs)]
        return np.unique(np.concatenate([first, *different])) if different else first

    @cached_property
    def metric_names(self) -> tuple[str, ...]:
        """Base names in the order of the log, including settings such as the learning rate."""
        return tuple(dict.fromkeys(metric for metric, _ in self.curves))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The names as Keras logs them, with ``val_``; training before validation."""
        order = sorted(self.curves, key=lambda key: key[1] == "validation")
        return tuple(metrics.join_key(metric, split) for metric, split in order)  # type: ignore[arg-type]

    def has(self, metric: str, split: Split) -> bool:
        """Whether the run logged this metric for this split."""
        return (metric, split) in self.curves

    def position(self, metric: str, split: Split) -> int:
        """The 0-based index of a curve in the JSON of `to_json`.

        Raises:
            UnknownMetricError: the run has no such curve.
        """
        self.series(metric, split)
        return self._places[metric, split]

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        return {curve: place for place, curve in enumerate(self.curves)}

    def direction(self, metric: str) -> Direction:
        """Whether lower or higher values of a metric are better: as set for this run, otherwise from its name."""
        said = dict(self.run.directions)
        of_epochs = metric.removeprefix(metrics.BATCH_PREFIX)
        return said.get(metric) or said.get(of_epochs) or metrics.direction(metric)  # type: ignore[return-value]

    def role(self, metric: str) -> Role:
        """Whether a metric is a result, a setting or a diagnostic, from its name.

        A diagnostic whose direction is set for this run is a result.
        """
        found = metrics.role(metric)
        return "result" if found == "diagnostic" and metric in dict(self.run.directions) else found

    @cached_property
    def results(self) -> tuple[str, ...]:
        """The base names of the results, in the order of the log; all but settings if there are no results."""
        found = tuple(name for name in self.metric_names if self.role(name) == "result")
        return found or tuple(name for name in self.metric_names if self.role(name) != "setting")

    @cached_property
    def diagnostics(self) -> tuple[str, ...]:
        """The base names of what is neither a result nor a setting, such as timings, in the order of the log."""
        results = frozenset(self.results)
        return tuple(name for name in self.metric_names if self.role(name) == "diagnostic" and name not in results)

    def with_run(self, run: RunFacts) -> Self:
        """The same curves with different facts.

        Raises:
            HistoryError: a fact has an invalid value.
        """
        made = object.__new__(type(self))
        object.__setattr__(made, "frame", self.frame)
        object.__setattr__(made, "run", run)
        made.__dict__.update({name: found for name, found in vars(self).items() if name in _OF_FRAME})
        made._check_facts()
        return made

    def with_directions(self, directions: Mapping[str, str]) -> Self:
        """The same run with additional directions, "lower" or "higher" by base name; ``val_f2`` means ``f2``.

        Raises:
            UnknownMetricError: the run has no such metric.
            HistoryError: a direction is neither "lower" nor "higher".
        """
        said = {}
        for name, way in directions.items():
            metric = name if name in self.metric_names else metrics.parse_key(name)[0]
            if metric not in self.metric_names:
                raise UnknownMetricError(
                    f"A direction is given for {quoted(name)}, but the run has no such metric; it has "
                    f"{listed(list(self.metric_names))}. Correct the name."
                )
            if not metrics.is_direction(way):
                raise HistoryError(
                    f"The direction of {quoted(name)} is {quoted(way)}; lower or higher is needed. Correct it."
                )
            said[metric] = way
        merged = tuple((dict(self.run.directions) | said).items())
        return self.with_run(replace(self.run, directions=merged)) if said else self

    def with_monitor(self, name: str | None) -> Self:
        """The same run, judged by this metric: a base name, or a name as Keras logs it; None changes nothing.

        Raises:
            UnknownMetricError: the run has no such curve.
            HistoryError: it is a setting, or it is unknown whether lower or higher values of it are better.
        """
        if name is None:
            return self
        metric = self.monitored(name)
        if metric is None:
            known = {key.casefold(): key for key in (*self.metric_names, *self.keys)}
            base = metrics.parse_key(str(name))[0].casefold()  # of curves without validation values
            near = [base] if base in known else get_close_matches(str(name).casefold(), known, n=1)
            raise UnknownMetricError(
                f"The run cannot be judged by {quoted(name)}, as it has no such metric; it has "
                + f"{listed(list(self.keys))}. "
                + (f"Did you mean {quoted(known[near[0]])}?" if near else "Choose one of these as the monitor.")
            )
        if metrics.is_schedule(metric):
            raise HistoryError(
                f"The run cannot be judged by {quoted(name)}, which is a setting; a loss or a score is needed. Choose "
                "another monitor."
            )
        if self.direction(metric) == "unknown":
            shown = shell_word(metric, 40)
            raise HistoryError(
                f"The run cannot be judged by {quoted(name)}, as it is unknown whether lower or higher values are "
                f"better. Pass --direction {shown}=higher, or =lower (in Python: directions=)."
            )
        return self.with_run(replace(self.run, monitor=name))

    def monitored(self, name: object) -> str | None:
        """The metric that a monitor names; None if the run lacks it, or lacks validation values for ``val_f1``."""
        if not isinstance(name, str):
            return None
        metric, split = metrics.parse_key(name)
        return metric if self.has(metric, split) else name if name in self.metric_names else None

    def series(self, metric: str, split: Split) -> pd.Series:
        """The values of one curve.

        Returns:
            Float64, shape (n_logged_epochs,), index = `axis` (epochs are 1-based). NaN and infinities are
            logged values; epochs without a value are absent.

        Raises:
            UnknownMetricError: the run has no such curve.
        """
        try:
            return self.curves[metric, split]
        except KeyError:
            raise UnknownMetricError(
                f"The run has no {split} values of {quoted(metric)}; it has {listed(list(self.keys))}. "
                "Choose one of these."
            ) from None

    def to_json(self, *, short: bool = False) -> str:
        """The whole history as JSON text that `from_json` reads back bit for bit.

        Non-finite values are the strings "NaN", "Infinity" and "-Infinity", because JSON has no numbers for them.

        Args:
            short: Whether many values are written as base64, in half the space, where that is shorter.
        """
        return pack_history(self.curves, self.run, axis=self.axis, steps=self.steps, short=short)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads the JSON text of `to_json`.

        Raises:
            HistoryError: the text is not a history document, or the history in it is not valid.
        """
        return cls(*unpack_history(text))
