"""Words for the findings on how the run ended and whether it was resumed."""

from reportgen import formatting
from reportgen.diagnosis.advice import restores_best_weights
from reportgen.diagnosis.excerpts import Excerpt
from reportgen.diagnosis.findings import Finding
from reportgen.text import printable
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.subject import Subject, part_shown


def word_excerpt_shown(finding: Finding, subject: Subject) -> Sentences:
    """Which part of the run the log shows."""
    first, last = finding.epochs or (1, 1)
    part = subject.excerpt or Excerpt(first, last, last - first + 1, None, has_gap=False)
    text = subject.say("What depends on the other epochs is not judged.")
    shown = part_shown(part, subject.language)
    return Sentences(subject.say("The log shows only a part of the run"), subject.join(shown, text))


def word_interrupted(finding: Finding, subject: Subject) -> Sentences:
    """Where the run was interrupted, and how to resume it."""
    say, last, planned = subject.say, subject.judged.epochs, finding.evidence.planned_epochs
    title, rest = say("Interrupted at epoch {epoch}", epoch=last), ""
    if planned is not None:
        title = say("Interrupted at epoch {epoch} of {planned}", epoch=last, planned=planned)
    if planned is not None and planned > last:
        rest = subject.language.say_count(
            "{n} planned epoch was not run.", "{n} planned epochs were not run.", planned - last
        )
        rest = subject.join(rest, say(subject.terms.resuming) if subject.terms.resuming else "")
    ended = say(
        "Training was interrupted by an error or by the user; this report covers everything logged up to that point."
    )
    return Sentences(title, subject.join(ended, rest))


def word_stopped_early(finding: Finding, subject: Subject) -> Sentences:
    """What early stopping did, as far as known."""
    say, facts, last = subject.say, finding.evidence, subject.judged.epochs
    text = say("Training stopped before its planned last epoch, as with early stopping.")
    if facts.planned_epochs:
        text = say(
            "Training stopped before its planned last epoch, {planned}, as with early stopping.",
            planned=facts.planned_epochs,
        )
    if facts.restored_epoch is not None and subject.terms.is_boosting:
        return Sentences(
            say("Stopped early at epoch {epoch}", epoch=last),
            subject.join(text, say("Early stopping chose epoch {epoch}.", epoch=facts.restored_epoch)),
        )
    if facts.patience is None and facts.restored_epoch is not None:
        text = subject.join(text, say("The weights of epoch {epoch} were restored.", epoch=facts.restored_epoch))
    if facts.patience is not None:
        wait = subject.language.say_count("{n} epoch", "{n} epochs", facts.patience)
        if subject.judged.axis == "epoch" and subject.judged.reading.is_sparse:
            wait = subject.language.say_count("{n} validated epoch", "{n} validated epochs", facts.patience)
        if subject.judged.axis == "step":
            wait = subject.language.say_count("{n} evaluation", "{n} evaluations", facts.patience)
        values = {"wait": wait, "monitor": printable(facts.monitor or "", 60)}
        if facts.restored_epoch is not None:
            text = say(
                "Early stopping waited {wait} for a better {monitor} and restored the weights of epoch {restored}.",
                restored=facts.restored_epoch,
                **values,
            )
        elif restores_best_weights(subject.judged):
            text = say("Early stopping waited {wait} for a better {monitor}.", **values)
        else:
            text = say(
                "Early stopping waited {wait} for a better {monitor}. The model has the weights of the last epoch, "
                "{last}.",
                last=last,
                **values,
            )
            if subject.terms.restoring:
                text = say(
                    "Early stopping waited {wait} for a better {monitor}. The model has the weights of the last epoch, "
                    "{last}; {code} would have restored the best ones.",
                    last=last,
                    code=subject.terms.restoring,
                    **values,
                )
    return Sentences(say("Stopped early at epoch {epoch}", epoch=last), text)


def word_resumed(finding: Finding, subject: Subject) -> Sentences:
    """Where the run was resumed."""
    first, _ = finding.epochs or (1, 1)
    return Sentences(
        subject.say("Training was resumed"), subject.say("Training resumed at epoch {epoch}.", epoch=first)
    )


def word_slower_epochs(finding: Finding, subject: Subject) -> Sentences:
    """How long epochs took before and after they slowed down, and since when."""
    say, facts = subject.say, finding.evidence
    before, after = facts.seconds_before or 0.0, facts.seconds_after or 0.0
    text = say(
        "From epoch {epoch} on, an epoch took about {after}; most earlier ones took {before}.",
        epoch=facts.epoch,
        after=formatting.duration(after, subject.language),
        before=formatting.duration(before, subject.language),
    )
    todo = say(
        "Look for lists that grow with every epoch, for a lack of memory, and for other programs that use the machine."
    )
    return Sentences(say("Epochs slowed down"), subject.join(text, todo))


def word_own_rule_failed(finding: Finding, subject: Subject) -> Sentences:
    """Which rule of another package has no findings, and why."""
    say, facts = subject.say, finding.evidence
    values = {"rule": facts.own_rule or "?", "package": facts.package or "?", "fault": facts.fault or "?"}
    text = {
        "not-loaded": say("The rule {rule} of the package {package} cannot be loaded ({fault}).", **values),
        "not-a-rule": say("The rule {rule} of the package {package} is not valid: {fault}.", **values),
        "taken": say("The rule {rule} of the package {package} is not used: another rule has {fault}.", **values),
        "failed": say("The rule {rule} of the package {package} failed ({fault}).", **values),
        "wrong-findings": say(
            "The findings of the rule {rule} of the package {package} are not valid: {fault}.", **values
        ),
    }[facts.reason or "failed"]
    todo = say("The rest of the report does not depend on it. Report it to its authors, or uninstall it.")
    return Sentences(say("An installed rule could not be used"), subject.join(text, todo))
