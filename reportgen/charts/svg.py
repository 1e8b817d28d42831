"""Renders a chart as self-contained SVG.

The SVG has a role, title and description, and the data that the page's script needs: the plot's geometry, and which
parts belong to which line. It has no style, script or reference, which a strict Content-Security-Policy would block.
"""

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any, Final

from reportgen.charts import layout, theme
from reportgen.charts.chart import Chart
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
_SERIES: Final = re.compile(r"series_(\d+)_")  # in the layer names of `drawing`
_PART: Final = re.compile(r" (part_\d+)_")  # in the CSS class that Vega derives from the layer names of `_draw_charts`
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
    """Renders the charts of a page as SVG for use inside HTML. A layer that several charts share is drawn once.

    Args:
        charts: The charts.
        columns: Where the values of each begin in the table of all values.

    Raises:
        RenderError: vl-convert fails.
    """
    rendered = []
    for chart, root, column in zip(charts, _draw_charts(charts), columns, strict=True):
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


def _draw_charts(charts: Sequence[Chart]) -> list[ET.Element]:
    """The tidy drawings of charts.

    Charts with the same axes are drawn as one chart with the layers of all, and each keeps its own layers of it: Vega
    takes most of its time per layer, and the charts of many groups share most of theirs.
    """
    frames: dict[str, dict[str, dict[str, Any]]] = {}  # the layers by their text, of each chart without layers
    chosen: list[tuple[str, list[tuple[str, str | None]]]] = []
    titles: dict[str, str] = {}
    for chart in charts:
        vega_lite = chart.vega_lite
        axes, *layers = vega_lite.pop("layer")
        frame = json.dumps(vega_lite | {"layer": [axes]})
        known, parts = frames.setdefault(frame, {}), []
        for layer in layers:
            series = _SERIES.match(layer.pop("name", ""))
            text = json.dumps(layer)
            part = known.setdefault(text, layer | {"name": f"part_{len(known)}"})
            parts.append((part["name"], series and series[1]))
        chosen.append((frame, parts))
        titles.setdefault(frame, chart.title)
    drawn = {}
    for frame, known in frames.items():
        whole = json.loads(frame)
        whole["layer"] += known.values()
        drawn[frame] = _drawn(whole, titles[frame])
    return [_with_parts(drawn[frame], parts) for frame, parts in chosen]


def _with_parts(drawn: ET.Element, parts: Sequence[tuple[str, str | None]]) -> ET.Element:
    """A copy of a drawing that has only some of its parts, the lowest first, each tagged with its line if it has one.

    Args:
        drawn: A tidy drawing.
        parts: The names of the parts, and the index of the line that each belongs to.
    """
    root = ET.Element(drawn.tag, drawn.attrib)
    root.extend(child for child in drawn if child.tag != "g")
    (plot,) = (child for child in drawn if child.tag == "g")
    named = {child.get("data-part"): child for child in plot}
    elements = [child for child in plot if child.get("data-part") is None]
    first = next((place for place, child in enumerate(plot) if child.get("data-part")), len(elements))
    own: list[ET.Element] = []
    for name, series in parts:
        if name not in named:
            continue  # nothing of it is visible
        if series is None:
            own += named[name]
        else:
            own.append(ET.Element("g", named[name].attrib | {"data-series": series}))
            del own[-1].attrib["data-part"]
            own[-1].extend(named[name])
    group = ET.SubElement(root, "g", plot.attrib)
    group.extend([*elements[:first], *own, *elements[first:]])
    return root


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
    """Removes namespaces, redundant attributes and invisible elements, rounds coordinates, tags named parts.

    Args:
        element: The element to tidy, with its descendants.
        tagged: Whether an ancestor is already tagged.
    """
    element.tag = element.tag.removeprefix(_SVG)
    part = None if tagged else _PART.search(element.get("class", ""))
    for name, value in list(element.attrib.items()):
        if name in _DROPPED_ATTRIBUTES or (name, value) in _DEFAULTS:
            del element.attrib[name]
        elif name in _ROUNDED:
            element.set(name, _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value))
    if part is not None:
        element.set("data-part", part[1])
    for child in list(element):
        _tidy(child, tagged=tagged or part is not None)
        _separate_lines(element, child)
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


def _separate_lines(element: ET.Element, child: ET.Element) -> None:
    """Replaces a line with gaps by one line per part, as transparent lines are to look denser where they cross."""
    parts = child.get("d", "").split("M")[1:]
    if child.tag != "path" or "stroke" not in child.attrib or len(parts) < 2:
        return
    place = list(element).index(child)
    child.set("d", f"M{parts[0]}")
    for offset, part in enumerate(parts[1:], start=1):
        element.insert(place + offset, ET.Element("path", {**child.attrib, "d": f"M{part}"}))


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
