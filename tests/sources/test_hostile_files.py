"""No reader needs a gigabyte of memory or more than a minute for ten megabytes of any input."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hostile_files
import pytest

MAX_BYTES = 1_000_000_000
MAX_CPU_S = 90  # our choice: five times what the slowest file takes on an idle machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="session")
def readers() -> Iterator[subprocess.Popen[str]]:
    """A process that has loaded all readers; each file is read by a fork of it."""
    with subprocess.Popen(
        [sys.executable, hostile_files.__file__],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield process
        process.stdin.close()


@pytest.mark.parametrize("kind", hostile_files.KINDS)
def test_ten_megabytes_of_anything_are_read_or_refused_within_a_gigabyte(
    readers: subprocess.Popen[str], kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    readers.stdin.write(json.dumps([kind, str(tmp_path / "log")]) + "\n")
    readers.stdin.flush()
    results = json.loads(readers.stdout.readline())
    print(*results, sep="\n")
    assert results[0]["reader"] == "recognised"
    for result in results:
        assert (result["status"], result["answer"] is None) == (0, False), result
        assert result["peak_bytes"] < MAX_BYTES, result
        assert result["cpu_s"] < MAX_CPU_S, result
