"""Notes, figures, tables and tags survive in the history, and damaged ones are refused."""

import base64
import json
from dataclasses import replace

import pytest
from pictures import SVG, jpeg, png

from reportgen.errors import AdditionError, HistoryError, SettingsError
from reportgen.history.additions import (
    MAX_ADDITIONS,
    MAX_CAPTION,
    MAX_NOTE,
    AddedFigure,
    AddedNote,
    AddedTable,
    Addition,
    checked_tags,
    is_addition,
    joined_additions,
    pack_addition,
    unpack_addition,
)
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.pictures import PictureType, clean_picture


def figure(data: bytes = png(), **values: str) -> AddedFigure:
    picture = clean_picture(data)
    coded = base64.b64encode(picture.data).decode()
    return AddedFigure(picture.type, coded, picture.width, picture.height, **values)  # type: ignore[arg-type]


SOUND: dict[str, Addition] = {
    "note": AddedNote("# Why\n\nBecause *of* <this> &amp; that."),
    "png": figure(),
    "jpeg": figure(jpeg(orientation=6), title="A photo", caption="Of a cat", alt="A cat"),
    "svg": figure(SVG.format("<path d='M0 0'/>").encode(), shows="samples"),
    "reference": replace(figure(), data="#added-picture-3"),
    "table": AddedTable(("a", "b"), (("1", "x"), ("2", "")), (0,), "Rivals", "All of them"),
    "empty table": AddedTable(("a",), ()),
}


@pytest.mark.parametrize("name", SOUND)
def test_an_addition_is_stored_and_read_back(name: str) -> None:
    addition = SOUND[name]
    assert unpack_addition(json.loads(json.dumps(pack_addition(addition)))) == addition
    run = RunFacts(additions=(addition, SOUND["note"]), tags=("baseline", "第一次"))
    history = TrainingHistory.from_columns([1, 2], {"loss": [2.0, 1.0]}).with_run(run)
    assert TrainingHistory.from_json(history.to_json()) == history


def with_data(data: bytes, type_: PictureType = "image/svg+xml") -> AddedFigure:
    return AddedFigure(type_, base64.b64encode(data).decode(), 4, 2)


UNSOUND = {
    "a note that is not text": AddedNote(5),  # type: ignore[arg-type]
    "a note that is too long": AddedNote("x" * (MAX_NOTE + 1)),
    "a drawing with a script": with_data(SVG.format("<script>alert(1)</script>").encode()),
    "a drawing that loads a picture": with_data(SVG.format("<image href='file:///etc/passwd'/>").encode()),
    "a page": with_data(b"<html><body/></html>"),
    "another type": replace(figure(), type="image/jpeg"),
    "HTML by its type": replace(figure(), type="text/html"),  # type: ignore[arg-type]
    "metadata": with_data(png(text="Ada"), "image/png"),
    "no base64": replace(figure(), data='"><script>'),
    "another reference": replace(figure(), data="#reportgen-history"),
    "no size": replace(figure(), width=0),
    "a size that is not a number": replace(figure(), width="4"),  # type: ignore[arg-type]
    "a long title": replace(figure(), title="x" * (MAX_CAPTION + 1)),
    "another kind": replace(figure(), shows="x"),  # type: ignore[arg-type]
    "rows of another length": AddedTable(("a", "b"), (("1",),)),
    "no columns": AddedTable((), ()),
    "cells that are numbers": AddedTable(("a",), ((1,),)),  # type: ignore[arg-type]
    "a column that is not there": AddedTable(("a",), (("1",),), (1,)),
    "too many columns": AddedTable(("a",) * 51, ()),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_a_history_refuses_what_a_page_must_not_show(name: str) -> None:
    assert not is_addition(UNSOUND[name])
    history = TrainingHistory.from_columns([1], {"loss": [2.0]})
    with pytest.raises(HistoryError, match="additions"):
        history.with_run(RunFacts(additions=(UNSOUND[name],)))


@pytest.mark.parametrize(
    "stored",
    [None, 5, [], {}, {"kind": "script"}, {"kind": []}, {"kind": "figure", "data": ""}, {"kind": "note"}],
    ids=repr,
)
def test_damaged_additions_are_one_error(stored: object) -> None:
    with pytest.raises(HistoryError, match="is damaged"):
        unpack_addition(stored)


def test_the_text_of_all_additions_is_bounded() -> None:
    table = AddedTable(("a",) * 20, (("x" * 250,) * 20,) * 200)
    assert not is_addition(table)
    fits = replace(table, rows=table.rows[:199])
    assert is_addition(fits)
    with pytest.raises(AdditionError, match=r"1,045,020 characters; at most 1,000,000"):
        joined_additions(joined_additions((), fits), AddedNote("x" * MAX_NOTE))


def test_a_run_has_a_bounded_number_of_additions_and_of_bytes() -> None:
    note = AddedNote("x")
    most: tuple[Addition, ...] = ()
    for _ in range(MAX_ADDITIONS):
        most = joined_additions(most, note)
    with pytest.raises(AdditionError, match="50 notes, figures and tables already"):
        joined_additions(most, note)
    large = replace(figure(), data="A" * 2_400_000)  # 1.8 MB
    with pytest.raises(AdditionError, match="5,400,000 bytes; at most 5,000,000"):
        joined_additions(joined_additions(joined_additions((), large), large), large)


@pytest.mark.parametrize(
    ("given", "tags"),
    [
        (None, ()),
        ("baseline", ("baseline",)),
        (["a", " b\nc ", "a"], ("a", "b c")),
        (("第一次",), ("第一次",)),
        ({"a": 1}.keys(), ("a",)),
        ("x" * 60, ("x" * 60,)),
    ],
)
def test_tags_are_short_texts(given: object, tags: tuple[str, ...]) -> None:
    assert checked_tags(given) == tags


@pytest.mark.parametrize(
    "given", [5, [5], b"a", "", [" "], ["a", None], "x" * 61, [str(n) for n in range(21)]], ids=repr
)
def test_other_tags_are_refused(given: object) -> None:
    with pytest.raises(SettingsError, match=r"tag.*\."):
        checked_tags(given)
