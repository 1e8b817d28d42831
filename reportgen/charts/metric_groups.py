"""Groups metrics with similar names: those of single layers, thresholds and sizes beside each other."""

import re
from collections.abc import Iterable
from typing import Final

_BETWEEN: Final = re.compile(r"([_\-./ ()\[\]@:]+)")
_NUMBERED: Final = re.compile(r"([A-Za-z]{2,12})[0-9]{1,6}")  # AP50, top5, layer12
_SIZED: Final = re.compile(r"(m?A[PR])[sml]")  # COCO's small, medium and large objects
_LONGEST: Final = 200  # characters of a name that are looked at


def stem_of(name: str) -> str:
    """What is common to the names of a group: ``loss_ce`` of ``loss_ce_0``, ``bbox_AP`` of ``bbox_AP50``."""
    kept: list[str] = []
    for place, part in enumerate(_BETWEEN.split(name[:_LONGEST])):
        if place % 2:
            kept.append(part)
            continue
        numbered = _NUMBERED.fullmatch(part) or _SIZED.fullmatch(part)
        word = numbered[1] if numbered else "" if part.isdecimal() else part
        if not word and kept:
            kept.pop()  # with the separator before it
        kept.append(word)
    return "".join(kept).strip("_-./ ") or name


def grouped_metrics(names: Iterable[str]) -> dict[str, list[str]]:
    """The names by their stem, both in the order given."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(stem_of(name), []).append(name)
    return groups
