"""Which values of a metric are better, as far as its name says."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

from reportgen.metrics.known_names import (
    ADDITIONS,
    HIGHER,
    LOWER,
    NEGATED,
    ONLY_WHOLE,
    PER_CLASS,
    REWARD_WORDS,
    TURNS,
    TWISTS,
    word_set,
)
from reportgen.metrics.name_parts import before_class, groups_of, words_of

Direction = Literal["lower", "higher", "unknown"]

_LONGEST_NAME: Final = 10  # words
_LOSSES: Final = frozenset({"loss", "losses"})
_NUMBERED: Final = re.compile(r"(?P<stem>[a-z]{2,})\d{1,4}")  # bleu4, AP50
_NO_LOSS: Final = ("acc", "score")  # lossless_head_accuracy, d2_log_loss_score
_TOP: Final = re.compile(r"top\d{0,4}")
_SIZES: Final = word_set("s m l")  # of objects: bbox_mAP_s
_AVERAGED: Final = word_set("ap ar map mar")
_OF_BOXES: Final = word_set(  # before `map` or `ap`, these say that it is the average precision
    """
    bbox box boxes segm segmentation mask masks keypoint keypoints coco voc pascal det detection
    """
)
_BEFORE_WHOLE: Final = word_set(
    "train test eval val valid validation dev best mean avg average cv oob fit final overall total"
)
_EXTREMES: Final = word_set("min max")
_COMPLEMENT: Final = re.compile(r"\s*1(?:\.0)?\s*-\s*")  # 1-accuracy
_OPPOSITE: Final[dict[Direction, Direction]] = {"higher": "lower", "lower": "higher", "unknown": "unknown"}


def name_set(names: str) -> frozenset[str]:
    """The names of a text without separators and case, as they are looked up."""
    return frozenset("".join(words_of(name)) for name in names.split())


LOWER_NAMES: Final = name_set(LOWER)
HIGHER_NAMES: Final = name_set(HIGHER)
KNOWN: Final = LOWER_NAMES | HIGHER_NAMES
WHOLE_NAMES: Final = name_set(ONLY_WHOLE)
_CLASSED: Final = name_set(PER_CLASS)


@lru_cache(maxsize=4096)
def direction(metric: str) -> Direction:
    """Whether lower or higher values of a metric are better; ``"unknown"`` if the name does not say.

    Metrics of a model with several outputs are recognised by their ending: ``head_a_accuracy`` is an accuracy. A number
    at the end (``auc_1``, ``recall@5``) and the kind of average (``f1_macro``) do not matter. A class may follow the
    metric, whatever it is called: ``IoU.error`` is an IoU. ``1-auc`` is the opposite of ``auc``.
    """
    if match := _COMPLEMENT.match(metric):
        return _OPPOSITE[direction(metric[match.end() :])]
    if (head := before_class(metric)) and "".join(head) in _CLASSED and words_of(metric)[-1:] != ["loss"]:
        return _direction_of(head)
    groups = groups_of(metric)
    if not groups:
        return "unknown"
    found = _direction_of_part(groups[-1])
    if found == "unknown" and len(groups) > 1 and not TURNS.intersection(groups[-1]):
        group = without_additions(groups[-2])
        if "".join(group) in _CLASSED or group[-1:] == ["iou"] or "perclass" in "".join(group):
            return _direction_of(group)
    return found


def _direction_of_part(words: list[str]) -> Direction:
    """The direction of the last part of a name."""
    found: Direction = "unknown"
    for shorter in (words, *_shorter(words)):
        found = _direction_of(shorter)
        if found == "higher" and _LOSSES.intersection(shorter[:-1]) and not shorter[-1].startswith(_NO_LOSS):
            return _direction_of_class(shorter)  # loss_iou is a loss
        if found != "unknown":
            return found
    if words and (match := _NUMBERED.fullmatch(words[-1])):
        found = _direction_of([*words[:-1], match["stem"]])
    return found if found != "unknown" else _direction_of_class(words)


def _shorter(words: list[str]) -> list[list[str]]:
    """The words without one addition at the end, two, and so on."""
    found = []
    while len(words) > 1 and _is_addition(words):
        words = words[:-1]
        found.append(words)
    return found


def without_additions(words: list[str]) -> list[str]:
    """The words without numbers, kinds of averages and the like at the end."""
    return [words, *_shorter(words)][-1]


def _is_addition(words: list[str]) -> bool:
    last = words[-1]
    if last in _SIZES:
        return words[-2] in _AVERAGED
    if last in _EXTREMES:
        return not REWARD_WORDS.isdisjoint(words)
    return last.isdigit() or last in ADDITIONS or _TOP.fullmatch(last) is not None


def _direction_of(words: Sequence[str]) -> Direction:
    """The direction of the longest ending that is a known name."""
    for start in range(max(0, len(words) - _LONGEST_NAME), len(words)):
        ending = "".join(words[start:])
        if ending not in KNOWN:
            continue
        single = start == len(words) - 1
        of_boxes = ending in _AVERAGED and words[start - 1] in _OF_BOXES
        if single and ending in WHOLE_NAMES and not of_boxes and not _BEFORE_WHOLE.issuperset(words[:start]):
            continue
        if list(words[start - 1 : start]) == [NEGATED] and ending in LOWER_NAMES and ending != "loss":
            return "higher"  # but a loss of negative samples is a loss
        if not TWISTS.isdisjoint(words[:start]):
            return "unknown"
        return "lower" if ending in LOWER_NAMES else "higher"
    return "unknown"


def _direction_of_class(words: Sequence[str]) -> Direction:
    """The direction of a metric that is followed by a class or a part: ``dice_liver``, ``loss_bbox``."""
    for start in range(len(words)):
        for end in range(min(len(words) - 1, start + 3), start, -1):
            name = "".join(words[start:end])
            if name not in _CLASSED or (start and name in WHOLE_NAMES):
                continue
            if TURNS.isdisjoint(words[end:]) and TWISTS.isdisjoint(words):
                return "lower" if name in LOWER_NAMES else "higher"
            return "unknown"
    return "unknown"
