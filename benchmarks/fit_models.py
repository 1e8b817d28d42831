"""Fits the models of the diagnosis and writes ``reportgen/diagnosis/models.json``.

    for seed in 3 4 5; do
        python -m benchmarks.make_runs --tables extra --runs 3000 --seed $seed --out extra$seed.csv.gz
    done
    python -m benchmarks.fit_models --oracle DIR --out reportgen/diagnosis/models.json
        --extra extra3.csv.gz --extra extra4.csv.gz --extra extra5.csv.gz

``--oracle`` is a folder with ``oracle_dev.parquet``, ``oracle_dev_labels.csv`` and ``keras_logs_dev.parquet``; needs
pyarrow. All printed and stored measures are cross-validated: by table (tables of one source together), and by
repository for logs. Calibration is cross-fitted in the same folds. The committed sample is refused as ``--extra``
because it must stay unseen. The head of the output lists all input files with their sha256; the same files give the
same models. With ``OMP_NUM_THREADS=1`` it takes 10 to 15 minutes.
"""

import argparse
import hashlib
import json
import math
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from benchmarks import fit_forecast, scores, training_rows
from benchmarks.corpora import SAMPLE
from benchmarks.extra_tables import SAME_SOURCE
from benchmarks.stored_models import Booster, as_stored, mean_output
from benchmarks.training_rows import RunFile
from reportgen.diagnosis.trees import DEPTH
from reportgen.version import __version__

Array = NDArray[np.float64]
Figures = dict[str, float]

SEED: Final = 7  # seed of the first ensemble of a question; later ones count up from it
BAGS: Final = 3
FOLDS: Final = 4
FOLD_SEED: Final = 0
ANSWERED: Final = 0.88  # share of development runs answered yes or no; the others are unsure
WANTED_RIGHT: Final = 0.97  # share of right answers, for the printed share_at_97
NEAR_BEST: Final = math.log(1.02)  # an epoch within 2 % of the lowest test loss is as good
EXTRA_EPOCHS: Final = 0.5  # weight of an extra run for the best epoch
CALIBRATION_WEIGHTS: Final = {"oracle": 1.0, "extra": 0.3, "keras": 1.0}


@dataclass(frozen=True)
class Question:
    """What is fitted for one question.

    Attributes:
        key: Name of the model and of the label column.
        features: Names, most useful first, chosen by permutation importance on out-of-fold rows.
        rising: Features whose larger values can only raise the probability.
        falling: Features whose larger values can only lower it.
        trees: Number of trees.
        weights: Weight of a row by corpus; 0 = only scored.
        bags: Number of ensembles, each with its own seed, that are averaged.
        unstable: Factor on the weight of runs labelled ``unstable``, which are fitted as "no" and not scored.
    """

    key: str
    features: tuple[str, ...]
    rising: tuple[str, ...]
    falling: tuple[str, ...]
    trees: int
    weights: Mapping[str, float]
    bags: int = BAGS
    unstable: float = 1.0

    @property
    def directions(self) -> dict[str, int]:
        """1 or -1 by feature; features without a direction are missing."""
        return dict.fromkeys(self.rising, 1) | dict.fromkeys(self.falling, -1)


LEAF: Final = 50  # minimum number of rows in a leaf
CUT_WEIGHT: Final = 0.3  # factor for additional cuts of a run
SHAKEN_WEIGHT: Final = 0.15  # factor for its copy with added noise

OVERFITTING: Final = Question(
    key="overfitting",
    features=tuple(
        """
        val_rough gap_end val_excess_med rho_tv train_above10 n_log acc_train_end val_excess_s10 val_above10 val_resid
        train_drop_med val_return20 val_rho train_above5 gap_slope30 gap_growth log_n_val val_excess_ll train_spikes
        val_excess_raw train_rough train_fall_raw val_tail_gain20 val_spikes train_drop val_bend acc_val_within acc_gap
        acc_val_end val_law_gain val_law_z val_octave1 val_octave2 val_octave3 val_recent val_smooth_best val_excess_z
        val_excess_hl val_excess_luck val_fall_z val_lag1 val_wander rho_tv50 change_tv train_left acc_val_drop
        acc_val_noise
        """.split()  # noqa: SIM905 (a long list of names is easier to read as text)
    ),
    rising=("val_excess_med", "val_excess_s10", "val_excess_ll", "val_excess_raw", "val_return20", "val_above10"),
    falling=(),
    trees=220,
    weights={"oracle": 1.0, "extra": 1.0, "short": 0.0, "keras": 10.0},
    unstable=0.05,
)

