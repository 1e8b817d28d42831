"""Rules of other packages: installed, found by everything that shows findings, and harmless if they are faulty."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import call

import reportgen
from reportgen.diagnosis import own_rules
from reportgen.diagnosis.own_rules import GROUP, MOST
from reportgen.errors import DiagnosisError
from reportgen.page.words import word_report

DOCUMENT = (Path(__file__).parents[2] / "docs" / "findings.md").read_text("utf-8").partition("## Your own rules")[2]
EXAMPLE = DOCUMENT.partition("```python\n")[2].partition("```")[0]
LOG = {"loss": [0.9, 0.5, 0.4, 0.3], "accuracy": [0.5, 0.6, 0.7, 0.75], "val_accuracy": [0.5, 0.6, 0.65, 0.7]}

Install = Callable[..., None]


def entry_points(name: str, rules: str) -> str:
    return f"[{GROUP}]\n" + "\n".join(f"{rule.lower()} = {name}_rules:{rule}" for rule in rules.split())


def metadata(name: str) -> str:
    return f"Metadata-Version: 2.1\nName: {name}-rules\nVersion: 1.0\n"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts packages on the path as pip installs them: a module and its metadata with entry points."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def forget() -> None:
        own_rules.installed_rules.cache_clear()
        for name in ("acme_rules", "bob_rules"):
            sys.modules.pop(name, None)

    def put(name: str, module: str, rules: str = "RULE") -> None:
        (folder / f"{name}_rules.py").write_text(module)
        info = folder / f"{name}_rules-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(metadata(name))
        (info / "entry_points.txt").write_text(entry_points(name, rules))

        forget()

    yield put
    forget()


def test_the_rule_of_the_documents_is_found_by_report_check_list_and_json(install: Install) -> None:
    assert set(re.findall(r"(?:import|from) (reportgen\S*)", EXAMPLE)) == {"reportgen.rules"}
    install("acme", EXAMPLE)
    report = reportgen.build(LOG)
    (document,) = (found for found in report.to_dict()["findings"] if found["rule"] == "ACME001")
    assert (document["code"], document["severity"]) == ("accuracy-below-target", "warning")
    assert document["evidence"] == {"best": 0.7, "target": 0.9}
    assert "0.7" in document["text"]
    words = word_report(report.history, report.diagnosis)
    assert [row.text for row in words.findings if row.rule == "ACME001"] == [document["text"]]
    assert any("ACME001 accuracy-below-target" in fact.value for fact in words.checks if fact.name == "Findings")
    html = report.to_html()
    assert document["title"] in html
    assert "ACME001" in html
    good = reportgen.diagnose(LOG | {"val_accuracy": [0.5, 0.6, 0.7, 0.95]})
    assert [check.state for check in good.checks if check.rule == "ACME001"] == ["passed"]


@pytest.mark.parametrize("given", ["ACME001", "acme001", "accuracy-below-target", "Accuracy_Below_Target"])
def test_an_own_finding_is_ignored_by_code_or_name(given: str, install: Install) -> None:
    install("acme", EXAMPLE)
    diagnosis = reportgen.diagnose(LOG, ignore=given)
    assert "ACME001" not in {finding.rule for finding in diagnosis.findings}
    assert [check.state for check in diagnosis.checks if check.rule == "ACME001"] == ["ignored"]
    with pytest.raises(DiagnosisError, match="Did you mean ACME001"):
        reportgen.diagnose(LOG, ignore="ACME01")


def test_outputs_of_a_model_are_not_asked_again(install: Install) -> None:
    install("acme", RULE.format(find="    return [Observation('Seen', reading.monitor_key)]"))
    log = {f"{name}loss": [0.9, 0.5, 0.4, 0.3] for name in ("", "a_", "b_")}
    diagnosis = reportgen.diagnose(log)
    assert [words.text for words in diagnosis.finding_words if words.title == "Seen"] == ["loss"]
    assert list(diagnosis.outputs) == ["a", "b"]
    assert all("ACME001" not in {found.rule for found in part.findings} for part in diagnosis.outputs.values())


RULE = """
from reportgen.rules import Observation, RunRule
def find(reading, thresholds):
{find}
RULE = RunRule("ACME001", "seen", "note", find)
"""
FAULTS = {
    "import nowhere_to_be_found": "cannot be loaded (ModuleNotFoundError: No module named 'nowhere_to_be_found').",
    "RULE = (": "cannot be loaded (SyntaxError: ",
    "raise SystemExit(3)": "cannot be loaded (SystemExit: 3).",
    "RULE = 3": "is not valid: it is int, not a RunRule.",
    RULE.format(find="    pass").replace("ACME001", "RG901"): "is not valid: its code must be capital letters",
    RULE.format(find="    pass").replace("seen", "Seen"): "is not valid: its name must be words",
    RULE.format(find="    pass").replace("note", "bad"): "is not valid: its severity must be one of good, note,",
    RULE.format(find="    pass").replace("seen", "overfitting"): "is not used: another rule has overfitting.",
    RULE.format(find="    return 1 / 0"): "failed (ZeroDivisionError: division by zero).",
    RULE.format(find="    raise SystemExit"): "failed (SystemExit).",
    RULE.format(find="    raise ValueError('two\\nlines' * 999)"): "failed (ValueError: two lines",
    RULE.format(find="    return 3"): "failed (TypeError: ",
    RULE.format(find="    return ['text']"): "are not valid: str is not an Observation.",
    RULE.format(find="    return [Observation('', 'x')]"): "are not valid: an Observation needs a title and a text.",
    RULE.format(find="    return [Observation('a', 'b', 'f9')]"): "are not valid: the run has no metric f9.",
    RULE.format(find="    return [Observation('a', 'b', epochs=(3, 99))]"): "are not valid: epochs 3 to 99 are not",
}


@pytest.mark.parametrize("module", FAULTS, ids=FAULTS.values())
def test_a_faulty_rule_is_one_finding_and_the_rest_of_the_report_is_the_same(module: str, install: Install) -> None:
    whole = reportgen.diagnose(LOG)
    install("acme", module)
    report = reportgen.build(LOG)
    found = [
        text.text for text in report.diagnosis.finding_words if text.title == "An installed rule could not be used"
    ]
    (text,) = found
    assert FAULTS[module] in text
    assert "of the package acme-rules" in text
    assert len(text) < 500
    assert "\n" not in text
    assert [f.code for f in report.diagnosis.findings if f.code != "own-rule-failed"] == [
        f.code for f in whole.findings
    ]
    assert text.partition(" (")[0] in report.to_html()
    assert reportgen.diagnose(LOG, ignore="RG608,ACME001").findings == whole.findings


def test_a_rule_cannot_change_the_run_and_its_words_are_bounded(install: Install) -> None:
    whole = reportgen.diagnose(LOG).reading.train
    find = """
    reading.train.errors[:] = 9
    for number in range(99):
        yield Observation("T" * 999, "a\\x00b\\n" * 9999, epochs=(1, 2), numbers={"x": float("nan"), "y": "z" * 999})
    """
    install("acme", RULE.format(find=find))
    diagnosis = reportgen.diagnose(LOG)
    assert whole is not None
    assert diagnosis.reading.train is not None
    assert diagnosis.reading.train.errors.tolist() == whole.errors.tolist()
    words = [words for words in diagnosis.finding_words if words.title.startswith("TT")]
    assert len(words) == MOST
    assert len(words[0].title) <= 120 < len(words[0].text) <= 1000
    (found, *_) = (each for each in diagnosis.to_dict()["findings"] if each["rule"] == "ACME001")
    assert found["evidence"]["x"] is None
    assert len(found["evidence"]["y"]) == 60
    assert found["epochs"] == [1, 2]


@pytest.mark.parametrize("nothing", ["pass", "return []", "yield from ()"])
def test_a_rule_that_notices_nothing_has_passed(nothing: str, install: Install) -> None:
    install("acme", RULE.format(find=f"    {nothing}"))
    diagnosis = reportgen.diagnose(LOG)
    assert [check.state for check in diagnosis.checks if check.rule == "ACME001"] == ["passed"]
    assert not diagnosis.found("own-rule-failed")


def test_two_packages_cannot_share_a_code(install: Install) -> None:
    for name in ("acme", "bob"):
        install(name, RULE.format(find="    return []"))
    found = [words.text for words in reportgen.diagnose(LOG).finding_words]
    assert "The rule rule of the package bob-rules is not used: another rule has ACME001. " in " ".join(found)


@pytest.mark.slow  # starts pip, which the environment of `make test-oldest` does not have
def test_a_wheel_with_a_rule_is_installed_and_check_finds_it(tmp_path: Path, install: Install) -> None:
    files = {
        "acme_rules.py": EXAMPLE,
        "acme_rules-1.0.dist-info/METADATA": metadata("acme"),
        "acme_rules-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "acme_rules-1.0.dist-info/entry_points.txt": entry_points("acme", "RULE"),
    }
    record = "acme_rules-1.0.dist-info/RECORD"
    sums = {name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for name, text in files.items()}
    lines = [f"{name},sha256={sums[name].rstrip(b'=').decode()},{len(text)}" for name, text in files.items()]
    with zipfile.ZipFile(wheel := tmp_path / "acme_rules-1.0-py3-none-any.whl", "w") as packed:
        for name, text in (files | {record: "\n".join([*lines, f"{record},,"])}).items():
            packed.writestr(name, text)
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-compile", "--quiet"]
    pip += ["--disable-pip-version-check", "--target", str(tmp_path / "site"), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=300)
    install("bob", RULE.format(find="    pass").replace("ACME001", "BOB1"))
    (tmp_path / "log.json").write_text(json.dumps(LOG), "utf-8")
    for ignored, expected in (([], True), (["--ignore", "ACME001"], False)):
        done = call("check", "log.json", "--json", *ignored, cwd=tmp_path)
        assert ("ACME001" in {found["rule"] for found in json.loads(done.stdout)["findings"]}) is expected
