"""Wherever a finding is shown, its code is shown with it."""

import re

import histories
import pytest
from judged_runs import judged

import reportgen
from reportgen.languages import ENGLISH
from reportgen.outputs.build_log import annotate
from reportgen.outputs.runs import PipelineRun
from reportgen.outputs.terminal_text import render_text
from reportgen.page.words import word_report


def texts(report: reportgen.Report) -> dict[str, str]:
    mail = report.email("ada@example.org")
    words = word_report(report.history, report.diagnosis)
    return {
        "page": report.to_html(),
        "terminal": render_text(words),
        "Markdown": report.summary(),
        "mail": mail.get_body(("html",)).get_content(),
        "plain mail": mail.get_body(("plain",)).get_content(),
    }


def test_every_output_shows_the_codes_of_all_findings() -> None:
    report = reportgen.build(histories.overfit_from_12())
    codes = {finding.rule for finding in report.diagnosis.findings}
    assert len(codes) > 1
    for name, text in texts(report).items():
        assert codes <= set(re.findall(r"\bRG\d{3}\b", text)), name


def test_metrics_of_unknown_direction_share_a_row_with_their_code() -> None:
    report = reportgen.build({"loss": [3.0, 2.0], "a": [1.0, 1.0], "b": [1.0, 2.0], "c": [1.0, 3.0]})
    assert [row.rule for row in word_report(report.history, report.diagnosis).findings].count("RG606") == 1


@pytest.mark.parametrize(("make", "code"), [(histories.overfit_from_12, "RG201"), (histories.diverged_at_7, "RG101")])
def test_an_annotation_names_the_code(make, code) -> None:
    (note, *_) = annotate([PipelineRun("a", "a.csv", judged(make()))], ENGLISH)
    assert note.title.endswith(f"({code})")
