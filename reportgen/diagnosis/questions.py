"""The five questions: did it learn, does it overfit, has it converged, would more training help, did it diverge."""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import Curve, plateau_start, ratio, relative_slope
from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Answer, AnswerWord, Forecast, Question
from reportgen.diagnosis.grades import is_probable, limited
from reportgen.diagnosis.reading import Reading
from reportgen.diagnosis.signs import Signs, is_unstable
from reportgen.diagnosis.smoothing import median
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.diagnosis.trees import load_models
from reportgen.diagnosis.turning_points import onset_epoch
from reportgen.history.frame import TrainingHistory


def choose_word(probability: float, thresholds: Thresholds) -> AnswerWord:
    """The answer for a probability."""
    return "yes" if probability >= thresholds.yes else "no" if probability <= thresholds.no else "unsure"


_STUCK: Final = 0.02  # probability that a run learned although a sign shows that it cannot have. Our choice.
_FEWEST_STEPS: Final = (
    10  # logged steps that show that a run does not learn: losses of single batches vary. Our choice.
)
_SHORT: Final = 8  # evaluations up to which a clear turn is judged without the fitted model. Our choice.
_TEXTBOOK: Final = (0.2, 0.85)  # the rise of such a turn, as a fraction, and its probability. Our choice.
_TOGETHER: Final = 0.25  # highest probability of overfitting if training got worse, too: it stays unsure. Our choice.
_TURNED: Final = (0.03, 0.6)  # a rise in each of the last two values or more while training fell; its probability
_SLIGHT: Final = 0.005  # of its value: recent progress that is hardly visible. Our choice.
_PART: Final = 3  # values at the beginning of a part of a log, which are compared with its last ones. Our choice.
_EXTREME: Final = 10.0  # last value over the first, with which two or three values show a divergence. Our choice.
_VISIBLE: Final = 0.05  # of its value: an improvement that two or three values show. Our choice.
_BRIEFLY: Final = (
    0.7  # probability that a run whose two or three values all improved would improve further. Our choice.
)
_SMALL: Final = 0.01  # of its value: an improvement that two or three values of whole epochs show. Our choice.
_HARDLY: Final = 0.6  # the same probability if they improved by less than `_VISIBLE`. Our choice.
_NO_TREND: Final = 0.3  # highest probability if epochs far apart show no progress. Our choice.
_NEAR_END: Final = 0.9  # of the planned epochs: a part of a run from which its end can be judged. Our choice.
_RISEN_BRIEFLY: Final = 0.05  # of its best value: a rise that two or three values show. Our choice.
_NEAR_ZERO: Final = 0.05  # of its first value: a training loss that says nothing about new data. Our choice.
SETTLED: Final = 8  # values from which a plateau may mean convergence. Our choice.
_NOT_WORSE: Final = 1.1  # last training loss over the first, up to which validation may show learning. Our choice.
_FIRST_STEPS: Final = 100  # steps, of single batches, that do not show whether a run learns. Our choice.
_PARTS: Final = 4  # of a run with rewards, which are compared by their means; our choice


def _fall_of_parts(curve: Curve) -> float:
    """How far the best of the later quarters of a run lies below the first, as a fraction of it.

    Rewards of single episodes say little: a lucky one does not show progress.
    """
    first, *others = (float(part.mean()) for part in np.array_split(curve.errors, _PARTS))
    return ratio(first - min(others), first)


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def first_broken(
    history: TrainingHistory, off_scale: float, judged: str | None = None, but: str | None = None
) -> tuple[int, str, float] | None:
    """The epoch from which a loss is NaN, infinite or out of range until its end, the curve's name, and the value.

    The judged metric counts as well, and every result if there are no losses. Other metrics may have no value for
    other reasons: a class that does not occur has no precision. The curve ``but`` does not count.

    Returns:
        None if every such curve ends with a usable value. If several start in the same epoch, the first one logged.
    """
    found: list[tuple[int, str, float]] = []
    telling = telling_metrics(history, judged)
    for key in history.keys:
        metric, split = metrics.parse_key(key)
        if metric not in telling or key == but:
            continue
        series = history.series(metric, split)
        usable = np.flatnonzero(np.abs(series.to_numpy()) < off_scale)
        start = int(usable[-1]) + 1 if len(usable) else 0
        if start < len(series):
            found.append((int(series.index[start]), key, float(series.iloc[start])))
    return min(found, key=lambda item: item[0], default=None)


