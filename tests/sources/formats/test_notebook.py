import json
import random
from pathlib import Path
from typing import Any

import pytest
from logs import read_log, read_with_format

from reportgen.errors import HistoryError, SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources import printed, read_all
from reportgen.sources.printed.log_runs import printed_history

BAR = "[==============================]"
HISTORY = "{'loss': [1.0, 0.5], 'val_loss': [1.25, 0.75]}"
TABLE = """<style>td {}</style><table border="1" class="dataframe"><thead>
<tr><th>epoch</th><th>train_loss</th><th>valid_loss</th><th>accuracy</th><th>time</th></tr></thead><tbody>
<tr><td>0</td><td>1.0</td><td>1.25</td><td>0.5</td><td>00:04</td></tr>
<tr><td>1</td><td>0.5</td><td>0.75</td><td>0.75</td><td>00:04</td></tr></tbody></table>"""
TRAINER = """<div><progress value='20' max='20'></progress> [20/20 00:09]</div><table>
<tr><th>Step</th><th>Training Loss</th><th>Validation Loss</th></tr><tr><td>10</td><td>No log</td><td>1.25</td></tr>
<tr><td>20</td><td>0.5</td><td>0.75</td></tr></table><p>"""


def epochs(first: int, last: int, planned: int) -> str:
    return "".join(
        f"Epoch {n}/{planned}\n8/8 {BAR} - 1s 9ms/step - loss: {1 / n:.4f} - val_loss: {1.25 / n:.4f}\n"
        for n in range(first, last + 1)
    )


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text.splitlines(keepends=True)}


def shown(kind: str, text: str, plain: str = "<IPython.core.display.HTML object>") -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/plain": [plain], kind: text}}


def cell(*outputs: Any, source: str = "model.fit(x, y)", count: int | None = None) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": count, "metadata": {}, "source": [source], "outputs": list(outputs)}


