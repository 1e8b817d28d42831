"""docs/ci.md: its snippets are valid for the CI services, and its commands and settings work."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import histories
import pytest
import yaml
from command_line import call

import reportgen
from reportgen.gate.rules import UNWANTED
from reportgen.settings import find_settings

DOCUMENT = (Path(__file__).parents[1] / "docs" / "ci.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", DOCUMENT, re.DOTALL)
SCHEMAS = {
    "# .github/workflows/train.yml": "vendor.github-workflows",
    "# .github/workflows/report.yml": "vendor.github-workflows",
    "# .github/workflows/comment.yml": "vendor.github-workflows",
    "# .gitlab-ci.yml\n": "vendor.gitlab-ci",
    "# .gitlab-ci.yml with include": "vendor.gitlab-ci",
    "# azure-pipelines.yml": "vendor.azure-pipelines",
}
SPOILT = {
    "run: python": "rum: python",
    "when: always": "when: alwayz",
    "- script: python": "- skript: python",
    "jobs:": "job:",
    "needs: [train]": "needs: 7",
}


def block(kind, first_line=""):
    (found,) = (text for name, text in BLOCKS if name == kind and text.startswith(first_line))
    return found


def commands(text):
    """The arguments of the reportgen commands in a snippet."""
    found = re.findall(r"reportgen ((?:ci|check|summary) .*?)(?:'?\n|$)", text)
    assert found
    return [[word.strip("\"'") for word in line.split()] for line in found]


def validity(path, schema):
    """The result of check-jsonschema with a built-in schema; Azure's schema needs Python's regular expressions."""
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, "--regex-variant", "python", path],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("first_line", "schema"), SCHEMAS.items())
def test_a_snippet_is_valid_in_the_schema_of_its_service(first_line, schema, tmp_path):
    text = block("yaml", first_line)
    path = tmp_path / "snippet.yml"
    path.write_text(text, "utf-8")
    done = validity(path, schema)
    assert done.returncode == 0, done.stdout + done.stderr
    for right, wrong in SPOILT.items():
        text = text.replace(right, wrong)
    path.write_text(text, "utf-8")
    assert validity(path, schema).returncode == 1


def test_the_report_opens_with_one_click_in_github_and_gitlab():
    github = block("yaml", "# .github/workflows/train")
    upload = github[github.index("actions/upload-artifact@v7") :]
    assert "archive: false" in upload
    assert "path: report/report.html" in upload
    gitlab = block("yaml", "# .gitlab-ci.yml\n")
    assert re.search(r"expose_as: .+\n +paths:\n +- report/report.html\n", gitlab)


@pytest.fixture
def project(tmp_path):
    """A folder as it is after the training in the snippets."""
    history = histories.healthy()
    columns = {key: history.series(*reportgen.metrics.parse_key(key)) for key in history.keys}
    lines = [",".join(("epoch", *columns))]
    lines += [",".join(map(str, (epoch, *row))) for epoch, *row in zip(history.epochs, *columns.values(), strict=True)]
    (tmp_path / "history.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (tmp_path / "pyproject.toml").write_text(block("toml").replace("last(val_loss)<0.6", "last(val_loss)<0.9"), "utf-8")
    return tmp_path


RUNNING = [
    "# .github/workflows/train.yml",
    "# .gitlab-ci.yml\n",
    "# azure-pipelines.yml",
    "// Jenkinsfile",
    "$ reportgen",
]


@pytest.mark.parametrize("where", RUNNING)
def test_the_commands_of_a_snippet_run_and_write_the_collected_files(where, project):
    kind = {"//": "groovy", "$ ": "console"}.get(where[:2], "yaml")
    text = block(kind, where)
    (arguments,) = commands(text)
    done = call(*arguments, cwd=project)
    assert done.returncode == 0, done
    for path in re.findall(r"\breport/[a-z]+\.[a-z]+", text.split("reportgen ci", 1)[1]):
        assert (project / path).is_file(), path


def test_all_settings_are_shown(tmp_path):
    (tmp_path / "pyproject.toml").write_text(block("toml"), "utf-8")
    assert find_settings(tmp_path).read["directions"]
    shown = re.findall(r"^(?:# )?([a-z-]+) =", block("toml"), re.MULTILINE)
    (tmp_path / "pyproject.toml").write_text("[tool.reportgen]\nnonsense = 1\n", "utf-8")
    with pytest.raises(reportgen.SettingsError) as caught:
        find_settings(tmp_path)
    assert re.findall(r'"([a-z-]+)"', str(caught.value).split("settings are")[1]) == sorted(shown)


def test_all_files_and_answers_are_listed(project):
    call("ci", "history.csv", "-o", "out", cwd=project)
    assert {path.name for path in (project / "out").iterdir()} == set(
        re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", DOCUMENT, re.MULTILINE)
    )
    gate = DOCUMENT[DOCUMENT.index("`--fail-on overfitting") : DOCUMENT.index("`--require")]
    assert all(f"`{name}`" in gate for name in UNWANTED)


def test_the_file_to_include_is_valid_and_its_command_has_options_that_exist(project):
    path = Path(__file__).parents[1] / "docs" / "gitlab.yml"
    assert validity(path, "vendor.gitlab-ci").returncode == 0
    job = yaml.safe_load(path.read_text("utf-8"))[".reportgen"]
    line = job["script"][-1].replace("$REPORTGEN_OPTIONS", "--fail-on diverged")
    done = call(*line.replace("$REPORTGEN_SOURCE", job["variables"]["REPORTGEN_SOURCE"]).split()[1:], cwd=project)
    assert done.returncode == 0, done
    collected = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    assert all((project / name).is_file() for name in collected)


@pytest.mark.skipif(find_spec("pre_commit") is None, reason="the group formats is not installed")
def test_pre_commit_stops_a_commit_with_a_log_that_fails(tmp_path):
    places = os.pathsep.join(map(os.path.abspath, sys.path))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Ada"),
        **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ada@example.org"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": places,
    }

    def execute(*command):
        return subprocess.run(
            command, cwd=tmp_path / "work", env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def commit(name, history):
        keys = history.keys
        rows = zip(history.epochs, *(history.series(*reportgen.metrics.parse_key(key)) for key in keys), strict=True)
        lines = [",".join(("epoch", *keys)), *(",".join(map(str, row)) for row in rows)]
        (tmp_path / "work" / "runs" / name).write_text("\n".join(lines) + "\n", "utf-8")
        execute("git", "add", ".")
        return execute("git", "commit", "-m", name)

    for folder in ("bin", "work/runs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bin" / "reportgen").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reportgen "$@"\n')
    (tmp_path / "bin" / "reportgen").chmod(0o755)
    (tmp_path / "work" / ".pre-commit-config.yaml").write_text(block("yaml", "# .pre-commit-config.yaml"), "utf-8")
    (tmp_path / "work" / ".gitignore").write_text("build/\n", "utf-8")
    execute("git", "init", "--quiet")
    done = execute(sys.executable, "-m", "pre_commit", "install")
    assert done.returncode == 0, done
    done = commit("good.csv", histories.healthy())
    assert done.returncode == 0, done
    done = commit("bad.csv", histories.overfit_from_12())
    assert done.returncode == 1, done
    assert "training logs pass the gate" in done.stderr
    assert "overfitting" in done.stderr
    assert reportgen.load(tmp_path / "work" / "build" / "training" / "report.html").keys
