"""The commands for making and printing reports: demo, build, check."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.exceptions import Exit

from reportgen.cli.help_text import GATE_CODES
from reportgen.cli.options import (
    ADDITIONS,
    BASELINE,
    EVALUATION,
    FILE,
    FILES,
    FORCE,
    GATE,
    LANGUAGE,
    LOOK,
    OPEN,
    QUIET,
    READ,
    WEBHOOK,
    Command,
    Project,
    check_file,
    source_argument,
    takes,
)
from reportgen.cli.terminal import (
    GATE_CODE,
    painted,
    print_data,
    print_json,
    print_remark,
    print_text,
    progress_bar,
    terminal_width,
)
from reportgen.cli.webhooks import send_to_webhook
from reportgen.errors import OutputError

if TYPE_CHECKING:
    from reportgen.gate import GateResult
    from reportgen.page.contents import ReportWords
    from reportgen.report import Report


@click.command(cls=Command)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    default="report.html",
    help="Where to write the report (default: report.html).",
)
@OPEN
@FORCE
@QUIET
@takes(LOOK)
def demo(output: Path, opens: bool, force: bool, project: Project) -> None:
    """Train a small network with Keras and report on it."""
    from rich.progress import TextColumn, TimeRemainingColumn

    from reportgen.demo import EPOCHS, load_keras, train_demo
    from reportgen.outputs.files import check_target
    from reportgen.outputs.output_names import check_output_name

    check_output_name(output, "report")
    check_target(output, overwrite=force)
    load_keras()
    print_text(f"Training on the Pima diabetes table, {EPOCHS} epochs.")
    with progress_bar("Epoch", TimeRemainingColumn(), TextColumn("{task.description}")) as bar:
        task = bar.add_task("", total=EPOCHS)
        report = train_demo(
            output,
            lambda logs: bar.update(task, advance=1, description=_worded_logs(logs)),
            look=project.look,
            overwrite=force,
        )
    print_text()
    _print_report(report)
    print_text(f"History keys: {', '.join(report.history.keys)}")
    print_text(f"Report: {output.resolve()}")
    if opens:
        _open(output)


def _worded_logs(logs: dict[str, float]) -> str:
    """The losses of an epoch, shown next to the progress bar."""
    return "  ".join(f"{name} {logs[name]:.4f}" for name in ("loss", "val_loss") if name in logs)


@click.command(cls=Command)
@source_argument()
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    default="report.html",
    help="Where to write the report (default: report.html); - is standard output.",
)
@click.option("--title", help="Heading of the report.")
@OPEN
@WEBHOOK
@FORCE
@QUIET
@takes(BASELINE, EVALUATION, ADDITIONS, FILES, READ, LOOK)
def build(
    source: str, output: str, title: str | None, opens: bool, webhook: bool, force: bool, project: Project
) -> None:
    """Write the report of one run."""
    from reportgen.outputs.files import write_file
    from reportgen.outputs.terminal_text import wrapped

    if output == "-":
        if sys.stdout is None:
            raise OutputError("standard output is closed; a report needs an open one. Pass a file with -o.")
    else:
        check_file(output, [source], force, project.added_files)
    report = project.open_report(source, title=title, evaluation=project.evaluation_source())
    if project.remark:
        print_remark(project.remark)
    html = report.to_html()
    if output == "-":
        print_data(html.encode("utf-8"), "a report")
        if webhook:
            _announce(report)
        return
    write_file(output, html, overwrite=force)
    _print_source(report, with_others=True)
    print_text(report.diagnosis.verdict_words.title)
    if report.baseline is not None:
        print_text(wrapped(_words(report).comparison_text, width=terminal_width()))
    print_text(f"Report: {output}")
    _offer_comparison(report, source)
    project.print_settings()
    if webhook:
        _announce(report)
    if opens:
        _open(Path(output))


@click.command(cls=Command, epilog=GATE_CODES)
@source_argument()
@click.option("--json", "as_json", is_flag=True, help="Print the diagnosis as JSON.")
@WEBHOOK
@QUIET
@takes(BASELINE, EVALUATION, GATE, READ, LANGUAGE)
def check(source: str, as_json: bool, webhook: bool, project: Project) -> None:
    """Print the verdict, answers and findings of one run; apply the gate.

    The baseline may be several runs, such as 'main/*.html'; a regression must then also exceed their spread.
    """
    from reportgen.outputs.runs import JudgedRun

    rules, earlier = project.rules(), project.baselines
    report = project.open_report(source, baseline=earlier.history, evaluation=project.evaluation_source())
    gate = earlier.check(report, rules)
    if project.remark:
        print_remark(project.remark)
    if as_json:
        print_json(JudgedRun(report.history, report.diagnosis, report.baseline, gate).to_json())
    else:
        _print_source(report)
        _print_report(report, gate)
        if earlier.runs:
            print_text(earlier.word(report.diagnosis.language))
        project.print_settings()
    if webhook:
        _announce(report, gate, is_printed=not as_json)
    if not gate.passed:
        raise Exit(GATE_CODE)


def _announce(report: "Report", gate: "GateResult | None" = None, *, is_printed: bool = True) -> None:
    """Sends a message about a run to the webhook."""
    from reportgen.outputs.build_log import build_link
    from reportgen.outputs.runs import NO_GATE, JudgedRun
    from reportgen.outputs.webhook_messages import announce_run

    run = JudgedRun(report.history, report.diagnosis, report.baseline, gate or NO_GATE)
    send_to_webhook(announce_run(run, link=build_link(os.environ)), is_printed=is_printed)


def _open(path: Path) -> None:
    """Shows a report in the browser; the report is written already, so a missing browser is a remark."""
    from reportgen.outputs.browser import open_in_browser

    try:
        open_in_browser(path)
    except OutputError as error:
        print_remark(str(error))


def _print_source(report: "Report", *, with_others: bool = False) -> None:
    """Prints what was read in a line, and which other runs there are."""
    from reportgen.outputs.terminal_text import choice_lines, source_lines

    about = (report.diagnosis.language, terminal_width())
    for line in source_lines(report.history, report.read_as, *about):
        print_text(line)
    for line in choice_lines(report.history, *about) if with_others else ():
        print_text(line)


def _offer_comparison(report: "Report", source: str) -> None:
    """Prints how to compare all runs of a source that has several."""
    from reportgen.history.notes import CHOSEN_RUN
    from reportgen.text import shell_word

    count = next((note.get("count") for note in report.history.run.notes if note.code == CHOSEN_RUN), None)
    if isinstance(count, int) and source != "-":
        command = f"reportgen compare {shell_word(source, 200)} -o compare.html"
        print_text(report.diagnosis.language.say("To compare the {n} runs: {command}", n=count, command=command))


def _words(report: "Report") -> "ReportWords":
    from reportgen.page.words import word_report

    return word_report(report.history, report.diagnosis, report.baseline)


def _print_report(report: "Report", gate: "GateResult | None" = None) -> None:
    from reportgen.outputs.terminal_text import render_text

    print_text(render_text(_words(report), painted, gate=gate, width=terminal_width()), end="")
