"""Rules of other packages, which publish them in the entry point group ``reportgen.rules``.

A rule that cannot be loaded, or that fails on a run, becomes one finding that names its package; the report is made.
"""

import copy
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from types import MappingProxyType
from typing import Final, Literal, get_args

from reportgen.diagnosis.evidence import Number
from reportgen.diagnosis.findings import Finding, OwnWords, Severity
from reportgen.diagnosis.reading import Reading
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.text import printable

GROUP: Final = "reportgen.rules"
MOST: Final = 20  # findings of one rule; the others are left out. Our choice: nobody reads more.
_LONGEST_TITLE: Final = 120  # characters. Our choice.
_LONGEST_TEXT: Final = 1000  # characters. Our choice.
_LONGEST_NAME: Final = 60  # characters of a code, a name or a number's name. Our choice.
_MOST_NUMBERS: Final = 30  # of a finding. Our choice.
_LONGEST_FAULT: Final = 200  # characters of an error that a finding quotes. Our choice.
_CODE: Final = re.compile(r"(?!RG\d)[A-Z][A-Z0-9]{1,11}-?\d{1,6}", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)

Problem = Literal["not-loaded", "not-a-rule", "taken", "failed", "wrong-findings"]


@dataclass(frozen=True)
class Observation:
    """What a rule noticed.

    Attributes:
        title: A few words, such as "Accuracy below the target".
        text: A sentence or two: what was measured, and what to do.
        metric: Base name of the metric that it is about, without the prefix ``val_``; None for the run as a whole.
        epochs: First and last epoch that it covers, 1-based; None for the run as a whole.
        numbers: The numbers behind it, by name, for the JSON output.
    """

    title: str
    text: str
    metric: str | None = None
    epochs: tuple[int, int] | None = None
    numbers: Mapping[str, Number] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class RunRule:
    """A rule of another package.

    Attributes:
        code: Its code: two or more capital letters of its own and a number, such as ``ACME001``. ``RG`` is reserved.
        name: Its name in lower case, with hyphens, such as ``accuracy-below-target``; no other rule may have it.
        severity: How serious its findings are.
        find: Returns what it noticed in a run; nothing if all is well. It must not change the run.
    """

    code: str
    name: str
    severity: Severity
    find: Callable[[Reading, Thresholds], Iterable[Observation] | None]


@dataclass(frozen=True)
class Fault:
    """Why a rule has no findings although it should have been asked.

    Attributes:
        rule: Its code, or the name of its entry point.
        package: The package that it belongs to.
        problem: A code; the wording has a sentence for each.
        text: The error in a line, or what is wrong.
    """

    rule: str
    package: str
    problem: Problem
    text: str


