"""Findings of runs as SARIF 2.1.0, which code scanning of GitHub, Azure DevOps and editors show.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. The location of a finding is the log as a whole.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from reportgen.diagnosis.findings import Severity
from reportgen.diagnosis.rules import RULES
from reportgen.languages import Language
from reportgen.outputs.runs import PipelineRun
from reportgen.text import harmless_json, printable

DOCUMENTATION: Final = "https://keras-reportgen.github.io/keras-reportgen/"
SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
GATE_RULE: Final = "gate"
_MOST_RESULTS: Final = 5_000  # that GitHub shows of a file; it refuses files with more than 25,000
_LEVELS: Final[dict[Severity, Literal["error", "warning", "note"]]] = {
    "critical": "error",
    "warning": "warning",
    "note": "note",
}
_EXPLAINED: Final = frozenset(check.rule for check in RULES)  # by a page of the documentation; others are of plugins


@dataclass(frozen=True)
class _Result:
    """One finding, or one rule of the gate that is broken."""

    rule: str
    name: str
    level: str
    text: str
    run: PipelineRun
    about: str  # the metric or the rule of the gate: what tells several results of a rule apart


def render_sarif(
    runs: Sequence[PipelineRun],
    language: Language,
    *,
    version: str,
    place_of: Callable[[str], str | None] = lambda source: None,
) -> str:
    """All findings but good ones, and broken rules of the gate.

    Args:
        runs: The runs of a CI step.
        language: Language of the texts.
        version: Of reportgen.
        place_of: Returns the path of a source below the checkout, or None if it is not there.
    """
    results = [result for run in runs for result in _results(run)][:_MOST_RESULTS]
    names = dict(sorted({result.rule: result.name for result in results}.items()))
    order = list(names)
    errors = [run for run in runs if run.error]
    document = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "reportgen",
                        "version": version,
                        "informationUri": DOCUMENTATION,
                        "rules": [_rule(rule, name) for rule, name in names.items()],
                    }
                },
                "language": language.code,
                "invocations": [
                    {
                        "executionSuccessful": not errors,
                        "toolExecutionNotifications": [
                            {"level": "error", "message": {"text": printable(run.error)}} for run in errors
                        ],
                    }
                ],
                "results": [_result(each, order.index(each.rule), place_of) for each in results],
            }
        ],
    }
    return harmless_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _results(run: PipelineRun) -> Iterator[_Result]:
    """Broken rules of the gate and findings. A finding that breaks a rule is an error, and is listed once."""
    if run.judged is None:
        return
    diagnosis, failures = run.judged.diagnosis, run.judged.gate.failures
    broken = {check.rule for check in failures}
    found = {finding.code for finding in diagnosis.findings if finding.severity in _LEVELS}
    for check in failures:
        if check.rule not in found:
            yield _Result(GATE_RULE, GATE_RULE, "error", f"{check.rule}: {check.text}", run, check.rule)
    for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True):
        if finding.severity in _LEVELS:
            level = "error" if finding.code in broken else _LEVELS[finding.severity]
            text = diagnosis.language.join(diagnosis.language.say("{sentence}.", sentence=words.title), words.text)
            yield _Result(finding.rule, finding.code, level, text, run, finding.metric or "")


def _rule(rule: str, name: str) -> dict[str, Any]:
    page = f"{DOCUMENTATION}findings/{rule}.html"
    about = "A rule of the gate is broken" if rule == GATE_RULE else printable(name.replace("-", " ").capitalize())
    if rule == GATE_RULE:
        page = f"{DOCUMENTATION}ci.html#the-gate"
    elif rule not in _EXPLAINED:
        page = ""
    described: dict[str, Any] = {
        "id": printable(rule),
        "name": printable(name),
        "shortDescription": {"text": about},
        "fullDescription": {"text": f"{about}."},
        "help": {"text": f"{about}: {page}" if page else about},
    }
    return {**described, "helpUri": page} if page else described


def _result(result: _Result, index: int, place_of: Callable[[str], str | None]) -> dict[str, Any]:
    place = place_of(result.run.source)
    artifact = {"uri": quote(place), "uriBaseId": "%SRCROOT%"} if place else {"uri": quote(result.run.name)}
    # Numbers in the text change with each run; by this, the same finding of a later build is recognised.
    mark = "\n".join((result.run.name, result.rule, result.about)).encode(errors="replace")
    return {
        "ruleId": printable(result.rule),
        "ruleIndex": index,
        "level": result.level,
        "message": {"text": printable(result.text)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": 1}}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{hashlib.sha256(mark).hexdigest()[:16]}:1"},
    }
