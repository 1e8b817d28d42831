"""From a chart's SVG to a picture, for places that show no SVG.

In: SVG text as `render_svg` wrote it. Out: a PNG on white, in the light colours.
"""

import xml.etree.ElementTree as ET

from reportgen.errors import RenderError


def render_png(svg: str, scale: int) -> bytes:
    """Draws a chart as PNG.

    Args:
        svg: The chart.
        scale: Pixels for each unit of its width and height.

    Raises:
        RenderError: the drawing engine refuses it.
    """
    import vl_convert  # heavy, and needed by this function only

    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    root.set("xmlns", "http://www.w3.org/2000/svg")
    # On a transparent ground vl-convert 1.9 writes colours multiplied by their opacity, and shades turn grey.
    root.insert(0, ET.Element("rect", {"width": "100%", "height": "100%", "fill": "#ffffff"}))
    try:
        return vl_convert.svg_to_png(ET.tostring(root, encoding="unicode"), scale=scale)
    except ValueError as error:
        raise RenderError(f"A chart cannot be drawn ({error}); a fault of reportgen. Please report it.") from None
