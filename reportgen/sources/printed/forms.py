"""What a line of any program says: counters, and numbers with the names before them."""

import re
from collections.abc import Iterable
from typing import Any, Final

from reportgen.metrics import is_known, is_schedule
from reportgen.sources.printed.counting_words import OF, PLURAL, is_step, without_fold_word
from reportgen.sources.printed.dialects import NOTHING, SILENT, Meaning, Statement
from reportgen.sources.printed.form_scan import OF_COUNTER, ORDINAL_RUN, TQDM, ScannedForm, scan_form
from reportgen.sources.printed.form_values import labels_of, reader_of, slots_of
from reportgen.sources.printed.names import BARE, SPLITS, is_metric_word, split_in
from reportgen.sources.printed.tokens import Shape, number_of, whole_of
from reportgen.sources.printed.word_pairs import states_more_epochs

_MOST_NUMBERS: Final = 400  # in a line; our choice: a line of a hundred metrics with averages has fewer
_HEADER_WORDS: Final = frozenset(
    [
        "start",
        "starting",
        "started",
        "begin",
        "beginning",
        "begins",
        "running",
        "now",
        "training",
        "train",
        "epoch",
        "epochs",
        "for",
        "of",
        "the",
        "at",
        "in",
        "on",
    ]
)
_REMARK: Final = re.compile(
    r"\W{0,8}(?:best|(?:max|min)_\w{1,20}\s?[:=]|early|stopping|stopped|sav(?:e|ed|ing)|load(?:ed|ing)?|restor|checkpoint|warning|usage|download|using|resum|"
    r"finished|total training|training (?:time|took|complete)|elapsed|time|test(?:ing)? time|no improvement|patience|"
    r"new best|current best|lowest|highest|train(?:ing)? on \d|learning rate (?:set|reduced|adjusted))",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"\W{0,8}(?:time|elapsed)\b", re.IGNORECASE)  # values may follow
