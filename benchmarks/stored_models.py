"""Converts scikit-learn's histogram boosters, or the mean of several, to entries of ``models.json``."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from reportgen.diagnosis.trees import INNER, TreeModel

Array = NDArray[np.float64]
Booster = HistGradientBoostingClassifier | HistGradientBoostingRegressor

LARGEST_ERROR: Final = 0.02  # largest error in log-odds of the stored trees, whose leaves are rounded


def mean_output(bag: Sequence[Booster], inputs: pd.DataFrame) -> Array:
    """Mean log-odds, or mean value of regressors, shape (n,)."""
    return np.mean([m.predict(inputs) if hasattr(m, "quantile") else m.decision_function(inputs) for m in bag], axis=0)


def as_trees(bag: Sequence[Booster]) -> list[dict[str, list[Any]]]:
    """The trees of fitted ensembles as `TreeModel` reads them; their sum is the mean of the ensembles."""
    trees = []
    for (predictor,) in (stage for model in bag for stage in model._predictors):
        nodes = predictor.nodes
        feature, missing_left, leaf = [0] * INNER, [1] * INNER, [0.0] * (INNER + 1)
        threshold: list[float | None] = [None] * INNER
        waiting = [(0, 0)]  # position in the complete tree, node
        while waiting:
            place, i = waiting.pop()
            node = nodes[i]
            if place >= INNER:
                leaf[place - INNER] = float(f"{float(node['value']) / len(bag):.4g}")
                continue
            left = right = i  # a leaf above the last level: both branches lead to it
            if not node["is_leaf"]:
                left, right = int(node["left"]), int(node["right"])
                cut = float(node["num_threshold"])
                feature[place], missing_left[place] = int(node["feature_idx"]), int(node["missing_go_to_left"])
                threshold[place] = (
                    cut if math.isfinite(cut) else None
                )  # all digits, because it may equal a value in the data
            waiting += [(2 * place + 1, left), (2 * place + 2, right)]
        trees.append({"feature": feature, "threshold": threshold, "missing_left": missing_left, "leaf": leaf})
    return trees


def as_stored(
    bag: Sequence[Booster],
    inputs: pd.DataFrame,
    calibration: tuple[float, float],
    unsure: tuple[float, float],
    directions: dict[str, int],
) -> dict[str, Any]:
    """A fitted model as it is stored, after reading it back and comparing it on its own rows.

    Args:
        bag: The ensembles; the answer is their mean.
        inputs: The rows that they were fitted on, with named columns in order.
        calibration: See `trees.TreeModel`.
        unsure: Likewise.
        directions: 1 or -1 for features whose larger values can only raise or lower the answer; stored for readers,
            not used in the evaluation.

    Raises:
        RuntimeError: the stored model returns different results.
    """
    stored = {
        "features": list(inputs.columns),
        "directions": directions,
        "bias": float(f"{float(np.mean([np.ravel(model._baseline_prediction)[0] for model in bag])):.6g}"),
        "calibration": {"a": round(calibration[0], 5), "b": round(calibration[1], 5)},
        "unsure": list(unsure),
        "trees": as_trees(bag),
    }
    some = inputs.iloc[:: max(1, len(inputs) // 2000)]
    off = TreeModel.from_json(stored).log_odds(some.to_numpy(np.float64)) - mean_output(bag, some)
    if float(np.abs(off).max()) > LARGEST_ERROR:
        raise RuntimeError(f"the stored trees are off by {np.abs(off).max():.3g} in log-odds")
    return stored
