"""Findings in words."""

from collections.abc import Mapping
from typing import Final

from reportgen import metrics
from reportgen.diagnosis.findings import Finding, Severity
from reportgen.languages import marked
from reportgen.text import printable
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.subject import (
    PLATEAU_SHARE,
    WORTH_SAYING,
    Subject,
    as_percent,
    as_setting,
    as_value,
    explosion,
    improvement,
    is_ratio_scale,
    times_worse,
)

SEVERITY_WORDS: Final[Mapping[Severity, str]] = {
    "critical": marked("Critical"),
    "warning": marked("Warning"),
    "note": marked("Note"),
    "good": marked("Good"),
}
_FEW_ROWS: Final = 500  # validation rows from which noise has other causes
_NO_MATCH: Final = 0.01  # accuracy below which predictions never equal the targets


def word_finding(finding: Finding, subject: Subject) -> Sentences:
    """A finding in words."""
    for part in (_on_the_verdict, _on_the_run, _on_the_curves, _on_the_learning_rate):
        words = part(finding, subject)
        if words is not None:
            return words
    raise AssertionError(f"no words for {finding.code}")  # a rule without words is a fault of ours


def _on_the_verdict(finding: Finding, subject: Subject) -> Sentences | None:
    """What the verdict stands on."""
    say, facts = subject.say, finding.evidence
    curve, train = subject.curve, subject.curve_of("train", finding.metric)
    first, last = finding.epochs or (1, subject.last_epoch)
    best, end = as_value(facts, "best_value"), as_value(facts, "end_value")
    match finding.code:
        case "diverged":
            title = say("Training diverged at epoch {epoch}", epoch=first)
            where = printable(str(facts.get("non_finite_in") or facts.get("off_scale_in") or ""), 60)
            if "non_finite_in" in facts:
                text = say(
                    "{key} is NaN or infinite from epoch {epoch} on; the model's weights are unusable from there.",
                    key=where,
                    epoch=first,
                )
            elif where:
                text = say(
                    "{key} is too large to be reckoned with from epoch {epoch} on; the model's weights are unusable from "
                    "there.",
                    key=where,
                    epoch=first,
                )
            else:
                text = explosion(finding.metric, facts, subject)
            return Sentences(title, text)
        case "not-learning":
            text = say(
                "Over {epochs} epochs the {curve} improved by {percent}, no more than chance.",
                epochs=last,
                curve=subject.curve_of(facts.get("split"), finding.metric),
                percent=as_percent(facts, "fall_ratio"),
            )
            return Sentences(say("The model did not learn"), text)
        case "overfitting":
            text = say(
                "The {curve} went from {best} to {end}, while the {train} went on improving: the model memorises its training "
                "data.",
                curve=curve,
                best=best,
                end=end,
                train=train,
            )
            return Sentences(say("Overfitting from epoch {epoch} on", epoch=first), text)
        case "overfitting-possible":
            rise = facts.get("rise_ratio")
            if not isinstance(rise, float) or rise < WORTH_SAYING:
                text = say(
                    "The {curve} has hardly turned away, but its course looks like runs that did overfit.", curve=curve
                )
            else:
                text = say(
                    "The {curve} was {best} at its best and ends at {end}; by its noise and length that is not certain to be "
                    "overfitting.",
                    curve=curve,
                    best=best,
                    end=end,
                )
            return Sentences(say("Overfitting is possible"), text)
        case "still-improving":
            title = say("Still improving at the end")
            if isinstance(facts.get("expected_gain"), float) and "epochs_ahead" in facts:
                values = {
                    "epochs": facts["epochs_ahead"],
                    "curve": curve,
                    "gain": as_percent(facts, "expected_gain"),
                    "low": as_percent(facts, "gain_low"),
                    "high": as_percent(facts, "gain_high"),
                }
                if finding.metric in subject.scores:
                    text = say(
                        "{epochs} more epochs are expected to bring the {curve} {gain} nearer to its best possible value (in "
                        "two runs of three between {low} and {high}).",
                        **values,
                    )
                else:
                    text = say(
                        "{epochs} more epochs are expected to improve the {curve} by {gain} (in two runs of three between "
                        "{low} and {high}).",
                        **values,
                    )
            else:
                text = say(
                    "In the last third of the run the {curve} improved by {progress}.",
                    curve=curve,
                    progress=improvement(facts, finding.metric, subject),
                )
            return Sentences(title, text)
        case "converged":
            text = say(
                "By epoch {epoch} of {last} the {curve} had made {share} of its whole improvement.",
                share=PLATEAU_SHARE,
                epoch=first,
                last=subject.last_epoch,
                curve=curve,
            )
            return Sentences(say("Converged at epoch {epoch}", epoch=first), text)
        case "best-epoch":
            values = {"key": printable(subject.monitor or "", 60), "epoch": first}
            text = say("{key} was best in epoch {epoch}: {value}.", value=as_value(facts, "value"), **values)
            if facts.get("extreme_epoch") != facts.get("epoch"):
                text = say(
                    "{key} was {value} in epoch {epoch}. It was {other} in epoch {other_epoch}, which noise cannot tell "
                    "apart; epoch {epoch} is the safer choice.",
                    value=as_value(facts, "value"),
                    other=as_value(facts, "extreme_value"),
                    other_epoch=facts.get("extreme_epoch"),
                    **values,
                )
            return Sentences(say("Best epoch {epoch}", epoch=first), text)
    return None


