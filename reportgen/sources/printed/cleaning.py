"""Cleans printed lines: escape codes, carriage returns, and what loggers and build servers put before them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from reportgen.sources.printed.tokens import ALIKE

LONGEST: Final = 20_000  # characters in a line; a progress line has a few hundred
_ESCAPE: Final = re.compile(
    r"\x1b(?:\[[0-?]{0,40}[ -/]{0,40}[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[@-Z\\-_])|[\x08\x07]"
)
# Escape codes without their first character, as text copied from a page has them, and as JSON and shells write them.
_RESET: Final = re.compile(r"\[[\d;]{0,12}m")
_WRITTEN: Final = re.compile(r"(?:\\(?:x1[bB]|u001[bB]|033)|\^\[|\u241b)\[[\d;]{0,12}[mKGAB]")
_SYSLOG: Final = re.compile(r"(?<=(?:out|err)>:)#015(?=[^\n])")  # as syslog writes a carriage return
_WIDE: Final = str.maketrans(
    {"\uff1a": ":", "\uff0c": ",", "\uff05": "%", "\uff08": "(", "\uff09": ")", "\xa0": " ", "\u3000": " "}
)
_ENDS: Final = re.compile(r"[\r\n]+")
# One of the things before a printed line. Each begins at the start of what is left of the line, so the search is fast.
_TIME: Final = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:\s?[AP]M)?"
_DAY: Final = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    rf"|\d{{2}}[-/]\d{{2}}(?:[-/]\d{{2}})?(?=[T\s,_-]{{1,3}}{_TIME})"
)
_LEVEL: Final = r"(?:DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|NOTICE|TRACE|FATAL)"
_BEFORE: Final = re.compile(
    rf"""\s*+(?:
    [\[(<]?\s*(?:{_DAY})(?:[T\s,_-]{{1,3}}{_TIME})?(?:Z|\s?[+-]\d{{2}}:?\d{{2}}|\s?UTC|\s?GMT)?\s*[\])>]?(?=[\s:;,|[-]|$)[\s:;,|-]{{0,6}}
    |[\[(<]?{_TIME}[\])>](?=\s|$)\s?:?|{_TIME}(?=\s)(?!\s*[<,])
    |[\[(<]\s?{_LEVEL}\s*(?:[:\s][\w.:/ -]{{0,80}})?[\])>]\s?[:|-]?
    |{_LEVEL}(?::[\w.<>-]{{0,80}}:|\s*[:|]|\s{{1,8}}-\s|\s{{1,8}}(?=[\[\w]))
    |[IWEDF]\d{{4}}\s[\d:.]{{8,16}}\s{{1,8}}\d{{1,20}}\s[\w./-]{{1,80}}:\d{{1,6}}\]
    |\[\d{{1,5}},(?:mpirank:)?\d{{1,5}}(?:,[\w.-]{{1,60}})?\]<std(?:out|err)>:
    |\((?:[\w.-]{{1,60}}\s)?pid=\d{{1,9}}(?:,\s?ip=[\d.]{{7,15}})?\)
    |\[(?:rank|Rank|RANK|GPU|gpu|worker|node)[\s:=_]?\d{{1,5}}\]:?
    |(?:rank|Rank|RANK)\s?\d{{1,5}}\s?[:|]
    |\[(?!(?:train|training|val|valid|validation|eval|test|dev)\])[a-z]\w{{0,30}}(?:[._-]\w{{1,30}}){{0,6}}(?:/\w{{1,30}})?\](?=\s*(?:\[|\(|{_LEVEL}|\d{{4}}-))
    |(?:[\w.-]{{1,40}}\s{{0,8}}\|)(?=\s*(?:Epoch|epoch|\[|\d+/\d+\s))
    |[\w.$-]{{1,60}}:\d{{1,6}}(?::[\w.<>-]{{1,60}})?\s?(?:\]|-|\|)(?=\s)
    |[\[(]\s?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s{{1,2}}\d{{1,2}}\s
     \d{{2}}:\d{{2}}:\d{{2}}(?:\s\d{{4}})?\s?[\])]\s{{0,4}}:?
    |(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s{{1,2}}\d{{1,2}}\s
     \d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,6}})?(?:\s\d{{4}})?(?:\s[\w.-]{{1,60}}\s[\w./-]{{1,60}}(?:\[\d{{1,9}}\])?:)?
    |std(?:out|err)\s[FP]\s
    |\[STD(?:OUT|ERR)\](?=\s)
    |\d{{1,4}}:\s(?=Epoch\s\d|\d{{1,9}}/\d{{1,9}}\s)
    |\[[\w.-]{{1,60}}:\d{{1,6}}(?:/\d{{1,6}})?\](?=\s\d{{4}}-)
    |\[[\w./-]{{1,60}}\.(?:py|cc|cpp|cu):\s{{0,8}}\d{{1,6}}(?:\s-\s[\w.-]{{1,40}}){{0,2}}\s?\]:?
    |\([\w./-]{{1,80}}:\d{{1,6}}\)(?=\s{_LEVEL})
    |\[(?:LightGBM|Info|Warning|XGBoost)\]
    |\d{{1,6}}\.\d{{1,2}}s\s{{1,4}}(?:\|\s)?\d{{1,6}}\s(?:\|\s)?
    |(?:>{{1,3}}|\#{{1,6}}|//)\s
    )\s?""",
    re.VERBOSE,
)  # fmt: skip
# A bar of tqdm before other text, such as "10it [00:25, 2.5s/it]Epoch 1 loss 0.3".
_BAR_BEFORE: Final = re.compile(
    r"\s{0,4}(?:\d{1,3}%\|[^|\n]{0,200}\|\s{0,3})?\d{1,12}(?:/\d{1,12})?(?:it)?\s\[[^\]\n=]{0,80}\]\s{0,3}(?=[A-Za-z])"
)
_EPOCH_BAR: Final = re.compile(
    r"\s{0,8}(?=[^|\n]{0,60}\bepochs?\s{0,3}:?\s{0,3}\d{1,3}%\||[^\n\[]{0,300}\[[^\]\n]{0,60}(?:/epoch|epoch/s))"
    r"[^|\n]{0,80}%\|[^|\n]{0,200}\|\s{0,3}(?P<done>\d{1,9})/(?P<total>\d{1,9})\s\[",
    re.IGNORECASE,
)
_TITLED_BAR: Final = re.compile(
    r"\s{0,8}epochs?\s{0,3}:?\s{0,3}(?P<epoch>\d{1,9})/(?P<total>\d{1,9})\s{0,3}:\s{0,6}\d{1,3}%\|[^|\n]{0,200}\|\s{0,3}"
    r"(?P<done>\d{1,9})/(?P=total)\s\[",
    re.IGNORECASE,
)
_NAMED_VALUE: Final = re.compile(r"[A-Za-z_]\w{0,80}=[+-]?\d")
_GLUED: Final = re.compile(r"%\|[^|\n]{0,200}+\|[^\[\n]{0,40}+\[(?P<rest>[^\]\n]{0,600}+)\](?=[A-Za-z\d\[])")
_BAR_TITLE: Final = re.compile(r"(?P<title>[^%\n]{0,120}?)\s{0,4}\d{1,3}%\|")
_BAR_START: Final = re.compile(r"(?<!\d)\s{0,4}(?<!\d)\d{1,3}%\|")
_CHAINER_BAR: Final = re.compile(
    r"\s{0,12}(?:(?:total|this epoch) \[[#.]{2,200}\]|\d{1,12} iter, \d{1,9} epoch|[\d.a-z]{1,20} iters/sec\.)"
)
_MOST_BEFORE: Final = 6
_SPLIT_TAGS: Final = frozenset(
    ["train", "training", "val", "valid", "validation", "eval", "evaluation", "test", "testing", "dev"]
)
_SUSPECTS: Final = frozenset(
    "0123456789[(<IWEDFNCTMSJAO>#|/ \ts"
)  # what such a prefix may begin with; names of modules aside
_SECOND: Final = re.compile(
    r"(?<=\s)(?=Epoch \d{1,15}/\d{1,15}\b)|(?:(?<=\.\d{3}\])|(?<=\.\d{2}\]))(?=\[Epoch \d{1,15}/\d{1,15}\])"
)  # also what follows a value in brackets
_MODULE: Final = re.compile(r"[A-Za-z_][\w.]{0,80}(?:\s-\s|:|\s)\s?(?:INFO|WARNING|DEBUG)\b[\s:|-]{0,4}")


def lines_of(piece: str, *, all_states: bool = False) -> Iterator[str]:
    """The lines that a reader of the terminal would see, without what was printed before their content.

    A carriage return also ends a line, but of the states of one progress bar only the last is used.

    Args:
        piece: Text that ends where a line does.
        all_states: Whether all states of progress bars are used.
    """
    piece = without_codes(piece)
    for line in _ENDS.split(piece) if all_states else visible_lines(piece):
        yield from parts_of(line)


def without_codes(piece: str) -> str:
    """Text without escape codes and backspaces, with ASCII for wide colons and commas.

    What was printed directly after a progress bar with values begins a line of its own.
    """
    if "#0" in piece:
        piece = _SYSLOG.sub("", piece).replace("#015", "\r").replace("#033", "\x1b")
    if "%|" in piece:
        piece = _GLUED.sub(_on_its_own, piece)
    if "\x1b" in piece or "\x08" in piece or "\x07" in piece:
        piece = _ESCAPE.sub("", piece)
    if "[0m" in piece:
        piece = _RESET.sub("", _WRITTEN.sub("", piece))
    return piece if piece.isascii() else piece.translate(_WIDE)


def _on_its_own(match: re.Match[str]) -> str:
    return match[0] + "\n" if _NAMED_VALUE.search(match["rest"]) else match[0]


def parts_of(line: str) -> Iterator[str]:
    """A line without codes as `lines_of` yields it: usually one line, two if a header of Keras is within it."""
    if len(line) > LONGEST:
        line = line[:LONGEST]
    if ".cc:" in line or ".h:" in line or (".py:" in line and ("Warning" in line or ", line " in line)):
        return  # messages of TensorFlow's libraries, warnings of Python
    if line[:1] in " t" and _CHAINER_BAR.match(line) is not None:
        return  # it is printed between the rows of a table
    if line[:1] in _SUSPECTS or " INFO" in line or "INFO:" in line:
        line = without_prefix(line)
    if not line:
        yield ""
    elif line.count("%|") > 1:
        yield from _bar_states(line)
    elif line.find("Epoch ", 1) > 0:
        yield from _SECOND.split(line)
    else:
        yield line


def _bar_states(line: str) -> Iterator[str]:
    """The states of a progress bar that are glued into one line, each of which may be cut off by the next.

    A state begins with what the first one begins with, apart from its numbers; other lines are yielded as they are.
    """
    alike = line.translate(ALIKE)
    first = _BAR_TITLE.match(alike)
    title = first["title"].strip() if first is not None else ""
    start, place = 0, alike.find(title)
    while title and place >= 0:
        if place > start and _BAR_START.match(alike, place + len(title)) is not None:
            yield line[start:place]
            start = place
        place = alike.find(title, place + len(title))
    if not title:
        for match in _BAR_START.finditer(alike, 1):
            yield line[start : match.start()]
            start = match.start()
    yield line[start:]


def visible_lines(piece: str) -> Iterable[str]:
    """The lines of a piece without codes, with their prefixes."""
    return _visible(piece) if "\r" in piece else piece.split("\n")


def _visible(piece: str) -> Iterator[str]:
    """Lines of a piece with carriage returns: all states of a line, without those that the next state only updates."""
    for line in piece.split("\n"):
        if "\r" not in line:
            yield line
            continue
        states = [state for state in _ENDS.split(line) if state and not state.isspace()]
        if len(states) > 1 and (epochs := _epochs_of_bar(states)):
            yield from epochs
            continue
        for state, following in zip(states, [*states[1:], ""], strict=False):
            if not following or state.lstrip()[:3] != following.lstrip()[:3] or _may_end(state):
                yield state
        if not states:
            yield ""


def _epochs_of_bar(states: list[str]) -> list[str]:
    """The states of a bar of tqdm that counts epochs, one per epoch; empty for other bars.

    A loop that sets the values before the bar moves on shows those of the first epoch while the bar is at 0.
    """
    titled = [match for state in states if (match := _TITLED_BAR.match(state)) is not None]
    if len(titled) * 2 > len(states) and all(int(each["epoch"]) - int(each["done"]) in (0, 1) for each in titled):
        ends = {each["done"]: each.string for each in titled if each["epoch"] == each["done"]}
        return [state for state in ends.values() if _NAMED_VALUE.search(state) is not None]
    found: dict[int, tuple[re.Match[str], str]] = {}
    for state in states:
        if len(state) > LONGEST or (match := _EPOCH_BAR.match(state)) is None:
            return []
        if _NAMED_VALUE.search(state, match.end()) is not None:
            found[int(match["done"])] = match, state
    if 0 not in found:
        return [state for _, state in found.values()]
    kept = []
    for done, (match, state) in found.items():
        if done < int(match["total"]):
            start, end = match.span("done")
            kept.append(f"{state[:start]}{done + 1}{state[end:]}")
    return kept


def _may_end(state: str) -> bool:
    """Whether a state of a progress bar is a complete one, such as ``10/10 [====]``, or a header."""
    done, slash, rest = state.lstrip()[:40].partition("/")
    if not slash or not done.isdecimal():
        return not slash or not done[-1:].isdecimal() or "%|" not in state
    return rest.startswith(done) and not rest[len(done) : len(done) + 1].isdecimal()


def without_prefix(line: str) -> str:
    """A line without times, levels and ranks before its content."""
    bar = _BAR_BEFORE.match(line)
    start = bar.end() if bar else 0
    for _ in range(_MOST_BEFORE):
        match = _BEFORE.match(line, start) or _MODULE.match(line, start)
        if not match or match.end() == start or match.end() == len(line.rstrip()):
            break
        if match[0].rstrip(" |\t").lower() in _SPLIT_TAGS:
            break  # "Train | Epoch: 3 | loss 0.4"
        start = match.end()
    return line[start:] if start else line
