"""What fuzzing once broke a reader with: each is now read or refused, by whatever format it is taken for.

A crasher is a log as it lay there, or, named `.files`, a folder as `inputs` writes it in one file.
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
