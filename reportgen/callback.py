"""The Keras callback: passes the logs of ``fit`` to a recording, which writes the report when training ends.

No failure here stops training; it becomes a single warning.
"""

import os
import time
import warnings
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Unpack

from reportgen.assets import custom_style
from reportgen.errors import SettingsError
from reportgen.history.facts import MAX_EPOCH, EarlyStopping, RunFacts, Status, valid_directions
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
from reportgen.live.job import Job
from reportgen.live.logged import LogReader
from reportgen.live.path_template import PathTemplate
from reportgen.live.recording import Recording
from reportgen.live.surroundings import call_after_cell, is_chief, keep_ctrl_c, local_of_callers, trial_of_tuner
from reportgen.live.targets import Targets
from reportgen.model_facts import read_model
from reportgen.options import BuildKeywords, Look, ReadOptions, look_options, read_options, split_keywords
from reportgen.outputs.files import check_name
from reportgen.text import harmless, printable, quoted

if TYPE_CHECKING:
    from reportgen.report import Report

keras = import_keras("ReportCallback")

_LEARNING_RATE: Final = "learning_rate"
_OF_TRAINING: Final = {"_recording", "_logs", "_mail_server", "_on_exit", "_model", "model", "params"}  # not in copies


class ReportCallback(keras.callbacks.Callback, HooksOfKeras2):  # type: ignore[misc,name-defined]  # Keras has no types
    """Writes a report when training ends, even if it fails with an exception or is killed.

    Put it last in ``callbacks``, so that it sees what other callbacks add to the logs. In distributed training only
    the chief writes. After an exception or Ctrl-C, the report says "interrupted". It is written once the exception
    is handled, in a notebook at the end of the cell, and at the latest when Python exits. A killed run also leaves
    such a report, and a journal that a resumed run continues; see docs/callback.md.

    Args:
        path: File of the report. ``{run}``, ``{fold}``, ``{trial}`` and ``{time}`` give each training its own file.
            Otherwise, a second training at the same path gets a number: ``report-2.html``.
        title: Heading of the report.
        baseline: An earlier run to compare with: any source that `reportgen.load` takes.
        email: One or more addresses to mail the finished report to, through the server in ``REPORTGEN_SMTP_URL``;
            see docs/email.md. The file is written first.
        overwrite: Replace a file at the path even if reportgen did not write it, or another training did.
        verbose: 1 prints one line at the end, with path and verdict; 0 prints nothing.
        update_freq: "epoch", "batch", or a number N to also log every N batches. With batches, the run counts steps.
        options: How the baseline is read, as far as options apply to it. Directions, monitor and ignore also apply to
            the run.
        look: How the report is presented.
        keywords: Fields of `ReadOptions` and `Look`, applied on top, such as ``directions={"f2": "higher"}``.

    Raises:
        SettingsError: ``update_freq``, a direction or a placeholder in the path is not valid.
        RenderError: two appearance options contradict each other, or the templates are not a folder.
        LanguageError: the language is not available.
        DiagnosisError: a finding to ignore does not exist.
        OutputError: the path is empty, a folder or not a path, or an email address is not valid.
        MissingExtraError: css-inline or Pillow, which mail needs, is not installed.

    Attributes:
        path: Where the report is: an absolute path, once training has begun; before, the path as given.
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
        overwrite: bool = False,
        verbose: int = 1,
        update_freq: str | int = "epoch",
        options: ReadOptions | None = None,
        look: Look | None = None,
        **keywords: Unpack[BuildKeywords],
    ) -> None:
        super().__init__()
        reading, presenting = split_keywords(keywords)
        self._given = check_name(path)
        self._template = PathTemplate(self._given)
        self.title = None if title is None else str(title)
        self.baseline = baseline
        self.email = email
        self.overwrite = overwrite
        self.verbose = verbose
        self.update_freq = update_freq
        self.options = read_options(options, reading)
        for name, way in self.options.directions.items():
            if way not in ("lower", "higher"):
                raise SettingsError(
                    f"The direction of {quoted(name)} is {quoted(way)}; lower or higher is needed. Correct it."
                )
        if self.options.ignore:
            from reportgen.diagnosis.rules import find_rules  # loads pandas

            find_rules(self.options.ignore)  # raises if one does not exist
        self.look = look_options(look, presenting)
        language(self.look.language)  # raises if it is not available
        if self.look.templates is not None:
            custom_style(self.look.templates)  # raises if it is not a folder
        if email is not None:
            from reportgen.outputs.email import parse_recipients  # needs an extra

            parse_recipients(email)
        self._every = _batches_between(update_freq)
        self._guard = _failure_guard()
        self._logs = LogReader(to_numpy, self._leave_out)
        self._recording: Recording | None = None
        self._went_to: str | None = None  # the path of an earlier training, or of the callback that this is a copy of
        self._epoch_begin = 0.0
        self._process = os.getpid()  # that trains
        self._mail_server: Any = None
        self._on_exit: weakref.finalize[Any, Any] | None = None

    def __repr__(self) -> str:
        """The class and the path as given."""
        return f"{type(self).__name__}({self._given!r})"

    def __getstate__(self) -> dict[str, Any]:
        """For copies, such as those that tuners and scikit-learn make: they are callbacks that have not trained."""
        went_to = self.path if self._recording is not None else None
        return {name: None if name in _OF_TRAINING else value for name, value in vars(self).items()} | {
            "_went_to": went_to
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restores a copy."""
        self.__dict__.update(state)
        self._logs = LogReader(to_numpy, self._leave_out)

    @property
    def path(self) -> str:
        """Where the report is: an absolute path, once training has begun; before, the path as given."""
        if self._recording is not None and self._recording.has_begun:
            return str(self._recording.job.report)
        return self._went_to or self._given

    @property
    def report(self) -> "Report | None":
        """The finished report; None until training has ended."""
        return None if self._recording is None else self._recording.report

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Starts a recording, and makes sure that a report is written even if ``fit`` never returns."""
        with self._guard.guarding("finish the interrupted training run"):
            self._finish_interrupted()
        before, self._process = self._recording, os.getpid()
        self._recording = self._mail_server = self._went_to = None
        self._guard = _failure_guard()
        self._logs = LogReader(to_numpy, self._leave_out)
        with self._guard.guarding("start recording the training"):
            if not is_chief(keras.backend.backend()):
                return
            self._check_mail()
            targets = self._targets(before)
            job = self._job(targets.first())
            if self.baseline is not None:
                with self._guard.guarding("read the baseline"):
                    job = job.with_baseline(self.baseline)
            self._recording = Recording(job, targets, self._every, self._facts, self._guard)
            owner = _fit_owner()
            if owner is not None:
                # fit's own list of callbacks dies with fit's frame, also after an exception; at the latest at exit.
                self._on_exit = weakref.finalize(owner, self._finish_interrupted)
                call_after_cell(self._finish_interrupted, on=True)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the timer of an epoch. The first epoch decides whether the report of an earlier part is continued."""
        if self._recording is not None:
            with self._guard.guarding("begin an epoch"):
                self._recording.begin_epoch(self._number_of(epoch))
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
        if recording is None:
            return
        try:
            if recording.batches.is_due(batch) and (values := self._logs.read(logs)):
                recording.add_batch(values)
        except Exception as error:
            self._guard.report("collect the logs of a batch", error)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Records an epoch's logs, with its number, duration and learning rate."""
        if self._recording is None:
            return
        seconds = time.perf_counter() - self._epoch_begin
        with self._guard.guarding("collect the logs of an epoch"):
            values = dict(self._logs.read(logs))
            if _LEARNING_RATE not in values and "lr" not in values:
                rate = self._learning_rate()
                if rate is not None:
                    values[_LEARNING_RATE] = rate
            self._recording.add_epoch(self._number_of(epoch), seconds, values)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Writes the report."""
        last = 0 if self._recording is None else self._recording.last_epoch
        self._finish("stopped-early" if 0 < last < (self._planned() or 0) else "completed")

    def _finish_interrupted(self, *_: Any) -> None:
        """Writes the report of a run that did not finish; does nothing after `on_train_end`."""
        is_copy = self._process != os.getpid()  # forked by the training, such as a loader of data
        if self._recording is not None and self._recording.is_open and not is_copy:
            self._finish("interrupted")
            keep_ctrl_c()

    def _finish(self, status: Status) -> None:
        """Writes, announces and mails the report, and stops waiting for an interruption."""
        if self._on_exit is not None:
            self._on_exit.detach()
            self._on_exit = None
        with self._guard.guarding("disconnect from the notebook"):
            call_after_cell(self._finish_interrupted, on=False)
        with self._guard.guarding("write the report"):
            stopping = None
            with suppress(Exception):
                stopping = None if status == "interrupted" else _early_stopping(ended=True)
            recording = self._recording
            if recording is None:
                return
            if not recording.finish(status, stopping, self._logs.names_left_out):
                if status != "interrupted" and not recording.has_begun:
                    self._guard.warn("reportgen wrote no report, because fit trained no epoch.")
                return
            if self.verbose and recording.written is not None:
                with self._guard.guarding("print the verdict"):
                    self._announce(recording.written.headline)
            if self._mail_server is not None:
                with self._guard.guarding("email the report"):
                    self._send()

    def _announce(self, headline: str) -> None:
        """Prints where the report is, and its verdict."""
        near = os.path.relpath(self.path)
        shown = printable(self.path if near.startswith(os.pardir) else near)
        print(harmless(f"{shown}: {headline}"))  # noqa: T201  # as Keras prints its progress

    def _targets(self, before: Recording | None) -> Targets:
        """The paths that the report may have."""
        return Targets(
            template=self._template,
            folder=Path(os.path.abspath(os.curdir)),  # now, because the program may change its working directory
            begun=datetime.now().strftime("%Y%m%d-%H%M%S"),
            trial=trial_of_tuner(),
            own=before.job.report if before is not None and before.has_begun else None,
            overwrite=self.overwrite,
        )

    def _job(self, path: Path) -> Job:
        """The report to make."""
        templates = self.look.templates
        look = self.look if templates is None else replace(self.look, templates=templates.absolute())
        return Job(path, self.options, look, self.overwrite)

    def _facts(self) -> dict[str, Any]:
        """The facts of the run, once the model is built."""
        stopping = None
        with suppress(Exception):  # a class derived from EarlyStopping may have anything as its settings
            stopping = _early_stopping(ended=False)
        run = RunFacts(
            title=self.title,
            tool="keras",
            epochs_planned=self._planned(),
            steps_per_epoch=self._whole_parameter("steps"),
            early_stopping=stopping,
            directions=valid_directions(self.options.directions),
            monitor=self.options.monitor if is_text(self.options.monitor) else None,
        )
        facts: dict[str, Any] = {}
        with suppress(Exception):  # the model may be of any class
            facts = read_model(self.model)
        return facts | pack_run(run)

    def _planned(self) -> int | None:
        return self._whole_parameter("epochs")

    def _whole_parameter(self, name: str) -> int | None:
        """A parameter of ``fit``; None if it is unknown."""
        with suppress(Exception):  # custom loops may set anything
            number = int((self.params or {})[name])
            return number if number > 0 else None
        return None

    def _number_of(self, epoch: Any) -> int:
        """The number of an epoch from 1, which Keras counts from 0; the next one if it cannot be read."""
        with suppress(Exception):
            number = int(epoch) + 1
            if 0 < number < MAX_EPOCH:
                return number
        return (self._recording.last_epoch if self._recording is not None else 0) + 1

    def _leave_out(self, what: str) -> None:
        text = f"reportgen: {what}. The report names all such entries. Log numbers only."
        self._guard.warn(text, about="odd entries")

    def _learning_rate(self) -> float | None:
        """The optimizer's current learning rate; None if unknown."""
        with suppress(Exception):  # a custom model may have no optimizer, and a custom optimizer no rate
            return None if self.model.optimizer is None else learning_rate(self.model.optimizer)
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


def _fit_owner() -> Any:
    """The list of callbacks created by the running ``fit``; None if it cannot be found."""
    return local_of_callers("self", lambda value: is_a(value, "CallbackList"))


def _early_stopping(*, ended: bool) -> EarlyStopping | None:
    """The settings of `EarlyStopping` among the callbacks of the running ``fit``, and its result if training has ended.

    None without one.
    """
    for callback in getattr(_fit_owner(), "callbacks", ()):
        if is_a(callback, "EarlyStopping"):
            restores = bool(callback.restore_best_weights)
            restored = ended and restores and callback.best_weights is not None
            restored = restored and (callback.stopped_epoch > 0 or restores_when_completed(callback))
            epoch = callback.best_epoch + 1 if restored else None
            return EarlyStopping(str(callback.monitor), int(callback.patience), epoch, restores)
    return None