MORE_TRAINING: Final = Question(
    key="more_training_helps",
    features=tuple(
        """
        val_within5 val_tail_gain10 val_within2 n_log val_last_step val_within1 val_best_gap gap_end val_ll_gain
        val_step_best val_rough val_fall_raw acc_val_within train_tail_gain10 val_t50 val_fall val_noise val_fall_30
        val_fall_last val_slope30 train_gain3_sd acc_val_slope30 acc_val_end val_resid val_bend train_tail_gain33
        val_rho50 val_t30 acc_train_slope30 train_resid acc_train_end val_tail_gain20 val_law_gain val_law_z val_octave1
        val_octave2 val_octave3 val_recent val_smooth_best val_excess_z val_excess_hl val_excess_luck val_fall_z
        val_lag1 val_wander rho_tv50 change_tv train_left acc_val_drop acc_val_noise rate_end rate_recent
        rate_since_drop rate_val_since_drop
        """.split()  # noqa: SIM905 (a long list of names is easier to read as text)
    ),
    rising=("val_within1", "val_within2", "val_within5", "val_fall_30", "val_step_best", "val_fall_last"),
    falling=(
        "val_tail_gain10",
        "val_tail_gain20",
        "val_ll_gain",
        "val_t30",
        "val_slope30",
        "val_t50",
        "train_tail_gain10",
    ),
    trees=260,
    weights={"oracle": 1.0, "extra": 1.0, "short": 0.15, "keras": 1.5},
)

TRAINING_FALLS: Final = Question(
    key="training_loss_falls",
    features=tuple(
        """
        n_log train_within1 train_within2 train_within5 train_tail_gain10 train_tail_gain20 train_ll_gain train_law_gain
        train_law_z train_octave1 train_octave2 train_octave3 train_recent train_fall train_fall_30 train_fall_last
        train_slope30 train_t30 train_t50 train_rho50 train_bend train_resid train_noise train_rough train_step_best
        train_smooth_best train_excess_ll train_wander train_lag1 rate_end rate_recent rate_since_drop
        """.split()  # noqa: SIM905 (a long list of names is easier to read as text)
    ),
    rising=("train_within1", "train_within2", "train_within5", "train_fall_30", "train_step_best", "train_fall_last"),
    falling=("train_tail_gain10", "train_tail_gain20", "train_ll_gain", "train_law_gain", "train_t30", "train_slope30"),
    trees=150,
    weights={"oracle": 1.0, "extra": 1.0, "short": 0.0, "keras": 0.0},
    bags=1,
)
"""For runs with a single curve: does the training loss keep falling?"""

BEST_EPOCH_FEATURES: Final = tuple(
    """
    raw smooth mean3 median3 mean10 dip_z next_train_dip_z position from_smooth_best gap train_above_min acc_below_best
    noise train_noise slope_end end_excess n_log
    """.split()  # noqa: SIM905 (a long list of names is easier to read as text)
)
BEST_EPOCH_TREES: Final = 100


def booster(
    trees: int,
    *,
    rate: float = 0.07,
    leaf: int = 30,
    columns: float = 0.3,
    directions: dict[str, int] | None = None,
    seed: int = SEED,
) -> HistGradientBoostingClassifier:
    """Gradient boosting of trees that `TreeModel` can represent.

    Args:
        trees: Number of trees.
        rate: Learning rate.
        leaf: Smallest number of rows in a leaf.
        columns: Share of features tried at each node.
        directions: 1 or -1 by feature; see `Question.directions`.
        seed: Seed for the choice of features.
    """
    return HistGradientBoostingClassifier(
        max_iter=trees,
        learning_rate=rate,
        max_depth=DEPTH,
        min_samples_leaf=leaf,
        l2_regularization=5.0,
        max_features=columns,
        max_bins=128,
        early_stopping=False,
        random_state=seed,
        monotonic_cst=directions,
    )


def fit_bag(question: Question, inputs: pd.DataFrame, true: NDArray[np.bool_], weight: Array) -> list[Booster]:
    """The ensembles of a question; the answer is the mean of their log-odds.

    Args:
        question: What to fit.
        inputs: Named columns, one row per run.
        true: Shape (n,).
        weight: Shape (n,).
    """
    seeds = range(SEED, SEED + question.bags)
    bag = [booster(question.trees, leaf=LEAF, directions=question.directions, seed=seed) for seed in seeds]
    return [model.fit(inputs, true, sample_weight=weight) for model in bag]


