"""Reads the runs that the diagnosis is measured on: the committed sample and folders of other data.

`Case.source` and `Case.curves` contain only the epochs that the run's user saw; later epochs are used only as truth.
"""

import json
import math
import sys
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.labels import labels_path
from benchmarks.rivals import STEPS_AN_EPOCH, Curves, steps_an_epoch

Array = NDArray[np.float64]

SAMPLE: Final = Path(__file__).with_name("data") / "labelled_runs.csv.gz"
LOSSES: Final = ("loss", "val_loss")
METRICS: Final = ("loss", "accuracy", "val_loss", "val_accuracy")
CUTS: Final = (0.25, 0.5, 0.75)  # shares of a log's epochs
SHORTEST_CUT: Final = 3  # epochs
CUT_GAIN: Final = 0.02  # later fall of the best validation loss that counts as "more training helped"
EXPLOSION: Final = 2.0  # final training loss over the first
NOT_BELOW: Final = 0.99  # share of the first training loss; a run that never falls below it did not learn
AT_CHANCE: Final = 0.015  # of ln(k): a loss that ends there and was never further below it is that of guessing


@dataclass(frozen=True)
class Case:
    """One run and its truth. None means unknown and not scored.

    Attributes:
        run_id: Name, unique in its corpus.
        source: Input of `reportgen.diagnose`.
        curves: Input of other tools and rules.
        overfitting: Label as in `benchmarks.labels`.
        more_training_helps: Likewise.
        test_loss: Test loss of the seen epochs, shape (n,); None without an independent test.
        best_epoch: True best epoch, 1-based.
        onset_epoch: True onset of overfitting, 1-based.
    """

    run_id: str
    source: Any = field(repr=False)
    curves: Curves = field(repr=False)
    overfitting: str | None = None
    more_training_helps: str | None = None
    test_loss: Array | None = field(default=None, repr=False)
    best_epoch: int | None = None
    onset_epoch: int | None = None

    @property
    def is_finite(self) -> bool:
        """Whether all losses are finite."""
        return bool(np.isfinite(self.curves.loss).all() and np.isfinite(self.curves.val_loss).all())

    @property
    def exploded(self) -> bool:
        """Whether it stayed finite but ended (median of three) above twice its first training loss."""
        loss = self.curves.loss
        return self.is_finite and float(np.median(loss[-3:])) > EXPLOSION * float(loss[0])

    @property
    def never_learned(self) -> bool:
        """Whether it stayed finite and its training loss never fell below 0.99 of the first, or that of guessing."""
        loss = self.curves.loss
        return self.is_finite and (float(loss.min()) >= NOT_BELOW * float(loss[0]) or self._guesses)

    @property
    def _guesses(self) -> bool:
        """Whether the loss on independent rows stays at ln(k) for k classes; without such rows, for two classes only.

        A bad first value must not make a run that only guesses count as one that learned.
        """
        if not isinstance(self.source, dict) or not ({"accuracy"} & set(self.source) or self.test_loss is None):
            return False
        loss = self.curves.loss if self.test_loss is None else self.test_loss
        end = float(np.median(loss[-3:]))
        classes = round(math.exp(min(end, 10.0))) if self.test_loss is not None else 2
        if classes < 2:
            return False
        chance = math.log(classes)
        beside = float(np.median(self.curves.loss[-3:]))
        return (
            abs(end / chance - 1) <= AT_CHANCE
            and abs(beside / chance - 1) <= AT_CHANCE
            and min(float(np.nanmin(loss)), float(self.curves.loss.min())) >= (1 - AT_CHANCE) * chance
        )


@dataclass(frozen=True)
class Corpus:
    """Runs of one kind.

    Attributes:
        name: Short name, for tables and figures.
        cases: The runs.
        has: Questions with a known truth: overfitting, more, best, diverged, learning, onset.
        note: Remark on its figures.
    """

    name: str
    cases: tuple[Case, ...] = field(repr=False)
    has: frozenset[str]
    note: str = ""


