"""Reads any table with a header line, such as CSV or TSV. Column meanings are guessed, and a note says so."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.opening.table_form import is_aligned
from reportgen.sources.source_runs import Runs, changed
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.sources.table.foreign_names import english_names
from reportgen.sources.table.other_tables import refuse_other_tables
from reportgen.sources.training_signs import is_training_metric, kind_of_output, other_output

_POINTER: Final = "version https://git-lfs"  # a file of Git LFS that was not downloaded
_MEAN: Final = "-mean"
_DEVIATIONS: Final = ("-std", "-stdv")
_TOOLS: Final = {  # by columns that only one tool writes
    "flair": {"EPOCH", "TIMESTAMP", "LEARNING_RATE", "TRAIN_LOSS"},
    "h2o": {"timestamp", "duration", "number_of_trees", "training_rmse"},
}


def _recognise(sample: Sample) -> Fit:
    header = sample.header
    if sample.text.startswith(_POINTER) or (is_aligned(sample.form) and any(len(name) > 80 for name in header)):
        return Fit.NO
    is_word = len(header) == 1 and re.fullmatch(r"\S{1,80}", header[0])
    return Fit.POSSIBLE if (len(header) > 1 or is_word) and not any("\0" in name for name in header) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    names, rows = opened.sample.columns
    own = _named_by_file(names, opened.sample.name)
    if options.format is None and not options.columns and not own:
        what = kind_of_output(opened.sample.text)
        if what is not None:
            raise other_output(what, opened.where)
        _check_header(opened)
        refuse_other_tables(english_names(names), rows, opened.where)
    log = read_table(opened.long_text())
    log.rename(own)
    _name_means(log, options)
    found = runs_from_log(log, options=options)
    tool = next((tool for tool, marks in _TOOLS.items() if marks <= set(opened.sample.header)), None)
    return found if tool is None else changed(found, lambda run: run.with_run(replace(run.run, tool=tool)))


def _check_header(opened: Opened) -> None:
    """Raises a SourceError if the header line is in another encoding, as spreadsheets save it."""
    line = opened.sample.head.partition(b"\n")[0]
    try:
        line.decode("utf-16" if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8", "strict")
    except UnicodeDecodeError as error:
        if error.end < len(line) and error.encoding == "utf-8":  # else a character may be cut in two
            raise SourceError(
                f"{opened.where}: byte {error.start} of its header is not UTF-8 text. Save the file as UTF-8."
            ) from None


def _named_by_file(names: Sequence[str], file: str) -> dict[str, str]:
    """The name of the only column if pandas has numbered it and the file is named by a metric, such as ``loss.csv``."""
    stem = file.rpartition("/")[2].partition(".")[0]
    is_numbered = len(names) == 2 and not names[0] and names[1] == "0"
    return {"0": stem} if is_numbered and is_training_metric(stem) else {}


def _name_means(log: Logged, options: ReadOptions) -> None:
    """Gives means over folds, as ``cv`` of XGBoost and LightGBM names them, the plain name of their metric."""
    names = set(log.names) - set(options.columns)
    pairs = {
        name: name.removesuffix(_MEAN) + ending
        for name in names
        for ending in _DEVIATIONS
        if name.endswith(_MEAN) and name.removesuffix(_MEAN) + ending in names
    }
    if pairs:
        log.rename({name: name.removesuffix(_MEAN) for name in pairs} | dict.fromkeys(pairs.values(), ""))
        log.notes.append(Note("mean-over-folds"))


FORMAT: Final = Format("table", "table", _recognise, _read)
