"""The option ``monitor``: which curve a run is judged by, from every place that reads a run."""

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import call

import reportgen
from reportgen import HistoryError, ReadOptions, UnknownMetricError
from reportgen.history.facts import valid_directions
from reportgen.history.frame import TrainingHistory
from reportgen.journal import SCHEMA, as_line
from reportgen.live.job import Job
from reportgen.live.watcher import watch
from reportgen.sweep.places import Site, find_runs
from reportgen.sweep.task import SweepOptions, report_on

N = 12
FALLING = np.linspace(1.0, 0.3, N).round(4).tolist()
RISING = np.linspace(0.2, 0.6, N).round(4).tolist()
LOG = {
    "loss": FALLING,
    "val_loss": FALLING,
    "f1": RISING,
    "val_f1": [*RISING[:6], *RISING[4::-1], 0.1],  # best in epoch 6, unlike the loss
    "mae": FALLING,
    "outcome": RISING,
    "learning_rate": FALLING,
}


def _journal(path: Path, monitor: str | None) -> None:
    rows = [{"epoch": n + 1, "seconds": 1.0, "values": {key: LOG[key][n] for key in LOG}} for n in range(N)]
    lines = [{"schema": SCHEMA, "id": "0f", "run": {} if monitor is None else {"monitor": monitor}}, *rows]
    path.write_text("".join(map(as_line, lines)), "utf-8")


@pytest.mark.parametrize(
    ("monitor", "judged"),
    [(None, "val_loss"), ("f1", "val_f1"), ("val_f1", "val_f1"), ("mae", "mae"), ("loss", "val_loss")],
)
def test_a_run_is_judged_by_its_monitor_wherever_it_is_read(tmp_path: Path, monitor: str | None, judged: str) -> None:
    options = ReadOptions(monitor=monitor)
    diagnosis = reportgen.diagnose(LOG, options)
    report = reportgen.build(LOG, options=options)
    again = reportgen.load(report.save(tmp_path / "r.html"))
    assert diagnosis.monitor == report.diagnosis.monitor == reportgen.diagnose(again).monitor == judged
    assert (again.run.monitor, reportgen.load(LOG, options)) == (monitor, report.history)
    assert TrainingHistory.from_json(report.history.to_json()) == report.history
    _journal(tmp_path / "r.journal", monitor)
    assert reportgen.diagnose(tmp_path / "r.journal").monitor == judged


@pytest.mark.parametrize("monitor", ["f1", "val_f1"])
def test_the_whole_judgement_is_about_the_monitor(monitor: str) -> None:
    diagnosis = reportgen.diagnose(LOG, monitor=monitor)
    assert (diagnosis.best_epoch, diagnosis.reading.metric) == (6, "f1")
    assert diagnosis.answers["learning"].evidence.first_value == LOG["f1"][0]
    texts = [*diagnosis.answer_words.values(), diagnosis.verdict_words.text, *diagnosis.verdict_words.advice]
    assert "loss" not in " ".join(texts)
    assert {finding.metric for finding in diagnosis.findings} <= {"f1", "outcome", "learning_rate", None}


@pytest.mark.parametrize(
    ("monitor", "error", "text"),
    [
        (
            "vl_f1",
            UnknownMetricError,
            'cannot be judged by "vl_f1", as it has no such metric; it has "loss", .* Did you mean "val_f1"?',
        ),
        ("val_mae", UnknownMetricError, 'no such metric; it has .* Did you mean "mae"?'),
        ("Val_F1", UnknownMetricError, 'Did you mean "val_f1"?'),
        ("zzz", UnknownMetricError, "Choose one of these as the monitor"),
        ("", UnknownMetricError, "no such metric"),
        (7, TypeError, 'monitor is "7", of type int; a text is needed'),
        ("outcome", HistoryError, 'by "outcome", as it is unknown .* Pass --direction outcome=higher, or =lower'),
        ("learning_rate", HistoryError, 'by "learning_rate", which is a setting'),
    ],
)
def test_a_monitor_that_cannot_be_judged_is_one_line(monitor: object, error: type[Exception], text: str) -> None:
    for function in (reportgen.load, reportgen.diagnose, reportgen.build):
        with pytest.raises(error, match=text) as raised:
            function(LOG, monitor=monitor)
        assert "\n" not in str(raised.value)


def test_a_monitor_of_unknown_direction_is_judged_with_a_direction() -> None:
    judged = reportgen.diagnose(LOG, monitor="outcome", directions={"outcome": "higher"})
    assert (judged.monitor, judged.best_epoch) == ("outcome", N)


def test_a_stored_monitor_that_the_run_does_not_have_is_ignored(tmp_path: Path) -> None:
    for stored in ("none", "val_mae", "outcome", "learning_rate"):
        _journal(tmp_path / "r.journal", stored)
        assert reportgen.diagnose(tmp_path / "r.journal").monitor == "val_loss"


