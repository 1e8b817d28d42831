"""Choosing one run of a source that contains several; the last one is used without a choice."""

from collections.abc import Callable
from pathlib import Path

import event_files
import pytest
import wandb_files
from logs import read_path, sentences

import reportgen
from reportgen.errors import SourceError
from reportgen.sources.source_runs import Runs, other_runs, run_index, runs_in_folders, unique_name

NAMES = ["baseline", "tuned", "10", "tuned-longer"]


@pytest.mark.parametrize(
    ("run", "index"),
    [("tuned", 1), ("tuned-", 3), (1, 0), ("1", 0), ("4", 3), ("10", 2), ("base", 0), ("second best", 1), (None, 3)],
)
def test_a_run_is_chosen_by_name_by_number_or_by_the_beginning_of_its_name(run: str | int | None, index: int) -> None:
    assert run_index(NAMES, run, "logs", ["", "second best", "", ""]) == index
    assert (
        f"contains 4 runs; this report shows {NAMES[index]}. To report on another"
        in sentences(other_runs(NAMES, index))[0]
    )


@pytest.mark.parametrize("run", ["other", "tu", "0", "5", 0, 5, "", "²"])
def test_a_run_that_does_not_exist_is_refused_with_the_names_of_all(run: str | int) -> None:
    with pytest.raises(SourceError, match=r'^logs: .* it contains "baseline", "tuned", "10", "tuned-longer"\. Use one'):
        run_index(NAMES, run, "logs")


def test_the_only_run_needs_no_choice() -> None:
    for run in (None, "a", 1):
        assert (run_index(["a"], run, "logs"), other_runs(["a"], 0)) == (0, ())
    with pytest.raises(SourceError, match='it has no run "b"; its only run is "a"'):
        run_index(["a"], "b", "logs")


def test_names_of_runs_are_unique_and_printable() -> None:
    runs = runs_in_folders(["a/", "a", "", "b\x1b[31m"], lambda index: reportgen.load({"loss": [index]}))
    assert isinstance(runs, Runs)
    assert runs.names == ("a", "a (2)", ".", "b�[31m")
    assert unique_name("a", {"a", "a (2)"}) == "a (3)"


def save(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def tensorboard(folder: Path) -> Path:
    runs = {"a/events.tfevents.1": 1.0, "b/events.tfevents.1": 2.0}
    logs = {
        name: event_files.written([event_files.event(step, event_files.simple("loss", value)) for step in (1, 2)])
        for name, value in runs.items()
    }
    return save(logs, folder)


def dvclive(folder: Path) -> Path:
    metrics = {"a": 1, "b": 2}
    return save(
        {f"{name}/plots/metrics/loss.tsv": f"step\tloss\n0\t{n}\n1\t{n}\n".encode() for name, n in metrics.items()},
        folder,
    )


def wandb(folder: Path) -> Path:
    rows = {
        name: [wandb_files.history({"loss": n, "_step": s}) for s in (0, 1)] for name, n in {"a": 1.0, "b": 2.0}.items()
    }
    return save({f"{name}/run-{name}.wandb": wandb_files.framed(*of) for name, of in rows.items()}, folder)


@pytest.mark.parametrize("make", [tensorboard, dvclive, wandb])
@pytest.mark.parametrize(("run", "value"), [("a", 1.0), ("b", 2.0), (2, 2.0)])
def test_every_format_that_finds_several_runs_reads_the_chosen_one(
    make: Callable[[Path], Path], run: str | int, value: float, tmp_path: Path
) -> None:
    source = make(tmp_path)
    assert set(read_path(source).series("loss", "train")) == {2.0}
    assert [history.run.title for history in reportgen.load_all(source)] == ["a", "b"]
    history = read_path(source, run=run)
    assert set(history.series("loss", "train")) == {value}
    shown, other = ("a", "2 (b)") if value == 1 else ("b", "1 (a)")
    said = " ".join(sentences(history.run.notes))
    assert f"contains 2 runs; this report shows {shown}. To report on another" in said
    assert f"run= (--run): {other}." in said


def test_a_source_with_one_run_has_no_second_run(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n0,1\n1,0.5\n")
    with pytest.raises(SourceError, match=r'log\.csv: it has no run "2"; its only run is "log\.csv"\.'):
        read_path(path, run=2)
    assert read_path(path, run=1) == read_path(path)
    assert [history.run.title for history in reportgen.load_all(path)] == ["log.csv"]
    with pytest.raises(SourceError, match="run=1 chooses one run"):
        reportgen.load_all(path, run=1)
