"""Texts are decoded in pieces, so a character beyond ASCII costs no memory."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from logs import read_path

from reportgen.errors import SourceError
from reportgen.sources.opening import long_text
from reportgen.sources.opening.long_text import LongText, is_damaged


def peak_bytes(path: Path) -> int:
    tracemalloc.start()
    try:
        read_path(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log.txt"])
def test_a_character_beyond_ascii_costs_no_memory(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_text, "_PIECE_BYTES", 1 << 16)  # as small beside this log as a megabyte beside a long one
    blanks = " " * 2_000
    begin, row = {
        "log.csv": ("epoch,loss,{}\n", f"{{}},0.5,1{blanks}\n"),
        "log.jsonl": ('{{"epoch": 0, "{}": 1}}\n', f'{{{{"epoch": {{}}, "loss": 0.5{blanks}}}}}\n'),
        "log.txt": ("Epoch 1/9\n loss: 1 {}\n", f"Epoch {{}}/9999\n loss: 0.5 {blanks}\n"),
    }[name]
    peaks = []
    for mark in ("x", "😀"):
        text = begin.format(mark) + "".join(row.format(number) for number in range(1, 5_001))
        (tmp_path / name).write_text(text, "utf-8")
        peaks.append(peak_bytes(tmp_path / name))
    assert peaks[1] < 1.3 * peaks[0]
    assert peaks[1] < 2.5 * (tmp_path / name).stat().st_size


def test_a_document_that_takes_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_text, "MAX_TEXT_BYTES", 1_000)
    assert len(LongText(b"x" * 1_000, "log").whole()) == 1_000
    for data in (b"x" * 1_001, ("😀" + "x" * 250).encode(), ("é" * 1_001).encode()):
        with pytest.raises(SourceError, match="log: as text it takes more than 1,000 bytes of memory"):
            LongText(data, "log").whole()


@given(st.text(st.sampled_from("a,é損😀\n\r \t"), max_size=60), st.integers(1, 9), st.sampled_from(["utf-8", "utf-16"]))
def test_pieces_make_the_whole(text: str, size: int, encoding: str) -> None:
    data = text.encode(encoding)
    if not text.lstrip():
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "_PIECE_BYTES", size)
        pieces = list(LongText(data, "log").pieces())
        assert "".join(pieces) == text.lstrip() == LongText(data, "log").whole()
        assert all(piece.endswith(("\n", "\r")) for piece in pieces[:-1])
        assert [line for piece in pieces for line in piece.splitlines()] == text.lstrip().splitlines()


@example(b"\x1c\x1d", 9)  # white space of Unicode
@given(st.binary(min_size=1, max_size=40), st.integers(1, 9))
def test_any_bytes_are_decoded_or_marked_as_damaged(data: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "_PIECE_BYTES", size)
        try:
            text = "".join(LongText(data, "log").pieces())
        except SourceError as error:
            assert "\n" not in str(error)  # noqa: PT017
            if "is not U" in str(error):
                assert is_damaged("".join(LongText(data, "log").pieces(damaged=True)))
        else:
            assert text
            assert not is_damaged(text)
