"""Findings in words."""

from typing import Final

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

_FEW_ROWS: Final = 500  # validation rows from which noise has other causes
_NO_MATCH: Final = 0.01  # accuracy below which predictions never equal the targets


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
            text = f"In the last third of the run the {subject.curve} improved by {improvement(facts, finding.metric, subject)}."
            if isinstance(facts.get("expected_gain"), float) and "epochs_ahead" in facts:
                text = (
                    f"{facts['epochs_ahead']} more epochs are expected to improve the {subject.curve} by "
                    f"{as_percent(facts, 'expected_gain')} (two runs in three: {as_percent(facts, 'gain_low')} to "
                    f"{as_percent(facts, 'gain_high')})."
                )
            return Sentences("Still improving at the end", text)
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
        case "unstable":
            return Sentences(
                "The training became unstable",
                f"After epoch {first} training and validation {name} got worse together: from "
                f"{as_value(facts, 'train_at_best')} and {as_value(facts, 'validation_at_best')} to "
                f"{as_value(facts, 'train_at_end')} and {as_value(facts, 'validation_at_end')}. That is not overfitting. "
                "Lower the learning rate towards the end, or clip gradients (clipnorm=1.0 in the optimizer).",
            )
        case "noisy-validation":
            rows = facts.get("validation_rows")
            few = f", as a set of about {rows} rows does" if isinstance(rows, int) and rows <= _FEW_ROWS else ""
            return Sentences(
                "The validation curve is noisy",
                f"From epoch to epoch the validation {name} jumps by about {as_setting(facts, 'noise')} "
                f"(training: {as_setting(facts, 'train_noise')}){few}. Do not choose an epoch by one lucky value: "
                "validate on more rows, or lower the learning rate.",
            )
        case "spikes":
            times = "in one epoch" if facts.get("times") == 1 else f"in {facts.get('times')} epochs"
            return Sentences(
                "The training curve has spikes",
                f"The training {name} leapt up {times} and came back, the furthest in epoch {facts.get('highest_epoch')}: "
                f"from {as_value(facts, 'value_before')} to {as_value(facts, 'highest_value')}. If it does harm, clip "
                "gradients (clipnorm=1.0 in the optimizer) or lower the learning rate; look for odd rows in the data.",
            )
        case "flat-accuracy":
            value = facts.get("value")
            regression = isinstance(value, float) and value < _NO_MATCH
            why = (
                "No prediction equals its target: for a regression accuracy says nothing; log the mean absolute error."
                if regression
                else "If this is the share of the commonest class, the model gives every row that class: look at the confusion "
                "matrix, balance the classes (class_weight in fit()), scale the inputs, or change the learning rate."
            )
            return Sentences(
                "The accuracy stands still",
                f"The {split_of(facts)} accuracy is {as_value(facts, 'value')} in {as_percent(facts, 'share')} of the "
                f"epochs, while the loss moves. {why}",
            )
        case "underfitting":
            accuracy = facts.get("train_accuracy")
            reached = f" (accuracy {as_value(facts, 'train_accuracy')})" if isinstance(accuracy, float) else ""
            return Sentences(
                "The model may underfit",
                f"Training came to rest with little learned: its {name} went from {as_value(facts, 'first_value')} to "
                f"{as_value(facts, 'best_value')}{reached}, and validation is no worse. Try a larger model, another learning "
                "rate or less regularisation; if nothing helps, the inputs say little about the target.",
            )
        case "validation-better":
            return Sentences(
                "Validation is better than training",
                f"In the second half the validation {name} was mostly {as_percent(facts, 'better_ratio')} better, at the end "
                f"{as_value(facts, 'validation_value')} against {as_value(facts, 'train_value')}. That is usual with dropout "
                "or augmentation, which act in training only, and while the model learns fast. Without them, check that "
                "the validation rows are not the easier ones.",
            )
        case "leakage-suspect":
            return Sentences(
                "Validation is perfect: check for leakage",
                f"The validation accuracy was {as_value(facts, 'value')} or nearly so in {facts.get('times')} of "
                f"{facts.get('epochs')} epochs. An easy problem looks like this; so do rows that stand in both training and "
                "validation, and an input that gives the answer away. Look for duplicates and drop suspicious columns.",
            )
        case "over-confidence":
            before, after = facts.get("accuracy_at_best"), facts.get("accuracy_at_end")
            rose = isinstance(before, float) and isinstance(after, float) and after - before >= WORTH_SAYING
            return Sentences(
                "The loss got worse, the accuracy did not",
                f"After epoch {first} the validation loss rose from {as_value(facts, 'loss_at_best')} to "
                f"{as_value(facts, 'loss_at_end')}, while the validation accuracy "
                + (
                    f"rose from {as_value(facts, 'accuracy_at_best')} to {as_value(facts, 'accuracy_at_end')}"
                    if rose
                    else f"stayed at {as_value(facts, 'accuracy_at_end')}"
                )
                + ": its wrong answers became surer, not more. If you use the classes only, a later epoch is as good; if you use "
                "probabilities, take the epoch of the best loss, or try label smoothing or temperature scaling.",
            )
        case "learning-rate-too-high":
            return Sentences(
                "The learning rate may be too high",
                f"The training {name} lost {as_percent(facts, 'lost_ratio')} of its improvement again, and validation jumps "
                f"by about {as_percent(facts, 'noise_ratio')} of its best from epoch to epoch. Lower the learning rate to a "
                "third and compare.",
            )
        case "learning-rate-too-low":
            return Sentences(
                "The learning rate may be too low",
                f"The training {name} still fell almost in a straight line, with hardly any noise, from "
                f"{as_value(facts, 'first_value')} to {as_value(facts, 'end_value')}. Try three times the learning rate: if "
                "the curve stays smooth, you need fewer epochs.",
            )
        case "plateau-after-drop":
            return Sentences(
                f"Progress stopped when the learning rate was lowered in epoch {first}",
                f"Before it went from {as_setting(facts, 'rate_before')} to {as_setting(facts, 'rate_after')}, the "
                f"{subject.curve} still improved by about {as_setting(facts, 'progress_before')} an epoch; afterwards hardly at "
                "all. Try lowering it later, or by less.",
            )
    raise AssertionError(f"no words for {finding.code}")  # a rule without words is a fault of ours
