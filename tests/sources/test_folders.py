"""Folders that contain one log or several."""

import json
import os
from pathlib import Path

import pytest

import reportgen
from reportgen import SourceError
from reportgen.history.notes import Note
from reportgen.journal import SCHEMA, as_line
from reportgen.languages import ENGLISH
from reportgen.outputs.terminal_text import choice_lines


def log(path: Path, epochs: int = 3, header: str = "epoch,loss,val_loss") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{header}\n" + "".join(f"{n},{1 / (n + 1)},{2 / (n + 1)}\n" for n in range(epochs)))


def report(path: Path, epochs: int) -> None:
    reportgen.build({"loss": [0.5] * epochs}).save(path)


@pytest.mark.parametrize(
    ("files", "read", "others"),
    [
        (["history.csv"], "history.csv", ()),
        (["notes.csv", "history.csv", "model.keras", "requirements.txt"], "history.csv", ("notes.csv",)),
        (["log.csv", "history.csv", "b.csv"], "history.csv", ("log.csv", "b.csv")),
        (["history.csv", "report.html"], "history.csv", ()),  # made from the log
        (["report.html"], "report.html", ()),
        (["a/b/history.csv", "config.txt"], "a/b/history.csv", ()),
        (["log.csv", "a/history.csv"], "log.csv", ()),
        (["trainer_log.csv", "config.txt"], "trainer_log.csv", ()),
        ([".cache/history.csv", "train.csv"], "train.csv", ()),
    ],
)
def test_the_log_in_a_folder_is_found(tmp_path: Path, files: list[str], read: str, others: tuple[str, ...]) -> None:
    for number, name in enumerate(files, start=3):
        path = tmp_path / name
        if path.suffix == ".csv":
            log(path, number)
        elif path.suffix == ".html":
            report(path, number)
        else:
            path.write_bytes(b"PK\x03\x04" if path.suffix == ".keras" else b"numpy==2.0\n")
    history = reportgen.load(tmp_path)
    assert len(history.epochs) == 3 + files.index(read)
    notes = (Note.of("chosen-log", count=1 + len(others), log=read, others=others),) if others else ()
    assert history.run.notes == notes
    assert len(choice_lines(history, ENGLISH, 100)) == len(notes)


def test_run_chooses_among_the_logs_of_a_folder(tmp_path: Path) -> None:
    for number, name in enumerate(("history.csv", "second.csv", "third.csv"), start=3):
        log(tmp_path / name, number)
    for run, length in {"second.csv": 4, 3: 5, "history": 3}.items():
        assert len(reportgen.load(tmp_path, run=run).epochs) == length
    with pytest.raises(SourceError, match=r'it has no run "x"; it contains "history.csv", "second.csv", "third.csv"'):
        reportgen.load(tmp_path, run="x")


def test_logs_in_several_subfolders_are_not_guessed_among(tmp_path: Path) -> None:
    for name in ("a", "b"):
        log(tmp_path / name / "history.csv")
    with pytest.raises(
        SourceError,
        match=r'logs in 2 places: "a/history.csv", "b/history.csv"; one is needed.*sweep \(in Python: .*load_all\)\.$',
    ):
        reportgen.load(tmp_path)
    assert len(reportgen.load(tmp_path, run="b/history.csv").epochs) == 3


def test_nothing_else_in_a_folder_is_taken_for_a_log(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"layers": 3}')
    (tmp_path / "a.txt").write_text("x y\n")
    (tmp_path / "b.txt").write_text("x y\n")
    os.mkfifo(tmp_path / "log.csv")  # opening it would wait forever
    with pytest.raises(SourceError, match="the folder has no training log of a known format"):
        reportgen.load(tmp_path)


def test_all_logs_of_a_folder_are_read_however_many_there_are(tmp_path: Path) -> None:
    for number in range(60):
        log(tmp_path / f"seed_{number}" / "history.csv", epochs=2)
    assert len(reportgen.load_all(tmp_path)) == 60


def test_reports_are_read_together_with_journals_of_runs_in_progress(tmp_path: Path) -> None:
    for number in (1, 2):
        report(tmp_path / f"{number}.html", epochs=number)
    for number in (2, 3):
        rows = [{"epoch": n, "seconds": 0.5, "values": {"loss": 1 / n}} for n in range(1, 9)]
        lines = [{"schema": SCHEMA, "id": "0f", "run": {}}, *rows]
        (tmp_path / f"{number}.journal").write_text("".join(map(as_line, lines)))
    assert sorted(len(run.epochs) for run in reportgen.load_all(tmp_path)) == [1, 8, 8]


