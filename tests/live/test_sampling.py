"""What a run uses of its machine: a real process, real samples, and the arithmetic of samples and cards."""

import contextlib
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pynvml
import pytest

from reportgen.history.resource_use import MAX_SAMPLES, is_resources
from reportgen.live.graphics_cards import CardReader, CardReading, card_use
from reportgen.live.sample_log import INTERVAL_S, MAX_COST_RATIO, CardUse, MachineFacts, ResourceSample, SampleLog
from reportgen.live.sampler import sampler_of

MACHINE = MachineFacts(8, 16_000)
BUSY = """
import os, subprocess, sys, time
child = len(sys.argv) == 1 and subprocess.Popen([sys.executable, __file__, "child"])
held = bytearray(os.urandom(1)) * (80_000_000 if child else 40_000_000)
os.write(1, b"ready\\n")  # in one piece, since both processes write
while os.getppid() != 1:
    sum(range(10_000))
"""


def test_memory_and_processors_of_a_process_and_its_children_are_sampled(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "busy.py").write_text(BUSY)
    with subprocess.Popen([sys.executable, str(tmp_path / "busy.py")], stdout=subprocess.PIPE) as training:
        try:
            assert training.stdout is not None
            assert [training.stdout.readline().strip() for _ in range(2)] == [b"ready"] * 2
            sampler = sampler_of(training.pid)
            assert sampler is not None
            assert sampler.use is None
            for _ in range(2):
                time.sleep(0.4)
                sampler.sample()
            use = sampler.use
            assert use is not None
            assert is_resources(use)
            assert 120e6 < use.memory_bytes[-1] < 250e6
            assert 0.1 < use.cpu_cores[-1] < 2.5  # two processes, on a machine that may be busy
            assert use.machine_cores > 0
            assert use.machine_memory_bytes > use.memory_bytes[-1]
            assert use.gpu_ratio == use.gpus == ()
            training.kill()
            training.wait()
            for _ in range(2):
                with contextlib.suppress(psutil.NoSuchProcess):
                    sampler.sample()
            assert sampler.use == use
        finally:
            training.kill()


def test_a_process_that_has_ended_or_no_process_is_not_sampled() -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    assert sampler_of(int(ended.stdout)) is None
    assert sampler_of(0) is None


def test_without_psutil_nothing_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert sampler_of(1) is None


def test_however_long_a_training_runs_its_samples_are_few_and_span_it() -> None:
    log, now_s, n_taken = SampleLog(), 0.0, 0
    while now_s < 7 * 86_400:
        now_s += 1.0 if now_s < 10_000 else 30.0
        if log.is_due(now_s):
            log.add(ResourceSample(now_s, 1_000 + n_taken, 1.0 if n_taken % 2 else 3.0), 0.001)
            n_taken += 1
    use = log.use(MACHINE)
    assert use is not None
    assert is_resources(use)
    assert MAX_SAMPLES / 2 - 1 <= len(use.seconds) < MAX_SAMPLES
    assert use.seconds[-1] > 6.9 * 86_400
    assert use.memory_bytes[-1] == 1_000 + n_taken - 1  # the highest of those that were joined
    assert use.cpu_cores[:20] == (2.0,) * 20  # their mean
    assert n_taken < 14 * MAX_SAMPLES / 2


@pytest.mark.parametrize(("cost_s", "pause_s"), [(0.0, INTERVAL_S), (0.001, INTERVAL_S), (0.1, 0.1 / MAX_COST_RATIO)])
def test_samples_that_cost_more_are_taken_less_often(cost_s: float, pause_s: float) -> None:
    log = SampleLog()
    assert not log.is_due(INTERVAL_S - 0.1)
    assert log.is_due(INTERVAL_S)
    log.add(ResourceSample(10.0, 1, 1.0), cost_s)
    assert not log.is_due(10 + pause_s - 0.1)
    assert log.is_due(10 + pause_s)


def test_the_driver_is_missing_here_as_the_package_documents_and_then_there_is_nothing_to_read() -> None:
    with pytest.raises(pynvml.NVMLError_LibraryNotFound):  # on a machine without NVIDIA's driver
        pynvml.nvmlInit()
    assert CardReader.open() is None


