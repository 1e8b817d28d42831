"""Limits on the size of a history."""

from typing import Final

from reportgen.errors import SourceError

MAX_VALUES: Final = 5_000_000  # our choice: a million steps of five metrics; reading them takes 0.8 GB of memory
MAX_COLUMNS: Final = 10_000  # our choice: more would take minutes to read, and no report can show them


def check_values(count: int, where: str) -> None:
    """Raises a SourceError if there are more values than a history can have."""
    if count > MAX_VALUES:
        raise SourceError(
            f"{where}: it has more than {MAX_VALUES:,} values, the most that a history can have. Save only every tenth "
            "step, or fewer metrics."
        )


def check_columns(count: int, where: str) -> None:
    """Raises a SourceError if there are more columns, including vector components, than a history can have."""
    if count > MAX_COLUMNS + 2:  # epoch and step are not metrics
        raise SourceError(
            f"{where}: it has more than {MAX_COLUMNS:,} columns, the most that a history can have. Save fewer metrics."
        )
