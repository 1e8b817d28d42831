"""Entries are read the same whether or not lines with the same form share what is known about them."""

import pytest
import tool_logs

from reportgen.sources.printed.cleaning import lines_of, visible_lines, without_codes
from reportgen.sources.printed.entries import EntryLog
from reportgen.sources.printed.entry_reader import EntryReader, read_entries
from reportgen.sources.printed.line_reader import read_needed, read_pieces
from reportgen.sources.printed.tool_lines import rules_of

DICTS = "".join(f"{{'loss': {9 / n:.4f}, 'learning_rate': 0.001, 'epoch': {n}}}\n" for n in range(1, 300))
PREFIXES = ("", "2024-03-07 18:22:41,307 - INFO - ", "[INFO] ", "12.5s 3 ", "> ")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", tool_logs.LOGS)
def test_lines_with_remembered_forms_are_read_as_others(name: str, prefix: str) -> None:
    text = "".join(prefix + line for line in tool_logs.LOGS[name].text.splitlines(keepends=True)) * 2
    quick, slow = EntryReader(rules_of(text)), EntryReader(rules_of(text))
    for line in visible_lines(without_codes(text)):
        quick.read_visible(line)
    for line in lines_of(text):
        slow.read(line)
    assert contents(quick.finish()) == contents(slow.finish())


@pytest.mark.parametrize("rest", ["Epoch 1/2, Loss: 0.5\n" * 3, "epoch 3 {'accuracy': 0.5}\n" * 400])
def test_entries_of_a_long_log_are_complete(rest: str) -> None:
    log, entries = read_needed(lambda: [DICTS, rest])
    everything, expected = read_pieces([DICTS, rest])
    assert contents(entries) == contents(expected)
    assert log.n_rows == (0 if expected.is_certain() else everything.n_rows)
    assert expected.is_certain() == (len(rest) < 1_000)
    assert len(read_entries([DICTS]).entries) == 299


def contents(log: EntryLog) -> str:
    return repr((log.entries, log.endings, log.results, log.headings))
