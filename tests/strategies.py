"""Hypothesis strategies: values, names and whole histories, with many awkward ones."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from reportgen.errors import ReportgenError
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import join_key

AWKWARD = (
    0.0,
    -0.0,
    1.0,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1e-300,
    1e99,
    1e100,
    -1e100,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    math.nan,
    math.inf,
    -math.inf,
)
values = st.one_of(st.sampled_from(AWKWARD), st.floats(), st.floats(0, 2))
losses = st.floats(1e-3, 1e3)
names = st.one_of(
    st.sampled_from(["loss", "accuracy", "auc", "learning_rate", "acc", "r2", "head_loss", "val_", "strange"]),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
).filter(lambda name: bool(name.strip()) and not (name.startswith("val_") and len(name) > 4))


def refusal(call: Callable[[], object]) -> str:
    """The message of the ReportgenError that a call raises; empty if it succeeds. Other errors are not caught."""
    try:
        call()
    except ReportgenError as error:
        return str(error)
    return ""


@st.composite
def histories(draw: st.DrawFn, cells: st.SearchStrategy[float] = values, max_epochs: int = 24) -> TrainingHistory:
    """Valid histories of any shape: gaps between epochs, gaps in columns, any values."""
    epochs = sorted(
        draw(st.sets(st.one_of(st.integers(1, 40), st.integers(1, 2**53 - 1)), min_size=1, max_size=max_epochs))
    )
    columns: dict[str, list[float | None]] = {}
    for name in draw(st.lists(names, min_size=1, max_size=4, unique=True)):
        for split in draw(st.sampled_from([("train",), ("validation",), ("train", "validation")])):
            column = st.lists(
                st.one_of(cells, st.none()) if split == "validation" else cells,
                min_size=len(epochs),
                max_size=len(epochs),
            )
            columns[join_key(name, split)] = draw(column)
    if all(value is None for column in columns.values() for value in column):
        columns["loss"] = [1.0] * len(epochs)
    return TrainingHistory.from_columns(epochs, columns)


class Unreadable:
    """A value that is neither a number nor text."""

    def __float__(self) -> float:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError


def hostile_logs() -> st.SearchStrategy[Any]:
    """Logs of a callback with values and names of any kind, or something else than a dictionary."""
    numbers = st.one_of(values, st.integers(), st.sampled_from([10**400, -(10**400), 2**63]), st.booleans())
    arrays = st.sampled_from([np.float32(0.5), np.array([1, 2]), np.array([]), np.array(["x"]), np.array(None), 1j])
    odd = st.sampled_from([None, "high", "0.5", b"x", {}, object(), Unreadable(), type, ...])
    single = st.one_of(numbers, arrays, odd)
    cells = st.recursive(single, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner), max_leaves=4)
    known = ["loss", "val_loss", "f1", "f1[0]", "f1[1]", "val_f1", "epoch", "step", "", " ", "val_", "\ud800"]
    keys = st.one_of(
        st.sampled_from(known),
        st.text(max_size=4),
        st.sampled_from([None, 0, 1.5, True, ("a", 1), b"loss", Unreadable()]),
    )
    dictionaries = st.dictionaries(keys, cells, max_size=5)
    return st.one_of(dictionaries, dictionaries, st.sampled_from([None, 7, "loss", [1.0], Unreadable()]))
