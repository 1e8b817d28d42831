"""Splits a printed line into numbers and the texts between them.

Numbers that are part of a word (``top5``, ``Acc@1``, ``val_0-loss``, ``1-auc``) are text. Lines of one form have the
same texts, so what the texts mean is found out once for each form of line.
"""

import re
from typing import Final

NUMBER: Final = re.compile(
    r"""((?=[\d.+\-niNI])
    (?:(?<![\w@.])(?<!\b[Tt]op[ -])(?<!@[ \[])(?<!0[.]5[:-])(?<!0[.]50[:-])(?<!P50-)
    |(?<=[Ee]poch)|(?<=poch_)|(?<=\b[Ee]p)|(?<=\b[Ii]ter)|(?<=\b[Ss]tep)|(?<=\u7b2c))
    (?!(?<=[\s(@\[]IoU=)0?[.](?:50?|75|95)(?:[:)\]]|\s{0,9}[|])|1-(?i:auc|auroc|acc|accuracy|f1|dice|m?iou|ssim|map)(?![a-z]))
    [+-]?(?:
    \d{1,3}(?:,\d{3}){1,6}(?!\d|,\S)(?:\.\d{1,400})?
    |\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,5}|f[+-]?\d{1,3}(?!\w))?
    |\.\d{1,400}(?:[eE][+-]?\d{1,5})?
    |(?:nan|inf|NaN|Inf|NAN|INF|Infinity|infinity)(?:\b|(?=Epoch))
    ))""",
    re.VERBOSE,
)
ALIKE: Final = str.maketrans("123456789", "000000000")
"""Makes lines that differ only in their digits equal."""
Shape = tuple[str, ...]
"""The texts around and between the numbers of a line: one more than there are numbers."""


def split_line(line: str) -> tuple[Shape, list[str]]:
    """The texts of a line, and its numbers as text."""
    parts = NUMBER.split(line)
    return tuple(parts[::2]), parts[1::2]


def number_of(text: str) -> float:
    """The value of a number that `split_line` found."""
    try:
        return float(text.replace(",", "") if "," in text else text)
    except ValueError:
        return float(text.replace("f", "e"))  # "0.25f0", as Julia shows numbers of 32 bits


def whole_of(text: str) -> int | None:
    """A counter that `split_line` found; None if it is not a whole number of 0 or more."""
    text = text.replace(",", "")
    if text.isdecimal() and len(text) <= 15:
        return int(text)
    whole, _, rest = text.partition(".")
    return int(whole) if whole.isdecimal() and len(whole) <= 15 and not rest.strip("0") else None
