import gzip
import json
import math
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import numpy as np
import pytest
import sample_logs
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import format_of, read_log, read_path, sentences
from mlflow_stores import Curve, add_run, write_run
from strategies import refusal

import reportgen
from reportgen.errors import SourceError
from reportgen.history.facts import EarlyStopping
from reportgen.sources.opening.sqlite import address_of

RUN = "0ecadac2ec8d43528c9b706a0d57c2cf"
OTHER = "0ec5a259f883004639bcd0c45fa0365c"
CURVES = {
    "loss": list(enumerate(sample_logs.LOSSES)),
    "val_loss": list(enumerate(sample_logs.HELD_OUT)),
}


def in_database(tmp_path: Path, curves: dict[str, Curve], params: dict[str, str] | None = None) -> Path:
    add_run(tmp_path / "mlflow.db", RUN, curves, params)
    return tmp_path / "mlflow.db"


def in_folder(tmp_path: Path, curves: dict[str, Curve], params: dict[str, str] | None = None) -> Path:
    return write_run(tmp_path / "mlruns" / "0", RUN, curves, params)


Store = Callable[..., Path]
both = pytest.mark.parametrize("store", [in_database, in_folder])


@pytest.fixture(autouse=True)
def no_tracking_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@both
def test_a_run_is_recognised_and_read_completely(store: Store, tmp_path: Path) -> None:
    path = store(tmp_path, CURVES, {"opt_name": "adam", "opt_beta_1": "0.9", "opt_amsgrad": "False", "epochs": "4"})
    assert format_of(path) == "mlflow"
    read = read_path(path)
    assert read.series("loss", "train").to_dict() == dict(enumerate(sample_logs.LOSSES, 1))
    assert read.series("loss", "validation").to_dict() == dict(enumerate(sample_logs.HELD_OUT, 1))
    facts = read.run
    assert (facts.title, facts.status, facts.epochs_planned) == ("lucky", "completed", 4)
    assert facts.started_at == "2023-11-14T22:13:20+00:00"
    assert (facts.optimizer, facts.optimizer_settings) == ("adam", (("beta_1", "0.9"),))
    assert sentences(facts.notes) == ()


@both
def test_non_finite_values_are_read_back(store: Store, tmp_path: Path) -> None:
    values = [math.nan, math.inf, -math.inf, 1.7e308]
    read = read_path(store(tmp_path, {"deep/er/loss": list(enumerate(values))}))
    np.testing.assert_array_equal(read.series("deep/er/loss", "train").to_numpy(), values)


@both
def test_early_stopping_is_read_from_autologging_and_restored_values_are_not_an_epoch(
    store: Store, tmp_path: Path
) -> None:
    curves = {name: [*curve, (4, curve[1][1])] for name, curve in CURVES.items()}
    curves |= {"validation_loss": [(0, value) for value in sample_logs.HELD_OUT]}
    curves |= {"stopped_epoch": [(0, 3.0)], "restored_epoch": [(0, 1.0)]}
    read = read_path(store(tmp_path, curves, {"epochs": "9", "monitor": "val_loss", "patience": "2"}))
    assert read.keys == ("loss", "val_loss")
    assert read.epochs.tolist() == [1, 2, 3, 4]
    assert read.run.early_stopping == EarlyStopping("val_loss", 2, 2)
    assert (read.run.status, read.run.epochs_planned) == ("stopped-early", 9)


@both
def test_steps_that_are_not_consecutive_are_steps(store: Store, tmp_path: Path) -> None:
    read = read_path(
        store(tmp_path, {"loss": [(50, 4.0), (100, 2.0), (150, 1.0)], "val_loss": [(100, 3.0), (200, 2.5)]})
    )
    assert (read.axis, read.epochs.tolist()) == ("step", [50, 100, 150, 200])
    assert read.run.epochs_planned is None


@both
def test_results_without_a_step_are_not_curves(store: Store, tmp_path: Path) -> None:
    single = {"test_accuracy": [(0, 0.5)], "best_f1": [(0, 0.25)], "system/cpu": [(7, 1.0)]}
    read = read_path(store(tmp_path, {**CURVES, **single}))
    assert read.keys == ("loss", "val_loss")
    assert read.run.test_results == (("accuracy", 0.5),)
    assert sentences(read.run.notes) == ("Values logged without a step are not a curve and were left out: best_f1.",)


