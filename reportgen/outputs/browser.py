"""Opens a report in the web browser."""

import os
import tempfile
import webbrowser
from pathlib import Path

from reportgen.errors import OutputError
from reportgen.outputs.files import failure


def temporary_report(html: str) -> Path:
    """Writes a report into a new folder that only this user can enter.

    Raises:
        OutputError: the temporary folder cannot be written.
    """
    try:
        path = Path(tempfile.mkdtemp(prefix="reportgen-"), "report.html")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(html.encode("utf-8"))
    except OSError as error:
        raise failure(tempfile.gettempdir(), error) from None
    return path


def open_in_browser(path: Path) -> None:
    """Shows a file in the browser that the system or the variable ``BROWSER`` chooses.

    Raises:
        OutputError: there is no browser.
    """
    address = path.resolve().as_uri()
    try:
        opened = webbrowser.open(address)
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        raise OutputError(f"No browser could be started on this machine. The report is in {path}; open that file.")
