"""Words for the findings on the shape of single curves."""

from typing import Final

from reportgen import metrics
from reportgen.diagnosis.findings import Finding
from reportgen.text import printable
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.subject import Subject, as_percent, as_setting, as_value

_FEW_ROWS: Final = 500  # validation rows: larger sets are rarely noisy by themselves
_NO_MATCH: Final = 0.01  # accuracy below which almost no prediction equals its target


def word_broken_in_passing(finding: Finding, subject: Subject) -> Sentences:
    """How many values are ignored."""
    text = subject.language.say_count(
        "One value was NaN, infinite or out of range and later values were usable again; it is ignored.",
        "{n} values were NaN, infinite or out of range and later values were usable again; they are ignored.",
        finding.evidence.times or 1,
    )
    key = printable(finding.evidence.key or "", 60)
    return Sentences(subject.say("{key} was temporarily unusable", key=key), text)


def word_values_missing(finding: Finding, subject: Subject) -> Sentences:
    """Which curves have values that are not usable although the run did not diverge."""
    facts = finding.evidence
    text = subject.language.say_count(
        "Values of {key} are NaN, infinite or out of range, the first in epoch {epoch}. It is not a loss, so this does "
        "not mean that training diverged.",
        "Values of {n} curves are NaN, infinite or out of range, such as those of {key} in epoch {epoch}. No loss is "
        "among them, so this does not mean that training diverged.",
        facts.times or 1,
        key=printable(facts.key or "", 60),
        epoch=facts.epoch if facts.epoch is not None else 1,
    )
    return Sentences(subject.say("Some values are unusable"), text)


def word_unstable(finding: Finding, subject: Subject) -> Sentences:
    """How training and validation got worse, and what to do."""
    say, facts = subject.say, finding.evidence
    first, _ = finding.epochs or (1, 1)
    text = say(
        "After epoch {epoch}, the validation {metric} went from {validation_best} to {validation_end}, and the training "
        "{metric} from {train_best} to {train_end}. This is not overfitting. A lower learning rate towards the end is the "
        "usual remedy.",
        epoch=first,
        metric=subject.name(finding.metric),
        train_best=as_value(facts.train_at_best),
        validation_best=as_value(facts.validation_at_best),
        train_end=as_value(facts.train_at_end),
        validation_end=as_value(facts.validation_at_end),
    )
    return Sentences(say("Training became unstable"), subject.join(text, _clip(subject)))


def word_recovered_explosion(finding: Finding, subject: Subject) -> Sentences:
    """When the loss exploded, and what to do."""
    say, facts = subject.say, finding.evidence
    metric, split = metrics.parse_key(facts.key or finding.metric or "")
    text = say(
        "The {curve} exploded to {value} in epoch {epoch} and came back. Lower the learning rate if it happens again.",
        curve=subject.curve_of(split, metric),
        value=as_value(facts.value),
        epoch=facts.epoch if facts.epoch is not None else 1,
    )
    return Sentences(say("The loss exploded once and recovered"), subject.join(text, _clip(subject)))


def _clip(subject: Subject) -> str:
    """Advice to clip gradients, with the setting of the tool; empty if it has no gradients."""
    if subject.terms.is_boosting:
        return ""
    if not subject.terms.clipping:
        return subject.say("Clipping gradients may help as well.")
    return subject.say("Clipping gradients ({code}) may help as well.", code=subject.terms.clipping)


def word_noisy_validation(finding: Finding, subject: Subject) -> Sentences:
    """How noisy validation is, and what that means for choosing an epoch."""
    say, facts = subject.say, finding.evidence
    text = say(
        "From epoch to epoch, the {curve} changes by about {noise} (training: {train_noise}).",
        curve=subject.curve_of("validation", finding.metric),
        noise=as_setting(facts.noise),
        train_noise=as_setting(facts.train_noise),
    )
    rows, why = facts.validation_rows, ""
    if rows is not None and rows <= _FEW_ROWS:
        why = say("A validation set of only about {rows} samples can cause this.", rows=rows)
    advice = say("Do not choose an epoch by its value alone: validate on more samples, or lower the learning rate.")
    return Sentences(say("The validation curve is noisy"), subject.join(text, why, advice))


def word_spikes(finding: Finding, subject: Subject) -> Sentences:
    """How often the curve jumped, how far, and what to do."""
    facts = finding.evidence
    text = subject.language.say_count(
        "The {curve} jumped in epoch {epoch}, from {before} to {value}, and recovered. If this is a problem, lower the "
        "learning rate, or look for unusual samples in the data.",
        "The {curve} jumped {n} times and recovered, the highest in epoch {epoch}: from {before} to {value}. If this is a "
        "problem, lower the learning rate, or look for unusual samples in the data.",
        facts.times or 1,
        curve=subject.curve_of("train", finding.metric),
        epoch=facts.highest_epoch,
        before=as_value(facts.value_before),
        value=as_value(facts.highest_value),
    )
    return Sentences(subject.say("The training curve has spikes"), subject.join(text, _clip(subject)))


def word_flat_accuracy(finding: Finding, subject: Subject) -> Sentences:
    """Where the accuracy stays, and the usual causes."""
    say, facts = subject.say, finding.evidence
    text = say(
        "The {curve} is {value} in {share} of the epochs while the loss changes.",
        curve=subject.curve_of(facts.split, "accuracy"),
        value=as_value(facts.value),
        share=as_percent(facts.share),
    )
    why = say(
        "If this is the share of the most common class, the model predicts that class for every sample: look at the confusion "
        "matrix, balance the classes, scale the inputs, or change the learning rate."
    )
    if subject.terms.balancing:
        why = say(
            "If this is the share of the most common class, the model predicts that class for every sample: look at the "
            "confusion matrix, balance the classes ({code}), scale the inputs, or change the learning rate.",
            code=subject.terms.balancing,
        )
    if facts.value is not None and facts.value < _NO_MATCH:
        why = say(
            "No prediction equals its target: accuracy means nothing for a regression; log the mean absolute error."
        )
    return Sentences(say("The accuracy does not change"), subject.join(text, why))
