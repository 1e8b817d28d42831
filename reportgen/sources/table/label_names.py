"""Names of columns that label rows, such as ``fold`` or ``split``, and of columns that belong to one run."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reportgen.metrics import role, words_of
from reportgen.sources.table.naming import TRAIN_WORDS, VALIDATION_WORDS

# Columns that say which run a row belongs to; their words, in the order of looking. "split" may also be a SPLIT_NAMES.
_RUN_WORDS: Final = (
    "fold", "kfold", "cv", "seed", "repeat", "repetition", "rep", "replicate", "trial", "run", "experiment", "exp",
    "split", "model", "client", "member", "config", "configuration", "variant", "name",
)  # fmt: skip
_RUN_ENDINGS: Final = "id|idx|index|no|nr|num|number|name"
_RUN_NAME: Final = re.compile(
    rf"(?P<first>random|cv|outer|inner|k)?[\s_-]?(?P<word>{'|'.join(_RUN_WORDS)})(?:[\s_-]?(?:{_RUN_ENDINGS}))?",
    re.IGNORECASE,
)
# Columns that say what the values of a row were measured on.
SPLIT_NAMES: Final = (
    "split", "phase", "mode", "set", "subset", "data", "dataset", "data_set", "stage", "partition", "part", "type",
    "loader", "evaluated_on",
)  # fmt: skip
_OTHER_WORDS: Final = {  # that people write for splits in a column, but seldom in names
    "evaluate": "eval", "evaluating": "eval", "validate": "validation", "validating": "validation", "vali": "val",
    "tr": "train", "va": "val", "te": "test", "learn": "train", "fit": "train", "tune": "val",
}  # fmt: skip
_BESIDE_SPLITS: Final = frozenset(
    ["set", "phase", "step", "epoch", "data", "dataset", "split", "end", "mode", "loop", "metrics"]
)
METRIC_NAMES: Final = (
    "metric", "metrics", "metric_name", "measure", "measurement", "variable", "key", "tag", "name",
)  # fmt: skip
VALUE_NAMES: Final = ("value", "values", "metric_value", "score", "y")
# Columns of numbers that are settings if they do not change within a run, besides those with the role of a setting.
_SETTINGS: Final = frozenset(
    ["dropout", "dropout_rate", "hidden", "hidden_dim", "hidden_size", "units", "neurons", "layers", "n_layers",
     "num_layers", "depth", "width", "heads", "num_heads", "filters", "kernel_size", "patience", "warmup_steps",
     "clip", "grad_clip", "label_smoothing", "temperature", "l1", "l2"]
)  # fmt: skip
_LONGEST: Final = 200  # characters of a name that is looked at
_NUMBERED: Final = "fold|kfold|split|run|seed|trial|rep|repeat|repetition|replicate|client"
_BEFORE: Final = re.compile(
    rf"(?P<word>{_NUMBERED})[\s_#-]?(?P<number>\d{{1,9}})[\s_/.:|-]{{1,3}}(?P<base>\S.*)", re.IGNORECASE | re.DOTALL
)
_AFTER: Final = re.compile(
    rf"(?P<base>.*[^\s_/.:|(\[-])[\s_/.:|(\[-]{{1,3}}(?P<word>{_NUMBERED})[\s_#-]?(?P<number>\d{{1,9}})[)\]]?",
    re.IGNORECASE | re.DOTALL,
)


_NUMBERED_RUN: Final = re.compile(rf"(?:(?:{_NUMBERED})[\s_#-]?)?\d{{1,9}}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class WideName:
    """A column that belongs to one run, such as ``loss_fold1``: the name of that run, and its own name without it."""

    run: str
    base: str


def run_word(name: str) -> str | None:
    """The word for the runs that a column tells apart, such as ``fold`` for ``fold_id``; None for other columns."""
    match = _RUN_NAME.fullmatch(name.strip()) if len(name) <= _LONGEST else None
    if match is None or (match["word"].lower() == "cv" and match["first"] in ("cv", "k", "random")):
        return None
    word = match["word"].lower()
    level = (match["first"] or "").lower()
    if level in ("outer", "inner"):
        return f"{level} fold"
    return {"kfold": "fold", "cv": "fold", "name": "run", "exp": "experiment"}.get(word, word)


def names_setting(name: str) -> bool:
    """Whether a column of numbers is a setting if it does not change within a run."""
    return role(name) == "setting" or name.strip().lower() in _SETTINGS


def is_numbered_run(key: object) -> bool:
    """Whether a key names a run by its number, such as ``fold_1`` or 1."""
    return isinstance(key, int | str) and _NUMBERED_RUN.fullmatch(str(key)[:_LONGEST].strip()) is not None


def may_label(name: str) -> bool:
    """Whether the text in a column with this name may label its rows."""
    lower = name.strip().lower()
    return lower in SPLIT_NAMES or lower in METRIC_NAMES or run_word(name) is not None


def split_label(label: str) -> str | None:
    """``train``, or the word for a validation or test set as in the log; None if it is neither."""
    words = [word.rstrip("0123456789") for word in words_of(label) if word not in _BESIDE_SPLITS]
    word = words[0] if len(words) == 1 else label.strip().lower()
    word = _OTHER_WORDS.get(word, word)
    return "train" if word in TRAIN_WORDS else word if word in VALIDATION_WORDS else None


def wide_names(names: Iterable[str]) -> dict[str, WideName]:
    """The columns that belong to one run each; empty if fewer than two runs have columns of the same name."""
    found: dict[str, WideName] = {}
    for name in names:
        match = (_BEFORE.fullmatch(name) or _AFTER.fullmatch(name)) if len(name) <= _LONGEST else None
        if match is not None:
            found[name] = WideName(f"{match['word'].lower()} {int(match['number'])}", match["base"])
    runs_of: dict[str, set[str]] = {}
    for wide in found.values():
        runs_of.setdefault(wide.base, set()).add(wide.run)
    return found if any(len(runs) > 1 for runs in runs_of.values()) else {}
