"""How the help of commands is written."""

import re
from collections.abc import Iterable
from typing import Any, Final

import click

_HYPHEN: Final = re.compile(r"(?<=\w)-(?=\w)")
_UNBROKEN: Final = "\u2011"  # a hyphen that no line ends with


class _Formatter(click.HelpFormatter):
    """Writes help without breaking lines at the hyphens of words, as names of options and answers have them."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _HYPHEN.sub(_UNBROKEN, args), prefix)

    def write_text(self, text: str) -> None:
        super().write_text(_HYPHEN.sub(_UNBROKEN, text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        kept = [(_HYPHEN.sub(_UNBROKEN, name), _HYPHEN.sub(_UNBROKEN, text)) for name, text in rows]
        super().write_dl(kept, col_max, col_spacing)

    def getvalue(self) -> str:
        return super().getvalue().replace(_UNBROKEN, "-")


class Context(click.Context):
    """The context of a command."""

    formatter_class = _Formatter


GATE_CODES: Final = "Exit codes: 0 if the gate passed, 1 if a rule is broken, 2 for an error."


class Count(click.IntRange):
    """A whole number from a smallest one on, which the help texts do not mention."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Raises click.BadParameter if it is too small, or not one."""
        number = int(click.INT.convert(value, param, ctx))
        if self.min is not None and number < self.min:
            self.fail(f"{number} is too small; {self.min} or more is needed", param, ctx)
        return number

    def _describe_range(self) -> str:
        return ""
