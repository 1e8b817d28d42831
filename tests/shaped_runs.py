"""Runs whose curves have one particular shape, made by a formula. By default, the shape is clearly visible."""

from typing import Any

import numpy as np

from reportgen.history.frame import TrainingHistory


def history(**columns: Any) -> TrainingHistory:
    """A run made from columns of equal length."""
    return TrainingHistory.from_columns(np.arange(1, len(next(iter(columns.values()))) + 1), columns)


def zigzag(n: int, noise: float) -> np.ndarray:
    """Seeded noise, given the approximate standard deviation between neighbouring epochs."""
    drawn = np.random.default_rng(5).normal(0, 1, n)
    second = np.median(np.abs(np.diff(drawn, 2))) * 1.4826 / np.sqrt(6)
    return np.asarray(noise * drawn / second)


def worsening(rise: float = 0.5, train_rise: float = 0.3, n: int = 100) -> TrainingHistory:
    """Both losses fall to half, then rise by a fraction; smooth."""
    down = np.linspace(1.0, 0.5, n // 2)
    train = np.concatenate([down, 0.5 * np.linspace(1, 1 + train_rise, n - n // 2)])
    end = round(n * 0.3)
    up = np.concatenate([np.linspace(1, 1 + rise, n - n // 2 - end), np.full(end, 1 + rise)])
    return history(loss=train, val_loss=np.concatenate([down, 0.5 * up]))


def jumping(noise: float = 0.2, times: float = 20.0, n: int = 60) -> TrainingHistory:
    """Validation stays at about 1 with noise; training falls with several times less noise."""
    n = int(n)
    train = np.linspace(2.0, 1.0, n) + zigzag(n, noise / times)
    return history(loss=train, val_loss=np.linspace(2.0, 1.0, n) + zigzag(n, noise))


def spiky(height: float = 1.0, length: int = 1, times: int = 1, n: int = 40) -> TrainingHistory:
    """A smooth fall with spikes above it that last several epochs each."""
    loss = np.linspace(1.0, 0.9, n)
    for start in range(10, 10 + 5 * times, 5):
        loss[start : start + length] *= 1 + height
    return history(loss=loss)


def flat(
    share: float = 0.95, wobble: float = 0.0, value: float = 0.65, low: float = 0.65, n: int = 100
) -> TrainingHistory:
    """The loss falls, the accuracies do not; training fluctuates, validation leaves its value in some epochs."""
    accuracy = np.full(n, value)
    gone = n - round(share * n)
    accuracy[:gone] = value / 2 + np.arange(gone) / 1000
    train = np.full(n, min(value, 0.9))
    train[n // 2 :] += wobble
    loss = np.linspace(1.0, low, n)
    return history(loss=loss, accuracy=train, val_loss=loss, val_accuracy=accuracy)


def perfect(value: float = 1.0, share: float = 1.0, n: int = 100) -> TrainingHistory:
    """Validation accuracy has a certain value in a fraction of the second half, and in the first half."""
    accuracy = np.full(n, value)
    accuracy[n - round((1 - share) * n / 2) :] = 0.9
    loss = np.linspace(1.0, 0.1, n)
    return history(loss=loss, val_loss=loss, val_accuracy=accuracy)


def resting(fall: float = 0.05, gap: float = 0.02, accuracy: float = 0.6, n: int = 60) -> TrainingHistory:
    """Both losses fall by a fraction within a tenth of the run, then stay constant."""
    loss = np.concatenate([np.linspace(1.0, 1 - fall, n // 10), np.full(n - n // 10, 1 - fall)])
    rates = np.full(n, accuracy)
    rates[::2] -= 1e-6
    return history(loss=loss, accuracy=rates, val_loss=loss * (1 + gap))


def validation_below(by: float = 0.3, share: float = 1.0, n: int = 50) -> TrainingHistory:
    """Validation is better than training by a fraction, in part of the second half."""
    loss = np.linspace(1.0, 0.5, n)
    factor = np.full(n, 1 - by)
    factor[n - round((1 - share) * (n - n // 2)) :] = 1.0
    return history(loss=loss, val_loss=loss * factor)


def surer(rise: float = 0.8, accuracy_change: float = 0.0, n: int = 100) -> TrainingHistory:
    """Validation loss turns up at the middle while training loss keeps falling; validation accuracy changes too."""
    down = np.linspace(1.0, 0.5, n // 2)
    train = np.concatenate([down, 0.5 * np.geomspace(1.0, 0.1, n // 2)])
    up = 0.5 * np.concatenate([np.linspace(1, 1 + rise, n // 4), np.full(n // 2 - n // 4, 1 + rise)])
    accuracy = np.concatenate([np.linspace(0.6, 0.8, n // 2 - 10), np.full(10, 0.8)])
    accuracy = np.concatenate([accuracy, np.linspace(0.8, 0.8 + accuracy_change, n // 2)])
    return history(loss=train, val_loss=np.concatenate([down, up]), val_accuracy=accuracy)


def bouncing(lost: float = 0.3, noise: float = 0.3, n: int = 100) -> TrainingHistory:
    """Training loss rises again by part of its fall over the second half; validation is noisy throughout."""
    train = np.concatenate([np.linspace(1.0, 0.5, n // 2), np.linspace(0.5, 0.5 + lost / 2, n // 2)])
    return history(loss=train, val_loss=train + 0.5 + zigzag(n, noise * 0.8))


def slow(fall: float = 0.2, straight: float = 1.0, n: int = 50) -> TrainingHistory:
    """Both losses fall by a fraction; the second half falls by a given part of what the first did."""
    n = int(n)
    slopes = np.where(np.arange(n - 1) < n // 2, 1.0, straight)
    way = np.concatenate([[0.0], np.cumsum(slopes)])
    loss = 1 - fall * way / way[-1]
    return history(loss=loss, val_loss=loss + 0.01)


def dropped(factor: float = 0.1, rest: float = 0.0, after: int = 20, before: int = 20) -> TrainingHistory:
    """Losses fall in a straight line until the learning rate is lowered, then by a final fraction in total."""
    after = int(after)
    early = np.linspace(1.0, 0.4, before)
    late = early[-3:].mean() * np.linspace(1.0, 1 - rest, after)
    late[-3:] = early[-2] * (1 - rest)
    loss = np.concatenate([early, late])
    return history(loss=loss, val_loss=loss, learning_rate=np.repeat([0.1, 0.1 * factor], [before, after]))


def validation_lost() -> TrainingHistory:
    """Training falls; the validation loss is never a number."""
    return history(loss=np.linspace(1.0, 0.4, 20), val_loss=np.full(20, np.nan))


SHOWING = {
    "validation broken": validation_lost,
    "unstable": worsening,
    "noisy validation": jumping,
    "spikes": spiky,
    "flat accuracy": flat,
    "leakage suspect": perfect,
    "underfitting": resting,
    "validation better": validation_below,
    "over-confidence": surer,
    "learning rate too high": bouncing,
    "learning rate too low": slow,
    "plateau after drop": dropped,
}
