"""The Keras callback: passes the logs of ``fit`` to a recording, which writes the report when training ends.

No failure here stops training; it becomes a single warning.
"""

import json
import os
import sys
import time
import warnings
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Unpack

from reportgen.assets import custom_style
from reportgen.errors import SettingsError
from reportgen.history.facts import EarlyStopping, RunFacts, Status, valid_directions
from reportgen.history.notes import is_text
from reportgen.history.stored import pack_run
from reportgen.keras_versions import (
    HooksOfKeras2,
    import_keras,
    is_a,
    learning_rate,
    loaded_keras,
    restores_when_completed,
    to_numpy,
)
from reportgen.languages import language
from reportgen.live.failures import FailureGuard
from reportgen.live.recording import Recording
from reportgen.live.watcher import Job
from reportgen.model_facts import read_model
from reportgen.options import BuildKeywords, Look, ReadOptions, look_options, read_options, split_keywords
from reportgen.text import quoted

if TYPE_CHECKING:
    from reportgen.report import Report

keras = import_keras("ReportCallback")

_LEARNING_RATE: Final = "learning_rate"


class ReportCallback(keras.callbacks.Callback, HooksOfKeras2):  # type: ignore[misc,name-defined]  # Keras has no types
    """Writes a report when training ends, even if it fails with an exception or is killed.

    Put it last in ``callbacks``, so that it sees what other callbacks add to the logs. In distributed training only
    the chief writes. After an exception or Ctrl-C, the report says "interrupted". It is written once the exception
    is handled, in a notebook at the end of the cell, and at the latest when Python exits. A killed run also leaves
    such a report, and a journal that a resumed run continues; see docs/callback.md.

    Args:
        path: File of the report, in an existing folder.
        title: Heading of the report.
        baseline: An earlier run to compare with: any source that `reportgen.load` takes.
        email: One or more addresses to mail the finished report to, through the server in ``REPORTGEN_SMTP_URL``;
            see docs/email.md. The file is written first.
        update_freq: "epoch", "batch", or a number N to also log every N batches. With batches, the run counts steps.
        options: How the baseline is read, as far as options apply to it. Directions and monitor also apply to the run.
        look: How the report is presented.
        keywords: Fields of `ReadOptions` and `Look`, applied on top, such as ``directions={"f2": "higher"}``.

    Raises:
        SettingsError: ``update_freq`` has another value.
        RenderError: two appearance options contradict each other, or the templates are not a folder.
        LanguageError: the language is not available.
        OutputError: an email address is not valid.
        MissingExtraError: css-inline or Pillow, which mail needs, is not installed.

    Attributes:
        report: The finished `reportgen.Report`, made on first use; None until training has ended.

    Example:
        model.fit(x, y, validation_split=0.2, epochs=50, callbacks=[reportgen.ReportCallback("report.html")])
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "report.html",
        *,
        title: str | None = None,
        baseline: Any = None,
        email: str | Sequence[str] | None = None,
        update_freq: str | int = "epoch",
        options: ReadOptions | None = None,
        look: Look | None = None,
        **keywords: Unpack[BuildKeywords],
    ) -> None:
        super().__init__()
        reading, presenting = split_keywords(keywords)
        self.path = os.fspath(path)
        self.title = title
        self.baseline = baseline
        self.email = email
        self.update_freq = update_freq
        self.options = read_options(options, reading)
        self.look = look_options(look, presenting)
        language(self.look.language)  # raises if it is not available
        if self.look.templates is not None:
            custom_style(self.look.templates)  # raises if it is not a folder
        if email is not None:
            from reportgen.outputs.email import parse_recipients  # needs an extra

            parse_recipients(email)
        self._every = _batches_between(update_freq)
        self._guard = _failure_guard()
        self._recording: Recording | None = None
        self._epoch_begin = 0.0
        self._mail_server: Any = None
        self._on_exit: weakref.finalize[Any, Any] | None = None

    @property
    def report(self) -> "Report | None":
        """The finished report; None until training has ended."""
        return None if self._recording is None else self._recording.report

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Starts a recording, and makes sure that a report is written even if ``fit`` never returns."""
        with self._guard.guarding("finish the interrupted training run"):
            self._finish_interrupted()
        self._recording = self._mail_server = None
        self._guard = _failure_guard()
        with self._guard.guarding("start recording the training"):
            if not _is_chief():
                return
            self._check_mail()
            self._recording = Recording(self._job(), self._every, self._facts, self._guard)
            owner = _fit_owner()
            if owner is not None:
                # fit's own list of callbacks dies with fit's frame, also after an exception; at the latest at exit.
                self._on_exit = weakref.finalize(owner, self._finish_interrupted)
                self._watch_notebook(True)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the timer of an epoch. The first epoch continues the journal of an earlier part."""
        if self._recording is not None:
            self._recording.begin_epoch(epoch + 1)
        self._epoch_begin = time.perf_counter()

    @property
    def on_train_batch_end(self) -> Any:
        """The method that Keras calls after each batch.

        If no batches are logged, this is Keras' own method: Keras recognises it and then does not wait for the values
        of each batch (Keras 3.15).
        """
        return super().on_train_batch_end if self._every is None else self._log_batch

    def _log_batch(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        recording = self._recording
        if recording is None or not recording.batches.is_due(batch) or not logs:
            return
        try:
            recording.add_batch(logs if set(map(type, logs.values())) == {float} else self._numbers(logs))
        except Exception as error:
            self._guard.report("collect the logs of a batch", error)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Records an epoch's logs, with its number, duration and learning rate."""
        if self._recording is None:
            return
        seconds = time.perf_counter() - self._epoch_begin
        with self._guard.guarding("collect the logs of an epoch"):
            values = self._numbers(logs or {})
            if _LEARNING_RATE not in values and "lr" not in values:
                rate = self._learning_rate()
                if rate is not None:
                    values[_LEARNING_RATE] = rate
            self._recording.add_epoch(epoch + 1, seconds, values)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Writes the report."""
        last = 0 if self._recording is None else self._recording.last_epoch
        self._finish("stopped-early" if 0 < last < (self._planned() or 0) else "completed")

    def _finish_interrupted(self, *_: Any) -> None:
        """Writes the report of a run that did not finish; does nothing after `on_train_end`."""
        if self._on_exit is not None:
            self._finish("interrupted")
            _keep_ctrl_c()

    def _finish(self, status: Status) -> None:
        """Writes and mails the report, and stops waiting for an interruption."""
        if self._on_exit is not None:
            self._on_exit.detach()
            self._on_exit = None
        with self._guard.guarding("disconnect from the notebook"):
            self._watch_notebook(False)
        with self._guard.guarding("write the report"):
            stopping = None if status == "interrupted" else _early_stopping()
            has_report = self._recording is not None and self._recording.finish(status, stopping)
            if has_report and self._mail_server is not None:
                with self._guard.guarding("email the report"):
                    self._send()
            if self._recording is not None and not has_report and status != "interrupted":
                self._guard.warn("reportgen wrote no report, because fit trained no epoch.")

    def _job(self) -> Job:
        """The report to make, with absolute paths, because the program may change its working directory."""
        templates = self.look.templates
        look = self.look if templates is None else replace(self.look, templates=templates.absolute())
        return Job(Path(os.path.abspath(self.path)), self.baseline, self.options, look)

    def _facts(self) -> dict[str, Any]:
        """The facts of the run, once the model is built."""
        steps = (self.params or {}).get("steps")
        monitor = self.options.monitor
        run = RunFacts(
            title=self.title,
            epochs_planned=self._planned(),
            steps_per_epoch=int(steps) if steps else None,
            directions=valid_directions(self.options.directions),
            monitor=monitor if is_text(monitor) else None,
        )
        return read_model(self.model) | pack_run(run)

    def _planned(self) -> int | None:
        epochs = (self.params or {}).get("epochs")
        return int(epochs) if epochs else None

    def _numbers(self, logs: Mapping[str, Any]) -> dict[str, Any]:
        """The logs as Python numbers. Entries that are not numbers are left out, with a warning."""
        numbers = {}
        for name, value in logs.items():
            try:
                numbers[name] = _plain(value)
            except Exception as error:
                self._guard.report(f"collect {name!r}, which is not a number", error)
        return numbers

    def _learning_rate(self) -> float | None:
        """The optimizer's current learning rate; None if unknown."""
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is None:
            return None
        with suppress(Exception):  # custom optimizers may have none
            return learning_rate(optimizer)
        return None

    def _check_mail(self) -> None:
        """Looks up the mail server now, so that a missing setting is noticed before a long run."""
        if self.email is not None:
            with _failure_guard().guarding("email the report"):  # a later failure gets its own warning
                from reportgen.outputs.smtp import server_from

                self._mail_server = server_from(os.environ)

    def _send(self) -> None:
        from reportgen.outputs.email import size_warning
        from reportgen.outputs.smtp import send

        report: Any = self.report
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            message = report.email(self.email)
        if large := size_warning(message):
            self._guard.warn(f"reportgen: {large}")
        send(message, self._mail_server)

    def _watch_notebook(self, on: bool) -> None:
        """Makes IPython call back after the cell, because it keeps the last exception, and so fit's frame, alive."""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
        if shell is not None:
            if on:
                shell.events.register("post_run_cell", self._finish_interrupted)
            else:
                with suppress(ValueError):  # it was not registered
                    shell.events.unregister("post_run_cell", self._finish_interrupted)