def as_history(seen: pd.DataFrame) -> dict[str, list[float]]:
    """Columns like Keras' ``History.history``: both losses, and accuracies that have any value.

    A loss that is NaN in all epochs is kept, because the run diverged in its first epoch.
    """
    return {
        name: seen[name].tolist() for name in METRICS if name in seen and (name in LOSSES or seen[name].notna().any())
    }


def _number(row: Mapping[Hashable, Any], name: str) -> float | None:
    value = row.get(name)
    return None if value is None or pd.isna(value) else float(value)


def _whole(row: Mapping[Hashable, Any], name: str) -> int | None:
    value = _number(row, name)
    return None if value is None else int(value)


def labelled_cases(curves: pd.DataFrame, labels: pd.DataFrame) -> Iterator[Case]:
    """Cases from the columns that `make_runs` writes.

    Args:
        curves: One row per run and epoch: run_id, epoch, the losses and accuracies, seen.
        labels: One row per run.
    """
    facts = {str(row["run_id"]): row for row in labels.to_dict("records")}
    for run_id, run in curves[curves["seen"].astype(bool)].groupby("run_id", sort=False):
        row = facts[str(run_id)]
        yield Case(
            run_id=str(run_id),
            source=as_history(run),
            curves=Curves(
                run["loss"].to_numpy(np.float64),
                run["val_loss"].to_numpy(np.float64),
                steps_an_epoch(_number(row, "n_train"), _number(row, "batch")),
            ),
            overfitting=str(row["overfitting"]),
            more_training_helps=str(row["more_training_helps"]),
            test_loss=run["test_loss"].to_numpy(np.float64),
            best_epoch=_whole(row, "true_best_epoch"),
            onset_epoch=_whole(row, "true_onset_epoch"),
        )


FITTED: Final = "development data: the models were fitted on it, so these are not scores on unseen runs"
HAS_ALL: Final = frozenset({"overfitting", "more", "best", "diverged", "learning"})


def read_sample(path: Path = SAMPLE) -> Corpus:
    """The labelled runs of the repository."""
    cases = labelled_cases(pd.read_csv(path), pd.read_csv(labels_path(path)))
    return Corpus("sample", tuple(cases), HAS_ALL | {"onset"})


def read_folder(folder: Path) -> list[Corpus]:
    """The development data in a folder: ``oracle_*``, ``keras_logs_*`` and ``taskset_*`` Parquet files.

    Raises:
        FileNotFoundError: the folder has none of them.
    """
    found = [
        Corpus(
            path.stem,
            tuple(labelled_cases(pd.read_parquet(path), pd.read_csv(path.with_name(path.stem + "_labels.csv")))),
            HAS_ALL,
            FITTED,
        )
        for path in sorted(folder.glob("oracle_*.parquet"))
    ]
    for path in sorted(folder.glob("keras_logs_*.parquet")):
        truth = f"yes = val_loss later falls by over {CUT_GAIN:.0%} below its best; {SHORTEST_CUT} epochs or more"
        note = f"{truth}\n   {FITTED}"
        found.append(Corpus(f"{path.stem} cut", tuple(cut_cases(pd.read_parquet(path))), frozenset({"more"}), note))
    for path in sorted(folder.glob("taskset_*.parquet")):
        cases = tuple(plain_cases(pd.read_parquet(path)))
        found.append(Corpus(path.stem, cases, frozenset({"diverged", "learning"})))
    if not found:
        raise FileNotFoundError(f"{folder} has no oracle_*.parquet, keras_logs_*.parquet or taskset_*.parquet")
    return found


def plain_cases(curves: pd.DataFrame) -> Iterator[Case]:
    """Runs without labels, whose truth (finite, learned) follows from the training loss."""
    for run_id, run in curves.groupby("run_id", sort=False):
        loss, val_loss = run["loss"].to_numpy(np.float64), run["val_loss"].to_numpy(np.float64)
        yield Case(str(run_id), as_history(run), Curves(loss, val_loss))


