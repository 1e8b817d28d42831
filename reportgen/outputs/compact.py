"""One run as plain text of at most 4,096 bytes, for coding agents and scripts that pass it on.

What happened, the evidence, what to do, the numbers. If the text is too long, the least important lines are left out
and counted. It has no colours and no markup, and its codes are there for programs that look for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reportgen.languages import Language
from reportgen.outputs.runs import JudgedRun
from reportgen.outputs.terminal_text import gate_lines
from reportgen.page.contents import ReportWords
from reportgen.page.words import word_report
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis

COMPACT_BYTES: Final = 4_096
_CLOSING_BYTES: Final = 200  # for the sentence about what was left out, in any language
_LONGEST_LINE: Final = 500  # characters; our choice: two long sentences
_MOST_SETTINGS: Final = 20
_SEVERE: Final = ("critical", "warning")


@dataclass(frozen=True)
class _RankedLine:
    text: str
    rank: int  # lines of the lowest rank are kept first


def render_compact(run: JudgedRun, *, limit: int = COMPACT_BYTES) -> str:
    """What happened, the evidence, advice and numbers of one run.

    Args:
        run: The run.
        limit: Maximum length in bytes of UTF-8.
    """
    words = word_report(run.history, run.diagnosis, run.baseline)
    title = (run.history.run.title or "").strip()
    gate = gate_lines(run.gate, words.language, width=_LONGEST_LINE) if run.gate.checks else ()
    lines = [
        *_opening(words, run.diagnosis, title),
        *(_RankedLine(text, 1) for text in gate),
        *_evidence(words),
        *_advice(words),
        *_numbers(words),
    ]
    return _fitted([_RankedLine(_one_line(line.text), line.rank) for line in lines], limit, words.language)


def _opening(words: ReportWords, diagnosis: Diagnosis, title: str) -> Iterator[_RankedLine]:
    """The verdict, what it is about, and what is known about the end of the run."""
    say = words.language.say
    yield _RankedLine(f"verdict: {diagnosis.verdict}", 0)
    yield _RankedLine(words.headline, 0)
    if title:
        yield _RankedLine(say("{name}: {text}", name=say("Run"), text=words.title), 1)
    for text in (words.detail, words.scope, words.status, words.test_results, words.comparison_text):
        if text:
            yield _RankedLine(text, 1)


def _evidence(words: ReportWords) -> Iterator[_RankedLine]:
    """The five answers, and the findings that they do not say already."""
    say = words.language.say
    yield _RankedLine("", 1)
    yield _RankedLine(f"# {say('Evidence')}", 1)
    for answer in words.answers:
        certainty = say("({text})", text=answer.certainty) if answer.certainty else ""
        yield _RankedLine(f"- {words.language.join(answer.question, answer.answer, certainty, answer.text)}", 3)
    for part in words.outputs:
        yield _RankedLine(f"- {say('{name}: {text}', name=part.output, text=part.headline)}", 4)
    for found in words.findings:
        if not found.restates:
            about = say("{name}: {text}", name=f"{found.rule} {found.label}".strip(), text=f"{found.title}.")
            yield _RankedLine(f"- {words.language.join(about, found.text)}", 3 if found.severity in _SEVERE else 5)
    if words.restated:
        yield _RankedLine(f"- {words.restated}", 4)


def _advice(words: ReportWords) -> Iterator[_RankedLine]:
    yield _RankedLine("", 1)
    yield _RankedLine(f"# {words.language.say('What to do')}", 1)
    for number, advice in enumerate(words.advice, 1):
        yield _RankedLine(f"{number}. {advice}", 2)


def _numbers(words: ReportWords) -> Iterator[_RankedLine]:
    """Each curve in a line, and the settings."""
    say, table = words.language.say, words.values
    yield _RankedLine("", 4)
    yield _RankedLine(f"# {say('Numbers')}", 4)
    for fact in words.highlights:
        yield _RankedLine(f"- {say('{name}: {text}', name=fact.name, text=fact.value)}", 4)
    for name, *cells in table.rows:
        numbers = [f"{head} {cell}" for head, cell in zip(table.headers[1:], cells, strict=True) if cell]
        yield _RankedLine(f"- {say('{name}: {text}', name=name, text=', '.join(numbers))}", 5)
    if words.settings is not None:
        settings = "; ".join(f"{row[0]}={row[1]}" for row in words.settings.rows[:_MOST_SETTINGS])
        yield _RankedLine(f"- {say('{name}: {text}', name=say('Settings'), text=settings)}", 5)
    for note in words.notes:
        yield _RankedLine(f"- {say('Note: {text}', text=note)}", 6)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()), _LONGEST_LINE)


def _fitted(lines: list[_RankedLine], limit: int, language: Language) -> str:
    """The lines in reading order, without those of the highest ranks that do not fit."""
    space, kept = limit - _CLOSING_BYTES, set()
    if sum(_size(line) for line in lines) <= limit:
        return "".join(f"{line.text}\n" for line in lines)
    for place, line in sorted(enumerate(lines), key=lambda item: item[1].rank):
        if _size(line) > space:
            break
        space -= _size(line)
        kept.add(place)
    text = "".join(f"{line.text}\n" for place, line in enumerate(lines) if place in kept)
    rest = language.say_count(
        "{n} more line is only in the report.", "{n} more lines are only in the report.", len(lines) - len(kept)
    )
    return f"{text}{rest}\n"


def _size(line: _RankedLine) -> int:
    return len(line.text.encode("utf-8")) + 1
