"""Words for the findings that follow from the answers."""

from reportgen import metrics
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.grades import is_likely, is_probable
from reportgen.text import printable, shell_word
from reportgen.wording.answers import REASONS
from reportgen.wording.answers import word_answer as say_answer
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.subject import WORTH_SAYING, Subject, as_percent, as_value


def word_diverged(finding: Finding, subject: Subject) -> Sentences:
    """Where training diverged, and which curve shows it."""
    say, facts = subject.say, finding.evidence
    first, _ = finding.epochs or (1, 1)
    if facts.non_finite_in is not None:
        text = say(
            "{key} is NaN or infinite from epoch {epoch} on; the model's weights are unusable from there.",
            key=printable(facts.non_finite_in, 60),
            epoch=first,
        )
    elif facts.off_scale_in is not None:
        text = say(
            "{key} is out of range (1e100 or more) from epoch {epoch} on; the model's weights are unusable from there.",
            key=printable(facts.off_scale_in, 60),
            epoch=first,
        )
    else:
        text = subject.explosion(facts, finding.metric)
    return Sentences(say("Training diverged at epoch {epoch}", epoch=first), text)


def word_not_learning(finding: Finding, subject: Subject) -> Sentences:
    """How little the model learned."""
    say, facts = subject.say, finding.evidence
    if subject.judged.signs.stuck is not None:
        return Sentences(say("The model did not learn"), say_answer("learning", subject))
    metric, _ = metrics.parse_key(facts.key or finding.metric or "")
    values = {"epochs": subject.judged.epochs, "curve": subject.curve_of(facts.split, metric)}
    text = say("Over {epochs} epochs, the {curve} did not improve on its first value.", **values)
    if (facts.fall_ratio or 0.0) > 0:
        text = say(
            "Over {epochs} epochs, the {curve} improved by {percent}, no more than chance would.",
            percent=as_percent(facts.fall_ratio),
            **values,
        )
    return Sentences(say("The model did not learn"), text)


def word_overfitting(finding: Finding, subject: Subject) -> Sentences:
    """Since when the model has overfitted, and how much worse validation got."""
    text = subject.say(
        "The {curve} went from {best} to {end} while the {train} kept improving: the model is memorising its training data.",
        curve=subject.curve,
        best=as_value(finding.evidence.best_value),
        end=as_value(finding.evidence.end_value),
        train=subject.curve_of("train", finding.metric),
    )
    first, _ = finding.epochs or (1, 1)
    title = subject.say("Overfitting from epoch {epoch} on", epoch=first)
    if subject.excerpt is not None:
        title = subject.say("Overfitting in the epochs shown")
    return Sentences(title, text)


def word_overfitting_possible(finding: Finding, subject: Subject) -> Sentences:
    """Why the model may overfit."""
    say, facts = subject.say, finding.evidence
    if (facts.rise_ratio or 0.0) < WORTH_SAYING:
        text = say(
            "The {curve} is hardly worse than at its best, but the run resembles runs that overfit.",
            curve=subject.curve,
        )
    else:
        change = subject.worse(facts.rise_ratio, facts.best_value, finding.metric)
        course = say("At the end, the {curve} is {change} than at its best", curve=subject.curve, change=change)
        if (facts.rise_ratio or 0.0) >= 1:
            course = say("At the end, the {curve} is {change} as at its best", curve=subject.curve, change=change)
        if not change:
            values = {"curve": subject.curve, "best": as_value(facts.best_value), "end": as_value(facts.end_value)}
            course = say("The {curve} was {best} in the best epoch and is {end} at the end", **values)
        text = say("{course}; given its noise, that may be chance.", course=course)
        if subject.has_few_values:
            text = say("{course}; with so few values, that may be chance.", course=course)
    title, probability = say("Overfitting is possible"), subject.judged.answers["overfitting"].probability or 0.0
    if is_probable(probability):
        title = say("Overfitting is probable")
    elif is_probable(1 - probability):
        title = say("Overfitting cannot be ruled out")
    return Sentences(title, text)


def word_converged(finding: Finding, subject: Subject) -> Sentences:
    """Where the run converged."""
    first, _ = finding.epochs or (1, 1)
    title = subject.say("Converged at epoch {epoch}", epoch=first)
    if not is_likely(subject.judged.answers["converged"].probability):
        title = subject.say("Probably converged at epoch {epoch}", epoch=first)
    return Sentences(title, subject.plateau(first))


def word_still_improving(finding: Finding, subject: Subject) -> Sentences:
    """What more training is expected to bring."""
    say, facts = subject.say, finding.evidence
    values = {
        "epochs": facts.epochs_ahead,
        "curve": subject.curve,
        "gain": as_percent(facts.expected_gain),
        "low": as_percent(facts.gain_low),
        "high": as_percent(facts.gain_high),
    }
    if facts.epochs is not None:
        text = say("Each value of the {curve} is better than the one before.", **values)
    elif not facts.expected_gain and subject.excerpt is None:
        text = say(
            "In the last third of the run, the {curve} improved by {progress}.",
            curve=subject.curve,
            progress=subject.improvement(facts, finding.metric),
        )
    elif not facts.expected_gain:
        text = say(
            "In the last third of the epochs shown, the {curve} improved by {progress}.",
            curve=subject.curve,
            progress=subject.improvement(facts, finding.metric),
        )
    elif subject.is_score(finding.metric):
        text = say(
            "After {epochs} more epochs, the {curve} is expected to be {gain} closer to its best possible value than its "
            "best so far (between {low} and {high} in two thirds of similar runs).",
            **values,
        )
    else:
        text = say(
            "After {epochs} more epochs, the {curve} is expected to be {gain} below its best value so far (between {low} "
            "and {high} in two thirds of similar runs).",
            **values,
        )
    title = say("Still improving at the end")
    if not is_likely(subject.judged.answers["more_training_helps"].probability) and facts.epochs is None:
        title = say("Probably still improving at the end")
    return Sentences(title, text)


