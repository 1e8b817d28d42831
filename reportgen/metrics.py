"""What a metric's name tells: its base name, split, direction and label.

In: names as frameworks log them (``val_loss``). Out: facts about the name. This room never looks at values.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

Split = Literal["train", "validation"]
Direction = Literal["lower", "higher", "unknown"]

VALIDATION_PREFIX: Final = "val_"

# Names of Keras 3 (keras.losses, keras.metrics) and their short aliases, torchmetrics and scikit-learn.
_LOWER: Final = frozenset(
    """
    loss objective cost error err error_rate nll perplexity ppl mse mae rmse msle mape smape logcosh log_loss logloss
    mean_squared_error mean_absolute_error root_mean_squared_error mean_squared_logarithmic_error
    mean_absolute_percentage_error symmetric_mean_absolute_percentage_error median_absolute_error max_error
    crossentropy cross_entropy binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy
    binary_focal_crossentropy categorical_focal_crossentropy kl_divergence kullback_leibler_divergence kld poisson
    hinge squared_hinge categorical_hinge huber brier brier_score brier_score_loss hamming_loss zero_one_loss
    false_positives false_negatives wer cer word_error_rate char_error_rate fid eer calibration_error ece
    """.split()
)
_HIGHER: Final = frozenset(
    """
    acc accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy top_k_categorical_accuracy
    sparse_top_k_categorical_accuracy top_5_accuracy balanced_accuracy balanced_accuracy_score exact_match
    auc auroc roc_auc roc_auc_score prc pr_auc auprc average_precision average_precision_score
    precision recall sensitivity specificity f1 f1_score fbeta_score f_beta_score f1score jaccard jaccard_score
    iou io_u mean_iou mean_io_u binary_iou binary_io_u one_hot_iou one_hot_io_u one_hot_mean_io_u dice
    dice_coefficient dice_coef dice_score
    true_positives true_negatives precision_at_recall recall_at_precision sensitivity_at_specificity
    specificity_at_sensitivity cohen_kappa cohen_kappa_score matthews_corrcoef mcc r2 r2_score explained_variance
    explained_variance_score concordance_index pearson_corrcoef spearman_corrcoef psnr ssim bleu rouge meteor map
    map50 ndcg mrr hit_rate
    """.split()
)
_SCHEDULE: Final = frozenset({"lr", "learning_rate", "learning rate", "weight_decay", "momentum"})
_LEARNING_RATE: Final = ("learning_rate", "lr", "learning rate")
_LOSS: Final = re.compile(r"(^|[_\W])loss(_\d+)?$")
_LOSS_TERMS: Final = frozenset(
    "kl kld kl_divergence reg regularization regularisation l1 l2 weight_decay entropy commitment codebook vq "
    "adversarial perceptual total".split()
)
_LABELS: Final = {"acc": "Accuracy", "lr": "Learning rate"} | {
    name: name.upper().replace("_", " ")
    for name in ("auc", "mse", "mae", "rmse", "mape", "msle", "iou", "prc", "auroc", "mcc", "fid", "wer", "cer")
}
_LABEL_LIMIT: Final = 48
_ABSENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNPRINTABLE: Final = ("Cc", "Cs", "Cn", "Zl", "Zp")
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # would turn the text after them


def parse_key(key: str) -> tuple[str, Split]:
    """Splits a logged name into base name and split.

    Only a prefix at the very beginning counts, so ``interval_loss`` and ``eval_loss`` stay metrics of their own.

    Args:
        key: A name as logged, such as ``val_loss``.

    Returns:
        ``("loss", "validation")`` for ``val_loss``, ``("loss", "train")`` for ``loss``.
    """
    if key.startswith(VALIDATION_PREFIX) and len(key) > len(VALIDATION_PREFIX):
        return key[len(VALIDATION_PREFIX) :], "validation"
    return key, "train"


def join_key(metric: str, split: Split) -> str:
    """The name as Keras logs it; the inverse of `parse_key`."""
    return VALIDATION_PREFIX + metric if split == "validation" else metric


def _plain(metric: str) -> str:
    """The name without vector index, counter (``auc_1``) and letter case, for look-ups only."""
    name = re.sub(r"\[\d+\]$", "", metric.strip().lower())
    return name if name in _LOWER | _HIGHER else re.sub(r"_\d+$", "", name)


def direction(metric: str) -> Direction:
    """Whether lower or higher values of a metric are better; ``"unknown"`` when the name does not tell.

    Outputs of a model with several heads are known by their ending: ``head_a_accuracy`` is an accuracy.
    """
    name = _plain(metric)
    parts = name.split("_")
    for start in range(len(parts)):
        ending = "_".join(parts[start:])
        if ending in _LOWER:
            return "lower"
        if ending in _HIGHER:
            return "higher"
    return "lower" if is_loss(metric) else "unknown"


def is_loss(metric: str) -> bool:
    """Whether the name is that of a loss: ``loss``, or the loss of one output (``head_a_loss``)."""
    return bool(_LOSS.search(metric.strip().lower()))


def output_of(metric: str) -> str | None:
    """The output of a model whose loss a metric is: ``head_a`` of ``head_a_loss``; None of any other metric.

    Terms that are added to a loss, such as ``kl_loss``, are no outputs.
    """
    name = metric.removesuffix("_loss")
    return name if name and name != metric and name.lower() not in _LOSS_TERMS else None


def is_accuracy(metric: str) -> bool:
    """Whether the name is that of an accuracy, of any Keras spelling."""
    name = _plain(metric)
    return name == "acc" or name.endswith(("accuracy", "_acc"))


def is_schedule(metric: str) -> bool:
    """Whether the values are a setting that changes over the run, such as the learning rate, and not a result."""
    return metric.strip().lower() in _SCHEDULE


def learning_rate_name(metrics: list[str]) -> str | None:
    """Which of a run's metrics is its learning rate, if any."""
    return next((m for m in metrics if m.strip().lower() in _LEARNING_RATE), None)


def reading_order(names: Iterable[str]) -> list[str]:
    """Results in the order a reader wants them: loss, accuracies, other losses, the rest as logged; no settings."""
    results = [name for name in names if not is_schedule(name)]
    return sorted(results, key=lambda name: (name != "loss", not is_accuracy(name), not is_loss(name)))


def printable(text: str, limit: int | None = None) -> str:
    """Text as it may stand on a page or in one line of a terminal, cut when longer than ``limit``.

    Control characters, lone surrogates, line separators and characters that turn the direction of what follows them
    become a replacement character; letters of right-to-left scripts stay as they are.
    """
    clean = "".join(
        _ABSENT if ch in _TURNING or unicodedata.category(ch) in _UNPRINTABLE else ch
        for ch in (text if limit is None else text[: limit + 1])
    )
    return clean if limit is None or len(clean) <= limit else clean[: limit - 1] + "…"


def label(metric: str) -> str:
    """A metric's name for headings and charts: ``binary_accuracy`` becomes ``Binary accuracy``."""
    known = _LABELS.get(metric)
    if known:
        return known
    words = printable(metric, _LABEL_LIMIT).replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else printable(metric) or _ABSENT
