"""Short names of runs and groups: without folders and file names that all of them have."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

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
