"""The complete message: plain text, HTML with images, and the attached reports.

The same input always produces the same bytes. A message never exceeds 15 MB and contains no host name, user
name or path.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from itertools import chain
from typing import Final

from reportgen.errors import OutputError
from reportgen.formatting import file_size
from reportgen.outputs.email.addresses import POLICY
from reportgen.outputs.email.body import place_figures, place_pictures, place_plots, render_body
from reportgen.outputs.email.letter import Letter, MailedReport, sort_by_gravity, write_letter
from reportgen.outputs.email.plain import render_plain
from reportgen.text import printable

BODY_LIMIT: Final = 80_000  # bytes of HTML, and of text; Gmail clips at about 102 KB
LARGE: Final = 5_000_000  # bytes of the message above which some servers refuse it
MESSAGE_LIMIT: Final = 15_000_000  # bytes; many servers accept no more
ATTACHED_LIMIT: Final = 4_500_000  # bytes of the encoded reports in a digest, which keeps it below LARGE
_SUBJECT_LIMIT: Final = 200  # characters
_NAME_LIMIT: Final = 60  # characters of a title in a file's name
_ROWS: Final = (400, 200, 100, 50, 25, 12, 6, 3)  # of a table; tried until the body fits
_NO_DOMAIN: Final = "reportgen.invalid"  # domain of the Message-ID if there is no sender; reserved by RFC 2606
_NOW: Final = partial(datetime.now, UTC)
_UNIQUE: Final = partial(secrets.token_hex, 16)


def size_warning(message: EmailMessage) -> str:
    """A warning that servers may refuse a message because of its size; empty if it is small enough."""
    size = len(message.as_bytes())
    if size <= LARGE:
        return ""
    return f"the message is {file_size(size)}; servers may refuse messages over {file_size(LARGE)}"


def compose(
    reports: Sequence[MailedReport],
    recipients: Sequence[Address],
    *,
    sender: Address | None = None,
    subject: str | None = None,
    title: str | None = None,
    clock: Callable[[], datetime] = _NOW,
    make_id: Callable[[], str] = _UNIQUE,
) -> EmailMessage:
    """Makes the message about one run, or a digest of several.

    Args:
        reports: At least one.
        recipients: The recipients.
        sender: The sender; without one, the message is a draft to be completed in a mail program.
        subject: The subject (default: title and verdict).
        title: Title of a digest.
        clock: Returns the current time.
        make_id: Returns a unique id of letters and digits.

    Raises:
        OutputError: the message would be larger than 15 MB.
        RenderError: a chart or the body cannot be made.
    """
    reports, token = sort_by_gravity(reports), make_id()
    files = _file_names(reports)
    letter, text, html = _fit(reports, files, title, token)
    message = EmailMessage(policy=POLICY)
    message["X-Mailer"] = (
        f"reportgen {reports[0].page.version}"  # the first header, by which a written message is recognised
    )
    if sender is not None:
        message["From"] = sender
    message["To"] = tuple(recipients)
    message["Subject"] = printable(" ".join((subject or "").split()) or letter.subject, _SUBJECT_LIMIT)
    message["Date"] = format_datetime(clock())
    message["Message-ID"] = f"<{token}@{sender.domain if sender else _NO_DOMAIN}>"
    if sender is None:
        message["X-Unsent"] = "1"  # Outlook opens it as a draft
    else:
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic replies
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    page = next(part for part in message.iter_parts() if part.get_content_type() == "text/html")
    for picture in chain(*place_pictures(letter, token), place_plots(letter, token)):
        page.add_related(
            picture.png(), "image", "png", cid=f"<{picture.id}>", disposition="inline", filename=picture.file
        )
    for figure in place_figures(letter, token).values():
        page.add_related(
            figure.content(), "image", figure.subtype, cid=f"<{figure.id}>", disposition="inline", filename=figure.file
        )
    for report, file in zip(reports, files, strict=True):
        if file:
            message.add_attachment(
                report.html, maintype="text", subtype="html", filename=file, params={"charset": "utf-8"}
            )
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{token}_{number}")  # no base64 or quoted-printable text contains "=_"
    size = len(message.as_bytes())
    if size > MESSAGE_LIMIT:
        raise OutputError(
            f"The message would be {file_size(size)}; mail servers accept at most {file_size(MESSAGE_LIMIT)}. Share "
            "the report another way, or log fewer values."
        )
    return message


def _fit(
    reports: Sequence[MailedReport], files: Sequence[str], title: str | None, token: str
) -> tuple[Letter, str, str]:
    """The letter with as many table rows as fit, as plain text and as HTML."""
    for rows in _ROWS:
        letter = write_letter(reports, files, rows, title)
        pictures, figures = place_pictures(letter, token), place_figures(letter, token)
        text, html = render_plain(letter), render_body(letter, pictures, figures, place_plots(letter, token))
        if max(len(text.encode()), len(html.encode())) <= BODY_LIMIT:
            return letter, text, html
    raise OutputError(
        f"The message body exceeds {file_size(BODY_LIMIT)}; mail programs cut off longer ones. Share the report "
        "another way."
    )


def _file_names(reports: Sequence[MailedReport]) -> list[str]:
    """An ASCII file name for each report, made from its title; empty for reports of a digest that do not fit."""
    names, sent = [], 0
    for place, report in enumerate(reports, start=1):
        size = _sent_size(report.html)
        fits = len(reports) == 1 or sent + size <= ATTACHED_LIMIT
        sent += size if fits else 0
        words = "-".join(re.findall(r"[a-z0-9]+", report.page.title.lower()))[:_NAME_LIMIT].strip("-")
        name = words if words.endswith("report") else f"{words}-report".lstrip("-")
        if len(reports) > 1:
            name = f"{place}-{name}"
        names.append(f"{name}.html" if fits else "")
    return names


def _sent_size(content: bytes) -> int:
    """Bytes of an attachment in base64, with line ends."""
    return len(content) * 4 // 3 * 78 // 76
