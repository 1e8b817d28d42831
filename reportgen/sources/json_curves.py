"""Finds the curves and the rows of epochs in JSON of any shape, with the path of keys that leads to each."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from reportgen.metrics import direction, is_known, is_loss, is_reward, is_schedule, parse_key, words_of
from reportgen.sources.table.naming import EPOCH_NAMES, STEP_NAMES, TRAIN_WORDS, VALIDATION_WORDS

Path = tuple[str, ...]
MAX_DEPTH: Final = 12  # objects within objects that are searched; our choice
_MAX_VECTOR: Final = 20  # values of a vector per epoch; longer ones are predictions or weights, not metrics
_MAX_LOOKED_AT: Final = 50  # objects of a list, to see what they are
_PLACES: Final = re.compile(r"(?:epoch|step|iter|iteration|round)?[ _-]?\d{1,9}", re.IGNORECASE)
_AXES: Final = frozenset((*EPOCH_NAMES, *STEP_NAMES))
# Keys of values that may be numbers, but are not curves.
_OTHER_LISTS: Final = """
    shape size sizes weights confusion matrix cm labels classes predictions preds targets thresholds threshold fpr tpr
    ids indices index kernel support mean std roc report config configuration args arguments hyperparameters hparams
    hyper settings predicted actual y importance importances shap augmentation vocab vocabulary mapping names layers
    calibration bins counts histogram splits seeds
"""
_GENERIC_WORDS: Final = """
    history histories hist metrics metric curve curves results result stats statistics log logs data set dataset scores
    score values performance phase epoch epochs learning keras fit model per over time series summary record records
    tracking progress running monitor monitoring evals loss losses output outputs callback callbacks info
"""
_PLURALS: Final = (("losses", "loss"), ("accuracies", "accuracy"), ("perplexities", "perplexity"), ("accs", "acc"))
_OF_FOLDS: Final = frozenset(["fold", "score"])  # a value per fold
_MEANS: Final = frozenset(["mean", "means"])  # of a metric: mean_reward
_FEWEST_PAIRS: Final = 2
_NO_CURVES: Final = frozenset(_OTHER_LISTS.split())
_GENERIC: Final = frozenset(_GENERIC_WORDS.split())
_SPLIT_WORDS: Final = frozenset((*TRAIN_WORDS, *VALIDATION_WORDS, "learn", "tr"))


@dataclass(frozen=True)
class Leaf:
    """Values at a path of a document.

    Attributes:
        path: The keys that lead to it; places in a list are text, such as ``#2`` for the second.
        values: One value per epoch.
        rows: One object per epoch; empty if it is one curve.
        odd: How many entries of a list of rows are not objects, and the place of the first, from 1.
    """

    path: Path
    values: Sequence[Any] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    odd: tuple[int, int] = (0, 0)


@dataclass
class Leaves:
    """What a document contains.

    Attributes:
        found: Curves and rows, in the order of the document.
        scalars: Single values: numbers, booleans and texts.
        left_out: Paths of lists that are not curves.
    """

    found: list[Leaf] = field(default_factory=list)
    scalars: list[tuple[Path, Any]] = field(default_factory=list)
    left_out: list[Path] = field(default_factory=list)


def leaves_of(document: Any) -> Leaves:
    """All curves, rows and single values of a parsed document."""
    leaves = Leaves()
    _collect(document, (), leaves)
    return leaves


def is_numeric(value: Any) -> bool:
    """Whether a value is a number, or the text of one, as some loggers write it."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    if not isinstance(value, str) or not 0 < len(value) < 40:
        return False
    try:
        float(value.replace("_", "x"))
    except ValueError:
        return False
    return True


def names_metric(name: str) -> bool:
    """Whether a name is that of a metric: its direction is known, or it is a loss or a reward."""
    base = parse_key(name)[0]
    return is_loss(base) or is_reward(base) or direction(base) != "unknown" or direction(singular(base)) != "unknown"


