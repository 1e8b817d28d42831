"""Findings and verdicts in words a student understands.

In: codes and numbers. Out: sentences. Every sentence stands on the evidence it is given; nothing is judged here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reportgen import figures, metrics
from reportgen.diagnosis.findings import Answer, Diagnosis, Finding, Question, Sentences, VerdictCode
from reportgen.diagnosis.thresholds import DEFAULTS

REASONS: Final = {
    "no-validation": "The run has no validation values, so what the model does on unseen data is not known.",
    "no-training-values": "The run has no training values to compare validation with.",
    "too-few-epochs": "Too few epochs were logged to tell a trend from chance.",
    "unknown-direction": "No metric was logged of which it is known whether lower or higher is better.",
    "diverged": "The training diverged, so its course says nothing about this.",
}

_WORTH_SAYING: Final = 0.01  # changes below it are called none

QUESTION_WORDS: Final[Mapping[Question, str]] = {
    "learning": "Did it learn?",
    "overfitting": "Does it overfit?",
    "converged": "Has it converged?",
    "more_training_helps": "Would more training help?",
    "diverged": "Did it diverge?",
}


ANSWER_WORDS: Final = {"yes": "Yes", "no": "No", "unsure": "Unsure", "not-assessed": "Not assessed"}


@dataclass(frozen=True)
class Subject:
    """What the sentences speak of.

    Attributes:
        metric: Base name of the judged metric.
        monitor: The judged curve, named as Keras logs it.
        best_epoch: 1-based.
        last_epoch: 1-based.
        patience: Epochs without improvement after which an early stop would have kept the best epoch.
    """

    metric: str | None
    monitor: str | None
    best_epoch: int | None
    last_epoch: int
    patience: int

    @property
    def curve(self) -> str:
        """The judged curve for a sentence: "validation loss", "accuracy"."""
        if self.monitor is None or self.metric is None:
            return "metric"
        name = self.name(self.metric)
        return f"validation {name}" if self.monitor != self.metric else f"training {name}"

    @staticmethod
    def name(metric: str | None) -> str:
        """A metric's name inside a sentence."""
        if metric is None:
            return "metric"
        text = metrics.label(metric)
        return text if text.isupper() else text[:1].lower() + text[1:]


def subject_of(diagnosis: Diagnosis) -> Subject:
    """What sentences about a finished diagnosis speak of."""
    metric = metrics.parse_key(diagnosis.monitor)[0] if diagnosis.monitor else None
    return Subject(metric, diagnosis.monitor, diagnosis.best_epoch, diagnosis.epochs, 3)


def _fraction(evidence: Mapping[str, object], name: str) -> str:
    value = evidence.get(name)
    return figures.percent(value) if isinstance(value, float) else "?"


def _value(evidence: Mapping[str, object], name: str) -> str:
    value = evidence.get(name)
    return figures.number(value) if isinstance(value, float | int) else "?"


def _setting(evidence: Mapping[str, object], name: str) -> str:
    value = evidence.get(name)
    return figures.setting(value) if isinstance(value, float | int) else "?"


def certainty(given: Answer) -> str:
    """How sure an answer is; for "unsure" how likely "yes" is; empty where nothing was assessed."""
    if given.probability is None:
        return ""
    return f"{given.probability * 100:.0f}% yes" if given.answer == "unsure" else figures.certainty(given.probability)


def _explosion(metric: str | None, facts: Mapping[str, object]) -> str:
    name = Subject.name(metric)
    what = f"distance of the training {name} from its best possible value" if _is_score(metric) else f"training {name}"
    return f"The {what} grew to {_value(facts, 'last_over_first')} times its first value."


def _split(facts: Mapping[str, object]) -> str:
    """Which curve an answer on learning stands on: training, unless only validation was logged."""
    return "validation" if facts.get("split") == "validation" else "training"


def _times(rise: float) -> str:
    """A rise over the best value in words: 23% worse, 2.6 times its best."""
    return f"{figures.percent(rise)} worse" if rise < 1 else f"{figures.number(1 + rise, 2)} times that"


def _is_ratio_scale(facts: Mapping[str, object], name: str, metric: str | None) -> bool:
    """Whether "so many times that" says something: of a positive value of a loss."""
    value = facts.get(name)
    return isinstance(value, float) and value > 0 and not _is_score(metric)


