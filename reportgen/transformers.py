"""The callback for the Trainer of Hugging Face. Transformers is loaded when `TrainerReport` is used.

from reportgen.transformers import TrainerReport
trainer = transformers.Trainer(model, args, ..., callbacks=[TrainerReport("report.html")])
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reportgen.errors import EvaluationError, MissingExtraError
from reportgen.history.facts import RunFacts
from reportgen.history.params import setting_text
from reportgen.history.stored import pack_run
from reportgen.live.logged import KerasNames
from reportgen.live.provenance import used_device, versions
from reportgen.live.session import AddsToSession, Framework, Session
from reportgen.live.surroundings import is_shared, local_of_callers
from reportgen.live.torch_module import has_logits
from reportgen.model_facts import read_model

if TYPE_CHECKING:
    from reportgen.report import Report

_SUMMARY: Final = "train_runtime"  # in the row that Trainer logs after training
_NO_METRICS: Final = ("_runtime", "_per_second", "_flos", "epoch")
_TEST: Final = "test_"
_IGNORED: Final = -100  # the label of tokens that have none
_SHOWN: Final = (  # settings of Trainer that decide a result
    *("learning_rate", "lr_scheduler_type", "warmup_steps", "warmup_ratio", "num_train_epochs", "max_steps"),
    *("per_device_train_batch_size", "gradient_accumulation_steps", "weight_decay", "max_grad_norm", "optim", "seed"),
    *("label_smoothing_factor", "bf16", "fp16"),
)


class _TrainerHooks(AddsToSession):
    """Writes a report on a run of the Hugging Face Trainer, as `ReportCallback` does for Keras.

    The report counts epochs if Trainer logs and evaluates once per epoch; otherwise it counts steps.

    Metrics of a later ``trainer.predict`` are added to the report. `evaluate` and `log_test` add more.

    Args:
        path: As for `ReportCallback`.
        evaluate: Test data with labels, as ``trainer.predict`` takes them; predicted when training has ended.
        labels: Names of the classes, in the order of their ids.
        options: All other options of `ReportCallback` but ``update_freq``: Trainer's ``logging_steps`` decides.

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
        if "update_freq" in options:
            raise TypeError("TrainerReport has no update_freq; set logging_steps of TrainingArguments.")
        self._session = Session(path, **options)
        self._test_data = evaluate
        self._labels = labels
        self._reset()

    def _reset(self) -> None:
        self._names = KerasNames()
        self._last = 0
        self._logged_at = self._begun_at = time.perf_counter()

    @property
    def path(self) -> str:
        """Where the report is: an absolute path, once training has begun; before, the path as given."""
        return self._session.path

    @property
    def report(self) -> "Report | None":
        """The finished report; None until training has ended."""
        return self._session.report

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Starts a recording in the process of rank 0."""
        self._reset()
        if state.is_world_process_zero:
            files = tuple(str(sys.modules[name].__file__) for name in ("transformers",) if name in sys.modules)
            framework = Framework(files, has_parts=True, nothing="Trainer logged nothing")
            model = kwargs.get("model")
            self._session.begin(framework, lambda: _facts(args, model), owner=self._session, in_cell=True)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Records what Trainer logs while it trains."""
        session = self._session
        if not session.is_open:
            return
        with session.guard.guarding("log values"):
            if not isinstance(logs, Mapping) or _SUMMARY in logs:
                return
            read = {name: value for name, value in logs.items() if not str(name).endswith(_NO_METRICS)}
            values = self._names.rename(session.logs.read(read))
            step = int(state.global_step)
            number, counted = (round(float(state.epoch)), None) if _by_epochs(args) else (step + 1, step)
            if not values or not number or number < self._last:  # an evaluation before the training
                return
            more, now = number == self._last, time.perf_counter()
            if not more:
                self._begun_at = self._logged_at
            self._last, self._logged_at = number, now
            session.add_epoch(number, now - self._begun_at, values, more=more, step=counted)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Writes the report."""
        is_early = 0 < int(state.global_step) < int(state.max_steps)
        if self._test_data is not None and self._session.is_open and not is_shared():
            with self._session.guard.guarding("evaluate the model on the test data"):
                true, predicted = _predicted(self._test_data)
                self.evaluate(true, predicted, labels=self._labels, from_logits=has_logits(true, predicted))
        self._session.finish("stopped-early" if is_early else "completed")

    def on_predict(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        """Adds the metrics of ``trainer.predict`` to the report of the training before it."""
        self._log_test(metrics)

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        """Adds the metrics of ``trainer.evaluate(data, metric_key_prefix="test")``."""
        self._log_test(metrics)

    def _log_test(self, metrics: Any) -> None:
        with self._session.guard.guarding("log test results"):
            named = {str(name): value for name, value in dict(metrics or {}).items()}
            tested = {name: value for name, value in named.items() if name.startswith(_TEST)}
            if tested and self._session.has_recorded:
                self.log_test({name: value for name, value in tested.items() if not name.endswith(_NO_METRICS)})


def _predicted(data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions of test data, by the Trainer whose training has just ended."""
    trainer = local_of_callers("self", _is_trainer)
    found = trainer.predict(data)
    true, predicted = found.label_ids, found.predictions
    predicted = predicted[0] if isinstance(predicted, tuple) else predicted  # before hidden states
    if true is None or isinstance(true, tuple):
        raise EvaluationError("the test data has no labels, or several; one per row is needed. Pass data with labels.")
    if predicted.ndim == true.ndim + 1 and true.ndim > 1:  # one label per token
        kept = true != _IGNORED
        true, predicted = true[kept], predicted[kept]
    return true, predicted


def _is_trainer(value: Any) -> bool:
    is_theirs = any(kind.__module__ == "transformers.trainer" for kind in type(value).__mro__)
    return is_theirs and hasattr(value, "predict")


def _by_epochs(args: Any) -> bool:
    """Whether Trainer logs and evaluates once per epoch."""
    strategies = [
        str(getattr(getattr(args, name, "no"), "value", "no")) for name in ("logging_strategy", "eval_strategy")
    ]
    return strategies[0] == "epoch" and strategies[1] in ("epoch", "no")


def _facts(args: Any, model: Any) -> dict[str, Any]:
    """The facts of the run, packed. Those that cannot be read are absent."""
    settings = dict(used_device())
    for name in _SHOWN:
        value = getattr(args, name, None)
        if value not in (None, False, 0, -1, ""):
            settings[name] = setting_text(getattr(value, "value", value))  # some are members of an Enum
    run = RunFacts(tool="transformers", versions=versions(), settings=tuple(settings.items()))
    facts = pack_run(run)
    with suppress(Exception):
        planned = float(args.num_train_epochs)
        if _by_epochs(args) and planned == int(planned):
            facts["epochs_planned"] = int(planned)
    return {**facts, **pack_run(RunFacts(**read_model(model)))}


def _callback_class() -> type:
    try:
        found: type = import_module("transformers").TrainerCallback
    except ModuleNotFoundError:
        raise MissingExtraError(
            "TrainerReport needs Transformers, which is not installed. Run: pip install 'transformers[torch]'"
        ) from None
    return found


def __getattr__(name: str) -> Any:
    """Makes `TrainerReport` on first use."""
    if name != "TrainerReport":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = type(name, (_TrainerHooks, _callback_class()), {"__module__": __name__, "__doc__": _TrainerHooks.__doc__})
    globals()[name] = made
    return made