def singular(name: str) -> str:
    """The name of a list as that of its values: ``train_losses`` becomes ``train_loss``."""
    for many, one in _PLURALS:
        if name.lower().endswith(many):
            return name[: -len(many)] + (
                one if name.islower() else one.capitalize() if name[-len(many)].isupper() else one
            )
    if name.endswith("s") and not name.endswith("ss") and direction(name) == "unknown":
        one = name[:-1]
        if is_known(words_of(one)[-1] if words_of(one) else "") or is_reward(one) or is_schedule(one):
            return one
    return name


def split_of(key: str) -> str | None:
    """The word for the split if a key of an object names nothing else: ``val`` for ``val_metrics``."""
    words = [word.rstrip("0123456789") for word in words_of(key) if not word.isdigit()]
    splits = [word for word in words if word in _SPLIT_WORDS]
    if len(splits) == 1 and all(word in _GENERIC or word in _SPLIT_WORDS for word in words):
        return "train" if splits[0] in ("learn", "tr") else splits[0]
    return None


def set_split_of(key: str) -> str | None:
    """The split of a data set that has a name of its own, such as ``val_unseen``; also of other keys with a split."""
    return split_of(key) or split_of(next(iter(words_of(key)), ""))


def is_generic(key: str) -> bool:
    """Whether a key of an object says nothing about its content: ``training_history`` or ``metrics``."""
    words = [word for word in words_of(key) if not word.isdigit()]
    return bool(words) and not any(char.isdigit() for char in key) and all(word in _GENERIC for word in words)


def _collect(node: Any, path: Path, leaves: Leaves) -> None:
    if len(path) > MAX_DEPTH:
        leaves.left_out.append(path)
    elif isinstance(node, dict):
        _collect_object(node, path, leaves)
    elif isinstance(node, list):
        _collect_list(node, path, leaves)
    elif isinstance(node, str) and path and node.startswith(("{", "[")) and (inner := _decoded(node)) is not None:
        _collect(inner, path, leaves)
    elif node is not None:
        leaves.scalars.append((path, node))


