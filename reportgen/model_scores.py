"""Evaluates a trained Keras model on test data: its own metrics, and the scores of its predictions."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np

from reportgen.errors import EvaluationError, ReportgenError
from reportgen.evaluation import evaluate
from reportgen.evaluation.tasks import MAX_TESTED
from reportgen.history.evaluation import Evaluation
from reportgen.history.facts import RunFacts
from reportgen.keras_versions import to_numpy
from reportgen.model_facts import name_loss
from reportgen.text import listed, quoted

_OF_NUMBERS: Final = ("squared", "absolute", "mse", "mae", "huber", "log_cosh", "logcosh", "poisson", "tweedie")
MAX_EVALUATED: Final = 12  # outputs; our choice: each is a part of the page


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


def score_model(
    model: Any, data: Any, labels: Sequence[Any] | Mapping[Any, Any] | None
) -> tuple[RunFacts, tuple[str, ...]]:
    """The evaluation of what a model predicts for test data; one per output of a model with several.

    Args:
        model: A compiled model.
        data: As for `measure_model`.
        labels: Names of the classes, for a model with several outputs by the name of the output.

    Returns:
        The evaluations, and why an output has none: a sentence for each such output.

    Raises:
        EvaluationError: nothing can be evaluated.
    """
    if isinstance(data, tuple):
        true, predicted = data[1], model.predict(data[0], verbose=0)
    else:
        true, predicted = _batches(model, data)
    found = _by_output(predicted, model)
    if len(found) < 2:
        (alone,) = found.values()
        true = next(iter(true.values()), None) if isinstance(true, Mapping) else true
        return RunFacts(evaluation=_score(to_numpy(true), np.asarray(alone), model.loss, labels)), ()
    targets, evaluations, failures = _by_output(true, model), [], []
    for name in list(found)[:MAX_EVALUATED]:
        try:
            if targets.get(name) is None:
                raise EvaluationError(f"the test data has no targets for it; it has {listed(list(targets))}")
            values = to_numpy(targets[name]), np.asarray(found[name])
            evaluations.append((name, _score(*values, _part(model.loss, name, list(found)), _labels_of(name, labels))))
        except (ReportgenError, TypeError, ValueError) as error:
            failures.append(f"output {quoted(name)}: {error}")
    return RunFacts(output_evaluations=tuple(evaluations)), tuple(failures)


def raise_failures(failures: Sequence[str]) -> None:
    """Raises an EvaluationError if an output could not be evaluated."""
    if failures:
        raise EvaluationError("; ".join(failures))


def _score(true: np.ndarray, predicted: np.ndarray, loss: Any, labels: Any) -> Evaluation:
    """The evaluation of one output. Its loss says whether it is a regression and whether it has logits."""
    name = str(name_loss(loss) or "").lower()
    task: Any = "regression" if any(word in name for word in _OF_NUMBERS) and "hinge" not in name else None
    return evaluate(true, predicted, labels=labels, task=task, from_logits=_has_logits(loss))


def _by_output(values: Any, model: Any) -> dict[str, Any]:
    """Values by output: those of a dict by its keys, those of a list by the names that Keras gives outputs in logs."""
    if isinstance(values, Mapping):
        return {str(name): value for name, value in values.items()}
    if not isinstance(values, list | tuple):
        return {"": values}
    names = [str(name) for name in getattr(model, "output_names", None) or ()]
    if len(names) != len(values):
        names = [f"output_{number}" for number in range(1, len(values) + 1)]
    return dict(zip(names, values, strict=True))


def _part(losses: Any, name: str, names: Sequence[str]) -> Any:
    """The loss of one output: losses may be a single one, a list or a dict."""
    if isinstance(losses, Mapping):
        return losses.get(name)
    if isinstance(losses, list | tuple):
        return dict(zip(names, losses, strict=False)).get(name)
    return losses


def _labels_of(name: str, labels: Any) -> Any:
    """The names of the classes of one output; None without any."""
    if labels is None:
        return None
    if not isinstance(labels, Mapping) or any(isinstance(value, str) for value in labels.values()):
        raise EvaluationError(
            f"labels are needed for each output. Pass a dict by output, such as labels={{{name!r}: [...]}}"
        )
    return labels.get(name)


def _batches(model: Any, data: Any) -> tuple[Any, Any]:
    """Targets and predictions of a data set, batch by batch, as its order may change from one pass to the next."""
    true: list[Any] = []
    predicted: list[Any] = []
    n_rows = 0
    for batch in _each(data):
        if not isinstance(batch, tuple | list) or len(batch) < 2:
            raise EvaluationError("the test data has no targets, which are the second part of each batch")
        true.append(_arrays(batch[1]))
        predicted.append(_arrays(model.predict_on_batch(batch[0])))
        first = predicted[-1]
        n_rows += len(
            next(iter(first.values())) if isinstance(first, Mapping) else first[0] if _is_list(first) else first
        )
        if n_rows >= MAX_TESTED:
            break
    if not true:
        raise EvaluationError("the test data has no rows left to predict; a generator can be used only once")
    return _joined(true), _joined(predicted)


def _is_list(values: Any) -> bool:
    return isinstance(values, list | tuple)


def _arrays(values: Any) -> Any:
    """A batch as an array, or as one array per output."""
    if isinstance(values, Mapping):
        return {name: to_numpy(value) for name, value in values.items()}
    return [to_numpy(value) for value in values] if _is_list(values) else to_numpy(values)


def _joined(batches: list[Any]) -> Any:
    """Batches one after the other."""
    if isinstance(batches[0], Mapping):
        return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    if _is_list(batches[0]):
        return [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    return np.concatenate(batches)


def _each(data: Any) -> Iterator[Any]:
    """The batches of a data set: of one with a length, such as a ``PyDataset``, one after the other."""
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        yield from (data[place] for place in range(len(data)))
    else:
        yield from data


def _has_logits(loss: Any) -> bool:
    """Whether a loss takes logits."""
    with suppress(Exception):  # a loss may be any function
        return bool(loss.get_config().get("from_logits"))
    return False
