"""A comparison as an email: plain text, HTML with the first chart, and the page as an attachment."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from typing import Final

from markupsafe import Markup

from reportgen import assets
from reportgen.charts import layout
from reportgen.comparison.page_contents import ComparisonPage
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.outputs.email.addresses import POLICY
from reportgen.outputs.email.body import Picture
from reportgen.render import environment
from reportgen.text import printable

_MOST_ROWS: Final = 12  # groups in the mail; the attached page has more
_MOST_COLUMNS: Final = 5
_SUBJECT_LIMIT: Final = 200  # characters
_FILE: Final = "comparison.html"
_NO_DOMAIN: Final = "reportgen.invalid"
_NOW: Final = partial(datetime.now, UTC)
_UNIQUE: Final = partial(secrets.token_hex, 16)


@dataclass(frozen=True)
class ComparisonLetter:
    """What the mail says: the page, its first chart, the table of groups, and where the rest is."""

    language: Language
    subject: str
    page: ComparisonPage
    pictures: tuple[Picture, ...]
    table: Table
    remarks: tuple[str, ...]


def compose_comparison(
    page: ComparisonPage,
    text: str,
    html: bytes,
    recipients: Sequence[Address],
    *,
    sender: Address | None = None,
    subject: str | None = None,
    clock: Callable[[], datetime] = _NOW,
    make_id: Callable[[], str] = _UNIQUE,
) -> EmailMessage:
    """Makes the message.

    Args:
        page: The page.
        text: The plain text.
        html: The page as a file, attached byte for byte.
        recipients: The recipients.
        sender: The sender; without one, the message is a draft.
        subject: The subject (default: title and verdict).
        clock: Returns the current time.
        make_id: Returns a unique id of letters and digits.
    """
    import css_inline  # an extra, whose absence `outputs.email` explains

    token, say = make_id(), page.language.say
    pictures = tuple(
        Picture(chart, f"chart-1.{token}@reportgen", "chart-1.png", layout.WIDTH) for chart in page.charts[:1]
    )
    said = subject or say("{name}: {text}", name=page.title, text=page.headline)
    remark = say("The complete comparison is attached as {file}; it opens in any browser.", file=_FILE)
    letter = ComparisonLetter(page.language, said, page, pictures, _narrow(page), (remark,))
    template = environment(language=page.language).get_template("email/comparison.html.jinja")
    body = template.render(letter=letter, style=Markup(assets.email_style()))  # noqa: S704  # our own file
    inliner = css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)
    message = EmailMessage(policy=POLICY)
    message["X-Mailer"] = f"reportgen {page.version}"
    if sender is not None:
        message["From"] = sender
    message["To"] = tuple(recipients)
    message["Subject"] = printable(" ".join(said.split()), _SUBJECT_LIMIT)
    message["Date"] = format_datetime(clock())
    message["Message-ID"] = f"<{token}@{sender.domain if sender else _NO_DOMAIN}>"
    message["X-Unsent" if sender is None else "Auto-Submitted"] = "1" if sender is None else "auto-generated"
    message.set_content(f"{text}\n{remark}\n")
    message.add_alternative(inliner.inline(body), subtype="html")
    part = next(part for part in message.iter_parts() if part.get_content_type() == "text/html")
    for picture in pictures:
        part.add_related(
            picture.png(), "image", "png", cid=f"<{picture.id}>", disposition="inline", filename=picture.file
        )
    message.add_attachment(html, maintype="text", subtype="html", filename=_FILE, params={"charset": "utf-8"})
    for number, each in enumerate(each for each in message.walk() if each.is_multipart()):
        each.set_boundary(f"=_{token}_{number}")
    return message


def _narrow(page: ComparisonPage) -> Table:
    """The groups in a table that is narrow enough for a mail; of a single group, the facts about it."""
    if page.groups is None:
        return Table((), tuple((fact.name, fact.value) for fact in page.highlights))
    interval = page.language.say("95% interval")  # the deviation says much the same in less space
    kept = [place for place, name in enumerate(page.groups.headers) if name != interval][:_MOST_COLUMNS]
    columns, *rows = (
        tuple(row[place] for place in kept) for row in (page.groups.headers, *page.groups.rows[:_MOST_ROWS])
    )
    return replace(page.groups, headers=columns, rows=tuple(rows))
