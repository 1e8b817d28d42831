"""Settings of a project: the table ``[tool.reportgen]`` of pyproject.toml, or a reportgen.toml.

The nearest file, searched from a folder upwards, is used. If a folder has both, reportgen.toml is used. Settings can
name templates, which run as code, so a file that another user could have written is ignored unless it is named.
"""

import os
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, get_args

from reportgen.diagnosis.rules import find_rules
from reportgen.errors import ReportgenError, SettingsError
from reportgen.gate.rules import read_rules
from reportgen.languages import language
from reportgen.options import LookKeywords, ReadKeywords, ReadOptions, Theme, spelling
from reportgen.text import listed, printable, quoted

OWN_FILE: Final = "reportgen.toml"
SHARED_FILE: Final = "pyproject.toml"
VARIABLE: Final = "REPORTGEN_SETTINGS"  # names the file to use; needed if another user owns it
_MAX_BYTES: Final = 1_000_000  # of a file that is searched for our table; our choice: thousands of lines


@dataclass(frozen=True)
class Settings:
    """What the settings file of a project contains."""

    path: Path | None = None
    read: ReadKeywords = field(default_factory=ReadKeywords)  # what is set; ignored for runs that it does not apply to
    look: LookKeywords = field(default_factory=LookKeywords)
    gate: Mapping[str, Any] = field(default_factory=dict)  # arguments of `read_rules` that are set
    baseline: Path | None = None  # an earlier run, which may not exist yet
    evaluation: Path | None = None  # predictions on test data for ``reportgen build``, which may not exist yet
    output_dir: Path | None = None  # the folder for the files of ``reportgen ci``
    time_limit: int | None = None  # how long a run of a sweep may take, in seconds
    remark: str = ""  # says which file is ignored because another user could have written it; empty without one


def find_settings(folder: Path, named: str | None = None) -> Settings:
    """The settings that apply in a folder; empty without any.

    Args:
        folder: Where the search begins.
        named: The file to use instead of searching for one.

    Raises:
        SettingsError: the file cannot be read, or contains an unknown key or an invalid value.
    """
    if named:
        path = folder / named
        table = _read_table(path)
        if table is None:
            raise SettingsError(f"{path}: it has no [tool.reportgen]. Add that table, or unset {VARIABLE}.")
        return _read_settings(table, path)
    remark = ""
    for place in (folder, *folder.parents):
        for name in (OWN_FILE, SHARED_FILE):
            path = place / name
            if not _is_file(path):
                continue
            risk = _risk(path)
            if risk:
                remark = remark or (risk if _may_be_ours(path) else "")
                continue
            table = _read_table(path)
            if table is not None:
                return replace(_read_settings(table, path), remark=remark)
    return Settings(remark=remark)


def _risk(path: Path) -> str:
    """Why a file may have been written by somebody else; empty if only this user or root can have written it.

    The link itself counts as well as the file that it points to.
    """
    if not hasattr(os, "geteuid"):
        return ""
    trusted = {os.geteuid(), 0, Path("/").stat().st_uid}  # in a container, root may have another number outside
    if os.geteuid() == 0 and os.environ.get("SUDO_UID", "").isdecimal():
        trusted.add(int(os.environ["SUDO_UID"]))
    shown = printable(str(path), 200)
    if not {path.stat().st_uid, path.lstat().st_uid} <= trusted:
        return f"{shown} belongs to another user, so its settings are ignored. To use them, set {VARIABLE} to its path."
    if path.stat().st_mode & stat.S_IWOTH:
        return f"{shown} can be changed by every user, so its settings are ignored. Run chmod o-w on it."
    return ""


def _may_be_ours(path: Path) -> bool:
    """Whether a file could contain settings for reportgen."""
    if path.name == OWN_FILE:
        return True
    try:
        with open(path, "rb") as file:
            return b"reportgen" in file.read(_MAX_BYTES)
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    """Whether the file exists; False if its folder cannot be read."""
    try:
        return path.is_file()
    except OSError:
        return False


def _read_table(path: Path) -> dict[str, Any] | None:
    """The settings in a file; None for a pyproject.toml without settings."""
    try:
        text = path.read_text("utf-8-sig")
        if path.name == SHARED_FILE and "reportgen" not in text:  # not our file, so it may even be invalid
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


_Reader = Callable[[Any, Path], Any]


def _reader(needed: str, is_valid: Callable[[Any], bool], convert: _Reader = lambda value, folder: value) -> _Reader:
    """A function that checks and converts a value, given the folder of the file."""

    def read(value: Any, folder: Path) -> Any:
        if not is_valid(value):
            raise SettingsError(f"the value is {quoted(value)}; {needed} is needed. Correct it.")
        return convert(value, folder)

    return read


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_table(value: Any, is_valid: Callable[[Any], bool]) -> bool:
    return isinstance(value, dict) and all(map(is_valid, value.values()))


_TEXT: Final = _reader("a text", _is_text)
_TEXTS: Final = _reader(
    "a string or a list of strings",
    lambda value: isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value)),
    lambda value, folder: [value] if isinstance(value, str) else value,
)
_SWITCH: Final = _reader("true or false", lambda value: isinstance(value, bool))
_COUNT: Final = _reader(
    "a whole number of 1 or more", lambda value: isinstance(value, int) and _is_number(value) and value >= 1
)
_PATH: Final = _reader("a path", _is_text, lambda value, folder: folder / value)


def _known_rules(given: list[str]) -> list[str]:
    find_rules(ReadOptions(ignore=given).ignore)  # raises if one does not exist
    return given


_THEMES: Final = list(get_args(Theme))
_READ: Final[Mapping[str, _Reader]] = {
    "format": _TEXT,
    "columns": _reader(
        'a table of names by column, such as { valid = "val_loss" },',
        lambda value: _is_table(value, lambda name: isinstance(name, str)),
    ),
    "validation_freq": _COUNT,
    "directions": _reader(
        'a table of "lower" or "higher" by metric, such as { f2 = "higher" },',
        lambda value: _is_table(value, lambda way: way in ("lower", "higher")),
    ),
    "run": lambda value, folder: (_TEXT if isinstance(value, str) else _COUNT)(value, folder),
    "monitor": _TEXT,
    "ignore": lambda value, folder: _known_rules(_TEXTS(value, folder)),
}
_LOOK: Final[Mapping[str, _Reader]] = {
    "theme": _reader(f"one of {listed(_THEMES)}", lambda value: value in _THEMES),
    "static": _SWITCH,
    "interactive": _SWITCH,
    "compress": _SWITCH,
    "templates": _PATH,
    "language": lambda value, folder: language(_TEXT(value, folder)).code,
}
_GATE: Final[Mapping[str, _Reader]] = {
    "fail_on": _TEXTS,
    "min_probability": _reader("a number from 0 to 1", _is_number),
    "require": _TEXTS,
    "max_regression": lambda value, folder: value if _is_number(value) else _TEXTS(value, folder),
}
_OTHERS: Final[Mapping[str, _Reader]] = {
    "baseline": _PATH,
    "evaluation": _PATH,
    "output_dir": _PATH,
    "time_limit": _COUNT,
}
# By key in the file: the attribute of `Settings`, the name in it, and the function that reads the value.
_KEYS: Final = {
    spelling(name): (group, name, read)
    for group, readers in (("read", _READ), ("look", _LOOK), ("gate", _GATE), ("", _OTHERS))
    for name, read in readers.items()
}
