"""The programs that the browser tests start and that pip does not install."""

import shutil
from pathlib import Path

_FOUND = {
    "Chromium": next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None),
    "Firefox ESR": shutil.which("firefox-esr"),
    "WebKitWebDriver": shutil.which("WebKitWebDriver"),
    "WebKitGTK's MiniBrowser": next(map(str, Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")), None),
    "Xvfb": shutil.which("Xvfb"),
    "Java": shutil.which("java"),
}
MISSING = tuple(name for name, path in _FOUND.items() if path is None)


def program(name: str) -> str:
    """The path of a program; without one of them no browser test runs, see conftest.py."""
    path = _FOUND[name]
    assert path is not None
    return path
