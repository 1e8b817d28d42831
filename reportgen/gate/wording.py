"""The checks of a gate in words: what was found, by how much, where."""

import math
from dataclasses import dataclass
from typing import Final

from reportgen import formatting
from reportgen.diagnosis.findings import Question
from reportgen.gate.rules import Operator, Regression, Requirement
from reportgen.languages import Language, marked
from reportgen.text import printable
from reportgen.wording.answers import QUESTION_WORDS, certainty, word_short
from reportgen.wording.diagnosis import Diagnosis

OUTCOME_WORDS: Final = {"passed": marked("Passed"), "failed": marked("Failed"), "undecided": marked("Undecided")}


@dataclass(frozen=True)
class Loss:
    """What was lost against a baseline, in the metric's own unit.

    Attributes:
        key: The curve, named as Keras logs it.
        value: Its best value and the epoch (1-based); None where it has no finite one.
        baseline: The baseline's best value.
        worse: By how much the value is worse; negative where it is better.
        allowed: How much worse it may be.
        noise: Standard deviation of the difference by the noise of both curves; 0 where it is not known.
    """

    key: str
    value: tuple[float, int] | None
    baseline: float
    worse: float
    allowed: float
    noise: float


def word_result(failed: int, undecided: int, rules: int, language: Language) -> str:
    """Whether the run may pass, and how many rules decided it: a heading."""
    say = language.say_count
    if failed:
        return say("Gate failed: the rule is broken", "Gate failed: {failed} of {n} rules broken", rules, failed=failed)
    if undecided:
        return say(
            "Gate passed: the rule could not be decided",
            "Gate passed: no rule broken, {undecided} of {n} could not be decided",
            rules,
            undecided=undecided,
        )
    return say("Gate passed: the rule is kept", "Gate passed: all {n} rules kept", rules)


def word_answer_check(question: Question, sure: float | None, least: float, outcome: str, diagnosis: Diagnosis) -> str:
    """An answer, how sure it is, what the gate asks for, and the sentence under the answer."""
    language, given = diagnosis.language, diagnosis.answers[question]
    names = {"question": language.say(QUESTION_WORDS[question]), "answer": word_short(question, given, language)}
    if sure is None:
        text = language.say("{question} {answer}. That fails no gate.", **names)
    elif given.answer == "unsure":
        text = language.say(
            "{question} {answer} ({certainty}). That fails no gate.", certainty=certainty(given, language), **names
        )
    elif outcome == "passed":
        text = language.say("{question} {answer} ({certainty} sure).", certainty=formatting.certainty(sure), **names)
    elif outcome == "failed":
        text = language.say(
            "{question} {answer} ({certainty} sure; the gate fails from {limit} on).",
            certainty=formatting.certainty(sure),
            limit=_percentages(least, sure)[0],
            **names,
        )
    else:
        shown, limit = _percentages(sure, least)
        text = language.say(
            "{question} {answer} ({certainty} sure). The gate fails from {limit} on.",
            certainty=shown,
            limit=limit,
            **names,
        )
    return language.join(text, diagnosis.answer_words[question])


def word_requirement(rule: Requirement, value: float, epoch: int | None, kept: bool, language: Language) -> str:
    """The value that was met beside the one that is required."""
    say = language.say
    shown, limit = formatting.apart(value, rule.limit)
    names = {
        "key": printable(rule.key, 60),
        "value": shown,
        "epoch": epoch,
        "required": _required(rule.operator, limit, language),
    }
    if epoch is None:
        return say("{key} has no finite value; required is {required}.", **names)
    if rule.last:
        text = say("The last {key} is {value}, in epoch {epoch}; required is {required}.", **names)
    else:
        text = say("The best {key} is {value}, in epoch {epoch}; required is {required}.", **names)
    if kept or not math.isfinite(value):
        return text
    if value == rule.limit:
        return language.join(text, say("It equals the limit."))
    return language.join(text, say("It misses that by {amount}.", amount=formatting.short(abs(value - rule.limit))))


def _required(operator: Operator, limit: str, language: Language) -> str:
    return {
        ">=": language.say("{limit} or more", limit=limit),
        ">": language.say("more than {limit}", limit=limit),
        "<=": language.say("{limit} or less", limit=limit),
        "<": language.say("less than {limit}", limit=limit),
    }[operator]


def word_no_baseline(rule: Regression, language: Language) -> str:
    """That a limit could not be held against anything."""
    return language.say("There is no baseline, so the limit of {limit} was not checked.", limit=_allowed(rule))


def word_regression(rule: Regression, loss: Loss, kept: bool, language: Language) -> str:
    """The best value beside the baseline's, what was lost, and what may be."""
    say, key = language.say, printable(loss.key, 60)
    if loss.value is None:
        baseline = formatting.short(loss.baseline)
        return say(
            "{key} has no finite value to compare with the baseline's best, {baseline}.", key=key, baseline=baseline
        )
    value, baseline = formatting.apart(loss.value[0], loss.baseline)
    names = {"key": key, "value": value, "epoch": loss.value[1], "baseline": baseline, "allowed": _allowed(rule)}
    if loss.worse <= 0:
        return say(
            "The best {key} is {value}, in epoch {epoch}, and the baseline's is {baseline}; up to {allowed} worse is "
            "allowed.",
            **names,
        )
    amount = formatting.apart(loss.worse, loss.allowed)[0]
    if rule.is_ratio and loss.baseline:
        share = _percentages(loss.worse / abs(loss.baseline), rule.limit)[0]
        amount = say("{percent} ({amount})", percent=share, amount=amount)
    text = say(
        "The best {key} is {value}, in epoch {epoch}: {amount} worse than the baseline's {baseline}; up to {allowed} "
        "is allowed.",
        amount=amount,
        **names,
    )
    if kept or not loss.noise:
        return text
    return language.join(text, say("The noise of both curves is about {noise}.", noise=formatting.setting(loss.noise)))


def _allowed(rule: Regression) -> str:
    """A limit for a regression as it is said: 2%, 0.01."""
    return f"{formatting.short(rule.limit * 100)}%" if rule.is_ratio else formatting.short(rule.limit)


def _percentages(value: float, limit: float) -> tuple[str, str]:
    """A share and its limit as percentages that can be told apart; two digits where they do."""
    shown, held = formatting.apart(value * 100, limit * 100, 2)
    return f"{shown}%", f"{held}%"
