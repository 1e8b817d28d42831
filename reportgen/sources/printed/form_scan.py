"""Finds the counters and the named numbers in the texts of a line."""

import re
from dataclasses import dataclass, field
from typing import Final

from reportgen.sources.printed.counting_words import OF, PLURAL, fold_word, is_epoch, is_step, starts_epoch
from reportgen.sources.printed.dialects import PrintedSplit
from reportgen.sources.printed.names import (
    BARE,
    SPLITS,
    NamePart,
    is_a_count,
    is_metric_word,
    label_in,
    name_before,
    split_between,
    split_in,
)
from reportgen.sources.printed.tokens import Shape
from reportgen.sources.printed.word_pairs import is_word_pair, values_beside

_UNIT: Final = re.compile(
    r"\s?(?:s|sec|secs|seconds?|ms|us|\u00b5s|ns|min|mins|minutes?|h|hr|hrs|hours?|[KMGT]i?B|[KMG]|k|x|it/s|s/it|iter/s|steps?/s|"
    r"[a-z]{1,10}/s(?:ec|econd)?|s/[a-z]{1,10}|ms/step|images?|samples?|batches|params?|epochs?|steps?|layers?|days?|"
    r"(?:st|nd|rd|th))(?![\w.])"
)
ORDINAL_RUN: Final = re.compile(r"(?:st|nd|rd|th)\s(fold|model|run|trial|training|fit|repeat|split)\b", re.IGNORECASE)
_COUNTED_EPOCH: Final = re.compile(r"\s?(?:\u8f6e|\u8f2a|\u4e2a?\s?epoch)", re.IGNORECASE)  # after the Chinese "no."
_COUNTED_FOLD: Final = re.compile(r"\s?(?:\u6298|\u6b21\u4ea4\u53c9)")  # fold, cross
_BAR: Final = re.compile(r"\s{0,3}(?:\[[=>.#-]{2,200}\]?|\[[=>.#-]?\]|[\u2501\u2500\u2578\u257a \xad]{3,}|-(?=\s|$))")
_PERCENT_BAR: Final = re.compile(r"%\|[^A-Za-z|]{0,300}(?:\||$)")
TQDM: Final = re.compile(r"%\||\|\s?\d{0,9}/|(?:it/s|s/it)\s?[\],)]|\u2588|\u2589|\u258f")
_INDEX_ENDS: Final = re.compile(
    r"[\])]\s?(?:\(\s?(?P<first>[A-Za-z_]{2,12}),\s?(?P<second>[A-Za-z_]{2,12})\s?\))?\s?[:=]\s{0,8}"
)
_BARE_SPLIT: Final = re.compile(r"[\s,|/]{0,6}(?P<word>\w{2,10})(?:\s?(?P<sign>[:=])\s{0,4}|\s{1,4})")
_THINGS: Final = re.compile(
    r"\s{1,4}(?:instances?|images?|samples|examples|classes|files|items|objects|params|parameters|sentences|words|tokens|nodes|"
    r"edges|users|documents|rows|records|features|labels|corrections|boxes|annotations|trees|models)\b",
    re.IGNORECASE,
)  # that a line counts
_AFTER_BRACKET: Final = re.compile(r"\s?[A-Za-z ]{1,20}\)\s?[:=]\s{0,8}")
_BOXED: Final = re.compile(r"(?<![^\s,|:])([A-Za-z]\w{0,20})\[\s?$")
_SPLIT: Final = "|".join(sorted(SPLITS))
_SPLIT_INDEX: Final = re.compile(
    rf"\W{{0,4}}\[\s?(?P<split>{_SPLIT})\s?[:#]?\s{{0,2}}|\W{{0,6}}(?P<word>{_SPLIT})\s?:?\s?\[", re.IGNORECASE
)
_SPLIT_TAG: Final = re.compile(rf"\W{{0,4}}\[(?P<split>{_SPLIT})\]\s{{0,2}}[\[(]\s{{0,2}}", re.IGNORECASE)
_OF_BEST: Final = re.compile(r"\b[Bb]est\b|\bBEST\b")
_SPLIT_COUNTER: Final = re.compile(rf"\W{{0,4}}(?P<split>{_SPLIT})\s{{1,3}}", re.IGNORECASE)
_LEADING_SPLIT: Final = re.compile(
    rf"\W{{0,8}}(?P<split>{_SPLIT})(?:\s(?:set|step|phase|data))?\s{{0,4}}(?:[-:|>=]{{1,3}}\s{{0,2}}[\[(]|\|\s{{0,4}}epoch\b)",
    re.IGNORECASE,
)  # "Validation - [epoch 3] loss: 0.4", "Train | Epoch: 3 | loss 0.4"
_STEP_LETTER: Final = re.compile(r"(?<![^\W_])(?:T|t|i|n|[Ff]rames?|[Gg]ames?)\s?[:=]\s{0,3}$")
OF_COUNTER: Final = re.compile(
    r"\s(?:\((?:for|of)[\w\s]{1,30}\)\s)?(?:for|at|of|in|on|after)\s(?:the\s)?(?:epoch|episode|step|iteration|batch|iter)\W{0,6}$",
    re.IGNORECASE,
)
_LINK: Final = re.compile(r"\s{0,3}(?:is|was|[:=]|->)\s{0,4}|\s{1,4}")
_CALL: Final = re.compile(
    r"[:=]\s{0,3}(?:<?tf\.)?(?:torch\.)?(?:np\.|numpy\.)?(?:[Tt]ensor|array|float\d\d|param)\(\[?$"
)
_LIST: Final = re.compile(r"[:=]\s{0,3}\[\s{0,3}$")  # of one number
_OF_IMAGES: Final = re.compile(
    r".{0,60}?\b(?P<metric>accuracy|loss|error)\s(?:of|on|for|over)\s.{0,100}(?:images?|samples|examples|batches|set|data|dataset)\s?(?:is|was)?\s?[:=]?\s{0,4}$",
    re.IGNORECASE,
)


