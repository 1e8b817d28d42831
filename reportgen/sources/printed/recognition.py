"""Recognises printed training logs by a sample of their lines."""

import re
from typing import Final

from reportgen.sources.format import Fit
from reportgen.sources.printed.cleaning import lines_of
from reportgen.sources.printed.copied_strings import with_line_feeds
from reportgen.sources.printed.decimal_points import with_decimal_points
from reportgen.sources.printed.entry_reader import read_entries
from reportgen.sources.printed.joined_records import with_parted_records
from reportgen.sources.printed.line_reader import meaning_of
from reportgen.sources.printed.shared_prefixes import without_shared_prefix
from reportgen.sources.printed.tokens import split_line
from reportgen.sources.printed.tool_lines import rules_of
from reportgen.sources.printed.wrapped_frames import with_whole_frames

_MOST_LINES: Final = 4_000  # of a sample that are looked at; our choice
_RULER: Final = re.compile(
    r"^\s{0,3}\|?[ ]{0,3}:?-{2,200}:?[ ]{0,3}\|[-:| ]{1,400}$", re.MULTILINE
)  # of a Markdown table


def looks_printed(text: str) -> Fit:
    """How much a text looks like the output of a training run.

    LIKELY: lines state epochs or steps with values, or epochs followed by values. POSSIBLE: it only has values.
    """
    first = text.partition("\n")[0].rstrip()
    if "\0" in text or (
        first[:1] in ("{", "[") and (len(first) < 3 or (first[1:2] in "'\"{" and first[-1:] not in "}]"))
    ):
        return Fit.NO  # a document of JSON, or what Python prints like it
    whole = with_whole_frames(without_shared_prefix(with_line_feeds([text])))
    text = "".join(with_decimal_points(with_parted_records(whole)))
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
    if n_full or n_values > 1 or _has_entries(text):
        return Fit.LIKELY
    return Fit.NO


def _has_entries(text: str) -> bool:
    """Whether a tool prints such lines or tables, and the text is not itself a table or JSON, which others read."""
    if text.lstrip().startswith(("{", "[{")):
        return rules_of(text) is not None
    log = read_entries([text])
    if any(entry.tool is not None for entry in log.entries):
        return True
    header, _, rest = text.lstrip("\n").partition("\n")
    rule = rest.partition("\n")[0].strip()
    has_frame = header.lstrip().startswith("|") or (rule.startswith(("-", ":")) and not any(map(str.isalnum, rule)))
    has_frame = has_frame or _RULER.search(rest) is not None
    is_plain = "{" not in header and not has_frame and any(mark in header for mark in "\t,;|")
    return bool(log.entries) and not is_plain
