"""The files about the project agree with each other, and each is valid in the schema of its format."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
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


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_a_workflow_is_valid_and_calls_targets_that_exist(path: Path, tmp_path: Path) -> None:
    assert faults("vendor.github-workflows", path) == ""
    spoilt = tmp_path / "spoilt.yml"
    spoilt.write_text(path.read_text("utf-8").replace("runs-on:", "runs_on:"), "utf-8")
    assert "runs_on" in faults("vendor.github-workflows", spoilt)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for targets in re.findall(r"run: make ((?:[a-z-]+ ?)+)", path.read_text("utf-8")):
        for target in targets.split():
            assert re.search(rf"^{target}:.*##", makefile, re.MULTILINE), target


def test_workflows_have_no_known_weakness() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--config", ".github/zizmor.yml", "--min-severity", "low", ".github/workflows"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed")
def test_actionlint_finds_nothing() -> None:
    done = subprocess.run(["actionlint"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def release(name: str) -> ModuleType:
    """The script that checks a release."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_release_is_refused_until_version_changelog_citation_and_tag_agree(tmp_path: Path) -> None:
    check = release("release").faults
    (tmp_path / "reportgen").mkdir()
    files = {
        "reportgen/version.py": '__version__ = "1.2.0"\n',
        "CHANGELOG.md": "# Changelog\n\n## 1.2.0 (2026-12-01)\n",
        "CITATION.cff": "title: x\nversion: 1.2.0\nlicense: MIT\n",
    }

    def found(changed: dict[str, str], **environment: str) -> list[str]:
        for name, text in (files | changed).items():
            (tmp_path / name).write_text(text, "utf-8")
        return [fault.split(":")[0].split(",")[0] for fault in check(tmp_path, environment)]

    assert found({}) == found({}, GITHUB_REF_TYPE="tag", GITHUB_REF_NAME="v1.2.0") == []
    assert found({}, GITHUB_REF_TYPE="tag", GITHUB_REF_NAME="1.2.0") == ["the tag is 1.2.0"]
    assert found({"CHANGELOG.md": "## Unreleased\n"}) == ["CHANGELOG.md"]
    assert found({"CITATION.cff": "version: 1.1.0\n"}) == ["CITATION.cff"]
    assert found({"reportgen/version.py": '__version__ = "1.2.0.dev1"\n'})[0] == "reportgen/version.py"
