"""What a sweep does with a run: reads it, judges it, writes its report and returns a small result.

Any process with the same version of reportgen can repeat this and produces the same report.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from reportgen import assets, sources
from reportgen.charts import drawing  # noqa: F401  # loads Altair when the process starts, not on its first run
from reportgen.errors import ClusterError, ReportgenError
from reportgen.history.frame import TrainingHistory
from reportgen.options import DEFAULT_LOOK, DEFAULT_READ, READ_NAMES, Look, ReadOptions
from reportgen.outputs.runs import runs_data
from reportgen.report import build
from reportgen.sources.opening import open_source
from reportgen.sources.opening.url import without_secrets
from reportgen.sources.registry import find_format
from reportgen.sweep.places import FoundRun, Site
from reportgen.sweep.results import RunResult, failed_result, judged_result, report_name
from reportgen.text import printable
from reportgen.version import __version__

_MAX_ERROR: Final = 400  # characters
# The folders of an absolute path, here or on Windows. Those of a URL follow its scheme and host.
_FOLDERS: Final = re.compile(r"(?<![\w.:/~%-])(~?/|[A-Za-z]:[\\/])([^\s/\\:;,\"'()]+[\\/])+")


@dataclass(frozen=True)
class SweepOptions:
    """How the runs of a sweep are read and presented.

    Raises:
        SourceError: the format does not exist.
    """

    read: ReadOptions = DEFAULT_READ  # of every run and the baseline; directions apply to the metrics that a run has
    look: Look = DEFAULT_LOOK
    baseline: str | None = None  # an earlier run to compare all runs with: a path or URL that workers can open
    content: str = ""  # a hash of the baseline and the templates, as `hash_extras` returns it
    version: str = __version__  # the version of reportgen that workers must have

    def __post_init__(self) -> None:
        if self.read.format is not None:
            find_format(self.read.format)  # fail now, not once per run

    @cached_property
    def stamp(self) -> str:
        """A short hash that changes when any option changes."""
        text = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def __hash__(self) -> int:
        return hash(self.stamp)


def hash_extras(baseline: str | None, templates: Path | None) -> str:
    """A hash of the content of a baseline and a folder of templates; empty if there is neither.

    Raises:
        SourceError: the baseline or a template cannot be read.
        RenderError: the templates are not a folder.
    """
    if templates:
        assets.custom_style(templates)  # fail now, not once per run
    return "-".join(_content(str(place)) for place in (baseline, templates) if place)


def job_of(runs: Sequence[FoundRun], options: SweepOptions, site: Site) -> str:
    """What a worker needs to handle runs, as JSON: workers need not trust what they are sent."""
    data = {"runs": [asdict(run) for run in runs], "options": asdict(options), "site": asdict(site)}
    return json.dumps(data, default=str)  # paths


def handle(job: str, start: int) -> Iterator[str]:
    """Handles the runs of a job, from position ``start`` on; yields what `answer_of` reads. Or makes a comparison."""
    data = json.loads(job)
    if "comparison" in data:
        from reportgen.sweep.comparison_pages import make_page  # most processes make reports only

        yield make_page(data)
        return
    given = data["options"]
    options = SweepOptions(**{**given, "read": ReadOptions(**given["read"]), "look": Look(**given["look"])})
    site = Site(**data["site"])
    for run in data["runs"][start:]:
        result = report_on(FoundRun(**run), options, site)
        yield "null" if result is None else result.to_json()


def answer_of(answer: str) -> RunResult | None:
    """The result of a run; None if its report is up to date.

    Raises:
        ClusterError: the worker has another version of reportgen.
    """
    result = RunResult.from_json(answer.encode("ascii", "replace"))
    if result is None and answer != "null":
        raise ClusterError("A worker has another version of reportgen. Install the same version on all machines.")
    return result


def report_on(run: FoundRun, options: SweepOptions, site: Site) -> RunResult | None:
    """Reports on a run. If that fails, the error becomes its result.

    Returns:
        The result; None if the report is up to date.
    """
    try:
        if options.version != __version__:
            raise ReportgenError(
                f"The worker has reportgen {__version__}, but the sweep was started with {options.version}. Install "
                "the same version on all machines."
            )
        content = _content(run.where, run.root)  # before reading, so a log that changes later is read again
        key = f"{options.stamp}-{content}"
        if key == run.known_key and site.has(report_name(run.path)):
            return None
        history = sources.read(run.where, options.read, lenient={"directions"}, root=run.root, search=False).history
        report = build(
            history,
            title=_title(history, run),
            baseline=_read_baseline(options),
            ignore=options.read.ignore,
            look=options.look,
        )
        site.write(report_name(run.path), report.to_html())
        return judged_result(run, key, report.history, report.diagnosis)
    except ReportgenError as error:
        return failed_result(run, _public(error.without_content, run, options, site))
    except Exception as error:  # a bug in reportgen or a lack of memory must not affect other runs
        fault = f"Unexpected {type(error).__name__}. Run reportgen build on it alone, with REPORTGEN_TRACEBACK=1."
        return failed_result(run, fault)  # without its message, which could quote the log


def _title(history: TrainingHistory, run: FoundRun) -> str:
    """The title of a report, which says which of several runs in its source it shows."""
    title = (history.run.title or "").strip() or run.title
    several = runs_data(history)
    if not several or several["name"] == title:
        return title
    return f"{title}: {several['name']} ({several['number']} of {several['count']})"


@lru_cache(maxsize=1)
def _read_baseline(options: SweepOptions) -> TrainingHistory | None:
    """The run to compare with, read once per worker."""
    if options.baseline is None:
        return None
    return sources.read(options.baseline, options.read, lenient=READ_NAMES).history


def _public(error: str, run: FoundRun, options: SweepOptions, site: Site) -> str:
    """An error message with no folder of this machine, as readers of the site need none."""
    others = [str(place) for place in (options.baseline, options.look.templates) if place]
    for folder in (
        run.where.removesuffix(run.path),
        f"{site.root}/",
        *(f"{posixpath.dirname(one)}/" for one in others),
    ):
        if len(folder) > 1:
            error = error.replace(printable(without_secrets(folder), _MAX_ERROR), "")
    return _FOLDERS.sub("", error)[:_MAX_ERROR]


def _content(where: str, root: str = "") -> str:
    """A hash of all bytes of a source, including the names in a folder."""
    digest = hashlib.sha256()
    with open_source(where, root=root) as opened:
        if opened.sample.files is None:
            for chunk in opened.chunks():
                digest.update(chunk)
        for name in opened.sample.files or ():
            digest.update(name.encode("utf-8", "surrogateescape") + b"\0")
            with opened.file(name) as file:
                inner = hashlib.sha256()
                for chunk in file.chunks():
                    inner.update(chunk)
            digest.update(inner.digest())
    return digest.hexdigest()[:32]