def cut_cases(curves: pd.DataFrame) -> Iterator[Case]:
    """Truncated real logs; the epochs after the cut show whether more training helped.

    Epochs without validation (NaN beside a finite training loss) are passed to the diagnosis but not to the rules.
    """
    for run_id, run in curves.groupby("run_id", sort=False):
        val_loss = run["val_loss"].to_numpy(np.float64)
        for part in CUTS:
            size = round(part * len(run))
            before, after = val_loss[:size], val_loss[size:]
            before, after = before[np.isfinite(before)], after[np.isfinite(after)]
            if size < SHORTEST_CUT or not len(before) or not len(after):
                continue
            best = float(before.min())
            seen = run.head(size)
            known = seen.dropna(subset=["loss", "val_loss"])
            columns = [name for name in METRICS if name in seen and seen[name].notna().any()]
            yield Case(
                run_id=f"{run_id}@{part:.0%}",
                source=seen[["epoch", *columns]].reset_index(drop=True),
                curves=Curves(known["loss"].to_numpy(np.float64), known["val_loss"].to_numpy(np.float64)),
                more_training_helps="yes" if float(after.min()) < best - CUT_GAIN * abs(best) else "no",
            )


def read_overfitguard(folder: Path) -> Corpus:
    """The real runs published with Li et al., "Keeping Deep Learning Models in Check", 2024.

    Args:
        folder: A checkout of github.com/asgaardlab/OverfitGuard, its ``data/testing/real_world_data``, or any folder
            with the subfolders ``overfit`` and ``non_overfit``. Each JSON file names its curves in ``train_metric`` and
            ``monitor_metric``; other files are skipped, with a line on standard error.

    Raises:
        FileNotFoundError: the two folders are missing or contain no run.
    """
    places = (folder / "data" / "testing" / "real_world_data", folder / "real_world_data", folder)
    root = next((place for place in places if (place / "overfit").is_dir() and (place / "non_overfit").is_dir()), None)
    if root is None:
        raise FileNotFoundError(f"{folder} has no data/testing/real_world_data with overfit/ and non_overfit/")
    cases: list[Case] = []
    for label, name in (("yes", "overfit"), ("no", "non_overfit")):
        for path in sorted((root / name).rglob("*.json")):
            try:
                loss, val_loss = _guarded_curves(json.loads(path.read_text("utf-8")))
            except (ValueError, KeyError, TypeError) as error:
                print(f"{path.relative_to(root)}: skipped: {error!r}", file=sys.stderr)
                continue
            history = {"loss": loss.tolist(), "val_loss": val_loss.tolist()}
            run_id = str(path.relative_to(root).with_suffix(""))
            cases.append(Case(run_id, history, Curves(loss, val_loss, STEPS_AN_EPOCH), overfitting=label))
    if not cases:
        raise FileNotFoundError(f"{root} has no readable run")
    return Corpus("overfitguard", tuple(cases), frozenset({"overfitting"}), "published best: F1 .947, macro-F1 .913")


def _guarded_curves(stored: Mapping[str, Any]) -> tuple[Array, Array]:
    """Training and monitored loss of one file, cut to the shorter one; epochs with a missing value are dropped.

    Raises:
        KeyError: a curve is missing.
        ValueError: fewer than two epochs are left.
    """
    loss = np.asarray(stored[stored.get("train_metric", "training_loss")], dtype=np.float64)
    val_loss = np.asarray(stored[stored.get("monitor_metric", "validation_loss")], dtype=np.float64)
    size = min(len(loss), len(val_loss))
    kept = ~(np.isnan(loss[:size]) | np.isnan(val_loss[:size]))
    if int(kept.sum()) < 2:
        raise ValueError(f"{int(kept.sum())} epochs with both losses; two are needed")
    return loss[:size][kept], val_loss[:size][kept]


def is_number(value: object) -> bool:
    """Whether a figure is a finite number and can be compared."""
    return isinstance(value, int | float) and math.isfinite(value)
