"""Reads JSON with one object per epoch or step, as a list or as JSON Lines."""

import json
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.formats.history_json import is_row
from reportgen.sources.json_text import JsonLines, parse_json, sound_rows
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_log


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


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    log = Logged(opened.where)
    if opened.sample.text.startswith("["):
        rows = parse_json(opened.text(), opened.where)
        if not any(isinstance(row, dict) for row in rows):
            raise SourceError(
                f"{opened.where}: this JSON is not a list with one object per epoch, such as "
                '[{"epoch": 1, "loss": 0.5}]. Save history.history instead.'
            )
        for row in sound_rows(rows, log):
            log.add_row(row)
        return history_from_log(log, options=options)
    lines = JsonLines(opened.long_text())
    for row in lines:
        log.add_row(row)
    log.notes += lines.notes()
    return history_from_log(log, options=options)


FORMAT: Final = Format("json-rows", "JSON with an object per epoch", _recognise, _read)
