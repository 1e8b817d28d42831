"""Settings that programs store beside a log: ``hparams.yaml``, ``params.json``, ``.hydra/config.yaml`` and so on."""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from reportgen.errors import SettingsError, SourceError
from reportgen.history.params import flat_params
from reportgen.sources.flat_yaml import LONGEST_FILE, MOST_SETTINGS, bare_path, yaml_settings
from reportgen.sources.opening.opened import Opened

_HYDRA: Final = ".hydra/config.yaml"
_NAMES: Final = (  # the first one with settings is read
    "hparams.yaml",
    "args.yaml",
    "params.json",  # Ray Tune
    "hparams.json",
    "hyperparameters.json",
    "args.json",
    _HYDRA,
    "config.yaml",
    "config.json",
    "params.yaml",
)
_OF_MODELS: Final = ("architectures", "model_type", "class_name")  # keys of files that describe a model instead
_LONGEST: Final = 200  # characters of a value


def settings_beside(folder: Opened, within: str, log: str, *, is_named: bool) -> tuple[tuple[str, str], ...]:
    """The settings stored beside a log; empty without any.

    Args:
        folder: The folder of the log, or one further up.
        within: The folder of the log in it, which is empty or ends with a slash.
        log: The name of the log; empty if the folder itself is the log.
        is_named: Whether it has the name of a log. Settings beside any other file count only if no file of the same
            kind is in the folder: they may belong to all of these, or to none.
    """
    files = [file.removeprefix(within) for file in folder.sample.files or () if file.startswith(within)]
    ending = PurePosixPath(log).suffix.lower()
    alike = [file for file in files if "/" not in file and file.lower().endswith(ending) and file not in _NAMES]
    if log and not is_named and len(alike) > 1:
        return ()
    for name in _NAMES:
        if name != log and (name in files or name == _HYDRA):
            params = _read(folder, f"{within}{name}")
            if params:
                return params
    return ()


def _read(folder: Opened, name: str) -> tuple[tuple[str, str], ...]:
    """The settings in a file; empty without one, or if it cannot be read."""
    try:
        with folder.file(name) as file:
            text = file.text()[:LONGEST_FILE]
        entries: Mapping[str, Any] = json.loads(text) if name.endswith(".json") else yaml_settings(text)
        if not isinstance(entries, dict) or any(key in entries for key in _OF_MODELS):
            return ()
        params = flat_params({key: value for key, value in entries.items() if value is not None})
    except (SourceError, SettingsError, ValueError, RecursionError):
        return ()
    kept = [(key, bare_path(value)) for key, value in params if value not in ("", "None") and len(value) <= _LONGEST]
    return tuple(kept[:MOST_SETTINGS])
