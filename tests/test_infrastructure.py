"""The test suite's own rules: skips in CI, processes left behind, Ctrl-C, the oldest packages."""

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import processes
import psutil
import pytest
import skips
import workers
from systems import lack_of

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
SKIPPING = """
import pytest

def test_runs(): pass

@pytest.mark.skip(reason="no pdftotext on this machine")
def test_marked(): pass

def test_called(): pytest.skip("mounting is not permitted here")

def test_expected(): pytest.skip("the group formats is not installed")

@pytest.mark.xfail(reason="known")
def test_known(): raise AssertionError
"""


def suite(folder: Path, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a separate test module with the hooks of the real conftest."""
    (folder / "conftest.py").write_text("from skips import pytest_make_collect_report, pytest_runtest_makereport\n")
    (folder / "test_it.py").write_text(text)
    env = {name: value for name, value in os.environ.items() if name != "CI"} | environment
    env["PYTHONPATH"] = str(Path(skips.__file__).parent)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rfEs", "--rootdir", folder, folder]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=60)


def test_an_unexpected_skip_fails_in_ci_and_says_why(tmp_path: Path) -> None:
    done = suite(tmp_path, SKIPPING, CI="true")
    assert done.returncode == 1
    assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error" in done.stdout
    for name, reason in (("marked", "no pdftotext on this machine"), ("called", "mounting is not permitted here")):
        assert f"test_{name} - {reason}" in done.stdout.replace("Skipped: ", "")
    assert "This skip is not expected in CI" in done.stdout


def test_skips_are_allowed_outside_ci(tmp_path: Path) -> None:
    done = suite(tmp_path, SKIPPING)
    assert (done.returncode, "1 passed, 3 skipped, 1 xfailed" in done.stdout) == (0, True), done.stdout


def test_a_module_that_skips_itself_fails_in_ci(tmp_path: Path) -> None:
    text = 'import pytest\npytest.importorskip("no_such_package")\n'
    assert suite(tmp_path, text, CI="true").returncode != 0
    assert "1 skipped" in suite(tmp_path, text).stdout


def test_a_child_left_running_fails_the_test_and_is_killed() -> None:
    with pytest.raises(AssertionError, match=r"time\.sleep"), processes.none_left_behind(patience_s=0.2):
        child = subprocess.Popen(SLEEP)
    assert child.wait(timeout=10) == -signal.SIGKILL


def test_an_orphan_left_running_fails_the_test_and_is_killed() -> None:
    code = f"import subprocess; print(subprocess.Popen({SLEEP!r}, stdout=subprocess.DEVNULL).pid)"
    with pytest.raises(AssertionError, match=r"time\.sleep"), processes.none_left_behind(patience_s=0.2):
        parent = subprocess.run([sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE, timeout=30)
    orphan = int(parent.stdout)
    psutil.wait_procs([psutil.Process(orphan)] if psutil.pid_exists(orphan) else [], timeout=10)
    assert not psutil.pid_exists(orphan)


def test_children_of_a_shared_process_and_processes_that_end_soon_may_outlive_a_test() -> None:
    code = f"import subprocess; input(); print(subprocess.Popen({SLEEP!r}).pid, flush=True); input()"
    command = [sys.executable, "-W", "ignore", "-c", code]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shared:
        with processes.none_left_behind(patience_s=5):
            shared.stdin.write("start\n")
            shared.stdin.flush()
            child = psutil.Process(int(shared.stdout.readline()))
            soon = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"])
        assert child.is_running()
        child.kill()
        shared.communicate("end\n")
    soon.wait()


def test_ctrl_c_reaches_children_of_a_suite_in_the_background() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = processes.start_interruptible(SLEEP, stderr=subprocess.PIPE)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT


GROUPED = """
import os
import pytest

@pytest.fixture(scope="module")
def shared(): return os.getpid()

@pytest.mark.parametrize("n", range(4))
def test_sharing(n, shared, record_worker): pass

@pytest.mark.parametrize("n", range(4))
def test_alone(n, record_worker): pass
"""
RECORDING = """
@pytest.fixture
def record_worker(request, worker_id):
    with open(request.path.parent / "workers", "a") as file:
        file.write(f"{request.node.originalname} {request.path.name} {worker_id}\\n")
"""


def test_tests_that_share_fixtures_run_in_one_worker(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(GROUPED)
    (tmp_path / "conftest.py").write_text(Path(workers.__file__).with_name("conftest.py").read_text() + RECORDING)
    env = os.environ | {"PYTHONPATH": str(Path(workers.__file__).parent)}
    command = [sys.executable, "-m", "pytest", "-n2", "-q", tmp_path]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, "16 passed" in done.stdout) == (0, True), done.stdout
    rows = [line.split() for line in (tmp_path / "workers").read_text().splitlines()]
    assert len({worker for _, _, worker in rows}) == 2
    for file in ("test_one.py", "test_two.py"):
        assert len({worker for name, where, worker in rows if (name, where) == ("test_sharing", file)}) == 1


def test_the_oldest_packages_are_those_that_the_package_allows() -> None:
    root = Path(workers.__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = dict(
        re.findall(r"^([\w.-]+)==([\w.]+)", (root / "requirements-oldest.txt").read_text("utf-8"), re.MULTILINE)
    )
    pinned["tensorflow"] = pinned["tensorflow-cpu"]
    extras = project["optional-dependencies"]
    wrong = []
    for requirement in [*project["dependencies"], *(line for name in extras if name != "gs" for line in extras[name])]:
        name, floor = re.match(r"([\w.-]+)>=([\w.]+)", requirement).groups()
        if f"{pinned.get(name.replace('.', '-'))}.".removeprefix(f"{floor}.").strip("0."):
            wrong.append(requirement)
    assert wrong == [], "run `make lock`"


@pytest.mark.parametrize(
    ("source", "on_windows", "on_macos"),
    [("assert 1 == 1", "", ""), ("os.mkfifo(pipe)", "needs Linux or macOS", ""),
     ("'/dev/null'", "needs Linux or macOS", ""),
     ("write_file('/dev/full', 'x')", "needs Linux", "needs Linux"), ("dev = 1", "", "")],
)  # fmt: skip
def test_a_test_is_skipped_where_its_system_lacks_something(source, on_windows, on_macos):
    assert [lack_of(source, system) for system in ("linux", "win32", "darwin")] == ["", on_windows, on_macos]
    for reason in filter(None, (on_windows, on_macos)):
        assert skips.is_expected(reason)


def test_every_reason_to_skip_a_test_is_expected_in_ci():
    """As a machine of another system, or one whose user is not root, would otherwise fail."""
    places = [
        path
        for path in Path(__file__).parent.rglob("*.py")
        if path.name not in ("test_infrastructure.py", "systems.py")
    ]
    marks = [
        found for path in places for found in re.findall(r"\.skipif\(.*reason=\"([^\"]+)\"\)", path.read_text("utf-8"))
    ]
    assert len(marks) > 10
    assert [reason for reason in marks if not skips.is_expected(reason)] == []
