"""The documentation site: its sources are made from the documents, and its checker finds what it should."""

import re
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "site"
sys.path.append(str(FOLDER))

from checking import site_faults  # noqa: E402  # after the path
from staging import Site, nav, page_text, stage  # noqa: E402

SITE = Site(
    {"docs/cli.md": "cli.md", "README.md": "index.md"}, {"rg101-x": "findings/RG101.md"}, {"docs/a.json": "s/a.json"}
)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "sources"
    stage(folder, "# API reference\n")
    return folder


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("[a](cli.md)", "[a](../cli.md)"),
        ("[a](cli.md#the-gate)", "[a](../cli.md#the-gate)"),
        ("[a](findings.md#rg101-x)", "[a](RG101.md)"),
        ("[a](#rg101-x)", "[a](RG101.md)"),
        ("[a](a.json)", '<a href="../s/a.json">a</a>'),
        ("[a](../Makefile)", "[a](https://github.com/keras-reportgen/keras-reportgen/blob/main/Makefile)"),
        ("[a](../benchmarks)", "[a](https://github.com/keras-reportgen/keras-reportgen/tree/main/benchmarks)"),
        ("[a](https://keras.io)", "[a](https://keras.io)"),
        ("```\n[a](cli.md)\n```", "```\n[a](cli.md)\n```"),
    ],
)
def test_a_link_of_a_document_leads_to_the_page_the_file_or_the_repository(link: str, there: str) -> None:
    assert page_text(link, "docs/findings.md", "findings/RG203.md", SITE) == there


def test_a_link_to_a_missing_file_fails() -> None:
    with pytest.raises(FileNotFoundError, match=r"^docs/cli\.md: gone\.md does not exist$"):
        page_text("[a](gone.md)", "docs/cli.md", "cli.md", SITE)


def test_every_document_and_every_finding_is_a_page_in_the_side_bar(staged: Path) -> None:
    pages = {path.relative_to(staged).with_suffix("").as_posix() for path in staged.glob("*.md")}
    assert pages == {"index"} | {page for _, part in nav(staged / "index.md") for page in part}
    codes = set(re.findall(r"^### (RG\d+)", (FOLDER.parent / "findings.md").read_text("utf-8"), re.MULTILINE))
    assert {path.stem for path in (staged / "findings").glob("*.md")} == codes
    assert (staged / "findings" / "RG203.md").read_text("utf-8").startswith("# RG203 generalisation-gap\n")


def test_the_index_for_programs_lists_every_page_that_is_published(staged: Path) -> None:
    linked = re.findall(r"_sources/(\S+)\.txt\)", (staged / "extra" / "llms.txt").read_text("utf-8"))
    found = {path.relative_to(staged).as_posix() for path in staged.rglob("*.md")}
    assert set(linked) == found - {"index.md"}


FINE = '<h1 id="top-1">a</h1><a href="b.html#x">b</a><a href="https://keras.io">c</a><img src="data:,">'
FAULTS = {
    '<a href="gone.html">a</a>': "a.html: the link gone.html leads to no file",
    '<a href="b.html#y">a</a>': "a.html: the link b.html#y leads to no anchor",
    '<a href="#y">a</a>': "a.html: the link #y leads to no anchor",
    '<script src="https://c.example/a.js"></script>': "a.html: https://c.example/a.js is loaded from another server",
    '<link rel="stylesheet" href="//f.example/a.css">': "a.html: //f.example/a.css is loaded from another server",
    '<p style="background: url(https://i.example/a)">': "a.html: https://i.example/a is loaded from another server",
    '<img srcset="gone.png 2x">': "a.html: gone.png is loaded but does not exist",
}


@pytest.mark.parametrize(("markup", "fault"), FAULTS.items())
def test_the_checker_names_dead_links_and_requests_to_other_servers(markup: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text('<p id="x">b</p>', "utf-8")
    (tmp_path / "a.html").write_text(FINE, "utf-8")
    (tmp_path / "a.css").write_text("p { background: url(a.html) }", "utf-8")
    assert site_faults(tmp_path) == []
    (tmp_path / "a.html").write_text(FINE + markup, "utf-8")
    assert site_faults(tmp_path) == [fault]


def test_the_checker_reads_styles(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text('@import "https://fonts.example/a.css";', "utf-8")
    assert site_faults(tmp_path) == ["a.css: https://fonts.example/a.css is loaded from another server"]