def _failure_guard() -> FailureGuard:
    return FailureGuard(*(str(module.__file__) for module in loaded_keras()))


def _batches_between(update_freq: str | int) -> int | None:
    """How many batches apart logged batches are; None if only epochs are logged."""
    if update_freq == "epoch":
        return None
    if update_freq == "batch":
        return 1
    if isinstance(update_freq, int) and not isinstance(update_freq, bool) and update_freq >= 1:
        return update_freq
    raise SettingsError(
        f'update_freq is {quoted(update_freq)}; it must be "epoch", "batch" or a positive number of batches.'
    )


def _plain(value: Any) -> Any:
    """A logged value as a Python number, or a list of numbers for a vector."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, int | float):
        return value
    return to_numpy(value).astype(float).tolist()  # vectors are tensors of the backend


def _fit_owner() -> Any:
    """The list of callbacks created by the running ``fit``; None if it cannot be found."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        owner = frame.f_locals.get("self")
        if is_a(owner, "CallbackList"):
            return owner
        frame = frame.f_back
    return None


def _early_stopping() -> EarlyStopping | None:
    """The settings and the result of `EarlyStopping` among the callbacks of the running ``fit``; None without one."""
    for callback in getattr(_fit_owner(), "callbacks", ()):
        if is_a(callback, "EarlyStopping"):
            restores = callback.restore_best_weights and callback.best_weights is not None
            restores = restores and (callback.stopped_epoch > 0 or restores_when_completed(callback))
            restored = callback.best_epoch + 1 if restores else None
            return EarlyStopping(str(callback.monitor), int(callback.patience), restored)
    return None


