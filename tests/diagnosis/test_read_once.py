"""A run is read once, no matter how many parts of a report use it."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import histories
import numpy as np
import pytest

import reportgen
from reportgen import diagnosis
from reportgen.diagnosis import reading
from reportgen.history.frame import TrainingHistory
from reportgen.wording import word_judgement

COUNTED = ((reading, "_read"), (reading, "by_evaluation"), (diagnosis, "answer_all"), (diagnosis, "compare_baseline"))


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
    assert calls == {"by_evaluation": 2, "_read": 2 + outputs, "answer_all": 1 + outputs, "compare_baseline": 1}


def test_a_reading_is_judged_without_being_read_again(calls: Counter[str]) -> None:
    first = diagnosis.judge(histories.healthy())
    again = diagnosis.judge(first.reading)
    assert calls["_read"] == 1
    assert again.answers == first.answers


def test_the_cost_of_a_judgement_is_proportional_to_the_number_of_metrics() -> None:
    def seconds(count: int, axis: Any) -> float:
        line = np.linspace(1.0, 0.1, 12)
        sparse = [value if place % 3 == 2 else None for place, value in enumerate(line)]
        columns = {"loss": line, "val_loss": sparse} | {f"m{number}": line for number in range(count)}
        columns |= {f"batch_m{number}": line for number in range(count)}
        history = TrainingHistory.from_columns(range(1, 13), columns, axis=axis)
        word_judgement(diagnosis.judge(history))
        begin = time.process_time()
        word_judgement(diagnosis.judge(history))
        return time.process_time() - begin

    for axis in ("epoch", "step"):
        assert seconds(2000, axis) < 25 * seconds(250, axis)  # 8 times as many
