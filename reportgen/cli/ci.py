"""The commands for CI services and other programs: summary, card, ci."""

import os
import sys
from pathlib import Path

import click
from click.exceptions import Exit

from reportgen.cli.baselines import matches_of
from reportgen.cli.help_text import GATE_CODES, Count
from reportgen.cli.options import (
    BASELINE,
    EVALUATION,
    FILES,
    FORCE,
    GATE,
    LANGUAGE,
    LOOK,
    QUIET,
    READ,
    WEBHOOK,
    Command,
    Project,
    source_argument,
    takes,
)
from reportgen.cli.terminal import (
    ERROR_CODE,
    GATE_CODE,
    painted,
    print_commands,
    print_data,
    print_remark,
    print_text,
    shown,
    terminal_width,
)
from reportgen.cli.webhooks import send_to_webhook
from reportgen.errors import OutputError
from reportgen.text import harmless


@click.command(cls=Command)
@source_argument()
@click.option("--compact", is_flag=True, help="Print plain text of at most 4 KB, for coding agents and scripts.")
@takes(BASELINE, EVALUATION, READ, LANGUAGE)
def summary(source: str, compact: bool, project: Project) -> None:
    """Print the report as Markdown, for job summaries and comments."""
    report = project.open_report(source, evaluation=project.evaluation_source())
    if project.remark:
        print_remark(project.remark)
    text = report.summary(compact=compact)
    if sys.stdout is None or sys.stdout.isatty():
        print_text(text, end="")
    else:
        print_data(harmless(text).encode("utf-8"), "a summary")  # which is UTF-8 everywhere


@click.command(cls=Command)
@source_argument()
@click.option("--model", metavar="NAME", help="Name of the model.")
@click.option("--task", metavar="TASK", help="Task of the model on the Hugging Face Hub, such as image-classification.")
@click.option("--dataset", metavar="NAME", help="Name of the data set that the model was tested on.")
@click.option("--dataset-id", metavar="ID", help="Id of the data set on the Hub (default: its name).")
@click.option(
    "--epoch",
    metavar="N",
    type=Count(min=0),
    help="The epoch whose weights are published (default: those that early stopping restored, or the last).",
)
@takes(BASELINE, EVALUATION, READ, LANGUAGE)
def card(
    source: str,
    model: str | None,
    task: str | None,
    dataset: str | None,
    dataset_id: str | None,
    epoch: int | None,
    project: Project,
) -> None:
    """Print a section of a model card in Markdown.

    With --model, --task and --dataset, metadata for the Hugging Face Hub is printed before it.
    """
    report = project.open_report(source, evaluation=project.evaluation_source())
    if project.remark:
        print_remark(project.remark)
    given = {"--model": model, "--task": task, "--dataset": dataset}
    missing = [name for name, value in given.items() if not value]
    if 0 < len(missing) < len(given):
        raise click.UsageError(f"the metadata of a model card also needs {' and '.join(missing)}")
    text = report.card(model=model, task=task, dataset=dataset, dataset_id=dataset_id, epoch=epoch)
    if sys.stdout is None or sys.stdout.isatty():
        print_text(text, end="")
    else:
        print_data(harmless(text).encode("utf-8"), "a model card")


@click.command(cls=Command, epilog=GATE_CODES)
@source_argument("sources", several="Paths may be patterns. With several sources, each gets its own folder.")
@click.option(
    "-o",
    "--output-dir",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="Folder for all files (default: report).",
)
@click.option("--comment", is_flag=True, help="Keep one comment on the pull or merge request up to date.")
@WEBHOOK
@FORCE
@QUIET
@takes(BASELINE, EVALUATION, FILES, GATE, READ, LOOK)
def ci(
    sources: tuple[str, ...], output_dir: Path | None, comment: bool, webhook: bool, force: bool, project: Project
) -> None:
    """Write reports and results for a CI service; apply the gate.

    The baseline may be several runs, such as 'main/*.html'; a regression must then also exceed their spread.
    """
    from reportgen.ci import DIAGNOSIS, run_step
    from reportgen.languages import language
    from reportgen.outputs.terminal_text import gate_lines

    sources = tuple(place for source in sources for place in matches_of(source))
    rules, baseline = project.rules(), project.typed_baseline
    evaluation = project.evaluation_source(len(sources))
    project.check_additions(len(sources))
    earlier = project.baselines  # an error here ends the step before anything is written
    kept = [baseline, evaluation, *project.added_files, *(run.source for run in earlier.runs)]
    spoken = language(project.look.language)
    step = run_step(
        sources,
        lambda source, title: project.open_report(
            source, baseline=earlier.history, or_title=title, evaluation=evaluation
        ),
        lambda report: earlier.check(report, rules),
        output_dir=output_dir or project.settings.output_dir or Path("report"),
        language=spoken,
        environment=os.environ,
        overwrite=force,
        remarks=[project.remark] if project.remark else [],
        protected=[Path(path) for path in kept if path not in (None, "-")],
    )
    for run in step.runs:
        if run.judged is not None:
            title = run.judged.diagnosis.verdict_words.title
            print_text(painted(f"{run.name}: {title}", "headline"))
            if run.judged.gate.checks:
                print_text("\n".join(gate_lines(run.judged.gate, spoken, painted, width=terminal_width())))
        if run.error:
            print_remark(run.error)
    if earlier.runs:
        print_text(earlier.word(spoken))
    of_runs = [file for path in step.reports.values() for file in (path, path.with_name(DIAGNOSIS))]
    for path in (*of_runs, *step.files):
        print_text(f"Written: {shown(path)}")
    project.print_settings()
    if project.remark:
        print_remark(project.remark)
    print_commands(step.log_lines)
    if comment:
        _comment(step.comment)
    if webhook:
        from reportgen.outputs.build_log import build_link
        from reportgen.outputs.webhook_messages import announce_step

        send_to_webhook(announce_step(step.runs, spoken, link=build_link(os.environ)))
    if any(run.error for run in step.runs):
        raise Exit(ERROR_CODE)
    if not all(run.passed for run in step.runs):
        raise Exit(GATE_CODE)


def _comment(text: str) -> None:
    """Posts the comment. Whether it can be posted does not decide whether the build passes."""
    from reportgen.outputs.pull_requests import find_thread, post_comment

    try:
        thread = find_thread(os.environ)
        if thread is None:
            print_remark("this build has no pull or merge request, so no comment was posted.")
        else:
            print_text(f"Comment: {post_comment(thread, text, text.splitlines()[0])}")
    except OutputError as error:
        print_remark(str(error))
