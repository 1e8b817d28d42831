"""No reader needs more than 90 bytes of memory for each byte of any input, or more than linear time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hostile_files
import pytest

# Bytes of memory, for the program itself and a gigabyte for ten megabytes, and seconds of processor time.
# The time is our choice: three times what the slowest file takes on a busy machine; quadratic time takes minutes.
LIMITS = (100_000_000 + 90 * hostile_files.SIZE, 20)
LIMITS_OF_EXPANDING = (1_000_000_000, 90)  # for the few kinds of files that expand to much more than they are

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


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
def test_any_file_is_read_or_refused_within_limits_of_memory_and_time(
    readers: subprocess.Popen[str], kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    readers.stdin.write(json.dumps([kind, str(tmp_path / "log")]) + "\n")
    readers.stdin.flush()
    results = json.loads(readers.stdout.readline())
    print(*results, sep="\n")
    assert results[0]["reader"] == "recognised"
    max_bytes, max_cpu_s = LIMITS_OF_EXPANDING if kind.startswith(("packed", "parquet")) else LIMITS
    for result in results:
        assert (result["status"], result["answer"] is None) == (0, False), result
        assert result["peak_bytes"] < max_bytes, result
        assert result["cpu_s"] < max_cpu_s, result
