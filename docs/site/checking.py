"""Checks a built site: every link and anchor resolves, and no page loads anything from another server."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_LOADED: Final = {  # attributes that a browser requests without a click
    "script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "embed": "src",
    "track": "src", "object": "data", "form": "action",
}  # fmt: skip
_NOT_LOADED: Final = {"canonical", "next", "prev", "search", "index", "author", "license", "alternate", "help"}
_STYLE_URL: Final = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass
class Page(HTMLParser):
    """The ids of a page, its links, and what it loads."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what a tag refers to."""
        values = {name: value or "" for name, value in attrs}
        self.ids.update(values[name] for name in ("id", "name") if name in values)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in _LOADED and values.get(_LOADED[tag]):
            self.loads.append(values[_LOADED[tag]])
        if tag == "link" and not set(values.get("rel", "").split()) <= _NOT_LOADED:
            self.loads.append(values.get("href", ""))
        self.loads.extend(part.split()[0] for part in values.get("srcset", "").split(",") if part.strip())
        self.loads.extend(_urls_of_style(values.get("style", "")))


def site_faults(site: Path) -> list[str]:
    """One line for each link that leads nowhere and for each request to another server."""
    pages = {path: _parsed(path) for path in sorted(site.rglob("*.html"))}
    faults = [fault for path, page in pages.items() for fault in _faults_of(path, page, pages, site)]
    loads = [(style, url) for style in sorted(site.rglob("*.css")) for url in _urls_of_style(style.read_text("utf-8"))]
    found = [(style, _load_fault(url, style)) for style, url in loads]
    return faults + [f"{style.relative_to(site)}: {fault}" for style, fault in found if fault is not None]


def _parsed(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text("utf-8"))
    return page


def _urls_of_style(text: str) -> list[str]:
    return [first or second for first, second in _STYLE_URL.findall(text)]


def _faults_of(path: Path, page: Page, pages: dict[Path, Page], site: Path) -> Iterator[str]:
    place = path.relative_to(site)
    for url in page.loads:
        if (fault := _load_fault(url, path)) is not None:
            yield f"{place}: {fault}"
    for url in page.links:
        parts = urlsplit(url)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.is_file():
            yield f"{place}: the link {url} leads to no file"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids | {"top"}:
            yield f"{place}: the link {url} leads to no anchor"


def _load_fault(url: str, path: Path) -> str | None:
    parts = urlsplit(url)
    if parts.scheme == "data" or not parts.path:
        return None
    if parts.scheme or parts.netloc:
        return f"{url} is loaded from another server"
    return None if (path.parent / unquote(parts.path)).is_file() else f"{url} is loaded but does not exist"
