"""Findings, answers and verdicts in words a student understands.

In: codes and numbers. Out: sentences. Every sentence stands on the evidence it is given; nothing is judged here.
"""