@dataclass
class ScannedForm:
    """What has been found in a form so far; positions of numbers, -1 for none."""

    epoch: int = -1
    planned: int = -1
    step: int = -1
    n_steps: int = -1
    start: int = -1
    n_index: int = -1
    labels: dict[str, int] = field(default_factory=dict)  # of a fold or seed, by the word before it
    is_bar: bool = False
    is_unfinished: bool = False
    is_running: bool = False
    is_average: bool = False
    is_episode: bool = False
    n_unknown: int = 0
    line_split: PrintedSplit = ""
    named: list[tuple[int, str, PrintedSplit, bool, bool, PrintedSplit, str, str]] = field(default_factory=list)
    subject: NamePart | None = None  # the name before a counter: "loss for epoch 3 is"
    topic: NamePart | None = None  # the same, for values that are named by their split only
    percents: set[int] = field(default_factory=set)
    pairs: list[int] = field(default_factory=list)  # numbers after a word that is not a known name
    divisors: dict[int, int] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)  # value -> its average
    left: list[int] = field(default_factory=list)  # numbers without a meaning
    settings: set[int] = field(default_factory=set)  # named numbers that are sizes, counts or times
    needs_whole: int = -1  # a counter that is one only if it is a whole number


def scan_form(shape: Shape) -> ScannedForm:
    """The counters and named numbers of a form."""
    found = ScannedForm()
    if _is_indexed(shape, found):
        return found
    n_numbers = len(shape) - 1
    position = 0
    last_value = last_count = -1
    label = ""  # of a group of values, such as "[D]"
    is_running = any(TQDM.search(text) for text in shape)
    while position < n_numbers:
        before, after = shape[position], shape[position + 1]
        has_next = position + 1 < n_numbers
        pairs = has_next and OF.fullmatch(after) is not None
        if (
            is_epoch(before)
            and not after.startswith("%|")
            and (found.epoch < 0 or shape[position].strip() == "")
            and not (_is_cut(after) and _COUNTED_EPOCH.match(after) is None)
            and _COUNTED_FOLD.match(after) is None
            and (pairs or not PLURAL.search(before) or position == 0)
            and not (found.named and _is_of_best(shape, position))
        ):
            found.epoch = position
            found.is_episode = "episode" in before.lower()
            found.line_split = found.line_split or split_in(before)
            found.subject = name_before(OF_COUNTER.sub("", before)) if OF_COUNTER.search(before) else None
            found.topic = found.subject
            if pairs:
                found.planned = position + 1
                position += 1
        elif (
            position == 0
            and after.strip() in (",", "][", "] [")
            and (stated := _SPLIT_INDEX.fullmatch(before)) is not None
        ):
            found.epoch, found.line_split = (
                0,
                SPLITS[(stated["split"] or stated["word"]).lower()],
            )  # "[val: 3, 6/9]", "Test: [3][6/9]"
        elif position == 0 and after[:1] in ("]", "/") and (tagged := _SPLIT_TAG.fullmatch(before)) is not None:
            found.start, found.line_split = 0, SPLITS[tagged["split"].lower()]  # "[val][3] loss: 0.5"
            if pairs:
                found.n_index = 1
                position += 1
        elif position == 0 and (split := _split_before_counter(shape)):
            found.start = found.needs_whole = 0  # "Train 3, loss: 0.5"
            found.line_split = split
        elif pairs and found.step < 0 and found.epoch < 0 and _STEP_LETTER.search(before):
            found.step, found.n_steps = position, position + 1
            position += 1
        elif _is_counted_value(shape, position, found):
            found.step = found.needs_whole = position
            found.subject = name_before(before)
        elif found.epoch < 0 and starts_epoch(before, after):
            found.epoch = position
        elif (
            is_step(before)
            and not (position and _OF_IMAGES.match(" ".join(shape[: position + 1])))
            and not after.startswith("%|")
            and not _is_cut(after)
            and (found.step < 0 or _is_free(found, pairs=pairs))
        ):
            if found.step >= 0:  # "[1/5] Step 100/335": what came before the step is the epoch
                found.start, found.n_index, found.n_steps = found.step, found.n_steps, -1
            found.step = position
            found.line_split = found.line_split or ("" if found.named else split_in(before))
            if OF_COUNTER.search(before):
                found.subject = name_before(OF_COUNTER.sub("", before))
            if pairs:
                found.n_steps = position + 1
                position += 1
            elif has_next and after == "-" and shape[position + 2].startswith("]"):
                found.step = position = position + 1  # "Batch [20-40]"
        elif (
            (word := fold_word(before))
            and word not in found.labels
            and not after[:1].isalpha()
            and (not after.startswith((".", "%", " %")) or after.startswith(".."))
            and "best " not in before[-14:].lower()
        ):
            found.labels[word] = position
            position += pairs
        elif not found.labels and before.rstrip().endswith("\u7b2c") and _COUNTED_FOLD.match(after) is not None:
            found.labels["fold"] = position
        elif not found.labels and (ordinal := ORDINAL_RUN.match(after)) is not None:
            found.labels[ordinal[1].lower()] = position
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
        elif before in (" (", "(", "\t(", " ( ") and after.startswith(")") and last_value == position - 1 >= 0:
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
            if position and _AFTER_BRACKET.fullmatch(before) and shape[position - 1].endswith("("):
                text = shape[position - 1].rstrip("( ") + ":"  # "Time (200 steps): 37.8"
            elif after.startswith("]") and (found.epoch >= 0 or found.step >= 0) and (boxed := _BOXED.search(before)):
                text = f"{boxed[1]}:"  # "D[0.52] G[1.3]"
            part = _subject(shape, position, found) or name_before(text)
            if part is None:
                if re.search(r"[^\W\d]\s{0,3}[:=]\s{0,3}$", before):
                    found.n_unknown += 1
                elif is_value and is_word_pair(before, after):
                    found.pairs.append(position)
                if _is_setting(before, after) or (before.strip() == "(" and 0 <= last_count == position - 1):
                    last_count = position
                else:
                    found.left.append(position)
            elif not is_a_count(part.name or part.printed):
                label = label_in(before) or label
                wide = f"{label} {part.wide or part.name}".strip()
                found.named.append(
                    (position, part.name, part.split, part.leads, bool(part.before), part.before, part.printed, wide)
                )
                last_value = position
                if after.startswith("%"):
                    found.percents.add(position)
                if pairs and is_value:
                    found.divisors[position] = position + 1
                    position += 1
                if not is_value:
                    break  # what follows is left of an earlier, longer line
            else:
                last_count = position
                found.settings.add(position)
                found.line_split = found.line_split or ("" if found.named else part.before)
        elif not _is_setting(before, after):
            found.left.append(position)
        position += 1
    etas = [place for place, text in enumerate(shape) if "ETA: " in text]
    is_worded = found.epoch >= 0 or (found.step >= 0 and is_step(shape[found.step]))
    beside = values_beside(shape, found.pairs, [each[0] for each in found.named])
    found.named += [(place, part.name, part.split, False, False, "", part.printed, part.wide) for place, part in beside]
    known = {each[0] for each in found.named}
    found.left = [] if is_running else [place for place in found.left if place not in known]
    found.named.sort()
    if etas and found.named and (found.is_bar or not is_worded):
        found.is_bar = True
        found.is_unfinished = not any("/step" in text for text in shape[etas[-1] :])
    found.is_running = is_running or found.is_bar
    if not found.line_split and (leading := _LEADING_SPLIT.match(shape[0])) is not None:
        found.line_split = SPLITS[leading["split"].lower()]
    if not found.line_split:
        found.line_split = split_between(shape[1 : found.named[0][0] if found.named else None])
    return found


