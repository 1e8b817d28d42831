"""Opens SQLite databases to read only certain tables, with limits on time and memory.

Nothing is written, not even next to the database, and its views and triggers never run.
"""

import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePath
from typing import Final

from reportgen.errors import SourceError
from reportgen.sources.opening.opened import Opened
from reportgen.text import cited_fault, quoted

MAGIC: Final = b"SQLite format 3\0"
_MAX_CELL_BYTES: Final = 100_000  # our choice: names, numbers and parameters are shorter
_STEPS: Final = 10_000  # steps of SQLite's virtual machine between two checks of the limit
_MIN_STEPS: Final = 2_000_000
_STEPS_PER_BYTE: Final = 2  # scanning a table of short rows takes less than one
_CACHE_KIB: Final = 16_384
_BESIDE: Final = ("-wal", "-shm", "-journal")  # what SQLite opens next to a database
_PLAIN: Final = re.compile(r"CREATE\s+(TABLE|TRIGGER|(UNIQUE\s+)?INDEX)\s", re.IGNORECASE)  # views may never end
_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: _MAX_CELL_BYTES,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 20,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
}


@contextmanager
def open_database(opened: Opened, tables: frozenset[str], program: str) -> Iterator[sqlite3.Connection]:
    """Opens a program's database for reading certain tables; views and other tables cannot be read.

    Raises:
        SourceError: the database is damaged or locked, or lacks these tables; also for SQLite errors within the
            context.
    """
    where = opened.where
    try:
        with closing(_connect(opened)) as connection:
            _guard(connection, tables, _loaded(opened, connection))
            yield connection
    except (sqlite3.Error, UnicodeError, OverflowError, MemoryError) as error:  # UnicodeError: from a message of SQLite
        said = str(error)
        if "no such" in said or "not authorized" in said or "prohibited" in said:
            raise SourceError(
                f"{where}: this SQLite database was not written by {program} ({cited_fault(error)}). Check the path."
            ) from None
        raise SourceError(
            f"{where}: the SQLite database cannot be read ({cited_fault(error)}). Wait until its writer has finished, "
            "or copy it again."
        ) from None


def _connect(opened: Opened) -> sqlite3.Connection:
    if opened.path is None:
        return sqlite3.connect(":memory:")
    path = opened.path.resolve()  # the files of a write-ahead log are next to it
    return sqlite3.connect(f"{address_of(path)}?{_mode(opened, path)}", uri=True)


def address_of(path: PurePath) -> str:
    """The URI that SQLite opens a path by. It knows no servers, so on Windows their names are part of the path."""
    return re.sub(r"^file://(?=[^/])", "file:////", path.as_uri())


def _loaded(opened: Opened, connection: sqlite3.Connection) -> int:
    """Loads the database into memory if it is not a plain file; returns its true size in bytes."""
    if opened.path is not None:
        return opened.path.stat().st_size
    if not hasattr(connection, "deserialize"):  # SQLite older than 3.36
        raise SourceError(
            f"{opened.where}: this version of SQLite reads databases only from local files. Copy it to this machine."
        )
    data = opened.data()
    data[18:20] = b"\1\1"  # switches off the write-ahead log, which needs files next to it
    connection.deserialize(bytes(data))
    return len(data)


def _mode(opened: Opened, path: Path) -> str:
    """URI options to open a file without creating others next to it (tested with SQLite 3.40)."""
    log, index, _ = (_size_beside(opened, path.with_name(path.name + ending)) for ending in _BESIDE)
    if opened.sample.head[18:20] != b"\2\2":
        return "mode=ro"
    if not log:
        return "mode=ro&immutable=1"
    if index is not None:
        return "mode=ro&readonly_shm=1"
    raise SourceError(
        f"{opened.where}: its last changes are still in {quoted(f'{path.name}-wal')}, since its writer did not close "
        "it. Open it once with its own program, or run: sqlite3 FILE 'PRAGMA wal_checkpoint'."
    )


def _size_beside(opened: Opened, path: Path) -> int | None:
    """The size in bytes of a file that SQLite opens together with the database; None without one.

    Raises:
        SourceError: it is a link, or something else than a file: SQLite would wait for a pipe forever.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise SourceError(
            f"{opened.where}: {quoted(path.name)} next to this database is not a regular file. Remove it, or copy the "
            "database to another folder."
        )
    return found.st_size


def _guard(connection: sqlite3.Connection, tables: frozenset[str], size: int) -> None:
    """Sets all limits; the time limit grows with the size of the database."""
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "mmap_size=0", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    rounds = (_MIN_STEPS + _STEPS_PER_BYTE * size) // _STEPS

    def is_too_long() -> bool:
        nonlocal rounds
        rounds -= 1
        return rounds < 0

    def allowed(action: int, table: str | None, column: str | None, base: str | None, view: str | None) -> int:
        reads = action == sqlite3.SQLITE_READ and table in tables and view is None
        return sqlite3.SQLITE_OK if reads or action == sqlite3.SQLITE_SELECT else sqlite3.SQLITE_DENY

    connection.set_progress_handler(is_too_long, _STEPS)
    for (sql,) in connection.execute("SELECT substr(sql, 1, 64) FROM sqlite_master WHERE sql IS NOT NULL"):
        if not _PLAIN.match(str(sql)):
            raise sqlite3.NotSupportedError("not authorized for views and virtual tables")
    for table in tables:
        for column in connection.execute(f"PRAGMA table_xinfo({table})"):
            if column[-1]:
                raise sqlite3.NotSupportedError("not authorized for computed columns")
    connection.set_authorizer(allowed)
