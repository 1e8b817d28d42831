"""The tables of a report: values of each metric, the comparison with a baseline, the layers of the model."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from reportgen import formatting, metrics
from reportgen.charts.choice import by_importance
from reportgen.diagnosis.comparison import BaselineComparison
from reportgen.diagnosis.reading import best_logged
from reportgen.diagnosis.settings_compared import changed_settings, run_settings
from reportgen.formatting import Table
from reportgen.history.checks import SPLITS
from reportgen.history.facts import Layer, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language, grouped, marked
from reportgen.text import printable
from reportgen.wording.comparison import short_setting
from reportgen.wording.diagnosis import Diagnosis

_LONGEST_CELL: Final = 60  # characters of a layer's name, kind or shape
MAX_VALUE_ROWS: Final = 400  # curves in a table; our choice: as many as the rows of a chart's data
_BETTER_OR_WORSE: Final = (marked("{amount} better"), marked("{amount} worse"))
_SMALLER_OR_LARGER: Final = (marked("{amount} smaller"), marked("{amount} larger"))


def result_keys(history: TrainingHistory) -> list[str]:
    """The logged names of all results in reading order, training before validation.

    Values per batch are used only if there are no others: the best one is usually a lucky first batch of an epoch.
    """
    names = dict.fromkeys(history.results)
    return [
        metrics.join_key(metric, split)
        for metric in metrics.reading_order(names)
        for split in SPLITS
        if history.has(metric, split) and not metrics.is_of_batches(metric, names)
    ]


def table_keys(history: TrainingHistory, diagnosis: Diagnosis) -> list[str]:
    """The results in the tables of a report, in reading order: all, or those of the most informative metrics."""
    keys = result_keys(history)
    if len(keys) <= MAX_VALUE_ROWS:
        return keys
    place = {metric: number for number, metric in enumerate(by_importance(history, diagnosis))}
    telling = sorted(keys, key=lambda key: place[metrics.parse_key(key)[0]])
    chosen = frozenset(telling[:MAX_VALUE_ROWS])
    return [key for key in keys if key in chosen]


def tabulate_values(history: TrainingHistory, keys: Sequence[str], language: Language) -> Table:
    """First, best and last value of curves that are results, not settings."""
    say, rows = language.say, []
    for key in keys:
        metric, split = metrics.parse_key(key)
        values = history.series(metric, split).to_numpy(dtype=np.float64)
        best = best_logged(history, key)
        value, epoch = (say("not judged"), "") if best is None else (formatting.number(best[0]), grouped(best[1]))
        rows.append((printable(key, 60), formatting.number(values[0]), value, epoch, formatting.number(values[-1])))
    headers = (say("Metric"), say("First"), say("Best"), say("At epoch"), say("Last"))
    note, n_all = "", len(result_keys(history))
    if len(rows) < n_all:
        note = say(
            "{n} of {all} curves are listed: those of the most informative metrics. The history has all of them.",
            n=len(rows),
            all=formatting.count(n_all),
        )
    return Table(headers, tuple(rows), (1, 2, 3, 4), say("Best and last values"), note)


def diagnostic_keys(history: TrainingHistory) -> list[str]:
    """The logged names of all diagnostics, training before validation."""
    return [
        metrics.join_key(metric, split)
        for metric in history.diagnostics
        for split in SPLITS
        if history.has(metric, split)
    ]


def tabulate_diagnostics(history: TrainingHistory, language: Language) -> Table | None:
    """First, lowest, highest and last value of diagnostics such as timings, as many as curves in a table."""
    say, rows, keys = language.say, [], diagnostic_keys(history)
    for key in keys[:MAX_VALUE_ROWS]:
        values = history.series(*metrics.parse_key(key)).to_numpy(dtype=np.float64)
        finite = values[np.isfinite(values)]
        extremes = (finite.min(), finite.max()) if len(finite) else (np.nan, np.nan)
        shown = (values[0], *extremes, values[-1])
        rows.append((printable(key, 60), *(formatting.number(float(value)) for value in shown)))
    if not rows:
        return None
    headers = (say("Name"), say("First"), say("Lowest"), say("Highest"), say("Last"))
    note = ""
    if len(keys) > len(rows):
        note = say(
            "{n} of {all} are listed. The history has all of them.", n=len(rows), all=formatting.count(len(keys))
        )
    title = language.say_count("{n} diagnostic, not judged", "{n} diagnostics, not judged", len(keys))
    return Table(headers, tuple(rows), (1, 2, 3, 4), title, note)


def tabulate_comparison(
    history: TrainingHistory,
    baseline: TrainingHistory,
    keys: Sequence[str],
    compared: BaselineComparison | None,
    language: Language,
) -> Table | None:
    """Best values of both runs, when this run reached the baseline's best, and the generalisation gaps.

    Returns:
        None if the runs have no metric in common.
    """
    say = language.say
    rows: list[tuple[str, ...]] = []
    say_of_baseline = language.counting(baseline.axis).say
    for key in keys:
        own, earlier = best_logged(history, key), best_logged(baseline, key)
        if own is None or earlier is None:
            continue
        metric, split = metrics.parse_key(key)
        lower = history.direction(metric) == "lower"
        series = history.series(metric, split)
        values = series.to_numpy()
        reached = series.index[values <= earlier[0] if lower else values >= earlier[0]]
        change = own[0] - earlier[0]
        rows.append(
            (
                printable(key, 60),
                say("{value} (epoch {epoch})", value=formatting.number(own[0]), epoch=own[1]),
                say_of_baseline("{value} (epoch {epoch})", value=formatting.number(earlier[0]), epoch=earlier[1]),
                _word_change(change if lower else -change, _BETTER_OR_WORSE, language),
                say("epoch {epoch}", epoch=reached[0]) if len(reached) else say("never"),
            )
        )
    if compared is not None and compared.gap is not None and compared.baseline_gap is not None:
        gaps = formatting.number(compared.gap), formatting.number(compared.baseline_gap)
        difference = _word_change(compared.gap - compared.baseline_gap, _SMALLER_OR_LARGER, language)
        rows.append((say("generalisation gap"), *gaps, difference, ""))
    rows += _compare_costs(history.run, baseline.run, language) if rows else []
    if not rows:
        return None
    headers = (say("Metric"), say("Best"), say("Baseline's best"), say("Difference"), say("Reached baseline's best"))
    return Table(headers, tuple(rows), (1, 2, 3, 4), say("Compared with the baseline"))


def _compare_costs(run: RunFacts, baseline: RunFacts, language: Language) -> list[tuple[str, ...]]:
    """The time per epoch and the peak of memory of both runs, as far as both are known."""
    say = language.say
    rows: list[tuple[str, ...]] = []
    times = epoch_time(run), epoch_time(baseline)
    if times[0] is not None and times[1] is not None:
        shown = [formatting.duration(seconds, language) for seconds in times if seconds is not None]
        words = (marked("{amount} shorter"), marked("{amount} longer"))
        rows.append((say("time per epoch (median)"), *shown, _word_share(times[0], times[1], words, language), ""))
    if run.resources is not None and baseline.resources is not None:
        peaks = max(run.resources.memory_bytes), max(baseline.resources.memory_bytes)
        words = (marked("{amount} less"), marked("{amount} more"))
        shown = [formatting.memory_size(peak) for peak in peaks]
        rows.append((say("memory (peak)"), *shown, _word_share(*peaks, words, language), ""))
    return rows


def epoch_time(run: RunFacts) -> float | None:
    """The median of the seconds per epoch; None if unknown."""
    return float(np.median(run.durations_s)) if run.durations_s else None


def _word_share(own: float, other: float, words: tuple[str, str], language: Language) -> str:
    """How much smaller or larger a number is, as a share of another one; empty if that is not positive."""
    if other <= 0:
        return ""
    change = own / other - 1
    return (
        language.say("same") if change == 0 else language.say(words[change > 0], amount=formatting.percent(abs(change)))
    )


def _word_change(change: float, words: tuple[str, str], language: Language) -> str:
    """A difference as text, with separate wordings for negative and positive values."""
    if change == 0:
        return language.say("same")
    return language.say(words[change > 0], amount=formatting.number(abs(change)))


def tabulate_settings(history: TrainingHistory, baseline: TrainingHistory | None, language: Language) -> Table | None:
    """The settings of a run and where it comes from, those that differ from the baseline first.

    None if nobody recorded any: what is known of every run is among its details.
    """
    run, say = history.run, language.say
    if not (run.settings or run.params or run.provenance):
        return None
    known = run_settings(history) | dict(run.provenance)
    changed = () if baseline is None else changed_settings(history, baseline)
    before = {item.name: item.before for item in changed}
    names = list(dict.fromkeys([*before, *known]))
    shown = names[:MAX_VALUE_ROWS]
    values = [(name, short_setting(known.get(name), language) if name in before else known[name]) for name in shown]
    cells = [[printable(name, _LONGEST_CELL), printable(value, _LONGEST_CELL)] for name, value in values]
    headers = [say("Setting"), say("Value")]
    if changed:
        headers.append(say("Baseline"))
        for name, row in zip(shown, cells, strict=True):
            row.append(short_setting(before[name], language) if name in before else "")
    rows = [tuple(row) for row in cells]
    if more := len(names) - len(shown):
        rows.append((f"… +{formatting.count(more)}", *[""] * (len(headers) - 1)))
    return Table(tuple(headers), tuple(rows), (), say("Settings"))


def tabulate_layers(layers: tuple[Layer, ...], language: Language) -> Table | None:
    """The layers of the model, at most as many as curves in a table; None if unknown."""
    if not layers:
        return None
    say, count = language.say, formatting.count
    rows: tuple[tuple[str, ...], ...] = tuple(
        (*(printable(text, _LONGEST_CELL) for text in (row.name, row.kind, row.output_shape)), count(row.parameters))
        for row in layers[:MAX_VALUE_ROWS]
    )
    if len(layers) > MAX_VALUE_ROWS:
        rows = (*rows, (f"… +{count(len(layers) - MAX_VALUE_ROWS)}", "", "", ""))
    headers = (say("Layer"), say("Type"), say("Output shape"), say("Parameters"))
    return Table(headers, rows, (3,), say("Model layers"))
