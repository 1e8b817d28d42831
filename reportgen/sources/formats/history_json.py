"""Reads JSON with one list of numbers per metric: a dump of ``history.history``, or pandas' ``to_json``."""

from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_text import parse_json
from reportgen.sources.objects.mappings import read_mapping
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.columns import history_from_columns


def _recognise(sample: Sample) -> Fit:
    return Fit.POSSIBLE if sample.text.startswith("{") else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    where = opened.where
    data: Any = parse_json(opened.text(), where)
    if isinstance(data, dict) and isinstance(data.get("history"), dict):
        data = data["history"]
    if not isinstance(data, dict):
        raise SourceError(
            f"{where}: this JSON is not an object with one list of numbers per metric. "
            "Save it with json.dump(history.history, file)."
        )
    if is_row(data):
        return history_from_columns({name: [value] for name, value in data.items()}, where=where, options=options)
    return read_mapping(data, options=options, where=where)


def is_row(data: dict[str, Any]) -> bool:
    """Whether an object has the values of one epoch, not a list per metric."""
    values = data.values()
    return not any(isinstance(value, list | dict) for value in values) and any(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )


FORMAT: Final = Format("json", "history JSON", _recognise, _read, takes=frozenset({"columns", "validation_freq"}))
