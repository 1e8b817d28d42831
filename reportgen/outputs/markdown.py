"""One or more runs as GitHub-flavoured Markdown, for job summaries, comments and chat.

The text has at most 60,000 bytes; rows that do not fit are left out and counted. There are no images, because hosts
strip them; curves are drawn with block characters.
"""

import re
from collections.abc import Sequence
from typing import Final

from reportgen import metrics
from reportgen.gate import GateResult
from reportgen.gate.wording import OUTCOME_WORDS
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.outputs.gfm import code, plain, row, rows_of, sparkline, table_head
from reportgen.outputs.runs import JudgedRun, PipelineRun
from reportgen.page.contents import PageAddition, PageFigure, PageNote, PageTable, ReportWords
from reportgen.page.value_tables import table_keys
from reportgen.page.words import word_report

LIMIT_BYTES: Final = 60_000  # a comment on a pull request is limited to 65,536 characters
_RESERVED_BYTES: Final = 6_000  # for each of several runs, as long as there is space
_COMMENT_BYTES: Final = 1_000  # for the mark, the link and the fold of a comment
_CLOSING_BYTES: Final = 200  # for the sentence about what was left out, in any language
# A part of the text: lines that are always written, and rows that are dropped if they do not fit.
_Part = tuple[Sequence[str], Sequence[str]]


def render_summary(run: JudgedRun, *, limit: int = LIMIT_BYTES, level: int = 2, name: str = "") -> str:
    """Verdict, gate, advice, answers, findings and values of one run.

    Args:
        run: The run.
        limit: Maximum length in bytes of UTF-8.
        level: Level of the first heading.
        name: Shown before the verdict to tell several runs apart.
    """
    words = word_report(run.history, run.diagnosis, run.baseline)
    return _fit(_parts(run, words, level, name), limit, words.language)


