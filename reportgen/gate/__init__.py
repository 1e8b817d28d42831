"""The gate: may a run pass, by the rules that somebody set for it?

In: a history, its diagnosis, an earlier run, rules. Out: a `GateResult`, its checks worded in the language of the
diagnosis. Nothing is read or written here.
"""

from reportgen.gate.checks import GateCheck, GateResult, check_gate
from reportgen.gate.rules import DEFAULT_MIN_PROBABILITY, GateRules, read_rules

__all__ = ["DEFAULT_MIN_PROBABILITY", "GateCheck", "GateResult", "GateRules", "check_gate", "read_rules"]
