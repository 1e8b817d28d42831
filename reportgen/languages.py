"""The languages of reports.

The code contains English texts with placeholders, ``"By epoch {epoch} ..."``; ``translations/`` has a gettext catalogue
for each other language.
"""

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, Self

from reportgen.errors import LanguageError
from reportgen.text import listed, quoted

Axis = Literal["epoch", "step"]
"""What a run is counted in; sentences say "epoch" or "step" accordingly."""

Unit = Literal["epoch", "step", "round", "iteration", "timestep", "episode"]
"""What sentences call the positions of a run, in the words of the tool that trained it."""

DOMAIN: Final = "reportgen"
FOLDER: Final = Path(__file__).resolve().parent / "translations"
_LONG: Final = 10_000
_OWN: Final = "en"  # the language of the texts in the code
_UNIT_WORDS: Final[Mapping[str, Mapping[Unit, tuple[tuple[str, str], ...]]]] = {
    _OWN: {
        "step": (("an epoch", "a step"), ("epoch", "step"), ("Epoch", "Step")),
        "round": (("an epoch", "a round"), ("epoch", "round"), ("Epoch", "Round")),
        "iteration": (("epoch", "iteration"), ("Epoch", "Iteration")),
        "timestep": (("an epoch", "a timestep"), ("epoch", "timestep"), ("Epoch", "Timestep")),
        "episode": (("epoch", "episode"), ("Epoch", "Episode")),
    },
    "zh-CN": {
        "step": (("轮次", "步数"), ("轮", "步")),
        "iteration": (("轮次", "迭代次数"), ("轮", "次迭代")),
        "timestep": (("轮次", "步数"), ("轮", "步")),
        "episode": (("轮次", "回合数"), ("轮", "个回合")),
    },
}
_PLACES: Final = re.compile(r"(\{\w+\})")
# Between Chinese and Latin letters or digits, where print has a space.
_CHINESE_EDGE: Final = re.compile(
    r"(?<=[\u4e00-\u9fff])(?=[-−~<>]{0,2}[A-Za-z0-9])|(?<=[A-Za-z0-9%)])(?=[\u4e00-\u9fff])"
)


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        code: BCP 47 code, as in HTML: ``en``, ``zh-CN``.
        axis: What runs are counted in; for ``"step"``, texts say "step" instead of "epoch".
        unit: What texts say instead of "epoch".
    """

    code: str
    _catalogue: gettext.NullTranslations = field(default_factory=gettext.NullTranslations, repr=False, compare=False)
    axis: Axis = "epoch"
    unit: Unit = "epoch"

    def say(self, text: str, /, **values: object) -> str:
        """A text in this language with its ``{placeholders}`` filled; English if the catalogue lacks it."""
        return self._filled(text, self._catalogue.gettext(text), values)

    def say_count(self, one: str, several: str, count: int, /, **values: object) -> str:
        """A text that depends on the number ``{n}``."""
        return self._filled(one, self._catalogue.ngettext(one, several, count), {"n": count, **values})

    def counting(self, axis: Axis, unit: Unit | None = None) -> Self:
        """The same language, for runs counted in epochs or steps, with another word for these if the tool has one."""
        unit = unit or axis
        return self if (axis, unit) == (self.axis, self.unit) else replace(self, axis=axis, unit=unit)

    def join(self, *sentences: str) -> str:
        """Joins sentences, leaving out empty ones."""
        text = ""
        for sentence in filter(None, sentences):
            text = self.say("{first} {second}", first=text, second=sentence) if text else sentence
        return text

    def say_in(self, context: str, text: str) -> str:
        """A word in a context; unchanged if the catalogue lacks it."""
        return self._catalogue.pgettext(context, text)

    def _filled(self, text: str, translated: str, values: Mapping[str, object]) -> str:
        """Fills the placeholders of a translated text; long numbers are written in groups of three digits."""
        if self.unit != "epoch" and "step" not in text.lower():  # a text with both words means epochs
            translated = "".join(_in_units(part, self.code, self.unit) for part in _PLACES.split(translated))
        shown = {name: grouped(value) if type(value) is int else value for name, value in values.items()}
        filled = translated.format(**shown)
        return _CHINESE_EDGE.sub(" ", filled) if self.code.startswith("zh") else filled


def _in_units(part: str, code: str, unit: Unit) -> str:
    """Replaces "epoch" with another unit in a part of a text; placeholders keep their names."""
    if not part.startswith("{"):
        for epoch, other in _UNIT_WORDS.get(code, {}).get(unit, ()):
            part = part.replace(epoch, other)
    return part


def grouped(count: int) -> str:
    """A whole number; long numbers are written in groups of three digits."""
    return f"{count:,}" if count >= _LONG else str(count)


ENGLISH: Final = Language(_OWN)


def marked(text: str) -> str:
    """Marks a text for the catalogues; it is translated elsewhere."""
    return text


def marked_in(context: str, text: str) -> str:
    """Marks a word in a context for the catalogues; it is translated elsewhere."""
    del context
    return text


def available() -> list[str]:
    """The codes of all languages, English first."""
    return [_OWN, *sorted(path.parts[-3].replace("_", "-") for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))]


@cache
def language(code: str) -> Language:
    """Looks up a language by its code, in upper or lower case, with hyphen or underscore.

    Raises:
        LanguageError: there is no catalogue for it.
    """
    names = {name.lower(): name for name in available()}
    name = names.get(code.strip().lower().replace("_", "-"))
    if name is None:
        raise LanguageError(
            f"{quoted(code)} is not a report language; one of {listed(available())} is needed. Choose one."
        )
    if name == _OWN:
        return ENGLISH
    return Language(name, gettext.translation(DOMAIN, FOLDER, [name.replace("-", "_")]))
