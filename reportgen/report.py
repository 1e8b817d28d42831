"""The facade: from any source to a finished report, the whole walk on one screen."""

import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from reportgen import sources
from reportgen.diagnosis import judge
from reportgen.errors import DiagnosisError, OutputError
from reportgen.gate import DEFAULT_MIN_PROBABILITY, GateResult, check_gate, read_rules
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.languages import language as find_language
from reportgen.options import (
    DEFAULT_LOOK,
    BuildKeywords,
    Look,
    LookKeywords,
    ReadKeywords,
    ReadOptions,
    look_options,
    read_options,
    split_keywords,
)
from reportgen.outputs.files import write_file
from reportgen.outputs.runs import NO_GATE, JudgedRun
from reportgen.version import __version__
from reportgen.wording import word_judgement
from reportgen.wording.diagnosis import Diagnosis

if TYPE_CHECKING:
    from email.message import EmailMessage

    from reportgen.page import ReportPage


@dataclass(frozen=True, eq=False)
class Report:
    """A report on one run, made when it is first asked for.

    Attributes:
        history: The run.
        diagnosis: What was found.
        baseline: An earlier run to compare with, if any.
        read_as: The format that the run was read as, such as ``Keras CSVLogger (csv)``; None for objects.
        look: How the report is presented by default.

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
    look: Look = DEFAULT_LOOK

    @cached_property
    def _page(self) -> "ReportPage":
        return self._page_in(self.look.language)

    def _page_in(self, code: str) -> "ReportPage":
        from reportgen.page import build_page  # draws charts, which a diagnosis alone does not need

        diagnosis = self.diagnosis
        if find_language(code) is not diagnosis.language.counting("epoch"):
            diagnosis = word_judgement(diagnosis, find_language(code))
        return build_page(self.history, diagnosis, baseline=self.baseline, version=__version__)

    def to_html(self, look: Look | None = None, **keywords: Unpack[LookKeywords]) -> str:
        """The whole report as one HTML document; the same history and look give the same text.

        Args:
            look: How it is presented; the report's own `look` by default.
            keywords: Fields of `Look`, applied on top.

        Raises:
            RenderError: a chart or the page cannot be made, or two options contradict each other.
            LanguageError: the language is not available.
        """
        from reportgen.render import render_html

        chosen = look_options(look or self.look, keywords)
        return render_html(self._page_in(chosen.language), chosen)

    def save(self, path: str | os.PathLike[str], look: Look | None = None, **keywords: Unpack[LookKeywords]) -> Path:
        """Writes the report; an existing file is replaced in one step, and only by a complete report.

        Args:
            path: The file to write.
            look: As for `to_html`.
            keywords: As for `to_html`.

        Raises:
            RenderError: as for `to_html`.
            LanguageError: as for `to_html`.
            OutputError: the file cannot be written.
        """
        return write_file(path, self.to_html(look_options(look or self.look, keywords)))

    def summary(self, *, gate: GateResult = NO_GATE) -> str:
        """The report as GitHub-flavoured Markdown of at most 60,000 bytes, for job summaries and comments.

        Args:
            gate: What `gate` gave, to be told as well.
        """
        from reportgen.outputs.markdown import render_summary  # words the page's tables

        return render_summary(JudgedRun(self.history, self.diagnosis, self.baseline, gate))

    def gate(
        self,
        *,
        fail_on: str | Iterable[str] = (),
        min_probability: float = DEFAULT_MIN_PROBABILITY,
        require: str | Iterable[str] = (),
        max_regression: str | float | Iterable[str | float] = (),
    ) -> GateResult:
        """Holds the run against rules, as a pipeline does that stops where a training went wrong.

        Args:
            fail_on: Answers that fail: ``diverged``, ``not-learning``, ``overfitting``, ``not-converged``,
                ``more-training-helps``.
            min_probability: How sure such an answer has to be, 0 to 1.
            require: Limits such as ``val_accuracy>=0.75`` for the best value, ``last(val_loss)<0.4`` for the last.
            max_regression: How much worse than the baseline's the best value of the judged curve may be: ``2%``, or
                ``0.01`` in its own unit; ``val_accuracy=0.01`` for another curve.

        Raises:
            DiagnosisError: a rule cannot be read, or asks for what the run, or its baseline, does not tell.
            UnknownMetricError: a rule is about a metric that was not logged.
        """
        rules = read_rules(fail_on, min_probability, require, max_regression)
        if rules.max_regression and self.baseline is None:
            raise DiagnosisError(
                f"{rules.max_regression[0].text}: there is no baseline to compare with; a regression needs one. Give "
                "an earlier run as baseline."
            )
        return check_gate(self.history, self.diagnosis, rules, self.baseline)

    def email(
        self, to: str | Sequence[str], *, sender: str | None = None, subject: str | None = None
    ) -> "EmailMessage":
        """The report as a mail: in plain text, as HTML with pictures, and the static report attached byte for byte.

        Args:
            to: One address or several, each as ``ada@example.org`` or ``Ada <ada@example.org>``.
            sender: Whom it is from; where None the address in ``REPORTGEN_MAIL_FROM``, or the user who logs in at the
                mail server of ``REPORTGEN_SMTP_URL``. Without any, the message is a draft.
            subject: In place of title and verdict.

        Returns:
            A message that `smtplib` sends and ``bytes`` writes; over 5 MB it warns, as servers may refuse it.

        Raises:
            OutputError: an address is none, or the message would be over 15 MB.
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
        """The report inside a notebook: an isolated frame, so that page and notebook leave each other alone."""
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
            DataFrame or a `TrainingHistory`.
        options: How it is read; detected from the content by default.
        keywords: Fields of `ReadOptions`, applied on top.

    Returns:
        The run, with ``.frame``: one row per (epoch, metric, split), epochs 1-based; ``step`` in place of ``epoch``
        if the log counts steps only.

    Raises:
        SourceError: the source cannot be read as a history.
        HistoryError: it does not hold a valid history, or a direction is neither "lower" nor "higher".
        UnknownMetricError: a direction is given for a metric that the run does not have.
        MissingExtraError: a package that this source needs is not installed.

    Example:
        >>> import reportgen
        >>> reportgen.load({"loss": [0.9, 0.5]}).frame["epoch"].tolist()
        [1, 2]
    """
    return sources.read(source, read_options(options, keywords)).history


def diagnose(
    source: Any,
    options: ReadOptions | None = None,
    *,
    language: str = "en",
    lang: str | None = None,
    **keywords: Unpack[ReadKeywords],
) -> Diagnosis:
    """Judges a run without drawing anything.

    Args:
        source: As for `load`.
        options: As for `load`.
        language: Language of its sentences: "en" or "zh-CN".
        lang: Deprecated name of ``language``.
        keywords: As for `load`.

    Raises:
        SourceError: as for `load`.
        HistoryError: as for `load`.
        LanguageError: the language is not available.

    Example:
        >>> import reportgen
        >>> reportgen.diagnose({"loss": [0.7, float("nan")]}).verdict
        'diverged'
    """
    if lang is not None:
        language = look_options(None, {"lang": lang}).language
    spoken = find_language(language)
    return word_judgement(judge(load(source, options, **keywords)), spoken)


def build(
    source: Any,
    *,
    title: str | None = None,
    model: Any = None,
    baseline: Any = None,
    options: ReadOptions | None = None,
    look: Look | None = None,
    **keywords: Unpack[BuildKeywords],
) -> Report:
    """Makes a report of a training.

    Args:
        source: As for `load`.
        title: Heading of the report, kept with the history; default: the source's own.
        model: The Keras model, for the facts of the run; default: that of a Keras ``History``.
        baseline: An earlier run to compare best values with: any source that `load` takes. It is read with the same
            options, as far as they apply to it.
        options: How the source is read, as for `load`.
        look: How the report is presented.
        keywords: Fields of `ReadOptions` and `Look`, applied on top.

    Raises:
        SourceError: as for `load`.
        HistoryError: as for `load`.
        RenderError: two options of the look contradict each other.
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
    keras_model = model if model is not None else getattr(source, "model", None)
    if keras_model is not None:
        from reportgen.model_facts import read_model  # looks at Keras objects without importing Keras

        run = _merged(run, read_model(keras_model))
    if run is not history.run:  # a million steps take a while to check
        history = history.with_run(run)
    earlier = None if baseline is None else sources.read(baseline, options, lenient=True).history
    if earlier is not None:  # a direction holds for both runs
        known = dict(history.run.directions) | dict(earlier.run.directions)
        earlier = earlier.with_directions({name: way for name, way in known.items() if name in earlier.metric_names})
    return Report(history, word_judgement(judge(history, baseline=earlier), spoken), earlier, found.format, look)


