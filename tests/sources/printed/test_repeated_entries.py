"""Lines of one form that are read at once give the same values as one by one, whatever lines are between them."""

import random
import re

import pytest
from tool_logs import LOGS

from reportgen.sources.printed.entries import EntryLog
from reportgen.sources.printed.entry_reader import EntryReader
from reportgen.sources.printed.repeated_entries import RepeatedEntries
from reportgen.sources.printed.tool_lines import rules_of

ROWS = {
    "dicts": "{'loss': 1.25, 'learning_rate': 1e-05, 'epoch': 3.0}",
    "dicts with equal values": "{'loss': 0.0, 'grad_norm': 0.0, 'learning_rate': 0.0, 'epoch': 1.0}",
    "rounds": "[12]\ttrain-logloss:0.52341\ttest-logloss:0.61234",
    "batches of an epoch": "Epoch(train) [3][ 50/100]  lr: 1.0000e-03  eta: 0:11:29  time: 0.0354  loss: 0.5432",
    "one batch per epoch": "Epoch(train) [7][1/1]  lr: 1.0000e-03  eta: 0:11:29  time: 0.0354  loss: 0.5432",
    "averaged meters": "Epoch: [3]  [ 5/24]  eta: 0:00:31  loss: 0.7310 (0.7012)  time: 1.2101",
    "a table": "3         0.532110    0.632110    0.812345  00:10     ",
    "a logger": "2024-01-01 10:00:00,123 - INFO - {'loss': 1.25, 'epoch': 3}",
}
MARKS = {"a table": "epoch     train_loss  valid_loss  accuracy  time    \n"}


def varied(line: str, rng: random.Random) -> str:
    """A line with other numbers, which may have other lengths or forms, and sometimes with another text."""

    def other(found: re.Match[str]) -> str:
        kind = rng.random()
        digits = "".join(rng.choice("0123456789") for _ in found[0])
        return digits if kind < 0.9 else found[0] if kind < 0.97 else rng.choice(["5", "12", "1e3", "nan", "-1", "7.5"])

    if rng.random() < 0.02:
        return line.replace(" ", "  ", 1)
    return re.sub(r"\d+", other, line) if rng.random() < 0.95 else line


class _CountingReader(EntryReader):
    n_lines = 0

    def read_visible(self, line: str) -> None:
        self.n_lines += 1
        super().read_visible(line)


def slow_and_quick(text: str) -> tuple[EntryLog, EntryLog, int]:
    """What both readers say, and how many lines the slow one did not need to read."""
    rules = rules_of(text)
    slow, quick = EntryReader(rules), _CountingReader(rules)
    for line in text.split("\n")[:-1]:
        slow.read_visible(line)
    repeated = RepeatedEntries(quick)
    for start in range(0, len(text), 2_000):  # pieces end where a line does
        begin, end = (text.rfind("\n", 0, place) + 1 for place in (start, start + 2_000))
        repeated.read_text(text[begin : end if start + 2_000 < len(text) else len(text)])
    return slow.finish(), quick.finish(), text.count("\n") - quick.n_lines


@pytest.mark.parametrize("row", ROWS)
def test_rows_are_read_at_once_as_one_by_one(row: str) -> None:
    rng = random.Random(row)
    lines = [varied(ROWS[row], rng) for _ in range(150)]
    lines += [re.sub(r"(?<![\d.])(?:3|7|12)(?=[\].}\s])", f"{n}", ROWS[row], count=1) for n in range(150)]
    slow, quick, _ = slow_and_quick(MARKS.get(row, "") + "".join(f"{line}\n" for line in lines))
    assert len(slow.entries) > 100
    assert repr(quick) == repr(slow)


@pytest.mark.parametrize("row", ["dicts", "rounds", "a table", "a logger"])
def test_most_rows_of_one_form_are_read_at_once(row: str) -> None:
    lines = [
        re.sub("3(?!\\d|2)|12", str(n + 1), f"{ROWS[row]}\n", count=1).replace("61", str(n % 90 + 10))
        for n in range(300)
    ]
    slow, quick, n_quick = slow_and_quick(MARKS.get(row, "") + "".join(lines))
    assert n_quick > 200
    assert repr(quick) == repr(slow)


@pytest.mark.parametrize("name", LOGS)
def test_logs_of_tools_are_read_at_once_as_line_by_line(name: str) -> None:
    """Each line is printed several times with other numbers."""
    rng = random.Random(name)
    lines = LOGS[name].text.replace("\r", "\n").split("\n")
    text = "".join(f"{varied(line, rng)}\n" for line in lines for _ in range(rng.choice([1, 5, 9])))
    slow, quick, _ = slow_and_quick(text)
    assert repr(quick) == repr(slow)
