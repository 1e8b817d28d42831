"""Runs as JUnit XML, which CI servers show as test results: one suite per run, one test case per gate rule."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from reportgen.outputs.runs import PipelineRun
from reportgen.text import printable


def render_junit(runs: Sequence[PipelineRun]) -> str:
    """JUnit XML for Jenkins, GitLab and Azure.

    The first case of a run says whether the report was made, so that no suite is empty: servers treat that as an
    error. An undecided rule is a skipped case.
    """
    root = ET.Element("testsuites", name="reportgen")
    for run in runs:
        suite = ET.SubElement(root, "testsuite", name=printable(run.name))
        class_name = f"reportgen.{printable(run.name)}"
        case = ET.SubElement(suite, "testcase", name="report", classname=class_name)
        if run.error:
            _outcome(case, "error", run.error)
        elif run.judged is not None:
            _outcome(case, "system-out", run.judged.diagnosis.verdict_words.title)
        for check in run.judged.gate.checks if run.judged is not None else ():
            case = ET.SubElement(suite, "testcase", name=printable(check.rule), classname=class_name)
            if check.outcome == "failed":
                _outcome(case, "failure", check.text)
            elif check.outcome == "undecided":
                _outcome(case, "skipped", check.text)
            else:
                _outcome(case, "system-out", check.text)
    for holder in (root, *root):
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            holder.set(attribute, str(len(list(holder.iter(tag)))))
    for suite in root:
        suite.set("skipped", str(len(list(suite.iter("skipped")))))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _outcome(case: ET.Element, tag: str, text: str) -> None:
    """Sets the result of a case. Servers show the message in their lists."""
    part = ET.SubElement(case, tag)
    if tag != "system-out":
        part.set("message", printable(text))
    if tag in ("failure", "error"):
        part.set("type", tag)
    part.text = printable(text)
