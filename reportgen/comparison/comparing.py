"""`compare`, and the `Comparison` that it returns."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from reportgen.comparison.compared import ComparedGroups, compare_loaded
from reportgen.comparison.comparison_text import comparison_data, overall_words, render_markdown, render_terminal
from reportgen.comparison.grouping import Groups, choose_groups, groups_named
from reportgen.comparison.loading import load_runs
from reportgen.comparison.measures import choose_measure
from reportgen.comparison.regressions import check_groups
from reportgen.comparison.report_links import check_page, report_links
from reportgen.errors import DiagnosisError
from reportgen.gate import GateResult, read_rules
from reportgen.languages import Language
from reportgen.languages import language as find_language
from reportgen.options import ReadKeywords, ReadOptions, Theme, check_type, look_options, read_options
from reportgen.outputs.files import write_file
from reportgen.text import printable, quoted
from reportgen.wording.diagnosis import Sentences

if TYPE_CHECKING:
    from email.message import EmailMessage


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Comparison(ComparedGroups):
    """Groups of runs, compared by one metric. ``print`` shows the verdict.

    Attributes:
        runs: All runs that were read.
        grouping: Which of them belong together, and how that was found.
        measure: What they are compared by.
        groups: The best mean first; those without any finite value last.
        pairs: The groups with values, compared pair by pair.
        verdict: Which group is best.
        target: The value that the epochs to a target are about; None without one.
        language: The language of all sentences.

    Example:
        >>> import reportgen
        >>> runs = {"a": {"loss": [0.9, 0.5, 0.4]}, "b": {"loss": [0.9, 0.8, 0.7]}}
        >>> comparison = reportgen.compare({name: reportgen.load(run) for name, run in runs.items()})
        >>> comparison.verdict.best
        'a'
    """

    language: Language

    def __repr__(self) -> str:
        """One line: the verdict, and how many groups and runs there are."""
        groups, runs = (
            f"{n} {word}{'s' if n > 1 else ''}" for n, word in ((len(self.groups), "group"), (len(self.runs), "run"))
        )
        return f"<Comparison: {self.verdict.code}, {groups} of {runs} by {printable(self.measure.key, 40)}>"

    def __str__(self) -> str:
        """The verdict in words."""
        return f"{self.verdict_words.title}\n{self.verdict_words.text}".strip()

    @property
    def verdict_words(self) -> Sentences:
        """The verdict in words, with what to do."""
        return overall_words(self, self.language)

    def summary(self) -> str:
        """The comparison as GitHub-flavoured Markdown: verdict, groups and pairs of groups."""
        return render_markdown(self, self.language)

    def to_html(self, *, title: str = "", theme: Theme = "auto", static: bool = False) -> str:
        """The comparison as one HTML document. The same comparison always produces the same text.

        Args:
            title: Heading (default: a general one).
            theme: ``light``, ``dark``, or ``auto``, which follows the reader's system.
            static: Omit the script that shows values under the mouse and hides groups.

        Raises:
            RenderError: a chart cannot be drawn.
        """
        return self._rendered(title, theme, {}, static=static)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        title: str = "",
        theme: Theme = "auto",
        static: bool = False,
        overwrite: bool = False,
    ) -> Path:
        """Writes the comparison as one HTML file, with links to the reports of runs that have one.

        Args:
            path: The file to write. Missing folders are created, and ``~`` is expanded.
            title: As for `to_html`.
            theme: As for `to_html`.
            static: As for `to_html`.
            overwrite: Whether to replace a file other than an earlier comparison.

        Returns:
            The path, with ``~`` expanded.

        Raises:
            RenderError: as for `to_html`.
            OutputError: the file cannot be written, was not written by reportgen, or is the report of a run.
        """
        target = check_page(path, self.runs, overwrite=overwrite)
        html = self._rendered(title, theme, report_links(self.runs, target.parent), static=static)
        return write_file(path, html, overwrite=overwrite)

    def email(
        self, to: str | Sequence[str], *, sender: str | None = None, subject: str | None = None, title: str = ""
    ) -> "EmailMessage":
        """The comparison as an email: plain text, HTML with the first chart, and the page as an attachment.

        Args:
            to: One or more addresses, as for `Report.email`.
            sender: As for `Report.email`.
            subject: The subject (default: title and verdict).
            title: As for `to_html`.

        Returns:
            A message for `smtplib`, or for a file with ``bytes(message)``.

        Raises:
            OutputError: an address is invalid.
            RenderError: a chart cannot be drawn.
            MissingExtraError: css-inline or Pillow is not installed.
        """
        check_type("subject", subject, str | None, "a text")
        check_type("title", title, str, "a text")
        from reportgen.outputs import email, smtp  # isort: skip  # need an extra, and load Altair
        from reportgen.comparison.comparison_mail import compose_comparison
        from reportgen.comparison.comparison_page import build_comparison_page, render_comparison

        recipients = email.parse_recipients(to)
        address = smtp.default_sender(os.environ) if sender is None else sender
        page = build_comparison_page(self, self.language, title=title)
        return compose_comparison(
            page,
            render_terminal(self, self.language),
            render_comparison(page, static=True).encode("utf-8"),
            recipients,
            sender=None if address is None else email.parse_address(address),
            subject=subject,
        )

    def _rendered(self, title: str, theme: Theme, links: Mapping[str, str], *, static: bool) -> str:
        check_type("title", title, str, "a text")
        look = look_options(None, {"theme": theme, "static": static})
        from reportgen.comparison.comparison_page import build_comparison_page, render_comparison  # load Altair

        page = build_comparison_page(self, self.language, title=title, links=links)
        return render_comparison(page, look.theme, static=look.static)

    def _repr_html_(self) -> str:
        """The comparison in a notebook, inside a sandboxed frame."""
        from markupsafe import escape

        return (
            '<iframe title="Comparison" width="100%" height="720" frameborder="0" sandbox '
            f'srcdoc="{escape(self.to_html(static=True))}"></iframe>'
        )

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain data for `json.dumps`. Its schema is ``reportgen/comparison/1`` (docs/compare.md)."""
        return comparison_data(self, self.language)

    def gate(self, baseline: str, *, max_regression: str | float | Iterable[str | float]) -> GateResult:
        """Checks that no group is worse than a baseline group.

        A regression counts only beyond the spread of the runs: if the interval of the difference includes allowed
        values, the check is undecided, which is not a failure.

        Args:
            baseline: The name of a group.
            max_regression: How much worse the mean of each other group may be: ``2%``, or ``0.01`` in the metric's own
                unit; ``val_accuracy=0.01`` for another metric.

        Returns:
            One check per rule and group.

        Raises:
            DiagnosisError: a rule cannot be read, or there is no such group.
            UnknownMetricError: a rule is about a metric that no run has.
        """
        rules = read_rules(max_regression=max_regression)
        if not rules.max_regression:
            raise DiagnosisError("max_regression has no limit; at least one is needed. Pass one, such as 2% or 0.01.")
        return check_groups(self, baseline, rules, self.language)


