"""Words for the findings that compare training with validation, and loss with accuracy."""

from reportgen.diagnosis.findings import Finding
from reportgen.text import printable
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.subject import WORTH_SAYING, Subject, as_percent, as_value


def word_generalisation_gap(finding: Finding, subject: Subject) -> Sentences:
    """Training and validation at the best epoch."""
    say, facts = subject.say, finding.evidence
    text = say(
        "At the best epoch, the {metric} is {train} on training data and {validation} on validation data",
        metric=subject.name(finding.metric),
        train=as_value(facts.train_value),
        validation=as_value(facts.validation_value),
    )
    if change := subject.worse(facts.gap_ratio, facts.train_value, finding.metric):
        text = say("{course}, {change}", course=text, change=change)
    return Sentences(say("Validation is clearly worse than training"), say("{sentence}.", sentence=text))


def word_validation_broken(finding: Finding, subject: Subject) -> Sentences:
    """Which validation loss is not a number, and why that is not a divergence."""
    say, broken = subject.say, subject.judged.signs.broken
    values = {"key": printable(finding.evidence.key or "", 60), "epoch": finding.evidence.epoch}
    text = say("{key} is NaN or infinite from epoch {epoch} on, but the training values are not.", **values)
    if broken is not None and broken.always:
        text = say("{key} is NaN or infinite in every epoch, but the training values are not.", **values)
    cause = say(
        "So training did not diverge; the validation data may be empty, or contain NaN or labels that the loss cannot "
        "take."
    )
    return Sentences(say("The validation loss is NaN or infinite"), subject.join(text, cause))


def word_accuracy_peaks_elsewhere(finding: Finding, subject: Subject) -> Sentences:
    """The best epoch of the accuracy compared with that of the loss."""
    say, facts = subject.say, finding.evidence
    text = say(
        "The {curve} was best in epoch {epoch} ({value}); in the epoch with the best loss, it was {other}. Choose the "
        "epoch by the metric that matters to you.",
        curve=subject.curve_of("validation", finding.metric),
        epoch=facts.epoch,
        value=as_value(facts.value),
        other=as_value(facts.value_at_best_loss),
    )
    return Sentences(say("Best {metric} in another epoch", metric=subject.name(finding.metric)), text)


def word_underfitting(finding: Finding, subject: Subject) -> Sentences:
    """How little the model learned before it converged."""
    say, facts = subject.say, finding.evidence
    values = {
        "curve": subject.curve_of("train", finding.metric),
        "first": as_value(facts.first_value),
        "best": as_value(facts.best_value),
    }
    if facts.train_accuracy is not None:
        text = say(
            "Training converged after little progress: the {curve} went from {first} to {best} (accuracy {accuracy}), "
            "and validation is no worse.",
            accuracy=as_value(facts.train_accuracy),
            **values,
        )
    else:
        text = say(
            "Training converged after little progress: the {curve} went from {first} to {best}, and validation is no "
            "worse.",
            **values,
        )
    advice = say(
        "Try a larger model, another learning rate or less regularisation; if nothing helps, the inputs may say little "
        "about the target."
    )
    return Sentences(say("The model may underfit"), subject.join(text, advice))


def word_validation_better(finding: Finding, subject: Subject) -> Sentences:
    """How much better validation is, and the usual cause."""
    say, facts = subject.say, finding.evidence
    values = {
        "curve": subject.curve_of("validation", finding.metric),
        "percent": as_percent(facts.better_ratio),
        "validation": as_value(facts.validation_value),
        "train": as_value(facts.train_value),
    }
    if subject.is_score(finding.metric):
        text = say(
            "In the second half, the {curve} was typically better than training; it ends at {validation} against {train}.",
            **values,
        )
    else:
        text = say(
            "In the second half, the {curve} was typically {percent} better than training; it ends at {validation} against "
            "{train}.",
            **values,
        )
    why = say(
        "This is normal with dropout or augmentation, which only affect training, and while the model learns fast. "
        "Otherwise, check whether the validation set is easier than the training set."
    )
    return Sentences(say("Validation is better than training"), subject.join(text, why))


def word_leakage_suspect(finding: Finding, subject: Subject) -> Sentences:
    """How often validation was perfect, and how to find a leak."""
    text = subject.say(
        "The validation accuracy was {value} or close to it in {times} of {epochs} evaluations. Easy "
        "problems look like "
        "this, but so do samples that are in both training and validation data, and inputs that reveal the target. Look "
        "for duplicates, and remove suspicious columns.",
        value=as_value(finding.evidence.value),
        times=finding.evidence.times,
        epochs=finding.evidence.epochs,
    )
    return Sentences(subject.say("Validation is perfect: check for leakage"), text)


def word_over_confidence(finding: Finding, subject: Subject) -> Sentences:
    """Loss and accuracy after the best epoch, and which one matters."""
    say, facts = subject.say, finding.evidence
    first, _ = finding.epochs or (1, 1)
    values = {
        "epoch": first,
        "loss": as_value(facts.loss_at_best),
        "loss_end": as_value(facts.loss_at_end),
        "accuracy": as_value(facts.accuracy_at_best),
        "accuracy_end": as_value(facts.accuracy_at_end),
    }
    if (facts.accuracy_at_end or 0.0) - (facts.accuracy_at_best or 0.0) >= WORTH_SAYING:
        text = say(
            "After epoch {epoch}, the validation loss rose from {loss} to {loss_end}, while the accuracy rose "
            "from {accuracy} to {accuracy_end}: the model became more confident in its wrong predictions.",
            **values,
        )
    else:
        text = say(
            "After epoch {epoch}, the validation loss rose from {loss} to {loss_end}, while the accuracy hardly "
            "changed ({accuracy}, then {accuracy_end}): the model became more confident in its wrong predictions.",
            **values,
        )
    advice = say(
        "If you only use the predicted classes, a later epoch is as good; if you use probabilities, take the epoch with "
        "the best loss, or try label smoothing or temperature scaling."
    )
    return Sentences(say("The loss got worse, the accuracy did not"), subject.join(text, advice))
