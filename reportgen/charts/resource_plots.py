"""The plots of what a run used: time per epoch, memory, processors and graphics cards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import theme
from reportgen.charts.plan import Tick
from reportgen.charts.plot import Plot, PlotLine, make_plot, number_table
from reportgen.charts.thinning import kept
from reportgen.history.frame import TrainingHistory
from reportgen.history.resource_use import ResourceUse
from reportgen.languages import Language
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis

FEWEST_TIMES: Final = 3  # epochs with a time, of which a curve is drawn; our choice
_MAX_POINTS: Final = 300  # of a curve; our choice: more than a plot of this size can show
_TABLE_ROWS: Final = 40  # our choice, as in the plots of an evaluation
_TALL: Final = 2.0  # times the longest other epoch, from which the first one does not decide the axis; our choice
_HEADROOM: Final = 1.08  # of an axis above the highest value
_MAX_NAMED: Final = 4  # cards in a note
_FEW_TIMES: Final = 12  # epochs up to which each gets a dot


@dataclass(frozen=True)
class _Unit:
    """A unit of time: its length, and its name as the title of an axis."""

    seconds: float
    along: str
    taken: str


def plot_resources(history: TrainingHistory, diagnosis: Diagnosis) -> tuple[Plot, ...]:
    """The plots of what is known, in reading order; may be empty."""
    language, use = diagnosis.language, history.run.resources
    plots = [_plot_times(history, diagnosis)]
    if use is not None and len(use.seconds) > 1:
        plots += [_plot_memory(use, language), _plot_cores(use, language), _plot_cards(use, language)]
    return tuple(plot for plot in plots if plot is not None)


def _unit_of(seconds: float, language: Language) -> _Unit:
    """The unit in which a time span has at most a few digits."""
    say = language.say
    if seconds < 300:
        return _Unit(1.0, say("time (s)"), say("seconds"))
    if seconds < 3 * 3600:
        return _Unit(60.0, say("time (min)"), say("minutes"))
    return _Unit(3600.0, say("time (h)"), say("hours"))


def _plot_times(history: TrainingHistory, diagnosis: Diagnosis) -> Plot | None:
    """The time per epoch, with a line where epochs became slower; None for a few epochs."""
    language, say = diagnosis.language, diagnosis.language.say
    taken = np.array(history.run.durations_s, dtype=np.float64)
    epochs = np.asarray(history.epochs, dtype=np.float64)
    if len(taken) < FEWEST_TIMES:
        return None
    median = float(np.median(taken))
    top, note = float(taken.max()), ""
    if taken[0] > _TALL * taken[1:].max() > 0:
        top = float(taken[1:].max())
        note = say(
            "Epoch {epoch} ({time}) is off the scale.",
            epoch=int(epochs[0]),
            time=formatting.duration(float(taken[0]), language),
        )
    unit = _unit_of(top, language)
    chosen = kept(epochs, taken, _MAX_POINTS)
    shown = np.minimum(taken, top * _HEADROOM) / unit.seconds
    lines = [PlotLine(epochs[chosen], shown[chosen], theme.VALIDATION, dotted=len(taken) <= _FEW_TIMES)]
    message = say("An epoch took {time} (median)", time=formatting.duration(median, language))
    slower = next((finding.evidence for finding in diagnosis.findings if finding.code == "slower-epochs"), None)
    if slower is not None and slower.epoch is not None:
        since, height = float(slower.epoch), np.array([0.0, top * _HEADROOM / unit.seconds])
        lines.append(PlotLine(np.array([since, since]), height, theme.TROUBLE, dash=theme.FORECAST_DASH, faint=True))
        message = say("Epochs take longer from epoch {epoch} on", epoch=slower.epoch)
    extremes = [formatting.duration(float(value), language) for value in (taken.min(), taken.max())]
    about = say(
        "The shortest of epochs {first} to {last} took {low}, the longest {high}.",
        first=int(epochs[0]),
        last=int(epochs[-1]),
        low=extremes[0],
        high=extremes[1],
    )
    rows = kept(epochs, taken, _TABLE_ROWS)
    plot = make_plot(
        texts=("plot-times", "times", say("Time per epoch"), about),
        table=_table((say("epoch"), unit.taken), (epochs[rows], taken[rows] / unit.seconds), len(taken), language),
        axis_titles=(say("epoch"), say("time per epoch ({unit})", unit=unit.taken)),
        domains=((float(epochs[0]), float(epochs[-1])), (0.0, (top or 1.0) * _HEADROOM / unit.seconds)),
        note=note,
        lines=lines,
        language=language,
    )
    whole = tuple(tick for tick in plot.x_ticks if tick.value == int(tick.value))
    return replace(plot, x_ticks=whole or (Tick(float(epochs[0]), formatting.count(int(epochs[0]))),), message=message)


def _plot_memory(use: ResourceUse, language: Language) -> Plot:
    """Memory of the processes, and on graphics cards."""
    say, memory = language.say, np.array(use.memory_bytes, dtype=np.float64)
    series = [(say("memory"), memory)]
    if use.gpu_memory_bytes:
        series.append((say("GPU memory"), np.array(use.gpu_memory_bytes, dtype=np.float64)))
    highest = max(float(values.max()) for _, values in series)
    size, name = (1e9, "GB") if highest >= 0.9995e9 else (1e6, "MB")
    peak = formatting.memory_size(float(memory.max()))
    note = ""
    if use.machine_memory_bytes:
        note = say("The machine has {size}.", size=formatting.memory_size(use.machine_memory_bytes))
    if use.gpu_memory_bytes and use.machine_gpu_memory_bytes:
        cards = say("The GPU memory is {size}.", size=formatting.memory_size(use.machine_gpu_memory_bytes))
        note = language.join(note, cards)
    return _over_time(
        use,
        ("plot-memory", "memory", say("Memory")),
        message=say("Memory peaked at {size}", size=peak),
        series=[(label, values / size) for label, values in series],
        y_title=say("memory ({unit})", unit=name),
        top=highest / size * _HEADROOM,
        shown=lambda value: f"{formatting.short(value, 3)} {name}",
        note=note,
        language=language,
    )


def _plot_cores(use: ResourceUse, language: Language) -> Plot:
    say, cores = language.say, np.array(use.cpu_cores, dtype=np.float64)
    median = formatting.short(float(np.median(cores)), 2)
    message = say("{n} CPU cores busy (median)", n=median)
    if use.machine_cores:
        message = say("{n} of {all} CPU cores busy (median)", n=median, all=use.machine_cores)
    return _over_time(
        use,
        ("plot-cores", "cores", say("CPU use")),
        message=message,
        series=[(say("cores"), cores)],
        y_title=say("busy CPU cores"),
        top=max(1.0, float(cores.max())) * _HEADROOM,
        shown=lambda value: formatting.short(value, 2),
        note="",
        language=language,
    )


def _plot_cards(use: ResourceUse, language: Language) -> Plot | None:
    if not use.gpu_ratio:
        return None
    say, busy = language.say, np.array(use.gpu_ratio, dtype=np.float64) * 100
    return _over_time(
        use,
        ("plot-cards", "cards", say("GPU use")),
        message=say(
            "GPU busy {percent} of the time (median)",
            percent=formatting.percent(float(np.median(busy)) / 100),
        ),
        series=[(say("GPU use"), busy)],
        y_title=say("GPU use (%)"),
        top=100 * _HEADROOM,
        shown=lambda value: f"{value:.0f}%",
        note=", ".join(printable(name, 60) for name in use.gpus[:_MAX_NAMED]),
        language=language,
    )


def _over_time(
    use: ResourceUse,
    names: tuple[str, str, str],
    *,
    message: str,
    series: Sequence[tuple[str, np.ndarray]],
    y_title: str,
    top: float,
    shown: Callable[[float], str],
    note: str,
    language: Language,
) -> Plot:
    """A plot of samples over time."""
    at_s = np.array(use.seconds)
    unit = _unit_of(float(at_s[-1]), language)
    looks = ((theme.VALIDATION, theme.SOLID), (theme.TRAIN, theme.TRAIN_DASH))
    length = formatting.duration(float(at_s[-1]), language)
    lines, said = [], [language.say("{n} samples over {time}.", n=len(at_s), time=length)]
    for (label, values), (colour, dash) in zip(series, looks, strict=False):
        lines.append(PlotLine(at_s / unit.seconds, values, colour, label if len(series) > 1 else "", dash))
        said.append(
            language.say(
                "{name}: median {median}, lowest {low}, highest {high}.",
                name=label,
                median=shown(float(np.median(values))),
                low=shown(float(values.min())),
                high=shown(float(values.max())),
            )
        )
    rows = np.unique(np.linspace(0, len(at_s) - 1, min(len(at_s), _TABLE_ROWS)).round().astype(np.int64))
    columns = [at_s[rows] / unit.seconds, *(values[rows] for _, values in series)]
    headers = (unit.taken, *(label for label, _ in series))
    plot = make_plot(
        texts=(*names, language.join(*said)),
        table=_table(headers, columns, len(at_s), language),
        axis_titles=(unit.along, y_title),
        domains=((0.0, float(at_s[-1]) / unit.seconds), (0.0, top or 1.0)),
        note=note,
        lines=lines,
        names_at="bottom right",
        language=language,
    )
    return replace(plot, message=message)


def _table(headers: Sequence[str], columns: Sequence[np.ndarray], n_all: int, language: Language) -> formatting.Table:
    n_shown = len(columns[0])
    note = language.say("Showing {shown} of {all} points.", shown=n_shown, all=n_all) if n_shown < n_all else ""
    return number_table(headers, columns, note)
