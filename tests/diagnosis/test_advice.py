"""Advice is decided once, in numbers; the sentences follow it one by one."""

from typing import get_args

import histories
import pytest
from shaped_runs import SHOWING

import reportgen
from reportgen.diagnosis import judge
from reportgen.diagnosis.findings import Advice, AdviceCode
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
