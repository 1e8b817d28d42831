import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import format_of, read_path
from strategies import refusal

import reportgen
from reportgen.errors import SourceError
from reportgen.history.notes import Note


def write(folder: Path, **tables: str) -> Path:
    for name, text in tables.items():
        path = folder / "plots" / "metrics" / (name.replace("__", "/") + ".tsv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_consecutive_steps_are_epochs_and_folders_name_the_split(tmp_path: Path) -> None:
    write(
        tmp_path, train__loss="step\tloss\n0\t1.0\n1\t0.5\n", val__loss="step\tloss\n1\t0.75\n", lr="step\tlr\n0\t0.1\n"
    )
    assert format_of(tmp_path) == "dvclive"
    history = read_path(tmp_path)
    assert history.keys == ("lr", "loss", "val_loss")
    assert history.series("loss", "validation").to_dict() == {2: 0.75}
    assert read_path(tmp_path.parent) == history


def test_the_settings_that_were_logged_are_read_for_each_run(tmp_path: Path) -> None:
    for rate in ("0.1", "0.01"):
        write(tmp_path / f"lr{rate}", loss="step\tloss\n0\t1.0\n1\t0.5\n")
        (tmp_path / f"lr{rate}" / "params.yaml").write_text(f"lr: {rate}\nseed: 1\n")
    assert [run.run.params for run in reportgen.load_all(tmp_path)] == [
        (("lr", "0.01"), ("seed", "1")), (("lr", "0.1"), ("seed", "1"))
    ]  # fmt: skip


def test_steps_that_are_not_epochs_stay_steps(tmp_path: Path) -> None:
    write(tmp_path, train__loss="step\tloss\n50\t4.0\n99\t2.0\n150\t1.0\n", val__loss="step\tloss\n99\t3.0\n199\t2.5\n")
    history = read_path(tmp_path)
    assert history.axis == "step"
    assert history.series("loss", "train").to_dict() == {50: 4.0, 99: 2.0, 150: 1.0}
    assert history.series("loss", "validation").to_dict() == {99: 3.0, 199: 2.5}


def test_the_last_value_of_a_repeated_step_counts(tmp_path: Path) -> None:
    write(tmp_path, loss="timestamp\tstep\tloss\n1\t0\t4.0\n2\t1\t2.0\n3\t1\t1.0\n")
    assert read_path(tmp_path).series("loss", "train").tolist() == [4.0, 1.0]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("a\tb\n1\t2\n", 'loss.tsv: its columns are "a", "b"; DVCLive writes a step and a value'),
        ("step\tloss\n\t2\n", "a row has no step"),
        ("step\tloss\nx\t2\n", 'column "step" has text "x" in row 1'),
        ("", "loss.tsv: the file is empty"),
    ],
)
def test_the_error_for_a_damaged_table_names_the_table(table: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=message):
        read_path(write(tmp_path, loss=table))


def test_of_several_runs_in_a_folder_the_last_one_is_read(tmp_path: Path) -> None:
    for value, run in enumerate(("first", "second")):
        write(tmp_path / run, loss=f"step\tloss\n0\t{value}\n")
    history = read_path(tmp_path)
    assert history.series("loss", "train").tolist() == [1.0]
    assert history.run.notes == (Note.of("chosen-run", count=2, number=2, run="second", runs=("first",)),)


@given(st.lists(st.text(alphabet="step\tlos\n0123456789.-naif", max_size=30), min_size=1, max_size=3))
def test_any_tables_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, tables: list[str]) -> None:
    folder = tmp_path_factory.mktemp("run")
    write(folder, **{f"m{number}": "step\tm\n" + text for number, text in enumerate(tables)})
    assert "\n" not in refusal(lambda: read_path(folder))


def test_folders_of_dvclive_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dvclive = pytest.importorskip("dvclive", reason="the group formats is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "DVC_NO_ANALYTICS", "1")
    with dvclive.Live("live", report=None, save_dvc_exp=False, dvcyaml=None) as live:
        for epoch in range(3):
            live.log_metric("train/loss", 1 / (epoch + 1))
            live.log_metric("eval/loss", 2 / (epoch + 1))
            live.next_step()
    assert format_of("live") == "dvclive"
    history = read_path(tmp_path / "live")
    assert history.series("loss", "train").tolist() == [1.0, 0.5, pytest.approx(1 / 3)]
    assert history.series("loss", "validation").to_dict() == {1: 2.0, 2: 1.0, 3: pytest.approx(2 / 3)}
