"""What a damaged report says: which part is missing or wrong, never the name of a Python error."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from logs import read_log

from reportgen.errors import SourceError
from reportgen.history.facts import EarlyStopping, Layer, RunFacts
from reportgen.history.frame import TrainingHistory

FACTS = RunFacts(
    layers=(Layer("a", "Dense", "(1)", 2), Layer("b", "Dense", "(1)", 2)), early_stopping=EarlyStopping("loss", 3)
)
GOOD = TrainingHistory.from_columns([1, 2, 4], {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, None, 2.0]}, FACTS)


def read_as_report(text: str, element: str = "script") -> TrainingHistory:
    data = html.escape(text) if element == "template" else text
    page = f'<!doctype html><{element} id="reportgen-history">{data}</{element}></html>'
    return read_log(page.encode(), "r.html")


def without(place: str) -> Callable[[dict[str, Any]], None]:
    """Removes the part at a place such as ``series.0.metric``."""

    def damage(document: dict[str, Any]) -> None:
        *path, last = place.split(".")
        for step in path:
            document = document[int(step) if step.isdigit() else step]
        del document[last]

    return damage


def having(place: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Replaces the value at a place."""

    def damage(document: Any) -> None:
        *path, last = place.split(".")
        for step in path:
            document = document[int(step) if step.isdigit() else step]
        document[int(last) if last.isdigit() else last] = value

    return damage


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (without("schema"), 'it lacks "schema"'),
        (without("run"), 'it lacks "run"'),
        (without("series"), 'it lacks "series"'),
        (having("series", []), "it has no series"),
        (having("series", {}), 'it has "{}" as "series", not a list'),
        (having("run", None), 'it has "None" as "run", not an object'),
        (having("series.1", 3), 'series 2 is "3", not an object'),
        (without("series.0.metric"), 'series 1 lacks "metric"'),
        (without("series.1.split"), 'series 2 lacks "split"'),
        (without("series.0.values"), 'series 1 lacks "values"'),
        (without("series.0.epochs"), 'series 1 lacks "epochs"'),
        (having("series.0.metric", 3), 'series 1 has "3" as "metric", not text'),
        (having("series.0.split", "test"), 'series 1 has "test" as "split", not train or validation'),
        (having("series.0.split", "\ud800"), 'series 1 has "\\ud800" as "split"'),
        (having("series.0.epochs", ["\ud800"] * 3), 'series 1 has "\\ud800" among its epochs, not a whole number'),
        (having("series.0.epochs.1", None), 'series 1 has "None" among its epochs, not a whole number'),
        (having("series.0.values.1", None), 'series 1 has "None" as value 2, not a number'),
        (having("series.0.values.2", "nan"), 'series 1 has "nan" as value 3, not a number'),
        (having("series.0.values.0", True), 'series 1 has "True" as value 1, not a number'),
        (having("series.0.values.0", 10**400), "as value 1, not a number"),
        (having("series.0.values", []), 'series 1 has 0 values of "loss" for epochs "[1, 2, 4]"'),
        (having("series.0.epochs", [1, 2]), 'series 1 has 3 values of "loss" for epochs "[1, 2]"'),
        (having("series.1.epochs", {"first": 1, "last": 9, "step": 0}), 'series 2 has 2 values of "loss" for epochs'),
        (having("series.1.epochs", {"first": 1, "last": 9}), 'the epoch range of series 2 lacks "step"'),
        (having("series.1.epochs.first", 1.5), 'the epoch range of series 2 has "1.5" as "first", not'),
        (having("series.1.epochs", "1-4"), 'series 2 has "1-4" as "epochs", not a list'),
        (having("run.layers", 3), 'the run has "3" as "layers", not a list'),
        (having("run.layers.1", "b"), 'layer 2 is "b", not an object'),
        (without("run.layers.0.kind"), 'layer 1 lacks "kind"'),
        (having("run.layers.0.colour", "red"), 'layer 1 has the unknown "colour"'),
        (having("run.early_stopping", [1]), 'the early stopping is "[1]", not an object'),
        (without("run.early_stopping.patience"), 'the early stopping lacks "patience"'),
    ],
)
@pytest.mark.parametrize("element", ["script", "template"])
def test_a_damaged_report_says_which_part_is_missing_or_wrong(
    damage: Callable[[dict[str, Any]], None], what: str, element: str
) -> None:
    document = json.loads(GOOD.to_json())
    damage(document)
    with pytest.raises(SourceError) as caught:
        read_as_report(json.dumps(document), element)
    message = str(caught.value)
    assert message.startswith("r.html: The history data is damaged: ")
    assert what in message
    assert message.endswith("Build the report again from the log.")
    assert not re.search(r"Error|Exception|Traceback|\n", message)


@pytest.mark.parametrize("element", ["script", "template"])
def test_a_truncated_report_is_refused_without_naming_a_python_error(element: str) -> None:
    text = GOOD.to_json()
    assert read_as_report(text, element) == GOOD
    for end in range(len(text)):
        with pytest.raises(SourceError, match="damaged: it is not valid JSON") as caught:
            read_as_report(text[:end], element)
        assert "Error" not in str(caught.value)


def test_a_whole_number_too_long_for_python_has_a_clear_error() -> None:
    with pytest.raises(SourceError, match="more than 4300 digits in line 1") as caught:
        read_as_report(GOOD.to_json().replace("3.0", "3" * 5000))
    assert "set_int_max" not in str(caught.value)
