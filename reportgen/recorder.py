"""The recorder: records the training of any loop, such as one of PyTorch, JAX or `tf.GradientTape`.

No framework is imported. No failure here stops training; it becomes a single warning.
"""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, Unpack

from reportgen.errors import SettingsError
from reportgen.history.facts import MAX_EPOCH, RunFacts, Status
from reportgen.history.notes import Note, short_pairs
from reportgen.history.stored import pack_run
from reportgen.live.logged import KerasNames
from reportgen.live.provenance import used_device, versions
from reportgen.live.session import AddsToSession, Framework, Session
from reportgen.model_facts import read_model
from reportgen.options import BuildKeywords, Look, ReadOptions
from reportgen.text import quoted

if TYPE_CHECKING:
    from reportgen.report import Report

_LOOP: Final = Framework(has_parts=True, nothing="run.log() was not called")
_ONE_EACH: Final = "One recorder records one run: use a new Recorder for each."


class Recorder(AddsToSession):
    """Records a training loop and writes its report when the loop ends, even if it fails or is killed.

    Use it in a ``with`` statement around the loop, or call `finish` at the end. The report is refreshed while the loop
    runs. After an exception or Ctrl-C it says "interrupted". A killed run also leaves such a report, and a journal
    that a resumed run continues; see docs/recorder.md.

    Args:
        path: As for `ReportCallback`, with the same placeholders.
        title: Heading of the report.
        tags: Labels of the run, such as ``baseline``.
        epochs: How many epochs are planned, including those of earlier parts.
        params: Settings of the run, such as ``vars(args)``. Dictionaries in it become ``optimizer.beta``; values whose
            names say that they are secret are masked.
        model: The model, for its layers and number of parameters: a Keras model, a PyTorch module, or JAX
            weights in nested dictionaries. It is read when the first values are logged.
        seed: The seed of the random numbers, which cannot be read back from a framework.
        details: What else to record about where the run comes from: "command", "host", "user".
        baseline: As for `ReportCallback`, like all further arguments.
        email: One or more addresses to mail the report to.
        notify: Send a message to a webhook when the training ends: its address, or True for the one in
            ``REPORTGEN_WEBHOOK_URL``; see docs/webhooks.md.
        overwrite: Replace a file at the path even if reportgen did not write it, or another run did.
        verbose: 1 prints one line at the end, with path and verdict; 0 prints nothing.
        update_freq: "epoch", "batch", or a number N: which of the batches given to `log_batch` are logged.
        options: How the baseline is read, and directions, monitor and ignore for the run.
        look: How the report is presented.
        keywords: Fields of `ReadOptions` and `Look`, applied on top.

    Raises:
        SettingsError: ``update_freq``, ``epochs``, ``params``, ``model``, ``details``, ``notify``, a direction or a
            placeholder in the path is not valid.
        RenderError: two appearance options contradict each other, or the templates are not a folder.
        LanguageError: the language is not available.
        DiagnosisError: a finding to ignore does not exist.
        OutputError: the path is empty, a folder or not a path, or an email address is not valid.
        MissingExtraError: css-inline or Pillow, which mail needs, is not installed.

    Attributes:
        path: Where the report is: an absolute path, once the first values were logged; before, the path as given.
        report: The finished `reportgen.Report`, made on first use; None until the training has ended.

    Example:
        with reportgen.Recorder("report.html", title="First try") as run:
            for epoch in range(50):
                ...
                run.log(epoch=epoch, loss=loss, val_loss=val_loss)
    """

    _last: int
    _logged_at: float
    _named: set[str]

    def __init__(
        self,
        path: str | os.PathLike[str] = "report.html",
        *,
        title: str | None = None,
        tags: str | Iterable[str] | None = None,
        epochs: int | None = None,
        params: Mapping[str, Any] | None = None,
        model: Any = None,
        seed: int | None = None,
        details: str | Sequence[str] = (),
        baseline: Any = None,
        email: str | Sequence[str] | None = None,
        notify: str | bool = False,
        overwrite: bool = False,
        verbose: int = 1,
        update_freq: str | int = "epoch",
        options: ReadOptions | None = None,
        look: Look | None = None,
        **keywords: Unpack[BuildKeywords],
    ) -> None:
        self._session = Session(
            path,
            title=title,
            tags=tags,
            params=params,
            seed=seed,
            details=details,
            baseline=baseline,
            email=email,
            notify=notify,
            overwrite=overwrite,
            verbose=verbose,
            update_freq=update_freq,
            options=options,
            look=look,
            **keywords,
        )
        self._planned = _checked_epochs(epochs)
        self._model = _checked_model(model)
        self._lock = RLock()
        self._reset()

    def __repr__(self) -> str:
        """The class and the path as given."""
        return f"{type(self).__name__}({self._session.given!r})"

    def __getstate__(self) -> dict[str, Any]:
        """For copies, which are recorders that have not recorded anything."""
        return {"_session": self._session, "_planned": self._planned, "_model": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restores a copy."""
        self.__dict__.update(state)
        self._lock = RLock()
        self._reset()

    @property
    def path(self) -> str:
        """Where the report is: an absolute path, once the first values were logged; before, the path as given."""
        return self._session.path

    @property
    def report(self) -> "Report | None":
        """The finished report; None until the training has ended."""
        return self._session.report

    def __enter__(self) -> Self:
        """Begins the training."""
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the training and writes the report. An exception goes on as without it."""
        is_exit = isinstance(error, SystemExit) and error.code in (None, 0)
        self._end("interrupted" if error is not None and not is_exit else None)

    def log(
        self,
        values: Mapping[str, Any] | None = None,
        /,
        *,
        epoch: int | None = None,
        step: int | None = None,
        **metrics: Any,
    ) -> None:
        """Logs values of an epoch. Call it once per epoch, or several times for values that come one after another.

        A name says what a value belongs to: ``train_loss`` or ``loss`` to training, ``val_loss``, ``valid_loss`` or
        ``loss/val`` to validation. A value is a number or a tensor with one value, of any framework; or a list of
        numbers, which become one curve each. Anything else is left out with a warning.

        Args:
            values: Values by name, for names that cannot be keyword arguments; added to ``metrics``.
            epoch: The epoch, counted from 0 or from 1: the first one decides (default: the next one).
            step: The step, for loops that do not count epochs. The report then counts steps. A call without it adds
                to the last step.
            metrics: Values by name.
        """
        session = self._session
        with session.guard.guarding("log values"), self._alone():
            read = self._read(values, metrics)
            epoch, step = read.pop("epoch", epoch), read.pop("step", step)
            if not self._is_running():
                return
            now = time.perf_counter()
            place = self._place(epoch, step)
            if place is None:
                return
            number, counted = place
            more = number == self._last
            if not more:
                self._begun_at = self._logged_at
            self._last, self._logged_at, self._in_batches = number, now, False
            named = self._names.rename(session.logs.read(read))
            if more and not self._named.isdisjoint(named):
                self._warn_of_repetition(next(name for name in named if name in self._named))
            self._named = self._named.union(named) if more else set(named)
            session.add_epoch(number, now - self._begun_at, named, more=more, step=counted)

    def log_batch(
        self, values: Mapping[str, Any] | None = None, /, *, epoch: int | None = None, **metrics: Any
    ) -> None:
        """Logs values of a batch, before `log` is called for its epoch.

        Only the batches that ``update_freq`` chooses are logged; values of others are not even read.

        Args:
            values: As for `log`.
            epoch: The epoch that the batch belongs to (default: the one after the last that was logged).
            metrics: Values by name.
        """
        session = self._session
        with session.guard.guarding("collect the logs of a batch"), self._alone():
            if session.every is None or not self._is_running():
                return
            if not self._in_batches:
                number = self._last + 1 if epoch is None else self._number(epoch)
                session.begin_epoch(number)
                self._in_batches, self._batch = True, -1
            self._batch += 1
            batches = session.batches
            if batches is not None and batches.is_due(self._batch):
                session.add_batch(self._names.rename(session.logs.read(self._read(values, metrics))))

    def finish(self) -> None:
        """Ends the training and writes the report; only for a recorder that is not used in a ``with`` statement."""
        self._end(None)

    def _reset(self) -> None:
        """Forgets the training before."""
        self._names = KerasNames()
        self._state = "new"
        self._last = 0  # the number of the last epoch, or of the last step plus one
        self._base: int | None = None  # how the loop counts: from 0 or from 1
        self._counts_steps = False
        self._in_batches, self._batch = False, -1
        self._named = set()  # what the last epoch or step has
        self._logged_at = time.perf_counter()
        self._begun_at = self._logged_at

    def _begin(self) -> None:
        self._reset()
        self._state = "running"
        self._session.begin(_LOOP, self._facts, owner=self._session, in_cell=False)

    def _is_running(self) -> bool:
        """Whether values can be logged. Without ``with``, the first ones begin the training."""
        if self._state == "new":
            self._begin()
        if self._state == "running" and self._session.is_forked:
            self._session.guard.warn(
                "reportgen: values were logged in a process forked by the training, and are left out. Log them in the "
                "process that created the Recorder.",
                about="a fork",
            )
            return False
        if self._state == "ended":
            self._session.guard.warn(
                f"reportgen: values were logged after the end of the training, and are left out. {_ONE_EACH}",
                about="the end",
            )
        return self._state == "running"

    def _warn_of_repetition(self, name: str) -> None:
        what = "step" if self._counts_steps else "epoch"
        place = self._last - 1 + (self._base or 0)
        advice = "Pass the step of each value." if self._counts_steps else "Log its mean, or batches with log_batch."
        self._session.guard.warn(
            f"reportgen: {quoted(name)} was logged more than once for {what} {place}; only the last value is kept. "
            f"{advice}",
            about="repeated values",
        )

    def _alone(self) -> AbstractContextManager[Any]:
        """Keeps other threads out. A process forked by the training may have copied the lock while it was taken."""
        return nullcontext() if self._session.is_forked else self._lock

    def _end(self, status: Status | None) -> None:
        if self._state == "running" and not self._session.is_forked:
            with self._lock:
                self._end_once(status)

    def _end_once(self, status: Status | None) -> None:
        if self._state != "running":
            return
        self._state = "ended"
        if status is None:
            last = self._session.last_epoch
            stopped = self._planned is not None and not self._counts_steps and 0 < last < self._planned
            status = "stopped-early" if stopped else "completed"
        guesses = self._names.guesses
        notes = [Note.of("guessed-columns", pairs=short_pairs(guesses))] if guesses else []
        self._session.finish(status, notes=notes)

    def _read(self, values: Mapping[str, Any] | None, metrics: Mapping[str, Any]) -> dict[Any, Any]:
        if values is None:
            return dict(metrics)
        if not hasattr(values, "items"):
            self._session.logs.read(values)  # warns
            return dict(metrics)
        return {**dict(values.items()), **metrics}

    def _place(self, epoch: Any, step: Any) -> tuple[int, int | None] | None:
        """The number of an epoch from 1, and the step if the loop counts steps; None if it cannot be logged."""
        if self._base is None and step is not None:
            self._counts_steps = True
        if not self._counts_steps:
            number, counted = self._number(epoch), None
        else:
            counted = _whole(step) if step is not None else self._last - 1
            number = -1 if counted is None else counted + 1
            self._base = 0
        if number < 0:
            given, what = (step, "step") if self._counts_steps else (epoch, "epoch")
            self._session.guard.warn(
                f"reportgen: the {what} is {_shown(given)}, not a whole number in range, so its values are left out. "
                "Pass epochs counted from 0 or 1, or steps.",
                about="the order",
            )
            return None
        if number < max(1, self._last):
            given, what = (step, "step") if self._counts_steps else (epoch, "epoch")
            last = self._last - 1 + (self._base or 0)
            self._session.guard.warn(
                f"reportgen: values of {what} {_shown(given)} were logged after {what} {last}, and are left out. "
                f"{_ONE_EACH}",
                about="the order",
            )
            return None
        return number, counted

    def _number(self, epoch: Any) -> int:
        """The number of an epoch from 1; -1 if it is not one."""
        if epoch is None:
            self._base = 1 if self._base is None else self._base
            return self._last + 1
        given = _whole(epoch)
        if given is None:
            return -1
        if self._base is None:
            self._base = self._session.counts_from(given)
        return given + 1 - self._base

    def _facts(self) -> dict[str, Any]:
        """The facts of the run, for the first record."""
        run = RunFacts(versions=versions(), settings=tuple(used_device().items()))
        if not self._counts_steps:
            run = replace(run, epochs_planned=self._planned, counts_from=self._base)
        facts = {} if self._model is None else read_model(self._model)
        return {**facts, **pack_run(run)}


def _whole(number: Any) -> int | None:
    """The number of an epoch or a step; None for other values."""
    with suppress(Exception):
        whole = int(number)
        if whole == float(number) and 0 <= whole < MAX_EPOCH - 1:
            return whole
    return None


def _shown(value: Any) -> str:
    with suppress(Exception):
        return quoted(value)
    return type(value).__name__


def _checked_epochs(epochs: int | None) -> int | None:
    if epochs is None:
        return None
    whole = _whole(epochs)
    if not whole:
        raise SettingsError(f"epochs is {quoted(epochs)}; a whole number of 1 or more is needed. Correct it.")
    return whole


def _checked_model(model: Any) -> Any:
    if model is None or hasattr(model, "named_modules") or hasattr(model, "count_params"):
        return model
    if isinstance(model, Mapping | list | tuple) and read_model(model):
        return model
    raise SettingsError(
        f"model is of type {quoted(type(model).__name__)}; a Keras model, a PyTorch module, or arrays in dictionaries "
        "are needed. Pass one of these, or leave it out."
    )
