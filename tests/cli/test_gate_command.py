"""`reportgen check` as a gate: exit codes, what is printed, settings."""

import json
import re
import subprocess

import histories
import pytest
from command_line import COMMAND_LINE, call

import reportgen
from reportgen.metrics import parse_key


@pytest.fixture
def folder(tmp_path):
    for name in ("healthy", "overfit_from_12", "diverged_at_7"):
        history = getattr(histories, name)()
        columns = {key: history.series(*parse_key(key)).tolist() for key in history.keys}
        (tmp_path / f"{name}.json").write_text(json.dumps(columns))
    return tmp_path


def check(folder, *arguments, **options):
    return call("check", *arguments, cwd=folder, **options)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("healthy.json", "--fail-on", "overfitting,diverged,not-learning"), 0),
        (("overfit_from_12.json", "--fail-on", "diverged", "--fail-on", "overfitting"), 1),
        (("overfit_from_12.json", "--fail-on", "overfitting", "--min-probability", "0.999"), 0),
        (("diverged_at_7.json", "--fail-on", "diverged", "--min-probability", "1"), 1),
        (("healthy.json", "--require", "val_accuracy>=0.75"), 0),
        (("healthy.json", "--require", "val_accuracy>=0.75", "--require", "last(loss)<0.1"), 1),
        (("healthy.json", "--baseline", "overfit_from_12.json", "--max-regression", "2%"), 0),
        (("overfit_from_12.json", "--baseline", "healthy.json", "--max-regression", "2%"), 1),
        (("overfit_from_12.json", "--baseline", "healthy.json", "--max-regression", "0.1"), 0),
        (("overfit_from_12.json",), 0),
    ],
)
def test_the_exit_code_is_1_if_a_rule_fails(folder, arguments, code):
    done = check(folder, *arguments)
    assert (done.returncode, done.stderr) == (code, "")
    read_as, _, judged = done.stdout.partition("\n")
    assert read_as.startswith("Read as history JSON (json): ")
    assert judged.startswith(reportgen.diagnose(folder / arguments[0]).verdict_words.title)
    assert ("Gate failed" in done.stdout) == bool(code)
    assert ("Gate passed" in done.stdout) == (not code and len(arguments) > 1)


def test_failed_rules_are_printed_last_with_numbers_and_epoch(folder):
    done = check(folder, "overfit_from_12.json", "--fail-on", "diverged,overfitting", "--require", "val_loss<0.3")
    heading, *lines = done.stdout[done.stdout.index("Gate failed") :].splitlines()
    assert heading == "Gate failed: 2 of 3 rules broken"
    assert [line for line in lines if not line.startswith("  ")] == [
        "PASSED  diverged", "FAILED  overfitting", "FAILED  val_loss<0.3",
    ]  # fmt: skip
    assert lines[-1] == "  The best val_loss is 0.4, in epoch 12; less than 0.3 is required. It misses that by 0.1."


def test_the_json_has_the_gate_and_the_exit_code_is_the_same(folder):
    done = check(folder, "overfit_from_12.json", "--fail-on", "overfitting", "--json")
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert data["gate"]["passed"] is False
    assert data["gate"]["checks"][0]["epoch"] == 13
    assert "gate" not in json.loads(check(folder, "overfit_from_12.json", "--json").stdout)


def test_a_baseline_is_compared_in_words(folder):
    done = check(folder, "overfit_from_12.json", "--baseline", "healthy.json")
    assert "Compared with the baseline\n  Unsure whether it is worse than the baseline" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--fail-on", "learning"), '"learning" is not an answer that a run can fail on. Choose one of "diverged"'),
        (("--require", "val_accuracy"), "is not a requirement"),
        (("--require", "val_acc>=1"), 'the run has no metric "val_acc"; it has "loss"'),
        (("--require", "accuracy>=x"), "Write it like val_accuracy>=0.75"),
        (("--min-probability", "80"), "a number from 0 to 1 is needed"),
        (("--max-regression", "2%"), "--max-regression needs an earlier run to compare with; pass it as --baseline"),
        (("--max-regression", "2%", "--baseline", "none.json"), "The baseline cannot be read. none.json: there is no"),
        (("--max-regression", "-2%", "--baseline", "healthy.json"), "is not a limit for a regression"),
        (("--max-regression", "f1=2%", "--baseline", "healthy.json"), 'the run has no metric "f1"'),
    ],
)
def test_a_rule_that_cannot_be_checked_is_an_error_not_a_failed_gate(folder, arguments, said):
    done = check(folder, "healthy.json", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"reportgen: [^\n]{20,}\n", done.stderr)
    assert said in done.stderr


