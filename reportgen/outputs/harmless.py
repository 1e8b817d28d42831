"""Text for the log of a build server. In: any text. Out: the same, without what a server takes for a command."""

import re
from typing import Final

_GUARD: Final = "\u200b"  # zero width space
# GitHub obeys "::name::" at the start of a line, older runners "##[name]" anywhere in it, Azure "##vso[...]" anywhere,
# TeamCity "##teamcity[...]".
_COMMANDS: Final = re.compile(r"^(?=[^\S\n]*::)|(?<=##)(?=\w*\[)", re.MULTILINE)


def harmless(text: str) -> str:
    """Text for a log in which no build server finds a command, whatever names a history holds."""
    return _COMMANDS.sub(_GUARD, text)
