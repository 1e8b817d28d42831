"""Files of predictions: what columns mean, and that no file causes more than one line."""

import io
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.errors import EvaluationError, ReportgenError, SourceError
from reportgen.evaluation import evaluate
from reportgen.evaluation.prediction_files import read_columns
from reportgen.history.evaluation import Evaluation


def evaluated(path: Path) -> Evaluation:
    found = read_columns(path)
    return evaluate(found.y_true, found.y_pred, labels=found.labels, task=found.task)


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def accuracy(result: Evaluation) -> float:
    score = result.score("accuracy")
    assert score is not None
    return score.value


@pytest.mark.parametrize(
    ("text", "task", "labels", "score"),
    [
        ("y_true,y_pred\n0,0\n1,1\n1,0\n0,0\n", "binary", ["0", "1"], 0.75),
        ("id,label,prediction\n7,cat,cat\n8,dog,cat\n9,dog,dog\n10,cat,cat\n", "binary", ["cat", "dog"], 0.75),
        ("Target;Pred\r\nNA;NA\r\nnull;NA\r\nNA;NA\r\nnull;null\r\n", "binary", ["NA", "null"], 0.75),
        ("true\tproba\n0\t0.1\n1\t0.8\n1\t0.2\n0\t0.3\n", "binary", ["0", "1"], 0.75),
        ("y_true,proba_1\n0,0.1\n1,0.8\n1,0.2\n0,0.3\n", "binary", ["0", "1"], 0.75),
        ("y_true,proba_yes\nno,0.1\nyes,0.8\nyes,0.2\nno,0.3\n", "binary", ["no", "yes"], 0.75),
        ("y_true;proba_1\n0;0,1\n1;0,8\n1;0,2\n0;0,3\n", "binary", ["0", "1"], 0.75),
        ("y_true,proba_2,proba_0,proba_1\n0,.1,.8,.1\n1,.1,.1,.8\n2,.8,.1,.1\n2,.1,.8,.1\n", "multi-class", None, 0.75),
        ("y_true,y_pred,proba_a,proba_b\na,b,.9,.1\nb,b,.2,.8\nb,a,.7,.3\na,a,.6,.4\n", "binary", ["a", "b"], 0.75),
        ("\ufefflabel,pred\n001,1\n2,2\n3,3\n4,3\n", "multi-class", ["1", "2", "3", "4"], 0.75),
        ('label,pred\n"a, b","a, b"\nc,c\nc,c\nc,"a, b"\n', "binary", ["a, b", "c"], 0.75),
    ],
)
def test_columns_are_found_by_name(
    text: str, task: str, labels: list[str] | None, score: float, tmp_path: Path
) -> None:
    result = evaluated(written(tmp_path / "predictions.csv", text))
    assert result.task == task
    assert labels is None or [each.label for each in result.classes] == labels
    assert accuracy(result) == score


def test_a_column_per_label_makes_several_labels(tmp_path: Path) -> None:
    text = "true_red,true_big,proba_big,proba_red\n1,0,0.2,0.9\n0,1,0.7,0.6\n"
    result = evaluated(written(tmp_path / "p.csv", text))
    assert result.task == "multi-label"
    assert [(each.label, each.rows, each.predicted) for each in result.classes] == [("red", 1, 2), ("big", 1, 1)]


