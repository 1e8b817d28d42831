"""Reads JSON Lines, one object per epoch or step, and JSON with a list of such objects."""

import json
from typing import Final

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.formats.history_json import is_row, named_list, parse_document, read_document, refuse_results
from reportgen.sources.json_text import JsonLines
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import runs_from_log


def _recognise(sample: Sample) -> Fit:
    text = sample.text
    if text.startswith("["):
        return Fit.POSSIBLE
    line, _, rest = text.partition("\n")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return Fit.NO
    # A history may also be a single line, so a row must be one of several or contain no lists.
    return Fit.LIKELY if isinstance(row, dict) and (is_row(row) or rest.lstrip().startswith("{")) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    if opened.sample.text.startswith("["):
        document = named_list(parse_document(opened.text(), opened.where), opened.sample.name)
        return read_document(document, opened.where, options)
    log = Logged(opened.where)
    lines = JsonLines(opened.long_text())
    row = {}
    for row in lines:
        log.add_row(row)
    if log.n_rows == 1:
        refuse_results(row, opened.where)
    log.notes += lines.notes()
    return runs_from_log(log, options=options)


FORMAT: Final = Format("json-rows", "JSON with an object per epoch", _recognise, _read)
