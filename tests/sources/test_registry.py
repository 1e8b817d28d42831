"""The registry of formats: they are recognised by content, loaded when needed, and can come from other packages."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from logs import read_log, read_path, read_with_format

from reportgen.errors import SourceError
from reportgen.sources import registry
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Sample

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
LOG = "epoch,loss,val_loss\n0,1.0,NA\n1,0.5,0.75\n"


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_every_format_has_a_name_a_description_and_a_line_in_the_documents(name: str) -> None:
    found = registry.find_format(name)
    assert found.name == name
    assert 3 < len(found.reads) < 60
    assert f"| `{name}` |" in DOCUMENT


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_nothing_is_recognised_in_an_empty_file_an_empty_folder_or_noise(name: str) -> None:
    recognise = registry.find_format(name).recognise
    for sample in (Sample(""), Sample("x", files=()), Sample("x.bin", bytes(range(256)) * 20)):
        assert recognise(sample) == Fit.NO


def test_a_named_format_is_loaded_alone_and_no_format_loads_a_heavy_package() -> None:
    code = """
import sys
from reportgen.sources import registry
registry.find_format("csv")
ours = {name for name in sys.modules if name.startswith("reportgen.sources.formats.")}
assert ours == {"reportgen.sources.formats.keras_csv"}, ours
for name in registry.BUILT_IN:
    registry.find_format(name)
heavy = {"fsspec", "aiohttp", "s3fs", "backports.zstd", "sklearn", "tensorboard", "torch", "keras", "altair"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_named_format_overrides_the_recognised_one() -> None:
    table = "epoch,train_loss,auc\n0,1.0,0.5\n"
    assert read_with_format(table)[1] == "table"
    assert read_log(table, format="csv").keys == ("train_loss", "auc")
    with pytest.raises(SourceError, match="it is not JSON, as it begins with"):
        read_log(table, format="json")


def test_an_unknown_format_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(SourceError, match=r'"keras" is not a format\. Choose one of "journal", ') as caught:
        read_log(LOG, format="keras")
    assert all(f'"{name}"' in str(caught.value) for name in registry.BUILT_IN)


def test_unknown_formats_are_refused_with_the_names_of_all(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a training log of a known format\\. Pass"):
        read_log("Dear diary today I trained.")
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(SourceError, match="the folder has no training log of a known format"):
        read_path(tmp_path)


def package(folder: Path, name: str, module: str) -> None:
    """A distribution as pip installs it: a module and its metadata with an entry point."""
    (folder / f"{name}_logs.py").write_text(module)
    info = folder / f"{name}_logs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-logs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = {name}_logs:FORMAT\n")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return lambda name, module: package(folder, name, module)


def test_the_format_of_the_documents_is_installed_recognised_and_read(install: Callable[[str, str], None]) -> None:
    example = DOCUMENT.partition("```python\n")[2].partition("```")[0]
    assert "FORMAT" in example
    assert set(re.findall(r"(?:import|from) (reportgen\S*)", example)) == {"reportgen.formats"}
    install("acme", example)
    history, form = read_with_format("ACME 1\nloss 0.9 0.5 0.4\nval_loss 1.0 0.7 0.6\n")
    assert form == "acme"
    assert history.series("loss", "validation").tolist() == [1.0, 0.7, 0.6]
    assert read_log("ACME 1\nloss 1 2\n", format="acme").epochs.tolist() == [1, 2]
    with pytest.raises(SourceError, match=r"run\.log: "):
        read_log("ACME 1\nloss one two\n")
    assert read_with_format(LOG)[1] == "csv"


BROKEN = {
    "missing": "import nowhere_to_be_found",
    "syntax": "FORMAT = (",
    "none": "FORMAT = 3",
    "misnamed": "from reportgen.formats import Format, Fit\n"
    "FORMAT = Format('other', 'x', lambda s: Fit.CERTAIN, lambda o, x: None)",
}
RAISES = """
from reportgen.formats import Format, Fit
def recognise(sample): {0}
def read(opened, options): {1}
FORMAT = Format("raises", "raising log", recognise, read)
"""


@pytest.mark.parametrize("name", BROKEN)
def test_a_format_that_cannot_be_loaded_causes_a_warning_and_other_formats_are_still_read(
    name: str, install: Callable[[str, str], None]
) -> None:
    install(name, BROKEN[name])
    with pytest.warns(RuntimeWarning, match=f'the format "{name}" of the package "{name}-logs" .* Report it'):
        assert read_with_format(LOG)[1] == "csv"
    with pytest.raises(SourceError, match=f'the format "{name}" of the package "{name}-logs"'):
        read_log(LOG, format=name)


def test_the_error_of_a_failing_format_names_its_package(install: Callable[[str, str], None]) -> None:
    install("raises", RAISES.format("return Fit.CERTAIN", "return opened.oops"))
    message = r'run\.log: the format "raises" of the package "raises-logs" failed'
    with pytest.raises(SourceError, match=message) as caught:
        read_log(LOG)
    assert "\n" not in str(caught.value)


def test_a_format_whose_recognise_fails_is_skipped(install: Callable[[str, str], None]) -> None:
    install("blind", RAISES.format("return sample.oops", "pass").replace("raises", "blind"))
    with pytest.warns(RuntimeWarning, match="cannot recognise run.log"):
        assert read_with_format(LOG)[1] == "csv"


def test_no_package_replaces_a_built_in_format(install: Callable[[str, str], None]) -> None:
    install("csv", "raise SystemExit")
    assert registry.format_names().count("csv") == 1
    assert read_with_format(LOG)[1] == "csv"


def test_a_format_as_text_contains_its_description_and_name() -> None:
    made = Format("acme", "Acme log", lambda sample: Fit.NO, lambda opened, options: read_log(LOG))
    assert str(made) == "Acme log (acme)"
