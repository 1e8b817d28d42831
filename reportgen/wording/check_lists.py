"""Which checks ran, in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from reportgen.diagnosis.findings import CheckResult
from reportgen.languages import Language, marked

# Why a rule is not applicable, by the codes of `reportgen.diagnosis.rules.needs`.
LACKS: Final[Mapping[str, str]] = {
    "no-monitor": marked("no metric that can be judged"),
    "no-training": marked("no training values of the judged metric"),
    "no-validation": marked("no validation values"),
    "no-loss": marked("the run is not judged by a loss"),
    "no-accuracy": marked("no accuracy"),
    "no-validation-accuracy": marked("no validation accuracy"),
    "no-learning-rate": marked("no learning rate logged"),
    "diverged": marked("the run diverged"),
    "not-learned": marked("the run did not clearly learn"),
    "no-durations": marked("the log has no times of epochs"),
    "no-gpu": marked("no GPU in use was sampled"),
    "too-short": marked("resource use was sampled for too short a time"),
    "too-few-samples": marked("fewer than {n} samples"),
    "no-classes": marked("the evaluation has no classes"),
    "no-probabilities": marked("the evaluation has no probabilities"),
    "excerpt": marked("the log shows only a part of the run"),
    "too-few-epochs": marked("fewer than {n} values"),
    "failed": marked("the rule failed"),
}


def word_check_counts(checks: Sequence[CheckResult], language: Language) -> str:
    """How many checks there are, and their outcomes, without the states that none has."""
    counts = Counter(check.state for check in checks)
    parts = [language.say_count("{n} finding", "{n} findings", counts["found"])]
    if counts["passed"]:
        parts.append(language.say("{n} passed", n=counts["passed"]))
    if counts["not-applicable"]:
        parts.append(language.say("{n} not applicable", n=counts["not-applicable"]))
    if counts["ignored"]:
        parts.append(language.say("{n} ignored", n=counts["ignored"]))
    return language.say("{n} checks: {parts}", n=len(checks), parts=", ".join(parts))


def word_check_groups(checks: Sequence[CheckResult], language: Language) -> list[tuple[str, str]]:
    """The checks of each state, and why those are not applicable that are not: a heading and a list of codes."""
    say = language.say
    order = {"found": say("Findings"), "passed": say("Passed"), "ignored": say("Ignored")}
    groups: dict[str, list[str]] = {heading: [] for heading in order.values()}
    for check in checks:
        heading = order.get(check.state, "")
        if check.reason is not None:
            lack = say(LACKS[check.reason], n=check.needed) if check.needed else say(LACKS[check.reason])
            heading = say("Not applicable: {reason}", reason=lack)
        groups.setdefault(heading, []).append(f"{check.rule} {check.code}")
    return [(heading, ", ".join(names)) for heading, names in groups.items() if names]