_CLOCK_BEFORE: Final = re.compile(r"time|elapsed|took|eta|speed", re.IGNORECASE)
_LABELS: Final[frozenset[str]] = frozenset(
    {"results", "result", "metrics", "summary", "stats", "statistics", "epoch", "average", "averages", "averaged"}
    | {"overall", "final", "total", "mean", "performance", "log", "score", "scores", "losses", "model", "network"}
    | {"step", "iter", "progress", "avg", "set"}
)
_BEST: Final = re.compile(r"\bbest\b", re.IGNORECASE)
_ANNOUNCES: Final = re.compile(r"\b(?:experiments?|configuration|(?:training|running) with)\b", re.IGNORECASE)
_COMMAND: Final = re.compile(
    r"^\s{0,8}\$\s|\s--[a-z]|\w\s<-\s\w|^\W{0,8}(?:Namespace\(|arg(?:ument)?s\b|config|options\b|hyper-?param|settings\b|num\s)",
    re.IGNORECASE,
)
# Python code before its first number, such as "sgd = SGD(lr=". Values are printed as "loss = tensor(".
_CODE: Final = re.compile(r"\s{0,16}[A-Za-z_]\w{0,60}\s?=\s?[A-Za-z_][\w.]{0,80}\((?:[^()=]{0,80},\s?)?\w{1,40}\s?=\s?")
# One result per trial of Optuna, or per fit of scikit-learn's searches; the progress of fastText in percent.
_NO_ROW: Final = re.compile(
    r"\bProgress:\s{1,4}\x00%\s{1,4}words/sec"
    r"|\bTrial\s\x00\sfinished with values?:|^\s{0,4}\[CV[^\]]{0,40}\]\s(?:END|START)\b"
)
_SIGN: Final = re.compile(r"[:=|\[(]\s{0,8}$")  # before a number of a log
_RATE_ABOVE: Final = re.compile(
    r"[\W_]{0,20}epoch\W{0,4}\0(?:/\0)?[\])\s,;:|(-]{1,4}(?:learning[ _]rate|lr)\s?[:=]?\s{0,3}\0[\s)\]|*=-]{0,20}",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(r"\s{0,20}[A-Za-z_][\w ]{0,40}[:=]?\s{1,8}")
_NOT_UNDERSTOOD: Final = Meaning(lambda line, numbers: Statement(n_unknown=1))
_MANY_WORDS: Final = 9
_WORDS_PER_NUMBER: Final = 4  # our choices: sentences that programs print have fewer words, or more numbers
_HEADING: Final = re.compile(
    r"[\W_]{0,20}(?:start(?:ing)?\s|running\s|begin\s|on\s|model\s|evaluat(?:e|ing)[\s:]{1,3}(?:on\s)?)?(?:the\s)?(?P<split>[A-Za-z]{2,10})(?:[\s_-]?(?:set|data|phase|results?|metrics|stats|"
    r"loop|epoch|model|the\smodel|step|mode|performance|network|errors?|accuracy))?(?:\s(?:set|data|results?|metrics))?(?:\s(?=[A-Za-z_-]{1,20}\d)[\w-]{2,24})?[\W_]{0,20}",
    re.IGNORECASE,
)
_STEP_HEADER: Final = re.compile(
    r"\W{0,120}(?:(?:learning|training|train|policy)\s)?(?:iteration|iter|itr|update|step|timestep)\W{0,20}",
    re.IGNORECASE,
)
_EVALUATING: Final = {"training": "train", "evaluating": "val", "validating": "val", "testing": "test"}


def form_meaning(shape: Shape) -> Meaning:
    """What lines of a form say, whatever program printed them."""
    if len(shape) == 1:
        return _heading(shape[0])
    if len(shape) > _MOST_NUMBERS or shape[0].lstrip().startswith(('{"', '[{"', '["')):
        return SILENT  # JSON
    if listed := _list_of_results(shape):
        return listed
    found = scan_form(shape)
    is_timed = bool(found.named) and (found.epoch > 0 or found.step > 0) and _CLOCK.match(shape[0]) is not None
    if found.epoch != 0 and not is_timed and (_REMARK.match(shape[0]) or (found.epoch < 0 and _BEST.search(shape[0]))):
        return SILENT
    if _COMMAND.search(" ".join(shape)) or "self." in shape[0]:
        return SILENT
    if _is_prose(shape):
        return _NOT_UNDERSTOOD if any(is_metric_word((each[1].split() or [""])[-1]) for each in found.named) else SILENT
    if _CODE.fullmatch(shape[0]) or _NO_ROW.search("\0".join(shape[:14])[:300]):
        return SILENT
    if found.labels and found.epoch < 0 and (not found.named or _names_settings(found)):
        return _new_run(shape, found)
    if found.epoch >= 0 and OF_COUNTER.search(shape[found.epoch]) and states_more_epochs(shape[found.epoch + 1 :]):
        return _NOT_UNDERSTOOD
    bare = [each for each in found.named if each[1] == BARE]
    if bare and found.topic is not None and not found.topic.split:  # "Loss at epoch 3: training: 0.4, validation: 0.5"
        name, printed = found.topic.name, found.topic.printed
        found.named = [(*e[:1], name, *e[2:6], f"{e[6]} {printed}", name) if e[1] == BARE else e for e in found.named]
    elif bare and len({each[2] for each in bare}) < 2:
        found.named = [each for each in found.named if each[1] != BARE]
        found.n_unknown += 1
    slots = slots_of(found)
    has_counter = found.epoch >= 0 or found.start >= 0 or found.step >= 0
    if _is_of_settings(shape, found):
        return SILENT
    if not slots:
        if found.epoch >= 0 and not _is_header(shape, found):
            return _mention(shape, found)
        if found.epoch < 0 and _is_step_header(shape, found):
            return Meaning(reader_of(found, slots), 0)
        if found.epoch < 0:
            return _NOT_UNDERSTOOD if found.n_unknown or _names_metric(shape, found.left) else _alone(shape, found)
    if slots and not has_counter and not found.is_bar and _is_labelled(shape[0]):
        return _NOT_UNDERSTOOD
    if slots and all(is_schedule(slot.name) for slot in slots) and not (has_counter and found.epoch != 0):
        is_header = found.epoch == 0 and _RATE_ABOVE.fullmatch("\0".join(shape)) is not None
        if not is_header:
            return SILENT if found.epoch < 0 else _mention(shape, found)  # settings
    names_metric = any(is_metric_word((slot.name.split() or [""])[-1]) or is_known(slot.name) for slot in slots)
    if found.epoch >= 0 and found.planned < 0 and PLURAL.search(shape[found.epoch]) and not names_metric:
        return SILENT  # the planned epochs
    if slots and found.epoch < 0 and not (names_metric or found.is_bar or found.is_running) and has_counter:
        is_stated = found.step >= 0 and is_step(shape[found.step])
        if found.n_index < 0 or "[" not in shape[0] or not any(map(_SIGN.search, shape[2:-1])):
            return _NOT_UNDERSTOOD if is_stated else SILENT  # "10 nuts: 4.50"
    weight = 2 if slots and (has_counter or found.is_bar) else 1
    return Meaning(reader_of(found, slots), weight, tuple(slot.name for slot in slots))


def _is_of_settings(shape: Shape, found: ScannedForm) -> bool:
    """Whether a line has only settings, as in "Training with lr=0.001, batch=32": the batch is not a counter."""
    if found.epoch >= 0 or not found.named or any(map(_is_result, found.named)):
        return False
    first = found.named[0][0]
    if _ANNOUNCES.search(" ".join(shape[: first + 1])):
        return True
    is_batch = found.step > first and shape[found.step].endswith("=") and "batch" in shape[found.step].lower()
    return is_batch and all(is_schedule(each[1]) for each in found.named)


def _is_result(named: tuple[Any, ...]) -> bool:
    """Whether a named number is a result, rather than a setting."""
    return is_metric_word((named[1].split() or [""])[-1]) and not is_schedule(named[1])


def _mention(shape: Shape, found: ScannedForm) -> Meaning:
    """A line that mentions an epoch: values without a number, which follow or come before, may belong to it."""
    position = found.epoch
    if _BEST.search(shape[0]):
        return SILENT
    left = tuple(found.left)

    def read(line: str, numbers: list[str]) -> Statement:
        n_unknown = int(any("." in numbers[place] for place in left))
        return Statement(mention=None if n_unknown else whole_of(numbers[position]), n_unknown=n_unknown)

    return Meaning(read)


def _names_metric(shape: Shape, places: Iterable[int]) -> bool:
    """Whether a number without a meaning follows the name of a metric."""
    return any(is_metric_word((shape[place].rstrip(" :=([|").split() or [""])[-1]) for place in places)


def _alone(shape: Shape, found: ScannedForm) -> Meaning:
    """A line of a name and a number, such as ``total 1.23``, or of numbers: counted if one has a decimal point."""
    is_row = len(shape) > 2 and not any(map(str.isalpha, "".join(shape)))
    is_named = len(shape) == 2 and _ALONE.fullmatch(shape[0]) is not None and not shape[1].strip()
    if not found.left or not (is_row or is_named):
        return SILENT
    return Meaning(lambda line, numbers: Statement(n_unknown=int(any("." in number for number in numbers))))


def _is_prose(shape: Shape) -> bool:
    """Whether numbers are within sentences: no sign is before any of them, and there are many words."""
    if any(_SIGN.search(text) for text in shape[:-1]) or any(map(TQDM.search, shape)):
        return False
    n_words = len(re.findall(r"[^\W\d_]{2,}", " ".join(shape)))
    return n_words >= _MANY_WORDS and n_words > _WORDS_PER_NUMBER * (len(shape) - 1)


def _is_labelled(text: str) -> bool:
    """Whether a line begins with a label of its own, such as "Category: name accuracy 0.2"."""
    label, colon, rest = text.rpartition(": ")
    if not colon or not rest.strip():
        return False
    words = re.findall(r"[^\W_]+", label.lower())
    return bool(words) and not any(word in SPLITS or word in _LABELS or is_metric_word(word) for word in words)


def _heading(text: str) -> Meaning:
    """A line without numbers: the heading of a section, or nothing."""
    if len(text) > 60:
        return SILENT
    match = _HEADING.fullmatch(text)
    if not match:
        return SILENT
    word = match["split"].lower()
    split = _EVALUATING.get(word) or SPLITS.get(word, "")
    if not split:
        return SILENT
    made = Statement(heading=split)  # type: ignore[arg-type]
    return Meaning(lambda line, numbers: made)


def _list_of_results(shape: Shape) -> Meaning | None:
    """``[0.05, 0.98]``, as printed by ``print(model.evaluate(...))``."""
    first, *between, last = shape
    if len(shape) < 3 or not first.rstrip().endswith("[") or last.strip() not in ("]", "]."):
        return None
    if any(text.strip() not in (",", "") for text in between) or (first.strip(" [(") and not split_in(first)):
        return None
    return Meaning(lambda line, numbers: Statement(results=tuple(map(number_of, numbers))))


def _names_settings(found: ScannedForm) -> bool:
    """Whether the numbers in the heading of a fold are settings, as in "Training on fold 2; units: 64"."""
    is_fold = any("fold" in word for word in found.labels)
    return is_fold and not found.is_running and not any(map(_is_result, found.named))


def _new_run(shape: Shape, found: ScannedForm) -> Meaning:
    labels = tuple(sorted(found.labels.items(), key=lambda label: label[1]))
    first = labels[0][1]
    after = [without_fold_word(text) if place in found.labels.values() else text
             for place, text in enumerate(shape) if place > first]  # fmt: skip
    rest = " ".join(text for text in after if not OF.fullmatch(text))
    is_fold = any("fold" in word for word, _ in labels)
    if len(re.sub(r"[=*#~-]{3,}", "", "".join(shape))) > 80 or (
        not is_fold and re.search(r"\w", rest) and not ORDINAL_RUN.match(after[0])
    ):
        return SILENT
    if not is_fold and len(re.findall(r"\w+", shape[first])) > 4:
        return SILENT

    def read(line: str, numbers: list[str]) -> Statement:
        said = labels_of(labels, numbers)
        return Statement(new_run=said) if said else NOTHING

    return Meaning(read)


def _is_header(shape: Shape, found: ScannedForm) -> bool:
    """Whether a line without values begins an epoch, rather than mentions it."""
    counters = {found.epoch, found.planned, found.step, found.n_steps, *found.labels.values()}
    counters |= {place for place in found.settings if not _CLOCK_BEFORE.search(shape[place])}
    if (
        set(range(len(shape) - 1))
        - counters
        - {position for position in range(len(shape) - 1) if position > found.epoch + 3}
    ):
        return False
    words = re.findall(r"[^\W\d_]+", " ".join(shape).lower())
    others = [word for word in words if word not in _HEADER_WORDS and word not in SPLITS]
    return len(others) <= 1 + (found.is_bar or found.is_running) * 20 or found.planned >= 0


def _is_step_header(shape: Shape, found: ScannedForm) -> bool:
    """Whether a line consists of a step, as above the block of an iteration: ``Learning iteration 66/30000``."""
    rest = shape[max(found.step, found.n_steps) + 1 :]
    return found.step == 0 and _STEP_HEADER.fullmatch(shape[0]) is not None and not any(map(str.isalnum, "".join(rest)))
