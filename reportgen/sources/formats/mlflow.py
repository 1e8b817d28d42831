"""Reads a run that MLflow tracked, from its database (``mlflow.db``) or a run folder of its file store (``mlruns``).

Steps 0, 1, 2, ... are epochs, as Keras' autologging counts them.
"""

import contextlib
import io
import math
import re
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name
from reportgen.history.facts import MAX_EPOCH, EarlyStopping, RunFacts, Status
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.history.params import flat_params
from reportgen.metrics import VALIDATION_PREFIX
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.mlflow_store import PROGRAM, TABLES
from reportgen.sources.opening.opened import Opened, Sample, opened_stream
from reportgen.sources.opening.sqlite import MAGIC, open_database
from reportgen.sources.source_runs import MAX_RUNS, Runs, runs_in_folders
from reportgen.sources.table.cells import log_of_curves
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.limits import check_columns, check_values
from reportgen.text import cited, printable, quoted

_METRIC: Final = re.compile(r"(?P<folder>(?:[^/]+/){0,2}?|mlruns/[^/]+/[^/]+/)metrics/(?P<name>.+)")
_OTHER_LOG: Final = re.compile(r"[^/]+\.(?:csv|json|jsonl|log)")  # beside ``mlruns``
_STORE: Final = "mlruns/"
_MODELS: Final = "models/"  # in the folder of an experiment; models have metrics, too
_RUNNING: Final = "RUNNING"
_STATES: Final = {"1": _RUNNING, "3": "FINISHED", "4": "FAILED", "5": "KILLED"}  # the numbers in meta.yaml
_SYSTEM: Final = "system/"  # measurements of the machine, with their own steps
_INFINITE: Final = 1.7976931348623157e308  # how the database stores infinity
_AUTOLOG_VALIDATION: Final = "validation_"
_STOPPED, _RESTORED = "stopped_epoch", "restored_epoch"  # 0-based, logged if EarlyStopping stopped the run
_OPTIMIZER: Final = re.compile(r"opt(?:imizer)?_(?P<setting>\w+)")
_COUNTED: Final = re.compile(r"_\d{1,6}$")  # that Keras puts behind the name of each further optimizer
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LINE: Final = re.compile(r"-?\d{1,20} (?P<value>\S{1,40})(?: (?P<step>-?\d{1,19})(?: .*)?)?", re.ASCII)
_TEST: Final = re.compile(r"(?:final[_/])?test[_/](?P<name>.+)", re.DOTALL)
_MAX_TEXT: Final = 200
_EXPERIMENT: Final = "experiment"  # the setting that runs of different experiments are grouped by
_MOST_SHOWN: Final = 3
_MAX_KEY: Final = 250  # the longest name of a metric or parameter that MLflow allows
_MAX_SETTINGS: Final = 30
_MAX_PARAMS: Final = 100  # further ones are left out; autologging stores about 30
_PARAMS: Final = ("epochs", "monitor", "patience")

StepCurves = dict[str, tuple[np.ndarray, np.ndarray]]  # steps and values by name, in the order of logging


@dataclass(frozen=True)
class _StoredRun:
    """The data of a run as stored; text is unchanged."""

    curves: StepCurves
    params: Mapping[str, str]
    name: str | None
    state: str | None
    started_ms: int | None
    notes: tuple[Note, ...] = ()
    experiment: str = ""  # its name, if the source has several


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:
        return Fit.CERTAIN if _folders(sample) else Fit.NO
    return Fit.CERTAIN if sample.head.startswith(MAGIC) else Fit.NO  # other formats of databases come before


