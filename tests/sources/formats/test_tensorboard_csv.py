from pathlib import Path

import pytest
import sample_logs
from logs import format_of, read_log, read_path, read_with_format

from reportgen.errors import SourceError

CSV = sample_logs.FOLDERS_BY_FORMAT["tensorboard-csv"]["run-a_train-tag-epoch_loss.csv"]
JSON = b"[[1700000000.5,0,1.0],[1700000001.5,1,0.5],[1700000002.5,2,0.25],[1700000003.5,3,0.125]]"


@pytest.mark.parametrize("data", [CSV, JSON], ids=["csv", "json"])
@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("run-exp1-tag-Loss_val", "val_loss"),
        ("run-exp1-tag-Loss_train (1)", "loss"),
        ("run-logs_validation-tag-epoch_accuracy", "val_accuracy"),
        ("run-train-tag-epoch_loss", "loss"),
        ("01_run-.-tag-val_f1", "val_f1"),
        ("run-a-tag-rollout_ep_rew_mean", "rollout_ep_rew_mean"),
        ("val_loss", "val_loss"),
        ("net-b_valid_loss", "val_loss"),
        ("curve", "curve"),
    ],
)
def test_the_name_of_the_file_is_the_name_of_its_only_metric(data: bytes, name: str, key: str) -> None:
    ending = ".json" if data is JSON else ".csv"
    history, form = read_with_format(data, name + ending)
    assert (history.keys, form) == ((key,), "tensorboard-csv")
    split = "validation" if key.startswith("val_") else "train"
    assert history.series(history.metric_names[0], split).tolist() == sample_logs.LOSSES


@pytest.mark.parametrize(
    "header",
    ["wall_time,step,value", "step,value,timestamp", ",step,value,timestamp", "Unnamed: 0,wall_time,step,value"],
)
def test_curves_that_a_program_saved_are_named_by_the_file_too(header: str) -> None:
    names = header.split(",")
    cells = {"step": "{s}", "value": "{v}"}
    rows = [
        ",".join(cells.get(name, "{s}" if name in ("", "Unnamed: 0") else "170000000{s}.5") for name in names).format(
            s=step, v=value
        )
        for step, value in enumerate(sample_logs.LOSSES)
    ]
    history = read_log("\n".join([header, *rows, ""]), "val_loss.csv")
    assert history.series("loss", "validation").tolist() == sample_logs.LOSSES


def test_the_files_of_a_folder_are_curves_of_the_runs_in_their_names(tmp_path: Path) -> None:
    for run in ("a", "b"):
        (tmp_path / f"run-{run}_train-tag-epoch_loss.csv").write_bytes(CSV)
        (tmp_path / f"run-{run}_validation-tag-epoch_loss.csv").write_bytes(CSV)
        (tmp_path / f"run-{run}_train-tag-epoch.csv").write_bytes(CSV)
    assert format_of(tmp_path) == "tensorboard-csv"
    history = read_path(tmp_path, run="a")
    assert history.keys == ("loss", "val_loss")
    assert history.run.title == "a"
    assert read_path(tmp_path).run.title == "b"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("run-a-tag-epoch.csv", CSV, 'it has only the curve "epoch", which only counts'),
        ("run-a-tag-loss.json", b"[[1700000000.5,0,1.0],[3]]", "a row is not a time, a step and a value"),
        ("run-a-tag-loss.csv", b"Wall time,Step,Value\n1,,2\n", "a row has no step"),
    ],
)
def test_what_is_not_a_curve_of_a_metric_is_refused(name: str, data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_log(data, name)
