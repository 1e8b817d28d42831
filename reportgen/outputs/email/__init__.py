"""Reports as mail. In: runs with their pages and static reports. Out: an `EmailMessage`, to be written or sent."""

from reportgen.outputs.email.addresses import parse_address, parse_recipients
from reportgen.outputs.email.letter import Run
from reportgen.outputs.email.message import compose, size_warning

__all__ = ["Run", "compose", "parse_address", "parse_recipients", "size_warning"]
