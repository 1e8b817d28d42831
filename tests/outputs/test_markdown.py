"""The Markdown summary: content, size limit, and names that stay text."""

import histories
import numpy as np
import pytest
from hypothesis import given, settings
from judged_runs import judged, pipeline
from markdown_check import references, rendered
from strategies import histories as any_history

import reportgen
from reportgen.gate import GateRules
from reportgen.gate.rules import read_requirement
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.languages import ENGLISH
from reportgen.outputs.markdown import LIMIT_BYTES, render_pipeline, render_summary
from reportgen.page.value_tables import MAX_VALUE_ROWS

TAGS = {"h2", "h3", "h4", "p", "strong", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td"}


def size(text):
    return len(text.encode("utf-8"))


def many_metrics(count, name="metric_{}"):
    line = np.linspace(1.0, 0.5, 40)
    columns = {"loss": line, "val_loss": line} | {name.format(n): line for n in range(count)}
    return TrainingHistory.from_columns(np.arange(1, 41), columns, RunFacts(title="Many"))


def test_it_contains_verdict_gate_advice_answers_findings_values_and_comparison():
    rules = GateRules(("overfitting", "diverged"), require=(read_requirement("val_loss<=0.3"),))
    run = judged(histories.overfit_from_12(), histories.healthy(), rules)
    text = render_summary(run)
    words = run.diagnosis.verdict_words
    assert text.startswith(f"## {words.title}\n")
    for part in (
        words.text,
        "### Gate failed: 2 of 3 rules broken",
        "- **Failed** `overfitting` Does it overfit? Yes, from epoch 13 on",
        "- **Failed** `val_loss<=0.3` The best val_loss is 0.4, in epoch 12; 0.3 or less is required.",
        "- **Passed** `diverged`",
        *(f"- {advice}" for advice in words.advice),
        "| Does it overfit? | Yes, from epoch 13 on |",
        "- Already covered above: Overfitting from epoch 13 on (warning, RG201); Best epoch 12 (good, RG108).",
        "| val_loss | 0.7300 | 0.4000 | 12 | 0.9760 | `▅▄▃▃▂▁▁▁▂▂▂▃▃▃▃▄▄▄▅▅▅▆▆▆▆▇▇▇██` |",
        "Unsure whether it is worse than the baseline",
        "| val_loss | 0.4000 (epoch 12) | 0.3128 (epoch 68) | 0.08717 worse | never |",
    ):
        assert part in text
    assert text.index("`val_loss<=0.3`") < text.index("`diverged`")  # broken rules first
    page = rendered(text)
    assert page.tags.count("table") == 3
    assert set(page.tags) <= TAGS


def test_without_gate_baseline_or_title_it_does_not_mention_them():
    text = render_summary(judged(histories.healthy()))
    assert "Gate" not in text
    assert "baseline" not in text
    assert "****" not in text


def test_report_summary_returns_the_same_text():
    report = reportgen.build(histories.overfit_from_12(), baseline=histories.healthy())
    assert report.summary() == render_summary(judged(histories.overfit_from_12(), histories.healthy()))
    gate = report.gate(fail_on="overfitting")
    assert "Gate failed" in report.summary(gate=gate)


@pytest.mark.parametrize("make", histories.ALL)
def test_every_run_renders_to_expected_tags_without_links(make):
    run = judged(make(), histories.healthy(), GateRules(("overfitting", "diverged")))
    text = render_summary(run)
    page = rendered(text)
    assert set(page.tags) <= TAGS
    assert page.tags.count("h2") == 1
    assert not references(page.text)
    assert size(text) <= LIMIT_BYTES
    assert text.endswith("\n")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len([tag for tag in page.tags if tag == "tr"]) == len(rows) - page.tags.count("table")  # no row was split


@settings(max_examples=15)
@given(any_history())
def test_any_history_renders_to_expected_tags(history):
    page = rendered(render_summary(judged(history)))
    assert set(page.tags) <= TAGS
    assert page.tags.count("h2") == 1


@pytest.mark.parametrize("name", ["metric_{}", "損失関数の値の移動平均その{}番目の計測値", "|{}|@a#1<b>`"])
def test_rows_that_do_not_fit_are_counted(name):
    run = judged(many_metrics(1000, name), histories.healthy())
    text = render_summary(run)
    assert LIMIT_BYTES * 0.3 < size(text) <= LIMIT_BYTES
    page = rendered(text)
    assert set(page.tags) <= TAGS
    values = text.split("### Best and last values")[1].split("###")[0]
    shown = len([line for line in values.splitlines() if line.startswith("|")]) - 2
    assert 20 < shown < MAX_VALUE_ROWS
    assert f"{MAX_VALUE_ROWS - shown} more rows are only in the report." in values
    assert "400 of 1,002 curves are listed" in values
    assert "Compared with the baseline" in text  # a long table leaves space for later parts
    assert "Five answers" in text


@pytest.mark.parametrize("limit", [4_000, 10_000, 20_000])
def test_any_limit_with_space_for_the_verdict_is_respected(limit):
    assert size(render_summary(judged(many_metrics(500)), limit=limit)) <= limit


def test_a_pipeline_of_one_run_has_only_the_summary_of_the_run():
    (run,) = pipeline(histories.healthy())
    assert render_pipeline([run], ENGLISH) == render_summary(run.judged)


def test_a_summary_of_several_runs_begins_with_a_table_sorted_worst_first():
    text = render_pipeline(pipeline(histories.healthy(), histories.overfit_from_12(), errors=["no|pe.csv"]), ENGLISH)
    head, *parts = text.split("\n### ")
    assert head.startswith("## Training runs: 2 of 3 failed\n")
    rows = [line for line in head.splitlines() if line.startswith("|")][2:]
    assert [row.split(" | ")[0] for row in rows] == ["| no\\|pe.csv", "| run-2", "| run-1"]
    assert "Failed `overfitting`" in rows[1]
    assert rows[2].endswith("| Passed |")
    assert [part.split(":")[0] for part in parts] == ["run-2", "run-1"]
    assert set(rendered(text).tags) <= TAGS


def test_a_single_run_that_could_not_be_read_is_listed():
    text = render_pipeline(pipeline(errors=["a.csv"]), ENGLISH)
    assert "## Training runs: 1 of 1 failed" in text
    assert "| a.csv | a.csv: no such file |  |" in text


def test_many_runs_stay_within_the_limit_and_say_how_many_are_left_out():
    runs = pipeline(*[many_metrics(30)] * 40)
    text = render_pipeline(runs, ENGLISH)
    assert size(text) <= LIMIT_BYTES
    described = text.count("\n### ")
    assert 5 < described < 40
    assert f"{40 - described} more runs are described only in their reports." in text
    assert text.count("| run-") == 40  # each is in the table
    assert size(render_pipeline(pipeline(*[many_metrics(0)] * 2000), ENGLISH)) <= LIMIT_BYTES
