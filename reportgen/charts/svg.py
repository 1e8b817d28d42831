"""Renders a chart as self-contained SVG.

The SVG has a role, title and description, and the data that the page's script needs: the plot's geometry, and which
parts belong to which line. It has no style, script or reference, which a strict Content-Security-Policy would block.
"""

import json
import re
import xml.etree.ElementTree as ET
from typing import Final

from reportgen.charts import layout, theme
from reportgen.charts.chart import Chart
from reportgen.errors import RenderError
from reportgen.text import quoted

_SVG: Final = "{http://www.w3.org/2000/svg}"
_DROPPED_ATTRIBUTES: Final = frozenset(
    {
        "class",
        "role",
        "aria-hidden",
        "aria-label",
        "aria-roledescription",
        "pointer-events",
        "font-family",
        "font-size",
        "stroke-miterlimit",
        "version",
    }
)
_SERIES: Final = re.compile(r" series_(\d+)_")  # in the CSS class that Vega derives from the layer names of `drawing`
_DEFAULTS: Final = frozenset(  # attributes that have their default value
    {
        ("transform", "translate(0,0)"),
        ("opacity", "1"),
        ("stroke-width", "1"),
        ("stroke-dasharray", ""),
        ("font-weight", "normal"),
        ("text-anchor", "start"),
        ("x2", "0"),
        ("y2", "0"),
    }
)
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{2,}(?![\de])")
_ROUNDED: Final = frozenset({"d", "transform", "x", "y", "x2", "y2", "width", "height"})


def render_svg(chart: Chart) -> str:
    """Renders a chart as SVG for use inside an HTML page.

    Raises:
        RenderError: vl-convert fails.
    """
    import vl_convert  # slow to load

    try:
        drawn = vl_convert.vegalite_to_svg(chart.vega_lite, allowed_base_urls=[], show_warnings=False)
        root = ET.fromstring(drawn)  # noqa: S314  # our own drawing
    except (ValueError, ET.ParseError) as error:
        raise RenderError(
            f"The chart {quoted(chart.title)} cannot be drawn ({error}). This is a bug in reportgen; please report it."
        ) from None
    _tidy(root)
    _name(root, chart)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _tidy(element: ET.Element, *, tagged: bool = False) -> None:
    """Removes namespaces, redundant attributes and invisible elements, rounds coordinates, tags the parts of each line.

    Args:
        element: The element to tidy, with its descendants.
        tagged: Whether an ancestor is already tagged.
    """
    element.tag = element.tag.removeprefix(_SVG)
    series = None if tagged else _SERIES.search(element.get("class", ""))
    for name, value in list(element.attrib.items()):
        if name in _DROPPED_ATTRIBUTES or (name, value) in _DEFAULTS:
            del element.attrib[name]
        elif name in _ROUNDED:
            element.set(name, _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value))
    if series is not None:
        element.set("data-series", series[1])
    for child in list(element):
        _tidy(child, tagged=tagged or series is not None)
        invisible = child.get("display") == "none" or (child.tag == "path" and not child.get("d", "").strip("M0,hvZz."))
        unpainted = child.tag == "path" and "stroke" not in child.attrib and "fill" not in child.attrib
        empty_group = child.tag == "g" and not len(child)
        if invisible or empty_group or (unpainted and child.get("d", "").startswith("M0,0")):
            element.remove(child)
        elif child.tag == "g" and not child.attrib and len(element):
            position = list(element).index(child)
            element.remove(child)
            for offset, grandchild in enumerate(list(child)):
                element.insert(position + offset, grandchild)


def _name(root: ET.Element, chart: Chart) -> None:
    """Adds role, title, description, and the geometry that the page's script needs."""
    title_id, description_id = f"{chart.id}-title", f"{chart.id}-desc"
    plan = chart.plan
    root.attrib |= {
        "role": "img",
        "aria-labelledby": f"{title_id} {description_id}",
        "font-family": theme.FONT,
        "font-size": f"{theme.FONT_SIZE}px",
        "data-plot": f"{plan.left:g} {plan.top:g} {plan.plot_width:g} {layout.PLOT_HEIGHT}",
        "data-epochs": f"{plan.x_domain[0]:.17g} {plan.x_domain[1]:.17g}",
        "data-values": f"{plan.y_domain[0]:.17g} {plan.y_domain[1]:.17g}",
        "data-scale": "log" if plan.y_log else "linear",
        "data-curves": json.dumps([line.curves for line in plan.lines], separators=(",", ":")),
    }
    title = ET.Element("title", {"id": title_id})
    title.text = chart.title
    description = ET.Element("desc", {"id": description_id})
    description.text = chart.description
    root.insert(0, title)
    root.insert(1, description)
