"""Readers: whatever holds a training history, made into a `TrainingHistory`.

In: a Keras ``History``, a dict, a DataFrame, a path, a URL. Out: a `TrainingHistory`. Readers never judge and never
draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from reportgen.errors import SourceError, quoted
from reportgen.history import TrainingHistory
from reportgen.sources.boosters import is_evals_result, read_evals_result
from reportgen.sources.estimators import is_estimator, read_estimator
from reportgen.sources.format import Options
from reportgen.sources.objects import is_keras_history, read_frame, read_keras_history, read_mapping, refuse_options
from reportgen.sources.opening import open_source
from reportgen.sources.registry import read_opened


@dataclass(frozen=True)
class Reading:
    """A history and how it was come by.

    Attributes:
        history: The history.
        format: The format it was read as, as a reader is told it: ``Keras CSVLogger (csv)``; None for objects.
    """

    history: TrainingHistory
    format: str | None = None


def read(source: Any, *, options: Options | None = None, format_name: str | None = None) -> Reading:
    """Reads any supported source.

    Args:
        source: A Keras ``History``, a ``history.history`` dict, a DataFrame, a path (``-`` is standard input), a URL,
            or a `TrainingHistory`, which comes back as it is.
        options: What the user said of it; an error where it cannot apply.
        format_name: The format of a path or URL; recognised by content where None.

    Raises:
        SourceError: the source is of no known kind, is not a history, or is larger than 1 GB.
        HistoryError: what it holds is not a valid history.
        MissingExtraError: a package that this source needs is not installed.
    """
    said = options or Options()
    if isinstance(source, str | Path):
        with open_source(source) as opened:
            history, known = read_opened(opened, said, format_name)
        return Reading(history, str(known))
    if format_name is not None:
        raise SourceError(
            f"{quoted(type(source).__name__)}: format={quoted(format_name)} cannot apply to an object; it is needed "
            "for files only. Leave it out."
        )
    return Reading(_read_object(source, said))


def _read_object(source: Any, options: Options) -> TrainingHistory:
    if isinstance(source, TrainingHistory):
        refuse_options(options, "TrainingHistory", "a checked history")
        return source
    if isinstance(source, pd.DataFrame):
        refuse_options(options, "DataFrame", "a table", takes=frozenset({"columns"}))
        return read_frame(source, options=options)
    if is_keras_history(source):
        return read_keras_history(source, options=options)
    if is_evals_result(source):
        refuse_options(options, "evals_result", "the rounds of a booster", takes=frozenset({"columns"}))
        return read_evals_result(source, options=options)
    if isinstance(source, Mapping):
        return read_mapping(source, options=options)
    if is_estimator(source):
        refuse_options(options, type(source).__name__, "a fitted estimator", takes=frozenset({"columns"}))
        return read_estimator(source, options=options)
    raise SourceError(
        f"{quoted(type(source).__name__)} is no source of a history; a Keras History, a dict of lists, a DataFrame, a "
        "fitted estimator or a path is needed. Pass what fit() returned."
    )
