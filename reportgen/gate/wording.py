"""The checks of a gate in words."""

import math
from typing import Final

from reportgen import formatting
from reportgen.diagnosis.comparison import BaselineComparison
from reportgen.diagnosis.findings import CheckResult, Question
from reportgen.gate.rules import TEST, Operator, Regression, Requirement
from reportgen.languages import Language, marked
from reportgen.text import printable
from reportgen.wording.answers import QUESTION_WORDS, certainty, word_short
from reportgen.wording.check_lists import LACKS
from reportgen.wording.comparison import word_unknown_noise
from reportgen.wording.diagnosis import Diagnosis, Sentences

OUTCOME_WORDS: Final = {"passed": marked("Passed"), "failed": marked("Failed"), "undecided": marked("Undecided")}


def word_result(failed: int, undecided: int, rules: int, language: Language) -> str:
    """A heading: whether the run passed, and how many rules are broken or undecided."""
    if failed:
        return language.say_count(
            "Gate failed: the rule is broken", "Gate failed: {failed} of {n} rules broken", rules, failed=failed
        )
    if undecided:
        return language.say_count(
            "Gate passed: the rule could not be decided",
            "Gate passed: no rule is broken, {undecided} of {n} could not be decided",
            rules,
            undecided=undecided,
        )
    return language.say_count("Gate passed: the rule is met", "Gate passed: all {n} rules are met", rules)


def word_answer_check(question: Question, sure: float | None, least: float, outcome: str, diagnosis: Diagnosis) -> str:
    """An answer, its certainty, the limit of the gate, and the sentence under the answer."""
    language, given = diagnosis.language, diagnosis.answers[question]
    names = {"question": language.say(QUESTION_WORDS[question]), "answer": word_short(question, given, language)}
    if sure is None:
        text = language.say("{question} {answer}. This does not fail the gate.", **names)
    elif given.answer == "unsure":
        text = language.say(
            "{question} {answer} ({certainty}). This does not fail the gate.",
            certainty=certainty(given, language),
            **names,
        )
    elif outcome == "passed":
        text = language.say("{question} {answer} ({certainty} sure).", certainty=formatting.certainty(sure), **names)
    elif outcome == "failed":
        text = language.say(
            "{question} {answer} ({certainty} sure; the gate fails at {limit} or more).",
            certainty=formatting.certainty(sure),
            limit=_percentages(least, sure)[0],
            **names,
        )
    else:
        shown, limit = _percentages(sure, least)
        text = language.say(
            "{question} {answer} ({certainty} sure). The gate fails at {limit} or more.",
            certainty=shown,
            limit=limit,
            **names,
        )
    return language.join(text, diagnosis.answer_words[question])


def word_ignored(finding: str, language: Language) -> str:
    """Why an answer does not fail the gate."""
    return language.say("The finding {name} is ignored, so this does not fail the gate.", name=finding)


def word_requirement(rule: Requirement, value: float, epoch: int | None, kept: bool, language: Language) -> str:
    """The value of the run and the required one."""
    say = language.say
    shown, limit = formatting.apart(value, rule.limit)
    names = {
        "key": printable(rule.key, 60),
        "value": shown,
        "epoch": epoch,
        "required": _required(rule.operator, limit, language),
    }
    if epoch is None:
        return say("{key} has no finite value; {required} is required.", **names)
    if rule.last:
        text = say("The last {key} is {value}, in epoch {epoch}; {required} is required.", **names)
    else:
        text = say("The best {key} is {value}, in epoch {epoch}; {required} is required.", **names)
    if kept or not math.isfinite(value):
        return text
    return language.join(text, _word_missed(value, rule.limit, language))


def word_test_score(rule: Requirement, value: float, kept: bool, language: Language) -> str:
    """A score after training and the required one."""
    shown, limit = formatting.apart(value, rule.limit)
    required = _required(rule.operator, limit, language)
    text = language.say(
        "On test data, {key} is {value}; {required} is required.",
        key=printable(rule.key.removeprefix(TEST), 60),
        value=shown,
        required=required,
    )
    return text if kept else language.join(text, _word_missed(value, rule.limit, language))


