"""The Keras callback: collects the logs during ``fit`` and writes the report when training ends.

In: what Keras tells its callbacks. Out: a journal of the training, a report file. The only room that imports Keras.
Nothing that goes wrong here ever reaches the training: it becomes one warning. While the training goes on, a process of
its own makes the reports (`watcher`), so that nothing heavy is loaded or done here.
Batches are kept in the journal only, so that memory stays flat.
"""

import json
import logging
import os
import secrets
import sys
import time
import warnings
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from reportgen.errors import MissingExtraError, ReportgenError, SettingsError
from reportgen.history.facts import EarlyStopping, RunFacts, Status
from reportgen.history.stored import pack_run
from reportgen.journal import SCHEMA, Batches, as_line, head_of, journal_path, parse_line, records_before
from reportgen.languages import language
from reportgen.live.watcher import Job, Watcher, make_report
from reportgen.model_facts import read_model
from reportgen.outputs.files import check_target, is_special
from reportgen.outputs.journal_file import JournalFile
from reportgen.text import quoted

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import Report

try:
    import keras
except ImportError as error:
    raise MissingExtraError(
        "ReportCallback needs Keras 3 or later, which is not installed. Run: pip install 'keras-reportgen[tensorflow]'"
    ) from error

_LEARNING_RATE: Final = "learning_rate"
MOST_IN_A_REPORT: Final = 200_000  # values; that of `page.embedded`, which loads too much to be asked


class ReportCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Writes a report when training ends, by whatever way it ends.

    Give it last in ``callbacks``, so that it sees what other callbacks add to the logs. In distributed training only
    the chief writes. A training that ends by an exception or by Ctrl-C leaves a report that says "interrupted": at once
    where the exception is handled or, in a notebook, at the end of the cell, and at the latest when Python exits. One
    that is killed leaves such a report, too, and a journal beside it, which a resumed training continues; see
    docs/callback.md.

    Args:
        path: Where the report goes. The folder must exist.
        title: Heading of the report.
        baseline: An earlier run to compare with, any source that `reportgen.load` takes.
        directions: "lower" or "higher" by metric, for metrics whose name does not tell what is better.
        lang: What the report is written in: "en" or "zh-CN".
        email: Whom the finished report is mailed to, one address or several, through the server that
            ``REPORTGEN_SMTP_URL`` names; see docs/email.md. The file is written first.
        update_freq: "epoch", "batch", or a number N: log every N batches, too. The run is then counted in steps.

    Raises:
        SettingsError: ``update_freq`` is something else.
        LanguageError: there is no such language.
        OutputError: an address to mail to is none.
        MissingExtraError: css-inline or Pillow, which mail needs, is not installed.

    Attributes:
        report: The finished `reportgen.Report`, made when it is first asked for; None before the training has ended.

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
        update_freq: str | int = "epoch",
    ) -> None:
        super().__init__()
        self.update_freq = update_freq
        self._every = _batches_between(update_freq)
        self.path = os.fspath(path)
        self.title = title
        self.baseline = baseline
        self.directions = dict(directions or {})
        self.lang = language(lang).code
        self.email = email
        if email is not None:
            from reportgen.outputs.email import parse_recipients  # needs an extra

            parse_recipients(email)
        self._place = Path(self.path)
        self._forget()

    def _forget(self) -> None:
        """Starts with nothing collected."""
        self._head: dict[str, Any] = {}
        self._earlier: dict[str, Any] | None = None  # facts of the part that this one continues, if it does
        self._first = self._epoch = 0
        self._rows: list[dict[str, Any]] = []
        self._batches = Batches(self._every or 1)
        self._end: dict[str, Any] | None = None
        self._report: Report | None = None
        self._started_at: str | None = None
        self._epoch_begin = 0.0
        self._warned = False
        self._journal: JournalFile | None = None
        self._watcher: Watcher | None = None
        self._mail_server: Any = None
        self._on_exit: weakref.finalize[Any, Any] | None = None

    @property
    def report(self) -> "Report | None":
        """The finished report; None before the training has ended."""
        if self._report is None and self._end is not None:
            self._report = make_report(
                self._history(),
                baseline=self.baseline,
                directions=self.directions,
                lang=self.lang,
                failed=self._warn_of,
            )
        return self._report

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Notes the start, and arranges for a report should ``fit`` never come to its end."""
        with self._guarded("watch the training"):
            self._finish_interrupted()
            self._forget()
            self._check_mail()
            self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
            self._place = Path(os.path.abspath(self.path))  # the program may change its folder before the end
            owner = _fit_owner()
            if owner is not None:
                # fit's own list of callbacks dies with fit's frame, by exception too; at exit at the latest.
                self._on_exit = weakref.finalize(owner, self._finish_interrupted)
                self._watch_notebook(True)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the clock of an epoch; at the first one looks for the journal of an earlier part."""
        self._epoch = epoch + 1
        if not self._first:
            self._first = self._epoch
            self._find_earlier_part()
        self._batches.begin_epoch(self._epoch)
        self._epoch_begin = time.perf_counter()

    @property
    def on_train_batch_end(self) -> Any:
        """What Keras is to call after each batch.

        Keras' own where no batches are logged: it is known by that, and batches do not wait for the values of the one
        before (Keras 3.15).
        """
        return super().on_train_batch_end if self._every is None else self._log_batch

    def _log_batch(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keeps a batch's logs until they are written together with those of others."""
        if not self._batches.is_due(batch) or not logs:
            return
        try:
            values = logs if set(map(type, logs.values())) == {float} else self._numbers(logs)
            if not self._batches.fits(values):
                self._write_batches()
            self._batches.add(values)
        except Exception as error:
            self._warn_of("collect the logs of a batch", error)
        if self._batches.is_time_to_write():
            self._write_batches()

    def _write_batches(self) -> None:
        record = self._batches.take()
        if record is not None and _is_chief():
            with self._guarded(f"write the report {self.path}"):
                self._record(record)

    def _numbers(self, logs: Mapping[str, Any]) -> dict[str, Any]:
        """What was logged, without what is no number."""
        values: dict[str, Any] = {}
        for name, value in logs.items():
            with self._guarded(f"collect {name!r}, which is no number"):
                values[name] = _plain(value)
        return values

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keeps an epoch's logs, with its own number, duration and learning rate."""
        self._write_batches()
        with self._guarded("collect the logs of an epoch"):
            values = self._numbers(logs or {})
            if _LEARNING_RATE not in values and "lr" not in values:
                rate = self._learning_rate()
                if rate is not None:
                    values[_LEARNING_RATE] = rate
            seconds = round(time.perf_counter() - self._epoch_begin, 4)
            step = {} if self._every is None else {"step": self._batches.step}
            self._rows.append({"epoch": epoch + 1, **step, "seconds": seconds, "values": values})
        if self._rows and _is_chief():
            with self._guarded(f"write the report {self.path}"):
                self._record(self._rows[-1])

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Writes the report."""
        planned = self._planned()
        ended_early = planned is not None and bool(self._rows) and self._rows[-1]["epoch"] < planned
        self._finish("stopped-early" if ended_early else "completed")

    def _finish_interrupted(self) -> None:
        """Writes the report of a training whose end never came; does nothing where it came."""
        if self._on_exit is not None:
            self._finish("interrupted")
            _keep_ctrl_c()

    def _finish(self, status: Status) -> None:
        """Writes the report once and lets go of everything that waited for it."""
        if self._on_exit is not None:
            self._on_exit.detach()
            self._on_exit = None
        with self._guarded("watch the notebook"):
            self._watch_notebook(False)
        self._write_batches()
        if not self._head:
            return
        written = False
        with self._guarded(f"write the report {self.path}"):
            stopping = None if status == "interrupted" else _early_stopping()
            end = as_line(pack_run(RunFacts(status=status, early_stopping=stopping)))
            self._end = parse_line(end)
            written = self._has_watcher_finish()
            if not written and self.report is not None:
                self.report.save(self._place)
                written = True
        if self._journal is not None:
            if written and status != "interrupted" and self._is_all_in_the_report():
                self._journal.remove()
            else:
                self._journal.close()
            self._journal = None
        if self._mail_server is not None:
            with self._guarded("email the report"):
                self._send()

    def _is_all_in_the_report(self) -> bool:
        """Whether the journal holds no more than the report; of long runs a page holds only what its charts show."""
        if self._every is not None:
            return False
        cells = (value for row in self._rows for value in row["values"].values())
        return sum(len(value) if isinstance(value, list) else 1 for value in cells) <= MOST_IN_A_REPORT

    def _record(self, record: dict[str, Any]) -> None:
        """Journals an epoch or batches; with the first of them starts the journal and the watcher."""
        path = journal_path(self._place)
        if not self._head:
            self._head = self._begin()
        if self._journal is not None:
            if path.exists():
                self._journal.append(record)
                return
            self._journal.close()  # it is gone, perhaps with its folder: written anew once that is back
            self._journal = None
        if is_special(check_target(self._place)):
            return
        self._journal = JournalFile(path, self._head, self._records(path, record))
        self._earlier = None  # it is in the new journal
        if self._watcher is None:
            with self._guarded("start the process that keeps the report fresh"):
                self._watcher = Watcher(self._job(path))

    def _records(self, path: Path, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What a new journal begins with, beyond its head: the earlier part, all epochs, and this record."""
        rows = self._rows
        if self._earlier is not None:
            yield from records_before(path, self._first)
            rows = [row for row in rows if row["epoch"] >= self._first]
        yield from rows
        if record not in rows[-1:]:
            yield record

    def _find_earlier_part(self) -> None:
        """Takes up the epochs of the journal that lies there, where the training begins after the first one."""
        path = journal_path(self._place)
        with self._guarded(f"continue the journal {path}"):
            if self._first > 1 and path.exists() and isinstance(facts := head_of(path).get("run"), dict):
                rows = [record for record in records_before(path, self._first) if "steps" not in record]
                if rows:
                    self._earlier, self._rows = facts, rows
                    self._batches.step = max(0, *(int(row.get("step") or 0) for row in rows))

    def _begin(self) -> dict[str, Any]:
        """The first record of the journal, once there is something to write and the model is built."""
        steps = (self.params or {}).get("steps")
        facts = read_model(self.model) | pack_run(
            RunFacts(
                title=self.title,
                epochs_planned=self._planned(),
                started_at=self._started_at,
                steps_per_epoch=int(steps) if steps else None,
            )
        )
        if self._earlier is not None:
            seams = [epoch for epoch in self._earlier.get("resumed_at", ()) if epoch < self._first]
            started_at = self._earlier.get("started_at", self._started_at)
            facts |= {"started_at": started_at, "resumed_at": [*seams, self._first]}
        head = {"schema": SCHEMA, "id": secrets.token_hex(8), "run": facts}
        return parse_line(as_line(head)) or head  # in the form that it has when it is read back

    def _job(self, journal: Path) -> Job:
        """What the watcher is to do."""
        baseline, data = self.baseline, None
        if baseline is not None and not isinstance(baseline, str | os.PathLike):
            baseline = None
            with self._guarded("read the baseline"):
                from reportgen.report import load  # loads pandas, which only such objects need here

                data = load(self.baseline).to_json()
        place = None if baseline is None else os.fspath(baseline)
        return Job(self._head["id"], str(journal), str(self._place), self.lang, self.directions, place, data)

    def _has_watcher_finish(self) -> bool:
        """Whether the watcher wrote the report; if not, it has ended and it is to be written here."""
        watcher, self._watcher = self._watcher, None
        if self._journal is not None:
            with suppress(ReportgenError):  # then what is written here says what is wrong
                self._journal.append({"end": self._end})
                return watcher is not None and watcher.finish()
        if watcher is not None:
            watcher.leave()
        return False

    def _check_mail(self) -> None:
        """Finds the mail server at once: who set none should not learn it when a long training has ended."""
        if self.email is not None and _is_chief():
            with self._guarded("email the report"):
                from reportgen.outputs.smtp import server_from

                self._mail_server = server_from(os.environ)
            self._warned = False  # what goes wrong later is another matter

    def _send(self) -> None:
        """Mails the report."""
        from reportgen.outputs.email import size_warning
        from reportgen.outputs.smtp import send

        report: Any = self.report
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            message = report.email(self.email)
        if large := size_warning(message):
            self._warn(f"reportgen: {large}")
        send(message, self._mail_server)

    def _history(self) -> "TrainingHistory":
        """What was collected; of batches what the journal holds, where it is still there."""
        from reportgen.sources.formats.journal import history_of_journal, history_of_records  # loads pandas

        if self._every is not None:
            path = journal_path(self._place)
            with suppress(OSError, ReportgenError):
                if self._journal is not None:
                    return history_of_journal(self._journal.read(), str(path))
                if head_of(path).get("id") == self._head["id"]:
                    return history_of_journal(path.read_bytes(), str(path))
        return history_of_records([self._head, *self._rows, {"end": self._end}], "training logs")

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

    def _warn_of(self, doing: str, error: Exception) -> None:
        reason = str(error) if isinstance(error, ReportgenError) else f"{type(error).__name__}: {error}"
        self._warn(f"reportgen could not {doing}: {reason}")

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
        self._callback._warn_of(self._doing, error)
        return True


def _batches_between(update_freq: str | int) -> int | None:
    """Every how many batches something is logged; None where only epochs are."""
    if update_freq == "epoch":
        return None
    if update_freq == "batch":
        return 1
    if isinstance(update_freq, int) and not isinstance(update_freq, bool) and update_freq >= 1:
        return update_freq
    raise SettingsError(
        f'update_freq is {quoted(update_freq)}; "epoch", "batch" or a whole number of batches is needed. Correct it.'
    )


def _plain(value: Any) -> Any:
    """A logged value as Python number, or list of numbers for a vector."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, int | float):
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


def _early_stopping() -> EarlyStopping | None:
    """The early stop among the callbacks of the running ``fit``, with what it does at the end; None without one."""
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
