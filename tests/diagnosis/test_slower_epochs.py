"""RG505: epochs that slow down, by how much, and since when."""

from dataclasses import replace

import pytest

import reportgen
from reportgen.diagnosis.findings import Finding


def slowed(seconds: list[float]) -> Finding | None:
    history = reportgen.load({"loss": [1 / (1 + epoch) for epoch in range(len(seconds))]})
    diagnosis = reportgen.diagnose(history.with_run(replace(history.run, durations_s=tuple(seconds))))
    return next((found for found in diagnosis.findings if found.code == "slower-epochs"), None)


@pytest.mark.parametrize(
    ("seconds", "since"),
    [
        ([9.0] + [1.0] * 9 + [1.5] * 10, 11),
        ([9.0] + [1.0] * 9 + [1.49] * 10, None),
        ([9.0] + [1.0] * 14 + [3.0] * 5, 16),
        ([9.0] + [1.0] * 4 + [3.0] + [1.0] * 9 + [3.0] * 5, 16),  # one slow epoch
        ([9.0] + [1.0] * 9 + [3.0] * 4 + [1.0] + [3.0] * 5, 11),  # one fast epoch
        ([9.0] + [float(epoch) for epoch in range(1, 20)], 14),
        ([1.0] * 20, None),
        ([3.0] * 10 + [1.0] * 10, None),
        ([0.01] * 10 + [0.1] * 10, None),  # too little to matter
        ([0.01] * 14 + [0.12] * 6, 15),
        ([9.0] + [1.0] * 7 + [3.0] * 4, 9),
        ([9.0] + [1.0] * 6 + [3.0] * 4, None),  # too few
    ],
)
def test_epochs_that_slow_down_are_found_with_the_epoch(seconds: list[float], since: int | None) -> None:
    found = slowed(seconds)
    assert (None if found is None else found.evidence.epoch) == since


def test_the_finding_says_by_how_much_and_a_run_without_times_is_not_checked() -> None:
    history = reportgen.load({"loss": [1 / (1 + epoch) for epoch in range(20)]})
    timed = history.with_run(replace(history.run, durations_s=(1.0,) * 12 + (2.5,) * 8))
    diagnosis = reportgen.diagnose(timed)
    texts = {found.code: words for found, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True)}
    assert "From epoch 13 on, an epoch took about 2.5 s; most earlier ones took 1.0 s." in texts["slower-epochs"].text
    (check,) = [check for check in reportgen.diagnose(history).checks if check.code == "slower-epochs"]
    assert (check.state, check.reason) == ("not-applicable", "no-durations")
