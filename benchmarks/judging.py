"""Asks the project, the rules and the other tools about the runs, and scores their answers.

The project is asked through its public API only.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

import reportgen
from benchmarks import scores
from benchmarks.corpora import Case, Corpus
from benchmarks.rivals import RIVALS, Rival, Verdict
from benchmarks.rules import MORE_RULES, RULES
from reportgen.diagnosis.findings import Answer
from reportgen.diagnosis.smoothing import local_linear, median3, running_mean
from reportgen.wording.diagnosis import Diagnosis

Bools = NDArray[np.bool_]
Array = NDArray[np.float64]

PROJECT: Final = "reportgen"
NEAR_BEST: Final = 0.02  # an epoch counts as best if its test loss is at most this much above the lowest one seen
ONSET_SLACK: Final = 0.1  # share of a run's epochs, at least one epoch
LOWEST_LOSS: Final = 1e-12  # a loss below counts as this, because logarithms are compared
FEWEST_TO_SMOOTH: Final = 4  # epochs
LOWER_IS_BETTER: Final = frozenset({"Brier", "error", "false alarms", "median off"})


@dataclass(frozen=True)
class Judged:
    """A run and the project's diagnosis."""

    case: Case
    said: Diagnosis = field(repr=False)


@dataclass(frozen=True)
class Section:
    """One part of the printed table.

    Attributes:
        key: Name of the section in scores.json, unique within a corpus.
        title: What is measured, on how many runs.
        columns: Names of the measures.
        rows: Name of a tool or rule, and one value per column; None if it has no such answer.
        notes: Name of a tool, and why it has no figures.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    notes: tuple[tuple[str, str], ...] = ()


class Asked:
    """The verdicts of the other tools on one corpus; each tool runs once."""

    def __init__(self, cases: Sequence[Case], *, rivals: bool) -> None:
        self.verdicts: dict[str, dict[str, Verdict]] = {}
        self.missing: list[tuple[str, str]] = []
        self.notes: list[tuple[str, str]] = []
        for rival in RIVALS if rivals else ():
            version = rival.version()
            if version is None:
                self.missing.append((rival.package, "not installed"))
                continue
            self.verdicts[rival.package] = {case.run_id: rival.judge(case.curves) for case in cases}
            if rival.note:
                self.notes.append((rival.package, rival.note))

    def that_answer(self, what: str) -> list[Rival]:
        """The installed tools that answer a question."""
        return [rival for rival in RIVALS if rival.package in self.verdicts and what in rival.answers]

    def flags(self, rival: Rival, what: str, cases: Sequence[Case]) -> Bools:
        """Answers of a tool, shape (cases,); no answer counts as no."""
        verdicts = self.verdicts[rival.package]
        return np.array([bool(getattr(verdicts[case.run_id], what)) for case in cases], dtype=np.bool_)

    def notes_for(self, what: str) -> tuple[tuple[str, str], ...]:
        """Why tools are missing from a section, and remarks on the others."""
        silent = [
            (rival.package, "n/a: no such answer")
            for rival in RIVALS
            if rival.package in self.verdicts and what not in rival.answers
        ]
        return (*self.missing, *silent, *(self.notes if what == "overfitting" else ()))


def judge_all(corpus: Corpus) -> tuple[list[Judged], float]:
    """The project's diagnoses, and the median processor time of one in milliseconds (including reading)."""
    judged, times = [], []
    for case in corpus.cases:
        start = time.process_time()
        judged.append(Judged(case, reportgen.diagnose(case.source)))
        times.append(time.process_time() - start)
    return judged, 1000 * float(np.median(times)) if times else float("nan")


def probability_of(answer: Answer) -> float:
    """The probability of yes; one half if not assessed."""
    return 0.5 if answer.probability is None else float(answer.probability)


def forced(answer: Answer) -> bool:
    """The likelier answer, even if unsure; no if not assessed."""
    return answer.probability is not None and answer.probability >= 0.5


def yes_flags(labels: Sequence[str | None]) -> Bools:
    """Which labels are "yes"."""
    return np.array([label == "yes" for label in labels], dtype=np.bool_)


