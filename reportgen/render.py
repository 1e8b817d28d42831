"""Renders a `ReportPage` as the text of one HTML file.

The page makes no requests. Its Content-Security-Policy allows, by hash, only its own scripts and the Vega runtime of
interactive reports.
"""

import base64
import hashlib
import traceback
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from reportgen import assets
from reportgen.errors import RenderError
from reportgen.languages import ENGLISH, Language
from reportgen.options import DEFAULT_LOOK, Look
from reportgen.page.contents import ReportPage
from reportgen.text import printable, quoted
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


class UserEnvironment(ImmutableSandboxedEnvironment):
    """The environment of users' templates: they see the data of a page and Jinja's own tools, and run no other code.

    Of other objects than text, numbers and collections, they see attributes that are data, and no methods.
    """

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Whether a template may read an attribute."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        home = type(obj).__module__.partition(".")[0]
        return home in ("builtins", "jinja2", "markupsafe") or (home == "reportgen" and not callable(value))


@lru_cache(maxsize=8)
def environment(templates: Path | None = None, language: Language = ENGLISH) -> jinja2.Environment:
    """The Jinja environment for reports: autoescape is on, and undefined names are errors. Caches compiled templates.

    If there are templates of a user, all templates run in Jinja's sandbox.

    Args:
        templates: A folder searched before the built-in one; its ``report.html.jinja`` can extend
            ``reportgen/report.html.jinja``.
        language: The language of ``say("Findings")``.
    """
    built_in = jinja2.FileSystemLoader(assets.templates_dir())
    first = [] if templates is None else [jinja2.FileSystemLoader(templates)]
    kind = jinja2.Environment if templates is None else UserEnvironment
    made = kind(
        loader=jinja2.ChoiceLoader([*first, built_in, jinja2.PrefixLoader({"reportgen": built_in})]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["embed_json"] = embed_json
    made.globals["say"] = language.say if templates is None else partial(_say_text, language)
    return made


def render_html(page: ReportPage, look: Look = DEFAULT_LOOK) -> str:
    """Renders a page.

    Returns:
        A complete HTML document; the same page always produces the same text.

    Raises:
        RenderError: a template is missing or broken.
    """
    style = assets.stylesheet(
        look.theme,
        interactive=look.interactive,
        evaluation=bool(page.evaluations),
        additions=bool(page.additions),
    )
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
    except Exception as error:  # templates of users may do anything wrong
        if look.templates is None and not isinstance(error, jinja2.TemplateError | OSError):
            raise
        fault = _fault(error, look.templates)
        raise RenderError(f"The template cannot be rendered ({fault}). Fix or remove it.") from None


def _say_text(language: Language, text: str, /, **values: object) -> str:
    """`Language.say` for users' templates: placeholders such as ``{x.__class__}`` would read what the sandbox hides."""
    plain = {name: value if type(value) in (int, float) else str(value) for name, value in values.items()}
    return language.say(text, **plain)


def _fault(error: Exception, templates: Path | None) -> str:
    """What is wrong with a template, and where if known, without the folder."""
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {quoted(error.name)}"
    if isinstance(error, OSError | UnicodeDecodeError):
        return f"a file cannot be read: {getattr(error, 'strerror', None) or 'it is not text in UTF-8'}"
    what = error.message if isinstance(error, jinja2.TemplateError) else f"{type(error).__name__}: {error}"
    name, line = getattr(error, "name", None), getattr(error, "lineno", None)
    folders = (assets.templates_dir(), *([templates] if templates else []))
    for frame, number in traceback.walk_tb(error.__traceback__):  # Jinja gives frames the names of templates
        file = Path(frame.f_code.co_filename)
        for folder in folders:
            if file.suffix == ".jinja" and file.is_relative_to(folder):
                name, line = file.relative_to(folder).as_posix(), number
    where = f", {name}{f' line {line}' if line else ''}" if name else ""
    return printable(" ".join(str(what).split()), 200) + where
