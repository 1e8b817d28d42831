"""``--evaluation`` and the settings key, and what the outputs say of an evaluation."""

import json
from pathlib import Path

import pytest
from command_line import call

import reportgen

ROWS = "".join(f"{n % 2},{0.2 + 0.6 * (n % 2) if n % 5 else 0.5}\n" for n in range(40))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(
        "epoch,loss,val_loss,val_accuracy\n0,0.9,0.8,0.6\n1,0.5,0.6,0.8\n2,0.4,0.5,0.85\n"
    )
    (tmp_path / "predictions.csv").write_text(f"y_true,proba\n{ROWS}")
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    done = call(*words, cwd=Path.cwd())
    return done.returncode, done.stdout + done.stderr


def test_the_report_has_the_evaluation_of_the_file(folder: Path) -> None:
    code, said = run("build", "log.csv", "--evaluation", "predictions.csv")
    assert code == 0, said
    evaluation = reportgen.load("report.html").run.evaluation
    assert evaluation is not None
    assert (evaluation.task, evaluation.rows) == ("binary", 40)
    assert "Test data" in (folder / "report.html").read_text("utf-8")


def test_the_settings_may_name_the_file(folder: Path) -> None:
    (folder / "reportgen.toml").write_text('evaluation = "predictions.csv"\n')
    assert run("build", "log.csv")[0] == 0
    assert reportgen.load("report.html").run.evaluation is not None
    (folder / "predictions.csv").unlink()
    code, said = run("build", "log.csv", "--force")
    assert code == 0
    assert "do not exist, so the run has no evaluation" in said


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "there is no such file"),
        ("empty.csv", "", "it is empty"),
        ("log.csv", None, "needed are one of the columns y_true"),
        ("logits.csv", "y_true,proba_0,proba_1\n0,3,-1\n1,-2,4\n", "which are not probabilities"),
    ],
)
def test_a_file_that_cannot_be_evaluated_is_an_error_in_one_line(
    folder: Path, name: str, content: str | None, said: str
) -> None:
    if content is not None:
        (folder / name).write_text(content)
    code, output = run("build", "log.csv", "--evaluation", name)
    assert code == 2
    assert said in output
    assert name in output
    assert len(output.strip().splitlines()) == 1
    assert not (folder / "report.html").exists()


def test_all_outputs_have_the_key_numbers(folder: Path) -> None:
    report = reportgen.build("log.csv", evaluation="predictions.csv")
    sentence = "Tested on 40 samples: the accuracy is 0.900"
    assert sentence in report.summary()
    assert "| Balanced accuracy |" in report.summary()
    assert report.to_dict()["evaluation"]["scores"][0]["name"] == "accuracy"
    run("build", "log.csv", "--evaluation", "predictions.csv")
    assert sentence in " ".join(run("check", "report.html")[1].split())
    document = json.loads(run("check", "report.html", "--json")[1])
    assert set(document["evaluation"]) == {"task", "rows", "scores"}
    parts = list(report.email("ada@example.org").walk())
    texts = [part.get_content() for part in parts if part.get_content_type() in ("text/plain", "text/html")]
    plain, html = texts[0], texts[1]
    assert sentence in " ".join(plain.split())
    assert "Balanced accuracy" in plain
    assert "Balanced accuracy" in html


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("check", "log.csv", "--require", "test_accuracy>=0.8"), 0, "On test data, accuracy is 0.9"),
        (("check", "log.csv", "--require", "test_accuracy>=0.95"), 1, "It misses that by 0.05."),
        (("check", "log.csv", "--fail-on", "class-never-predicted"), 0, "The run has no such finding."),
        (("summary", "log.csv"), 0, "| Balanced accuracy |"),
        (("ci", "log.csv", "--require", "test_accuracy>=0.95"), 1, "It misses that by 0.05."),
        (("ci", "log.csv", "log.csv"), 2, "--evaluation has the predictions of one run, but 2 sources were given"),
        (
            ("email", "log.csv", "log.csv", "--to", "a@b.org", "--dry-run"),
            2,
            "the predictions of one run, but 2 sources",
        ),
        (("email", "log.csv", "--to", "a@b.org", "--dry-run"), 0, "plot-1.png"),
        (("build", "log.csv", "-o", "predictions.csv"), 2, "predictions.csv: the report is made from this file"),
        (("email", "log.csv", "--to", "a@b.org", "--eml", "predictions.csv"), 2, "the report is made from this file"),
    ],
)
def test_every_command_about_one_run_takes_the_evaluation(
    folder: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done, output = run(*words, "--evaluation", "predictions.csv")
    assert (done, said in " ".join(output.split())) == (code, True), output
    if words[0] == "ci" and code < 2:
        document = json.loads((folder / "report" / "diagnosis.json").read_text("utf-8"))
        assert document["evaluation"]["rows"] == 40
        assert reportgen.load("report/report.html").run.evaluation is not None


def test_predictions_in_the_settings_do_not_apply_to_several_runs(folder: Path) -> None:
    (folder / "reportgen.toml").write_text('evaluation = "predictions.csv"\n')
    (folder / "other.csv").write_text((folder / "log.csv").read_text())
    assert run("ci", "log.csv", "other.csv")[0] == 0
    assert "evaluation" not in json.loads((folder / "report" / "log" / "diagnosis.json").read_text("utf-8"))


@pytest.mark.parametrize("given", [3, ([0, 1],), {"y_true": [0]}])
def test_other_things_are_refused(given: object) -> None:
    with pytest.raises(reportgen.EvaluationError, match="a pair of true and predicted"):
        reportgen.build({"loss": [0.9, 0.5]}, evaluation=given)  # type: ignore[arg-type]


def test_a_pair_of_values_is_evaluated() -> None:
    report = reportgen.build({"loss": [0.9, 0.5]}, evaluation=([0, 1, 1], [0, 1, 0]))
    assert report.history.run.evaluation is not None
    assert report.history.run.evaluation.rows == 3
