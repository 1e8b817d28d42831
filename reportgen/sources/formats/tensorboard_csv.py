"""Reads what TensorBoard's page downloads: one curve per file, as CSV (``Wall time,Step,Value``) or JSON.

The file's name, ``run-NAME-tag-TAG.csv``, says which curve it is. A folder of such files is one run per ``NAME``.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name, cited_names
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import VALIDATION_PREFIX, is_known, is_loss
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_text import parse_json
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged, log_of_curves
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.sources.table.naming import TRAIN_WORDS, VALIDATION_WORDS, counter_rank
from reportgen.text import printable

_HEADERS: Final = (  # of TensorBoard's page, of its event accumulator, and of Neptune's fetch_values
    {"wall time", "step", "value"},
    {"wall_time", "step", "value"},
    {"timestamp", "step", "value"},
)
_TRIPLES: Final = re.compile(r"\[\s{0,9}\[\s{0,9}1\d{8,9}(?:\.\d{1,20})?\s{0,9},\s{0,9}-?\d{1,19}\s{0,9},")
_FILE: Final = re.compile(r"(?:.{0,100}[_ -])?run-(?P<run>.*?)-tag-(?P<tag>.+)", re.DOTALL)
_ENDING: Final = re.compile(r"( ?\(\d{1,3}\))?\.(csv|json)$", re.IGNORECASE)
_SPLIT: Final = "|".join(TRAIN_WORDS + VALIDATION_WORDS)
_RUN_SPLIT: Final = re.compile(rf"(?P<run>.*?)(?:^|[-_./ ])(?P<split>{_SPLIT})", re.IGNORECASE | re.DOTALL)
_INNER_SPLIT: Final = re.compile(rf"[-_./ ](?P<split>{_SPLIT})[-_./ ]+(?P<base>[^-./ ]{{1,60}})$", re.IGNORECASE)
_PER_EPOCH: Final = "epoch_"
_MOST_NAME: Final = 200  # characters of a name in which a split is searched


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:
        return Fit.CERTAIN if any(_is_named(file) for file in sample.files) else Fit.NO
    names = {name.lower() for name in sample.header if name and not name.startswith("Unnamed")}
    if names in _HEADERS or _TRIPLES.match(sample.text):
        return Fit.CERTAIN
    return Fit.NO


def _is_named(file: str) -> bool:
    """Whether a file directly in a folder has the name of such a download."""
    return "/" not in file and _FILE.fullmatch(_ENDING.sub("", file)) is not None and bool(_ENDING.search(file))


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    if opened.sample.files is None:
        run, name = _curve_name(opened.sample.name)
        if counter_rank(name):
            raise SourceError(
                f"{where}: it has only the curve {cited_name(name)}, which only counts. Download the curve of a metric."
            )
        return _history({name: _curve(opened)}, run, where, options)
    files: dict[str, dict[str, str]] = {}
    for file in sorted(filter(_is_named, opened.sample.files)):
        run, name = _curve_name(file)
        if not counter_rank(name):
            files.setdefault(run, {}).setdefault(name, file)
    if not files:
        raise SourceError(f"{where}: it has no downloaded curve of a metric. Download one from TensorBoard.")

    def read(index: int) -> TrainingHistory:
        run = list(files)[index]
        curves = {}
        for name, file in files[run].items():
            with opened.file(file) as one:
                curves[name] = _curve(one)
        return _history(curves, run, where, options)

    return Runs(tuple(run or "." for run in files), read)


def _curve_name(file: str) -> tuple[str, str]:
    """The run and the name of the curve that a file's name says."""
    stem = _ENDING.sub("", file)
    found = _FILE.fullmatch(stem)
    run, tag = (found["run"], found["tag"]) if found else ("", stem or "value")
    split = ""
    if found and (parted := _RUN_SPLIT.fullmatch(run[-_MOST_NAME:])):
        run, split = parted["run"], parted["split"].lower()
    if tag.lower().startswith(_PER_EPOCH) and len(tag) > len(_PER_EPOCH):
        tag = tag[len(_PER_EPOCH) :]
    inner = _INNER_SPLIT.search(tag[-_MOST_NAME:])
    if inner and (is_known(inner["base"]) or is_loss(inner["base"])):
        tag = f"{inner['split'].lower()}_{inner['base']}"
    if split in VALIDATION_WORDS and not tag.startswith(VALIDATION_PREFIX):
        tag = VALIDATION_PREFIX + tag
    return ("" if run == "." else run), tag


def _curve(opened: Opened) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of a file."""
    where = opened.where
    if opened.sample.text.startswith("["):
        rows = parse_json(opened.text(), where)
        log = Logged(where)
        if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 3 for row in rows):
            raise SourceError(f"{where}: a row is not a time, a step and a value. Download the file again.")
        log.add_rows({"step": [_number(row[1]) for row in rows], "value": [_number(row[2]) for row in rows]})
    else:
        log = read_table(opened.long_text())
        log.rename({name: name.lower() for name in log.names})
    if not {"step", "value"} <= set(log.names):
        raise SourceError(
            f"{where}: its columns are {cited_names(log.names)}; TensorBoard writes a step and a value. Download the "
            "file again."
        )
    columns, _ = log.columns({"step": "step", "value": "value"})
    steps, values = columns["step"], columns["value"]
    if len(steps.rows) != log.n_rows or not np.isfinite(steps.values).all():
        raise SourceError(f"{where}: a row has no step. Remove the row, or download the file again.")
    return steps.values[values.rows], values.values


def _number(value: Any) -> float | None:
    """A number of TensorBoard's JSON, where NaN and infinity are text."""
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _history(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], run: str, where: str, options: ReadOptions
) -> TrainingHistory:
    facts = RunFacts(title=printable(run, _MOST_NAME) if run else None)
    return history_from_log(log_of_curves(curves, where), options=options, run=facts)


FORMAT: Final = Format("tensorboard-csv", "curves downloaded from TensorBoard", _recognise, _read)
