"""The Keras callback: collects the logs during ``fit`` and writes the report when training ends.

In: what Keras tells its callbacks. Out: a report file. The only room that imports Keras. Nothing that goes wrong here
ever reaches the training: it becomes one warning.
"""

import json
import logging
import math
import os
import sys
import time
import warnings
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType
from typing import Any, Final

from reportgen.errors import MissingExtraError, ReportgenError
from reportgen.languages import language

try:
    import keras
except ImportError as error:
    raise MissingExtraError(
        "ReportCallback needs Keras 3 or later, which is not installed. Run: pip install 'keras-reportgen[tensorflow]'"
    ) from error

_LEARNING_RATE: Final = "learning_rate"


class ReportCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Writes a report when training ends, by whatever way it ends.

    Give it last in ``callbacks``, so that it sees what other callbacks add to the logs. In distributed training only
    the chief writes. A training that ends by an exception or by Ctrl-C leaves a report that says "interrupted": at once
    where the exception is handled or, in a notebook, at the end of the cell, and at the latest when Python exits.

    Args:
        path: Where the report goes. The folder must exist.
        title: Heading of the report.
        baseline: An earlier run to compare with, any source that `reportgen.load` takes.
        directions: "lower" or "higher" by metric, for metrics whose name does not tell what is better.
        lang: What the report is written in: "en" or "zh-CN".
        email: Whom the finished report is mailed to, one address or several, through the server that
            ``REPORTGEN_SMTP_URL`` names; see docs/email.md. The file is written first.

    Raises:
        LanguageError: there is no such language.
        OutputError: an address to mail to is none.
        MissingExtraError: css-inline or Pillow, which mail needs, is not installed.

    Attributes:
        report: The finished `reportgen.Report`; None before the training has ended.

    Example:
        model.fit(x, y, validation_split=0.2, epochs=50, callbacks=[reportgen.ReportCallback("report.html")])
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "report.html",
        *,
        title: str | None = None,
        baseline: Any = None,
        directions: Mapping[str, str] | None = None,
        lang: str = "en",
        email: str | Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self.path = os.fspath(path)
        self.title = title
        self.baseline = baseline
        self.directions = dict(directions or {})
        self.lang = language(lang).code
        self.email = email
        if email is not None:
            from reportgen.outputs.email import parse_recipients  # needs an extra

            parse_recipients(email)
        self.report: Any = None
        self._forget()

    def _forget(self) -> None:
        """Starts with nothing collected."""
        self._epochs: list[int] = []
        self._logs: list[dict[str, Any]] = []
        self._durations_s: list[float] = []
        self._started_at: str | None = None
        self._epoch_begin = 0.0
        self._warned = False
        self._mail_server: Any = None
        self._on_exit: weakref.finalize[Any, Any] | None = None

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Notes the start, and arranges for a report should ``fit`` never come to its end."""
        with self._guarded("watch the training"):
            self._finish_interrupted()
            self._forget()
            self._check_mail()
            self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
            owner = _fit_owner()
            if owner is not None:
                # fit's own list of callbacks dies with fit's frame, by exception too; at exit at the latest.
                self._on_exit = weakref.finalize(owner, self._finish_interrupted)
                self._watch_notebook(True)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the clock of an epoch."""
        self._epoch_begin = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keeps an epoch's logs, with its own number, duration and learning rate."""
        with self._guarded("collect the logs of an epoch"):
            values: dict[str, Any] = {}
            for name, value in (logs or {}).items():
                with self._guarded(f"collect {name!r}, which is no number"):
                    values[name] = _plain(value)
            if _LEARNING_RATE not in values and "lr" not in values:
                rate = self._learning_rate()
                if rate is not None:
                    values[_LEARNING_RATE] = rate
            self._epochs.append(epoch + 1)
            self._logs.append(values)
            self._durations_s.append(round(time.perf_counter() - self._epoch_begin, 4))

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Writes the report."""
        planned = self._planned()
        ended_early = planned is not None and bool(self._epochs) and self._epochs[-1] < planned
        self._finish("stopped-early" if ended_early else "completed")

    def _finish_interrupted(self) -> None:
        """Writes the report of a training whose end never came; does nothing where it came."""
        if self._on_exit is not None:
            self._finish("interrupted")
            _keep_ctrl_c()

    def _finish(self, status: str) -> None:
        """Writes the report once and lets go of everything that waited for it."""
        if self._on_exit is not None:
            self._on_exit.detach()
            self._on_exit = None
        with self._guarded("watch the notebook"):
            self._watch_notebook(False)
        if not self._epochs or not _is_chief():
            return
        report = None
        with self._guarded(f"write the report {self.path}"):
            from reportgen.report import build, load  # loads pandas, which a training that failed early does not need

            baseline = None
            with self._guarded("read the baseline"):
                baseline = None if self.baseline is None else load(self.baseline)
            history = self._history(status)
            with self._guarded("take the directions"):
                history = history.with_directions(self.directions)
            report = build(history, title=self.title, model=self.model, baseline=baseline, lang=self.lang)
            self.report = report
            report.save(self.path)
        if report is not None and self._mail_server is not None:
            with self._guarded("email the report"):
                self._send(report)

    def _check_mail(self) -> None:
        """Finds the mail server at once: who set none should not learn it when a long training has ended."""
        if self.email is not None and _is_chief():
            with self._guarded("email the report"):
                from reportgen.outputs.smtp import server_from

                self._mail_server = server_from(os.environ)
            self._warned = False  # what goes wrong later is another matter

    def _send(self, report: Any) -> None:
        """Mails the report."""
        from reportgen.outputs.email import size_warning
        from reportgen.outputs.smtp import send

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            message = report.email(self.email)
        if large := size_warning(message):
            self._warn(f"reportgen: {large}")
        send(message, self._mail_server)

    def _history(self, status: str) -> Any:
        """What was collected, as a `TrainingHistory`."""
        from reportgen.run_facts import RunFacts
        from reportgen.sources.columns import history_from_columns

        names = dict.fromkeys(name for row in self._logs for name in row)
        steps = (self.params or {}).get("steps")
        facts = RunFacts(
            title=self.title,
            status=status,  # type: ignore[arg-type]  # one of the literals, given above
            epochs_planned=self._planned(),
            early_stopping=None if status == "interrupted" else _early_stopping(),
            started_at=self._started_at,
            steps_per_epoch=int(steps) if steps else None,
        )
        history = history_from_columns(
            {name: [row.get(name) for row in self._logs] for name in names},
            epochs=[float(epoch) for epoch in self._epochs],
            where="training logs",
            run=facts,
            known={},
        )
        durations = dict(zip(self._epochs, self._durations_s, strict=True))
        spans = tuple(durations.get(int(epoch), math.nan) for epoch in history.epochs)
        whole = all(math.isfinite(span) for span in spans)
        return type(history)(history.frame, replace(history.run, durations_s=spans if whole else ()))

    def _planned(self) -> int | None:
        epochs = (self.params or {}).get("epochs")
        return int(epochs) if epochs else None

    def _learning_rate(self) -> float | None:
        """The optimizer's present learning rate; None where it cannot be told."""
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is None:
            return None
        with suppress(Exception):  # optimizers of other makers may have none
            return float(optimizer.learning_rate)
        return None

    def _watch_notebook(self, on: bool) -> None:
        """In IPython the last exception stays alive, and with it fit's frame: look again when the cell has ended."""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
        if shell is not None:
            if on:
                shell.events.register("post_run_cell", self._after_cell)
            else:
                with suppress(ValueError):  # it was not registered
                    shell.events.unregister("post_run_cell", self._after_cell)

    def _after_cell(self, *_: Any) -> None:
        self._finish_interrupted()

    def _guarded(self, doing: str) -> "_Guard":
        return _Guard(self, doing)

    def _warn(self, text: str) -> None:
        """One warning per training, at the line that called ``fit``."""
        if self._warned:
            return
        self._warned = True
        try:
            warnings.warn(text, RuntimeWarning, stacklevel=_caller_level())
        except RuntimeWarning:  # warnings were made errors; even then the training goes on
            logging.getLogger("reportgen").warning(text)


