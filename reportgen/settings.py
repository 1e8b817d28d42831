"""Settings of a project: ``[tool.reportgen]`` of pyproject.toml, or a reportgen.toml.

In: a folder. Out: `Settings` of the nearest file from there upwards, every value checked. The first folder that has
such a file ends the search, as with ruff; where it has both, reportgen.toml counts.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

from reportgen.errors import ReportgenError, SettingsError
from reportgen.gate.rules import Regression, Requirement, read_probability, read_rules
from reportgen.languages import language
from reportgen.options import Theme
from reportgen.text import listed, quoted

OWN_FILE: Final = "reportgen.toml"
SHARED_FILE: Final = "pyproject.toml"


@dataclass(frozen=True)
class Settings:
    """What a project has set; None where it has set nothing.

    Attributes:
        path: The file it stands in; None where there is none.
        fail_on: As `GateRules` has it, like the next three.
        min_probability: From 0 to 1.
        require: Limits for curves.
        max_regression: Limits against the baseline.
        baseline: An earlier run.
        direction: "lower" or "higher" by metric; of metrics that a run has not it says nothing.
        lang: What reports are written in.
        theme: The colours of pages.
        output_dir: Where a pipeline's files go.
    """

    path: Path | None = None
    fail_on: tuple[str, ...] | None = None
    min_probability: float | None = None
    require: tuple[Requirement, ...] | None = None
    max_regression: tuple[Regression, ...] | None = None
    baseline: Path | None = None
    direction: Mapping[str, str] = field(default_factory=dict)
    lang: str | None = None
    theme: Theme | None = None
    output_dir: Path | None = None


def find_settings(folder: Path) -> Settings:
    """The settings that hold in a folder; empty ones where no file has any.

    Raises:
        SettingsError: the file cannot be read, or holds an unknown key or a value of another kind.
    """
    for place in (folder, *folder.parents):
        for name in (OWN_FILE, SHARED_FILE):
            path = place / name
            table = _read_table(path) if _is_file(path) else None
            if table is not None:
                return _read_settings(table, path)
    return Settings()


def _is_file(path: Path) -> bool:
    """Whether there is such a file; false too in a folder that may not be looked into."""
    try:
        return path.is_file()
    except OSError:
        return False


def _read_table(path: Path) -> dict[str, Any] | None:
    """What a file says of us; None for a pyproject.toml that says nothing."""
    try:
        text = path.read_text("utf-8-sig")
        if path.name == SHARED_FILE and "reportgen" not in text:  # whatever else is in it, broken or not, is not ours
            return None
        document = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise SettingsError(f"{path}: it cannot be read as TOML ({error}). Mend the file.") from None
    if path.name == OWN_FILE:
        return document
    tool = document.get("tool")
    table = tool.get("reportgen") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise SettingsError(f"{path}: tool.reportgen is {quoted(table)} where a table is needed. Write [tool.reportgen].")


def _read_settings(table: Mapping[str, Any], path: Path) -> Settings:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _READERS:
            raise SettingsError(
                f"{path}: {quoted(key)} is no setting; known are {listed(sorted(_READERS), 20)}. Correct it."
            )
        try:
            values[key.replace("-", "_")] = _READERS[key](value, path.parent)
        except ReportgenError as error:
            raise SettingsError(f"{path}: {key}: {error}") from None
    return Settings(path=path, **values)


def _texts(value: Any) -> list[str]:
    """A text, or a list of texts."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _unfit(value, "a text or a list of texts")
    return texts


def _read_fail_on(value: Any, folder: Path) -> tuple[str, ...]:
    return read_rules(fail_on=_texts(value)).fail_on


def _read_min_probability(value: Any, folder: Path) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _unfit(value, "a number from 0 to 1")
    return read_probability(value)


def _read_require(value: Any, folder: Path) -> tuple[Requirement, ...]:
    return read_rules(require=_texts(value)).require


def _read_max_regression(value: Any, folder: Path) -> tuple[Regression, ...]:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return read_rules(max_regression=value if plain else _texts(value)).max_regression


def _read_path(value: Any, folder: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise _unfit(value, "a path")
    return folder / value


def _read_direction(value: Any, folder: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(way in ("lower", "higher") for way in value.values()):
        raise _unfit(value, 'a table of "lower" or "higher" by metric, such as { f2 = "higher" },')
    return value


def _read_lang(value: Any, folder: Path) -> str:
    if not isinstance(value, str):
        raise _unfit(value, "a language's code, such as en,")
    return language(value).code


def _read_theme(value: Any, folder: Path) -> str:
    if value not in get_args(Theme):
        raise _unfit(value, f"one of {listed(list(get_args(Theme)))}")
    return str(value)


def _unfit(value: object, needed: str) -> SettingsError:
    return SettingsError(f"{quoted(value)} was met where {needed} is needed. Correct it.")


_READERS: Final[Mapping[str, Callable[[Any, Path], Any]]] = {
    "fail-on": _read_fail_on,
    "min-probability": _read_min_probability,
    "require": _read_require,
    "max-regression": _read_max_regression,
    "baseline": _read_path,
    "direction": _read_direction,
    "lang": _read_lang,
    "theme": _read_theme,
    "output-dir": _read_path,
}
