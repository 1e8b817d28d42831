"""Reads JSON, or what Python printed, with the history of a training run: lists per metric, or an object per epoch.

The history may be at the top or deeper in the document, beside settings and results, and there may be several.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import is_loss, parse_key, role, words_of
from reportgen.metrics.roles import is_rate
from reportgen.options import ReadOptions
from reportgen.sources.dumped_histories import dumps_in, is_all_that_is_logged
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_curves import Leaves, is_curve, is_generic, is_numeric, names_metric
from reportgen.sources.json_runs import JsonRun, json_runs
from reportgen.sources.json_text import parse_json, sound_rows
from reportgen.sources.literals import parse_literal
from reportgen.sources.objects.boosters import with_booster_directions
from reportgen.sources.objects.mappings import read_mapping
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.row_log import history_of_rows
from reportgen.sources.source_runs import Runs, changed, last_run
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_columns, runs_by_name
from reportgen.sources.table.limits import check_columns
from reportgen.sources.table.naming import EPOCH_NAMES, STEP_NAMES
from reportgen.sources.table.other_tables import refuse_bare_splits
from reportgen.sources.training_signs import is_rate_finder, is_training_metric

_PYTHON: Final = re.compile(  # the beginning of what Python prints, or of an assignment
    r"(?:\s|\#[^\n]*+\n|//[^\n]*+\n)*+(?:(?:var|let|const|export|default)\s{1,9})*+"
    r"(?:[^\W\d][\w.]{0,60}(?:\[[^\]\n]{1,40}\])?\s{0,9}(?::[^=\n]{1,60})?=\s{0,9})?"
    r"(?:(?:collections\.)?(?:defaultdict|OrderedDict|dict_keys|dict_items|dict|DictWrapper)\(|[{\[])"
)
_PRINTED: Final = re.compile(  # a list of dicts, or a dict of lists or dicts
    r"[\[{(=:]\s{0,9}\{\s{0,9}['\"]|\{\s{0,9}['\"][^'\"\n]{1,60}['\"]\s{0,9}:\s{0,9}(?:[\w.]{1,20}\()?[\[{]"
)
_ENCODED: Final = re.compile(r'"\s{0,9}(?:\\{1,9}")?[\[{]\s{0,9}(?:\\{1,9}[nrt"]|\[|\{)')
_OF_HISTORIES: Final = re.compile(r"\[\s*+\{[^\[{}\]]*+\[")
_OF_TRAINER: Final = ("_runtime", "_samples_per_second", "_steps_per_second")
_AXES: Final = frozenset((*EPOCH_NAMES, *STEP_NAMES))
_FINAL: Final = frozenset(["test", "best", "final"])
_SEARCH: Final = frozenset(["trial_id", "hyperparameters"])
_MAX_ENCODED: Final = 3  # times that a document is encoded


def _recognise(sample: Sample) -> Fit:
    text = sample.text
    if text.startswith("{") or _ENCODED.match(text) or _OF_HISTORIES.match(text):
        return Fit.POSSIBLE
    if text.startswith("["):
        return Fit.NO
    if _PRINTED.search(text):
        return Fit.CERTAIN if is_all_that_is_logged(text, dumps_in(text)) else Fit.POSSIBLE
    return Fit.POSSIBLE if _PYTHON.match(text) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    return read_document(named_list(parse_document(opened.text(), where), opened.sample.name), where, options)


def parse_document(text: str, where: str) -> Any:
    """Parses JSON, JSON in a JSON string, JSON with comments, or what Python prints.

    Raises:
        SourceError: it is something else.
    """
    try:
        found = parse_json(text, where)
    except SourceError as fault:
        found = _printed(text, where, fault)
    for _ in range(_MAX_ENCODED):
        if not isinstance(found, str) or not found.lstrip().startswith(("{", "[", '"')):
            break
        found = parse_document_once(found, where)
    return found


def named_list(document: Any, name: str) -> Any:
    """A list of numbers in a file that has the name of a metric, such as ``val_loss.json``, as an object."""
    stem = name.partition(".")[0]
    is_named = isinstance(document, list) and bool(document) and names_metric(stem) and is_curve(document)
    return {stem: document} if is_named else document


def parse_document_once(text: str, where: str) -> Any:
    """Parses JSON or what Python prints."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return parse_literal(text, where)


