"""The journal on disk: full file systems, removed folders, another run at the same path."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from tiny_disk import mounted_at

from reportgen.errors import OutputError
from reportgen.journal import SCHEMA, head_of, read_records, records_before
from reportgen.live.journal_file import JournalFile


def head(run_id):
    return {"schema": SCHEMA, "id": run_id, "run": {}}


def records(path):
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_a_journal_replaces_an_earlier_one_and_grows_by_lines(tmp_path):
    path = tmp_path / "r.journal"
    path.write_text(json.dumps(head("earlier")))
    journal = JournalFile(path, head("a"), [{"epoch": 1}])
    assert records(path) == [head("a"), {"epoch": 1}]
    journal.append({"epoch": 2})
    assert records(path)[2:] == [{"epoch": 2}]  # without being closed
    journal.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.journal"]


def test_two_runs_never_mix_their_lines_and_the_later_one_keeps_the_file(tmp_path):
    path = tmp_path / "r.journal"
    first = JournalFile(path, head("a"))
    second = JournalFile(path, head("b"))
    second.append({"epoch": 1})
    with pytest.raises(OutputError, match="another training run writes its journal there"):
        first.append({"epoch": 7})
    first.remove()
    assert records(path) == [head("b"), {"epoch": 1}]
    second.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_removed_folder_is_an_error(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    journal = JournalFile(folder / "r.journal", head("a"))
    (folder / "r.journal").unlink()
    folder.rmdir()
    with pytest.raises(OutputError, match="the journal was not written: No such file"):
        journal.append({"epoch": 1})
    journal.remove()


def test_while_nothing_can_be_written_all_epochs_and_a_limited_number_of_batches_are_kept(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    journal = JournalFile(folder / "r.journal", head("a"))
    (folder / "r.journal").rename(tmp_path / "elsewhere")  # still open
    batch = {"epoch": 1, "steps": [1], "values": {"batch_loss": ["x" * 10_000]}}
    for epoch in range(1, 301):
        for record in (batch, {"epoch": epoch, "step": epoch, "values": {}}):
            with pytest.raises(OutputError):
                journal.append(record)
    whole = [json.loads(line) for line in journal.read().splitlines()]
    assert 90 < sum("steps" in record for record in whole) < 100
    assert [record["epoch"] for record in whole if "step" in record] == list(range(1, 301))
    journal.close()


MOUNTED = """
import json, os, sys
from pathlib import Path
from reportgen.errors import OutputError
from reportgen.live.journal_file import JournalFile
from reportgen.journal import SCHEMA, head_of, read_records, records_before
folder = Path(sys.argv[1])
journal = JournalFile(folder / "r.journal", {"schema": SCHEMA, "id": "a", "run": {}})
filler = folder / "filler"
with open(filler, "wb", buffering=0) as stream:
    try:
        while stream.write(b"x" * 512):
            pass
    except OSError:
        pass
written = []
for epoch in range(1, 4):
    try:
        journal.append({"epoch": epoch, "values": "v" * 3000})
        written.append(epoch)
    except OutputError as error:
        print(error)
lines = (folder / "r.journal").read_text().split("\\n")
assert lines.pop() == ""
assert [json.loads(line).get("epoch") for line in lines] == [None, *written], "an incomplete line"
print(written)
filler.unlink()
journal.append({"epoch": 4})
print(*[json.loads(line).get("epoch") for line in (folder / "r.journal").read_text().splitlines()])
"""


def run_mounted(folder):
    """Runs MOUNTED with a tiny file system at the folder that only this process sees."""
    done = subprocess.run(
        [*mounted_at(folder, "64k"), sys.executable, "-c", textwrap.dedent(MOUNTED), folder],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_after_a_full_disk_the_journal_has_every_line_and_no_incomplete_one(tmp_path):
    *errors, before, after = run_mounted(tmp_path)
    assert errors
    assert set(errors) == {f"{tmp_path}/r.journal: the journal was not written: the disk is full; free some space."}
    assert len(json.loads(before)) + len(errors) == 3
    assert after == "None 1 2 3 4"


@pytest.mark.parametrize("kind", ["pipe", "link", "loose link"])
def test_only_a_regular_file_is_read_as_a_journal(tmp_path, kind):
    path, other = tmp_path / "r.journal", tmp_path / "other.journal"
    JournalFile(other, head("a"), [{"epoch": 1, "values": {}}]).close()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(other if kind == "link" else "absent")
    for read in (head_of, lambda path: list(read_records(path)), lambda path: list(records_before(path, 9))):
        with pytest.raises(OSError):  # noqa: PT011  # any kind is right
            read(path)
