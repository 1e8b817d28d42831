"""Reads Hugging Face's ``trainer_state.json``, or a folder that contains it or checkpoints.

Its ``log_history`` mixes rows of training and evaluation, each with a step and a fraction of epochs. The last row
summarises the run and is not part of the curves.
"""

import re
from dataclasses import replace
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_text import parse_json, sound_rows
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_log
from reportgen.text import cited

_FILE: Final = "trainer_state.json"
_CHECKPOINT: Final = re.compile(r"checkpoint-(\d{1,15})/trainer_state\.json", re.ASCII)
_SUMMARY: Final = "train_runtime"
_NO_METRICS: Final = ("runtime", "samples_per_second", "steps_per_second", "model_preparation_time")


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:
        return Fit.CERTAIN if _file_of(sample) else Fit.NO
    return Fit.CERTAIN if re.search(r'"log_history"\s*:\s*\[', sample.text) and sample.text[0] == "{" else Fit.NO


def _file_of(sample: Sample) -> str | None:
    """The file with the state of the whole training, or else of the latest checkpoint."""
    files = sample.files or ()
    found = [(int(match[1]), file) for file in files if (match := _CHECKPOINT.fullmatch(file))]
    return _FILE if _FILE in files else max(found)[1] if found else None


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    where = opened.where
    state = parse_json(opened.text(_file_of(opened.sample) or _FILE), where)
    rows = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(rows, list) or (rows and not any(isinstance(row, dict) for row in rows)):
        raise SourceError(
            f'{where}: its "log_history" is {cited(rows)}, not a list of rows. Save it with Trainer.save_state().'
        )
    log = Logged(where)
    for row in sound_rows(rows, log):
        if _SUMMARY not in row:
            log.add_row({name: value for name, value in row.items() if not name.endswith(_NO_METRICS)})
    known = {
        name: "val_" + base if (base := name.removeprefix("eval_")) and base != name else name for name in log.names
    }
    history = history_from_log(log, options=options, known=known)
    planned, total = state.get("num_train_epochs"), state.get("global_step")
    facts = history.run
    if _is_count(total) and state.get("max_steps") == total:
        facts = replace(facts, status="completed")
    if _is_count(planned) and len(history.steps) and history.epochs[-1] <= planned:  # these are epochs, not evaluations
        facts = replace(facts, epochs_planned=planned)
    return history.with_run(facts)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 < value < 10**9


FORMAT: Final = Format("hugging-face", "Hugging Face trainer_state.json", _recognise, _read, tool="transformers")
