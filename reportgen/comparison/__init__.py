"""Compares groups of runs: folds, seeds, variants."""

from reportgen.comparison.comparing import Comparison, compare

__all__ = ["Comparison", "compare"]
