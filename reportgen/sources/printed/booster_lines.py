"""Lines of XGBoost, LightGBM and CatBoost: one line per boosting round."""

import re
from collections.abc import Iterator
from typing import Final

from reportgen.sources.printed.entries import Ending, Entry

_FLOAT: Final = r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,4})?|nan|inf)"
_ROUND: Final = re.compile(r"[\s#]{0,8}\[(\d{1,15})\]:?\s*(?:#011|\s)?\s*(?=\S)")
_XGBOOST: Final = re.compile(
    rf"([A-Za-z_][\w.]{{0,100}}-[\w@.<>-]{{1,100}}):({_FLOAT})(?:\+{_FLOAT})?(?=\s|#011|$)", re.ASCII | re.IGNORECASE
)
_LIGHTGBM: Final = re.compile(
    rf"([\w.-][\w. -]{{0,100}})'s ([\w@.() -]{{1,100}}): ?({_FLOAT})(?: ?\+ ?{_FLOAT})?(?=\s|$)", re.IGNORECASE
)
# LightGBM's command line prints one metric per line.
_LIGHTGBM_CLI: Final = re.compile(
    rf"Iteration:\s?(\d{{1,15}}), (?:([\w.-]{{1,100}})'s|(training|valid\w{{0,100}})) "
    rf"([\w@.() -]{{1,100}}?) ?: ({_FLOAT})\s{{0,9}}$",
    re.IGNORECASE,
)
_CATBOOST: Final = re.compile(r"[\s#]{0,8}(\d{1,15}):\s{1,12}(?=(?:learn|test\d{0,3}): )")
_CATBOOST_VALUE: Final = re.compile(rf"(learn|test\d{{0,3}}|best): ({_FLOAT})(?=\s|$)")
_PATIENCE: Final = re.compile(
    r"(?:until (?P<monitor>\S{1,100}) hasn't improved in|don't improve for|"
    r"Stopped by overfitting detector\s{1,3}\()\s?(?P<n>\d{1,9})"
)
_BEST_FOLLOWS: Final = re.compile(r"best iteration(?: is)?:\s{0,4}(?P<same>\[.*)?$", re.IGNORECASE)
_BEST: Final = re.compile(r"bestIteration = (\d{1,15})")
# Finds out quickly that a text has no line of a booster.
_MAY_BE: Final = re.compile(
    r"\[\d{1,15}\][\s#]{1,5}\S{1,100}-\S|"
    r"\[\d{1,15}\]:?\s{1,8}\S.{0,100}'s "
)
_REMARKS: Final = ("Iteration:", "best", "Best", "improve", "overfitting")
_WORDS: Final = ("\tlearn: ", "\ttest: ", " learn: ", "Iteration:")


def may_have_rounds(text: str) -> bool:
    """Whether a text may have lines of a booster. Fast."""
    return any(word in text for word in _WORDS) or _MAY_BE.search(text) is not None


def is_of_booster(line: str) -> bool:
    """Whether a line may say something to `BoosterLines`; the values of its digits do not matter."""
    return (
        ("[" in line and _ROUND.match(line) is not None)
        or _CATBOOST.match(line) is not None
        or any(word in line for word in _REMARKS)
    )


class BoosterLines:
    """Reads lines one at a time; remembers that the line of the best round follows."""

    def __init__(self) -> None:
        self._best_follows = False
        self._stopped = False
        self._tool = ""

    def read(self, line: str) -> Iterator[Entry | Ending]:
        """What a line says; nothing for other lines."""
        if "[" in line:
            yield from self._round(line)
        if (match := _CATBOOST.match(line)) is not None:
            self._tool = "catboost"
            values = {name: float(text) for name, text in _CATBOOST_VALUE.findall(line, match.end())}
            if values:
                yield Entry(epoch=int(match[1]) + 1, values=values, tool="catboost")
        elif "Iteration:" in line and (cli := _LIGHTGBM_CLI.search(line)) is not None:
            name = f"{cli[2] or cli[3]}-{cli[4]}"
            yield Entry(epoch=int(cli[1]), values={name: float(cli[5])}, tool="lightgbm")
        elif "best" in line or "Best" in line or "improve" in line or "overfitting" in line:
            yield from self._remark(line)

    def _round(self, line: str) -> Iterator[Entry | Ending]:
        match = _ROUND.match(line)
        if match is None:
            return
        number = int(match[1])
        if found := _XGBOOST.findall(line, match.end()):
            values, first, tool = {name: float(text) for name, text in found}, 1, "xgboost"
        elif named := _LIGHTGBM.findall(line, match.end()):
            values, first, tool = {f"{data.strip()}-{name}": float(text) for data, name, text in named}, 0, "lightgbm"
        else:
            return
        self._tool = tool
        if self._best_follows:
            self._best_follows = False
            yield Ending(best=number + first, stopped=self._stopped)
        else:
            yield Entry(epoch=number + first, values=values, tool=tool)

    def _remark(self, line: str) -> Iterator[Ending]:
        if (match := _PATIENCE.search(line)) is not None:
            yield Ending(patience=int(match["n"]), monitor=match["monitor"] or "", stopped="Stopped by" in line)
        if (match := _BEST_FOLLOWS.search(line.rstrip())) is not None and len(line) < 200:
            self._stopped = "not meet" not in line
            if match["same"] and (number := re.match(r"\[(\d{1,15})\]", match["same"])):
                yield Ending(best=int(number[1]) + (self._tool == "xgboost"), stopped=self._stopped)
            else:
                self._best_follows = True
        elif (match := _BEST.search(line)) is not None:
            yield Ending(best=int(match[1]) + 1)
