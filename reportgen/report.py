"""The facade: from any source to a finished report, the whole walk on one screen."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen import sources
from reportgen.diagnosis import diagnose_history
from reportgen.diagnosis.findings import Diagnosis
from reportgen.history import TrainingHistory
from reportgen.languages import language
from reportgen.outputs.html_file import write_file
from reportgen.run_facts import RunFacts
from reportgen.sources.format import Options
from reportgen.version import __version__

if TYPE_CHECKING:
    from reportgen.assets import Theme
    from reportgen.page import ReportPage


@dataclass(frozen=True, eq=False)
class Report:
    """A report on one run, made when it is first asked for.

    Attributes:
        history: The run.
        diagnosis: What was found.
        baseline: An earlier run to compare with, if any.
        read_as: The format that the run was read as, such as ``Keras CSVLogger (csv)``; None for objects.

    Example:
        >>> import reportgen
        >>> report = reportgen.build({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]}, title="First try")
        >>> report.to_html().startswith("<!doctype html>")
        True
    """

    history: TrainingHistory
    diagnosis: Diagnosis
    baseline: TrainingHistory | None = None
    read_as: str | None = None

    @cached_property
    def _page(self) -> "ReportPage":
        from reportgen.page import build_page  # draws charts, which a diagnosis alone does not need

        return build_page(self.history, self.diagnosis, baseline=self.baseline, version=__version__)

    def to_html(
        self, *, theme: "Theme" = "auto", static: bool = False, templates: str | os.PathLike[str] | None = None
    ) -> str:
        """The whole report as one HTML document; the same history gives the same text.

        Args:
            theme: ``light``, ``dark``, or ``auto``, which follows the reader's system.
            static: Leave out every script, for mail and for viewers that flag them.
            templates: A folder whose templates go before our own; see templates/README.md.

        Raises:
            RenderError: a chart or the page cannot be made.
        """
        from reportgen.render import Look, render_html

        return render_html(self._page, Look(theme, static, None if templates is None else Path(templates)))

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        theme: "Theme" = "auto",
        static: bool = False,
        templates: str | os.PathLike[str] | None = None,
    ) -> Path:
        """Writes the report; an existing file is replaced in one step, and only by a whole report.

        Args:
            path: Where it goes.
            theme: As for `to_html`.
            static: As for `to_html`.
            templates: As for `to_html`.

        Raises:
            RenderError: a chart or the page cannot be made.
            OutputError: the file cannot be written.
        """
        return write_file(path, self.to_html(theme=theme, static=static, templates=templates))

    def _repr_html_(self) -> str:
        """The report inside a notebook: an isolated frame, so that page and notebook leave each other alone."""
        from markupsafe import escape

        return (
            '<iframe title="Training report" width="100%" height="720" frameborder="0" sandbox="allow-scripts" '
            f'srcdoc="{escape(self.to_html())}"></iframe>'
        )


def load(
    source: Any,
    *,
    format: str | None = None,  # noqa: A002  # the word of the command line and of the documents
    columns: Mapping[str, str] | None = None,
    validation_freq: int | None = None,
    directions: Mapping[str, str] | None = None,
) -> TrainingHistory:
    """Reads a training history.

    Args:
        source: A file or folder that a training tool wrote, a report made by reportgen, a URL, ``-`` for standard input
            (docs/sources.md lists them), a Keras ``History``, a ``history.history`` dict, a DataFrame or a
            `TrainingHistory`.
        format: The name of the file's format; recognised by content where None.
        columns: What columns are, by the name they have in the log: ``{"valid": "val_loss"}``. A name as Keras logs it,
            "epoch" or "step"; empty to leave the column out. Others are guessed by their names.
        validation_freq: Every how many epochs validation ran; only needed where validation lists are shorter.
        directions: "lower" or "higher" by metric, for metrics whose name does not tell what is better.

    Returns:
        The run, with ``.frame``: one row per (epoch, metric, split), epochs 1-based.

    Raises:
        SourceError: the source cannot be read as a history.
        HistoryError: what it holds is not a valid history, or a direction is neither.
        UnknownMetricError: a direction is given for a metric that the run has not.
        MissingExtraError: a package that this source needs is not installed.

    Example:
        >>> import reportgen
        >>> reportgen.load({"loss": [0.9, 0.5]}).frame["epoch"].tolist()
        [1, 2]
    """
    reading = _read(source, format, columns, validation_freq)
    return reading.history.with_directions(directions or {})


def _read(
    source: Any, format_name: str | None, columns: Mapping[str, str] | None, validation_freq: int | None
) -> sources.Reading:
    options = Options(validation_freq=validation_freq, columns=dict(columns or {}))
    return sources.read(source, options=options, format_name=format_name)


def diagnose(
    source: Any,
    *,
    format: str | None = None,  # noqa: A002  # as for `load`
    columns: Mapping[str, str] | None = None,
    validation_freq: int | None = None,
    directions: Mapping[str, str] | None = None,
    lang: str = "en",
) -> Diagnosis:
    """Judges a run without drawing anything.

    Args:
        source: As for `load`.
        format: As for `load`.
        columns: As for `load`.
        validation_freq: As for `load`.
        directions: As for `load`.
        lang: What it is worded in: "en" or "zh-CN".

    Raises:
        SourceError: the source cannot be read as a history.
        HistoryError: what it holds is not a valid history.
        LanguageError: there is no such language.

    Example:
        >>> import reportgen
        >>> reportgen.diagnose({"loss": [0.7, float("nan")]}).verdict
        'diverged'
    """
    spoken = language(lang)
    history = load(source, format=format, columns=columns, validation_freq=validation_freq, directions=directions)
    return diagnose_history(history, language=spoken)


def build(
    source: Any,
    *,
    title: str | None = None,
    model: Any = None,
    baseline: Any = None,
    format: str | None = None,  # noqa: A002  # as for `load`
    columns: Mapping[str, str] | None = None,
    validation_freq: int | None = None,
    directions: Mapping[str, str] | None = None,
    lang: str = "en",
) -> Report:
    """Makes a report of a training.

    Args:
        source: As for `load`.
        title: Heading of the report, kept with the history; the source's own where None.
        model: The Keras model, for the facts of the run; taken from a Keras ``History`` where None.
        baseline: An earlier run, any source that `load` takes; the report compares best values with it.
        format: As for `load`.
        columns: As for `load`.
        validation_freq: As for `load`.
        directions: As for `load`.
        lang: What the report is written in: "en" or "zh-CN".

    Raises:
        SourceError: the source cannot be read as a history.
        HistoryError: what it holds is not a valid history.
        LanguageError: there is no such language.

    Example:
        >>> import reportgen
        >>> reportgen.build({"loss": [0.9, 0.5]}, title="First try").history.run.title
        'First try'
    """
    spoken = language(lang)
    reading = _read(source, format, columns, validation_freq)
    history = reading.history.with_directions(directions or {})
    run = history.run if title is None else replace(history.run, title=title)
    keras_model = model if model is not None else getattr(source, "model", None)
    if keras_model is not None:
        from reportgen.model_facts import read_model  # looks at Keras objects without importing Keras

        run = _merged(run, read_model(keras_model))
    history = history.with_run(run)
    earlier = None if baseline is None else load(baseline)
    return Report(history, diagnose_history(history, language=spoken), earlier, reading.format)


def _merged(known: RunFacts, facts: dict[str, Any]) -> RunFacts:
    """The facts of a model beside those of the run; what the run already knows stays."""
    return replace(known, **{name: value for name, value in facts.items() if not getattr(known, name)})
