"""The wheel is complete and works in a new environment without TensorFlow."""

import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata

import reportgen

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
HISTORIES = [
    ROOT / "sample_reports" / "histories" / name for name in ("diverged.json", "pima.json", "two-outputs.json")
]

RENDER = """
import importlib.util, pathlib, sys
import reportgen, reportgen.assets
assert importlib.util.find_spec("tensorflow") is None and importlib.util.find_spec("keras") is None
assert "site-packages" in reportgen.__file__
assert reportgen.assets.templates_dir().parent == pathlib.Path(reportgen.__file__).parent
for source in sys.argv[2:]:
    for lang in ("en", "zh-CN"):
        report = reportgen.build(source, language=lang)
        report.save(pathlib.Path(sys.argv[1]) / f"{pathlib.Path(source).stem}.{lang}.html")
try:
    reportgen.ReportCallback
except reportgen.MissingExtraError as error:
    print(error)
"""


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The Python of a new environment with the wheel and its dependencies."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return python


def test_the_wheel_contains_all_files_of_the_package(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    templates = {
        f"reportgen/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "templates").rglob("*") if path.is_file()
    }
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "reportgen").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"reportgen/py.typed", "reportgen/data/pima-indians-diabetes.csv", "reportgen/data/README.md"} <= package
    assert templates
    own = {name for name in held if ".dist-info/" not in name}
    assert own == templates | package
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in held)


def test_the_metadata_are_complete_and_the_readme_has_only_absolute_links(wheel):
    run(sys.executable, "-m", "twine", "check", "--strict", wheel)
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(archive.read(name))
    assert (metadata.name, metadata.author) == ("keras-reportgen", "reportgen maintainers")
    assert metadata.project_urls.keys() == {"Documentation", "Source", "Issues", "Changelog", "Security"}
    links = re.findall(r"\]\(([^)\s]+)\)", metadata.description)
    pages = f"{metadata.project_urls['Source']}/blob/v{reportgen.__version__}/"
    assert f"{pages}docs/cli.md" in links
    assert [link for link in links if not link.startswith("https://")] == []
    for link in links:
        if link.startswith(pages):
            assert (ROOT / link.removeprefix(pages).split("#")[0]).exists(), link


def test_the_wheel_renders_the_same_bytes_without_tensorflow(installed, tmp_path):
    said = run(installed, "-I", "-W", "error", "-c", RENDER, tmp_path, *HISTORIES)
    assert "pip install 'keras-reportgen[tensorflow]'" in said
    for source in HISTORIES:
        for lang in ("en", "zh-CN"):
            here = reportgen.build(source, language=lang).to_html().encode()
            assert (tmp_path / f"{source.stem}.{lang}.html").read_bytes() == here, source.stem


def test_the_installed_command_works_and_names_what_the_demo_needs(installed, tmp_path):
    for name in ("keras-reportgen", "reportgen"):  # the name of the distribution is what `uvx` and `pipx run` call
        command = installed.with_name(name)
        assert run(command, "--version") == f"reportgen {reportgen.__version__}\n"
    run(command, "build", HISTORIES[0], "-o", tmp_path / "r.html", cwd=tmp_path)
    assert reportgen.load(tmp_path / "r.html") == reportgen.load(HISTORIES[0])
    demo = subprocess.run([command, "demo"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert demo.returncode == 2
    assert demo.stderr.splitlines()[-1].startswith("reportgen: The demo needs Keras, which is not installed.")
    assert "Traceback" not in demo.stderr
