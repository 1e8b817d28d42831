"""Reduces a run that counts steps to one position per evaluation, so that training and validation can be compared."""

import numpy as np
import pandas as pd

from reportgen.history.frame import TrainingHistory
from reportgen.metrics import is_of_batches, is_schedule


def of_epochs(history: TrainingHistory, judged: str | None = None) -> TrainingHistory:
    """Leaves out batch metrics that are also logged per epoch, unless the run is judged by one of them."""
    names = history.metric_names
    of_batches = [name for name in names if name != judged and is_of_batches(name, names)]
    if history.axis == "epoch" or not of_batches:
        return history
    return TrainingHistory(history.frame[~history.frame["metric"].isin(of_batches)], history.run)


def by_evaluation(history: TrainingHistory) -> TrainingHistory:
    """Reduces a run that counts steps to one position per evaluation.

    Returns:
        A run whose training values are means since the previous evaluation, and whose settings are the last values.
        Values logged after the last evaluation are placed at the last step. The history itself if it counts epochs,
        was never evaluated, or was evaluated at every step.
    """
    frame = history.frame
    validated = (frame["split"] == "validation").to_numpy()
    if history.axis == "epoch" or not validated.any():
        return history
    ends = np.union1d(frame["step"].to_numpy()[validated], history.epochs[-1:])
    if len(ends) == len(history.epochs):  # every step was evaluated
        return history
    parts = []
    for metric in history.metric_names:
        if history.has(metric, "train"):
            series = history.series(metric, "train")
            place = np.searchsorted(ends, series.index.to_numpy())
            starts = np.flatnonzero(np.diff(place, prepend=-1))
            stops = np.append(starts[1:], len(place))
            steps, values = ends[place[starts]], series.to_numpy()
            if is_schedule(metric):
                values = values[stops - 1]
            else:
                with np.errstate(invalid="ignore", over="ignore"):
                    values = np.add.reduceat(values, starts) / (stops - starts)
            parts.append(pd.DataFrame({"step": steps, "metric": metric, "split": "train", "value": values}))
        if history.has(metric, "validation"):
            series = history.series(metric, "validation")
            steps, values = series.index.to_numpy(), series.to_numpy()
            parts.append(pd.DataFrame({"step": steps, "metric": metric, "split": "validation", "value": values}))
    return TrainingHistory(pd.concat(parts), history.run)
