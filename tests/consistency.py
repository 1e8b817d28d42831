"""Rules that no report may break: pairs of statements that contradict each other, each as a named predicate."""

import re
from collections.abc import Callable
from typing import Final

from reportgen.charts.metric_chart import run_notches, verdict_marks
from reportgen.diagnosis.advice import ends_schedule, has_raised_rate
from reportgen.diagnosis.grades import grade_of, is_likely, is_probable
from reportgen.formatting import percent
from reportgen.gate import GateRules, check_gate
from reportgen.wording.answers import word_short
from reportgen.wording.diagnosis import Diagnosis

Rule = Callable[[Diagnosis], bool]

_GATED: Final = ("diverged", "not-learning", "overfitting", "more-training-helps")


def _p(of: Diagnosis, question: str) -> float:
    return of.answers[question].probability or 0.0  # type: ignore[index]


def _codes(of: Diagnosis) -> set[str]:
    return {finding.code for finding in of.findings}


def _advised(of: Diagnosis) -> set[str]:
    return {advice.code for advice in of.advice}


def _texts(of: Diagnosis) -> list[str]:
    words = (of.verdict_words, *of.finding_words)
    return [text for part in words for text in (part.title, part.text, *part.advice)] + list(of.answer_words.values())


def _marks(of: Diagnosis) -> str:
    if of.reading.metric is None:
        return ""
    history = of.reading.history
    return " ".join(mark.label for mark in (*verdict_marks(history, of), *run_notches(history, of)))


def _failed(of: Diagnosis) -> set[str]:
    result = check_gate(of.reading.history, of, GateRules(fail_on=_GATED))
    return {check.rule for check in result.checks if check.outcome == "failed"}


def _train_on_beside_no(of: Diagnosis) -> bool:
    return "train-on" in _advised(of) and is_probable(1 - _p(of, "more_training_helps"))


def _word_beside_probability(of: Diagnosis) -> bool:
    english = {
        "yes": "Yes", "likely": "Likely", "probably": "Probably", "unsure": "Unsure", "probably-not": "Probably not",
        "unlikely": "Unlikely", "no": "No",
    }  # fmt: skip
    return any(
        given.probability is not None
        and word_short(question, given, of.language).split(",")[0] != english[grade_of(given.probability)]
        for question, given in of.answers.items()
    )


def _answer_beside_probability(of: Diagnosis) -> bool:
    return any(
        (given.answer == "yes" and not is_probable(given.probability))
        or (given.answer == "no" and is_probable(given.probability))
        or (given.answer == "unsure" and not 0.05 < (given.probability or 0) < 0.95)
        for given in of.answers.values()
    )


def _keeps_another_epoch(of: Diagnosis) -> bool:
    return any(
        advice.code == "use-epoch" and (advice.epoch != of.best_epoch or advice.kept_epoch not in (None, advice.epoch))
        for advice in of.advice
    )


def _best_epoch_is_not_best(of: Diagnosis) -> bool:
    """The finding on the best epoch, the advice and the mark name one epoch."""
    named = [f.epochs[0] for f in of.findings if f.code == "best-epoch" and f.epochs]
    return any(epoch != of.best_epoch for epoch in named)


def _quoted_value_was_not_logged(of: Diagnosis) -> bool:
    """Values at the best epoch and at the end are those of the log."""
    given = of.answers["overfitting"].evidence
    if given.best_value is None or of.reading.validation is None or of.best_epoch is None:
        return False
    logged = of.reading.history.series(of.reading.metric or "", "validation")
    return given.best_value != logged.loc[of.best_epoch]


def _sure_title(of: Diagnosis, code: str, question: str) -> bool:
    """A finding whose title states as a fact what the answer calls probable only."""
    return any(
        finding.code == code
        and not is_likely(_p(of, question))
        and not words.title.startswith("Probably")
        and of.answers[question].evidence.epochs is None  # type: ignore[index]
        for finding, words in zip(of.findings, of.finding_words, strict=True)
    )


def _close_but_far(of: Diagnosis) -> bool:
    """A value at which a curve "had nearly levelled off", although the best one is far better."""
    curve = of.reading.monitor
    found = re.search(r"By \w+ ([\d,]+) of [\d,]+, the [^.]+ had nearly levelled off", " ".join(_texts(of)))
    if curve is None or found is None:
        return False
    at = float(curve.errors[curve.position(int(found[1].replace(",", "")))])
    return at - float(curve.errors.min()) > 0.05 * curve.scale + 1e-12


def _promises_another_gain(of: Diagnosis) -> bool:
    """The expected gain in words is not how far the drawn forecast ends below the best value so far."""
    found = re.search(r"(?:end|be) (?:about )?(\S+) below its best value so far", " ".join(_texts(of)))
    curve = of.reading.monitor
    if found is None or of.forecast is None or curve is None:
        return found is not None
    best = float(curve.errors.min())
    return found[1] != percent(max(0.0, best - float(of.forecast.mid[-1])) / abs(best)) and best > 0


