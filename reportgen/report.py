"""The public functions, which read a source, judge the run and make its report."""

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from reportgen import metrics, sources
from reportgen.additions import TakesAdditions
from reportgen.diagnosis import judge
from reportgen.diagnosis.findings import VerdictCode
from reportgen.errors import DiagnosisError, EvaluationError, OutputError
from reportgen.gate import DEFAULT_MIN_PROBABILITY, GateResult, check_gate, read_rules
from reportgen.history.additions import Addition, checked_tags, joined_additions
from reportgen.history.evaluation import Evaluation
from reportgen.history.frame import TrainingHistory
from reportgen.history.params import flat_params
from reportgen.languages import language as find_language
from reportgen.options import (
    DEFAULT_LOOK,
    READ_NAMES,
    BuildKeywords,
    Look,
    LookKeywords,
    ReadKeywords,
    ReadOptions,
    check_type,
    look_options,
    read_options,
    split_keywords,
)
from reportgen.outputs.files import FileState, check_name, check_target, file_state, write_file
from reportgen.outputs.output_names import check_output_name
from reportgen.outputs.report_texts import HasTexts
from reportgen.outputs.runs import JudgedRun
from reportgen.sources.source_title import title_of
from reportgen.text import harmless, printable, quoted
from reportgen.version import __version__
from reportgen.wording import word_judgement
from reportgen.wording.diagnosis import Diagnosis

if TYPE_CHECKING:
    from email.message import EmailMessage

    import altair as alt

    from reportgen.page.contents import ReportPage


