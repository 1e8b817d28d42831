"""The gate: checks a run against rules set by the user."""

from reportgen.gate.checks import GateCheck, GateResult, check_gate
from reportgen.gate.rules import DEFAULT_MIN_PROBABILITY, GateRules, read_rules

__all__ = ["DEFAULT_MIN_PROBABILITY", "GateCheck", "GateResult", "GateRules", "check_gate", "read_rules"]
