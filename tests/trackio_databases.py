"""Databases as Trackio 0.43 writes them, and as its first versions did, without ids of runs."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def database(path: Path, runs: Mapping[str, Sequence[Mapping[str, Any]]], *, old: bool = False) -> Path:
    """Writes a database with these runs; each row is a call of ``trackio.log``."""
    run_id = "" if old else "run_id TEXT NOT NULL,"
    with sqlite3.connect(path) as connection:
        connection.execute(
            f"CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, {run_id} timestamp TEXT NOT NULL, "
            "run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL)"
        )
        if not old:
            connection.execute(
                "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, run_name TEXT NOT "
                "NULL, config TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE(run_id))"
            )
        for number, (name, rows) in enumerate(runs.items()):
            ids = [] if old else [f"{number:032x}"]
            for step, row in enumerate(rows):
                cells = [*ids, "2026-01-01T00:00:00+00:00", name.split("#")[0], step, json.dumps(row).encode()]
                columns = [] if old else ["run_id"]
                columns += ["timestamp", "run_name", "step", "metrics"]
                marks = ", ".join("?" * len(cells))
                connection.execute(f"INSERT INTO metrics ({', '.join(columns)}) VALUES ({marks})", cells)
            if not old:
                config = json.dumps({"lr": 0.1, "model": "net", "_Username": None}).encode()
                connection.execute(
                    "INSERT INTO configs (run_id, run_name, config, created_at) VALUES (?, ?, ?, '')",
                    [*ids, name.split("#")[0], config],
                )
    connection.close()
    return path
