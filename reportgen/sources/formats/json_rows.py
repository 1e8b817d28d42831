"""Reads JSON Lines, one object per epoch or step, and JSON with a list of such objects, also parts of one in a text."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.formats.history_json import is_row, named_list, parse_document, read_document, refuse_results
from reportgen.sources.json_curves import is_numeric, names_metric
from reportgen.sources.json_text import JsonLines
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.row_log import history_of_rows
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.naming import is_counter_name

_OF_OBJECTS: Final = re.compile(r"\[\s*+\{\s*+[\"'][^\[{}\]]*+\}")  # the first of them has single values only
_LIST: Final = re.compile(
    r"\[\s*+(?:[\[{\"'\]]|-?\d[\d.eE+-]{0,40}\s{0,9}(?:,|$|\]\s*+\Z)|(?:null|None|-?inf|-?Infinity|nan|NaN|array|np\.|//|#|\Z))"
)
_OBJECT: Final = re.compile(r"\{[^{}]{1,4000}\}")
_FEWEST_ROWS: Final = 2  # in a text; our choice


def _recognise(sample: Sample) -> Fit:
    text = sample.text
    if text.startswith("["):
        if not _LIST.match(text):
            return Fit.NO  # "[TRAINING]", "[1/240] Building"
        return Fit.LIKELY if _OF_OBJECTS.match(text) else Fit.POSSIBLE
    line, _, rest = text.partition("\n")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        few = list(islice(_rows_in(text), _FEWEST_ROWS))
        return Fit.POSSIBLE if len(few) == _FEWEST_ROWS and not text.startswith("{") else Fit.NO
    # A history may also be a single line, so a row must be one of several or contain no lists.
    return Fit.LIKELY if isinstance(row, dict) and (is_row(row) or rest.lstrip().startswith("{")) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    if opened.sample.text.startswith("["):
        document = named_list(parse_document(opened.text(), opened.where), opened.sample.name)
        return read_document(document, opened.where, options)
    log = Logged(opened.where)
    if not opened.sample.text.startswith("{"):
        return history_of_rows(_rows_in(opened.text()), log, options)
    lines = JsonLines(opened.long_text())
    return history_of_rows(_several(lines, log), log, options)


def _rows_in(text: str) -> Iterator[dict[str, Any]]:
    """The objects in a text that count epochs or steps and have a metric."""
    for match in _OBJECT.finditer(text):
        try:
            row = json.loads(match[0])
        except (ValueError, RecursionError):
            continue
        if any(is_counter_name(name) and is_numeric(row[name]) for name in row) and any(map(names_metric, row)):
            yield row


def _several(lines: JsonLines, log: Logged) -> Iterator[dict[str, Any]]:
    """The rows, and notes in the log about lines that were left out. A single row with results is refused."""
    rows = iter(lines)
    first = list(islice(rows, 2))
    if len(first) < 2:
        log.notes += lines.notes()
        for row in first:
            refuse_results(row, log.where)
        yield from first
        return
    yield from first
    yield from rows
    log.notes += lines.notes()


FORMAT: Final = Format("json-rows", "JSON rows", _recognise, _read)
