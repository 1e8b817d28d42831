"""The layout of charts is defined once: the scripts have no numbers of their own."""

import re
from pathlib import Path

import pytest

from reportgen.charts.layout import script_measures

SCRIPTS = Path(__file__).parents[2] / "templates" / "js"
HARMLESS = {"0", "1", "2", "10"}  # positions, halves, and the base of logarithms


def code(name: str) -> str:
    """A script without comments, strings and regular expressions."""
    text = re.sub(r"//.*", "", (SCRIPTS / name).read_text("utf-8"))
    return re.sub(r"`[^`]*`|\"[^\"]*\"|'[^']*'|/[^/\n]+/[gi]*(?=[,.)])", "", text)


@pytest.mark.parametrize("name", ["interactive.js", "numbers.js"])
def test_scripts_have_no_constants_of_their_own(name: str) -> None:
    numbers = set(re.findall(r"(?<![\w.])\d[\d.e_-]*", code(name)))
    assert numbers <= HARMLESS


def test_every_layout_constant_that_the_script_reads_exists() -> None:
    script = code("interactive.js")
    names = set(re.findall(r"measures\.(\w+)", script))
    for unpacked in re.findall(r"\{([^{}]+)\}(?:, \w+ = \[\])? = measures", script):
        names |= {name.split(":")[0].strip() for name in unpacked.split(",")}
    assert names <= set(script_measures(1000))
    assert {"flat", "linearPadding", "maxEpochSteps", "zoomFactor", "lane"} <= names


def test_steps_between_epochs_are_round_and_go_up_to_the_last_epoch() -> None:
    assert script_measures(60)["epochSteps"] == [1, 2, 5, 10, 20, 25, 50]
