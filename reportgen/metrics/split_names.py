"""Names that say whether a metric belongs to training or validation, in other words than Keras: ``Loss/val``."""

import re
from typing import Final

TRAIN_WORDS: Final = ("train", "training", "trn")
VALIDATION_WORDS: Final = ("val", "valid", "validation", "eval", "evaluation", "dev", "holdout", "test", "testing")
_PREFIX: Final = "val_"
_BETWEEN: Final = r"[\s_/.:|-]+"
_WORD: Final = "|".join(TRAIN_WORDS + VALIDATION_WORDS)
_CAPITALISED: Final = "|".join(word.capitalize() for word in TRAIN_WORDS + VALIDATION_WORDS)
_FORMS: Final = (
    re.compile(rf"(?P<split>{_WORD}){_BETWEEN}(?P<base>.+)", re.IGNORECASE | re.DOTALL),  # valid_loss, Train Loss
    re.compile(rf"(?P<base>.+?){_BETWEEN}(?P<split>{_WORD})", re.IGNORECASE | re.DOTALL),  # loss/val
    re.compile(rf"(?P<split>{_WORD})(?P<base>[A-Z].*)", re.DOTALL),  # valLoss
    re.compile(rf"(?P<split>{_CAPITALISED})(?P<base>[A-Z].*)", re.DOTALL),  # ValidationLoss
    re.compile(r"(?P<split>learn):(?P<base>.+)", re.DOTALL),  # of CatBoost
    re.compile(rf"inner{_BETWEEN}(?P<split>{_WORD}){_BETWEEN}(?P<base>.+)", re.IGNORECASE | re.DOTALL),  # inner_val_mse
)
_LONGEST: Final = 200  # characters of a name that may contain a split


def is_of_a_split(name: str) -> bool:
    """Whether a name says that it belongs to training or validation, such as ``train_f1`` or ``Loss/val``."""
    return name.startswith(_PREFIX) or (len(name) <= _LONGEST and any(form.fullmatch(name.strip()) for form in _FORMS))


def keras_name(name: str) -> tuple[int, str]:
    """How indirectly a name suggests a name as Keras logs it (0 if it is that name), and that name."""
    if name.startswith(_PREFIX) and name != _PREFIX:
        base = name.removeprefix(_PREFIX)
        return (0, name) if base.lower() != "loss" else (int(base != "loss"), f"{_PREFIX}loss")
    for form in _FORMS:
        if len(name) <= _LONGEST and (match := form.fullmatch(name.strip())):
            split, base = match["split"].lower().replace("learn", "train"), match["base"]
            if base.lower() == "loss":
                base = "loss"
            if base.startswith(_PREFIX):
                break
            if split in TRAIN_WORDS:
                return 1 + TRAIN_WORDS.index(split), base
            return 1 + len(TRAIN_WORDS) + VALIDATION_WORDS.index(split), _PREFIX + base
    return (1, "loss") if name.lower() == "loss" and name != "loss" else (0, name)
