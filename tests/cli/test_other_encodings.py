"""What is printed where standard output is not UTF-8, as in pipes on Windows."""

import io
import json
import os
import subprocess
import sys

import pytest

from reportgen.cli import terminal
from reportgen.cli.terminal import print_json, print_text, show_plainly

ENCODINGS = pytest.mark.parametrize("encoding", ["cp1252", "cp437", "utf-8"])


@pytest.fixture
def printed(monkeypatch):
    """A function that returns what another one prints, as bytes, where standard output has an encoding."""

    def read(encoding, act):
        stream = io.TextIOWrapper(io.BytesIO(), encoding, newline="")
        monkeypatch.setattr(sys, "stdout", stream)
        show_plainly()
        act()
        stream.flush()
        return stream.buffer.getvalue()

    return read


@ENCODINGS
def test_characters_that_an_encoding_lacks_have_similar_ones_instead(encoding, printed):
    text = printed(encoding, lambda: print_text("a → b ≥ 2 … ✓ ▁▅█ 训练")).decode(encoding)
    if encoding == "utf-8":
        assert text == "a → b ≥ 2 … ✓ ▁▅█ 训练\n"
    else:
        text = text.replace("…", "...").replace("≥", ">=").replace("█", "8")
        assert text == "a -> b >= 2 ... yes 158 ??\n"


@ENCODINGS
def test_json_is_the_same_in_every_encoding(encoding, printed):
    document = {"title": "späte Läufe → 训练 \U0001f600"}
    data = printed(encoding, lambda: print_json(json.dumps(document, ensure_ascii=False)))
    assert json.loads(data.decode("utf-8")) == document
    assert data.isascii() == (encoding != "utf-8")


def test_the_similar_characters_are_in_every_encoding():
    assert "".join(terminal._SIMILAR.values()).isascii()


def test_a_command_works_in_the_code_page_of_windows(tmp_path):
    (tmp_path / "log.csv").write_bytes(b"epoch,loss,val_loss\n0,0.9,0.8\n1,0.5,0.6\n")
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "build", "log.csv", "--title", "训练 → ✓"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert b"Report: report.html" in done.stdout
    assert "训练 → ✓" in (tmp_path / "report.html").read_text("utf-8")
