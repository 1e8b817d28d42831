"""A title for a run whose log has none: the folder and the name of its file, as far as they say anything."""

import re
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from reportgen.text import printable

_LONGEST: Final = 60  # characters of each part
_PAGES: Final = frozenset({".html", ".htm"})  # reports, whose names say nothing about the log
_HIGHEST: Final = 4  # folders above the file that are looked at
_ENDINGS: Final = 3  # of a name, such as ".csv.gz"
_ENDING: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}")
# Names that say nothing about a run, without numbers and separators at their end.
_GENERAL_WORDS: Final = """
app artifacts build checkpoint checkpoints ckpt ckpts code console content csv csv_logs data default demo desktop dist
documents downloads drive eval evaluation events example examples experiment experiments file files folder hist
histories history history_dict images input inputs job jobs lightning_logs local log logfile logger logging logs loss
losses metrics mlruns mnt model models mydrive new notebook notebooks old opt out output outputs page pages progress
project projects repo report reports repos result results run runs save saved saves scalars scratch src state stats
stderr stdout summary task tasks tb tb_logs temp tensorboard test tests tmp train train_history train_log
train_results trainer trainer_log trainer_state training training_history training_log untitled usr val validation var
version wandb wandb_history weights work work_dir work_dirs workdir working workspace
"""
_GENERAL: Final = frozenset(_GENERAL_WORDS.split())
_HOMES: Final = frozenset({"home", "users", "root"})  # the folders in these are named after people
_HASH: Final = re.compile(r"[0-9a-f]{8,}|[a-z]|[0-9]*")
_NUMBERED: Final = re.compile(r"[A-Za-z]+[A-Za-z_.-]{0,30}[0-9]{1,7}")


def title_of(source: str | Path) -> str:
    """A title from a path or URL, such as ``resnet50 / fold 2``.

    If neither file nor folders have a telling name, it is the name of the file, such as ``log.txt``, or empty. A folder
    or file such as ``version_3`` follows the name of a telling folder, because it distinguishes the runs there.

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
    folders = [] if is_here and own else _telling_folders(path.parent)
    numbered = [part for part in (*folders[1:], "" if own else name) if _NUMBERED.fullmatch(part)][-1:]
    parts = [printable(part, _LONGEST) for part in (*folders[:1], *(numbered if folders else []), own) if part]
    return " / ".join(dict.fromkeys(parts)) or _plain_file(path.name)


def _absolute(text: str) -> str:
    """The path with its folders, also of a file in the current one."""
    try:
        return Path(text).expanduser().absolute().as_posix()
    except (OSError, RuntimeError, ValueError):
        return text


def _telling_folders(folder: PurePosixPath) -> list[str]:
    """The nearest folder whose name says something, and those in it; empty without one below a home folder."""
    below: list[str] = []
    for place in (folder, *folder.parents)[:_HIGHEST]:
        above = [part.lower() for part in place.parts[:-1]]
        if not place.name or (above and above[-1] in _HOMES) or place.name.lower() in (*_HOMES, "tmp", "temp"):
            return []
        if "folders" in above and place.name in ("T", "C"):  # /var/folders/ab/cdef/T, for temporary files of macOS
            return []
        if not _is_general(place.name):
            return [place.name, *below]
        below.insert(0, place.name)
    return []


def _without_endings(name: str) -> str:
    for _ in range(_ENDINGS):
        stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
        if not stem or not _ENDING.fullmatch(ending):
            break
        name = stem
    return name


def _plain_file(name: str) -> str:
    """The name of a log that says what it is, if no more, such as ``results.csv``; empty for other files."""
    ending = PurePosixPath(name).suffix.lower()
    is_log = bool(_ENDING.fullmatch(ending)) and ending not in _PAGES
    return printable(name, _LONGEST) if is_log and _without_number(_without_endings(name)) in _GENERAL else ""


def _without_number(name: str) -> str:
    """A name in lower case and without a number at its end, for comparison."""
    plain = name.lower().replace("-", "_").replace(" ", "_")
    return plain.rstrip("0123456789").rstrip("_.v") or plain


def _is_general(name: str) -> bool:
    """Whether a name says nothing about the run, or contains the name of a machine."""
    plain = name.lower().replace("-", "_").replace(" ", "_")
    return (
        plain.startswith(("events.out.tfevents", ".", "tmp", "pytest_"))
        or _without_number(name) in _GENERAL
        or plain in _GENERAL
        or bool(_HASH.fullmatch(plain))
    )
