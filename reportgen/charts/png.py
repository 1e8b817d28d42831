"""Renders a chart's SVG as PNG on white, for places that cannot show SVG."""

import xml.etree.ElementTree as ET

from reportgen.errors import RenderError


def render_png(svg: str, scale: float) -> bytes:
    """Renders a drawing of `render_svgs` as PNG with the given number of pixels per chart unit."""
    import vl_convert  # slow to load

    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    root.set("xmlns", "http://www.w3.org/2000/svg")
    # On a transparent background vl-convert 1.9 multiplies colours by their opacity, and shades turn grey.
    root.insert(0, ET.Element("rect", {"width": "100%", "height": "100%", "fill": "#ffffff"}))
    try:
        return vl_convert.svg_to_png(ET.tostring(root, encoding="unicode"), scale=scale)
    except (ValueError, RuntimeError) as error:
        reason = next(iter(str(error).splitlines()), "")
        raise RenderError(
            f"A chart cannot be drawn ({reason}). This is a bug in reportgen; please report it."
        ) from None
