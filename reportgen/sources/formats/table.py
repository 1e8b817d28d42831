"""Reads any table with a header line, such as CSV or TSV. Column meanings are guessed, and a note says so."""

import re
from typing import Final

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.opening.table_form import is_aligned
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.sources.table.other_tables import refuse_other_tables


def _recognise(sample: Sample) -> Fit:
    header = sample.header
    if is_aligned(sample.form) and any(len(name) > 80 for name in header):
        return Fit.NO
    is_word = len(header) == 1 and re.fullmatch(r"\S{1,80}", header[0])
    return Fit.POSSIBLE if (len(header) > 1 or is_word) and not any("\0" in name for name in header) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    if options.format is None and not options.columns:
        refuse_other_tables(*opened.sample.columns, opened.where)
    return runs_from_log(read_table(opened.long_text()), options=options)


FORMAT: Final = Format("table", "table", _recognise, _read)
