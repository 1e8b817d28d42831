"""Settings in the JSON files that tools write beside a log."""

import json
from typing import Final

from reportgen.errors import ReportgenError
from reportgen.history.params import flat_params
from reportgen.sources.opening.opened import Opened

_LONGEST: Final = 1 << 20  # characters of a file
_OF_TUNERS: Final = "tuner/"  # how Hyperband itself names its own settings


def read_json_settings(opened: Opened, file: str, *within: str) -> tuple[tuple[str, str], ...]:
    """The settings in a file of a folder.

    Args:
        opened: The folder, or a file, which has none.
        file: Its path in the folder.
        within: The keys of the objects that the settings are in.

    Returns:
        Names and values as text; empty without such a file, or if it cannot be read.
    """
    if not opened.sample.holds(file):
        return ()
    try:
        text = opened.text(file)
        found = json.loads(text) if len(text) <= _LONGEST else {}
        for key in within:
            found = found[key]
        return flat_params({name: value for name, value in found.items() if not name.startswith(_OF_TUNERS)})
    except (ReportgenError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ()  # of another program