class Library:
    """Answers as the driver gives them, of a card and of a part of a card, which does not say how busy it is."""

    nvmlDeviceGetCount = staticmethod(lambda: 2)  # noqa: N815
    nvmlDeviceGetHandleByIndex = staticmethod(lambda index: index)  # noqa: N815
    nvmlDeviceGetName = staticmethod(lambda card: "Card" if card else b"Part")  # noqa: N815
    nvmlDeviceGetMemoryInfo = staticmethod(lambda card: SimpleNamespace(used=5, total=9))  # noqa: N815
    nvmlDeviceGetComputeRunningProcesses = staticmethod(  # noqa: N815
        lambda card: [SimpleNamespace(pid=7, usedGpuMemory=None)]
    )

    @staticmethod
    def nvmlDeviceGetUtilizationRates(card: int) -> SimpleNamespace:  # noqa: N802
        if not card:
            raise pynvml.NVMLError_NotSupported
        return SimpleNamespace(gpu=40, memory=3)


def test_what_a_driver_answers_becomes_a_reading_even_if_a_card_does_not_say_everything() -> None:
    assert CardReader(Library).read() == (
        CardReading("Part", None, 5, 9, ((7, None),)),
        CardReading("Card", 0.4, 5, 9, ((7, None),)),
    )
    assert all(hasattr(pynvml, name) for name in vars(Library) if name.startswith("nvml"))


CARD = CardReading("A", 0.5, 600_000_000, 1_000_000_000, ((7, 400_000_000), (9, 100_000_000)))
OTHER = replace(CARD, name="B", ratio=0.7, processes=((8, 300_000_000),))
UNNAMED = replace(CARD, name="C", ratio=0.9, processes=())


@pytest.mark.parametrize(
    ("cards", "use"),
    [
        ([CARD], CardUse(("A",), 0.5, 400_000_000, 1_000_000_000)),
        ([CARD, OTHER], CardUse(("A", "B"), 0.6, 700_000_000, 2_000_000_000)),
        ([CARD, replace(OTHER, processes=((9, 5),))], CardUse(("A",), 0.5, 400_000_000, 1_000_000_000)),
        ([CARD, UNNAMED], CardUse(("A",), 0.5, 400_000_000, 1_000_000_000)),  # the driver names processes
        ([UNNAMED], CardUse(("C",), 0.9, 600_000_000, 1_000_000_000)),  # inside a container
        ([replace(UNNAMED, used_bytes=1_000)], None),  # nobody uses it
        ([replace(CARD, processes=((9, 5),))], None),  # somebody else uses it
        ([replace(CARD, processes=((7, None),))], CardUse(("A",), 0.5, 600_000_000, 1_000_000_000)),
        ([replace(CARD, ratio=None), OTHER], CardUse(("A", "B"), None, 700_000_000, 2_000_000_000)),
        ([], None),
    ],
)
def test_the_cards_are_those_that_the_training_uses(cards: list[CardReading], use: CardUse | None) -> None:
    found = card_use(cards, [7, 8])
    assert (found is None) == (use is None)
    if found is not None and use is not None:
        assert found.ratio == pytest.approx(use.ratio)
        assert replace(found, ratio=use.ratio) == use


def test_cards_that_are_used_only_for_a_while_count_as_idle_otherwise() -> None:
    log, card = SampleLog(), CardUse(("A",), 0.8, 500, 1_000)
    for place, cards in enumerate([None, card, replace(card, ratio=0.4), None], 1):
        log.add(ResourceSample(float(place), 1, 1.0, cards), 0.0)
    use = log.use(MACHINE)
    assert use is not None
    assert (use.gpu_ratio, use.gpu_memory_bytes, use.gpus) == ((0.0, 0.8, 0.4, 0.0), (0, 500, 500, 0), ("A",))
    log.add(ResourceSample(9.0, 1, 1.0, replace(card, ratio=None)), 0.0)
    assert log.use(MACHINE).gpu_ratio == ()  # type: ignore[union-attr]  # one is unknown, so the median would be wrong
