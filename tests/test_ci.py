"""One CI step: which files it writes, and what it reports to each CI service."""

import json
import re
from pathlib import Path
from types import MappingProxyType

import histories
import pytest
from build_servers import azure_command, github_command, read_outputs
from hypothesis import given
from hypothesis import strategies as st

import reportgen
from reportgen.ci import find_service, name_runs, run_step
from reportgen.errors import OutputError
from reportgen.gate import GateRules, check_gate
from reportgen.gate.rules import read_requirement
from reportgen.languages import ENGLISH
from reportgen.outputs.build_log import SUMMARY_LIMIT_BYTES, append_file
from reportgen.outputs.files import write_file
from reportgen.outputs.runs import NO_GATE

GATE = GateRules(("overfitting", "diverged"))


def page(report, path, *, overwrite):
    """A report written without charts, so that tests need no drawing engine."""
    write_file(path, '<meta name="generator" content="reportgen 0.0.1">', overwrite=overwrite)


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("healthy", "overfit_from_12", "diverged_at_7"):
        history = getattr(histories, name)()
        Path(f"{name}.json").write_text(
            json.dumps({key: history.series(*reportgen.metrics.parse_key(key)).tolist() for key in history.keys})
        )
    return tmp_path


def step(*sources, environment=MappingProxyType({}), rules=GATE, folder="out", **options):
    return run_step(
        sources,
        lambda source, title: reportgen.build(source, title=title),
        lambda report: check_gate(report.history, report.diagnosis, rules, report.baseline),
        output_dir=Path(folder),
        language=ENGLISH,
        environment=environment,
        save=page,
        **options,
    )


def written(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def test_a_single_run_is_written_into_the_folder_itself(logs):
    done = step("healthy.json", folder="new/out")
    assert written("new/out") == sorted([*FILES, "report.html"])
    assert done.reports == {"healthy": Path("new/out/report.html")}
    assert done.log_lines == ()
    assert done.runs[0].passed
    data = json.loads(Path("new/out/diagnosis.json").read_text("utf-8"))
    assert data["verdict"]["code"] == "finished"
    assert data["gate"]["passed"] is True
    assert Path("new/out/summary.md").read_text("utf-8").startswith(f"<!-- reportgen {reportgen.__version__} -->\n## ")
    assert Path("new/out/metrics.txt").read_text("utf-8").endswith("# EOF\n")


def test_several_runs_have_a_folder_each_and_an_error_does_not_stop_the_others(logs):
    Path("broken.csv").write_text("epoch,loss\n0,token-4711\n")
    done = step("healthy.json", "none.csv", "overfit_from_12.json", "broken.csv")
    assert written("out") == [
        "comment.md", "healthy/diagnosis.json", "healthy/report.html", "junit.xml", "metrics.txt",
        "overfit_from_12/diagnosis.json", "overfit_from_12/report.html", "report.sarif", "summary.md",
    ]  # fmt: skip
    assert [(run.name, run.passed, bool(run.error)) for run in done.runs] == [
        ("healthy", True, False), ("none", False, True), ("overfit_from_12", False, False), ("broken", False, True),
    ]  # fmt: skip
    assert done.runs[2].judged.history.run.title == "overfit_from_12"  # so that the reports can be distinguished
    summary = Path("out/summary.md").read_text("utf-8")
    assert "## Training runs: 3 of 4 failed" in summary
    assert "none.csv: there is no such file" in summary
    for name in ("summary.md", "junit.xml", "metrics.txt", "report.sarif"):
        assert "token" not in Path("out", name).read_text("utf-8")
    assert "token" not in "".join(done.log_lines)


def test_a_rule_that_cannot_be_checked_is_an_error_of_that_run_but_its_report_is_written(logs):
    done = step("healthy.json", "overfit_from_12.json", rules=GateRules(require=(read_requirement("accuracy>=0.5"),)))
    healthy, other = done.runs
    assert healthy.passed
    assert 'overfit_from_12.json: accuracy>=0.5: the run has no metric "accuracy"' in other.error
    assert "overfit_from_12/report.html" in written("out")


def test_a_report_that_cannot_be_made_is_an_error_of_that_run_only(logs):
    def save(report, path, *, overwrite):
        if report.diagnosis.verdict == "finished":
            raise reportgen.RenderError("no chart")
        page(report, path, overwrite=overwrite)

    done = run_step(
        ["healthy.json", "overfit_from_12.json"],
        lambda source, title: reportgen.build(source),
        lambda report: NO_GATE,
        output_dir=Path("out"),
        language=ENGLISH,
        environment={},
        save=save,
    )
    assert [run.error for run in done.runs] == ["no chart", ""]
    assert list(done.reports) == ["overfit_from_12"]


def test_no_lines_are_printed_for_other_services(logs):
    for environment in ({}, {"GITLAB_CI": "true"}, {"JENKINS_URL": "x"}, {"GITHUB_ACTIONS": "false"}):
        assert find_service(environment) == "other"
        assert step("overfit_from_12.json", environment=environment).log_lines == ()


def test_github_gets_annotations_the_summary_and_outputs(logs):
    Path("sum.md").write_bytes(b"# before")
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(logs.parent),
        "GITHUB_STEP_SUMMARY": str(logs / "sum.md"),
        "GITHUB_OUTPUT": str(logs / "out.txt"),
    }
    done = step("overfit_from_12.json", "healthy.json", environment=environment, remarks=["No baseline yet."])
    commands = [github_command(line) for line in done.log_lines]
    assert [(level, properties.get("title")) for level, properties, _ in commands] == [
        ("error", "overfitting"), ("warning", "reportgen"),
    ]  # fmt: skip
    assert commands[0][1]["file"] == f"{logs.name}/overfit_from_12.json"
    assert "Yes, from epoch 13 on" in commands[0][2]
    assert commands[1][2] == "No baseline yet."
    assert Path("sum.md").read_text("utf-8") == "# before\n" + Path("out/summary.md").read_text("utf-8")
    outputs = read_outputs(Path("out.txt").read_text("utf-8"))
    assert outputs["passed"] == ["false"]
    assert outputs["verdict"] == ["overfitting", "finished"]
    assert outputs["best-epoch"] == ["12", str(reportgen.diagnose("healthy.json").best_epoch)]
    assert outputs["report"] == ["out/overfit_from_12/report.html", "out/healthy/report.html"]
    assert len(outputs["failures"]) == 1


