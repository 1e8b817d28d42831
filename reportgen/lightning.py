"""The callback for PyTorch Lightning. Lightning is loaded when `LightningReport` is used, not when this is imported.

from reportgen.lightning import LightningReport
trainer = lightning.Trainer(max_epochs=50, callbacks=[LightningReport("report.html")])
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from reportgen.errors import MissingExtraError
from reportgen.history.facts import EarlyStopping, RunFacts
from reportgen.history.params import flat_params, setting_text
from reportgen.history.stored import pack_run
from reportgen.live.logged import KerasNames
from reportgen.live.provenance import versions
from reportgen.live.session import AddsToSession, Framework, Session
from reportgen.live.surroundings import is_shared
from reportgen.live.torch_module import has_logits, predict_batches
from reportgen.model_facts import read_model

if TYPE_CHECKING:
    from reportgen.report import Report

_PACKAGES: Final = ("lightning.pytorch", "pytorch_lightning")
_RATE: Final = "learning_rate"
_PARTS: Final = ("_step", "_epoch")  # Lightning's second names of values that it logs by step and by epoch


class _LightningHooks(AddsToSession):
    """Writes a report on a training of PyTorch Lightning, as `ReportCallback` does for Keras.

    Metrics of a later ``trainer.test`` are added to the report. `evaluate` and `log_test` add more.

    Args:
        path: As for `ReportCallback`.
        evaluate: Test data: a loader with pairs of inputs and targets, or a data module with a ``test_dataloader``. The
            module predicts them when training has ended, with ``predict_step`` if it has its own.
        labels: Names of the classes, in the order of their ids.
        options: All other options of `ReportCallback`. ``params`` is added to the hyperparameters of the module.

    Attributes:
        path: Where the report is.
        report: The finished `reportgen.Report`; None until training has ended.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "report.html",
        *,
        evaluate: Any = None,
        labels: Sequence[Any] | Mapping[Any, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self._session = Session(path, **options)
        self._test_data = evaluate
        self._labels = labels
        self._names = KerasNames()
        self._begun_at = 0.0
        self._is_validated = False

    @property
    def path(self) -> str:
        """Where the report is: an absolute path, once training has begun; before, the path as given."""
        return self._session.path

    @property
    def report(self) -> "Report | None":
        """The finished report; None until training has ended."""
        return self._session.report

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Starts a recording, in the process that also writes the checkpoints."""
        self._names, self._is_validated = KerasNames(), False
        if trainer.is_global_zero:
            files = tuple(str(sys.modules[name].__file__) for name in _PACKAGES if name in sys.modules)
            framework = Framework(files, nothing="fit did not train any epochs")
            self._session.begin(framework, lambda: _facts(trainer, pl_module), owner=self._session, in_cell=True)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Starts the timer of an epoch."""
        self._session.begin_epoch(int(trainer.current_epoch) + 1)
        self._begun_at = time.perf_counter()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Logs the loss of a batch, if ``update_freq`` chooses it."""
        batches = self._session.batches
        if self._session.every is None or batches is None:
            return
        with self._session.guard.guarding("collect the logs of a batch"):
            if batches.is_due(batch_idx):
                loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
                self._session.add_batch(self._session.logs.read({"loss": loss}))

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Notes that the metrics have new values of validation."""
        self._is_validated = not trainer.sanity_checking

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Records the metrics of an epoch, its duration and the learning rate."""
        session = self._session
        if not session.is_open:
            return
        with session.guard.guarding("collect the logs of an epoch"):
            read = session.logs.read(_without_parts(trainer.callback_metrics))
            values = self._names.rename(read)
            if not self._is_validated:  # Lightning keeps the values of the last validation
                values = {name: value for name, value in values.items() if not name.startswith("val_")}
            if _RATE not in values and "lr" not in values:
                with suppress(Exception):  # an optimizer of the module's own
                    values[_RATE] = float(trainer.optimizers[0].param_groups[0]["lr"])
            session.add_epoch(int(trainer.current_epoch) + 1, time.perf_counter() - self._begun_at, values)
            self._is_validated = False

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Writes the report."""
        planned = _planned(trainer)
        is_early = planned is not None and 0 < self._session.last_epoch < planned
        if self._test_data is not None and self._session.is_open and not is_shared() and trainer.num_devices == 1:
            with self._session.guard.guarding("evaluate the model on the test data"):
                true, predicted = _predicted(trainer, pl_module, self._test_data)
                self.evaluate(true, predicted, labels=self._labels, from_logits=has_logits(true, predicted))
        self._session.finish("stopped-early" if is_early else "completed", lambda: _stopping(trainer))

    def on_test_end(self, trainer: Any, pl_module: Any) -> None:
        """Adds the metrics of ``trainer.test`` to the report of the training before it."""
        with self._session.guard.guarding("log test results"):
            if self._session.has_recorded:
                self.log_test(_without_parts(trainer.callback_metrics))

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Writes the report of a run that an exception or Ctrl-C ends."""
        if self._session.is_open:
            self._session.finish("interrupted", lambda: _stopping(trainer))


def _predicted(trainer: Any, module: Any, data: Any) -> tuple[Any, Any]:
    """Targets and predictions of test data. Raises EvaluationError if they have another form."""
    if hasattr(data, "test_dataloader"):
        data.setup("test")
        data = data.test_dataloader()
    step = module.predict_step
    is_own = step.__func__.__module__.partition(".")[0] not in ("lightning", "pytorch_lightning")
    with trainer.precision_plugin.forward_context():
        return predict_batches(
            module,
            data,
            lambda batch, inputs, number: step(batch, number) if is_own else module(inputs),
            lambda batch: trainer.strategy.batch_to_device(trainer.precision_plugin.convert_input(batch)),
        )


def _without_parts(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics without their second names: ``train_loss`` is also there as ``train_loss_step`` and ``_epoch``."""
    return {
        name: value
        for name, value in metrics.items()
        if not any(name.endswith(part) and name.removesuffix(part) in metrics for part in _PARTS)
    }


def _planned(trainer: Any) -> int | None:
    return trainer.max_epochs if isinstance(trainer.max_epochs, int) and trainer.max_epochs > 0 else None


def _stopping(trainer: Any) -> EarlyStopping | None:
    """The settings of `EarlyStopping`, if the trainer has one."""
    used = next(iter(trainer.early_stopping_callbacks), None)
    return None if used is None else EarlyStopping(str(used.monitor), int(used.patience), None, restores=False)


def _facts(trainer: Any, module: Any) -> dict[str, Any]:
    """The facts of the run, packed. Those that cannot be read are absent."""
    facts = pack_run(RunFacts(tool="lightning", epochs_planned=_planned(trainer), versions=versions()))
    settings: dict[str, Any] = {}
    readers: tuple[tuple[dict[str, Any], Any], ...] = (
        (facts, lambda: pack_run(RunFacts(early_stopping=_stopping(trainer)))),
        (facts, lambda: pack_run(RunFacts(**read_model(module)))),
        (facts, lambda: {"optimizer": type(trainer.optimizers[0]).__name__}),
        (facts, lambda: {"optimizer_settings": _optimizer_settings(trainer.optimizers[0])}),
        (facts, lambda: {"params": flat_params(module.hparams)}),
        (facts, lambda: {"steps_per_epoch": int(trainer.num_training_batches)}),
        (settings, lambda: {"batch_size": trainer.train_dataloader.batch_size}),
        (settings, lambda: {"train_rows": len(trainer.train_dataloader.dataset)}),
        (settings, lambda: {"precision": trainer.precision}),
        (settings, lambda: {"device": trainer.strategy.root_device.type.upper(), "devices": trainer.num_devices}),
    )
    for holder, read in readers:
        with suppress(Exception):  # a module, a loader or a strategy of any class
            holder |= read()
    known = [(name, setting_text(value)) for name, value in settings.items() if value is not None]
    return {**facts, "settings": tuple(known)}


def _optimizer_settings(optimizer: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, setting_text(value))
        for name, value in optimizer.defaults.items()
        if name != "lr" and value is not None and value is not False
    )


def _callback_class() -> type:
    """Lightning's class of callbacks, of the package that the program has loaded."""
    loaded = [name for name in _PACKAGES if name in sys.modules]
    for name in loaded or _PACKAGES:
        try:
            found: type = import_module(name).Callback
        except ModuleNotFoundError:
            continue
        return found
    raise MissingExtraError(
        "LightningReport needs PyTorch Lightning, which is not installed. Run: pip install lightning"
    )


def __getattr__(name: str) -> Any:
    """Makes `LightningReport` on first use."""
    if name != "LightningReport":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = type(
        name, (_LightningHooks, _callback_class()), {"__module__": __name__, "__doc__": _LightningHooks.__doc__}
    )
    globals()[name] = made
    return made