def test_options_override_the_gate_in_the_settings(folder):
    (folder / "pyproject.toml").write_text(
        '[tool.reportgen]\nfail-on = ["overfitting"]\nrequire = ["val_loss<0.3"]\nlang = "en"\n'
    )
    below = folder / "runs"
    below.mkdir()
    log = folder / "overfit_from_12.json"
    done = check(below, log)
    assert done.returncode == 1
    assert "Gate failed: 2 of 2 rules broken" in done.stdout
    assert done.stdout.splitlines()[-1] == f"Settings: {folder / 'pyproject.toml'}"
    assert "Settings: pyproject.toml" in check(folder, log).stdout
    changed = check(below, log, "--fail-on", "diverged")
    assert "Gate failed: 1 of 2 rules broken" in changed.stdout
    assert check(below, log, "--fail-on", "", "--require", "val_loss<0.5").returncode == 0
    assert json.loads(check(below, log, "--json").stdout)["gate"]["passed"] is False


def test_a_missing_baseline_from_the_settings_is_reported_and_does_not_fail(folder):
    (folder / "reportgen.toml").write_text('baseline = "main/report.html"\nmax-regression = "2%"\n')
    done = check(folder, "healthy.json")
    assert done.returncode == 0
    assert (
        done.stderr == "reportgen: The baseline main/report.html does not exist, so the run is not compared with it.\n"
    )
    assert "UNDECIDED  max-regression 2%\n  There is no baseline, so the limit of 2% was not checked." in done.stdout
    (folder / "main").mkdir()
    reportgen.build(histories.healthy()).save(folder / "main" / "report.html")
    assert check(folder, "healthy.json").stderr == ""
    assert check(folder, "overfit_from_12.json").returncode == 1


def test_directions_from_the_settings_apply_to_runs_that_have_the_metric(folder):
    (folder / "reportgen.toml").write_text('direction = { f2 = "higher" }\n')
    (folder / "f2.json").write_text(json.dumps({"f2": [0.1, 0.3, 0.2], "loss": [3, 2, 1]}))
    assert check(folder, "healthy.json").returncode == 0
    assert check(folder, "f2.json", "--require", "f2>=0.3").returncode == 0
    assert check(folder, "f2.json", "--require", "f2>=0.31").returncode == 1
    assert check(folder, "f2.json", "--require", "f2>=0.31", "--direction", "f2=lower").returncode == 1
    compared = check(folder, "f2.json", "--baseline", "f2.json", "--max-regression", "f2=0")
    assert compared.returncode == 0


@pytest.mark.parametrize("text", ["nonsense = 1", "fail-on = 3", 'lang = "xx"', "lang ="])
def test_an_error_in_the_settings_is_reported_in_one_line_by_every_command(folder, text):
    (folder / "reportgen.toml").write_text(text)
    for command in (("check",), ("build", "-o", "r.html"), ("summary",), ("ci", "-o", "out")):
        done = call(command[0], "healthy.json", *command[1:], cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(r"reportgen: [^\n]*reportgen\.toml: [^\n]{20,}\n", done.stderr)
    assert not (folder / "r.html").exists()
    assert not (folder / "out").exists()


def test_build_takes_theme_language_and_baseline_from_the_settings(folder, monkeypatch):
    monkeypatch.chdir(folder)  # titles leave out the name of the current folder
    (folder / "reportgen.toml").write_text('theme = "dark"\nbaseline = "healthy.json"\n')
    done = call("build", "overfit_from_12.json", "-o", "r.html", cwd=folder)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Settings: reportgen.toml")
    expected = reportgen.build(folder / "overfit_from_12.json", baseline=folder / "healthy.json")
    assert (folder / "r.html").read_text("utf-8") == expected.to_html(theme="dark")
    call("build", "overfit_from_12.json", "-o", "r.html", "--theme", "light", cwd=folder)
    assert (folder / "r.html").read_text("utf-8") == expected.to_html(theme="light")


def test_a_broken_pipe_is_not_a_failed_gate(folder):
    line = f"{' '.join(COMMAND_LINE)} check overfit_from_12.json --fail-on overfitting | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_printed_lines_are_as_wide_as_the_terminal(folder):
    for columns, widest in (("60", 60), ("300", 100)):
        done = check(folder, "overfit_from_12.json", COLUMNS=columns)
        lines = [line for line in done.stdout.splitlines() if not line.startswith("Does it")]
        assert max(map(len, lines)) <= widest
        assert max(map(len, lines)) > widest - 15


def test_no_name_in_a_log_is_a_command_for_a_ci_service(folder):
    evil = "##vso[task.setvariable variable=PATH]x"
    (folder / "evil.json").write_text(json.dumps({"loss": [3, 2, 1], "::error::x": [1, 2, 3], evil: [1, 2, 3]}))
    for arguments in (("evil.json",), ("evil.json", "--json"), (evil,)):
        done = check(folder, *arguments)
        assert "##vso[" not in done.stdout + done.stderr
        assert not re.search(r"^\s*::", done.stdout + done.stderr, re.MULTILINE)
    findings = json.loads(check(folder, "evil.json", "--json").stdout)["findings"]
    assert any(finding["metric"] == evil for finding in findings)  # the data is unchanged
