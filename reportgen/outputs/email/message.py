"""The whole message: plain text, HTML with its pictures, and the reports, as RFC 5322 and MIME want them.

In: runs, addresses, a clock and an id maker. Out: an `EmailMessage` that is the same for the same input, never over
15 MB. Nothing of this machine gets into it: no host name, no user, no path.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from reportgen.errors import OutputError
from reportgen.formatting import file_size
from reportgen.outputs.email.addresses import POLICY
from reportgen.outputs.email.body import place_pictures, render_body
from reportgen.outputs.email.letter import Letter, Run, worst_first, write_letter
from reportgen.outputs.email.plain import render_plain
from reportgen.text import printable

BODY_LIMIT: Final = 80_000  # bytes of HTML, and of text; Gmail clips at about 102 KB
LARGE: Final = 5_000_000  # bytes of the whole message from which some servers refuse it
MESSAGE_LIMIT: Final = 15_000_000  # bytes; many servers take no more
ATTACHED_LIMIT: Final = 4_500_000  # bytes of the reports in a digest as they are sent, so that it stays below LARGE
_SUBJECT_LIMIT: Final = 200  # characters
_NAME_LIMIT: Final = 60  # characters of a title in a file's name
_ROWS: Final = (400, 200, 100, 50, 25, 12, 6, 3)  # of a table, tried until the body fits
_NO_DOMAIN: Final = "reportgen.invalid"  # of the Message-ID where there is no sender; RFC 2606 keeps it unused


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def random_id() -> str:
    """What no other message has."""
    return secrets.token_hex(16)


def size_warning(message: EmailMessage) -> str:
    """That a message is so large that some servers may refuse it; empty where it is not."""
    size = len(message.as_bytes())
    if size <= LARGE:
        return ""
    return f"the message is {file_size(size)}, and servers may refuse it from {file_size(LARGE)} on"


def compose(
    runs: Sequence[Run],
    recipients: Sequence[Address],
    *,
    sender: Address | None = None,
    subject: str | None = None,
    title: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    make_id: Callable[[], str] = random_id,
) -> EmailMessage:
    """Makes the message about one run, or the digest of several.

    Args:
        runs: At least one.
        recipients: Whom it is for.
        sender: Whom it is from; where None the message is a draft, which a mail program completes.
        subject: A subject in place of the verdict.
        title: Heading of a digest.
        clock: What time it is.
        make_id: What makes an id of letters and digits that no other message has.

    Raises:
        OutputError: the message would be over 15 MB.
        RenderError: a chart or the body cannot be made.
    """
    runs, token = worst_first(runs), make_id()
    files = _file_names(runs)
    letter, text, html = _fitting(runs, files, title, token)
    message = EmailMessage(policy=POLICY)
    if sender is not None:
        message["From"] = sender
    message["To"] = tuple(recipients)
    message["Subject"] = printable(" ".join((subject or "").split()) or letter.subject, _SUBJECT_LIMIT)
    message["Date"] = format_datetime(clock())
    message["Message-ID"] = f"<{token}@{sender.domain if sender else _NO_DOMAIN}>"
    if sender is None:
        message["X-Unsent"] = "1"  # Outlook opens it for sending
    else:
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer from those who are on holiday
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    page = next(part for part in message.iter_parts() if part.get_content_type() == "text/html")
    for picture in (picture for pictures in place_pictures(letter, token) for picture in pictures):
        page.add_related(
            picture.png(), "image", "png", cid=f"<{picture.id}>", disposition="inline", filename=picture.file
        )
    for run, file in zip(runs, files, strict=True):
        if file:
            message.add_attachment(
                run.report, maintype="text", subtype="html", filename=file, params={"charset": "utf-8"}
            )
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{token}_{number}")  # no base64 or quoted-printable text holds "=_"
    size = len(message.as_bytes())
    if size > MESSAGE_LIMIT:
        raise OutputError(
            f"The message would be {file_size(size)}; mail servers take at most {file_size(MESSAGE_LIMIT)}. Send the "
            "report another way, or thin its history."
        )
    return message


def _fitting(runs: Sequence[Run], files: Sequence[str], title: str | None, token: str) -> tuple[Letter, str, str]:
    """The letter with as many rows as there is room for, in plain text and as HTML."""
    for rows in _ROWS:
        letter = write_letter(runs, files, rows, title)
        text, html = render_plain(letter), render_body(letter, place_pictures(letter, token))
        if max(len(text.encode()), len(html.encode())) <= BODY_LIMIT:
            return letter, text, html
    raise OutputError(
        f"The message has more words than {file_size(BODY_LIMIT)}; mail programs cut off what is longer. Send the "
        "report another way."
    )


def _file_names(runs: Sequence[Run]) -> list[str]:
    """A name for each report, in ASCII, from its title; empty where a digest has no room for another."""
    names, sent = [], 0
    for place, run in enumerate(runs, start=1):
        size = _sent_size(run.report)
        fits = len(runs) == 1 or sent + size <= ATTACHED_LIMIT
        sent += size if fits else 0
        words = "-".join(re.findall(r"[a-z0-9]+", run.page.title.lower()))[:_NAME_LIMIT].strip("-")
        name = words if words.endswith("report") else f"{words}-report".lstrip("-")
        if len(runs) > 1:
            name = f"{place}-{name}"
        names.append(f"{name}.html" if fits else "")
    return names


def _sent_size(content: bytes) -> int:
    """Bytes of an attachment in base64, its line ends included."""
    return len(content) * 4 // 3 * 78 // 76
