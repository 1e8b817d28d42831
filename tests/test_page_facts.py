"""Test results, settings of the log and early stopping on the page, in summaries, emails and JSON."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import reportgen
from reportgen.history.facts import EarlyStopping, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.outputs.email.letter import MailedReport, write_letter
from reportgen.outputs.email.plain import render_plain
from reportgen.outputs.terminal_text import render_text
from reportgen.page.words import word_report

SAMPLES = Path(__file__).resolve().parent.parent / "sample_reports" / "histories"

RESULTS = (("loss", 0.14513), ("accuracy", 0.9561))
SAID = "Test results after training: loss 0.1451, accuracy 0.9561."


def report_of(**facts: object) -> reportgen.Report:
    columns = {"loss": [0.9, 0.5, 0.4, 0.35, 0.3], "val_loss": [0.9, 0.6, 0.5, 0.45, 0.44]}
    return reportgen.build(TrainingHistory.from_columns(range(1, 6), columns, RunFacts(**facts)))  # type: ignore[arg-type]


def test_test_results_are_shown_everywhere_and_marked_as_measured_after_training() -> None:
    report = report_of(test_results=RESULTS)
    letter = write_letter([MailedReport(report._page, report.diagnosis, b"")], ["report.html"], 25)
    for text in (report.to_html(), report.summary(), render_text(report._page), render_plain(letter)):
        assert SAID in " ".join(text.split())
    assert report.to_dict()["test_results"] == dict(RESULTS)
    assert report.to_dict()["values"].keys() == {"loss", "val_loss"}


def test_a_report_without_test_results_does_not_mention_them() -> None:
    report = report_of()
    assert "measured after training" not in report.to_html() + report.summary()
    assert not {"test_results", "params"} & report.to_dict().keys()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"monitor": "val_wer", "notes": (Note.of("own-criterion", name="eval_wer"),)}, "chose its best model"),
        ({"resumed_at": (4,), "notes": (Note.of("restarted", row=4, epoch=4),)}, "resumed at epoch 4"),
        ({"notes": (Note.of("own-criterion", name="eval_wer"),)}, "chose its best model"),
        ({"tool": "sklearn", "notes": (Note("iterations"),)}, ""),
    ],
)
def test_what_a_finding_says_is_not_said_again_in_a_note(facts: dict[str, Any], said: str) -> None:
    history = reportgen.load({"loss": [0.9, 0.8, 0.7, 0.6, 0.5], "val_wer": [0.9, 0.7, 0.5, 0.4, 0.3]})
    report = reportgen.build(history.with_run(replace(history.run, **facts)))
    text = " ".join(render_text(word_report(report.history, report.diagnosis)).split())
    assert text.count(said) == 1 if said else "in this report is one" not in text


def test_a_finding_that_an_answer_does_not_confirm_is_not_called_said() -> None:
    page = reportgen.build(SAMPLES / "test-data.json")._page
    assert "RG202" in [row.rule for row in page.findings]
    assert "RG202" not in page.restated


def test_a_chosen_epoch_that_is_not_the_lowest_is_not_called_best_in_its_own_chart() -> None:
    page = reportgen.build(SAMPLES / "healthy.json")._page
    assert page.charts[0].reading.endswith("Ring: 0.5187 in epoch 56, taken as best: noise can explain the difference.")
    assert page.charts[1].reading.endswith("in epoch 56, the best epoch by val_loss.")


def test_a_page_does_not_contradict_itself() -> None:
    page = reportgen.build(SAMPLES / "two-outputs.json")._page
    assert "Output digit got worse after epoch 3." in page.detail
    assert page.highlights[-1].name == "val_loss vs. loss (0.00258) at best epoch"
    assert "warning, RG203" in page.restated or "note, RG203" in page.restated
    assert ("Parameters", "85,067 (all trainable)") in [(fact.name, fact.value) for fact in page.facts]


def test_many_test_results_are_counted() -> None:
    report = report_of(test_results=tuple((f"metric_{place}", 1.0) for place in range(20)))
    assert "metric_7 1 and 12 more." in report._page.test_results


def test_settings_and_early_stopping_of_the_log_are_facts_of_the_run() -> None:
    stopping = EarlyStopping("val_loss", 3, restored_epoch=4)
    report = report_of(params=(("batch_size", "32"), ("model", "resnet")), early_stopping=stopping)
    facts = {fact.name: fact.value for fact in report._page.facts}
    assert report._page.settings.rows == (("batch_size", "32"), ("model", "resnet"))
    assert facts["Early stopping"] == "monitor val_loss, patience 3, weights of epoch 4 restored"
    assert report.to_dict()["params"] == {"batch_size": "32", "model": "resnet"}
