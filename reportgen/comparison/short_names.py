"""Short names of runs and groups: without folders and file names that all of them have."""

import os
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from reportgen.sources.source_runs import unique_name
from reportgen.text import printable

LONGEST_NAME: Final = 80  # characters
_SHOWN: Final = 60  # characters of a name in sentences and tables
_HEAD: Final = 12  # characters of the beginning that names share, kept before what differs
_BEFORE: Final = 6  # characters kept directly before it, if no word begins there

LOG_ENDINGS: Final = re.compile(
    r"(\.(csv|tsv|jsonl?|ndjson|txt|log|out|parquet|html?|ipynb|journal|gz|zst)){1,2}$", re.IGNORECASE
)


def different_parts(paths: Sequence[str]) -> list[str]:
    """What tells paths apart: without the folders that all begin with, and without a file name that all end with.

    Args:
        paths: Different paths, at least two.
    """
    parts = [PurePosixPath(path.replace("\\", "/")).parts for path in paths]
    shortest = min(map(len, parts))
    start = 0
    while start < shortest - 1 and len({each[start] for each in parts}) == 1:
        start += 1
    end = 0
    while end < shortest - start - 1 and len({each[len(each) - 1 - end] for each in parts}) == 1:
        end += 1
    kept = ["/".join(each[start : len(each) - end]) for each in parts]
    bare = [LOG_ENDINGS.sub("", name) or name for name in kept]
    return bare if len(set(bare)) == len(bare) else kept


def without_shared_folders(names: Sequence[str]) -> list[str]:
    """Names like paths, without the folders that all begin with and the names that all end with.

    Args:
        names: Any names. Those that are not unique, or not all paths, stay as they are.
    """
    if len(set(names)) < 2 or not all("/" in name.strip("/") for name in names):
        return list(names)
    unique = list(dict.fromkeys(names))
    short = dict(zip(unique, different_parts(unique), strict=True))
    return [short[name] for name in names]


def fitting_names(names: Sequence[str]) -> dict[str, str]:
    """Printable names of at most `LONGEST_NAME` characters, each by the whole name, and all different.

    Long names are cut where all that begin alike are the same, so that it can be seen how they differ.
    """
    whole = {name: " ".join(name.split()) for name in names}
    ways: dict[str, list[str]] = {}
    for name in set(whole.values()):
        ways.setdefault(name[:_HEAD], []).append(name)
    cuts = {head: _shared_until(alike) for head, alike in ways.items()}
    found: dict[str, str] = {}
    for name, plain in whole.items():
        cut = cuts[plain[:_HEAD]]
        fitting = f"{plain[:_HEAD]}…{plain[cut:]}" if cut > _HEAD + 1 else plain
        found[name] = unique_name(printable(fitting, LONGEST_NAME), found.values())
    return found


def _shared_until(names: Sequence[str]) -> int:
    """Where what differs between names begins, at a word if possible; 0 if their beginnings show it."""
    if len({name[: _SHOWN - 1] for name in names}) == len(names):
        return 0
    shared = os.path.commonprefix(list(names))  # noqa: RUF071  # of characters, not of folders
    return max(map(shared.rfind, "_-/,; ")) + 1 or len(shared) - _BEFORE
