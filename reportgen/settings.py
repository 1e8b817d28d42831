"""Settings of a project: the table ``[tool.reportgen]`` of pyproject.toml, or a reportgen.toml.

The nearest file applies, searched from a folder upwards. Of two files in one folder, reportgen.toml applies.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

from reportgen.errors import ReportgenError, SettingsError
from reportgen.gate.rules import read_rules
from reportgen.languages import language
from reportgen.options import LookKeywords, ReadKeywords, Theme, spelling
from reportgen.text import listed, quoted

OWN_FILE: Final = "reportgen.toml"
SHARED_FILE: Final = "pyproject.toml"


@dataclass(frozen=True)
class Settings:
    """What the settings file of a project contains.

    Attributes:
        path: The file; None if there is none.
        read: Fields of `ReadOptions` that are set. They are ignored for runs that they do not apply to.
        look: Fields of `Look` that are set.
        gate: Arguments of `read_rules` that are set.
        baseline: An earlier run, which may not exist yet.
        output_dir: The folder for the files of ``reportgen ci``.
    """

    path: Path | None = None
    read: ReadKeywords = field(default_factory=ReadKeywords)
    look: LookKeywords = field(default_factory=LookKeywords)
    gate: Mapping[str, Any] = field(default_factory=dict)
    baseline: Path | None = None
    output_dir: Path | None = None


def find_settings(folder: Path) -> Settings:
    """The settings that apply in a folder; empty if no file has any.

    Raises:
        SettingsError: the file cannot be read, or contains an unknown key or an invalid value.
    """
    for place in (folder, *folder.parents):
        for name in (OWN_FILE, SHARED_FILE):
            path = place / name
            table = _read_table(path) if _is_file(path) else None
            if table is not None:
                return _read_settings(table, path)
    return Settings()


def _is_file(path: Path) -> bool:
    """Whether the file exists; also False in a folder that may not be read."""
    try:
        return path.is_file()
    except OSError:
        return False


def _read_table(path: Path) -> dict[str, Any] | None:
    """The settings in a file; None for a pyproject.toml without any."""
    try:
        text = path.read_text("utf-8-sig")
        if path.name == SHARED_FILE and "reportgen" not in text:  # the file may even be invalid; it is not for us
            return None
        document = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise SettingsError(f"{path}: it cannot be read as TOML ({error}). Fix the file.") from None
    if path.name == OWN_FILE:
        return document
    tool = document.get("tool")
    table = tool.get("reportgen") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise SettingsError(f"{path}: tool.reportgen is {quoted(table)}; a table is needed. Write [tool.reportgen].")


def _read_settings(table: Mapping[str, Any], path: Path) -> Settings:
    groups: dict[str, dict[str, Any]] = {"read": {}, "look": {}, "gate": {}, "": {}}
    for key, value in table.items():
        if key not in _KEYS:
            raise SettingsError(
                f"{path}: unknown setting {quoted(key)}; the settings are {listed(sorted(_KEYS), 30)}. Correct it."
            )
        group, name, read = _KEYS[key]
        try:
            groups[group][name] = read(value, path.parent)
            if group == "gate":
                read_rules(**{name: groups[group][name]})
        except ReportgenError as error:
            raise SettingsError(f"{path}: {key}: {error}") from None
    look = groups["look"]
    if look.get("static") and look.get("interactive"):
        raise SettingsError(f"{path}: static and interactive are both true; reports can be only one. Remove one.")
    return Settings(path, **groups.pop(""), **groups)  # type: ignore[arg-type]  # the groups have the right keys


def _read_text(value: Any, folder: Path) -> str:
    if not isinstance(value, str) or not value:
        raise _unfit(value, "a text")
    return value


def _read_texts(value: Any, folder: Path) -> list[str]:
    """One string, or a list of strings."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _unfit(value, "a string or a list of strings")
    return texts


def _read_switch(value: Any, folder: Path) -> bool:
    if not isinstance(value, bool):
        raise _unfit(value, "true or false")
    return value


def _read_number(value: Any, folder: Path) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _unfit(value, "a number from 0 to 1")
    return value


def _read_count(value: Any, folder: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _unfit(value, "a whole number of 1 or more")
    return value


def _read_run(value: Any, folder: Path) -> str | int:
    return _read_text(value, folder) if isinstance(value, str) else _read_count(value, folder)


def _read_limits(value: Any, folder: Path) -> float | list[str]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else _read_texts(value, folder)


def _read_path(value: Any, folder: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise _unfit(value, "a path")
    return folder / value


def _read_columns(value: Any, folder: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value.values()):
        raise _unfit(value, 'a table of names by column, such as { valid = "val_loss" },')
    return value


def _read_directions(value: Any, folder: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(way in ("lower", "higher") for way in value.values()):
        raise _unfit(value, 'a table of "lower" or "higher" by metric, such as { f2 = "higher" },')
    return value


def _read_language(value: Any, folder: Path) -> str:
    return language(_read_text(value, folder)).code


def _read_theme(value: Any, folder: Path) -> str:
    if value not in get_args(Theme):
        raise _unfit(value, f"one of {listed(list(get_args(Theme)))}")
    return str(value)


def _unfit(value: object, needed: str) -> SettingsError:
    return SettingsError(f"the value is {quoted(value)}; {needed} is needed. Correct it.")


_Reader = Callable[[Any, Path], Any]
_READ: Final[Mapping[str, _Reader]] = {
    "format": _read_text,
    "columns": _read_columns,
    "validation_freq": _read_count,
    "directions": _read_directions,
    "run": _read_run,
}
_LOOK: Final[Mapping[str, _Reader]] = {
    "theme": _read_theme,
    "static": _read_switch,
    "interactive": _read_switch,
    "compress": _read_switch,
    "templates": _read_path,
    "language": _read_language,
}
_GATE: Final[Mapping[str, _Reader]] = {
    "fail_on": _read_texts,
    "min_probability": _read_number,
    "require": _read_texts,
    "max_regression": _read_limits,
}
_OTHERS: Final[Mapping[str, _Reader]] = {"baseline": _read_path, "output_dir": _read_path}
# By key of the file: the attribute of `Settings`, the name in it, and what reads the value.
_KEYS: Final = {
    spelling(name): (group, name, read)
    for group, readers in (("read", _READ), ("look", _LOOK), ("gate", _GATE), ("", _OTHERS))
    for name, read in readers.items()
}
