"""Finds `templates/` and gives the files in it as text.

In a wheel the folder lies inside the package; in a checkout it stands beside it. The first that exists is taken.
"""

from functools import cache
from pathlib import Path
from typing import Final

from reportgen.errors import RenderError

_PACKAGE: Final = Path(__file__).resolve().parent
STYLES: Final = ("tokens", "layout", "content", "print")


@cache
def templates_dir() -> Path:
    """The folder of templates.

    Raises:
        RenderError: the installation lacks it.
    """
    for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates"):
        if (folder / "report.html.jinja").is_file():
            return folder
    raise RenderError("The folder of templates is missing from this installation; install reportgen again.")


@cache
def stylesheet() -> str:
    """The whole style sheet of a report, comments and indentation taken out."""
    text = "\n".join((templates_dir() / "css" / f"{name}.css").read_text("utf-8") for name in STYLES)
    return _without_comments(text, "/*", "*/")


@cache
def script() -> str:
    """The script of a report, comment lines and indentation taken out."""
    text = (templates_dir() / "js" / "crosshair.js").read_text("utf-8")
    return "\n".join(line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("//"))


def _without_comments(text: str, opening: str, closing: str) -> str:
    while opening in text:
        before, _, rest = text.partition(opening)
        text = before + rest.partition(closing)[2]
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
