"""Renders a chart as self-contained SVG.

The SVG has a role, title and description, and the data that the page's script needs: the plot's geometry, and which
parts belong to which line. It has no style, script or reference, which a strict Content-Security-Policy would block.
"""

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Final

from reportgen.charts import layout, theme
from reportgen.charts.chart import Chart
from reportgen.charts.group_curves import draw_curves, draw_names
from reportgen.charts.plot import Plot
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
_TRANSLATED: Final = re.compile(r"translate\(([-\d.]+),([-\d.]+)\)")
_FEW_DOTS: Final = 20
_ROUNDED: Final = frozenset({"d", "transform", "x", "y", "x2", "y2", "width", "height"})


def render_svgs(charts: Sequence[Chart], columns: Sequence[int]) -> list[str]:
    """Renders the charts of a page as SVG for use inside HTML. What is the same in several charts is drawn once.

    Args:
        charts: The charts.
        columns: Where the values of each begin in the table of all values.

    Raises:
        RenderError: vl-convert fails.
    """
    drawn: dict[str, ET.Element] = {}
    rendered = []
    for chart, column in zip(charts, columns, strict=True):
        vega_lite = chart.vega_lite
        same = json.dumps(vega_lite)
        if same not in drawn:
            drawn[same] = _drawn(vega_lite, chart.title)
        root = deepcopy(drawn[same])
        if chart.plan.ribbons:
            _insert(root, draw_curves(chart.plan), draw_names(chart.plan))
        _name(root, chart)
        _add_geometry(root, chart, column)
        rendered.append(ET.tostring(root, encoding="unicode", short_empty_elements=True))
    return rendered


def render_plot(plot: Plot) -> str:
    """Renders a plot as SVG for use inside an HTML page.

    Raises:
        RenderError: vl-convert fails.
    """
    from reportgen.charts.plot_drawing import draw_plot  # loads Altair

    root = _drawn(draw_plot(plot).to_dict(validate=False), plot.title)
    if plot.dots is not None:
        _join_dots(root, f"{2 * math.sqrt(plot.dots.size / math.pi):.2g}")
    _name(root, plot)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _join_dots(root: ET.Element, diameter: str) -> None:
    """Replaces hundreds of equal circles by one path of dots, which takes a twentieth of the space."""
    for group in root.iter("g"):
        dots = [
            child for child in group if child.tag == "path" and "fill" in child.attrib and "transform" in child.attrib
        ]
        places = [_TRANSLATED.fullmatch(dot.get("transform", "")) for dot in dots]
        if len(dots) < _FEW_DOTS or None in places:
            continue
        path = "".join(f"M{place[1]} {place[2]}h0" for place in places if place is not None)
        look = {"stroke": dots[0].get("fill", ""), "stroke-width": diameter, "stroke-linecap": "round", "fill": "none"}
        for dot in dots:
            group.remove(dot)
        group.append(ET.Element("path", {"d": path, "opacity": dots[0].get("opacity", "1"), **look}))


def _drawn(vega_lite: dict[str, Any], title: str) -> ET.Element:
    """The tidy drawing."""
    import vl_convert  # slow to load

    try:
        drawn = vl_convert.vegalite_to_svg(vega_lite, allowed_base_urls=[], show_warnings=False)
        root = ET.fromstring(drawn)  # noqa: S314  # our own drawing
    except (ValueError, ET.ParseError) as error:
        raise RenderError(
            f"The chart {quoted(title)} cannot be drawn ({error}). This is a bug in reportgen; please report it."
        ) from None
    _tidy(root)
    return root


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


def _insert(root: ET.Element, curves: Sequence[ET.Element], names: Sequence[ET.Element]) -> None:
    """Adds curves above the axes, which are the first groups of the plot, and names above everything else."""
    (plot,) = (child for child in root if child.tag == "g")
    place = 0
    while place < len(plot) and plot[place].tag == "g" and "data-series" not in plot[place].attrib:
        place += 1
    plot[place:place] = curves
    plot.extend(names)


def _name(root: ET.Element, chart: Chart | Plot) -> None:
    """Adds role, title and description."""
    title_id, description_id = f"{chart.id}-title", f"{chart.id}-desc"
    root.attrib |= {
        "role": "img",
        "aria-labelledby": f"{title_id} {description_id}",
        "font-family": theme.FONT,
        "font-size": f"{theme.FONT_SIZE}px",
    }
    title = ET.Element("title", {"id": title_id})
    title.text = chart.heading
    description = ET.Element("desc", {"id": description_id})
    description.text = chart.description
    root.insert(0, title)
    root.insert(1, description)


def _add_geometry(root: ET.Element, chart: Chart, column: int) -> None:
    """Adds the geometry that the page's script needs."""
    plan = chart.plan
    root.attrib |= {
        "data-plot": f"{plan.left:g} {plan.top:g} {plan.plot_width:g} {layout.PLOT_HEIGHT}",
        "data-epochs": f"{plan.x_domain[0]:.17g} {plan.x_domain[1]:.17g}",
        "data-values": f"{plan.y_domain[0]:.17g} {plan.y_domain[1]:.17g}",
        "data-scale": "log" if plan.y_log else "linear",
        "data-column": str(column),
        "data-names": json.dumps(chart.table.headers[1:], ensure_ascii=False, separators=(",", ":")),
        "data-curves": json.dumps([line.curves for line in plan.lines], separators=(",", ":")),
    }
