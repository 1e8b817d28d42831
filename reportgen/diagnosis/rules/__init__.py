"""Rules: one pure function per kind of finding, listed in one table. Most return no finding or one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from reportgen.diagnosis.findings import CheckResult, Finding, Severity
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.own_rules import Installed, installed_rules
from reportgen.diagnosis.rules import (
    answers,
    evaluation,
    generalisation,
    learning_rate,
    needs,
    resources,
    shapes,
    status,
)
from reportgen.diagnosis.rules.needs import Need
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.errors import DiagnosisError
from reportgen.text import quoted

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "note", "good")


@dataclass(frozen=True)
class Check:
    """One rule, with its stable code.

    Attributes:
        rule: Its code, explained in docs/findings.md. RG1xx: learning; RG2xx: generalisation; RG3xx: learning rate;
            RG4xx: shapes of curves; RG5xx: how the run went; RG6xx: what is not judged; RG7xx: the evaluation. They
            are never reused.
        code: Its name, which is the code of its findings.
        find: The function that returns its findings.
        needs: What it needs of a run, the most informative first.
    """

    rule: str
    code: str
    find: Callable[[Judgement, Thresholds], list[Finding]]
    needs: tuple[Need, ...] = ()


RULES: Final = (
    Check("RG101", "diverged", answers.rule_diverged),
    Check("RG103", "broken-in-passing", shapes.rule_broken_in_passing),
    Check("RG607", "values-missing", shapes.rule_values_missing, (needs.finite,)),
    Check("RG102", "not-learning", answers.rule_not_learning, (needs.judged, needs.finite)),
    Check(
        "RG201",
        "overfitting",
        answers.rule_overfitting,
        (needs.training, needs.validation, needs.finite, needs.judged_epochs("min_epochs")),
    ),
    Check(
        "RG202",
        "overfitting-possible",
        answers.rule_overfitting_possible,
        (needs.training, needs.validation, needs.finite, needs.judged_epochs("min_epochs")),
    ),
    Check("RG104", "recovered-explosion", shapes.rule_recovered_explosion, (needs.judged, needs.finite)),
    Check(
        "RG401",
        "unstable",
        shapes.rule_unstable,
        (needs.training, needs.validation, needs.learned, needs.judged_epochs("min_epochs")),
    ),
    Check(
        "RG301",
        "learning-rate-too-high",
        learning_rate.rule_learning_rate_too_high,
        (needs.training, needs.validation, needs.learned, needs.training_epochs("rate_epochs")),
    ),
    Check(
        "RG206",
        "leakage-suspect",
        generalisation.rule_leakage_suspect,
        (needs.validation, needs.validation_accuracy, needs.learned),
    ),
    Check(
        "RG404",
        "flat-accuracy",
        shapes.rule_flat_accuracy,
        (needs.training, needs.accuracy, needs.finite, needs.training_epochs("min_epochs")),
    ),
    Check(
        "RG106",
        "still-improving",
        answers.rule_still_improving,
        (needs.judged, needs.finite, needs.judged_epochs("min_epochs")),
    ),
    Check(
        "RG302",
        "learning-rate-too-low",
        learning_rate.rule_learning_rate_too_low,
        (needs.training, needs.learned, needs.whole, needs.training_epochs("slow_epochs")),
    ),
    Check(
        "RG107",
        "converged",
        answers.rule_converged,
        (needs.judged, needs.finite, needs.whole, needs.judged_epochs("min_epochs")),
    ),
    Check(
        "RG105",
        "underfitting",
        generalisation.rule_underfitting,
        (needs.training, needs.learned, needs.training_epochs("underfit_epochs")),
    ),
    Check("RG108", "best-epoch", answers.rule_best_epoch, (needs.judged,)),
    Check(
        "RG204",
        "over-confidence",
        generalisation.rule_over_confidence,
        (
            needs.training,
            needs.validation,
            needs.judged_loss,
            needs.validation_accuracy,
            needs.learned,
            needs.judged_epochs("noisy_epochs"),
        ),
    ),
    Check(
        "RG203",
        "generalisation-gap",
        generalisation.rule_generalisation_gap,
        (needs.training, needs.validation, needs.finite),
    ),
    Check("RG208", "validation-broken", generalisation.rule_validation_broken, (needs.validation_logged, needs.finite)),
    Check(
        "RG205",
        "validation-better",
        generalisation.rule_validation_better,
        (needs.training, needs.validation, needs.learned, needs.judged_epochs("min_epochs")),
    ),
    Check(
        "RG207",
        "accuracy-peaks-elsewhere",
        generalisation.rule_accuracy_peaks_elsewhere,
        (needs.validation, needs.judged_loss, needs.validation_accuracy),
    ),
    Check(
        "RG402",
        "noisy-validation",
        shapes.rule_noisy_validation,
        (needs.training, needs.validation, needs.learned, needs.judged_epochs("noisy_epochs")),
    ),
    Check("RG403", "spikes", shapes.rule_spikes, (needs.training, needs.finite, needs.training_epochs("spike_epochs"))),
    Check("RG303", "learning-rate-changed", learning_rate.rule_learning_rate_changed, (needs.rate,)),
    Check(
        "RG304", "plateau-after-drop", learning_rate.rule_plateau_after_drop, (needs.rate, needs.judged, needs.learned)
    ),
    Check(
        "RG703",
        "no-better-than-majority",
        evaluation.rule_no_better_than_majority,
        (needs.evaluation, needs.one_class_per_row),
    ),
    Check("RG702", "class-never-predicted", evaluation.rule_class_never_predicted, (needs.evaluation, needs.classes)),
    Check("RG701", "test-differs", evaluation.rule_test_differs, (needs.evaluation, needs.validation)),
    Check("RG704", "poor-calibration", evaluation.rule_poor_calibration, (needs.evaluation, needs.probabilities)),
    Check("RG504", "excerpt-shown", status.rule_excerpt_shown),
    Check("RG501", "interrupted", status.rule_interrupted),
    Check("RG502", "stopped-early", status.rule_stopped_early),
    Check("RG503", "resumed", status.rule_resumed),
    Check("RG505", "slower-epochs", status.rule_slower_epochs, (needs.durations,)),
    Check("RG506", "memory-grows", resources.rule_memory_grows, (needs.resources, needs.sampled("memory_samples", 2))),
    Check("RG507", "idle-gpu", resources.rule_idle_gpu, (needs.resources, needs.gpu, needs.sampled("gpu_samples"))),
    Check("RG601", "no-validation", answers.rule_no_validation),
    Check("RG602", "validation-not-used", answers.rule_validation_not_used),
    Check("RG603", "own-criterion", answers.rule_own_criterion),
    Check("RG604", "too-few-epochs", answers.rule_too_few_epochs),
    Check("RG605", "losses-not-judged", answers.rule_losses_not_judged),
    Check("RG606", "unknown-direction", answers.rule_unknown_direction),
    Check("RG608", "own-rule-failed", status.rule_own_rule_failed),
)
_TAKEN: Final = frozenset(spelling for check in RULES for spelling in (check.rule, check.code))


def find_installed() -> Installed:
    """The rules of other packages."""
    return installed_rules(_TAKEN)


def find_all(run: Judgement, limits: Thresholds) -> tuple[Finding, ...]:
    """All findings of a run, most severe first, otherwise in the order of the rules."""
    found = [replace(finding, rule=check.rule) for check in RULES for finding in check.find(run, limits)]
    return tuple(sorted([*found, *run.asked.findings], key=lambda finding: SEVERITIES.index(finding.severity)))


def list_checks(run: Judgement, limits: Thresholds) -> tuple[CheckResult, ...]:
    """The outcome of each rule, in the order of their codes, given the findings of the run; those of packages last."""
    results = (_result(check, run, limits) for check in sorted(RULES, key=lambda check: check.rule))
    built_in = (result for result in results if result.reason not in needs.UNUSUAL)
    return (*built_in, *_own_results(run))


def _own_results(run: Judgement) -> Iterator[CheckResult]:
    failed = {fault.rule for fault in run.asked.faults}
    for rule in sorted(run.asked.rules, key=lambda rule: rule.code):
        if rule.name in run.ignores:
            yield CheckResult(rule.code, rule.name, "ignored")
        elif rule.code in failed:
            yield CheckResult(rule.code, rule.name, "not-applicable", "failed")
        else:
            yield CheckResult(rule.code, rule.name, "found" if run.found(rule.name) else "passed")


def _result(check: Check, run: Judgement, limits: Thresholds) -> CheckResult:
    if check.code in run.ignores:
        return CheckResult(check.rule, check.code, "ignored")
    if run.found(check.code):
        return CheckResult(check.rule, check.code, "found")
    lack = next(filter(None, (need(run, limits) for need in check.needs)), None)
    if lack is None:
        return CheckResult(check.rule, check.code, "passed")
    return CheckResult(check.rule, check.code, "not-applicable", lack.code, lack.needed)


def find_rules(names: Iterable[str]) -> frozenset[str]:
    """The names of rules that are given by code (``RG203``) or by name (``generalisation-gap``), in any case.

    Raises:
        DiagnosisError: there is no such rule, and no rule of another package that cannot be loaded.
    """
    installed = find_installed()
    known = {spelling.casefold(): check.code for check in RULES for spelling in (check.rule, check.code)}
    known |= {spelling.casefold(): rule.name for rule, _ in installed.rules for spelling in (rule.code, rule.name)}
    found = set()
    for name in names:
        given = name.strip().casefold().replace("_", "-")
        if given not in known and installed.faults and not given.startswith("rg"):
            continue  # it may be the rule that cannot be loaded
        if given not in known:
            near = get_close_matches(given, known, n=1)
            hint = f"Did you mean {near[0].upper() if near[0][-1].isdigit() else near[0]}?" if near else ""
            raise DiagnosisError(
                f"{quoted(name)} is not the code or name of a finding, such as RG203. "
                f"{hint or 'Choose one that docs/findings.md lists.'}"
            )
        found.add(known[given])
    return frozenset(found)
