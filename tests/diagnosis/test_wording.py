import ast
import inspect
import math
import re
from collections.abc import Iterator
from typing import Any, get_args

import histories
import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from shaped_runs import SHOWING, flat, surer

import reportgen
from reportgen.diagnosis import judge, questions
from reportgen.diagnosis.findings import QUESTIONS, Finding, Question, VerdictCode
from reportgen.diagnosis.grades import Grade
from reportgen.diagnosis.rules import RULES
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.history.evaluation import Calibration, ClassScores, Evaluation, Majority, Score
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.history.resource_use import ResourceUse
from reportgen.languages import ENGLISH
from reportgen.wording.answers import GRADE_WORDS, QUESTION_WORDS, REASONS
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.findings import WORDS, word_finding
from reportgen.wording.subject import Subject

SPOILT = re.compile(r"\bnan\b|\bNone\b|\?|\binf\b|\{|\}|  |np\.|float64")


def sentences(history: TrainingHistory, diagnosis: Diagnosis) -> Iterator[str]:
    for words in (diagnosis.verdict_words, *diagnosis.finding_words):
        yield from (words.title, words.text, *words.advice)
    yield from diagnosis.answer_words.values()


def of(run: RunFacts | None = None, **columns: Any) -> TrainingHistory:
    n = len(next(iter(columns.values())))
    return TrainingHistory.from_columns(np.arange(1, n + 1), columns, run)


LINE = np.linspace(1.0, 0.2, 40)
TURN = np.concatenate([np.linspace(1.0, 0.5, 50), np.linspace(0.5, 0.55, 50)])
PEAK = np.where(np.arange(40) == 5, 0.9, 0.6)
E = np.arange(20.0)
MORE = {
    "accuracy peaks elsewhere": of(loss=LINE, val_loss=LINE, val_accuracy=PEAK),
    "accuracy gap": of(accuracy=1 - LINE / 2, val_accuracy=1 - LINE),
    "overfitting possible": of(loss=np.linspace(1.0, 0.35, 100), val_loss=TURN),
    "overfitting accuracy": of(accuracy=np.linspace(0.5, 0.99, 100), val_accuracy=1 - TURN * np.linspace(1, 1.6, 100)),
    "stopped early": of(RunFacts(status="stopped-early", epochs_planned=99), loss=LINE),
    "stopped, planned unknown": of(RunFacts(status="stopped-early"), loss=LINE),
    "interrupted, planned unknown": of(RunFacts(status="interrupted"), loss=LINE),
    "plunging score": of(r2=-np.geomspace(1, 100, 20)),
    "off the scale": of(loss=[1.0, 2.0, 1e200]),
    "broken in passing": of(loss=[1.0, math.nan, 0.5, 0.4, 0.3]),
    "excerpt": TrainingHistory.from_columns(
        np.arange(39, 79), {"loss": LINE, "val_loss": LINE}, RunFacts(epochs_planned=200)
    ),
    "flat excerpt": TrainingHistory.from_columns(np.arange(39, 79), {"loss": LINE * 0 + 1}),
    "two evaluation sets": of(loss=LINE, val_a_loss=LINE, val_b_loss=LINE),
    "evaluated twice": of(loss=LINE, val_accuracy=[*[None] * 38, 0.5, 0.6]),
    "unknown validation": of(loss=LINE, val_strange=LINE),
    "own criterion": of(
        RunFacts(monitor="val_wer", notes=(Note.of("own-criterion", name="eval_wer"),)), loss=LINE, val_wer=LINE
    ),
    "broken diagnostic": of(loss=LINE, grad_norm=[math.nan] * 40),
    "all NaN": of(loss=[math.nan] * 5),
    "no direction": of(strange=LINE),
    "validation only": of(val_loss=LINE),
    "negative": of(loss=-LINE, val_loss=-LINE),
    "zeros": of(loss=LINE * 0, val_loss=LINE * 0),
    "diverged before anything": of(loss=[math.inf, 1.0], val_loss=[1.0, 1.0]),
    "noise": of(loss=1 + np.sin(np.arange(40.0)) / 5, val_loss=1 + np.cos(np.arange(40.0)) / 5),
    "accuracy of a regression": flat(value=0.0),
    "accuracy rose": surer(accuracy_change=0.05),
    "unclear": of(loss=np.exp(-E / 10), val_loss=0.3 + 0.3 * np.exp(-E / 3) + 0.03 * np.sin(2 * E)),
    "competing": of(d_loss=LINE, g_loss=LINE),
    "competing, with FID": of(d_loss=LINE, g_loss=LINE, fid=LINE),
    "agent": of(actor_loss=LINE, critic_loss=LINE),
    "rewarded": of(loss=LINE, episode_reward=1 / LINE),
    "annealed": of(loss=LINE, kl=LINE, kl_weight=1 - LINE),
    "no total": of(a_loss=LINE, b_loss=LINE),
    "no total, with accuracy": of(a_loss=LINE, b_loss=LINE, val_accuracy=1 - LINE),
    "ended schedule": of(loss=LINE, val_loss=LINE, lr=np.geomspace(1, 1e-6, 40)),
    "guessing": of(loss=np.log(10) + np.linspace(0.3, 0, 20) ** 4, accuracy=0.1 + E / 2000),
    "validation guesses": of(loss=np.linspace(2.3, 0.2, 20), val_loss=np.log(10) + E / 1e4, val_accuracy=0.1 + 0 * E),
    "validation does not move": of(loss=np.linspace(2.0, 0.2, 20), val_loss=0.8 + E / 1e4),
    "wide gap": of(loss=np.exp(-E / 3) + 0.1, val_loss=0.5 + 0.5 * np.exp(-E / 3)),
    "zero rate": of(loss=1 + np.sin(E) / 9, lr=0 * E),
    "exploded once": of(loss=np.where(E == 3, 1e9, 1 / (1 + E)), val_loss=1 / (1 + E)),
    "slower": of(RunFacts(durations_s=(1.0,) * 10 + (2.0,) * 10), loss=1 / (1 + E)),
    "many learning rates": of(loss=LINE, lr=np.geomspace(1, 1e-6, 40)),
}
RUNS = {make.__name__: make() for make in histories.ALL if make is not histories.hostile_names} | MORE
RUNS |= {name: make() for name, make in SHOWING.items()}
TESTED = Evaluation(
    "binary",
    100,
    (Score("accuracy", 0.4, 0.35, 0.45),),
    (ClassScores("cat", 60, 100, 0.6, 1.0, 0.75), ClassScores("dog", 40, 0, None, 0.0, 0.0)),
    majority=Majority("cat", 0.6, Score("gain", -0.2, -0.3, -0.1)),
    calibration=Calibration(0.2, 0.03, (0.5,), (0.3,), (100,), 2.25, 0.9, 0.6),
)
USED = ResourceUse(
    tuple(10.0 * n for n in range(1, 31)),
    tuple(10**9 + 10**8 * n for n in range(30)),
    (2.0,) * 30,
    (0.1,) * 30,
    (10**9,) * 30,
    machine_memory_bytes=10**10,
)
RUNS["resources"] = of(RunFacts(resources=USED), loss=[0.9, 0.5])
RUNS["tested"] = of(RunFacts(evaluation=TESTED), loss=[0.9, 0.5], val_loss=[0.9, 0.6], val_accuracy=[0.6, 0.9])


