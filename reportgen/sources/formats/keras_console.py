"""Reads what Keras prints during training, copied from a terminal, a notebook or a CI log; Keras 1 to 3.

Escape codes, backspaces and carriage returns are removed. The last progress line of each epoch is used; an unfinished
last epoch is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.facts import EarlyStopping, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.long_text import LongText
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_log

_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,40}[@-~]|[@-Z\\-_])|\x08")
_EPOCH: Final = re.compile(r"\bEpoch\s{1,3}(\d{1,15})\s?/\s?(\d{1,15})\b")
_NUMBER: Final = r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,5})?|nan|inf)"
# A name begins at the start of a word, which keeps the search fast on any line.
_VALUE: Final = re.compile(rf"(?<!\S)([A-Za-z_]\S{{0,200}}):\s{{1,3}}({_NUMBER})(?=[\s,]|$)", re.IGNORECASE)
_PROGRESS: Final = re.compile(r"(?:^|\s)(\d{1,15})/(\d{1,15}|Unknown)(?=\s|$)")
# Keras 1 to 2.9 print no epoch after "Restoring model weights from the end of the best epoch."
_STOPPED: Final = re.compile(r"Epoch (\d{1,15}): early stopping")
_RESTORED: Final = re.compile(r"Restoring model weights from the end of the best epoch(?:: (\d{1,15}))?")
_NO_METRICS: Final = frozenset({"ETA", "eta"})
_LONGEST: Final = 20_000  # characters in a line; a progress line has a few hundred


@dataclass
class _PrintedEpoch:
    """What has been printed for one epoch so far."""

    number: int
    values: dict[str, float] = field(default_factory=dict)
    is_whole: bool = True


@dataclass
class _Printed:
    """What Keras printed for a training.

    Attributes:
        epochs: The epochs that have values, in order.
        planned: Number of planned epochs.
        stopped: The epoch after which early stopping ended the training.
        restores: Whether early stopping restored the best weights.
        restored: The epoch of these weights; None if it was not printed.
    """

    epochs: list[_PrintedEpoch] = field(default_factory=list)
    planned: int | None = None
    stopped: int | None = None
    restores: bool = False
    restored: int | None = None


def _recognise(sample: Sample) -> Fit:
    text = _ESCAPE.sub("", sample.text)
    first = _EPOCH.search(text)
    has_values = first is not None and _VALUE.search(text, first.end())
    return Fit.LIKELY if has_values and not text.startswith(("{", "[", "<")) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    printed = _printed(opened.long_text())
    epochs, planned = printed.epochs, printed.planned
    if not epochs:
        raise SourceError(
            f"{opened.where}: it has no epoch with values; lines such as Epoch 3/50 and loss: 0.31 are needed. Paste "
            "the complete log."
        )
    said: tuple[Note, ...] = ()
    if not epochs[-1].is_whole and len(epochs) > 1:
        said = (Note.of("unfinished-epoch", epoch=epochs.pop().number),)
    log = Logged(opened.where)
    for one in epochs:
        log.add_row({"epoch": one.number, **one.values})
    history = history_from_log(log, options=options, known={}, run=RunFacts(notes=said))
    if planned is None or history.epochs[-1] > planned:  # several trainings in one log
        return history
    ended = history.epochs[-1] == planned and not said
    run = replace(history.run, epochs_planned=planned, status="completed" if ended else "unknown")
    return history.with_run(_with_early_stopping(run, int(history.epochs[-1]), printed))


def _with_early_stopping(run: RunFacts, last: int, printed: _Printed) -> RunFacts:
    """Adds what `EarlyStopping(verbose=1)` printed. Its monitor is not printed."""
    if printed.stopped == last and run.status != "completed":
        run = replace(run, status="stopped-early")
    if not printed.restores:
        return run
    best = printed.restored
    stopping = EarlyStopping("", last - best if best is not None else 0, best, restores=True)
    return replace(run, early_stopping=stopping if best is None or 1 <= best <= last else None)


def _printed(text: LongText) -> _Printed:
    found = _Printed()
    current: _PrintedEpoch | None = None
    for line in _lines(text):
        start = _EPOCH.search(line)
        if start:
            current = _PrintedEpoch(int(start[1]))
            found.epochs.append(current)
            found.planned = int(start[2]) or None
            line = line[start.end() :]
        if current is None:
            continue
        if stopped := _STOPPED.search(line):
            found.stopped = int(stopped[1])
        if restored := _RESTORED.search(line):
            found.restores, found.restored = True, int(restored[1]) if restored[1] else None
            line = line[: restored.start()]  # "epoch: 3." is not a value
        values = {name: float(text) for name, text in _VALUE.findall(line) if name not in _NO_METRICS}
        if values:
            progress = _PROGRESS.search(line)
            current.is_whole = not progress or progress[1] == progress[2] or progress[2] == "Unknown"
            current.values |= values
    found.epochs = [epoch for epoch in found.epochs if epoch.values]
    return found


def _lines(text: LongText) -> Iterator[str]:
    """Yields the lines without escape codes; a carriage return also ends a line."""
    for piece in text.pieces(damaged=True):
        for line in re.split(r"[\r\n]+", piece):
            yield _ESCAPE.sub("", line[:_LONGEST])


FORMAT: Final = Format("keras-console", "console log of Keras", _recognise, _read)