def _on_the_run(finding: Finding, subject: Subject) -> Sentences | None:
    """How the training went and ended, and what was not logged."""
    say, facts = subject.say, finding.evidence
    first, last = finding.epochs or (1, subject.last_epoch)
    planned = facts.get("planned_epochs")
    match finding.code:
        case "interrupted":
            title, rest = say("Interrupted at epoch {epoch}", epoch=last), ""
            if isinstance(planned, int):
                title = say("Interrupted at epoch {epoch} of {planned}", epoch=last, planned=planned)
            if isinstance(planned, int) and planned > last:
                rest = subject.language.say_count(
                    "{n} of the planned epochs is left; Keras' BackupAndRestore goes on where a run broke off.",
                    "{n} of the planned epochs are left; Keras' BackupAndRestore goes on where a run broke off.",
                    planned - last,
                )
            ended = say("The training ended by an error or by hand; this report covers what was logged until then.")
            return Sentences(title, subject.join(ended, rest))
        case "stopped-early":
            text = say("The training ended before it was due to, as early stopping does.")
            if planned:
                text = say(
                    "The training was set to run {planned} epochs and ended before it was due to, as early stopping does.",
                    planned=planned,
                )
            if "patience" in facts:
                values = {"patience": facts["patience"], "monitor": printable(str(facts["monitor"]), 60)}
                if facts.get("restored_epoch"):
                    text = say(
                        "Early stopping waited {patience} epochs for a better {monitor} and put the weights of epoch "
                        "{restored} back.",
                        restored=facts["restored_epoch"],
                        **values,
                    )
                else:
                    text = say(
                        "Early stopping waited {patience} epochs for a better {monitor}. The model holds the weights of epoch "
                        "{last}, the last one; restore_best_weights=True would have put the best ones back.",
                        last=last,
                        **values,
                    )
            return Sentences(say("Stopped early at epoch {epoch}", epoch=last), text)
        case "resumed":
            return Sentences(
                say("Training was resumed"), say("A new training took over at epoch {epoch}.", epoch=first)
            )
        case "no-validation":
            text = say(
                "Without validation values overfitting cannot be seen. Pass validation_data or validation_split to fit()."
            )
            return Sentences(say("No validation data"), text)
        case "too-few-epochs":
            text = say(
                "Epochs logged: {epochs}. Trends are judged from {needed} epochs on.",
                epochs=facts.get("epochs"),
                needed=facts.get("needed"),
            )
            return Sentences(say("Too few epochs"), text)
        case "unknown-direction":
            text = say(
                "Whether lower or higher is better cannot be told from its name. If you know, say so: --direction "
                "{metric}=higher, or lower.",
                metric=printable(finding.metric or "NAME", 40),
            )
            label = metrics.label(finding.metric or "", subject.language)
            return Sentences(say("{metric} is shown but not judged", metric=label), text)
        case "broken-in-passing":
            text = subject.language.say_count(
                "It was NaN, infinite or off any scale in one epoch and usable again afterwards; that epoch is left out.",
                "It was NaN, infinite or off any scale in {n} epochs and usable again afterwards; these epochs are left out.",
                _times(finding),
            )
            key = printable(str(facts.get("key")), 60)
            return Sentences(say("{key} was not finite in passing", key=key), text)
    return None


