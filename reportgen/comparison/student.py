"""Student's t distribution, in NumPy."""

import math
from typing import Final

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)
_HALF_PI: Final = math.pi / 2


def student_p(t: float, degrees: float) -> float:
    """The two-sided p-value of a t statistic.

    With t = sqrt(degrees) tan(angle), the density is proportional to a power of the cosine of the angle.

    Args:
        t: The statistic; infinite if the values do not vary.
        degrees: Degrees of freedom, 1 or more, not necessarily whole.
    """
    angle = math.atan2(abs(t), math.sqrt(degrees))
    return min(1.0, _area(angle, degrees) / _area(0.0, degrees))


def student_quantile(level: float, degrees: float) -> float:
    """The value that a t statistic exceeds in either direction with probability 1 - ``level``."""
    low, high = 0.0, 1.0
    while student_p(high, degrees) > 1 - level:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if student_p(middle, degrees) > 1 - level else (low, middle)
    return (low + high) / 2


def _area(start: float, degrees: float) -> float:
    """The integral of cos(angle) ** (degrees - 1) from ``start`` to half of pi, or to where it is negligible."""
    end = min(_HALF_PI, start + 40 / math.sqrt(degrees))
    angles = start + (end - start) * (_NODES + 1) / 2
    return float((end - start) / 2 * np.sum(_WEIGHTS * np.maximum(np.cos(angles), 0.0) ** (degrees - 1)))