@pytest.mark.parametrize("monitor", ["f1", "val_f1"])
def test_the_baseline_is_compared_by_the_monitor(monitor: str) -> None:
    better = {**LOG, "val_f1": [min(1.0, value + 0.3) for value in LOG["val_f1"]]}
    for baseline in (better, reportgen.load(better, monitor="loss")):
        report = reportgen.build(LOG, baseline=baseline, monitor=monitor)
        assert report.diagnosis.comparison is not None
        assert (report.diagnosis.comparison.key, report.diagnosis.comparison.outcome) == ("val_f1", "worse")
        assert report.gate(max_regression="1%").failures[0].metric == "val_f1"
    other = {"loss": FALLING, "val_loss": FALLING}
    assert reportgen.build(LOG, baseline=other, monitor=monitor).diagnosis.comparison is None


def test_a_baseline_is_compared_by_a_monitor_whose_direction_only_the_run_knows() -> None:
    given = {"monitor": "outcome", "directions": {"outcome": "higher"}}
    assert reportgen.build(LOG, baseline=LOG, **given).diagnosis.comparison.key == "outcome"
    run = reportgen.load(LOG, **given)
    assert reportgen.build(run, baseline=LOG).diagnosis.comparison.key == "outcome"


def test_a_monitor_per_batch_is_judged() -> None:
    steps = TrainingHistory.from_columns(range(1, N + 1), {"batch_loss": FALLING, "loss": FALLING}, axis="step")
    assert reportgen.diagnose(steps).monitor == "loss"
    assert reportgen.diagnose(steps, monitor="batch_loss").monitor == "batch_loss"


def test_a_monitor_is_read_from_the_command_line_and_the_settings(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text(json.dumps(LOG))

    def judged(*typed: str, settings: str = "") -> object:
        (tmp_path / "reportgen.toml").write_text(settings)
        done = call("check", "log.json", "--json", *typed, cwd=tmp_path)
        return json.loads(done.stdout)["monitor"] if done.returncode == 0 else done.stderr

    assert judged("--monitor", "f1") == judged(settings='monitor = "f1"') == "val_f1"
    assert judged("--monitor", "mae", settings='monitor = "f1"') == "mae"
    assert judged(settings='monitor = "other"') == "val_loss"  # as other settings that do not apply
    assert 'Did you mean "f1"' in judged("--monitor", "F1")
    assert "--direction outcome=higher" in judged(settings='monitor = "outcome"')
    assert judged(settings='monitor = "outcome"\ndirection = { outcome = "higher" }') == "outcome"
    assert judged("--direction", "outcome=higher", settings='monitor = "outcome"') == "outcome"


def test_a_sweep_judges_all_runs_by_the_monitor(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        log = LOG if name == "a" else {"loss": FALLING}
        (tmp_path / name / "log.json").write_text(json.dumps(log))
    options = SweepOptions(ReadOptions(monitor="f1"), baseline=str(tmp_path / "b/log.json"))
    site = Site.at(str(tmp_path / "site"))
    made = [report_on(run, options, site) for run in find_runs([f"{tmp_path}/*/log.json"])]
    assert (made[0].monitor, made[0].error) == ("val_f1", "")
    assert 'cannot be judged by "f1"' in made[1].error


def test_the_watcher_judges_by_the_monitor_and_reports_one_that_is_missing(tmp_path: Path) -> None:
    for monitor, failed, judged in (("f1", [], "val_f1"), ("none", ["use the monitor"], "val_loss")):
        job = Job(tmp_path / "r.html", options=ReadOptions(monitor=monitor), run_id="0f")
        _journal(job.journal, None)
        written = watch(job, lambda: "finish\n")
        assert written is not None
        assert [doing for doing, _ in written.failures] == failed
        assert reportgen.diagnose(job.report).monitor == judged


def test_a_journal_is_judged_as_the_callback_was_asked_to(tmp_path: Path) -> None:
    path = tmp_path / "r.journal"
    facts = {"monitor": "outcome", "directions": valid_directions({"val_outcome": "higher", "f1": "up", 7: "lower"})}
    rows = [{"epoch": n + 1, "values": {key: LOG[key][n] for key in LOG}} for n in range(N)]
    path.write_text("".join(map(as_line, [{"schema": SCHEMA, "run": facts}, *rows])), "utf-8")
    assert reportgen.diagnose(path).monitor == "outcome"


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (LOG, "The baseline is not judged by val_loss, so the two runs cannot be compared."),
        ({"d_loss": FALLING, "g_loss": RISING}, "This run is not judged, so it cannot be compared with the baseline."),
    ],
)
def test_a_report_says_why_it_cannot_be_compared_with_the_baseline(columns: dict[str, list[float]], text: str) -> None:
    assert text in reportgen.build(columns, baseline={"accuracy": RISING}).summary()
