"""The examples of docs/trackers.md with the real packages: what they store is there afterwards."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import histories
import pytest

import reportgen
from reportgen.metrics import parse_key

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs" / "trackers.md").read_text("utf-8")
MISSING = "the group formats is not installed"
pytestmark = [pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    history = histories.overfit_from_12()
    rows = zip(history.epochs, *(history.series(*parse_key(key)) for key in history.keys), strict=True)
    lines = [",".join(("epoch", *history.keys)), *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "history.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_example(package: str) -> dict[str, Any]:
    """Runs the first example and that of a package; returns their names."""
    first, *others = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    (code,) = (code for code in others if re.match(f"(import|from) {package}\\b", code))
    names: dict[str, Any] = {"reportgen": reportgen}
    exec(first + code, names)
    return names


def test_mlflow_has_the_report_and_the_verdict(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow", reason=MISSING)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    run_example("mlflow")
    (run,) = mlflow.search_runs(filter_string="tags.verdict = 'overfitting'", output_format="list")
    assert run.data.tags["best_epoch"] == "12"
    assert [item.path for item in mlflow.MlflowClient().list_artifacts(run.info.run_id)] == ["report.html"]


def test_wandb_has_the_page_without_scripts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wandb = pytest.importorskip("wandb", reason=MISSING)
    monkeypatch.setenv("WANDB_MODE", "offline")
    names = run_example("wandb")
    wandb.teardown()  # ends its process
    (page,) = (folder / "wandb").glob("offline-run-*/files/media/html/*.html")
    assert names["report"].to_html(static=True).partition("<body")[2] in page.read_text("utf-8")


def test_trackio_has_the_values(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trackio", reason=MISSING)
    code = "import test_trackers; test_trackers.run_example('trackio')"  # it reads its folder when it is imported
    places = os.pathsep.join([str(Path(__file__).parent), *map(os.path.abspath, sys.path)])
    environment = {**os.environ, "TRACKIO_DIR": str(folder / "trackio"), "PYTHONPATH": places}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True, timeout=120)
    stored = b"".join(path.read_bytes() for path in (folder / "trackio").glob("first-try.db*"))
    assert b"best_epoch" in stored
    assert b"The model overfits from epoch 13 on" in stored


@pytest.mark.skipif(find_spec("dvc") is None, reason=MISSING)
def test_dvc_runs_the_stage_and_reads_metrics_and_plots(folder: Path) -> None:
    def dvc(*arguments: str) -> str:
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        places = os.pathsep.join(map(os.path.abspath, sys.path))
        environment = {**os.environ, "PATH": path, "PYTHONPATH": places, "DVC_NO_ANALYTICS": "1"}
        command = [sys.executable, "-m", "dvc", *arguments]
        return subprocess.run(command, check=True, env=environment, capture_output=True, text=True, timeout=300).stdout

    (stages,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    (folder / "dvc.yaml").write_text(stages)
    (folder / "history.csv").rename(folder / "made.csv")
    (folder / "train.py").write_text('import shutil; shutil.copy("made.csv", "history.csv")')
    (folder / "bin").mkdir()
    for name, start in {"python": "", "reportgen": " -m reportgen"}.items():
        (folder / "bin" / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{start} "$@"\n')
        (folder / "bin" / name).chmod(0o755)
    dvc("init", "--no-scm", "--quiet")
    dvc("repro")
    assert reportgen.load(folder / "report" / "report.html").keys
    shown = json.loads(dvc("metrics", "show", "--json"))
    assert "overfitting" in json.dumps(shown)
    assert "val_loss" in dvc("plots", "show", "--json")
    assert "didn't change" in dvc("repro")


def test_the_client_of_the_hub_reads_the_metadata(folder: Path) -> None:
    pytest.importorskip("huggingface_hub", reason=MISSING)
    card = run_example("huggingface_hub")["card"]
    (result,) = (each for each in card.data.eval_results if each.metric_type == "loss")
    assert (result.dataset_name, result.dataset_split, result.task_type) == (
        "Pima Indians", "validation", "tabular-classification",
    )  # fmt: skip
    assert result.metric_value == pytest.approx(0.976, abs=1e-3)  # of the last epoch, whose weights are published
    assert card.text.lstrip().startswith("## Training")
    assert (folder / "README.md").read_text("utf-8").startswith("---\n")
