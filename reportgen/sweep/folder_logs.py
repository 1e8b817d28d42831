"""Finds all runs in a folder: each log, and each folder that a tool wrote as one run."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from reportgen.errors import ReportgenError
from reportgen.journal import journal_path
from reportgen.outputs.files import is_own
from reportgen.sources.folders import GENERAL, has_log_ending, has_names_of_log, is_named
from reportgen.sources.format import Fit
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.registry import OWN, best_fit

# The files that a sweep writes to its site.
SITE_FILES: Final = re.compile(r"reports(/.*)?|comparisons(/.*)?|index\.html|page-\d+\.html|runs\.jsonl", re.DOTALL)
LEDGER: Final = "runs.jsonl"


def runs_within(opened: Opened, *, is_chosen: bool = False) -> list[str]:
    """The relative paths of all runs in a folder; an empty path is the folder itself, if it is one run.

    Files and folders whose names begin with a dot are left out, and the files of other sweeps. Journals and reports
    are runs unless other logs, from which they may have been made, are in the same folder.

    Args:
        opened: The folder.
        is_chosen: Whether an option chooses one of the runs that a tool keeps in one folder; else each is found.
    """
    return _visit(opened, "", opened.sample, is_chosen)


def _visit(opened: Opened, folder: str, sample: Sample, is_chosen: bool) -> list[str]:
    """The runs in a folder below the opened one."""
    known, fit = best_fit(sample)
    is_run = known is not None and (is_chosen or known.runs is None or "" in known.runs(sample))
    is_sure = fit == Fit.CERTAIN or (known is not None and known.runs is not None)
    if is_run and is_sure:
        return [folder]
    files = sample.files or ()
    is_site = LEDGER in files and "index.html" in files
    within: dict[str, list[str]] = {}
    direct: list[str] = []
    for file in files:
        first, mark, rest = file.partition("/")
        if first.startswith(".") or (is_site and SITE_FILES.fullmatch(file)):
            continue
        if mark:
            within.setdefault(first, []).append(rest)
        else:
            direct.append(file)
    prefix = f"{folder}/" if folder else ""
    found = [prefix + file for file in _logs(opened, prefix, direct)]
    for name, below in within.items():
        found += _visit(opened, prefix + name, Sample(name, files=tuple(below)), is_chosen)
    return [folder] if is_run and len(found) <= 1 else found  # metrics.csv or results.csv may be one of many logs


def _logs(opened: Opened, prefix: str, files: Sequence[str]) -> list[str]:
    """The logs among the files that are directly in a folder."""
    kinds = {file: _kind(opened, prefix + file) for file in files if has_log_ending(PurePosixPath(file))}
    logs = [file for file, kind in kinds.items() if kind == "log"]
    if logs:
        return logs
    own = [file for file, kind in kinds.items() if kind in OWN]
    return [file for file in own if kinds[file] == "journal" or str(journal_path(Path(file))) not in own]


def _kind(opened: Opened, path: str) -> str:
    """``log``, or the format's name if reportgen wrote it; empty if it is not a log."""
    try:
        with opened.file(path) as file:
            sample = file.sample
            known, fit = best_fit(sample)
    except ReportgenError:
        return "log"  # its row in the index says why it cannot be read
    if known is None:
        return ""
    if known.name in OWN:
        is_page = sample.text.startswith("<")
        return known.name if not is_page or is_own(sample.head) else ""
    if is_named(PurePosixPath(path)) or (known.name not in GENERAL and fit >= Fit.LIKELY):
        return "log"
    return "log" if has_names_of_log(known, sample) else ""