def telling_metrics(history: TrainingHistory, judged: str | None) -> frozenset[str]:
    """The metrics whose values show whether a run diverged: losses and the judged one, or else all results."""
    names = {name for name in history.results if metrics.is_part_of_loss(name)}
    return frozenset(names | ({judged} if judged else set()) or history.results)


def _why_not_judged(reading: Reading) -> str:
    """The reason if no curve can be judged."""
    return reading.choice.doubt or "unknown-direction"


def _why_not_compared(reading: Reading, signs: Signs) -> str:
    """The reason if validation cannot be compared with training."""
    if signs.broken is not None and signs.broken.always:
        return "broken-validation"
    if reading.validation is not None:
        return "no-training-values"
    if metrics.is_reward(reading.metric or ""):
        return "reward"
    if reading.choice.few:
        return "few-evaluations"
    return "validation-not-used" if reading.choice.unused else "no-validation"


def answer_diverged(reading: Reading, thresholds: Thresholds, signs: Signs) -> Answer:
    """Whether values became NaN or infinite, or the training error grew to a multiple of its first value."""
    but = None if signs.broken is None else signs.broken.key
    broken = first_broken(reading.history, thresholds.off_scale, reading.metric, but)
    if broken is not None:
        epoch, name, value = broken
        where = Evidence(off_scale_in=name) if math.isfinite(value) else Evidence(non_finite_in=name)
        return Answer("yes", 1.0, epoch, evidence=where)
    if reading.trained is None:
        return Answer("not-assessed", reason=_why_not_judged(reading))
    curve, key = reading.trained
    metric = metrics.parse_key(key)[0]
    first, last = float(curve.errors[0]), median(curve.errors[-3:])
    begins_late = reading.excerpt is not None and not reading.excerpt.is_beginning
    is_long = len(curve.errors) >= 2 * _PART
    if begins_late and is_long and float(curve.errors[1:].min()) <= first:  # it is one of many, and others are as low
        first = median(curve.errors[:_PART])
    growth = ratio(last, first, limit=thresholds.off_scale) if first > 0 else 0.0
    evidence = Evidence(last_over_first=growth, key=None if metric == reading.metric else key)
    if 1 < len(curve.errors) < thresholds.min_epochs and first > 0:  # a short log shows only what is extreme
        growth = ratio(float(curve.errors[-1]), first, limit=thresholds.off_scale)
        evidence = replace(evidence, last_over_first=growth)
        if metrics.is_loss(metric) and growth >= _EXTREME:
            return Answer("yes", 0.95, int(curve.epochs[-1]), evidence=evidence)
    score = reading.history.direction(metric) == "higher" and (
        0 <= curve.errors.min() <= curve.errors.max() <= 1 or not _can_explode(metric)
    )
    if (_shows_little(reading, curve) or (begins_late and not is_long)) and growth < _EXTREME:
        return Answer("no", 0.0, evidence=evidence)
    if score or growth < thresholds.explosion_ratio or len(curve.errors) < thresholds.min_epochs:
        return Answer("no", 0.0, evidence=evidence)
    above = curve.errors >= thresholds.explosion_ratio * first
    onset = int(len(above) - np.argmin(above[::-1])) if not above.all() else 0
    return Answer("yes", 0.95, int(curve.epochs[min(onset, len(above) - 1)]), evidence=evidence)


