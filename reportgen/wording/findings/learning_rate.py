"""Words for the findings on the learning rate."""

from reportgen.diagnosis.findings import Finding
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.subject import Subject, as_percent, as_setting, as_value


def word_learning_rate_changed(finding: Finding, subject: Subject) -> Sentences:
    """How often the learning rate changed."""
    text = subject.language.say_count(
        "It changed once, from {first} to {last}.",
        "It changed {n} times, from {first} to {last}.",
        finding.evidence.changes or 1,
        first=as_setting(finding.evidence.first_value),
        last=as_setting(finding.evidence.last_value),
    )
    return Sentences(subject.say("The learning rate changed"), text)


def word_learning_rate_too_high(finding: Finding, subject: Subject) -> Sentences:
    """Why the learning rate may be too high."""
    text = subject.say(
        "The {curve} lost {percent} of its improvement, and validation jumps by about {noise} of its best "
        "value from epoch to epoch.",
        curve=subject.curve_of("train", finding.metric),
        percent=as_percent(finding.evidence.lost_ratio),
        noise=as_percent(finding.evidence.noise_ratio),
    )
    return Sentences(subject.say("The learning rate may be too high"), text)


def word_learning_rate_too_low(finding: Finding, subject: Subject) -> Sentences:
    """Why the learning rate may be too low."""
    text = subject.say(
        "The {curve} still improved almost in a straight line, with hardly any noise, from {first} to {last}. Try three "
        "times the learning rate: if the curve stays smooth, you need fewer epochs.",
        curve=subject.curve_of("train", finding.metric),
        first=as_value(finding.evidence.first_value),
        last=as_value(finding.evidence.end_value),
    )
    return Sentences(subject.say("The learning rate may be too low"), text)


def word_plateau_after_drop(finding: Finding, subject: Subject) -> Sentences:
    """Progress before and after the learning rate was lowered."""
    say, facts = subject.say, finding.evidence
    first, _ = finding.epochs or (1, 1)
    text = say(
        "Before the learning rate went from {before} to {after}, the {curve} improved by about {progress} "
        "per epoch; afterwards, it hardly improved. Try lowering the learning rate later, or by less.",
        before=as_setting(facts.rate_before),
        after=as_setting(facts.rate_after),
        curve=subject.curve,
        progress=as_setting(facts.progress_before),
    )
    return Sentences(say("Progress stopped when the learning rate was lowered in epoch {epoch}", epoch=first), text)
