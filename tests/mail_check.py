"""The checker for every mail that a test makes: well formed, with only what Gmail, Outlook and Apple Mail show.

The lists are ours and follow the data of caniemail. Anything that they do not name is refused: scripts,
links, forms, SVG, `data:`, flex, grid, variables, positions, background pictures, animations.
"""

import re
from email.message import EmailMessage
from html.parser import HTMLParser

from html_check import check_html

TAGS = {
    "html": "", "head": "", "body": "", "meta": "charset, viewport, colour scheme; others ignore it", "title": "",
    "style": "in the head: Gmail up to 16 KB, not for other accounts in its apps; Outlook for Windows in part",
    "table": "the only layout that Outlook for Windows keeps", "tbody": "", "tr": "", "td": "", "th": "",
    "h1": "", "h2": "", "h3": "", "p": "", "br": "", "b": "", "span": "",
    "ol": "everywhere", "li": "everywhere",
    "img": "PNG or JPEG by Content-ID: everywhere",
    "wbr": "Outlook for Windows leaves it out, which changes nothing",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"class": "for the dark colours; harmless where style sheets are dropped"},
    "html": {"lang": "read aloud in the right language"},
    "meta": {"charset": "", "name": "", "content": ""},
    "body": {"bgcolor": "", "style": ""},
    "table": {"role": "tells layout from data", "width": "", "cellpadding": "", "cellspacing": "", "border": ""},
    "td": {"align": "", "width": "", "colspan": "", "bgcolor": "Outlook for Windows paints it"},
    "th": {"scope": "", "width": "", "colspan": ""},
    "img": {"src": "", "alt": "", "width": "Outlook for Windows takes no width from a style"},
}
PROPERTIES = {
    "background-color": "everywhere",
    "border": "everywhere",
    "border-bottom": "everywhere",
    "border-collapse": "everywhere",
    "border-left": "everywhere",
    "border-left-color": "everywhere",
    "color": "everywhere",
    "display": "block only",
    "font-family": "everywhere; families that need no download",
    "font-size": "everywhere",
    "font-weight": "bold and normal everywhere",
    "height": "auto only",
    "line-height": "odd in Outlook for Windows, where only the spacing changes",
    "margin": "everywhere, but negative values (Gmail) and auto (Outlook for Windows)",
    "max-width": "not in Outlook for Windows before 2019, where lines are then longer",
    "padding": "Outlook for Windows: cells only; lists keep their own indentation there",
    "text-align": "everywhere",
    "vertical-align": "everywhere",
    "width": "Outlook for Windows: not on pictures, which have the attribute",
    "word-break": "partly; only narrow screens need it",
}
PADDED = {"td", "th", "ol", "body"}
VALUE = re.compile(r"(?:[a-zA-Z][a-zA-Z, -]*|#[0-9a-f]{6}|\d+(?:\.\d+)?(?:px|%|)|solid| )+")
VOID = {"meta", "br", "img", "wbr"}
STYLE_LIMIT, BODY_LIMIT, MESSAGE_LIMIT = 8_000, 80_000, 15_000_000


class _Mail(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.pictures: list[dict[str, str]] = []
        self.words: list[str] = []
        self.style = ""
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in TAGS:
            self.faults.append(f"<{tag}> is not on the list")
        for name, value in values.items():
            allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, {})
            if name == "style":
                self.faults += [f"<{tag}> {fault}" for fault in style_faults(tag, value)]
            elif name not in allowed:
                self.faults.append(f"<{tag}> has {name}=")
        if tag == "img":
            self.pictures.append(values)
            if not values.get("src", "").startswith("cid:") or not values.get("alt") or not values.get("width"):
                self.faults.append(f"a picture without Content-ID, alternative text or width: {values}")
        if tag == "style" and "head" not in self.open:
            self.faults.append("<style> outside the head")
        if tag == "td" and "role" not in values and "table" not in self.open:
            self.faults.append("a cell outside a table")
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html":
            self.faults.append(f"<!{decl}>")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        elif self.open and self.open[-1] != "title":
            self.words.append(data)


def style_faults(tag: str, style: str) -> list[str]:
    """The parts of a style attribute that some client drops or misreads."""
    faults = []
    for declaration in filter(None, style.split(";")):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name not in PROPERTIES or not VALUE.fullmatch(value):
            faults.append(f"has the style {declaration}")
        elif name == "padding" and tag not in PADDED:
            faults.append("has padding outside a cell")
        elif (name, value) not in (("display", "block"), ("height", "auto")) and name in ("display", "height"):
            faults.append(f"has the style {declaration}")
        elif name == "margin" and "auto" in value:
            faults.append("is centred by its margins")
    return faults


def body_faults(html: str) -> tuple[list[str], _Mail]:
    """The parts of a body that some client drops, refuses or misreads, and the parsed body."""
    mail = _Mail()
    mail.feed(html)
    mail.close()
    faults = [*mail.faults, *(f"<{tag}> is left open" for tag in mail.open)]
    rules = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", mail.style)
    if rules.strip():
        faults.append(f"the head's style says more than a client may drop: {rules.strip()[:80]}")
    if re.search(r"url\(|@import|var\(|position|flex|grid", mail.style):
        faults.append("the head's style asks for what few clients do")
    if len(mail.style.encode()) > STYLE_LIMIT:
        faults.append("the head's style is too long for Gmail")
    if len(html.encode()) > BODY_LIMIT:
        faults.append("Gmail would clip it")
    return faults, mail


def check_mail(message: EmailMessage) -> str:
    """Asserts that clients show the whole message; returns the visible words of its HTML."""
    assert message.get_content_type() == "multipart/mixed"
    raw = message.as_bytes()
    assert raw.isascii()
    assert len(raw) <= MESSAGE_LIMIT
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert message["Subject"]
    alternative, *attached = message.iter_parts()
    plain, html = alternative.iter_parts()
    assert plain.get_content_type() == "text/plain"
    text, pictures = plain.get_content(), []
    if html.get_content_type() == "multipart/related":
        html, *pictures = html.iter_parts()
    faults, mail = body_faults(html.get_content())
    assert faults == [], "\n".join(faults)
    assert mail.headings[0] == "h1"
    assert mail.headings.count("h1") == 1
    assert len(text.encode()) <= BODY_LIMIT
    shown = [picture["src"].removeprefix("cid:") for picture in mail.pictures]
    assert [picture["Content-ID"] for picture in pictures] == [f"<{name}>" for name in shown]
    assert len(set(shown)) == len(shown)
    for picture in pictures:
        assert picture.get_content_type() in ("image/png", "image/jpeg")
        assert picture.get_content_disposition() == "inline"
        assert picture.get_content().startswith((b"\x89PNG", b"\xff\xd8"))
    for part in attached:
        assert (part.get_content_type(), part.get_content_disposition()) == ("text/html", "attachment")
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*\.html", part.get_filename() or "")
        report = part.get_payload(decode=True)
        assert isinstance(report, bytes)
        assert b"<script" not in report
        check_html(report.decode("utf-8"))
    return re.sub(r"\s+", " ", " ".join(mail.words))
