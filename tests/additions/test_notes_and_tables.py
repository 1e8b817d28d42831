"""Texts become notes, and data frames become tables of text."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.additions.notes_and_tables import make_note, make_table
from reportgen.errors import AdditionError
from reportgen.history.additions import MAX_NOTE, MAX_ROWS, is_addition

NAN = float("nan")
TABLES: dict[str, tuple[Any, tuple[str, ...], tuple[tuple[str, ...], ...], tuple[int, ...]]] = {
    "numbers": ({"n": [1, 2026], "x": [0.5, 1 / 3]}, ("n", "x"), (("1", "0.5"), ("2026", "0.333333")), (0, 1)),
    "absent": ({"a": ["x", None], "b": [NAN, 1.0]}, ("a", "b"), (("x", ""), ("", "1")), (1,)),
    "truth": ({"a": [True, False]}, ("a",), (("True",), ("False",)), ()),
    "index": (pd.DataFrame({"x": [1]}, index=pd.Index(["cnn"], name="model")), ("model", "x"), (("cnn", "1"),), (1,)),
    "index of numbers": (pd.DataFrame({"x": [1]}, index=[5]), ("", "x"), (("5", "1"),), (1,)),
    "series": (pd.Series([1, 2], index=["a", "b"], name="x"), ("", "x"), (("a", "1"), ("b", "2")), (1,)),
    "two indexes": (
        pd.DataFrame({"x": [1.5]}, index=pd.MultiIndex.from_tuples([("a", 2)], names=["m", "n"])),
        ("m", "n", "x"),
        (("a", "2", "1.5"),),
        (2,),
    ),
    "same names": (pd.DataFrame([[1, 2]], columns=["x", "x"]), ("x", "x"), (("1", "2"),), (0, 1)),
    "nested names": (
        pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("x", "mean")])),
        ("x, mean",),
        (("1",),),
        (0,),
    ),
    "array": (np.array([[1, 2]]), ("0", "1"), (("1", "2"),), (0, 1)),
    "list of dictionaries": ([{"a": 1}, {"a": 2}], ("a",), (("1",), ("2",)), (0,)),
    "text": ({"a": ["two\nlines\x00", "x" * 400]}, ("a",), (("two lines\ufffd",), ("x" * 299 + "…",)), ()),
    "lists": ({"a": [[1, 2], [3]]}, ("a",), (("[1, 2]",), ("[3]",)), ()),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_cells_of_a_frame_as_text(name: str) -> None:
    given, headers, rows, numbers = TABLES[name]
    table = make_table(given, title="Rivals", caption="All")
    assert (table.headers, table.rows, table.numbers) == (headers, rows, numbers)
    assert (table.title, table.caption) == ("Rivals", "All")
    assert is_addition(table)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (5, "is of type int"),
        ("a,b", "is of type str"),
        (None, "has no columns"),
        (pd.DataFrame({"a": range(MAX_ROWS + 1)}), "1,001 rows; at most 1,000"),
        (pd.DataFrame([range(51)]), "51 columns; at most 50"),
    ],
)
def test_what_is_not_a_table_or_too_large_is_one_clear_line(given: Any, words: str) -> None:
    with pytest.raises(AdditionError, match=words):
        make_table(given)


def test_a_note_is_a_text_or_the_text_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# Warum\n\nÄpfel", "utf-8-sig")
    assert make_note(path).markdown == "# Warum\n\nÄpfel"
    assert make_note("notes.md").markdown == "notes.md"
    assert is_addition(make_note("a lone \ud800 surrogate"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (5, 'the note is "5"'),
        ("  \n", "a text in Markdown is needed"),
        (b"text", "a text in Markdown is needed"),
        ("x" * (MAX_NOTE + 1), "50,001 characters; at most 50,000"),
        (Path("missing.md"), r"missing\.md: it cannot be read"),
    ],
)
def test_anything_else_is_not_a_note(given: Any, words: str) -> None:
    with pytest.raises(AdditionError, match=words):
        make_note(given)


def test_a_file_that_is_not_text_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    for content, words in ((b"\xff\xfe", "not text in UTF-8"), (b"x" * 200_001, "more than 200,000 bytes")):
        path.write_bytes(content)
        with pytest.raises(AdditionError, match=words):
            make_note(path)
