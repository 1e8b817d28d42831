"""Student's t distribution, in NumPy."""

import math
from functools import lru_cache
from typing import Final

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)
_HALF_PI: Final = math.pi / 2
_NEAR: Final = 1e-13  # relative step at which Newton's method ends
_MOST_STEPS: Final = 60


def student_p(t: float, degrees: float) -> float:
    """The two-sided p-value of a t statistic.

    With t = sqrt(degrees) tan(angle), the density is proportional to a power of the cosine of the angle.

    Args:
        t: The statistic; infinite if the values do not vary.
        degrees: Degrees of freedom, 1 or more, not necessarily whole.
    """
    angle = math.atan2(abs(t), math.sqrt(degrees))
    return min(1.0, _area(angle, degrees) / _area(0.0, degrees))


@lru_cache(maxsize=1_000)  # many groups are equally large
def student_quantile(level: float, degrees: float) -> float:
    """The value that a t statistic exceeds in either direction with probability 1 - ``level``."""
    whole, width, t = _area(0.0, degrees), math.sqrt(degrees), 0.0
    for _ in range(_MOST_STEPS):  # by Newton's method, which approaches it from below, as the p-value is convex in t
        angle = math.atan2(t, width)
        step = (_area(angle, degrees) - (1 - level) * whole) * width / math.cos(angle) ** (degrees + 1)
        t += step
        if step <= _NEAR * t:  # or negative: rounding
            break
    return t


def _area(start: float, degrees: float) -> float:
    """The integral of cos(angle) ** (degrees - 1) from ``start`` to half of pi, or to where it is negligible."""
    end = min(_HALF_PI, start + 40 / math.sqrt(degrees))
    angles = start + (end - start) * (_NODES + 1) / 2
    return float((end - start) / 2 * np.sum(_WEIGHTS * np.maximum(np.cos(angles), 0.0) ** (degrees - 1)))
