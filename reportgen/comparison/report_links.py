"""The reports of the runs of a comparison: links to them, and that the page does not replace one."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from reportgen.comparison.loading import LoadedRun
from reportgen.errors import OutputError
from reportgen.outputs.files import HEAD, check_name, check_target, expand_home, is_own
from reportgen.outputs.output_names import check_output_name
from reportgen.regular_files import regular_file
from reportgen.sources.opening.other_files import is_overview

_MOST_UP: Final = 3  # folders that a link may go up; more would show where a page was made
_ENDINGS: Final = (".html", ".htm")
_SIBLING: Final = "report.html"


def check_page(path: str | os.PathLike[str], runs: Sequence[LoadedRun] = (), *, overwrite: bool = False) -> Path:
    """Checks that a comparison can be written to a path, and does not replace the report of a run with its history.

    Args:
        path: The path.
        runs: The runs of the comparison.
        overwrite: Whether any file but those of the runs may be replaced.

    Returns:
        The absolute path, as `check_target` returns it.

    Raises:
        OutputError: the page cannot be written there.
    """
    check_output_name(check_name(path), "comparison")
    target = check_target(path, overwrite=overwrite)
    if target.resolve() in (place.resolve() for run in runs for place in _read_from(run)):
        raise OutputError(f"{path}: the comparison is made from this file and would replace it. Choose another file.")
    if not overwrite and _is_report(target):
        raise OutputError(
            f"{path}: this is the report of a run and contains its history, so it is not replaced. Choose another "
            "path, or pass --force (in Python: overwrite=True)."
        )
    return target


def _read_from(run: LoadedRun) -> tuple[Path, ...]:
    """The files that a run may have been read from."""
    if not run.source or "://" in run.source:
        return ()
    source = expand_home(run.source)
    return (source, source / run.inner) if run.inner else (source,)


def report_links(runs: Sequence[LoadedRun], folder: Path) -> dict[str, str]:
    """Links to reports, relative to the folder of the page, by name of the run.

    A run has a report if it was read from one, or if one is beside its log with the log's name, or, if the log is the
    only run there, with the name ``report.html``.
    """
    sources = [str(Path(run.source).parent) for run in runs]
    links = {}
    for run, place in zip(runs, sources, strict=True):
        for candidate in _candidates(run, is_alone=sources.count(place) == 1):
            link = _relative(candidate, folder)
            if link and _is_report(candidate):
                links[run.name] = link
                break
    return links


def _candidates(run: LoadedRun, *, is_alone: bool) -> Iterator[Path]:
    if not run.source or "://" in run.source:
        return
    source = expand_home(run.source)
    if source.suffix.lower() in _ENDINGS:
        yield source
    elif run.inner and Path(run.inner).suffix.lower() in _ENDINGS:
        yield source / run.inner
    elif not run.inner:
        yield source.with_suffix(".html")
        if is_alone:
            yield source.parent / _SIBLING


def _relative(report: Path, folder: Path) -> str:
    """The report's path from the folder, as a link; empty if it is too far away."""
    try:
        path = Path(os.path.relpath(report, folder))
    except ValueError:  # on another drive
        return ""
    if path.is_absolute() or path.parts.count("..") > _MOST_UP:
        return ""
    text = quote(path.as_posix())
    return f"./{text}" if ":" in path.parts[0] else text


def _is_report(path: Path) -> bool:
    """Whether a file is the report of a run."""
    try:
        with open(path, "rb", opener=regular_file) as stream:
            head = stream.read(HEAD)
    except OSError:
        return False
    return bool(head) and is_own(head) and not is_overview(head.decode("utf-8", "replace"))
