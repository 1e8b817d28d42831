"""OpenMetrics text is read by the parser of Prometheus' client and by the rules of GitLab's."""

import math
import re
import shlex

import histories
import numpy as np
from hypothesis import given, settings
from judged_runs import judged, pipeline
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from strategies import histories as any_history

from reportgen.gate import GateRules
from reportgen.history.frame import TrainingHistory
from reportgen.outputs.openmetrics import render_openmetrics
from reportgen.outputs.runs import PipelineRun


def parsed(text):
    """Value by name and labels, as Prometheus' strict parser reads them."""
    families = list(text_string_to_metric_families(text))
    assert all(family.type == "gauge" and family.documentation for family in families)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def as_gitlab(text):
    """Names and values as GitLab parses a metrics report: no number sign, then words as in a shell."""
    words = [shlex.split(re.sub(r"#.*$", "", line)) for line in text.splitlines() if line.strip()]
    return {found[0]: found[1] for found in words if len(found) > 1}


def test_it_contains_best_and_last_values_answers_and_the_gate():
    run = PipelineRun("nightly", "x.csv", judged(histories.overfit_from_12(), rules=GateRules(("overfitting",))))
    found = parsed(render_openmetrics([run]))
    assert found["reportgen_best", "nightly", "val_loss"] == 0.4
    assert found["reportgen_last", "nightly", "val_loss"] == 0.976
    assert found["reportgen_best_epoch", "nightly"] == 12
    assert found["reportgen_epochs", "nightly"] == 60
    assert found["reportgen_answer_probability", "nightly", "overfitting"] > 0.9
    assert found["reportgen_gate_failures", "nightly"] == 1


def test_runs_are_labelled_and_those_without_a_history_are_left_out():
    text = render_openmetrics(pipeline(histories.healthy(), histories.one_epoch(), errors=["none.csv"]))
    found = parsed(text)
    assert {key[1] for key in found} == {"run-1", "run-2"}
    assert found["reportgen_epochs", "run-1"] == 100
    assert found["reportgen_epochs", "run-2"] == 1
    assert render_openmetrics(pipeline(errors=["none.csv"])) == "# EOF\n"


def test_non_finite_values_are_written_as_the_format_defines():
    history = TrainingHistory.from_columns(
        [1, 2], {"loss": [0.5, math.nan], "mae": [1.0, math.inf], "mse": [1.0, -math.inf]}
    )
    text = render_openmetrics([PipelineRun("r", "r", judged(history))])
    found = parsed(text)
    assert math.isnan(found["reportgen_last", "r", "loss"])
    assert (found["reportgen_last", "r", "mae"], found["reportgen_last", "r", "mse"]) == (math.inf, -math.inf)
    assert found["reportgen_best", "r", "loss"] == 0.5


def test_hostile_names_break_neither_parser():
    names = ["#1 @a", 'quo"te', "back\\slash", "new\nline", "it's $HOME `x`", 'a{b="c"} 7', "nul\0a", "nul\1a", "名 前"]
    line = np.linspace(1, 0.5, 6)
    history = TrainingHistory.from_columns(np.arange(1, 7), {"loss": line} | dict.fromkeys(names, line))
    for text in (
        render_openmetrics([PipelineRun("r", "r", judged(history))]),
        render_openmetrics([PipelineRun("r", "r", judged(histories.hostile_names()))]),
    ):
        found = parsed(text)
        assert len(found) > 8
        assert len(as_gitlab(text)) == len(found)
        assert as_gitlab(text)["reportgen_epochs{run=r}"] in ("6", "12")


@settings(max_examples=20)
@given(any_history())
def test_any_history_is_valid(history):
    text = render_openmetrics([PipelineRun("r", "r", judged(history))])
    assert text.endswith("\n# EOF\n")
    assert len(as_gitlab(text)) == len(parsed(text))
