"""What the name of a metric (``val_loss``) implies: base name, split, direction and label. Values are not used."""

import re
from collections.abc import Container, Iterable
from typing import Final, Literal

from reportgen.languages import ENGLISH, Language, marked_in
from reportgen.metrics.directions import KNOWN, Direction, direction
from reportgen.metrics.known_names import RATE_NAMES, RATES_OF_TIME, REWARD_WORDS, word_set
from reportgen.metrics.name_parts import before_class, groups_of, words_of
from reportgen.metrics.roles import Role, is_rate, role
from reportgen.text import UNPRINTABLE, printable

__all__ = [
    "Direction",
    "Role",
    "before_class",
    "direction",
    "groups_of",
    "role",
    "words_of",
]  # defined in this package's modules

Split = Literal["train", "validation"]

VALIDATION_PREFIX: Final = "val_"
BATCH_PREFIX: Final = "batch_"  # as Keras' TensorBoard callback names values of batches

_LOSS: Final = re.compile(r"(^|[_\W])loss(es)?(_\d+)?$")
_LOSS_TERMS: Final = word_set("""
    kl kld kl_divergence reg regularization regularisation l1 l2 weight_decay entropy commitment codebook vq
    adversarial perceptual total
""")
_LABELS: Final = {
    "acc": "Accuracy",
    "lr": "Learning rate",
    "ep_rew_mean": "Mean episode reward",
    "ep_len_mean": "Mean episode length",
} | {
    name: name.upper().replace("_", " ")
    for name in ("auc", "mse", "mae", "rmse", "mape", "msle", "iou", "prc", "auroc", "mcc", "fid", "wer", "cer")
}
_LABEL_LIMIT: Final = 48
_NEEDLESS_FOLDERS: Final = word_set("train training rollout charts metrics scalars environment")  # in a label
_INNER_CAPITAL: Final = re.compile(r"[a-z][A-Z]")  # mAP50 keeps its first letter
METRIC: Final = "metric"
TRANSLATED_LABELS: Final = (  # names that are translated in other languages; all others are shown as logged
    marked_in("metric", "Loss"),
    marked_in("metric", "Accuracy"),
    marked_in("metric", "Binary accuracy"),
    marked_in("metric", "Categorical accuracy"),
    marked_in("metric", "Sparse categorical accuracy"),
    marked_in("metric", "Top k categorical accuracy"),
    marked_in("metric", "Precision"),
    marked_in("metric", "Recall"),
    marked_in("metric", "Mean squared error"),
    marked_in("metric", "Mean absolute error"),
    marked_in("metric", "Root mean squared error"),
    marked_in("metric", "Batch loss"),
    marked_in("metric", "Batch accuracy"),
    marked_in("metric", "Learning rate"),
    marked_in("metric", "Weight decay"),
    marked_in("metric", "Momentum"),
)


def parse_key(key: str) -> tuple[str, Split]:
    """Splits a logged name into base name and split.

    Only a prefix at the beginning counts, so ``interval_loss`` and ``eval_loss`` are metrics of their own.

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


def is_direction(way: object) -> bool:
    """Whether a value says which values are better."""
    return way in ("lower", "higher")


def is_loss(metric: str) -> bool:
    """Whether the name is a loss: ``loss``, or the loss of one output (``head_a_loss``)."""
    return bool(_LOSS.search(metric.strip().lower()))


def is_part_of_loss(metric: str) -> bool:
    """Whether the name is a loss or a term of one, wherever it says so: ``loss_bbox``, ``Loss/G``, ``errD``."""
    words = [word for group in groups_of(metric) for word in group]
    named = not {"loss", "losses"}.isdisjoint(words) or words[:1] == ["err"]
    return named and direction(metric) != "higher" and role(metric) == "result"


def output_of(metric: str) -> str | None:
    """The output that a loss belongs to: ``head_a`` for ``head_a_loss``; None for other metrics.

    Terms that are added to a loss, such as ``kl_loss``, are not outputs.
    """
    name = metric.removesuffix("_loss")
    return name if name and name != metric and name.lower() not in _LOSS_TERMS else None


def is_accuracy(metric: str) -> bool:
    """Whether the name is an accuracy, in any Keras spelling."""
    words = words_of(metric)
    if len(words) > 1 and words[-1].isdigit():
        words.pop()
    return bool(words) and (words[-1] == "acc" or words[-1].endswith("accuracy"))


def is_reward(metric: str) -> bool:
    """Whether the name is a reward or a return of reinforcement learning."""
    return not REWARD_WORDS.isdisjoint(words_of(metric))


def is_known(metric: str) -> bool:
    """Whether the whole name, without prefixes, is that of a common metric, such as ``log_loss``."""
    return "".join(words_of(metric)) in KNOWN


def is_of_batches(metric: str, names: Container[str]) -> bool:
    """Whether a metric has values per batch and the names also include its values per epoch."""
    return metric.startswith(BATCH_PREFIX) and metric.removeprefix(BATCH_PREFIX) in names


def is_schedule(metric: str) -> bool:
    """Whether a metric is a setting that changes during the run, such as the learning rate, rather than a result."""
    return role(metric) == "setting"


def is_diagnostic(metric: str) -> bool:
    """Whether a metric is measured but says nothing about the model, such as a timing or the norm of gradients."""
    return role(metric) == "diagnostic"


def learning_rate_name(metrics: list[str]) -> str | None:
    """The metric that is the learning rate, if any; the first of several."""
    plain = next((m for m in metrics if m.strip().lower() in RATE_NAMES), None)
    return plain or next((m for m in metrics if is_rate(m)), None)


def reading_order(names: Iterable[str]) -> list[str]:
    """Results in report order: loss, accuracies, other losses, then the rest as logged. Settings are left out.

    Values per batch come last, in the same order, then diagnostics.
    """
    results = [name for name in names if not is_schedule(name)]
    known = frozenset(results)

    def rank(name: str) -> tuple[bool, ...]:
        of_batches = is_of_batches(name, known)
        base = name.removeprefix(BATCH_PREFIX) if of_batches else name
        return is_diagnostic(name), of_batches, base != "loss", not is_accuracy(base), not is_loss(base)

    return sorted(results, key=rank)


def label(metric: str, language: Language = ENGLISH) -> str:
    """A metric's name for headings and charts: ``binary_accuracy`` becomes ``Binary accuracy``.

    The folders of a name follow it: ``eval/mean_reward`` becomes ``Mean reward (eval)``.
    """
    folder, _, name = metric.rpartition("/")
    if folder and direction(name) == "unknown" != direction(folder):
        return _as_words(f"{folder} {name}")  # of a class or a part: IoU/road
    if not folder or name in RATES_OF_TIME:  # it/s
        return language.say_in(METRIC, _LABELS.get(metric) or _as_words(metric))
    text = language.say_in(METRIC, _LABELS.get(name) or _as_words(name))
    if folder.lower() in _NEEDLESS_FOLDERS:
        return text
    return printable(f"{text} ({folder.replace('_', ' ')})", _LABEL_LIMIT)


def _as_words(name: str) -> str:
    """A name with spaces and a capital letter."""
    words = printable(name, _LABEL_LIMIT).replace("_", " ").strip()
    if not words:
        return printable(name) or UNPRINTABLE
    return words if _INNER_CAPITAL.match(words) else words[:1].upper() + words[1:]