@pytest.mark.parametrize("name", RUNS)
def test_no_sentence_contains_an_unknown_number(name: str) -> None:
    history = RUNS[name]
    for sentence in sentences(history, reportgen.diagnose(history)):
        assert sentence
        assert not SPOILT.search(sentence), sentence
        assert (
            sentence[0].isupper()
            or sentence[0].isdigit()
            or sentence.startswith(("loss", "val_", "r2", "fid", "episode_"))
        ), sentence


@given(strategies.histories())
def test_any_history_is_put_into_complete_sentences(history: TrainingHistory) -> None:
    diagnosis = reportgen.diagnose(history)
    assert set(diagnosis.answer_words) == set(QUESTIONS)
    assert all(text.endswith(".") for text in diagnosis.answer_words.values())
    plain = {"loss", "accuracy", "auc", "learning_rate", "acc", "r2", "head_loss", "strange"}
    if plain.issuperset(history.metric_names):
        assert not [text for text in sentences(history, diagnosis) if SPOILT.search(text)]


HEADLINES = {
    "diverged": "Training diverged at",
    "frozen": "Nothing can be learned|Nothing changes",
    "not-learning": "The model did not learn|The model has not learned so far",
    "not-generalising": "The model learns its training data, but",
    "unstable": "Training is unstable",
    "overfitting": "The model (probably )?overfits",
    "large-gap": "The model fits its training data far better",
    "still-improving": "(Probably s|S)till improving",
    "finished": "The model (probably )?converged|No longer improving|The .* hardly improved after the first epoch"
    "|Probably converged|The agent's reward converged|The run has finished",
    "unclear": "No clear verdict|It is unclear whether|The model learned; it is unclear",
    "not-judged": "This run cannot be judged|The log is too short for a verdict",
}
CURVES = st.lists(st.floats(0.1, 2), min_size=4, max_size=24)


