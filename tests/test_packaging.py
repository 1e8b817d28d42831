"""The files about the project agree with each other, and each is valid in the schema of its format."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

import reportgen

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def faults(schema: str, *paths: Path) -> str:
    """What check-jsonschema says against files; nothing if they are valid."""
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *paths],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_citation_is_valid_and_agrees_with_the_package(tmp_path: Path) -> None:
    path = ROOT / "CITATION.cff"
    assert faults("vendor.citation-file-format", path) == ""
    spoilt = tmp_path / "CITATION.cff"
    spoilt.write_text(path.read_text("utf-8").replace("authors:", "writers:"), "utf-8")
    assert "authors" in faults("vendor.citation-file-format", spoilt)
    cited = yaml.safe_load(path.read_text("utf-8"))
    assert cited["version"] == reportgen.__version__
    assert [author["name"] for author in cited["authors"]] == [author["name"] for author in PROJECT["authors"]]
    assert (cited["license"], cited["repository-code"]) == (PROJECT["license"], PROJECT["urls"]["Source"])


def test_every_address_of_the_repository_is_that_of_the_project() -> None:
    name = PROJECT["urls"]["Source"].removeprefix("https://github.com/")
    files = [ROOT / file for file in ("pyproject.toml", "README.md", "CITATION.cff")]
    for path in [*files, *ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/**/*.py"), *ROOT.glob(".github/**/*.yml")]:
        text = path.read_text("utf-8")
        named = set(re.findall(r"github(?:usercontent)?\.com/([\w.-]+/(?:keras-)?reportgen)\b", text))
        assert named <= {name}, path
        assert path not in files or named, path
