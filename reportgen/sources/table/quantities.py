"""Reads numbers with a unit in the same cell, such as ``85.2%``, and printed tensors of one number."""

import re
from typing import Final

_UNITS: Final = (
    "% s sec secs second seconds ms us \u00b5s min mins minute minutes h hr hrs hour hours it/s its/s s/it B KB MB GB "
    "TB KiB MiB GiB K M G dB px mm cm m Hz kHz"
)
_QUANTITY: Final = re.compile(
    r"(?P<number>[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,9})?)\s{0,3}(?P<unit>"
    + "|".join(map(re.escape, _UNITS.split()))
    + ")",
    re.ASCII,
)
_TENSOR: Final = re.compile(
    r"(?:tensor|array|tf\.Tensor|Tensor|np\.float(?:16|32|64)|np\.int(?:32|64)|float(?:16|32|64)|Array)\s?\(\s{0,3}"
    r"(?P<number>[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,9})?|nan|-?inf)\s{0,3}(?:,[^()]{0,200}"
    r"(?:\([^()]{0,50}\)[^()]{0,100})?)?\)",
    re.ASCII,
)
_LONGEST: Final = 400  # characters of such a cell


def number_with_unit(cell: object) -> tuple[float | None, str]:
    """The number in a cell and its unit; None if it is something else. A percentage keeps its number."""
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return None, ""
    if tensor := _TENSOR.fullmatch(cell.strip()):
        return float(tensor["number"]), ""
    found = _QUANTITY.fullmatch(cell.strip())
    return (float(found["number"]), found["unit"]) if found else (None, "")
