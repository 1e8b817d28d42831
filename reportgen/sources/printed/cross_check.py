"""Compares what was read of a printed log with its lines, whatever read them, and adds notes where they disagree.

Only the beginning of a log is looked at, so the time does not depend on its length.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

import numpy as np

from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.metrics import is_schedule, role
from reportgen.sources.printed.cleaning import parts_of, visible_lines, without_codes
from reportgen.sources.printed.counting_words import EPOCH
from reportgen.sources.printed.form_scan import TQDM
from reportgen.sources.printed.names import BARE, SPLITS, NamePart, is_a_count, is_metric_word, name_before
from reportgen.sources.printed.tokens import Shape, number_of, split_line, whole_of
from reportgen.text import printable

_MOST_CHARACTERS: Final = 1 << 16  # of a log, and of a line; lines; our choices
_LONGEST: Final = 600
_MOST_LINES: Final = 600
_FEWEST_LINES: Final = 2  # of a form; one may be a result after training
_LONGEST_EXAMPLE: Final = 24  # characters of a line that a note quotes
_REMARK: Final = re.compile(
    r"\b(?:best|sav(?:e|ed|ing)|improv\w{0,6}|decreased|increased|early|stopp\w{0,5}|checkpoint\w{0,3}|load\w{0,3}|restor\w{0,6}|patience|final|"
    r"highest|lowest|previous|target|threshold|delta|after training|warning)\b|--?>",
    re.IGNORECASE,
)
_SPLIT_WORDS: Final = "|".join(sorted(SPLITS, key=len, reverse=True))
_LEADING: Final = re.compile(rf"\W{{0,12}}(?P<split>{_SPLIT_WORDS})(?![^\W_])", re.IGNORECASE)
_METRICS: Final = re.compile(r"\b(?:accuracies|losses|errors|scores|metrics|results)\b", re.IGNORECASE)
_TAG: Final = re.compile(r"\s{0,8}\[(?P<tag>[A-Za-z][\w-]{1,30})\]")
_NO_TAGS: Final = frozenset(
    {"debug", "info", "warn", "warning", "error", "critical", "notice", "trace", "epoch", "stdout", "stderr", *SPLITS}
)


@dataclass
class _ValueLines:
    """Lines of one form that state values of metrics.

    Attributes:
        numbers: The numbers of each line.
        validated: The places of values of validation data.
        example: The first of these lines.
        tags: The tags that these lines begin with, such as ``[lfw]``.
    """

    validated: tuple[int, ...]
    example: str
    numbers: list[list[str]] = field(default_factory=list)
    tags: dict[str, None] = field(default_factory=dict)


def cross_checked(history: TrainingHistory, head: str) -> TrainingHistory:
    """A history with notes on what its log states and it does not have.

    Args:
        history: The only run that was read.
        head: The beginning of the log.
    """
    forms, epochs = _forms_in(head)
    notes = [*_on_validation(history, forms), *_on_numbers(history, epochs), *_on_tags(history, forms)]
    return history.with_run(replace(history.run, notes=(*history.run.notes, *notes))) if notes else history


def run_check(head: str) -> Callable[[TrainingHistory], TrainingHistory]:
    """The same for each of several runs: a note if one has no validation values at all although the log states some."""
    forms = cache(lambda: _forms_in(head)[0])

    def check(history: TrainingHistory) -> TrainingHistory:
        run = history.run
        if run.test_results or any(split == "validation" for _, split in history.curves):
            return history
        notes = tuple(_on_validation(history, forms()))
        return history.with_run(replace(run, notes=(*run.notes, *notes))) if notes else history

    return check


def _forms_in(head: str) -> tuple[list[_ValueLines], set[int]]:
    """The forms of lines with values of metrics, and the epochs that such lines state."""
    known: dict[Shape, _ValueLines | None] = {}
    epochs: set[int] = set()
    for tag, line in _lines(head):
        shape, numbers = split_line(line)
        if shape not in known:
            known[shape] = _form_of(shape, numbers, line)
        form = known[shape]
        if form is None:
            continue
        form.numbers.append(numbers)
        if tag:
            form.tags[tag] = None
        for text, number in zip(shape, numbers, strict=False):
            if EPOCH.search(text[-_LONGEST_EXAMPLE:]) and (epoch := whole_of(number)) is not None:
                epochs.add(epoch)
                break
    return [form for form in known.values() if form is not None], epochs


def _lines(head: str) -> Iterator[tuple[str, str]]:
    """Lines as the readers see them, each with the tag that it begins with."""
    cut = head[:_MOST_CHARACTERS]
    if len(head) > len(cut):
        cut = cut[: cut.rfind("\n") + 1]
    for number, line in enumerate(visible_lines(without_codes(cut))):
        if number >= _MOST_LINES:
            return
        if not line or len(line) > _LONGEST or TQDM.search(line):
            continue
        match = _TAG.match(line)
        tag = "" if match is None or match["tag"].lower() in _NO_TAGS else match["tag"]
        for part in parts_of(line):
            yield tag, part


def _form_of(shape: Shape, numbers: list[str], line: str) -> _ValueLines | None:
    """What lines of a form state; None if they have no value of a metric."""
    if len(shape) < 2 or _REMARK.search("\0".join(shape)) or shape[0].lstrip()[:1] in ("{", "|", '"'):
        return None
    parts = [(place, name_before(shape[place])) for place in range(len(shape) - 1)]
    found = [(place, part) for place, part in parts if part is not None and _is_metric(part, shape[place])]
    found = [(place, part) for place, part in found if "." in numbers[place] or not numbers[place][-1:].isdecimal()]
    if not found:
        return None
    leading = _LEADING.match(shape[0])
    leads = SPLITS[leading["split"].lower()] if leading is not None else ""
    validated = tuple(
        place
        for order, (place, part) in enumerate(found)
        if (part.split or part.before or (leads if order == 0 else "")) in ("val", "test")
    )
    return _ValueLines(validated, line)


def _is_metric(part: NamePart, text: str) -> bool:
    """Whether a text before a number names a metric."""
    name = part.name or part.printed
    if part.before and _METRICS.search(text):
        return True
    if part.name == BARE:
        return bool(part.split)
    return (
        any(map(is_metric_word, name.split()))
        and not is_schedule(name)
        and not is_a_count(name)
        and role(name) == "result"
    )


def _on_validation(history: TrainingHistory, forms: Iterable[_ValueLines]) -> Iterator[Note]:
    """A note if values of validation data are in no validation curve."""
    validated = [form for form in forms if form.validated and len(form.numbers) >= _FEWEST_LINES]
    if not validated:
        return
    known = _values(history, "validation") | {number for _, number in history.run.test_results}
    known |= {number for (name, _), series in history.curves.items() if "test" in name for number in series.tolist()}
    known |= {round(number * 100, 9) for number in known}
    for form in validated:
        numbers = {number_of(number) for line in form.numbers for number in line}
        stated = {number_of(line[place]) for line in form.numbers for place in form.validated}
        if any(map(math.isfinite, stated)) and not any(n in known or round(n, 9) in known for n in numbers):
            words = re.sub(r"[\W\d]+", " ", form.example).strip()
            yield Note.of("validation-left", example=printable(words, _LONGEST_EXAMPLE))
            return


def _values(history: TrainingHistory, split: str) -> set[float]:
    curves = [series.to_numpy() for (_, own), series in history.curves.items() if own == split]
    return set(np.concatenate(curves).tolist()) if curves else set()


def _on_numbers(history: TrainingHistory, epochs: set[int]) -> Iterator[Note]:
    """A note if most epochs that lines state are not those of the history."""
    if history.axis != "epoch" or len(epochs) < _FEWEST_LINES:
        return
    known = set(history.epochs.tolist())
    missed = [epoch for epoch in epochs if epoch not in known and epoch + 1 not in known]
    if 2 * len(missed) > len(epochs):
        yield Note.of("other-epochs", first=min(epochs), last=max(epochs))


def _on_tags(history: TrainingHistory, forms: Iterable[_ValueLines]) -> Iterator[Note]:
    """A note if lines with different tags, such as names of data sets, were read as if they had none."""
    names = " ".join(name.lower() for name, _ in history.curves)
    for form in forms:
        tags = list(form.tags)
        if len(tags) > 1 and not any(tag.lower() in names for tag in tags):
            yield Note.of("tags-left", names=short_names(tags))
            return