def _first_value_is_of_another_epoch(of: Diagnosis) -> bool:
    """A value is quoted for an epoch in which the curve has none."""
    found = re.search(r"went from \S+ in epoch ([\d,]+), its first value shown", of.answer_words["learning"])
    trained = of.reading.trained
    return found is not None and (trained is None or int(found[1].replace(",", "")) not in trained[0].epochs)


RULES: Final[dict[str, Rule]] = {
    "the word of an answer does not fit its probability": _word_beside_probability,
    "yes, no or unsure does not fit the probability": _answer_beside_probability,
    "train on, although more training would not help": _train_on_beside_no,
    "more epochs will not help, although they probably would": lambda of: (
        any("more epochs alone will not help" in text for text in _texts(of))
        and is_probable(_p(of, "more_training_helps"))
    ),
    "still improving without progress": lambda of: (
        of.verdict == "still-improving" and (of.answers["more_training_helps"].evidence.recent_progress or 0.0) <= 0
    ),
    "surely still improving by less than 0.5%": lambda of: (
        of.verdict == "still-improving"
        and is_likely(_p(of, "more_training_helps"))
        and (of.answers["more_training_helps"].evidence.recent_progress_ratio or 1.0) < 0.004
    ),
    "an improvement below zero": lambda of: any(
        re.search(r"improve[ds]? by (about )?[-\N{MINUS SIGN}]", text) for text in _texts(of)
    ),
    "still improving, although it ends far above its best": lambda of: (
        of.verdict in ("still-improving", "finished") and of.signs.far_end >= of.reading.thresholds.far_end
    ),
    "finished, although the learning rate is too high": lambda of: (
        of.verdict in ("finished", "still-improving", "large-gap")
        and bool({"learning-rate-too-high", "unstable"} & _codes(of))
    ),
    "unstable and overfitting at once": lambda of: {"unstable", "overfitting"} <= _codes(of),
    "too high and too low a learning rate": lambda of: (
        {"learning-rate-too-high", "learning-rate-too-low"} <= _codes(of)
        or {"lower-learning-rate", "raise-learning-rate"} <= _advised(of)
    ),
    "overfitting, but no epoch to go back to": lambda of: (
        of.verdict == "overfitting" and not {"use-epoch", "use-it"} & _advised(of)
    ),
    "overfitting, although the answer says no": lambda of: (
        of.verdict == "overfitting" and not is_probable(_p(of, "overfitting"))
    ),
    "not overfitting, although the answer says that it is likely": lambda of: (
        is_likely(_p(of, "overfitting"))
        and of.verdict not in ("overfitting", "not-generalising", "frozen", "not-learning", "diverged")
    ),
    "use it as it is, although it ends far from its best": lambda of: (
        any(advice.code == "use-it" and advice.epoch is None for advice in of.advice)
        and (of.answers["overfitting"].evidence.rise_ratio or 0.0) >= 0.05
        and of.reading.history.run.early_stopping is None
    ),
    "learned, although nothing can be learned": lambda of: (
        of.verdict in ("frozen", "not-learning") and of.answers["learning"].answer != "no"
    ),
    "did not learn, under another headline": lambda of: (
        of.answers["learning"].answer == "no" and of.verdict not in ("frozen", "not-learning", "diverged")
    ),
    "a best epoch of a run that did not learn": lambda of: (
        of.verdict in ("frozen", "not-learning") and bool({"best-epoch", "converged", "still-improving"} & _codes(of))
    ),
    "another epoch is kept than the best one": _keeps_another_epoch,
    "two best epochs": _best_epoch_is_not_best,
    "a quoted value that was not logged": _quoted_value_was_not_logged,
    "a finding on the end that is not in the headline": lambda of: (
        ("still-improving" in _codes(of)) != (of.verdict == "still-improving")
        or ("converged" in _codes(of) and of.verdict != "finished")
        or ("diverged" in _codes(of)) != (of.verdict == "diverged")
    ),
    "a mark of convergence in a chart that the headline lacks": lambda of: (
        ("converged at" in _marks(of)) and of.verdict != "finished"
    ),
    "a mark of overfitting in a chart that the headline lacks": lambda of: (
        ("overfitting from" in _marks(of)) and of.verdict not in ("overfitting", "not-generalising")
    ),
    "the gate fails on overfitting, the headline does not say it": lambda of: (
        "overfitting" in _failed(of) and of.verdict not in ("overfitting", "not-generalising", "frozen", "not-learning")
    ),
    "the gate fails on learning, the headline does not say it": lambda of: (
        "not-learning" in _failed(of) and of.verdict not in ("frozen", "not-learning", "diverged")
    ),
    "an output did worse than the headline says": lambda of: (
        any(output.verdict in ("overfitting", "diverged", "not-learning", "frozen") for output in of.outputs.values())
        and of.verdict in ("finished", "still-improving", "unclear")
        and not any(name in of.verdict_words.title for name in of.outputs)
    ),
    "more epochs at a learning rate of almost nothing": lambda of: (
        "train-on" in _advised(of) and of.signs.ended_rate is not None
    ),
    "an explosion that is not mentioned": lambda of: (
        of.signs.explosion is not None and of.verdict != "diverged" and "exploded" not in of.verdict_words.text
    ),
    "hardly improved after the first epoch, although the last one is the best": lambda of: (
        "hardly improved after the first" in of.verdict_words.title and of.best_epoch == of.reading.span[1]
    ),
    "converged as a fact, although it is only probable": lambda of: _sure_title(of, "converged", "converged"),
    "still improving as a fact, although it is only probable": lambda of: _sure_title(
        of, "still-improving", "more_training_helps"
    ),
    "close to its best at a value far from it": _close_but_far,
    "a first value in an epoch without a value": _first_value_is_of_another_epoch,
    "train longer, twice": lambda of: (
        {"train-on", "repeat-run"} <= _advised(of) and any("train longer" in text for text in of.verdict_words.advice)
    ),
    "too few values for a trend beside a trend": lambda of: (
        any("tell a trend" in text for text in _texts(of)) and of.verdict == "still-improving"
    ),
    "converged, and worse later": lambda of: (
        is_probable(_p(of, "converged")) and "got worse" in of.answer_words["converged"]
    ),
    "hardly improved, as the reason for more training": lambda of: (
        is_probable(_p(of, "more_training_helps")) and "hardly improved" in of.answer_words["more_training_helps"]
    ),
    "probably learned, never better than at first": lambda of: (
        is_probable(_p(of, "learning")) and "never got" in of.answer_words["learning"]
    ),
    "the first epoch of a log that begins later": lambda of: (
        of.reading.excerpt is not None
        and not of.reading.excerpt.is_beginning
        and any("in the first epoch" in text for text in _texts(of))
    ),
    "unusable weights, although training values are finite": lambda of: (
        of.signs.broken is not None
        and any("weights are unusable" in text for text in _texts(of))
        and of.verdict != "diverged"
    ),
    "use it as it is, first, at a large gap": lambda of: (
        of.verdict == "large-gap" and of.advice[0].code == "use-it" and of.reading.history.run.early_stopping is None
    ),
    "noise as the reason, although too few values show any": lambda of: (
        of.reading.monitor is not None
        and len(of.reading.monitor.errors) < 5
        and any("given its noise" in text for text in _texts(of))
    ),
    "values needed to judge what was judged": lambda of: (
        of.verdict in ("overfitting", "large-gap", "still-improving")
        and any("are needed to judge" in text for text in _texts(of))
    ),
    "the text promises another gain than the forecast in the chart": _promises_another_gain,
    "does not overfit, although an output does": lambda of: (
        of.overfitting_output is not None
        and of.verdict in ("still-improving", "finished", "unclear", "large-gap")
        and of.overfitting_output not in of.short_answer("overfitting")
    ),
    "train on and train again, without a choice": lambda of: (
        {"train-on", "regularise"} <= _advised(of)
        and not any(text.startswith("Or") and "again" in text for text in of.verdict_words.advice)
    ),
    "more epochs at the end of a schedule": lambda of: (
        ends_schedule(of) and any(advice.code in ("train-on", "stop-early") for advice in of.advice)
    ),
    "use it as it is, although validation is unknown": lambda of: (
        of.answers["overfitting"].reason == "no-validation"
        and any(advice.code == "use-it" and advice.epoch is None for advice in of.advice)
        and of.reading.history.run.early_stopping is None
    ),
    "clip gradients before lowering a rate that was raised": lambda of: (
        of.verdict == "diverged" and has_raised_rate(of) and of.advice[0].code != "lower-learning-rate"
    ),
    "counts of tests for a model whose output overfits": lambda of: (
        of.overfitting_output is not None and any("benchmark" in text for text in of.verdict_words.advice)
    ),
    "no advice": lambda of: not of.advice,
    "the same sentence twice": lambda of: len(set(of.verdict_words.advice)) < len(of.verdict_words.advice),
    "more certain than a few evaluations allow": lambda of: (
        of.reading.monitor is not None
        and of.verdict in ("overfitting", "still-improving")
        and len(of.reading.monitor.errors) < 5
        and max(_p(of, "overfitting"), _p(of, "more_training_helps")) > 0.93
    ),
}


def broken_rules(of: Diagnosis) -> list[str]:
    """The names of the rules that a diagnosis breaks, with those of its outputs."""
    own = [name for name, rule in RULES.items() if rule(of)]
    return own + [f"output {name}: {rule}" for name, part in of.outputs.items() for rule in broken_rules(part)]
