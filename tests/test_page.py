"""The page as data and as HTML."""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import histories
import pandas as pd
import pytest
from html_check import check_html

import reportgen
from reportgen import assets
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.page.build import build_page
from reportgen.render import embed_json, render_html

RUNS = [
    histories.healthy,
    histories.overfit_from_12,
    histories.diverged_at_7,
    histories.validation_every_3,
    histories.resumed,
    histories.one_epoch,
    histories.accuracy_only,
    histories.no_validation,
    histories.not_learning,
    histories.still_improving,
    histories.hostile_names,
    histories.finite_explosion,
    histories.learning_rate_steps,
]


@pytest.mark.parametrize("make", RUNS, ids=lambda make: make.__name__)
def test_page_is_well_formed_and_self_contained(make: Callable[[], TrainingHistory]) -> None:
    report = reportgen.build(make())
    words = check_html(report.to_html())
    assert report.diagnosis.verdict_words.title in words
    for answer in ("Did it learn?", "Does it overfit?", "Has it converged?", "Would more training help?"):
        assert answer in words
    assert not re.search(r"\b(None|nan|undefined)\b", words)


def test_hostile_text_anywhere_in_the_run_stays_text() -> None:
    bad = "</script><img src=x onerror=alert(1)>\"'&<!--]]>"
    run = RunFacts(
        title=bad, model_name=bad, optimizer=bad, loss=bad, optimizer_settings=((bad, bad),), versions=((bad, bad),),
        started_at=bad, notes=(Note.of("text", text=bad), Note.of(bad, a=bad)),
    )  # fmt: skip
    history = TrainingHistory.from_columns([1, 2, 3], {bad: [3.0, 2.0, 1.0], "val_" + bad: [3.0, 2.0, 1.5]}, run)
    html = reportgen.build(history).to_html()
    words = check_html(html)
    assert "<img src=x" not in html
    assert bad in words


@pytest.mark.parametrize("ending", ["</script>", "</SCRIPT ", "<!--", "]]>", "\u2028", "\u2029", "&lt;"])
def test_embedded_json_cannot_end_its_element(ending: str) -> None:
    assert not set("<>&\u2028\u2029") & set(embed_json(f'{{"a": "{ending}"}}'))


@pytest.mark.parametrize(("name", "limit"), [("crosshair", 9.25 * 1024), ("interactive", 20.5 * 1024)])
def test_scripts_are_small_and_make_no_requests(name: Any, limit: float) -> None:
    script = assets.script(name)
    assert len(script.encode()) <= limit
    assert not re.search(r"fetch|XMLHttp|import\(|localStorage|cookie|eval|innerHTML", script)


def test_the_same_history_produces_the_same_bytes_without_time_or_paths() -> None:
    first = reportgen.build(histories.diverged_at_7()).to_html()
    assert first == reportgen.build(histories.diverged_at_7()).to_html()
    assert str(Path.cwd()) not in first
    assert socket.gethostname() not in first


def test_numbers_on_the_page_match_the_history() -> None:
    history = histories.overfit_from_12()
    page = build_page(history, reportgen.diagnose(history), version="0")
    _, _, best, best_epoch, last = next(row for row in page.values.rows if row[0] == "val_loss")
    curve = history.series("loss", "validation")
    assert best == f"{curve.min():.4f}"
    assert best_epoch == str(curve.idxmin())
    assert last == f"{curve.iloc[-1]:.4f}"


def test_the_status_is_that_of_the_worst_part_and_says_if_only_training_was_judged() -> None:
    page = reportgen.build(histories.two_outputs())._page
    order = ["good", "note", "warning", "critical"]
    assert page.tone == max((row.tone for row in page.outputs), key=order.index)
    assert page.scope == ""
    diverged = reportgen.build({"loss": [0.9, 0.7, 0.6, 0.5, float("nan"), float("nan")]})._page
    assert diverged.scope == "Only training values were judged."
    unseen = reportgen.build(histories.no_validation())._page
    assert "no validation values" in unseen.detail
    assert unseen.scope == "", "the sentence before says it"
    assert "No validation data (note, RG601)" in unseen.restated


def test_certainty_is_shown_only_if_it_is_below_95_percent() -> None:
    for make in (histories.healthy, histories.still_improving, histories.not_learning):
        report = reportgen.build(make())
        for row, answer in zip(report._page.answers, report.diagnosis.answers.values(), strict=True):
            sure = answer.probability is not None and max(answer.probability, 1 - answer.probability) >= 0.95
            assert row.doubt == ("" if sure else row.certainty)


def test_an_interrupted_run_names_its_last_epoch_and_the_planned_number() -> None:
    history = histories.healthy()
    last = int(history.epochs[-1])
    cut = TrainingHistory(history.frame, RunFacts(status="interrupted", epochs_planned=last + 10))
    words = check_html(reportgen.build(cut).to_html())
    assert f"Interrupted at epoch {last} of {last + 10}." in words


def test_comparison_shows_the_difference_and_the_epoch_that_reached_the_baseline() -> None:
    now = TrainingHistory.from_columns([1, 2, 3], {"loss": [0.9, 0.6, 0.4], "accuracy": [0.5, 0.6, 0.6]})
    before = TrainingHistory.from_columns([1, 2, 3], {"loss": [0.9, 0.7, 0.5], "accuracy": [0.5, 0.6, 0.7]})
    page = build_page(now, reportgen.build(now, baseline=before).diagnosis, baseline=before, version="0")
    assert page.comparison is not None
    loss, accuracy = page.comparison.rows
    assert page.comparison_text == (
        "Unsure whether it is better than the baseline: the best loss is 0.4, the baseline's 0.5. A curve of "
        "fewer than 5 values does not show how large the noise is."
    )
    assert loss == ("loss", "0.4000 (epoch 3)", "0.5000 (epoch 3)", "0.1000 better", "epoch 3")
    assert accuracy[3:] == ("0.1000 worse", "never")
    assert "Compared with the baseline" in check_html(render_html(page))


def test_report_without_baseline_has_no_comparison() -> None:
    assert "Compared with the baseline" not in reportgen.build(histories.healthy()).to_html()


def test_the_range_of_logged_steps_is_listed_with_the_facts_of_the_run() -> None:
    frame = pd.DataFrame(
        {"epoch": [1, 2], "step": [500, 12_000], "metric": "loss", "split": "train", "value": [1, 0.5]}
    )
    history = TrainingHistory(frame)
    page = build_page(history, reportgen.diagnose(history), version="1")
    assert {fact.name: fact.value for fact in page.facts}["Steps"] == "500 to 12,000"
