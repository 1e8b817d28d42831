"""The plots of an evaluation: ROC, precision-recall, calibration, and those of a regression."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from reportgen import formatting
from reportgen.charts import theme
from reportgen.charts.axes import Domain
from reportgen.charts.plot import Plot, PlotBars, PlotDots, PlotLine, cut_line, make_plot, number_table, padded_domain
from reportgen.formatting import Table
from reportgen.history.evaluation import Calibration, CurveKind, Evaluation, Residuals, ScoreCurve
from reportgen.history.facts import RunFacts
from reportgen.languages import Language
from reportgen.text import printable

_COLOURS: Final = (
    (theme.VALIDATION, theme.SOLID),
    (theme.TRAIN, theme.TRAIN_DASH),
    (theme.BEST, theme.CONVERGED_DASH),
    (theme.CONVERGED, theme.SETTING_DASH),
    (theme.SETTING, theme.FORECAST_DASH),
)
_SHARES: Final = (0.0, 1.0)
_LONGEST: Final = 18  # characters of a class name beside its line
_REACHES: Final = (0.02, 0.05, 0.1, 0.2)  # shares of both axes to which very good curves are enlarged
_NEAREST: Final = 3.0  # these are this multiple of the distance of the worst curve from the corner. Our choice
_ENDS: Final = ("first", "last", "low", "high")
_FEWEST_ROWS: Final = 10  # samples of a point of the calibration plot; smaller bins are joined. Our choice
_TABLE_ROWS: Final = 40  # rows of the data table of points; our choice
_TABLE_POINTS: Final = 21  # rows of the data table of a curve


def plot_evaluations(run: RunFacts, language: Language) -> tuple[tuple[int, Plot], ...]:
    """The plots of all evaluations, each with the number of its evaluation; names and titles say the output."""
    plots = [(0, plot) for plot in (() if run.evaluation is None else plot_evaluation(run.evaluation, language))]
    for number, (output, evaluation) in enumerate(run.evaluations):
        if not output:
            continue
        for plot in plot_evaluation(evaluation, language):
            texts: dict[str, Any] = {
                part: language.say("{name}: {text}", name=printable(output, _LONGEST), text=text)
                for part, text in (("title", plot.title), ("message", plot.message))
                if text
            }
            plots.append((number, replace(plot, id=f"{plot.id}-{number}", name=f"{output}_{plot.name}", **texts)))
    return tuple(plots)


def plot_evaluation(evaluation: Evaluation, language: Language) -> tuple[Plot, ...]:
    """The plots that fit the task, in reading order."""
    plots = []
    for kind in ("roc", "precision-recall"):
        curves = [curve for curve in evaluation.curves if curve.kind == kind]
        if curves:
            plots.append(_plot_curves(kind, curves, evaluation, language))
    if evaluation.calibration is not None:
        plots.append(_plot_calibration(evaluation.calibration, evaluation, language))
    if evaluation.residuals is not None:
        plots += _plot_residuals(evaluation.residuals, evaluation.rows, language)
    return tuple(plots)


def _plot_curves(kind: CurveKind, curves: list[ScoreCurve], evaluation: Evaluation, language: Language) -> Plot:
    say, is_roc = language.say, kind == "roc"
    diagonal, corner = np.array(_SHARES), _corner(curves, 0.0 if is_roc else 1.0)
    is_whole = corner is None
    across, up = (_SHARES, _SHARES) if corner is None else corner
    guide = PlotLine(diagonal, diagonal, theme.MUTED, dash=theme.FORECAST_DASH, faint=True)
    lines = [guide] if is_roc and is_whole else []
    shown = []
    for curve, (colour, dash) in zip(curves, _COLOURS, strict=False):
        name, area = printable(curve.label, _LONGEST), formatting.number(curve.area, 3)
        shown.append(say("{name}: {text}", name=name, text=area))
        pieces = cut_line(np.array(curve.x), np.array(curve.y), across, up) or [np.zeros((2, 0))]
        lines += [PlotLine(x, y, colour, "" if place else shown[-1], dash) for place, (x, y) in enumerate(pieces)]
    if is_roc:
        title, axis_titles = say("ROC curve"), (say("false positive rate"), say("true positive rate"))
        about = say(
            "True positive rate by false positive rate. Area under the curve of each class: {list}.",
            list=", ".join(shown),
        )
    else:
        title, axis_titles = say("Precision and recall"), (say("recall"), say("precision"))
        about = say("Precision by recall. Average precision of each class: {list}.", list=", ".join(shown))
    n_classes = len(evaluation.classes)
    note = ""
    if evaluation.task != "binary" and n_classes > len(curves):
        note = say("The {n} worst of {all} classes by area; the table lists all.", n=len(curves), all=n_classes)
    if not is_whole:
        zoomed = say(
            "The axes show {first} to {last} and {low} to {high}.",
            **{name: formatting.short(value, 2) for name, value in zip(_ENDS, (*across, *up), strict=True)},
        )
        note = language.join(zoomed, note)
    return make_plot(
        texts=(f"plot-{kind}", kind.replace("-", "_"), title, about),
        language=language,
        table=_curve_table(curves, axis_titles),
        axis_titles=axis_titles,
        domains=(across, up),
        note=note,
        lines=lines,
        names_at="bottom right" if is_roc else "bottom left",
    )


def _corner(curves: list[ScoreCurve], best_x: float) -> tuple[Domain, Domain] | None:
    """The part of both axes that shows curves which lie along the edges otherwise; None if all of it does."""
    nearest = max(
        float(np.maximum(np.abs(np.array(curve.x) - best_x), 1 - np.array(curve.y)).min()) for curve in curves
    )
    reach = next((reach for reach in _REACHES if reach >= _NEAREST * nearest), None)
    if reach is None:
        return None
    return ((0.0, reach) if best_x == 0 else (1 - reach, 1.0)), (1 - reach, 1.0)


def _curve_table(curves: list[ScoreCurve], axis_titles: tuple[str, str]) -> Table:
    """The heights of all curves at the same places."""
    places = np.linspace(0, 1, _TABLE_POINTS)
    columns = [np.interp(places, curve.x, curve.y) for curve in curves]
    names = [printable(curve.label, _LONGEST) for curve in curves]
    return number_table((axis_titles[0], *names), (places, *columns))


def _plot_calibration(found: Calibration, evaluation: Evaluation, language: Language) -> Plot:
    say, diagonal = language.say, np.array(_SHARES)
    x, y, counts = joined_bins(found)
    is_binary = evaluation.task == "binary"
    titles = (say("predicted probability"), say("fraction correct"))
    if is_binary:
        name = printable(evaluation.classes[1].label, _LONGEST)
        titles = (say("predicted probability of {name}", name=name), say("actual fraction of {name}", name=name))
    error, chance = formatting.short(found.error, 2), formatting.short(found.by_chance, 2)
    note = say(
        "Calibration error {error}; a perfectly calibrated model would stay below {chance} in 95% of cases with as "
        "many samples. Dotted line: perfect calibration.",
        error=error,
        chance=chance,
    )
    if len(x) < len(found.rows):
        note = language.join(note, say("Each point stands for at least {n} samples.", n=_FEWEST_ROWS))
    rows = tuple(
        (*(formatting.short(value, 3) for value in pair), formatting.count(count))
        for *pair, count in zip(x.tolist(), y.tolist(), counts.tolist(), strict=True)
    )
    return make_plot(
        texts=(
            "plot-calibration",
            "calibration",
            say("Calibration"),
            say(
                "How often predictions were right, by predicted probability, in {n} groups of samples. The expected "
                "calibration error is {error}.",
                n=len(rows),
                error=error,
            ),
        ),
        language=language,
        table=Table((*titles, say("samples")), rows, (0, 1, 2)),
        axis_titles=titles,
        domains=(_SHARES, _SHARES),
        note=note,
        lines=[
            PlotLine(diagonal, diagonal, theme.MUTED, dash=theme.FORECAST_DASH, faint=True),
            PlotLine(x, y, theme.VALIDATION, dotted=True),
        ],
    )


def joined_bins(found: Calibration) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean probability, share that was right, and number of samples, shape (n,) each: small bins join the next one.

    All bins if there are too few samples for two points.
    """
    weights = np.array(found.rows, dtype=np.float64)
    starts, size = [0], 0.0
    for place, weight in enumerate(weights):
        if size >= _FEWEST_ROWS and weights[place:].sum() >= _FEWEST_ROWS:
            starts.append(place)
            size = 0.0
        size += weight
    if len(starts) < 2:
        starts = list(range(len(weights)))
    counts = np.add.reduceat(weights, starts)
    x, y = (np.add.reduceat(np.array(part) * weights, starts) / counts for part in (found.confidence, found.share))
    return x, y, counts.astype(np.int64)