def _improvement(facts: Mapping[str, object], metric: str | None) -> str:
    """The progress of late: as a percentage of a loss, in its own unit for scores and for losses that cross zero."""
    share = facts.get("recent_progress_ratio")
    plain = _is_score(metric) or not isinstance(share, float) or share >= 1
    return _setting(facts, "recent_progress") if plain else _fraction(facts, "recent_progress_ratio")


def _is_score(metric: str | None) -> bool:
    return metrics.direction(metric or "") == "higher"


def answer_when(question: Question, given: Answer) -> str:
    """The epoch that belongs to a "yes", as the continuation of the answer; empty where there is none."""
    epoch = given.details.get("since_epoch" if question == "overfitting" else "epoch")
    if given.answer != "yes" or epoch is None:
        return ""
    return f", since epoch {epoch}" if question == "overfitting" else f", at epoch {epoch}"


def word_answer(question: Question, given: Answer, subject: Subject) -> str:
    """The sentence under an answer, with its numbers."""
    if given.reason is not None:
        return REASONS[given.reason]
    facts = given.evidence
    if question == "learning":
        which = "validation" if facts.get("split") == "validation" else "training"
        name = subject.name(subject.metric)
        if given.answer == "yes":
            went = f"from {_value(facts, 'first_value')} in the first epoch to {_value(facts, 'best_value')} at best"
            return f"The {which} {name} went {went}."
        return f"The {which} {name} never got clearly better than in its first epoch."
    if question == "overfitting":
        rise, fall = facts.get("rise_ratio"), facts.get("train_fall_ratio")
        if not isinstance(rise, float) or not isinstance(fall, float):
            return ""
        name = subject.name(subject.metric)
        went = f"the training {name} hardly changed"
        if abs(fall) >= _WORTH_SAYING:
            went = f"the training {name} " + ("went on improving" if fall > 0 else "got worse too")
        if rise < _WORTH_SAYING:
            return (
                f"The {subject.curve} ends within {figures.percent(_WORTH_SAYING)} of its best: it has not turned away."
            )
        worse = f", {_times(rise)}" if _is_ratio_scale(facts, "best_value", subject.metric) else ""
        return (
            f"The {subject.curve} was {_value(facts, 'best_value')} in epoch {subject.best_epoch} and ends at "
            f"{_value(facts, 'end_value')}{worse}, while {went}."
        )
    if question == "converged":
        if "plateau_epoch" not in facts:
            return "The training diverged, so it cannot come to rest."
        start = facts["plateau_epoch"]
        if given.answer == "yes":
            return f"By epoch {start} the {subject.curve} had made 95% of its whole improvement."
        if start is None:
            return f"The {subject.curve} never improved on its first value."
        return f"The {subject.curve} came near its best only at epoch {start} of {subject.last_epoch}."
    if question == "more_training_helps":
        if "recent_progress_ratio" not in facts:
            return "The training diverged; more of the same does not help."
        progress = facts["recent_progress_ratio"]
        if isinstance(progress, float) and progress <= 0:
            return f"In the last third of the run the {subject.curve} did not improve."
        return f"In the last third of the run the {subject.curve} improved by {_improvement(facts, subject.metric)}."
    if given.answer == "yes":
        if "non_finite_in" in facts:
            return f"From epoch {given.details['epoch']} on values are not finite (NaN or infinite)."
        if "off_scale_in" in facts:
            return f"From epoch {given.details['epoch']} on values are too large to be reckoned with."
        return _explosion(subject.metric, facts)
    return "All values are finite and none exploded."


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
                else _explosion(finding.metric, facts)
            )
            return Sentences(f"Training diverged at epoch {first}", text)
        case "not-learning":
            return Sentences(
                "The model did not learn",
                f"Over {last} epochs the {_split(facts)} {name} improved by {_fraction(facts, 'fall_ratio')}, no more than chance.",
            )
        case "overfitting":
            return Sentences(
                f"Overfitting since epoch {first}",
                f"The {subject.curve} went from {_value(facts, 'best_value')} to {_value(facts, 'end_value')}, while the "
                f"training {name} went on improving: the model memorises its training data.",
            )
        case "overfitting-possible":
            rise = facts.get("rise_ratio")
            if not isinstance(rise, float) or rise < _WORTH_SAYING:
                text = f"The {subject.curve} has hardly turned away, but its course looks like runs that did overfit."
            else:
                text = (
                    f"The {subject.curve} was {_value(facts, 'best_value')} at its best and ends at "
                    f"{_value(facts, 'end_value')}; by its noise and length that is not certain to be overfitting."
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
                f"In the last third of the run the {subject.curve} improved by {_improvement(facts, finding.metric)}.",
            )
        case "converged":
            return Sentences(
                f"Converged at epoch {first}",
                f"By epoch {first} the {subject.curve} had made 95% of its whole improvement.",
            )
        case "best-epoch":
            key = metrics.printable(subject.monitor or "", 60)
            text = f"{key} was best in epoch {first}: {_value(facts, 'value')}."
            if facts.get("extreme_epoch") != facts.get("epoch"):
                text = (
                    f"{key} was {_value(facts, 'value')} in epoch {first}. It was {_value(facts, 'extreme_value')} in epoch "
                    f"{facts.get('extreme_epoch')}, which noise cannot tell apart; epoch {first} is the safer choice."
                )
            return Sentences(f"Best epoch {first}", text)
        case "generalisation-gap":
            gap = facts.get("gap_ratio")
            told = isinstance(gap, float) and _is_ratio_scale(facts, "train_value", finding.metric)
            apart = f", {_times(gap)}" if told and isinstance(gap, float) else ""
            return Sentences(
                "Validation is clearly worse than training",
                f"At the best epoch the {name} is {_value(facts, 'train_value')} on training data and "
                f"{_value(facts, 'validation_value')} on validation data{apart}.",
            )
        case "accuracy-peaks-elsewhere":
            return Sentences(
                f"Best {name} in another epoch",
                f"The validation {name} was best in epoch {first} ({_value(facts, 'value')}); at the epoch of the best "
                f"loss it was {_value(facts, 'value_at_best_loss')}. Choose the epoch by what matters to you.",
            )
        case "learning-rate-changed":
            changes = facts.get("changes")
            times = "once" if changes == 1 else f"{changes} times"
            return Sentences(
                "The learning rate changed",
                f"It changed {times} and went from {_setting(facts, 'first_value')} to {_setting(facts, 'last_value')}.",
            )
        case "interrupted":
            planned = facts.get("planned_epochs")
            of = f" of {planned}" if planned else ""
            return Sentences(
                f"Interrupted at epoch {last}{of}", "The training ended by an error or by hand; this is what it left."
            )
        case "stopped-early":
            return Sentences(
                f"Stopped early at epoch {last}",
                "The training "
                + (f"was set to run {planned} epochs and " if (planned := facts.get("planned_epochs")) else "")
                + "ended before it was due to, as early stopping does.",
            )
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
                "Whether lower or higher is better cannot be told from its name.",
            )
    raise AssertionError(f"no words for {finding.code}")  # a rule without words is a fault of ours


