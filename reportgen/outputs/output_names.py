"""Refuses names of files that say another kind of file than the one that is written, such as ``report.pdf``."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from reportgen.errors import OutputError
from reportgen.outputs.files import is_special

OutputKind = Literal["report", "comparison", "message", "folder"]

_PAGES: Final = (".html", ".htm", ".xhtml", ".mhtml")
_PRINTED: Final = (".pdf", ".ps", ".eps", ".tex", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".odp")
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".svg")
_TEXTS: Final = (".md", ".markdown", ".rst", ".txt", ".log")
_DATA: Final = (".json", ".jsonl", ".yaml", ".yml", ".toml", ".xml", ".csv", ".tsv", ".xls", ".xlsx", ".parquet")
_ARCHIVES: Final = (".zip", ".gz", ".bz2", ".xz", ".zst", ".tar", ".tgz")
_MESSAGES: Final = (".eml", ".msg")
_OTHERS: Final = (*_PRINTED, *_PICTURES, *_TEXTS, *_DATA, *_ARCHIVES, *_MESSAGES, ".ipynb", ".py")
_REFUSED: Final[Mapping[OutputKind, tuple[str, ...]]] = {
    "report": (*_OTHERS, ".xhtml", ".mhtml"),
    "comparison": (*_OTHERS, ".xhtml", ".mhtml"),
    "message": (*(ending for ending in _OTHERS if ending not in (".eml", ".txt")), *_PAGES),
    "folder": (*_OTHERS, *_PAGES),
}
_PRINT: Final = "To get a PDF, print the page from a browser."
_ADVICE: Final[Mapping[OutputKind, Mapping[str, str]]] = {
    "report": {
        **dict.fromkeys((*_PRINTED, *_PICTURES), _PRINT),
        **dict.fromkeys(_TEXTS, "For Markdown, use reportgen summary (in Python: summary())."),
        ".json": "For JSON, use the JSON output of reportgen check (in Python: to_dict()).",
        ".eml": "For a message, use reportgen email (in Python: email()).",
    },
    "comparison": {
        **dict.fromkeys((*_PRINTED, *_PICTURES), _PRINT),
        **dict.fromkeys(_TEXTS, "For Markdown, use summary() in Python."),
        ".json": "For JSON, use the JSON output of reportgen compare (in Python: to_dict()).",
        ".eml": "For a message, use reportgen email (in Python: email()).",
    },
}


def check_output_name(path: str | os.PathLike[str], kind: OutputKind) -> None:
    """Checks that the ending of a name does not promise another kind of file.

    Names without an ending, or with one that is not known, such as ``run-0.1``, are used as they are. So are devices,
    pipes and existing folders.

    Args:
        path: The path.
        kind: What is written: ``report`` and ``comparison`` are HTML pages, ``folder`` is one with several files.

    Raises:
        OutputError: it does.
    """
    shown = os.fsdecode(path)
    given = Path(shown)
    ending = given.suffix.lower()
    if ending not in _REFUSED[kind] or is_special(given) or (kind == "folder" and given.is_dir()):
        return
    if kind == "folder":
        raise OutputError(
            f"{shown}: this is the name of a file, but a folder with several files is written. Pass a folder, such as "
            f"{given.stem or 'report'}."
        )
    right, wrong = (".eml", "a message") if kind == "message" else (".html", "HTML")
    bare = given.with_suffix("")
    better = bare if bare.suffix.lower() == right else given.with_suffix(right)
    advice = _ADVICE.get(kind, {}).get(ending, "")
    raise OutputError(
        f"{shown}: this is written as {wrong}, not as {ending[1:].upper()}. Pass {better} instead. {advice}".rstrip()
    )
