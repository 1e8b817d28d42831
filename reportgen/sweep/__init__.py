"""Sweeps: a report for each of many runs, and an index of all of them.

Imports nothing, because workers only need `worker`, which is small.
"""
