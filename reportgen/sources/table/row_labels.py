"""Columns that label the rows of a log: those of a long table (metric, split) and those that tell runs apart (fold)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.metrics import VALIDATION_PREFIX
from reportgen.sources.table.cells import Column, Labels, Logged
from reportgen.sources.table.label_names import (
    METRIC_NAMES,
    SPLIT_NAMES,
    VALUE_NAMES,
    names_setting,
    run_word,
    split_label,
)
from reportgen.sources.table.naming import EPOCH, VALIDATION_WORDS, is_counter_name

_FEWEST_SPLITS: Final = 3  # the training, a validation set and others
_MAX_SETS: Final = 8  # data sets of one training run; our choice
_MAX_METRICS: Final = 2_000  # of a long table; our choice
_SHORT: Final = (
    "fold",
    "outer fold",
    "inner fold",
    "seed",
    "repeat",
    "repetition",
    "rep",
    "replicate",
    "trial",
    "split",
)  # labels that say little
_TOTALS: Final = ("mean", "average", "avg", "std", "sd", "sem", "median", "all", "overall", "total", "min", "max")


@dataclass(frozen=True)
class RowRuns:
    """The run of each row.

    Attributes:
        names: Names of the runs in the order of their first rows, such as ``fold 1``.
        codes: Shape (n_rows,): the run of each row, an index into ``names``; -1 for rows that belong to no run.
        params: Labels that are the same in all rows, by name.
        own_params: For each run, the labels and settings that are the same in all of its rows, by name.
    """

    names: tuple[str, ...]
    codes: np.ndarray
    params: tuple[tuple[str, str], ...] = ()
    own_params: tuple[tuple[tuple[str, str], ...], ...] = ()


def lengthen_names(log: Logged, kept: Collection[str]) -> None:
    """Replaces the columns of a long table by one column per metric and split; each value stays in its row.

    A table is long if a column names the metric of each value, or what the row was measured on. ``kept`` are columns
    that the user has given a meaning.
    """
    names = [name for name in log.names if name not in kept]
    splits = _first(log, [name for name in names if name.lower() in SPLIT_NAMES], _are_splits)
    metrics = _first(log, [name for name in names if name.lower() in METRIC_NAMES], _are_words)
    values = [name for name in names if name.lower() in VALUE_NAMES and (metrics is None or name != metrics[0])]
    if metrics is not None and values:
        value = values[0]
        others = {value: metrics[1]}
        dropped = [metrics[0], value]
    elif splits is not None:
        others = {
            name: Labels((name,), np.zeros(log.n_rows, dtype=np.int32))
            for name in names
            if name != splits[0] and not is_counter_name(name) and run_word(name) is None and log.has_numbers(name)
        }
        dropped = list(others)
    else:
        return
    words = _split_words(splits[1]) if splits is not None else ("",)
    of_split = np.zeros(log.n_rows, dtype=np.int64) if splits is None else _filled_codes(splits[1])
    counted = np.full(log.n_rows, np.nan)
    made: dict[str, Column] = {}
    for name, labels in others.items():
        column = log.columns({name: name}, [name])[0].get(name)
        if column is None:
            dropped.remove(name)
            continue
        metric, split = labels.codes[column.rows], of_split[column.rows]
        for code in np.unique((metric * len(words) + split)[metric >= 0]).tolist():
            wanted = np.flatnonzero((metric == code // len(words)) & (split == code % len(words)))
            key = words[code % len(words)] + labels.texts[code // len(words)]
            rows = column.rows[wanted]
            made.setdefault(key, Column(rows, column.values[wanted]))
            counted[rows] = np.fmax(counted[rows], np.arange(1.0, len(rows) + 1))
    log.rename(dict.fromkeys([*dropped, *([splits[0]] if splits is not None else [])], ""))
    for key, column in made.items():
        log.add_column(key, column)
    if not any(map(is_counter_name, log.names)) and not kept:
        rows = np.flatnonzero(~np.isnan(counted))
        log.add_column(EPOCH, Column(rows, counted[rows]))


def _first(log: Logged, names: Sequence[str], fits: Callable[[Labels], bool]) -> tuple[str, Labels] | None:
    """The first of these columns whose labels fit, and its labels."""
    for name in names:
        labels = log.labels(name)
        if labels is not None and fits(labels):
            return name, labels
    return None


def _are_splits(labels: Labels) -> bool:
    """Whether rows are of splits. Other data sets may be among them if they are logged as often as the training."""
    splits = [split_label(text) for text in labels.texts]
    if None not in splits:
        return True
    if "train" not in splits or len(set(splits)) < _FEWEST_SPLITS or len(splits) > _MAX_SETS:
        return False
    counts = np.bincount(labels.codes[labels.codes >= 0], minlength=len(splits))
    return bool(counts.min() >= 0.5 * counts[splits.index("train")])


def _are_words(labels: Labels) -> bool:
    return len(labels.texts) <= _MAX_METRICS and 2 * len(labels.texts) <= len(labels.codes) and not _are_numbers(labels)


def _are_numbers(labels: Labels) -> bool:
    return all(text.isdecimal() for text in labels.texts)


def _split_words(labels: Labels) -> tuple[str, ...]:
    """What the name of a metric begins with, for each label: nothing for training, ``val_`` for the validation set."""
    splits = [split_label(text) for text in labels.texts]
    others = sorted({split for split in splits if split not in (None, "train")}, key=VALIDATION_WORDS.index)
    known = {"train": ""} | {split: VALIDATION_PREFIX if split == others[0] else f"{split}_" for split in others}
    return tuple(
        f"{text.strip()}_" if split is None else known[split] for text, split in zip(labels.texts, splits, strict=True)
    )


def _with_blank_runs(labels: Labels) -> Labels:
    """Labels in which rows without one are a run of their own, if they are one block, such as a final training."""
    blank = np.flatnonzero(labels.codes < 0)
    if len(labels.texts) < 2 or len(labels.codes) - len(blank) < 2 * len(labels.texts):
        return labels
    if len(blank) < 2 or blank[-1] - blank[0] + 1 != len(blank) or "" in labels.texts:
        return labels
    return Labels((*labels.texts, ""), np.where(labels.codes < 0, len(labels.texts), labels.codes))


def _filled_codes(labels: Labels) -> np.ndarray:
    """The label of each row; rows without one have that of the row before."""
    known = np.flatnonzero(labels.codes >= 0)
    before = np.searchsorted(known, np.arange(len(labels.codes)), side="right") - 1
    return labels.codes[known[np.maximum(before, 0)]].astype(np.int64)


def runs_by_row(log: Logged, kept: Collection[str]) -> RowRuns | None:
    """The run of each row, if columns such as ``fold`` tell several runs apart. These columns are removed.

    A column that is different in most rows is no such column: it numbers the rows, or each row is a run. Other columns
    of text do so as well if the numbering of epochs or steps begins again wherever a new text begins, or if runs take
    turns.
    """
    numbers = _axis_numbers(log)
    names: list[str] = [""]
    codes = np.zeros(log.n_rows, dtype=np.int64)
    is_left_out = np.zeros(log.n_rows, dtype=bool)
    used: list[str] = []
    params: list[tuple[str, str]] = []
    stated: dict[str, Labels] = {}
    for name in log.names:
        labels = None if name in kept else log.labels(name)
        word = run_word(name)
        if labels is None or (word is None and not _begin_runs(labels, numbers)):
            continue
        if name.lower() == "name" and _are_numbers(labels):
            continue
        if word is not None:
            labels = _with_blank_runs(labels)
        if len(labels.texts) == 1:
            if log.n_rows > 1:
                used.append(name)
                params.append((name, labels.texts[0]))
            continue
        both = codes * len(labels.texts) + _filled_codes(labels)
        found, first, of_row = np.unique(both, return_index=True, return_inverse=True)
        if 2 * len(found) > log.n_rows:
            continue
        used.append(name)
        stated[name] = labels
        is_left_out |= _are_totals(labels)
        if len(found) > len(names):
            place = np.empty(len(found), dtype=np.int64)
            order = np.argsort(first)  # runs are numbered in the order of their first rows
            place[order] = np.arange(len(found))
            names = [
                ", ".join(filter(None, (names[code // len(labels.texts)], _run_name(word, labels, code)))) or "others"
                for code in found[order].tolist()
            ]
            codes = place[of_row]
    own = _own_params(log, codes, len(names), stated) if len(names) > 1 else ()
    log.rename(dict.fromkeys(used, ""))
    if not used:
        return None
    codes[is_left_out] = -1
    return RowRuns(tuple(names), codes, tuple(params), own)


def _own_params(
    log: Logged, codes: np.ndarray, n_runs: int, stated: Mapping[str, Labels]
) -> tuple[tuple[tuple[str, str], ...], ...]:
    """For each run, its labels, and the numbers of columns of settings that do not change within any run."""
    columns: dict[str, list[str]] = {}
    first = np.unique(codes, return_index=True)[1]
    for name in log.names:
        if (labels := stated.get(name)) is not None:
            if (labels.codes == labels.codes[first][codes]).all():
                columns[name] = [labels.texts[code] if code >= 0 else "" for code in labels.codes[first].tolist()]
        elif names_setting(name):
            column = log.columns({name: name}, [name])[0].get(name)
            if column is not None and len(column.rows) == log.n_rows:
                values = column.values[first]
                if (column.values == values[codes]).all() and len(np.unique(values)) > 1:
                    columns[name] = [f"{value:.10g}" for value in values.tolist()]
    return tuple(tuple((name, each[run]) for name, each in columns.items() if each[run]) for run in range(n_runs))


def _axis_numbers(log: Logged) -> np.ndarray | None:
    """The logged epoch or step of each row; None if some rows have none."""
    for name in filter(is_counter_name, log.names):
        column = log.columns({name: name}, [name])[0].get(name)
        if column is not None and len(column.rows) == log.n_rows:
            return column.values
    return None


def _begin_runs(labels: Labels, numbers: np.ndarray | None) -> bool:
    """Whether these labels change, and the numbering begins again wherever a new one begins."""
    if numbers is None or len(labels.texts) < 2:
        return False
    codes = _filled_codes(labels)
    if 2 * len(labels.texts) <= len(codes) and _take_turns(codes, numbers):
        return True
    changes = np.flatnonzero(codes[1:] != codes[:-1]) + 1
    begins = np.unique(codes, return_index=True)[1]
    begins = begins[begins > 0]
    return bool((numbers[begins] <= numbers[begins - 1]).all()) and 2 * len(changes) < len(codes)


def _take_turns(codes: np.ndarray, numbers: np.ndarray) -> bool:
    """Whether runs are logged in turns: numbers repeat, but within a label each occurs once and they ascend."""
    order = np.argsort(codes, kind="stable")
    own, within = codes[order], numbers[order]
    ascends = (within[1:] > within[:-1]) | (own[1:] != own[:-1])
    return len(np.unique(numbers)) < len(numbers) and bool(ascends.all())


def _run_name(word: str | None, labels: Labels, code: int) -> str:
    """A label as the name of a run: ``fold 1`` for 1 in a column called fold; empty without a label."""
    text = labels.texts[code % len(labels.texts)]
    if not text:
        return ""
    return f"{word} {text}" if (word and text.isdecimal()) or (word in _SHORT and word not in text.lower()) else text


def _are_totals(labels: Labels) -> np.ndarray:
    """The rows with a mean or another total of all runs, such as "mean" below the numbers of folds."""
    totals = [code for code, text in enumerate(labels.texts) if text.lower() in _TOTALS]
    others = [text for text in labels.texts if text.lower() not in _TOTALS]
    is_summed = bool(others) and all(text.isdecimal() for text in others)
    return np.isin(labels.codes, totals) if is_summed else np.zeros(len(labels.codes), dtype=bool)
