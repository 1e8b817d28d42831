"""Runs a sweep: makes the reports that are missing or out of date, then the index of all runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

from markupsafe import Markup

from reportgen import assets
from reportgen.comparison.grouping import Groups
from reportgen.errors import DiagnosisError
from reportgen.languages import language
from reportgen.options import Look
from reportgen.render import content_security_policy, environment
from reportgen.sweep.cluster import map_jobs, map_tasks, open_cluster, word_failure
from reportgen.sweep.comparison_pages import (
    GroupsPage,
    MadePage,
    PagesMade,
    job_of_page,
    made_page,
    plan_pages,
    read_state,
    write_state,
)
from reportgen.sweep.index import Survey, index_pages, page_file, take_survey
from reportgen.sweep.ledger import Ledger
from reportgen.sweep.places import FoundRun, Site
from reportgen.sweep.results import RunResult
from reportgen.sweep.task import SweepOptions
from reportgen.sweep.worker import Failure
from reportgen.text import printable

MAX_NEW: Final = 16  # runs per task: seconds of work, so the scheduler's overhead of milliseconds does not matter
MAX_KNOWN: Final = 256  # runs per task when their reports may be up to date
TIME_LIMIT_S: Final = 600  # for one run; our choice: a log of the maximum size takes less on a busy machine
MAX_ERRORS: Final = 3  # errors the command prints; the index lists all
_TASKS_PER_THREAD: Final = 8  # at least, so that all threads finish at about the same time


@dataclass(frozen=True)
class SweepResult:
    """The result of a sweep."""

    made: int  # reports written
    current: int  # reports that were up to date
    failed: int  # runs without a report
    missing: int  # runs that were not reached
    errors: tuple[str, ...]  # the first few reasons why runs have no report
    unusable: int  # lines of runs.jsonl that were left out, as they are damaged or of another version
    interrupted: bool
    ungrouped: str = ""  # why the runs could not be grouped as the user chose; empty if they were


def run_sweep(
    runs: Sequence[FoundRun],
    site: Site,
    options: SweepOptions,
    *,
    scheduler: str | None = None,
    workers: int | None = None,
    time_limit_s: float = TIME_LIMIT_S,
    folder: str = "",
    groups: Groups | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> SweepResult:
    """Writes the reports that are missing or out of date, then the index of all runs.

    Ctrl-C stops it early: finished reports are kept and indexed, and the next call resumes.

    Args:
        runs: At least one.
        site: Where reports and index are written.
        options: How every run is read and presented.
        scheduler: Address of a Dask scheduler; None for a cluster on this machine.
        workers: Number of processes on this machine (default: one per core).
        time_limit_s: How long one run may take; a run that takes longer gets no report.
        folder: The name of the folder that the runs are in, for the title of the index.
        groups: The groups that the user chose: settings, or patterns by group (default: they are found).
        on_progress: Called with the number of runs finished since the last call.

    Raises:
        ClusterError: the scheduler cannot be reached, or is lost.
        OutputError: the site cannot be written to.
        MissingExtraError: Dask is not installed.
    """
    made = current = failed = 0
    errors: list[str] = []
    interrupted, ungrouped = False, ""
    survey: Survey | None = None
    pages_made: PagesMade | None = None
    with Ledger(site) as ledger:
        try:
            with open_cluster(scheduler, workers) as client:
                n_threads = max(1, sum(client.nthreads().values()))
                tasks = _plan(runs, ledger, options.stamp, n_threads)
                with closing(map_tasks(client, tasks, options, site, time_limit_s)) as finished:
                    for results in finished:
                        fresh = [result for result in results if result is not None]
                        ledger.add(fresh)
                        broken = [result for result in fresh if result.error]
                        made, failed = made + len(fresh) - len(broken), failed + len(broken)
                        errors += [_error_line(result) for result in broken[: MAX_ERRORS - len(errors)]]
                        current += len(results) - len(fresh)
                        on_progress(len(results))
                survey, ungrouped = _survey(ledger, runs, groups)
                pages = plan_pages(survey.groups, ledger, options.look)
                pages_made = _make_pages(client, pages, site, options.look, time_limit_s)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            survey = survey or _survey(ledger, runs, groups)[0]
            write_index(ledger, runs, site, options.look, survey, pages_made, folder)
    missing = len(runs) - made - current - failed
    return SweepResult(made, current, failed, missing, tuple(errors), ledger.n_unusable, interrupted, ungrouped)


def _survey(ledger: Ledger, runs: Sequence[FoundRun], groups: Groups | None) -> tuple[Survey, str]:
    """What the ledger says, and why the runs could not be grouped as the user chose: known only after reading them."""
    paths = [run.path for run in runs]
    try:
        return take_survey(ledger, paths, groups), ""
    except DiagnosisError as error:
        return take_survey(ledger, paths), str(error)


def _error_line(result: RunResult) -> str:
    """The error of a run, beginning with its path."""
    error, path = result.error, result.path
    return error if error.startswith(path) else f"{printable(path, 200)}: {error}"


def _plan(runs: Sequence[FoundRun], ledger: Ledger, stamp: str, n_threads: int) -> Iterator[Sequence[FoundRun]]:
    """Groups runs into tasks: first large tasks of runs that may be up to date, then small tasks of new ones."""
    known, new = [], []
    for run in runs:
        result = ledger.get(run.path)
        if result is not None and not result.error and result.key.startswith(stamp):
            known.append(replace(run, known_key=result.key))
        else:
            new.append(run)
    for chosen, most in ((known, MAX_KNOWN), (new, MAX_NEW)):
        size = max(1, min(most, len(chosen) // (n_threads * _TASKS_PER_THREAD)))
        for start in range(0, len(chosen), size):
            yield chosen[start : start + size]


def _make_pages(client: Any, pages: Sequence[GroupsPage], site: Site, look: Look, time_limit_s: float) -> PagesMade:
    """Makes the comparisons that are missing or out of date, and removes those of tasks that are gone.

    Returns:
        All pages by file, with the reason for those that could not be made.
    """
    known = read_state(site)
    files = {page.file for page in pages}
    current = {
        page.file: known[page.file]
        for page in pages
        if page.file in known and known[page.file].key == page.key and site.has(page.file)
    }
    waiting = [(page,) for page in pages if page.file not in current]
    if not waiting and known.keys() == files:
        return current
    write_state(site, current)  # so that no page counts as current while it is replaced

    def job(given: Sequence[GroupsPage]) -> str:
        return job_of_page(given[0], look, site)

    with closing(map_jobs(client, waiting, job, time_limit_s)) as finished:
        for (page,), (answer,) in finished:
            current[page.file] = (
                MadePage(page.key, error=word_failure(answer, time_limit_s))
                if isinstance(answer, Failure)
                else made_page(page, answer)
            )
            write_state(site, current)
    for file in known.keys() - files:
        site.remove(file)
    return current


def write_index(
    ledger: Ledger,
    runs: Sequence[FoundRun],
    site: Site,
    look: Look,
    survey: Survey | None = None,
    pages_made: PagesMade | None = None,
    folder: str = "",
) -> None:
    """Writes the pages of the index, and removes leftover pages of an earlier index.

    Args:
        ledger: The results.
        runs: All runs of the sweep.
        site: Where pages are written.
        look: How they are presented.
        survey: What the ledger contains (default: it is read).
        pages_made: The comparisons (default: those that earlier sweeps made).
        folder: As for `run_sweep`.
    """
    spoken = language(look.language)
    paths = [run.path for run in runs]
    survey = survey or take_survey(ledger, paths)
    pages_made = read_state(site) if pages_made is None else pages_made
    style = assets.stylesheet(look.theme, index=True)
    script = None if look.static else assets.script("index")
    template = environment(None, spoken).get_template("sweep/index.html.jinja")
    policy = content_security_policy(style, [script] if script else [])
    n_pages = 0
    for page in index_pages(ledger, paths, spoken, survey, pages_made, folder):
        html = template.render(
            page=page,
            style=Markup(style),  # noqa: S704  # our own file
            script=script and Markup(script),  # noqa: S704  # our own file
            policy=policy,
        )
        site.write(page.file, html)
        n_pages += 1
    while site.has(page_file(n_pages + 1)):
        n_pages += 1
        site.remove(page_file(n_pages))
