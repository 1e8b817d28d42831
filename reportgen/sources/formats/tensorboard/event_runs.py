"""Divides the event files of one folder into runs: a file whose steps begin again belongs to another training run."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from reportgen.sources.formats.tensorboard.events import TagCurve
from reportgen.sources.restarts import find_restarts

MAX_FILES: Final = 200  # in a folder, which are read to see where runs begin; our choice: with more, they are one run
_TIME: Final = re.compile(r"tfevents\.(\d{9,12})(?:\.|$)", re.ASCII)  # when the file was created, in seconds

_EPOCHS: Final = "epoch_loss"
Files = dict[str, list[str]]  # the event files of a run by folder


def divide_files(
    folders: Mapping[str, Sequence[str]], telling: str, curves: Callable[[str], Mapping[str, TagCurve]]
) -> list[Files]:
    """The event files of each run.

    Args:
        folders: Event files by folder: that of the run, and its training and validation folders.
        telling: The folder whose files say where runs begin, such as that of training.
        curves: Reads the curves in a file.

    Returns:
        At least one run, in the order of the files.
    """
    whole: Files = {folder: list(files) for folder, files in folders.items()}
    files = sorted(folders[telling], key=lambda file: (_time(file) or 0, file))
    if not 1 < len(files) <= MAX_FILES:
        return [whole]
    found = [curves(file) for file in files]
    tag = _main_tag(found)
    parts = [(number, curve[tag]) for number, curve in enumerate(found) if tag in curve and len(curve[tag].steps)]
    if len(parts) < 2:
        return [whole]
    begins = np.cumsum([0, *(len(curve.steps) for _, curve in parts)])[:-1]
    restarts = find_restarts(
        np.concatenate([curve.steps for _, curve in parts]), np.concatenate([curve.values for _, curve in parts])
    )
    again = {*restarts.runs, *restarts.continued}
    starts = [number for (number, _), begin in zip(parts, begins.tolist(), strict=True) if begin in again]
    if not starts:
        return [whole]
    bounds = [0, *starts, len(files)]
    runs: list[Files] = [{telling: files[start:end]} for start, end in pairwise(bounds)]
    times = [_time(files[start]) for start in starts]
    for folder, others in folders.items():
        if folder == telling:
            continue
        for file in others:
            created = _time(file)
            if created is None or None in times:
                return [whole]  # it is unknown which run it belongs to
            place = sum(created >= time for time in times if time is not None)
            runs[place].setdefault(folder, []).append(file)
    return runs


def _main_tag(found: Sequence[Mapping[str, TagCurve]]) -> str:
    """The tag that most files have, a loss if possible; empty if no tag is in several files.

    Keras counts epochs on where a training run is resumed, but not its batches.
    """
    counts: dict[str, int] = {}
    for curves in found:
        for tag in curves:
            counts[tag] = counts.get(tag, 0) + 1
    several = [tag for tag, count in counts.items() if count > 1]
    return max(several, key=lambda tag: (tag == _EPOCHS, "loss" in tag.lower(), counts[tag], -len(tag)), default="")


def _time(file: str) -> int | None:
    """When a file was created, by its name."""
    match = _TIME.search(file)
    return int(match[1]) if match else None
