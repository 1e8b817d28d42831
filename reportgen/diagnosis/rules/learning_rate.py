"""Findings on the learning rate: changed, too high, too low, lowered too early.

"Too high" and "too low" are judged from the curves alone, since most logs do not contain the learning rate.
"""

from itertools import pairwise

import numpy as np

from reportgen.diagnosis.curves import ratio, spacing
from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.shape import late_noise, line_slope, straightness
from reportgen.diagnosis.thresholds import Thresholds


def rule_learning_rate_changed(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The learning rate changed during the run."""
    history, rates = run.reading.history, run.reading.learning_rate_steps
    if len(rates) < 2:
        return []
    name = str(rates.name)
    logged = history.series(name, "train")
    evidence = Evidence(
        changes=len(rates) - 1,
        first_value=float(rates.iloc[0]),
        last_value=float(logged[np.isfinite(logged.to_numpy())].iloc[-1]),
    )
    return [Finding("learning-rate-changed", "note", name, (int(rates.index[1]), int(rates.index[-1])), evidence)]


def rule_learning_rate_too_high(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Validation jumps from epoch to epoch, and training has lost part of its progress."""
    reading, train, bounce = run.reading, run.reading.train, run.signs.bounce
    if train is None or bounce is None or run.verdict != "unstable":
        return []
    best = int(train.epochs[int(np.argmin(train.errors))])
    evidence = Evidence(
        lost_ratio=bounce.lost,
        noise_ratio=bounce.noise,
        best_value=reading.value("train", best),
        end_value=reading.value("train", int(train.epochs[-1])),
    )
    return [Finding("learning-rate-too-high", "note", reading.metric, (best, run.epochs), evidence)]


def rule_learning_rate_too_low(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Training still improves in almost a straight line with hardly any noise, so larger steps may work."""
    reading, train = run.reading, run.reading.train
    if train is None or not _surely_improves(run) or not run.learned or reading.excerpt:
        return []
    if len(train.errors) < limits.slow_epochs or len(reading.learning_rate_steps) > 1:
        return []
    straight, noise = straightness(train), late_noise(train)
    fall = ratio(float(train.errors[0]) - float(train.smooth.min()), float(train.errors[0]))
    if straight < limits.slow_straightness or noise > limits.slow_noise or fall > limits.slow_fall:
        return []
    evidence = Evidence(
        straightness=straight,
        noise_of_fall=noise,
        fall_ratio=fall,
        first_value=reading.value("train", int(train.epochs[0])),
        end_value=reading.value("train", int(train.epochs[-1])),
    )
    return [Finding("learning-rate-too-low", "note", reading.metric, reading.span, evidence)]


def rule_plateau_after_drop(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run improved until the learning rate was lowered, and hardly at all afterwards."""
    reading, curve, rates = run.reading, run.reading.monitor, run.reading.learning_rate_steps
    if curve is None or not run.learned or len(rates) < 2:
        return []
    steps = [(int(e), float(a), float(b)) for (_, a), (e, b) in pairwise(rates.items())]  # type: ignore[call-overload]
    edges = [int(rates.index[0]), *(epoch for epoch, _, _ in steps), run.epochs + 1]
    for before, (epoch, old, new), after in zip(edges, steps, edges[2:], strict=False):
        if not 0 <= new <= limits.drop_ratio * old:
            continue
        early = curve.errors[(curve.epochs >= before) & (curve.epochs < epoch)]
        late = curve.errors[(curve.epochs >= epoch) & (curve.epochs < after)]
        if min(len(early), len(late)) < limits.drop_epochs:
            continue
        early = early[-max(limits.drop_epochs, len(early) // 3) :]
        level = float(np.median(early[-3:]))
        was, rest = -line_slope(early), (level - float(np.sort(late)[:3].mean())) / len(late)
        if was * len(early) < max(limits.drop_progress * level, 2 * curve.noise):
            continue
        if rest > was / limits.drop_times or rest * len(late) > limits.drop_rest * abs(level):
            continue
        apart = spacing(curve.epochs)
        evidence = Evidence(rate_before=old, rate_after=new, progress_before=was / apart, progress_after=rest / apart)
        return [Finding("plateau-after-drop", "note", reading.metric, (epoch, after - 1), evidence)]
    return []


def _surely_improves(run: Judgement) -> bool:
    return run.verdict == "still-improving" and run.answers["more_training_helps"].answer == "yes"