def word_found(words: Sentences, language: Language) -> str:
    """A finding that the gate checks for."""
    return language.join(language.say("{sentence}.", sentence=words.title), words.text)


def word_not_found(language: Language) -> str:
    """That a run does not have the finding that the gate checks for."""
    return language.say("The run has no such finding.")


def word_unchecked(check: CheckResult | None, language: Language) -> str:
    """Why the run was not checked for a finding; without an evaluation, it has no such check."""
    reason = language.say("no evaluation on test data")
    if check is not None and check.reason is not None:
        reason = language.say(LACKS[check.reason])
    return language.say("Not checked: {reason}. This does not fail the gate.", reason=reason)


def _word_missed(value: float, limit: float, language: Language) -> str:
    if value == limit:
        return language.say("It equals the limit.")
    return language.say("It misses that by {amount}.", amount=formatting.short(abs(value - limit)))


def _required(operator: Operator, limit: str, language: Language) -> str:
    return {
        ">=": language.say("{limit} or more", limit=limit),
        ">": language.say("more than {limit}", limit=limit),
        "<=": language.say("{limit} or less", limit=limit),
        "<": language.say("less than {limit}", limit=limit),
    }[operator]


def word_no_baseline(rule: Regression, language: Language) -> str:
    """A limit that cannot be checked without a baseline."""
    return language.say("There is no baseline, so the limit of {limit} was not checked.", limit=_allowed(rule))


def word_regression(
    rule: Regression,
    key: str,
    best: tuple[float, int] | None,
    theirs: float,
    worse: float,
    compared: BaselineComparison | None,
    language: Language,
) -> str:
    """The best value of the run and of the baseline, how much worse it is, and how much is allowed.

    ``best`` is the run's best value and its epoch (1-based), ``theirs`` the baseline's best value, ``worse`` negative
    if the run is better. ``compared`` says how large the noise of the curves is, if that is known for this metric.
    """
    say, key = language.say, printable(key, 60)
    if best is None:
        baseline = formatting.short(theirs)
        return say(
            "{key} has no finite value to compare with the baseline's best, {baseline}.", key=key, baseline=baseline
        )
    value, baseline = formatting.apart(best[0], theirs)
    names = {"key": key, "value": value, "epoch": best[1], "baseline": baseline, "allowed": _allowed(rule)}
    if worse <= 0:
        return say(
            "The best {key} is {value}, in epoch {epoch}, and the baseline's is {baseline}; up to {allowed} worse is "
            "allowed.",
            **names,
        )
    amount = formatting.apart(worse, rule.limit * abs(theirs) if rule.is_ratio else rule.limit)[0]
    if rule.is_ratio and theirs:
        share = _percentages(worse / abs(theirs), rule.limit)[0]
        amount = say("{percent} ({amount})", percent=share, amount=amount)
    text = say(
        "The best {key} is {value}, in epoch {epoch}: {amount} worse than the baseline's {baseline}; up to {allowed} "
        "is allowed.",
        amount=amount,
        **names,
    )
    if compared is None:
        return text
    if compared.unknown_noise is not None:
        return language.join(text, word_unknown_noise(compared.unknown_noise, language))
    noise = formatting.setting(compared.noise)
    return language.join(text, say("The noise of both curves is about {noise}.", noise=noise))


def _allowed(rule: Regression) -> str:
    """A limit for a regression in a sentence: 2%, 0.01."""
    return f"{formatting.short(rule.limit * 100)}%" if rule.is_ratio else formatting.short(rule.limit)


def _percentages(value: float, limit: float) -> tuple[str, str]:
    """A fraction and its limit as percentages with enough digits to see the difference."""
    shown, held = formatting.apart(value * 100, limit * 100, 2)
    return f"{shown}%", f"{held}%"
