"""What a worker does: read a run, judge it, write its report, give back a small row.

In: a `Batch`, which any process with the same reportgen can carry out again: the same report comes out. Out: a row per
run, None for a report that is up to date. What goes wrong with one run becomes its row.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Final

from reportgen.assets import Theme
from reportgen.charts import drawing  # noqa: F401  # loads Altair with the worker, not with its first run
from reportgen.errors import ReportgenError
from reportgen.report import build, read_source
from reportgen.sources.opening import open_source
from reportgen.sweep.places import Site, Source
from reportgen.sweep.rows import Row, failed_row, judged_row, report_name
from reportgen.version import __version__

_ROW_ERROR: Final = 400  # characters


@dataclass(frozen=True)
class SweepOptions:
    """How every run of a sweep is read and reported on.

    Attributes:
        log_format: The format of the logs; told by content where None.
        columns: As for `build`.
        validation_freq: As for `build`.
        directions: "lower" or "higher" by metric; of metrics that a run has not it says nothing.
        lang: What everything is written in.
        theme: The colours of pages.
        static: Whether every script is left out.
        version: Of reportgen.
    """

    log_format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    validation_freq: int | None = None
    directions: Mapping[str, str] = field(default_factory=dict)
    lang: str = "en"
    theme: Theme = "auto"
    static: bool = False
    version: str = __version__

    @cached_property
    def stamp(self) -> str:
        """Short, and another for other options."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode("utf-8")).hexdigest()[:16]


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
        reading = read_source(source.where, options.log_format, options.columns, options.validation_freq)
        history = reading.history
        report = build(
            history,
            title=(history.run.title or "").strip() or source.title,
            directions={name: way for name, way in options.directions.items() if name in history.metric_names},
            lang=options.lang,
        )
        report = replace(report, read_as=reading.format)
        site.write(report_name(source.path), report.to_html(theme=options.theme, static=options.static))
        return judged_row(source, key, report.history, report.diagnosis)
    except ReportgenError as error:
        return failed_row(source, str(error)[:_ROW_ERROR])
    except Exception as error:  # a fault of ours, or a machine out of memory, must not take other runs along
        return failed_row(source, f"{type(error).__name__}: {error}"[:_ROW_ERROR])


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