def _on_the_curves(finding: Finding, subject: Subject) -> Sentences | None:
    """The shape of curves, and what it may mean."""
    say, facts = subject.say, finding.evidence
    train = subject.curve_of("train", finding.metric)
    validation = subject.curve_of("validation", finding.metric)
    first, _ = finding.epochs or (1, subject.last_epoch)
    match finding.code:
        case "generalisation-gap":
            text = say(
                "At the best epoch the {metric} is {train} on training data and {validation} on validation data",
                metric=subject.name(finding.metric),
                train=as_value(facts, "train_value"),
                validation=as_value(facts, "validation_value"),
            )
            gap = facts.get("gap_ratio")
            if isinstance(gap, float) and is_ratio_scale(facts, "train_value", finding.metric, subject):
                text = say("{course}, {change}", course=text, change=times_worse(gap, subject))
            return Sentences(say("Validation is clearly worse than training"), say("{sentence}.", sentence=text))
        case "accuracy-peaks-elsewhere":
            text = say(
                "The {curve} was best in epoch {epoch} ({value}); at the epoch of the best loss it was {other}. Choose the "
                "epoch by what matters to you.",
                curve=validation,
                epoch=first,
                value=as_value(facts, "value"),
                other=as_value(facts, "value_at_best_loss"),
            )
            return Sentences(say("Best {metric} in another epoch", metric=subject.name(finding.metric)), text)
        case "unstable":
            text = say(
                "After epoch {epoch} training and validation {metric} got worse together: from {train_best} and "
                "{validation_best} to {train_end} and {validation_end}. That is not overfitting. Lower the learning rate "
                "towards the end, or clip gradients (clipnorm=1.0 in the optimizer).",
                epoch=first,
                metric=subject.name(finding.metric),
                train_best=as_value(facts, "train_at_best"),
                validation_best=as_value(facts, "validation_at_best"),
                train_end=as_value(facts, "train_at_end"),
                validation_end=as_value(facts, "validation_at_end"),
            )
            return Sentences(say("The training became unstable"), text)
        case "noisy-validation":
            rows = facts.get("validation_rows")
            text = say(
                "From epoch to epoch the {curve} jumps by about {noise} (training: {train_noise}).",
                curve=validation,
                noise=as_setting(facts, "noise"),
                train_noise=as_setting(facts, "train_noise"),
            )
            few = isinstance(rows, int) and rows <= _FEW_ROWS
            why = say("A validation set of about {rows} rows jumps like that by itself.", rows=rows) if few else ""
            advice = say(
                "Do not choose an epoch by one lucky value: validate on more rows, or lower the learning rate."
            )
            return Sentences(say("The validation curve is noisy"), subject.join(text, why, advice))
        case "spikes":
            values = {
                "curve": train,
                "epoch": facts.get("highest_epoch"),
                "before": as_value(facts, "value_before"),
                "value": as_value(facts, "highest_value"),
            }
            text = subject.language.say_count(
                "The {curve} got much worse in epoch {epoch}, from {before} to {value}, and came back. If it does harm, clip "
                "gradients (clipnorm=1.0 in the optimizer) or lower the learning rate; look for odd rows in the data.",
                "The {curve} got much worse in {n} epochs and came back, the furthest in epoch {epoch}: from {before} to {value}. If "
                "it does harm, clip gradients (clipnorm=1.0 in the optimizer) or lower the learning rate; look for odd rows "
                "in the data.",
                _times(finding),
                **values,
            )
            return Sentences(say("The training curve has spikes"), text)
        case "flat-accuracy":
            value = facts.get("value")
            regression = isinstance(value, float) and value < _NO_MATCH
            split = "validation" if facts.get("split") == "validation" else "train"
            text = say(
                "The {curve} is {value} in {share} of the epochs, while the loss moves.",
                curve=subject.curve_of(split, "accuracy"),
                value=as_value(facts, "value"),
                share=as_percent(facts, "share"),
            )
            if regression:
                why = say(
                    "No prediction equals its target: for a regression accuracy says nothing; log the mean absolute error."
                )
            else:
                why = say(
                    "If this is the share of the commonest class, the model gives every row that class: look at the confusion "
                    "matrix, balance the classes (class_weight in fit()), scale the inputs, or change the learning rate."
                )
            return Sentences(say("The accuracy stands still"), subject.join(text, why))
        case "underfitting":
            values = {"curve": train, "first": as_value(facts, "first_value"), "best": as_value(facts, "best_value")}
            if isinstance(facts.get("train_accuracy"), float):
                text = say(
                    "Training came to rest with little learned: the {curve} went from {first} to {best} (accuracy "
                    "{accuracy}), and validation is no worse.",
                    accuracy=as_value(facts, "train_accuracy"),
                    **values,
                )
            else:
                text = say(
                    "Training came to rest with little learned: the {curve} went from {first} to {best}, and validation is no "
                    "worse.",
                    **values,
                )
            advice = say(
                "Try a larger model, another learning rate or less regularisation; if nothing helps, the inputs say little "
                "about the target."
            )
            return Sentences(say("The model may underfit"), subject.join(text, advice))
        case "validation-better":
            values = {
                "curve": validation,
                "percent": as_percent(facts, "better_ratio"),
                "validation": as_value(facts, "validation_value"),
                "train": as_value(facts, "train_value"),
            }
            if finding.metric in subject.scores:
                text = say(
                    "In the second half the {curve} was mostly better, at the end {validation} against {train}.",
                    **values,
                )
            else:
                text = say(
                    "In the second half the {curve} was mostly {percent} better, at the end {validation} against {train}.",
                    **values,
                )
            why = say(
                "That is usual with dropout or augmentation, which act in training only, and while the model learns fast. "
                "Without them, check that the validation rows are not the easier ones."
            )
            return Sentences(say("Validation is better than training"), subject.join(text, why))
        case "leakage-suspect":
            text = say(
                "The validation accuracy was {value} or nearly so in {times} of {epochs} epochs. An easy problem looks like "
                "this; so do rows that stand in both training and validation, and an input that gives the answer away. Look "
                "for duplicates and drop suspicious columns.",
                value=as_value(facts, "value"),
                times=facts.get("times"),
                epochs=facts.get("epochs"),
            )
            return Sentences(say("Validation is perfect: check for leakage"), text)
        case "over-confidence":
            before, after = facts.get("accuracy_at_best"), facts.get("accuracy_at_end")
            values = {
                "epoch": first,
                "loss": as_value(facts, "loss_at_best"),
                "loss_end": as_value(facts, "loss_at_end"),
                "accuracy": as_value(facts, "accuracy_at_best"),
                "accuracy_end": as_value(facts, "accuracy_at_end"),
            }
            if isinstance(before, float) and isinstance(after, float) and after - before >= WORTH_SAYING:
                text = say(
                    "After epoch {epoch}, noise smoothed away, the validation loss rose from {loss} to {loss_end}, while the accuracy "
                    "rose from {accuracy} to {accuracy_end}: its wrong answers became surer, not more.",
                    **values,
                )
            else:
                text = say(
                    "After epoch {epoch}, noise smoothed away, the validation loss rose from {loss} to {loss_end}, while the accuracy "
                    "hardly changed ({accuracy}, then {accuracy_end}): its wrong answers became surer, not more.",
                    **values,
                )
            advice = say(
                "If you use the classes only, a later epoch is as good; if you use probabilities, take the epoch of the best "
                "loss, or try label smoothing or temperature scaling."
            )
            return Sentences(say("The loss got worse, the accuracy did not"), subject.join(text, advice))
    return None


