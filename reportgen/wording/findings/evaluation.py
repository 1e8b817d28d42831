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
    value, best = facts.value or 0.0, facts.validation_value or 0.0
    values = {"metric": name, "value": formatting.apart(value, best)[0], "epoch": facts.best_epoch}
    values |= {"low": as_value(facts.low), "high": as_value(facts.high), "apart": as_value(abs(value - best))}
    text = say(
        "On test data, the {metric} is {value} (95% interval {low} to {high}): {apart} above the best validation value, "
        "that of epoch {epoch}.",
        **values,
    )
    if value < best:
        text = say(
            "On test data, the {metric} is {value} (95% interval {low} to {high}): {apart} below the best validation "
            "value, that of epoch {epoch}.",
            **values,
        )
    chance = say("That is more than chance explains if the validation set is no smaller than the test set.")
    text = subject.join(text, chance)
    if finding.severity == "warning":
        return Sentences(
            say("On test data, the {metric} is worse than in validation", metric=name),
            subject.join(
                text,
                say(
                    "The test data may differ from the validation data, or the model or epoch was chosen to suit the "
                    "validation data."
                ),
            ),
        )
    title = say("On test data, the {metric} is better than in validation", metric=name)
    return Sentences(title, subject.join(text, say("The test data may be easier, or overlap with the training data.")))


def word_class_never_predicted(finding: Finding, subject: Subject) -> Sentences:
    """Which classes are never predicted."""
    say, facts = subject.say, finding.evidence
    values = {"names": printable(facts.labels or "", _LONGEST), "rows": formatting.count(facts.rows or 0)}
    advice = say("Check how many training samples it has, and weight the classes or lower its threshold.")
    if facts.times == 1:
        return Sentences(
            say("Class {name} is never predicted", name=values["names"]),
            subject.join(say("All {rows} test samples of {names} were predicted as something else.", **values), advice),
        )
    return Sentences(
        say("{n} classes are never predicted", n=facts.times),
        subject.join(say("Together, these have {rows} test samples: {names}.", **values), advice),
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
        "Judge by a score that gives all classes the same weight, such as balanced accuracy or the area under the ROC curve."
    )
    return Sentences(say("Not clearly better than the most frequent class"), subject.join(text, advice))


def word_poor_calibration(finding: Finding, subject: Subject) -> Sentences:
    """How far probabilities are from the truth, and the temperature that would help."""
    say, facts = subject.say, finding.evidence
    text = say(
        "Predicted probabilities differ from how often they were right by {error} on average; a perfectly "
        "calibrated model would stay below {chance} in 95% of cases with as many samples.",
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
        "Dividing the logits by {temperature} would lower the log loss from {before} to {after}, measured on "
        "halves of the test data that it was not fitted on. Before you use it, fit it on validation data.",
        **values,
    )
    title = say("Probabilities are poorly calibrated")
    if facts.temperature > 1:
        title = say("Probabilities are too confident")
    elif facts.temperature < 1:
        title = say("Probabilities are not confident enough")
    return Sentences(title, subject.join(text, cure))
