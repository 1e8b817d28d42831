"""From a `ReportPage` to one HTML file's text.

In: a page. Out: HTML that makes no request and runs no code but our own scripts and, if interactive, the Vega runtime,
each named in its Content-Security-Policy by hash.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup

from reportgen import assets
from reportgen.errors import RenderError
from reportgen.languages import ENGLISH, Language
from reportgen.options import DEFAULT_LOOK, Look
from reportgen.page import ReportPage
from reportgen.vega import packed, runtime

_JSON_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def embed_json(text: str) -> Markup:
    """JSON text as it may stand inside a script element: no character that could end it."""
    for character, escape in _JSON_ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  # nothing in it can end the element any more


def csp_hash(text: str) -> str:
    """The Content-Security-Policy source that allows exactly this inline text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def content_security_policy(style: str, scripts: Sequence[str]) -> str:
    """The page's policy: nothing but this style and these scripts; the empty data: icon keeps browsers from asking."""
    allowed = f" script-src {' '.join(map(csp_hash, scripts))};" if scripts else ""
    return (
        f"default-src 'none'; style-src {csp_hash(style)};{allowed} img-src data:; base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=8)
def environment(templates: Path | None = None, language: Language = ENGLISH) -> jinja2.Environment:
    """The Jinja environment of reports: escaping on, an undefined name is an error. It keeps compiled templates.

    Args:
        templates: A folder that goes before our own; its ``report.html.jinja`` can extend
            ``reportgen/report.html.jinja``.
        language: What ``say("Five answers")`` says it in.
    """
    own = jinja2.FileSystemLoader(assets.templates_dir())
    first = [] if templates is None else [jinja2.FileSystemLoader(templates)]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*first, own, jinja2.PrefixLoader({"reportgen": own})]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["embed_json"] = embed_json
    made.globals["say"] = language.say
    return made


def render_html(page: ReportPage, look: Look = DEFAULT_LOOK) -> str:
    """Renders a page.

    Returns:
        A whole HTML document, the same text for the same page.

    Raises:
        RenderError: a template is missing or broken.
    """
    style = assets.stylesheet(look.theme, interactive=look.interactive)
    if look.templates is not None:
        style += _own_style(look.templates)
    script = None if look.static else assets.script("crosshair")
    vega = _vega(look.compress) if look.interactive else None
    scripts = [text for text in (script, vega and vega.runtime, vega and vega.script) if text]
    try:
        return (
            environment(look.templates, page.language)
            .get_template("report.html.jinja")
            .render(
                page=page,
                style=Markup(style),  # noqa: S704  # our own file, and one that the user gave for it
                script=script and Markup(script),  # noqa: S704  # our own file
                vega=vega,
                policy=content_security_policy(style, scripts),
            )
        )
    except jinja2.TemplateError as error:
        raise RenderError(f"The template cannot be rendered ({_place(error)}); mend or remove it.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(f"A template cannot be read ({error}); mend or remove it.") from None


@dataclass(frozen=True)
class Vega:
    """What makes a page's charts interactive.

    Attributes:
        runtime: Vega.
        packed: The same for the script to unpack, which then stands in the page instead; empty where it is not packed.
        script: Our own script.
    """

    runtime: Markup
    packed: str
    script: Markup


def _vega(compress: bool) -> Vega:
    text = runtime()
    return Vega(Markup(text), packed(text) if compress else "", Markup(assets.script("interactive")))  # noqa: S704  # our own file, and the bundle that vl-convert carries


def _own_style(templates: Path) -> str:
    """The style sheet in a user's folder of templates; empty where there is none.

    Raises:
        RenderError: the folder is none, the file cannot be read, or it would end the page's style element.
    """
    if not templates.is_dir():
        raise RenderError(
            f"{templates} is no folder; a folder of templates is needed. Name one, or leave the option out."
        )
    path = templates / "style.css"
    if not path.exists():
        return ""
    try:
        css = assets.without_comments(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(f"{path} cannot be read ({error}); a text file in UTF-8 is needed. Mend it.") from None
    if "</" in css:
        raise RenderError(f'{path} holds "</", which would end the page\'s style; a style sheet is needed. Remove it.')
    return "\n" + css


def _place(error: jinja2.TemplateError) -> str:
    """What is wrong with a template, and where where that is known."""
    name, line = getattr(error, "name", None), getattr(error, "lineno", None)
    where = f", {name}" if name and not isinstance(error, jinja2.TemplateNotFound) else ""
    return " ".join(f"{error}".split()) + where + (f" line {line}" if where and line else "")