def _is_indexed(shape: Shape, found: ScannedForm) -> bool:
    """Takes a line such as ``Loss [31, 100](epoch, minibatch): 3.2``, with an epoch and a step as an index."""
    if len(shape) != 4 or shape[1].strip() != "," or shape[3].strip(" %.") or not shape[0].endswith(("[", "(")):
        return False
    match = _INDEX_ENDS.fullmatch(shape[2])
    part = name_before(shape[0].rstrip("[( ") + ":") if match is not None else None
    if match is None or part is None or is_a_count(part.name or part.printed):
        return False
    is_reversed = is_epoch(f"{match['second'] or ''} ")
    found.epoch, found.step = (1, 0) if is_reversed else (0, 1)
    found.named = [(2, part.name, part.split, part.leads, bool(part.before), part.before, part.printed, part.wide)]
    return True


def _subject(shape: Shape, position: int, found: ScannedForm) -> NamePart | None:
    """The name of a number that is not directly before it, as in "loss at step 3: " or "train 0.3 valid 0.4"."""
    before = shape[position]
    is_linked = _LINK.fullmatch(before) is not None or (found.needs_whole >= 0 and not before.strip(": \t"))
    if found.subject is not None and position in (found.epoch + 1, found.step + 1) and is_linked:
        subject, found.subject = found.subject, None
        return subject
    if found.named and (bare := _BARE_SPLIT.fullmatch(before)) is not None and (split := split_in(before)):
        last = found.named[-1]
        is_alike = bare["sign"] is None or last[2]  # "loss train: 0.4 eval: 0.5", but not "loss: 0.4 train: 0.9"
        is_split = bare["word"].lower() in SPLITS and last[1] != BARE and last[2] != split
        return NamePart(last[1], split, f"{split} {last[6]}") if is_split and is_alike else None
    if match := _OF_IMAGES.match(" ".join(shape[: position + 1])):
        return NamePart(match["metric"].lower(), split_in(match[0]) or "test", match["metric"], leads=True)
    return None


