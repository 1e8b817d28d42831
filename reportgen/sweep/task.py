"""What a worker does: read a run, judge it, write its report, give back a small row.

In: a `Batch`, which any process with the same reportgen can carry out again: the same report comes out. Out: a row per
run, None for a report that is up to date. What goes wrong with one run becomes its row.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from reportgen import sources
from reportgen.charts import drawing  # noqa: F401  # loads Altair with the worker, not with its first run
from reportgen.errors import RenderError, ReportgenError
from reportgen.history.frame import TrainingHistory
from reportgen.options import DEFAULT_LOOK, DEFAULT_READ, Look, ReadOptions
from reportgen.report import build, load
from reportgen.sources.opening import open_source
from reportgen.sources.opening.url import without_secrets
from reportgen.sources.registry import find_format
from reportgen.sweep.places import Site, Source
from reportgen.sweep.rows import Row, failed_row, judged_row, report_name
from reportgen.text import printable
from reportgen.version import __version__

_ROW_ERROR: Final = 400  # characters


@dataclass(frozen=True)
class SweepOptions:
    """How every run of a sweep is read and reported on.

    Attributes:
        read: How logs are read; directions are ignored for runs that do not have the metric.
        look: How reports are presented.
        baseline: An earlier run to compare with, any source.
        content: Hash of the baseline and the templates, from `hash_extras`.
        version: Of reportgen.

    Raises:
        SourceError: there is no format of that name.
    """

    read: ReadOptions = DEFAULT_READ
    look: Look = DEFAULT_LOOK
    baseline: str | None = None
    content: str = ""
    version: str = __version__

    def __post_init__(self) -> None:
        if self.read.format is not None:
            find_format(self.read.format)  # its error now, rather than once per run

    @cached_property
    def stamp(self) -> str:
        """Short, and another for other options."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=str).encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True)
class Item:
    """A run to be reported on.

    Attributes:
        source: Where it lies.
        known_key: Of the report that is there; empty for none that could be up to date.
    """

    source: Source
    known_key: str = ""


@dataclass(frozen=True)
class Batch:
    """Runs for one worker.

    Attributes:
        items: One after the other.
        options: For all.
        site: Where reports go.
    """

    items: tuple[Item, ...]
    options: SweepOptions
    site: Site


def hash_extras(baseline: str | None, templates: Path | None) -> str:
    """A hash of what a baseline and a folder of templates hold now; empty where there is neither.

    Raises:
        SourceError: the baseline cannot be read.
        RenderError: the folder cannot be read.
    """
    digest = hashlib.sha256()
    if templates and not templates.is_dir():
        raise RenderError(f"{templates} is no folder; a folder of templates is needed. Name one.")
    try:
        for path in sorted(templates.rglob("*")) if templates else ():
            if path.is_file():
                digest.update(f"{path.relative_to(templates or '')}\0".encode("utf-8", "surrogateescape"))
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError as error:
        raise RenderError(
            f"{templates}: the templates cannot be read ({error.strerror or error}). Check the folder."
        ) from None
    if baseline:
        digest.update(_content(baseline).encode("ascii"))
    return digest.hexdigest()[:32] if baseline or templates else ""


@lru_cache(maxsize=1)
def _baseline(where: str, content: str) -> TrainingHistory:
    """The run to compare with, read once per worker as long as its bytes are the same."""
    del content
    return load(where)


def run_batch(batch: Batch) -> list[Row | None]:
    """Reports on every run of a batch; raises nothing but what ends the process."""
    return [_run(item, batch.options, batch.site) for item in batch.items]


def _run(item: Item, options: SweepOptions, site: Site) -> Row | None:
    source = item.source
    try:
        if options.version != __version__:
            raise ReportgenError(
                f"The worker has reportgen {__version__}; {options.version} is needed, as where the sweep was begun. "
                "Install the same on all machines."
            )
        key = f"{options.stamp}-{_content(source.where)}"  # before it is read: what changes later is made again
        if key == item.known_key and site.has(report_name(source.path)):
            return None
        reading = sources.read(source.where, replace(options.read, directions={}))
        history = reading.history
        known = {name: way for name, way in options.read.directions.items() if name in history.metric_names}
        report = build(
            history,
            title=(history.run.title or "").strip() or source.title,
            baseline=_baseline(options.baseline, options.content) if options.baseline else None,
            directions=known,
            look=options.look,
        )
        report = replace(report, read_as=reading.format)
        site.write(report_name(source.path), report.to_html())
        return judged_row(source, key, report.history, report.diagnosis)
    except ReportgenError as error:
        return failed_row(source, _for_readers(str(error), source, site))
    except Exception as error:  # a fault of ours, or a machine out of memory, must not take other runs along
        return failed_row(source, _for_readers(f"{type(error).__name__}: {error}", source, site))


def _for_readers(error: str, source: Source, site: Site) -> str:
    """An error without the place of logs or site on this machine, which is nobody's business who gets the site."""
    for folder in (source.where.removesuffix(source.path), f"{site.root}/"):
        if len(folder) > 1:
            error = error.replace(printable(without_secrets(folder), _ROW_ERROR), "")
    return error[:_ROW_ERROR]


def _content(where: str) -> str:
    """A hash of all bytes of a source, a folder's names included."""
    digest = hashlib.sha256()
    with open_source(where) as opened:
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
