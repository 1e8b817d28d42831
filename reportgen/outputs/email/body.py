"""The body of a mail: HTML that any client shows, and its charts as pictures.

In: a `Letter`. Out: HTML and PNGs. The HTML is of old tables with its styles inlined: no client runs a script, few keep
SVG or style sheets, many load no picture (docs/email.md), and it must read well in all of them.
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
from reportgen.page.parts import PageChart
from reportgen.render import environment

try:
    import css_inline
    from PIL import Image
except ImportError as error:
    raise MissingExtraError(
        "Email needs css-inline and Pillow, which are not installed. Run: pip install 'keras-reportgen[email]'"
    ) from error

_SCALE: Final = 2  # pixels for each pixel shown: sharp on the screens of today
_COLOURS: Final = 64
# What stands under @media stays in the head; nothing is fetched.
_INLINER: Final = css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Picture:
    """A chart as it stands in a mail.

    Attributes:
        id: Its Content-ID, without brackets.
        file: A name for those who save it.
        title: Heading.
        alt: What is to be seen, for readers without pictures.
        note: Remark; empty for none.
        width: In pixels as shown.
        svg: The drawing.
    """

    id: str
    file: str
    title: str
    alt: str
    note: str
    width: int
    svg: str

    def png(self) -> bytes:
        """The picture with twice as many pixels as shown, in few colours; the same bytes for the same chart."""
        with Image.open(io.BytesIO(render_png(self.svg, _SCALE))) as drawn:
            few = drawn.convert("RGB").quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        written = io.BytesIO()
        few.save(written, "PNG", optimize=True)
        return written.getvalue()


def place_pictures(letter: Letter, token: str) -> tuple[tuple[Picture, ...], ...]:
    """The pictures of each section, numbered through.

    Args:
        letter: What the message says.
        token: What tells this message's ids from those of others.
    """
    numbers = itertools.count(1)
    return tuple(
        tuple(_place(chart, f"chart-{next(numbers)}", token) for chart in section.charts) for section in letter.sections
    )


def _place(chart: PageChart, name: str, token: str) -> Picture:
    root = ET.fromstring(chart.svg)  # noqa: S314  # our own drawing
    return Picture(
        id=f"{name}.{token}@reportgen",
        file=f"{name}.png",
        title=chart.title,
        alt=chart.description,
        note=chart.note,
        width=round(float(root.attrib["width"])),
        svg=chart.svg,
    )


def render_body(letter: Letter, pictures: Sequence[Sequence[Picture]]) -> str:
    """The HTML of a message, styles inlined.

    Args:
        letter: What it says.
        pictures: Of each section.

    Raises:
        RenderError: a template is missing or broken.
    """
    try:
        html = (
            environment(language=letter.language)
            .get_template("email/digest.html.jinja" if letter.overview else "email/report.html.jinja")
            .render(
                letter=letter,
                told=list(zip(letter.sections, pictures, strict=True)),
                style=Markup(assets.email_style()),  # noqa: S704  # our own file
            )
        )
    except jinja2.TemplateError as error:
        raise RenderError(f"The template of mails cannot be rendered ({error}); install reportgen again.") from None
    return _INLINER.inline(html)
