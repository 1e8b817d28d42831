"""Signs: what the curves show beyond the five answers, measured once for everything that uses it."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import Curve, ratio
from reportgen.diagnosis.reading import Reading
from reportgen.diagnosis.shape import commonest, one_class_loss, regained
from reportgen.diagnosis.smoothing import median
from reportgen.diagnosis.thresholds import Thresholds

Stuck = Literal["zero-rate", "constant", "chance", "one-class"]

_NEAR: Final = 0.01  # of ln(k): how far a loss at chance may be from it. Our choice.
_BARELY: Final = 0.015  # of ln(k): how far below it the lowest loss may be. Our choice.
_NEAR_ALONE: Final = 0.003  # the same if no accuracy confirms the number of classes. Our choice.
_USUAL_CLASSES: Final = (2, 3, 4, 5, 6, 7, 8, 10, 20, 100, 1000)  # looked for without an accuracy
_ACCURACY_RANGE: Final = (0.75, 1.25)  # of 1/k: accuracies that are no better than guessing. Our choice.
_ENTROPIES: Final = ("crossentropy", "cross_entropy", "nll", "logloss", "log_loss", "ce")
_AUC_NEAR: Final = 0.03  # how far an AUC that shows guessing may be from one half. Our choice.
_SPLITS: Final[tuple[metrics.Split, ...]] = ("train", "validation")
_BRIEF_GAP: Final = 0.2  # training accuracy minus validation accuracy that one to three epochs show. Our choice.
_FAR_APART: Final = 10.0  # log loss of validation over that of training; that of trees is lower as a rule. Our choice.
_SOLVED: Final = 0.98  # training accuracy from which the usual large gap is enough for that. Our choice.
_BURSTS: Final = 2  # explosions, each with usual values after it, with which training is unstable. Our choice.
_LASTING: Final = 3  # values that are as high as in an explosion, which then is more than a spike. Our choice.
_MANIFOLD: Final = 3.0  # last over first value: so many times a score must have risen to show learning. Our choice.
_HELD_RANGE: Final = (0.08, 1.5)  # above 1/k, and times 1/k: accuracies of a small validation set. Our choice.
_SWING: Final = 3.0  # from one epoch to the next, up or down: a validation loss that swings. Our choices.
_FEWEST_SWINGS: Final = 2  # in each direction
_SWINGS: Final = 1 / 3  # of the epochs
_STILL: Final = 0.05  # of its second value: a fall of the training loss that counts as none. Our choice.
_OF_LAST: Final = 3  # values whose median is the end of a curve


@dataclass(frozen=True)
class Gap:
    """How much better training is than validation at the end, in a metric that shows it best; medians of 3 epochs."""

    metric: str
    train: float
    validation: float
    times: float  # the loss: validation over training; 0 for an accuracy


@dataclass(frozen=True)
class Explosion:
    """The highest of the explosions after which a loss fell again."""

    key: str
    epoch: int
    value: float
    times: int = 1  # how often it happened
    is_over: bool = True  # unless it lasted, and the loss has not come back to its usual value before


@dataclass(frozen=True)
class Bounce:
    """How much of its fall training has lost again, and how far validation jumps, both as fractions."""

    lost: float
    noise: float


@dataclass(frozen=True)
class BrokenValidation:
    """A validation loss that is NaN or infinite to its end, although training goes on with usable values."""

    key: str
    epoch: int  # the first one
    always: bool


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What the curves show.

    Attributes:
        stuck: Why the model cannot have learned anything; None if nothing shows that.
        classes: Among how many classes it guesses, for "chance".
        level: The loss (``chance``) or accuracy (``one-class``) at which it stays.
        validation_stuck: How validation stays although training learns: at the loss of guessing, or at its first value.
        validation_classes: Among how many classes it guesses there.
        worse_together: Whether validation and training got worse together.
        bounce: Lost progress and jumps as with a learning rate that is too high; None if it is not.
        far_end: How far the judged curve ends above its best (its last 3 values) beyond its noise, of `Curve.scale`.
        gap: A large gap between training and validation; None if it is smaller.
        explosion: A loss exploded and fell again; None if none did.
        risen_score: A score that rose to a multiple of its first value, and did not stay at that of guessing, although
            the judged curve did not improve; None if there is none.
        broken: A validation loss that is not a number although training is; None if there is none.
        ended_rate: The learning rate at the end if it has fallen to almost nothing; None otherwise.
        swings: Whether the validation loss rises and falls to a multiple from epoch to epoch.
    """

    stuck: Stuck | None = None
    classes: int | None = None
    level: float | None = None
    validation_stuck: Literal["chance", "first-value"] | None = None
    validation_classes: int | None = None
    worse_together: bool = False
    bounce: Bounce | None = None
    far_end: float = 0.0
    gap: Gap | None = None
    explosion: Explosion | None = None
    risen_score: str | None = None
    broken: BrokenValidation | None = None
    ended_rate: float | None = None
    swings: bool = False

    @property
    def explodes(self) -> bool:
        """Whether a loss exploded again and again."""
        return self.explosion is not None and self.explosion.times >= _BURSTS

    @property
    def stays_exploded(self) -> bool:
        """Whether a loss exploded and has not come back."""
        return self.explosion is not None and not self.explosion.is_over


