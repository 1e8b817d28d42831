"""The body of a mail: HTML that every client can show, and the charts and figures as images.

The HTML consists of tables with inlined styles: no client runs scripts, few keep SVG or style sheets, and many load no
pictures (docs/email.md).
"""

import base64
import io
import itertools
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import jinja2
from markupsafe import Markup

from reportgen import assets
from reportgen.charts.png import render_png
from reportgen.errors import MissingExtraError, RenderError
from reportgen.outputs.email.letter import Letter
from reportgen.page.contents import PageChart, PageFigure, PagePlot
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
_FIGURE_COLOURS: Final = 256  # of drawings of the user, which may contain photos
_WIDTH: Final = 560  # pixels of the body, as in email.css
# Rules under @media stay in the head; nothing is downloaded.
_INLINER: Final = css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Picture:
    """A chart or a plot in a mail."""

    chart: PageChart | PagePlot
    id: str  # its Content-ID, without brackets
    file: str  # file name for saving
    width: int  # displayed width in pixels

    def png(self) -> bytes:
        """The picture at double resolution with a reduced palette; the same chart always produces the same bytes."""
        return _reduced(render_png(self.chart.svg, _SCALE), _COLOURS)


def _reduced(png: bytes, colours: int) -> bytes:
    """A picture with fewer colours, which is a fraction of the size."""
    with Image.open(io.BytesIO(png)) as drawn:
        few = drawn.convert("RGB").quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


@dataclass(frozen=True)
class FigurePicture:
    """A figure of the user in a mail; drawings become PNG pictures."""

    figure: PageFigure
    id: str  # its Content-ID, without brackets
    file: str  # file name for saving
    width: int  # displayed width in pixels

    @property
    def subtype(self) -> str:
        """Its media type, without "image/"."""
        return "jpeg" if self.figure.type == "image/jpeg" else "png"

    @property
    def is_narrow(self) -> bool:
        """Whether it does not fill the width of the body."""
        return self.width < _WIDTH

    def content(self) -> bytes:
        """The picture."""
        data = base64.b64decode(self.figure.data)
        if self.figure.type != "image/svg+xml":
            return data
        drawn = render_png(data.decode("utf-8"), min(float(_SCALE), _SCALE * _WIDTH / self.figure.width))
        return _reduced(drawn, _FIGURE_COLOURS)


def place_figures(letter: Letter, token: str) -> dict[str, FigurePicture]:
    """The pictures of the user's figures in the mail about one run, by the id of the figure."""
    found: dict[str, FigurePicture] = {}
    for section in () if letter.overview else letter.sections:
        for figure in section.page.additions:
            if isinstance(figure, PageFigure):
                name = f"figure-{len(found) + 1}"
                width = min(figure.width, _WIDTH)
                file = f"{name}.{'jpg' if figure.type == 'image/jpeg' else 'png'}"
                found[figure.id] = FigurePicture(figure, f"{name}.{token}@reportgen", file, width)
    return found


def place_pictures(letter: Letter, token: str) -> tuple[tuple[Picture, ...], ...]:
    """The pictures of each section, numbered consecutively. The token makes their ids unique."""
    numbers = itertools.count(1)
    return tuple(
        tuple(_place(chart, f"chart-{next(numbers)}", token) for chart in section.charts) for section in letter.sections
    )


def place_plots(letter: Letter, token: str) -> tuple[Picture, ...]:
    """The pictures of test data in the mail about one run."""
    plots = () if letter.overview else letter.sections[0].plots
    return tuple(_place(plot, f"plot-{number}", token) for number, plot in enumerate(plots, start=1))


def _place(chart: PageChart | PagePlot, name: str, token: str) -> Picture:
    width = round(float(ET.fromstring(chart.svg).attrib["width"]))  # noqa: S314  # our own drawing
    return Picture(chart, f"{name}.{token}@reportgen", f"{name}.png", width)


def render_body(
    letter: Letter,
    pictures: Sequence[Sequence[Picture]],
    figures: Mapping[str, FigurePicture] = MappingProxyType({}),
    plots: Sequence[Picture] = (),
) -> str:
    """The HTML of a message, styles inlined, given its pictures: of each section, of the user, of test data."""
    try:
        html = (
            environment(language=letter.language)
            .get_template("email/digest.html.jinja" if letter.overview else "email/report.html.jinja")
            .render(
                letter=letter,
                figures=figures,
                plots=plots,
                illustrated=list(zip(letter.sections, pictures, strict=True)),
                style=Markup(assets.email_style()),  # noqa: S704  # our own file
            )
        )
    except jinja2.TemplateError as error:
        raise RenderError(f"The mail template cannot be rendered ({error}). Install reportgen again.") from None
    return _INLINER.inline(html)
