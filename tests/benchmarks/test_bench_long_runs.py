"""The benchmark of long runs measures real processes and reports missed aims."""

import re

import pytest

from benchmarks import bench_long_runs
from benchmarks.bench_long_runs import Measured, make_columns
from benchmarks.cold import Cost, run_cold
from reportgen import sources


@pytest.mark.keras  # TensorFlow writes the event file
@pytest.mark.parametrize("name", bench_long_runs.SOURCES)
def test_its_logs_are_read_correctly(tmp_path, name):
    history = sources.read(str(bench_long_runs.SOURCES[name](tmp_path, make_columns(500)))).history
    assert history.keys == ("loss", "accuracy", "val_loss", "val_accuracy")
    assert len(history.frame) == 2_000


def test_the_cost_beyond_reading_is_the_difference_of_medians():
    reads, builds = [Cost(1, 2, 0), Cost(9, 9, 0), Cost(1, 3, 0)], [Cost(5, 8, 0), Cost(4, 7, 0), Cost(6, 9, 0)]
    assert Measured(reads, builds).middle("wall_s") == (1, 4)
    assert Measured(reads, builds).middle("cpu_s") == (3, 5)


def test_memory_is_measured_and_a_failed_process_is_an_error():
    small, large = run_cold("-c", "pass"), run_cold("-c", "x = bytes(range(256)) * 400_000")
    assert large.memory - small.memory > 80_000_000
    assert 0 < small.cpu_s < 60
    with pytest.raises(RuntimeError, match="exited with code 3"):
        run_cold("-c", "raise SystemExit(3)")


def test_its_log_of_many_metrics_is_read_correctly(tmp_path):
    history = sources.read(str(bench_long_runs.write_metrics(tmp_path, 24))).history
    assert len(history.metric_names) == 24
    assert len(history.keys) == 24 + 6
    assert len(history.epochs) == bench_long_runs.EPOCHS


@pytest.mark.slow
def test_it_compares_many_metrics_with_few(capsys):
    assert bench_long_runs.main(["--metrics", "200", "--rounds", "1"]) == 0
    said = capsys.readouterr().out
    assert "== CSV: 200 metrics of 50 epochs against 24; medians of 1 rounds" in said
    assert said.count("  met  ") == 3


@pytest.mark.slow
def test_it_prints_its_figures_and_fails_if_an_aim_is_missed(capsys, monkeypatch):
    monkeypatch.setattr(bench_long_runs, "SOURCES", {"Parquet": bench_long_runs.write_parquet})
    monkeypatch.setattr(bench_long_runs, "MOST_SIZE", 1_000)
    assert bench_long_runs.main(["--steps", "4000", "--rounds", "1"]) == 1
    said = capsys.readouterr().out
    assert "== Parquet: 4,000 steps of 4 series against 1,000; medians of 1 rounds" in said
    assert (said.count("  met  "), said.count("MISSED")) == (2, 1)
    times, memory, size = re.findall(r"(?:run|bytes): ([\d,.]+)", said)
    assert 0.2 < float(times) < 4
    assert int(memory.replace(",", "")) > 100_000_000
    assert 100_000 < int(size.replace(",", "")) < 1_000_000