def _is_of_best(shape: Shape, position: int) -> bool:
    """Whether an epoch is that of the best value so far, as in "PSNR: 33.4 (Best: 33.5 @epoch 10)"."""
    return "@" in shape[position] or _OF_BEST.search(shape[position - 1] + shape[position]) is not None


def _split_before_counter(shape: Shape) -> PrintedSplit:
    """The split that a line begins with, if a counter and a name follow; empty for other lines."""
    match = _SPLIT_COUNTER.fullmatch(shape[0])
    if match is None or len(shape) < 3 or not shape[1].startswith((",", ":", " |", " -")):
        return ""
    part = name_before(shape[1]) if shape[1].rstrip().endswith((":", "=")) else None
    return SPLITS[match["split"].lower()] if part is not None and part.name not in ("", BARE) else ""


def _is_counted_value(shape: Shape, position: int, found: ScannedForm) -> bool:
    """Whether a line begins with a name, a step and a value: ``Train loss 12 0.35``, ``Validation loss 12: 0.35``."""
    if position or len(shape) < 3 or found.step >= 0:
        return False
    before, after = shape[0], shape[1]
    if after not in (" ", ":", ": ", ":  ") or before.rstrip()[-1:] in (":", "=", "(", "[", "|"):
        return False
    if len(shape) > 3 and not any(map(str.isalpha, shape[2])):
        return False  # a row of numbers
    part = name_before(before)
    return part is not None and is_metric_word((part.name.split() or [""])[-1]) and not _UNIT.match(shape[2])


