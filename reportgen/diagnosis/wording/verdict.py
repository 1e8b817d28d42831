"""The verdict in words: headline, evidence, and what to do."""

from collections.abc import Mapping

from reportgen import figures
from reportgen.diagnosis.findings import Answer, Question, Sentences, VerdictCode
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.diagnosis.wording.answers import REASONS, word_answer
from reportgen.diagnosis.wording.subject import WORTH_SAYING, Subject


def _has_turned(given: Answer) -> bool:
    """Whether validation ends visibly above its best."""
    rise = given.evidence.get("rise_ratio")
    return isinstance(rise, float) and rise >= WORTH_SAYING


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
                f" for an expected {figures.percent(gain)}" if isinstance(gain, float) and gain >= WORTH_SAYING else ""
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