class _Guard:
    """Turns any exception into the callback's one warning."""

    def __init__(self, callback: ReportCallback, doing: str) -> None:
        self._callback = callback
        self._doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        if not isinstance(error, Exception):
            return False
        reason = str(error) if isinstance(error, ReportgenError) else f"{type(error).__name__}: {error}"
        self._callback._warn(f"reportgen could not {self._doing}: {reason}")
        return True


def _plain(value: Any) -> Any:
    """A logged value as Python number, or list of numbers for a vector."""
    if isinstance(value, int | float | list | tuple):
        return value
    return keras.ops.convert_to_numpy(value).astype(float).tolist()  # a vector comes as a tensor of the backend


def _fit_owner() -> Any:
    """The list of callbacks that the running ``fit`` made for itself; None where it cannot be found."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        owner = frame.f_locals.get("self")
        if isinstance(owner, keras.callbacks.CallbackList):
            return owner
        frame = frame.f_back
    return None


def _early_stopping() -> Any:
    """The early stop among the callbacks of the running ``fit``, with what it does at the end; None without one."""
    from reportgen.run_facts import EarlyStopping

    for callback in getattr(_fit_owner(), "callbacks", ()):
        if isinstance(callback, keras.callbacks.EarlyStopping):
            restores = callback.restore_best_weights and callback.best_weights is not None
            restored = callback.best_epoch + 1 if restores else None
            return EarlyStopping(str(callback.monitor), int(callback.patience), restored)
    return None


def _keep_ctrl_c() -> None:
    """Lets a script that Ctrl-C ended still end by that signal, which shells go by to stop their loops.

    CPython (seen in 3.11) forgets the uncaught KeyboardInterrupt when code is run from text at exit, as the imports
    that a report needs do; running text that raises it again reminds it.
    """
    if getattr(sys, "last_type", None) is KeyboardInterrupt:
        with suppress(KeyboardInterrupt):
            exec("raise KeyboardInterrupt")  # noqa: S102  # a constant


def _is_chief() -> bool:
    """Whether this process is the one that writes files in a distributed training; true where there is only one."""
    cluster = os.environ.get("TF_CONFIG")
    if cluster:
        with suppress(ValueError, AttributeError, TypeError):  # whatever else it says, it names no cluster
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


def _caller_level() -> int:
    """How many frames up the first line lies that is neither reportgen's nor Keras'."""
    level, frame = 1, sys._getframe(1)
    inner = tuple(os.path.dirname(module) + os.sep for module in (__file__, keras.__file__))
    while frame.f_back is not None and frame.f_code.co_filename.startswith(inner):
        level, frame = level + 1, frame.f_back
    return level
