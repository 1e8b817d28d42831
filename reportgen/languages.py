"""The languages a report can speak.

In: English text with named places, ``"By epoch {epoch} ..."``. Out: the same in the report's language, the places
filled. The texts stand in the code in English; ``translations/`` holds a gettext catalogue for each other language.
"""

import gettext
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from reportgen.errors import LanguageError, listed, quoted

DOMAIN: Final = "reportgen"
FOLDER: Final = Path(__file__).resolve().parent / "translations"
_OWN: Final = "en"  # the language that the texts in the code are written in
_CHINESE_EDGE: Final = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[\u4e00-\u9fff])")


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        code: As HTML names it (BCP 47): ``en``, ``zh-CN``.
    """

    code: str
    _catalogue: gettext.NullTranslations = field(default_factory=gettext.NullTranslations, repr=False, compare=False)

    def say(self, text: str, /, **values: object) -> str:
        """A text in this language, its ``{places}`` filled; English where the catalogue lacks it."""
        return self._spaced(self._catalogue.gettext(text).format(**values))

    def say_count(self, one: str, several: str, count: int, /, **values: object) -> str:
        """A text that depends on a number, which fills ``{n}``."""
        return self._spaced(self._catalogue.ngettext(one, several, count).format(n=count, **values))

    def join(self, *sentences: str) -> str:
        """Sentences one after the other; empty ones are left out."""
        text = ""
        for sentence in filter(None, sentences):
            text = self.say("{first} {second}", first=text, second=sentence) if text else sentence
        return text

    def say_in(self, context: str, text: str) -> str:
        """A word as it is meant in a context; as it is where the catalogue does not know it, braces and all."""
        return self._catalogue.pgettext(context, text)

    def _spaced(self, text: str) -> str:
        """Chinese text with a space between its own letters and Latin letters or figures, as is usual in print."""
        return _CHINESE_EDGE.sub(" ", text) if self.code.startswith("zh") else text


ENGLISH: Final = Language(_OWN)


def marked(text: str) -> str:
    """A text that is said elsewhere, marked for the catalogues."""
    return text


def marked_in(context: str, text: str) -> str:
    """A word that is said elsewhere in a context, marked for the catalogues."""
    del context
    return text


def available() -> list[str]:
    """The codes of all languages, English first."""
    return [_OWN, *sorted(path.parts[-3].replace("_", "-") for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))]


@cache
def language(code: str) -> Language:
    """A language by its code, in upper or lower case, with hyphen or underscore.

    Raises:
        LanguageError: there is no catalogue for it.
    """
    names = {name.lower(): name for name in available()}
    name = names.get(code.strip().lower().replace("_", "-"))
    if name is None:
        raise LanguageError(
            f"{quoted(code)} is no language of reports; one of {listed(available())} is needed. Choose one."
        )
    if name == _OWN:
        return ENGLISH
    return Language(name, gettext.translation(DOMAIN, FOLDER, [name.replace("-", "_")]))
