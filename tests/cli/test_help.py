"""The help of the commands, in terminals of different widths, and the colours of terminals."""

import re
import sys

import pytest
from click.testing import CliRunner

from reportgen.cli import app
from reportgen.cli.terminal import painted

WIDTHS = pytest.mark.parametrize("width", [60, 80, 120])


def help_of(*arguments, width):
    done = CliRunner().invoke(app, [*arguments, "--help"], prog_name="reportgen", terminal_width=width)
    assert done.exit_code == 0
    return done.output


@WIDTHS
def test_the_help_of_the_program_has_a_whole_sentence_on_each_command(width):
    text = help_of(width=width)
    about = re.search(r"^Commands:\n(.*?)\n\n", text, re.DOTALL | re.MULTILINE)[1]
    sentences = re.sub(r"\n {6,}", " ", about).splitlines()
    assert [line.split()[0] for line in sentences] == list(app.commands)
    assert all(re.fullmatch(r"  \w+ +[A-Z][^.]+\.", line) for line in sentences)
    assert "..." not in about


@WIDTHS
@pytest.mark.parametrize("command", app.commands)
def test_no_line_of_a_help_text_is_too_long_or_ends_within_a_name(command, width):
    lines = help_of(command, width=width).splitlines()
    assert not [line for line in lines if len(line) > width or re.search(r"\w-$", line) or "\u2011" in line]
    defaults = [line for line in lines if "[default" in line or re.search(r"\[x[<>]", line)]
    assert not defaults  # written as "(default: ...)" in the sentence


@pytest.mark.parametrize(
    ("is_terminal", "variables", "has_colours"),
    [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False), (True, {"NO_COLOR": ""}, True),
     (True, {"TERM": "dumb"}, False)],
)  # fmt: skip
def test_colours_are_for_terminals_that_show_them(is_terminal, variables, has_colours, monkeypatch):
    for name, value in {"TERM": "xterm", "NO_COLOR": "", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal, raising=False)
    assert (painted("x", "critical") != "x") == has_colours


@pytest.mark.parametrize(
    ("command", "codes"), [("check", "0 1 2"), ("ci", "0 1 2"), ("compare", "0 2"), ("sweep", "0 2 130")]
)
def test_commands_with_a_result_explain_their_exit_codes(command, codes):
    said = " ".join(help_of(command, width=80).partition("Exit codes: ")[2].split())
    assert re.findall(r"\b(\d+) (?:if|for|whatever|after)", said) == codes.split()
