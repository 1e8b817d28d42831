"""The published JSON schemas are valid, describe what reportgen writes, and refuse what is not that."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import histories
import jsonschema
import pytest
from command_line import call

import reportgen
from reportgen.history.resource_use import ResourceUse

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"
SAMPLES = sorted((Path(__file__).resolve().parents[1] / "sample_reports" / "histories").glob("*.json"))


def schema(name: str) -> jsonschema.Draft202012Validator:
    text = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(text)
    return jsonschema.Draft202012Validator(text)


def journal_lines(folder: Path) -> list[dict]:
    """The lines of a journal with batches, several calls for an epoch, and a value that is not finite."""
    recorder = reportgen.Recorder(folder / "r.html", title="Schemas", verbose=0, update_freq=1, params={"rate": 0.1})
    with recorder as run:
        for epoch in range(4):
            run.log_batch(loss=1.0)
            run.log(epoch=epoch, loss=float("nan") if epoch == 2 else 1 / (epoch + 1))
            run.log(epoch=epoch, val_loss=1.0, vector=[1.0, 2.0])
    return [json.loads(line) for line in (folder / "r.journal").read_text("utf-8").splitlines()]


def printed(folder: Path, *arguments: object) -> dict:
    done = call(*arguments, cwd=folder)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def checked(folder: Path, runs: list[reportgen.TrainingHistory]) -> list[dict]:
    """What `check --json` prints and `ci` writes, with gates, baselines and scores on test data."""
    (folder / "old").mkdir()
    for number, run in enumerate(runs[:3]):
        (folder / "old" / f"{number}.json").write_text(run.to_json(), "utf-8")
    (folder / "predictions.csv").write_text("y_true,y_pred\n1,1\n0,1\n1,0\n0,0\n", "utf-8")
    gate = ("--fail-on", "overfitting,diverged", "--require", "last(loss)<=9", "--max-regression", "2%")
    found = [
        printed(folder, "check", "old/1.json", *more, "--json")
        for more in (
            (),
            ("--baseline", "old/2.json", *gate),
            ("--baseline", "old/*.json", *gate),
            ("--evaluation", "predictions.csv", "--require", "test_accuracy>=0.1", "--fail-on", "poor-calibration"),
        )
    ]
    call("ci", "old/1.json", *gate, "--baseline", "old/2.json", "-o", "out", cwd=folder)
    return [*found, json.loads((folder / "out" / "diagnosis.json").read_text("utf-8"))]


def compared(folder: Path) -> list[dict]:
    """What `compare --json` prints about groups of several runs, of single runs, of one run, and with settings."""
    for number in range(6):
        run = reportgen.load({"loss": [1 / (epoch + number) for epoch in range(1, 9)]})
        facts = {"params": (("optimizer", "adam" if number % 2 else "sgd"), ("seed", str(number // 2)))}
        facts |= {"test_results": (("accuracy", 0.5 + number / 20),)} if number < 4 else {}
        (folder / f"run_{number}.json").write_text(run.with_run(replace(run.run, **facts)).to_json(), "utf-8")
    (folder / "failed.json").write_text(reportgen.load({"loss": [1.0, float("nan")]}).to_json(), "utf-8")
    calls = (
        ["run_*.json"],
        ["run_0.json"],
        ["run_0.json", "run_1.json"],
        ["run_*.json", "--group", "first=run_[01]", "--group", "others=run_[234]"],
        ["run_[0-3].json", "--metric", "test_accuracy", "--group-by", "seed"],
        ["run_*.json", "failed.json"],
    )
    return [printed(folder, "compare", *arguments, "--json") for arguments in calls]


def strictly(part: object) -> object:
    """The schema with no keys allowed but those it describes."""
    if isinstance(part, list):
        return [strictly(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {name: strictly(each) for name, each in part.items()}
    return {"additionalProperties": False, **closed} if isinstance(part.get("properties"), dict) else closed


def documents(kind: str, folder: Path) -> list[dict]:
    runs = [make() for make in histories.ALL] + [reportgen.load(path) for path in SAMPLES]
    use = ResourceUse((2.0,), (500,), (1.5,), (0.5,), (100,), 8, 1000, ("Card",), 200)
    runs.append(runs[0].with_run(replace(runs[0].run, resources=use)))
    if kind == "journal-1":
        return journal_lines(folder)
    if kind == "comparison-1":
        return compared(folder)
    if kind == "history-2":
        return [json.loads(run.to_json()) for run in runs]
    reports = [reportgen.build(run) for run in runs]
    if kind == "report-1":
        return [json.loads(json.dumps(it.to_dict())) for it in (*reports, reportgen.build(runs[0], baseline=runs[1]))]
    return [json.loads(json.dumps(report.diagnosis.to_dict())) for report in reports] + checked(folder, runs)


@pytest.mark.parametrize("kind", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_what_is_written_follows_its_schema_and_anything_else_does_not(kind: str, tmp_path: Path) -> None:
    validator = schema(kind)
    written = documents(kind, tmp_path)
    strict = jsonschema.Draft202012Validator(strictly(validator.schema))
    assert len(written) >= 5
    described = set()
    for document in written:
        assert [error.message for error in validator.iter_errors(document)] == []
        assert [error.message for error in strict.iter_errors(document)] == [], "a key has no description"
        described |= document.keys()
    shown = validator.schema.get("properties") or {
        name: part for branch in validator.schema["oneOf"] for name, part in branch["properties"].items()
    }
    assert described <= shown.keys(), "a key has no description"
    for name in validator.schema.get("required", ()):
        spoilt = copy.deepcopy(written[0])
        del spoilt[name]
        assert not validator.is_valid(spoilt), name
    assert not validator.is_valid({**written[0], "schema": "reportgen/other/1"})


def test_every_schema_is_listed_with_its_file() -> None:
    page = (FOLDER.parent / "schemas.md").read_text("utf-8")
    for path in FOLDER.glob("*.json"):
        name, number = path.stem.rsplit("-", 1)
        assert f"`reportgen/{name}/{number}` | [{path.name}](schemas/{path.name})" in page
