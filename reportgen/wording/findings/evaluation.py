"""Words for the findings on the evaluation."""

from reportgen import formatting
from reportgen.diagnosis.findings import Finding
from reportgen.text import printable
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.subject import Subject, as_percent, as_value

_LONGEST = 120  # characters of the names of classes


def word_test_differs(finding: Finding, subject: Subject) -> Sentences:
    """How far test and validation are apart."""
    say, facts = subject.say, finding.evidence
    name = subject.name(finding.metric)
    value, best = formatting.apart(facts.value or 0.0, facts.validation_value or 0.0)
    values = {"metric": name, "value": value, "best": best, "epoch": facts.best_epoch}
    values |= {"low": as_value(facts.low), "high": as_value(facts.high)}
    text = say(
        "On test data, {metric} is {value} (95% interval {low} to {high}); the best validation value was {best}, in "
        "epoch {epoch}. More than chance explains, if validation had at least as many rows.",
        **values,
    )
    if finding.severity == "warning":
        return Sentences(
            say("Test data give a worse {metric} than validation", metric=name),
            subject.join(
                text,
                say(
                    "Test data may differ from validation data, or the choice of model or epoch was fitted to "
                    "validation."
                ),
            ),
        )
    title = say("Test data give a better {metric} than validation", metric=name)
    return Sentences(title, subject.join(text, say("Test data may be easier, or share rows with training data.")))


def word_class_never_predicted(finding: Finding, subject: Subject) -> Sentences:
    """Which classes are never predicted."""
    say, facts = subject.say, finding.evidence
    values = {"names": printable(facts.labels or "", _LONGEST), "rows": formatting.count(facts.rows or 0)}
    advice = say("Look at how many training rows have it, and weight classes or lower its threshold.")
    if facts.times == 1:
        return Sentences(
            say("Class {name} is never predicted", name=values["names"]),
            subject.join(say("Of {rows} test rows of {names}, all are predicted as something else.", **values), advice),
        )
    return Sentences(
        say("{n} classes are never predicted", n=facts.times),
        subject.join(say("These have {rows} test rows together: {names}.", **values), advice),
    )


def word_no_better_than_majority(finding: Finding, subject: Subject) -> Sentences:
    """How the accuracy compares with that of the most frequent class."""
    say, facts = subject.say, finding.evidence
    name = printable(facts.labels or "", _LONGEST)
    values = {"value": as_value(facts.value), "share": as_value(facts.majority_share), "name": name}
    text = say(
        "The accuracy on test data is {value}; always predicting {name} would score {share}. The difference may be "
        "chance.",
        **values,
    )
    if (facts.value or 0.0) < (facts.majority_share or 0.0):
        text = say("The accuracy on test data is {value}; always predicting {name} would score {share}.", **values)
    advice = say(
        "Judge by a score that treats classes alike, such as balanced accuracy or the area under the ROC curve."
    )
    return Sentences(say("Not clearly better than the most frequent class"), subject.join(text, advice))


def word_poor_calibration(finding: Finding, subject: Subject) -> Sentences:
    """How far probabilities are from the truth, and the temperature that would help."""
    say, facts = subject.say, finding.evidence
    text = say(
        "Predicted probabilities differ from how often they were right by {error} on average; a perfectly "
        "calibrated model would stay below {chance} in 95% of cases with as many rows.",
        error=as_percent(facts.calibration_error),
        chance=as_percent(facts.by_chance),
    )
    if facts.temperature is None:
        return Sentences(say("Probabilities are poorly calibrated"), text)
    values = {
        "temperature": formatting.short(facts.temperature, 3),
        "before": formatting.number(facts.loss_before or 0.0, 3),
        "after": formatting.number(facts.loss_after or 0.0, 3),
    }
    cure = say(
        "Dividing the logits by {temperature} would lower the log loss from {before} to {after}, measured on halves of "
        "these rows that it was not fitted on. Fit it on validation data before you use it.",
        **values,
    )
    title = say("Probabilities are poorly calibrated")
    if facts.temperature > 1:
        title = say("Probabilities are too confident")
    elif facts.temperature < 1:
        title = say("Probabilities are not confident enough")
    return Sentences(title, subject.join(text, cure))