@dataclass(frozen=True)
class Installed:
    """The rules that can be used, with their packages, and the faults of the others."""

    rules: tuple[tuple[RunRule, str], ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Asked:
    """The outcome of the rules of other packages on one run.

    Attributes:
        rules: The rules that were asked.
        findings: What they found.
        faults: The rules that cannot be used or failed.
    """

    rules: tuple[RunRule, ...] = ()
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()


@cache
def installed_rules(taken: frozenset[str]) -> Installed:
    """The installed rules, read once per process.

    Args:
        taken: Codes and names that no package may use.
    """
    rules: list[tuple[RunRule, str]] = []
    faults: list[Fault] = []
    used = set(taken)
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        package = printable(point.dist.name if point.dist is not None else point.value, _LONGEST_NAME)
        loaded = _load(point, package, used)
        if isinstance(loaded, Fault):
            faults.append(loaded)
        else:
            rules.append((loaded, package))
            used |= {loaded.code, loaded.name}
    return Installed(tuple(rules), tuple(faults))


def _load(point: EntryPoint, package: str, used: set[str]) -> RunRule | Fault:
    label = printable(point.name, _LONGEST_NAME)
    try:
        found = point.load()
    except (Exception, SystemExit) as error:
        return Fault(label, package, "not-loaded", _in_a_line(error))
    if not isinstance(found, RunRule):
        return Fault(label, package, "not-a-rule", f"it is {type(found).__name__}, not a RunRule")
    if wrong := _what_is_wrong(found):
        return Fault(label, package, "not-a-rule", wrong)
    if found.code in used or found.name in used:
        return Fault(label, package, "taken", found.code if found.code in used else found.name)
    return found


def _what_is_wrong(rule: RunRule) -> str:
    if not isinstance(rule.code, str) or not _CODE.fullmatch(rule.code):
        return "its code must be capital letters other than RG and a number, such as ACME001"
    if not isinstance(rule.name, str) or len(rule.name) > _LONGEST_NAME or not _NAME.fullmatch(rule.name):
        return "its name must be words in lower case with hyphens, such as accuracy-below-target"
    if rule.severity not in get_args(Severity):
        return f"its severity must be one of {', '.join(get_args(Severity))}"
    return "" if callable(rule.find) else "its find must be a function"


def ask_rules(installed: Installed, reading: Reading, limits: Thresholds) -> Asked:
    """What the installed rules find in a run. Each gets a copy of the run, so that none can change it."""
    findings: list[Finding] = []
    faults = list(installed.faults)
    for rule, package in installed.rules:
        try:
            found = rule.find(copy.deepcopy(reading), limits)
            noticed = [] if found is None else list(islice(found, MOST))
        except (Exception, SystemExit) as error:
            faults.append(Fault(rule.code, package, "failed", _in_a_line(error)))
            continue
        try:
            findings += [_as_finding(rule, each, reading) for each in noticed]
        except (TypeError, ValueError, AttributeError) as error:
            faults.append(Fault(rule.code, package, "wrong-findings", _in_a_line(error, with_type=False)))
    return Asked(tuple(rule for rule, _ in installed.rules), tuple(findings), tuple(faults))


def _as_finding(rule: RunRule, noticed: Observation, reading: Reading) -> Finding:
    if not isinstance(noticed, Observation):
        raise TypeError(f"{type(noticed).__name__} is not an Observation")
    title, text = str(noticed.title).strip(), " ".join(str(noticed.text).split())
    if not title or not text:
        raise ValueError("an Observation needs a title and a text")
    if noticed.metric is not None and noticed.metric not in reading.history.metric_names:
        raise ValueError(f"the run has no metric {printable(str(noticed.metric), _LONGEST_NAME)}")
    words = OwnWords(
        printable(" ".join(title.split()), _LONGEST_TITLE), printable(text, _LONGEST_TEXT), _numbers(noticed.numbers)
    )
    return Finding(
        rule.name, rule.severity, noticed.metric, _span(noticed.epochs, reading), rule=rule.code, words=words
    )


def _span(epochs: tuple[int, int] | None, reading: Reading) -> tuple[int, int] | None:
    if epochs is None:
        return None
    first, last = (int(epoch) for epoch in epochs)
    if not 1 <= first <= last <= reading.last_epoch:
        raise ValueError(f"epochs {first} to {last} are not epochs of the run")
    return first, last


def _numbers(given: Mapping[str, Number]) -> tuple[tuple[str, Number], ...]:
    """Names with numbers or short texts; None for what is not finite."""
    found: list[tuple[str, Number]] = []
    for name, value in islice(given.items(), _MOST_NUMBERS):
        known = value
        if value is not None and not isinstance(value, str | int):
            known = float(value) if math.isfinite(value) else None
        if isinstance(value, str):
            known = printable(value, _LONGEST_NAME)
        found.append((printable(str(name), _LONGEST_NAME), known))
    return tuple(found)


def _in_a_line(error: BaseException, *, with_type: bool = True) -> str:
    text = " ".join(str(error).split())
    if with_type:
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return printable(text, _LONGEST_FAULT)
