"""Makes the statement of a line from the numbers that were found in its texts."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from reportgen.metrics import is_schedule
from reportgen.sources.printed.dialects import PrintedSplit, Statement, Value
from reportgen.sources.printed.form_scan import ScannedForm
from reportgen.sources.printed.names import plain_key
from reportgen.sources.printed.run_labels import RunLabels
from reportgen.sources.printed.tokens import number_of, whole_of

_IN_LINES: Final = frozenset(  # that lines with an epoch and values may state
    {"fold", "outer fold", "inner fold", "run", "seed", "trial", "repeat", "repetition"}
)


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


def slots_of(found: ScannedForm) -> list[_NamedNumber]:
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
    keys = [(plain_key(each[1]), split) for each, split in zip(named, splits, strict=True)]
    wide = [plain_key(each[7]) for each in named]
    for each, split in zip(named, splits, strict=True):
        position, name, _, _, _, _, printed, longer = each
        if keys.count((plain_key(name), split)) > 1 and longer and wide.count(plain_key(longer)) == 1:
            name = printed = longer  # "real loss is 0.3, fake loss is 0.4"
        if found.is_bar and last[each[1], split] != position:
            continue  # an earlier state of a bar on the same line
        if is_schedule(name):
            if found.line_split in ("val", "test") and found.step >= 0:
                continue  # that of an evaluation, which trains nothing
            split = ""
        if (name, split) in met and printed:
            name = printed  # "Avg. reward" beside "reward"
        met.add((name, split))
        index = found.moved.get(position, position)
        slots.append(
            _NamedNumber(index, name, split, position in found.percents, found.divisors.get(position, -1), printed)
        )
    return slots


def _with_splits(found: ScannedForm, *, carry: bool) -> list[PrintedSplit]:
    splits: list[PrintedSplit] = []
    current: PrintedSplit = found.line_split
    for _, _, split, _, _, before, *_ in found.named:
        if before:
            current = before
        own = split or (current if carry or before else "")
        if split:
            current = split
        splits.append(own or (found.line_split if carry or found.line_split else ""))
    return splits


def labels_of(places: tuple[tuple[str, int], ...], numbers: Sequence[str]) -> RunLabels:
    """The labels of a run, given the positions of their numbers; empty if one is not a whole number."""
    found = tuple((word, number) for word, place in places if (number := whole_of(numbers[place])) is not None)
    return found if len(found) == len(places) else ()


def reader_of(found: ScannedForm, slots: list[_NamedNumber]) -> Callable[[str, list[str]], Statement]:
    """Makes the statements of lines of a form, given its values."""
    epoch, planned, step, n_steps = found.epoch, found.planned, found.step, found.n_steps
    index, n_index = found.start, found.n_index
    is_running, is_bar, n_unknown = found.is_running, found.is_bar, min(found.n_unknown, 1)
    left = tuple(found.left) if not n_unknown else ()
    is_unfinished, is_episode = found.is_unfinished, found.is_episode
    is_average = found.is_average and 2 * len(found.moved.keys() & {each[0] for each in found.named}) >= len(slots)
    labels = tuple(sorted(found.labels.items(), key=lambda label: label[1]))
    is_counted = max(step, index) >= 0 and any("fold" in word for word in found.labels)
    stated = tuple(label for label in labels if label[0] in _IN_LINES) if epoch >= 0 or is_counted else ()
    heading: PrintedSplit = found.line_split if not slots or (found.is_running and found.epoch < 0) else ""

    def at(numbers: list[str], position: int) -> int | None:
        return whole_of(numbers[position]) if position >= 0 else None

    def bar_of(numbers: list[str]) -> tuple[int | None, int | None]:
        return at(numbers, epoch), at(numbers, planned)

    needs_whole = found.needs_whole
    is_of_fold = bool(labels) and labels[0][0] == "fold" and max(epoch, step, index) < 0 and not is_running

    def read(line: str, numbers: list[str]) -> Statement:
        if needs_whole >= 0 and not numbers[needs_whole].isdecimal():
            return Statement(n_unknown=1)
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
            labels_of(stated, numbers) if values and stated else (),
            None,
            None,
            n_unknown or int(any("." in numbers[place] for place in left)),
            is_average=is_average,
            is_episode=is_episode,
            of_fold=labels_of(labels[:1], numbers) if is_of_fold else (),
        )

    return read
