"""Histories that earlier versions stored keep their meaning when sentences are reworded."""

import json

import pytest

import reportgen
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CUT, Note
from reportgen.page.run_details import find_cut
from reportgen.wording import notes as sentences

SCHEMA_1 = """{"schema": "reportgen/history/1",
"run": {"title": "First try", "status": "completed", "epochs_planned": 3, "durations_s": [1.5, 0.25, 0.25],
"layers": [{"name": "dense", "kind": "Dense", "output_shape": "(None, 1)", "parameters": 9}],
"early_stopping": {"monitor": "val_loss", "patience": 2, "restored_epoch": 2},
"optimizer_settings": [["learning_rate", "0.001"]], "resumed_at": [2], "notes": [
"What these columns are was guessed by their names: train_loss \\u2192 loss.",
"This run was read from a report that holds 200,001 of its 1,500,000 values; what is said of it here rests on these. \
The whole is in the log."]},
"series": [{"metric": "loss", "split": "train", "epochs": {"first": 1, "last": 3, "step": 1},
"values": [0.9, "NaN", "-Infinity"]}, {"metric": "loss", "split": "validation", "epochs": [1, 3],
"values": [1.0, "Infinity"]}]}"""


def test_an_old_file_is_read() -> None:
    history = TrainingHistory.from_json(SCHEMA_1)
    assert history.keys == ("loss", "val_loss")
    assert history.series("loss", "validation").to_dict() == {1: 1.0, 3: float("inf")}
    assert history.run.layers[0].parameters == 9
    assert history.run.notes == (
        Note.of("text", text="What these columns are was guessed by their names: train_loss → loss."),
        Note.of(CUT, kept=200_001, all=1_500_000),
    )


def test_rewording_a_sentence_does_not_break_old_files(monkeypatch: pytest.MonkeyPatch) -> None:
    reworded = dict.fromkeys(sentences.SENTENCES, "Entirely other words. " * 3)
    monkeypatch.setattr(sentences, "SENTENCES", reworded)
    history = TrainingHistory.from_json(SCHEMA_1)
    cut = find_cut(history)
    assert cut is not None
    assert (cut.kept, cut.logged) == ("200,001", "1,500,000")
    page = reportgen.build(history).to_html()
    assert "What these columns are was guessed by their names: train_loss → loss." in page
    assert "Entirely other words." in page


def test_an_old_file_is_stored_in_the_current_schema() -> None:
    history = TrainingHistory.from_json(SCHEMA_1)
    stored = json.loads(history.to_json())
    assert stored["schema"] == "reportgen/history/2"
    assert stored["run"]["notes"][1] == {"code": "cut", "values": {"kept": 200_001, "all": 1_500_000}}
    assert TrainingHistory.from_json(history.to_json()) == history
