"""What the README promises: its commands run, its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import histories
import pytest

import reportgen

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line.removeprefix("$ ").split("  #")[0].strip()
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the README's commands name."""
    history = histories.overfit_from_12()
    wide = history.frame.assign(
        key=[("val_" if split == "validation" else "") + metric
             for metric, split in zip(history.frame["metric"], history.frame["split"], strict=True)]
    ).pivot_table(index="epoch", columns="key", values="value")  # fmt: skip
    wide.to_csv(tmp_path / "history.csv")
    for name in ("a", "b"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        wide.to_csv(tmp_path / "runs" / name / "history.csv")
    reportgen.build(history).save(tmp_path / "report.html")
    reportgen.build(histories.healthy()).save(tmp_path / "earlier.html")
    return tmp_path


@pytest.mark.parametrize("command", [c for c in COMMANDS if "reportgen " in c and "demo" not in c])
def test_command_runs(command: str, folder: Path) -> None:
    done = subprocess.run(
        command.replace("reportgen ", f"{sys.executable} -m reportgen ", 1),
        shell=True, cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_command_of_the_readme_is_tested_somewhere() -> None:
    elsewhere = {"make demo", "make test", "reportgen demo -o demo.html"}  # .ci/run and test_demo.py
    assert {c for c in COMMANDS if "reportgen " not in c or "demo" in c} == elsewhere


@pytest.mark.keras
@pytest.mark.parametrize("code", PYTHON)
def test_python_example_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras
    import numpy as np

    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(1).normal(size=(60, 4))
    exec(code, {"model": model, "x": x, "y": (x.sum(axis=1) > 0).astype(float)})
    assert reportgen.load(tmp_path / "report.html").keys


def test_links_of_all_documents_lead_somewhere() -> None:
    for document in ROOT.glob("**/*.md"):
        if ".venv" in document.parts:
            continue
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text("utf-8")):
            assert "://" in target or (document.parent / target).exists(), f"{document.name}: {target}"
