"""Words for the scores of an evaluation."""

from collections.abc import Mapping, Sequence
from typing import Final

from reportgen import formatting
from reportgen.history.evaluation import (
    CONFUSION_CUT,
    FROM_LOGITS,
    INTERVALS_SCALED,
    LABELS_SORTED,
    RANKED_PART,
    Evaluation,
    Score,
)
from reportgen.languages import Language, marked
from reportgen.text import printable

_DIGITS: Final = 3
_MOST_DIGITS: Final = 6  # of stored scores
_LONGEST: Final = 40  # characters of a class name in a sentence
_MAX_OUTPUTS: Final = 6  # in a sentence; our choice
_NAMES: Final[Mapping[str, str]] = {
    "accuracy": marked("Accuracy"),
    "balanced_accuracy": marked("Balanced accuracy"),
    "f1": marked("F1, mean over classes"),
    "f1_micro": marked("F1 over all labels"),
    "roc_auc": marked("Area under the ROC curve"),
    "average_precision": marked("Average precision"),
    "log_loss": marked("Log loss"),
    "exact_match": marked("Samples with all labels right"),
    "hamming_loss": marked("Share of wrong labels"),
    "mae": marked("Mean absolute error"),
    "rmse": marked("Root mean squared error"),
    "r2": marked("R²"),
    "bias": marked("Mean residual"),
}
_NOTES: Final[Mapping[str, str]] = {
    FROM_LOGITS: marked("The predictions were logits; they were turned into probabilities."),
    LABELS_SORTED: marked(
        "The order of the classes was not given, so columns of probabilities were taken in sorted order."
    ),
    INTERVALS_SCALED: marked(
        "Intervals of scores that rank all samples come from 10,000 random samples, scaled to the number of samples."
    ),
    RANKED_PART: marked("The ROC and precision-recall curves and their areas come from a random part of the samples."),
    CONFUSION_CUT: marked("Of the confused classes, only the 1,000 most frequent pairs are stored."),
}


def name_score(score: str, evaluation: Evaluation, language: Language) -> str:
    """The name of a score, in a table."""
    if score == "f1" and evaluation.task == "binary":
        return language.say("F1 of {name}", name=printable(evaluation.classes[1].label, _LONGEST))
    if score == "f1" and evaluation.task == "multi-label":
        return language.say("F1, mean over labels")
    return language.say(_NAMES[score]) if score in _NAMES else printable(score, _LONGEST)


def word_interval(score: Score, language: Language) -> str:
    """Both ends of an interval; empty without one."""
    if score.low is None or score.high is None:
        return ""
    digits = _DIGITS
    while formatting.number(score.low, digits) == formatting.number(score.high, digits) and digits < _MOST_DIGITS:
        digits += 1
    low, high = formatting.number(score.low, digits), formatting.number(score.high, digits)
    return language.say("{first} to {last}", first=low, last=high)


def word_evaluation(evaluation: Evaluation, language: Language) -> str:
    """What the evaluation found, in one or two sentences."""
    say, rows = language.say, formatting.count(evaluation.rows)
    first = evaluation.scores[0]
    values = {"n": rows, "value": formatting.number(first.value, _DIGITS), "interval": word_interval(first, language)}
    if evaluation.task == "regression":
        text = say("Tested on {n} samples: the mean absolute error is {value}.", **values)
        if first.low is not None:
            text = say("Tested on {n} samples: the mean absolute error is {value} (95% interval {interval}).", **values)
        r2 = evaluation.score("r2")
        return language.join(text, say("R² is {value}.", value=formatting.number(r2.value, _DIGITS)) if r2 else "")
    if evaluation.task == "multi-label":
        if first.low is None:
            return say("Tested on {n} samples: F1 over all labels is {value}.", **values)
        return say("Tested on {n} samples: F1 over all labels is {value} (95% interval {interval}).", **values)
    text = say("Tested on {n} samples: the accuracy is {value}.", **values)
    if first.low is not None:
        text = say("Tested on {n} samples: the accuracy is {value} (95% interval {interval}).", **values)
    if evaluation.majority is None:
        return text
    share = formatting.number(evaluation.majority.share, _DIGITS)
    name = printable(evaluation.majority.label, _LONGEST)
    return language.join(
        text, say("Always predicting {name}, the most common class, would score {share}.", name=name, share=share)
    )


def word_main_scores(evaluations: Sequence[tuple[str, Evaluation]], language: Language) -> str:
    """The main score of each output, in one sentence; empty without any."""
    say, texts = language.say, []
    for output, evaluation in evaluations[:_MAX_OUTPUTS]:
        score = evaluation.scores[0]
        name, value = name_score(score.name, evaluation, language), formatting.number(score.value, _DIGITS)
        texts.append(say("{output}: {score} {value}", output=printable(output, _LONGEST), score=name, value=value))
    if not texts:
        return ""
    rows = formatting.count(max(evaluation.rows for _, evaluation in evaluations))
    if len(evaluations) > len(texts):
        more = len(evaluations) - len(texts)
        return say(
            "Tested on {n} samples. By output: {list}; and {more} more.", n=rows, list="; ".join(texts), more=more
        )
    return say("Tested on {n} samples. By output: {list}.", n=rows, list="; ".join(texts))


def word_mistake(evaluation: Evaluation, language: Language) -> str:
    """The most frequent mistake; empty without mistakes between classes."""
    wrong = [cell for cell in evaluation.confusion if cell[0] != cell[1]]
    if not wrong:
        return ""
    true, predicted, count = max(wrong, key=lambda cell: cell[2])
    values = {
        "n": formatting.count(count),
        "all": formatting.count(evaluation.classes[true].rows),
        "true": printable(evaluation.classes[true].label, _LONGEST),
        "predicted": printable(evaluation.classes[predicted].label, _LONGEST),
    }
    others = sum(cell[2] == count for cell in wrong) - 1
    if others:
        return language.say(
            "Most frequent mistakes: {n} of {all} samples of class {true} were predicted as {predicted}, and {others} other "
            "mistakes are as frequent.",
            others=formatting.count(others),
            **values,
        )
    return language.say(
        "Most frequent mistake: {n} of {all} samples of class {true} were predicted as {predicted}.", **values
    )


def word_evaluation_notes(evaluation: Evaluation, language: Language) -> tuple[str, ...]:
    """How the numbers were computed."""
    say = language.say
    how = say("95% intervals: bootstrap over samples. They do not include variation between training runs.")
    return (how, *(say(_NOTES[note]) for note in evaluation.notes if note in _NOTES))
