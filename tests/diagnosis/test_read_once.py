"""A run is read once, no matter how many parts of a report use it."""

from collections import Counter
from pathlib import Path
from typing import Any

import histories
import pytest

import reportgen
from reportgen import diagnosis
from reportgen.diagnosis import reading
from reportgen.history.frame import TrainingHistory

COUNTED = ((reading, "_read"), (reading, "by_evaluation"), (diagnosis, "answer_all"), (diagnosis, "compare"))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each function of `COUNTED` was called."""
    counter: Counter[str] = Counter()

    def counted(name: str, function: Any) -> Any:
        def call(*arguments: Any) -> Any:
            counter[name] += 1
            return function(*arguments)

        return call

    for module, name in COUNTED:
        monkeypatch.setattr(module, name, counted(name, getattr(module, name)))
    return counter


@pytest.mark.parametrize(
    ("run", "outputs"), [(histories.overfit_from_12(), 0), (histories.two_outputs(), 2), (histories.by_steps(), 0)]
)
def test_a_report_with_a_baseline_reads_each_run_once(
    calls: Counter[str], run: TrainingHistory, outputs: int, tmp_path: Path
) -> None:
    report = reportgen.build(run, baseline=run)
    report.save(tmp_path / "report.html")
    report.save(tmp_path / "again.html", language="zh-CN")
    report.summary(gate=report.gate(fail_on="overfitting", max_regression="2%"))
    assert calls == {"by_evaluation": 2, "_read": 2 + outputs, "answer_all": 1 + outputs, "compare": 1}


def test_a_reading_is_judged_without_being_read_again(calls: Counter[str]) -> None:
    first = diagnosis.judge(histories.healthy())
    again = diagnosis.judge(first.reading)
    assert calls["_read"] == 1
    assert again.answers == first.answers
