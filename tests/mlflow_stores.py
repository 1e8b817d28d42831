"""Small stores of MLflow in its documented layouts: a database, and run folders of the file store."""

import math
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

Curve = Sequence[tuple[int, float]]  # step and value, in the order of logging

SCHEMA = """
CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256));
CREATE TABLE runs (
    run_uuid VARCHAR(32) NOT NULL PRIMARY KEY, name VARCHAR(250), status VARCHAR(9), start_time BIGINT,
    end_time BIGINT, lifecycle_stage VARCHAR(20), experiment_id INTEGER
);
CREATE TABLE metrics (
    "key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT NOT NULL, run_uuid VARCHAR(32) NOT NULL,
    step BIGINT DEFAULT '0' NOT NULL, is_nan BOOLEAN DEFAULT '0' NOT NULL,
    CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan)
);
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
CREATE TABLE params ("key" VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32), PRIMARY KEY ("key", run_uuid));
CREATE TABLE tags ("key" VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32), PRIMARY KEY ("key", run_uuid));
CREATE TRIGGER guard BEFORE UPDATE ON tags BEGIN SELECT 1; END;
"""
BIGGEST = 1.7976931348623157e308


def add_run(
    path: Path,
    run_id: str,
    curves: Mapping[str, Curve],
    params: Mapping[str, str] | None = None,
    *,
    name: str | None = "lucky",
    status: str = "FINISHED",
    stage: str = "active",
) -> None:
    """Adds a run to a database, which is created if it does not exist."""
    fresh = not path.exists()
    with sqlite3.connect(path) as database:
        if fresh:
            database.executescript(SCHEMA)
        facts = (run_id, name, status, 1_700_000_000_123, 1_700_000_100_000, stage, 1)
        database.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", facts)
        for key, curve in curves.items():
            for time, (step, value) in enumerate(curve):
                stored = 0.0 if math.isnan(value) else max(-BIGGEST, min(BIGGEST, value))
                row = (key, stored, 1_700_000_001_000 + time, run_id, step, math.isnan(value))
                database.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
        for key, text in (params or {}).items():
            database.execute("INSERT INTO params VALUES (?, ?, ?)", (key, text, run_id))
    database.close()


def write_run(
    folder: Path,
    run_id: str,
    curves: Mapping[str, Curve],
    params: Mapping[str, str] | None = None,
    *,
    name: str = "lucky",
    status: int = 3,
) -> Path:
    """Writes the folder of a run, below the folder of its experiment."""
    place = folder / run_id
    files = {"tags/mlflow.runName": name, **{f"params/{key}": text for key, text in (params or {}).items()}}
    for key, curve in curves.items():
        lines = (f"{1_700_000_001_000 + time} {value} {step}\n" for time, (step, value) in enumerate(curve))
        files[f"metrics/{key}"] = "".join(lines)
    files["meta.yaml"] = (
        f"artifact_uri: file:///elsewhere\nend_time: 1700000100000\nrun_id: {run_id}\nrun_name: '{name}'\n"
        f"start_time: 1700000000123\nstatus: {status}\ntags: []\n"
    )
    for file, text in files.items():
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).write_text(text)
    return place
