"""Names from a log in the messages of errors: names of known metrics in full, and a few characters of others."""

import re
from collections.abc import Sequence
from typing import Final

from reportgen.metrics import direction, parse_key, role
from reportgen.text import FEW, cited, quoted

_KNOWN: Final = frozenset({"epoch", "step", "metric", "split", "value", "train", "validation"})
_SCHEMA: Final = re.compile(r"reportgen/[a-z]{1,12}/\d{1,6}", re.ASCII)
_LONGEST: Final = 40  # characters of a name
_PARTS: Final = re.compile(r"[^\W_]+")
_LONGEST_PART: Final = 16  # letters and digits without a separator; our choice: longer ones may be secrets
_MAX_NAMES: Final = 8
_MAX_STRANGE: Final = 2  # if no name is known, the file is probably not a log


def cited_name(name: object) -> str:
    """A name for a message, marked as content."""
    return cited(name, _LONGEST if _is_known(name) else FEW)


def cited_names(names: Sequence[object], *, whole: bool = False) -> str:
    """Names for a message: the first few, and how many more there are; in full if they are needed to choose one."""
    shown = names[: _MAX_NAMES if whole or any(map(_is_known, names)) else _MAX_STRANGE]
    text = ", ".join(cited(name, _LONGEST) if whole else cited_name(name) for name in shown)
    return text if len(shown) == len(names) else f"{text} and {len(names) - len(shown)} more"


def cited_schema(schema: object) -> str:
    """The schema that a file states, for a message; in full if reportgen has schemas of that form."""
    return quoted(schema) if _SCHEMA.fullmatch(str(schema)) else cited(schema)


def _is_known(name: object) -> bool:
    """Whether a name is one that training logs use."""
    if not isinstance(name, str) or any(len(part) > _LONGEST_PART for part in _PARTS.findall(name)):
        return False
    base = parse_key(name)[0]
    return base.lower() in _KNOWN or role(base) != "result" or direction(base) != "unknown"