def read_signs(reading: Reading, limits: Thresholds) -> Signs:
    """Measures all signs of a run."""
    stuck, classes, level = _find_stuck(reading, limits)
    held, held_classes = _find_held_validation(reading, limits)
    monitor = reading.monitor
    return Signs(
        stuck=stuck,
        classes=classes,
        level=level,
        validation_stuck=held,
        validation_classes=held_classes,
        worse_together=_got_worse_together(reading, limits),
        bounce=_find_bounce(reading, limits),
        far_end=0.0 if monitor is None else _far_end(monitor),
        gap=_find_gap(reading, limits),
        explosion=_find_explosion(reading, limits),
        risen_score=_find_risen_score(reading, limits),
        broken=_find_broken_validation(reading, limits),
        ended_rate=_find_ended_rate(reading, limits),
        swings=_swings(reading),
    )


def _end(values: np.ndarray) -> float:
    return median(values[-_OF_LAST:]) if len(values) else math.nan


def _far_end(curve: Curve) -> float:
    """A single last value counts a quarter: it may be an accident, unless it is far off."""
    low, noise = float(curve.errors.min()), 2 * curve.noise
    settled, last = float(curve.errors[-_OF_LAST:].min()) - low, (float(curve.errors[-1]) - low) / 4
    return max(0.0, settled - noise, last - noise) / curve.scale


def _find_stuck(reading: Reading, limits: Thresholds) -> tuple[Stuck | None, int | None, float | None]:
    rates = reading.arrays.rate[np.isfinite(reading.arrays.rate)]
    if len(rates) >= limits.flat_epochs and not rates.any():
        return "zero-rate", None, 0.0
    if reading.trained is None or reading.choice.doubt is not None:
        return None, None, None
    curve = reading.trained[0]
    if len(curve.errors) < limits.min_epochs:
        shares = (reading.arrays.train_accuracy, reading.arrays.validation_accuracy)
        known = next((each for each in shares if np.isfinite(each).any()), None)
        if len(curve.errors) == 1 and (reading.span[0] == 1 or reading.history.axis == "step"):
            return None, None, None  # the first epoch may end where a guess begins
        classes = None if known is None else _guessed_classes(reading, curve, known)
        return ("chance", classes, _end(curve.errors)) if classes is not None else (None, None, None)
    level = _one_class_level(reading, limits)
    if level is not None:
        return "one-class", None, level
    beside = [curve, *(other for other in (reading.train, reading.validation) if other is not None)]
    if curve.errors[0] != 0 and not any(np.ptp(other.errors) for other in beside):
        share = _guessed_share(reading)
        if share is not None and reading.excerpt is not None and not reading.excerpt.is_beginning:
            return "one-class", None, share  # a converged model would do better
        return "constant", None, float(curve.errors[0])
    seen, unseen = reading.arrays.train_accuracy, reading.arrays.validation_accuracy
    classes = _guessed_classes(reading, curve, seen if np.isfinite(seen).any() else unseen)
    if classes is not None:
        return "chance", classes, _end(curve.errors)
    flat = find_flat_accuracy(reading, limits)
    if flat is None or flat.value < _NEAR or flat.spread > limits.flat_wobble:
        return None, None, None
    second, low = float(curve.smooth[1]), float(curve.smooth.min())
    return ("one-class", None, flat.value) if ratio(second - low, second) <= _STILL else (None, None, None)


