"""Reads the ``evals_result`` of XGBoost, LightGBM or CatBoost, saved as JSON."""

import re
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_text import parse_json
from reportgen.sources.objects.boosters import is_booster_metric, is_evals_result, read_evals_result
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.text import cited

_NESTED: Final = re.compile(r'\{\s*"(?P<set>[^"]{1,200})"\s*:\s*\{\s*"(?P<metric>[^"]{1,200})"\s*:\s*\[')
_SETS: Final = re.compile(  # names that boosters give to data sets, and that people do
    r"(?:train|training|learn|validation|valid|val|eval|evals|test|dtrain|dtest|dval|dvalid|deval)(?:[ _-]?\w{1,9})?",
    re.IGNORECASE,
)


def _recognise(sample: Sample) -> Fit:
    found = _NESTED.match(sample.text)
    if found is None or not is_booster_metric(found["metric"]):
        return Fit.NO
    return Fit.LIKELY if _SETS.fullmatch(found["set"]) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    data = parse_json(opened.text(), opened.where)
    if not is_evals_result(data):
        raise SourceError(
            f"{opened.where}: this is {cited(data)}, not an object with one list per metric for each data set. "
            "Save evals_result() with json.dump."
        )
    return read_evals_result(data, options=options, where=opened.where)


FORMAT: Final = Format("boosting", "evals_result of a booster", _recognise, _read)
