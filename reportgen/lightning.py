"""The callback for PyTorch Lightning. Lightning is loaded when `LightningReport` is used, not when this is imported.

from reportgen.lightning import LightningReport
trainer = lightning.Trainer(max_epochs=50, callbacks=[LightningReport("report.html")])
"""

import os
import sys
import time
from collections.abc import Mapping
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

if TYPE_CHECKING:
    from reportgen.report import Report

_PACKAGES: Final = ("lightning.pytorch", "pytorch_lightning")
_RATE: Final = "learning_rate"
_PARTS: Final = ("_step", "_epoch")  # Lightning's second names of values that it logs by step and by epoch


class _LightningHooks(AddsToSession):
    """Writes a report on a training of PyTorch Lightning, as `ReportCallback` does for Keras.

    Args:
        path: As for `ReportCallback`.
        options: All other options of `ReportCallback`. ``params`` is added to the hyperparameters of the module.

    Attributes:
        path: Where the report is.
        report: The finished `reportgen.Report`; None until training has ended.
    """

    def __init__(self, path: str | os.PathLike[str] = "report.html", **options: Any) -> None:
        super().__init__()
        self._session = Session(path, **options)
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
            framework = Framework(files, nothing="fit trained no epoch")
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
        self._session.finish("stopped-early" if is_early else "completed", lambda: _stopping(trainer))

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Writes the report of a run that an exception or Ctrl-C ends."""
        if self._session.is_open:
            self._session.finish("interrupted", lambda: _stopping(trainer))


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
        (facts, lambda: {"model_name": type(module).__name__}),
        (facts, lambda: pack_run(RunFacts(early_stopping=_stopping(trainer)))),
        (facts, lambda: {"parameters": sum(weights.numel() for weights in module.parameters())}),
        (facts, lambda: {"trainable_parameters": _trainable(module)}),
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


def _trainable(module: Any) -> int:
    return sum(weights.numel() for weights in module.parameters() if weights.requires_grad)


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
