"""Compares groups of runs: folds, seeds, variants."""
