"""Errors quote at most a few characters of a file, and `without_content` quotes none."""

import copy
import json
import pickle
import sqlite3
import tempfile
from pathlib import Path

import pytest
import sample_logs
from hypothesis import given
from hypothesis import strategies as st

from reportgen import sources
from reportgen.errors import (
    ClusterError,
    HistoryError,
    MissingExtraError,
    OutputError,
    ReportgenError,
    SourceError,
    UnknownMetricError,
)
from reportgen.options import ReadOptions
from reportgen.sources.registry import BUILT_IN
from reportgen.text import FEW, cited

SECRET = "wJalrXUtnFEMI7MDENGbPxRfiCYzQKEYa8"
OTHER = "ghpQ2vT9sLk4mZx7NcB1dFhJ6yWqR3uEoP"
FILES = {
    ".netrc": f"machine api.example.org\n  login ada\n  password {SECRET}\n",
    "one line .netrc": f"machine api.example.org login ada password {SECRET}\n",
    "id_rsa": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n{OTHER}\n-----END OPENSSH PRIVATE KEY-----\n",
    "a token": f"{SECRET}\n",
    "a token without an end of line": SECRET,
    "tokens": f"{SECRET}\n{OTHER}\n",
    "tokens with a comma": f"{SECRET},{OTHER}\n",
    ".env": f"AWS_SECRET_ACCESS_KEY={SECRET}\nTOKEN={OTHER}\n",
    ".env with numbers": f"PORT=80\nTOKEN={OTHER}\n",
    "passwd": f"root:{SECRET}:0:0:root:/root:/bin/sh\nada:{OTHER}:1:1::/:/bin/sh\n",
    "passwords as CSV": f"user,password\nada,{SECRET}\n",
    "passwords as CSV without a header": f"ada,{SECRET}\nada,{OTHER}\n",
    "passwords under a loss": f"epoch,loss\n1,{SECRET}\n",
    "passwords as epochs": f"epoch,loss\n{SECRET},1\n",
    "passwords as decimals": f"a;b\n1,5;2\n1.5;{SECRET}\n",
    "an uneven table": f"user,password\nada,{SECRET},{OTHER}\nada,1\n",
    "a column twice": f"{SECRET},{SECRET}\n1,2\n",
    "twice the loss": f"train_{SECRET},{SECRET}\n1,2\n",
    "an open quote": f'user,password\n"ada,{SECRET}\n',
    "cookies": f"example.org\tTRUE\t/\tFALSE\t0\tsession\t{SECRET}\n",
    "JSON": json.dumps({"token": SECRET, "other": OTHER}),
    "JSON of an account": json.dumps({"type": "service_account", "private_key": SECRET, "universe": 1}),
    "JSON of lists": json.dumps({"token": [SECRET, OTHER]}),
    "JSON of lists of keys": json.dumps({SECRET: [OTHER, 1], OTHER: [1]}),
    "JSON of uneven lists": json.dumps({SECRET: [1, 2, 3], OTHER: [1, 2]}),
    "JSON of objects": json.dumps({"auths": {"ghcr.io": {"auth": SECRET}}}),
    "JSON of tokens": json.dumps([SECRET, OTHER]),
    "JSON of one token": json.dumps(SECRET),
    "JSON rows": json.dumps([{"token": SECRET}, {"token": OTHER}]),
    "JSON lines": json.dumps({"token": SECRET, "n": 1}) + "\n" + json.dumps({"token": OTHER}) + "\n",
    "JSON that is cut": json.dumps({"token": SECRET, "other": OTHER})[:-10],
    "JSON that is damaged": f'{{"loss": [1, {SECRET}]}}',
    "JSON rows with a loss": json.dumps([{"epoch": 1, "loss": SECRET}]),
    "data sets": json.dumps({"train": {"loss": [SECRET]}, OTHER: {OTHER: [1]}}),
    "schema": json.dumps({"schema": SECRET, "token": OTHER}),
    "history": json.dumps({"schema": "reportgen/history/2", "run": {"title": [SECRET]}, "series": [OTHER]}),
    "history with a series": json.dumps(
        {"schema": "reportgen/history/2", "run": {}, "series": [{"metric": SECRET, "split": OTHER, "values": [SECRET]}]}
    ),
    "history with layers": json.dumps(
        {
            "schema": "reportgen/history/2",
            "run": {"layers": [{SECRET: OTHER}]},
            "series": [{"metric": "loss", "split": "train", "values": [1], "epochs": [1]}],
        }
    ),
    "history with facts": json.dumps(
        {
            "schema": "reportgen/history/2",
            "run": {"status": SECRET},
            "series": [{"metric": SECRET, "split": "train", "values": [1], "epochs": [1]}],
        }
    ),
    "journal": '{"schema": "reportgen/journal/1", "run": {"title": 1}}\n'
    + json.dumps({"epoch": 1, "values": {SECRET: OTHER}}),
    "journal of another schema": json.dumps({"schema": f"reportgen/journal/{SECRET}", "run": {}}),
    "state": json.dumps({"log_history": SECRET}),
    "state with rows": json.dumps({"log_history": [{"step": 1, "loss": SECRET}, {"epoch": OTHER}]}),
    "catboost": json.dumps({"meta": {"learn_metrics": [{"name": SECRET}]}, "iterations": [OTHER]}),
    "page": f"<html><script id=reportgen-history>{SECRET}</script></html>",
    "console": f"Epoch 1/2\n{SECRET}: 1 - loss: {OTHER}\n",
    "event file": f"{SECRET}brain.Event:{OTHER}",
    "parquet": f"PAR1{SECRET}PAR1",
    "database": f"SQLite format 3\0{SECRET}",
    "W&B": f":W&B {SECRET}",
    "UTF-16": f"password,other\n{SECRET},{OTHER}\n".encode("utf-16"),
    "YAML": f"# accounts\npassword: {SECRET}\nport: 80\n",
}
FOLDERS = {
    "MLflow": {"meta.yaml": "status: 3\n", "metrics/loss": f"1 {SECRET} 1\n"},
    "DVCLive": {"plots/metrics/loss.tsv": f"{SECRET}\t{OTHER}\n1\t2\n"},
    "DVCLive with text": {"plots/metrics/loss.tsv": f"step\tloss\n1\t{SECRET}\n"},
    "Trainer": {"trainer_state.json": f'{{"log_history": ["{SECRET}"]}}'},
    "Lightning": {"metrics.csv": f"epoch,step,{SECRET}\n1,2,{OTHER}\n"},
    "Ultralytics": {"results.csv": f"epoch,train/loss\n{SECRET},{OTHER}\n"},
}