def email_reports(
    reports: Sequence[Report],
    to: str | Sequence[str],
    *,
    sender: str | None = None,
    subject: str | None = None,
    title: str | None = None,
) -> "EmailMessage":
    """Several reports as one mail, a digest: a row for each run, worst first, and the reports attached.

    Args:
        reports: At least one; it speaks the language of the first.
        to: As for `Report.email`.
        sender: As for `Report.email`.
        subject: In place of title and headline.
        title: Heading of the digest.

    Returns:
        A message, as `Report.email` does. Reports that would make it too large are left out, and it says so.

    Raises:
        OutputError: there is no report, an address is none, or the message would be over 15 MB.
        RenderError: a chart or the body cannot be made.
        MissingExtraError: css-inline or Pillow is not installed.

    Example:
        >>> import reportgen
        >>> reports = [reportgen.build({"loss": [0.9, 0.5]}), reportgen.build({"loss": [0.7, float("nan")]})]
        >>> str(reportgen.email_reports(reports, "ada@example.org")["Subject"])
        'Training reports: 1 of 2 runs diverged, failed to learn or overfit.'
    """
    return _compose(reports, to, sender, subject, title)


def _compose(
    reports: Sequence[Report], to: str | Sequence[str], sender: str | None, subject: str | None, title: str | None
) -> "EmailMessage":
    """The message of a public function, whose caller is warned where it is large."""
    from reportgen.outputs import email, smtp  # needs an extra, and draws charts

    if not reports:
        raise OutputError("There is no report to mail; at least one is needed. Build one first.")
    recipients, address = email.parse_recipients(to), sender or smtp.default_sender(os.environ)
    message = email.compose(
        [
            email.MailedReport(report._page, report.diagnosis, _static_html(report).encode("utf-8"))
            for report in reports
        ],
        recipients,
        sender=None if address is None else email.parse_address(address),
        subject=subject,
        title=title,
    )
    large = email.size_warning(message)
    if large:
        warnings.warn(large, stacklevel=3)
    return message


def _static_html(report: Report) -> str:
    """The report as mail programs accept it."""
    return report.to_html(static=True, interactive=False, compress=False)


def _merged(known: RunFacts, facts: dict[str, Any]) -> RunFacts:
    """The facts of a model beside those of the run; what the run already knows stays."""
    return replace(known, **{name: value for name, value in facts.items() if not getattr(known, name)})
