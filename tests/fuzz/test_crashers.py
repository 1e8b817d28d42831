"""Inputs that once crashed a reader: every format now reads or refuses each of them.

A crasher is a log, or a file named `.files` that holds a whole folder in the form of `inputs`.
"""

from pathlib import Path

import pytest

from reportgen.sources.registry import BUILT_IN
from tests.fuzz.inputs import files_of
from tests.fuzz.outcome import read_or_refuse, save

CRASHERS = sorted((Path(__file__).parent / "crashers").iterdir())


@pytest.mark.parametrize("crasher", CRASHERS, ids=lambda path: path.name)
def test_earlier_crashes_are_read_or_refused_by_every_format(crasher: Path, tmp_path: Path) -> None:
    path = tmp_path / "log"
    if crasher.suffix == ".files":
        save(path, files_of(crasher.read_bytes()))
    else:
        path.write_bytes(crasher.read_bytes())
    for form in (None, *BUILT_IN):
        read_or_refuse(path, form)
