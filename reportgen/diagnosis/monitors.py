"""Chooses the metric to judge a run by, and recognises runs whose losses do not measure quality.

A single loss says little in these runs: networks that compete (GANs), reinforcement learning, a loss whose weights
change during training (VAEs with an annealed KL term), several losses without a total, and a loss that is always 0.
Such a run is judged by a metric that does measure quality, if it has one, and otherwise not at all. The names are those
that Keras' examples, Stable-Baselines3, CleanRL, RLlib, Spinning Up, TRL and keras-rl log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from reportgen import metrics
from reportgen.history.frame import TrainingHistory

Doubt = Literal["competing-losses", "reinforcement-learning", "changing-weights", "no-total-loss", "zero-loss"]

_GENERATOR: Final = frozenset({"g", "gen", "generator", "generators"})
_DISCRIMINATOR: Final = frozenset({"d", "dis", "disc", "discr", "discriminator", "discriminators", "critic"})
_CLEARLY_ADVERSARIAL: Final = frozenset({"discriminator", "discriminators"})
_ONE_LETTER_NETWORKS: Final = frozenset("gfd")  # CycleGAN has G and F; outputs called a to g are not a GAN
_LOSS_WORDS: Final = frozenset({"loss", "losses", "err"})
_ACTOR: Final = frozenset({"actor", "pi", "pg"})
_POLICY: Final = _ACTOR | {"policy"}
_VALUE: Final = frozenset({"critic", "value", "vf", "v", "q", "q1", "q2", "qf", "qf1", "qf2", "baseline", "td"})
_AGENT: Final = (  # what only logs of reinforcement learning contain
    "ep_len_mean", "episode_length", "episode_len_mean", "ep_len", "ep_length", "episodic_length", "episode_steps",
    "mean_q", "clip_fraction", "clip_frac", "clipfrac", "approx_kl", "td_error", "exploration_rate", "total_timesteps",
    "ent_coef",
)  # fmt: skip
_EXPLORING: Final = frozenset({"epsilon", "eps", "exploration"})  # beside a score, which is then the agent's
_SCORE: Final = frozenset({"score", "scores"})
_OF_EPISODES: Final = frozenset({"ep", "episode", "episodic", "cumulative", "total", "r"})
_OF_STEPS: Final = frozenset({"extrinsic", "intrinsic", "instantaneous", "curiosity", "step", "group", "best"})
_SUCCESSES: Final = ("success_rate", "is_success", "win_rate", "elo")  # how well an agent does, without rewards
_KL: Final = frozenset({"kl", "kld"})
_WEIGHT: Final = frozenset({"weight", "beta", "coef", "coeff", "factor", "lambda", "anneal", "annealing", "warmup"})
_TOTAL: Final = frozenset({"total", "overall", "combined", "sum"})
_EXTREME: Final = frozenset({"min", "max", "minimum", "maximum"})
_COUNTS: Final = frozenset(
    {"tp", "tn", "fp", "fn", *(w + p for w in ("true", "false") for p in ("positives", "negatives"))}
)
_CHANGED: Final = 0.01  # of the largest weight: smaller changes do not make totals incomparable. Our choice.
_RISEN: Final = 1.1  # last weight over first, for a weight that is not logged but computed. Our choice.
_MOSTLY: Final = 0.9  # of the epochs in which such a weight rises. Our choice.
_VISIBLE: Final = 0.05  # of its lowest value: how far a training loss must rise for that. Our choice.
_NEGLIGIBLE: Final = 1e-9  # of the largest value
_FEWEST: Final = 4  # epochs
_MOST_PARTS: Final = 30  # losses; runs with more have no total that is worth looking for
_SUM_TOLERANCE: Final = 1e-3  # of the total


@dataclass(frozen=True)
class Choice:
    """The metric to judge a run by.

    Attributes:
        metric: Its base name; None if the run cannot be judged.
        doubt: Why the losses of the run are not judged; None if they are, or if the user chose the metric.
        suggested: A curve that the user could choose instead, named as Keras logs it; None if there is none.
        counterpart: The metric whose training values belong to the validation values of `metric`, if it has no training
            values itself: ``loss`` for the loss of one of several evaluation sets.
        progress: A training loss that shows whether the run learned, if the judged metric has no training values.
        unused: Validation curves that are not used although the run has them, named as Keras logs them.
        few: Whether they are not used because they have too few values.
    """

    metric: str | None
    doubt: Doubt | None = None
    suggested: str | None = None
    counterpart: str | None = None
    progress: str | None = None
    unused: tuple[str, ...] = ()
    few: bool = False


def choose_monitor(history: TrainingHistory) -> Choice:
    """The user's monitor, else the loss if it measures quality, else another metric that does."""
    metric = history.monitored(history.run.monitor)
    if metric is not None and history.role(metric) == "result" and history.direction(metric) != "unknown":
        return _judged_by(history, metric)
    words = {name: _words(name) for name in history.metric_names}
    losses = [name for name in words if metrics.is_loss(name) or metrics.is_part_of_loss(name)]
    parts = [name for name in losses if metrics.is_loss(name) and not metrics.is_known(name)]
    known = [name for name in history.results if history.direction(name) != "unknown"]
    scores = [name for name in known if name not in losses]
    networks = [name for name in history.results if name not in known and _is_of_a_network(name)]
    if _compete([words[name] for name in (*losses, *networks)]):
        apart = [name for name in scores if not metrics.is_accuracy(name) and not metrics.is_reward(name)]
        return Choice(_best_of(history, apart), "competing-losses")
    total = _find_total(history, parts, words)
    if losses and _is_of_an_agent(history, losses, words, total):
        return Choice(_best_reward(history, scores, words), "reinforcement-learning")
    others = [name for name in parts if name != total]
    if total is not None and _have_weights_changed(history, total, others, words):
        kept = [name for name in others if not words[name] & _KL]
        return Choice(None, "changing-weights", _suggest(history, kept))
    scores += [name for name in losses if name not in parts and name != "loss"]  # such as log_loss
    if total is None and len(parts) > 1:
        return Choice(_best_of(history, scores), "no-total-loss", _suggest(history, parts))
    metric = total or choose_metric(history)
    if metric is not None and metrics.is_loss(metric) and _is_always_zero(history, metric):
        return Choice(_best_of(history, scores), "zero-loss", _suggest(history, others))
    if metric is None or history.has(metric, "validation"):
        return Choice(None) if metric is None else _judged_by(history, metric)
    validated = [name for name in known if evaluations_of(history, name) >= _FEWEST]
    alternatives = [name for name in validated if name in parts] or [name for name in validated if name in scores]
    if not metrics.is_part_of_loss(metric) or not alternatives:
        unused = _validation_keys(history, history.results)
        return Choice(metric, unused=unused, few=any(history.has(name, "validation") for name in known))
    chosen = min(alternatives, key=_is_partial)
    return _judged_by(history, chosen, _validation_keys(history, [name for name in alternatives if name != chosen]))