def _shows_little(reading: Reading, curve: Curve) -> bool:
    """Whether the curve has the losses of a few batches, or running means of them, which vary widely."""
    return reading.history.axis == "step" and reading.validation is None and len(curve.errors) < _FEWEST_STEPS


def _can_explode(score: str) -> bool:
    """Whether a score without bounds, such as a log-likelihood, means that a loss exploded; a reward does not."""
    return metrics.direction(score) == "higher" and not metrics.is_reward(score)


def answer_learning(reading: Reading, thresholds: Thresholds, signs: Signs) -> Answer:
    """Whether the training error fell by more than its noise, to better than guessing."""
    given = _answer_fall(reading, thresholds)
    if given.answer == "no" and signs.stuck is None and (signs.risen_score is not None or _validation_falls(reading)):
        return replace(given, answer="unsure", probability=0.5)  # another curve shows some learning
    if signs.stuck is None or given.reason not in (None, "too-few-epochs"):
        return given
    known = _STUCK if given.probability is None else min(_STUCK, given.probability)
    return replace(given, answer="no", probability=known, reason=None)


def _validation_falls(reading: Reading) -> bool:
    """Whether validation improved clearly, although training did not, as with a loss whose parts were weighted anew."""
    train, validation = reading.train, reading.validation
    if train is None or validation is None or len(validation.errors) < SETTLED:
        return False
    part = len(validation.errors) // 3
    early, late = median(validation.errors[:part]), median(validation.errors[-part:])
    kept = float(train.errors[-1]) <= _NOT_WORSE * float(train.errors[0])
    return kept and early - late >= max(_VISIBLE * abs(early), 2 * validation.noise)


def _answer_fall(reading: Reading, thresholds: Thresholds) -> Answer:
    if reading.trained is None:
        return Answer("not-assessed", reason=_why_not_judged(reading))
    curve, key = reading.trained
    metric, split = metrics.parse_key(key)
    values = reading.history.series(metric, split)
    if len(curve.errors) < 2:
        return Answer("not-assessed", reason="too-few-epochs", evidence=Evidence(epochs=len(curve.errors)))
    first, low = float(curve.errors[0]), float(curve.smooth.min())
    lowest_value = float(curve.errors.min())
    fall = ratio(first - 0.5 * (low + lowest_value), first)  # the mean of the logged and the smoothed fall
    noise = ratio(curve.noise, first)
    if metrics.is_reward(metric) and len(curve.errors) >= 2 * _PARTS:
        fall = _fall_of_parts(curve)
    evidence = Evidence(
        fall_ratio=fall,
        noise_ratio=noise,
        epoch=int(curve.epochs[0]),
        first_value=float(values.loc[int(curve.epochs[0])]),
        best_value=float(values.loc[int(curve.epochs[int(np.argmin(curve.errors))])]),
        split="validation" if split == "validation" else None,
        key=None if metric == reading.metric else key,
    )
    steps = reading.history.axis == "step" and reading.validation is None
    fewest = _FEWEST_STEPS if steps else thresholds.min_epochs
    if steps and reading.last_epoch < _FIRST_STEPS:
        fewest = len(curve.errors) + 1
    if fall <= 0 and len(curve.errors) < fewest:  # two or three values do not show that it never will
        return Answer("not-assessed", reason="too-few-epochs", evidence=Evidence(epochs=len(curve.errors)))
    if fall <= 0:
        return Answer("no", 0.0, evidence=evidence)
    # 0.5 at the threshold; close to 0 or 1 if the fall differs from it by much more than the noise.
    margin = (fall - thresholds.learned_ratio) / max(thresholds.learned_width, thresholds.learned_noise * noise)
    probability = _logistic(margin)
    if probability < 0.5 and len(curve.errors) < fewest:
        return Answer("not-assessed", reason="too-few-epochs", evidence=Evidence(epochs=len(curve.errors)))
    return Answer(choose_word(probability, thresholds), probability, evidence=evidence)