def falling(noises: list[float]) -> np.ndarray:
    return np.array([1 / n + noise / 8 for n, noise in enumerate(noises, 1)])


@settings(deadline=None, max_examples=2 * settings.default.max_examples)
@given(st.one_of(strategies.histories(), st.tuples(CURVES, CURVES, st.floats(0, 0.05))))
def test_the_verdict_agrees_with_the_headline(run: Any) -> None:
    if not isinstance(run, TrainingHistory):
        train, validation, slope = run
        n = min(len(train), len(validation))
        run = of(loss=falling(train[:n]), val_loss=falling(validation[:n]) + slope * np.arange(n))
    diagnosis = reportgen.diagnose(run)
    said = {code for code, start in HEADLINES.items() if re.match(start, diagnosis.verdict_words.title)}
    assert said == {diagnosis.verdict}


CODES = frozenset(check.code for check in RULES)
OF_PACKAGES = {"own-rule-failed"}  # needs an installed package: test_own_rules.py


def test_the_runs_above_cover_every_finding_and_every_verdict() -> None:
    diagnoses = [reportgen.diagnose(history) for history in RUNS.values()]
    assert {finding.code for diagnosis in diagnoses for finding in diagnosis.findings} == CODES - OF_PACKAGES
    assert {diagnosis.verdict for diagnosis in diagnoses} == set(get_args(VerdictCode))
    reasons = {a.reason for diagnosis in diagnoses for a in diagnosis.answers.values()} - {None}
    assert reasons == set(REASONS)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_words_even_without_evidence(code: str) -> None:
    words = word_finding(Finding(code, "note", "loss", (3, 9)), Subject(judge(histories.healthy()), ENGLISH))
    assert words.title
    assert words.text.endswith(".")


def test_each_rule_and_its_wording_and_its_findings_share_one_name() -> None:
    assert set(WORDS) == CODES
    for history in RUNS.values():
        run = judge(history)
        for check in RULES:
            assert {finding.code for finding in check.find(run, DEFAULTS)} <= {check.code}


def test_rules_and_words_are_in_modules_of_the_same_name() -> None:
    for check in RULES:
        assert check.find.__module__.split(".")[-1] == WORDS[check.code].__module__.split(".")[-1]


def test_every_question_answer_and_reason_has_words() -> None:
    assert set(QUESTION_WORDS) == set(get_args(Question)) == set(QUESTIONS)
    assert set(GRADE_WORDS) == set(get_args(Grade))
    reasons = {
        word.value
        for node in ast.walk(ast.parse(inspect.getsource(questions)))
        if isinstance(node, ast.keyword) and node.arg == "reason"
        for word in ast.walk(node.value)
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    }
    assert reasons
    assert reasons <= set(REASONS)


def test_a_diagnosis_names_its_epochs_in_words() -> None:
    overfit = reportgen.diagnose(histories.of_tool(histories.overfit_from_12()))
    assert "in epoch 12 " in overfit.verdict_words.text
    assert "val_loss" in " ".join(overfit.verdict_words.advice)
    assert reportgen.diagnose(histories.diverged_at_7()).verdict_words.title == "Training diverged at epoch 7."
    assert "best epoch is 20" in reportgen.diagnose(histories.worse_again()).verdict_words.title


def test_sentences_with_hostile_names_stay_on_one_line() -> None:
    history = histories.hostile_names()
    for sentence in sentences(history, reportgen.diagnose(history)):
        assert not set(sentence) & set("\n\r\0\a\x1b\u2028\u2029\u202e")
        assert len(sentence) < 400


@pytest.mark.parametrize("name", RUNS)
def test_a_diagnosis_prints_in_a_few_short_lines(name: str) -> None:
    diagnosis = reportgen.diagnose(RUNS[name])
    headline, *answers = str(diagnosis).splitlines()
    assert headline == diagnosis.verdict_words.title
    assert len(answers) == len(QUESTIONS)
    assert all(len(line) < 100 for line in answers)
    assert repr(diagnosis).startswith(f"<Diagnosis: {diagnosis.verdict}")
    assert len(repr(diagnosis)) < 120


def test_a_printed_diagnosis_is_worded_in_its_language_and_names_what_was_judged() -> None:
    diagnosis = reportgen.diagnose(histories.overfit_from_12())
    assert repr(diagnosis) == "<Diagnosis: overfitting by val_loss, best epoch 12, 60 epochs>"
    assert "Does it overfit? Yes, from epoch 13 on (98%)" in str(diagnosis)
    assert "过拟合" in str(reportgen.diagnose(histories.overfit_from_12(), language="zh-CN"))
    assert "\x1b" not in repr(reportgen.diagnose({"\x1b[31m_loss": [1.0, 0.5]}))
