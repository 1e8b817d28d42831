"""Values that JSON cannot represent, and errors in JSON text. Shared by histories, journals and logs."""

import json
import math
import re
import sys
from typing import Final

from reportgen.text import FEW, cited

NON_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def pack_number(value: float) -> float | str:
    """A number in a form that JSON can hold: "NaN", "Infinity" or "-Infinity" if it is not finite."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def ends_abruptly(text: str, error: Exception) -> bool:
    """Whether ``json.loads`` rejected a text because its end is missing."""
    return isinstance(error, json.JSONDecodeError) and (
        error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    )


def json_fault(text: str, error: ValueError | RecursionError, first_line: int = 1) -> str:
    """Why and where ``json.loads`` rejected a text, worded to follow the text's name."""
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        line = first_line + error.lineno - 1
        if ends_abruptly(text, error):
            return f"is not valid JSON: it ends abruptly in line {line}"
        found = cited(text[error.pos : error.pos + FEW + 1])
        if error.pos == 0 and line == 1:
            return f"is not JSON, as it begins with {found}"
        return f"is not valid JSON from line {line}, column {error.colno} on ({found})"
    limit = sys.get_int_max_str_digits()  # the only other ValueError: an integer too long for Python to read
    digits = re.search(rf"(?<!\d)\d{{{limit + 1},}}", text)
    line = first_line + (text.count("\n", 0, digits.start()) if digits else 0)
    return f"has a whole number of more than {limit} digits in line {line}"