def _decoded(text: str) -> Any:
    """The object or list in a JSON string; None if it is other text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _collect_object(node: dict[str, Any], path: Path, leaves: Leaves) -> None:
    if (table := _split_frame(node)) is not None:
        leaves.found.append(Leaf(path, rows=table))
        return
    numbered = len(node) > 0 and all(_PLACES.fullmatch(key) for key in node)
    if numbered and path and all(value is None or is_numeric(value) for value in node.values()):
        leaves.found.append(Leaf(path, list(node.values())))  # pandas' to_json: {"loss": {"0": 0.7, "1": 0.6}}
        return
    if numbered and all(map(_is_row, node.values())):  # {"epoch_1": {"loss": 0.7}, "epoch_2": ...}
        leaves.found.append(Leaf(path, rows=[_with_place(key, row) for key, row in node.items()]))
        return
    for key, value in node.items():
        _collect(value, (*path, key), leaves)


def _collect_list(node: list[Any], path: Path, leaves: Leaves) -> None:
    if not node:
        return
    objects = [entry for entry in node if isinstance(entry, dict)]
    if 2 * len(objects) > len(node):
        if any(map(_has_history, objects[:_MAX_LOOKED_AT])) or not any(map(_is_row, objects)):
            for number, entry in enumerate(node, 1):
                _collect(entry, (*path, f"#{number}"), leaves)
        else:
            odd = [place for place, entry in enumerate(node, 1) if not isinstance(entry, dict)]
            rows = [flat_row(entry) for entry in objects]
            leaves.found.append(Leaf(path, rows=rows, odd=(len(odd), odd[0]) if odd else (0, 0)))
        return
    name = path[-1] if path else ""
    if names_metric(name) and _are_pairs(node):  # {"val_losses": [[100, 1.2], [200, 0.9]]}
        leaves.found.append(Leaf(path, rows=[{"step": step, singular(name): value} for step, value in node]))
    elif is_curve(node):
        words = {word for found in words_of(name) for word in (found, found.removesuffix("s"))}
        is_other = not _NO_CURVES.isdisjoint(words) and not (
            is_loss(name) or (words & _NO_CURVES <= _MEANS and names_metric(name))
        )
        if not name or (words >= _OF_FOLDS) or is_other:
            leaves.left_out.append(path)
        else:
            leaves.found.append(Leaf(path, node))
    elif all(isinstance(entry, list) for entry in node) and any(map(_holds_curves, node)):
        for number, entry in enumerate(node, 1):
            _collect(entry, (*path, f"#{number}"), leaves)
    else:
        leaves.left_out.append(path)


def is_curve(values: Sequence[Any]) -> bool:
    """Whether a list has a number, or a short vector of numbers, for most epochs."""
    if set(map(type, values)) <= {int, float}:
        return True
    n_good = sum(value is None or is_numeric(value) or _is_vector(value) for value in values)
    return 2 * n_good > len(values) and any(is_numeric(value) or _is_vector(value) for value in values)


def _are_pairs(node: Sequence[Any]) -> bool:
    """Whether all entries are a step and a value: steps are whole numbers that rise."""
    if len(node) < _FEWEST_PAIRS or not all(
        isinstance(entry, list) and len(entry) == len(("step", "value")) for entry in node
    ):
        return False
    steps = [entry[0] for entry in node]
    return all(type(step) is int and step >= 0 for step in steps) and all(a < b for a, b in pairwise(steps))


def _is_vector(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MAX_VECTOR and all(map(is_numeric, value))


def _holds_curves(node: list[Any]) -> bool:
    return any(isinstance(entry, dict) for entry in node)


def _is_row(node: Any) -> bool:
    """Whether an object has the values of one epoch: single numbers, perhaps in objects by split."""
    if not isinstance(node, dict):
        return False
    values = [*node.values()]
    inner = [value for part in values if isinstance(part, dict) for value in part.values()]
    return any(map(is_numeric, values)) or (any(map(is_numeric, inner)) and not any(isinstance(v, dict) for v in inner))


def _has_history(node: dict[str, Any], depth: int = 0) -> bool:
    """Whether an object of a list has curves of its own, so that it is a run, not an epoch."""
    if depth > MAX_DEPTH:
        return False
    for key, value in node.items():
        if isinstance(value, list) and len(value) > 1 and names_metric(key) and is_curve(value):
            if not depth and any(is_loss(parse_key(other)[0]) and is_numeric(node[other]) for other in node):
                continue  # a vector of an epoch
            return True
        if isinstance(value, dict) and _has_history(value, depth + 1):
            return True
        if isinstance(value, list) and len(value) > 1 and not names_metric(key):
            rows = [entry for entry in value if isinstance(entry, dict)]
            if rows and any(names_metric(name) for name in rows[0]) and any(name.lower() in _AXES for name in rows[0]):
                return True
    return False


def _with_place(key: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row with the epoch that its key names."""
    flat = flat_row(row)
    if any(name.lower() in _AXES for name in flat):
        return flat
    word = re.sub(r"[\d _-]+", "", key).lower()
    number = int(re.sub(r"\D+", "", key))
    return {"step" if word in ("step", "iter", "iteration") else "epoch": number, **flat}


def flat_row(row: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """A row whose objects are replaced by their values, named ``train/loss``."""
    if not any(isinstance(value, dict) for value in row.values()):
        return dict(row)
    made: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict) and depth < MAX_DEPTH:
            inner = flat_row(value, depth + 1)
            generic = is_generic(key) and split_of(key) is None
            made |= {name if generic and name not in row else f"{key}/{name}": entry for name, entry in inner.items()}
        else:
            made[key] = value
    return made


def _split_frame(node: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of pandas' ``to_json(orient="split")``; None if it is something else."""
    names, data = node.get("columns"), node.get("data")
    if not isinstance(names, list) or not isinstance(data, list) or not all(isinstance(name, str) for name in names):
        return None
    if not data or not all(isinstance(row, list) and len(row) == len(names) for row in data):
        return None
    return [dict(zip(names, row, strict=True)) for row in data]
