"""Many runs at once: a report for each, and an index of all.

In: patterns of sources, a place for the site. Out: the site, and how many reports were made. This room tells of its
progress by a function that it is given; it prints nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from reportgen import assets
from reportgen.errors import RenderError
from reportgen.languages import language
from reportgen.render import content_security_policy, environment
from reportgen.sweep.cluster import map_batches, open_cluster
from reportgen.sweep.index import index_pages, page_file
from reportgen.sweep.ledger import Ledger
from reportgen.sweep.places import Site, Source, find_sources
from reportgen.sweep.rows import Row
from reportgen.sweep.task import Batch, Item, SweepOptions, hash_extras
from reportgen.text import printable

if TYPE_CHECKING:
    from reportgen.sweep.index import IndexPage

MAX_BATCH: Final = 16  # runs to be made: seconds of work, beside which a scheduler's milliseconds are nothing
MAX_KNOWN_BATCH: Final = 256  # runs that are looked at only
TOLD_ERRORS: Final = 3  # by the command; the index tells all
_BATCHES_A_WORKER: Final = 8  # at least, so that all end at about the same time

__all__ = ["Site", "SweepOptions", "SweepResult", "find_sources", "hash_extras", "run_sweep"]


@dataclass(frozen=True)
class SweepResult:
    """What became of a sweep.

    Attributes:
        made: Reports written.
        current: Reports that were up to date.
        failed: Runs without a report.
        missing: Runs that were not reached.
        errors: Why runs have no report, of the first few.
        interrupted: Whether Ctrl-C stopped it.
    """

    made: int
    current: int
    failed: int
    missing: int
    errors: tuple[str, ...]
    interrupted: bool


def run_sweep(
    sources: Sequence[Source],
    site: Site,
    options: SweepOptions,
    *,
    scheduler: str | None = None,
    workers: int | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> SweepResult:
    """Reports on every source that has no report that is up to date, then writes the index of all.

    Ctrl-C ends it early: reports that were written stay, the index tells of them, and the next call goes on.

    Args:
        sources: At least one.
        site: Where everything goes.
        options: For every run.
        scheduler: Address of a Dask scheduler; None for a cluster on this machine.
        workers: Processes on this machine; as many as it has cores where None.
        on_progress: Told how many runs were done since it was last called.

    Raises:
        ClusterError: the scheduler cannot be reached, or is lost.
        OutputError: the site cannot be written to.
        MissingExtraError: Dask is not installed.
    """
    spoken = language(options.look.language)
    made = current = failed = 0
    errors: list[str] = []
    interrupted = False
    with Ledger(site) as ledger:
        try:
            with open_cluster(scheduler, workers) as client:
                n_threads = max(1, sum(client.nthreads().values()))
                with closing(map_batches(client, _plan(sources, ledger, site, options, n_threads))) as results:
                    for rows in results:
                        fresh = [row for row in rows if row is not None]
                        ledger.add(fresh)
                        broken = [row for row in fresh if row.error]
                        made, failed = made + len(fresh) - len(broken), failed + len(broken)
                        errors += [_told(row) for row in broken[: TOLD_ERRORS - len(errors)]]
                        current += len(rows) - len(fresh)
                        on_progress(len(rows))
        except KeyboardInterrupt:
            interrupted = True
        finally:
            write_index(ledger, sources, site, options, spoken)
    missing = len(sources) - made - current - failed
    return SweepResult(made, current, failed, missing, tuple(errors), interrupted)


def _told(row: Row) -> str:
    """What went wrong with a run, its path first."""
    return row.error if row.error.startswith(row.path) else f"{printable(row.path, 200)}: {row.error}"


def _plan(
    sources: Sequence[Source], ledger: Ledger, site: Site, options: SweepOptions, n_threads: int
) -> Iterator[Batch]:
    """The sources in batches: larger ones of those that may be up to date, first; small ones of those to be made."""
    known, new = [], []
    for source in sources:
        row = ledger.get(source.path)
        key = row.key if row is not None and not row.error else ""
        if key.startswith(options.stamp):
            known.append(Item(source, key))
        else:
            new.append(Item(source))
    for items, most in ((known, MAX_KNOWN_BATCH), (new, MAX_BATCH)):
        size = max(1, min(most, len(items) // (n_threads * _BATCHES_A_WORKER)))
        for start in range(0, len(items), size):
            yield Batch(tuple(items[start : start + size]), options, site)


def write_index(ledger: Ledger, sources: Sequence[Source], site: Site, options: SweepOptions, spoken: Any) -> None:
    """Writes the pages of the index, and removes those of an earlier, longer one.

    Raises:
        OutputError: a page cannot be written.
    """
    style = assets.stylesheet(options.look.theme, index=True)
    script = None if options.look.static else assets.script("index")
    template = environment(None, spoken).get_template("sweep/index.html.jinja")
    policy = content_security_policy(style, [script] if script else [])
    n_pages = 0
    for page in index_pages(ledger, [source.path for source in sources], spoken):
        site.write(page.file, _render(template, page, style, script, policy))
        n_pages += 1
    while site.has(page_file(n_pages + 1)):
        n_pages += 1
        site.remove(page_file(n_pages))


def _render(template: Any, page: "IndexPage", style: str, script: str | None, policy: str) -> str:
    from jinja2 import TemplateError

    try:
        return str(
            template.render(
                page=page,
                style=Markup(style),  # noqa: S704  # our own file
                script=script and Markup(script),  # noqa: S704  # our own file
                policy=policy,
            )
        )
    except TemplateError as error:
        raise RenderError(f"The index cannot be rendered ({error}); a fault of reportgen. Please report it.") from None
