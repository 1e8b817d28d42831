"""All formats: ours, and those that installed packages bring by the entry point group ``reportgen.sources``.

In: a sample, or the name of a format. Out: the `Format`. A format is loaded when it is first looked at; one that cannot
be loaded never keeps others from being read.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from reportgen.errors import HistoryError, ReportgenError, SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.objects.mapping import refuse_options
from reportgen.sources.opening.opened import Opened, Sample, refuse_known_kinds, refuse_no_text
from reportgen.text import listed, quoted

GROUP: Final = "reportgen.sources"
# By name, in the order in which equal fits are chosen: what is particular before what is general.
BUILT_IN: Final = {
    "journal": "journal",
    "report": "report",
    "keras-console": "keras_console",
    "lightning": "lightning",
    "hugging-face": "hugging_face",
    "boosting": "boosting",
    "catboost": "catboost",
    "ultralytics": "ultralytics",
    "dvclive": "dvclive",
    "tensorboard": "tensorboard",
    "mlflow": "mlflow",
    "wandb": "wandb",
    "wandb-csv": "wandb_csv",
    "fastai": "fastai",
    "parquet": "parquet",
    "csv": "keras_csv",
    "json": "history_json",
    "json-rows": "json_rows",
    "table": "table",
}
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)


def format_names() -> list[str]:
    """The names of all formats, ours first."""
    return [*BUILT_IN, *(point.name for point in _plugins())]


def find_format(name: str) -> Format:
    """A format by its name.

    Raises:
        SourceError: there is none of that name, or it cannot be loaded.
    """
    if name in BUILT_IN:
        return _built_in(name)
    for point in _plugins():
        if point.name == name:
            return _loaded(point)
    raise SourceError(f"{quoted(name)} is no format; one of {listed(format_names(), 40)} is needed. Choose one.")


def recognise(sample: Sample, where: str) -> Format:
    """The format that fits a source best.

    Raises:
        SourceError: none fits.
    """
    best, best_fit = None, Fit.NO
    for known in _all():
        fit = known.recognise(sample)
        if fit > best_fit:
            best, best_fit = known, fit
    if best is None:
        names = listed(format_names(), 40).replace('"', "")
        if sample.files is not None:
            raise SourceError(
                f"{where}: this is a folder, and no training log that is known stands in it; known are {names}. Name "
                "the log inside it."
            )
        refuse_known_kinds(sample.head, where)
        refuse_no_text(sample.text, where)
        raise SourceError(
            f"{where}: it begins with {quoted(sample.text[:40], 40)}, which is no known training log; known are "
            f"{names}. Save history.history as CSV or JSON, or name the format with --format."
        )
    return best


def read_opened(opened: Opened, options: ReadOptions) -> tuple[TrainingHistory, Format]:
    """Reads a source by the format that is named, or that fits it best.

    Raises:
        SourceError: no format fits, an option cannot apply to it, or the source is no history in it.
    """
    known = find_format(options.format) if options.format is not None else recognise(opened.sample, opened.where)
    refuse_options(options, opened.where, f"what is read as {known}", takes=known.takes)
    try:
        return known.read(opened, options), known
    except HistoryError as error:  # which knows of no source
        raise SourceError(f"{opened.where}: {error}") from None


@cache
def _built_in(name: str) -> Format:
    found: Format = import_module(f"reportgen.sources.formats.{BUILT_IN[name]}").FORMAT
    return found


def _all() -> Iterator[Format]:
    """Every format that can be loaded, those of other packages first, as they were installed on purpose."""
    for point in _plugins():
        try:
            yield _loaded(point)
        except SourceError as error:
            warnings.warn(str(error), RuntimeWarning, stacklevel=2)
    yield from map(_built_in, BUILT_IN)


def _plugins() -> list[EntryPoint]:
    return [point for point in entry_points(group=GROUP) if point.name not in BUILT_IN]


def _loaded(point: EntryPoint) -> Format:
    """A format of another package, whose mistakes become errors that name it.

    Raises:
        SourceError: it cannot be loaded, or is no `Format`.
    """
    package = point.dist.name if point.dist is not None else point.value
    try:
        found = point.load()
    except Exception as error:
        raise _broken(point.name, package, f"cannot be loaded ({type(error).__name__}: {error})") from None
    if not isinstance(found, Format) or found.name != point.name or not _NAME.fullmatch(found.name):
        raise _broken(point.name, package, f"is {quoted(found)}, not a Format of that name")

    def recognise(sample: Sample) -> Fit:
        try:
            return Fit(found.recognise(sample))
        except Exception as error:
            fault = f"cannot look at {sample.name} ({type(error).__name__}: {error})"
            warnings.warn(str(_broken(point.name, package, fault)), RuntimeWarning, stacklevel=2)
            return Fit.NO

    def read(opened: Opened, options: ReadOptions) -> TrainingHistory:
        try:
            return found.read(opened, options)
        except ReportgenError:
            raise
        except Exception as error:
            fault = f"failed ({type(error).__name__}: {error})"
            raise SourceError(f"{opened.where}: {_broken(point.name, package, fault)}") from error

    return replace(found, recognise=recognise, read=read)


def _broken(name: str, package: str, fault: str) -> SourceError:
    text = " ".join(f"the format {quoted(name)} of the package {quoted(package)} {fault}".split())
    return SourceError(f"{text}; a working one is needed. Report it to its authors, or uninstall it.")
