"""Ten megabytes of anything: no reader takes a gigabyte of memory for it, or more than a minute."""

import os
import subprocess
import sys
from pathlib import Path

import hostile_files
import pytest

MAX_BYTES = 1_000_000_000
MAX_SECONDS = 90  # of the processor; our choice, five times what a quiet machine takes for the slowest


@pytest.mark.slow
@pytest.mark.parametrize("kind", hostile_files.KINDS)
def test_ten_megabytes_of_anything_are_read_or_refused_within_a_gigabyte(kind: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, hostile_files.__file__, kind, tmp_path / "log"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    print(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    used = [line.split() for line in done.stdout.splitlines() if line.startswith("used ")]
    assert len(used) == 1 + len(hostile_files.READERS[kind.partition(":")[0]])
    for _, reader, status, peak, seconds in used:
        assert status == "0", f"{reader} broke"
        assert int(peak) < MAX_BYTES, reader
        assert float(seconds) < MAX_SECONDS, reader