@both
def test_a_run_that_has_only_final_values_is_refused(store: Store, tmp_path: Path) -> None:
    path = store(tmp_path, {"val_loss": [(0, 0.5)], "accuracy": [(0, 0.75)]})
    with pytest.raises(SourceError, match=r'the run has only final values \("(val_loss" 0\.5|accuracy" 0\.75), '):
        read_path(path)


@both
def test_the_order_of_logging_is_used_if_there_are_no_steps(store: Store, tmp_path: Path) -> None:
    curves = {name: [(0, value) for _, value in curve] for name, curve in CURVES.items()}
    read = read_path(store(tmp_path, curves))
    assert read.series("loss", "train").tolist() == sample_logs.LOSSES
    assert read.series("loss", "validation").tolist() == sample_logs.HELD_OUT
    assert "The log has no step numbers" in sentences(read.run.notes)[0]


@both
def test_the_last_value_of_a_repeated_step_counts(store: Store, tmp_path: Path) -> None:
    read = read_path(store(tmp_path, {"loss": [(0, 4.0), (1, 9.0), (1, 2.0), (2, 1.0)]}))
    assert read.series("loss", "train").tolist() == [4.0, 2.0, 1.0]


@both
def test_a_metric_with_the_name_of_the_axis_is_not_a_metric(store: Store, tmp_path: Path) -> None:
    read = read_path(store(tmp_path, {**CURVES, "epoch": [(0, 0.0), (1, 5.0)]}))
    assert read.keys == ("loss", "val_loss")
    by_step = {"loss": [(9, 2.0), (19, 1.0)], "epoch": [(9, 0.0), (19, 1.0)], "step": [(9, 1.0)]}
    read = read_path(store(tmp_path / "steps", by_step)) if store is in_folder else read
    assert read.epochs.tolist()[:2] == [1, 2]


@pytest.mark.parametrize(
    ("state", "number", "status"),
    [("KILLED", 5, "interrupted"), ("FAILED", 4, "interrupted"), ("RUNNING", 1, "unknown")],
)
def test_the_status_says_how_a_run_ended(state: str, number: int, status: str, tmp_path: Path) -> None:
    add_run(tmp_path / "mlflow.db", RUN, CURVES, status=state)
    read = read_path(tmp_path / "mlflow.db")
    assert read.run.status == status
    assert ("The log has no end" in "".join(sentences(read.run.notes))) == (state == "RUNNING")
    assert read_path(write_run(tmp_path / "mlruns" / "0", RUN, CURVES, status=number)).run.status == status


@both
def test_a_run_is_found_by_its_id_or_the_beginning_of_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path, CURVES)
    monkeypatch.chdir(tmp_path)
    for name in (f"mlflow:{RUN}", "mlflow:0ec", "mlflow:"):
        assert read_path(name).series("loss", "train").tolist() == sample_logs.LOSSES
    with pytest.raises(SourceError, match=r'^"mlflow:0ff": there is no such run in "ml(flow\.db|runs)"\. Copy the id'):
        read_path("mlflow:0ff")
    add_run(tmp_path / "mlflow.db", OTHER, CURVES)
    with pytest.raises(
        SourceError,
        match=r'"mlflow:0ec": several run ids begin with this: "0ec.*such as mlflow:0ec',
    ):
        read_path("mlflow:0ec")
    assert read_path("mlflow:0ec5") == read_path("mlflow:0ec5a")
    assert read_path("mlflow:0eca").run.title == "lucky"