def rise_since_best(reading: Reading) -> Evidence | None:
    """How far validation rose from the best epoch to the end, and how far training fell further.

    Returns:
        Ratios are relative to the error at the best epoch; values are as logged. None without training or validation.
    """
    train, validation, best = reading.train, reading.validation, reading.best_epoch
    if train is None or validation is None or best is None:
        return None
    low, end = float(validation.errors[validation.position(best)]), float(validation.errors[-1])
    at_best = float(train.errors[train.position(best)])
    return Evidence(
        rise_ratio=ratio(max(0.0, end - low), low if low > 0 else validation.scale),
        train_fall_ratio=ratio(at_best - float(train.errors[-1]), at_best),
        noise_ratio=ratio(validation.noise, low if low > 0 else validation.scale),
        best_value=reading.value("validation", best),
        end_value=reading.value("validation", int(validation.epochs[-1])),
    )


def overfitting_since(reading: Reading) -> int | None:
    """The first epoch after the validation error's turning point and the best epoch; None if it ends at its lowest."""
    arrays = reading.arrays
    turn, best = onset_epoch(arrays.validation), reading.best_epoch
    if turn is None or best is None:
        return None
    after = max(int(arrays.epochs[turn - 1]), best)
    later = arrays.epochs[(arrays.epochs > after) & np.isfinite(arrays.validation)]
    return int(later[0]) if len(later) else None


def answer_overfitting(reading: Reading, thresholds: Thresholds, signs: Signs, *, in_full: bool = True) -> Answer:
    """Whether validation got worse after its best epoch while training kept improving.

    Unless in full, an answer that is not overfitting has no evidence, as it takes long to find the best epoch.
    """
    if reading.metric is None:
        return Answer("not-assessed", reason=_why_not_judged(reading))
    if reading.validation is None or reading.train is None:
        return Answer("not-assessed", reason=_why_not_compared(reading, signs))
    count, model = len(reading.validation.errors), load_models()["overfitting"]
    undecided = sum(model.unsure) / 2
    if not in_full and count > max(_SHORT, thresholds.min_epochs):
        probability = limited(model.ask(reading.arrays.features), count, thresholds.sureness)
        if probability <= undecided:
            return Answer(model.answer(probability), probability)
    rise = rise_since_best(reading)
    if rise is None:
        return Answer("not-assessed", reason=_why_not_compared(reading, signs))
    if count < thresholds.min_epochs:
        return _turned_briefly(reading.train, reading.validation, rise, thresholds)
    probability = model.ask(reading.arrays.features)
    if count <= _SHORT and _turns_clearly(reading.train, reading.validation, rise):
        probability = max(probability, _TEXTBOOK[1])
    elif count <= _SHORT and _turns_steadily(reading.train, reading.validation, rise):
        probability = max(probability, _TURNED[1])
    if signs.stays_exploded or is_unstable(reading.train, reading.validation, thresholds):
        probability = min(probability, _TOGETHER)
    decides = limited(probability, count, thresholds.sureness) > min(undecided, thresholds.likely)
    since = overfitting_since(reading) if decides else None
    if since is None:  # it ends at its best value, so it cannot have got worse since
        probability = min(probability, undecided)
    probability = limited(probability, count, thresholds.sureness)
    seen = is_probable(probability) and (rise.rise_ratio or 0.0) >= thresholds.visible_ratio
    shown = seen or probability >= thresholds.likely
    return Answer(model.answer(probability), probability, since if shown else None, evidence=rise)


def _turned_briefly(train: Curve, validation: Curve, rise: Evidence, limits: Thresholds) -> Answer:
    """What two or three values show: validation far above its best while training fell, or too little."""
    count, best = len(validation.errors), int(np.argmin(validation.errors))
    risen, fallen = rise.rise_ratio or 0.0, rise.train_fall_ratio or 0.0
    if best == count - 1 or risen < _RISEN_BRIEFLY or fallen < _VISIBLE:
        return Answer("not-assessed", reason="too-few-epochs", evidence=Evidence(epochs=count))
    probability = limited(_BRIEFLY, count, limits.sureness)
    return Answer("unsure", probability, int(validation.epochs[best + 1]), evidence=rise)


