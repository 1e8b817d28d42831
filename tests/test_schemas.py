"""The published JSON schemas are valid, describe what reportgen writes, and refuse what is not that."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import histories
import jsonschema
import pytest

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


def documents(kind: str, folder: Path) -> list[dict]:
    runs = [make() for make in histories.ALL] + [reportgen.load(path) for path in SAMPLES]
    use = ResourceUse((2.0,), (500,), (1.5,), (0.5,), (100,), 8, 1000, ("Card",), 200)
    runs.append(runs[0].with_run(replace(runs[0].run, resources=use)))
    if kind == "journal-1":
        return journal_lines(folder)
    if kind == "history-2":
        return [json.loads(run.to_json()) for run in runs]
    reports = [reportgen.build(run) for run in runs]
    if kind == "report-1":
        return [json.loads(json.dumps(it.to_dict())) for it in (*reports, reportgen.build(runs[0], baseline=runs[1]))]
    return [json.loads(json.dumps(report.diagnosis.to_dict())) for report in reports]


@pytest.mark.parametrize("kind", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_what_is_written_follows_its_schema_and_anything_else_does_not(kind: str, tmp_path: Path) -> None:
    validator = schema(kind)
    written = documents(kind, tmp_path)
    assert len(written) >= 5
    described = set()
    for document in written:
        assert [error.message for error in validator.iter_errors(document)] == []
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