def _on_the_learning_rate(finding: Finding, subject: Subject) -> Sentences | None:
    """What the learning rate did, and what it should have been."""
    say, facts = subject.say, finding.evidence
    train = subject.curve_of("train", finding.metric)
    match finding.code:
        case "learning-rate-changed":
            changes = facts.get("changes")
            text = subject.language.say_count(
                "It changed once, from {first} to {last}.",
                "It changed {n} times and went from {first} to {last}.",
                changes if isinstance(changes, int) else 2,
                first=as_setting(facts, "first_value"),
                last=as_setting(facts, "last_value"),
            )
            return Sentences(say("The learning rate changed"), text)
        case "learning-rate-too-high":
            text = say(
                "The {curve} lost {percent} of its improvement again, and validation jumps by about {noise} of its best from "
                "epoch to epoch. Lower the learning rate to a third and compare.",
                curve=train,
                percent=as_percent(facts, "lost_ratio"),
                noise=as_percent(facts, "noise_ratio"),
            )
            return Sentences(say("The learning rate may be too high"), text)
        case "learning-rate-too-low":
            text = say(
                "The {curve} still improved almost in a straight line, with hardly any noise, from {first} to {last}. Try three "
                "times the learning rate: if the curve stays smooth, you need fewer epochs.",
                curve=train,
                first=as_value(facts, "first_value"),
                last=as_value(facts, "end_value"),
            )
            return Sentences(say("The learning rate may be too low"), text)
        case "plateau-after-drop":
            epoch = finding.epochs[0] if finding.epochs else 1
            title = say("Progress stopped when the learning rate was lowered in epoch {epoch}", epoch=epoch)
            text = say(
                "Before it went from {before} to {after}, the {curve} still improved by about {progress} an epoch; afterwards "
                "hardly at all. Try lowering it later, or by less.",
                before=as_setting(facts, "rate_before"),
                after=as_setting(facts, "rate_after"),
                curve=subject.curve,
                progress=as_setting(facts, "progress_before"),
            )
            return Sentences(title, text)
    return None


def _times(finding: Finding) -> int:
    """How many epochs a finding counts."""
    times = finding.evidence.get("times")
    return times if isinstance(times, int) else 2
