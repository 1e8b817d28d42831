"""How tests are distributed to the workers of ``pytest -n 2``, which is what ``make test`` runs."""

import functools
import re
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ENGINES = ("chromium", "firefox", "webkit")


class Scheduling(LoadScopeScheduling):
    """Runs tests that share a browser or a fixture of their file in one worker, and all others in any idle worker.

    No test needs the machine to itself: time limits are on processor time or generous. Large groups come first. This
    does what the marker xdist_group should do, which pytest-xdist 3.8 ignores under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, rest = nodeid.partition("::")
        parameters = re.split(r"[\[\]-]", rest)[1:]
        if file.startswith("tests/browser/"):
            return next((engine for engine in ENGINES if engine in parameters), file)
        return file if _shares_fixtures(self.config.rootpath / file) else nodeid


@functools.cache
def _shares_fixtures(path: Path) -> bool:
    return bool(re.search(r'scope="(module|package|class)"', path.read_text("utf-8")))
