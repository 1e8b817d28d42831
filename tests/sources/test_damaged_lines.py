"""One damaged line of a log loses only that line, and a note says which."""

import json

import pytest
from logs import read_log

from reportgen.errors import SourceError
from reportgen.history.notes import Note

LOSSES = [4.0, 2.0, 1.5, 1.2, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
TABLE = ["epoch,loss,acc"] + [f"{epoch},{loss},0.5" for epoch, loss in enumerate(LOSSES)]
ROWS = [json.dumps({"epoch": epoch, "loss": loss, "acc": 0.5}) for epoch, loss in enumerate(LOSSES)]
PLACE = 5
DAMAGED_ROWS = [
    b"3,1.2", b"3,1.2,0.5,4,1.0,0.5", b"3,1.\xff\xfe,0.5", b"\xff" * 40, b"\0" * 40, b"3,\0\0\0,0.5",
    b"3,1.\xf0\x9f,0.5",
]  # fmt: skip
DAMAGED_OBJECTS = [
    b'{"epoch": 3, "lo', b"3,1.2,0.5", b"\xff" * 40, b"\0" * 40, b'{"epoch": 3, "loss": 1.\xff}', b"[1, 2]", b"null",
    b'{"epoch": 3, "loss": 1' + b"0" * 5000 + b"}", b"[" * 100_000,
]  # fmt: skip


def with_line(lines: list[str], place: int, line: bytes, end: bytes = b"\n") -> bytes:
    made = [text.encode() for text in lines]
    made[place] = line
    return b"\n".join(made) + end


@pytest.mark.parametrize("damaged", DAMAGED_ROWS)
@pytest.mark.parametrize("form", ["csv", "table", None])
def test_a_damaged_line_of_a_table_loses_only_itself(damaged: bytes, form: str | None) -> None:
    history = read_log(with_line(TABLE, PLACE, damaged), format=form)
    left = {epoch: loss for epoch, loss in enumerate(LOSSES, 1) if epoch != PLACE}
    assert history.series("loss", "train").to_dict() == left
    assert history.series("acc", "train").index.tolist() == list(left)
    assert Note.of("damaged-lines", count=1, lines=(str(PLACE + 1),)) in history.run.notes


@pytest.mark.parametrize("damaged", DAMAGED_OBJECTS)
def test_a_damaged_line_of_json_lines_loses_only_itself(damaged: bytes) -> None:
    history = read_log(with_line(ROWS, PLACE, damaged))
    sound = {epoch: loss for epoch, loss in enumerate(LOSSES, 1) if epoch != PLACE + 1}
    assert history.series("loss", "train").to_dict() == sound
    assert Note.of("damaged-lines", count=1, lines=(str(PLACE + 1),)) in history.run.notes


@pytest.mark.parametrize(("lines", "cut"), [(TABLE, b"11,0."), (ROWS, b'{"epoch": 11, "lo'), (ROWS, b'{"epoch": 11')])
def test_an_incomplete_last_line_is_left_out(lines: list[str], cut: bytes) -> None:
    history = read_log(with_line(lines, -1, cut, b""))
    assert history.series("loss", "train").tolist() == LOSSES[:-1]
    assert Note("last-line") in history.run.notes


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (with_line(TABLE[:3], 2, b"1"), "line 3 has 1 cells"),
        ("\n".join([*TABLE[:6], "6,1", "7,1"]).encode() + b"\n", "line 7 has 2 cells"),
        ("\n".join(TABLE[:6]).encode() + b"\n6,1,\xff\n7,\xff,1\n", "is not UTF-8 text"),
        (b"epoch,l\xffss\n" + b"".join(b"%d,2\n" % row for row in range(40)), "byte 7 of its header is not UTF-8 text"),
        (b"\0\0\n".join(line.encode() for line in TABLE), "zero bytes"),
        (with_line(ROWS[:2], 1, b"{"), "ends abruptly in line 2"),
        ("\n".join(ROWS[:3]).encode() + b"\n{x\n{y\n{z\n", "line 4, column 2"),
    ],
)
def test_logs_with_many_damaged_lines_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_log(data)


def test_other_entries_in_a_list_of_objects_are_left_out() -> None:
    rows = [json.loads(row) for row in ROWS]
    history = read_log(json.dumps([*rows[:2], 7, None, *rows[2:]]))
    assert history.series("loss", "train").tolist() == LOSSES
    assert history.run.notes == (Note.of("odd-rows", count=2, row=3),)
    state = {"log_history": [{"step": 1, "epoch": 1.0, "loss": 2.0}, None, {"step": 2, "epoch": 2.0, "loss": 1.0}]}
    assert read_log(json.dumps(state)).series("loss", "train").tolist() == [2.0, 1.0]
    with pytest.raises(SourceError, match="entry 1 of the list is not an object"):
        read_log(json.dumps([1, 2, rows[0]]), format="json-rows")


def test_one_very_long_number_of_a_document_loses_only_itself() -> None:
    history = read_log('{"loss": [4, 3, 1' + "0" * 5000 + ', 1], "acc": [1, 2, 3, 4]}')
    assert history.series("loss", "train").to_dict() == {1: 4.0, 2: 3.0, 4: 1.0}
    assert history.run.notes == (Note.of("odd-values", count=1, columns=("loss",), row=3),)


def test_text_in_a_column_of_a_table_is_still_an_error() -> None:
    with pytest.raises(SourceError, match='column "loss" has text "abc" in row 5; metrics must be numbers'):
        read_log(with_line(TABLE, PLACE, b"4,abc,0.5"))


def test_a_column_that_a_table_has_twice_is_read_once() -> None:
    history = read_log("epoch,loss,loss,loss\n0,1,2,3\n1,2,3,4\n")
    assert history.metric_names == ("loss",)
    assert history.series("loss", "train").tolist() == [1.0, 2.0]
    assert history.run.notes == (Note.of("columns-twice", columns=("loss",)),)
