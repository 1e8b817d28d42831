"""One name for metrics that runs spell differently: ``acc`` of Keras 2 is ``accuracy``, and ``Loss`` is ``loss``."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from reportgen import metrics
from reportgen.history.frame import TrainingHistory

_LONG: Final = {"acc": "accuracy"}


def shared_spelling(metric: str) -> str:
    """What spellings of the name of a metric have in common."""
    name = metric.casefold()
    return _LONG.get(name, name)


def other_spellings(histories: Sequence[TrainingHistory]) -> dict[str, str]:
    """The metrics that some runs spell differently from most others, with the spelling of most.

    A run with several spellings has different metrics, which keep their names.
    """
    counts: dict[str, Counter[str]] = {}
    for history in histories:
        for name in history.metric_names:
            counts.setdefault(shared_spelling(name), Counter())[name] += 1
    several = {plain: found for plain, found in counts.items() if len(found) > 1}
    for history in histories if several else ():
        for plain, n in Counter(map(shared_spelling, history.metric_names)).items():
            if n > 1:
                several.pop(plain, None)
    return {
        name: most
        for plain, found in several.items()
        for most in [max(found, key=lambda name: (name == _LONG.get(plain, plain), found[name]))]
        for name in found
        if name != most
    }


def respelt(history: TrainingHistory, names: Mapping[str, str]) -> TrainingHistory:
    """The run with other names of metrics, also where its facts name them.

    Args:
        history: The run.
        names: New names by old ones; others stay.
    """
    if names.keys().isdisjoint(history.metric_names):
        return history

    def renamed(key: str) -> str:
        metric, split = metrics.parse_key(key)
        return names[key] if key in names else metrics.join_key(names[metric], split) if metric in names else key

    run = history.run
    facts = replace(
        run,
        directions=tuple((renamed(name), way) for name, way in run.directions),
        monitor=None if run.monitor is None else renamed(run.monitor),
        test_results=tuple((renamed(name), value) for name, value in run.test_results),
        early_stopping=run.early_stopping and replace(run.early_stopping, monitor=renamed(run.early_stopping.monitor)),
    )
    given = history.frame["metric"]
    frame = history.frame.assign(metric=given.astype(object).replace(dict(names)).astype(given.dtype))
    return TrainingHistory(frame, facts)
