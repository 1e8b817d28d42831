"""The option ``ignore``: findings that are left out, while verdict, answers and advice stay the same."""

import json
from pathlib import Path
from typing import Any

import histories
import pytest
from command_line import call

import reportgen
from reportgen import metrics
from reportgen.charts.metric_chart import run_notches, run_spans, verdict_marks
from reportgen.diagnosis.rules import RULES
from reportgen.errors import DiagnosisError, SettingsError
from reportgen.live.job import Job, make_report
from reportgen.options import ReadOptions
from reportgen.settings import find_settings
from reportgen.sweep.places import Site, find_runs
from reportgen.sweep.task import SweepOptions, report_on

LOG = histories.overfit_from_12()
EVERY_CODE = [check.rule for check in RULES]


def rules(diagnosis: Any) -> set[str]:
    return {finding.rule for finding in diagnosis.findings}


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_only_findings_change(make: Any) -> None:
    full, bare = reportgen.diagnose(make()), reportgen.diagnose(make(), ignore=EVERY_CODE)
    assert (bare.findings, bare.to_dict()["findings"], bare.ignored) == ((), [], full.findings)
    for name in ("verdict", "verdict_words", "answers", "answer_words", "advice", "best_epoch"):
        assert getattr(bare, name) == getattr(full, name)


@pytest.mark.parametrize("given", ["RG201", "rg201", "overfitting", ["RG201"], ("RG201,RG203", "Overfitting")])
def test_codes_and_names_are_accepted_one_or_several(given: Any) -> None:
    diagnosis = reportgen.diagnose(LOG, ignore=given)
    assert rules(reportgen.diagnose(LOG)) - rules(diagnosis) >= {"RG201"}
    assert diagnosis.found("overfitting")


@pytest.mark.parametrize("given", [None, (), "", [], " , "])
def test_nothing_is_ignored_by_default(given: Any) -> None:
    assert reportgen.diagnose(LOG, ignore=given).findings == reportgen.diagnose(LOG).findings


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("RG2O1", "Did you mean RG201?"),
        ("overfiting", "Did you mean overfitting?"),
        ("zzz", "Choose one that docs/findings.md lists."),
    ],
)
def test_an_unknown_code_is_one_line_everywhere(tmp_path: Path, given: str, hint: str) -> None:
    (tmp_path / "reportgen.toml").write_text(f'ignore = ["{given}"]')
    for error, act in (
        (DiagnosisError, lambda: reportgen.diagnose(LOG, ignore=given)),
        (DiagnosisError, lambda: reportgen.build(LOG, ignore=given)),
        (SettingsError, lambda: find_settings(tmp_path)),
    ):
        with pytest.raises(error) as caught:
            act()
        assert str(caught.value).endswith(f'"{given}" is not the code or name of a finding, such as RG203. {hint}')
        assert "\n" not in str(caught.value)


def marks_of(diagnosis: reportgen.Diagnosis) -> list[str]:
    marks, notches = verdict_marks(LOG, diagnosis), run_notches(LOG, diagnosis)
    return [*(text for mark in marks for text in mark.label.split(", ")), *(notch.label for notch in notches)]


def test_marks_of_ignored_findings_are_not_drawn() -> None:
    for code in ("overfitting", "best-epoch"):
        diagnosis = reportgen.diagnose(LOG, ignore=code)
        texts = marks_of(diagnosis)
        assert not any(text.startswith(code.split("-")[0]) for text in texts)
        assert len(texts) == len(marks_of(reportgen.diagnose(LOG))) - 1
    assert run_spans(LOG, reportgen.diagnose(LOG))
    assert not run_spans(LOG, reportgen.diagnose(LOG, ignore="overfitting"))


@pytest.mark.parametrize(
    ("make", "answer", "code"),
    [
        (histories.overfit_from_12, "overfitting", "RG201"),
        (histories.diverged_at_7, "diverged", "RG101"),
    ],
)
def test_the_gate_does_not_fail_on_an_ignored_finding(make: Any, answer: str, code: str) -> None:
    assert not reportgen.build(make()).gate(fail_on=answer).passed
    (check,) = reportgen.build(make(), ignore=code).gate(fail_on=answer).checks
    assert check.outcome == "passed"
    assert check.text == f"The finding {answer} is ignored, so this does not fail the gate."


def test_commands_settings_callbacks_and_sweeps_leave_it_out(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    log = {key: LOG.series(*metrics.parse_key(key)).tolist() for key in LOG.keys}  # not a dict
    (tmp_path / "log.json").write_text(json.dumps(log), "utf-8")
    done = call(
        "check", "log.json", "--json", "--ignore", "RG201,RG108", "--ignore", "generalisation-gap", cwd=tmp_path
    )
    assert {"RG201", "RG203", "RG108"}.isdisjoint(found["rule"] for found in json.loads(done.stdout)["findings"])
    (tmp_path / "reportgen.toml").write_text('ignore = "RG201"')
    shown = json.loads(call("check", "log.json", "--json", cwd=tmp_path).stdout)["findings"]
    assert {"RG108", "RG201"} & {found["rule"] for found in shown} == {"RG108"}
    done = call("check", "log.json", "--ignore", "RG999", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    options = ReadOptions(ignore=["RG201"])
    report = make_report(LOG, Job.from_json(Job(tmp_path / "r.html", options).to_json()), lambda *_: None)
    assert rules(reportgen.diagnose(LOG)) - rules(report.diagnosis) == {"RG201"}
    site = Site.at("site")
    (run,) = find_runs(["log.json"], site)
    report_on(run, SweepOptions(options), site)
    (page,) = (path for path in (tmp_path / "site").rglob("*.html"))
    assert "RG108" in page.read_text("utf-8")
    assert "RG201 overfitting" in page.read_text("utf-8")  # among the checks, as ignored
    assert "Overfitting from epoch" not in page.read_text("utf-8")
