"""Reads Hugging Face's ``trainer_state.json``, or a folder that contains it or checkpoints.

Its ``log_history`` mixes rows of training and evaluation, each with a step and a fraction of epochs. The last row
summarises the run and is not part of the curves.
"""

import re
from dataclasses import replace
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.metrics import direction
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_curves import names_metric
from reportgen.sources.json_dialects import DIALECTS
from reportgen.sources.json_text import parse_json, sound_rows
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.row_log import history_of_rows
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged
from reportgen.text import cited, printable

_FILE: Final = "trainer_state.json"
_CHECKPOINT: Final = re.compile(r"checkpoint-(\d{1,15})/trainer_state\.json", re.ASCII)
_CHECKPOINT_STEP: Final = re.compile(r"checkpoint-(\d{1,15})\b", re.ASCII)
_SUMMARY: Final = "train_runtime"
_TOOL: Final = "transformers"
_DIALECT: Final = next(dialect for dialect in DIALECTS if dialect.tool == _TOOL)


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:
        return Fit.CERTAIN if _file_of(sample) else Fit.NO
    return Fit.CERTAIN if re.search(r'"log_history"\s*:\s*\[', sample.text) and sample.text[0] == "{" else Fit.NO


def _file_of(sample: Sample) -> str | None:
    """The file with the state of the whole training run, or else of the latest checkpoint."""
    files = sample.files or ()
    found = [(int(match[1]), file) for file in files if (match := _CHECKPOINT.fullmatch(file))]
    return _FILE if _FILE in files else max(found)[1] if found else None


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    state = parse_json(opened.text(_file_of(opened.sample) or _FILE), where)
    rows = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(rows, list) or (rows and not any(isinstance(row, dict) for row in rows)):
        raise SourceError(
            f'{where}: its "log_history" is {cited(rows)}, not a list of rows. Save it with Trainer.save_state().'
        )
    log = Logged(where)
    kept, before = _after_start([row for row in sound_rows(rows, log) if _SUMMARY not in row])
    if before:
        log.notes.append(Note.of("before-training", values=short_names(before)))
    found = history_of_rows(kept, log, options, RunFacts(tool=_TOOL), _DIALECT)
    if isinstance(found, Runs):
        runs = found
        return replace(runs, read=lambda index: _with_state(runs.read(index), state, kept))
    return _with_state(found, state, kept)


def _with_state(history: TrainingHistory, state: dict[str, Any], kept: list[dict[str, Any]]) -> TrainingHistory:
    """Adds what the state says about the training."""
    facts = history.run
    planned, total = state.get("num_train_epochs"), state.get("global_step")
    if _is_count(total) and state.get("max_steps") == total:
        facts = replace(facts, status="completed")
    if _is_count(planned) and len(history.steps) and history.epochs[-1] <= planned:  # these are epochs, not evaluations
        facts = replace(facts, epochs_planned=planned)
    return history.with_run(_with_criterion(facts, state, kept))


def _after_start(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows without an evaluation at step 0, before the first epoch, and the values of that evaluation."""
    kept = [row for row in rows if row.get("step") != 0 or row.get("epoch", 0) != 0]
    if not kept:
        return rows, []
    evaluated = [row for row in rows if row.get("step") == 0 and row.get("epoch", 0) == 0]
    return kept, [
        f"{name} {value:.4g}"
        for row in evaluated
        for name, value in row.items()
        if name not in ("step", "epoch") and names_metric(name) and type(value) in (int, float)
    ]


def _with_criterion(facts: RunFacts, state: dict[str, Any], rows: list[dict[str, Any]]) -> RunFacts:
    """Adds the metric by which Trainer chose its best model, which the state names only by its value.

    Nothing is added if no metric has that value, or several, or if it is the loss, which is the usual one.
    """
    best = state.get("best_metric")
    if type(best) not in (int, float):
        return facts
    step = state.get("best_global_step")
    if not _is_count(step) and (found := _CHECKPOINT_STEP.search(str(state.get("best_model_checkpoint")))):
        step = int(found[1])
    columns: dict[str, dict[Any, float]] = {}
    for row in rows:
        for name, value in row.items():
            if name.startswith("eval_") and type(value) in (int, float):
                columns.setdefault(name, {})[row.get("step")] = value
    names = [name for name, values in columns.items() if best in values.values()]
    names = [name for name in names if columns[name].get(step) == best] or names
    if len(names) != 1 or names[0] == "eval_loss":
        return facts
    name = names[0]
    base = name.removeprefix("eval_")
    values = columns[name].values()
    way = "lower" if best == min(values) != max(values) else "higher" if best == max(values) != min(values) else None
    ways = ((base, way),) if way is not None and direction(base) == "unknown" else ()
    note = Note.of("own-criterion", name=printable(name, 40))
    return replace(facts, monitor=f"val_{base}", directions=ways, notes=(*facts.notes, note))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 < value < 10**9


FORMAT: Final = Format("hugging-face", "Hugging Face trainer_state.json", _recognise, _read, tool=_TOOL)
