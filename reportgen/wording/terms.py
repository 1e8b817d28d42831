"""The terms of advice, by tool: what it counts, and the settings that its users know. Others get neutral words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reportgen import metrics
from reportgen.history.facts import RunFacts
from reportgen.languages import Axis, Unit, marked


@dataclass(frozen=True)
class Terms:
    """How one tool calls things. Empty fields have no term that is certain; the advice is neutral then.

    Attributes:
        epoch: What it calls an epoch.
        step: What it calls a step.
        stopping: Its early stopping, with the places ``{monitor}``, ``{original}`` (as the tool logs it), ``{mode}`` (of
            Keras), ``{way}`` (min or max), ``{higher}`` and ``{patience}``.
        simulated: Whether its early stopping follows the judged curve, so that its effect can be computed.
        trains_without: Whether `stopping` works without validation values.
        restoring: The setting that restores the best weights.
        clipping: How to clip gradients.
        balancing: How to balance classes.
        is_boosting: Whether it adds trees, so that a shorter model is part of a longer one.
        validation: A sentence: how to get validation values.
        resuming: A sentence: how to resume an interrupted run.
        returning: A sentence: how to get a loss that is not 0.
    """

    epoch: Unit = "epoch"
    step: Unit = "step"
    stopping: str = ""
    simulated: bool = True
    trains_without: bool = False
    restoring: str = ""
    clipping: str = ""
    balancing: str = ""
    is_boosting: bool = False
    validation: str = marked("Log a loss on data that the model is not trained on.")
    resuming: str = ""
    returning: str = marked("Log the loss that training minimises.")


NEUTRAL: Final = Terms()
_EVAL_SET: Final = marked("Pass eval_set to fit().")
_TERMS: Final[Mapping[str, Terms]] = {
    "keras": Terms(
        stopping="EarlyStopping(monitor={monitor}{mode}, patience={patience}, restore_best_weights=True)",
        trains_without=True,
        restoring="restore_best_weights=True",
        clipping="clipnorm=1.0",
        balancing="class_weight",
        validation=marked("Pass validation_data or validation_split to fit()."),
        resuming=marked("Keras' BackupAndRestore resumes interrupted runs."),
        returning=marked("Return the loss from train_step and test_step."),
    ),
    "transformers": Terms(
        stopping="load_best_model_at_end=True, metric_for_best_model={original}, greater_is_better={higher} and "
        "EarlyStoppingCallback(early_stopping_patience={patience})",
        restoring="load_best_model_at_end=True",
        clipping="max_grad_norm=1.0",
        validation=marked("Pass eval_dataset to the Trainer, and set eval_strategy."),
        resuming=marked("trainer.train(resume_from_checkpoint=True) resumes from the last checkpoint."),
    ),
    "llama-factory": Terms(
        clipping="max_grad_norm: 1.0",
        validation=marked("Set val_size or eval_dataset, and eval_strategy."),
    ),
    "lightning": Terms(
        stopping="EarlyStopping(monitor={monitor}, mode={way}, patience={patience}) and "
        "ModelCheckpoint(monitor={monitor}, mode={way})",
        trains_without=True,
        clipping="gradient_clip_val=1.0 in the Trainer",
        validation=marked("Define validation_step, and log its loss as val_loss."),
        resuming=marked("trainer.fit(..., ckpt_path=...) resumes from a checkpoint."),
    ),
    "xgboost": Terms(
        epoch="round",
        step="round",
        stopping="early_stopping_rounds={patience}",
        is_boosting=True,
        balancing="scale_pos_weight or sample_weight",
        validation=marked("Pass eval_set to fit(), or evals to train()."),
    ),
    "lightgbm": Terms(
        epoch="round",
        step="round",
        stopping="early_stopping_rounds={patience}",
        is_boosting=True,
        balancing="class_weight or is_unbalance",
        validation=marked("Pass eval_set to fit(), or valid_sets to train()."),
    ),
    "catboost": Terms(
        epoch="iteration",
        step="iteration",
        stopping="od_type='Iter', od_wait={patience}, use_best_model=True",
        is_boosting=True,
        balancing="auto_class_weights",
        validation=_EVAL_SET,
    ),
    "boosting": Terms(epoch="round", step="round", stopping="early_stopping_rounds={patience}", is_boosting=True),
    "sklearn": Terms(
        epoch="iteration",
        step="iteration",
        stopping="early_stopping=True, n_iter_no_change={patience}",
        simulated=False,
        trains_without=True,
        validation=marked("Set early_stopping=True, which holds out validation data."),
    ),
    "ultralytics": Terms(
        stopping="patience={patience}",
        simulated=False,
        validation=marked("Train with val=True."),
        resuming=marked("train(resume=True) resumes interrupted runs."),
    ),
    "detectron2": Terms(epoch="iteration", step="iteration", clipping="SOLVER.CLIP_GRADIENTS.ENABLED True"),
    "mmengine": Terms(step="iteration", clipping="clip_grad of the optimizer wrapper"),
    "stable-baselines3": Terms(step="timestep", clipping="max_grad_norm"),
    "rllib": Terms(epoch="iteration", clipping="grad_clip"),
    "fairseq": Terms(stopping="--patience {patience}", simulated=False, clipping="--clip-norm 1.0"),
}


TOOL_NAMES: Final[Mapping[str, str]] = {  # as their makers write them
    "keras": "Keras",
    "pytorch": "PyTorch",
    "transformers": "Transformers",
    "lightning": "Lightning",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
    "sklearn": "scikit-learn",
    "ultralytics": "Ultralytics",
    "detectron2": "Detectron2",
    "mmengine": "MMEngine",
    "fairseq": "fairseq",
    "fastai": "fastai",
    "skorch": "skorch",
    "spacy": "spaCy",
    "stable-baselines3": "Stable-Baselines3",
    "rllib": "RLlib",
    "llama-factory": "LLaMA-Factory",
    "paddle": "PaddlePaddle",
}


def terms_of(tool: str | None) -> Terms:
    """The terms of a tool; neutral ones for an unknown tool."""
    return _TERMS.get(tool or "", NEUTRAL)


def unit_of(run: RunFacts, axis: Axis) -> Unit:
    """What the positions of a run are called: the word of its tool, or "episode" if that is what the log counts."""
    terms = terms_of(run.tool)
    if axis == "step":
        return terms.step
    return "episode" if any(note.code == "episodes" for note in run.notes) else terms.epoch


def stopping_code(tool: str | None, monitor: str, *, higher: bool, patience: int) -> str:
    """The early stopping of a tool as code; empty unless one is certain.

    Args:
        tool: The tool.
        monitor: The judged curve, named as Keras logs it.
        higher: Whether higher values are better.
        patience: Number of evaluations to wait.
    """
    terms, (metric, split) = terms_of(tool), metrics.parse_key(monitor)
    if not terms.stopping or (split == "train" and not terms.trains_without):
        return ""
    # Keras knows the direction only of ``loss`` and of the metrics of ``compile``.
    known = metric == "loss" or metrics.is_accuracy(metric)
    return terms.stopping.format(
        monitor=repr(monitor),
        original=repr(f"eval_{metric}"),
        mode="" if known else f", mode={'max' if higher else 'min'!r}",
        way=repr("max" if higher else "min"),
        higher=higher,
        patience=patience,
    )
