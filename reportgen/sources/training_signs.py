"""What shows that numbers are those of a training run: names of metrics, and numbers that go on from epoch to epoch.

A file is read as a training if it counts epochs or steps and has a metric. The less its counter says, the more its
names must say. Anything else is refused with what is missing, unless the user names the format or the columns.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from reportgen.errors import SourceError
from reportgen.metrics import direction, is_loss, is_part_of_loss, is_reward, parse_key, role, words_of
from reportgen.metrics.known_names import word_set
from reportgen.metrics.split_names import is_of_a_split

# Losses that no training has. Our choice, from data that people publish.
_OTHER_LOSSES: Final = word_set("""
    packet packets pkt weight heat path hearing profit power energy hair water blood income insured frame job memory
    transmission insertion return bone vision sleep stop net pressure head tax crop data
""")
_GENERAL: Final = word_set("score scores error errors err return returns")  # also of games, sensors and solvers
_OF_SIZES: Final = word_set("size sizes samples examples rows count n")
_FINDER_ROWS: Final = 5
_SWEEP_ROWS: Final = 3
_SWEEP_FACTOR: Final = 3  # from row to row
_FINDER_RANGE: Final = 100  # the highest learning rate by the lowest; our choices


def is_training_metric(name: str) -> bool:
    """Whether a name is that of a metric of a training run: a loss, a reward, a known metric, or one of a split."""
    base = parse_key(name)[0]
    words = words_of(base)
    if not words or role(base) != "result" or is_other_loss(base):
        return False
    if is_loss(base) or is_part_of_loss(base) or is_reward(base) or direction(base) != "unknown":
        return True
    return is_of_a_split(name) and _OF_SIZES.isdisjoint(words)


def is_other_loss(name: str) -> bool:
    """Whether a name is that of a loss outside of machine learning, such as ``packet loss``."""
    words = words_of(name)
    return len(words) > 1 and "loss" in words and not _OTHER_LOSSES.isdisjoint(words[: words.index("loss")])


def is_specific(name: str) -> bool:
    """Whether a name is that of a metric of a training run, and not of many other things, such as ``score``."""
    words = words_of(parse_key(name)[0])
    is_general = set(words) <= _GENERAL or (words[-1] in _GENERAL and not is_reward(name))
    return is_training_metric(name) and (not is_general or is_of_a_split(name))


def has_pair(names: Iterable[str]) -> bool:
    """Whether names have the same metric for training and validation, such as ``loss`` and ``val_loss``."""
    plain = [words_of(name) for name in names if is_training_metric(name)]
    splits = ("val", "valid", "validation", "test", "eval", "dev")
    bare = [[word for word in words if word not in ("train", "training", *splits)] for words in plain]
    validated = [rest for words, rest in zip(plain, bare, strict=True) if not set(splits).isdisjoint(words)]
    return any(
        rest in validated for words, rest in zip(plain, bare, strict=True) if rest and set(splits).isdisjoint(words)
    )


def is_rate_finder(rates: Sequence[float]) -> bool:
    """Whether learning rates are those of a learning rate finder: they rise by a factor in each row."""
    if len(rates) < _FINDER_ROWS or not all(rate > 0 for rate in rates):
        return False
    return rates[-1] >= _FINDER_RANGE * rates[0] and all(after > before for before, after in pairwise(rates))


def is_rate_sweep(rates: Sequence[float]) -> bool:
    """Whether each row has a learning rate of another order, as a search for the best one tries them."""
    if len(rates) < _SWEEP_ROWS or not all(rate > 0 for rate in rates):
        return False
    return all(max(pair) >= _SWEEP_FACTOR * min(pair) for pair in pairwise(rates))


# What programs print that look for the best settings, or test other things; the rest of the reason.
_OUTPUTS: Final = (
    (r"\bTrial \d{1,9} (?:finished with value|pruned|failed with)|\bTrial \d{1,9} (?:summary|Complete)|"
     r"\[CV(?: \d{1,5}/\d{1,5})?[\];] |Fitting \d{1,9} folds for each|s/trial\b|\bNumber of trials:",
     "the output of a search for hyperparameters, with one result per trial"),
    (r"\b(?:DAV|RMM|RMM-DIIS|CGA):\s{1,9}\d|\bSCF Done\b|\bSCF cycle|scf accuracy|\bRMSDP=",
     "the output of a calculation of electronic structures"),
    (r"\b(?:Initial|Final) residual\b|\b[Rr]esidual norm\b|\bRoot relaxation\b|\bRUNNING THE L-BFGS-B|\|proj g\|",
     "the output of a solver"),
    (r"\bProgress:\s{1,4}[\d.]{1,6}%\s{1,4}words/sec/thread:",
     "the output of fastText, which prints neither epochs nor steps"),
    (r"\bQuery_time: [\d.]{1,20}", "a log of slow database queries"),
    (r"\bicmp_seq=\d|\bpackets transmitted\b", "the output of ping"),
    (r"\bfps= ?[\d.]{1,9} q=|\bbitrate= ?[\d.]{1,9}kbits/s", "the output of ffmpeg"),
    (r"\b(?:GET|POST|HEAD|PUT) [^\n]{1,500} HTTP/\d", "a log of a web server"),
    (r"^(?:Receiving|Counting|remote: Counting) objects:|^diff --git ", "the output of git"),
    (r"\bDone in \d|^Get:\d{1,6} http|^Collecting [\w.-]{1,80}", "the output of an installation"),
    (r"^=+ test session starts =+", "the output of tests"),
    (r"^\s{0,8}def \w{1,80}\([^\n]{0,500}:\s*$|^\s{0,3}#include <|^import \w{1,80}$|^from \w[\w.]{0,80} import ",
     "source code"),
)  # fmt: skip
_KINDS: Final = tuple((re.compile(pattern, re.MULTILINE), what) for pattern, what in _OUTPUTS)
_LOOKED_AT: Final = 1 << 14  # characters
_SETTINGS: Final = "a file of settings"
_SETTING: Final = re.compile(r"\s*(?:-\s)?(?:([^\W\d][\w.-]{0,80})\s{0,9}[:=](?:\s.*)?|\[[\w .-]{1,80}\]|-\s.{0,200})")
_LONGEST_LINE: Final = 400  # characters
_FEWEST_SETTINGS: Final = 4  # lines
_MOST_ARE: Final = 0.7  # of the lines and names; our choices: a log repeats its names


def kind_of_output(text: str) -> str | None:
    """What printed text is, if it is known and not a training run; None otherwise."""
    head = text[:_LOOKED_AT]
    found = next((what for mark, what in _KINDS if mark.search(head)), None)
    return _SETTINGS if found is None and _are_settings(head) else found


def other_output(what: str, where: str) -> SourceError:
    """The error for text that is known and not a training run."""
    return SourceError(
        f"{where}: this looks like {what}, not a training log. If it is one, name its format with "
        '--format, such as console (in Python: format="console").'
    )


def _are_settings(text: str) -> bool:
    """Whether nearly all lines have a name and a value, and nearly all names differ, as in YAML and INI."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", ";", "---"))]
    named = [match for line in lines if (match := _SETTING.fullmatch(line[:_LONGEST_LINE])) is not None]
    if len(lines) < _FEWEST_SETTINGS or len(named) < _MOST_ARE * len(lines):
        return False
    names = [match[1] for match in named if match[1]]
    return len(set(names)) >= _MOST_ARE * len(names) > 0