@pytest.mark.parametrize(
    ("uri", "where"),
    [
        ("sqlite:///{}/mlflow.db", in_database),
        ("sqlite:///mlflow.db?timeout=5", in_database),
        ("{}/mlflow.db", in_database),
        ("file://{}/mlruns", in_folder),
        ("file:{}/mlruns", in_folder),
        ("file:mlruns", in_folder),
        ("./mlruns", in_folder),
    ],
)
def test_the_tracking_uri_is_read_as_by_mlflow(
    uri: str, where: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    where(folder, CURVES)
    monkeypatch.chdir(folder)
    place = str(folder).replace(" ", "%20") if uri.startswith("file") else str(folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.format(place))
    assert read_path(f"mlflow:{RUN}").series("loss", "train").tolist() == sample_logs.LOSSES


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "the working directory has neither mlflow.db nor mlruns"),
        (
            "https://user:secret@tracking.example/x",
            r"is https:\.\.\., but no server is contacted\. .*as CSV\.$",
        ),
        ("postgresql://user:secret@host/db", r"is postgresql:\.\.\."),
        ("sqlite://", r"is sqlite:\.\.\."),
        ("file://[", 'MLFLOW_TRACKING_URI names "\\[", which does not exist'),
        ("sqlite:///absent.db", 'MLFLOW_TRACKING_URI names "absent.db", which does not exist'),
        ("log.txt", "log.txt: this is not an SQLite database"),
    ],
)
def test_the_message_says_what_to_do_if_nothing_is_found(
    uri: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.txt").write_text("text")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(SourceError, match=message) as caught:
        read_path("mlflow:abc")
    assert "secret" not in str(caught.value)


def test_a_database_opens_from_any_folder_and_the_last_of_several_runs_is_read(tmp_path: Path) -> None:
    path = in_database(tmp_path, CURVES | {f"m{n}": list(enumerate(range(300))) for n in range(10)})
    add_run(path, OTHER, CURVES, stage="deleted")
    expected = read_path(path)
    (tmp_path / "copy.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert path.stat().st_size > 1 << 16  # longer than the sample used to detect formats
    assert read_path(tmp_path / "copy.gz") == expected
    assert read_log(path.read_bytes()) == expected
    add_run(path, "ff", {"loss": [(0, 7.0), (1, 6.0)]})
    (tmp_path / "copy.gz").write_bytes(gzip.compress(path.read_bytes()))
    for several in (path, tmp_path / "copy.gz"):
        assert read_path(several).series("loss", "train").tolist() == [7.0, 6.0]
        first, last = reportgen.load_all(several)
        assert (first, last.run.title) == (expected, read_path(several).run.title)


def test_the_parent_of_nested_runs_is_left_out_of_a_database(tmp_path: Path) -> None:
    add_run(tmp_path / "mlflow.db", OTHER, {}, name="search")
    path = in_database(tmp_path, CURVES)
    assert [run.run.title for run in reportgen.load_all(path)] == ["lucky"]


@both
def test_names_that_keras_counts_are_one_optimizer_and_its_rate_is_a_setting(store: Store, tmp_path: Path) -> None:
    params = {"opt_name": "adam_12", "opt_learning_rate": "0.003", "lr": "0.003"}
    read = read_path(store(tmp_path, CURVES, params))
    assert (read.run.optimizer, read.run.settings) == ("adam", (("learning_rate", "0.003"),))


def test_of_the_runs_in_a_parent_folder_the_last_one_is_read(tmp_path: Path) -> None:
    in_folder(tmp_path, CURVES)
    assert read_path(tmp_path / "mlruns").run.title == "lucky"
    write_run(tmp_path / "mlruns" / "0" / "models", "m-1", CURVES)  # a logged model
    assert read_path(tmp_path / "mlruns" / "0") == read_path(tmp_path / "mlruns")
    write_run(tmp_path / "mlruns" / "1", OTHER, CURVES)
    chosen = read_path(tmp_path / "mlruns").run.notes[0]
    assert (chosen.code, chosen.get("run"), chosen.get("runs")) == ("chosen-run", OTHER, (RUN,))


@both
@pytest.mark.parametrize(
    ("run", "value"),
    [("first", 1.0), ("second", 2.0), (1, 1.0), ("2", 2.0), ("a" * 32, 1.0), ("bbb", 2.0)],
)
def test_the_run_option_chooses_a_run_by_name_id_or_number(
    store: Store, run: str | int, value: float, tmp_path: Path
) -> None:
    for run_id, name, loss in (("a" * 32, "first", 1.0), ("b" * 32, "second", 2.0)):
        curves = {"loss": [(0, loss), (1, loss)]}
        if store is in_database:
            add_run(tmp_path / "mlflow.db", run_id, curves, name=name)
        else:
            write_run(tmp_path / "mlruns" / "0", run_id, curves, name=name)
    history = read_path(tmp_path / ("mlflow.db" if store is in_database else "mlruns"), run=run)
    assert history.series("loss", "train").tolist() == [value, value]
    assert history.run.title == ("first" if value == 1 else "second")
    assert f"this report shows {'ab'[int(value) - 1] * 32}" in sentences(history.run.notes)[0]


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_written_next_to_a_database_with_any_kind_of_journal(tmp_path: Path) -> None:
    path = in_database(tmp_path, CURVES)
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode=WAL").fetchall()
    writer.close()
    assert listed(tmp_path) == ["mlflow.db"]
    before = path.read_bytes()
    assert before[18:20] == b"\2\2"
    assert read_path(path).series("loss", "train").tolist() == sample_logs.LOSSES
    assert read_log(before).series("loss", "train").tolist() == sample_logs.LOSSES
    assert listed(tmp_path) == ["mlflow.db"]
    assert path.read_bytes() == before
    writer = sqlite3.connect(path)  # while another program writes
    writer.execute("INSERT INTO metrics VALUES ('loss', 0.5, 9, ?, 4, 0)", (RUN,))
    writer.commit()
    files = listed(tmp_path)
    assert read_path(path).series("loss", "train").tolist() == [*sample_logs.LOSSES, 0.5]
    assert listed(tmp_path) == files == ["mlflow.db", "mlflow.db-shm", "mlflow.db-wal"]
    left = tmp_path / "left"
    left.mkdir()
    for name in ("mlflow.db", "mlflow.db-wal"):
        (left / name).write_bytes((tmp_path / name).read_bytes())
    writer.close()
    with pytest.raises(SourceError, match=r'its last changes are still in "mlflow\.db-wal"'):
        read_path(left / "mlflow.db")
    assert listed(left) == ["mlflow.db", "mlflow.db-wal"]


@pytest.mark.parametrize("version", [b"\1\1", b"\2\2"], ids=["rollback", "wal"])
@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("kind", ["pipe", "link", "folder"])
def test_only_regular_files_are_opened_next_to_a_database(
    kind: str, ending: str, version: bytes, tmp_path: Path
) -> None:
    path = in_database(tmp_path, CURVES)
    data = bytearray(path.read_bytes())
    data[18:20] = version
    path.write_bytes(data)
    (tmp_path / "mlflow.db-wal").write_bytes(b"x")
    beside = tmp_path / f"mlflow.db{ending}"
    beside.unlink(missing_ok=True)
    {"pipe": os.mkfifo, "link": lambda to: to.symlink_to("/dev/zero"), "folder": Path.mkdir}[kind](beside)
    with pytest.raises(SourceError, match=rf'"mlflow\.db{ending}" next to this database is not a regular file\.'):
        read_path(path)


def test_a_database_that_is_being_written_is_refused_with_that_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = in_database(tmp_path, CURVES)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceError, match=r"cannot be read \(database is locked\).* Wait until its writer"):
        read_path(path)
    writer.close()


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
VIEWS = "CREATE VIEW v0 AS SELECT 1 run_uuid, 2 name, 3 lifecycle_stage;" + "".join(
    f"CREATE VIEW v{number + 1} AS SELECT a.* FROM v{number} a, v{number} b;" for number in range(28)
)
ROW = f"'loss', {{}}, 0, '{RUN}', x, 0"
HOSTILE = {
    "endless view of metrics": (
        f"DROP TABLE metrics; CREATE VIEW metrics AS {ENDLESS} SELECT 'loss' key, x value, 0 timestamp, "
        f"'{RUN}' run_uuid, x step, 0 is_nan FROM c",
        "not written by MLflow .*views",
    ),
    "endless view of runs": (
        f"DROP TABLE runs; CREATE VIEW runs AS {ENDLESS} SELECT 'a' run_uuid, '' lifecycle_stage FROM c WHERE x < 0",
        "not written by MLflow",
    ),
    "views of views": (f"DROP TABLE runs; {VIEWS} CREATE VIEW runs AS SELECT * FROM v28", "not written by MLflow"),
    "virtual table": (
        "DROP TABLE metrics; CREATE VIRTUAL TABLE metrics USING fts5(key, value, step, is_nan, timestamp, run_uuid)",
        "not written by MLflow .*virtual tables",
    ),
    "computed column": (
        "ALTER TABLE metrics ADD COLUMN more AS (length(replace(hex(zeroblob(40000)), '0', 'ab')))",
        "computed columns",
    ),
    "text for a value": (
        f"INSERT INTO metrics SELECT {ROW.format('randomblob(9)')} FROM (SELECT 5 x)",
        "MLflow stores numbers",
    ),
    "a name without an end": (
        f"INSERT INTO metrics SELECT hex(zeroblob(40000)), 1, 0, '{RUN}', 1, 0",
        "MLflow stores numbers",
    ),
    "a cell without an end": (
        f"INSERT INTO metrics SELECT hex(zeroblob(400000)), 1, 0, '{RUN}', 1, 0",
        "string or blob too big",
    ),
    "more names than a history has": (
        f"INSERT INTO metrics {ENDLESS} SELECT 'm' || x, 1, 0, '{RUN}', 1, 0 FROM c LIMIT 10001",
        "more than 10,000 columns",
    ),
    "no metric": ("DELETE FROM metrics", "the run has no metric"),
    "no run": ("DELETE FROM runs", "the MLflow database has no run"),
    "another database": ("DROP TABLE runs", 'no such table: "runs"'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_database_is_refused_at_once(name: str, tmp_path: Path) -> None:
    path = in_database(tmp_path, CURVES)
    sql, message = HOSTILE[name]
    database = sqlite3.connect(path)
    database.executescript(sql)
    database.commit()
    database.close()
    for read in (lambda: read_path(path), lambda: read_log(path.read_bytes())):
        start = time.process_time()
        with pytest.raises(SourceError, match=message) as caught:
            read()
        assert time.process_time() - start < 2
        assert str(caught.value).isprintable()


def test_the_time_limit_of_a_database_grows_only_with_its_size(tmp_path: Path) -> None:
    """Inner pages whose entries all lead to the same next page: 10^9 rows in a few megabytes."""
    path = in_database(tmp_path, {"loss": [(0, 1.0)]})
    tables = ["metrics", "second", "third", "fourth"]
    with sqlite3.connect(path) as database:
        database.execute("DROP INDEX index_metrics_run_uuid")
        database.execute(f"INSERT INTO metrics {ENDLESS} SELECT 'm', x, x, 'other', x, 0 FROM c LIMIT 20000")
        for table in tables[1:]:
            database.execute(f"CREATE TABLE {table} AS SELECT * FROM metrics")
        roots = [
            database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
            for table in tables
        ]
        size = database.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    data = bytearray(path.read_bytes())
    for root, following in pairwise(roots):
        page = (root - 1) * size
        assert data[page] == 5  # an inner page of a table
        count = int.from_bytes(data[page + 3 : page + 5], "big")
        assert count > 80
        places = [int.from_bytes(data[page + 12 + 2 * cell : page + 14 + 2 * cell], "big") for cell in range(count)]
        for place in (8, *places):
            data[page + place : page + place + 4] = following.to_bytes(4, "big")
    path.write_bytes(data)
    for read in (lambda: read_path(path), lambda: read_log(bytes(data))):
        start = time.process_time()
        with pytest.raises(SourceError, match=r"the SQLite database cannot be read \(interrupted\)"):
            read()
        assert time.process_time() - start < 5


GOOD: dict[str, bytes] = {}


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_database_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    if not GOOD:
        GOOD["whole"] = in_database(tmp_path_factory.mktemp("good"), CURVES, {"epochs": "4"}).read_bytes()
    whole = bytearray(GOOD["whole"])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(16, len(whole)))
        patch = data.draw(st.binary(min_size=1, max_size=8))
        whole[start : start + len(patch)] = patch
    cut = data.draw(st.sampled_from([len(whole), len(whole), len(whole) // 2, 4096, 100]))
    path = tmp_path_factory.mktemp("damaged") / "mlflow.db"
    path.write_bytes(whole[:cut])
    for read in (lambda: read_path(path), lambda: read_log(bytes(whole[:cut]), format="mlflow")):
        message = refusal(read)
        assert "\n" not in message
        assert len(message) < 800


@given(st.binary(max_size=300))
def test_any_bytes_after_the_magic_number_are_refused(data: bytes) -> None:
    assert refusal(lambda: read_log(b"SQLite format 3\0" + data))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abc\n", 'metrics/loss: line 1 is "abc"; MLflow writes a time, a value and a step'),
        ("1 0.5 0\n2 x 1\n", 'line 2 is "2 x 1"'),
        ("1 1_0 0\n", "line 1"),
        ("1 0.5 0.5\n", "line 1"),
        ("1 0.5 0\0\n", "zero bytes"),
        ("", "it has no rows"),
    ],
)
def test_the_error_for_a_damaged_metric_file_names_the_file(text: str, message: str, tmp_path: Path) -> None:
    folder = in_folder(tmp_path, {"loss": []})
    (folder / "metrics" / "loss").write_text(text)
    with pytest.raises(SourceError, match=message):
        read_path(folder)


def test_lines_of_older_and_newer_versions_are_read_and_an_incomplete_one_is_left_out(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, CURVES)
    (folder / "metrics" / "loss").write_text("1 4.0 0\n2 2.0 1 data 5f3a\n3 1.0 2\n4 0.5 1")
    read = read_path(folder)
    assert read.series("loss", "train").tolist() == [4.0, 2.0, 1.0]
    assert sentences(read.run.notes) == ("The last line is incomplete and was left out.",)
    (folder / "metrics" / "val_loss").unlink()
    (folder / "metrics" / "loss").write_text("1 4.0\n2 2.0\n")
    assert read_path(folder).series("loss", "train").tolist() == [4.0, 2.0]


@pytest.mark.parametrize("name", ["metrics/loss", "params/epochs", "tags/mlflow.runName", "meta.yaml"])
def test_a_link_out_of_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    folder = in_folder(tmp_path, CURVES, {"epochs": "4"})
    (tmp_path / "secret").write_text("secret")
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "secret")
    with pytest.raises(SourceError, match=f'"{name}" links to a file outside the folder') as caught:
        read_path(folder)
    assert "secret" not in str(caught.value).replace(str(tmp_path), "")


@given(
    st.lists(st.text(alphabet="0123456789 .-naief\n\r_x", max_size=40), min_size=1, max_size=3),
    st.text(alphabet="status:_t \n0123456789'", max_size=60),
)
def test_any_files_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, texts: list[str], meta: str) -> None:
    folder = in_folder(tmp_path_factory.mktemp("run"), {f"m{number}": [(0, 1.0)] for number in range(len(texts))})
    for number, text in enumerate(texts):
        (folder / "metrics" / f"m{number}").write_text("1 1.0 0\n" + text)
    (folder / "meta.yaml").write_text(meta)
    assert "\n" not in refusal(lambda: read_path(folder))


WRITES = """
import math, sys
import mlflow
mlflow.set_experiment("exp")
with mlflow.start_run(run_name="lucky"):
    mlflow.log_params({"opt_name": "adam", "epochs": 3})
    for epoch in range(3):
        mlflow.log_metrics({"train/loss": 1 / (epoch + 1), "val/loss": 2 / (epoch + 1)}, step=epoch)
        mlflow.log_metric("odd", [math.nan, math.inf, -math.inf][epoch], step=epoch)
    mlflow.log_metric("test_accuracy", 0.5)
"""


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "mlruns"])
def test_stores_of_mlflow_are_read(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow", reason="the group formats is not installed")
    environment = {
        **os.environ, "MLFLOW_TRACKING_URI": uri, "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true",
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", WRITES], env=environment, cwd=tmp_path, check=True, timeout=300)
    monkeypatch.chdir(tmp_path)
    read = read_path("mlflow:")
    assert read.series("loss", "train").tolist() == [1.0, 0.5, pytest.approx(1 / 3)]
    assert read.series("loss", "validation").to_dict() == {1: 2.0, 2: 1.0, 3: pytest.approx(2 / 3)}
    np.testing.assert_array_equal(read.series("odd", "train").to_numpy(), [math.nan, math.inf, -math.inf])
    facts = read.run
    assert (facts.title, facts.status, facts.epochs_planned, facts.optimizer) == ("lucky", "completed", 3, "adam")
    assert facts.started_at is not None
    assert "left out: test_accuracy." in sentences(facts.notes)[0]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert read_path("mlflow:") == read
    found = "mlflow.db" if uri.startswith("sqlite") else next(Path("mlruns").glob("*/*/meta.yaml")).parent
    assert read_path(Path(found)) == read


AUTOLOGS = """
import json
import keras, mlflow, numpy as np
x = np.arange(24.0).reshape(12, 2) / 24
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
mlflow.tensorflow.autolog(log_models=False, log_datasets=False)
stop = keras.callbacks.EarlyStopping(min_delta=10, patience=2, restore_best_weights=True)
run = model.fit(x, x.sum(1), epochs=9, validation_split=0.25, verbose=0, callbacks=[stop])
print(json.dumps(run.history))
"""


@pytest.mark.keras
@pytest.mark.slow
def test_autologging_of_a_keras_training_is_its_history(tmp_path: Path) -> None:
    for package in ("mlflow", "tensorboard"):
        pytest.importorskip(package, reason="the group formats is not installed")
    environment = {**os.environ, "MLFLOW_TRACKING_URI": "sqlite:///mlflow.db", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", AUTOLOGS], env=environment, cwd=tmp_path, check=True, timeout=300, stdout=subprocess.PIPE
    )
    logged = json.loads(done.stdout.splitlines()[-1])
    read = read_path(tmp_path / "mlflow.db")
    assert read.series("loss", "train").tolist() == logged["loss"]
    assert read.series("loss", "validation").tolist() == logged["val_loss"]
    assert read.keys == ("loss", "val_loss")
    assert read.run.early_stopping == EarlyStopping("val_loss", 2, 1)
    assert (read.run.status, read.run.epochs_planned, read.run.optimizer) == ("stopped-early", 9, "adam")


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PurePosixPath("/runs/a b/mlflow.db"), "file:///runs/a%20b/mlflow.db"),
        (PureWindowsPath("C:/runs/mlflow.db"), "file:///C:/runs/mlflow.db"),
        (PureWindowsPath("//server/share/mlflow.db"), "file:////server/share/mlflow.db"),
    ],
)
def test_sqlite_finds_databases_on_drives_and_servers(path: PurePath, uri: str) -> None:
    assert address_of(path) == uri


