"""Makes the sources of the documentation site from the documents of the repository.

Documents stay where readers of the repository expect them. Here, each becomes a page of the site, with its links
rewritten: to other pages, to files that the site publishes as they are, or else to the repository. Every finding gets
a page of its own.
"""

import importlib
import inspect
import os
import re
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sphinx.ext.napoleon import Config, GoogleDocstring

ROOT: Final = Path(__file__).resolve().parents[2]
URLS: Final[dict[str, str]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
SCHEME: Final = re.compile(r"[a-z][a-z+]*:")

PAGES: Final = {
    "docs/site/index.md": "index.md",
    "templates/README.md": "templates.md",
    "sample_reports/README.md": "gallery.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
PUBLISHED: Final = {  # files that are copied as they are: where they are, and where they go
    "sample_reports/*.html": "samples",
    "docs/schemas/*.json": "schemas",
    "docs/*.ipynb": "notebooks",
    "docs/*.yml": "files",
}
INSTEAD: Final = {
    ("README.md", "install"): ("docs/getting-started.md", "install"),
    ("README.md", ""): ("docs/site/index.md", ""),
}

_FENCE: Final = re.compile(r"(^ *```.*?^ *```$)", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"(?P<image>!?)\[(?P<text>(?:!\[[^\]]*\]\([^)]*\)|[^\[\]])*)\]\((?P<target>[^)\s]+)\)")
_FILE_NAME: Final = re.compile(r"[\w/-]+\.md")
_FINDING: Final = re.compile(
    r"^### (?P<code>RG\d+) (?P<name>[a-z-]+)\n(?P<text>.*?)(?=^##|\Z)", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Site:
    """Where each document and each finding is on the site."""

    pages: dict[str, str]  # path in the repository: path of the page
    findings: dict[str, str]  # anchor in docs/findings.md: path of the page
    files: dict[str, str]  # files that are published as they are: path in the repository: path on the site

    def page_of(self, path: str, anchor: str) -> tuple[str, str] | None:
        """The page and the anchor that a link into the repository leads to, if the site has it."""
        path, anchor = INSTEAD.get((path, anchor), (path, anchor))
        if path == "docs/findings.md" and anchor in self.findings:
            return self.findings[anchor], ""
        return (self.pages[path], anchor) if path in self.pages else None


def stage(folder: Path, reference: str) -> None:
    """Writes the sources of the site into a new folder; ``reference`` is the page of `api_page`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "findings").mkdir(parents=True)
    documents = {f"docs/{path.name}": path.name for path in (ROOT / "docs").glob("*.md")} | PAGES
    found = list(_FINDING.finditer(_text_of("docs/findings.md")))
    anchors = {f"{item['code'].lower()}-{item['name']}": f"findings/{item['code']}.md" for item in found}
    files = {
        path.relative_to(ROOT).as_posix(): f"{place}/{path.name}"
        for pattern, place in PUBLISHED.items()
        for path in sorted(ROOT.glob(pattern))
    }
    site = Site(documents, anchors, files)
    for origin, page in documents.items():
        text = _text_of(origin)
        if origin == "docs/findings.md":
            text = _with_table_of_findings(text)
        _write(folder / page, page_text(text, origin, page, site).replace("](../report.png)", "](report.png)"))
    for item in found:
        page = f"findings/{item['code']}.md"
        text = f"# {item['code']} {item['name']}\n{item['text'].rstrip()}\n\n{_AFTER_FINDING}"
        _write(folder / page, page_text(text.replace("CODE", item["code"]), "docs/findings.md", page, site))
    _write(folder / "api.md", reference)
    for path, place in site.files.items():
        _write(folder / "extra" / place, _text_of(path))
    shutil.copy(ROOT / "docs" / "report.png", folder / "report.png")
    _write(folder / "extra" / "llms.txt", llms_text(folder))


_AFTER_FINDING: Final = """
[All findings](findings.md) explains these lines. `--ignore CODE` leaves this finding out
([how](findings.md#ignoring-findings)).
"""


def _text_of(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _with_table_of_findings(text: str) -> str:
    """The document without the section of each finding: a list of links, and the contents of the side bar."""
    listed = _FINDING.sub(
        lambda item: (
            f"- [{item['code']} {item['name']}](#{item['code'].lower()}-{item['name']}): "
            f"{' '.join(item['text'].split(chr(10) + '- ')[0].split())}\n"
        ),
        text,
    )
    return f"{listed}\n```{{toctree}}\n:hidden:\n:glob:\n\nfindings/*\n```\n"


def page_text(text: str, origin: str, page: str, site: Site) -> str:
    """A document whose links work on its page; code blocks stay as they are."""

    def relinked(link: re.Match[str]) -> str:
        return _link_on_page(link, origin, page, site)

    parts = _FENCE.split(text)
    parts[::2] = [_LINK.sub(relinked, part) for part in parts[::2]]
    return "".join(parts)


def _link_on_page(link: re.Match[str], origin: str, page: str, site: Site) -> str:
    target = link["target"]
    if SCHEME.match(target) or link["image"]:
        return link[0]
    path, _, anchor = target.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(origin), path)) if path else origin  # noqa: PTH118
    if (found := site.page_of(path, anchor)) is not None:
        text = _title_of(path) if _FILE_NAME.fullmatch(link["text"]) else link["text"]
        return f"[{text}]({_relative(found[0], page)}{f'#{found[1]}' if found[1] else ''})"
    if path in site.files:
        return f'<a href="{_relative(site.files[path], page)}">{link["text"]}</a>'
    if not (ROOT / path).exists():
        raise FileNotFoundError(f"{origin}: {target} does not exist")
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"[{link['text']}]({URLS['Source']}/{kind}/main/{path}{f'#{anchor}' if anchor else ''})"


def _title_of(path: str) -> str:
    """The heading of a document, which a reader of the site knows it by, not by the name of its file."""
    return next(line for line in _text_of(path).splitlines() if line.startswith("# ")).removeprefix("# ")


def _relative(target: str, page: str) -> str:
    return Path(os.path.relpath(target, os.path.dirname(page) or ".")).as_posix()


@dataclass(frozen=True)
class Names:
    """A part of the reference: public names of a module."""

    title: str
    module: str
    belongs: Callable[[str, object], bool]


def _is_error(name: str, value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Exception)


def _is_class(name: str, value: object) -> bool:
    return isinstance(value, type) and not _is_error(name, value)


REFERENCE: Final = (
    Names("Functions", "reportgen", lambda name, value: not isinstance(value, type) and not name.startswith("_")),
    Names("Classes", "reportgen", _is_class),
    Names("For rules of your own", "reportgen.rules", lambda name, value: True),
    Names("For formats of your own", "reportgen.formats", lambda name, value: True),
    Names("Errors", "reportgen", _is_error),
)

FRAMEWORKS: Final = (  # module, name, and the class that has the docstring
    ("reportgen.lightning", "LightningReport", "_LightningHooks"),
    ("reportgen.transformers", "TrainerReport", "_TrainerHooks"),
)


def api_page() -> str:
    """The reference: every public name, described by its docstring."""
    parts = ["# API reference\n\nEvery public name; [what is stable](stability.md) says what that means.\n"]
    described: set[int] = set()  # a name that several modules export is described once
    for part in REFERENCE:
        module = importlib.import_module(part.module)
        blocks = []
        for name in module.__all__:
            value = getattr(module, name)
            if part.belongs(name, value) and id(value) not in described:
                described.add(id(value))
                kind = "class" if isinstance(value, type) else "function" if callable(value) else "data"
                members = "   :members:\n" if kind == "class" and not _is_error(name, value) else ""
                blocks.append(f"```{{eval-rst}}\n.. auto{kind}:: {part.module}.{name}\n{members}```\n")
        parts.append(f"## {part.title}\n\n" + "\n".join(blocks))
        if part.title == "Classes":
            parts.append("## Callbacks of other frameworks\n")
            parts.extend(_framework_class(*names) for names in FRAMEWORKS)
    return "\n".join(parts)


def _framework_class(module: str, name: str, documented: str) -> str:
    """A callback whose class exists only where its framework is installed; its docstring is that of its hooks."""
    hooks = getattr(importlib.import_module(module), documented)
    text = str(GoogleDocstring(inspect.getdoc(hooks) or "", Config(napoleon_use_ivar=True)))
    lines = [f".. py:class:: {module}.{name}(path='report.html', **options)", "", *text.splitlines()]
    return "```{eval-rst}\n" + "\n".join([lines[0], *(f"   {line}".rstrip() for line in lines[1:])]) + "\n```\n"


def llms_text(folder: Path) -> str:
    """An index of the site for programs that read text, as https://llmstxt.org describes it."""
    lines = [
        "# reportgen",
        "",
        "> reportgen turns a training log (Keras, PyTorch, Lightning, Trainer and others) into one HTML file",
        "> that says in words what happened and what to do next. `reportgen check LOG --json` prints the same as data.",
        "",
    ]
    for title, pages in nav(folder / "index.md"):
        lines += [f"## {title}", ""]
        for page in pages:
            heading = (folder / f"{page}.md").read_text("utf-8").split("\n", 1)[0].removeprefix("# ")
            lines.append(f"- [{heading}]({URLS['Documentation']}_sources/{page}.md.txt)")
        lines.append("")
    lines += ["## Findings", ""]
    for path in sorted((folder / "findings").glob("*.md")):
        heading = path.read_text("utf-8").split("\n", 1)[0].removeprefix("# ")
        lines.append(f"- [{heading}]({URLS['Documentation']}_sources/findings/{path.name}.txt)")
    return "\n".join(lines) + "\n"


def nav(index: Path) -> list[tuple[str, list[str]]]:
    """The titles and pages of the side bar, from the first page."""
    trees = re.findall(r"```\{toctree\}\n(.*?)```", index.read_text("utf-8"), re.DOTALL)
    parts = []
    for tree in trees:
        (title,) = re.findall(r":caption: (.+)", tree)
        pages = [line for line in tree.splitlines() if line and not line.startswith(":")]
        parts.append((title, pages))
    return parts
