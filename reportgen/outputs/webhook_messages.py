"""Messages to webhooks about runs: for Slack, for Teams, and as JSON for any other service.

Text from a log stays text: it is sent where the services interpret no markup, or escaped.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reportgen.languages import Language
from reportgen.outputs.runs import JudgedRun, PipelineRun
from reportgen.outputs.webhook import Form
from reportgen.page.words import word_report
from reportgen.text import printable

_HEADING_LIMIT: Final = 150  # characters of a header block of Slack
_LINE_LIMIT: Final = 300  # so that the largest message of Teams, 28 KB, is never reached
_MOST_LINES: Final = 6  # our choice: a message is read at a glance
_MOST_RUNS: Final = 12
_SLACK_LIMIT: Final = 3_000  # characters of the text of a section block


@dataclass(frozen=True)
class Announcement:
    """What a message says.

    Attributes:
        heading: Title and verdict in one line.
        lines: A few lines about it.
        link: Where the report is; empty if unknown.
        link_text: What the link is called.
        document: The same as data.
    """

    heading: str
    lines: tuple[str, ...]
    link: str
    link_text: str
    document: Mapping[str, Any]


def announce_run(run: JudgedRun, *, link: str = "") -> Announcement:
    """A message about one run: its verdict, broken rules, evidence, and the first advice."""
    words = word_report(run.history, run.diagnosis, run.baseline)
    say, title = words.language.say, (run.history.run.title or "").strip()
    heading = say("{title}: {verdict}", title=words.title, verdict=words.headline) if title else words.headline
    broken = [run.gate.say(words.language), *(check.text for check in run.gate.failures)] if run.gate.checks else []
    said = [words.detail, words.status, words.test_results, words.comparison_text]
    lines = [*broken[:_MOST_LINES], *(text for text in said if text)]
    if words.advice:
        lines.append(say("{name}: {text}", name=say("What to do"), text=words.advice[0]))
    document = {"title": title or None, **_about(heading, link), **json.loads(run.to_json())}
    return _announcement(heading, lines, link, words.language, document)


def announce_step(runs: Sequence[PipelineRun], language: Language, *, link: str = "") -> Announcement:
    """A message about the runs of a CI step."""
    if len(runs) == 1 and runs[0].judged is not None and not runs[0].error:
        return announce_run(runs[0].judged, link=link)
    failed = sum(not run.passed for run in runs)
    heading = language.say("Training runs: all {runs} passed", runs=len(runs))
    if failed:
        heading = language.say("Training runs: {failed} of {runs} failed", failed=failed, runs=len(runs))
    ordered = sorted(runs, key=lambda run: (not run.error, run.passed))  # errors first
    lines = [language.say("{name}: {text}", name=run.name, text=_outcome(run)) for run in ordered[:_MOST_RUNS]]
    if len(ordered) > len(lines):
        lines.append(language.say("{n} more are in the summary.", n=len(ordered) - len(lines)))
    documents = [{"name": run.name, **_document(run)} for run in runs]
    return _announcement(heading, lines, link, language, {**_about(heading, link), "runs": documents})


def message_data(announcement: Announcement, form: Form) -> bytes:
    """The message in the form that a service takes."""
    make: Mapping[Form, Callable[[Announcement], Mapping[str, Any]]] = {
        "slack": _slack,
        "teams": _teams,
        "json": lambda given: given.document,
    }
    return json.dumps(make[form](announcement), allow_nan=False).encode("ascii")


def _announcement(
    heading: str, lines: Sequence[str], link: str, language: Language, document: Mapping[str, Any]
) -> Announcement:
    cut = tuple(_one_line(line, _LINE_LIMIT) for line in lines)
    return Announcement(_one_line(heading, _HEADING_LIMIT), cut, link, language.say("The report"), document)


def _about(heading: str, link: str) -> dict[str, str]:
    return {"headline": _one_line(heading, _HEADING_LIMIT), **({"link": link} if link else {})}


def _outcome(run: PipelineRun) -> str:
    return run.error or ("" if run.judged is None else run.judged.diagnosis.verdict_words.title)


def _document(run: PipelineRun) -> dict[str, Any]:
    error = {"error": run.error} if run.error else {}
    return error if run.judged is None else {**error, **json.loads(run.judged.to_json())}


def _one_line(text: str, limit: int) -> str:
    return printable(" ".join(text.split()), limit)


def _slack(given: Announcement) -> dict[str, Any]:
    """Blocks, and the text for notifications: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.

    In the text, &, < and > are control characters, which are escaped; text of the type plain_text has no markup.
    """
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(given.heading)}]
    if text := "\n".join(given.lines):
        blocks.append({"type": "section", "text": _plain(_cut_text(text, _SLACK_LIMIT))})
    if given.link:
        link = f"<{_escaped(given.link)}|{_escaped(given.link_text)}>"
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": link}})
    return {"text": _escaped(given.heading), "blocks": blocks}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _cut_text(text: str, limit: int) -> str:
    """Text of several lines, cut if it is longer than the limit."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(given: Announcement) -> dict[str, Any]:
    """An Adaptive Card, the only form that workflows of Teams take. Its text runs have no markup; text blocks have."""
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            _paragraph(given.heading, weight="Bolder", size="Medium"),
            *(_paragraph(line) for line in given.lines),
        ],
    }
    if given.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": given.link_text, "url": given.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _paragraph(text: str, **style: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
