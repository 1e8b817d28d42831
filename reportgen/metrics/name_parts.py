"""The words of a metric's name."""

import re
from typing import Final

_LONGEST_TEXT: Final = 300  # characters; only the end of a longer name is used
_BRACKETS: Final = re.compile(r"\[[^\[\]]{0,20}\]$|\([^()]{0,20}\)$")  # a vector's index, or what is measured: mAP50(B)
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD: Final = re.compile(r"[^\W_]+")
_CLASS_DOT: Final = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")  # IoU.road, but not mAP@.5


def words_of(name: str) -> list[str]:
    """The lower-case words of a name in snake_case, CamelCase or prose, without folder, vector index and brackets."""
    return _split(_shortened(name).rpartition("/")[2])


def groups_of(name: str) -> list[list[str]]:
    """The words of each folder of a name, outermost first: ``[["time"], ["fps"]]`` for ``time/fps``."""
    return [words for part in _shortened(name).split("/") if (words := _split(part))]


def before_class(name: str) -> list[str]:
    """The words before the dot of a name such as ``IoU.road``; also ``AP-person``. Empty for other names."""
    last = _shortened(name).rpartition("/")[2]
    if last.startswith(("AP-", "AR-")):
        return [last[:2].lower()]
    head, *rest = _CLASS_DOT.split(last, maxsplit=1)
    return _split(head) if rest else []


def _shortened(name: str) -> str:
    return _BRACKETS.sub("", name.strip()[-_LONGEST_TEXT:]).strip()


def _split(text: str) -> list[str]:
    return _WORD.findall(_HUMPS.sub(" ", text).lower())
