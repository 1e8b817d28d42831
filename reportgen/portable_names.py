"""Names of files that every system allows, and paths in URLs of files."""

import re
from typing import Final
from urllib.parse import unquote

from reportgen.shared_files import IS_WINDOWS

FILE_URL: Final = "file://"
# Also with an ending; the rules of "Naming Files, Paths, and Namespaces" in the documentation of Windows.
_DEVICE: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?: *\..*)?", re.IGNORECASE
)
_ODD: Final = re.compile(r'[<>:"|?*\x00-\x1f]')
_DRIVE: Final = re.compile(r"/[A-Za-z]:(?:/|$)")
_SERVER: Final = re.compile(r"[^/\\:]+/")


def fault_on_windows(name: str) -> str:
    """What makes the name of a file or folder unusable on Windows, as part of a sentence; empty if nothing does."""
    if found := _ODD.search(name):
        return f"a name has {found[0]!r}"
    if _DEVICE.fullmatch(name):
        return f"{name.partition('.')[0]} is the name of a device"
    return f"a name ends with {name[-1]!r}" if name.endswith((" ", ".")) else ""


def path_of_url(text: str, *, is_windows: bool = IS_WINDOWS) -> str:
    """The path that a ``file://`` URL names, as a browser or MLflow writes it; any other text is itself.

    ``file:///C:/a%20b`` is ``C:/a b`` and ``file://server/share`` is ``//server/share`` on Windows.
    """
    if not text.startswith(FILE_URL):
        return text
    path = unquote(text.removeprefix(FILE_URL), errors="surrogateescape")
    path = path.removeprefix("localhost") if path.startswith("localhost/") else path
    if is_windows and _DRIVE.match(path):
        return path[1:]
    return f"//{path}" if is_windows and _SERVER.match(path) else path
