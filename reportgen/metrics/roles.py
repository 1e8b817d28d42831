"""What a logged name is: a result of training, a setting, or a diagnostic such as a timing or the norm of gradients.

One role per name, by its parts: the folder before the last slash (``time/fps``), the words, the last word.
"""

import re
from functools import lru_cache
from typing import Final, Literal

from reportgen.metrics.directions import direction, name_set, without_additions
from reportgen.metrics.known_names import (
    DIAGNOSTIC_ENDS,
    DIAGNOSTIC_GROUPS,
    DIAGNOSTIC_NAMES,
    DIAGNOSTIC_WORDS,
    LENGTHS_OF_EPISODES,
    OWN_GROUPS,
    RATE_NAMES,
    RATES_OF_TIME,
    SETTING_GROUPS,
    SETTINGS,
    TIMED_PARTS,
)
from reportgen.metrics.name_parts import groups_of

Role = Literal["result", "setting", "diagnostic"]

_RATE: Final = re.compile(r"lrs?\d{0,3}")
_SETTINGS: Final = name_set(SETTINGS)
_DIAGNOSTICS: Final = name_set(DIAGNOSTIC_NAMES)
_EPISODES: Final = name_set(LENGTHS_OF_EPISODES)


@lru_cache(maxsize=4096)
def role(metric: str) -> Role:
    """The role of a metric, from its name. A name with a known direction is a result, unless its folder says more.

    A setting is chosen, such as the learning rate. A diagnostic is measured, but says nothing about the quality of the
    model: timings, sizes, memory, throughput, counts, norms of gradients and weights.
    """
    groups = groups_of(metric)
    if not groups:
        return "result"
    *folders, words = groups
    name, folder = "".join(words), "_".join(folders[0]) if folders else ""
    if is_rate(metric) or name in _SETTINGS or folder in SETTING_GROUPS or (words[0] == "hp" and len(words) > 1):
        return "setting"
    if folder in OWN_GROUPS or (words[0] == "best" and len(words) > 1):  # the best so far
        return "diagnostic"
    if direction(metric) != "unknown" or name in _EPISODES:
        return "result"
    return "diagnostic" if _is_measured_aside(folder, words) else "result"


def _is_measured_aside(folder: str, words: list[str]) -> bool:
    if folder in DIAGNOSTIC_GROUPS or "".join(words) in _DIAGNOSTICS:
        return True
    if without_additions(words)[-1] in DIAGNOSTIC_ENDS or words[-1] in DIAGNOSTIC_ENDS:
        return True
    if folder and len(words) == 1 and words[0] in RATES_OF_TIME:  # it/s
        return True
    if len(words) > 1 and words[-1] == "s" and words[-2] in TIMED_PARTS:  # data_s
        return True
    if len(words) > 1 and (words[0] == "n" or (words[-1] in RATES_OF_TIME and words[-2] in ("per", "time"))):
        return True
    return any(word in DIAGNOSTIC_WORDS or word.rstrip("0123456789") in ("gpu", "cpu") for word in words)


@lru_cache(maxsize=4096)
def is_rate(metric: str) -> bool:
    """Whether a name is a learning rate, in any spelling: ``lr``, ``lr/pg0``, ``lr-Adam``, ``actor_lr``."""
    groups = groups_of(metric)
    if not groups:
        return metric.strip().lower() in RATE_NAMES
    *folders, words = groups
    if folders and (folders[-1][0] == "lr" or folders[-1] == ["learning", "rate"]):
        return True
    if any(
        words[place : place + 2] in (["learning", "rate"], ["learn", "rate"])
        for place in (0, len(words) - 2)
        if place >= 0
    ):
        return direction(metric) == "unknown"
    return any(_RATE.fullmatch(word) for word in (words[0], words[-1])) and direction(metric) == "unknown"