def _folders(sample: Sample) -> list[str]:
    """The run folders within a folder; "" is the folder itself."""
    places = {match["folder"] for file in sample.files or () if (match := _METRIC.fullmatch(file))}
    runs = (folder for folder in places if not folder.startswith(_MODELS))
    found = sorted(folder for folder in runs if sample.holds(f"{folder}meta.yaml"))
    if found and found[0].startswith(_STORE) and any(map(_OTHER_LOG.fullmatch, sample.files or ())):
        return []  # a project whose logs are the files beside the store
    return found


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    if opened.sample.files is not None:
        folders = _folders(opened.sample)
        if not folders:
            raise SourceError(f"{where}: it has no run folder with meta.yaml and metrics/. Pass the folder of a run.")
        ids = [folder.rstrip("/").rpartition("/")[2] or opened.sample.name for folder in folders]
        titles = [_title(opened, folder) or "" for folder in folders] if options.run else []
        several = len({_parent(folder) for folder in folders}) > 1

        def read(index: int) -> TrainingHistory:
            stored = _read_folder(opened, folders[index])
            named = replace(stored, experiment=_experiment(opened, _parent(folders[index]))) if several else stored
            return _read_run(named, where, options)

        return runs_in_folders(ids, read, tuple(titles))
    reopen = _reopening(opened)
    if opened.run is not None:
        return _read_run(_read_database(reopen(), opened.run), where, options)
    stored = _runs_in(reopen())
    experiments = _experiments(reopen())

    def read_stored(index: int) -> TrainingHistory:
        run_id = stored[index][0]
        run = replace(_read_database(reopen(), run_id), experiment=experiments.get(run_id, ""))
        return _read_run(run, where, options)

    return Runs(tuple(run_id for run_id, _ in stored), read_stored, tuple(name for _, name in stored))


def _reopening(opened: Opened) -> Callable[[], Opened]:
    """Opens a database again for each run. One that is not a file here can be read only once, so it is kept."""
    if opened.path is not None:
        return lambda: opened
    data = bytes(opened.data())
    return lambda: opened_stream(io.BytesIO(data), opened.where, opened.sample.name)


def _read_run(run: _StoredRun, where: str, options: ReadOptions) -> TrainingHistory:
    """The history of a run as stored."""
    curves = {
        name: curve for name, curve in run.curves.items() if not name.startswith(_SYSTEM) or name in options.columns
    }
    for name in [*curves]:  # Keras' autologging logs validation twice, the second time without steps
        twin = name.replace(_AUTOLOG_VALIDATION, VALIDATION_PREFIX, 1)
        if name.startswith(_AUTOLOG_VALIDATION) and twin in curves and name not in options.columns:
            del curves[name]
    stopped, restored = (_single(curves.pop(name, None)) for name in (_STOPPED, _RESTORED))
    if stopped is not None and restored is not None:  # the values of the restored epoch were logged again at the end
        curves = {
            name: (steps[steps != stopped + 1], values[steps != stopped + 1])
            for name, (steps, values) in curves.items()
        }
    curves, results = _final_values(curves, run.params, where)
    curves, note = _counted(curves, options)
    said = (*run.notes, *note, *[Note("no-end")] * (run.state == _RUNNING))
    if not curves:
        raise SourceError(f"{where}: the run has no metrics. Log a loss.")
    history = history_from_log(log_of_curves(curves, where), options=options, run=_facts(run, said))
    facts = _ended(history, run, stopped, restored)
    return history.with_run(replace(facts, test_results=results))


def _final_values(
    curves: StepCurves, params: Mapping[str, str], where: str
) -> tuple[StepCurves, tuple[tuple[str, float], ...]]:
    """The curves without results of a test that were logged once, and these results.

    Raises:
        SourceError: every metric was logged once, in a run of more than one epoch: these are final values, not curves.
    """
    single = {name for name, (_, values) in curves.items() if len(values) == 1}
    without_step = single and all(not steps.any() for steps, _ in curves.values())
    if without_step and len(single) == len(curves) and params.get("epochs") != "1":
        shown = ", ".join(
            f"{cited_name(name)} {values[0]:.4g}" for name, (_, values) in [*curves.items()][:_MOST_SHOWN]
        )
        more = f" and {len(curves) - _MOST_SHOWN} more" if len(curves) > _MOST_SHOWN else ""
        raise SourceError(
            f"{where}: the run has only final values ({shown}{more}), no curve over epochs. Log the metrics of each "
            "epoch with mlflow.log_metric(name, value, step=epoch)."
        )
    tests = {name: match for name in single if (match := _TEST.fullmatch(name))}
    if len(tests) == len(curves):
        return curves, ()
    results = [
        (printable(match["name"]), float(curves[name][1][0]))
        for name, match in sorted(tests.items())
        if math.isfinite(curves[name][1][0])
    ]
    return {name: curve for name, curve in curves.items() if name not in tests}, tuple(results)


