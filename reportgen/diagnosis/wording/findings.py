"""Findings in words."""

from reportgen import metrics
from reportgen.diagnosis.findings import Finding, Sentences
from reportgen.diagnosis.wording.subject import (
    WORTH_SAYING,
    Subject,
    as_percent,
    as_setting,
    as_value,
    explosion,
    improvement,
    is_ratio_scale,
    split_of,
    times_worse,
)


def word_finding(finding: Finding, subject: Subject) -> Sentences:
    """A finding in words."""
    facts, name = finding.evidence, subject.name(finding.metric)
    first, last = finding.epochs or (1, subject.last_epoch)
    match finding.code:
        case "diverged":
            where = metrics.printable(str(facts.get("non_finite_in") or facts.get("off_scale_in") or ""), 60)
            kind = "NaN or infinite" if "non_finite_in" in facts else "too large to be reckoned with"
            text = (
                f"{where} is {kind} from epoch {first} on; the model's weights are unusable from there."
                if where
                else explosion(finding.metric, facts, subject)
            )
            return Sentences(f"Training diverged at epoch {first}", text)
        case "not-learning":
            return Sentences(
                "The model did not learn",
                f"Over {last} epochs the {split_of(facts)} {name} improved by {as_percent(facts, 'fall_ratio')}, no more than chance.",
            )
        case "overfitting":
            return Sentences(
                f"Overfitting since epoch {first}",
                f"The {subject.curve} went from {as_value(facts, 'best_value')} to {as_value(facts, 'end_value')}, while the "
                f"training {name} went on improving: the model memorises its training data.",
            )
        case "overfitting-possible":
            rise = facts.get("rise_ratio")
            if not isinstance(rise, float) or rise < WORTH_SAYING:
                text = f"The {subject.curve} has hardly turned away, but its course looks like runs that did overfit."
            else:
                text = (
                    f"The {subject.curve} was {as_value(facts, 'best_value')} at its best and ends at "
                    f"{as_value(facts, 'end_value')}; by its noise and length that is not certain to be overfitting."
                )
            return Sentences("Overfitting is possible", text)
        case "broken-in-passing":
            key = metrics.printable(str(facts.get("key")), 60)
            times = "in one epoch" if facts.get("times") == 1 else f"in {facts.get('times')} epochs"
            return Sentences(
                f"{key} was not finite in passing",
                f"It was NaN, infinite or off any scale {times} and usable again afterwards; these epochs are left out.",
            )
        case "still-improving":
            return Sentences(
                "Still improving at the end",
                f"In the last third of the run the {subject.curve} improved by {improvement(facts, finding.metric, subject)}.",
            )
        case "converged":
            return Sentences(
                f"Converged at epoch {first}",
                f"By epoch {first} the {subject.curve} had made 95% of its whole improvement.",
            )
        case "best-epoch":
            key = metrics.printable(subject.monitor or "", 60)
            text = f"{key} was best in epoch {first}: {as_value(facts, 'value')}."
            if facts.get("extreme_epoch") != facts.get("epoch"):
                text = (
                    f"{key} was {as_value(facts, 'value')} in epoch {first}. It was {as_value(facts, 'extreme_value')} in epoch "
                    f"{facts.get('extreme_epoch')}, which noise cannot tell apart; epoch {first} is the safer choice."
                )
            return Sentences(f"Best epoch {first}", text)
        case "generalisation-gap":
            gap = facts.get("gap_ratio")
            told = isinstance(gap, float) and is_ratio_scale(facts, "train_value", finding.metric, subject)
            apart = f", {times_worse(gap)}" if told and isinstance(gap, float) else ""
            return Sentences(
                "Validation is clearly worse than training",
                f"At the best epoch the {name} is {as_value(facts, 'train_value')} on training data and "
                f"{as_value(facts, 'validation_value')} on validation data{apart}.",
            )
        case "accuracy-peaks-elsewhere":
            return Sentences(
                f"Best {name} in another epoch",
                f"The validation {name} was best in epoch {first} ({as_value(facts, 'value')}); at the epoch of the best "
                f"loss it was {as_value(facts, 'value_at_best_loss')}. Choose the epoch by what matters to you.",
            )
        case "learning-rate-changed":
            changes = facts.get("changes")
            times = "once" if changes == 1 else f"{changes} times"
            return Sentences(
                "The learning rate changed",
                f"It changed {times} and went from {as_setting(facts, 'first_value')} to {as_setting(facts, 'last_value')}.",
            )
        case "interrupted":
            planned = facts.get("planned_epochs")
            of = f" of {planned}" if planned else ""
            rest = (
                f" {planned - last} of the planned epochs are left; Keras' BackupAndRestore goes on where a run broke off."
                if isinstance(planned, int) and planned > last
                else ""
            )
            return Sentences(
                f"Interrupted at epoch {last}{of}",
                f"The training ended by an error or by hand; this is what it left.{rest}",
            )
        case "stopped-early":
            planned = facts.get("planned_epochs")
            due = f"was set to run {planned} epochs and " if planned else ""
            text = f"The training {due}ended before it was due to, as early stopping does."
            if "patience" in facts:
                monitor = metrics.printable(str(facts["monitor"]), 60)
                text = f"Early stopping waited {facts['patience']} epochs for a better {monitor}"
                text += (
                    f" and put the weights of epoch {facts['restored_epoch']} back."
                    if facts.get("restored_epoch")
                    else f". The model holds the weights of epoch {last}, the last one; restore_best_weights=True would "
                    "have put the best ones back."
                )
            return Sentences(f"Stopped early at epoch {last}", text)
        case "resumed":
            return Sentences("Training was resumed", f"A new training took over at epoch {first}.")
        case "no-validation":
            return Sentences(
                "No validation data",
                "Without validation values overfitting cannot be seen. Pass validation_data or validation_split to fit().",
            )
        case "too-few-epochs":
            return Sentences(
                "Too few epochs",
                f"Epochs logged: {facts.get('epochs')}. Trends are judged from {facts.get('needed')} epochs on.",
            )
        case "unknown-direction":
            return Sentences(
                f"{metrics.label(finding.metric or '')} is shown but not judged",
                "Whether lower or higher is better cannot be told from its name. If you know, say so: "
                f"--direction {metrics.printable(finding.metric or 'NAME', 40)}=higher, or lower.",
            )
    raise AssertionError(f"no words for {finding.code}")  # a rule without words is a fault of ours