def epoch_booster() -> HistGradientBoostingClassifier:
    """The ensemble for candidates for the best epoch, which have many more rows."""
    return booster(BEST_EPOCH_TREES, rate=0.1, leaf=100, columns=0.5)


def folds_of(rows: pd.DataFrame) -> NDArray[np.intp]:
    """Fold of every row, 0 to FOLDS - 1. All rows of a source of tables, or of a repository, are in the same fold.

    Each table of the development data starts its own fold; the others are distributed evenly.
    """
    source = rows["table"].map(lambda name: SAME_SOURCE.get(name, name))
    fold: dict[str, int] = {}
    extra = sorted(source[rows["corpus"] == "extra"].unique())
    for i, at in enumerate(np.random.default_rng(FOLD_SEED).permutation(len(extra))):
        fold[extra[at]] = i % FOLDS
    for corpus in ("oracle", "keras"):
        fold |= {name: i % FOLDS for i, name in enumerate(sorted(source[rows["corpus"] == corpus].unique()))}
    return source.map(fold).to_numpy(dtype=np.intp)


def platt(log_odds: Array, truth: NDArray[np.bool_], weight: Array) -> tuple[float, float]:
    """The best a and b in 1 / (1 + exp(-(a z + b))).

    Args:
        log_odds: z, shape (n,).
        truth: Shape (n,).
        weight: Shape (n,).
    """
    line = LogisticRegression(C=1e6, solver="newton-cholesky", tol=1e-8).fit(log_odds[:, None], truth, weight)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def probability(log_odds: Array, calibration: tuple[float, float]) -> Array:
    """The calibrated probability."""
    a, b = calibration
    return np.asarray(1 / (1 + np.exp(-(a * log_odds + b))))


@dataclass(frozen=True)
class Fitted:
    """A model and its out-of-fold predictions.

    Attributes:
        scored: Rows with a known answer, with truth ("true") and out-of-fold probability ("p").
        stored: The model as it is stored in the file.
        unsure: The probabilities between which the answer is unsure.
    """

    scored: pd.DataFrame
    stored: dict[str, Any]
    unsure: tuple[float, float]


def fit_question(rows: pd.DataFrame, question: Question) -> Fitted:
    """Cross-validates and fits a question.

    Args:
        rows: Rows from `training_rows`, with "fold".
        question: What to fit.
    """
    names = list(question.features)
    known = rows[rows[question.key].isin(["yes", "no", "unstable"])].reset_index(drop=True)
    true, unstable = (known[question.key] == "yes").to_numpy(), (known[question.key] == "unstable").to_numpy()
    is_whole = (known["full"] | (known["corpus"] == "short")).to_numpy()
    weight = known["corpus"].map(question.weights).to_numpy(np.float64)
    of_cut = np.where(known["shaken"].eq(True), SHAKEN_WEIGHT, CUT_WEIGHT)
    weight = weight * np.where(is_whole, 1.0, of_cut) * np.where(unstable, question.unstable, 1.0)
    inputs, fold = known[names], known["fold"].to_numpy()
    log_odds = np.full(len(known), np.nan)
    for k in range(FOLDS):
        use, held = (fold != k) & (weight > 0), fold == k
        if held.any():
            log_odds[held] = mean_output(fit_bag(question, inputs[use], true[use], weight[use]), inputs[held])
    at = known["full"].to_numpy() & ~unstable
    scored, z = known[at].assign(true=true[at]), log_odds[at]
    importance = scored["corpus"].map(CALIBRATION_WEIGHTS).to_numpy(np.float64)
    p = np.full(len(scored), np.nan)
    for k in range(FOLDS):
        held = fold[at] == k
        p[held] = probability(z[held], platt(z[~held], true[at][~held], importance[~held]))
    scored["p"] = p
    unsure = band(p[scored["corpus"] == "oracle"])
    use = weight > 0
    final = fit_bag(question, inputs[use], true[use], weight[use])
    stored = as_stored(final, inputs[use], platt(z, true[at], importance), unsure, question.directions)
    return Fitted(scored, stored, unsure)


