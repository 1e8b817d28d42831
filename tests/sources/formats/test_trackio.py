from pathlib import Path

import pytest
from logs import read_path, sentences
from trackio_databases import database

import reportgen
from reportgen.errors import SourceError

ROWS = [
    {
        "epoch": 0,
        "train_loss": 1.0,
        "val_loss": 1.5,
        "nested": {"f1": 0.5},
        "note": "x",
        "image": {"_type": "i", "n": 1},
    },
    {"epoch": 1, "train_loss": 0.5, "val_loss": "NaN", "nested": {"f1": 0.75}, "done": True},
]


@pytest.mark.parametrize("old", [False, True], ids=["0.43", "first versions"])
def test_numbers_are_read_and_everything_else_is_left_out(old: bool, tmp_path: Path) -> None:
    history = read_path(database(tmp_path / "demo.db", {"a": ROWS}, old=old))
    assert history.keys == ("loss", "nested.f1", "val_loss")
    assert history.series("loss", "train").to_dict() == {1: 1.0, 2: 0.5}
    assert history.series("loss", "validation").isna().tolist() == [False, True]
    assert history.run.title == "a"
    assert history.run.params == (() if old else (("lr", "0.1"), ("model", "net")))


def test_runs_are_separate_even_if_they_have_the_same_name(tmp_path: Path) -> None:
    path = database(tmp_path / "demo.db", {"a": ROWS, "b": ROWS, "b#2": ROWS[:1]})
    assert [history.run.title for history in reportgen.load_all(path)] == ["a", "b", "b"]
    assert read_path(path, run="a").run.title == "a"
    assert "this report shows b (2)" in sentences(read_path(path, run=3).run.notes)[0]


def test_a_counter_of_the_program_wins_over_the_number_of_the_call(tmp_path: Path) -> None:
    rows = [{"train/global_step": 10 * n, "train/loss": 1.0 / (n + 1)} for n in range(3)]
    history = read_path(database(tmp_path / "demo.db", {"a": rows}))
    assert (history.axis, history.epochs.tolist()) == ("step", [0, 10, 20])


def test_a_database_without_metrics_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the Trackio database has no metrics"):
        read_path(database(tmp_path / "demo.db", {"a": [{"note": "x"}]}))