def _printed(text: str, where: str, fault: SourceError) -> Any:
    """What Python printed, at the beginning of a text or within it."""
    begins = _PYTHON.match(text) is not None
    if begins:
        try:
            return parse_literal(text, where)
        except SourceError as error:
            if not re.match(r'\s*[\[{]\s*(?:"|\d|\[|\{)', text) or "shortened" in str(error):
                fault = error  # otherwise it is damaged JSON
    dumps = [dump.document for dump in dumps_in(text)]
    if not dumps:
        raise fault
    return dumps[0] if len(dumps) == 1 else dumps


def read_document(document: Any, where: str, options: ReadOptions) -> TrainingHistory | Runs:
    """The run or the runs in a parsed document.

    Raises:
        SourceError: it has none.
    """
    if isinstance(document, dict) and options.format is None and not options.columns:
        refuse_other_lists(document, where)
    runs, leaves = json_runs(document, any_names=options.format is not None or bool(options.columns))
    if isinstance(document, dict) and document.keys() >= _SEARCH:
        raise _no_history(document, leaves, where)
    if len(runs) > 1:
        found: dict[str, Callable[[], TrainingHistory]] = {}
        for run in runs:
            found |= _readers(run, where, options)
        readers = list(found.values())
        return Runs(tuple(found), lambda index: readers[index]())
    if runs:
        return _read_run(runs[0], where, options)
    if isinstance(document, dict):
        if document and all(isinstance(value, list) and value and is_curve(value) for value in document.values()):
            return _read_unknown(document, where, options)
        if is_row(document):
            refuse_results(document, where)
            return history_from_columns({key: [value] for key, value in document.items()}, where=where, options=options)
        if document and not any(isinstance(value, list | dict) for value in document.values()):
            raise no_curves(list(document), where)
        if any(len(path) == 1 for path, _ in leaves.scalars) and not (leaves.found or leaves.left_out):
            raise no_curves(list(dict.fromkeys(path[-1] for path, _ in leaves.scalars)), where)
        if not document or any(
            is_loss(key) and not (isinstance(value, dict) and any(isinstance(part, list) for part in value.values()))
            for key, value in document.items()
        ):
            return read_mapping(document, options=options, where=where)  # raises the error that says what is wrong
    log = Logged(where)
    if isinstance(document, list) and any(isinstance(row, dict) for row in document):
        return history_of_rows(sound_rows(document, log), log, options)
    raise _no_history(document, leaves, where)


def _readers(run: JsonRun, where: str, options: ReadOptions) -> dict[str, Callable[[], TrainingHistory]]:
    """How to read a run, by its name; several if its rows are of several runs."""
    if not run.rows and not runs_by_name(list(run.columns), options.columns, None):
        return {run.name: lambda: last_run(_read_run(run, where, options))}
    read = _read_run(run, where, options)
    if not isinstance(read, Runs):
        return {run.name: lambda: read}
    return {f"{run.name}, {name}": partial(read.read, index) for index, name in enumerate(read.names)}


def _read_run(run: JsonRun, where: str, options: ReadOptions) -> TrainingHistory | Runs:
    if not run.rows:
        found = read_mapping(run.columns, options=options, where=where, run=run.facts)
        return changed(found, with_booster_directions) if run.facts.tool == "boosting" else found
    return history_of_rows(run.rows, Logged(where), options, run.facts)


def _no_history(document: Any, leaves: Leaves, where: str) -> SourceError:
    """The error for a document without a history."""
    if isinstance(document, list):
        return SourceError(
            f"{where}: this JSON is not a list with one object per epoch, such as "
            '[{"epoch": 1, "loss": 0.5}]. Save history.history instead.'
        )
    if isinstance(document, dict) and document.keys() >= _SEARCH:
        return SourceError(
            f"{where}: this is a result of a search for hyperparameters (KerasTuner), not a history. Pass CSVLogger to "
            "tuner.search(callbacks=[...]) and report on its files."
        )
    if not isinstance(document, dict):
        return SourceError(
            f"{where}: this JSON is not an object with one list of numbers per metric. "
            "Save it with json.dump(history.history, file)."
        )
    if leaves.scalars and not leaves.found and not leaves.left_out:
        return no_curves(list(dict.fromkeys(path[-1] for path, _ in leaves.scalars if path)), where)
    lists = [leaf.path for leaf in leaves.found if not leaf.rows]
    if open_lists := [path[-1] for path in lists if all(map(is_generic, path[:-1]))]:
        return _unknown_lists(open_lists, where)
    return SourceError(
        f"{where}: this JSON has no history: one list of numbers per metric, or one object per epoch, is needed. "
        "Save it with json.dump(history.history, file)."
    )


