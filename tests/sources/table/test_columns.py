import math
from typing import Any

import numpy as np
import pytest
from logs import sentences

from reportgen.errors import SourceError
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.sources.table.cells import ABSENT
from reportgen.sources.table.columns import history_from_columns


def read(columns: dict[str, Any], **more: Any) -> TrainingHistory:
    return history_from_columns(columns, where="log", **more)


def test_the_last_written_values_of_repeated_epochs_are_used() -> None:
    history = read({"epoch": [0, 1, 2, 1, 2], "loss": [5.0, 4.0, 3.0, 2.0, 1.0]})
    assert history.series("loss", "train").tolist() == [5.0, 2.0, 1.0]
    assert history.run.resumed_at == (2,)


def test_rows_in_another_order_are_sorted_with_their_values() -> None:
    assert read({"epoch": [3, 1, 2], "loss": [0.3, 0.1, 0.2]}).series("loss", "train").tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("epoch", "message"),
    [
        (-1, 'epoch "-1.0" in row 2 is not a whole number'),
        (math.nan, 'epoch "nan" in row 2|row 2 has no epoch'),
        (math.inf, 'epoch "inf" in row 2'),
        (2**53, 'epoch "90071992547…" in row 2'),
        (10**400, "row 2 is not a number"),
        ("x", 'epoch "x" in row 2 is not a number'),
        ({}, 'epoch "{}" in row 2 is not a number'),
    ],
)
@pytest.mark.parametrize("way", ["column", "argument"])
def test_epochs_that_cannot_be_counted_are_refused_with_their_row(epoch: Any, message: str, way: str) -> None:
    columns: dict[str, Any] = {"loss": [1.0, 2.0]} | ({"epoch": [0, epoch]} if way == "column" else {})
    with pytest.raises(SourceError, match=message):
        read(columns, epochs=[0, epoch] if way == "argument" else None)


def test_given_epochs_that_are_fractions_are_refused() -> None:
    with pytest.raises(SourceError, match=r'epoch "0\.5" in row 2 is not a whole number'):
        read({"loss": [1.0, 2.0]}, epochs=[0, 0.5])


def test_given_epochs_take_precedence_over_a_column_and_rows_are_numbered_if_there_is_neither() -> None:
    assert read({"epoch": [5, 6], "loss": [1.0, 2.0]}, epochs=[8, 9]).epochs.tolist() == [8, 9]
    assert read({"loss": [1.0, 2.0]}).epochs.tolist() == [1, 2]
    assert read({"Epoch": [5, 6], "loss": [1.0, 2.0]}).epochs.tolist() == [5, 6]


@pytest.mark.parametrize("text", [*sorted(ABSENT), " NA ", "None", "NULL"])
def test_words_for_missing_values_are_absent_values(text: str) -> None:
    history = read({"loss": ["1", "0.5"], "val_loss": [text, "0.7"]})
    assert history.series("loss", "validation").index.tolist() == [2]


def test_nan_and_inf_in_text_are_values() -> None:
    values = read({"loss": ["nan", "inf", "-inf", "NaN", "1e-3", " +2 "]}).series("loss", "train").tolist()
    assert math.isnan(values[0])
    assert values[1:3] == [math.inf, -math.inf]
    assert math.isnan(values[3])
    assert values[4:] == [0.001, 2.0]


@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "1_000",
        "0x10",
        "0,5",
        "1 2",
        "True",
        "[1",
        "[1. 2.]",
        '["a"]',
        "[{}]",
        "[[1],[2,3]]",
        {},
        object(),
        1j,
        10**400,
    ],
)
def test_a_cell_that_is_not_a_number_is_refused_with_its_column_and_row(cell: Any) -> None:
    with pytest.raises(SourceError, match=r'log: column "loss" has .* in row 2; metrics must be numbers') as caught:
        read({"loss": [1.0, cell]})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cell", [10**5000, "[" * 5000 + "]" * 5000], ids=["integer", "nest"])
def test_huge_cells_are_refused_in_a_short_message(cell: Any) -> None:
    with pytest.raises(SourceError) as caught:
        read({"loss": [1.0, cell]})
    assert len(str(caught.value)) < 250


def test_booleans_and_numpy_scalars_are_numbers() -> None:
    assert read({"loss": [True, np.float32(0.5), np.array(0.25), np.array([0.125])]}).series(
        "loss", "train"
    ).tolist() == [
        1.0,
        0.5,
        0.25,
        0.125,
    ]


@pytest.mark.parametrize(
    "cells", [["[0.1, 0.2]", "[0.3, 0.4]"], [[0.1, 0.2], (0.3, 0.4)], [np.array([0.1, 0.2]), np.array([0.3, 0.4])]]
)
def test_a_vector_per_epoch_becomes_one_metric_per_component(cells: list[Any]) -> None:
    history = read({"val_f1": cells})
    assert history.keys == ("val_f1[0]", "val_f1[1]")
    assert history.series("f1[1]", "validation").tolist() == [0.2, 0.4]


def test_a_vector_or_one_of_its_components_may_be_absent_in_an_epoch() -> None:
    history = read({"f1": ["[1, null]", "NA", "[2, NaN]"]})
    assert history.series("f1[0]", "train").to_dict() == {1: 1.0, 3: 2.0}
    assert history.series("f1[1]", "train").index.tolist() == [3]
    assert math.isnan(history.series("f1[1]", "train")[3])