def test_a_github_runner_without_summary_files_gets_annotations_only(logs):
    assert len(step("overfit_from_12.json", environment={"GITHUB_ACTIONS": "true"}).log_lines) == 1


def test_a_job_summary_never_exceeds_the_limit_of_github(logs):
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(logs / "sum.md")}
    before = b"x" * (SUMMARY_LIMIT_BYTES - 100)
    Path("sum.md").write_bytes(before)
    (line,) = step("healthy.json", environment=environment).log_lines
    assert Path("sum.md").read_bytes() == before
    assert github_command(line)[2] == ("The job summary is full; the summary of this step is in out/summary.md.")


def test_a_summary_that_just_fits_is_written(tmp_path):
    path = tmp_path / "s.md"
    path.write_bytes(b"12345\n")
    assert append_file(path, "6789", limit=10)
    assert path.read_bytes() == b"12345\n6789"
    assert not append_file(path, "", limit=10)  # the line end that it would need does not fit
    assert append_file(tmp_path / "new.md", "a\n")
    assert (tmp_path / "new.md").read_bytes() == b"a\n"
    with pytest.raises(OutputError, match="cannot be written"):
        append_file(tmp_path / "none" / "s.md", "a")


def test_azure_gets_issues_and_the_summary(logs):
    done = step("overfit_from_12.json", environment={"TF_BUILD": "True", "BUILD_SOURCESDIRECTORY": str(logs)})
    issue, upload = map(azure_command, done.log_lines)
    assert issue[:2] == ("task.logissue", {"type": "error", "sourcepath": "overfit_from_12.json"})
    assert upload == ("task.uploadsummary", {}, str((logs / "out" / "summary.md").resolve()))


def test_a_log_is_never_replaced(logs):
    Path("metrics.txt").write_text("epoch,loss\n0,0.9\n1,0.5\n")
    with pytest.raises(OutputError, match=r"metrics\.txt: this is a log itself"):
        step("metrics.txt", folder=".")
    with pytest.raises(OutputError, match=r"metrics\.txt: this is a log itself"):
        step("healthy.json", folder=".", protected=[Path("metrics.txt")])
    assert Path("metrics.txt").read_text().startswith("epoch")
    assert not Path("report.html").exists()


def test_a_folder_that_cannot_be_created_is_an_error(logs):
    with pytest.raises(OutputError, match=r"healthy\.json/out/summary\.md: .*healthy\.json is not a folder"):
        step("healthy.json", folder="healthy.json/out")


FILES = ["comment.md", "diagnosis.json", "junit.xml", "metrics.txt", "report.sarif", "summary.md"]


@pytest.mark.parametrize("name", [*FILES, "report.html"])
def test_a_file_that_reportgen_did_not_write_is_replaced_only_when_asked(logs, name):
    Path("out").mkdir()
    path = Path("out", name)
    path.write_text("# my own")
    with pytest.raises(OutputError, match=f"out/{name}: reportgen did not write this file"):
        step("healthy.json")
    assert written("out") == [name]
    assert path.read_text() == "# my own"
    step("healthy.json", overwrite=True)
    assert path.read_text("utf-8") != "# my own"


def test_a_later_step_replaces_the_files_of_an_earlier_one(logs):
    """Also those of a step in which no source could be read."""
    for source in ("none.csv", "healthy.json", "overfit_from_12.json", "none.csv"):
        step(source)
    assert written("out") == sorted([*FILES, "report.html"])


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["history.csv"], ["history"]),
        (["a/history.csv", "b/history.csv", "other.csv"], ["a-history", "b-history", "other"]),
        (["x/a/h.csv", "y/a/h.csv"], ["x-a-h", "y-a-h"]),
        (["h.csv", "h.json", "./h.csv"], ["h", "h-2", "h-3"]),
        (["h.csv", "h-2.csv", "h.json"], ["h", "h-2", "h-3"]),
        (["-"], ["stdin"]),
        (["../../h.csv", "/tmp/h.csv"], ["h", "tmp-h"]),
        (["Run.csv", "run.csv"], ["Run", "run-2"]),
        (["report.sarif.csv", "x.csv"], ["report.sarif-2", "x"]),
        (["junit.xml.csv", "summary.md"], ["junit.xml-2", "summary"]),
        (["a b/$(rm).csv", "…/?.csv", ".csv"], ["rm", "run", "csv"]),
        (["损失.csv"], ["损失"]),
    ],
)
def test_each_run_has_a_short_name(sources, names):
    assert name_runs(sources) == names


paths = st.lists(st.text(st.sampled_from("aB./\\-:é \n"), min_size=1, max_size=12), min_size=1, max_size=6)


@given(paths)
def test_names_are_unique_and_valid_on_every_file_system(sources):
    names = name_runs(sources)
    assert len({name.casefold() for name in names}) == len(sources)
    for name in names:
        assert re.fullmatch(r"[\w+][\w.+-]*", name)
        assert not name.endswith(".")
        assert len(name) < 80
