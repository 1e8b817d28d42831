"""What rules need of a run. If a rule finds nothing in a run that lacks it, the rule is not applicable."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reportgen import metrics
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.thresholds import Thresholds


@dataclass(frozen=True)
class Lack:
    """What a run lacks: a code, and how many values are needed if it has too few."""

    code: str
    needed: int | None = None


NO_EVALUATION: Final = "no-evaluation"
NO_RESOURCES: Final = "no-resources"
UNUSUAL: Final = frozenset([NO_EVALUATION, NO_RESOURCES])  # what most runs lack, so that no list of checks says so
Need = Callable[[Judgement, Thresholds], Lack | None]


def judged(run: Judgement, limits: Thresholds) -> Lack | None:
    """A curve to judge by."""
    return None if run.reading.monitor is not None else Lack("no-monitor")


def evaluation(run: Judgement, limits: Thresholds) -> Lack | None:
    """An evaluation on test data."""
    return None if run.reading.history.run.evaluations else Lack(NO_EVALUATION)


def durations(run: Judgement, limits: Thresholds) -> Lack | None:
    """The time that each of enough epochs took."""
    count = len(run.reading.history.run.durations_s)
    if not count:
        return Lack("no-durations")
    return None if count >= limits.timed_epochs else Lack("too-few-epochs", limits.timed_epochs)


def resources(run: Judgement, limits: Thresholds) -> Lack | None:
    """Samples of what the training used of its machine."""
    return None if run.reading.history.run.resources is not None else Lack(NO_RESOURCES)


def gpu(run: Judgement, limits: Thresholds) -> Lack | None:
    """Samples of a graphics card in use."""
    use = run.reading.history.run.resources
    return None if use is not None and use.gpu_ratio else Lack("no-gpu")


def sampled(threshold: str, times: int = 1) -> Need:
    """Samples over a long enough time, this many times as many as a threshold says."""

    def need(run: Judgement, limits: Thresholds) -> Lack | None:
        use, needed = run.reading.history.run.resources, times * int(getattr(limits, threshold))
        if use is not None and use.seconds[-1] < limits.sampled_s:
            return Lack("too-short")
        return None if use is not None and len(use.seconds) >= needed else Lack("too-few-samples", needed)

    return need


def classes(run: Judgement, limits: Thresholds) -> Lack | None:
    """An evaluation of classes or labels."""
    found = run.reading.history.run.evaluations
    return None if any(each.classes for _, each in found) else Lack("no-classes")


def one_class_per_row(run: Judgement, limits: Thresholds) -> Lack | None:
    """An evaluation that compares with the most frequent class."""
    found = run.reading.history.run.evaluations
    return None if any(each.majority is not None for _, each in found) else Lack("no-classes")


def probabilities(run: Judgement, limits: Thresholds) -> Lack | None:
    """An evaluation of probabilities."""
    found = run.reading.history.run.evaluations
    return None if any(each.calibration is not None for _, each in found) else Lack("no-probabilities")


def training(run: Judgement, limits: Thresholds) -> Lack | None:
    """Training values of the judged metric."""
    return None if run.reading.train is not None else Lack("no-training")


def validation(run: Judgement, limits: Thresholds) -> Lack | None:
    """Validation values of the judged metric."""
    return None if run.reading.validation is not None else Lack("no-validation")


def validation_logged(run: Judgement, limits: Thresholds) -> Lack | None:
    """Validation values of any metric, whether they are usable or not."""
    history = run.reading.history
    has = any(history.has(name, "validation") for name in history.results)
    return None if has else Lack("no-validation")


def finite(run: Judgement, limits: Thresholds) -> Lack | None:
    """A run that did not diverge."""
    return Lack("diverged") if run.answers["diverged"].answer == "yes" else None


def learned(run: Judgement, limits: Thresholds) -> Lack | None:
    """A run that learned and did not diverge."""
    return finite(run, limits) or (None if run.learned else Lack("not-learned"))


def whole(run: Judgement, limits: Thresholds) -> Lack | None:
    """A log of the whole run."""
    return None if run.reading.excerpt is None else Lack("excerpt")


def judged_loss(run: Judgement, limits: Thresholds) -> Lack | None:
    """A loss to judge by."""
    return None if metrics.is_loss(run.reading.metric or "") else Lack("no-loss")


def accuracy(run: Judgement, limits: Thresholds) -> Lack | None:
    """An accuracy."""
    names = run.reading.history.metric_names
    return None if any(map(metrics.is_accuracy, names)) else Lack("no-accuracy")


def validation_accuracy(run: Judgement, limits: Thresholds) -> Lack | None:
    """A validation accuracy."""
    history = run.reading.history
    has = any(metrics.is_accuracy(name) and history.has(name, "validation") for name in history.metric_names)
    return None if has else Lack("no-validation-accuracy")


def rate(run: Judgement, limits: Thresholds) -> Lack | None:
    """A logged learning rate."""
    return None if len(run.reading.learning_rate_steps) else Lack("no-learning-rate")


def training_epochs(limit: str) -> Need:
    """At least as many training values as a threshold says."""

    def need(run: Judgement, limits: Thresholds) -> Lack | None:
        curve, least = run.reading.train, int(getattr(limits, limit))
        return Lack("too-few-epochs", least) if curve is not None and len(curve.errors) < least else None

    return need


def judged_epochs(limit: str) -> Need:
    """At least as many values of the judged curve as a threshold says."""

    def need(run: Judgement, limits: Thresholds) -> Lack | None:
        curve, least = run.reading.monitor, int(getattr(limits, limit))
        return Lack("too-few-epochs", least) if curve is not None and len(curve.errors) < least else None

    return need