def _is_free(found: ScannedForm, *, pairs: bool) -> bool:
    """Whether the step that was found first may be an epoch."""
    return (
        found.epoch < 0 and found.start < 0 and not found.is_bar and not found.named and (found.n_steps >= 0 or pairs)
    )


def _counts_epochs(shape: Shape, position: int) -> bool:
    """Whether a bar of tqdm counts epochs: ``33/50 [07:13<03:43, 13.15s/epoch]`` or ``Epochs:  66%|##| 33/50 [``.

    Keras has no ``<``.
    """
    texts = shape[position:]
    before = range(max(0, position - 2), position)  # a bar of ASCII has a digit: ##5
    if any(is_epoch(shape[place]) and shape[place + 1].startswith("%|") for place in before):
        return True
    return any("<" in text for text in texts) and any("/epoch" in text or "epoch/s" in text for text in texts)


def _is_setting(before: str, after: str) -> bool:
    """Whether a number without a sign before it is a time, a size, a part of a date or an index."""
    if _UNIT.match(after) or before in (":", "-", "/", ".") or after[:1] in ("_", '"', "'", "|", "+"):
        return True
    if (after[:1] == ":" and len(after) < 3) or after.startswith(("%|", "-")) or before[-1:].isalnum():
        return True
    words = before.rstrip(" :=([").split()
    word = words[-1].strip("[](),;|") if words else ""
    return bool(word) and word.lower() != "total" and is_a_count(word)


def _is_leftover(before: str, after: str) -> bool:
    """Whether the text of an earlier, longer line follows a value, as in "acc: 0.7785s - loss: 0.89"."""
    if not re.match(r"[a-z]{1,2} - [a-z]", after) or not before.endswith(": "):
        return False
    part = name_before(before)
    return part is not None and is_metric_word((part.name.split() or [""])[-1])


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
    if after == "-" or (after[:1] == "-" and after[1:2].isalpha()):  # 2025-04-07, 5-fold
        return False
    is_metric = _is_named(before) and after[:1] == " " and is_metric_word((before.rstrip(" :=").split() or [""])[-1])
    return (_UNIT.match(after) is None or is_metric) and after != ":"


def _is_named(before: str) -> bool:
    return before.rstrip().endswith((":", "=")) and not before.rstrip().endswith("]:")


def _begins(shape: Shape, pairs: bool, found: ScannedForm) -> bool:
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
        if _UNIT.match(after) or after[:1].isalpha() or _THINGS.match(after):
            return False
        found.start = 0
        return True
    return False
