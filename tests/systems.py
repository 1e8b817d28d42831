"""Tests that need another system than the one they run on are skipped, by what their code names."""

import inspect
import re
import sys
from collections.abc import Iterable
from typing import Any, Final

import pytest

_NEEDS: Final = {
    "needs Linux": re.compile(r"/dev/full|/proc/|\b(?:mounted_at|run_mounted|on_tiny_disk|setpriv)\b"),
    "needs Linux or macOS": re.compile(
        r"/dev/|\b(?:mkfifo|geteuid|fork|killpg|SIGKILL|SIGSTOP|setrlimit|start_new_session|send_signal|setitimer|chmod"
        r"|symlink_to|shell|give_away)\b"
    ),
}
_HAVE: Final = {"linux": frozenset(_NEEDS), "darwin": frozenset({"needs Linux or macOS"})}


def lack_of(source: str, system: str) -> str:
    """What a system lacks for a test, as the reason of a skip; empty if nothing."""
    have = _HAVE.get(system, frozenset())
    return next((need for need, names in _NEEDS.items() if need not in have and names.search(source)), "")


def skip_tests_of_others(items: Iterable[Any], system: str = sys.platform) -> None:
    """Marks the tests that this system cannot run."""
    if system == "linux":
        return
    for item in items:
        if lack := lack_of(inspect.getsource(item.function), system):
            item.add_marker(pytest.mark.skip(reason=lack))
