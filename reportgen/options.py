"""How sources are read and how reports look, declared once for Python, the command line, settings and sweeps."""

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal, TypedDict, get_args

from reportgen.errors import RenderError
from reportgen.text import quoted

Theme = Literal["auto", "light", "dark"]


def check_type(name: str, given: object, kind: Any, wanted: str) -> None:
    """Checks the type of an argument.

    Args:
        name: The argument.
        given: Its value.
        kind: What it must be an instance of.
        wanted: That in words.

    Raises:
        TypeError: it is of another type.
    """
    if not isinstance(given, kind) or isinstance(given, bytes):
        raise TypeError(f"{name} is {quoted(given)}, of type {type(given).__name__}; {wanted} is needed.")


@dataclass(frozen=True)
class ReadOptions:
    """How a source is read and judged. Each option overrides what would be detected from the content.

    Attributes:
        format: Name of the file's format, as docs/sources.md lists them.
        columns: The meaning of columns by name in the log: ``{"valid": "val_loss"}``. The value is a name as Keras
            logs it, ``epoch`` or ``step``; an empty value leaves the column out.
        validation_freq: Number of epochs between validations, for logs with shorter validation lists.
        directions: Which values are better, by metric: ``"lower"`` or ``"higher"``.
        run: Which run to read from a source that contains several: its name, or its number from 1.
        monitor: The metric to judge by: a name such as ``f1``, or one curve of it, such as ``val_f1`` (default: the
            loss).
        ignore: Findings to leave out: codes such as ``RG203``, or names such as ``generalisation-gap``, one text or
            several. Verdict and answers stay the same.
    """

    format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    validation_freq: int | None = None
    directions: Mapping[str, str] = field(default_factory=dict)
    run: str | int | None = None
    monitor: str | None = None
    ignore: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("columns", "directions"):
            if getattr(self, name) is None:  # as earlier versions allowed
                object.__setattr__(self, name, {})
            check_type(name, getattr(self, name), Mapping, "a dict")
        for name in ("format", "monitor"):
            check_type(name, getattr(self, name), str | None, "a text")
        check_type("run", self.run, str | int | None, "a name or a number")
        check_type("ignore", self.ignore, Iterable | None, "a text or a list of texts")
        given = [self.ignore] if isinstance(self.ignore, str) else self.ignore or ()
        names = [name.strip() for text in given for name in str(text).split(",")]
        object.__setattr__(self, "ignore", tuple(dict.fromkeys(filter(None, names))))


DEFAULT_READ: Final = ReadOptions()
READ_NAMES: Final = frozenset(item.name for item in fields(ReadOptions))


class ReadKeywords(TypedDict, total=False):
    """`ReadOptions` as keyword arguments."""

    format: str | None
    columns: Mapping[str, str] | None
    validation_freq: int | None
    directions: Mapping[str, str] | None
    run: str | int | None
    monitor: str | None
    ignore: str | Sequence[str] | None


@dataclass(frozen=True)
class Look:
    """How a report is presented; its data and its verdict stay the same.

    Attributes:
        theme: ``light``, ``dark``, or ``auto``, which follows the reader's system.
        static: Leave out all scripts, for mail and for viewers that flag scripts.
        interactive: Include the Vega runtime (590 KB), to zoom, pan and smooth charts or put them on a log axis.
        compress: Compress that runtime (to 270 KB). Not for mail, as filters flag scripts that unpack other scripts.
        templates: A folder of templates that override the built-in ones; see templates/README.md.
        language: Language of the report: ``en`` or ``zh-CN``.

    Raises:
        RenderError: the theme does not exist, or two options contradict each other.
    """

    theme: Theme = "auto"
    static: bool = False
    interactive: bool = False
    compress: bool = False
    templates: Path | None = None
    language: str = "en"

    def __post_init__(self) -> None:
        check_type("templates", self.templates, str | os.PathLike | None, "a folder")
        if self.templates is not None:
            object.__setattr__(self, "templates", Path(self.templates))
        check_type("language", self.language, str, "a code such as en")
        if self.theme not in get_args(Theme):
            raise RenderError(f"theme is {quoted(self.theme)}; auto, light or dark is needed. Choose one of them.")
        for name in ("static", "interactive", "compress"):
            if not isinstance(getattr(self, name), bool):
                raise RenderError(
                    f"{name} is {quoted(getattr(self, name))}; True or False is needed. Pass one of them."
                )
        if self.static and self.interactive:
            raise RenderError(
                "static and interactive are both set; an interactive report needs its scripts. Leave out one of them."
            )
        if self.compress and not self.interactive:
            raise RenderError(
                "compress is set without interactive; only the runtime of an interactive report can be compressed. Add "
                "interactive, or leave out compress."
            )


DEFAULT_LOOK: Final = Look()
_SHORTER: Final = {"directions": "direction", "language": "lang"}


class LookKeywords(TypedDict, total=False):
    """`Look` as keyword arguments; ``lang`` is a deprecated name of ``language``."""

    theme: Theme
    static: bool
    interactive: bool
    compress: bool
    templates: str | os.PathLike[str] | None
    language: str
    lang: str


class BuildKeywords(ReadKeywords, LookKeywords, total=False):
    """`ReadOptions` and `Look` as keyword arguments."""


def read_options(options: ReadOptions | None, keywords: Mapping[str, Any]) -> ReadOptions:
    """Options with keyword arguments applied on top. Raises TypeError if one is not an option."""
    check_type("options", options, ReadOptions | None, "a ReadOptions")
    return replace(options or DEFAULT_READ, **keywords)


def look_options(look: Look | None, keywords: Mapping[str, Any], *, stacklevel: int = 3) -> Look:
    """A look with keyword arguments applied on top. Raises TypeError if one is not an option.

    A warning about a deprecated one is attributed to the caller of the public function, ``stacklevel`` calls up.
    """
    check_type("look", look, Look | None, "a Look")
    known = dict(keywords)
    if "lang" in known:
        warnings.warn("lang= is deprecated; use language=", DeprecationWarning, stacklevel=stacklevel)
        known = {"language": known.pop("lang")} | known
    for name in known.keys() - {item.name for item in fields(Look)}:
        raise TypeError(f"{name!r} is not an option. Use one of {', '.join(BuildKeywords.__annotations__)}.")
    return replace(look or DEFAULT_LOOK, **known)


def spelling(name: str) -> str:
    """The name of a field as the command line and settings spell it: ``validation-freq``, ``direction``, ``lang``."""
    return _SHORTER.get(name, name).replace("_", "-")


def split_keywords(keywords: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Splits keyword arguments into those for `read_options`, and all others for `look_options`."""
    reading = {name: value for name, value in keywords.items() if name in READ_NAMES}
    return reading, {name: value for name, value in keywords.items() if name not in READ_NAMES}
