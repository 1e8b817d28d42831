"""Each run is handled by a process of its own, which can be ended wherever it hangs."""

import json
import time
from collections.abc import Iterator
from types import SimpleNamespace

import deadly_runs
import pytest

from reportgen.sweep import worker
from reportgen.sweep.worker import Failure, Limits, run_task


@pytest.fixture(autouse=True)
def _end_children() -> Iterator[None]:
    yield
    worker.end_children()


def answers(*runs: str, time_s: float = 60) -> list[str | Failure]:
    found = run_task(json.dumps(runs), len(runs), time_s, deadly_runs.HANDLE)
    return [each if isinstance(each, Failure) else each.split()[0] for each in found]


@pytest.mark.parametrize(
    ("what", "failure"),
    [("die", Failure.DIED), ("exit", Failure.DIED), ("sleep", Failure.TIME), ("busy", Failure.TIME)],
)
def test_a_run_that_ends_or_blocks_its_process_fails_alone(what: str, failure: Failure) -> None:
    began = time.monotonic()
    assert answers("a", what, "b", what, time_s=2) == ["a", failure, "b", failure]
    assert answers("c") == ["c"]
    assert time.monotonic() - began < 60


def test_a_run_that_needs_too_much_memory_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_memory_of_worker", lambda: 200_000_000)
    assert answers("a", "grow", "b") == ["a", Failure.MEMORY, "b"]


def test_the_memory_of_a_run_includes_what_its_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Process:  # on Windows, python.exe of a virtual environment starts another one
        def __init__(self, pid: int) -> None:
            self.size = 1 if pid else 500

        def memory_info(self) -> SimpleNamespace:
            return SimpleNamespace(rss=self.size)

        def children(self, *, recursive: bool) -> list["Process"]:
            return [Process(0)] if recursive else []

    monkeypatch.setattr("psutil.Process", Process)
    child = SimpleNamespace(_process=SimpleNamespace(pid=7))
    assert worker.Child._memory(child) == 501  # type: ignore[arg-type]


def test_all_runs_of_a_worker_share_a_process_that_is_still_alive() -> None:
    found = [*run_task('["a", "b"]', 2, 60, deadly_runs.HANDLE), *run_task('["c"]', 1, 60, deadly_runs.HANDLE)]
    assert len({str(each).split()[1] for each in found}) == 1
    worker.prepare()
    for child in worker._IDLE:  # only these: browsers of other tests may be children of this process as well
        child._process.kill()
        child._process.wait()
    assert answers("c") == ["c"]


def test_a_job_that_cannot_be_read_is_an_error_and_leaves_no_process() -> None:
    with pytest.raises(RuntimeError, match="ValueError: it cannot be read"):
        answers("a", "raise", "b")
    assert answers("b") == ["b"]
    for handle in ("reportgen.sweep.nowhere:handle", "deadly_runs:nothing"):
        with pytest.raises(RuntimeError, match=r"ModuleNotFoundError|AttributeError"):
            run_task("[]", 1, 60, handle)


def test_the_process_ends_when_its_worker_does() -> None:
    child = worker.Child(deadly_runs.HANDLE)
    child.send('["sleep"]', 0, Limits(60))
    assert child._process.stdin is not None
    child._process.stdin.close()  # as when the worker is killed
    assert child._process.wait(30) == 0
    child.end()
