"""Separates several networks in one log: each of its lines names the network, such as ``Network: 2 epoch: 0``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from reportgen.errors import SourceError
from reportgen.sources.printed.cleaning import without_prefix
from reportgen.sources.printed.counting_words import is_epoch, is_step
from reportgen.sources.source_runs import check_run_count

_HEAD: Final = 1 << 16  # characters that are looked at, and lines; our choices
_MOST_LINES: Final = 400
_MOST_CHARACTERS: Final = 200  # of a line, in which the names are looked for
_RANKS: Final = r"rank|gpu|worker|node"
_NUMBER: Final = r"[\s:#=_-]{0,4}(?P<number>\d{1,6})(?=[\s\]),:;|-])"
_EPOCH: Final = r"epoch\W{0,4}(?P<epoch>\d{1,9})\b"
_BEFORE: Final = re.compile(
    rf"\W{{0,20}}(?P<word>[A-Za-z]{{2,20}}){_NUMBER}[\])]?[\s:,;|-]{{1,8}}[\[(]?{_EPOCH}", re.IGNORECASE
)
_AFTER: Final = re.compile(
    rf"\W{{0,20}}{_EPOCH}(?:/\d{{1,9}})?[\])]?[\s:,;|-]{{1,8}}[\[(]?"
    rf"(?P<word>network|net|model|member|client|agent|learner|student|seed|replica|{_RANKS}){_NUMBER}",
    re.IGNORECASE,
)
_RANK: Final = re.compile(rf"\b(?P<word>{_RANKS}){_NUMBER}[\])]?[\s:,;|-]{{1,8}}[\[(]?{_EPOCH}", re.IGNORECASE)
_MOST_TEXT: Final = 1 << 25  # characters; the texts are kept in memory
_MOST_UNKNOWN: Final = 10_000  # lines that are remembered
_STATES_EPOCH: Final = re.compile(r"\bepoch\W{0,4}\d", re.IGNORECASE)
_STATES_VALUE: Final = re.compile(r"[A-Za-z][:=]\s{0,3}[+-]?\d")


@dataclass(frozen=True)
class SideBySide:
    """Networks whose lines alternate.

    Attributes:
        texts: The lines of each network without its name, by its name, such as ``network 2``.
        unnamed: Lines with values that name no network.
    """

    texts: dict[str, list[str]]
    unnamed: list[str]


def side_by_side(text: Iterable[str], where: str) -> SideBySide | None:
    """The networks of a log whose lines alternate; None if there is only one or they do not alternate.

    Raises:
        SourceError: there are too many lines or networks.
    """
    word = ""
    size = 0
    found = SideBySide({}, [])
    for piece in text:
        if not word:
            word = _word(piece[:_HEAD].split("\n")[:_MOST_LINES])
            if not word:
                return None
        size += len(piece)
        check_run_count(len(found.texts), where)
        if size > _MOST_TEXT:
            raise SourceError(
                f"{where}: the lines of several runs alternate in it, and it has more than {_MOST_TEXT:,} characters. "
                "Write the lines of each run to a file of its own."
            )
        for line in piece.split("\n"):
            match = _named(line)
            if match is not None and match["word"].lower() == word:
                rest = match.string[match.end("number") :].lstrip(" \t:,;|-])")
                before = match.string[: match.start("word")].rstrip("[( ,;|-:")
                found.texts.setdefault(f"{word} {int(match['number'])}", []).append(f"{before} {rest}\n")
            elif _STATES_VALUE.search(line[:_MOST_CHARACTERS]) and len(found.unnamed) < _MOST_UNKNOWN:
                found.unnamed.append(line.strip()[:80])
    return found if word else None


def _word(lines: list[str]) -> str:
    """What alternating networks are called in the first lines of a log; empty if they do not alternate."""
    found: list[tuple[str, str, int]] = []
    for line in lines:
        match = _named(line)
        if match is not None:
            found.append((match["word"].lower(), match["number"], int(match["epoch"])))
        elif _STATES_EPOCH.search(line[:_MOST_CHARACTERS]):
            return ""
    numbers = {number for _, number, _ in found}
    n_changes = sum(one[1] != two[1] for one, two in pairwise(found))
    if len({word for word, _, _ in found}) != 1 or not 2 <= len(numbers) <= n_changes:
        return ""  # a single one, or one after the other
    for number in numbers:
        epochs = [epoch for _, each, epoch in found if each == number]
        if sorted(epochs) != epochs or len(set(epochs)) < 2:
            return ""
    return found[0][0]


def _named(line: str) -> re.Match[str] | None:
    """The name of the network and the epoch that a line states; None for other lines."""
    if "poch" not in line and "POCH" not in line:
        return None
    text = without_prefix(line)
    match = _BEFORE.match(text) or _AFTER.match(text) or _RANK.search(line, 0, _MOST_CHARACTERS)
    if match is None or is_step(f"{match['word']} ") or is_epoch(f"{match['word']} "):
        return None
    return match
