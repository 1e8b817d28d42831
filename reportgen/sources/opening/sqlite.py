"""SQLite databases of anybody, opened to be looked up in: nothing is written, nothing in them is run.

In: an `Opened`. Out: a connection that reads tables and nothing else. No file is made beside a database, also where its
last changes stand in a write-ahead log.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from reportgen.errors import SourceError
from reportgen.sources.opening.opened import Opened
from reportgen.text import quoted

MAGIC: Final = b"SQLite format 3\0"
_MAX_CELL_BYTES: Final = 100_000  # our choice: names, numbers and parameters are shorter
_STEPS: Final = 10_000  # of SQLite's machine, between two looks at how many there were
_MIN_STEPS: Final = 2_000_000
_STEPS_PER_BYTE: Final = 2  # to look at every row of a table of short ones takes less than one
_CACHE_KIB: Final = 16_384
_PLAIN: Final = re.compile(r"CREATE\s+(TABLE|TRIGGER|(UNIQUE\s+)?INDEX)\s", re.IGNORECASE)  # views may have no end
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
    """Opens a database for reading those tables.

    Args:
        opened: A file of which the first bytes are `MAGIC`.
        tables: Their names; what is no table, or another one, cannot be read, as views may have no end.
        program: Whose database is looked for, for messages.

    Raises:
        SourceError: the database is damaged, is being written, or holds no such table; errors of SQLite within the
            context become this one.
    """
    where = opened.where
    try:
        with closing(_connect(opened)) as connection:
            _guard(connection, tables, _loaded(opened, connection))
            yield connection
    except (sqlite3.Error, UnicodeError, OverflowError, MemoryError) as error:  # UnicodeError: of a message of SQLite's
        said = quoted(" ".join(str(error).split()) or type(error).__name__, 100)[1:-1]
        if "no such" in said or "not authorized" in said or "prohibited" in said:
            raise SourceError(
                f"{where}: the SQLite database is not {program}'s ({said}); one that it wrote is needed. Check the "
                "path."
            ) from None
        raise SourceError(
            f"{where}: the SQLite database cannot be read ({said}); a whole one that no program is writing to is "
            "needed. Wait for its writer, or copy it again."
        ) from None


def _connect(opened: Opened) -> sqlite3.Connection:
    if opened.path is None:
        return sqlite3.connect(":memory:")
    path = opened.path.resolve()  # beside which the files of a write-ahead log lie
    return sqlite3.connect(f"{path.as_uri()}?{_mode(opened, path)}", uri=True)


def _loaded(opened: Opened, connection: sqlite3.Connection) -> int:
    """The size of the database in bytes, as what it says of that may be anything; loaded where it is no plain file."""
    if opened.path is not None:
        return opened.path.stat().st_size
    if not hasattr(connection, "deserialize"):  # SQLite before 3.36
        raise SourceError(
            f"{opened.where}: this SQLite can read a database from a plain file only; one is needed. Copy it to this "
            "machine and name its path."
        )
    data = opened.data()
    data[18:20] = b"\1\1"  # not by write-ahead log, which needs files beside it
    connection.deserialize(bytes(data))
    return len(data)


def _mode(opened: Opened, path: Path) -> str:
    """How to open a file without making any beside it (SQLite 3.40, tried)."""
    if opened.sample.head[18:20] != b"\2\2":
        return "mode=ro"
    log, index = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    if not log.exists() or not log.stat().st_size:
        return "mode=ro&immutable=1"
    if index.exists():
        return "mode=ro&readonly_shm=1"
    raise SourceError(
        f"{opened.where}: its last changes stand in {quoted(log.name)}, which its writer left behind; a database "
        "that was closed is needed. Open it once with its own program, or: sqlite3 FILE 'PRAGMA wal_checkpoint'."
    )


def _guard(connection: sqlite3.Connection, tables: frozenset[str], size: int) -> None:
    """Sets all limits; how long a connection may work grows with the size of the database."""
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
            raise sqlite3.NotSupportedError(f"not authorized: {sql}")
    for table in tables:
        for column in connection.execute(f"PRAGMA table_xinfo({table})"):
            if column[-1]:
                raise sqlite3.NotSupportedError(f"not authorized: computed column {column[1]}")
    connection.set_authorizer(allowed)
