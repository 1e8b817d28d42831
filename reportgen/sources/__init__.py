"""Readers: whatever holds a training history, made into a `TrainingHistory`.

In: a Keras ``History``, a dict, a DataFrame, a path, a URL. Out: a `TrainingHistory`. Readers never judge and never
draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import DEFAULT_READ, ReadOptions
from reportgen.sources.objects.boosters import is_evals_result, read_evals_result
from reportgen.sources.objects.estimators import is_estimator, read_estimator
from reportgen.sources.objects.mapping import (
    is_keras_history,
    read_frame,
    read_keras_history,
    read_mapping,
    refuse_options,
)
from reportgen.sources.opening import open_source
from reportgen.sources.registry import read_opened
from reportgen.text import quoted


@dataclass(frozen=True)
class LoadedHistory:
    """A history and the format it was read as, such as ``Keras CSVLogger (csv)``; None for objects."""

    history: TrainingHistory
    format: str | None = None


def read(source: Any, options: ReadOptions = DEFAULT_READ, *, lenient: bool = False) -> LoadedHistory:
    """Reads any supported source.

    Args:
        source: A Keras ``History``, a ``history.history`` dict, a DataFrame, a path (``-`` is standard input), a URL,
            or a `TrainingHistory`, which is returned as it is.
        options: How it is read; an error if one of them cannot apply.
        lenient: Leave out options that cannot apply, as for a baseline that is read like the run.

    Raises:
        SourceError: the source is of no known kind, is not a history, or is larger than 1 GB.
        HistoryError: it does not hold a valid history.
        UnknownMetricError: a direction is given for a metric that the run does not have.
        MissingExtraError: a package that this source needs is not installed.
    """
    if isinstance(source, str | Path):
        with open_source(source) as opened:
            history, known = read_opened(opened, options)
        loaded = LoadedHistory(history, str(known))
    elif options.format is not None:
        raise SourceError(
            f"{quoted(type(source).__name__)}: format={quoted(options.format)} cannot apply to an object; it is for "
            "files only. Leave it out."
        )
    else:
        loaded = LoadedHistory(_read_object(source, options))
    return replace(loaded, history=loaded.history.with_directions(options.directions))


def _read_object(source: Any, options: ReadOptions) -> TrainingHistory:
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