def word_best_epoch(finding: Finding, subject: Subject) -> Sentences:
    """The best epoch, and why it is not the epoch with the lowest loss or highest score."""
    say, facts = subject.say, finding.evidence
    values = {
        "key": printable(subject.judged.monitor or "", 60),
        "epoch": facts.epoch,
        "value": as_value(facts.value),
    }
    text = say("{key} was best in epoch {epoch}: {value}.", **values)
    if facts.extreme_epoch != facts.epoch:
        text = say(
            "{key} was {value} in epoch {epoch}. It was {other} in epoch {other_epoch}, but noise can explain that "
            "difference; epoch {epoch} is the safer choice.",
            other=as_value(facts.extreme_value),
            other_epoch=facts.extreme_epoch,
            **values,
        )
    title = say("Best epoch {epoch}", epoch=facts.epoch)
    if subject.excerpt is not None:
        title = say("Best of the epochs shown: {epoch}", epoch=facts.epoch)
    return Sentences(title, text)


def word_no_validation(finding: Finding, subject: Subject) -> Sentences:
    """How to get validation values."""
    text = subject.join(
        subject.say("Overfitting cannot be detected without validation values."), subject.say(subject.terms.validation)
    )
    return Sentences(subject.say("No validation data"), text)


def word_validation_not_used(finding: Finding, subject: Subject) -> Sentences:
    """Which validation values the run is not judged by, and why."""
    facts, say_count = finding.evidence, subject.language.say_count
    values = {"names": facts.keys or "?", "key": printable(facts.monitor or "", 60)}
    if facts.reason == "few":
        text = say_count(
            "{names} has too few values to judge a trend, so the run is judged by {key}.",
            "These curves have too few values to judge a trend, so the run is judged by {key}: {names}.",
            facts.times or 1,
            **values,
        )
    elif facts.reason == "others":
        text = say_count(
            "The run is judged by {key}, the first validation curve that can be judged. It also has {names}; to judge by "
            "that, pass monitor= (--monitor).",
            "The run is judged by {key}, the first validation curve that can be judged. It also has {n} others: {names}. "
            "To judge by one of those, pass monitor= (--monitor).",
            facts.times or 1,
            **values,
        )
    else:
        text = say_count(
            "{names} cannot be judged, so the run is judged by {key}: its better direction is unknown, or it has a single "
            "value. If you know which values are better, pass --direction NAME=higher, or =lower (in Python: directions=).",
            "These cannot be judged, so the run is judged by {key}: {names}. Their better direction is unknown, or they "
            "have a single value. If you know which values are better, pass --direction NAME=higher, or =lower (in Python: "
            "directions=).",
            facts.times or 1,
            **values,
        )
    return Sentences(subject.say("Some validation values are not used"), text)


def word_own_criterion(finding: Finding, subject: Subject) -> Sentences:
    """By whose criterion the run is judged."""
    text = subject.say(
        "The run is judged by {key}, by which the tool that trained it chose its best model. To judge it by another "
        "metric, pass monitor= (--monitor).",
        key=printable(finding.evidence.monitor or subject.judged.monitor or "", 60),
    )
    return Sentences(subject.say("Judged by the tool's own criterion"), text)


def word_too_few_epochs(finding: Finding, subject: Subject) -> Sentences:
    """How many values are needed."""
    text = subject.say(
        "To be sure about convergence and overfitting, {needed} values of the {curve} are needed; the log has {epochs}.",
        curve=subject.curve,
        epochs=finding.evidence.epochs,
        needed=finding.evidence.needed,
    )
    return Sentences(subject.say("Too few values"), text)


def word_unknown_direction(finding: Finding, subject: Subject) -> Sentences:
    """How to get a metric judged."""
    text = subject.say(
        "It is unknown whether lower or higher values are better. Pass --direction {metric}=higher, or =lower (in Python: "
        "directions=).",
        metric=shell_word(finding.metric or "NAME", 40),
    )
    label = metrics.label(finding.metric or "", subject.language)
    return Sentences(subject.say("{metric} is shown but not judged", metric=label), text)


def word_losses_not_judged(finding: Finding, subject: Subject) -> Sentences:
    """Why the losses are not judged, and what is judged instead."""
    facts = finding.evidence
    text = subject.say(
        "The run is judged by {key} instead. To judge it by another metric, pass monitor= (--monitor).",
        key=printable(facts.monitor or subject.judged.monitor or "", 60),
    )
    reason = facts.reason or "no-total-loss"
    return Sentences(subject.say("The losses are not judged"), subject.join(subject.say(REASONS[reason]), text))
