"""Reads TensorBoard event files: one file, or the folder of a run.

A run is a folder with event files, or with those of Keras' callback in ``train/`` and ``validation/`` below it. If
Keras logged tags per epoch (``epoch_loss``), those are used; ``batch_loss`` and the like only if there are no others.
Folders that torch's ``add_scalars`` creates in a run are curves of that run. If steps repeat, such as after a restart,
the last logged values are used, as in TensorBoard; a file whose steps begin again is another run. Only scalars are
read.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.metrics import join_key, parse_key
from reportgen.options import ReadOptions
from reportgen.sources.flat_yaml import read_settings
from reportgen.sources.format import Fit, Format
from reportgen.sources.formats.tensorboard.event_runs import Files, divide_files
from reportgen.sources.formats.tensorboard.events import EventScalars, TagCurve
from reportgen.sources.formats.tensorboard.records import HEADER_BYTES, length_is_right
from reportgen.sources.json_settings import read_json_settings
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs, runs_in_folders
from reportgen.sources.table.axis import repeated_note
from reportgen.sources.table.cells import Column, Logged
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.naming import EPOCH, EPOCH_NAMES, STEP, TRAIN_WORDS, VALIDATION_WORDS, name_columns
from reportgen.text import natural_order, printable

_IN_NAME: Final = "tfevents"  # TensorBoard recognises its files by this
_MARK: Final = b"brain.Event:"  # in the first record
_MARK_BYTES: Final = 64  # the mark is within this many bytes of the file's start
_PER_EPOCH: Final = re.compile(r"epoch_(?P<metric>.+)", re.DOTALL)
_PER_STEP: Final = re.compile(r"batch_(?P<metric>.+)|evaluation_(?P<evaluated>.+)_vs_iterations", re.DOTALL)
_KERAS_EPOCHS: Final = "epoch_loss"
_NO_METRICS: Final = ("hp_metric",)  # Lightning's placeholder in the table of hyperparameters
_HPARAMS: Final = "hparams.yaml"  # of Lightning
_RAY_PARAMS: Final = "params.json"
_RAY: Final = "ray/tune/"  # before the names of metrics
_OF_RAY: Final = re.compile(  # what Ray Tune adds to them
    r"time_(this_iter|total|since_restore)(_s)?|(iterations|timesteps|episodes)_(since_restore|total)|"
    r"training_iteration|pid|timestamp|done|checkpoint_dir_name"
)
_TOOLS: Final = {  # by a tag that only one tool writes
    "rollout/ep_rew_mean": "stable-baselines3",
    "time/fps": "stable-baselines3",
    "train/total_flos": "transformers",
    "train/train_runtime": "transformers",
}
_KERAS_STEPS: Final = "batch_loss"


@dataclass(frozen=True)
class _RunTag:
    """The name of a curve, and its folder in the run, such as ``validation``; empty for the run itself."""

    part: str
    tag: str

    @property
    def name(self) -> str:
        return f"{self.part}/{self.tag}" if self.part else self.tag


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:
        return Fit.LIKELY if any(map(_is_event_file, sample.files)) else Fit.NO
    if sample.head and not length_is_right(sample.head[:HEADER_BYTES]):
        return Fit.NO
    if _MARK in sample.head[:_MARK_BYTES]:
        return Fit.CERTAIN
    return Fit.LIKELY if _is_event_file(sample.name) else Fit.NO


def _is_event_file(path: str) -> bool:
    return _IN_NAME in path.rpartition("/")[2]


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    if opened.sample.files is None:
        said: dict[Note, None] = {}
        curves = {_RunTag("", tag): curve for tag, curve in _scalars(opened, [], said).items()}
        return _checked(curves, opened.where, options, said)
    folders: dict[str, list[str]] = {}
    for file in filter(_is_event_file, opened.sample.files or ()):
        folders.setdefault(file.rpartition("/")[0], []).append(file)
    parts = _parts(folders)
    roots = sorted({parts.get(folder, folder) for folder in folders}, key=natural_order)
    highest = [root for root in roots if not any(_is_within(root, other) for other in roots)]
    if not highest:
        raise SourceError(f"{opened.where}: the folder has no event files. Check the path.")
    if len(highest) == 1 and options.run is not None:
        highest = roots  # runs inside a run are left out unless they are chosen

    names: list[str] = []
    runs: list[tuple[str, Files]] = []
    for root in highest:
        own = {folder: folders[folder] for folder in folders if folder == root or parts.get(folder) == root}
        telling = min(own, key=lambda folder: (_last(folder) not in TRAIN_WORDS, folder))
        found = divide_files(own, telling, lambda file: _scalars_or_none(opened, file))
        runs += [(root, files) for files in found]
        names += (
            [root] if len(found) == 1 else [f"{root}, fit {n}".removeprefix(", ") for n in range(1, len(found) + 1)]
        )

    def read(index: int) -> TrainingHistory:
        root, own = runs[index]
        mine = [folder for folder in own if folder != root]
        others = [folder for folder in folders if _is_within(folder, root) and parts.get(folder) != root]
        said: dict[Note, None] = {}
        curves = _curves_of_run(opened, {**folders, root: [], **own}, (root, *mine), others, said)
        history = _checked(curves, opened.where, options, said)
        return history.with_run(replace(history.run, params=_settings(opened, root)))

    return runs_in_folders(names, read)


def _settings(opened: Opened, root: str) -> tuple[tuple[str, str], ...]:
    """The settings that Lightning or Ray Tune has stored beside the events."""
    place = f"{root}/" if root else ""
    return read_settings(opened, [f"{place}{_HPARAMS}"]) or read_json_settings(opened, f"{place}{_RAY_PARAMS}")


def _checked(
    curves: dict[_RunTag, TagCurve], where: str, options: ReadOptions, said: dict[Note, None]
) -> TrainingHistory:
    """The history of these curves, of which there must be at least one."""
    if not curves:
        raise SourceError(f"{where}: it has no scalars. Train for an epoch, or log a loss with add_scalar.")
    return _history(curves, where, options, said)


def _curves_of_run(
    opened: Opened, folders: Mapping[str, list[str]], own: Sequence[str], others: Sequence[str], said: dict[Note, None]
) -> dict[_RunTag, TagCurve]:
    """The curves of a run.

    Args:
        opened: The opened folder.
        folders: The event files in each folder.
        own: The folder of the run, and its training and validation folders.
        others: Other folders within it.
        said: Notes, to which others are added.
    """
    root = own[0]
    curves: dict[_RunTag, TagCurve] = {}
    for folder in own:
        part = folder.rpartition("/")[2] if folder != root else ""
        if folders.get(folder):
            scalars = _scalars(opened, folders[folder], said)
            curves |= {_RunTag(part, tag): curve for tag, curve in scalars.items()}
    left_out = []
    for folder in others:
        scalars = _scalars(opened, folders[folder], {})
        within = folder.removeprefix(f"{root}/") if root else folder
        tag, curve = next(iter(scalars.items()), ("", None))
        group = tag.replace("/", "_") + "_"
        if len(scalars) == 1 and curve is not None and within.replace("/", "_").startswith(group):
            curves[_RunTag("", f"{tag}/{within[len(group) :]}")] = curve
        elif scalars:
            left_out.append(within)
    if left_out:
        said[Note.of("other-runs", folders=short_names(left_out))] = None
    return curves


def _scalars_or_none(opened: Opened, file: str) -> dict[str, TagCurve]:
    """The curves in a file of a folder; empty if it is damaged, which is reported when its run is read."""
    try:
        return _scalars(opened, [file], {})
    except SourceError:
        return {}


def _parts(folders: Collection[str]) -> dict[str, str]:
    """The training and validation folders among those with event files, and the folder of the run of each."""
    trained = {folder.rpartition("/")[0] for folder in folders if _last(folder) in TRAIN_WORDS}
    return {
        folder: parent
        for folder in folders
        if _last(folder) in TRAIN_WORDS + VALIDATION_WORDS
        and folder
        and ((parent := folder.rpartition("/")[0]) in folders or parent in trained)
    }


def _folders(sample: Sample) -> set[str]:
    """The folders of runs within a folder; "" is the folder itself."""
    folders = {file.rpartition("/")[0] for file in filter(_is_event_file, sample.files or ())}
    parts = _parts(folders)
    return {parts.get(folder, folder) for folder in folders}


def _last(folder: str) -> str:
    return folder.rpartition("/")[2].lower()


def _is_within(folder: str, other: str) -> bool:
    return folder != other and (not other or folder.startswith(f"{other}/"))


def _scalars(opened: Opened, files: list[str], said: dict[Note, None]) -> dict[str, TagCurve]:
    """The curves from all files of a folder, read in order, or from the source itself if it is a file."""
    scalars = EventScalars(opened.where)
    damage = None
    for file in files or [""]:
        place = opened.place(file) if file else opened.where
        if file:
            with opened.file(file) as one:
                n_records, breaks_off, is_damaged = scalars.add_file(one.chunks(), place)
        else:
            n_records, breaks_off, is_damaged = scalars.add_file(opened.chunks(), place)
        if breaks_off:
            said[Note("last-record")] = None
        if is_damaged:
            damage = damage or f"{place}: record {n_records + 1:,}"
            name = printable(file or opened.sample.name, 60) or "standard input"
            said[Note.of("damaged-record", number=n_records + 1, file=name)] = None
    curves = scalars.curves()
    if damage and not curves:
        raise SourceError(f"{damage} is damaged, and there is no scalar before it. Copy the file again.")
    return curves


def _history(
    curves: dict[_RunTag, TagCurve], where: str, options: ReadOptions, said: dict[Note, None]
) -> TrainingHistory:
    """Joins the curves by their steps."""
    curves = _without_ray(curves)
    tags = {tag.tag for tag in curves}
    counted, known = STEP, None
    if _KERAS_EPOCHS in tags:
        counted, known = EPOCH, _keras_epochs(curves, said)
    elif _KERAS_STEPS in tags:
        known = _keras_steps(curves)
    taken: dict[str, TagCurve] = {}
    for tag in list(curves):
        name = tag.name.strip()
        if name in taken:
            raise SourceError(f"{where}: tag {cited_name(name)} occurs twice. Rename one.")
        taken[name] = _last_written(curves.pop(tag))
    tool = "keras" if known is not None else _tool(taken)
    for name in {"", STEP, counted, *_NO_METRICS}:
        taken.pop(name, None)
    if not taken:
        raise SourceError(f"{where}: it has no scalars other than the step. Log a loss.")
    steps = _union(curve.steps for curve in taken.values())
    if known is None:
        keys, _ = name_columns([STEP, *taken], options, where=where)
        if EPOCH not in keys.values() and _are_epochs(steps, taken, keys):
            counted = EPOCH
            taken.pop(EPOCH, None)
    offset = 1 if counted == EPOCH and (known is not None or steps[0] == 0) else 0
    others = {name: curve for name, curve in taken.items() if name not in EPOCH_NAMES}
    resumed_at = _note_repeated(others, counted, offset, said)  # Lightning logs the epoch several times at a step
    log = Logged(where)
    log.add_column(counted, Column(np.arange(len(steps)), steps.astype(np.float64) + offset))
    for name in list(taken):
        curve = taken.pop(name)  # frees its memory as soon as it is copied
        rows = np.arange(len(steps)) if len(curve.steps) == len(steps) else np.searchsorted(steps, curve.steps)
        log.add_column(name, Column(rows, curve.values))
    run = RunFacts(resumed_at=resumed_at, notes=tuple(said), tool=tool)
    return history_from_log(log, options=options, known=known, run=run)


def _without_ray(curves: dict[_RunTag, TagCurve]) -> dict[_RunTag, TagCurve]:
    """The metrics of the program in a log of Ray Tune, by their own names; any other log as it is."""
    own = {tag: tag.tag.removeprefix(_RAY) for tag in curves if tag.tag.startswith(_RAY)}
    kept = {
        replace(tag, tag=own.get(tag, tag.tag)): curve
        for tag, curve in curves.items()
        if not _OF_RAY.fullmatch(own.get(tag, ""))
    }
    return kept if own and len(kept) + len(own) > len(curves) else curves


def _tool(names: Iterable[str]) -> str | None:
    """The tool that writes such tags; None if several do."""
    for name in names:
        if name in _NO_METRICS:
            return "lightning"
        if name in _TOOLS:
            return _TOOLS[name]
    return None


def _keras_epochs(curves: dict[_RunTag, TagCurve], said: dict[Note, None]) -> dict[str, str]:
    """Removes Keras curves that are not logged per epoch, and returns the meanings of the others."""
    epochs = _union(curve.steps for tag, curve in curves.items() if _PER_EPOCH.fullmatch(tag.tag))
    validated = _validated(curves)
    metrics: dict[_RunTag, str] = {}
    left_out = []
    for tag in curves:
        if found := _PER_EPOCH.fullmatch(tag.tag):
            metrics[tag] = found["metric"]
        elif found := _PER_STEP.fullmatch(tag.tag):
            left_out += [tag.name] * (found["evaluated"] is None)  # epoch_* has the same evaluation values
        elif np.isin(curves[tag].steps, epochs).all():
            metrics[tag] = tag.tag
        else:
            left_out.append(tag.name)
    for tag in curves.keys() - metrics.keys():
        del curves[tag]
    if left_out:
        said[Note.of("other-steps", columns=short_names(left_out))] = None
    return _keys(metrics, validated)


def _keras_steps(curves: dict[_RunTag, TagCurve]) -> dict[str, str]:
    """The meanings of the Keras curves logged per step."""
    found = {tag: _PER_STEP.fullmatch(tag.tag) for tag in curves}
    metrics = {tag: tag.tag if match is None else match["metric"] or match["evaluated"] for tag, match in found.items()}
    return _keys(metrics, _validated(curves))


def _validated(curves: Iterable[_RunTag]) -> set[str]:
    """The parts of a Keras run that contain its validation, recognised by name or by tags that only validation has."""
    evaluated = {tag.part for tag in curves if (found := _PER_STEP.fullmatch(tag.tag)) and found["evaluated"]}
    return evaluated | {tag.part for tag in curves if tag.part.lower() in VALIDATION_WORDS}


def _keys(metrics: Mapping[_RunTag, str], validated: set[str]) -> dict[str, str]:
    """Names as Keras logs them, by name in the log. If several mean the same, all but the first keep their name."""
    keys: dict[str, str] = {}
    for tag, metric in metrics.items():
        keys.setdefault(join_key(metric, "validation" if tag.part in validated else "train"), tag.name.strip())
    known = {name: key for key, name in keys.items()}
    return {tag.name.strip(): known.get(tag.name.strip(), tag.name.strip()) for tag in metrics}


def _last_written(curve: TagCurve) -> TagCurve:
    """Removes values whose step was logged again later, so that steps ascend."""
    ahead = np.diff(curve.steps) > 0
    if ahead.all():
        return curve
    lowest_after = np.minimum.accumulate(curve.steps[::-1])[::-1][1:]
    counts = np.append(curve.steps[:-1] < lowest_after, True)
    again = (int(curve.steps[1:][~ahead].min()), int(curve.steps[~counts].max()))
    goes_back = bool((np.diff(curve.steps) < 0).any())
    return TagCurve(curve.steps[counts], curve.values[counts], again, goes_back)


def _note_repeated(taken: Mapping[str, TagCurve], counted: str, offset: int, said: dict[Note, None]) -> tuple[int, ...]:
    """Notes which steps were logged more than once, and returns the epoch at which training was resumed."""
    again = [curve.again for curve in taken.values() if curve.again]
    if not again:
        return ()
    first, last = (min(low for low, _ in again) + offset, max(high for _, high in again) + offset)
    said[repeated_note(first, last, "step" if counted == STEP else "epoch")] = None
    if counted == STEP:
        return ()
    begins_before = any(curve.steps[0] + offset < first for curve in taken.values())
    return (first,) if begins_before and any(curve.goes_back for curve in taken.values()) else ()


def _union(columns: Iterable[np.ndarray]) -> np.ndarray:
    """All distinct steps, ascending."""
    union, *others = columns
    for steps in others:
        if not np.array_equal(union, steps):
            union = np.union1d(union, steps)
    return union


def _are_epochs(steps: np.ndarray, taken: Mapping[str, TagCurve], keys: Mapping[str, str]) -> bool:
    """Whether steps are epochs: they are 0, 1, 2, ..., and each has a validation value."""
    counts = steps[0] in (0, 1) and (np.diff(steps) == 1).all()
    return bool(counts) and any(
        len(curve.steps) == len(steps) and parse_key(keys.get(name, name))[1] == "validation"
        for name, curve in taken.items()
    )


FORMAT: Final = Format("tensorboard", "TensorBoard event files", _recognise, _read, runs=_folders)