def _by_rules(rules: dict[str, Callable[[Array, Array], bool]], cases: Sequence[Case]) -> list[tuple[str, Bools]]:
    with np.errstate(all="ignore"):  # ratio rules have no answer for losses of 0 and below
        return [
            (name, np.array([rule(c.curves.loss, c.curves.val_loss) for c in cases], dtype=np.bool_))
            for name, rule in rules.items()
        ]


def score_overfitting(judged: Sequence[Judged], asked: Asked) -> Section:
    """F1 of "yes" among runs labelled yes or no, and with unstable runs as no."""
    scored = [j for j in judged if j.case.overfitting in ("yes", "no", "unstable")]
    cases = [j.case for j in scored]
    true = yes_flags([case.overfitting for case in cases])
    clear = np.array([case.overfitting != "unstable" for case in cases], dtype=np.bool_)
    answers = [j.said.answers["overfitting"] for j in scored]
    words = np.array([answer.answer for answer in answers])
    answered = np.isin(words, ["yes", "no"]) & clear

    def measures(said: Bools) -> tuple[float, float, float]:
        return scores.f1(said[clear], true[clear]), scores.macro_f1(said[clear], true[clear]), scores.f1(said, true)

    def whole(said: Bools) -> tuple[float, ...]:
        return (*measures(said), scores.share((said == true)[clear]), 1.0)

    own = measures(np.array([forced(answer) for answer in answers], dtype=np.bool_))
    right = scores.share(((words == "yes") == true)[answered])
    rows: list[tuple[str, tuple[float | None, ...]]] = [(PROJECT, (*own, right, scores.share(answered[clear])))]
    rows += [(name, whole(said)) for name, said in _by_rules(RULES, cases)]
    rows += [(r.package, whole(asked.flags(r, "overfitting", cases))) for r in asked.that_answer("overfitting")]
    title = f"overfitting: {int(true.sum())} yes, {int((clear & ~true).sum())} no, {int((~clear).sum())} unstable"
    columns = ("F1 forced", "macro-F1", "F1 (unstable = no)", "right when answered", "answered")
    return Section("overfitting", title, columns, tuple(rows), asked.notes_for("overfitting"))


def score_more(judged: Sequence[Judged], asked: Asked) -> Section:
    """F1 and Brier score of "more training helps"; answers of rules count as certain."""
    scored = [j for j in judged if j.case.more_training_helps in ("yes", "no")]
    true = yes_flags([j.case.more_training_helps for j in scored])
    answers = [j.said.answers["more_training_helps"] for j in scored]
    probability = np.array([probability_of(answer) for answer in answers])
    words = np.array([answer.answer for answer in answers])
    answered = np.isin(words, ["yes", "no"])

    def measures(said: Bools, certain: Array) -> tuple[float, float, float]:
        return scores.f1(said, true), scores.balanced_accuracy(said, true), scores.brier(certain, true)

    own = measures(np.array([forced(answer) for answer in answers], dtype=np.bool_), probability)
    right = scores.share(((words == "yes") == true)[answered])
    rows: list[tuple[str, tuple[float | None, ...]]] = [(PROJECT, (*own, right, scores.share(answered)))]
    rows += [
        (name, (*measures(said, said.astype(np.float64)), scores.share(said == true), 1.0))
        for name, said in _by_rules(MORE_RULES, [j.case for j in scored])
    ]
    title = f"more training helps: {int(true.sum())} yes, {int((~true).sum())} no"
    columns = ("F1 forced", "balanced accuracy", "Brier", "right when answered", "answered")
    return Section("more", title, columns, tuple(rows), asked.notes_for("more"))


def candidates(val_loss: Array) -> tuple[int, ...]:
    """Where the raw and smoothed validation loss is lowest: the best epochs (1-based) that a rule could choose.

    Smoothed by a local line, and by means and medians over three epochs and over a tenth of the run.
    """
    curve = np.log(np.maximum(val_loss, LOWEST_LOSS))
    smooth = local_linear(curve, np.arange(1.0, len(curve) + 1)) if len(curve) >= FEWEST_TO_SMOOTH else curve
    middle = median3(curve)
    wide = running_mean(middle, max(3, round(len(curve) / 10) | 1))
    return tuple(int(np.argmin(y)) + 1 for y in (curve, smooth, middle, running_mean(curve, 3), wide))


