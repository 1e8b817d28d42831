"""Reads what Keras prints during training, copied from a terminal, a notebook or a CI log; Keras 0.x to 3."""

import re
from typing import Final

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.printed import looks_printed, printed_runs
from reportgen.sources.source_runs import Runs

# A bar, or the time that replaces it with verbose=2, of any version.
_BAR: Final = re.compile(
    r"\d{1,15}/(?:\d{1,15}|Unknown)[ \x1b\[\]0-9m]{0,20}(?:\[[=>.]{3,40}\]?|\u2501{2,40}|- \d{1,9}(?:s|ms)\b)"
    r"|^ ?- \d{1,9}s - loss",
    re.MULTILINE,
)
_HEADER: Final = re.compile(r"^(?:[^\n]{0,40} )?Epoch \d{1,15}/\d{1,15}", re.MULTILINE)


def _recognise(sample: Sample) -> Fit:
    text = sample.text
    if sample.files is not None or not (_BAR.search(text) or (_HEADER.search(text) and " - loss: " in text)):
        return Fit.NO
    return looks_printed(text)


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    return printed_runs(opened.long_text(), opened.where, options)


FORMAT: Final = Format("keras-console", "console log of Keras", _recognise, _read, tool="keras")
