"""A run, or several, as GitHub-flavoured Markdown: job summaries, comments, chat.

In: judged runs. Out: text of at most 60,000 bytes; rows that have no room are left out and counted. No pictures, since
the hosts strip them; curves are drawn with block characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportgen import metrics
from reportgen.gate import GateResult
from reportgen.gate.wording import OUTCOME_WORDS
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import translate_note
from reportgen.languages import Language
from reportgen.outputs.gfm import code, plain, row, table_head
from reportgen.outputs.runs import JudgedRun, PipelineRun, worst_first
from reportgen.outputs.sparkline import sparkline
from reportgen.page.facts import status_line
from reportgen.page.rows import (
    answer_rows,
    comparison_rows,
    comparison_text,
    finding_rows,
    metric_rows,
    output_rows,
    result_keys,
)
from reportgen.text import printable

LIMIT_BYTES: Final = 60_000  # a comment on a pull request takes 65,536 characters
_LEAST_BYTES: Final = 6_000  # of several runs each may take this much, as long as there is room
_CLOSING_BYTES: Final = 200  # kept for the sentence that says what was left out, in any language
_TITLE_LIMIT: Final = 160


@dataclass(frozen=True)
class _Section:
    """A part of the text: lines that always stand there, and rows that are left out where there is no room."""

    head: tuple[str, ...]
    rows: tuple[str, ...]


def render_summary(run: JudgedRun, *, limit: int = LIMIT_BYTES, level: int = 2, name: str = "") -> str:
    """Verdict, gate, advice, answers, findings and values of one run.

    Args:
        run: The run.
        limit: The most bytes of UTF-8.
        level: Of the first heading.
        name: Stands before the verdict, to tell several runs apart; empty for none.
    """
    return _fit(_sections(run, level, name), limit, run.diagnosis.language)


def render_pipeline(runs: Sequence[PipelineRun], language: Language, *, limit: int = LIMIT_BYTES) -> str:
    """All runs of a pipeline's step: a single one in full, of several a table, then each, the worst first.

    Args:
        runs: One or more.
        language: Of the table.
        limit: The most bytes of UTF-8.
    """
    if len(runs) == 1 and runs[0].judged is not None and not runs[0].error:
        return render_summary(runs[0].judged, limit=limit)
    say, ordered = language.say, worst_first(runs)
    failed = sum(not run.passed for run in runs)
    title = say("Training runs: all {runs} passed", runs=len(runs))
    if failed:
        title = say("Training runs: {failed} of {runs} failed", failed=failed, runs=len(runs))
    head = (f"## {plain(title)}", "", *table_head([say("Run"), say("Verdict"), say("Gate")]))
    text = _fit([_Section(head, tuple(_run_row(run, language) for run in ordered))], limit // 2, language)
    judged = [(run.name, run.judged) for run in ordered if run.judged is not None]
    for position, (name, run) in enumerate(judged):
        left = len(judged) - position
        room = limit - _size(text) - _CLOSING_BYTES
        part = render_summary(run, limit=min(room, max(_LEAST_BYTES, room // left)), level=3, name=name)
        if _size(part) > room:
            rest = language.say_count(
                "{n} more run is told in its report only.", "{n} more runs are told in their reports only.", left
            )
            return f"{text}\n{plain(rest)}\n"
        text += f"\n{part}"
    return text


def _run_row(run: PipelineRun, language: Language) -> str:
    """One run in the table: its verdict or the error, and the rules that it broke."""
    verdict = run.error
    gate = ""
    if run.judged is not None:
        verdict = run.error or run.judged.diagnosis.verdict_words.title
        outcome = "passed" if run.judged.gate.passed else "failed"
        rules = " ".join(code(check.rule) for check in run.judged.gate.failures)
        gate = f"{plain(language.say(OUTCOME_WORDS[outcome]))} {rules}" if run.judged.gate.checks else ""
    return row([plain(run.name), plain(verdict), gate.strip()])


def _sections(run: JudgedRun, level: int, name: str) -> list[_Section]:
    """The parts of the text in reading order."""
    diagnosis, history = run.diagnosis, run.history
    language = diagnosis.language
    say, mark = language.say, "#" * level
    words = diagnosis.verdict_words
    title = say("{name}: {text}", name=name, text=words.title) if name else words.title
    heading = printable(history.run.title or "", _TITLE_LIMIT).strip()
    compared = "" if run.baseline is None else comparison_text(run.diagnosis)
    opening = [f"**{plain(heading)}**"] if heading else []
    opening += [plain(text) for text in (status_line(history, language), words.text, compared) if text]
    sections = [_Section((f"{mark} {plain(title)}", *(line for text in opening for line in ("", text))), ())]

    def add(title: str, rows: Sequence[str], *head: str) -> None:
        if rows:
            sections.append(_Section(("", f"{mark}# {plain(title)}", "", *head), tuple(rows)))

    if run.gate.checks:
        add(run.gate.say(language), _gate_rows(run.gate, language))
    add(say("What to do"), [f"- {plain(advice)}" for advice in words.advice])
    add(
        say("Five answers"),
        [
            row([plain(cell) for cell in (line.question, line.answer, line.certainty, line.text)])
            for line in answer_rows(diagnosis)
        ],
        *table_head([say("Question"), say("Answer"), say("Certainty"), say("Why")]),
    )
    add(
        say("Findings"),
        [f"- **{plain(found.label)}: {plain(found.title)}.** {plain(found.text)}" for found in finding_rows(diagnosis)],
    )
    add(
        say("Each output"),
        [
            f"- **{plain(line.output)}**: {plain(language.join(line.headline, line.text))}"
            for line in output_rows(diagnosis)
        ],
    )
    columns = [say("Metric"), say("First"), say("Best"), say("in epoch"), say("Last"), say("Course")]
    add(say("Best and last values"), _value_rows(history, language), *table_head(columns, right=(1, 2, 3, 4)))
    if run.baseline is not None:
        columns = [
            say("Metric"),
            say("Best here"),
            say("Best of the baseline"),
            say("Difference"),
            say("Reached the baseline's best"),
        ]
        rows = [
            row([plain(cell) for cell in (line.metric, line.best, line.baseline, line.difference, line.reached)])
            for line in comparison_rows(history, run.baseline, run.diagnosis)
        ]
        add(say("Compared with the baseline"), rows, *table_head(columns))
    add(say("Notes"), [f"- {plain(translate_note(note, language))}" for note in history.run.notes])
    return sections


def _gate_rows(gate: GateResult, language: Language) -> list[str]:
    """What came of each rule, broken ones first."""
    order = [*gate.failures, *gate.undecided, *(check for check in gate.checks if check.outcome == "passed")]
    return [
        f"- **{plain(language.say(OUTCOME_WORDS[check.outcome]))}** {code(check.rule)} {plain(check.text)}"
        for check in order
    ]


def _value_rows(history: TrainingHistory, language: Language) -> list[str]:
    """First, best and last value of each curve, and its course."""
    rows = []
    for key, values in zip(result_keys(history), metric_rows(history, language), strict=True):
        course = code(sparkline(history.series(*metrics.parse_key(key)).to_numpy()))
        cells = (values.metric, values.first, values.best, values.best_epoch, values.last)
        rows.append(row([*(plain(cell) for cell in cells), course]))
    return rows


def _fit(sections: Sequence[_Section], limit: int, language: Language) -> str:
    """The sections as text; each may take an equal part of what room those before it left."""
    text = ""
    for position, section in enumerate(sections):
        share = (limit - _size(text)) // (len(sections) - position)
        text += _cut(section, share, language)
    return text


def _cut(section: _Section, limit: int, language: Language) -> str:
    """A section with as many rows as have room, and how many have not."""
    head = "".join(f"{line}\n" for line in section.head)
    whole = head + "".join(f"{line}\n" for line in section.rows)
    if _size(whole) <= limit:
        return whole
    room, kept = limit - _size(head) - _CLOSING_BYTES, []
    for line in section.rows:
        room -= _size(line) + 1
        if room < 0:
            break
        kept.append(f"{line}\n")
    left = len(section.rows) - len(kept)
    rest = language.say_count(
        "{n} more row has no room here; the report has it.",
        "{n} more rows have no room here; the report has them.",
        left,
    )
    return f"{head}{''.join(kept)}\n{plain(rest)}\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
