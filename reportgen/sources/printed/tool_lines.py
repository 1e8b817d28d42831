"""Reads the lines of particular tools by their rules, and finds out which tool wrote a log."""

import math
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from reportgen.metrics import is_schedule
from reportgen.sources.printed.dialects import NOTHING, Meaning, PrintedSplit, Statement
from reportgen.sources.printed.dict_lines import result_name
from reportgen.sources.printed.entries import Ending, Entry, Unknown
from reportgen.sources.printed.forms import form_meaning
from reportgen.sources.printed.keras_lines import dialect_callbacks
from reportgen.sources.printed.names import BARE, SPLITS, is_metric_word, plain_key
from reportgen.sources.printed.tokens import Shape, split_line
from reportgen.sources.printed.tool_rules import NUMBER, TOOLS, Rule, ToolRules

_TIMES: Final = re.compile(
    r"(?:.{0,40}[_ ])?(?:time|times|data_time|duration|eta|fps|it/s|samples/s|(?<=_)cost|speed|took|memory|mem)"
    r"(?: per .{1,40})?(?: \(\w{1,4}\))?",
    re.IGNORECASE,
)
_TABNET_STOPPED: Final = re.compile(r"Early stopping occurred at epoch \d{1,9} with best_epoch = (\d{1,9})")
_SECTION: Final = re.compile(r"\[([a-z_]{2,20})\]")
_COCO: Final = re.compile(
    rf"Average (?P<kind>Precision|Recall)\s{{1,4}}\(A[PR]\) @\[ IoU=(?P<iou>[\d.:]{{4,9}})\s{{0,6}}\| "
    rf"area=\s{{0,6}}(?P<area>\w{{1,9}}) \| maxDets=\s{{0,4}}(?P<n>\d{{1,4}}) \] = (?P<number>{NUMBER})"
)
_COPIED: Final = re.compile(r"copypaste: (?P<rest>\S.{0,400})$")
_NOT_IMPROVED: Final = re.compile(r"did not improve more than tol=\S{1,20} for (\d{1,9}) consecutive epochs\. Stopping")
_DICT: Final = re.compile(r"""\s{0,8}\{[^{}]{0,400}(?:loss|acc)[a-z]{0,10}["']:\s?[\d.-]""")
_EXTREME: Final = re.compile(r"(?:max|min|best|highest|lowest)\b", re.IGNORECASE)  # of all epochs so far
_LONGEST_UNKNOWN: Final = 80  # characters of a line that is remembered; our choice
_MARKS: Final = [re.compile(rules.mark) for rules in TOOLS]
_SPLIT_WORDS: Final = re.compile(r"(?i:(?P<split>train|val|valid|validation|test)[ _]+)?(?P<base>.+)")


def rules_of(text: str) -> ToolRules | None:
    """The rules of the tool that wrote a log; None for other tools."""
    for rules, mark in zip(TOOLS, _MARKS, strict=True):
        if any(word in text for word in rules.words) and mark.search(text) is not None:
            return rules
    return None


