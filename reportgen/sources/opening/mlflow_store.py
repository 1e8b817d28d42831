"""Finds an MLflow run by its id, ``mlflow:RUN_ID``, without contacting a server.

Looks where ``MLFLOW_TRACKING_URI`` points; if it is not set, in ``mlflow.db`` and ``mlruns`` of the working directory.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reportgen.errors import SourceError
from reportgen.portable_names import FILE_URL, path_of_url
from reportgen.sources.opening.local import open_local
from reportgen.sources.opening.opened import Opened
from reportgen.sources.opening.sqlite import MAGIC, open_database
from reportgen.text import listed, quoted

MLFLOW_RUN: Final = "mlflow:"  # prefix of a run's id
PROGRAM: Final = "MLflow"
TABLES: Final = frozenset({"runs", "metrics", "params", "tags"})
_URI: Final = "MLFLOW_TRACKING_URI"
_DEFAULTS: Final = ("mlflow.db", "mlruns")
_LAST: Final = "\U0010ffff"


@contextmanager
def open_run(run: str) -> Iterator[Opened]:
    """Opens the database or the folder of a run, given its id or a unique prefix of it.

    Raises:
        SourceError: no run or several runs match, or they cannot be read.
    """
    name = quoted(MLFLOW_RUN + run)
    places = _places(name)
    found = [(place, run_id) for place in places for run_id in _runs_at(place, run)]
    if len(found) != 1:
        if not found:
            looked = " and ".join(quoted(place) for place in places)
            raise SourceError(
                f"{name}: there is no such run in {looked}. Copy the id from MLflow, or set {_URI} to its location."
            )
        ids = [run_id for _, run_id in found]
        raise SourceError(
            f"{name}: several run ids begin with this: {listed(ids)}. Pass more of the id, such as "
            f"{MLFLOW_RUN}{found[0][1]}."
        )
    place, run_id = found[0]
    folder = next(_run_folders(place, run_id), place)
    with open_local(folder) as opened:
        opened.run = run_id
        yield opened


def runs_in(database: sqlite3.Connection, beginning: str = "") -> list[str]:
    """Ids of the runs in a database that begin with a prefix; at most nine, since only one is wanted."""
    rows = database.execute(
        "SELECT run_uuid FROM runs WHERE run_uuid >= ? AND run_uuid <= ? LIMIT 9", (beginning, beginning + _LAST)
    )
    return [str(run_id) for (run_id,) in rows]


def _runs_at(place: Path, beginning: str) -> list[str]:
    if place.is_dir():
        return [folder.name for folder in _run_folders(place, beginning)]
    with open_local(place) as opened:
        if not opened.sample.head.startswith(MAGIC):
            raise SourceError(
                f"{opened.where}: this is not an SQLite database. Set {_URI} to a database or a folder of MLflow."
            )
        with open_database(opened, TABLES, PROGRAM) as database:
            return runs_in(database, beginning)


def _run_folders(place: Path, beginning: str) -> Iterator[Path]:
    """Folders of runs whose id begins with a prefix, below the folders of their experiments."""
    if not place.is_dir():
        return
    for experiment in _folders(place):
        for folder in _folders(experiment):
            if folder.name.startswith(beginning) and (folder / "meta.yaml").is_file():
                yield folder


def _folders(place: Path) -> list[Path]:
    """The subfolders of a folder, without links."""
    try:
        with os.scandir(place) as entries:
            found = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError as error:
        raise SourceError(
            f"{quoted(place)} cannot be read ({error.strerror or error}). Check its permissions."
        ) from None
    return [place / name for name in found]


def _places(name: str) -> list[Path]:
    """Where to look for a run: databases and folders."""
    uri = os.environ.get(_URI, "").strip()
    if not uri:
        found = [Path(place) for place in _DEFAULTS if Path(place).exists()]
        if not found:
            raise SourceError(
                f"{name}: the working directory has neither mlflow.db nor mlruns. Change to their folder, or "
                f"set {_URI}, such as to sqlite:///mlflow.db."
            )
        return found
    scheme, colon, rest = uri.partition(":")
    if not colon or len(scheme) == 1:  # a Windows drive
        place = Path(uri)
    elif scheme == "sqlite" and rest.startswith("///"):
        place = Path(rest.removeprefix("///").partition("?")[0])
    elif scheme == "file":
        place = Path(path_of_url(f"{FILE_URL}{rest.removeprefix('//')}"))
    else:
        kind = re.sub(r"[^a-z0-9+.-]", "", scheme.lower())[:40]  # only the scheme: the rest may contain a password
        raise SourceError(
            f"{name}: {_URI} is {kind}:..., but no server is contacted. Set it to sqlite:///PATH/mlflow.db, or save "
            "the values of MlflowClient().get_metric_history() as CSV."
        )
    if not place.exists():
        raise SourceError(f"{name}: {_URI} names {quoted(place)}, which does not exist. Correct it.")
    return [place]
