"""Reads the folder of a training run with AllenNLP: ``metrics_epoch_0.json``, ``metrics_epoch_1.json`` and so on."""

import re
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.formats.history_json import parse_document
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.row_log import history_of_rows
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged

_FILE: Final = re.compile(r"metrics_epoch_(\d{1,9})\.json", re.ASCII)
_MOST: Final = 20_000  # files; our choice: each is opened
_EXTRAS: Final = re.compile(
    r"best_.{0,200}|peak_.{0,200}|.{0,40}_memory_MB|training_(?:start_epoch|epochs|duration)|epoch"
)


def _files(sample: Sample) -> list[tuple[int, str]]:
    """The epochs of the files directly in the folder, 0-based, and the files."""
    return sorted((int(match[1]), file) for file in sample.files or () if (match := _FILE.fullmatch(file)))


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if sample.files is not None and _files(sample) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    files = _files(opened.sample)
    if not files:
        raise SourceError(
            f"{opened.where}: it is not a folder with files such as metrics_epoch_0.json, as AllenNLP writes them. "
            "Pass the folder of the training run."
        )
    if len(files) > _MOST:
        raise SourceError(
            f"{opened.where}: it has {len(files)} files such as metrics_epoch_0.json; at most {_MOST} are read. Remove "
            "files of older training runs."
        )
    rows: list[dict[str, Any]] = []
    for epoch, file in files:
        with opened.file(file) as part:
            document = parse_document(part.text(), part.where)
        if not isinstance(document, dict):
            raise SourceError(f"{part.where}: it has no metrics by name. Remove the file.")
        rows.append({"epoch": epoch} | {key: value for key, value in document.items() if not _EXTRAS.fullmatch(key)})
    return history_of_rows(rows, Logged(opened.where), options)


FORMAT: Final = Format("allennlp", "folder of AllenNLP", _recognise, _read, tool="allennlp")
