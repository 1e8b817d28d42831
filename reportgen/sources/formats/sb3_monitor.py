"""Reads ``monitor.csv`` of Gym, Baselines and Stable-Baselines3: one row per episode with reward, length and time.

Episodes are placed at the number of steps in the environment after them.
"""

import re
from typing import Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.sources.table.naming import LEFT_OUT

_MARK: Final = re.compile(r'#\s{0,3}\{\s{0,9}"')
_COLUMNS: Final = ("r", "l", "t")
_KNOWN: Final = {"r": "reward", "l": "episode_length", "t": LEFT_OUT}


def _recognise(sample: Sample) -> Fit:
    is_plain = sample.header[:3] == _COLUMNS
    if _MARK.match(sample.text) and set(_COLUMNS) <= set(sample.header):
        return Fit.CERTAIN
    return Fit.LIKELY if is_plain else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    where = opened.where
    log = read_table(opened.long_text())
    lengths = log.numbers("l") if "l" in log.names else None
    if lengths is None or len(lengths.rows) != log.n_rows or not (lengths.values >= 0).all():
        raise SourceError(
            f"{where}: its columns are {cited_names(log.names)}; a monitor file has the length of each episode in "
            'column "l". Check the file.'
        )
    if not log.n_rows:
        raise SourceError(f"{where}: it has no episode. Train until one has ended.")
    steps = np.cumsum(np.maximum(lengths.values, 1))
    facts = RunFacts(notes=(Note("episodes-as-steps"),))
    return history_from_log(log, options=options, known=_KNOWN, steps=steps, run=facts)


FORMAT: Final = Format("sb3-monitor", "monitor.csv of Stable-Baselines3", _recognise, _read, tool="stable-baselines3")
