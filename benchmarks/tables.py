"""Public tables for `make_runs`; nothing is downloaded.

They are scikit-learn's bundled tables, its generators with fixed seeds, and the Pima table of the package.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

from reportgen.demo import load_table

MAX_ROWS: Final = 6000
MAX_COLUMNS: Final = 64

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Table:
    """One table, ready for a network.

    Attributes:
        name: One of `TABLES`.
        regression: Whether the target is a number; otherwise it is a class.
        inputs: Shape (n, columns), float32, standardised, clipped to -20 to 20.
        target: Shape (n,): float32, standardised, for regression; int64 classes from 0 otherwise.
    """

    name: str
    regression: bool
    inputs: NDArray[np.float32]
    target: NDArray[np.float32] | NDArray[np.int64]


def _column_of(load: Callable[..., Pair], column: int) -> Pair:
    """Predicts one column of a bundled table from the others."""
    inputs, _ = load(return_X_y=True)
    return np.delete(inputs, column, axis=1), inputs[:, column]


def _classes(seed: int, **settings: float | list[float]) -> Pair:
    result: Pair = datasets.make_classification(n_samples=MAX_ROWS, random_state=seed, **settings)
    return result


CLASSIFICATION: Final[dict[str, Callable[[], Pair]]] = {
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast_cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "pima": load_table,
    "classes_5": lambda: _classes(11, n_features=24, n_informative=10, n_classes=5, flip_y=0.03),
    "classes_2_noisy": lambda: _classes(12, n_features=40, n_informative=6, n_classes=2, flip_y=0.15),
    "classes_10": lambda: _classes(13, n_features=30, n_informative=12, n_classes=10, class_sep=1.5),
    "classes_rare": lambda: _classes(
        14, n_features=12, n_informative=8, n_classes=3, weights=[0.8, 0.17, 0.03], flip_y=0.005, class_sep=1.8
    ),
    "hastie": lambda: datasets.make_hastie_10_2(n_samples=MAX_ROWS, random_state=15),
    "quantiles": lambda: datasets.make_gaussian_quantiles(
        n_samples=MAX_ROWS, n_features=6, n_classes=4, random_state=16
    ),
    "moons": lambda: datasets.make_moons(n_samples=MAX_ROWS, noise=0.3, random_state=17),
}

REGRESSION: Final[dict[str, Callable[[], Pair]]] = {
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
    "cancer_symmetry": lambda: _column_of(datasets.load_breast_cancer, 28),
    "digits_pixel": lambda: _column_of(datasets.load_digits, 36),
    "friedman_1": lambda: datasets.make_friedman1(n_samples=MAX_ROWS, noise=1.5, random_state=21),
    "friedman_2": lambda: datasets.make_friedman2(n_samples=MAX_ROWS, noise=60.0, random_state=22),
    "friedman_3": lambda: datasets.make_friedman3(n_samples=MAX_ROWS, noise=0.1, random_state=23),
    "sparse": lambda: datasets.make_sparse_uncorrelated(n_samples=MAX_ROWS, n_features=20, random_state=24),
    "linear": lambda: datasets.make_regression(
        n_samples=MAX_ROWS, n_features=50, n_informative=15, noise=80.0, random_state=25
    ),
    "swiss_roll": lambda: datasets.make_swiss_roll(n_samples=MAX_ROWS, noise=1.0, random_state=26),
}

TABLES: Final = (*CLASSIFICATION, *REGRESSION)


def load(name: str, generator: np.random.Generator) -> Table:
    """Loads a table and shuffles its rows.

    Args:
        name: One of `TABLES`.
        generator: Shuffles the rows.
    """
    regression = name in REGRESSION
    inputs, target = (REGRESSION if regression else CLASSIFICATION)[name]()
    return prepare(name, inputs, target, generator, regression=regression)


def prepare(
    name: str,
    inputs: NDArray[np.float64],
    target: NDArray[np.float64],
    generator: np.random.Generator,
    *,
    regression: bool,
) -> Table:
    """Shuffles, cuts to `MAX_ROWS` and `MAX_COLUMNS`, and standardises.

    Args:
        name: Name of the table.
        inputs: Shape (n, columns), finite.
        target: Shape (n,): numbers or class names.
        generator: Shuffles the rows.
        regression: Whether the target is a number.
    """
    order = generator.permutation(len(inputs))[:MAX_ROWS]
    inputs, target = inputs[order], target[order]
    spread = inputs.std(axis=0)
    inputs = ((inputs - inputs.mean(axis=0)) / np.where(spread > 0, spread, 1))[:, spread > 0][:, :MAX_COLUMNS]
    clipped = np.clip(inputs, -20, 20).astype(np.float32)
    if regression:
        return Table(name, True, clipped, ((target - target.mean()) / target.std()).astype(np.float32))
    return Table(name, False, clipped, np.unique(target, return_inverse=True)[1].astype(np.int64))
