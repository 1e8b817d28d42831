"""docs/findings.md describes every rule, with the thresholds and the measured shares of the code."""

import inspect
import re
from pathlib import Path

import histories
import pytest

import reportgen
from reportgen.diagnosis.rules import RULES, Check
from reportgen.diagnosis.thresholds import DEFAULTS, Thresholds

TEXT = (Path(__file__).parents[2] / "docs" / "findings.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### (RG\d+ [a-z-]+)\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE))
PARTS = ("Measured: ", "How often right: ", "What to do: ", "Chart: ")


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_every_rule_has_a_section_and_every_section_a_rule() -> None:
    assert sorted(SECTIONS) == sorted(f"{check.rule} {check.code}" for check in RULES)
    assert list(SECTIONS) == sorted(SECTIONS)
    assert re.findall(r"^### (.*)", TEXT, re.MULTILINE) == list(SECTIONS)


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_says_how_it_is_measured_how_often_right_and_what_to_do(title: str) -> None:
    found = [line.removeprefix("- ") for line in SECTIONS[title].splitlines() if line.startswith("- ")]
    assert all(line.startswith(part) for line, part in zip(found, PARTS, strict=True))
    assert SECTIONS[title].strip().split(".")[0].split(";")[0] in ("Critical", "Warning", "Note", "Good")


@pytest.mark.parametrize("check", RULES, ids=lambda check: check.rule)
def test_the_thresholds_of_a_section_are_those_of_its_rule(check: Check) -> None:
    quoted = re.findall(r"`(\w+)`\s+=\s+(\d(?:[\d.e]*\d)?)", SECTIONS[f"{check.rule} {check.code}"])
    assert {name: float(value) for name, value in quoted} == {name: getattr(DEFAULTS, name) for name, _ in quoted}
    used = set(re.findall(r"\blimits\.(\w+)", inspect.getsource(check.find)))
    assert used <= {name for name, _ in quoted}


def test_measured_shares_are_those_that_the_thresholds_were_documented_with() -> None:
    shares = re.findall(r"(\d+ of \d+) (?:flagged )?runs \((\.\d+) of all\)", squeezed(TEXT))
    assert len(shares) == 9
    source = squeezed(inspect.getdoc(Thresholds) or "")
    for flagged, of_all in shares:
        assert re.search(rf"{flagged} (flagged )?runs .{{0,120}}{re.escape(of_all)} of all", source), flagged


def test_each_finding_carries_the_code_of_its_rule() -> None:
    rules = {check.code: check.rule for check in RULES}
    for make in histories.ALL:
        diagnosis = reportgen.diagnose(make())
        for finding, document in zip(diagnosis.findings, diagnosis.to_dict()["findings"], strict=True):
            assert finding.rule == document["rule"] == rules[finding.code]
