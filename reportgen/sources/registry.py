"""Finds the format of a source: a built-in one, or one of the entry point group ``reportgen.sources``.

If a format cannot be loaded, there is a warning, and other formats can still be read.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeVar

from reportgen.errors import HistoryError, ReportgenError, SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format, may_skip, options_for
from reportgen.sources.opening.long_text import refuse_no_text
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.opening.other_files import refuse_other_files
from reportgen.sources.source_runs import Runs, check_run_count
from reportgen.sources.training_signs import kind_of_output, other_output
from reportgen.text import FEW, cited, harmless, listed, quoted

GROUP: Final = "reportgen.sources"
# Modules by name. Among equal fits the first is used, so special formats come before general ones.
BUILT_IN: Final = {
    "journal": "journal",
    "notebook": "notebook",
    "report": "report",
    "keras-console": "keras_console",
    "console": "console",
    "lightning": "lightning",
    "hugging-face": "hugging_face",
    "boosting": "boosting",
    "catboost": "catboost",
    "ultralytics": "ultralytics",
    "dvclive": "dvclive",
    "allennlp": "allennlp",
    "tensorboard": "tensorboard",
    "trackio": "trackio",
    "mlflow": "mlflow",
    "wandb": "wandb",
    "wandb-csv": "wandb_csv",
    "tensorboard-csv": "tensorboard_csv",
    "rl-progress": "rl_progress",
    "sb3-monitor": "sb3_monitor",
    "sbert": "sentence_transformers",
    "fastai": "fastai",
    "parquet": "parquet",
    "csv": "keras_csv",
    "json": "history_json",
    "json-rows": "json_rows",
    "table": "table",
}
OWN: Final = ("journal", "report")  # written by reportgen itself
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_T = TypeVar("_T")


def format_names() -> list[str]:
    """The names of all formats, built-in ones first."""
    return [*BUILT_IN, *(point.name for point in _plugins())]


def find_format(name: str) -> Format:
    """Looks up a format by name.

    Raises:
        SourceError: it does not exist or cannot be loaded.
    """
    if name in BUILT_IN:
        return _built_in(name)
    for point in _plugins():
        if point.name == name:
            return _loaded(point)
    raise SourceError(f"{quoted(name)} is not a format. Choose one of {listed(format_names(), 40)}.")


def best_fit(sample: Sample) -> tuple[Format | None, Fit]:
    """The format that fits a source best, and how well; None if none fits."""
    best, best_so_far = None, Fit.NO
    for known in _all():
        fit = known.recognise(sample)
        if fit > best_so_far:
            best, best_so_far = known, fit
    return best, best_so_far


def recognise(sample: Sample, where: str) -> Format:
    """The format that fits a source best.

    Raises:
        SourceError: none fits.
    """
    best, fit = best_fit(sample)
    if fit < Fit.CERTAIN and sample.files is None:
        refuse_other_files(sample.head, where)
    if best is None:
        if sample.files is not None:
            if any(file.rpartition("/")[2] == "trial.json" for file in sample.files):
                raise SourceError(
                    f"{where}: this is the folder of a KerasTuner search, which stores no histories. Pass "
                    'ReportCallback("trials/{trial}.html") to tuner.search(callbacks=[...]), then pass trials.'
                )
            raise SourceError(
                f"{where}: the folder has no training log of a known format. Pass the log itself, or the folder that "
                "contains it."
            )
        refuse_no_text(sample.text, where)
        what = kind_of_output(sample.text)
        if what is not None:
            raise other_output(what, where)
        raise SourceError(
            f"{where}: it begins with {cited(sample.text[: FEW + 1])}, which is not a training log of a known format. "
            "Pass a table or JSON with the values of each epoch, or what the training printed; "
            "docs/sources.md lists the formats."
        )
    return best


def runs_of(opened: Opened, options: ReadOptions) -> tuple[Runs, Format]:
    """The runs of a source, in the format that the options name, or in the one that fits best.

    They can be read while the source is open.

    Raises:
        SourceError: no format fits, an option does not apply to it, or the source is not a valid log of it.
    """
    name = options.format
    if may_skip(options, "format"):
        name = next((own for own in OWN if _built_in(own).recognise(opened.sample) == Fit.CERTAIN), name)
    known = find_format(name) if name is not None else recognise(opened.sample, opened.where)
    options = options_for(options, opened.where, f"the format {known}", takes=known.takes | {"run"})
    found = _explained(opened.where, lambda: known.read(opened, options))
    if not isinstance(found, Runs):
        return Runs((opened.sample.name or known.name,), lambda _: _by_tool(found, known)), known
    runs = found
    if not runs.names or len(set(runs.names)) < len(runs.names) or len(runs.titles) not in (0, len(runs.names)):
        raise SourceError(
            f"{opened.where}: the format {known} returned runs without unique names; each needs one. Report it to its "
            "authors."
        )
    check_run_count(len(runs.names), opened.where)
    return replace(runs, read=lambda index: _by_tool(_explained(opened.where, lambda: runs.read(index)), known)), known


def _explained(where: str, read: Callable[[], _T]) -> _T:
    """What a reader returns. Errors of a history get the name of the source."""
    try:
        return read()
    except HistoryError as error:
        raise SourceError.of(where, error) from None


def _by_tool(history: TrainingHistory, known: Format) -> TrainingHistory:
    """The history with the tool that wrote its format, unless the reader has found it out."""
    if history.run.tool is not None or known.tool is None:
        return history
    return history.with_run(replace(history.run, tool=known.tool))


@cache
def _built_in(name: str) -> Format:
    found: Format = import_module(f"reportgen.sources.formats.{BUILT_IN[name]}").FORMAT
    return found


def _all() -> Iterator[Format]:
    """All formats that can be loaded; those of other packages come first, since they were installed on purpose."""
    for point in _plugins():
        try:
            yield _loaded(point)
        except SourceError as error:
            warnings.warn(harmless(str(error)), RuntimeWarning, stacklevel=2)
    yield from map(_built_in, BUILT_IN)


def _plugins() -> list[EntryPoint]:
    return [point for point in entry_points(group=GROUP) if point.name not in BUILT_IN]


def _loaded(point: EntryPoint) -> Format:
    """Loads a format from another package. Any error in it becomes a SourceError that names the package."""
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
            fault = f"cannot recognise {sample.name} ({type(error).__name__}: {cited(error)})"
            warnings.warn(harmless(str(_broken(point.name, package, fault))), RuntimeWarning, stacklevel=2)
            return Fit.NO

    def guarded(where: str, action: Callable[[], _T]) -> _T:
        try:
            return action()
        except ReportgenError:
            raise
        except Exception as error:
            fault = f"failed ({type(error).__name__}: {cited(error)})"
            raise SourceError.of(where, _broken(point.name, package, fault)) from error

    def read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
        made = guarded(opened.where, lambda: found.read(opened, options))
        if not isinstance(made, Runs):
            return made
        return replace(made, read=lambda index: guarded(opened.where, lambda: made.read(index)))

    return replace(found, recognise=recognise, read=read)


def _broken(name: str, package: str, fault: str) -> SourceError:
    text = " ".join(f"the format {quoted(name)} of the package {quoted(package)} {fault}".split())
    return SourceError(f"{text}. Report it to its authors, or uninstall it.")
