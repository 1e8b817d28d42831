"""Reports as mail."""

from reportgen.outputs.email.addresses import parse_address, parse_recipients
from reportgen.outputs.email.letter import MailedReport
from reportgen.outputs.email.message import compose, size_warning

__all__ = ["MailedReport", "compose", "parse_address", "parse_recipients", "size_warning"]
