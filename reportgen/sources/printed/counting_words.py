"""The counters of printed lines: ``Epoch 3/20``, ``[3/20]``, ``step 250:``, ``Epoch [3/20], Step [100/600]``."""

import re
from typing import Final

_EPOCH_WORDS: Final = (
    r"epochs?|poch|pass(?:es|_id)?|episodes?|epoch_num|epoch_idx|ep|\u00e9poca|epoca|\u00e9poque|epoche|\u044d\u043f\u043e\u0445\u0430|epok|"
    r"\uc5d0\ud3ed|\u30a8\u30dd\u30c3\u30af|\u8f6e|\u7b2c"
)
_STEP_WORDS: Final = (
    r"global[ _]?steps?|total[ _]step|steps?|iterations?|iters?|itr|it|batch(?:es)?|batch_idx|mini-?batch|updates?|"
    r"num_updates|train[ _]step|rounds?|gen(?:eration)?|timesteps?"
)
_FOLD_WORDS: Final = r"k-?fold|cv[ _-]?fold|fold|split|repeat|repetition|trial|run|seed|model|member"
_LEVELS: Final = r"outer|inner"  # of nested cross-validation
_BETWEEN: Final = (
    r"(?:\s{0,3}(?:no\.?|num(?:ber)?|nr\.?|\u2116|n\u00ba|idx|index)(?=[\s:.#=]))?[\s:#=\[(.<]{0,6}"
    r"(?:train|val|valid|test|eval)?[\s\])]{0,3}[\s:#=\[(]{0,4}$"
)
EPOCH: Final = re.compile(rf"(?<![^\W\d_])(?P<word>{_EPOCH_WORDS}){_BETWEEN}", re.IGNORECASE)
STEP: Final = re.compile(rf"(?<![^\W\d])(?P<word>{_STEP_WORDS}){_BETWEEN}", re.IGNORECASE)
FOLD: Final = re.compile(
    rf"(?<![^\W\d_])(?:(?P<level>{_LEVELS})[ _-]?(?:cv[ _-]?)?(?P<nested>fold|loop|split|cv)|(?P<word>{_FOLD_WORDS}))"
    r"(?:\s{0,3}(?:no\.?|number))?[\s:#=\[(_-]{0,6}$",
    re.IGNORECASE,
)
OF: Final = re.compile(r"\s{0,3}(?:/|\\|\bof\b|\bout of\b|\bvon\b|\bde\b|\bsur\b|\bdi\b)\s{0,3}", re.IGNORECASE)
_OVER: Final = re.compile(
    r"\b(?:over|per|this|each|last|best|every|stopped|saved?|num|max|total|n|number\sof|warm-?up|from)[\s_-]"
    r"(?:the\s|train[\s_])?epochs?\W{0,4}$",
    re.IGNORECASE,
)
PLURAL: Final = re.compile(r"epochs\W{0,6}$", re.IGNORECASE)
_STARTS: Final = re.compile(r"\b(?:start|begin)(?:s|ing|ning)?\s(?:the\s|with\s)?$", re.IGNORECASE)
_TH_EPOCH: Final = re.compile(r"(?:st|nd|rd|th)?[\s-]?epoch\b", re.IGNORECASE)
_MAX_TEXT: Final = 60  # characters before a number in which a counter's word is looked for


def is_epoch(before: str) -> bool:
    """Whether the text before a number says that it is an epoch."""
    text = before[-_MAX_TEXT:]
    return EPOCH.search(text) is not None and _OVER.search(text) is None


def starts_epoch(before: str, after: str) -> bool:
    """Whether the texts around a number say that its epoch begins: "start 18 epoch", "begin 18th epoch"."""
    return _TH_EPOCH.match(after) is not None and _STARTS.search(before[-_MAX_TEXT:]) is not None


def is_step(before: str) -> bool:
    """Whether the text before a number says that it is a step, an iteration or a batch."""
    return STEP.search(before[-_MAX_TEXT:]) is not None


def fold_word(before: str) -> str:
    """What the number of a fold, a trial or a seed counts: ``fold``, ``outer fold``, ``seed``; empty for others."""
    match = FOLD.search(before[-_MAX_TEXT:])
    if match is None:
        return ""
    if match["level"]:
        return f"{match['level'].lower()} fold"
    word = match["word"].lower()
    return "fold" if word.endswith("fold") else "repetition" if word == "member" else word


def without_fold_word(before: str) -> str:
    """The text before the number of a fold without the word for it."""
    return FOLD.sub("", before)
