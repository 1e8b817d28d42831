"""JUnit XML is valid by the schema of Jenkins' xUnit plugin and is read by a results parser."""

import subprocess
import sys
import tarfile
from xml.etree import ElementTree as ET

import histories
import junitparser
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from judged_runs import judged, pipeline

from reportgen.gate import GateRules
from reportgen.gate.rules import read_requirement
from reportgen.outputs.junit import render_junit
from reportgen.outputs.runs import PipelineRun

RULES = GateRules(("overfitting", "diverged", "not-learning"), require=(read_requirement("last(loss)<0.001"),))
SDIST = "pytest==8.3.5"  # its source distribution ships the schema, junit-10.xsd, under the MIT licence


def some_runs():
    return [
        PipelineRun("a", "a.csv", judged(histories.overfit_from_12(), rules=RULES)),
        PipelineRun("b", "b.csv", judged(histories.diverged_at_7(), rules=RULES)),
        *pipeline(histories.hostile_names(), errors=["c<&>\0\ud800.csv"]),
        PipelineRun("d", "d.csv", judged(histories.healthy()), error='d.csv: the run has no metric "f1"'),
    ]


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--no-binary", "pytest", "--dest", folder, SDIST],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        (member,) = (name for name in tar.getnames() if name.endswith("/junit-10.xsd"))
        return xmlschema.XMLSchema(tar.extractfile(member).read().decode())


@pytest.mark.slow
def test_the_output_is_valid_by_the_published_schema(schema, tmp_path):
    path = tmp_path / "junit.xml"
    for runs in ([run] for run in some_runs()):
        path.write_text(render_junit(runs), "utf-8")
        schema.validate(str(path))
    path.write_text(render_junit(some_runs()), "utf-8")
    schema.validate(str(path))
    path.write_text(render_junit(some_runs()).replace("<failure", "<fault").replace("</failure", "</fault"), "utf-8")
    assert not schema.is_valid(str(path))


def test_each_run_is_a_suite_and_each_rule_a_case(tmp_path):
    path = tmp_path / "junit.xml"
    path.write_text(render_junit(some_runs()), "utf-8")
    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(path))}
    assert list(suites) == ["a", "b", "run-1", "c<&>��.csv", "d"]
    outcomes = {case.name: [type(part).__name__ for part in case.result] for case in suites["a"]}
    assert outcomes == {
        "report": [],
        "overfitting": ["Failure"],
        "diverged": [],
        "not-learning": [],
        "last(loss)<0.001": ["Failure"],
    }
    assert {case.name: [type(part).__name__ for part in case.result] for case in suites["b"]} == {
        "report": [],
        "overfitting": ["Skipped"],
        "diverged": ["Failure"],
        "not-learning": [],
        "last(loss)<0.001": ["Failure"],
    }
    assert [type(part).__name__ for case in suites["d"] for part in case.result] == ["Error"]
    case = next(case for case in suites["a"] if case.name == "overfitting")
    assert case.classname == "reportgen.a"
    assert case.result[0].message.startswith("Does it overfit? Yes, from epoch 13 on")


def test_the_counts_match_the_cases():
    root = ET.fromstring(render_junit(some_runs()))
    for suite in root:
        counted = {
            "tests": len(suite.findall("testcase")),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        assert {name: int(suite.get(name)) for name in counted} == counted
        assert counted["tests"] >= 1  # Jenkins reports an empty result as an error
    for name in ("tests", "failures", "errors"):
        assert int(root.get(name)) == sum(int(suite.get(name)) for suite in root)


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.text(max_size=30))
def test_any_name_and_error_make_well_formed_xml(name, error):
    root = ET.fromstring(render_junit([PipelineRun(name, name, error=error or "?")]))
    assert len(root.findall("testsuite/testcase/error")) == 1
