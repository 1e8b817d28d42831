"""Reads the ``evals_result`` of XGBoost, LightGBM or CatBoost: for each data set, one list per metric."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_pairs
from reportgen.metrics import direction
from reportgen.options import ReadOptions
from reportgen.sources.objects.mappings import read_mapping
from reportgen.sources.source_runs import last_run
from reportgen.text import printable

_TRAIN: Final = frozenset({"train", "training", "learn", "dtrain", "trn"})
# Metrics whose names mean something else in other libraries.
_LOWER: Final = frozenset(
    [
        "l1",
        "l2",
        "quantile",
        "fair",
        "gamma",
        "tweedie",
        "merror",
        "mlogloss",
        "gamma-nloglik",
        "cox-nloglik",
        "poisson-nloglik",
        "aft-nloglik",
    ]
)

_METRICS: Final = re.compile(  # of XGBoost, LightGBM and CatBoost; other losses and accuracies are of networks
    r"rmse|rmsle|mae|mape|mphe|l1|l2|huber|fair|quantile\S*|(?:\w+-)?(?:nloglik|deviance|gamma|tweedie)\S*|poisson\S*"
    r"|(?:[a-z]+_)?(?:log_?loss|error)(?:@\S*)?|merror|mlogloss|multiclass|cross_?entropy(?:_lambda)?|kldiv|auc\S*"
    r"|average_precision|ndcg\S*|map\S*|pre(?:@\S*)?|r2|mcc|f1|totalf1\S*|mlogloss|multi_\w+|binary_\w+",
    re.IGNORECASE,
)
_ANY_SET: Final = re.compile(r"valid(?:ation)?_\d+")  # as boosters number all sets without a name, also for training
_FOR_VALIDATION: Final = re.compile(r"d?(?:val|test|dev|holdout)|eval(?:uation)?(?![a-z])", re.IGNORECASE)


def is_booster_metric(name: str) -> bool:
    """Whether a metric is one that boosters have, not only networks."""
    return _METRICS.fullmatch(name) is not None


def is_evals_result(source: object) -> bool:
    """Whether an object has, for each data set, lists by metric."""
    return (
        isinstance(source, Mapping)
        and bool(source)
        and all(isinstance(part, Mapping) and part and all(map(_is_list, part.values())) for part in source.values())
    )


def _is_list(values: object) -> bool:
    return isinstance(values, Sequence) and not isinstance(values, str | bytes | bytearray)


def read_evals_result(
    source: Mapping[Any, Mapping[Any, Sequence[Any]]],
    *,
    options: ReadOptions | None = None,
    where: str = "evals_result",
    tool: str = "boosting",
) -> TrainingHistory:
    """Reads the values of each boosting round by data set and metric; columns are named ``data set/metric``.

    If no data set has a name for training, the one with the better fit is taken as training, and a note says so.

    Raises:
        SourceError: a value is not a number, or lists differ in length.
    """
    sets = {str(name): {str(metric): values for metric, values in part.items()} for name, part in source.items()}
    known, said = meanings_of_sets(sets)
    columns = {f"{name}/{metric}": values for name, part in sets.items() for metric, values in part.items()}
    run = RunFacts(notes=(Note("boosting-rounds"), *said), tool=tool)
    return with_booster_directions(last_run(read_mapping(columns, options=options, run=run, where=where, known=known)))


def meanings_of_sets(
    sets: Mapping[str, Mapping[str, Sequence[Any]]],
) -> tuple[dict[str, str], tuple[Note, ...]]:
    """The meaning of each column ``data set/metric``, and notes about which data sets are training and validation."""
    train, validation, said = _roles(sets)
    known = {}
    for name, part in sets.items():
        for metric in part:
            column = f"{name}/{metric}"
            known[column] = metric if name == train else f"val_{metric}" if name == validation else column
    return known, said


def with_booster_directions(history: TrainingHistory) -> TrainingHistory:
    """The history with the directions of metrics that only boosters name like this."""
    lower = [name for name in history.metric_names if name in _LOWER and direction(name) == "unknown"]
    return history.with_run(replace(history.run, directions=tuple((name, "lower") for name in lower)))


def _roles(sets: Mapping[str, Mapping[str, Sequence[Any]]]) -> tuple[str | None, str | None, tuple[Note, ...]]:
    """Which data sets are training and validation, and notes about this choice."""
    train = next((name for name in sets if name.lower() in _TRAIN), None)
    others = [name for name in sets if name != train]
    said: list[Note] = []
    if train is None and len(others) > 1 and all(map(_says_validation, others)):
        said.append(Note.of("several-validation-sets", count=len(others), first=printable(others[0], 40)))
        return None, others[0], tuple(said)
    if train is None and len(others) > 1:
        train = _better_fitted(sets, others[0], others[1])
        others.remove(train)
        pairs = short_pairs([(train, "training"), (others[0], "validation")])
        said.append(Note.of("guessed-sets", pairs=pairs))
    validation = others[0] if others else None
    if train is not None and validation is not None and len(others) > 1:
        said.append(Note.of("other-sets", first=printable(train, 40), second=printable(validation, 40)))
    return train, validation, tuple(said)


def _says_validation(name: str) -> bool:
    """Whether a person has named a data set as one for validation; boosters call any set ``validation_0``."""
    return _ANY_SET.fullmatch(name) is None and _FOR_VALIDATION.match(name) is not None


def _better_fitted(sets: Mapping[str, Mapping[str, Sequence[Any]]], first: str, second: str) -> str:
    """The data set with the better last value of the first metric with a known direction; otherwise the first."""
    for metric, values in sets[first].items():
        way = "lower" if metric in _LOWER else direction(metric)
        try:
            mine, theirs = float(values[-1]), float(sets[second][metric][-1])
        except (KeyError, IndexError, TypeError, ValueError, OverflowError):
            continue
        if way != "unknown" and mine != theirs:
            return first if (mine < theirs) == (way == "lower") else second
    return first
