"""The Keras callback: translates the hooks of ``fit`` for a session, which writes the report when training ends.

No failure here stops training; it becomes a single warning.
"""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Unpack

from reportgen.history.facts import MAX_EPOCH, EarlyStopping, RunFacts
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
from reportgen.live.session import AddsToSession, Framework, Session
from reportgen.live.surroundings import is_shared, local_of_callers, locals_of_caller
from reportgen.model_facts import read_model, read_training
from reportgen.options import BuildKeywords, Look, ReadOptions

if TYPE_CHECKING:
    from reportgen.report import Report

keras = import_keras("ReportCallback")

_LEARNING_RATE: Final = "learning_rate"
_OF_TRAINING: Final = {"_model", "model", "params"}  # not in copies


class ReportCallback(AddsToSession, keras.callbacks.Callback, HooksOfKeras2):  # type: ignore[misc,name-defined]  # Keras has no types
    """Writes a report when training ends, even if it fails with an exception or is killed.

    Put it last in ``callbacks``, so that it sees what other callbacks add to the logs. In distributed training only
    the chief writes. After an exception or Ctrl-C, the report says "interrupted". It is written once the exception
    is handled, in a notebook at the end of the cell, and at the latest when Python exits. A killed run also leaves
    such a report, and a journal that a resumed run continues; see docs/callback.md.

    Args:
        path: File of the report. ``{run}``, ``{fold}``, ``{trial}`` and ``{time}`` give each run its own file.
            Otherwise, a second run at the same path gets a numbered file: ``report-2.html``.
        title: Heading of the report.
        tags: Labels of the run, such as ``baseline``.
        params: Settings of the run. Dictionaries in it become ``optimizer.beta``; values whose names say that they are
            secret are masked.
        seed: The seed of the random numbers, which cannot be read back from a framework.
        details: What else to record about where the run comes from: "command", "host", "user".
        baseline: An earlier run to compare with: any source that `reportgen.load` takes.
        email: One or more addresses to mail the finished report to, through the server in ``REPORTGEN_SMTP_URL``;
            see docs/email.md. The file is written first.
        notify: Send a message to a webhook of Slack, Teams or another service when training ends: its address, or True
            for the one in ``REPORTGEN_WEBHOOK_URL``; see docs/webhooks.md.
        overwrite: Replace a file at the path even if reportgen did not write it, or another run did.
        verbose: 1 prints one line at the end, with path and verdict; 0 prints nothing.
        evaluate: Test data: inputs and targets as a pair, or any data set that ``model.evaluate`` takes; used when
            training has ended. See docs/evaluation.md.
        labels: Names of the classes, in the order of their ids; for a model with several outputs, a dict of them by
            output.
        update_freq: "epoch", "batch", or a number N to also log every N batches. With batches, the run counts steps.
        options: How the baseline is read, as far as options apply to it. Directions, monitor and ignore also apply to
            the run.
        look: How the report is presented.
        keywords: Fields of `ReadOptions` and `Look`, applied on top, such as ``directions={"f2": "higher"}``.

    Raises:
        SettingsError: ``update_freq``, ``params``, ``details``, ``notify``, a direction or a placeholder in the path is
            not valid.
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
        tags: str | Iterable[str] | None = None,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
        details: str | Sequence[str] = (),
        baseline: Any = None,
        email: str | Sequence[str] | None = None,
        notify: str | bool = False,
        overwrite: bool = False,
        verbose: int = 1,
        update_freq: str | int = "epoch",
        evaluate: Any = None,
        labels: Sequence[Any] | Mapping[Any, Any] | None = None,
        options: ReadOptions | None = None,
        look: Look | None = None,
        **keywords: Unpack[BuildKeywords],
    ) -> None:
        super().__init__()
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
        self._epoch_begin = 0.0
        self._test_data = evaluate
        self._labels = labels

    def __repr__(self) -> str:
        """The class and the path as given."""
        return f"{type(self).__name__}({self._session.given!r})"

    def __getstate__(self) -> dict[str, Any]:
        """For copies, such as those that tuners and scikit-learn make: they are callbacks that have not trained."""
        return {name: None if name in _OF_TRAINING else value for name, value in vars(self).items()}

    @property
    def path(self) -> str:
        """Where the report is: an absolute path, once training has begun; before, the path as given."""
        return self._session.path

    @property
    def report(self) -> "Report | None":
        """The finished report; None until training has ended."""
        return self._session.report

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Starts a recording, and makes sure that a report is written even if ``fit`` never returns."""
        framework = Framework(
            files=tuple(str(module.__file__) for module in loaded_keras()),
            backend=keras.backend.backend(),
            to_array=to_numpy,
            nothing="fit did not train any epochs",
        )
        # fit's own list of callbacks dies with fit's frame, also after an exception; at the latest at exit.
        self._session.begin(framework, self._facts, owner=_fit_owner(), in_cell=True)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the timer of an epoch. The first epoch decides whether the report of an earlier part is continued."""
        self._session.begin_epoch(self._number_of(epoch))
        self._epoch_begin = time.perf_counter()

    @property
    def on_train_batch_end(self) -> Any:
        """The method that Keras calls after each batch.

        If no batches are logged, this is Keras' own method: Keras recognises it and then does not wait for the values
        of each batch (Keras 3.15).
        """
        return super().on_train_batch_end if self._session.every is None else self._log_batch

    def _log_batch(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        session = self._session
        batches = session.batches
        if batches is None:
            return
        try:
            if batches.is_due(batch):
                session.add_batch(session.logs.read(logs))
        except Exception as error:
            session.guard.report("collect the logs of a batch", error)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Records an epoch's logs, with its number, duration and learning rate."""
        session = self._session
        if not session.is_open:
            return
        seconds = time.perf_counter() - self._epoch_begin
        with session.guard.guarding("collect the logs of an epoch"):
            values = dict(session.logs.read(logs))
            if _LEARNING_RATE not in values and "lr" not in values:
                rate = self._learning_rate()
                if rate is not None:
                    values[_LEARNING_RATE] = rate
            session.add_epoch(self._number_of(epoch), seconds, values)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Writes the report."""
        last = self._session.last_epoch
        status: Any = "stopped-early" if 0 < last < (self._planned() or 0) else "completed"
        if self._test_data is not None and self._session.is_open:
            self._add_tested()
        self._session.finish(status, lambda: _early_stopping(ended=True))

    def _add_tested(self) -> None:
        """Adds what the model does with the test data, as far as it can be evaluated."""
        session = self._session
        with session.guard.guarding("evaluate the model on the test data"):
            from reportgen.model_scores import measure_model, raise_failures, score_model  # loads pandas

            if not is_shared():
                session.add_tested(RunFacts(test_results=measure_model(self.model, self._test_data)))
                found, failures = score_model(self.model, self._test_data, self._labels)
                session.add_tested(found)
                raise_failures(failures)

    def _facts(self) -> dict[str, Any]:
        """The facts of the run, once the model is built."""
        stopping = None
        with suppress(Exception):  # a class derived from EarlyStopping may have anything as its settings
            stopping = _early_stopping(ended=False)
        run = RunFacts(
            tool="keras",
            epochs_planned=self._planned(),
            steps_per_epoch=self._whole_parameter("steps"),
            early_stopping=stopping,
        )
        facts: dict[str, Any] = {}
        with suppress(Exception):  # the model may be of any class
            facts = read_model(self.model)
        with suppress(Exception):
            callbacks = getattr(_fit_owner(), "callbacks", ())
            facts["settings"] = tuple(read_training(self.model, _fit_locals(), callbacks).items())
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
        return self._session.last_epoch + 1

    def _learning_rate(self) -> float | None:
        """The optimizer's current learning rate; None if unknown."""
        with suppress(Exception):  # a custom model may have no optimizer, and a custom optimizer no rate
            return None if self.model.optimizer is None else learning_rate(self.model.optimizer)
        return None


def _fit_owner() -> Any:
    """The list of callbacks created by the running ``fit``; None if it cannot be found."""
    return local_of_callers("self", lambda value: is_a(value, "CallbackList"))


def _fit_locals() -> dict[str, Any]:
    """The local variables of the running ``fit``; empty if it cannot be found."""
    for module in loaded_keras():
        if found := locals_of_caller(module.__name__, lambda frame: frame.f_code.co_name == "fit"):
            return found
    return {}


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
