"""What runs are compared by: a metric, the data it was measured on, and the value of each run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

import numpy as np

from reportgen import metrics
from reportgen.comparison.same_names import shared_spelling
from reportgen.diagnosis.monitors import choose_monitor, evaluations_of
from reportgen.diagnosis.reading import best_logged
from reportgen.diagnosis.score_names import final_scores
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.errors import DiagnosisError, UnknownMetricError
from reportgen.history.facts import OBJECTIVE
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import Direction
from reportgen.metrics.units import is_share, mixed_units
from reportgen.text import listed, quoted, shell_word

MeasuredOn = Literal["train", "validation", "test"]
_TEST: Final = "test_"
_MOST_NAMED: Final = 4  # groups in an error
_LIMITS: Final = ((0.0, 1.0), (0.0, 100.0))  # of shares, as fractions and in percent


@dataclass(frozen=True)
class Measure:
    """What runs are compared by.

    Attributes:
        key: Its name: as Keras logs it (``val_loss``), or with ``test_`` for a score after training.
        metric: Base name.
        on: What it was measured on. On ``validation`` and ``train`` a run has the value of its best epoch, which
            is optimistic; on ``test`` the value after training.
        direction: Which values are better, ``lower`` or ``higher``.
    """

    key: str
    metric: str
    on: MeasuredOn
    direction: Direction

    @property
    def is_optimistic(self) -> bool:
        """Whether the values are the best of several, chosen on the data they were measured on."""
        return self.on != "test"

    @property
    def sign(self) -> int:
        """1 if lower values are better, -1 if higher ones are."""
        return 1 if self.direction == "lower" else -1


@dataclass(frozen=True)
class MeasuredValue:
    """The value of a run, finite, and the epoch it is from (1-based); None for scores after training."""

    value: float
    epoch: int | None


def measured(history: TrainingHistory, measure: Measure) -> MeasuredValue | None:
    """The value of a run; None if it has no finite one."""
    if measure.on == "test":
        found = final_scores(history).get(measure.metric)
        return None if found is None or not is_usable(np.float64(found)) else MeasuredValue(found, None)
    best = best_logged(history, measure.key, measure.direction)
    return None if best is None or not is_usable(np.float64(best[0])) else MeasuredValue(*best)


def is_usable(values: np.ndarray | np.float64) -> np.ndarray:
    """Which values are finite, and not so large that the diagnosis counts them as diverged."""
    return np.asarray(np.abs(values) < DEFAULTS.off_scale)  # false for NaN


def has_metric(history: TrainingHistory, measure: Measure) -> bool:
    """Whether a run has the metric, even if no value is finite."""
    if measure.on == "test":
        return measure.metric in final_scores(history)
    return history.has(measure.metric, measure.on)


def refuse_mixed_units(values: Mapping[str, float], measure: Measure) -> None:
    """Checks that the values of a score are not fractions of 1 in some runs and percentages in others.

    Args:
        values: The value of each run by its name.
        measure: What they are.

    Raises:
        DiagnosisError: they are.
    """
    if mixed := mixed_units(measure.metric, values):
        shown = [f"{quoted(each)} ({values[each]:.4g})" for each in mixed]
        raise DiagnosisError(
            f'"{measure.key}" seems to be in percent in {shown[0]} and a fraction of 1 in {shown[1]}. Log it in the '
            "same unit in all runs, or pass another --metric (in Python: metric=)."
        )


def score_limits(metric: str, values: np.ndarray) -> tuple[float, float] | None:
    """The lowest and the highest possible value of a score that is a share, such as an accuracy; None for others.

    Args:
        metric: Its base name.
        values: Finite values of it, which show whether they are in percent.
    """
    if not is_share(metric):
        return None
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    return next((limits for limits in _LIMITS if limits[0] <= low and high <= limits[1]), None)


def results_of(history: TrainingHistory) -> tuple[str, ...]:
    """The results that a run can be compared by, as Keras logs them."""
    return tuple(key for key in history.keys if metrics.parse_key(key)[0] in history.results)


def choose_measure(
    histories: Sequence[TrainingHistory],
    wanted: str | None = None,
    groups: Mapping[str, Sequence[TrainingHistory]] | None = None,
) -> Measure:
    """Chooses what to compare by.

    Args:
        histories: The runs, at least one.
        wanted: A metric (``accuracy``), a curve (``val_accuracy``), or a score after training (``test_accuracy``). By
            default the objective that all runs have, as trials of a search do, or else the metric that most runs are
            judged by; on test data if all runs have its score.
        groups: The runs by group. If only one group has the metric that most runs are judged by, the one that most
            runs share is chosen.

    Raises:
        UnknownMetricError: no run has the wanted metric.
        DiagnosisError: it is unknown which values are better, there is no metric to compare by, or no two groups share
            one.
    """
    if wanted is not None:
        return _wanted(histories, wanted)
    metric, split = _objective(histories) or _shared(_judged(histories), groups or {})
    if all(metric in final_scores(history) for history in histories):
        split = "test"
    return _measure(histories, metric, split)


def _objective(histories: Sequence[TrainingHistory]) -> tuple[str, MeasuredOn] | None:
    """The objective that all runs have, such as that of a search; None without one."""
    goals = {dict(history.run.settings).get(OBJECTIVE, "") for history in histories}
    goal = goals.pop()
    if goals or not all(goal in history.keys for history in histories):
        return None
    metric, split = metrics.parse_key(goal)
    known = any(history.direction(metric) != "unknown" for history in histories)
    return (metric, split) if known else None


def _judged(histories: Sequence[TrainingHistory]) -> tuple[str, MeasuredOn]:
    """The metric that most runs are judged by."""
    chosen = [choose_monitor(history).metric for history in histories]
    known = [(name, _split(history, name)) for history, name in zip(histories, chosen, strict=True) if name is not None]
    if not known:
        names = list(dict.fromkeys(name for history in histories for name in history.results))
        known_names, name = (listed(names), shell_word(names[0], 40)) if names else ("any metric", "METRIC")
        raise DiagnosisError(
            "No run has a metric that runs can be compared by: it is unknown whether lower or higher values of "
            f"{known_names} are better. Pass --direction {name}=higher, or =lower (in Python: directions=)."
        )
    metric, split = Counter(known).most_common(1)[0][0]
    if not any(evaluations_of(history, metric) for history in histories):  # of no run is validation judged
        split = "train"
    return metric, split


def _shared(judged: tuple[str, MeasuredOn], groups: Mapping[str, Sequence[TrainingHistory]]) -> tuple[str, MeasuredOn]:
    """The metric that runs are judged by, or if only one group has it, the one that most runs share.

    Raises:
        DiagnosisError: no two groups share one.
    """
    if len(groups) < 2 or _n_with(groups, *judged)[0] > 1:
        return judged
    found: dict[tuple[str, MeasuredOn], tuple[int, int]] = {}
    for history in (history for each in groups.values() for history in each):
        for metric, split in map(metrics.parse_key, results_of(history)):
            if history.direction(metric) != "unknown" and not metrics.is_schedule(metric):
                found[metric, split] = _n_with(groups, metric, split)
    chosen = max(found, key=lambda name: (name[1] == judged[1], found[name][1]) if found[name][0] > 1 else (False, 0))
    if found[chosen][0] > 1:
        return chosen
    each = "; ".join(
        f"{quoted(name)} has {listed(list(dict.fromkeys(key for history in runs for key in results_of(history))))}"
        for name, runs in list(groups.items())[:_MOST_NAMED]
    )
    raise DiagnosisError(
        f"No two groups have a metric in common: {each}{'; ...' if len(groups) > _MOST_NAMED else ''}. Compare runs "
        "that share one, or choose the metric with --metric (in Python: metric=)."
    )


def _n_with(groups: Mapping[str, Sequence[TrainingHistory]], metric: str, split: MeasuredOn) -> tuple[int, int]:
    """How many groups, and how many runs, have a curve."""
    counts = [
        sum(history.has(metric, "train" if split == "train" else "validation") for history in each)
        for each in groups.values()
    ]
    return sum(count > 0 for count in counts), sum(counts)


def _split(history: TrainingHistory, metric: str) -> MeasuredOn:
    return "validation" if history.has(metric, "validation") else "train"


def _wanted(histories: Sequence[TrainingHistory], wanted: str) -> Measure:
    base, split = metrics.parse_key(wanted)
    if any(history.has(base, split) for history in histories) and base != wanted:
        return _measure(histories, base, split)
    if any(wanted in history.metric_names for history in histories):
        with_it = [history for history in histories if wanted in history.metric_names]
        validated = [history.has(wanted, "validation") for history in with_it]
        return _measure(histories, wanted, "validation" if all(validated) else "train")
    name = wanted.removeprefix(_TEST)
    if any(name in final_scores(history) for history in histories):
        return _measure(histories, name, "test")
    known = list(dict.fromkeys(key for history in histories for key in _keys(history)))
    alike = {metrics.join_key(shared_spelling(name), on): key for key in known for name, on in [metrics.parse_key(key)]}
    plain = metrics.join_key(shared_spelling(base), split)
    if plain in alike and alike[plain] != wanted:
        return _wanted(histories, alike[plain])
    near = get_close_matches(wanted, known, n=1)
    advice = f"Did you mean {quoted(near[0])}?" if near else "Choose one."
    raise UnknownMetricError(f"No run has a metric {quoted(wanted)}; there are {listed(known)}. {advice}")


def _keys(history: TrainingHistory) -> list[str]:
    return [*history.keys, *(f"{_TEST}{name}" for name in final_scores(history))]


def _measure(histories: Sequence[TrainingHistory], metric: str, on: MeasuredOn) -> Measure:
    ways: list[Direction] = [history.direction(metric) for history in histories]
    way: Direction = next((each for each in ways if each != "unknown"), "unknown")
    if way == "unknown" or metrics.is_schedule(metric):
        name = shell_word(metric, 40)
        raise DiagnosisError(
            f"Runs cannot be compared by {quoted(metric)}, as it is unknown whether lower or higher values are better. "
            f"Pass --direction {name}=higher, or =lower (in Python: directions=), or another metric."
        )
    key = f"{_TEST}{metric}" if on == "test" else metrics.join_key(metric, on)
    return Measure(key, metric, on, way)