def test_the_folder_of_a_search_without_histories_says_how_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "trial_00").mkdir()
    (tmp_path / "trial_00" / "trial.json").write_text('{"trial_id": "00", "hyperparameters": {"values": {}}}')
    with pytest.raises(SourceError, match="the folder of a KerasTuner search, which stores no histories"):
        reportgen.load_all(tmp_path)


def test_the_page_of_a_comparison_is_not_read_as_a_log_of_its_folder(tmp_path):
    for seed in (1, 2):
        reportgen.build({"loss": [0.9, 0.5, 0.4 + seed / 100]}, title=f"seed {seed}").save(
            tmp_path / f"seed_{seed}.html"
        )
    page = reportgen.compare(tmp_path).save(tmp_path / "compare.html")
    assert [run.run.title for run in reportgen.load_all(tmp_path)] == ["seed 1", "seed 2"]
    with pytest.raises(SourceError, match="this page compares runs and has no history"):
        reportgen.load(page)


CONFIG = {"lr": 0.1, "model": {"units": 32, "layers": [64, 64]}, "api_key": "abc", "seed": None}
YAML = """# a comment
lr: 0.1  # the rate
model:
  units: 32
  layers: [64, 64]
  opt: {a: 1}
note: |
  lr: 5
api_key: abc
"""


@pytest.mark.parametrize(
    ("log", "file", "text"),
    [
        ("metrics.csv", "hparams.yaml", YAML),
        ("history.csv", ".hydra/config.yaml", YAML),
        ("progress.csv", "params.json", json.dumps(CONFIG)),
        ("log.csv", "config.json", json.dumps(CONFIG)),
        ("adam.csv", "config.yaml", YAML),
    ],
)
@pytest.mark.parametrize("whole", [False, True], ids=["pattern", "folder"])
def test_settings_beside_a_log_are_read_from_a_file_and_from_a_folder(log, file, text, whole, tmp_path):
    for run in ("a", "b"):
        (tmp_path / run / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / run / file).write_text(text, "utf-8")
        (tmp_path / run / log).write_text("epoch,loss,val_loss\n1,0.9,0.9\n2,0.5,0.6\n", "utf-8")
    sources = [tmp_path / run for run in "ab"] if whole else [tmp_path / run / log for run in "ab"]
    if whole and log == "adam.csv":
        return  # a folder whose log has no such name is not searched
    for source in sources:
        params = dict(reportgen.load(source).run.params)
        assert params == {"lr": "0.1", "model.units": "32", "model.layers": "[64, 64]", "api_key": "(masked)"}


def test_settings_beside_several_logs_or_of_a_model_are_not_those_of_a_run(tmp_path):
    for log in ("adam.csv", "sgd.csv"):
        (tmp_path / log).write_text("epoch,loss,val_loss\n1,0.9,0.9\n2,0.5,0.6\n", "utf-8")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), "utf-8")
    assert reportgen.load(tmp_path / "adam.csv").run.params == ()
    (tmp_path / "sgd.csv").unlink()
    assert len(reportgen.load(tmp_path / "adam.csv").run.params) == 4
    for text in ('{"architectures": ["Bert"], "hidden_size": 8}', "[1]", "{", "\0"):
        (tmp_path / "config.json").write_text(text, "utf-8")
        assert reportgen.load(tmp_path / "adam.csv").run.params == ()


def test_logs_of_any_name_are_all_read_but_none_is_chosen(tmp_path: Path) -> None:
    for place in ("adam/seed_0.csv", "adam/seed_1.csv", "sgd/seed_0.csv"):
        log(tmp_path / place, header="epoch,train_loss,valid_loss")
    (tmp_path / "adam" / "people.csv").write_text("name,age\nAda,36\nBob,40\n")
    assert [history.run.title for history in reportgen.load_all(tmp_path / "adam")] == ["seed_0.csv", "seed_1.csv"]
    assert len(reportgen.load_all(tmp_path)) == 3
    with pytest.raises(
        SourceError, match=r'no file with the name of a log.*"seed_0\.csv", "seed_1\.csv"; one is needed'
    ):
        reportgen.load(tmp_path / "adam")


def test_settings_beside_a_log_of_several_runs_join_the_labels_of_its_rows(tmp_path: Path) -> None:
    rows = "".join(f"{fold},{epoch},{1 / epoch}\n" for fold in (1, 2) for epoch in (1, 2, 3))
    (tmp_path / "history.csv").write_text(f"fold,epoch,loss\n{rows}", "utf-8")
    (tmp_path / "config.yaml").write_text("lr: 0.1\nfold: all\n", "utf-8")
    runs = reportgen.load_all(tmp_path)
    assert [dict(run.run.params) for run in runs] == [{"lr": "0.1", "fold": "1"}, {"lr": "0.1", "fold": "2"}]