def _turns_clearly(train: Curve, validation: Curve, rise: Evidence) -> bool:
    """Whether validation rose far above its best over the last two values or more, while training fell throughout."""
    best = int(np.argmin(validation.errors))
    later, low = validation.errors[best + 1 :], float(validation.errors[best])
    seen = train.errors[train.position(int(validation.epochs[best])) :]
    return (
        len(later) > 1
        and low > 0
        and float(later[-1]) >= (1 + _TEXTBOOK[0]) * low
        and float(later[-2]) >= (1 + _TEXTBOOK[0] / 4) * low
        and float(seen[-1]) < float(seen[0])
        and float(seen[-1]) <= float(seen.min()) * 1.05
        and (rise.train_fall_ratio or 0.0) > 0
    )


def _turns_steadily(train: Curve, validation: Curve, rise: Evidence) -> bool:
    """Whether validation rose from each value to the next since its best, two or more, while training always fell."""
    best = int(np.argmin(validation.errors))
    later, seen = np.diff(validation.errors[best:]), np.diff(train.errors)
    return len(later) > 1 and bool((later > 0).all() and (seen < 0).all()) and (rise.rise_ratio or 0.0) >= _TURNED[0]


def recent_progress(curve: Curve, thresholds: Thresholds) -> float:
    """How much the lowest smoothed error fell in the last part of the run, as a fraction of `Curve.scale`."""
    split = max(1, round((1 - thresholds.recent_ratio) * len(curve.smooth)))
    return float(curve.smooth[:split].min() - curve.smooth.min()) / curve.scale


def falls_late(curve: Curve, limits: Thresholds) -> bool:
    """Whether the curve still fell visibly, and by more than its noise, in the last fifth of the run."""
    part = max(2, round(len(curve.smooth) / 5))
    before, after = float(curve.smooth[:-part].min()), float(curve.smooth[-part:].min())
    return len(curve.smooth) > 2 * part and before - after >= max(limits.late_fall * curve.scale, curve.noise)


def answer_more_training(
    reading: Reading, thresholds: Thresholds, signs: Signs, ahead: Forecast | None = None
) -> Answer:
    """Whether the monitor would fall further, and how far by a forecast.

    A fitted model answers this. For runs with only one curve, there is a model fitted on the training loss alone.
    """
    curve = reading.monitor
    if curve is None:
        return Answer("not-assessed", reason=_why_not_judged(reading))
    little = _shows_little(reading, curve)
    if len(curve.errors) < thresholds.min_epochs or (little and reading.last_epoch < _FIRST_STEPS):
        return _answer_briefly(curve, signs, batches=little)
    progress = recent_progress(curve, thresholds)
    evidence = Evidence(
        recent_progress_ratio=ratio(progress * curve.scale, float(curve.smooth.min()) + progress * curve.scale),
        recent_progress=progress * curve.scale,
        slope_per_epoch_ratio=relative_slope(curve, thresholds.recent_ratio),
        noise_ratio=curve.noise / curve.scale,
        epochs_ahead=None if ahead is None else ahead.epochs_ahead,
        gain_low=None if ahead is None else ahead.gain_low,
        gain_high=None if ahead is None else ahead.gain_high,
    )
    both = reading.validation is not None and reading.train is not None
    model = load_models()["more_training_helps" if both else "training_loss_falls"]
    features = reading.arrays.features
    if reading.train is None:
        moved = {f"train_{k.removeprefix('val_')}": v for k, v in features.items() if k.startswith("val_")}
        features = {**features, **moved}
    probability = limited(model.ask(features), len(curve.errors), thresholds.sureness)
    if progress < _SLIGHT:  # it resembles runs that kept improving, but has hardly improved lately
        probability = min(probability, 0.5 if progress <= 0 else (thresholds.probably + thresholds.likely) / 2)
    if progress <= 0 and reading.excerpt is not None and reading.excerpt.has_gap:
        probability = min(probability, _NO_TREND)
    if falls_late(curve, thresholds):
        probability = max(probability, 0.5)
    if reading.validation is None and not metrics.is_reward(reading.metric or ""):
        probability = min(probability, _without_validation(reading, thresholds))
    if signs.far_end >= thresholds.far_end or signs.worse_together or signs.explodes:
        probability = min(probability, 1 - thresholds.probably)
    if signs.ended_rate is not None or signs.stuck in ("zero-rate", "constant"):
        probability = min(probability, 1 - thresholds.likely)
    answer = model.answer(probability)
    gain = 0.0 if answer == "no" else None if ahead is None else ahead.expected_gain
    return Answer(answer, probability, expected_gain=gain, evidence=evidence)


