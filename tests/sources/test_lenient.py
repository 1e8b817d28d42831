"""Reading a baseline with the options of the run: options that do not apply to it are left out."""

from pathlib import Path

import histories
import pytest

import reportgen
from reportgen import sources
from reportgen.errors import SourceError, UnknownMetricError
from reportgen.options import READ_NAMES, ReadOptions

LOG = "epoch,train_loss,valid_loss,other\n0,1.0,1.2,x\n1,0.5,0.8,y\n2,0.4,0.9,z\n"
SHORT = {"loss": [4.0, 3.0, 2.0, 1.0], "val_loss": [3.0, 1.5]}
OPTIONS = ReadOptions(
    format="csv",
    columns={"train_loss": "loss", "valid_loss": "val_loss", "other": ""},
    validation_freq=2,
    directions={"f2": "higher", "val_loss": "lower"},
    run=3,
)


def saved(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_log_and_its_copy_with_the_same_columns_are_judged_by_the_same_metric(tmp_path: Path) -> None:
    log, copy = (saved(tmp_path, name, LOG) for name in ("log.csv", "copy.csv"))
    columns = {"train_loss": "val_mae", "valid_loss": "loss", "other": ""}
    report = reportgen.build(log, baseline=copy, columns=columns)
    assert "another metric" not in report.summary()
    earlier = sources.read(copy, ReadOptions(columns=columns), lenient=READ_NAMES).history
    assert earlier.keys == report.history.keys == ("loss", "val_mae")


def test_a_run_with_shorter_validation_is_its_own_baseline() -> None:
    report = reportgen.build(SHORT, baseline=SHORT, validation_freq=2)
    assert report.history.series("loss", "validation").to_dict() == {2: 3.0, 4: 1.5}


def test_every_option_that_does_not_apply_is_left_out(tmp_path: Path) -> None:
    plain = saved(tmp_path, "plain.csv", "epoch,loss,val_loss\n0,1.0,1.2\n1,0.5,0.8\n")
    report = reportgen.build(histories.healthy()).save(tmp_path / "report.html")
    complete = {"loss": [2.0, 1.0], "val_loss": [2.0, 1.0]}
    for source in (plain, report, complete, histories.healthy()):
        with pytest.raises((SourceError, UnknownMetricError)):
            sources.read(source, OPTIONS)
        history = sources.read(source, OPTIONS, lenient=READ_NAMES).history
        assert history.has("loss", "validation")
        assert dict(history.run.directions) == {"loss": "lower"}
        assert history.frame.equals(sources.read(source).history.frame)


def test_a_baseline_in_another_format_than_the_named_one_is_refused(tmp_path: Path) -> None:
    log = saved(tmp_path, "log.json", '{"loss": [2, 1]}')
    with pytest.raises(SourceError, match=r"log\.json: "):
        sources.read(log, ReadOptions(format="hugging-face"), lenient=READ_NAMES)
