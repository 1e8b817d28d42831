"""Evaluates a trained Keras model on test data: its own metrics, and the scores of its predictions."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np

from reportgen.errors import EvaluationError
from reportgen.evaluation import evaluate
from reportgen.evaluation.tasks import MAX_TESTED
from reportgen.history.evaluation import Evaluation
from reportgen.keras_versions import to_numpy
from reportgen.model_facts import read_model
from reportgen.text import listed

_OF_NUMBERS: Final = ("squared", "absolute", "mse", "mae", "huber", "log_cosh", "logcosh", "poisson", "tweedie")


def measure_model(model: Any, data: Any) -> tuple[tuple[str, float], ...]:
    """The finite results of ``model.evaluate`` by name.

    Args:
        model: A compiled model.
        data: Inputs and targets as a pair, or any data set that ``model.evaluate`` takes.
    """
    arguments = data if isinstance(data, tuple) else (data,)
    weights = {"sample_weight": arguments[2]} if len(arguments) > 2 else {}
    found = model.evaluate(*arguments[:2], **weights, verbose=0, return_dict=True)
    results = ((str(name), float(value)) for name, value in found.items() if np.ndim(value) == 0)
    return tuple((name, value) for name, value in results if math.isfinite(value))


def score_model(model: Any, data: Any, labels: Sequence[Any] | Mapping[Any, str] | None) -> Evaluation:
    """The evaluation of what a model predicts for test data.

    Raises:
        EvaluationError: the model has several outputs, or its predictions cannot be evaluated.
    """
    facts = read_model(model)
    n_outputs = len(getattr(model, "outputs", None) or [1])
    if n_outputs > 1:
        names = [str(name) for name in getattr(model, "output_names", None) or range(n_outputs)]
        raise EvaluationError(
            f"the model has {n_outputs} outputs, {listed(names)}, so only its metrics are shown. For scores of one, "
            "pass its true and predicted values to reportgen.evaluate, and the result as build(evaluation=)"
        )
    if isinstance(data, tuple):
        true, predicted = to_numpy(data[1]), np.asarray(model.predict(data[0], verbose=0))
    else:
        true, predicted = _batches(model, data)
    loss = str(facts.get("loss") or "").lower()
    task: Any = "regression" if any(word in loss for word in _OF_NUMBERS) and "hinge" not in loss else None
    return evaluate(true, predicted, labels=labels, task=task, from_logits=_has_logits(model))


def _batches(model: Any, data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Targets and predictions of a data set, batch by batch, as its order may change from one pass to the next."""
    true, predicted, n_rows = [], [], 0
    for batch in _each(data):
        if not isinstance(batch, tuple | list) or len(batch) < 2:
            raise EvaluationError("the test data have no targets, which are the second part of each batch")
        true.append(to_numpy(batch[1]))
        predicted.append(np.asarray(model.predict_on_batch(batch[0])))
        n_rows += len(true[-1])
        if n_rows >= MAX_TESTED:
            break
    if not true:
        raise EvaluationError("the test data have no rows left to predict; a generator can be used only once")
    return np.concatenate(true), np.concatenate(predicted)


def _each(data: Any) -> Iterator[Any]:
    """The batches of a data set: of one with a length, such as a ``PyDataset``, one after the other."""
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        yield from (data[place] for place in range(len(data)))
    else:
        yield from data


def _has_logits(model: Any) -> bool:
    """Whether the loss takes logits."""
    with suppress(Exception):  # a loss may be any function
        return bool(model.loss.get_config().get("from_logits"))
    return False
