"""The pages of a sweep that compare the groups of a task: which there are, what they show, and how a worker makes one.

A page is made from the reports of its runs, and made again only if one of them or the groups changed.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from reportgen import sources
from reportgen.comparison.compared import compare_loaded
from reportgen.comparison.comparison_page import build_comparison_page, render_comparison
from reportgen.comparison.grouping import Grouping, RunGroup
from reportgen.comparison.loading import MOST_RUNS, LoadedRun
from reportgen.comparison.measures import Measure
from reportgen.errors import ReportgenError
from reportgen.languages import language
from reportgen.options import Look
from reportgen.sweep.index_groups import Task, TaskGroups
from reportgen.sweep.ledger import Ledger
from reportgen.sweep.places import INDEX, Site
from reportgen.text import printable
from reportgen.version import __version__

MAX_PAGES: Final = 20  # of one sweep; our choice: as many tasks as the index lists
STATE: Final = "comparisons/made"  # without the ending of a log
_SCHEMA: Final = "reportgen/comparisons/1"
_MAX_TEXT: Final = 1_000  # characters of a headline
_FILE: Final = re.compile(r"comparisons/[\w.+-]{1,80}\.html", re.ASCII)


@dataclass(frozen=True)
class GroupsPage:
    """A page that compares the groups of a task.

    Attributes:
        file: Its path within the site, which stays the same.
        key: A hash of what it shows.
        reports: The paths of its runs' reports within the site.
        names: Their names.
        groups: The name of each group and the positions of its runs.
        labels: Of each run, its seed and fold.
        basis: As in `Grouping`.
        by: Likewise.
        repeats: Likewise.
        left_out: How many runs belong to no group.
        measure: What is compared, as in the index.
        title: Its heading.
        all_groups: How many groups the task has; the page has the best ones, with at most as many runs as a comparison
            takes.
        all_runs: How many runs they have.
    """

    file: str
    key: str
    reports: tuple[str, ...]
    names: tuple[str, ...]
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    labels: tuple[Mapping[str, str], ...]
    basis: str
    by: tuple[str, ...]
    repeats: tuple[str, ...]
    left_out: int
    measure: Measure
    title: str
    all_groups: int
    all_runs: int


@dataclass(frozen=True)
class MadePage:
    """A page that was made: the key of what it shows, and its headline; or why it could not be made."""

    key: str
    headline: str = ""
    error: str = ""


PagesMade = Mapping[str, MadePage]  # by file


def plan_pages(found: Sequence[TaskGroups], ledger: Ledger, look: Look) -> tuple[GroupsPage, ...]:
    """The pages of a sweep, of the tasks with most runs.

    Args:
        found: The groups of all tasks.
        ledger: The results of the runs.
        look: How pages are presented.
    """
    return tuple(_plan(each, ledger, look) for each in found[:MAX_PAGES])


def page_name(task: Task) -> str:
    """The path of the page of a task within the site."""
    digest = hashlib.sha256(json.dumps(task).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    slug = re.sub(r"[^A-Za-z0-9.+_-]+", "-", task[0])[:40].strip("-.")
    return f"comparisons/{slug or 'runs'}-{digest}.html"


def _plan(found: TaskGroups, ledger: Ledger, look: Look) -> GroupsPage:
    members = {group.name: group.members for group in found.grouping.groups}
    chosen: list[tuple[str, tuple[int, ...]]] = []
    free = MOST_RUNS
    for group in found.groups:  # the best first
        if len(members[group.name]) > free and chosen:
            break
        chosen.append((group.name, members[group.name][:free]))
        free -= len(chosen[-1][1])
    places = tuple(place for _, taken in chosen for place in taken)
    at = iter(range(len(places)))
    groups = tuple((name, tuple(next(at) for _ in taken)) for name, taken in chosen)
    results = [ledger.get(found.runs[place].path) or found.runs[place] for place in places]
    say = language(look.language).say
    title = printable(", ".join(filter(None, found.task)), 120)
    if len(chosen) < len(members):
        title = say("{title}: the {n} best of {all} groups", title=title, n=len(chosen), all=len(members))
    page = GroupsPage(
        file=page_name(found.task),
        key="",
        reports=tuple(result.report for result in results),
        names=tuple(found.names[place] for place in places),
        groups=groups,
        labels=tuple(found.grouping.labels[place] for place in places),
        basis=found.grouping.basis,
        by=found.grouping.by,
        repeats=found.grouping.repeats,
        left_out=len(found.grouping.left_out),
        measure=found.measure,
        title=title,
        all_groups=len(members),
        all_runs=len(found.runs),
    )
    shown = [__version__, look.theme, look.static, look.language, asdict(page), [result.key for result in results]]
    return replace(page, key=hashlib.sha256(json.dumps(shown).encode("utf-8", "surrogatepass")).hexdigest()[:16])


def job_of_page(page: GroupsPage, look: Look, site: Site) -> str:
    """What a worker needs to make a page, as JSON."""
    shown = {"theme": look.theme, "static": look.static, "language": look.language}
    return json.dumps({"comparison": asdict(page), "look": shown, "site": asdict(site)})


def make_page(job: Mapping[str, Any]) -> str:
    """Makes a page from the reports of its runs; returns its headline or an error as JSON."""
    given, look, site = job["comparison"], job["look"], Site(**job["site"])
    try:
        runs = [
            LoadedRun(name, report, "", sources.read(f"{site.root.rstrip('/')}/{report}").history)
            for name, report in zip(given["names"], given["reports"], strict=True)
        ]
        grouping = Grouping(
            groups=tuple(RunGroup(name, tuple(places)) for name, places in given["groups"]),
            basis=given["basis"],
            by=tuple(given["by"]),
            repeats=tuple(given["repeats"]),
            left_out=tuple(range(len(runs), len(runs) + given["left_out"])),  # they are not read
            labels=tuple(given["labels"]),
        )
        spoken = language(look["language"]).counting(runs[0].history.axis)
        page = build_comparison_page(
            compare_loaded(runs, grouping, Measure(**given["measure"])),
            spoken,
            title=given["title"],
            links={run.name: f"../{run.source}" for run in runs},
        )
        page = replace(page, index=f"../{INDEX}")
        site.write(given["file"], render_comparison(page, look["theme"], static=look["static"]))
        return json.dumps({"headline": page.headline[:_MAX_TEXT]})
    except ReportgenError as error:
        return json.dumps({"error": error.without_content[:_MAX_TEXT]})
    except Exception as error:  # a bug must not stop the sweep
        return json.dumps({"error": f"Unexpected {type(error).__name__}."})


def made_page(page: GroupsPage, answer: str) -> MadePage:
    """What a worker says about a page."""
    try:
        data = json.loads(answer)
        return MadePage(page.key, str(data.get("headline", "")), str(data.get("error", "")))
    except (ValueError, AttributeError):
        return MadePage(page.key, error="The answer of the worker cannot be read.")


def read_state(site: Site) -> dict[str, MadePage]:
    """The pages that earlier sweeps made, by file; empty if the list is missing or damaged."""
    try:
        data = json.loads(site.read(STATE) or b"{}")
        pages = data["pages"] if data["schema"] == _SCHEMA else {}
        return {
            file: MadePage(page["key"], page["headline"][:_MAX_TEXT])
            for file, page in list(pages.items())[: 10 * MAX_PAGES]
            if _FILE.fullmatch(file) and isinstance(page["key"], str) and isinstance(page["headline"], str)
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def write_state(site: Site, pages: Mapping[str, MadePage]) -> None:
    """Stores which pages were made."""
    made = {file: {"key": page.key, "headline": page.headline} for file, page in pages.items() if not page.error}
    site.write(STATE, json.dumps({"schema": _SCHEMA, "pages": made}))
