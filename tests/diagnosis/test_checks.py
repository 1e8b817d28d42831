"""Which checks ran on a run, and why others did not."""

import inspect
import re
from collections import Counter
from typing import Any

import histories
import pytest

import reportgen
from reportgen.diagnosis import judge
from reportgen.diagnosis.rules import RULES, needs
from reportgen.page.words import word_report
from reportgen.wording.check_lists import LACKS

UNUSUAL = ("RG7", "RG506", "RG507")  # need an evaluation, or samples of resources
WITHOUT_EVALUATION = [check for check in RULES if not check.rule.startswith(UNUSUAL)]  # as most runs are
SHORT = {"loss": [0.9, 0.5, 0.4]}
LONG = {"loss": [1 / n for n in range(1, 31)], "val_loss": [1 / n + 0.1 for n in range(1, 31)]}


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_every_check_has_one_state_and_those_with_findings_are_found(make: Any) -> None:
    run = judge(make())
    assert [check.rule for check in run.checks] == sorted(check.rule for check in WITHOUT_EVALUATION)
    assert {check.code for check in run.checks if check.state == "found"} == {found.code for found in run.findings}
    assert all((check.reason is not None) == (check.state == "not-applicable") for check in run.checks)


@pytest.mark.parametrize(
    ("log", "rule", "reason"),
    [
        (SHORT, "RG203", "no-validation"),
        (SHORT, "RG303", "no-learning-rate"),
        (SHORT, "RG404", "no-accuracy"),
        (SHORT, "RG403", "too-few-epochs"),
        (LONG, "RG206", "no-validation-accuracy"),
        (LONG, "RG203", None),
        (LONG, "RG403", None),
        (LONG | {"lr": [0.1] * 30}, "RG303", None),
        ({"loss": [0.9, float("nan")], "val_loss": [0.9, 0.8]}, "RG201", "diverged"),
        ({"loss": [1.0] * 20, "val_loss": [1.0] * 20}, "RG401", "not-learned"),
        ({"accuracy": [0.5, 0.6], "val_accuracy": [0.5, 0.6]}, "RG207", "no-loss"),
        ({"zz": [1.0, 2.0]}, "RG106", "no-monitor"),
        ({"val_loss": [3.0, 2.0]}, "RG203", "no-training"),
    ],
)
def test_a_check_says_what_the_run_lacks(log: dict[str, list[float]], rule: str, reason: str | None) -> None:
    (check,) = (check for check in reportgen.diagnose(log).checks if check.rule == rule)
    assert check.reason == reason


def test_every_lack_has_words() -> None:
    assert set(re.findall(r'Lack\("([a-z-]+)"', inspect.getsource(needs))) | {"failed"} == set(LACKS)


def test_the_list_names_each_check_once_and_counts_them() -> None:
    report = reportgen.build(SHORT, ignore="RG108")
    words = word_report(report.history, report.diagnosis)
    names = [name for fact in words.checks for name in fact.value.split(", ")]
    assert sorted(names) == sorted(f"{check.rule} {check.code}" for check in WITHOUT_EVALUATION)
    counts = Counter(check["state"] for check in report.to_dict()["checks"])
    assert words.checks_title == (
        f"{len(WITHOUT_EVALUATION)} checks: {counts['found']} findings, {counts['passed']} passed, "
        f"{counts['not-applicable']} not applicable, 1 ignored"
    )
    shown = {fact.name: fact.value for fact in words.checks}
    assert shown["Ignored"] == "RG108 best-epoch"
    assert "RG403 spikes" in shown["Not applicable: fewer than 10 values"]
    assert words.checks_title in report.to_html()
