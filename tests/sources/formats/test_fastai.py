"""Uses the documented format, because the package needs torchvision, which is too large for a test run."""

import pytest
import sample_logs
from logs import read_log, read_with_format


def test_metrics_are_validation_metrics_and_times_are_durations() -> None:
    history, form = read_with_format(sample_logs.FASTAI)
    assert form == "fastai"
    assert history.keys == ("loss", "val_loss", "val_accuracy")
    assert history.run.durations_s == (0.0, 1.0, 2.0, 3.0)
    assert history.run.notes == ()


@pytest.mark.parametrize(("text", "seconds"), [("01:05", 65), ("1:02:03", 3723), ("00:00", 0)])
def test_times_are_minutes_and_seconds_or_hours_too(text: str, seconds: int) -> None:
    history = read_log(f"epoch,train_loss,valid_loss,time\n0,1,2,{text}\n")
    assert history.run.durations_s == (seconds,)


@pytest.mark.parametrize("text", ["", "x", "5", "1:2:3:4", "-1:05", "00:9999999999"])
def test_durations_in_other_forms_are_not_read(text: str) -> None:
    assert read_log(f"epoch,train_loss,valid_loss,time\n0,1,2,{text}\n").run.durations_s == ()
