"""Readers: whatever holds a training history, made into a `TrainingHistory`.

In: a Keras ``History``, a dict, a DataFrame, a path. Out: a `TrainingHistory`. Readers never judge and never draw.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from reportgen.errors import SourceError, quoted
from reportgen.history import TrainingHistory
from reportgen.sources.files import read_path
from reportgen.sources.objects import is_keras_history, read_frame, read_keras_history, read_mapping, refuse_frequency


def read(source: Any, *, validation_freq: int | None = None) -> TrainingHistory:
    """Reads any supported source.

    Args:
        source: A Keras ``History``, a ``history.history`` dict, a DataFrame, a path (``-`` is standard input), or a
            `TrainingHistory`, which comes back as it is.
        validation_freq: Every how many epochs validation ran; only needed where validation lists are shorter, and an
            error where it cannot apply.

    Raises:
        SourceError: the source is of no known kind, is not a history, or is larger than 1 GB.
        HistoryError: what it holds is not a valid history.
    """
    if isinstance(source, TrainingHistory):
        refuse_frequency(validation_freq, "TrainingHistory", "a checked history")
        return source
    if isinstance(source, str | Path):
        return read_path(source, validation_freq=validation_freq)
    if isinstance(source, pd.DataFrame):
        refuse_frequency(validation_freq, "DataFrame", "a table")
        return read_frame(source)
    if is_keras_history(source):
        return read_keras_history(source, validation_freq=validation_freq)
    if isinstance(source, Mapping):
        return read_mapping(source, validation_freq=validation_freq)
    raise SourceError(
        f"{quoted(type(source).__name__)} is no source of a history; a Keras History, a dict of lists, a DataFrame or "
        "a path is needed. Pass what fit() returned."
    )
