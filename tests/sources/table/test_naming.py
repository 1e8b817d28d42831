from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import read_log, sentences
from strategies import refusal

from reportgen.errors import SourceError
from reportgen.options import ReadOptions
from reportgen.sources.table.columns import history_from_columns
from reportgen.sources.table.naming import name_columns, notes_on_guesses


def keys(*names: str, said: dict[str, str] | None = None, known: dict[str, str] | None = None) -> list[str]:
    return list(name_columns(names, ReadOptions(columns=said or {}), known=known, where="log")[0].values())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["loss", "val_loss", "accuracy", "val_accuracy"], ["loss", "val_loss", "accuracy", "val_accuracy"]),
        (["train_loss", "valid_loss"], ["loss", "val_loss"]),
        (["train/loss", "val/loss"], ["loss", "val_loss"]),
        (["loss/train", "loss/val"], ["loss", "val_loss"]),
        (["Training Loss", "Validation Loss"], ["loss", "val_loss"]),
        (["trainLoss", "valAcc"], ["loss", "val_Acc"]),
        (["train-logloss", "eval-logloss"], ["logloss", "val_logloss"]),
        (["Epoch", "Loss", "val_Loss"], ["epoch", "loss", "val_loss"]),
        (["global_step", "loss"], ["step", "loss"]),
        (["test_loss", "train_loss"], ["val_loss", "loss"]),
        (["test_loss", "val_loss"], ["test_loss", "val_loss"]),
        (["test_loss", "dev_loss", "eval_loss"], ["test_loss", "dev_loss", "val_loss"]),
        (["loss", "train_loss"], ["loss", "train_loss"]),
        (["interval_loss", "evaluated_loss", "val_"], ["interval_loss", "evaluated_loss", "val_"]),
        (["training", "train_val_loss"], ["training", "train_val_loss"]),
    ],
)  # fmt: skip
def test_names_are_guessed_by_the_split_in_them(names: list[str], expected: list[str]) -> None:
    assert keys(*names) == expected


def test_guessed_names_have_a_note_and_names_of_keras_have_none() -> None:
    history = history_from_columns({"train_loss": [1.0], "test_loss": [2.0], "auc": [0.5]}, where="log")
    assert history.keys == ("loss", "auc", "val_loss")
    assert sentences(history.run.notes) == (
        "The meaning of these metrics was guessed from their names: test_loss → val_loss.",
    )
    as_keras = history_from_columns({"loss": [1.0], "val_loss": [2.0], "step": [1]}, where="log")
    assert (as_keras.axis, sentences(as_keras.run.notes)) == ("step", ())


def test_given_meanings_of_columns_override_guessed_ones() -> None:
    table = "it,test_acc,valid_loss,junk\n0,1.0,2.0,x\n1,0.5,1.5,y\n"
    said = {"it": "epoch", "valid_loss": "val_mae", "junk": ""}
    history = read_log(table, columns=said)
    assert history.keys == ("val_acc", "val_mae")
    assert history.epochs.tolist() == [1, 2]
    assert sentences(history.run.notes) == (
        "The meaning of these metrics was guessed from their names: test_acc → val_acc.",
    )
    assert keys("a", "loss", said={"a": "loss", "loss": ""}) == ["loss"]
    assert keys("a", "b", said={"b": "val_loss"}, known={"b": "other"}) == ["a", "val_loss"]
    assert keys("train_loss", "x", said={"x": "loss"}) == ["train_loss", "loss"]


@pytest.mark.parametrize(
    ("name", "key", "is_guess"),
    [
        ("train_loss", "loss", False),
        ("Train Loss", "loss", False),
        ("Average loss", "loss", False),
        ("Loss/val", "val_loss", False),
        ("valid_acc", "val_acc", False),
        ("dev F1", "val_F1", False),
        ("test_loss", "val_loss", True),
        ("Average loss", "val_loss", True),
        ("Accuracy", "val_Accuracy", True),
        ("train_objective", "loss", True),
        ("val_train_loss", "val_loss", True),
    ],
)
def test_a_name_that_says_its_meaning_needs_no_note(name: str, key: str, is_guess: bool) -> None:
    assert bool(notes_on_guesses([(name, key)])) == is_guess


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"acc": "accuracy"}, 'it has no column "acc", only "loss", "a"'),
        ({"a": "loss"}, 'columns "loss" and "a" are both "loss".* --columns "a="'),
        ({"loss": "", "a": ""}, "it has no metric"),
    ],
)
def test_invalid_meanings_of_columns_are_refused(said: dict[str, str], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        history_from_columns({"loss": [1.0], "a": [2.0]}, where="log", options=_said(said))


def _said(columns: dict[str, str]) -> Any:
    from reportgen.options import ReadOptions

    return ReadOptions(columns=columns)


def test_text_columns_are_left_out_with_a_note_but_a_loss_never_is() -> None:
    history = read_log("epoch,loss,host,at\n0,1.0,here,2026-01-01\n1,0.5,there,2026-01-02\n")
    assert history.metric_names == ("loss",)
    assert sentences(history.run.notes) == ("These columns contain no numbers and were left out: host, at.",)
    with pytest.raises(SourceError, match='column "loss" has text "low"'):
        read_log("epoch,loss,auc\n0,low,1\n")
    with pytest.raises(SourceError, match='column "auc" has text "x" in row 2'):
        read_log("epoch,loss,auc\n0,1,1\n1,1,x\n")


@given(
    st.lists(
        st.one_of(st.sampled_from(["train_loss", "valLoss", "test loss", "Epoch", "step"]), st.text(max_size=6)),
        unique=True,
        max_size=8,
    )
)
def test_every_name_gets_one_key_and_no_key_is_used_twice(names: list[str]) -> None:
    stripped = list(dict.fromkeys(name.strip() for name in names))
    assert refusal(lambda: name_columns(stripped, where="log")) == ""
    found, _ = name_columns(stripped, where="log")
    assert list(found) == stripped
    assert len(set(found.values())) == len(found)