def _counted(curves: StepCurves, options: ReadOptions) -> tuple[StepCurves, tuple[Note, ...]]:
    """The curves that have steps, and notes about the others. MLflow stores 0 if no step is given."""
    stepless = [name for name, (steps, _) in curves.items() if not steps.any()]
    if len(stepless) < len(curves):
        left_out = [name for name in stepless if name not in options.columns]
        if not left_out:
            return curves, ()
        kept = {name: curve for name, curve in curves.items() if name not in left_out}
        return kept, (Note.of("no-step", columns=short_names(left_out)),)
    if all(len(steps) < 2 for steps, _ in curves.values()):
        return curves, ()
    numbered = {name: (np.arange(float(len(steps))), values) for name, (steps, values) in curves.items()}
    return numbered, (Note("no-steps"),)


def _facts(run: _StoredRun, said: tuple[Note, ...]) -> RunFacts:
    """Facts from the run's name, parameters and start time."""
    started = None
    if run.started_ms is not None:
        with contextlib.suppress(OverflowError, OSError, ValueError):  # out of range of the calendar
            started = datetime.fromtimestamp(run.started_ms // 1000, UTC).isoformat()
    settings = {
        match["setting"]: value
        for key, value in sorted(run.params.items())
        if (match := _OPTIMIZER.fullmatch(key)) and len(value) <= _MAX_TEXT
    }
    name = settings.pop("name", None)
    rate = settings.pop("learning_rate", "")
    numbers = [(key, value) for key, value in settings.items() if _NUMBER.fullmatch(value)]
    return RunFacts(
        title=printable(run.name, _MAX_TEXT) if run.name and run.name.strip() else None,
        started_at=started,
        optimizer=printable(_COUNTED.sub("", name)) if name else None,
        optimizer_settings=tuple(numbers[:_MAX_SETTINGS]),
        settings=(("learning_rate", rate),) if _NUMBER.fullmatch(rate) else (),
        params=flat_params({**({_EXPERIMENT: run.experiment} if run.experiment else {}), **_own_params(run.params)}),
        notes=said,
    )


def _own_params(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters that have no other place in the facts, as the program logged them."""
    own = [
        key for key in params if not _OPTIMIZER.fullmatch(key) and key not in _PARAMS and len(params[key]) <= _MAX_TEXT
    ]
    return {key: params[key] for key in own[:_MAX_PARAMS]}


def _ended(history: TrainingHistory, run: _StoredRun, stopped: int | None, restored: int | None) -> RunFacts:
    """Adds to the facts how the run ended."""
    last = int(history.epochs[-1])
    planned = run.params.get("epochs", "")
    epochs = int(planned) if re.fullmatch(r"[1-9]\d{0,8}", planned, re.ASCII) and history.axis == "epoch" else None
    status: Status = "unknown"
    if run.state == "FINISHED":
        status = "completed" if stopped is None and (epochs is None or last >= epochs) else "stopped-early"
    elif run.state in ("FAILED", "KILLED"):
        status = "interrupted"
    stopping = None
    patience, monitor = run.params.get("patience", ""), run.params.get("monitor", "")
    restores = {"True": True, "False": False}.get(run.params.get("restore_best_weights", ""))
    if (stopped is not None or restores is not None) and monitor and re.fullmatch(r"\d{1,9}", patience, re.ASCII):
        kept = None if restored is None else restored + 1
        stopping = EarlyStopping(printable(monitor, _MAX_TEXT), int(patience), kept, restores)
    planned_epochs = epochs if epochs is not None and epochs >= last else None
    return replace(history.run, status=status, epochs_planned=planned_epochs, early_stopping=stopping)


def _single(curve: tuple[np.ndarray, np.ndarray] | None) -> int | None:
    """The whole number logged under a name, if it is the only value."""
    if curve is None or len(curve[1]) != 1:
        return None
    value = float(curve[1][0])
    return int(value) if 0 <= value < MAX_EPOCH - 1 and value.is_integer() else None


def _read_database(opened: Opened, run_id: str) -> _StoredRun:
    """A run of a database."""
    where = opened.where
    with open_database(opened, TABLES, PROGRAM) as database:

        def texts(table: str) -> dict[str, str]:
            rows = database.execute(f"SELECT key, value FROM {table} WHERE run_uuid = ? LIMIT 2000", (run_id,))  # noqa: S608
            return {key: value for key, value in rows if _is_text(key) and _is_text(value)}

        facts = database.execute("SELECT name, status, start_time FROM runs WHERE run_uuid = ?", (run_id,)).fetchone()
        rows = database.execute("SELECT key, value, step, is_nan, timestamp FROM metrics WHERE run_uuid = ?", (run_id,))
        curves = _curves(rows, where)
        params, tags = texts("params"), texts("tags")
    name, state, started = facts or (None, None, None)
    name = name if isinstance(name, str) and name else tags.get("mlflow.runName")
    return _StoredRun(curves, params, name, state, started if isinstance(started, int) else None)


def _is_text(value: object) -> bool:
    """Whether a value is text within MLflow's length limit for names."""
    return isinstance(value, str) and len(value) <= _MAX_KEY


def _runs_in(opened: Opened) -> list[tuple[str, str]]:
    """The ids and names of the runs in a database, in the order of their start."""
    with open_database(opened, TABLES, PROGRAM) as database:
        rows = database.execute(
            "SELECT run_uuid, name, EXISTS (SELECT 1 FROM metrics WHERE metrics.run_uuid = runs.run_uuid) FROM runs "
            "WHERE lifecycle_stage <> 'deleted' ORDER BY start_time, run_uuid LIMIT ?",
            (MAX_RUNS,),
        ).fetchall()
    if not rows:
        raise SourceError(f"{opened.where}: the MLflow database has no runs. Train first, or check the path.")
    logged = [row for row in rows if row[2]] or rows  # the parents of nested runs have no metrics of their own
    return [(str(run_id), str(name or "")) for run_id, name, _ in logged]


def _experiments(opened: Opened) -> dict[str, str]:
    """The name of each run's experiment, by the id of the run; empty if all runs are of one."""
    try:
        with open_database(opened, TABLES | {"experiments"}, PROGRAM) as database:
            rows = database.execute(
                "SELECT run_uuid, experiments.name FROM runs JOIN experiments USING (experiment_id) "
                "WHERE runs.lifecycle_stage <> 'deleted' LIMIT ?",
                (MAX_RUNS,),
            ).fetchall()
    except SourceError:  # a copy without the table of experiments
        return {}
    found = {str(run_id): name for run_id, name in rows if isinstance(name, str)}
    return found if len(set(found.values())) > 1 else {}


def _parent(folder: str) -> str:
    """The folder of the experiment of a run."""
    return folder.rstrip("/").rpartition("/")[0]


def _experiment(opened: Opened, folder: str) -> str:
    """The name of the experiment in a folder; that of the folder if its name is not stored."""
    file = f"{folder}/meta.yaml"
    name = re.search(r"^name: (.{1,200})$", _text(opened, file), re.MULTILINE) if opened.sample.holds(file) else None
    return (name[1].strip("'\"") if name else "") or folder.rpartition("/")[2]


def _curves(rows: Iterable[tuple[Any, ...]], where: str) -> StepCurves:
    """The rows of the table of metrics as curves."""
    piles: dict[str, tuple[array[float], array[float], array[float]]] = {}
    for number, (key, value, step, is_nan, time) in enumerate(rows, 1):
        check_values(number, where)
        numbers = all(isinstance(cell, int | float) for cell in (value, step, is_nan, time))
        if not numbers or not _is_text(key):
            raise SourceError(
                f"{where}: metric {cited_name(key)} has the value {cited(value)} at step {cited(step)}; MLflow stores "
                "numbers. Copy the database again."
            )
        pile = piles.get(key)
        if pile is None:
            check_columns(len(piles) + 1, where)
            pile = piles[key] = (array("d"), array("d"), array("d"))
        value = math.nan if is_nan else math.copysign(math.inf, value) if abs(value) >= _INFINITE else value
        for cells, cell in zip(pile, (step, value, time), strict=True):
            cells.append(cell)
    curves = {}
    for key, pile in piles.items():
        steps, values, times = map(np.array, pile)
        order = np.argsort(times, kind="stable")
        curves[key] = steps[order], values[order]
    return curves


def _read_folder(opened: Opened, folder: str) -> _StoredRun:
    """The run in a run folder."""
    where = opened.where
    files = [file for file in opened.sample.files or () if file.startswith(folder)]
    said: list[Note] = []
    curves: StepCurves = {}
    total = 0
    for file in files:
        if file.startswith(f"{folder}metrics/"):
            check_columns(len(curves) + 1, where)
            curve = _curve(_text(opened, file), file, where, said)
            curves[file.removeprefix(f"{folder}metrics/")] = curve
            total += len(curve[0])
            check_values(total, where)
    stored = [(file.removeprefix(f"{folder}params/"), file) for file in files if file.startswith(f"{folder}params/")]
    stored.sort(key=lambda each: not (_OPTIMIZER.fullmatch(each[0]) or each[0] in _PARAMS))
    params = {name: _text(opened, file).strip() for name, file in stored[: 2 * _MAX_PARAMS]}
    meta = _text(opened, f"{folder}meta.yaml")  # only plain numbers are needed, so it is not parsed as YAML
    state = re.search(r"^status: (\d)$", meta, re.MULTILINE)
    started = re.search(r"^start_time: (\d{1,15})$", meta, re.MULTILINE)
    return _StoredRun(
        curves,
        params,
        _title(opened, folder),
        _STATES.get(state[1]) if state else None,
        int(started[1]) if started else None,
        tuple(dict.fromkeys(said)),
    )


def _title(opened: Opened, folder: str) -> str | None:
    """The name of the run in a folder."""
    file = f"{folder}tags/mlflow.runName"
    return _text(opened, file).strip() if opened.sample.holds(file) else None


def _text(opened: Opened, file: str) -> str:
    """The text of one of the run's files, which may be empty. Links that leave the folder are refused."""
    if opened.path is not None and not (opened.path / file).resolve().is_relative_to(opened.path.resolve()):
        raise SourceError(
            f"{opened.where}: {quoted(file)} links to a file outside the folder. Replace it by the file, or remove it."
        )
    with opened.file(file) as stored:
        return stored.text() if stored.sample.head.strip() else ""


def _curve(text: str, file: str, where: str, said: list[Note]) -> tuple[np.ndarray, np.ndarray]:
    """Parses a file of lines ``time value step``; the last line may be incomplete."""
    check_values(text.count("\n"), where)
    if not text.endswith("\n"):
        text = text[: text.rfind("\n") + 1]
        said.append(Note("last-line"))
    steps, values = array("d"), array("d")
    damaged: list[tuple[int, str]] = []
    for number, line in enumerate(io.StringIO(text), 1):
        found = _LINE.fullmatch(line.strip())
        try:
            if found is None:
                raise ValueError
            value, step = float(found["value"].replace("_", "x")), float(found["step"] or 0)
        except ValueError:
            damaged.append((number, line.strip()))
            continue
        values.append(value)
        steps.append(step)
    if damaged:
        number, line = damaged[0]
        place = f"{where}/{printable(file)}"
        if len(damaged) >= len(values):
            raise SourceError(
                f"{place}: line {number} is {cited(line)}; MLflow writes a time, a value and a step. Remove the line."
            )
        said.append(Note.of("damaged-lines", count=len(damaged), lines=short_names(str(n) for n, _ in damaged)))
    return np.array(steps), np.array(values)


FORMAT: Final = Format("mlflow", "MLflow run", _recognise, _read, runs=_folders)
