"""Renders a `ReportPage` as the text of one HTML file.

The page makes no requests. Its Content-Security-Policy allows, by hash, only its own scripts and the Vega runtime of
interactive reports.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup

from reportgen import assets
from reportgen.errors import RenderError
from reportgen.languages import ENGLISH, Language
from reportgen.options import DEFAULT_LOOK, Look
from reportgen.page.contents import ReportPage
from reportgen.vega import packed, runtime

_JSON_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def embed_json(text: str) -> Markup:
    """JSON text for a script element, with every character that could end it escaped."""
    for character, escape in _JSON_ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  # nothing in it can end the element


def csp_hash(text: str) -> str:
    """The Content-Security-Policy source that allows exactly this inline text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def content_security_policy(style: str, scripts: Sequence[str]) -> str:
    """The policy: allows only this style and these scripts. The empty data: icon keeps browsers from requesting one."""
    allowed = f" script-src {' '.join(map(csp_hash, scripts))};" if scripts else ""
    return (
        f"default-src 'none'; style-src {csp_hash(style)};{allowed} img-src data:; base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=8)
def environment(templates: Path | None = None, language: Language = ENGLISH) -> jinja2.Environment:
    """The Jinja environment for reports: autoescape is on, and undefined names are errors. Caches compiled templates.

    Args:
        templates: A folder searched before the built-in one; its ``report.html.jinja`` can extend
            ``reportgen/report.html.jinja``.
        language: The language of ``say("Findings")``.
    """
    built_in = jinja2.FileSystemLoader(assets.templates_dir())
    first = [] if templates is None else [jinja2.FileSystemLoader(templates)]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*first, built_in, jinja2.PrefixLoader({"reportgen": built_in})]),
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
        A complete HTML document; the same page always produces the same text.

    Raises:
        RenderError: a template is missing or broken.
    """
    style = assets.stylesheet(look.theme, interactive=look.interactive)
    if look.templates is not None:
        style += assets.custom_style(look.templates)
    crosshair = "" if look.static else assets.script("crosshair")
    vega, interactive = (runtime(), assets.script("interactive")) if look.interactive else ("", "")
    try:
        return (
            environment(look.templates, page.language)
            .get_template("report.html.jinja")
            .render(
                page=page,
                policy=content_security_policy(style, list(filter(None, (crosshair, vega, interactive)))),
                style=Markup(style),  # noqa: S704  # a built-in file, and one from the user's folder
                crosshair=Markup(crosshair),  # noqa: S704  # a built-in file
                vega=Markup(vega),  # noqa: S704  # from vl-convert's bundle
                packed_vega=packed(vega) if look.compress else "",
                interactive=Markup(interactive),  # noqa: S704  # a built-in file
            )
        )
    except jinja2.TemplateError as error:
        raise RenderError(f"The template cannot be rendered ({_place(error)}). Fix or remove it.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(f"A template cannot be read ({error}). Fix or remove it.") from None


def _place(error: jinja2.TemplateError) -> str:
    """What is wrong with a template, and where if known."""
    name, line = getattr(error, "name", None), getattr(error, "lineno", None)
    where = f", {name}" if name and not isinstance(error, jinja2.TemplateNotFound) else ""
    return " ".join(f"{error}".split()) + where + (f" line {line}" if where and line else "")
