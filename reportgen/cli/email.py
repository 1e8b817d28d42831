"""The command for mailing reports: email."""

import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reportgen.cli.group_options import GROUP, GROUP_BY, METRIC, NAMES, comparison_arguments
from reportgen.cli.options import (
    BASELINE,
    EVALUATION,
    FILE,
    FILES,
    FORCE,
    LOOK,
    QUIET,
    READ,
    Command,
    Project,
    check_file,
    source_argument,
    takes,
)
from reportgen.cli.terminal import print_data, print_remark, print_text, warnings_as_remarks

if TYPE_CHECKING:
    from email.message import EmailMessage

    from reportgen.report import Report


@click.command(cls=Command)
@source_argument("sources", several="Several sources become one digest, worst run first.")
@click.option(
    "--compare",
    "as_comparison",
    is_flag=True,
    help="Send one comparison of all runs, as made by `reportgen compare`, instead of a digest.",
)
@GROUP_BY
@GROUP
@NAMES
@METRIC
@click.option("--to", required=True, multiple=True, metavar="ADDRESS", help="Recipient. Repeatable.")
@click.option(
    "--from", "sender", metavar="ADDRESS", help="Sender (default: REPORTGEN_MAIL_FROM, or the user of the SMTP server)."
)
@click.option("--subject", help="Subject (default: title and verdict).")
@click.option("--title", help="Heading of the report, the digest or the comparison.")
@click.option("--eml", type=FILE, metavar="FILE", help="Write the message to a file; - is standard output.")
@FORCE
@QUIET
@click.option("--send", is_flag=True, help="Send the message through the server in REPORTGEN_SMTP_URL.")
@click.option("--dry-run", is_flag=True, help="Show headers and sizes; write and send nothing.")
@takes(BASELINE, EVALUATION, FILES, READ, {name: LOOK[name] for name in ("theme", "templates", "language")})
def email(
    sources: tuple[str, ...],
    as_comparison: bool,
    group_by: list[str],
    groups: dict[str, list[str]],
    names: list[str],
    metric: str | None,
    to: tuple[str, ...],
    sender: str | None,
    subject: str | None,
    title: str | None,
    eml: str | None,
    force: bool,
    send: bool,
    dry_run: bool,
    project: Project,
) -> None:
    """Write or send an email with one or more reports, without scripts."""
    from reportgen.formatting import file_size
    from reportgen.outputs.smtp import send as send_message
    from reportgen.outputs.smtp import server_from

    if not (eml or send or dry_run):
        raise click.UsageError(
            "the message would go nowhere; --eml FILE, --send or --dry-run is needed", click.get_current_context()
        )
    if eml and eml != "-":
        check_file(eml, sources, force, project.added_files, kind="message")
    server = server_from(os.environ) if send else None
    chosen = {**comparison_arguments(group_by, groups, names), "metric": metric}
    if as_comparison:
        message = _compare(sources, chosen, project, to, sender, subject, title)
    elif any(chosen.values()):
        raise click.UsageError("--group-by, --group, --names and --metric are for a comparison; add --compare")
    else:
        message = _report(sources, project, to, sender, subject, title)
    if dry_run:
        for name in ("From", "To", "Subject"):
            print_text(f"{name}: {message[name] or 'not set; the message is a draft'}")
        print_text()
        for part in message.walk():
            if not part.is_multipart():
                size = file_size(len(part.get_payload(decode=True)))
                print_text(f"{size:>9}  {part.get_content_type()}  {part.get_filename() or ''}".rstrip())
        print_text(f"{file_size(len(message.as_bytes())):>9}  as sent")
        if server is not None:
            print_text(f"Server: {server.shown}")
        return
    if eml:
        _write(message, eml, force)
    if server is not None:
        send_message(message, server)
        print_text(f"Sent to {', '.join(address.addr_spec for address in message['To'].addresses)}.", err=eml == "-")


def _report(
    sources: tuple[str, ...],
    project: Project,
    to: tuple[str, ...],
    sender: str | None,
    subject: str | None,
    title: str | None,
) -> "EmailMessage":
    """The message with one report, or with a digest of several."""
    evaluation = project.evaluation_source(len(sources))
    project.check_additions(len(sources))
    one = len(sources) == 1  # with several, each report keeps its own title and the digest gets this one
    reports = [
        project.open_report(source, title=title if one else None, or_title=None if one else name, evaluation=evaluation)
        for source, name in zip(sources, _names(sources), strict=True)
    ]
    if project.remark:
        print_remark(project.remark)
    return _compose(reports, to, sender, subject, title)


def _compare(
    sources: tuple[str, ...],
    chosen: dict[str, Any],
    project: Project,
    to: tuple[str, ...],
    sender: str | None,
    subject: str | None,
    title: str | None,
) -> "EmailMessage":
    """The message with a comparison of all runs of all sources."""
    from reportgen.comparison import compare

    typed = click.get_current_context().params
    for name in ("baseline", "evaluation", *FILES):
        if typed.get(name):
            raise click.UsageError(f"--{name} is for reports and not for a comparison; leave out --{name} or --compare")
    with warnings_as_remarks():
        found = compare(
            list(sources), **chosen, language=project.look.language, options=replace(project.read, run=None)
        )
    return found.email(to, sender=sender, subject=subject, title=title or "")


def _names(sources: tuple[str, ...]) -> list[str]:
    """The file names, with their folders if two are the same."""
    names = [Path(source).name for source in sources]
    if len(set(names)) < len(names):
        return ["/".join(Path(source).parts[-2:]) for source in sources]
    return names


def _compose(
    reports: "list[Report]", to: tuple[str, ...], sender: str | None, subject: str | None, title: str | None
) -> "EmailMessage":
    """The message. A warning about its size goes to standard error."""
    from reportgen.report import email_reports

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        message = email_reports(reports, to, sender=sender, subject=subject, title=title)
    for warning in caught:
        print_remark(f"warning: {str(warning.message).rstrip('.')}.")
    return message


def _write(message: "EmailMessage", eml: str, force: bool) -> None:
    from reportgen.formatting import file_size
    from reportgen.outputs.files import write_file

    content = message.as_bytes()
    if eml == "-":
        print_data(content, "a message")
        return
    write_file(eml, content, overwrite=force)
    print_text(message["Subject"])
    print_text(f"Message: {eml} ({file_size(len(content))})")