def _guessed_share(reading: Reading) -> float | None:
    """The accuracy of training if it always is that of guessing, with a loss no better than that; None otherwise."""
    seen = reading.arrays.train_accuracy[np.isfinite(reading.arrays.train_accuracy)]
    if reading.train is None or not len(seen) or np.ptp(seen):
        return None
    share = float(seen[0])
    classes = next((n for n in _USUAL_CLASSES if abs(share * n - 1) <= _NEAR), None)
    worse = classes is not None and float(reading.train.errors.min()) >= (1 - _NEAR) * math.log(classes)
    return share if worse and metrics.is_loss(reading.metric or "") else None


def _one_class_level(reading: Reading, limits: Thresholds) -> float | None:
    """The accuracy of a run judged by it that stays at that of guessing, in training and validation."""
    if not metrics.is_accuracy(reading.metric or "") or reading.train is None or reading.validation is None:
        return None
    seen, unseen = (
        values[np.isfinite(values)] for values in (reading.arrays.train_accuracy, reading.arrays.validation_accuracy)
    )
    if min(len(seen), len(unseen)) < limits.flat_epochs:
        return None
    value, share = commonest(unseen)
    guessed = any(abs(value * classes - 1) <= _NEAR for classes in _USUAL_CLASSES)
    still = float(np.abs(seen - value).max()) <= limits.flat_wobble / 2
    return value if guessed and share >= limits.flat_share and still else None


def _guessed_classes(reading: Reading, curve: Curve, shares: np.ndarray, *, is_held: bool = False) -> int | None:
    """Among how many classes a model guesses whose loss stays at ln(k); None if it does not.

    With ``is_held``, training learns and the curve is that of validation, whose accuracy may be that of a few rows.
    """
    name, end = reading.metric or "", _end(curve.errors)
    stated = (reading.history.run.loss or "").lower()
    entropy = any(word in f"{stated} {name}".lower() for word in _ENTROPIES)
    if not metrics.is_loss(name) or not 0.6 < end < 12 or (stated and not entropy):
        return None
    known = shares[np.isfinite(shares)]
    ranked = _ranks_by_chance(reading)
    if ranked is False:
        return None
    if len(known) and ranked and float(known.max()) * math.exp(end) < _ACCURACY_RANGE[0]:
        known = known[:0]  # worse than guessing, although the AUC is not: not an accuracy of the classes
    if len(known):
        usual = min(_USUAL_CLASSES, key=lambda k: abs(math.log(k) - end))
        classes = usual if abs(math.log(usual) / end - 1) <= _NEAR_ALONE else round(math.exp(end))
        low, high = _ACCURACY_RANGE
        if is_held:
            more, most = _HELD_RANGE
            high = max(high, min(most, 1 + more * classes))
        if not low <= _end(known) * classes <= high or not low <= float(known.max()) * classes <= 1.2 * high:
            return None
        near = _NEAR
    else:
        classes = min(_USUAL_CLASSES, key=lambda k: abs(math.log(k) - end))
        near = _NEAR_ALONE
    chance = math.log(classes) if classes > 1 else math.inf
    if abs(end / chance - 1) > near or float(curve.smooth.min()) < (1 - _BARELY) * chance:
        return None
    both = [other for other in (reading.train, reading.validation) if other is not None]
    agree = len(known) or all(abs(_end(other.errors) / chance - 1) <= _NEAR for other in both)
    return classes if agree else None