def render_pipeline(runs: Sequence[PipelineRun], language: Language, *, limit: int = LIMIT_BYTES) -> str:
    """All runs of a CI step: a single run in full; several as a table, then one by one, failed runs first."""
    if len(runs) == 1 and runs[0].judged is not None and not runs[0].error:
        return render_summary(runs[0].judged, limit=limit)
    say, ordered = language.say, sorted(runs, key=lambda run: (not run.error, run.passed))  # errors first
    failed = sum(not run.passed for run in runs)
    title = say("Training runs: all {runs} passed", runs=len(runs))
    if failed:
        title = say("Training runs: {failed} of {runs} failed", failed=failed, runs=len(runs))
    head = (f"## {plain(title)}", "", *table_head([say("Run"), say("Verdict"), say("Gate")]))
    text = _fit([(head, [_run_row(run, language) for run in ordered])], limit // 2, language)
    judged = [(run.name, run.judged) for run in ordered if run.judged is not None]
    for position, (name, run) in enumerate(judged):
        left = len(judged) - position
        space = limit - _size(text) - _CLOSING_BYTES
        part = render_summary(run, limit=min(space, max(_RESERVED_BYTES, space // left)), level=3, name=name)
        if _size(part) > space:
            rest = language.say_count(
                "{n} more run is described only in its report.",
                "{n} more runs are described only in their reports.",
                left,
            )
            return f"{text}\n{plain(rest)}\n"
        text += f"\n{part}"
    return text


def render_comment(
    runs: Sequence[PipelineRun], language: Language, *, mark: str, link: str = "", limit: int = LIMIT_BYTES
) -> str:
    """The same for a comment on a pull request: verdict, gate and comparison; everything else is folded.

    Args:
        runs: The runs of a CI step.
        language: Language of the texts about all runs.
        mark: The first line, by which a later step finds the comment.
        link: Where the reports are; empty if unknown.
        limit: Maximum length in bytes of UTF-8.
    """
    say = language.say
    parts = re.split(r"^(?=#{2,4} )", render_pipeline(runs, language, limit=limit - _COMMENT_BYTES), flags=re.MULTILINE)
    shown, folded = "".join(parts[:2]), parts[2:]
    if len(runs) == 1 and (run := runs[0].judged) is not None:
        words = word_report(run.history, run.diagnosis, run.baseline)
        titles = [run.gate.say(language) if run.gate.checks else "", words.comparison.title if words.comparison else ""]
        heads = [f"### {plain(title)}\n" for title in titles if title]
        shown += "".join(part for part in folded if part.startswith(tuple(heads)))
        folded = [part for part in folded if not part.startswith(tuple(heads))]
    lines = [mark, shown.rstrip()]
    if link:
        lines.append(f"[{plain(say('The report'))}]({link})")
    if folded:
        summary = f"<details>\n<summary>{plain(say('Details'))}</summary>"
        lines += [summary, "".join(folded).rstrip(), "</details>"]
    return "\n\n".join(lines) + "\n"


def _run_row(run: PipelineRun, language: Language) -> str:
    """One run in the table: its verdict or error, and the rules it broke."""
    verdict = run.error
    gate = ""
    if run.judged is not None:
        verdict = run.error or run.judged.diagnosis.verdict_words.title
        outcome = "passed" if run.judged.gate.passed else "failed"
        rules = " ".join(code(check.rule) for check in run.judged.gate.failures)
        gate = f"{plain(language.say(OUTCOME_WORDS[outcome]))} {rules}" if run.judged.gate.checks else ""
    return row([plain(run.name), plain(verdict), gate.strip()])


def _parts(run: JudgedRun, words: ReportWords, level: int, name: str) -> list[_Part]:
    """The parts of the text in reading order."""
    language, mark = words.language, "#" * level
    say = language.say
    title = say("{name}: {text}", name=name, text=words.headline) if name else words.headline
    opening = [f"**{plain(words.title)}**"] if (run.history.run.title or "").strip() else []
    opening += [plain(text) for text in (words.status, words.detail, words.test_results, words.comparison_text) if text]
    parts: list[_Part] = [((f"{mark} {plain(title)}", *(line for text in opening for line in ("", text))), ())]

    def add(title: str, rows: Sequence[str], *head: str) -> None:
        if rows:
            parts.append((("", f"{mark}# {plain(title)}", "", *head), rows))

    if run.gate.checks:
        add(run.gate.say(language), _gate_rows(run.gate, language))
    add(say("What to do"), [f"- {plain(advice)}" for advice in words.advice])
    add(
        say("Five answers"),
        [
            row([plain(cell) for cell in (each.question, each.answer, each.certainty, each.text)])
            for each in words.answers
        ],
        *table_head([say("Question"), say("Answer"), say("Certainty"), say("Why")]),
    )
    add(
        say("Findings"),
        [
            f"- **{plain(say('{sentence}.', sentence=say('{name}: {text}', name=found.label, text=found.title)))}** "
            f"{plain(found.text)}{f' {code(found.rule)}' if found.rule else ''}"
            for found in words.findings
            if not found.restates
        ]
        + ([f"- {plain(words.restated)}"] if words.restated else []),
    )
    add(
        words.outputs_title,
        [f"- **{plain(each.output)}**: {plain(language.join(each.headline, each.text))}" for each in words.outputs],
    )
    curves = [_sparkline(run.history, key) for key in table_keys(run.history, run.diagnosis)]
    rows = [f"{line} {curve} |" for line, curve in zip(rows_of(words.values), curves, strict=True)]
    add(words.values.title, rows, *table_head([*words.values.headers, say("Curve")], words.values.numbers))
    if words.values.note:
        parts.append((("", plain(words.values.note)), ()))
    for part in words.evaluations:
        classes = None if part.classes_folded else part.classes
        for tested in filter(None, (part.scores, part.mistakes, classes)):
            add(tested.title, rows_of(tested), *table_head(tested.headers, tested.numbers))
    add(
        say("Resources"),
        [f"- {plain(say('{name}: {text}', name=each.name, text=each.value))}" for each in words.resources],
    )
    if words.comparison is not None:
        table = words.comparison
        add(table.title, rows_of(table), *table_head(table.headers, table.numbers))
    add(say("Notes and figures"), [line for each in words.additions for line in _addition_rows(each)])
    for addition in words.additions:
        if isinstance(addition, PageTable):
            table = addition.table
            add(table.title or say("Table"), rows_of(table), *table_head(table.headers, table.numbers))
    add(say("Notes"), [f"- {plain(note)}" for note in words.notes])
    return parts


def _addition_rows(addition: PageAddition) -> list[str]:
    """The paragraphs of a note, or what a figure shows; tables have parts of their own."""
    if isinstance(addition, PageNote):
        return [f"- {plain(' '.join(' '.join(lines).split()))}" for lines in addition.paragraphs]
    return [f"- {plain(addition.title or addition.alt)}"] if isinstance(addition, PageFigure) else []


def _gate_rows(gate: GateResult, language: Language) -> list[str]:
    """The result of each rule, broken rules first."""
    order = [*gate.failures, *gate.undecided, *(check for check in gate.checks if check.outcome == "passed")]
    return [
        f"- **{plain(language.say(OUTCOME_WORDS[check.outcome]))}** {code(check.rule)} {plain(check.text)}"
        for check in order
    ]


def _sparkline(history: TrainingHistory, key: str) -> str:
    return code(sparkline(history.series(*metrics.parse_key(key)).to_numpy()))


def _fit(parts: Sequence[_Part], limit: int, language: Language) -> str:
    """Renders the parts; each may use an equal share of the space left by the parts before it."""
    text = ""
    for position, part in enumerate(parts):
        text += _cut(*part, (limit - _size(text)) // (len(parts) - position), language)
    return text


def _cut(above: Sequence[str], rows: Sequence[str], limit: int, language: Language) -> str:
    """A part with as many rows as fit, and the number of rows that do not fit."""
    head = "".join(f"{line}\n" for line in above)
    whole = head + "".join(f"{line}\n" for line in rows)
    if _size(whole) <= limit:
        return whole
    space, kept = limit - _size(head) - _CLOSING_BYTES, []
    for line in rows:
        space -= _size(line) + 1
        if space < 0:
            break
        kept.append(f"{line}\n")
    rest = language.say_count(
        "{n} more row is only in the report.", "{n} more rows are only in the report.", len(rows) - len(kept)
    )
    return f"{head}{''.join(kept)}\n{plain(rest)}\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