def _judged_by(history: TrainingHistory, metric: str, unused: tuple[str, ...] = ()) -> Choice:
    """The choice of a metric, with the training loss beside it if it has validation values only."""
    if history.has(metric, "train"):
        return Choice(metric, unused=unused)
    trained = [name for name in history.results if metrics.is_loss(name) and history.has(name, "train")]
    loss = min(trained, key=lambda name: (name != "loss", not _words(name) & _TOTAL), default=None)
    if loss is None or history.direction(loss) != "lower":
        return Choice(metric, unused=unused)
    if len(trained) > 1 and loss != "loss" and not _words(loss) & _TOTAL:
        return Choice(metric, unused=unused)  # a part of a loss is not the progress of the run
    if metrics.is_loss(metric):
        return Choice(metric, counterpart=loss, unused=unused)
    return Choice(metric, progress=loss, unused=unused)


def _validation_keys(history: TrainingHistory, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(metrics.join_key(name, "validation") for name in names if history.has(name, "validation"))


def _is_partial(score: str) -> bool:
    """Whether a score is only part of the picture: precision without recall, a count, or the value of one class."""
    if "".join(metrics.words_of(score)) in _COUNTS:
        return True
    return metrics.words_of(score)[-1:] in (["precision"], ["recall"]) or bool(metrics.before_class(score))


def evaluations_of(history: TrainingHistory, metric: str | None) -> int:
    """The number of finite validation values of a metric."""
    if metric is None or not history.has(metric, "validation"):
        return 0
    return int(np.isfinite(history.series(metric, "validation").to_numpy()).sum())


def _best_reward(history: TrainingHistory, scores: list[str], words: dict[str, frozenset[str]]) -> str | None:
    """The metric that shows how well an agent does: a reward, preferably per episode, else its successes."""
    rewards = [name for name in scores if metrics.is_reward(name) or name == "r"]
    if rewards:
        ranked = sorted(rewards, key=lambda name: (bool(words[name] & _OF_STEPS), not words[name] & _OF_EPISODES))
        return _best_of(history, ranked)
    found = [name for name in scores if "_".join(metrics.words_of(name)).endswith(_SUCCESSES)]
    return _best_of(history, found or [name for name in scores if words[name] & _SCORE])


def choose_metric(history: TrainingHistory) -> str | None:
    """``loss``, else another loss, else the first metric with a known direction; preferably one with validation."""
    known = [name for name in history.results if history.direction(name) != "unknown"]
    return min(
        known,
        key=lambda name: (
            "best" in _words(name),  # a running best never gets worse
            name != "loss",
            not metrics.is_loss(name),
            not history.has(name, "validation"),
            _is_partial(name),
        ),
        default=None,
    )


def _words(name: str) -> frozenset[str]:
    """The words of a name; with those of its folder if that is about losses, as in ``Loss/G`` and ``Loss/D/total``."""
    base = name.removeprefix(metrics.BATCH_PREFIX)
    groups = metrics.groups_of(base)
    if groups and not _LOSS_WORDS.isdisjoint(groups[0]):
        return frozenset(word for group in groups for word in group)
    return frozenset(metrics.words_of(base))


def _is_of_a_network(name: str) -> bool:
    """Whether a name is about one of two competing networks, as in pix2pix's ``D_real`` and ``G_GAN``."""
    words = metrics.words_of(name)
    return bool(words) and words[0] in _GENERATOR | _DISCRIMINATOR


def _best_of(history: TrainingHistory, names: Iterable[str]) -> str | None:
    """The first metric, preferably one with validation values; extremes only if there is no mean."""
    return min(
        names,
        key=lambda name: (not history.has(name, "validation"), bool(_words(name) & _EXTREME), _is_partial(name)),
        default=None,
    )


def _suggest(history: TrainingHistory, names: list[str]) -> str | None:
    name = _best_of(history, names)
    if name is None:
        return None
    return metrics.join_key(name, "validation" if history.has(name, "validation") else "train")


def _compete(losses: list[frozenset[str]]) -> bool:
    """Whether the losses are those of a generator and a discriminator."""
    if any(words & _CLEARLY_ADVERSARIAL for words in losses):
        return True
    heads = [words - _LOSS_WORDS for words in losses]
    letters = {letter for head in heads if len(head) == 1 for letter in head if len(letter) == 1}
    return (
        letters <= _ONE_LETTER_NETWORKS
        and any(head & _GENERATOR for head in heads)
        and any(head & _DISCRIMINATOR for head in heads)
    )


def _find_total(history: TrainingHistory, parts: list[str], words: dict[str, frozenset[str]]) -> str | None:
    """The loss that is the sum of the others: ``loss``, else one called the total, else one that equals their sum."""
    if "loss" in words and not (parts and _is_always_zero(history, "loss")):
        return "loss"
    named = _best_of(history, [name for name in parts if words[name] & _TOTAL])
    if named is not None or not 2 < len(parts) <= _MOST_PARTS:
        return named
    curves = _aligned(history, parts)
    if curves is None:
        return None
    whole = curves.sum(axis=0)
    for name, curve in zip(parts, curves, strict=True):
        if np.allclose(curve, whole - curve, rtol=_SUM_TOLERANCE, atol=0.0):
            return name
    return None


def _is_of_an_agent(
    history: TrainingHistory, losses: list[str], words: dict[str, frozenset[str]], total: str | None
) -> bool:
    """Whether a run is reinforcement learning: it logs rewards, or losses of an actor and of values."""
    if any(history.has(name, "validation") for name in ([total] if total else losses)):
        return False  # AlphaZero's policy and value, trained on examples, have a validation loss
    if any(metrics.is_reward(name) and history.direction(name) != "unknown" for name in words):
        return True
    if any("_".join(metrics.words_of(name)).endswith(_AGENT) for name in words):
        return True
    if any(part & _EXPLORING for part in words.values()) and any(part & _SCORE for part in words.values()):
        return True
    actors = _ACTOR if total else _POLICY
    return any(words[name] & actors for name in losses) and any(words[name] & _VALUE for name in losses)


def _have_weights_changed(
    history: TrainingHistory, total: str, parts: list[str], words: dict[str, frozenset[str]]
) -> bool:
    """Whether the weight of a KL term grew during training, as far as the log shows."""
    kl = [name for name in words if words[name] & _KL and not words[name] & _WEIGHT and history.has(name, "train")]
    if not kl:
        return False
    for name in words:
        if words[name] & _WEIGHT and (words[name] & _KL or len(words[name]) == 1) and history.has(name, "train"):
            weight = history.series(name, "train").to_numpy()
            weight = weight[np.isfinite(weight)]
            if len(weight) > 1 and np.ptp(weight) > _CHANGED * np.abs(weight).max():
                return True
    rest = [name for name in parts if name != kl[0]]
    curves = _aligned(history, [total, kl[0], *rest])
    if curves is None or curves.shape[1] < _FEWEST:
        return False
    whole, divergence = curves[0], curves[1]
    return (bool(rest) and _has_weight_grown(whole - curves[2:].sum(axis=0), divergence)) or _rises_with(
        whole, divergence
    )


def _has_weight_grown(term: np.ndarray, divergence: np.ndarray) -> bool:
    """Whether the weight of the divergence in its term of the loss grew steadily."""
    usable = divergence > _NEGLIGIBLE * np.abs(divergence).max(initial=0.0)
    if usable.sum() < _FEWEST:
        return False
    weight = term[usable] / divergence[usable]
    steady = np.mean(np.diff(weight) >= -_SUM_TOLERANCE * np.abs(weight).max()) >= _MOSTLY
    return bool(steady and weight[-1] > 0 and weight[-1] > _RISEN * weight[0])


def _rises_with(whole: np.ndarray, divergence: np.ndarray) -> bool:
    """Whether the training loss rises steadily because the divergence, logged with its weight, does."""
    low = int(np.argmin(whole))
    rise = whole[-1] - whole[low]
    if len(whole) - low < _FEWEST or rise <= _VISIBLE * abs(whole[low]):
        return False
    steady = np.mean(np.diff(whole[low:]) > 0) >= _MOSTLY
    return bool(steady and divergence[-1] - divergence[low] >= rise / 2)


def _aligned(history: TrainingHistory, names: list[str]) -> np.ndarray | None:
    """The training curves, shape (n_names, n_epochs), in the epochs that all have; None without finite values."""
    curves = [history.curves.get((name, "train")) for name in names]
    if any(curve is None for curve in curves):
        return None
    table = pd.concat(curves, axis=1, join="inner").to_numpy().T
    table = table[:, np.isfinite(table).all(axis=0)]
    return table if table.shape[1] else None


def _is_always_zero(history: TrainingHistory, metric: str) -> bool:
    """Whether the judged curve of a loss is exactly 0 in two or more epochs, and never anything else."""
    values = history.series(metric, "validation" if history.has(metric, "validation") else "train").to_numpy()
    return len(values) > 1 and not values.any()
