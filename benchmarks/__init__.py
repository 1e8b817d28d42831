"""Benchmarks of the diagnosis: labelled runs, published rules, other tools, and a table that compares them.

Run from the root of the checkout: ``python -m benchmarks.bench_diagnosis``. Nothing here is part of the package.
"""
