"""Headline, answers, findings, advice, chart marks and gate tell one story, on curves of all shapes."""

import os
from pathlib import Path

import histories
import numpy as np
import pytest
from consistency import broken_rules
from shaped_runs import SHOWING

import reportgen
from benchmarks import corpora
from reportgen.history.facts import EarlyStopping, RunFacts
from reportgen.history.frame import TrainingHistory

FEW, MANY = 150, 3000


def drawn(seed: int) -> TrainingHistory:
    """A run of any shape: falls, plateaus, turns, jumps, spikes and drops, with noise, in any combination."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([2, 3, 4, 5, 7, 10, 20, 40, 80, 150]))
    x = np.linspace(0, 1, n)

    def curve() -> np.ndarray:
        level = 10 ** rng.uniform(-3, 1)
        values = rng.uniform(0, 0.9) + np.exp(-x * 10 ** rng.uniform(-1, 1.5))
        if rng.random() < 0.5:  # a turn
            values += np.clip(x - rng.uniform(0, 1), 0, None) * 10 ** rng.uniform(-1.5, 1)
        if rng.random() < 0.3:  # jumps
            values[rng.random(n) < 0.2] *= 10 ** rng.uniform(0, 1.5)
        if rng.random() < 0.15:
            values[int(rng.integers(n))] *= 10 ** rng.uniform(1, 9)
        if rng.random() < 0.1:
            values[:] = values[0] if rng.random() < 0.5 else np.log(rng.integers(2, 12)) / level
        if rng.random() < 0.05:
            values[-1] = np.nan
        return np.asarray(level * values * (1 + 10 ** rng.uniform(-4, -0.5) * rng.normal(size=n)))

    columns = {"loss": curve()}
    if rng.random() < 0.8:
        columns["val_loss"] = curve() if rng.random() < 0.5 else columns["loss"] * rng.uniform(0.9, 4)
    if rng.random() < 0.5:
        columns["accuracy"] = 1 - 0.9 * np.exp(-x * 10 ** rng.uniform(-1, 1))
        columns["val_accuracy"] = columns["accuracy"] * rng.uniform(0.4, 1.05)
        columns = {key: values.clip(0, 1) if "acc" in key else values for key, values in columns.items()}
    if rng.random() < 0.3:
        columns["learning_rate"] = 0.01 * rng.choice([0, 1]) * (1 - x) ** rng.choice([0, 1, 4])
    if rng.random() < 0.1:
        columns |= {"a_loss": curve(), "val_a_loss": curve(), "b_loss": curve(), "val_b_loss": curve()}
    first = 1 if rng.random() < 0.9 else 30
    planned = None if rng.random() < 0.7 else first + n + int(rng.integers(0, 200))
    stopping = None if rng.random() < 0.8 else EarlyStopping("val_loss", 3)
    run = RunFacts(epochs_planned=planned, early_stopping=stopping)
    return TrainingHistory.from_columns(np.arange(first, first + n), columns, run)


@pytest.mark.parametrize("part", range(5))
def test_no_drawn_run_gets_statements_that_contradict_each_other(part: int) -> None:
    for seed in range(part, FEW, 5):
        assert broken_rules(reportgen.diagnose(drawn(seed))) == [], f"drawn({seed})"


@pytest.mark.slow
def test_no_run_of_thousands_gets_statements_that_contradict_each_other() -> None:
    for seed in range(FEW, MANY):
        assert broken_rules(reportgen.diagnose(drawn(seed))) == [], f"drawn({seed})"
    for case in corpora.read_sample().cases:
        assert broken_rules(reportgen.diagnose(case.source)) == [], case.run_id


@pytest.mark.slow
@pytest.mark.skipif("REPORTGEN_CURVES" not in os.environ, reason="REPORTGEN_CURVES names no folder of real curves")
def test_no_real_run_of_a_folder_gets_statements_that_contradict_each_other() -> None:
    for corpus in corpora.read_folder(Path(os.environ["REPORTGEN_CURVES"])):
        for case in corpus.cases[::7]:
            assert broken_rules(reportgen.diagnose(case.source)) == [], case.run_id


@pytest.mark.parametrize("name", [make.__name__ for make in histories.ALL] + list(SHOWING))
def test_no_named_run_gets_statements_that_contradict_each_other(name: str) -> None:
    make = SHOWING[name] if name in SHOWING else getattr(histories, name)
    assert broken_rules(reportgen.diagnose(make())) == []


def test_no_labelled_run_gets_statements_that_contradict_each_other() -> None:
    for case in corpora.read_sample().cases[::12]:
        assert broken_rules(reportgen.diagnose(case.source)) == [], case.run_id
