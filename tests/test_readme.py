"""The commands and examples of the documents run, and their links resolve."""

import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import histories
import pytest

import reportgen

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
TESTED_ELSEWHERE = {
    "make demo",  # in .ci/run and test_demo.py
    "make test",
    "reportgen demo -o demo.html",  # in test_demo.py
    "python -m pip install '.[tensorflow]'",  # by make demo; without the extra in test_wheel.py
    "python -m pip install 'keras-reportgen[tensorflow] @ git+https://github.com/keras-reportgen/keras-reportgen'",
    "uvx --from . keras-reportgen check history.csv",  # the command is run in test_wheel.py
    "pipx run --spec . keras-reportgen check history.csv",
    "reportgen demo",  # the same with another path
    "reportgen build mlflow:0ecadac2",  # in tests/sources
    "reportgen build wandb/latest-run",
    "reportgen build logs/ --run lr-0.01",
    "reportgen sweep 's3://bucket/runs/*/history.csv' -o s3://bucket/site --scheduler tcp://10.0.0.5:8786",
}


def commands(document: str) -> list[str]:
    """The lines of a document's console blocks, without prompt and comment."""
    return [
        line.removeprefix("$ ").split("  #")[0].strip()
        for block in re.findall(r"```console\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL)
        for line in block.splitlines()
    ]


DOCUMENTS = (
    "README.md",
    "docs/getting-started.md",
    "docs/cli.md",
    "docs/sources.md",
    "docs/sweep.md",
)  # others have tests of their own
COMMANDS = sorted({command for document in DOCUMENTS for command in commands(document)})


@functools.cache
def files() -> dict[str, bytes]:
    """The files that the commands name."""
    history = histories.overfit_from_12()
    wide = history.frame.assign(
        key=[("val_" if split == "validation" else "") + metric
             for metric, split in zip(history.frame["metric"], history.frame["split"], strict=True)]
    ).pivot_table(index="epoch", columns="key", values="value")  # fmt: skip
    log = wide.to_csv().encode()
    names = {"epoch": "it", "loss": "my loss", "val_loss": "held out"}
    return {
        "history.csv": log,
        "runs/a/history.csv": log,
        "runs/b/history.csv": log,
        "log.csv": wide.reset_index().rename(columns=names).assign(comment="fine").to_csv(index=False).encode(),
        "report.html": reportgen.build(history).to_html().encode(),
        "earlier.html": reportgen.build(histories.healthy()).to_html().encode(),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in TESTED_ELSEWHERE])
def test_command_runs(command: str, folder: Path) -> None:
    assert "reportgen " in command
    done = subprocess.run(
        command.replace("reportgen ", f"{sys.executable} -m reportgen ", 1),
        shell=True, cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_commands_tested_elsewhere_are_still_documented() -> None:
    assert set(COMMANDS) >= TESTED_ELSEWHERE


NOT_RUN = {  # by document, what such an example contains: names of large packages; it is parsed
    "pytorch.md": ("LightningReport",),  # test_framework_callbacks.py
    "recorder.md": ("import torch", "import jax", "LightningReport", "TrainerReport"),  # test_docs_recorder.py
    "trackers.md": ("import mlflow", "import wandb", "import trackio", "huggingface_hub"),  # test_trackers.py
    "trainer.md": ("TrainerReport",),
    "tuners.md": ("keras_tuner",),  # test_callback_paths.py has trials of its kind
}
EXAMPLES = [
    (path.name, number, code)
    for path in sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", path.read_text("utf-8"), re.DOTALL))
]


def own_program(x: Any, y: Any) -> dict[str, Any]:
    """What the examples for training loops use of the reader's program."""
    return {
        "args": SimpleNamespace(lr=0.1),
        "scheduler": SimpleNamespace(get_last_lr=lambda: [0.1]),
        "train_data": range(3),
        "val_data": range(3),
        "train_loader": range(3),
        "val_loader": range(3),
        "train": lambda model, data: 0.5,
        "train_step": lambda batch: 0.5,
        "evaluate": lambda model, data=None: 0.6 if data is None else (0.6, 0.7),
        "step": 1000,
        "loss": 0.5,
        "mean_loss": 0.5,
        "x_test": x,
        "y_test": y,
        "run": reportgen.Recorder("steps.html", verbose=0),
    }


@pytest.mark.keras
@pytest.mark.parametrize(("document", "number", "code"), EXAMPLES, ids=[f"{name}-{n}" for name, n, _ in EXAMPLES])
def test_python_example_runs(
    document: str, number: int, code: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if document == "charts.md" and number:  # changes the chart of the first example
        code = EXAMPLES[[name for name, *_ in EXAMPLES].index(document)][2] + code
    compiled = compile(
        code.replace("epochs=200", "epochs=2").replace(
            "for seed in range(5):\n        keras", "for seed in range(2):\n        keras"
        ),
        document,
        "exec",
    )
    if any(part in code for part in NOT_RUN.get(document, ())):
        return
    import keras
    import numpy as np

    monkeypatch.chdir(folder)
    monkeypatch.setattr("webbrowser.open", lambda *_: True)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(1).normal(size=(60, 4))
    y = (x.sum(axis=1) > 0).astype(float)
    names = {"keras": keras, "reportgen": reportgen, "model": model, "base": model, "x": x, "y": y} | own_program(x, y)
    exec(compiled, names)
    names["run"].finish()
    logs = [path for path in folder.rglob("*.*") if path.suffix in (".html", ".csv")]
    written = [path for path in logs if path.read_bytes() not in files().values()]
    assert written or document != "README.md"
    for path in written if document == "README.md" else ():
        assert reportgen.load(path).keys


def test_examples_that_do_not_run_are_still_documented() -> None:
    for document, parts in NOT_RUN.items():
        for part in parts:
            assert any(name == document and part in code for name, _, code in EXAMPLES), (document, part)


@pytest.mark.keras
def test_the_notebook_runs_and_has_no_stored_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = json.loads((ROOT / "docs" / "first-report.ipynb").read_text("utf-8"))
    assert (notebook["nbformat"], notebook["metadata"]["kernelspec"]["name"]) == (4, "python3")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
            exec("".join(cell["source"]), names)
    assert reportgen.load(tmp_path / "report.html").run.title == "Pima"


def headings(document: Path) -> set[str]:
    """The anchors of a document, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_links_in_all_documents_resolve() -> None:
    for document in ROOT.glob("**/*.md"):
        if document.relative_to(ROOT).parts[0] not in (".venv", ".venv-oldest", "build"):
            for link in re.findall(r"\]\(([^)\s]+)", document.read_text("utf-8")):
                path, _, anchor = link.partition("#")
                target = document.parent / path if path else document
                assert "://" in link or target.exists(), f"{document.name}: {link}"
                assert not anchor or "://" in link or anchor in headings(target), f"{document.name}: {link}"


def test_every_template_is_listed() -> None:
    folder = ROOT / "templates"
    text = (folder / "README.md").read_text("utf-8")
    listed = set(re.findall(r"`(?:[a-z]+/)?([a-z.-]+)`", text))
    assert listed >= {path.name for path in folder.rglob("*.*") if path.name != "README.md"}


def test_the_architecture_names_every_part_of_the_package() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    architecture = text[text.index("## The architecture") : text.index("## How to add")]
    parts = {path.stem for path in (ROOT / "reportgen").glob("[a-z]*") if path.suffix in ("", ".py")}
    assert parts - {"data", "translations", "version"} <= set(re.findall(r"`([a-z_]+)/?`", architecture))
