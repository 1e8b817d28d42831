"""Reads decimal commas in printed lines, as programs print them in German, French, Spanish and other languages."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_SAMPLE: Final = 1 << 16  # characters in which commas and points are looked for
_FEWEST: Final = 2  # values with a comma that cannot be a separator of thousands; our choice
_COMMA: Final = re.compile(
    r"[A-Za-z\u00c0-\u024f)\]][ \t]{0,3}[:=][ \t]{0,8}-?(?:0|\d{1,9}(?=,\d{1,2}(?!\d)|,\d{4}))"
    r",\d{1,17}(?=[\s;)|\]%]|,\s|$)"
)
_BARE: Final = re.compile(  # "Verlust 0,91 |", without a sign
    r"[A-Za-z\u00c0-\u024f)][ \t]{1,4}-?(?:0,\d{1,17}|\d{1,9},(?:\d{1,2}|\d{4,17}))(?=%?[\s|;/)]|%?$)"
)
_ANY_POINT: Final = re.compile(r"\d\.\d")
_FRACTION: Final = re.compile(r"[ \t:=-]0,\d{3,17}$")  # no separator of thousands follows a zero
_POINT: Final = re.compile(r"[:=][ \t]{0,8}-?\d{1,9}\.\d")
_NUMBER: Final = re.compile(r"(?<![\w.,])(-?\d{1,9}),(\d{1,17}(?:[eE][+-]?\d{1,4})?)(?!\w|,\d|\.\d)")


def with_decimal_points(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces of a log with decimal points, if its named values have decimal commas and none has a point.

    Args:
        pieces: Pieces of text that end where a line does.
    """
    has_commas: bool | None = None
    for piece in pieces:
        if has_commas is None:
            sample = piece[:_SAMPLE]
            found = _COMMA.findall(sample) if "," in sample else []
            is_certain = sum(map(_has_fraction, found)) >= _FEWEST
            has_commas = len(found) >= _FEWEST and (is_certain or _POINT.search(sample) is None)
            if "," in sample and not has_commas and _ANY_POINT.search(sample) is None:
                has_commas = len(found) + len(_BARE.findall(sample)) >= _FEWEST
        yield _NUMBER.sub(r"\1.\2", piece) if has_commas else piece


def _has_fraction(text: str) -> bool:
    return _FRACTION.search(text) is not None