def fit_best_epoch(rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Cross-validates and fits the model that chooses the best epoch among candidates.

    Args:
        rows: Rows from `training_rows.rows_of_epochs`, with "fold".

    Returns:
        The rows with the out-of-fold probability "p", and the model as it is stored in the file.
    """
    inputs, fold = rows[list(BEST_EPOCH_FEATURES)], rows["fold"].to_numpy()
    true = (rows["loss"] <= NEAR_BEST).to_numpy()
    weight = (rows["share"] * np.where(rows["corpus"] == "oracle", 1.0, EXTRA_EPOCHS)).to_numpy(np.float64)
    p = np.full(len(rows), np.nan)
    for k in range(FOLDS):
        use, held = fold != k, fold == k
        if held.any():
            model = epoch_booster().fit(inputs[use], true[use], sample_weight=weight[use])
            p[held] = model.predict_proba(inputs[held])[:, 1]
    final = epoch_booster().fit(inputs, true, sample_weight=weight)
    return rows.assign(p=p), as_stored([final], inputs, (1.0, 0.0), (0.5, 0.5), {})


def band(p: Array) -> tuple[float, float]:
    """The band of probabilities around one half that contains all but the share `ANSWERED` of the runs."""
    half = float(np.quantile(np.abs(p - 0.5), 1 - ANSWERED))
    return round(0.5 - half, 2), round(0.5 + half, 2)


def measures(p: Array, true: NDArray[np.bool_], unsure: tuple[float, float]) -> Figures:
    """The measures of out-of-fold probabilities.

    Args:
        p: Shape (n,).
        true: Shape (n,).
        unsure: The band of the model.

    Returns:
        Value by name. ``right_at_85``: share of right answers among the 85 % furthest from one half. ``share_at_97``:
        the largest such share with 97 % right answers. ``answered``: share outside the band. ``right``: right answers
        among those.
    """
    said = p > 0.5
    order = np.argsort(-np.abs(p - 0.5))
    right = np.cumsum(said[order] == true[order]) / np.arange(1, len(p) + 1)
    enough = np.flatnonzero(right >= WANTED_RIGHT)
    answered = ~((p > unsure[0]) & (p < unsure[1]))
    figures = {
        "n": len(p),
        "yes": scores.share(true),
        "F1": scores.f1(said, true),
        "balanced": scores.balanced_accuracy(said, true),
        "right_at_85": float(right[math.ceil(0.85 * len(p)) - 1]),
        "share_at_97": float(enough[-1] + 1) / len(p) if len(enough) else 0.0,
        "Brier": scores.brier(p, true),
        "ECE": scores.calibration_error(p, true),
        "answered": scores.share(answered),
        "right": scores.share((said == true)[answered]),
    }
    return {name: round(value, 4) for name, value in figures.items()}


def report_question(key: str, fitted: Fitted) -> dict[str, Figures]:
    """Prints and returns the measures of a question for each kind of runs."""
    rows = fitted.scored
    is_extra, is_log = rows["corpus"] == "extra", rows["corpus"] == "keras"
    logs = "keras logs, as read" if key == OVERFITTING.key else "keras cuts"
    kinds = {
        "dev tables": rows["corpus"] == "oracle",
        "extra tables": is_extra,
        "extra, regression": is_extra & rows["regression"],
        logs: is_log,
        f"{logs}, >= 3 epochs seen": is_log & (rows["cut"] >= 3),
        f"{logs}, >= 5 epochs seen": is_log & (rows["cut"] >= 5),
    }
    found = {}
    print(key)
    for name, flags in kinds.items():
        if flags.any():
            of = rows[flags]
            found[name] = measures(of["p"].to_numpy(), of["true"].to_numpy(), fitted.unsure)
            cells = "  ".join(f"{k} {v if k == 'n' else format(v, '.3f')}" for k, v in found[name].items())
            print(f"  {name:30}{cells}", flush=True)
    return found


def report_best_epoch(rows: pd.DataFrame) -> dict[str, dict[str, Figures]]:
    """Prints and returns how often the chosen epoch is within 2 % of the lowest test loss, for three ways to choose."""
    ways = {
        "argmin": -rows["raw"],
        "blend .5 raw + .25 mean3 + .25 smooth": -(0.5 * rows["raw"] + 0.25 * rows["mean3"] + 0.25 * rows["smooth"]),
        "model": rows["p"],
    }
    found: dict[str, dict[str, Figures]] = {}
    print("best_epoch: share within 2 % of the lowest test loss, raw and as a running median of three")
    for way, score in ways.items():
        picked = rows.loc[score.groupby([rows["corpus"], rows["run_id"]]).idxmax()]
        found[way] = {
            str(corpus): {
                "test_loss": round(float((of["loss"] <= NEAR_BEST).mean()), 4),
                "median_of_three": round(float((of["loss_median"] <= NEAR_BEST).mean()), 4),
            }
            for corpus, of in picked.groupby("corpus")
        }
        cells = "  ".join(f"{c} {f['test_loss']:.3f} {f['median_of_three']:.3f}" for c, f in found[way].items())
        print(f"  {way:40}{cells}")
        if way == "model":
            picked = picked[picked["corpus"] == "oracle"]
            by_size = {int(size): float((of["loss"] <= NEAR_BEST).mean()) for size, of in picked.groupby("n_val")}
            print("  model, dev tables, by n_val: " + "  ".join(f"{size} {v:.3f}" for size, v in by_size.items()))
    return found


def gather(files: Sequence[RunFile], logs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All rows of runs and of epochs, with their folds."""
    parts = [training_rows.rows_of_logs(logs, training_rows.read_verdicts())]
    for runs in files:
        parts += [training_rows.rows_of_runs(runs), training_rows.rows_of_short_runs(runs)]
    rows = pd.concat(parts, ignore_index=True)
    epochs = pd.concat([training_rows.rows_of_epochs(runs) for runs in files], ignore_index=True)
    return rows.assign(fold=folds_of(rows)), epochs.assign(fold=folds_of(epochs))


def as_text(document: dict[str, Any]) -> str:
    """The document as JSON, with one tree per line."""
    return json.dumps(document, separators=(",", ":")).replace('{"feature"', '\n{"feature"') + "\n"


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fit_models", description="Fit the models of the diagnosis."
    )
    parser.add_argument(
        "--oracle", type=Path, required=True, metavar="DIR", help="folder with oracle_dev.* and keras_logs_dev.parquet"
    )
    parser.add_argument(
        "--extra",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="more runs, .csv.gz or .parquet, next to *_labels.csv or *_runs.csv; repeatable",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write the models to")
    chosen = parser.parse_args(argv)
    if any(path.resolve() == SAMPLE.resolve() for path in chosen.extra):
        parser.error(f"{SAMPLE.name} is the sample that measures the fitted models. Pass other runs as --extra.")
    return chosen


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring."""
    chosen = parse(argv)
    start = time.monotonic()
    files = [training_rows.read_runs(chosen.oracle / "oracle_dev.parquet", "oracle")]
    files += [training_rows.read_runs(path, "extra") for path in chosen.extra]
    rows, epochs = gather(files, pd.read_parquet(chosen.oracle / "keras_logs_dev.parquet"))
    runs = {str(corpus): int(of["run_id"].nunique()) for corpus, of in rows.groupby("corpus")}
    counted = ", ".join(f"{corpus} {count}" for corpus, count in runs.items())
    print(f"runs: {counted}; rows: {len(rows)}, {time.monotonic() - start:.0f} s", flush=True)
    models: dict[str, Any] = {}
    figures: dict[str, Any] = {}
    for question in (OVERFITTING, MORE_TRAINING, TRAINING_FALLS):
        fitted = fit_question(rows, question)
        models[question.key] = fitted.stored
        figures[question.key] = report_question(question.key, fitted)
    epochs, models["best_epoch"] = fit_best_epoch(epochs)
    figures["best_epoch"] = report_best_epoch(epochs)
    quantiles, figures["forecast"] = fit_forecast.fit_forecast(rows)
    models |= quantiles
    inputs = [chosen.oracle / "oracle_dev.parquet", chosen.oracle / "keras_logs_dev.parquet", *chosen.extra]
    made = {
        "by": "benchmarks/fit_models.py",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("numpy", "pandas", "scikit-learn")},
        "inputs": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs},
        "version": __version__,
        "on": date.today().isoformat(),
        "seed": SEED,
        "runs": runs,
    }
    text = as_text({"format": 1, "made": made, "cross_validated": figures, "models": models})
    chosen.out.write_text(text, "utf-8")
    print(f"{chosen.out.name}: {len(text) / 1000:.0f} kB, {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
