"""Names in commands that messages suggest are one word for the shell."""

import shlex

import pytest

from reportgen.text import shell_word


@pytest.mark.parametrize(
    "name", ["ap", "top-1/acc", "new node ap", 'the "best" ap', "loss ($)", "a`b", "F1; x", "it's"]
)
def test_the_shell_reads_a_name_as_one_word(name: str) -> None:
    assert shlex.split(f"--direction {shell_word(name, 40)}=higher") == ["--direction", f"{name}=higher"]


def test_a_name_that_needs_no_quotes_has_none() -> None:
    assert shell_word("val_top-5", 40) == "val_top-5"
