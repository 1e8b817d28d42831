"""Lines of YOLO: the validation below each epoch of its printed table, and ``results.txt`` without a header."""

import re
from collections.abc import Iterator
from typing import Final

from reportgen.sources.printed.entries import Entry

_CLASSES: Final = re.compile(
    r"\s{0,60}(?:Class\s{1,40}Images\s{1,40}(?:Instances|Labels|Targets)|classes)\s{1,40}(\S.{0,400})$"
)
_ALL: Final = re.compile(r"\s{0,60}all\s{1,40}(\S.{0,400})$")
_END: Final = re.compile(r"epochs completed in|Optimizer stripped from|^Validating ")
_RESULTS: Final = re.compile(r"\s{0,20}(\d{1,9})/(\d{1,9})\s{1,20}[\d.]{1,12}[GM]?\s{1,20}(\d.{0,400})$", re.ASCII)
_EVALUATED: Final = re.compile(  # YOLOv6
    r"\s{0,20}Epoch: (\d{1,9}) \| mAP@0\.5: ([\d.]{1,20}|nan) \| mAP@0\.50:0\.95: ([\d.]{1,20}|nan)\s{0,20}$"
)
_NAMES: Final = (
    "box_loss",
    "obj_loss",
    "cls_loss",
    "loss",
    "",
    "",
    "precision",
    "recall",
    "mAP50",
    "mAP50-95",
    "val_box_loss",
    "val_obj_loss",
    "val_cls_loss",
)
_F1_ERROR: Final = 0.02


def may_have_yolo(text: str) -> bool:
    """Whether a text may have lines of YOLO. Fast."""
    return "mAP" in text or "top1_acc" in text or _RESULTS.search(text[:400]) is not None


def is_of_yolo(line: str) -> bool:
    """Whether a line may say something to `YoloLines`; the values of its digits do not matter."""
    return (
        any(mark.match(line) is not None for mark in (_RESULTS, _CLASSES, _ALL, _EVALUATED))
        or _END.search(line) is not None
    )


class YoloLines:
    """Reads lines one at a time; remembers the header of the validation and the last epoch."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._epoch: float | None = None
        self._done: float | None = None  # the epoch that has been validated
        self._is_over = False

    def saw(self, entry: Entry) -> None:
        """Takes note of a row of the table of epochs."""
        if entry.tool == "ultralytics" and entry.epoch is not None:
            self._epoch, self._is_over = entry.epoch, False

    def read(self, line: str) -> Iterator[Entry]:
        """What a line says; nothing for other lines."""
        if (match := _RESULTS.match(line)) is not None:
            yield from self._results(match)
        elif (match := _CLASSES.match(line)) is not None:
            self._names = _metric_names(match[1])
        elif (match := _EVALUATED.match(line)) is not None:
            values = {"val_mAP@0.5": float(match[2]), "val_mAP@0.50:0.95": float(match[3])}
            yield Entry(float(match[1]), values=values, known={name: name for name in values}, replaces=True)
        elif self._names and (match := _ALL.match(line)) is not None:
            yield from self._validation(match[1].split())
        elif _END.search(line[:80]):
            self._is_over = True

    def _validation(self, cells: list[str]) -> Iterator[Entry]:
        cells = cells[-len(self._names) :]
        try:
            values = {name: float(cell) for name, cell in zip(self._names, cells, strict=True)}
        except ValueError:
            return
        if self._epoch is None or self._is_over or self._done == self._epoch:
            yield Entry(values=values, tool="ultralytics", is_result=True)
            return
        self._done = self._epoch
        known = {name: f"val_{name}" for name in values}
        yield Entry(self._epoch, values=values, known=known, tool="ultralytics", replaces=True)

    def _results(self, match: re.Match[str]) -> Iterator[Entry]:
        try:
            numbers = [float(cell) for cell in match[3].split()]
        except ValueError:
            return
        if len(numbers) != len(_NAMES):
            return
        values = dict(zip(_NAMES, numbers, strict=True))
        precision, recall = values["precision"], values["recall"]
        harmonic = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        if values["mAP50-95"] > values["mAP50"] or (
            recall and abs(values["mAP50-95"] - harmonic) < _F1_ERROR * harmonic
        ):
            values["F1"] = values.pop("mAP50-95")  # YOLOv3 and v4
        values.pop("")
        known = {name: name if name.endswith("loss") else f"val_{name}" for name in values}
        planned = int(match[2]) + 1  # epochs are counted from 0
        yield Entry(float(match[1]), planned=planned, values=values, known=known, tool="ultralytics", replaces=True)


def _metric_names(text: str) -> list[str]:
    """The names in the header of a validation: ``Box(P  R  mAP50  mAP50-95)``."""
    names: list[str] = []
    group = ""
    for word in text.split():
        if "%" in word or "/" in word:
            break
        if word.endswith(":") and word.count(":") == 1:
            word, is_last = word[:-1], True
        else:
            is_last = word.endswith(":")
            word = word.rstrip(":")
        if "(" in word:
            group, word = word.split("(", 1)
        word = word.rstrip(")")
        name = {"P": "precision", "R": "recall", "mAP@.5": "mAP50", "mAP@.5:.95": "mAP50-95", "mAP@0.5": "mAP50"}.get(
            word, word
        )
        names.append(name if group in ("", "Box") else f"{group} {name}")
        if is_last:
            break
    return names