def test_numbers_make_a_regression(tmp_path: Path) -> None:
    result = evaluated(written(tmp_path / "p.csv", "target,prediction\n1.5,1.25\n2.5,2.75\n3.25,3.5\n"))
    assert result.task == "regression"
    assert result.scores[0].value == 0.25


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "npz"])
def test_all_kinds_of_files_give_the_same_scores(ending: str, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    true, shares = random.integers(0, 3, 50), random.dirichlet(np.ones(3), 50).round(4)
    shares[:, 2] = 1 - shares[:, 0] - shares[:, 1]
    path = tmp_path / f"predictions.{ending}"
    frame = pd.DataFrame({"y_true": true} | {f"proba_{n}": shares[:, n] for n in range(3)})
    if ending == "npz":
        np.savez(path, y_true=true, proba=shares, labels=["0", "1", "2"])
    elif ending == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    result = evaluated(path)
    assert result.scores == evaluate(true, shares).scores
    assert [each.label for each in result.classes] == ["0", "1", "2"]


def packed(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def with_header(header: bytes, content: bytes = b"") -> bytes:
    """An npz whose y_true has this header."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        whole = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content
        archive.writestr("y_true.npy", whole)
        archive.writestr("y_pred.npy", whole)
    return stream.getvalue()


HOSTILE: dict[str, bytes | str] = {
    "empty": "",
    "blank": "\n\n \n",
    "no columns": "epoch,loss\n1,0.5\n",
    "only truth": "y_true\n1\n0\n",
    "only predictions": "y_pred\n1\n0\n",
    "two truths": "y_true,label,y_pred\n1,1,1\n",
    "no rows": "y_true,y_pred\n",
    "several outputs": "y_true,y_pred_a,y_pred_b\n1,1,1\n0,1,0\n",
    "several targets": "true_a,true_b,pred_a,pred_b\n1.5,2,1,1\n0,1,0,3\n",
    "labels without predictions": "true_a,true_b,proba_a\n1,0,0.5\n0,1,0.5\n",
    "empty cell": "y_true,y_pred\n1,1\n,0\n",
    "empty probability": "y_true,proba\n1,0.5\n0,\n",
    "text among numbers": "y_true,y_pred\n1,1\n0,abc\n",
    "text as probability": "y_true,proba_a,proba_b\na,x,1\nb,0,1\n",
    "nan": "y_true,y_pred\n1,0.5\n0,nan\n",
    "one of three classes": "y_true,proba_a\na,0.5\nb,0.25\nc,0.25\n",
    "probabilities over one": "y_true,proba_0,proba_1\n1,1.5,2\n0,3,4\n",
    "ragged": "y_true,y_pred\n1,1\n0,1,1,1\n",
    "open quote": 'y_true,y_pred\n"1,1\n0,1\n' + "1,1\n" * 1000,
    "many columns": ",".join(f"c{n}" for n in range(200_000)) + "\n1\n",
    "long line": "y_true,y_pred\n" + "1" * 1_000_000 + ",1\n",
    "zero bytes": b"\0" * 5_000,
    "png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "not utf-8": b"y_true,y_pred\n\xff\xfe\xfa,1\n",
    "utf-16 cut": "y_true,y_pred\n1,1\n0,1\n".encode("utf-16")[:-1],
    "parquet magic": b"PAR1" + b"\x15" * 400 + b"PAR1",
    "zip magic": b"PK\x03\x04" + b"\0" * 100,
    "npz without arrays": packed(weights=np.zeros(3)),
    "npz of objects": packed(y_true=np.array(["a", None], dtype=object), y_pred=np.zeros(2)),
    "npz of several outputs": packed(y_true=np.zeros((4, 2)) + 0.5, y_pred=np.zeros((4, 2))),
    "npz with a huge shape": with_header(b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999,)}\n"),
    "npz with an endless shape": with_header(b"{'descr': '|V0', 'fortran_order': False, 'shape': (9999999999999,)}\n"),
    "npz with code in its header": with_header(b"__import__('os').getcwd()\n"),
    "npz that is cut": packed(y_true=np.zeros(1000), y_pred=np.zeros(1000))[:3000],
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_any_other_file_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / "predictions.csv", HOSTILE[name])
    with pytest.raises(ReportgenError) as refused:
        evaluated(path)
    assert isinstance(refused.value, EvaluationError | SourceError)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(SourceError):
            read_columns(path)


def test_damaged_parquet_files_are_read_or_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pd.DataFrame({"y_true": [0, 1] * 50, "y_pred": [0, 1] * 50}).to_parquet(whole)
    data = whole.read_bytes()
    random = np.random.default_rng(5)
    for _ in range(40):
        damaged = bytearray(data)
        for place in random.integers(4, len(data), 4):
            damaged[place] = random.integers(0, 256)
        with suppress(ReportgenError):  # and nothing else
            evaluated(written(tmp_path / "damaged.parquet", bytes(damaged)))