def _has_turned(given: Answer) -> bool:
    """Whether validation ends visibly above its best."""
    rise = given.evidence.get("rise_ratio")
    return isinstance(rise, float) and rise >= _WORTH_SAYING


def word_verdict(code: VerdictCode, answers: Mapping[Question, Answer], subject: Subject) -> Sentences:
    """The verdict: headline, detail, and what to do."""
    best, last = subject.best_epoch, subject.last_epoch
    match code:
        case "diverged":
            epoch = answers["diverged"].details["epoch"]
            return Sentences(
                f"The training diverged at epoch {epoch}.",
                word_answer("diverged", answers["diverged"], subject),
                (
                    "Lower the learning rate to a tenth and train again.",
                    "Clip gradients (clipnorm=1.0 in the optimizer) and check inputs for NaN and unscaled columns.",
                    *_keep_best(subject, only_if_before=int(epoch or 1)),
                ),
            )
        case "not-learning":
            return Sentences(
                "The model did not learn.",
                word_answer("learning", answers["learning"], subject),
                (
                    "Check that inputs are scaled and labels fit the loss.",
                    "Try learning rates ten times higher and lower.",
                    "Try to overfit a handful of rows first; if that fails, the fault is in the model or the data.",
                ),
            )
        case "overfitting":
            since = answers["overfitting"].details["since_epoch"]
            advice = (
                f"Use the weights of epoch {best}: EarlyStopping(monitor={subject.monitor!r}, patience={subject.patience}, "
                "restore_best_weights=True) would have kept them.",
                "To get better than that, add data, augmentation, dropout or weight decay, or make the model smaller.",
            )
            return Sentences(
                f"The model overfits since epoch {since}; its best epoch is {best}.",
                word_answer("overfitting", answers["overfitting"], subject),
                advice,
            )
        case "still-improving":
            gain = answers["more_training_helps"].details["expected_gain"]
            more = max(1, _longer(last) - last)
            hope = (
                f" for an expected {figures.percent(gain)}" if isinstance(gain, float) and gain >= _WORTH_SAYING else ""
            )
            return Sentences(
                f"Still improving when training ended at epoch {last}.",
                word_answer("more_training_helps", answers["more_training_helps"], subject),
                (
                    f"Train on for about {more} more epochs{hope}, and let EarlyStopping(monitor={subject.monitor!r}, "
                    f"patience={max(5, subject.patience)}, restore_best_weights=True) end it.",
                ),
            )
        case "healthy" if answers["converged"].answer != "yes":
            return Sentences(
                "The model learned without overfitting; progress has become slow."
                if answers["overfitting"].answer == "no"
                else "The model learned its training data; progress has become slow.",
                word_answer("more_training_helps", answers["more_training_helps"], subject)
                + " Whether more epochs would help much is open.",
                (
                    f"Use it as it is, or train {_longer(last) - last} more epochs and see: EarlyStopping(monitor={subject.monitor!r}, "
                    f"patience={max(5, subject.patience)}, restore_best_weights=True) keeps the best.",
                    "If that is not enough, change the model, its learning rate or the data.",
                ),
            )
        case "healthy":
            start = answers["converged"].details["epoch"]
            clean = answers["overfitting"].answer == "no"
            blind = answers["overfitting"].reason == "no-validation"
            tail = " without overfitting" if clean else " on its training data" if blind else ""
            return Sentences(
                f"The model converged at epoch {start}{tail}.",
                word_answer("converged", answers["converged"], subject),
                (
                    f"Use it as it is; the best epoch was {best}."
                    if clean
                    else f"The best epoch was {best}. {REASONS['no-validation'] if blind else 'Whether it overfits is not certain: watch the validation curve.'}",
                    "To get better, change the model or the data: more epochs of the same will not.",
                ),
            )
        case "unclear" if answers["overfitting"].answer == "unsure" and _has_turned(answers["overfitting"]):
            likely = "has probably begun" if (answers["overfitting"].probability or 0) >= 0.5 else "may be starting"
            return Sentences(
                f"The model {likely} to overfit; its best epoch is {best}.",
                word_answer("overfitting", answers["overfitting"], subject),
                (
                    f"Keep the weights of epoch {best}, the best so far: EarlyStopping(monitor={subject.monitor!r}, "
                    f"patience={subject.patience}, restore_best_weights=True).",
                    "A larger validation set, or the same training with other seeds, would settle it.",
                ),
            )
        case "unclear" if (
            isinstance(lost := answers["converged"].evidence.get("lost_ratio"), float) and lost >= DEFAULTS.lost_ratio
        ):
            return Sentences(
                f"The model got worse again after epoch {best}.",
                f"The {subject.curve} ends having lost {figures.percent(lost)} of its whole improvement again.",
                (
                    f"Use the weights of epoch {best}: EarlyStopping(monitor={subject.monitor!r}, "
                    f"patience={subject.patience}, restore_best_weights=True) would have kept them.",
                    "Lower the learning rate, at once or towards the end, and train again.",
                ),
            )
        case "unclear":
            reason = answers["more_training_helps"].reason
            return Sentences(
                "No clear verdict." if reason is None else "This run cannot be judged.",
                REASONS[reason]
                if reason
                else f"The {subject.curve} is neither clearly at rest nor clearly improving, and does not clearly turn away.",
                (
                    "Train longer, or repeat with other seeds, before you decide."
                    if reason in (None, "too-few-epochs")
                    else "Log a loss for training and validation data.",
                ),
            )


def _keep_best(subject: Subject, only_if_before: int) -> tuple[str, ...]:
    if subject.best_epoch is None or subject.best_epoch >= only_if_before:
        return ()
    return (f"If you need a model now, the weights of epoch {subject.best_epoch} were the best.",)


def _longer(last: int) -> int:
    """Half as many epochs again, as a round number."""
    target = last * 1.5
    step = 10 ** max(0, len(str(int(target))) - 2) * 5
    return max(last + 1, int(-(-target // step) * step))
