"""Turns files of runs into rows for fitting models: features of what a user saw, and the truth.

There is one row per run and cut (`rows_of_runs`, `rows_of_short_runs`, `rows_of_logs`), or per run and epoch
(`rows_of_epochs`). The features are those of the package.

Other columns: run_id; table (or repository); corpus ("oracle", "extra", "keras", or "short" for runs cut like logs);
cut (epochs seen); full (the run ended at this cut); regression; overfitting and more_training_helps (labels as in
`labels`; "between" = not scored); training_loss_falls (see `train_label`); shaken (a copy with added noise); rests (see
`is_at_rest`); val_later_* and train_later_* (see `later_course`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.corpora import CUT_GAIN, CUTS
from benchmarks.labels import RunLabels, label_more_training, label_run, labels_path, median_of_three
from benchmarks.networks import rate_factor
from reportgen.diagnosis import features, forecast, smoothing

Array = NDArray[np.float64]

SEED: Final = 7
SEEN: Final = ["loss", "val_loss", "accuracy", "val_accuracy"]
NOT_SCORED: Final = "between"

STOP_SHARES: Final = (0.2, 0.35, 0.5, 0.7, 1.5)  # shares of the stop at which a run is cut for more rows
STOP_SHARES_EXTRA: Final = (0.45, 2.6)
SHARE_SPREAD: Final = 0.08  # standard deviation of the logarithm of these shares
SHORTEST_STOP: Final = 6  # minimum number of epochs of such a cut
SHAKEN: Final = (0.01, 0.12)  # range of the standard deviation of noise added to a copy of each extra run
HIDDEN_ACCURACY: Final = 0.25  # share of extra runs whose accuracy is hidden, because many users log none
KNOWN_RATE: Final = 0.3  # share of rows with the learning rate, which most users do not log
STEP_DONE: Final = 0.7  # share of the stop by which the step schedule has dropped
LONG_ENOUGH: Final = 2.4  # as a multiple of the cut: a shorter run cannot show that more training did not help

OTHER_CUTS: Final = (0.15, 0.35, 0.62, 0.88)  # shares of a log's epochs, in addition to `CUTS`
READINGS: Final = Path(__file__).parent / "data" / "log_readings.csv"
SHORTEST_READ: Final = 4  # minimum number of epochs of a log whose verdict is used
FORKS: Final = {"svpino/keras-io": "LukeWood/keras-io"}  # two forks of one repository
SHORT_RUN: Final = (5, 150)  # shortest and longest run that is cut like a log, in epochs
LOGGED_DECIMALS: Final = 4  # as Keras prints them

HORIZONS: Final = (1.1, 1.25, 1.5)  # multiples of the cut at which the forecast is compared with the truth

CANDIDATES: Final = 20  # epochs of a run that are candidates for the best one


@dataclass(frozen=True)
class RunFile:
    """The labelled runs of one file.

    Attributes:
        corpus: "oracle" or "extra".
        curves: One row per run and epoch: run_id, loss, val_loss, accuracy, val_accuracy, test_loss.
        facts: One row per run, indexed by run_id: dataset, n_val, schedule, stopped_at; drop_at if known.
    """

    corpus: str
    curves: pd.DataFrame = field(repr=False)
    facts: pd.DataFrame = field(repr=False)

    @property
    def is_extra(self) -> bool:
        """Whether the runs are not part of the development data."""
        return self.corpus == "extra"


def facts_path(curves: Path) -> Path:
    """Path of the facts of the runs in a file: ``*_labels.csv`` or ``*_runs.csv`` next to it.

    Raises:
        FileNotFoundError: neither exists.
    """
    labelled = curves.with_name(f"{curves.stem}_labels.csv") if curves.suffix == ".parquet" else labels_path(curves)
    plain = labelled.with_name(labelled.name.removesuffix("_labels.csv") + "_runs.csv")
    for path in (labelled, plain):
        if path.exists():
            return path
    raise FileNotFoundError(f"{curves} has neither {labelled.name} nor {plain.name} next to it")


def read_runs(path: Path, corpus: str) -> RunFile:
    """Reads a file of runs, ``.parquet`` or ``.csv.gz``, and the facts next to it.

    Args:
        path: The curves.
        corpus: "oracle" or "extra"; names of extra runs are prefixed with that of the file, to keep them unique.
    """
    curves = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    facts = pd.read_csv(facts_path(path))
    if corpus == "extra":
        front = path.name.split(".")[0] + "/"
        curves["run_id"], facts["run_id"] = front + curves["run_id"].astype(str), front + facts["run_id"].astype(str)
    return RunFile(corpus, curves, facts.set_index("run_id"))


def features_of(seen: Array, *, hide_accuracy: bool = False, rate: Array | None = None) -> dict[str, Any]:
    """Features of the epochs a user saw.

    Args:
        seen: Shape (n, 4): `SEEN`, NaN if not measured.
        hide_accuracy: Whether to treat accuracy as not logged.
        rate: Learning rate of each epoch, shape (n,) or longer; None if not logged.
    """
    accuracies = (None, None) if hide_accuracy else (seen[:, 2], seen[:, 3])
    return {**features.extract(seen[:, 0], seen[:, 1], *accuracies, None if rate is None else rate[: len(seen)])}


def rates_of(fact: Any, epochs: int) -> Array | None:
    """Learning rates of a run's epochs, as a share of the first; None if it is unknown when the rate dropped.

    Args:
        fact: Row of `RunFile.facts`.
        epochs: Number of epochs.
    """
    if "drop_at" not in fact.index:
        return None
    schedule, stop, drop = str(fact["schedule"]), int(fact["stopped_at"]), int(fact["drop_at"])
    return np.array([rate_factor(schedule, epoch, stop, drop) for epoch in range(epochs)])


def labels_at(run: Array, cut: int) -> RunLabels | None:
    """Labels of a run as if it had stopped after ``cut`` epochs; None if it is not finite until then.

    Args:
        run: Shape (n, 5): `SEEN` and the test loss, including epochs after the stop.
        cut: Epochs, 1 to n.
    """
    if not np.isfinite(run[:cut, 4]).all():
        return None
    known = run[: 3 * cut]
    labels = label_run(known[:, 0], known[:, 1], known[:, 4], cut)
    return None if labels.overfitting == "diverged" else labels


def is_at_rest(schedule: str, cut: int, stop: int) -> bool:
    """Whether the learning rate is constant from a cut on; arguments as in `more_label`."""
    return schedule == "constant" or cut >= stop or (schedule == "step" and cut > STEP_DONE * stop)


def more_label(labels: RunLabels, schedule: str, epochs: int, cut: int, stop: int) -> str:
    """The label of ``more_training_helps`` at a cut, or `NOT_SCORED` if the run cannot show it.

    Args:
        labels: Labels at that cut.
        schedule: ``constant``, ``step`` or ``cosine``. A schedule that ends at the stop does not apply to an earlier
            cut, because real runs do not end while the learning rate is still falling.
        epochs: Epochs of the whole run.
        cut: Epochs seen.
        stop: Epochs after which the run was stopped.
    """
    if not is_at_rest(schedule, cut, stop) or (schedule == "cosine" and cut > stop):
        return NOT_SCORED
    if labels.more_training_helps == "no" and epochs < LONG_ENOUGH * cut:
        return NOT_SCORED
    return labels.more_training_helps


def later_course(loss: Array, cut: int) -> dict[str, float]:
    """How a curve continues after a cut: the truth for the forecast. NaN if unknown or not finite.

    Args:
        loss: Shape (n,), including epochs after the cut.
        cut: Epochs seen.

    Returns:
        gain: logarithm of the ratio of the lowest value up to the cut to the lowest up to `forecast.AHEAD` times the
        cut, at least 0. change_110, change_125, change_150: logarithm of the ratio of the median around 1.10, 1.25 and
        1.50 times the cut (for the last: just before) to the end of the smoothed curve at the cut.
    """
    found = dict.fromkeys(("gain", *(f"change_{round(100 * part)}" for part in HORIZONS)), math.nan)
    last = round(forecast.AHEAD * cut)
    if cut < forecast.FEWEST or last > len(loss):
        return found
    known = loss[:last]
    if not (np.isfinite(known).all() and known.min() > 0):
        return found
    y = np.log(known)
    end = float(smoothing.local_linear(smoothing.thin(y[:cut]), smoothing.thin(np.arange(1.0, cut + 1)))[-1])
    found["gain"] = max(0.0, float(y[:cut].min() - y[cut:].min()))
    reach = max(1, round(0.05 * cut))
    for part in HORIZONS:
        at = round(part * cut)
        around = y[max(cut, at - reach - 1) : min(last, at + reach)]
        found[f"change_{round(100 * part)}"] = float(np.median(around)) - end
    return found


def later_courses(run: Array, cut: int) -> dict[str, float]:
    """`later_course` of the validation loss, prefixed ``val_later_``, and of the training loss, ``train_later_``.

    Args:
        run: Shape (n, 2 or more): loss and val_loss first, including epochs after the cut.
        cut: Epochs seen.
    """
    named = (("train", 0), ("val", 1))
    return {f"{of}_later_{k}": v for of, column in named for k, v in later_course(run[:, column], cut).items()}


def train_label(loss: Array, cut: int) -> str:
    """Whether the training loss falls later, by the limits for the test loss in ``more_training_helps``."""
    smooth = median_of_three(loss[: 3 * cut])
    if not np.isfinite(smooth).all() or len(loss) < LONG_ENOUGH * cut:
        return NOT_SCORED
    return label_more_training(1 - float(smooth[cut:].min() / smooth[:cut].min()))


def shaken(seen: Array, generator: np.random.Generator) -> Array:
    """A copy of the epochs that a user saw, with noise on both losses and without accuracy; the truth stays the same.

    Small networks on tables have smoother curves than adversarial losses or small validation sets.

    Args:
        seen: Shape (n, 4): `SEEN`.
        generator: Source of randomness.
    """
    low, high = SHAKEN
    size = float(np.exp(generator.uniform(np.log(low), np.log(high)))) * np.array([generator.uniform(0, 1), 1.0])
    noise = np.exp(generator.normal(0, 1, (len(seen), 2)) * size)
    return np.column_stack([seen[:, :2] * noise, np.full((len(seen), 2), np.nan)])


def rows_of_runs(runs: RunFile) -> pd.DataFrame:
    """Rows of every run at its stop and other cuts, and of a noisy copy of extra runs, labelled by the test loss."""
    generator = np.random.default_rng(SEED)
    shares = STOP_SHARES_EXTRA if runs.is_extra else STOP_SHARES
    rows = []
    for run_id, group in runs.curves.groupby("run_id", sort=False):
        if run_id not in runs.facts.index:
            continue
        fact = runs.facts.loc[run_id]
        run = group[[*SEEN, "test_loss"]].to_numpy(np.float64)
        stop = int(fact["stopped_at"])
        rates = rates_of(fact, len(run))
        moved = [stop * share * np.exp(generator.normal(0, SHARE_SPREAD)) for share in shares]
        hidden = runs.is_extra and generator.random() < HIDDEN_ACCURACY
        cuts = [stop, *(max(SHORTEST_STOP, round(epoch)) for epoch in moved)]
        for i, cut in enumerate(cuts + [stop] * runs.is_extra):
            labels = labels_at(run, cut) if cut <= len(run) else None
            if labels is None:
                continue
            shown = rates if generator.random() < KNOWN_RATE else None
            is_copy = i == len(cuts)
            seen = shaken(run[:cut, :4], generator) if is_copy else run[:cut, :4]
            more = more_label(labels, str(fact["schedule"]), len(run), cut, stop)
            rows.append(
                features_of(seen, hide_accuracy=hidden, rate=shown)
                | {
                    "run_id": run_id,
                    "table": fact["dataset"],
                    "corpus": runs.corpus,
                    "cut": cut,
                    "full": i == 0,
                    "regression": bool(np.isnan(run[:, 3]).all()),
                    "overfitting": labels.overfitting,
                    "more_training_helps": more,
                    "training_loss_falls": NOT_SCORED if more == NOT_SCORED else train_label(run[:, 0], cut),
                    "shaken": is_copy,
                    "rests": is_at_rest(str(fact["schedule"]), cut, stop) and not is_copy,
                }
                | later_courses(run, cut)
            )
    return pd.DataFrame(rows)


def rows_of_short_runs(runs: RunFile) -> pd.DataFrame:
    """Rows of every run, cut like a log; as with logs, the label is whether the validation loss falls later."""
    generator = np.random.default_rng(SEED + 1)
    rows = []
    for run_id, group in runs.curves.groupby("run_id", sort=False):
        if run_id not in runs.facts.index:
            continue
        run = group[SEEN].to_numpy(np.float64)
        shortest, longest = SHORT_RUN
        size = int(np.exp(generator.uniform(np.log(shortest), np.log(min(len(run), longest)))))
        cut = max(1, round(generator.choice(CUTS) * size))
        if cut >= size or not np.isfinite(run[:size, :2]).all():
            continue
        seen = np.round(run[:cut], LOGGED_DECIMALS) if generator.random() < 0.5 else run[:cut]
        regression = bool(np.isnan(run[:, 3]).all())
        hidden = runs.is_extra and not regression and generator.random() < HIDDEN_ACCURACY
        shown = rates_of(runs.facts.loc[run_id], cut) if generator.random() < KNOWN_RATE else None
        helps = run[cut:size, 1].min() < (1 - CUT_GAIN) * run[:cut, 1].min()
        rows.append(
            features_of(seen, hide_accuracy=hidden, rate=shown)
            | {
                "run_id": run_id,
                "table": runs.facts.loc[run_id, "dataset"],
                "corpus": "short",
                "cut": cut,
                "full": False,
                "regression": regression,
                "overfitting": NOT_SCORED,
                "more_training_helps": "yes" if helps else "no",
            }
        )
    return pd.DataFrame(rows)


def read_verdicts(path: Path = READINGS) -> dict[str, str]:
    """Verdicts on real logs read by eye: "yes" or "no" if all decided readings agree, else `NOT_SCORED`.

    A log with at least as many undecided as decided readings is not scored either.
    """
    readings = pd.read_csv(path, index_col="run_id", keep_default_na=False)
    found = {}
    for run_id, said in readings.iterrows():
        words = [word for word in said if word]
        decided = [word for word in words if word != "unsure"]
        agreed = len(set(decided)) == 1 and 2 * len(decided) > len(words)
        found[str(run_id)] = decided[0] if agreed else NOT_SCORED
    return found


def rows_of_logs(logs: pd.DataFrame, verdicts: Mapping[str, str]) -> pd.DataFrame:
    """Rows of real logs: whole, with the verdict on overfitting, and cut.

    The epochs after a cut show whether more training helped.

    Args:
        logs: One row per run and epoch: run_id (beginning with its repository and a colon) and `SEEN`.
        verdicts: Result of `read_verdicts`.
    """
    rows = []
    for run_id, group in logs.groupby("run_id", sort=False):
        run = group[SEEN].to_numpy(np.float64)
        repository = str(run_id).split(":")[0]
        common = {"run_id": run_id, "table": FORKS.get(repository, repository), "corpus": "keras", "regression": False}
        if len(run) >= SHORTEST_READ and np.isfinite(run[:, :2]).any(axis=0).all():
            said = {"overfitting": verdicts.get(str(run_id), NOT_SCORED), "more_training_helps": NOT_SCORED}
            rows.append(features_of(run) | common | said | {"cut": len(run), "full": True})
        done: set[int] = set()
        for share in (*CUTS, *OTHER_CUTS):
            cut, is_main = round(len(run) * share), share in CUTS
            if not 1 <= cut < len(run) or (cut in done and not is_main):
                continue
            if not np.isfinite(run[:cut, 1]).any() or not np.isfinite(run[cut:, 1]).any():
                continue
            done.add(cut)
            best, later = np.nanmin(run[:cut, 1]), np.nanmin(run[cut:, 1])
            rows.append(
                features_of(run[:cut])
                | common
                | {
                    "cut": cut,
                    "full": is_main,
                    "overfitting": NOT_SCORED,
                    "more_training_helps": "yes" if later < best - CUT_GAIN * abs(best) else "no",
                }
                | later_courses(run, cut)
            )
    return pd.DataFrame(rows)


def rows_of_epochs(runs: RunFile) -> pd.DataFrame:
    """Rows of the most likely best epochs of every finite run.

    Returns:
        Features of `reportgen.diagnosis.features.epoch_candidates`; run_id, table, corpus, n_val; share (1 / number of
        rows of the run); loss and loss_median: logarithm of the ratio of the epoch's test loss to the lowest, raw and
        as a running median of three.
    """
    parts = []
    for run_id, group in runs.curves.groupby("run_id", sort=False):
        if run_id not in runs.facts.index:
            continue
        fact = runs.facts.loc[run_id]
        columns = group[["loss", "val_loss", "val_accuracy", "test_loss"]].to_numpy(np.float64)
        loss, val_loss, accuracy, test_loss = columns[: int(fact["stopped_at"])].T
        if not np.isfinite([loss, val_loss, test_loss]).all():
            continue
        found = features.epoch_candidates(loss, val_loss, None if np.isnan(accuracy).any() else accuracy)
        order = np.argsort(np.minimum(found["raw"], found["smooth"]), kind="stable")[:CANDIDATES]
        smooth = median_of_three(test_loss)
        rows = pd.DataFrame({name: values[order] for name, values in found.items()})
        rows["loss"] = np.log(test_loss[order] / test_loss.min())
        rows["loss_median"] = np.log(smooth[order] / smooth.min())
        rows["run_id"], rows["table"], rows["corpus"] = run_id, fact["dataset"], runs.corpus
        rows["n_val"], rows["share"] = int(fact["n_val"]), 1 / len(order)
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)