@pytest.mark.parametrize("kind", ["database", "folders"])
def test_runs_of_several_experiments_have_the_experiment_as_a_setting(kind, tmp_path):
    curve = {"loss": [(0, 0.9), (1, 0.5), (2, 0.4)]}
    place = tmp_path / "mlruns" if kind == "folders" else tmp_path / "mlflow.db"
    for number, (at, experiment) in enumerate(((1, "mnist"), (1, "mnist"), (2, "cifar"), (2, "cifar"))):
        run_id, name = f"{number}" * 32, f"calm-owl-{number}"
        if kind == "folders":
            write_run(place / str(at), run_id, curve, {"lr": "0.1"}, name=name)
            (place / str(at) / "meta.yaml").write_text(f"name: {experiment}\n", "utf-8")
            continue
        add_run(place, run_id, curve, {"lr": "0.1"}, name=name)
        with sqlite3.connect(place) as database:
            database.execute("INSERT OR IGNORE INTO experiments VALUES (?, ?)", (at, experiment))
            database.execute("UPDATE runs SET experiment_id = ? WHERE run_uuid = ?", (at, run_id))
        database.close()
    runs = [loaded.run for loaded in reportgen.load_all(place)]
    assert sorted(dict(run.params)["experiment"] for run in runs) == ["cifar", "cifar", "mnist", "mnist"]
    comparison = reportgen.compare(tmp_path if kind == "folders" else place)  # the folder of the project
    assert sorted(run.name for run in comparison.runs) == [f"calm-owl-{number}" for number in range(4)]
    assert {group.name: len(group.runs) for group in comparison.groups} == {"mnist": 2, "cifar": 2}
