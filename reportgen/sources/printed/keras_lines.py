"""Lines that callbacks print, of Keras and of common PyTorch helpers: facts of the run, never values of an epoch."""

import re
from collections.abc import Callable
from typing import Final

from reportgen.sources.printed.dialects import NOTHING, SILENT, CallbackFact, Meaning, Statement
from reportgen.sources.printed.forms import form_meaning
from reportgen.sources.printed.tokens import Shape, number_of, whole_of

_N: Final = r"([+-]?(?:\d{1,30}(?:[.,]\d{0,30})?(?:[eE][+-]?\d{1,4})?|nan|inf))"
_IMPROVED: Final = re.compile(rf"Epoch (\d{{1,15}}): (\S{{1,100}}) improved from {_N} to {_N}[,.]?(?:\s|$)")
_NOT_IMPROVED: Final = re.compile(
    r"(?:Epoch \d{1,15}: )?\S{1,100} did not improve|Epoch \d{1,15}: saving (?:model|weights) to"
)
_STOPPED: Final = re.compile(
    r"Epoch (\d{1,15}): early stopping|early[ -]?stop(?:ping|ped)?(?: triggered| activated)?!?"
    r"(?: (?:at|after|in|on))?(?: epoch)?s?:? ?#?(\d{1,15})?(?! ?(?:counter|patience|\w))",
    re.IGNORECASE,
)
_RESTORED: Final = re.compile(r"Restoring model weights from the end of the best epoch(?:: (\d{1,15}))?")
_REDUCED: Final = re.compile(
    rf"Epoch (\d{{1,15}}): (?:ReduceLROnPlateau )?reducing learning rate (?:of group \d{{1,5}} )?to {_N}", re.IGNORECASE
)
_SCHEDULED: Final = re.compile(rf"Epoch (\d{{1,15}}): LearningRateScheduler (?:reducing|setting) learning rate to {_N}")
_TERMINATED: Final = re.compile(r"Batch \d{1,15}: Invalid loss, terminating training")
_COUNTED: Final = re.compile(r"early[ -]?stopping counter|EarlyStopping: \d|patience", re.IGNORECASE)
_DECREASED: Final = re.compile(
    r"(?:loss|score|acc\w{0,6}|metric) (?:decreased|increased|improved) \(|Metric \S{1,60} improved|Monitored metric",
    re.IGNORECASE,
)
_RESUMES: Final = re.compile(r"Restored (?:model|training)|BackupAndRestore|Resuming (?:training )?from", re.IGNORECASE)
_STARTS: Final = re.compile(r"(?:Train on \d|Found \d{1,9} |Epoch \d{1,15}: \S{1,100} (?:reached|is))")
_MARKS: Final = (
    "arly",
    "estoring",
    "learning rate",
    "improve",
    "aving",
    "erminating",
    "creased",
    "Restored",
    "Resum",
    "Train on",
    "Found",
)


def dialect_callbacks(shape: Shape) -> Meaning | None:
    """Lines of EarlyStopping, ReduceLROnPlateau, LearningRateScheduler, ModelCheckpoint, TerminateOnNaN and others."""
    text = "0".join(shape)
    if not any(mark in text for mark in _MARKS):
        return None
    for pattern, make in _FACTS:
        if match := pattern.search(text):
            return _with_values(shape, match.start(), make) or Meaning(_said(pattern, make))
    match = next((found for each in _SILENT if (found := each.search(text)) is not None), None)
    return None if match is None else _with_values(shape, match.start(), None) or SILENT


def _with_values(shape: Shape, end: int, make: Callable[[re.Match[str]], CallbackFact] | None) -> Meaning | None:
    """What a line says whose epoch and values come before a remark, such as "epoch 6: loss=0.3 -> early stopping".

    Args:
        shape: The texts of the line.
        end: Where the remark begins in the texts with one character for each number.
        make: Makes the fact of the remark; None if it says none.
    """
    parts: list[str] = []
    for text in shape:
        if end < len(text):
            parts.append(text[:end])
            break
        parts.append(text)
        end -= len(text) + 1
    if len(parts) < 2:
        return None
    found = form_meaning(tuple(parts))
    if found.weight < 2 or not found.names:
        return None
    n_numbers = len(parts) - 1
    is_end = make is _stopped

    def read(line: str, numbers: list[str]) -> Statement:
        said = found.read(line, numbers[:n_numbers])
        return said._replace(fact=CallbackFact("stopped", said.epoch)) if is_end else said

    return Meaning(read, found.weight, found.names)


def _said(
    pattern: re.Pattern[str], make: Callable[[re.Match[str]], CallbackFact]
) -> Callable[[str, list[str]], Statement]:
    def read(line: str, numbers: list[str]) -> Statement:
        match = pattern.search(line)
        return Statement(fact=make(match)) if match else NOTHING

    return read


def _stopped(match: re.Match[str]) -> CallbackFact:
    return CallbackFact("stopped", whole_of(match[1] or match[2] or ""))


_FACTS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], CallbackFact]], ...]] = (
    (_RESTORED, lambda match: CallbackFact("restored", whole_of(match[1] or ""))),
    (_IMPROVED, lambda match: CallbackFact("improved", whole_of(match[1]), match[2], number_of(match[4]))),
    (_SCHEDULED, lambda match: CallbackFact("scheduled", whole_of(match[1]), "", number_of(match[2]))),
    (_REDUCED, lambda match: CallbackFact("rate", whole_of(match[1]), "", number_of(match[2]))),
    (_TERMINATED, lambda match: CallbackFact("terminated")),
    (_RESUMES, lambda match: CallbackFact("continues")),
    (_STOPPED, _stopped),
)
_SILENT: Final = (_NOT_IMPROVED, _COUNTED, _DECREASED, _STARTS)
