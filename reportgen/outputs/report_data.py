"""A report as plain data: the diagnosis, and the first, best and last value of every curve."""

from typing import Any, Final

from reportgen import metrics
from reportgen.diagnosis.reading import best_logged
from reportgen.diagnosis.settings_compared import changed_settings, run_settings
from reportgen.history.frame import TrainingHistory
from reportgen.history.json_values import pack_number
from reportgen.outputs.runs import JudgedRun, runs_data
from reportgen.page.value_tables import diagnostic_keys, result_keys

SCHEMA: Final = "reportgen/report/1"


def report_data(run: JudgedRun) -> dict[str, Any]:
    """A report as plain data for `json.dumps`. Values that are not finite are text: "NaN", "Infinity", "-Infinity"."""
    document = {**run.diagnosis.to_dict(), "schema": SCHEMA, "title": run.history.run.title}
    document["values"] = {
        key: _value_data(run.history, key) for key in (*result_keys(run.history), *diagnostic_keys(run.history))
    }
    if runs := runs_data(run.history):
        document["runs"] = runs
    if run.history.run.test_results:
        document["test_results"] = dict(run.history.run.test_results)
    if run.history.run.evaluation is not None:
        document["evaluation"] = run.history.run.evaluation.to_dict()
    if run.history.run.output_evaluations:
        document["output_evaluations"] = {name: each.to_dict() for name, each in run.history.run.output_evaluations}
    if run.history.run.tags:
        document["tags"] = list(run.history.run.tags)
    if run.history.run.resources is not None:
        document["resources"] = run.history.run.resources.to_dict()
    if run.history.run.params:
        document["params"] = dict(run.history.run.params)
    if settings := run_settings(run.history):
        document["settings"] = settings
    if run.history.run.provenance:
        document["provenance"] = dict(run.history.run.provenance)
    if run.baseline is not None:
        keys = [key for key in result_keys(run.baseline) if key in document["values"]]
        document["baseline"] = {
            "title": run.baseline.run.title,
            "values": {key: _value_data(run.baseline, key) for key in keys},
            "changed": [vars(item) for item in changed_settings(run.history, run.baseline)],
        }
    return document


def _value_data(history: TrainingHistory, key: str) -> dict[str, Any]:
    """First, best and last value of a curve; the best one is null if it is unknown which values are better."""
    values = history.series(*metrics.parse_key(key)).to_numpy()
    best, epoch = best_logged(history, key) or (None, None)
    return {
        "first": pack_number(float(values[0])),
        "best": best,
        "best_epoch": epoch,
        "last": pack_number(float(values[-1])),
    }