def pieces(secret: str, size: int) -> set[str]:
    return {secret[start : start + size] for start in range(len(secret) - size + 1)}


def check(path: Path, form: str | None) -> None:
    try:
        sources.read(path, ReadOptions(form))
    except ReportgenError as error:
        said, public = str(error).replace(str(path), ""), error.without_content.replace(str(path), "")
        for secret in (SECRET, OTHER):
            assert not [piece for piece in pieces(secret, FEW + 1) if piece in said], said
            assert not [piece for piece in pieces(secret, 4) if piece in public], public
        assert "\n" not in public


@pytest.mark.parametrize("name", FILES)
def test_errors_show_a_few_characters_of_a_credential_file(name: str, tmp_path: Path) -> None:
    content = FILES[name]
    path = tmp_path / "log"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for form in (None, *BUILT_IN):
        check(path, form)


@pytest.mark.parametrize("name", FOLDERS)
def test_errors_show_a_few_characters_of_files_in_folders(name: str, tmp_path: Path) -> None:
    for file, content in FOLDERS[name].items():
        path = tmp_path / "run" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    for form in (None, *BUILT_IN):
        check(tmp_path / "run", form)


def test_errors_show_a_few_characters_of_databases(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE {SECRET} (a)")
        database.execute(f"CREATE VIEW {OTHER} AS SELECT 1")
    database.close()
    check(path, "mlflow")
    check(path, None)


@given(st.sampled_from(sorted(sample_logs.DATA_BY_FORMAT)), st.data())
def test_secrets_anywhere_in_a_log_are_not_quoted_whole(form: str, data: st.DataObject) -> None:
    log = sample_logs.DATA_BY_FORMAT[form]
    start = data.draw(st.integers(0, len(log)))
    end = data.draw(st.integers(start, min(len(log), start + 30)))
    mark = data.draw(st.sampled_from(["", '"', ",", "\n", ": ", '": "', '", "', "[", "{"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        path.write_bytes(log[:start] + mark.encode() + SECRET.encode() + mark[::-1].encode() + log[end:])
        check(path, data.draw(st.sampled_from([None, form])))


@pytest.mark.parametrize(
    "kind",
    [ReportgenError, SourceError, HistoryError, UnknownMetricError, OutputError, ClusterError, MissingExtraError],
)
def test_every_error_keeps_what_it_cites_apart(kind: type[ReportgenError]) -> None:
    error = kind(f'a.csv: column {cited("my secret column")} has {cited(12)} in row 3. Remove "row 3".')
    assert str(error) == 'a.csv: column "my secret c…" has "12" in row 3. Remove "row 3".'
    assert error.without_content == 'a.csv: column "…" has "…" in row 3. Remove "row 3".'
    for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (str(copied), copied.without_content) == (str(error), error.without_content)
    named = SourceError.of("b.csv", error)
    assert str(named) == f"b.csv: {error}"
    assert named.without_content == f"b.csv: {error.without_content}"
    assert kind("plain").without_content == "plain"
    assert not kind().without_content
