"""Runs that MLflow tracked, found where MLflow keeps them: ``mlflow:RUN_ID``. No server is asked.

In: a run's id or its beginning. Out: the `Opened` database or run folder that holds it. Where to look is told by
MLFLOW_TRACKING_URI, as MLflow itself is told; else it is ``mlflow.db`` and ``mlruns`` of the working directory.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from reportgen.errors import SourceError
from reportgen.sources.opening.local import open_local
from reportgen.sources.opening.opened import Opened
from reportgen.sources.opening.sqlite import MAGIC, open_database
from reportgen.text import listed, quoted

MLFLOW_RUN: Final = "mlflow:"  # before the id of a run
PROGRAM: Final = "MLflow"
TABLES: Final = frozenset({"runs", "metrics", "params", "tags"})
_URI: Final = "MLFLOW_TRACKING_URI"
_DEFAULTS: Final = ("mlflow.db", "mlruns")
_LAST: Final = "\U0010ffff"
_MAX_SAID: Final = 8


@contextmanager
def open_run(run: str) -> Iterator[Opened]:
    """Opens the database or the folder that holds a run.

    Args:
        run: Its id, or the first characters of it.

    Raises:
        SourceError: there is no such run, or more than one, or they cannot be read.
    """
    name = quoted(MLFLOW_RUN + run)
    places = _places(name)
    found = [(place, run_id) for place in places for run_id in _runs_at(place, run)]
    if len(found) != 1:
        if not found:
            looked = " and ".join(quoted(place) for place in places)
            raise SourceError(
                f"{name}: there is no such run in {looked}; the id of one is needed. Copy it from MLflow, or set "
                f"{_URI} to where it is."
            )
        ids = [run_id for _, run_id in found]
        raise SourceError(
            f"{name}: several runs begin so: {listed(ids[:_MAX_SAID])}{', …' * (len(ids) > _MAX_SAID)}; one is needed. "
            f"Write more of the id, as in {MLFLOW_RUN}{found[0][1]}."
        )
    place, run_id = found[0]
    folder = next(_run_folders(place, run_id), place)
    with open_local(folder) as opened:
        opened.run = run_id
        yield opened


def runs_in(database: sqlite3.Connection, beginning: str = "", *, only_active: bool = False) -> list[str]:
    """The ids of a database's runs that begin so, nine at most: who asks wants one."""
    rows = database.execute(
        "SELECT run_uuid FROM runs WHERE run_uuid >= ? AND run_uuid <= ? AND lifecycle_stage <> ? LIMIT 9",
        (beginning, beginning + _LAST, "deleted" if only_active else ""),
    )
    return [str(run_id) for (run_id,) in rows]


def _runs_at(place: Path, beginning: str) -> list[str]:
    if place.is_dir():
        return [folder.name for folder in _run_folders(place, beginning)]
    with open_local(place) as opened:
        if not opened.sample.head.startswith(MAGIC):
            raise SourceError(
                f"{opened.where}: this is no SQLite database; MLflow's is needed. Set {_URI} to it, or to a "
                "folder mlruns."
            )
        with open_database(opened, TABLES, PROGRAM) as database:
            return runs_in(database, beginning)


def _run_folders(place: Path, beginning: str) -> Iterator[Path]:
    """The folders of runs that begin so, below the folders of their experiments."""
    if not place.is_dir():
        return
    for experiment in _folders(place):
        for folder in _folders(experiment):
            if folder.name.startswith(beginning) and (folder / "meta.yaml").is_file():
                yield folder


def _folders(place: Path) -> list[Path]:
    """The folders in a folder, links left out."""
    try:
        with os.scandir(place) as entries:
            found = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError as error:
        raise SourceError(
            f"{quoted(place)}: it cannot be read ({error.strerror or error}); check its permissions."
        ) from None
    return [place / name for name in found]


def _places(name: str) -> list[Path]:
    """Where to look for a run."""
    uri = os.environ.get(_URI, "").strip()
    if not uri:
        found = [Path(place) for place in _DEFAULTS if Path(place).exists()]
        if not found:
            raise SourceError(
                f"{name}: there is neither mlflow.db nor mlruns here; one is needed. Go to their folder, or set {_URI} "
                "to where they are, such as sqlite:///mlflow.db."
            )
        return found
    scheme, colon, rest = uri.partition(":")
    if not colon or len(scheme) == 1:  # a drive of Windows
        place = Path(uri)
    elif scheme == "sqlite" and rest.startswith("///"):
        place = Path(rest.removeprefix("///").partition("?")[0])
    elif scheme == "file":
        place = Path(re.sub(r"^/(?=[A-Za-z]:)", "", unquote(rest.removeprefix("//"))))  # /C:/ of Windows
    else:
        kind = re.sub(r"[^a-z0-9+.-]", "", scheme.lower())[:40]  # no more of it, as it may hold a password
        raise SourceError(
            f"{name}: {_URI} names {kind}:..., and no server is asked; a database file or a folder is "
            "needed. Set it to sqlite:///PATH/mlflow.db, or save what MlflowClient().get_metric_history() gives as CSV."
        )
    if not place.exists():
        raise SourceError(f"{name}: {_URI} names {quoted(place)}, which is not there; it is needed. Correct it.")
    return [place]