def _ranks_by_chance(reading: Reading) -> bool | None:
    """Whether an AUC says that the model ranks rows by chance; None if none was logged."""
    history = reading.history
    for metric in history.results:
        if "auc" not in metrics.words_of(metric) or "pr" in metrics.words_of(metric):
            continue
        values = np.concatenate(
            [history.curves[metric, split].to_numpy() for split in _SPLITS if history.has(metric, split)]
        )
        values = values[np.isfinite(values)]
        if len(values):
            return bool(np.abs(values - 0.5).max() <= _AUC_NEAR)
    return None


@dataclass(frozen=True)
class FlatAccuracy:
    """An accuracy that stays at one value."""

    value: float
    share: float  # of the epochs
    wobble: float  # range of the training accuracy
    spread: float  # range of the accuracy itself
    is_validation: bool


def find_flat_accuracy(reading: Reading, limits: Thresholds) -> FlatAccuracy | None:
    """An accuracy that stays at one value, with a loss no better than that of one class for every row."""
    train, arrays = reading.train, reading.arrays
    if train is None or len(train.errors) < limits.min_epochs:
        return None
    validation, training = (a[np.isfinite(a)] for a in (arrays.validation_accuracy, arrays.train_accuracy))
    judged = validation if len(validation) else training
    if len(judged) < limits.flat_epochs or not np.ptp(train.errors) > limits.learned_ratio * abs(train.errors[0]):
        return None
    value, share = commonest(judged)
    wobble = float(np.ptp(np.sort(training)[len(training) // 10 :])) if len(training) else 0.0
    if share < limits.flat_share or value >= limits.perfect_accuracy or wobble > limits.flat_wobble:
        return None
    if train.smooth.min() < limits.flat_loss * one_class_loss(value):
        return None  # predicting one class for every row cannot reach such a low loss
    return FlatAccuracy(value, share, wobble, float(np.ptp(judged)), bool(len(validation)))


def _find_held_validation(
    reading: Reading, limits: Thresholds
) -> tuple[Literal["chance", "first-value"] | None, int | None]:
    """How validation stays although training learns."""
    train, validation = reading.train, reading.validation
    if train is None or validation is None or len(validation.errors) < limits.flat_epochs:
        return None, None
    fall = ratio(float(train.errors[0]) - float(train.smooth.min()), float(train.errors[0]))
    if fall < limits.held_fall:
        return None, None
    classes = _guessed_classes(reading, validation, reading.arrays.validation_accuracy, is_held=True)
    if classes is not None:
        return "chance", classes
    spread = float(np.ptp(validation.errors)) / max(abs(float(validation.errors[0])), 1e-300)
    rates = reading.arrays.validation_accuracy[np.isfinite(reading.arrays.validation_accuracy)]
    apart = _end(train.errors) < _end(validation.errors) - limits.held_fall * abs(_end(validation.errors))
    if apart and spread <= limits.held_spread and (not len(rates) or float(np.ptp(rates)) <= limits.held_spread):
        return (None, None) if _score_has_improved(reading, limits) else ("first-value", None)
    return None, None


def _score_has_improved(reading: Reading, limits: Thresholds) -> bool:
    """Whether another metric of validation, such as an error rate, ended much better than it began."""
    history = reading.history
    for metric in history.results:
        way = history.direction(metric)
        if way == "unknown" or metrics.is_part_of_loss(metric) or not history.has(metric, "validation"):
            continue
        values = history.series(metric, "validation").to_numpy()
        values = values[np.isfinite(values)] * (1 if way == "lower" else -1)
        if len(values) > 1 and values[0] - _end(values) >= limits.held_fall * abs(values[0]):
            return True
    return False


def _got_worse_together(reading: Reading, limits: Thresholds) -> bool:
    train, validation = reading.train, reading.validation
    if train is None or validation is None or len(validation.errors) < limits.min_epochs:
        return False
    rise = float(validation.smooth[-1]) - float(validation.smooth.min())
    return is_unstable(train, validation, limits) and rise >= limits.unstable_noise * validation.noise


def is_unstable(train: Curve, validation: Curve, thresholds: Thresholds) -> bool:
    """Whether the smoothed training error got worse along with validation, which is not overfitting."""
    tail = max(1, round(thresholds.end_ratio * len(validation.smooth)))
    low = float(validation.smooth[validation.best])
    rise = (float(validation.smooth[-tail:].mean()) - low) / validation.scale
    at_best = float(train.smooth[train.position(int(validation.epochs[validation.best]))])
    fall = ratio(at_best - float(train.smooth[-1]), at_best)
    return rise >= thresholds.unstable_rise_ratio and fall <= -thresholds.unstable_train_ratio


def _find_bounce(reading: Reading, limits: Thresholds) -> Bounce | None:
    train, validation = reading.train, reading.validation
    if train is None or validation is None or len(train.errors) < limits.rate_epochs:
        return None
    lost, noise = regained(train, limits.end_ratio), ratio(validation.noise, validation.scale)
    return Bounce(lost, noise) if lost >= limits.bounce_lost and noise >= limits.bounce_noise else None


def _swings(reading: Reading) -> bool:
    """Whether the validation loss rises and falls to a multiple from epoch to epoch, although training improves."""
    train, validation = reading.train, reading.validation
    if train is None or validation is None or not metrics.is_loss(reading.metric or ""):
        return False
    errors = validation.errors
    if float(errors.min()) <= 0 or float(train.smooth[-1]) >= float(train.smooth[0]):
        return False
    steps = np.diff(np.log(errors))
    ups, downs = int((steps >= math.log(_SWING)).sum()), int((steps <= -math.log(_SWING)).sum())
    return min(ups, downs) >= _FEWEST_SWINGS and ups + downs >= _SWINGS * len(errors)


def _find_gap(reading: Reading, limits: Thresholds) -> Gap | None:
    """The gap at the end: in the accuracy if it was logged, otherwise in the loss."""
    train, validation, arrays = reading.train, reading.validation, reading.arrays
    known, shown = (a[np.isfinite(a)] for a in (arrays.train_accuracy, arrays.validation_accuracy))
    needed, both = limits.gap_times_alone, len(known) > 0 and len(shown) > 0
    brief = min(len(a) for a in ([known, shown] if validation is None else [validation.errors])) < limits.min_epochs
    if both:
        apart = _end(known) - _end(shown)
        if apart >= (_BRIEF_GAP if brief and _end(known) < _SOLVED else limits.wide_gap):
            return Gap("accuracy", _end(known), _end(shown), 0.0)
        if apart < limits.narrow_gap:
            return None
        needed = limits.gap_times_alone if apart >= limits.wide_gap / 2 else limits.gap_times
    if train is None or validation is None or brief:
        return None
    name = reading.metric or ""
    is_log_loss = metrics.words_of(name)[-1:] == ["logloss"]
    if not both and (_score_improves(reading, limits) or not (metrics.is_loss(name) or is_log_loss)):
        return None
    if is_log_loss:
        needed = max(needed, _FAR_APART)
    seen, unseen = _end(train.errors), _end(validation.errors)
    times = ratio(unseen, seen) if seen > 0 else 0.0
    return Gap(reading.metric or "loss", seen, unseen, times) if times >= needed else None


def _score_improves(reading: Reading, limits: Thresholds) -> bool:
    """Whether another metric of validation, such as an error rate, still improved visibly at the end."""
    history = reading.history
    for metric in history.results:
        way = history.direction(metric)
        if way == "unknown" or metrics.is_part_of_loss(metric) or not history.has(metric, "validation"):
            continue
        values = history.series(metric, "validation").to_numpy()
        values = values[np.isfinite(values)] * (1 if way == "lower" else -1)
        part = max(2, round(limits.recent_ratio * len(values)))
        if len(values) > 2 * part:
            before, after = float(values[:-part].min()), float(values[-part:].min())
            if before - after >= limits.late_fall * abs(before):
                return True
    return False


def _find_explosion(reading: Reading, limits: Thresholds) -> Explosion | None:
    """A value of a loss far above its first and its usual one, with usual values after it."""
    for curve, key in ((reading.train, reading.name_of("train")), (reading.validation, reading.monitor_key)):
        if curve is None or key is None or len(curve.errors) < limits.min_epochs:
            continue
        if reading.history.direction(metrics.parse_key(key)[0]) != "lower":
            continue
        usual = max(float(curve.errors[0]), median(curve.errors))
        peak = int(np.argmax(curve.errors))
        if usual > 0 and 0 < peak < len(curve.errors) - 1 and curve.errors[peak] >= limits.explosion_times * usual:
            high = np.concatenate([[False], curve.errors >= limits.explosion_times * usual, [False]])
            times = int((np.diff(high.astype(np.int8)) == 1).sum()) - int(high[-2])  # one at the end has not come back
            start = int(np.argmax(high[1:]))
            lasting = np.count_nonzero(curve.errors >= limits.explosion_times * curve.errors[0]) >= _LASTING
            is_over = not lasting or float(curve.errors[peak:].min()) <= median(curve.errors[:start])
            return Explosion(key, int(curve.epochs[peak]), float(curve.errors[peak]), max(1, times), is_over)
    return None


def _find_risen_score(reading: Reading, limits: Thresholds) -> str | None:
    """A score whose usual late values are a multiple of its first ones, in most steps of the way."""
    history = reading.history
    for metric in history.results:
        if history.direction(metric) != "higher" or metrics.is_part_of_loss(metric) or metrics.is_reward(metric):
            continue
        for split in _SPLITS:
            values = history.series(metric, split).to_numpy() if history.has(metric, split) else np.empty(0)
            values = values[np.isfinite(values)]
            if len(values) < limits.flat_epochs or values.min() < 0:
                continue
            early, late = median(values[:2]), median(values[-_OF_LAST:])
            if late >= _MANIFOLD * early > 0 and np.mean(np.diff(values) > 0) > 0.5:
                return metric
    return None


def _find_broken_validation(reading: Reading, limits: Thresholds) -> BrokenValidation | None:
    """A validation loss that becomes NaN while training stays finite is a fault of the validation data.

    Training that broke as well has no finite value later than the first broken one of validation.
    """
    history = reading.history
    for metric in history.results:
        if not metrics.is_part_of_loss(metric) or not history.has(metric, "validation"):
            continue
        series = history.series(metric, "validation")
        usable = np.flatnonzero(np.isfinite(series.to_numpy()))
        start = int(usable[-1]) + 1 if len(usable) else 0
        if start == len(series):
            continue
        trained = next((name for name in (metric, "loss") if history.has(name, "train")), None)
        if trained is None:
            continue
        beside = history.series(trained, "train")
        finite = np.abs(beside.to_numpy()) < limits.off_scale
        later = int(series.index[start]) if start else int(series.index[start]) - 1
        if finite.all() and (beside.index.to_numpy() > later).any():
            return BrokenValidation(metrics.join_key(metric, "validation"), int(series.index[start]), start == 0)
    return None


def _find_ended_rate(reading: Reading, limits: Thresholds) -> float | None:
    rates = reading.arrays.rate[np.isfinite(reading.arrays.rate)]
    if len(rates) < limits.min_epochs or not rates.max() > 0:
        return None
    last = float(rates[-1])
    return last if 0 <= last <= limits.ended_rate * float(rates.max()) else None