def compare(
    sources: Any,
    *,
    groups: Groups | None = None,
    names: Sequence[str] | None = None,
    metric: str | None = None,
    language: str = "en",
    options: ReadOptions | None = None,
    **keywords: Unpack[ReadKeywords],
) -> Comparison:
    """Compares runs, in groups of those that differ only in seed, fold or repetition.

    Args:
        sources: A source as for `load_all`, several in a list, or a dict of sources by name. Paths may be patterns:
            ``runs/*/history.csv``; matches that are not logs are skipped, with a warning.
        groups: A setting to group by (or several), such as ``optimizer``, or ``folder``; or patterns for names or paths
            of runs by group, such as ``{"adam": "adam_*"}`` (default: found from settings and names).
        names: One name per run (default: from titles, names in the source and paths).
        metric: What to compare by: ``accuracy``, ``val_accuracy``, or ``test_accuracy`` for a score after training
            (default: the metric that the runs are judged by, on test data if all runs have its score).
        language: Language of all texts.
        options: How the sources are read.
        keywords: Fields of `ReadOptions`, applied on top.

    Returns:
        The comparison: groups, pairs of groups, and which group is best.

    Raises:
        SourceError: a source cannot be read, or a pattern matches nothing.
        HistoryError: a source contains no valid history.
        DiagnosisError: groups or metric do not apply to the runs.
        UnknownMetricError: no run has the metric.
        LanguageError: the language is not available.
    """
    check_type("language", language, str, "a code such as en")
    spoken = find_language(language)
    _check_choices(groups, metric)
    runs = load_runs(sources, read_options(options, keywords), names, may_skip=True)
    named = groups_named(runs, [run.given for run in runs]) if groups is None else None
    grouping = named or choose_groups(runs, groups)
    members = {group.name: [runs[position].history for position in group.members] for group in grouping.groups}
    measure = choose_measure([history for each in members.values() for history in each], metric, members)
    found = compare_loaded(runs, grouping, measure)
    return Comparison(**vars(found), language=spoken.counting(runs[0].history.axis))


def _check_choices(groups: Any, metric: Any) -> None:
    """Raises a DiagnosisError if groups or metric are of the wrong kind."""
    if metric is not None and not isinstance(metric, str):
        raise DiagnosisError(f'metric is {quoted(metric)}; the name of one is needed, such as "val_loss".')
    if groups is None or isinstance(groups, str):
        return
    if isinstance(groups, Mapping) and any(isinstance(name, str) and not name.strip() for name in groups):
        raise DiagnosisError("groups has an empty name; each group needs one. Fill it in.")
    texts = [*groups, *groups.values()] if isinstance(groups, Mapping) else [groups]
    if not texts or not all(isinstance(each, str) or _are_texts(each) for each in texts):
        raise DiagnosisError(
            f"groups is {quoted(groups)}; a setting or several are needed, or a pattern per group. Pass them like "
            '"optimizer" or {"adam": "adam_*"}, or leave groups out to find them from settings and names.'
        )


def _are_texts(given: Any) -> bool:
    return isinstance(given, Sequence) and len(given) > 0 and all(isinstance(text, str) for text in given)
