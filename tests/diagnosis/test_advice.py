"""Advice is decided once, in numbers; the sentences follow it one by one."""

from typing import get_args

import histories
import numpy as np
import pytest
from consistency import broken_rules
from shaped_runs import SHOWING

import reportgen
from reportgen.diagnosis import judge
from reportgen.diagnosis.findings import Advice, AdviceCode
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.languages import ENGLISH
from reportgen.wording.advice import word_advice
from reportgen.wording.subject import Subject

MAKERS = {make.__name__: make for make in histories.ALL} | SHOWING


@pytest.mark.parametrize("name", MAKERS)
def test_every_run_gets_advice_with_one_text_and_one_document_each(name: str) -> None:
    diagnosis = reportgen.diagnose(MAKERS[name]())
    assert diagnosis.advice
    assert len(diagnosis.advice) == len(diagnosis.verdict_words.advice)
    actions = diagnosis.to_dict()["verdict"]["actions"]
    assert [action["code"] for action in actions] == [advice.code for advice in diagnosis.advice]


@pytest.mark.parametrize("code", get_args(AdviceCode))
def test_every_code_has_words_even_without_parameters(code: AdviceCode) -> None:
    factor = {"lower-learning-rate": 0.1, "raise-learning-rate": 10.0}.get(code)
    text = word_advice(Advice(code, factor=factor), Subject(judge(histories.healthy()), ENGLISH))
    assert text[0].isupper()
    assert text.endswith(".")


def test_advice_carries_what_is_needed_to_follow_it() -> None:
    first = {name: judge(getattr(histories, name)()).advice[0] for name in ("overfit_from_12", "still_improving")}
    assert (first["overfit_from_12"].code, first["overfit_from_12"].epoch) == ("use-epoch", 12)
    assert first["still_improving"].code == "train-on"
    assert first["still_improving"].epochs == judge(histories.still_improving()).reading.epochs_ahead
    assert judge(histories.diverged_at_7()).advice[0].code == "clip-gradients"  # it broke after learning well
    lower = judge(histories.finite_explosion()).advice[0]
    assert (lower.code, lower.factor) == ("lower-learning-rate", 0.1)


EPOCHS = np.arange(30)
FALLING = {"loss": 2 * 0.93**EPOCHS, "val_loss": 2.2 * 0.94**EPOCHS}


@pytest.mark.parametrize(
    ("rate", "first"),
    [
        (0.01 * (1 - EPOCHS / 33), "longer-schedule"),  # a linear decay to a tenth
        (0.01 * np.minimum((EPOCHS + 1) / 5, (31 - EPOCHS) / 26), "longer-schedule"),  # after a warm-up
        (0.01 * (1 - EPOCHS / 60), "train-on"),  # half-way
        (np.full(30, 0.01), "train-on"),
        (np.where(EPOCHS < 15, 0.01, 0.001), "train-on"),  # lowered once, at a plateau
    ],
)
def test_a_run_that_improves_to_the_end_of_its_schedule_needs_a_longer_one(rate: np.ndarray, first: str) -> None:
    history = TrainingHistory.from_columns(EPOCHS + 1, FALLING | {"learning_rate": rate})
    diagnosis = reportgen.diagnose(history)
    assert diagnosis.verdict == "still-improving"
    assert diagnosis.advice[0].code == first
    assert broken_rules(diagnosis) == []
    assert (first == "train-on") == ("below its best value so far" in diagnosis.verdict_words.advice[0])


def test_an_interrupted_schedule_is_trained_to_its_planned_end() -> None:
    columns = FALLING | {"learning_rate": 0.01 * (1 - EPOCHS / 33)}
    history = TrainingHistory.from_columns(EPOCHS + 1, columns, RunFacts(epochs_planned=33))
    assert judge(history).advice[0] == Advice("train-on", epoch=33, epochs=3)


def test_a_rate_that_was_raised_until_training_diverged_is_lowered_first() -> None:
    loss = np.append(2 * 0.8 ** EPOCHS[:12], [np.nan] * 3)
    columns = {"loss": loss, "val_loss": loss * 1.1}
    for rate, first in ((1e-4 * 2.0 ** EPOCHS[:15], "lower-learning-rate"), (np.full(15, 0.1), "clip-gradients")):
        history = TrainingHistory.from_columns(range(1, 16), columns | {"learning_rate": rate})
        assert judge(history).advice[0].code == first


def test_without_validation_the_first_advice_is_to_have_some() -> None:
    codes = [advice.code for advice in judge(histories.no_validation()).advice]
    assert "use-it" not in codes
    assert codes[0] == "log-validation" or judge(histories.no_validation()).verdict == "still-improving"


def test_an_output_that_overfits_is_named_in_answer_and_advice() -> None:
    overfits = 0.4 + 0.6 * np.exp(-EPOCHS / 3) + 0.01 * np.clip(EPOCHS - 8, 0, None)
    falls = 4 * 0.95**EPOCHS
    columns = {"loss": 0.5 * 0.8**EPOCHS + falls, "val_loss": overfits + falls, "a_loss": falls, "val_a_loss": falls}
    columns |= {"b_loss": 0.5 * 0.8**EPOCHS, "val_b_loss": overfits, "b_accuracy": 1 - 0.5 * 0.8**EPOCHS}
    diagnosis = reportgen.diagnose(TrainingHistory.from_columns(EPOCHS + 1, columns))
    name = diagnosis.overfitting_output
    assert (diagnosis.verdict, name) == ("still-improving", "b")
    assert broken_rules(diagnosis) == []
    assert diagnosis.short_answer("overfitting").startswith(f"Output {name}: ")
    assert diagnosis.answer_words["overfitting"].startswith(f"Output {name}: ")
    assert f"Output {name}: " in str(diagnosis)
    assert any(f"output {name} matters most" in text for text in diagnosis.verdict_words.advice)
    assert diagnosis.to_dict()["answers"]["overfitting"]["answer"] == diagnosis.answers["overfitting"].answer
