"""Titles and metric names from a log that try to command the terminal or the build server, over all commands."""

import json
import os
import re
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from build_servers import azure_command, github_command
from command_line import call

import reportgen
from reportgen.history.facts import Layer
from reportgen.live.failures import FailureGuard

ATTACKS = (
    "::set-output name=passed::true",
    "##vso[task.setvariable variable=PATH]/evil",
    "##[add-path]/evil",
    "##teamcity[buildStatus text='fine']",
    "\x1b]0;title\x07\x1b[2J\x1b[31m\x9b31m\r\n::stop-commands::x\n##vso[task.complete]\u2028::error::x",
    "x " * 30 + "::set-env name=PATH::/evil " * 9 + "\u202e",  # at whatever column a line is wrapped
)
OURS = re.compile(r"::(error|warning) (file|title)=|##vso\[task\.(logissue|uploadsummary)[ \]]")


def hostile(name):
    """A log whose title and metrics have a hostile name, and which breaks a rule on that metric."""
    values = {name: [0.9, 0.5, 0.4, 0.45, 0.6, 0.8], f"val_{name}": [0.9, 0.6, 0.5, 0.6, 0.8, 0.9]}
    return reportgen.build({"loss": [0.9, 0.5, 0.4, 0.3, 0.2, 0.1], **values}, title=name)


def dangers(text):
    """Lines that do something on a terminal or a build server, but the commands of `reportgen ci`."""
    found = [line for line in re.split(r"\r\n?|\n", text) if github_command(line) or azure_command(line)]
    found += re.findall(r".*##\w*\[.*", text)
    found = [line for line in found if not OURS.match(line)]
    return found + re.findall(r"[^\n]*[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069][^\n]*", text)


COMMANDS = {
    "build": ["build", "in.html", "-o", "out.html"],
    "build to standard output": ["build", "in.html", "-o", "-"],
    "check": ["check", "in.html", "--baseline", "in.html", "--fail-on", "diverged"],
    "check as JSON": ["check", "in.html", "--json", "--baseline", "in.html"],
    "summary": ["summary", "in.html", "--baseline", "in.html"],
    "compact summary": ["summary", "in.html", "--baseline", "in.html", "--compact"],
    "card": ["card", "in.html", "--model", "NAME", "--task", "NAME", "--dataset", "NAME"],
    "ci": ["ci", "in.html", "--fail-on", "overfitting", "--require", "loss<0", "--baseline", "in.html"],
    "compare": ["compare", "in.html", "--group", "NAME=*", "--metric", "loss"],
    "dry run": ["email", "in.html", "--to", "ada@example.org", "--dry-run"],
    "mail": ["email", "in.html", "--to", "ada@example.org", "--eml", "out.eml"],
    "digest": ["email", "in.html", "in.html", "--to", "ada@example.org", "--title", "NAME", "--dry-run"],
    "subject": ["email", "in.html", "--to", "ada@example.org", "--subject", "NAME", "--dry-run"],
    "no such rule": ["check", "in.html", "--require", "NAME<0"],
    "no such option": ["build", "in.html", "--NAME"],
    "no such metric": ["check", "in.html", "--direction", "NAME=lower"],
    "no such file": ["build", "NAME.csv"],
    "no such format": ["build", "in.html", "--format", "NAME"],
    "no such run": ["build", "in.html", "--run", "NAME"],
    "damaged": ["build", "damaged.csv"],
    "damaged settings": ["build", "in.html"],
}


@pytest.mark.parametrize("case", COMMANDS)
def test_no_name_from_a_log_or_an_argument_commands_the_terminal_or_the_build_server(tmp_path, case):
    for number, name in enumerate(ATTACKS):
        folder = tmp_path / str(number)
        folder.mkdir()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            hostile(name).save(folder / "in.html", static=True)
        (folder / "damaged.csv").write_text(f"epoch,loss\n0,{json.dumps(name)}\n1,{json.dumps(name)}\n", "utf-8")
        if case == "damaged settings":
            (folder / "reportgen.toml").write_text(f"title = {json.dumps(name)}\n{json.dumps(name)} = 1\n", "utf-8")
        words = [word.replace("NAME", name) for word in COMMANDS[case]]
        for service in ({}, {"GITHUB_ACTIONS": "true"}, {"TF_BUILD": "true"}) if case == "ci" else ({},):
            done = call(*words, cwd=folder, **service)
            assert done.stdout or done.stderr
            assert "error inside reportgen" not in done.stderr
            assert dangers(done.stdout) == []
            assert dangers(done.stderr) == []
    if case == "ci":
        for written in Path(folder, "report").iterdir():
            text = written.read_text("utf-8")
            assert [line for line in text.splitlines() if github_command(line) or azure_command(line)] == []


@pytest.mark.parametrize("name", ATTACKS)
def test_a_warning_of_the_callback_commands_nothing(name):
    with pytest.warns(RuntimeWarning) as caught:
        FailureGuard(os.__file__).report("read the baseline", ValueError(name))
    (said,) = caught
    assert dangers(str(said.message)) == []


@pytest.mark.parametrize("name", ATTACKS)
def test_the_text_of_a_mail_commands_nothing(name):
    message = hostile(name).email("ada@example.org")
    assert dangers(f"{message['Subject']}\n{message.get_body('plain').get_content()}") == []


def test_layers_are_printable_and_bounded_in_the_page() -> None:
    layer = Layer("##vso[task.setvariable variable=a]b\x1b[31m" + "x" * 500, "\u202eDense", "::error::", 1)
    history = reportgen.load({"loss": [2.0, 1.0]})
    page = reportgen.build(history.with_run(replace(history.run, layers=(layer,) * 2_000))).to_html(static=True)
    table = page.split("Model layers", 1)[1].split("</table>")[0]
    assert "##vso[" not in table
    assert "\x1b" not in table
    assert "\u202e" not in table
    assert "x" * 100 not in table
    assert table.count("<tr>") < 410
    assert "+1,600" in table
