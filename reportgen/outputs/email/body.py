"""The body of a mail: HTML that every client can show, and the charts as PNG images.

The HTML consists of tables with inlined styles: no client runs scripts, few keep SVG or style sheets, and many load no
pictures (docs/email.md).
"""

import io
import itertools
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import jinja2
from markupsafe import Markup

from reportgen import assets
from reportgen.charts.png import render_png
from reportgen.errors import MissingExtraError, RenderError
from reportgen.outputs.email.letter import Letter
from reportgen.page.contents import PageChart
from reportgen.render import environment

try:
    import css_inline
    from PIL import Image
except ImportError as error:
    raise MissingExtraError(
        "Email needs css-inline and Pillow, which are not installed. Run: pip install 'keras-reportgen[email]'"
    ) from error

_SCALE: Final = 2  # device pixels per displayed pixel, for sharp images on today's screens
_COLOURS: Final = 64
# Rules under @media stay in the head; nothing is downloaded.
_INLINER: Final = css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Picture:
    """A chart in a mail."""

    chart: PageChart
    id: str  # its Content-ID, without brackets
    file: str  # file name for saving
    width: int  # displayed width in pixels

    def png(self) -> bytes:
        """The picture at double resolution with a reduced palette; the same chart always produces the same bytes."""
        with Image.open(io.BytesIO(render_png(self.chart.svg, _SCALE))) as drawn:
            few = drawn.convert("RGB").quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        written = io.BytesIO()
        few.save(written, "PNG", optimize=True)
        return written.getvalue()


def place_pictures(letter: Letter, token: str) -> tuple[tuple[Picture, ...], ...]:
    """The pictures of each section, numbered consecutively. The token makes their ids unique."""
    numbers = itertools.count(1)
    return tuple(
        tuple(_place(chart, f"chart-{next(numbers)}", token) for chart in section.charts) for section in letter.sections
    )


def _place(chart: PageChart, name: str, token: str) -> Picture:
    width = round(float(ET.fromstring(chart.svg).attrib["width"]))  # noqa: S314  # our own drawing
    return Picture(chart, f"{name}.{token}@reportgen", f"{name}.png", width)


def render_body(letter: Letter, pictures: Sequence[Sequence[Picture]]) -> str:
    """The HTML of a message, styles inlined, given the pictures of each section."""
    try:
        html = (
            environment(language=letter.language)
            .get_template("email/digest.html.jinja" if letter.overview else "email/report.html.jinja")
            .render(
                letter=letter,
                illustrated=list(zip(letter.sections, pictures, strict=True)),
                style=Markup(assets.email_style()),  # noqa: S704  # our own file
            )
        )
    except jinja2.TemplateError as error:
        raise RenderError(f"The mail template cannot be rendered ({error}). Install reportgen again.") from None
    return _INLINER.inline(html)
