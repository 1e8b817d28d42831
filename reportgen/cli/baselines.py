"""The earlier runs that a command compares with: none, one, or several, such as the seeds of the main branch."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.cli.terminal import shown
from reportgen.errors import SourceError
from reportgen.options import READ_NAMES, ReadOptions

if TYPE_CHECKING:
    from reportgen.comparison.loading import LoadedRun
    from reportgen.gate import GateResult, GateRules
    from reportgen.history.frame import TrainingHistory
    from reportgen.languages import Language
    from reportgen.report import Report


@dataclass(frozen=True)
class Baseline:
    """What runs are compared with.

    Attributes:
        history: The earlier run that reports are compared with; of several, the one with the median value. None without
            a baseline.
        runs: All earlier runs if there are several; otherwise empty.
    """

    history: "TrainingHistory | None" = None
    runs: "tuple[LoadedRun, ...]" = ()

    def check(self, report: "Report", rules: "GateRules") -> "GateResult":
        """Checks a run that was compared with this baseline. With several runs, a regression must exceed their spread.

        Raises:
            UnknownMetricError: a rule is about a metric that a run does not have.
            DiagnosisError: a rule does not apply to the runs.
        """
        from reportgen.gate import GateResult, check_gate

        if not self.runs:
            return check_gate(report.history, report.diagnosis, rules, report.baseline)
        from reportgen.comparison.regressions import check_against

        gate = check_gate(report.history, report.diagnosis, replace(rules, max_regression=()), report.baseline)
        return GateResult((*gate.checks, *check_against(report.history, self.runs, rules, report.diagnosis.language)))

    def word(self, language: "Language") -> str:
        """Which of several runs the reports are compared with; empty without several."""
        if not self.runs:
            return ""
        from reportgen.comparison.regressions import word_typical

        return word_typical(self.runs, language)


def count_places(source: str) -> int:
    """How many files or folders a baseline is: 0 if it is missing, several if it is a pattern that matches several."""
    from reportgen.comparison.loading import expanded

    try:
        places = expanded(source)
    except SourceError:
        return 0
    return len(places) if len(places) > 1 or Path(places[0]).exists() else 0


def matches_of(source: str) -> list[str]:
    """The matches of a pattern; a pattern that matches nothing, and any other source, is itself."""
    from reportgen.comparison.loading import expanded

    try:
        return [str(place) for place in expanded(source)]
    except SourceError:
        return [source]


def read_one(source: str, options: ReadOptions) -> Baseline:
    """Reads a baseline that must be a single run.

    Raises:
        SourceError: it cannot be read, or is a pattern that matches several files.
    """
    from reportgen import sources
    from reportgen.comparison.loading import expanded

    place, *others = expanded(source)
    if others:
        raise SourceError(
            f"{shown(Path(source))} matches {len(others) + 1} files; this command compares with a single run. Pass "
            "one, or use reportgen check or reportgen ci."
        )
    return Baseline(sources.read(place, options, lenient=READ_NAMES).history)


def read_several(source: str, options: ReadOptions) -> Baseline:
    """Reads a baseline that may be a pattern, or a folder, with several runs.

    Raises:
        SourceError: a run cannot be read.
    """
    from reportgen.comparison.loading import expanded, load_runs
    from reportgen.comparison.regressions import typical_run
    from reportgen.comparison.repeat_names import labels_in
    from reportgen.comparison.short_names import LOG_ENDINGS

    is_folder = Path(source).is_dir()
    if not is_folder and len(expanded(source)) == 1:
        return read_one(source, options)
    runs = load_runs(source, replace(options, run=None))
    # Of several logs beside each other, one is the run, unless they are named by seed or fold.
    in_folders = all("/" in run.inner for run in runs)
    repeated = all(LOG_ENDINGS.search(run.inner) and labels_in(run.inner) for run in runs)
    if len(runs) > 1 and (in_folders or repeated or not is_folder):
        return Baseline(typical_run(runs), runs)
    return read_one(source, options)
