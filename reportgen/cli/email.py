"""The command that mails reports: email."""

import os
import sys
import warnings
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reportgen.cli.options import (
    Baseline,
    Direction,
    Lang,
    ValidationFreq,
    open_baseline,
    open_report,
    print_remark,
    read_directions,
    read_settings,
)
from reportgen.errors import OutputError
from reportgen.formatting import file_size

if TYPE_CHECKING:
    from reportgen.report import Report


def email(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE", help="CSV logs, history JSON, earlier reports; several make one digest, worst first."
        ),
    ],
    to: Annotated[list[str], typer.Option("--to", metavar="ADDRESS", help="Whom the mail is for; may be repeated.")],
    sender: Annotated[
        str | None,
        typer.Option("--from", metavar="ADDRESS", help="Whom it is from; else REPORTGEN_MAIL_FROM or the SMTP user."),
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="A subject in place of title and verdict.")] = None,
    eml: Annotated[
        str | None, typer.Option("--eml", metavar="FILE", help="Write the message to a file; - is standard output.")
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send it through the server that REPORTGEN_SMTP_URL names.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show headers and sizes; write and send nothing.")] = False,
    title: Annotated[str | None, typer.Option("--title", help="Heading of the report, or of the digest.")] = None,
    lang: Lang = None,
    baseline: Baseline = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
) -> None:
    """Mail reports, always in the variant without scripts: as a message file, or through a mail server."""
    from reportgen.outputs.smtp import send as send_message
    from reportgen.outputs.smtp import server_from

    if not (eml or send or dry_run):
        raise typer.BadParameter("nothing to do with the message; --eml FILE, --send or --dry-run is needed")
    if eml:
        _check_file(eml, sources)
    server = server_from(os.environ) if send else None
    settings, directions = read_settings(), read_directions(direction)
    earlier, remark = open_baseline(baseline, settings)
    if remark:
        print_remark(remark)
    reports = [
        open_report(
            source,
            settings,
            title=title if len(sources) == 1 else None,  # of several each has a heading of its own
            or_title=None if len(sources) == 1 else name,
            baseline=earlier,
            validation_freq=validation_freq,
            directions=directions,
            lang=lang,
        )
        for source, name in zip(sources, _names(sources), strict=True)
    ]
    message = _compose(reports, to, sender, subject, title)
    if dry_run:
        _show(message)
        if server is not None:
            typer.echo(f"Server: {server.shown}")
        return
    if eml:
        _write(message, eml)
    if server is not None:
        send_message(message, server)
        typer.echo(f"Sent to {', '.join(address.addr_spec for address in message['To'].addresses)}.", err=eml == "-")


def _check_file(eml: str, sources: list[str]) -> None:
    """Refuses a place that cannot be written to, or where a source stands, before any work is done."""
    from reportgen.outputs.files import check_target

    if eml != "-" and check_target(eml) in [Path(source).resolve() for source in sources]:
        raise OutputError(f"{eml}: this is a source itself; the message would replace it. Name another file.")


def _names(sources: list[str]) -> list[str]:
    """The files' names, with their folders' where they would be the same."""
    names = [Path(source).name for source in sources]
    if len(set(names)) < len(names):
        return ["/".join(Path(source).parts[-2:]) for source in sources]
    return names


def _compose(
    reports: "list[Report]", to: list[str], sender: str | None, subject: str | None, title: str | None
) -> EmailMessage:
    """The message; that it is large is said on standard error."""
    from reportgen.outputs.email import size_warning
    from reportgen.report import email_reports

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        message = email_reports(reports, to, sender=sender, subject=subject, title=title)
    if large := size_warning(message):
        typer.echo(f"reportgen: warning: {large}.", err=True)
    return message


def _write(message: EmailMessage, eml: str) -> None:
    from reportgen.outputs.files import write_file

    content = message.as_bytes()
    if eml == "-":
        if sys.stdout is None:
            raise OutputError("standard output is closed; a message needs an open one. Name a file.")
        sys.stdout.buffer.write(content)
        return
    write_file(eml, content)
    typer.echo(message["Subject"])
    typer.echo(f"Message: {eml} ({file_size(len(content))})")


def _show(message: EmailMessage) -> None:
    """Headers, and the size of each part as it is when unpacked."""
    for name in ("From", "To", "Subject"):
        typer.echo(f"{name}: {message[name] or 'nobody yet; the message is a draft'}")
    typer.echo("")
    for part in message.walk():
        if not part.is_multipart():
            size = file_size(len(part.get_payload(decode=True)))
            typer.echo(f"{size:>9}  {part.get_content_type()}  {part.get_filename() or ''}".rstrip())
    typer.echo(f"{file_size(len(message.as_bytes())):>9}  as sent")