def notebook(*cells: Any) -> str:
    heading = {"cell_type": "markdown", "metadata": {}, "source": ["# Training"]}
    return json.dumps({"cells": [heading, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def runs_of(text: str, tmp_path: Path) -> list[tuple[str | None, list[int]]]:
    path = tmp_path / "run.ipynb"
    path.write_text(text)
    return [(one.history.run.title, one.history.epochs.tolist()) for one in read_all(str(path), ReadOptions())]


@pytest.mark.parametrize(
    "output",
    [
        [stream(epochs(1, 2, 2))],
        [stream("2026-01-01 I tensorflow/core: ready\n", "stderr"), stream(epochs(1, 2, 2))],
        [stream(epochs(1, 2, 2)[:70]), stream("WARNING: slow\n", "stderr"), stream(epochs(1, 2, 2)[70:])],
        [{"output_type": "stream", "text": epochs(1, 2, 2)}],
        [{"output_type": "execute_result", "execution_count": 4, "metadata": {}, "data": {"text/plain": HISTORY}}],
        [shown("text/html", TABLE)],
        [shown("text/html", TRAINER)],
    ],
    ids=[
        "stream",
        "warnings first",
        "warnings between",
        "no name",
        "a dict",
        "a table of fastai",
        "a table of Trainer",
    ],
)
def test_a_training_run_that_a_cell_printed_is_read(output: list[Any]) -> None:
    history, known = read_with_format(notebook(cell(source="import os"), cell(*output)), "run.ipynb")
    assert known == "notebook"
    assert history.series("loss", "train").tolist()[-1:] == [0.5]
    assert history.series("loss", "validation").tolist()[0] == 1.25
    assert len(history.series("loss", "validation")) == 2


def test_notebooks_of_format_3_and_pages_and_pieces_of_logs_are_read() -> None:
    old = {
        "cell_type": "code",
        "input": ["fit()"],
        "language": "python",
        "prompt_number": 3,
        "outputs": [stream(epochs(1, 2, 2))],
    }
    text = json.dumps({"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [old]}]})
    page = (
        "<!DOCTYPE html><html><head><style>.jp-OutputArea { }</style></head><body>"
        '<div class="jp-Cell jp-CodeCell"><div class="highlight"><pre>fit()</pre></div>'
        f'<div class="jp-OutputArea-output"><pre>{epochs(1, 2, 2)}</pre></div></div></body></html>'
    )
    pieces = json.dumps(
        [{"stream_name": "stdout", "time": 1.5, "data": line} for line in epochs(1, 2, 2).splitlines(keepends=True)]
    )
    for content in (text, page, pieces):
        assert read_log(content, "notebook.txt").series("loss", "train").tolist() == [1.0, 0.5]


def test_each_training_run_is_a_run_named_by_its_cell(tmp_path: Path) -> None:
    two = stream(epochs(1, 2, 2) + epochs(1, 3, 3))
    text = notebook(
        cell(stream(epochs(1, 4, 4)), count=7), cell(source="x = 1"), cell(two), cell(stream(epochs(1, 1, 9)))
    )
    assert runs_of(text, tmp_path) == [
        ("cell 2", [1, 2, 3, 4]),
        ("cell 4, fit 1", [1, 2]),
        ("cell 4, fit 2", [1, 2, 3]),
        ("cell 5", [1]),
    ]
    assert read_log(text, run="In [7]").epochs.tolist() == [1, 2, 3, 4]


def test_of_many_runs_only_the_wanted_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def counted(log: Any, run: Any, *others: Any) -> TrainingHistory:
        read.append(run.first)
        return printed_history(log, run, *others)

    monkeypatch.setattr(printed, "printed_history", counted)
    text = notebook(cell(stream("".join(epochs(1, 2 + n % 2, 3) for n in range(90)))))
    assert read_log(text, run="cell 2, fit 70").epochs.tolist() == [1, 2, 3]
    assert len(read) == 2  # and the last one, to see whether they are runs


def test_a_training_run_that_goes_on_in_a_later_cell_is_one_run(tmp_path: Path) -> None:
    text = notebook(
        cell(stream(epochs(1, 3, 3))), cell(stream(epochs(4, 6, 6)), source="model.fit(x, initial_epoch=3)")
    )
    history = read_log(text)
    assert history.epochs.tolist() == [1, 2, 3, 4, 5, 6]
    assert history.run.resumed_at == (4,)


def test_what_evaluate_prints_in_a_later_cell_is_a_test_result() -> None:
    result = stream(f"4/4 {BAR} - 0s 2ms/step - loss: 0.6250\nTest loss: 0.6250\n")
    history = read_log(notebook(cell(stream(epochs(1, 2, 2))), cell(result, source="model.evaluate(x_test, y_test)")))
    assert history.series("loss", "train").tolist() == [1.0, 0.5]
    assert history.run.test_results == (("loss", 0.625),)


def test_a_history_that_was_printed_as_lines_and_as_a_dict_is_one_run(tmp_path: Path) -> None:
    text = notebook(cell(stream(epochs(1, 2, 2))), cell(stream(HISTORY + "\n"), source="print(h.history)"))
    assert runs_of(text, tmp_path) == [("run.ipynb", [1, 2])]


def test_data_in_a_notebook_are_not_a_training_run() -> None:
    frame = "<table><tr><th></th><th>age</th><th>loss</th></tr><tr><th>0</th><td>41</td><td>2.5</td></tr></table>"
    report = stream(
        "              precision    recall\n\n           0       0.98      0.99\n    accuracy           0.98\n"
    )
    printing = cell(shown("text/html", frame, "   age  loss\n0   41   2.5"), report, source="df.head()")
    with pytest.raises(SourceError, match="this notebook has output in one cell, but no training log"):
        read_log(notebook(printing))


@pytest.mark.parametrize(
    ("text", "message"),
    [(notebook(), "no code cells"), (notebook(cell(), cell()), "a notebook without outputs")],
)
def test_notebooks_without_a_log_are_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_log(text, "run.ipynb")


def test_damaged_notebooks_are_read_or_refused() -> None:
    chance = random.Random(3)
    outputs = [shown("text/html", TABLE), stream(epochs(1, 2, 2)), stream(HISTORY)]
    sound = json.loads(notebook(*map(cell, outputs)))
    odd = [None, 3, "x", [], {}, [3], {"text/plain": 3}, [None, "<tr>"], True, 1e400]

    def damaged(node: Any) -> Any:
        if chance.random() < 0.04:
            return chance.choice(odd)
        if isinstance(node, dict):
            return {key: damaged(value) for key, value in node.items()}
        return [damaged(value) for value in node] if isinstance(node, list) else node

    for _ in range(150):
        try:
            read_log(json.dumps(damaged(sound)), "run.ipynb")
        except (SourceError, HistoryError) as error:
            assert "\n" not in str(error)  # noqa: PT017


def test_headings_above_cells_name_their_runs_if_each_has_its_own(tmp_path: Path) -> None:
    def text(*lines: str) -> dict[str, Any]:
        return {"cell_type": "markdown", "metadata": {}, "source": list(lines)}

    def fit(n: int = 3) -> dict[str, Any]:
        return cell(stream(epochs(1, n, n)))

    folds = cell(stream(f"Fold 1\n{epochs(1, 2, 2)}Fold 2\n{epochs(1, 2, 2)}"))
    content = notebook(text("## 2.1 **Baseline**:\n", "It has no dropout."), fit(), text("## With `dropout`"), fit())
    assert [title for title, _ in runs_of(content, tmp_path)] == ["Baseline", "With dropout"]
    content = notebook(text("# CNN"), folds, text("# RNN"), folds)
    assert [title for title, _ in runs_of(content, tmp_path)] == [
        f"{a}, fold {n}" for a in ("CNN", "RNN") for n in (1, 2)
    ]
    assert [title for title, _ in runs_of(notebook(text("# CNN"), fit(), fit()), tmp_path)] == ["cell 3", "cell 4"]
