"""Names of groups and runs in sentences."""

from collections.abc import Sequence
from typing import Final

from reportgen import formatting
from reportgen.languages import Language, marked
from reportgen.text import printable

_MOST_NAMED: Final = 4  # groups in a sentence
_MOST_IN_TITLE: Final = 2  # in a heading
_LONGEST: Final = 60  # characters of a name
REPEAT_WORDS: Final = {
    "seed": marked("seed"),
    "fold": marked("fold"),
    "outer fold": marked("outer fold"),
    "inner fold": marked("inner fold"),
    "split": marked("split"),
    "repetition": marked("repetition"),
    "run": marked("run number"),
    "trial": marked("trial"),
}


def word_repeats(words: Sequence[str], language: Language) -> str:
    """What repeated runs differ in, or what pairs have in common: ``seed``, ``outer fold and inner fold``."""
    return named([language.say(REPEAT_WORDS[word]) for word in words], language)


def shown(name: str) -> str:
    """A name that fits into a sentence."""
    return printable(name, _LONGEST)


def counted(names: Sequence[str], language: Language, *, are_runs: bool = False) -> str:
    """One or two groups by name, more by number, for headings.

    Args:
        names: The groups.
        language: The language of the text.
        are_runs: Whether each of them is a single run, and called so.
    """
    if len(names) <= _MOST_IN_TITLE:
        return named(names, language)
    return language.say("{n} runs", n=len(names)) if are_runs else language.say("{n} groups", n=len(names))


def others(names: Sequence[str], language: Language) -> str:
    """One or two groups by name, more by number, beside the best one."""
    return named(names, language) if len(names) <= _MOST_IN_TITLE else language.say("{n} others", n=len(names))


def named(names: Sequence[str], language: Language) -> str:
    """Several names in a sentence."""
    first, more = [shown(name) for name in names[:_MOST_NAMED]], len(names) - _MOST_NAMED
    if more > 0:
        return language.say("{names} and {n} more", names=", ".join(first), n=formatting.count(more))
    if len(first) < 2:
        return "".join(first)
    return language.say("{names} and {last}", names=", ".join(first[:-1]), last=first[-1])
