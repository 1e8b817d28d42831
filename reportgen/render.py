"""From a `ReportPage` to one HTML file's text.

In: a page. Out: HTML that makes no request and runs no code but our own script, named in its
Content-Security-Policy by hash.
"""

import base64
import hashlib
from typing import Final

import jinja2
from markupsafe import Markup

from reportgen import assets
from reportgen.errors import RenderError
from reportgen.page import ReportPage

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


def content_security_policy(style: str, script: str) -> str:
    """The page's policy: nothing but this style and this script; the empty data: icon keeps browsers from asking."""
    return (
        f"default-src 'none'; style-src {csp_hash(style)}; script-src {csp_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def environment() -> jinja2.Environment:
    """The Jinja environment of reports: escaping on, an undefined name is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets.templates_dir()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["embed_json"] = embed_json
    return made


def render_html(page: ReportPage) -> str:
    """Renders a page.

    Returns:
        A whole HTML document, the same text for the same page.

    Raises:
        RenderError: a template is missing or broken.
    """
    style, script = assets.stylesheet(), assets.script()
    try:
        return (
            environment()
            .get_template("report.html.jinja")
            .render(
                page=page,
                style=Markup(style),  # noqa: S704  # our own file
                script=Markup(script),  # noqa: S704  # our own file
                policy=content_security_policy(style, script),
            )
        )
    except jinja2.TemplateError as error:
        raise RenderError(f"The report's template cannot be rendered ({error}); mend or remove the template.") from None
