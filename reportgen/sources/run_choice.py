"""Chooses one run from a source that contains several."""

from collections.abc import Sequence
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.history.notes import Note, short_names
from reportgen.options import ReadOptions
from reportgen.sources.format import may_skip
from reportgen.text import cited, printable, quoted

TAKES_RUN: Final = frozenset({"columns", "run"})


def choose_run(
    names: Sequence[str], options: ReadOptions, where: str, titles: Sequence[str] = ()
) -> tuple[int, tuple[Note, ...]]:
    """Chooses a run by ``options.run``: a name, a unique prefix of a name, or a number from 1.

    Args:
        names: Names of the runs, at least one.
        options: The options of the user.
        where: Name of the source, for messages.
        titles: Other names of the runs; they do not have to be unique.

    Returns:
        Index of the run, and a note about the other runs.

    Raises:
        SourceError: the source has no such run, or several runs and none was chosen.
    """
    wanted = None if options.run is None else str(options.run)
    if wanted is None or (len(names) == 1 and may_skip(options, "run")):
        if len(names) == 1:
            return 0, ()
        raise SourceError(
            f"{where}: it contains {len(names)} runs: {cited_names(names, whole=True)}; one is needed. Choose one by "
            f"name or number, such as --run {cited(names[0], 40)}."
        )
    found = (
        [index for index, name in enumerate(names) if name == wanted]
        or [index for index, title in enumerate(titles) if title == wanted]
        or ([int(wanted) - 1] if wanted.isdecimal() and len(wanted) < 10 and 0 < int(wanted) <= len(names) else [])
        or [index for index, name in enumerate(names) if wanted and name.startswith(wanted)]
    )
    if len(found) != 1:
        fault = f"{len(found)} runs match {quoted(wanted)}" if found else f"it has no run {quoted(wanted)}"
        raise SourceError(
            f"{where}: {fault}; it contains {cited_names(names, whole=True)}. Use one of these names, or a number "
            f"from 1 to {len(names)}."
        )
    others = [name for index, name in enumerate(names) if index != found[0]]
    if not others:
        return found[0], ()
    chosen = printable(names[found[0]], 40)
    return found[0], (Note.of("chosen-run", count=len(names), run=chosen, runs=short_names(others)),)
