"""A file system of a few kilobytes that only one process sees and that disappears with it."""

import subprocess
from pathlib import Path

import pytest


def mounted_at(folder: Path, size: str) -> list[str]:
    """The prefix for a command that then sees such a file system at a folder; skips if mounting is not permitted.

    Args:
        folder: The mount point.
        size: As ``mount`` accepts it: ``64k``.
    """
    allowed = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, text=True
    )
    if allowed.returncode:
        pytest.skip(f"mounting is not permitted here: {allowed.stderr.strip()}")
    mount = f'mount -t tmpfs -o size={size} tmpfs "{folder}" && exec "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", mount]
