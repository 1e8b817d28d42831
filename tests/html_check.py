"""The checker for every page that a test renders: well formed, self-contained, and obeying its own policy."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "col", "wbr"})
OPTIONAL_END = frozenset({"td", "th", "tr", "li", "p", "dt", "dd"})
REFERENCES = frozenset({"src", "href", "srcset", "action", "formaction", "poster", "data", "xlink:href", "background"})


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.templates: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.references: list[str] = []
        self.faults: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.styles: list[str] = []
        self.metas: list[dict[str, str | None]] = []
        self.words: list[str] = []
        self.data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice")
        values = dict(attrs)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.faults.append(f"<{tag}> has {name}=, which the policy blocks")
            is_link = (
                tag == "a" and name == "href" and values.get("rel") == "noopener noreferrer"
            )  # in a note of the user
            if is_link and (value or "").startswith(("https://", "http://", "mailto:")):
                continue
            if name in REFERENCES and not (value or "").startswith(("data:,", "data:image/", "#")):
                self.references.append(f"{tag} {name}={value}")
            if name == "id":
                self.ids.append(value or "")
            if name in ("aria-labelledby", "aria-describedby"):
                self.named += (value or "").split()
            if name == "href" and (value or "").startswith("#"):
                self.named.append((value or "")[1:])
        if tag == "meta":
            self.metas.append(values)
        if tag == "script":
            self.scripts.append((values, ""))
        if tag == "style":
            self.styles.append("")
        if tag == "template":
            self.templates.append(values.get("id") or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL_END:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "script":
            values, text = self.scripts[-1]
            self.scripts[-1] = (values, text + data)
        elif inside == "template" and self.templates[-1] == "reportgen-history":
            self.data.append(data)
        elif "template" in self.open:
            pass  # not visible to readers there
        elif inside == "style":
            self.styles[-1] += data
        else:
            self.words.append(data)


def check_html(text: str) -> str:
    """Asserts that a page is well formed and self-contained; returns its visible words."""
    page = _Page()
    page.feed(text)
    page.close()
    assert page.faults == []
    assert page.open == [], "elements left open"
    assert page.references == [], "a report refers to nothing outside"
    assert len(page.ids) == len(set(page.ids)), "ids must be unique"
    assert set(page.named) <= set(page.ids), "references inside the page must resolve"
    policy = next(meta["content"] or "" for meta in page.metas if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for style in page.styles:
        assert _hash(style) in policy
        assert not re.search(r"url\(|@import", style)
    if page.data:
        json.loads("".join(page.data))
        assert page.scripts == [], "a page without scripts keeps its data in a template element"
    run = []
    for values, script in page.scripts:
        if values.get("type") == "application/json":
            json.loads(script, parse_constant=lambda name: (_ for _ in ()).throw(AssertionError(name)))
        elif values == {"type": "text/plain", "id": "reportgen-runtime"}:
            run.append(gzip.decompress(base64.b64decode(script, validate=True)).decode())
        else:
            assert values == {}
            run.append(script)
    scripts = re.search(r"script-src ([^;]*);", policy)
    assert sorted(scripts[1].split() if scripts else []) == sorted(map(_hash, run)), "scripts allowed and there"
    return re.sub(r"\s+", " ", " ".join(page.words))


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
