"""A title for a run whose log has none: the folder and the name of its file, as far as they say anything."""

import re
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from reportgen.text import printable

_LONGEST: Final = 60  # characters of each part
_HIGHEST: Final = 4  # folders above the file that are looked at
_ENDINGS: Final = 3  # of a name, such as ".csv.gz"
_ENDING: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}")
# Names that say nothing about a run, without numbers and separators at their end.
_GENERAL_WORDS: Final = """
artifacts checkpoint checkpoints console csv csv_logs data default events experiment experiments files hist histories
history history_dict images lightning_logs log logfile logger logging logs loss losses metrics mlruns model models
output outputs progress report reports result results run runs save saved saves scalars state stats stderr stdout
summary tb tb_logs temp tensorboard test tmp train train_history train_log train_results trainer trainer_log
trainer_state training training_history training_log validation val version wandb wandb_history weights
"""
_GENERAL: Final = frozenset(_GENERAL_WORDS.split())
_HOMES: Final = frozenset({"home", "users", "root"})  # the folders in these are named after people
_HASH: Final = re.compile(r"[0-9a-f]{8,}|[0-9]*")


def title_of(source: str | Path) -> str:
    """A title from a path or URL, such as ``resnet50 / fold 2``; empty if neither file nor folders have a telling name.

    Names of home folders, of the folder for temporary files and of machines never appear in it.
    """
    text = str(source)
    if text == "-":
        return ""
    address = urlsplit(text) if "://" in text else None
    path = PurePosixPath(unquote(address.path) if address else _absolute(text))
    name = _without_endings(path.name)
    own = "" if _is_general(name) else name
    is_here = address is None and path.parent == PurePosixPath(Path.cwd().as_posix())
    folder = "" if is_here and own else _telling_folder(path.parent)
    parts = [printable(part, _LONGEST) for part in (folder, own) if part]
    return " / ".join(dict.fromkeys(parts))


def _absolute(text: str) -> str:
    """The path with its folders, also of a file in the current one."""
    try:
        return Path(text).expanduser().absolute().as_posix()
    except (OSError, RuntimeError, ValueError):
        return text


def _telling_folder(folder: PurePosixPath) -> str:
    """The nearest folder whose name says something; empty without one below a home folder."""
    for place in (folder, *folder.parents)[:_HIGHEST]:
        above = [part.lower() for part in place.parts[:-1]]
        if not place.name or (above and above[-1] in _HOMES) or place.name.lower() in (*_HOMES, "tmp", "temp"):
            return ""
        if not _is_general(place.name):
            return place.name
    return ""


def _without_endings(name: str) -> str:
    for _ in range(_ENDINGS):
        stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
        if not stem or not _ENDING.fullmatch(ending):
            break
        name = stem
    return name


def _is_general(name: str) -> bool:
    """Whether a name says nothing about the run, or contains the name of a machine."""
    plain = name.lower().replace("-", "_").replace(" ", "_")
    base = plain.rstrip("0123456789").rstrip("_.v") or plain
    return (
        plain.startswith(("events.out.tfevents", ".", "tmp", "pytest_"))
        or base in _GENERAL
        or plain in _GENERAL
        or bool(_HASH.fullmatch(plain))
    )
