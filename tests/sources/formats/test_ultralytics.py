"""Uses the documented format, because the package needs torchvision, which is too large for a test run."""

from dataclasses import replace
from pathlib import Path

import pytest
import sample_logs
from logs import format_of, read_log, read_path, sentences

import reportgen
from reportgen.errors import SourceError

OLD = (  # YOLOv5 and the first Ultralytics releases: epochs from 0, padded with spaces
    "               epoch,      train/box_loss,      train/obj_loss,   metrics/precision,     metrics/mAP_0.5,"
    "        val/box_loss,        val/obj_loss,               x/lr0,               x/lr1\n"
    "                   0,             0.12345,             0.04321,              0.5000,             0.25000,"
    "             0.20000,             0.10000,            0.070000,            0.003000\n"
    "                   1,             0.10000,             0.02500,              0.6000,             0.37500,"
    "             0.15000,             0.05000,            0.040000,            0.006000\n"
)


def test_losses_metrics_rates_and_times_are_distinguished() -> None:
    history = read_log(sample_logs.ULTRALYTICS)
    assert history.keys == (
        "box_loss", "cls_loss", "learning_rate", "loss", "val_box_loss", "val_cls_loss", "val_recall(B)", "val_loss",
    )  # fmt: skip
    assert history.run.durations_s == (2.5, 2.5, 2.5, 2.5)
    assert sentences(history.run.notes) == (
        "The log has no total loss; the sum of its parts is shown as box_loss + cls_loss.",
    )


def test_padded_files_of_older_releases_are_read() -> None:
    history = read_log(OLD)
    assert history.epochs.tolist() == [1, 2]
    assert history.series("loss", "train")[2] == 0.125
    assert history.series("mAP_0.5", "validation").tolist() == [0.25, 0.375]
    assert history.series("learning_rate", "train").tolist() == [0.07, 0.04]


def test_runs_are_compared_by_what_chooses_the_best_weights_as_losses_of_an_exploded_detector_can_be_0() -> None:
    head = "epoch,train/box_loss,train/cls_loss,metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss,val/cls_loss\n"
    good = read_log(head + "1,3,2,0.2,0.1,3,2\n2,2,1,0.6,0.5,2,1\n")
    exploded = read_log(head + "1,3,2,0,0,0,0\n2,2,1,0.3,0.2,3,2\n")
    found = reportgen.compare({"good": good, "exploded": exploded})
    assert (found.measure.key, [group.name for group in found.groups]) == ("val_mAP50-95(B)", ["good", "exploded"])


def test_a_single_loss_is_not_a_sum() -> None:
    history = read_log("epoch,time,train/loss,metrics/accuracy_top1,val/loss\n1,2,1.5,0.5,2.5\n")
    assert history.keys == ("loss", "val_loss", "val_accuracy_top1")
    assert sentences(history.run.notes) == ()


def test_losses_with_gaps_are_not_summed_and_the_user_s_names_take_precedence() -> None:
    gap = sample_logs.ULTRALYTICS.replace("2,5.0,0.25,0.25", "2,5.0,,0.25")
    assert not read_log(gap).has("loss", "train")
    named = read_log(sample_logs.ULTRALYTICS, columns={"train/cls_loss": "other", "time": "clock"})
    assert named.has("other", "train")
    assert named.series("clock", "train").tolist() == [2.5, 5.0, 7.5, 10.0]


def test_a_run_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "args.yaml").write_text("epochs: 4\n")
    (tmp_path / "results.csv").write_text(sample_logs.ULTRALYTICS)
    assert format_of(tmp_path) == "ultralytics"
    found, logged = read_path(tmp_path), read_log(sample_logs.ULTRALYTICS)
    assert found.run.params == (("epochs", "4"),)
    assert read_path(tmp_path / "results.csv").run.params == found.run.params
    assert found == replace(logged, run=replace(logged.run, params=found.run.params))


def test_names_of_other_tasks_are_known() -> None:
    yolov5 = "epoch,train/loss,test/loss,metrics/accuracy_top1,lr/0\n0,1.5,1.25,0.5,0.01\n1,1.0,0.75,0.5,0.01\n"
    assert set(read_log(yolov5).keys) == {"learning_rate", "loss", "val_accuracy_top1", "val_loss"}
    assert read_log(yolov5).run.tool == "ultralytics"


def test_a_results_csv_in_a_folder_of_another_program_is_recognised_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("model,acc,loss\na,0.5,0.6\nb,0.6,0.7\nc,0.7,0.8\n")
    with pytest.raises(SourceError, match="it has one row per run"):
        reportgen.load(tmp_path)


def test_the_losses_of_both_heads_of_yolov10_are_summed() -> None:
    heads = "train/box_om,train/cls_om,train/box_oo,train/cls_oo"
    history = read_log(f"epoch,{heads},metrics/mAP50(B)\n1,1,2,3,4,0.5\n2,1,1,1,1,0.5\n")
    assert history.series("loss", "train").tolist() == [10, 4]