def score_best(judged: Sequence[Judged], asked: Asked) -> Section:
    """Share of runs whose best epoch (or else the last) has a test loss within 2 % of the lowest seen one."""
    scored = [j for j in judged if j.case.is_finite and j.case.test_loss is not None]

    def near(epoch: int | None, case: Case) -> bool:
        assert case.test_loss is not None  # noqa: S101  # filtered above
        chosen = case.test_loss[-1 if epoch is None else min(max(epoch, 1), len(case.test_loss)) - 1]
        return bool(chosen <= (1 + NEAR_BEST) * np.nanmin(case.test_loss))

    def row(name: str, epochs: Sequence[int | None]) -> tuple[str, tuple[float | None, ...]]:
        flags = [near(epoch, j.case) for epoch, j in zip(epochs, scored, strict=True)]
        return name, (scores.share(np.array(flags, dtype=np.bool_)),)

    rows = [row(PROJECT, [j.said.best_epoch for j in scored])]
    rows.append(row("lowest validation loss", [int(np.argmin(j.case.curves.val_loss)) + 1 for j in scored]))
    rows.append(row("last epoch", [None] * len(scored)))
    tried = [candidates(j.case.curves.val_loss) for j in scored]
    for name in ("raw or smoothed", "any of five"):
        found = [
            any(near(epoch, j.case) for epoch in (epochs[:2] if name == "raw or smoothed" else epochs))
            for j, epochs in zip(scored, tried, strict=True)
        ]
        rows.append((f"{name}, picked by the test loss", (scores.share(np.array(found, dtype=np.bool_)),)))
    for rival in asked.that_answer("best_epoch"):
        said = asked.verdicts[rival.package]
        rows.append(row(rival.package, [said[j.case.run_id].best_epoch for j in scored]))
    return Section(
        "best", f"best epoch: {len(scored)} finite runs", ("within 2 %",), tuple(rows), asked.notes_for("best_epoch")
    )


def score_diverged(judged: Sequence[Judged], asked: Asked) -> Section:
    """Recall on runs with NaN or infinity and on finite explosions; share of other runs called diverged."""
    cases = [j.case for j in judged]
    broken = np.array([not case.is_finite for case in cases], dtype=np.bool_)
    exploded = np.array([case.exploded for case in cases], dtype=np.bool_)
    unstable = np.array([case.overfitting == "unstable" for case in cases], dtype=np.bool_)
    healthy = ~(broken | exploded | unstable)

    def measures(said: Bools) -> tuple[float, float, float]:
        return scores.share(said[broken]), scores.share(said[exploded]), scores.share(said[healthy])

    own = np.array([j.said.answers["diverged"].answer == "yes" for j in judged], dtype=np.bool_)
    rows: list[tuple[str, tuple[float | None, ...]]] = [(PROJECT, measures(own))]
    rows += [(r.package, measures(asked.flags(r, "diverged", cases))) for r in asked.that_answer("diverged")]
    title = (
        f"diverged: {int(broken.sum())} not finite, {int(exploded.sum())} finite but over twice the first loss, "
        f"{int(healthy.sum())} others"
    )
    columns = ("found", "explosions found", "false alarms")
    return Section("diverged", title, columns, tuple(rows), asked.notes_for("diverged"))