def _answer_briefly(curve: Curve, signs: Signs, *, batches: bool) -> Answer:
    """What two or three values show: each better than the one before, or too little."""
    few = Evidence(epochs=len(curve.errors))
    falls, before = -np.diff(curve.errors), np.abs(curve.errors[:-1])
    if not len(falls) or signs.stuck is not None or not (falls > 0).all():
        return Answer("not-assessed", reason="too-few-epochs", evidence=few)
    gained = float(falls[-1])
    few = replace(few, recent_progress=gained, recent_progress_ratio=ratio(gained, float(curve.errors[-2])))
    if (falls >= _VISIBLE * before).all():
        return Answer("unsure", _BRIEFLY, evidence=few)
    if not batches and (falls >= _SMALL * before).all():
        return Answer("unsure", _HARDLY, evidence=few)
    return Answer("not-assessed", reason="too-few-epochs", evidence=Evidence(epochs=len(curve.errors)))


def _without_validation(reading: Reading, limits: Thresholds) -> float:
    """The highest probability that more training helps, if only training values show it."""
    train, accuracy = reading.train, reading.arrays.train_accuracy
    if train is None or not metrics.is_loss(reading.metric or ""):
        return limits.likely
    ends = median(train.errors[-3:])
    known = accuracy[np.isfinite(accuracy)]
    solved = ends <= _NEAR_ZERO * float(train.errors[0]) or (len(known) > 0 and median(known[-3:]) >= 0.98)
    return 0.5 if solved and train.errors[0] > 0 else (limits.probably + limits.likely) / 2


def lost_since_best(curve: Curve, thresholds: Thresholds) -> float:
    """How much of its total improvement a curve has clearly lost again by its end, as a fraction.

    Twice the noise is subtracted, so that a noisy plateau counts as no loss; 0 if the curve never improved.
    """
    tail = max(1, round(thresholds.end_ratio * len(curve.smooth)))
    low = float(curve.smooth.min())
    fall = float(curve.smooth[0]) - low
    lost = float(curve.smooth[-tail:].mean()) - low - 2 * curve.noise
    return ratio(max(0.0, lost), fall) if fall > 0 else 0.0


