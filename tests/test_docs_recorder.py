"""docs/recorder.md: its loops run as they are, with the real frameworks, and its tables name every argument."""

import importlib.util
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import reportgen

DOCS = Path(__file__).parents[1] / "docs"
RECORDER, CALLBACK = (DOCS / f"{name}.md" for name in ("recorder", "callback"))
BLOCKS = {
    found[1]: block
    for block in re.findall(r"```python\n(.*?)```", RECORDER.read_text("utf-8"), re.DOTALL)
    if (found := re.search(r'Recorder\("([\w/{}]+)\.html"', block)) and found[1] != "report"
}


@pytest.mark.filterwarnings("ignore")  # of the frameworks
@pytest.mark.parametrize(
    ("name", "package", "weights"),
    [
        pytest.param("tape", "tensorflow", 4, marks=pytest.mark.keras),
        ("torch", "torch", 4),
        ("jax", "jax", 4),
        ("tested", "reportgen", None),
    ],
)
def test_a_loop_of_the_documentation_runs(
    name: str, package: str, weights: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    monkeypatch.chdir(tmp_path)
    exec(BLOCKS[name], {"reportgen": reportgen})
    history = reportgen.load(tmp_path / f"{name}.html")
    assert (history.run.status, history.run.parameters) == ("completed", weights)
    assert {"loss", "val_loss"} <= set(history.keys)
    assert history.run.notes == ()
    assert (history.run.evaluation is not None) is (name == "tested")
    assert (dict(history.run.test_results) == {"loss": 0.71, "accuracy": 0.75}) is (name == "tested")


def test_folds_of_the_documentation_have_a_report_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(BLOCKS["folds/{fold}"], {"reportgen": reportgen})
    reports = sorted((tmp_path / "folds").iterdir())
    assert [path.name for path in reports] == ["1.html", "2.html", "3.html"]
    assert [dict(reportgen.load(path).run.params) for path in reports] == [{"fold": str(fold)} for fold in (1, 2, 3)]


def test_the_tables_name_every_argument_and_method_of_the_recorder() -> None:
    check_arguments(RECORDER, reportgen.Recorder)
    methods = {name for name, _ in inspect.getmembers(reportgen.Recorder, inspect.isfunction) if name[0] != "_"}
    assert methods <= set(re.findall(r"`(\w+)[(`]", RECORDER.read_text("utf-8")))


@pytest.mark.keras
def test_the_table_names_every_argument_of_the_callback() -> None:
    check_arguments(CALLBACK, reportgen.ReportCallback)


def check_arguments(document: Path, made: Any) -> None:
    """Checks that a document's table of arguments has all of a class."""
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|.*\|$", document.read_text("utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"\w+", row)}
    assert set(inspect.signature(made).parameters) - {"keywords"} <= named
