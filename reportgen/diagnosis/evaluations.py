"""Reduces a run that counts steps to one position per evaluation, so that training and validation can be compared."""

import numpy as np
import pandas as pd

from reportgen.history.frame import TrainingHistory
from reportgen.metrics import is_of_batches, is_schedule


def of_epochs(history: TrainingHistory, judged: str | None = None) -> TrainingHistory:
    """Leaves out batch metrics that are also logged per epoch, unless the run is judged by one of them."""
    if history.axis == "epoch":
        return history
    names = frozenset(history.metric_names)
    of_batches = [name for name in names if name != judged and is_of_batches(name, names)]
    if not of_batches:
        return history
    return TrainingHistory(history.frame[~history.frame["metric"].isin(of_batches)], history.run)


def by_evaluation(history: TrainingHistory) -> TrainingHistory:
    """Reduces a run that counts steps to one position per evaluation.

    Returns:
        A run whose training values are means since the previous evaluation, and whose settings are the last values.
        Values logged after the last evaluation are placed at the last step. The history itself if it counts epochs,
        was never evaluated, or was evaluated at every step.
    """
    if history.axis == "epoch":
        return history
    frame = history.frame
    validated = (frame["split"] == "validation").to_numpy()
    if not validated.any():
        return history
    ends = np.union1d(frame["step"].to_numpy()[validated], history.epochs[-1:])
    if len(ends) == len(history.epochs):  # every step was evaluated
        return history
    placed: list[tuple[str, str, np.ndarray, np.ndarray]] = []
    for (metric, split), series in history.curves.items():
        steps, values = series.index.to_numpy(), series.to_numpy()
        if split == "train":
            place = np.searchsorted(ends, steps)
            starts = np.flatnonzero(np.diff(place, prepend=-1))
            stops = np.append(starts[1:], len(place))
            steps = ends[place[starts]]
            if is_schedule(metric):
                values = values[stops - 1]
            else:
                with np.errstate(invalid="ignore", over="ignore"):
                    values = np.add.reduceat(values, starts) / (stops - starts)
        placed.append((metric, split, steps, values))
    metrics, splits, positions, averages = zip(*placed, strict=True)
    counts = [len(steps) for steps in positions]
    columns = {
        "step": np.concatenate(positions),
        "metric": np.repeat(np.array(metrics, dtype=object), counts),
        "split": np.repeat(np.array(splits, dtype=object), counts),
        "value": np.concatenate(averages),
    }
    return TrainingHistory(pd.DataFrame(columns), history.run)
