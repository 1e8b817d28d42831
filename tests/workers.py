"""How tests are shared out when several run at a time (``pytest -n 2``, which is what ``make test`` does)."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


def share_out(items: list[pytest.Item]) -> None:
    """Puts tests into groups that one worker runs in order, and those that need the machine alone at the end.

    A group is a file, whose fixtures are then set up once, or all tests that use one browser, which starts once.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: item.get_closest_marker("alone") is not None)


def _group(item: pytest.Item) -> str:
    if item.get_closest_marker("alone"):
        return "alone"
    callspec = getattr(item, "callspec", None)
    return str((callspec and callspec.params.get("engine")) or item.path)


@contextlib.contextmanager
def turn(item: pytest.Item) -> Iterator[None]:
    """Runs a test that needs the machine alone while no other worker runs a test."""
    if fcntl is None or not hasattr(item.config, "workerinput"):
        yield
        return
    alone = item.get_closest_marker("alone")
    lock = os.open(Path(__file__), os.O_RDONLY)  # a file that all workers can lock and that needs no cleaning up
    try:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)
