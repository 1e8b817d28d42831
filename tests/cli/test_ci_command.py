"""`reportgen ci` and `reportgen summary`, in processes of their own."""

import json
import os
import re
from pathlib import Path

import histories
import pytest
from build_servers import azure_command, github_command, read_outputs
from command_line import call, run

import reportgen
from reportgen.metrics import parse_key

FILES = ["comment.md", "diagnosis.json", "junit.xml", "metrics.txt", "report.html", "report.sarif", "summary.md"]


@pytest.fixture
def folder(tmp_path):
    for name in ("healthy", "overfit_from_12"):
        history = getattr(histories, name)()
        columns = {key: history.series(*parse_key(key)).tolist() for key in history.keys}
        (tmp_path / f"{name}.json").write_text(json.dumps(columns))
    return tmp_path


def ci(folder, *arguments, **environment):
    return call("ci", *arguments, cwd=folder, **environment)


def written(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def test_everything_is_written_before_the_gate_decides(folder, monkeypatch):
    monkeypatch.chdir(folder)  # titles leave out the name of the current folder
    done = ci(folder, "overfit_from_12.json", "--fail-on", "overfitting")
    assert (done.returncode, done.stderr) == (1, "")
    assert written(folder / "report") == FILES
    assert done.stdout.splitlines()[0].startswith("overfit_from_12: The model overfits from epoch 13 on")
    assert "Gate failed: the rule is broken" in done.stdout
    assert sorted(re.findall(r"^Written: report/(.*)$", done.stdout, re.MULTILINE)) == FILES
    expected = reportgen.build(folder / "overfit_from_12.json")
    assert (folder / "report" / "report.html").read_text("utf-8") == expected.to_html()
    mark, _, text = (folder / "report" / "summary.md").read_text("utf-8").partition("\n")
    assert mark == f"<!-- reportgen {reportgen.__version__} -->"
    assert text == expected.summary(gate=expected.gate(fail_on="overfitting"))
    checked = call("check", "overfit_from_12.json", "--fail-on", "overfitting", "--json", cwd=folder)
    assert (folder / "report" / "diagnosis.json").read_text("utf-8") == checked.stdout


def test_the_same_run_writes_the_same_bytes(folder):
    for output in ("one", "two"):
        assert ci(folder, "healthy.json", "-o", output, "--theme", "dark", "--static").returncode == 0
    for name in FILES:
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()
    assert "<script" not in (folder / "one" / "report.html").read_text("utf-8")


def test_an_error_in_one_source_is_exit_code_2_and_other_reports_are_written(folder):
    done = ci(folder, "none.json", "healthy.json", "overfit_from_12.json", "--fail-on", "overfitting")
    assert done.returncode == 2
    assert done.stderr == ("reportgen: none.json: there is no such file. Check the path.\n")
    assert "healthy/report.html" in written(folder / "report")
    assert "overfit_from_12/report.html" in written(folder / "report")


def test_on_github_the_summary_annotations_and_outputs_are_written(folder):
    done = ci(
        folder, "overfit_from_12.json", "--fail-on", "overfitting",
        GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(folder),
        GITHUB_STEP_SUMMARY=str(folder / "sum.md"), GITHUB_OUTPUT=str(folder / "outputs"),
    )  # fmt: skip
    assert done.returncode == 1
    commands = [found for line in done.stdout.splitlines() if (found := github_command(line))]
    assert [(level, properties) for level, properties, _ in commands] == [
        ("error", {"file": "overfit_from_12.json", "title": "overfitting"})
    ]
    assert (folder / "sum.md").read_text("utf-8") == (folder / "report" / "summary.md").read_text("utf-8")
    assert read_outputs((folder / "outputs").read_text("utf-8"))["passed"] == ["false"]


def test_on_azure_the_log_names_the_summary(folder):
    done = ci(folder, "healthy.json", TF_BUILD="True")
    assert done.returncode == 0
    commands = [found for line in done.stdout.splitlines() if (found := azure_command(line))]
    assert commands == [("task.uploadsummary", {}, str((folder / "report" / "summary.md").resolve()))]


def test_other_services_get_files_only(folder):
    for environment in ({"GITLAB_CI": "true"}, {"JENKINS_URL": "x"}, {}):
        done = ci(folder, "healthy.json", **environment)
        assert done.returncode == 0
        assert not [line for line in done.stdout.splitlines() if github_command(line) or azure_command(line)]


def write_curve(path, level):
    path.parent.mkdir(exist_ok=True)
    lines = [f"{epoch},{value + level:.4f}" for epoch, value in enumerate([0.9, 0.6, 0.45, 0.41, 0.405, 0.407])]
    path.write_text("\n".join(["epoch,val_loss", *lines]) + "\n", "utf-8")


@pytest.mark.parametrize("given", ["main/*.csv", "main"])
@pytest.mark.parametrize(("level", "code"), [(0.02, 0), (0.3, 1)])
def test_several_baselines_mean_the_same_as_for_check(given, level, code, tmp_path):
    for seed in (1, 2, 3):
        write_curve(tmp_path / "main" / f"seed_{seed}.csv", seed / 100)
    write_curve(tmp_path / "new.csv", level)
    options = ("new.csv", "--baseline", given, "--max-regression", "2%")
    done = ci(tmp_path, *options)
    assert (done.returncode, done.stderr) == (code, "")
    assert "The baseline has 3 runs; the report is compared with the one that has the median val_loss." in done.stdout
    checked = call("check", *options, "--json", cwd=tmp_path)
    assert checked.returncode == code
    assert (tmp_path / "report" / "diagnosis.json").read_text("utf-8") == checked.stdout
    assert "in the 3 runs of the baseline" in (tmp_path / "report" / "summary.md").read_text("utf-8")


def test_several_baselines_can_be_a_setting_which_commands_for_a_single_run_ignore(tmp_path):
    (tmp_path / "reportgen.toml").write_text('baseline = "main/*.csv"\nmax-regression = "2%"\n')
    write_curve(tmp_path / "new.csv", 0.3)
    missing = ci(tmp_path, "new.csv", "-q")
    assert missing.stderr.endswith("main/*.csv does not exist, so the run is not compared with it.\n")
    for seed in (1, 2):
        write_curve(tmp_path / "main" / f"seed_{seed}.csv", seed / 100)
    done = ci(tmp_path, "new.csv")
    assert "in the 2 runs of the baseline" in " ".join(done.stdout.split())
    assert done.stderr == ""
    built = call("build", "new.csv", cwd=tmp_path)
    assert (built.returncode, built.stderr) == (
        0, "reportgen: The baseline main/*.csv matches 2 files, so it is only used by check and ci.\n",
    )  # fmt: skip


def test_patterns_of_sources_are_expanded(tmp_path):
    for seed in (1, 2):
        write_curve(tmp_path / "main" / f"seed_{seed}.csv", seed / 100)
    done = ci(tmp_path, "main/*.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert {"seed_1/report.html", "seed_2/report.html"} <= set(written(tmp_path / "report"))


def test_the_first_build_has_no_baseline_and_the_next_one_uses_the_last_report(folder):
    (folder / "pyproject.toml").write_text(
        '[tool.reportgen]\nbaseline = "report/report.html"\nmax-regression = "2%"\noutput-dir = "report"\n'
    )
    below = folder / "src"
    below.mkdir()
    first = ci(below, "../healthy.json", GITHUB_ACTIONS="true")
    assert first.returncode == 0
    assert "does not exist, so the run is not compared with it." in first.stderr
    assert any("does not exist" in line for line in first.stdout.splitlines() if line.startswith("::warning"))
    assert written(folder / "report") == FILES
    second = ci(below, "../overfit_from_12.json")
    assert (second.returncode, second.stderr) == (1, "")
    said = " ".join(second.stdout.split())
    assert "28% (0.08717) worse than the baseline's 0.3128; up to 2% is allowed" in said
    assert second.stdout.splitlines()[-1] == f"Settings: {folder / 'pyproject.toml'}"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("healthy.json", "--fail-on", "nonsense"),
        ("healthy.json", "--require", "x"),
        ("healthy.json", "--max-regression", "2%"),
        ("healthy.json", "--baseline", "none.html"),
        ("healthy.json", "--lang", "xx"),
        ("healthy.json", "--direction", "loss=up"),
        ("healthy.json", "-o", "healthy.json"),
    ],
)
def test_a_usage_error_is_reported_in_one_line_and_writes_nothing(folder, arguments):
    before = written(folder)
    done = ci(folder, *arguments)
    assert done.returncode == 2
    assert re.fullmatch(r"reportgen: [^\n]{20,}\n", done.stderr)
    assert written(folder) == before


def test_the_summary_is_markdown_in_utf8_in_any_terminal(folder):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = run("summary", "overfit_from_12.json", "--baseline", "healthy.json", cwd=folder, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    expected = reportgen.build(folder / "overfit_from_12.json", baseline=folder / "healthy.json").summary()
    assert done.stdout == expected
    assert "▁" in expected


def test_a_summary_of_a_missing_log_is_one_error_line(folder):
    done = call("summary", "none.json", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"reportgen: [^\n]{20,}\n", done.stderr)
