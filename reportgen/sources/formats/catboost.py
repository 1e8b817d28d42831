"""Reads CatBoost's ``catboost_training.json``, or the ``catboost_info`` folder that contains it.

The end of the file is missing if training was interrupted.
"""

import json
import re
from typing import Any, Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_text import check_size, json_error, parse_json
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_log
from reportgen.text import printable

_FILE: Final = "catboost_training.json"
_WAYS: Final = {"Min": "lower", "Max": "higher"}


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:
        return Fit.CERTAIN if sample.holds(_FILE) else Fit.NO
    is_ours = re.match(r'\{\s*"meta"\s*:\s*\{', sample.text) and '"learn_metrics"' in sample.text
    return Fit.CERTAIN if is_ours else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    where = opened.where
    data = _parsed(opened.text(_FILE), where)
    try:
        meta, rounds = data["meta"], data["iterations"]
        learned = [str(metric["name"]) for metric in meta["learn_metrics"]]
        tested = [str(metric["name"]) for metric in meta["test_metrics"]]
        sets = [str(name) for name in meta["test_sets"]]
        ways = {
            str(one["name"]): _WAYS.get(str(one["best_value"])) for one in meta["learn_metrics"] + meta["test_metrics"]
        }
        log, passed = Logged(where), []
        for one in rounds:
            row: dict[str, Any] = {"epoch": one["iteration"]}
            row |= dict(zip(learned, one.get("learn", []), strict=False))
            for number, name in enumerate(sets):
                prefix = "val_" if number == 0 else f"{name}/"
                row |= {prefix + metric: value for metric, value in zip(tested, one.get(name, []), strict=False)}
            log.add_row(row)
            passed.append(float(one.get("passed_time", np.nan)))
        planned = meta.get("iteration_count")
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        raise SourceError(
            f"{where}: its metrics or iterations are not as CatBoost writes them. Copy the file again."
        ) from None
    planned = planned if type(planned) is int and 0 < planned < 10**9 else None
    notes = [Note("boosting-rounds")]
    if len(sets) > 1:
        notes.append(Note.of("other-sets", first="learn", second=printable(sets[0], 40)))
    run = RunFacts(
        epochs_planned=planned,
        status="completed" if planned is not None and len(rounds) >= planned else "unknown",
        notes=tuple(notes),
    )
    with np.errstate(invalid="ignore", over="ignore"):  # the times may be anything
        durations_s = np.diff(np.array(passed), prepend=0.0)
    history = history_from_log(log, options=options, known={}, run=run, durations_s=durations_s)
    directions = {name: way for name, way in ways.items() if way and name in history.metric_names}
    return history.with_directions(directions)


def _parsed(text: str, where: str) -> Any:
    """The document; only the complete rounds if its end is missing."""
    check_size(text, where)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        end = text.rfind("}")
        if end < 0 or not isinstance(error, json.JSONDecodeError) or error.pos < end - 1:
            raise json_error(where, text, error) from None
        return parse_json(text[: end + 1] + "]}", where)


FORMAT: Final = Format("catboost", "CatBoost training log", _recognise, _read, tool="catboost")