def no_curves(names: list[str], where: str) -> SourceError:
    """The error for settings or results: single values without epochs."""
    check_columns(len(names), where)
    if any(map(is_training_metric, names)):
        return SourceError(
            f"{where}: it has only single values ({cited_names(names)}), as final results do; a history has the "
            "values of each epoch. Pass the log, CSV or JSON that the training wrote."
        )
    return SourceError(
        f"{where}: it has only single values ({cited_names(names)}), as settings do; a history has one list of numbers "
        "per metric. Save it with json.dump(history.history, file)."
    )


def _unknown_lists(names: list[str], where: str) -> SourceError:
    refuse_bare_splits(names, where)
    return SourceError(
        f"{where}: this JSON has no history: none of its lists is a training metric ({cited_names(names)}). If it is "
        'one, read it with --format json (in Python: format="json").'
    )


def _read_unknown(columns: dict[str, Any], where: str, options: ReadOptions) -> TrainingHistory | Runs:
    """Reads lists of which no name is that of a known metric, if they have validation or the user names the format."""
    if options.format is None and not options.columns and not any(f"val_{name}" in columns for name in columns):
        raise _unknown_lists(list(columns), where)
    return read_mapping(columns, options=options, where=where)


def refuse_other_lists(columns: Mapping[str, Any], where: str) -> None:
    """Refuses lists that have a value for something else than an epoch."""
    reason = None
    if {"fit_time", "score_time"} <= columns.keys():  # of scikit-learn's cross_validate
        reason = "it has the scores of a cross-validation, with one value per fold"
    for name, values in columns.items():
        is_list = isinstance(values, list) and len(columns) > 1 and all(map(is_numeric, values))
        if is_list and is_rate(name) and is_rate_finder([float(value) for value in values]):
            reason = "it is the curve of a learning rate finder: the learning rate rises with every value"
    if reason is not None:
        raise SourceError(
            f"{where}: this does not look like a training log: {reason}. Pass the history of a training run. If it is "
            'one, read it with --format json (in Python: format="json").'
        )


def refuse_results(row: dict[str, Any], where: str) -> None:
    """Refuses a single object with settings or final results instead of an epoch."""
    check_columns(len(row), where)
    if "_step" in row and "_runtime" in row:
        raise SourceError(
            f"{where}: this is the summary of a run of Weights & Biases, which has only the last values. Pass the "
            "offline run (run-*.wandb), or the history exported as CSV."
        )
    if any(name.endswith(_OF_TRAINER) for name in row):
        raise SourceError(
            f"{where}: it has only the final results of Trainer ({cited_names(list(row))}); a history has a row for "
            "each logged step. Use trainer_state.json, which Trainer saves in each checkpoint."
        )
    metrics = [name for name in row if names_metric(name) and _FINAL.isdisjoint(words_of(name))]
    is_counted = any(name.lower() in _AXES for name in row)
    splits = {parse_key(name)[1] for name in metrics}
    counted = [name for name, value in row.items() if is_numeric(value)]
    others = [
        name for name in counted if not names_metric(name) and name.lower() not in _AXES and role(name) == "result"
    ]
    if not metrics or not (is_counted or len(splits) > 1) or len(others) >= max(1, len(metrics)):
        raise no_curves(list(row), where)


def is_row(data: dict[str, Any]) -> bool:
    """Whether an object has the values of one epoch, not a list per metric."""
    values = data.values()
    return not any(isinstance(value, list | dict) for value in values) and any(map(is_numeric, values))


FORMAT: Final = Format("json", "history JSON", _recognise, _read, takes=frozenset({"columns", "validation_freq"}))
