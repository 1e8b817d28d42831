"""What a line of any program says: counters, and numbers with the names before them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reportgen.metrics import is_schedule
from reportgen.sources.printed.counting_words import OF, PLURAL, fold_word, is_epoch, is_step, starts_epoch
from reportgen.sources.printed.dialects import NOTHING, SILENT, Meaning, PrintedSplit, Statement, Value
from reportgen.sources.printed.names import (
    BARE,
    SPLITS,
    NamePart,
    is_a_count,
    is_metric_word,
    name_before,
    plain_key,
    split_between,
    split_in,
)
from reportgen.sources.printed.tokens import Shape, number_of, whole_of
from reportgen.sources.printed.word_pairs import is_word_pair, states_more_epochs, values_beside

_MOST_NUMBERS: Final = 400  # in a line; our choice: a line of a hundred metrics with averages has fewer
_UNIT: Final = re.compile(
    r"\s?(?:s|sec|secs|seconds?|ms|us|\u00b5s|ns|min|mins|minutes?|h|hr|hrs|hours?|[KMGT]i?B|[KMG]|k|x|it/s|s/it|iter/s|steps?/s|"
    r"[a-z]{1,10}/s(?:ec|econd)?|s/[a-z]{1,10}|ms/step|images?|samples?|batches|params?|epochs?|steps?|layers?|days?|"
    r"(?:st|nd|rd|th))(?![\w.])"
)
_ORDINAL_RUN: Final = re.compile(r"(?:st|nd|rd|th)\s(fold|model|run|trial|training|fit|repeat|split)\b", re.IGNORECASE)
_BAR: Final = re.compile(r"\s{0,3}(?:\[[=>.#-]{2,200}\]?|\[[=>.#-]?\]|[\u2501\u2500\u2578\u257a \xad]{3,}|-(?=\s|$))")
_PERCENT_BAR: Final = re.compile(r"%\|[^A-Za-z|]{0,300}(?:\||$)")
_TQDM: Final = re.compile(r"%\||\|\s?\d{0,9}/|it/s|s/it|\u2588|\u2589|\u258f")
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
    r"\W{0,8}(?:best|early|stopping|stopped|sav(?:e|ed|ing)|load(?:ed|ing)?|restor|checkpoint|warning|usage|download|using|resum|"
    r"finished|total training|training (?:time|took|complete)|elapsed|time|test(?:ing)? time|no improvement|patience|"
    r"new best|current best|lowest|highest|train(?:ing)? on \d|learning rate (?:set|reduced|adjusted))",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"\W{0,8}(?:time|elapsed)\b", re.IGNORECASE)  # values may follow
_LABELS: Final[frozenset[str]] = frozenset(
    {"results", "result", "metrics", "summary", "stats", "statistics", "epoch", "average", "averages", "averaged"}
    | {"overall", "final", "total", "mean", "performance", "log", "score", "scores", "losses", "model", "network"}
    | {"step", "iter", "progress", "avg", "set"}
)
_BEST: Final = re.compile(r"\bbest\b", re.IGNORECASE)
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
_OF_COUNTER: Final = re.compile(
    r"\s(?:\((?:for|of)[\w\s]{1,30}\)\s)?(?:for|at|of|in|on|after)\s(?:the\s)?(?:epoch|step|iteration|batch|iter)\W{0,6}$",
    re.IGNORECASE,
)
_SIGN: Final = re.compile(r"[:=|\[(]\s{0,8}$")  # before a number of a log
_MANY_WORDS: Final = 9
_WORDS_PER_NUMBER: Final = 4  # our choices: sentences that programs print have fewer words, or more numbers
_LINK: Final = re.compile(r"\s{0,3}(?:is|was|[:=]|->)\s{0,4}|\s{1,4}")
_CALL: Final = re.compile(r"[:=]\s{0,3}(?:<?tf\.)?(?:torch\.)?(?:np\.|numpy\.)?(?:[Tt]ensor|array|float\d\d)\(\[?$")
_LIST: Final = re.compile(r"[:=]\s{0,3}\[\s{0,3}$")  # of one number
_OF_IMAGES: Final = re.compile(
    r".{0,60}?\b(?P<metric>accuracy|loss|error)\s(?:of|on|for|over)\s.{0,100}(?:images?|samples|set|data|dataset)\s?(?:is|was)?\s?[:=]?\s{0,4}$",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(
    r"[\W_]{0,20}(?:start(?:ing)?\s|running\s|begin\s|on\s|model\s)?(?:the\s)?(?P<split>[A-Za-z]{2,10})(?:[\s_-]?(?:set|data|phase|results?|metrics|stats|"
    r"loop|epoch|model|the\smodel|step|mode|performance|network|errors?|accuracy))?(?:\s(?:set|data|results?|metrics))?(?:\s(?=[A-Za-z_-]{1,20}\d)[\w-]{2,24})?[\W_]{0,20}",
    re.IGNORECASE,
)
_STEP_HEADER: Final = re.compile(
    r"\W{0,120}(?:(?:learning|training|train|policy)\s)?(?:iteration|iter|itr|update|step|timestep)\W{0,20}",
    re.IGNORECASE,
)
_EVALUATING: Final = {"training": "train", "evaluating": "val", "validating": "val", "testing": "test"}


class _NamedNumber(NamedTuple):
    """Which number is a value, and how it is made.

    Attributes:
        place: Position among the numbers.
        name: Name without its split.
        split: Split; empty if none is stated.
        is_percent: Whether a percent sign follows.
        divisor: Position of the number that it is divided by; -1 for none.
        printed: The name as printed.
    """

    place: int
    name: str
    split: PrintedSplit
    is_percent: bool
    divisor: int
    printed: str


@dataclass
class _Found:
    """What has been found in a form so far; positions of numbers, -1 for none."""

    epoch: int = -1
    planned: int = -1
    step: int = -1
    n_steps: int = -1
    start: int = -1
    n_index: int = -1
    fold: int = -1
    fold_word: str = ""
    is_bar: bool = False
    is_unfinished: bool = False
    is_running: bool = False
    is_average: bool = False
    is_episode: bool = False
    n_unknown: int = 0
    line_split: PrintedSplit = ""
    named: list[tuple[int, str, PrintedSplit, bool, bool, PrintedSplit, str]] = field(default_factory=list)
    subject: NamePart | None = None  # the name before a counter: "loss for epoch 3 is"
    topic: NamePart | None = None  # the same, for values that are named by their split only
    percents: set[int] = field(default_factory=set)
    pairs: list[int] = field(default_factory=list)  # numbers after a word that is not a known name
    divisors: dict[int, int] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)  # value -> its average


def form_meaning(shape: Shape) -> Meaning:
    """What lines of a form say, whatever program printed them."""
    if len(shape) == 1:
        return _heading(shape[0])
    if len(shape) > _MOST_NUMBERS or shape[0].lstrip().startswith(('{"', '[{"', '["')):
        return SILENT  # JSON
    if listed := _list_of_results(shape):
        return listed
    found = _scan(shape)
    is_timed = bool(found.named) and (found.epoch > 0 or found.step > 0) and _CLOCK.match(shape[0]) is not None
    if found.epoch != 0 and not is_timed and (_REMARK.match(shape[0]) or (found.epoch < 0 and _BEST.search(shape[0]))):
        return SILENT
    if _COMMAND.search(" ".join(shape)) or "self." in shape[0] or _is_prose(shape):
        return SILENT
    if _CODE.fullmatch(shape[0]) or _NO_ROW.search("\0".join(shape[:14])[:300]):
        return SILENT
    if found.fold >= 0 and not found.named and found.epoch < 0:
        return _new_run(shape, found)
    if found.epoch >= 0 and _OF_COUNTER.search(shape[found.epoch]) and states_more_epochs(shape[found.epoch + 1 :]):
        return Meaning(lambda line, numbers: Statement(n_unknown=1))
    bare = [each for each in found.named if each[1] == BARE]
    if bare and found.topic is not None and not found.topic.split:  # "Loss at epoch 3: training: 0.4, validation: 0.5"
        name, printed = found.topic.name, found.topic.printed
        found.named = [(*e[:1], name, *e[2:6], f"{e[6]} {printed}") if e[1] == BARE else e for e in found.named]
    elif bare and len({each[2] for each in bare}) < 2:
        found.named = [each for each in found.named if each[1] != BARE]
        found.n_unknown += 1
    slots = _slots(found)
    has_counter = found.epoch >= 0 or found.start >= 0 or found.step >= 0
    if not slots:
        if found.epoch >= 0 and not _is_header(shape, found):
            return SILENT
        if found.epoch < 0 and _is_step_header(shape, found):
            return Meaning(_reader(found, slots), 0)
        if found.epoch < 0:
            return SILENT if not found.n_unknown else Meaning(lambda line, numbers: Statement(n_unknown=1))
    if slots and not has_counter and not found.is_bar and _is_labelled(shape[0]):
        return Meaning(lambda line, numbers: Statement(n_unknown=1))
    if slots and all(is_schedule(slot.name) for slot in slots) and not (has_counter and found.epoch != 0):
        return SILENT  # settings
    names_metric = any(is_metric_word((slot.name.split() or [""])[-1]) for slot in slots)
    if found.epoch >= 0 and found.planned < 0 and PLURAL.search(shape[found.epoch]) and not names_metric:
        return SILENT  # the planned epochs
    if slots and found.epoch < 0 and not (names_metric or found.is_bar or found.is_running) and has_counter:
        return SILENT  # "10 nuts: 4.50"
    weight = 2 if slots and (has_counter or found.is_bar) else 1
    return Meaning(_reader(found, slots), weight, tuple(slot.name for slot in slots))


def _is_prose(shape: Shape) -> bool:
    """Whether numbers are within sentences: no sign is before any of them, and there are many words."""
    if any(_SIGN.search(text) for text in shape[:-1]) or any(map(_TQDM.search, shape)):
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


def _new_run(shape: Shape, found: _Found) -> Meaning:
    word, position = found.fold_word, found.fold
    before, after = shape[position], shape[position + 1]
    rest = " ".join(shape[position + 2 :])
    is_fold = "fold" in word
    if len("".join(shape)) > 80 or (not is_fold and re.search(r"\w", after + rest) and not _ORDINAL_RUN.match(after)):
        return SILENT
    if not is_fold and len(re.findall(r"\w+", before)) > 4:
        return SILENT
    name = "fold" if is_fold else word

    def read(line: str, numbers: list[str]) -> Statement:
        number = whole_of(numbers[position])
        return NOTHING if number is None else Statement(new_run=f"{name} {number}")

    return Meaning(read)


def _is_header(shape: Shape, found: _Found) -> bool:
    """Whether a line without values begins an epoch, rather than mentions it."""
    counters = {found.epoch, found.planned, found.step, found.n_steps, found.fold}
    if (
        set(range(len(shape) - 1))
        - counters
        - {position for position in range(len(shape) - 1) if position > found.epoch + 3}
    ):
        return False
    words = re.findall(r"[^\W\d_]+", " ".join(shape).lower())
    others = [word for word in words if word not in _HEADER_WORDS and word not in SPLITS]
    return len(others) <= 1 + (found.is_bar or found.is_running) * 20 or found.planned >= 0


def _is_step_header(shape: Shape, found: _Found) -> bool:
    """Whether a line consists of a step, as above the block of an iteration: ``Learning iteration 66/30000``."""
    rest = shape[max(found.step, found.n_steps) + 1 :]
    return found.step == 0 and _STEP_HEADER.fullmatch(shape[0]) is not None and not any(map(str.isalnum, "".join(rest)))


def _scan(shape: Shape) -> _Found:
    found = _Found()
    n_numbers = len(shape) - 1
    position = 0
    last_value = -1
    is_running = any(_TQDM.search(text) for text in shape)
    while position < n_numbers:
        before, after = shape[position], shape[position + 1]
        has_next = position + 1 < n_numbers
        pairs = has_next and OF.fullmatch(after) is not None
        if (
            is_epoch(before)
            and not after.startswith("%|")
            and (found.epoch < 0 or shape[position].strip() == "")
            and not _is_cut(after)
            and (pairs or not PLURAL.search(before) or position == 0)
        ):
            found.epoch = position
            found.is_episode = "episode" in before.lower()
            found.line_split = found.line_split or split_in(before)
            found.subject = name_before(_OF_COUNTER.sub("", before)) if _OF_COUNTER.search(before) else None
            found.topic = found.subject
            if pairs:
                found.planned = position + 1
                position += 1
        elif found.epoch < 0 and starts_epoch(before, after):
            found.epoch = position
        elif (
            is_step(before)
            and not after.startswith("%|")
            and not _is_cut(after)
            and (found.step < 0 or _is_free(found))
        ):
            if found.step >= 0:  # "[1/5] Step 100/335": what came before the step is the epoch
                found.start, found.n_index, found.n_steps = found.step, found.n_steps, -1
            found.step = position
            found.line_split = found.line_split or ("" if found.named else split_in(before))
            if _OF_COUNTER.search(before):
                found.subject = name_before(_OF_COUNTER.sub("", before))
            if pairs:
                found.n_steps = position + 1
                position += 1
        elif (
            (word := fold_word(before))
            and found.fold < 0
            and not after[:1].isalpha()
            and (not after.startswith((".", "%")) or after.startswith(".."))
        ):
            found.fold, found.fold_word = position, word
            position += pairs
        elif _ORDINAL_RUN.match(after) and found.fold < 0:
            found.fold, found.fold_word = position, _ORDINAL_RUN.match(after)[1].lower()  # type: ignore[index]
        elif position == 0 and not before.strip(" \t[#(-") and _begins(shape, pairs, found):
            position += pairs or found.step == 1
        elif pairs and before.endswith("(") and last_value == position - 1 >= 0:
            position += 1  # counts behind a percentage
        elif pairs and (
            not _is_named(before) or (position - 1 in (found.epoch, found.planned) and not before.strip(": "))
        ):
            found.line_split = found.line_split or ("" if found.named else split_in(before))
            bar = _BAR.match(shape[position + 2])
            if found.epoch < 0 and _counts_epochs(shape, position):
                found.epoch, found.planned = position, position + 1  # a bar of tqdm that counts epochs
            elif found.step < 0:
                found.step, found.n_steps = position, position + 1
            if bar and not found.named:
                found.is_bar = True
            position += 1
        elif after.startswith(("/Unknown", "/None")):
            found.is_bar, found.step = True, position
        elif (
            before.strip() == "-" and position in (0, found.planned + 1, found.n_steps + 1) and re.match(r"s\b", after)
        ):
            found.is_bar = True  # " - 5s - loss: 0.5", as Keras 2.0 prints with verbose=2
        elif after.startswith("%|") and _PERCENT_BAR.match(after):
            pass  # the percentage of a progress bar
        elif before in (" (", "(", "\t(") and after.startswith(")") and last_value == position - 1 >= 0:
            if not after.startswith("%"):
                found.moved[last_value] = position
                found.is_average = True
        elif before in (" (", "(", " ( ") and after.startswith("%"):
            if last_value in found.divisors and last_value == position - 2:
                found.percents.add(last_value)
        elif is_running and after.startswith("Epoch"):
            pass  # the end of a bar that was cut off
        elif (is_value := _is_value(before, after)) or _is_leftover(before, after):
            text = _LIST.sub(":", before) if after.startswith("]") else _CALL.sub(":", before)
            part = _subject(shape, position, found) or name_before(text)
            if part is None:
                if re.search(r"[^\W\d]\s{0,3}[:=]\s{0,3}$", before):
                    found.n_unknown += 1
                elif is_value and is_word_pair(before, after):
                    found.pairs.append(position)
            elif not is_a_count(part.name or part.printed):
                found.named.append(
                    (position, part.name, part.split, part.leads, bool(part.before), part.before, part.printed)
                )
                last_value = position
                if after.startswith("%"):
                    found.percents.add(position)
                if pairs and is_value:
                    found.divisors[position] = position + 1
                    position += 1
                if not is_value:
                    break  # what follows is left of an earlier, longer line
        position += 1
    etas = [place for place, text in enumerate(shape) if "ETA: " in text]
    is_worded = found.epoch >= 0 or (found.step >= 0 and is_step(shape[found.step]))
    beside = values_beside(shape, found.pairs, [each[0] for each in found.named])
    found.named += [(place, part.name, part.split, False, False, "", part.printed) for place, part in beside]
    found.named.sort()
    if etas and found.named and (found.is_bar or not is_worded):
        found.is_bar = True
        found.is_unfinished = not any("/step" in text for text in shape[etas[-1] :])
    found.is_running = is_running or found.is_bar
    if not found.line_split:
        found.line_split = split_between(shape[1 : found.named[0][0] if found.named else None])
    return found


def _subject(shape: Shape, position: int, found: _Found) -> NamePart | None:
    """The name of a number that is not directly before it, as in "loss at step 3: " or "train 0.3 valid 0.4"."""
    before = shape[position]
    if found.subject is not None and position in (found.epoch + 1, found.step + 1) and _LINK.fullmatch(before):
        subject, found.subject = found.subject, None
        return subject
    if found.named and re.fullmatch(r"[\s,|/]{0,6}\w{2,10}\s{1,4}", before) and (split := split_in(before)):
        last = found.named[-1]
        return NamePart(last[1], split, f"{split} {last[6]}") if before.strip(" ,|/").lower() in SPLITS else None
    if match := _OF_IMAGES.match(" ".join(shape[: position + 1])):
        return NamePart(match["metric"].lower(), split_in(match[0]) or "test", match["metric"], leads=True)
    return None


def _is_free(found: _Found) -> bool:
    """Whether the step that was found first may be an epoch."""
    return found.epoch < 0 and found.start < 0 and not found.is_bar and not found.named and found.n_steps >= 0


def _counts_epochs(shape: Shape, position: int) -> bool:
    """Whether a bar of tqdm counts epochs: ``33/50 [07:13<03:43, 13.15s/epoch]`` or ``Epochs:  66%|##| 33/50 [``.

    Keras has no ``<``.
    """
    texts = shape[position:]
    before = range(max(0, position - 2), position)  # a bar of ASCII has a digit: ##5
    if any(is_epoch(shape[place]) and shape[place + 1].startswith("%|") for place in before):
        return True
    return any("<" in text for text in texts) and any("/epoch" in text or "epoch/s" in text for text in texts)


def _is_leftover(before: str, after: str) -> bool:
    """Whether the text of an earlier, longer line follows a value, as in "acc: 0.7785s - loss: 0.89"."""
    if not re.match(r"[a-z]{1,2} - [a-z]", after) or not before.endswith(": "):
        return False
    part = name_before(before)
    return part is not None and is_metric_word(part.name.split()[-1])


def _is_cut(after: str) -> bool:
    """Whether a number is a part of something else: a version, a time, or a number with a unit."""
    return (after[:1].isalpha() and not after.startswith(("of", "e:"))) or (after[:1] == "." and after[1:2].isdigit())


def _is_value(before: str, after: str) -> bool:
    if (after[:1].isalpha() and not after.startswith("Epoch")) or after[:1] in ("_", '"', "'") or before[-1:].isalnum():
        return False
    if before.endswith("[") and before[:-1].rstrip().endswith((":", "=")) and not after.startswith("]"):
        return False  # a list
    if before.endswith("([") and not after.startswith("]"):
        return False  # an array
    if before.endswith("-") and before[-2:-1].isalpha():  # top-5
        return False
    if after[:1] == "-" and after[1:2].isalpha():  # 5-fold
        return False
    is_metric = _is_named(before) and after[:1] == " " and is_metric_word((before.rstrip(" :=").split() or [""])[-1])
    return (_UNIT.match(after) is None or is_metric) and after != ":"


def _is_named(before: str) -> bool:
    return before.rstrip().endswith((":", "=")) and not before.rstrip().endswith("]:")


def _begins(shape: Shape, pairs: bool, found: _Found) -> bool:
    """Takes the number that a line begins with, as in ``[3/20] loss``, ``12: loss`` and ``10/10 [====]``."""
    before, after = shape[0], shape[1]
    if not before.strip() and re.match(r"\s?epoch\b", after):
        found.epoch = 0  # 7epoch results:
        return True
    if pairs:
        rest = shape[2]
        bracket = "[" in before or "(" in before
        if not bracket and _BAR.match(rest):
            found.is_bar = True
            found.step, found.n_steps = 0, 1
        elif bracket or re.match(r"\s{0,3}[:|,-]|\s{1,4}\S", rest):
            found.start, found.n_index = 0, 1
        else:
            found.step, found.n_steps = 0, 1
        return True
    if after.startswith(("/Unknown", "/None")):
        found.is_bar, found.step = True, 0
        return True
    if before.strip() == "-" and re.match(r"s\b", after):
        found.is_bar = True
        return True
    if before.strip() == "[" and after.strip() == "," and len(shape) > 3 and shape[2].startswith("]"):
        found.epoch, found.step = 0, 1  # [1,  2000] loss: 2.1
        return True
    if not before.strip() and after == "-" and len(shape) > 3 and shape[2].startswith(" ["):
        found.start, found.step = 0, 1  # 0-3 [D loss: 0.8]
        return True
    if not before.strip() and re.match(r"s - [a-z]", after):
        found.is_bar = True
        return True
    if ("[" in before and after.startswith("]")) or re.match(
        r"\s{0,3}[:|,)]?\s{0,4}[\[(]?\s{0,2}[^\W\d]|\t|:\s|\s-\s", after
    ):
        if _UNIT.match(after) or (after[:1].isalpha()):
            return False
        found.start = 0
        return True
    return False


def _slots(found: _Found) -> list[_NamedNumber]:
    """The values, each with its split: its own, or that of the text before it."""
    named = found.named
    carried = _with_splits(found, carry=True)
    plain = _with_splits(found, carry=False)

    def is_unique(splits: Sequence[PrintedSplit]) -> bool:
        keys = [(plain_key(each[1]), split) for each, split in zip(named, splits, strict=True)]
        return len(set(keys)) == len(keys)

    first = named[0] if named else None
    leads = first is not None and (first[3] or first[4] or bool(found.line_split))
    splits = carried if (leads or not is_unique(plain)) and is_unique(carried) else plain
    slots = []
    last = {(each[1], split): each[0] for each, split in zip(named, splits, strict=True)}
    met: set[tuple[str, PrintedSplit]] = set()
    for each, split in zip(named, splits, strict=True):
        position, name, _, _, _, _, printed = each
        if found.is_bar and last[name, split] != position:
            continue  # an earlier state of a bar on the same line
        if is_schedule(name):
            split = ""
        if (name, split) in met and printed:
            name = printed  # "Avg. reward" beside "reward"
        met.add((name, split))
        index = found.moved.get(position, position)
        slots.append(
            _NamedNumber(index, name, split, position in found.percents, found.divisors.get(position, -1), printed)
        )
    return slots


def _with_splits(found: _Found, *, carry: bool) -> list[PrintedSplit]:
    splits: list[PrintedSplit] = []
    current: PrintedSplit = found.line_split
    for _, _, split, _, _, before, _ in found.named:
        if before:
            current = before
        own = split or (current if carry or before else "")
        if split:
            current = split
        splits.append(own or (found.line_split if carry or found.line_split else ""))
    return splits


def _reader(found: _Found, slots: list[_NamedNumber]) -> Callable[[str, list[str]], Statement]:
    epoch, planned, step, n_steps = found.epoch, found.planned, found.step, found.n_steps
    index, n_index = found.start, found.n_index
    is_running, is_bar, n_unknown = found.is_running, found.is_bar, min(found.n_unknown, 1)
    is_unfinished, is_average, is_episode = found.is_unfinished, found.is_average, found.is_episode
    fold, word = found.fold, "fold" if "fold" in found.fold_word else found.fold_word
    heading: PrintedSplit = found.line_split if not slots or (found.is_running and found.epoch < 0) else ""

    def at(numbers: list[str], position: int) -> int | None:
        return whole_of(numbers[position]) if position >= 0 else None

    def bar_of(numbers: list[str]) -> tuple[int | None, int | None]:
        return at(numbers, epoch), at(numbers, planned)

    def read(line: str, numbers: list[str]) -> Statement:
        values = []
        for where, name, split, is_percent, divisor, printed in slots:
            number = number_of(numbers[where])
            if divisor >= 0:
                whole = number_of(numbers[divisor])
                number = number / whole * (100 if is_percent else 1) if whole else float("nan")
            values.append(Value(name, split, number, is_percent, printed))
        done, total = at(numbers, step), at(numbers, n_steps)
        if is_running and done is not None and total is not None and (done, total) == bar_of(numbers):
            done = total = None  # a bar of epochs whose title counts them as well
        return Statement(
            at(numbers, epoch),
            at(numbers, planned),
            done,
            total,
            at(numbers, index),
            at(numbers, n_index),
            tuple(values),
            is_running,
            is_bar,
            is_unfinished,
            heading,
            f"{word} {numbers[fold]}" if fold >= 0 and word == "fold" and values and epoch >= 0 else "",
            None,
            None,
            n_unknown,
            is_average=is_average,
            is_episode=is_episode,
        )

    return read