class ToolLines:
    """Reads the lines of one tool; remembers the current epoch and step."""

    def __init__(self, rules: ToolRules) -> None:
        self._rules = rules
        self._skips = re.compile(rules.skips)
        self._epoch: int | None = None
        self._part: float | None = None  # the epoch with a fraction
        self._step: int | None = None
        self._size = 0  # batches per epoch
        self._is_paused = False
        self._n_epochs = self._n_blocks = 0  # lines that name an epoch, headers of tables
        self._task = ""
        self._copied: list[str] = []
        self._loop: tuple[int | None, int] = (None, 0)  # epoch and batches of the last loop of a training run
        self._loop_split: PrintedSplit = ""  # of the last loop
        self._evaluated: PrintedSplit = "test"  # of the last loop that was not a training run
        self._section: PrintedSplit = ""  # of the last heading
        self._spelled: dict[str, str] = {}

    def read(self, line: str) -> Iterator[Entry | Ending | Unknown]:
        """What a line says; nothing for other lines."""
        for rule in self._rules.rules:
            match = rule.pattern.search(line)
            if match is not None:
                yield from self._matched(rule, match)
                return
        if "Average" in line and (coco := _COCO.search(line)) is not None:
            yield from self._coco(coco)
        elif "copypaste" in line and (copied := _COPIED.search(line)) is not None:
            yield from self._copypaste(copied["rest"].strip())
        elif (stopped := _NOT_IMPROVED.search(line)) is not None:
            yield Ending(patience=int(stopped[1]), stopped=True)
        elif (stopped := _TABNET_STOPPED.search(line)) is not None:
            yield Ending(best=int(stopped[1]) + 1, stopped=True)
        elif self._rules.has_others:
            yield from self._other(line)
        elif self._n_epochs or self._step is not None:
            yield from self._left(line)

    def _matched(self, rule: Rule, match: re.Match[str]) -> Iterator[Entry]:
        groups = match.groupdict()
        epoch = next((groups[name] for name in ("epoch", "epoch2", "epoch3") if groups.get(name)), None)
        if epoch is not None:
            if self._n_epochs == 0 and not groups.get("step"):
                self._step = None
            self._epoch = int(epoch)
            self._n_epochs += 1
            self._is_paused = False
        elif groups.get("pause"):
            self._is_paused = True
        if groups.get("part"):
            self._part = float(groups["part"])  # the steps are rounded: 1K
        if groups.get("global") and self._epoch is None:
            self._step = int(groups["global"])
        if groups.get("step"):
            self._step = int(groups["step"])
        elif groups.get("i") and self._epoch is not None:
            self._size = int(groups["of"])
            self._step = (self._epoch - 1) * self._size + int(groups["i"])
        elif epoch is not None and self._size:
            self._step = int(epoch) * self._size
        if groups.get("block"):
            self._n_blocks += 1
            self._epoch = self._n_blocks if self._n_epochs == 0 else self._epoch
        if rule.says == "counts" or "rest" not in groups or (rule.says == "train" and self._is_paused):
            return
        says = self._split_of(groups, rule.says)
        rest = groups["rest"]
        planned = int(groups["n"]) if groups.get("n") else None
        if "results" in match[0] and "[train]" in rest:
            for split, part in _sections(rest):
                yield from self._entry(rule.values.findall(part), split, rule, planned)
        elif groups.get("name"):
            for text, split in ((rest, "train"), (groups["other"], "val")):
                if text != "N/A":
                    yield from self._entry([(groups["name"], text)], split, rule, planned)
        elif groups.get("list"):
            numbers = [float(text) for text in re.findall(NUMBER, re.sub(r"[a-z_.]{1,20}\d{0,2}\(", "(", rest))]
            finite = [number for number in numbers if math.isfinite(number)]
            if finite:
                mean = sum(finite) / len(finite)
                yield from self._entry([(groups["list"], str(mean))], "val", rule, planned)
        elif re.fullmatch(NUMBER, rest):
            yield from self._entry([(dict(rule.names).get("loss", "loss"), rest)], rule.says, rule, planned)
        else:
            named = groups.get("set") or ""
            suffix = (
                f" ({named})" if named not in ("", "valid", "val", "dev") else " (EMA)" if groups.get("ema") else ""
            )
            pairs = [(name + suffix, number) for name, number in rule.values.findall(rest)]
            yield from self._entry(pairs, says, rule, planned)

    def _split_of(self, groups: dict[str, str | None], says: str) -> str:
        """The split of a line: the one that it states, or that of its loop."""
        if groups.get("total"):
            total = int(groups["total"] or 0)
            split = SPLITS.get((groups.get("stated") or "").lower(), "")
            if split in ("", "train"):
                if self._loop[0] != self._epoch:
                    self._loop = (self._epoch, total)
                split = "train" if self._loop[1] == total else "val"
        elif "split" in groups:
            split = SPLITS.get((groups["split"] or "").lower(), "") or self._loop_split or "train"
        else:
            return self._evaluated if says == "val" and self._rules.has_others else says
        self._section, self._loop_split = "", split
        if split != "train":
            self._evaluated = split
        return split

    def _left(self, line: str) -> Iterator[Unknown]:
        """A line with values of metrics that no rule reads."""
        said = _said(*_split(line))
        names = [value.name for value in said.values if not is_schedule(value.name)]
        is_metric = any(is_metric_word((name.split() or [""])[-1]) for name in names)
        if is_metric and not any(_EXTREME.match(value.printed or value.name) for value in said.values):
            yield Unknown(line.strip()[:_LONGEST_UNKNOWN])

    def _other(self, line: str) -> Iterator[Entry | Unknown]:
        """Values on a line of any form, if it or the heading above it states their split."""
        said = _said(*_split(line))
        if said.heading:
            self._section = said.heading
        is_of_other = said.epoch is not None and self._epoch is not None and abs(said.epoch - self._epoch) > 1
        found: dict[PrintedSplit, dict[str, float]] = {}
        is_unknown = bool(said.n_unknown) or _DICT.match(line) is not None
        for value in said.values:
            if _EXTREME.match(value.printed or value.name):
                continue
            split = value.split or self._section
            if split and value.name != BARE and not is_of_other:
                name = self._spelled.get(plain_key(value.name), value.name)
                found.setdefault(split, {}).setdefault(name, value.number)
            else:
                is_unknown = is_unknown or is_metric_word((value.name.split() or [""])[-1])
        for split, values in found.items():
            known = {_key(name, split, self._skips): number for name, number in values.items()}
            known.pop("", None)
            if known:
                yield Entry(self._epoch, self._step, None, known, {key: key for key in known}, replaces=True)
        if is_unknown:
            yield Unknown(line.strip()[:_LONGEST_UNKNOWN])

    def _entry(self, pairs: Iterable[tuple[str, str]], says: str, rule: Rule, planned: int | None) -> Iterator[Entry]:
        names = dict(rule.names)
        values: dict[str, float] = {}
        known: dict[str, str] = {}
        for name, text in pairs:
            name = names.get(name, name)
            key = _key(name, says, self._skips)
            if not key:
                continue
            column = name if key == name else key
            if column not in values:
                values[column], known[column] = float(text), key
            if self._rules.has_others and says == "train":
                self._spelled.setdefault(plain_key(key), key)
        if not values:
            return
        if says == "result":
            kept = {result_name(name): number for name, number in values.items() if math.isfinite(number)}
            yield Entry(values=kept, tool=self._rules.tool, is_result=True)
            return
        yield Entry(
            self._epoch if self._part is None else self._part,
            self._step,
            planned,
            values,
            known,
            self._rules.tool,
            replaces=rule.replaces,
            is_inner=says == "inner",
        )

    def _coco(self, match: re.Match[str]) -> Iterator[Entry]:
        if match["kind"] != "Precision":
            return
        ious = {"0.50:0.95": "", "0.50": "50", "0.75": "75"}
        areas = {"all": "", "small": "s", "medium": "m", "large": "l"}
        if match["iou"] in ious and match["area"] in areas:
            name = "AP" + ious[match["iou"]] + areas[match["area"]]
            yield self._validated({name: float(match["number"])})

    def _copypaste(self, rest: str) -> Iterator[Entry]:
        """Detectron2 prints a task, then names, then their values."""
        if rest.startswith("Task: "):
            self._task = rest.removeprefix("Task: ").strip()
            return
        cells = rest.split(",")
        if any(cell[:1].isalpha() and cell != "nan" for cell in cells):
            self._copied = cells
        elif len(cells) == len(self._copied):
            try:
                values = {f"{self._task}/{name}": float(cell) for name, cell in zip(self._copied, cells, strict=True)}
            except ValueError:
                return
            yield self._validated(values)

    def _validated(self, values: dict[str, float]) -> Entry:
        split = self._evaluated if self._rules.has_others else "val"
        known = {name: f"{split}_{name}" for name in values}
        return Entry(self._epoch, self._step, None, values, known, self._rules.tool, replaces=True)


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """The training and the validation part of a line of ESPnet."""
    parts = _SECTION.split(text)
    for name, part in zip(parts[1::2], parts[2::2], strict=True):
        if name in ("train", "valid"):
            yield ("val" if name == "valid" else "train"), part


@lru_cache(maxsize=1_000)
def _meaning(shape: Shape) -> Meaning:
    return dialect_callbacks(shape) or form_meaning(shape)


def _split(line: str) -> tuple[Shape, str, list[str]]:
    shape, numbers = split_line(line)
    return shape, line, numbers


def _said(shape: Shape, line: str, numbers: list[str]) -> Statement:
    return _meaning(shape).read(line, numbers) if line.strip() else NOTHING


@lru_cache(maxsize=1_000)
def _key(name: str, says: str, skips: re.Pattern[str]) -> str:
    """The name as Keras logs it; empty if it is that of a time, a size or what the tool's rules leave out."""
    if skips.fullmatch(name) or _TIMES.fullmatch(name):
        return ""
    parts = _SPLIT_WORDS.fullmatch(name)
    base, split = (parts["base"], (parts["split"] or "").lower()) if parts is not None else (name, "")
    base = base.removeprefix("0_").removeprefix("avg_") if split else base.removeprefix("avg_").removesuffix(" value")
    if base.lower() in ("loss", "learning rate"):
        base = base.lower()
    if says == "test":
        return f"test_{base}"
    return f"val_{base}" if says == "val" or split in ("val", "valid", "validation", "test") else base