def answer_converged(
    reading: Reading,
    thresholds: Thresholds,
    signs: Signs,
    more_training: Answer,
    learning: Answer,
    overfitting: Answer,
) -> Answer:
    """Whether the monitor fell, reached a plateau, and is unlikely to improve with more training."""
    curve = reading.monitor
    if curve is None or more_training.probability is None:
        return replace(more_training, expected_gain=None)
    if len(curve.errors) < thresholds.min_epochs:
        return Answer("not-assessed", reason="too-few-epochs", evidence=Evidence(epochs=len(curve.errors)))
    start = plateau_start(curve, thresholds.plateau_ratio)
    best, lost = int(curve.epochs[int(np.argmin(curve.errors))]), lost_since_best(curve, thresholds)
    rises = is_probable(overfitting.probability)
    if rises or start is None:
        start = best
    evidence = replace(more_training.evidence, plateau_epoch=start, lost_ratio=lost)
    # The probability that more training would not help, provided that the model learned at all.
    learned = 0.5 if learning.probability is None else learning.probability
    begins = reading.excerpt is None or reading.excerpt.is_beginning
    if not begins and signs.stuck in (None, "constant"):
        learned = 1.0  # before the part that is shown
    probability = (1 - more_training.probability) * learned
    is_brief = not rises and bool(np.mean(curve.epochs >= start) < thresholds.plateau_share)
    if is_brief and signs.ended_rate is None:
        probability = min(probability, 0.5)  # too short a plateau to say that it stays
    if not rises and (signs.far_end >= thresholds.far_end or signs.worse_together or signs.explodes):
        probability = min(probability, 0.5)
    if not rises and begins and signs.ended_rate is None and len(curve.errors) < SETTLED:
        probability = min(probability, 0.5)  # too few values to say that it stays
    word = choose_word(probability, thresholds)
    since = start if is_probable(probability) and not is_brief else None
    return Answer(word, probability, since, evidence=evidence)


def answer_all(
    reading: Reading, thresholds: Thresholds, signs: Signs, *, in_full: bool = True
) -> dict[Question, Answer]:
    """Answers the five questions. Overfitting is not assessed for a diverged run.

    Args:
        reading: The run.
        thresholds: The numbers to judge by.
        signs: What its curves show.
        in_full: Whether the answers say more than a verdict needs, which takes most of the time: how much the forecast
            gains, and how far validation rose if that is not overfitting.
    """
    diverged = answer_diverged(reading, thresholds, signs)
    learning = answer_learning(reading, thresholds, signs)
    if diverged.answer == "yes":
        return {
            "learning": learning,
            "overfitting": Answer("not-assessed", reason="diverged"),
            "converged": Answer("no", 0.0, evidence=diverged.evidence),
            "more_training_helps": Answer("no", 0.0, expected_gain=0.0, evidence=diverged.evidence),
            "diverged": diverged,
        }
    more = answer_more_training(reading, thresholds, signs, reading.forecast if in_full else None)
    overfitting = answer_overfitting(reading, thresholds, signs, in_full=in_full)
    answers: dict[Question, Answer] = {
        "learning": learning,
        "overfitting": overfitting,
        "converged": answer_converged(reading, thresholds, signs, more, learning, overfitting),
        "more_training_helps": more,
        "diverged": diverged,
    }
    part = reading.excerpt
    if part is None:
        return answers
    if part.is_beginning:
        return answers | {"converged": Answer("not-assessed", reason="excerpt")}
    return _of_excerpt(answers, signs, at_end=part.planned is None or part.last >= _NEAR_END * part.planned)


def _of_excerpt(answers: dict[Question, Answer], signs: Signs, *, at_end: bool) -> dict[Question, Answer]:
    """The answers that a part of a run can give: what is seen in it is certain, but not what is missing in it.

    A curve that does not move near the end of a run has converged, but it is unknown in which epoch.
    """
    unknown = Answer("not-assessed", reason="excerpt")
    kept: dict[Question, Answer] = {}
    flat = (
        at_end and is_probable(answers["converged"].probability) and not is_probable(answers["overfitting"].probability)
    )
    for question, given in answers.items():
        certain = question == "diverged" or given.reason is not None or is_probable(given.probability)
        stuck = question == "learning" and signs.stuck in ("chance", "zero-rate", "one-class")
        kept[question] = given if certain or stuck else unknown
    if flat and not is_probable(answers["more_training_helps"].probability):
        kept["more_training_helps"] = answers["more_training_helps"]
        kept["converged"] = replace(answers["converged"], epoch=None)
    else:
        kept["converged"] = unknown
    return kept
