"""Prepares a run for the diagnosis: picks the metric to judge by and prepares its curves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from reportgen import metrics
from reportgen.diagnosis.curves import Curve, is_bounded, read_curve, spacing
from reportgen.diagnosis.evaluations import by_evaluation, of_epochs
from reportgen.diagnosis.excerpts import Excerpt, find_excerpt
from reportgen.diagnosis.features import Inputs, extract_all
from reportgen.diagnosis.findings import Forecast
from reportgen.diagnosis.forecast import as_judged, forecast
from reportgen.diagnosis.monitors import Choice, choose_metric, choose_monitor, evaluations_of
from reportgen.diagnosis.outputs import split_outputs
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.diagnosis.trees import load_models
from reportgen.diagnosis.turning_points import choose_best
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import Direction, Split

_FEW_TO_CHOOSE: Final = 8  # validation values: up to that, the lowest is the best. Our choice: noise is unknown.
_AT_ONCE: Final = 50  # runs whose features are computed together: their curves then take a few megabytes
NEARLY_EQUAL: Final = 0.005  # of the value: values this close to the lowest one count as equal


@dataclass(frozen=True)
class Arrays:
    """Aligned curves: one value per epoch of the run, NaN where no usable value was logged.

    Attributes:
        epochs: Shape (n,), int64, 1-based.
        train: Shape (n,), the judged metric as an error.
        validation: Shape (n,), likewise.
        train_accuracy: Shape (n,), fractions of 1; all NaN without a training accuracy.
        validation_accuracy: Shape (n,), likewise.
        rate: Shape (n,), learning rate; all NaN if it was not logged.
        known: The features if they have been computed along with those of other runs; None otherwise.
    """

    epochs: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    train_accuracy: np.ndarray
    validation_accuracy: np.ndarray
    rate: np.ndarray
    known: Mapping[str, float] | None = None

    @property
    def curves(self) -> Inputs:
        """What features are computed from."""
        return self.train, self.validation, self.train_accuracy, self.validation_accuracy, self.rate

    @cached_property
    def features(self) -> Mapping[str, float]:
        """The input of the fitted models, by name."""
        return extract_all([self.curves])[0] if self.known is None else self.known


@dataclass(frozen=True)
class Reading:
    """A run as the diagnosis sees it, prepared once and passed on to everything that uses it.

    Attributes:
        history: The run; one counted in steps has one position per evaluation.
        choice: The metric to judge by, or why there is none.
        train: Its training curve; None if it has no finite value.
        validation: Its validation curve, likewise.
        progress: A training loss, for a metric without training values; None otherwise.
        arrays: Both curves, the accuracies and the learning rate, epoch by epoch.
        thresholds: The numbers it was read with.
        excerpt: The part of the run that the log shows; None if it shows the whole run.
        is_output: Whether it is one output of a model with several, which has no outputs of its own.
    """

    history: TrainingHistory
    choice: Choice
    train: Curve | None
    validation: Curve | None
    progress: Curve | None
    arrays: Arrays
    thresholds: Thresholds
    excerpt: Excerpt | None = None
    is_output: bool = False

    @property
    def metric(self) -> str | None:
        """Base name of the judged metric; None if the run cannot be judged."""
        return self.choice.metric

    @property
    def monitor(self) -> Curve | None:
        """The judged curve: validation if there is one, else training."""
        return self.validation if self.validation is not None else self.train

    @property
    def monitor_split(self) -> Split:
        """The split of `monitor`."""
        return "validation" if self.validation is not None else "train"

    @property
    def monitor_key(self) -> str | None:
        """The name of `monitor` as Keras logs it; None if the run cannot be judged."""
        return None if self.metric is None else metrics.join_key(self.metric, self.monitor_split)

    @property
    def is_sparse(self) -> bool:
        """Whether the judged curve was not logged in every epoch, as with ``validation_freq`` above 1.

        The last epoch may lack a value because it was interrupted.
        """
        if self.metric is None or self.monitor is None:
            return False
        return len(self.history.series(self.metric, self.monitor_split)) < len(self.history.epochs) - 1

    @property
    def last_epoch(self) -> int:
        """The last epoch of the run."""
        return int(self.history.epochs[-1])

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last epoch of the run."""
        return int(self.history.epochs[0]), self.last_epoch

    def value(self, split: Split, epoch: int) -> float:
        """The judged metric as logged; the epoch must have a value."""
        return float(self.history.series(self.name_of(split), split).loc[epoch])

    def name_of(self, split: Split) -> str:
        """The metric whose values of a split are judged."""
        return (self.choice.counterpart if split == "train" else None) or self.metric or ""

    @property
    def trained(self) -> tuple[Curve, str] | None:
        """The curve that shows whether the run learned, and its name as Keras logs it; None if no curve does."""
        if self.train is not None:
            return self.train, self.name_of("train")
        if self.progress is not None:
            return self.progress, self.choice.progress or ""
        return None if self.validation is None else (self.validation, metrics.join_key(self.metric or "", "validation"))

    @cached_property
    def best_epoch(self) -> int | None:
        """The epoch (1-based) with the best weights; None if no curve can be judged.

        With validation, a fitted model chooses among the lowest epochs. Otherwise it is the lowest logged value near
        the lowest smoothed one.
        """
        curve, arrays = self.monitor, self.arrays
        if curve is None:
            return None
        if self.train is not None and self.validation is not None and len(self.validation.errors) > _FEW_TO_CHOOSE:
            model = load_models()["best_epoch"]
            position = choose_best(arrays.train, arrays.validation, arrays.validation_accuracy, model)
            if position is not None:
                epoch = int(arrays.epochs[position - 1])
                lowest = int(np.argmin(curve.errors))  # the first of equal values, as in EarlyStopping
                near = curve.errors[curve.position(epoch)] - curve.errors[lowest] <= NEARLY_EQUAL * curve.scale
                return int(curve.epochs[lowest]) if near or lowest == len(curve.errors) - 1 else epoch
        reach = max(1, round(len(curve.errors) * 0.02))
        low = max(0, curve.best - reach)
        return int(curve.epochs[low + int(np.argmin(curve.errors[low : curve.best + reach + 1]))])

    @property
    def forecast_as_logged(self) -> Forecast | None:
        """`forecast` in the metric's own unit, in which scores rise again."""
        ahead = self.forecast
        if ahead is None or self.metric is None or self.history.direction(self.metric) != "higher":
            return ahead
        shares = is_bounded(self.history.series(self.metric, self.monitor_split).to_numpy())
        low, mid, high = ((1 - part if shares else -part) for part in (ahead.low, ahead.mid, ahead.high))
        return replace(ahead, low=high, mid=mid, high=low)

    @cached_property
    def forecast(self) -> Forecast | None:
        """How `monitor` would continue with more training; None if there are too few values."""
        if self.monitor is None:
            return None
        judged, both = self.validation is not None, self.validation is not None and self.train is not None
        return forecast(
            self.arrays.validation if judged else self.arrays.train,
            as_judged(self.arrays.features, has_validation=judged),
            load_models(),
            beside=self.arrays.train if both else None,
            epochs=self.arrays.epochs,
        )

    @property
    def epochs_ahead(self) -> int:
        """How many more epochs to train: the forecast's length, or half the run's length without one; at least 1."""
        if self.forecast is not None:
            return self.forecast.epochs_ahead
        epochs = self.history.epochs
        return max(1, int(len(epochs) * spacing(epochs)) // 2)

    @cached_property
    def learning_rate_steps(self) -> pd.Series:
        """The first finite learning rate, and each one that differs from the previous by more than the threshold.

        Rates by epoch; empty if none was logged.
        """
        rates = _usable_rates(self.history, self.thresholds)
        if rates is None:
            return pd.Series(dtype=np.float64)
        values = rates.to_numpy()
        changed = np.abs(np.diff(values)) > self.thresholds.learning_rate_ratio * np.abs(values[:-1])
        return rates[np.concatenate([[True], changed])[: len(values)]]

    def rate_at(self, epoch: int | None) -> float | None:
        """The learning rate of an epoch; None if none was logged or it is not positive."""
        name = metrics.learning_rate_name(list(self.history.metric_names))
        if name is None or epoch is None or not self.history.has(name, "train"):
            return None
        rate = self.history.series(name, "train").get(epoch)
        return float(rate) if rate is not None and 0 < rate < np.inf else None


def read_run(history: TrainingHistory, thresholds: Thresholds, metric: str | None = None) -> Reading:
    """Prepares a run. If it counts steps, training values are averaged between evaluations.

    Args:
        history: The run.
        thresholds: The numbers to read it with.
        metric: Base name of the metric to judge by (default: `choose_monitor`).
    """
    history = of_epochs(history, metric or history.monitored(history.run.monitor))
    choice = choose_monitor(history) if metric is None else Choice(metric)
    excerpt = find_excerpt(history)
    few = 0 < evaluations_of(history, choice.metric) < thresholds.min_epochs
    if few and len(history.epochs) >= thresholds.min_epochs:  # they show no trend, but training values do
        return _read(history, thresholds, choice, excerpt)
    return _read(by_evaluation(history), thresholds, choice, excerpt)


def read_runs(histories: Sequence[TrainingHistory], thresholds: Thresholds) -> Iterator[Reading]:
    """Prepares several runs, as `read_run` does; the features of alike runs are computed together, in less time."""
    for first in range(0, len(histories), _AT_ONCE):
        readings = [read_run(history, thresholds) for history in histories[first : first + _AT_ONCE]]
        every = extract_all([reading.arrays.curves for reading in readings])
        for reading, features in zip(readings, every, strict=True):
            yield replace(reading, arrays=replace(reading.arrays, known=features))


def read_outputs(whole: Reading, thresholds: Thresholds) -> dict[str, Reading]:
    """Prepares each output of a model with several outputs, keyed by name; empty for a single output.

    The losses of competing networks and of agents are not judged as outputs, as they do not measure quality.
    """
    if whole.choice.doubt is not None or whole.is_output:
        return {}
    return {name: _read_output(part, whole, thresholds) for name, part in split_outputs(whole.history).items()}


def _read_output(part: TrainingHistory, whole: Reading, thresholds: Thresholds) -> Reading:
    """One output; an evaluation set, which has no training values of its own, is compared with the whole's."""
    metric, counterpart = choose_metric(part), whole.choice.counterpart
    if metric is None or counterpart is None or part.has(metric, "train"):
        return _read(part, thresholds, Choice(metric), whole.excerpt)
    compared = _read(whole.history, thresholds, Choice(metric, counterpart=counterpart), whole.excerpt)
    return replace(compared, is_output=True)


def _read(history: TrainingHistory, thresholds: Thresholds, choice: Choice, excerpt: Excerpt | None = None) -> Reading:
    metric, epochs = choice.metric, history.epochs

    def curve(split: Split, name: str | None) -> Curve | None:
        if name is None or not history.has(name, split) or history.direction(name) == "unknown":
            return None
        series = history.series(name, split)
        return read_curve(series, history.direction(name), thresholds.window_ratio, thresholds.off_scale)

    def placed(at: np.ndarray, found: np.ndarray) -> np.ndarray:
        values = np.full(len(epochs), np.nan)
        values[np.searchsorted(epochs, at)] = found
        return values

    def errors(found: Curve | None) -> np.ndarray:
        return placed(epochs[:0], epochs[:0]) if found is None else placed(found.epochs, found.errors)

    def accuracy(split: Split) -> np.ndarray:
        name = accuracy_beside(history, metric)
        if name is not None and history.has(name, split):
            series = history.series(name, split)
            shares = series.to_numpy()
            if not np.any((shares < 0) | (shares > 1)):
                return placed(series.index.to_numpy(), shares)
        return placed(epochs[:0], epochs[:0])

    train, validation = curve("train", choice.counterpart or metric), curve("validation", metric)
    usable = _usable_rates(history, thresholds)
    rates = placed(epochs[:0], epochs[:0]) if usable is None else placed(usable.index.to_numpy(), usable.to_numpy())
    arrays = Arrays(epochs, errors(train), errors(validation), accuracy("train"), accuracy("validation"), rates)
    return Reading(history, choice, train, validation, curve("train", choice.progress), arrays, thresholds, excerpt)


def accuracy_beside(history: TrainingHistory, metric: str | None) -> str | None:
    """The accuracy that belongs to the judged loss: if there are several outputs, that of the same output."""
    found = [name for name in history.metric_names if metrics.is_accuracy(name)]
    head = (metric or "").removesuffix("loss")
    return next((name for name in found if name.startswith(head)), found[0] if found else None)


def _usable_rates(history: TrainingHistory, thresholds: Thresholds) -> pd.Series | None:
    """The finite learning rates, float64, by epoch; None if none was logged."""
    name = metrics.learning_rate_name(list(history.metric_names))
    if name is None or not history.has(name, "train"):
        return None
    rates = history.series(name, "train")
    return rates[np.abs(rates.to_numpy()) < thresholds.off_scale]  # false for NaN


def best_logged(history: TrainingHistory, key: str, direction: Direction | None = None) -> tuple[float, int] | None:
    """The best finite value of a curve, as logged, and its epoch.

    Args:
        history: The run.
        key: The curve, named as Keras logs it.
        direction: Which way is better; default: what the run knows.

    Returns:
        None if the run lacks the curve or a finite value, if the direction is unknown, and for settings such as the
        learning rate.
    """
    metric, split = metrics.parse_key(key)
    way = direction or history.direction(metric)
    if way == "unknown" or metrics.is_schedule(metric) or not history.has(metric, split):
        return None
    series = history.series(metric, split)
    values = series.to_numpy()
    finite = np.flatnonzero(np.isfinite(values))
    if not len(finite):
        return None
    best = finite[(np.argmin if way == "lower" else np.argmax)(values[finite])]
    return float(values[best]), int(series.index[best])