@pytest.mark.parametrize(
    ("cells", "kept", "row"),
    [
        (["[1, 2]", "[1, 2, 3]", "[3, 4]"], {"f1[0]": {1: 1, 3: 3}, "f1[1]": {1: 2, 3: 4}}, 2),
        (["[1, 2, 3]", "[1, 2]", "[3, 4]"], {"f1[0]": {2: 1, 3: 3}, "f1[1]": {2: 2, 3: 4}}, 1),
        (["1", "[1, 2]", "2", None], {"f1": {1: 1, 3: 2}}, 2),
        (["[1, 2]", "[1, 2, 3]"], {"f1[0]": {1: 1}, "f1[1]": {1: 2}}, 2),
        ([0.5, "low", 0.25], {"f1": {1: 0.5, 3: 0.25}}, 2),
        ([0.5, 0.25, {"a": 1}], {"f1": {1: 0.5, 2: 0.25}}, 3),
        ([0.5, 10**400, 0.25], {"f1": {1: 0.5, 3: 0.25}}, 2),
        ([[0.5, "x"], [1, 2], [3, 4]], {"f1[0]": {2: 1, 3: 3}, "f1[1]": {2: 2, 3: 4}}, 1),
    ],
)
def test_an_odd_cell_loses_only_itself_and_a_note_says_so(cells: list[Any], kept: dict[str, Any], row: int) -> None:
    loss = [1.0] * len(cells)
    history = read({"loss": loss, "f1": cells})
    assert {name: history.series(name, "train").to_dict() for name in history.metric_names if name != "loss"} == kept
    assert history.series("loss", "train").tolist() == loss
    assert history.run.notes == (Note.of("odd-values", count=1, columns=("f1",), row=row),)


def test_many_odd_lengths_and_cells_are_counted_in_one_note() -> None:
    vectors = [[1.0] * length for length in range(2, 40)] + [[2.0, 2.0]]
    history = read({"loss": [1.0] * 37 + ["x", None], "f1": vectors})
    assert history.series("f1[1]", "train").to_dict() == {1: 1.0, 39: 2.0}
    assert history.run.notes == (Note.of("odd-values", count=38, columns=("loss", "f1"), row=2),)


def test_rows_whose_epoch_is_not_a_number_are_left_out_if_they_are_few() -> None:
    history = read({"epoch": [0, "x", 1, 2], "loss": [4.0, 3.0, 2.0, None], "acc": [0.1, None, 0.2, 0.3]})
    assert history.series("loss", "train").to_dict() == {1: 4.0, 2: 2.0}
    assert history.series("acc", "train").to_dict() == {1: 0.1, 2: 0.2, 3: 0.3}
    assert history.run.notes == (Note.of("odd-values", count=1, columns=("epoch",), row=2),)


def test_a_column_that_is_mostly_text_is_left_out() -> None:
    history = read({"loss": [1.0, 0.5], "state": [1, "warm"]})
    assert history.metric_names == ("loss",)
    assert history.run.notes == (Note.of("no-numbers", columns=("state",)),)


def test_of_two_columns_with_one_name_the_first_is_used() -> None:
    history = read({"loss": [1.0], " loss ": [2.0]})
    assert history.series("loss", "train").tolist() == [1.0]
    assert history.run.notes == (Note.of("columns-twice", columns=("loss",)),)


def test_no_column_silently_replaces_a_component_of_a_vector() -> None:
    with pytest.raises(SourceError, match="Rename one"):
        read({"f1": ["[1, 2]"], "f1[0]": ["3"]})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "no metric"),
        ({"epoch": [0, 1]}, "no metric"),
        ({"epoch": [], "loss": []}, "it has no rows"),
        ({"loss": ["", "NA"]}, "it has no number in"),
        ({"a": [None], "b": [None]}, 'no number in "a", "b"'),
    ],
)
def test_a_log_without_numbers_is_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(columns)


def test_names_are_stripped() -> None:
    assert read({" loss ": [1.0]}).metric_names == ("loss",)
    assert read({"val_ ": [1.0]}).keys == ("val_",)


def test_names_that_a_history_cannot_have_are_replaced() -> None:
    names = ["loss", " ", "\ud800", "\udfff", "unnamed 2"]
    history = read({name: [float(number)] for number, name in enumerate(names)})
    assert [history.series(name, "train")[1] for name in ("loss", "unnamed", "�", "� 2", "unnamed 2")] == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert history.run.notes == (Note.of("odd-names", pairs=(" → unnamed", "� → �", "� → � 2")),)


def test_known_facts_are_kept_and_notes_added() -> None:
    first = Note.of("text", text="first")
    history = read(
        {"epoch": [0, 1, 1], "loss": [3.0, 1.0, 2.0]},
        run=RunFacts(title="T", notes=(first,), resumed_at=(9,)),
    )
    assert history.run.title == "T"
    assert history.run.notes[0] == first
    assert "more than once" in sentences(history.run.notes)[1]
    assert history.run.resumed_at == (9, 2)
