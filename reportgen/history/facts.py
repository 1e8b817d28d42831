"""What is known about a run besides its curves, and the checks of these facts."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Final, Literal, get_args

from reportgen.errors import HistoryError
from reportgen.history.additions import Addition, is_addition
from reportgen.history.evaluation import Evaluation, is_evaluation
from reportgen.history.notes import Note, is_note, is_text
from reportgen.history.resource_use import ResourceUse, is_resources
from reportgen.metrics import is_direction, parse_key
from reportgen.text import cited, listed

MAX_EPOCH: Final = 2**53  # above this, JSON readers in other languages cannot represent all integers
OBJECTIVE: Final = "objective"  # the setting with the curve that a search or a tool optimises, named as Keras logs it
MAX_PAGE_VALUES: Final = 200_000  # in a page, about 4 MB; for longer runs it contains only what its charts show

Status = Literal["unknown", "completed", "stopped-early", "interrupted"]


@dataclass(frozen=True)
class Layer:
    """One layer, as in Keras' ``model.summary()``."""

    name: str
    kind: str
    output_shape: str
    parameters: int


@dataclass(frozen=True)
class EarlyStopping:
    """The EarlyStopping callback of a run.

    Attributes:
        monitor: The monitored curve, named as Keras logs it; empty if unknown.
        patience: Number of evaluations without improvement before it stops training.
        restored_epoch: Epoch (1-based) whose weights it restored; None if it kept the last ones.
        restores: Whether it is set to restore the best weights; None if unknown.
    """

    monitor: str
    patience: int
    restored_epoch: int | None = None
    restores: bool | None = None


@dataclass(frozen=True)
class RunFacts:
    """What is known about a run besides its curves. Unknown facts are None or empty.

    Attributes:
        title: A name for the run, shown as the report's heading.
        source_title: The heading of the report that the run was read from, if that came from the names of a folder and
            a file. Runs that differ only in it are equal.
        status: How training ended. ``stopped-early``: by the program, such as EarlyStopping. ``interrupted``: from
            outside, or by a crash.
        epochs_planned: The last planned epoch (``epochs`` of ``fit``), 1-based.
        durations_s: Seconds per epoch, one for each epoch of the history.
        started_at: Start of training, ISO 8601 with time zone.
        parameters: Number of weights.
        trainable_parameters: Number of trainable weights.
        optimizer: Class name of the optimizer.
        optimizer_settings: Scalar settings of the optimizer by name, as text.
        steps_per_epoch: Optimizer steps per epoch.
        test_results: What the program printed or logged after training, such as by ``model.evaluate``: (name, value),
            finite, in the metric's own unit. Never part of the curves.
        evaluation: The scores on data that the model was not trained on, as `reportgen.evaluate` makes them.
        output_evaluations: The same for each output of a model with several: (name of the output, evaluation).
        resources: What it used of its machine, sampled while it ran; None if nothing was sampled.
        params: Settings and other single values in the log, as text by name.
        settings: What the recorder found out about the training, as text by name: ``batch_size``, ``dropout.rate``.
        provenance: Where the run comes from, as text by name: ``commit``, ``branch``, ``command``.
        tags: Labels that the user gave the run.
        additions: Notes, figures and tables that the user added to the report, in order.
        tool: The tool that trained or logged the run: a key such as ``keras``, ``lightning`` or ``xgboost``, which
            decides the words of the advice; None if unknown.
        counts_from: How the program counts epochs, which are 1-based here: from 0 or from 1; None if unknown.
        resumed_at: The first epoch (1-based) of each resumed run.
        backend: Package that Keras computed with, such as "jax".
        directions: Which values are better, as given by the user: (base name, "lower" or "higher").
        monitor: The curve to judge by, as given by the user: a base name, or a name as Keras logs it.
        notes: What readers of the report should know about how the run was recorded and read.
    """

    title: str | None = None
    source_title: str | None = field(default=None, compare=False)
    status: Status = "unknown"
    epochs_planned: int | None = None
    early_stopping: EarlyStopping | None = None
    durations_s: tuple[float, ...] = ()
    started_at: str | None = None
    model_name: str | None = None
    parameters: int | None = None
    trainable_parameters: int | None = None
    layers: tuple[Layer, ...] = ()
    optimizer: str | None = None
    optimizer_settings: tuple[tuple[str, str], ...] = ()
    loss: str | None = None
    steps_per_epoch: int | None = None
    test_results: tuple[tuple[str, float], ...] = ()
    evaluation: Evaluation | None = None
    output_evaluations: tuple[tuple[str, Evaluation], ...] = ()
    resources: ResourceUse | None = None
    params: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    additions: tuple[Addition, ...] = ()
    tool: str | None = None
    counts_from: int | None = None
    resumed_at: tuple[int, ...] = ()
    directions: tuple[tuple[str, str], ...] = ()
    monitor: str | None = None
    backend: str | None = None
    versions: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def evaluations(self) -> tuple[tuple[str, Evaluation], ...]:
        """All evaluations, each with the name of its output; that is empty for the evaluation of the whole model."""
        whole = () if self.evaluation is None else (("", self.evaluation),)
        return (*whole, *self.output_evaluations)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_EPOCH


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MAX_EPOCH


