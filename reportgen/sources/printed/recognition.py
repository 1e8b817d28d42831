"""Recognises printed logs of trainings by a sample of their lines."""

from typing import Final

from reportgen.sources.format import Fit
from reportgen.sources.printed.cleaning import lines_of
from reportgen.sources.printed.line_reader import meaning_of
from reportgen.sources.printed.tokens import split_line

_MOST_LINES: Final = 4_000  # of a sample that are looked at; our choice


def looks_printed(text: str) -> Fit:
    """How much a text looks like the output of a training.

    LIKELY: lines state epochs or steps with values, or epochs followed by values. POSSIBLE: it only has values.
    """
    if "\0" in text:
        return Fit.NO
    n_full = n_values = n_lines = 0
    known: dict[tuple[str, ...], int] = {}
    for line in lines_of(text):
        if not line or line.isspace():
            continue
        n_lines += 1
        if n_lines > _MOST_LINES:
            break
        shape, _ = split_line(line)
        if len(shape) == 1:
            continue
        weight = known.get(shape)
        if weight is None:
            weight = known[shape] = meaning_of(shape).weight
        n_full += weight == 2
        n_values += weight == 1
    if n_full or n_values > 1:
        return Fit.LIKELY
    return Fit.NO
