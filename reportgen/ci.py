"""One CI step: makes a report for each source, checks the gate, and writes results and reports to the CI service.

The environment is an argument. The caller prints the log lines and chooses the exit code.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from reportgen.errors import OutputError, ReportgenError
from reportgen.gate import GateResult
from reportgen.languages import Language
from reportgen.outputs.build_log import (
    SUMMARY_LIMIT_BYTES,
    Annotation,
    annotate,
    append_file,
    azure_annotation,
    azure_summary,
    build_link,
    github_annotation,
    step_outputs,
)
from reportgen.outputs.files import check_target, expand_home, write_file
from reportgen.outputs.junit import render_junit
from reportgen.outputs.markdown import LIMIT_BYTES, render_comment, render_pipeline
from reportgen.outputs.openmetrics import render_openmetrics
from reportgen.outputs.output_names import check_output_name
from reportgen.outputs.runs import NO_GATE, JudgedRun, PipelineRun
from reportgen.outputs.sarif import render_sarif
from reportgen.report import Report
from reportgen.version import __version__

Service = Literal["github", "azure", "other"]

REPORT: Final = "report.html"
DIAGNOSIS: Final = "diagnosis.json"
SUMMARY: Final = "summary.md"
JUNIT: Final = "junit.xml"
METRICS: Final = "metrics.txt"
COMMENT: Final = "comment.md"
SARIF: Final = "report.sarif"
_MARK: Final = f"<!-- reportgen {__version__} -->\n"  # not shown; a later step replaces only a summary that has it
_NAME_LIMIT: Final = 60
_STDIN: Final = "-"
_CHECKOUTS: Final = ("GITHUB_WORKSPACE", "BUILD_SOURCESDIRECTORY", "CI_PROJECT_DIR")  # variables


@dataclass(frozen=True)
class StepResult:
    """The result of a step."""

    runs: tuple[PipelineRun, ...]  # one per source, in the same order
    reports: Mapping[str, Path]  # the report of each run that has one, by run name
    files: tuple[Path, ...]  # the files about all runs: summary, JUnit, metrics, comment, SARIF
    comment: str  # for the pull request
    log_lines: tuple[str, ...]  # commands that the CI service reads from the log, one per line


def find_service(environment: Mapping[str, str]) -> Service:
    """The CI service, if it reads more than the files; GitLab and Jenkins read only the files."""
    if environment.get("GITHUB_ACTIONS", "").lower() == "true":
        return "github"
    return "azure" if environment.get("TF_BUILD", "").lower() == "true" else "other"


def run_step(
    sources: Sequence[str],
    open_report: Callable[[str, str | None], Report],
    check: Callable[[Report], GateResult],
    *,
    output_dir: Path,
    language: Language,
    environment: Mapping[str, str],
    save: Callable[..., object] = Report.save,
    overwrite: bool = False,
    remarks: Sequence[str] = (),
    protected: Sequence[Path] = (),
) -> StepResult:
    """Runs the step. An error in one source does not affect the others.

    Args:
        sources: Logs, at least one.
        open_report: Makes the report of a source. Its second argument is a title for runs that have none, or None.
        check: Applies the gate to a report.
        output_dir: The folder for all files, created if missing. With several sources, each gets its own subfolder.
        language: Language of the texts about all runs.
        environment: Environment variables of the CI service.
        save: Writes a report to a path, given ``overwrite`` by name.
        overwrite: Whether to replace files that reportgen did not write.
        remarks: Warnings to show in the CI service.
        protected: Files besides the sources that must not be replaced.

    Raises:
        OutputError: a file of the step cannot be written, or would replace a source or a file of somebody else.
    """
    check_output_name(output_dir, "folder")
    output_dir = expand_home(output_dir)
    names = name_runs(sources)
    folders = {name: output_dir if len(sources) == 1 else output_dir / name for name in names}
    shared = tuple(output_dir / name for name in (SUMMARY, JUNIT, METRICS, COMMENT, SARIF))
    data = tuple(folder / DIAGNOSIS for folder in folders.values())
    _protect([*shared, *data], [*(Path(source) for source in sources if source != _STDIN), *protected])
    for target in (*shared, *data, *(folder / REPORT for folder in folders.values())):
        check_target(target, overwrite=overwrite)
    runs, reports = [], {}
    for name, source in zip(names, sources, strict=True):
        run, report = _judge(name, source, len(sources) > 1, open_report, check)
        if report is not None and run.judged is not None:
            try:
                save(report, folders[name] / REPORT, overwrite=overwrite)
                reports[name] = folders[name] / REPORT
                write_file(folders[name] / DIAGNOSIS, f"{run.judged.to_json()}\n", overwrite=overwrite)
            except ReportgenError as error:
                run = PipelineRun(name, source, run.judged, run.error or error.without_content)
        runs.append(run)
    summary = _MARK + render_pipeline(runs, language, limit=LIMIT_BYTES - len(_MARK))
    comment = render_comment(runs, language, mark=comment_mark(sources, environment), link=build_link(environment))
    root = next(filter(None, map(environment.get, _CHECKOUTS)), str(Path.cwd()))
    sarif = render_sarif(runs, language, version=__version__, place_of=lambda source: _within(source, root))
    texts = (summary, render_junit(runs), render_openmetrics(runs), comment, sarif)
    for path, text in zip(shared, texts, strict=True):
        write_file(path, text, overwrite=overwrite)
    notes = [*annotate(runs, language), *(Annotation("warning", "reportgen", remark, _STDIN) for remark in remarks)]
    lines = _notify(find_service(environment), runs, reports, notes, (shared[0], summary), environment)
    return StepResult(tuple(runs), reports, shared, comment, tuple(lines))


def comment_mark(sources: Sequence[str], environment: Mapping[str, str]) -> str:
    """The first line of a comment, by which the same job of a later build finds it."""
    job = [environment.get(name, "") for name in ("GITHUB_WORKFLOW", "GITHUB_JOB", "CI_JOB_NAME")]
    digest = hashlib.sha256("\n".join([*job, *sources]).encode(errors="replace")).hexdigest()
    return f"<!-- reportgen comment {digest[:16]} -->"


def name_runs(sources: Sequence[str]) -> list[str]:
    """A short name for each source, unique regardless of case: its file name, with folders or a number if needed.

    ``fold1/history.csv`` and ``fold2/history.csv`` become ``fold1-history`` and ``fold2-history``.
    """
    parts = [["stdin"] if source == _STDIN else _path_parts(source) for source in sources]
    names = [_plain_name(given[-1:]) for given in parts]
    for depth in range(2, max(map(len, parts)) + 1):
        counts = [name.casefold() for name in names]
        names = [
            _plain_name(given[-depth:]) if counts.count(name.casefold()) > 1 else name
            for given, name in zip(parts, names, strict=True)
        ]
    taken = {name.casefold() for name in (REPORT, DIAGNOSIS, SUMMARY, JUNIT, METRICS, COMMENT, SARIF)}
    for position, name in enumerate(names):
        number, free = 2, name
        while free.casefold() in taken:
            free, number = f"{name}-{number}", number + 1
        taken.add(free.casefold())
        names[position] = free
    return names


def _path_parts(source: str) -> list[str]:
    """The folders of a source, without the root, ``.`` and ``..``, and its stem."""
    path = Path(source)
    return [*(part for part in path.parent.parts if part not in (path.anchor, ".", "..")), path.stem]


def _plain_name(parts: Sequence[str]) -> str:
    """Joins parts of a path to a name that is valid on every file system."""
    name = re.sub(r"[^\w.+-]+", "-", "-".join(parts)).strip("-.")
    return name[-_NAME_LIMIT:].strip("-.") or "run"


def _protect(targets: Sequence[Path], files: Sequence[Path]) -> None:
    """Refuses to overwrite a log. Reports may be replaced by newer ones."""
    kept = {path.resolve() for path in files}
    for target in targets:
        if target.resolve() in kept:
            raise OutputError(
                f"{target}: this is a log itself, or another file that a report is made from; the step would replace "
                "it. Choose another folder with -o."
            )


def _judge(
    name: str,
    source: str,
    is_one_of_several: bool,
    open_report: Callable[[str, str | None], Report],
    check: Callable[[Report], GateResult],
) -> tuple[PipelineRun, Report | None]:
    """The run of a source, checked against the gate, and its report; or a run with the error."""
    try:
        report = open_report(source, name if is_one_of_several else None)
    except ReportgenError as error:
        return PipelineRun(name, source, error=error.without_content), None
    gate, reason = NO_GATE, ""
    try:
        gate = check(report)
    except ReportgenError as error:
        reason = f"{source}: {error.without_content}"
    return PipelineRun(name, source, JudgedRun(report.history, report.diagnosis, report.baseline, gate), reason), report


def _notify(
    service: Service,
    runs: Sequence[PipelineRun],
    reports: Mapping[str, Path],
    notes: Sequence[Annotation],
    summary: tuple[Path, str],
    environment: Mapping[str, str],
) -> list[str]:
    """Writes the files that the CI service specifies, and returns the lines that it reads from the log."""
    if service == "azure":
        root = environment.get("BUILD_SOURCESDIRECTORY")
        return [
            *(azure_annotation(note, _within(note.source, root)) for note in notes),
            azure_summary(summary[0].resolve()),
        ]
    if service != "github":
        return []
    root = environment.get("GITHUB_WORKSPACE")
    lines = [github_annotation(note, _within(note.source, root)) for note in notes]
    if target := environment.get("GITHUB_STEP_SUMMARY"):
        fits = append_file(target, summary[1], SUMMARY_LIMIT_BYTES)
        if not fits:
            full = f"The job summary is full; the summary of this step is in {summary[0]}."
            lines.append(github_annotation(Annotation("warning", "reportgen", full, _STDIN), None))
    if target := environment.get("GITHUB_OUTPUT"):
        append_file(target, step_outputs(_outputs(runs, reports)))
    return lines


def _outputs(runs: Sequence[PipelineRun], reports: Mapping[str, Path]) -> dict[str, list[str]]:
    """The outputs for later steps. All except ``passed`` have one line per run that has a value."""
    judged = [run.judged for run in runs if run.judged is not None]
    return {
        "passed": ["true" if all(run.passed for run in runs) else "false"],
        "verdict": [run.diagnosis.verdict for run in judged],
        "best-epoch": [str(run.diagnosis.best_epoch or "") for run in judged],
        "failures": [check.text for run in judged for check in run.gate.failures],
        "report": [str(path) for path in reports.values()],
    }


def _within(source: str, root: str | None) -> str | None:
    """The path of a source relative to the checkout, as CI services link to it; None if it is outside."""
    if source == _STDIN or not root:
        return None
    path, folder = Path(source).resolve(), Path(root).resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else None