def _keep_ctrl_c() -> None:
    """Makes a script stopped by Ctrl-C still exit with that signal, so that shell loops stop, too.

    CPython 3.11 forgets the uncaught KeyboardInterrupt when code runs from text at exit, as imports for the report
    do. Raising it again from text restores it.
    """
    if getattr(sys, "last_type", None) is KeyboardInterrupt:
        with suppress(KeyboardInterrupt):
            exec("raise KeyboardInterrupt")  # noqa: S102  # a constant


def _is_chief() -> bool:
    """Whether this process writes files in distributed training; true for a single process."""
    cluster = os.environ.get("TF_CONFIG")
    if cluster:
        with suppress(ValueError, AttributeError, TypeError):  # not a description of a cluster
            task = json.loads(cluster).get("task") or {}
            kinds = json.loads(cluster).get("cluster") or {}
            if "chief" in kinds or "master" in kinds:
                return task.get("type", "chief") in ("chief", "master")
            return task.get("type", "worker") == "worker" and int(task.get("index", 0)) == 0
    jax = sys.modules.get("jax")
    if jax is not None and keras.backend.backend() == "jax":
        with suppress(Exception):  # not initialised: a single process
            return bool(jax.process_index() == 0)
    return os.environ.get("RANK", "0") == "0"