def score_learning(judged: Sequence[Judged], asked: Asked) -> Section:
    """F1 of "did not learn" among finite runs; the truth is "training loss never below 0.99 of the first"."""
    scored = [j for j in judged if j.case.is_finite]
    cases = [j.case for j in scored]
    true = np.array([case.never_learned for case in cases], dtype=np.bool_)
    own = np.array([probability_of(j.said.answers["learning"]) < 0.5 for j in scored], dtype=np.bool_)
    rows: list[tuple[str, tuple[float | None, ...]]] = [(PROJECT, (scores.f1(own, true),))]
    rows += [
        (r.package, (scores.f1(asked.flags(r, "not_learning", cases), true),))
        for r in asked.that_answer("not_learning")
    ]
    title = f"not learning: {int(true.sum())} of {len(scored)} finite runs"
    return Section("learning", title, ("F1",), tuple(rows), asked.notes_for("not_learning"))


def score_onset(judged: Sequence[Judged]) -> Section:
    """How close the reported start of overfitting is to the truth, for runs judged and labelled overfitting."""
    off, near = [], []
    for j in judged:
        since = j.said.answers["overfitting"].epoch
        if j.case.overfitting != "yes" or j.case.onset_epoch is None or j.case.best_epoch is None or since is None:
            continue
        if j.said.answers["overfitting"].answer != "yes":
            continue
        slack = max(1.0, ONSET_SLACK * len(j.case.curves.loss))
        off.append(abs(float(since) - j.case.onset_epoch))
        near.append(j.case.best_epoch - slack <= float(since) <= j.case.onset_epoch + slack)
    values = scores.share(np.array(near, dtype=np.bool_)), float(np.median(off)) if off else float("nan")
    title = f"onset of overfitting: {len(off)} runs labelled and judged yes"
    return Section("onset", title, ("between best and onset", "median off"), ((PROJECT, values),))


def score_calibration(judged: Sequence[Judged], corpus: Corpus) -> Section:
    """Calibration error of each probability for which the corpus has a truth.

    The labels have no truth for "converged": our choice is true if more training gains at most 1 % and the run learned,
    and false if it gains over 5 %.
    """
    names = ("overfitting", "more training helps", "converged", "learning", "diverged")
    truths: dict[str, list[tuple[float, bool]]] = {name: [] for name in names}

    def add(name: str, answer: Answer, true: bool) -> None:
        if answer.probability is not None:
            truths[name].append((float(answer.probability), true))

    for j in judged:
        answers, case = j.said.answers, j.case
        if case.overfitting in ("yes", "no"):
            add("overfitting", answers["overfitting"], case.overfitting == "yes")
        if case.more_training_helps in ("yes", "no"):
            add("more training helps", answers["more_training_helps"], case.more_training_helps == "yes")
            if "learning" in corpus.has:
                true = case.more_training_helps == "no" and not case.never_learned
                add("converged", answers["converged"], true)
        if "learning" in corpus.has and case.is_finite:
            add("learning", answers["learning"], not case.never_learned)
        if "diverged" in corpus.has and case.overfitting != "unstable":
            add("diverged", answers["diverged"], case.exploded or not case.is_finite)
    rows = []
    for name, pairs in truths.items():
        if not pairs:
            continue
        probability = np.array([given for given, _ in pairs])
        happened = np.array([true for _, true in pairs], dtype=np.bool_)
        error = scores.calibration_error(probability, happened)
        rows.append((name, (error, scores.exact_error(probability), float(len(pairs)))))
    return Section(
        "calibration", f"calibration of {PROJECT}'s probabilities, 10 bins", ("error", "if exact", "runs"), tuple(rows)
    )


def score_corpus(corpus: Corpus, *, rivals: bool) -> tuple[list[Section], float]:
    """All sections for which the corpus has a truth, and the median processor time of one diagnosis in milliseconds."""
    judged, milliseconds = judge_all(corpus)
    asked = Asked(corpus.cases, rivals=rivals and corpus.has != {"more"})
    scorers: dict[str, Callable[[], Section]] = {
        "overfitting": lambda: score_overfitting(judged, asked),
        "more": lambda: score_more(judged, asked),
        "best": lambda: score_best(judged, asked),
        "diverged": lambda: score_diverged(judged, asked),
        "learning": lambda: score_learning(judged, asked),
        "onset": lambda: score_onset(judged),
    }
    sections = [score() for question, score in scorers.items() if question in corpus.has]
    return [*sections, score_calibration(judged, corpus)], milliseconds