@dataclass(frozen=True, eq=False, repr=False)
class Report(TakesAdditions, HasTexts):
    """A report on one run. Charts and page are created on first use. ``print`` shows the verdict and the five answers.

    Notes, figures and tables can be added to it; nothing else about it can change.

    Attributes:
        history: The run.
        diagnosis: Its diagnosis.
        baseline: The earlier run that it is compared with, if any.
        read_as: The format that the run was read as, such as ``Keras CSVLogger (csv)``; None for objects.
        look: How the report is presented by default.
        source_title: The title of its page if the run has none: from the names of its folder and file.

    Example:
        >>> import reportgen
        >>> report = reportgen.build({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]}, title="First try")
        >>> report.to_dict()["values"]["val_loss"]["best"]
        0.5
        >>> report.to_html().startswith("<!doctype html>")
        True
    """

    history: TrainingHistory
    diagnosis: Diagnosis
    baseline: TrainingHistory | None = None
    read_as: str | None = None
    look: Look = DEFAULT_LOOK
    source_title: str = ""

    def __repr__(self) -> str:
        """One line: the title and the diagnosis."""
        title = (self.history.run.title or "").strip()
        about = f" {quoted(title)}" if title else ""
        return f"<Report{about}: {repr(self.diagnosis).removeprefix('<Diagnosis: ')}"

    def __str__(self) -> str:
        """The title, the verdict and the five answers, one per line."""
        title = (self.history.run.title or "").strip()
        return f"{printable(title, 160)}\n{self.diagnosis}" if title else str(self.diagnosis)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """In IPython, and in notebooks where HTML is not shown: what ``print`` shows."""
        del cycle
        printer.text(str(self))

    def _take_addition(self, what: str, make: Callable[[], Addition]) -> Self:
        del what
        run = self.history.run
        run = replace(run, additions=joined_additions(run.additions, make()))
        object.__setattr__(self, "history", self.history.with_run(run))
        self._pages.clear()
        self._saved.clear()
        return self

    @property
    def verdict(self) -> VerdictCode:
        """The code of the verdict, such as ``overfitting``; docs/verdicts.md lists them."""
        return self.diagnosis.verdict

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data for `json.dumps`: verdict, answers, findings, and values of every curve.

        It has the keys of `Diagnosis.to_dict`, and ``title``, ``values``, and ``baseline`` if there is one. Its schema
        is ``reportgen/report/1`` (docs/python.md). Values that are not finite are the strings "NaN", "Infinity" and
        "-Infinity".
        """
        from reportgen.outputs.report_data import report_data

        return report_data(JudgedRun(self.history, self.diagnosis, self.baseline))

    @cached_property
    def _pages(self) -> "dict[str, ReportPage]":
        return {}

    @property
    def _page(self) -> "ReportPage":
        return self._page_in(self.look.language)

    def _page_in(self, code: str) -> "ReportPage":
        """The page in a language, created once."""
        from reportgen.page.build import build_page  # loads Altair

        spoken = find_language(code)
        if spoken.code not in self._pages:
            diagnosis = self.diagnosis
            if spoken is not diagnosis.language.counting("epoch"):
                diagnosis = word_judgement(diagnosis, spoken)
            self._pages[spoken.code] = build_page(
                self.history,
                diagnosis,
                baseline=self.baseline,
                version=__version__,
                source_title=self.source_title,
            )
        return self._pages[spoken.code]

    @cached_property
    def charts(self) -> Mapping[str, "alt.LayerChart"]:
        """The charts by name: one per metric (``loss``, ``accuracy``), ``gap``, and settings (``learning_rate``).

        Metrics beyond those that the report draws come after them, and the plots of an evaluation (``roc``,
        ``calibration``) last; each chart is made when it is read.

        They are ordinary Altair charts: restyle them with ``properties`` and ``configure_...``, combine them with
        ``+``, ``|`` and ``&``, show them in a notebook, or save them. The report itself does not change.

        Example:
            >>> import reportgen
            >>> report = reportgen.build({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]})
            >>> list(report.charts)
            ['loss', 'gap']
            >>> wide = report.charts["loss"].properties(width=800, title="First try").configure_axis(grid=False)
            >>> wide.to_dict()["width"]
            800
        """
        from reportgen.charts import chart_all, chart_one
        from reportgen.charts.altair_chart import AltairCharts  # loads Altair, which takes half a second
        from reportgen.charts.evaluation_plots import plot_evaluations

        run = (self.history, self.diagnosis)
        others = {
            name: partial(chart_one, *run, name, self.baseline)
            for name in metrics.reading_order(self.history.metric_names)
        }
        plots = [plot for _, plot in plot_evaluations(self.history.run, self.diagnosis.language)]
        return AltairCharts(chart_all(*run, self.baseline), others, plots)

    def to_html(self, look: Look | None = None, **keywords: Unpack[LookKeywords]) -> str:
        """The report as one HTML document. The same history and look always produce the same text.

        Args:
            look: How the report is presented (default: its own `look`).
            keywords: Fields of `Look`, applied on top.

        Raises:
            RenderError: a chart or the page cannot be made, or two options contradict each other.
            LanguageError: the language is not available.
        """
        from reportgen.render import render_html

        chosen = look_options(look or self.look, keywords)
        return render_html(self._page_in(chosen.language), chosen)

    def save(
        self,
        path: str | os.PathLike[str],
        look: Look | None = None,
        *,
        overwrite: bool = False,
        **keywords: Unpack[LookKeywords],
    ) -> Path:
        """Writes the report. An earlier report there is replaced atomically, and only by a complete one.

        Args:
            path: The file to write. Missing folders are created, and ``~`` is expanded.
            look: As for `to_html`.
            overwrite: Whether to replace a file that reportgen did not write.
            keywords: As for `to_html`.

        Returns:
            The path, with ``~`` expanded.

        Raises:
            RenderError: as for `to_html`.
            LanguageError: as for `to_html`.
            OutputError: the file cannot be written, or was not written by reportgen.
        """
        check_output_name(check_name(path), "report")
        check_target(path, overwrite=overwrite)
        written = write_file(path, self.to_html(look_options(look or self.look, keywords)), overwrite=overwrite)
        self._saved[:] = [file_state(written)]
        return written

    def open(self) -> Path:
        """Shows the report in the web browser.

        A saved report is opened where it was saved. Otherwise, or if that file has changed since, it is written to a
        new temporary folder that only you can enter; it stays there until the system or you remove it.

        Returns:
            The path of the opened file.

        Raises:
            OutputError: there is no browser on this machine; the message says where the report is.
            RenderError: as for `to_html`.
        """
        from reportgen.outputs.browser import open_in_browser, temporary_report

        if not any(saved.written_ns and saved == file_state(saved.path) for saved in self._saved):
            self._saved[:] = [file_state(temporary_report(self.to_html()))]
        path = self._saved[0].path
        open_in_browser(path)
        return path

    @cached_property
    def _saved(self) -> list[FileState]:
        """Where the report was last written; empty or one entry."""
        return []

    def gate(
        self,
        *,
        fail_on: str | Iterable[str] = (),
        min_probability: float = DEFAULT_MIN_PROBABILITY,
        require: str | Iterable[str] = (),
        max_regression: str | float | Iterable[str | float] = (),
    ) -> GateResult:
        """Checks the run against rules, for example to fail a CI job if something went wrong.

        Args:
            fail_on: Answers that fail the gate: ``diverged``, ``not-learning``, ``overfitting``, ``not-converged``,
                ``more-training-helps``; with an evaluation also ``test-differs``, ``class-never-predicted``,
                ``no-better-than-majority``, ``poor-calibration``.
            min_probability: Minimum probability for an answer to fail, 0 to 1.
            require: Limits such as ``val_accuracy>=0.75`` for the best value, ``last(val_loss)<0.4`` for the last,
                ``test_accuracy>=0.75`` for a score on test data.
            max_regression: How much worse than the baseline the best value of the judged metric may be: ``2%``, or
                ``0.01`` in its own unit; ``val_accuracy=0.01`` for another metric.

        Returns:
            One check per rule, and whether all passed.

        Raises:
            DiagnosisError: a rule cannot be read, or the run or its baseline lacks what the rule needs.
            UnknownMetricError: a rule is about a metric that the run does not have.
        """
        rules = read_rules(fail_on, min_probability, require, max_regression)
        if rules.max_regression and self.baseline is None:
            raise DiagnosisError(
                f"{rules.max_regression[0].text}: there is no baseline to compare with. Pass an earlier run as "
                "baseline=."
            )
        return check_gate(self.history, self.diagnosis, rules, self.baseline)

    def email(
        self, to: str | Sequence[str], *, sender: str | None = None, subject: str | None = None
    ) -> "EmailMessage":
        """The report as an email: plain text, HTML with images, and the static report as an attachment.

        Args:
            to: One or more addresses, each written as ``ada@example.org`` or ``Ada <ada@example.org>``.
            sender: The sender (default: the address in ``REPORTGEN_MAIL_FROM``, or the user name for the mail server
                in ``REPORTGEN_SMTP_URL``). Without any, the message is a draft.
            subject: The subject (default: title and verdict).

        Returns:
            A message for `smtplib`, or for a file with ``bytes(message)``. If it is larger than 5 MB, which servers may
            refuse, a warning is issued.

        Raises:
            OutputError: an address is invalid, or the message would be over 15 MB.
            RenderError: a chart or the body cannot be made.
            MissingExtraError: css-inline or Pillow is not installed.

        Example:
            >>> import reportgen
            >>> message = reportgen.build({"loss": [0.9, 0.5]}, title="First try").email("ada@example.org")
            >>> [part.get_content_type() for part in message.iter_parts()]
            ['multipart/alternative', 'text/html']
        """
        return _compose([self], to, sender, subject, None)

    def _repr_html_(self) -> str:
        """The report in a notebook, inside a sandboxed frame, so that page and notebook cannot affect each other."""
        from markupsafe import escape

        return (
            '<iframe title="Training report" width="100%" height="720" frameborder="0" sandbox="allow-scripts" '
            f'srcdoc="{escape(self.to_html())}"></iframe>'
        )


def load(source: Any, options: ReadOptions | None = None, **keywords: Unpack[ReadKeywords]) -> TrainingHistory:
    """Reads a training history.

    Args:
        source: A file or folder that a training tool wrote, a report made by reportgen, a URL, ``mlflow:RUN_ID``,
            ``-`` for standard input (docs/sources.md lists them), a Keras ``History``, a ``history.history`` dict, a
            DataFrame, a `TrainingHistory`, or a list of these. Of several runs, the last one is read unless ``run``
            chooses another one; a note in its facts names the others.
        options: How the source is read (default: detected from its content).
        keywords: Fields of `ReadOptions`, applied on top.

    Returns:
        The run. Its ``frame`` has one row per (epoch, metric, split), epochs 1-based, or ``step`` instead of
        ``epoch`` if the log counts steps only.

    Raises:
        SourceError: the source cannot be read as a history.
        HistoryError: it contains no valid history, a direction is neither "lower" nor "higher", or the direction of the
            monitor is unknown.
        UnknownMetricError: a direction is given for a metric that the run does not have, or it lacks the monitor.
        MissingExtraError: a package that this source needs is not installed.

    Example:
        >>> import reportgen
        >>> reportgen.load({"loss": [0.9, 0.5]}).frame["epoch"].tolist()
        [1, 2]
    """
    return sources.read(source, read_options(options, keywords)).history


def load_all(
    source: Any, options: ReadOptions | None = None, **keywords: Unpack[ReadKeywords]
) -> list[TrainingHistory]:
    """Reads all training histories of a source, such as the folds in one log.

    Args:
        source: As for `load`, which reads only one of the runs.
        options: As for `load`; ``run`` does not apply.
        keywords: As for `load`.

    Returns:
        The runs in the order of the source, at least one. A run without a title has its name in the source, such as
        ``fold 1``, as title.

    Raises:
        SourceError: as for `load`, or ``run`` is set.
        HistoryError: as for `load`.
        UnknownMetricError: as for `load`.
        MissingExtraError: as for `load`.

    Example:
        >>> import reportgen
        >>> len(reportgen.load_all({"loss": [0.9, 0.5]}))
        1
    """
    return [loaded.history for loaded in sources.read_all(source, read_options(options, keywords))]


def diagnose(
    source: Any,
    options: ReadOptions | None = None,
    *,
    language: str = "en",
    lang: str | None = None,
    **keywords: Unpack[ReadKeywords],
) -> Diagnosis:
    """Judges a run without making a report.

    Args:
        source: As for `load`.
        options: As for `load`.
        language: Language of the sentences: ``en`` or ``zh-CN``.
        lang: Deprecated; use ``language``.
        keywords: As for `load`.

    Raises:
        SourceError: as for `load`.
        HistoryError: as for `load`.
        DiagnosisError: a finding to ignore does not exist.
        LanguageError: the language is not available.

    Example:
        >>> import reportgen
        >>> reportgen.diagnose({"loss": [0.7, float("nan")]}).verdict
        'diverged'
    """
    if lang is not None:
        language = look_options(None, {"lang": lang}).language
    check_type("language", language, str, "a code such as en")
    spoken = find_language(language)
    options = read_options(options, keywords)
    return word_judgement(judge(load(source, options), ignore=options.ignore), spoken)


def build(
    source: Any,
    *,
    title: str | None = None,
    model: Any = None,
    params: Mapping[str, Any] | None = None,
    tags: str | Iterable[str] | None = None,
    baseline: Any = None,
    evaluation: Evaluation | tuple[Any, Any] | str | os.PathLike[str] | None = None,
    options: ReadOptions | None = None,
    look: Look | None = None,
    **keywords: Unpack[BuildKeywords],
) -> Report:
    """Makes a report on a run.

    Args:
        source: As for `load`.
        title: Heading of the report, stored with the history (default: the title in the source).
        model: The model, for the facts of the run: a Keras model, a PyTorch module, or JAX weights in nested
            dictionaries (default: the model of a Keras ``History``).
        params: Settings of the run, added to those in the source. Dictionaries in it become ``optimizer.beta``; values
            whose names say that they are secret are masked.
        tags: Labels of the run, such as ``baseline``, stored with the history (default: those in the source).
        baseline: An earlier run to compare with: any source that `load` accepts. It is read with the same options, as
            far as they apply to it.
        evaluation: Predictions on test data: what `evaluate` returned, a pair of true and predicted values, or a file
            (docs/evaluation.md). By default, the evaluation in the source, if it has one.
        options: How the source is read, as for `load`.
        look: How the report is presented.
        keywords: Fields of `ReadOptions` and `Look`, applied on top.

    Raises:
        SourceError: as for `load`.
        SettingsError: ``params`` is not a dictionary or has too many settings, or a tag is empty or too long.
        EvaluationError: the predictions cannot be evaluated.
        HistoryError: as for `load`.
        DiagnosisError: a finding to ignore does not exist.
        RenderError: two appearance options contradict each other.
        LanguageError: the language is not available.

    Example:
        >>> import reportgen
        >>> reportgen.build({"loss": [0.9, 0.5]}, title="First try").history.run.title
        'First try'
    """
    reading, presenting = split_keywords(keywords)
    options, look = read_options(options, reading), look_options(look, presenting)
    spoken = find_language(look.language)
    found = sources.read(source, options)
    history = found.history
    run = history.run if title is None else replace(history.run, title=title)
    if params is not None:
        run = replace(run, params=tuple((dict(run.params) | dict(flat_params(params))).items()))
    trained = model if model is not None else getattr(source, "model", None)
    if trained is not None:
        from reportgen.model_facts import read_model

        facts = read_model(trained)
        run = replace(run, **{name: value for name, value in facts.items() if not getattr(run, name)})
    if tags is not None:
        run = replace(run, tags=checked_tags(tags))
    if evaluation is not None:
        run = replace(run, evaluation=_evaluated(evaluation))
    if run is not history.run:  # checking a million steps again takes a while
        history = history.with_run(run)
    earlier = None if baseline is None else sources.read(baseline, options, lenient=READ_NAMES).history
    if earlier is not None:  # directions apply to both runs
        known = dict(history.run.directions) | dict(earlier.run.directions)
        earlier = earlier.with_directions({name: way for name, way in known.items() if name in earlier.metric_names})
    judged = judge(history, baseline=earlier, ignore=options.ignore)
    named = run.source_title or (title_of(source) if isinstance(source, str | Path) else "")
    return Report(history, word_judgement(judged, spoken), earlier, found.format, look, named)


def _evaluated(given: Evaluation | tuple[Any, Any] | str | os.PathLike[str]) -> Evaluation:
    """The evaluation that the caller of `build` passed in any form."""
    if isinstance(given, Evaluation):
        return given
    from reportgen.evaluation import evaluate

    if isinstance(given, str | os.PathLike):
        from reportgen.evaluation.prediction_files import read_columns

        found = read_columns(os.fspath(given))
        try:
            return evaluate(found.y_true, found.y_pred, labels=found.labels, task=found.task)
        except EvaluationError as error:
            raise EvaluationError(f"{printable(os.fspath(given), 200)}: {error.marked}") from None
    if isinstance(given, tuple) and len(given) == 2:
        return evaluate(*given)
    raise EvaluationError(
        f"evaluation is of type {type(given).__name__}; what reportgen.evaluate returned, a pair of true and predicted "
        "values, or the path of a file is needed. Pass one of these."
    )


def email_reports(
    reports: Sequence[Report],
    to: str | Sequence[str],
    *,
    sender: str | None = None,
    subject: str | None = None,
    title: str | None = None,
) -> "EmailMessage":
    """Several reports as one email: a digest with one row per run, worst first, and the reports attached.

    Args:
        reports: At least one report. The digest is in the language of the first.
        to: As for `Report.email`.
        sender: As for `Report.email`.
        subject: The subject (default: title and headline).
        title: Heading of the digest.

    Returns:
        A message, as for `Report.email`. Reports that would make it too large are left out, and the digest says so.

    Raises:
        OutputError: there is no report, an address is invalid, or the message would be over 15 MB.
        RenderError: a chart or the body cannot be made.
        MissingExtraError: css-inline or Pillow is not installed.

    Example:
        >>> import reportgen
        >>> reports = [reportgen.build({"loss": [0.9, 0.5]}), reportgen.build({"loss": [0.7, float("nan")]})]
        >>> str(reportgen.email_reports(reports, "ada@example.org")["Subject"])
        'Training reports: 1 of 2 runs diverged, failed to learn, are unstable or overfit.'
    """
    return _compose(reports, to, sender, subject, title)


def _compose(
    reports: Sequence[Report], to: str | Sequence[str], sender: str | None, subject: str | None, title: str | None
) -> "EmailMessage":
    """The message; a warning about its size is attributed to the caller of the public function."""
    from reportgen.outputs import email, smtp  # need an extra, and load Altair

    check_type("subject", subject, str | None, "a text")
    check_type("title", title, str | None, "a text")
    check_type("reports", reports, Iterable, "a list of reports")
    reports = list(reports)
    for report in reports:
        check_type("A report", report, Report, "what reportgen.build returns")
    if not reports:
        raise OutputError("The list of reports is empty; an email needs at least one. Build one first.")
    recipients = email.parse_recipients(to)
    address = smtp.default_sender(os.environ) if sender is None else sender
    mailed = [(report, report.to_html(static=True, interactive=False, compress=False)) for report in reports]
    message = email.compose(
        [email.MailedReport(report._page, report.diagnosis, html.encode("utf-8")) for report, html in mailed],
        recipients,
        sender=None if address is None else email.parse_address(address),
        subject=subject,
        title=title,
    )
    large = email.size_warning(message)
    if large:
        warnings.warn(harmless(large), stacklevel=3)
    return message
