"""Plans as JSON for the script of interactive charts: one Vega specification for the whole page, and each chart's data.

``templates/js/interactive.js`` fills in the specification's data sets and signals. Text is always data, never a field
name or an expression.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from reportgen.charts import layout, theme
from reportgen.charts.axes import epoch_format
from reportgen.charts.plan import Line, Mark, PlacedLabel, Plan
from reportgen.text import harmless_json

_DIGITS: Final = 12  # significant digits of each value, more than float32 has
_DATA_SETS: Final = ("spans", "zero", "band", "rules", "paths", "dots", "crosses", "spots", "labels")
_X: Final = {"scale": "x", "field": "x"}
_Y: Final = {"scale": "y", "field": "y"}
_COLOUR: Final = {"field": "colour"}


def interactive_json(plans: Mapping[str, Plan]) -> str:
    """All charts of a run by id, as JSON text, with the specification that they share."""
    first = next(iter(plans.values()), None)
    data = {
        "spec": interactive_spec(first.x_title, epoch_format(first.x_ticks)) if first else {},
        "measures": layout.script_measures(max((plan.x_domain[1] for plan in plans.values()), default=1)),
        "charts": {chart_id: interactive_data(plan) for chart_id, plan in plans.items()},
    }
    return harmless_json(json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def interactive_spec(x_title: str, x_format: str) -> dict[str, Any]:
    """A Vega specification without data that looks like the output of `drawing`.

    Its signals: ``epochs`` and ``values`` are the ends of the axes; ``ticks`` are the labelled epochs; ``numbers``
    are the labelled values and ``texts`` their labels; ``titleAt`` is where the title of the epoch axis is; ``gap`` is
    the distance of the value labels from the plot.
    """
    look, font = theme.config(), {"font": theme.FONT}
    count = {"signal": "length(numbers)"}  # Vega drops every other number if there are more
    y_axis = {"scale": "y", "orient": "left", "tickCount": count, "values": {"signal": "numbers"}, "aria": False}
    words = {"text": {"signal": "texts[datum.value]"}, "dx": {"signal": f"{theme.TICK_GAP} - gap"}}
    texts = {"labels": {"update": words}}
    title = {"title": {"update": {"x": {"signal": "titleAt"}}}}
    return {
        "height": layout.PLOT_HEIGHT,
        "autosize": "none",
        "signals": [
            {"name": "epochs", "value": [0, 1]},
            {"name": "values", "value": [0.1, 1]},
            {"name": "ticks", "value": []},
            {"name": "numbers", "value": []},
            {"name": "texts", "value": {}},
            {"name": "titleAt", "value": 0},
            {"name": "gap", "value": 0},
            # Lines are clipped two units outside the plot, so that a line along its edge keeps its width.
            {"name": "frame", "update": "'M-2,-2H' + (width + 2) + 'V' + (height + 2) + 'H-2Z'"},
        ],
        "data": [{"name": name} for name in _DATA_SETS],
        "scales": [
            {"name": "x", "type": "linear", "zero": False, "domain": {"signal": "epochs"}, "range": "width"},
            {"name": "y", "type": "linear", "zero": False, "domain": {"signal": "values"}, "range": "height"},
        ],
        "axes": [
            {**y_axis, "grid": True, "labels": False},
            {
                "scale": "x",
                "orient": "bottom",
                "title": x_title,
                "format": x_format,
                "values": {"signal": "ticks"},
                "labelFlush": False,
                "titleAlign": "right",
                "titleBaseline": "top",
                "titleY": theme.TICK_GAP,
                "encode": title,
                "aria": False,
            },
            {**y_axis, "encode": texts},
        ],
        "marks": [*_background(), _paths(), *_symbols(), _labels()],
        "config": {"axis": look["axis"], "text": font, "style": {"guide-label": font, "guide-title": font}},
    }


def _mark(kind: str, data: str, *, clip: bool = False, **channels: Any) -> dict[str, Any]:
    """One mark of a Vega specification; a channel is a value, or a reference to a field or signal."""
    encoded = {name: given if isinstance(given, dict) else {"value": given} for name, given in channels.items()}
    mark: dict[str, Any] = {"type": kind, "from": {"data": data}, "encode": {"update": encoded}}
    return mark | {"interactive": False, "aria": False} | ({"clip": {"path": {"signal": "frame"}}} if clip else {})


def _background() -> list[dict[str, Any]]:
    """Everything drawn below the lines: shaded epochs, the line at zero, the forecast, and the rules of marks."""
    bar = {"signal": f"height + {theme.SPAN_BAR / 2}"}
    bottom, right = {"signal": "height"}, {"signal": "width"}
    low, mid, high = ({"scale": "y", "field": name} for name in ("low", "mid", "high"))
    x2 = {"scale": "x", "field": "x2"}
    width = {"signal": f"length(datum.dash) ? {theme.DASHED_RULE_WIDTH} : {theme.RULE_WIDTH}"}
    rule: dict[str, Any] = {"strokeWidth": width, "strokeDash": {"field": "dash"}}
    dashed: dict[str, Any] = {"strokeWidth": theme.LINE_WIDTH, "strokeDash": list(theme.FORECAST_DASH)}
    return [
        _mark("rect", "spans", clip=True, x=_X, x2=x2, y=0, y2=bottom, fill=_COLOUR, opacity=theme.SPAN_OPACITY),
        _mark("rule", "spans", x={**_X}, x2=x2, y=bar, stroke=_COLOUR, strokeWidth=theme.SPAN_BAR),
        _mark("rule", "zero", clip=True, x=0, x2=right, y=_Y, stroke=theme.MUTED, strokeWidth=theme.ZERO_WIDTH),
        _mark("area", "band", clip=True, x=_X, y=low, y2=high, fill=_COLOUR, opacity={"field": "opacity"}),
        _mark("line", "band", clip=True, x=_X, y=mid, stroke=_COLOUR, **dashed),
        _mark("rule", "rules", x=_X, y={"field": "y"}, y2={"field": "y2"}, stroke=_COLOUR, **rule),
    ]


def _paths() -> dict[str, Any]:
    """The lines: one path for each ``part`` of the data, broken where ``drawn`` is false."""
    look: dict[str, Any] = {
        channel: {"field": channel} for channel in ("strokeWidth", "strokeDash", "opacity", "interpolate")
    }
    line = _mark("line", "path", x=_X, y=_Y, defined={"field": "drawn"}, stroke=_COLOUR, strokeJoin="round", **look)
    return {
        "type": "group",
        "from": {"facet": {"name": "path", "data": "paths", "groupby": "part"}},
        "sort": {"field": "datum.part"},
        "clip": {"path": {"signal": "frame"}},
        "interactive": False,
        "aria": False,
        "marks": [line],
    }


def _symbols() -> list[dict[str, Any]]:
    """Dots on values, and symbols at the edges for values that cannot be drawn or are outside the axis."""
    look: dict[str, Any] = {"x": _X, "fill": _COLOUR, "opacity": 1}
    return [
        _mark("symbol", "dots", y=_Y, size={"field": "size"}, **look),
        _mark("symbol", "crosses", y={"field": "y"}, size=theme.CROSS_SIZE, shape={"field": "shape"}, **look),
        _mark(
            "symbol",
            "spots",
            y=_Y,
            size=theme.MARKED_DOT_SIZE,
            x=_X,
            stroke=_COLOUR,
            strokeWidth=theme.RING_WIDTH,
        ),
    ]


def _labels() -> dict[str, Any]:
    """The labels, positioned in chart units."""
    places: dict[str, Any] = {channel: {"field": channel} for channel in ("x", "y", "text", "baseline", "align")}
    words = _mark("text", "labels", fill=_COLOUR, fontSize=theme.FONT_SIZE, fontWeight=600, **places)
    return words | {"interactive": True}  # a click on a line's name hides the line


def interactive_data(plan: Plan) -> dict[str, Any]:
    """One chart's data at the plan's points, which are already thinned."""
    band = plan.band
    return {
        "width": plan.plot_width,
        "left": plan.left,
        "top": plan.top,
        "right": plan.right,
        "epochs": list(plan.x_domain),
        "ticks": list(plan.x_ticks),
        "titleAt": plan.x_title_at,
        "titleWidth": plan.x_title_width,
        "gap": plan.y_gap,
        "values": list(plan.y_domain),
        "numbers": [[tick.value, tick.text] for tick in plan.y_ticks],
        "ends": [_placed(label) for label in (*plan.end_labels, plan.band_label) if label is not None],
        "log": plan.y_log,
        "positive": _all_positive(plan),
        "zero": plan.zero_rule,
        "lines": [_line(line) for line in plan.lines],
        "band": None
        if band is None
        else {
            "label": band.label,
            "opacity": 0 if band.is_narrow else theme.BAND_OPACITY,
            "colour": band.colour,
            "epochs": band.epochs.tolist(),
            "low": _numbers(band.low),
            "mid": _numbers(band.mid),
            "high": _numbers(band.high),
        },
        "spans": [{"x": span.first, "x2": span.last, "colour": span.colour} for span in plan.spans],
        "marks": [_mark_data(mark) for mark in plan.marks],
        "spots": [{"x": spot.epoch, "y": spot.value, "hollow": spot.hollow} for spot in plan.spots],
        "notches": [{"epochs": list(notch.epochs), "colour": notch.colour} for notch in plan.notches],
    }


def _placed(label: PlacedLabel) -> dict[str, Any]:
    return {
        "text": label.text,
        "colour": label.colour,
        "x": label.x,
        "y": label.y,
        "baseline": "middle",
        "align": label.align,
    }


def _mark_data(mark: Mark) -> dict[str, Any]:
    return {
        "epochs": [mark.epoch, *mark.also],
        "label": mark.label,
        "colour": mark.colour,
        "dash": list(mark.dash),
        "value": mark.value,
        "size": layout.text_width(mark.label),
    }


def _line(line: Line) -> dict[str, Any]:
    """One curve; values that cannot be drawn are null."""
    drawable = line.drawable
    return {
        "name": line.full_name,
        "label": line.label,
        "colour": line.colour,
        "labelColour": theme.LABEL_COLOURS.get(line.colour, line.colour),
        "faintness": theme.faintness(len(line.epochs)),
        "dash": list(line.dash),
        "faint": line.faint,
        "width": line.width,
        "interpolate": "step-after" if line.stepped else "linear",
        "size": layout.text_width(line.label),
        "epochs": line.epochs.tolist(),
        "values": _numbers(np.where(drawable, line.values, np.nan)),
        "smooth": None if line.smooth is None else _numbers(line.smooth),
        "dots": np.flatnonzero(line.dotted).tolist(),
    }


def _numbers(values: np.ndarray) -> list[float | None]:
    """Values in a form that JSON can represent; NaN becomes null."""
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values.tolist()]


def _all_positive(plan: Plan) -> bool:
    """Whether a logarithmic axis can show every value."""
    shown = [line.values[line.drawable] for line in plan.lines]
    shown += [line.smooth for line in plan.lines if line.smooth is not None]
    shown += [] if plan.band is None else [plan.band.low]
    return not plan.zero_rule and all(bool((values > 0).all()) for values in shown)