def _plot_residuals(found: Residuals, n_rows: int, language: Language) -> list[Plot]:
    say = language.say
    true, predicted = np.array(found.true), np.array(found.predicted)
    residuals = predicted - true
    note = ""
    if len(true) < n_rows:
        note = say(
            "Drawn: {n} of {all} samples, chosen at random, and the worst ones.",
            n=formatting.count(len(true)),
            all=formatting.count(n_rows),
        )
    listed = np.argsort(true, kind="stable")
    listed = listed[np.linspace(0, len(true) - 1, min(len(true), _TABLE_ROWS)).round().astype(np.int64)]
    columns = (true[listed], predicted[listed], residuals[listed])
    said = say("Showing {shown} of {all} points.", shown=len(listed), all=len(true)) if len(listed) < len(true) else ""
    table = number_table((say("true"), say("predicted"), say("residual")), columns, said)
    both = padded_domain(np.concatenate([true, predicted]))
    ends = np.array(both)
    guide = partial(PlotLine, colour=theme.MUTED, dash=theme.FORECAST_DASH, faint=True)
    across = padded_domain(predicted)
    zero = np.array([0.0, 0.0])
    counts, edges = np.array(found.counts, dtype=np.float64), np.array(found.edges)
    outside = found.below + found.above
    spans = tuple(
        (
            say("{first} to {last}", first=formatting.short(low, 3), last=formatting.short(high, 3)),
            formatting.count(count),
        )
        for low, high, count in zip(found.edges[:-1], found.edges[1:], found.counts, strict=True)
    )
    beyond = ""
    if outside:
        beyond = language.say_count(
            "{n} sample has a residual far outside this range.",
            "{n} samples have residuals far outside this range.",
            outside,
        )
    return [
        make_plot(
            texts=(
                "plot-predicted",
                "predicted",
                say("Predicted and true values"),
                say("Predicted values by true values. On the dotted line, both are equal."),
            ),
            language=language,
            table=table,
            axis_titles=(say("true"), say("predicted")),
            domains=(both, both),
            note=note,
            lines=[guide(ends, ends)],
            dots=PlotDots(true, predicted, theme.VALIDATION),
        ),
        make_plot(
            texts=(
                "plot-residuals",
                "residuals",
                say("Residuals"),
                say("Predicted minus true values, by predicted value. The dotted line is at zero."),
            ),
            language=language,
            table=table,
            axis_titles=(say("predicted"), say("residual")),
            domains=(across, padded_domain(np.append(residuals, 0.0))),
            note=note,
            lines=[guide(np.array(across), zero)],
            dots=PlotDots(predicted, residuals, theme.VALIDATION),
        ),
        make_plot(
            texts=(
                "plot-residual-distribution",
                "residual_distribution",
                say("Distribution of residuals"),
                say("How many samples have a residual of each size, of all {n}.", n=formatting.count(n_rows)),
            ),
            language=language,
            table=Table((say("residual"), say("samples")), spans, (0, 1)),
            axis_titles=(say("residual"), say("samples")),
            domains=((float(edges[0]), float(edges[-1])), (0.0, float(counts.max()) * 1.05)),
            note=beyond,
            lines=[],
            bars=PlotBars(edges, counts, theme.VALIDATION),
        ),
    ]
