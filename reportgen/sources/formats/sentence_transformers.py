"""Reads the results of an evaluator of Sentence Transformers, ``similarity_evaluation_sts-dev_results.csv``.

All values are of evaluations. Step -1 stands for the end of an epoch; older versions count steps anew in each epoch.
"""

import re
from typing import Final

import numpy as np

from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.metrics import VALIDATION_PREFIX
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.sources.table.naming import LEFT_OUT

_AXIS: Final = ("epoch", "steps")
_NAMES: Final = re.compile(
    r"(cosine|euclidean|manhattan|dot|cossim|cos_sim|accuracy|pearson|spearman|map|mrr|ndcg|recall|precision|f1|ap|mse|"
    r"binary)\w*",
    re.IGNORECASE,
)
_FILE: Final = "_results.csv"


def _recognise(sample: Sample) -> Fit:
    header = sample.header
    if header[:2] != _AXIS or len(header) < 3:
        return Fit.NO
    is_named = sample.name.endswith(_FILE) and "evaluation" in sample.name
    has_ends = any(row[1] == "-1" for row in sample.columns[1])
    are_scores = all(_NAMES.match(name.replace("@", "_")) for name in header[2:])
    return Fit.CERTAIN if is_named or has_ends else Fit.LIKELY if are_scores else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    log = read_table(opened.long_text())
    epochs, steps = (log.numbers(name) if name in log.names else None for name in _AXIS)
    known = {name: VALIDATION_PREFIX + name for name in log.names if name not in _AXIS}
    if epochs is None or steps is None or len(epochs.rows) != log.n_rows or len(steps.rows) != log.n_rows:
        return history_from_log(log, options=options, known=known | {_AXIS[1]: LEFT_OUT})
    ends = steps.values == -1
    if ends.all():
        return history_from_log(log, options=options, known=known | {_AXIS[1]: LEFT_OUT})
    if not ends.any() and bool((steps.values[1:] >= steps.values[:-1]).all()):
        known |= dict.fromkeys(_AXIS, LEFT_OUT)
        return history_from_log(log, options=options, known=known, steps=steps.values)
    numbers = np.arange(1.0, log.n_rows + 1)
    known |= dict.fromkeys(_AXIS, LEFT_OUT)
    run = RunFacts(notes=(Note("evaluations"),))
    return history_from_log(log, options=options, known=known, epochs=numbers, run=run)


FORMAT: Final = Format("sbert", "evaluator of Sentence Transformers", _recognise, _read, tool="sentence-transformers")
