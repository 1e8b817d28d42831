"""Evaluates the stored tree ensembles.

A model is a sum of complete binary trees of depth 3. Nodes are in heap order (node i has the children 2i+1 and 2i+2):
seven comparisons `value <= threshold` (true = left), then eight leaf values. The sum plus `bias` is the log-odds z,
calibrated as 1 / (1 + exp(-(a z + b))).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reportgen.diagnosis.findings import AnswerWord

Array = NDArray[np.float64]

DEPTH = 3
INNER = 2**DEPTH - 1


@dataclass(frozen=True)
class TreeModel:
    """One tree ensemble.

    Attributes:
        features: Names; trees refer to them by index.
        feature: Shape (n_trees, 7), index into `features`.
        threshold: Shape (n_trees, 7); infinity sends all values to the left.
        missing_left: Shape (n_trees, 7), whether NaN goes to the left.
        leaf: Shape (n_trees, 8), log-odds.
        bias: Log-odds before any tree.
        calibration: (a, b) of the calibration.
        unsure: The answer is "unsure" for probabilities strictly between these two.
    """

    features: tuple[str, ...]
    feature: NDArray[np.intp]
    threshold: Array
    missing_left: NDArray[np.bool_]
    leaf: Array
    bias: float
    calibration: tuple[float, float]
    unsure: tuple[float, float]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Reads one entry of `models.json["models"]`; a null threshold is infinity."""
        trees = stored["trees"]
        threshold = np.array([[math.inf if v is None else v for v in t["threshold"]] for t in trees], dtype=np.float64)
        return cls(
            features=tuple(stored["features"]),
            feature=np.array([t["feature"] for t in trees], dtype=np.intp),
            threshold=threshold,
            missing_left=np.array([t["missing_left"] for t in trees], dtype=bool),
            leaf=np.array([t["leaf"] for t in trees], dtype=np.float64),
            bias=float(stored["bias"]),
            calibration=(float(stored["calibration"]["a"]), float(stored["calibration"]["b"])),
            unsure=(float(stored["unsure"][0]), float(stored["unsure"][1])),
        )

    def log_odds(self, rows: Array) -> Array:
        """Uncalibrated log-odds, shape (n,), for rows of shape (n, n_features); NaN = unknown."""
        values = np.take(rows, self.feature.ravel(), axis=1)  # at all nodes, which is faster than to look some up
        left = np.where(np.isnan(values), self.missing_left.ravel(), values <= self.threshold.ravel())
        first = INNER * np.arange(self.feature.shape[0])  # nodes of each tree
        node = np.zeros((rows.shape[0], len(first)), dtype=np.intp)
        for _ in range(DEPTH):
            node = 2 * node + 2 - np.take_along_axis(left, first + node, axis=1)
        total: Array = self.bias + np.take(self.leaf, first + np.arange(len(first)) + node - INNER).sum(axis=1)
        return total

    def probability(self, rows: Array) -> Array:
        """Calibrated probability of "yes", shape (n,), for rows of shape (n, n_features)."""
        a, b = self.calibration
        p: Array = 1.0 / (1.0 + np.exp(-np.clip(a * self.log_odds(rows) + b, -30.0, 30.0)))
        return p

    def ask(self, values: Mapping[str, float]) -> float:
        """Probability of "yes" for a run, given its features by name."""
        return float(self.probability(np.array([[values[name] for name in self.features]]))[0])

    def answer(self, probability: float) -> AnswerWord:
        """The answer for a probability: yes, no or unsure."""
        if self.unsure[0] < probability < self.unsure[1]:
            return "unsure"
        return "yes" if probability > 0.5 else "no"


@cache
def load_models() -> dict[str, TreeModel]:
    """The package's fitted models, by name."""
    stored = json.loads(resources.files("reportgen.diagnosis").joinpath("models.json").read_text("utf-8"))
    return {name: TreeModel.from_json(entry) for name, entry in stored["models"].items()}