def _is_layer(value: object) -> bool:
    return (
        isinstance(value, Layer)
        and all(is_text(text) for text in (value.name, value.kind, value.output_shape))
        and _is_count(value.parameters)
    )


def _is_output_evaluation(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and bool(value[0])
        and is_text(value[0])
        and is_evaluation(value[1])
    )


def _is_early_stopping(value: object) -> bool:
    return (
        isinstance(value, EarlyStopping)
        and is_text(value.monitor)
        and _is_count(value.patience)
        and (value.restored_epoch is None or _is_count(value.restored_epoch))
        and (value.restores is None or isinstance(value.restores, bool))
    )


def valid_directions(directions: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The directions of a user as facts of a run. Those that are neither "lower" nor "higher" are left out."""
    pairs = directions.items()
    return tuple((parse_key(name)[0], way) for name, way in pairs if is_text(name) and is_direction(way))


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(is_text(text) for text in value)


def _is_result(value: object) -> bool:
    if not isinstance(value, tuple) or len(value) != 2 or not is_text(value[0]):
        return False
    return isinstance(value[1], int | float) and not isinstance(value[1], bool) and math.isfinite(value[1])


def _is_direction(value: object) -> bool:
    return isinstance(value, tuple) and _is_pair(value) and is_direction(value[1])


_Test = Callable[[object], bool]
_SINGLE_FACTS: Final[Mapping[str, tuple[_Test, str]]] = {
    **dict.fromkeys(
        ("title", "source_title", "started_at", "model_name", "optimizer", "loss", "tool", "monitor", "backend"),
        (is_text, "text"),
    ),
    **dict.fromkeys(
        ("epochs_planned", "parameters", "trainable_parameters", "steps_per_epoch", "counts_from"),
        (_is_count, "a whole number of 0 or more"),
    ),
    "evaluation": (is_evaluation, "an evaluation"),
    "resources": (is_resources, "a use of resources"),
    "early_stopping": (_is_early_stopping, "its monitor, patience and restored epoch"),
}
_LISTED_FACTS: Final[Mapping[str, tuple[_Test, str]]] = {
    "durations_s": (_is_duration, "a tuple of seconds"),
    "layers": (_is_layer, "a tuple of layers"),
    "optimizer_settings": (_is_pair, "a tuple of pairs of strings"),
    "test_results": (_is_result, "a tuple of pairs of a name and a finite number"),
    "output_evaluations": (_is_output_evaluation, "a tuple of pairs of a name and an evaluation"),
    "params": (_is_pair, "a tuple of pairs of strings"),
    "settings": (_is_pair, "a tuple of pairs of strings"),
    "provenance": (_is_pair, "a tuple of pairs of strings"),
    "tags": (is_text, "a tuple of strings"),
    "additions": (is_addition, "a tuple of notes, figures and tables"),
    "resumed_at": (lambda value: _is_count(value) and value != 0, "a tuple of epochs"),
    "directions": (_is_direction, 'a tuple of pairs of a metric and "lower" or "higher"'),
    "versions": (_is_pair, "a tuple of pairs of strings"),
    "notes": (is_note, "a tuple of notes"),
}


def check_run(run: RunFacts) -> None:
    """Raises a HistoryError for the first fact with an invalid value."""
    for item in fields(run):
        value = getattr(run, item.name)
        if item.name in _SINGLE_FACTS:
            fits, needed = _SINGLE_FACTS[item.name]
            good = value is None or fits(value)
        elif item.name in _LISTED_FACTS:
            fits, needed = _LISTED_FACTS[item.name]
            good = isinstance(value, tuple) and all(fits(entry) for entry in value)
        else:
            good, needed = value in get_args(Status), f"one of {listed(list(get_args(Status)))}"
        if not good:
            raise HistoryError(
                f"The run's {item.name} is {cited(value)}; {needed} is needed. Correct it or leave it out."
            )
