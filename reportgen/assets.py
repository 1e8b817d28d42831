"""The files in `templates/` as text. The folder is inside the package in a wheel, next to it in a checkout."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Final, Literal

from reportgen import formatting
from reportgen.errors import RenderError
from reportgen.options import Theme
from reportgen.text import CITED

_PACKAGE: Final = Path(__file__).resolve().parent
_COLOURS: Final[dict[Theme, str]] = {
    "auto": ":root {{ color-scheme: light dark; }}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}",
    "light": ":root {{ color-scheme: light; }}",
    "dark": ":root {{ color-scheme: dark; }}\n@media screen {{\n{dark}\n}}",
}


@cache
def templates_dir() -> Path:
    """The folder of templates."""
    for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates"):
        if (folder / "report.html.jinja").is_file():
            return folder
    raise RenderError("This installation has no folder of templates. Install reportgen again.")


@cache
def stylesheet(
    theme: Theme = "auto",
    *,
    interactive: bool = False,
    index: bool = False,
    evaluation: bool = False,
    additions: bool = False,
    comparison: bool = False,
) -> str:
    """The style sheet of a report, without comments and indentation.

    Args:
        theme: ``auto`` follows the reader's system; printing is always light.
        interactive: Include the controls of interactive charts.
        evaluation: Include the section about test data.
        additions: Include the section with notes and figures of the user.
        index: For the index of a sweep instead of a report.
        comparison: For the page of a comparison instead of a report.
    """
    dark = _css("dark") + (_css("comparison-dark") if comparison or index else "")
    colours = [_css("tokens"), _COLOURS[theme].format(dark=dark)]
    controls = ["index"] if index else ["script", "interactive"] if interactive else ["script"]
    controls = ["script", "comparison"] if comparison else controls
    controls += ["evaluation"] if evaluation else []
    controls += ["additions"] if additions else []
    return "\n".join([*colours, *map(_css, ["layout", "content", *controls, "print"])])


@cache
def email_style() -> str:
    """The style sheet of mails, before it is inlined."""
    return _css("email")


def _css(name: str) -> str:
    return without_comments((templates_dir() / "css" / f"{name}.css").read_text("utf-8"))


@cache
def script(name: Literal["crosshair", "interactive", "index"]) -> str:
    """A script of a report, without comment lines and indentation."""
    folder = templates_dir() / "js"
    number_format = json.dumps([*formatting.PLAIN, formatting.DIGITS, formatting.EXPONENT_DIGITS])
    shared = (folder / "numbers.js").read_text("utf-8").replace("NUMBER_FORMAT", number_format)
    text = (folder / f"{name}.js").read_text("utf-8").replace("// numbers.js goes here\n", shared)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("//"))


def custom_style(templates: Path) -> str:
    """The style sheet in a user's template folder; empty without one.

    Raises:
        RenderError: the path is not a folder, or the file cannot be read or would end the page's style element.
    """
    if not templates.is_dir():
        shown = f"{CITED[0]}{templates}{CITED[1]}"  # left out where others can read the message
        raise RenderError(f"{shown} is not a folder. Pass a folder of templates, or leave it out.")
    path = templates / "style.css"
    if not path.exists():
        return ""
    try:
        css = without_comments(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise RenderError(f"style.css of the templates cannot be read ({what}). Save it as text in UTF-8.") from None
    if "</" in css:
        raise RenderError('style.css of the templates contains "</", which would end the page\'s style. Remove it.')
    return "\n" + css


def without_comments(css: str) -> str:
    """A style sheet without its comments, empty lines and indentation."""
    text = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
