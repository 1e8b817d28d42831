"""The cells of printed tables: what is a number, a count, a name or an absent value."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from reportgen.metrics import direction, is_loss

MAX_CELLS: Final = 500  # in a line; our choice
LONGEST_LINE: Final = 5_000  # characters of a line of a table; our choice
_LONGEST_COUNT: Final = 15  # digits
_LONGEST_NAME: Final = 60  # characters of a column's name
BARS: Final = re.compile(r"[|│┃║┆┇┊┋¦]")
RULE: Final = re.compile(r"[\s|:+*=_.─━═╌╍┄┅┈┉┌-╬╭-╰╴-╿~‾-]+")
_STEPS: Final = """
    step steps globalstep iter iters iteration iterations it itr update updates numupdates timestep timesteps
    totaltimesteps round rounds episode episodes
"""
_COUNTERS: Final = {
    **dict.fromkeys(("epoch", "epochs", "ep", "epochnumber", "itn"), "epoch"),
    **dict.fromkeys(_STEPS.split(), "step"),
}
_NUMBER: Final = re.compile(
    r"([+\-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,5})?"
    r"|[+-]?(?:nan|inf(?:inity)?))\s?(%?)\s?(?:(?:±|\+/-|\+-|\().{0,60})?",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(
    r"(?:epoch|ep|iter|step|#)?\W{0,3}(\d{1,15}(?:\.\d{0,20})?)(?:\s?/\s?(\d{1,15}))?(?:\W.{0,40})?", re.IGNORECASE
)
SPLIT_COLUMNS: Final = frozenset({"split", "phase", "mode", "stage", "set", "subset", "dataset", "train"})
_EMPTY_CELLS: Final = (
    "",
    "-",
    "--",
    "---",
    "–",
    "—",
    "n/a",
    "na",
    "#na#",
    "<na>",
    "none",
    "null",
    "no log",
    "...",
    "…",
)
_MARKS: Final = frozenset(
    ["+", "*", "**", "✓", "✔", "✗", "✘", "←", "<-", "<--", "★", "☆", "best", "yes", "no", "true", "false"]
)
_SIZED: Final = re.compile(
    r"[+-]?\d[\d.,]{0,40}\s?(?:[kKMGT]i?B?|B|bytes|ns|us|µs|ms|s|sec|secs|seconds|m|min|mins|h|hr|d|it/s|s/it|/s|Hz)|"
    r"(?:\d{1,4}[dhms:]\s?){1,4}(?:\d{1,4}(?:\.\d{1,9})?s?)?|\d{4}-\d\d-\d\d.{0,30}|\d{1,15}/\d{1,15}",
)


@dataclass(frozen=True)
class Columns:
    """The columns of a printed table.

    Attributes:
        names: As printed; empty for an unnamed index. At least one column counts epochs or steps, except in boxes and
            tables of data sets.
        epoch: Index of the column that counts epochs; None without one.
        step: The same for steps.
        is_box: Whether each row is a box of its own, with one name and one value per line.
        title: The heading of such a box, such as ``Test metric``; empty without one.
        is_split: Whether the row is a table of its own, whose names begin with the data set; nothing counts.
    """

    names: tuple[str, ...]
    epoch: int | None = None
    step: int | None = None
    is_box: bool = False
    title: str = ""
    is_split: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a printed table.

    Attributes:
        columns: Its columns; the same object for all rows of a table.
        cells: One text per column; empty if the cell is empty.
    """

    columns: Columns
    cells: tuple[str, ...]


def _plain_number(text: str) -> float | None:
    """The number of a cell that has only digits, a point and an exponent. Fast."""
    if not text[-1:].isdecimal() or "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None


def cell_number(text: str) -> float | None:
    """The number in a cell; percentages as printed, the mean of ``0.81 ± 0.02``. None for times, sizes and words."""
    plain = _plain_number(text)
    if plain is not None:
        return plain
    match = _NUMBER.fullmatch(text.strip().strip("*_`~ "))
    if match is None:
        return None
    return float(match[1].replace(",", "").replace("−", "-"))


def cell_count(text: str) -> tuple[float, int | None] | None:
    """The count in the cell of a counter, such as ``3/20``, and the planned number; None without one."""
    if text.isdecimal() and text.isascii() and len(text) <= _LONGEST_COUNT:
        return float(text), None
    match = _COUNT.fullmatch(text.strip().strip("*_`~ "))
    return None if match is None else (float(match[1]), int(match[2]) if match[2] else None)


def is_value(text: str) -> bool:
    """Whether a cell of an aligned table may belong to a row: a number, a mark, a time, a size, or absent."""
    if _plain_number(text) is not None:
        return True
    plain = text.strip("*_`~ ").lower()
    return (
        plain in _EMPTY_CELLS
        or text in _MARKS
        or plain in _MARKS
        or cell_number(text) is not None
        or _SIZED.fullmatch(text) is not None
    )


@lru_cache(maxsize=1_000)
def counter_of(name: str) -> str | None:
    """What a column counts: ``epoch``, ``step``, or None if it does not count."""
    return _COUNTERS.get(re.sub(r"[\W_]+", "", name.lower()))


def is_name(cell: str) -> bool:
    """Whether a cell of a header can be a name: words, the last of which is not a number."""
    if not cell or len(cell) > _LONGEST_NAME or cell_number(cell) is not None:
        return False
    if re.search(r"[:=]\s*[-+]?[\d.]|(?:\s|^)[-+]?\d+(?:\.\d+)?%?$|[:=]$|://", cell):
        return False
    return any(ch.isalpha() for ch in cell) or cell in ("#", "%")


def plain_name(cell: str) -> str:
    """A name without the marks of Markdown."""
    return cell.strip().strip("*`").strip()


def counted_columns(names: list[str]) -> Columns | None:
    """The columns of a header that counts something; None if it does not."""
    epoch = step = None
    for index, name in enumerate(names):
        kind = counter_of(name)
        if kind == "epoch" and epoch is None:
            epoch = index
        elif kind == "step" and step is None:
            step = index
    if names[:2] == ["E", "#"]:
        epoch, step = 0, 1
    if epoch is None and step is None:
        return None
    return Columns(tuple(names), epoch, step)


def is_metric(name: str) -> bool:
    """Whether a name is a loss or a metric with a known direction."""
    return is_loss(name) or direction(name) != "unknown"
