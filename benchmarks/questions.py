"""Public questions about training curves, and how often a diagnosis agrees with what experts answered.

`data/questions.csv` has the curves and `data/questions_labels.csv` the answers, as categories; benchmarks/README.md
says how both were collected. The tables here translate the codes of the project and of other tools into categories.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final

import pandas as pd

import reportgen

CURVES: Final = Path(__file__).with_name("data") / "questions.csv"
LABELS: Final = Path(__file__).with_name("data") / "questions_labels.csv"

HEADLINES: Final = (
    "diverged",
    "frozen",
    "not-learning",
    "not-generalising",
    "unstable",
    "overfitting",
    "large-gap",
    "still-improving",
    "finished",
    "unclear",
)
ADVICES: Final = (
    "lower-learning-rate",
    "raise-learning-rate",
    "stop-earlier-or-restore-best",
    "regularise",
    "more-data",
    "smaller-model",
    "larger-model",
    "train-longer",
    "check-data-or-labels",
    "gradient-clipping",
    "batch-size",
    "nothing-use-it",
    "validation-set-too-small",
)
PARTS: Final = ("tune", "held")
KINDS: Final = ("question", "reading")
UNANSWERABLE: Final = "unanswerable"

# What the codes of `Judgement.verdict` mean. A code that is missing here agrees with nothing.
HEADLINE_OF: Final[Mapping[str, str]] = {code: code for code in HEADLINES} | {
    "not-judged": "unclear",
}
# What the codes of `Judgement.advice` mean. Codes that ask for a better log are missing: no expert can be agreed with.
ADVICE_OF: Final[Mapping[str, str]] = {code: code for code in ADVICES} | {
    "use-it": "nothing-use-it",
    "use-epoch": "stop-earlier-or-restore-best",
    "stop-early": "stop-earlier-or-restore-best",
    "train-on": "train-longer",
    "longer-schedule": "train-longer",
    "repeat-run": "train-longer",
    "clip-gradients": "gradient-clipping",
    "check-data": "check-data-or-labels",
    "balance-classes": "check-data-or-labels",
    "try-few-rows": "check-data-or-labels",
    "larger-validation-set": "validation-set-too-small",
}
# What the checks of runmedic mean, and the first fix it lists; the first check in this order is its headline.
RUNMEDIC: Final[Mapping[str, tuple[str, str]]] = {
    "non_finite": ("diverged", "check-data-or-labels"),
    "divergence": ("diverged", "lower-learning-rate"),
    "no_learning": ("not-learning", "check-data-or-labels"),
    "overfitting": ("overfitting", "stop-earlier-or-restore-best"),
    "loss_spikes": ("unstable", "check-data-or-labels"),
    "grad_spikes": ("unstable", "gradient-clipping"),
    "constant_lr_plateau": ("finished", "lower-learning-rate"),
}
# The same for the rules of trainproof, which names no advice but the checkpoint to keep.
TRAINPROOF: Final[Mapping[str, tuple[str, str]]] = {
    "TP-NAN": ("diverged", ""),
    "TP-ZERO-LR": ("frozen", ""),
    "TP-DIVERGE": ("diverged", ""),
    "TP-ZERO-LOSS": ("frozen", ""),
    "TP-FLAT": ("not-learning", ""),
    "TP-DEAD-RUN": ("not-learning", ""),
    "TP-OVERFIT": ("overfitting", "stop-earlier-or-restore-best"),
    "TP-GRAD-SPIKE": ("unstable", ""),
}
HEALTHY: Final = frozenset({"finished", "still-improving"})  # either agrees with a tool that finds no problem


@dataclass(frozen=True)
class Reply:
    """What somebody says about a run.

    Attributes:
        headlines: Categories, any of which agrees; the first is shown. Empty if it has no answer.
        advices: Likewise, for the first advice.
    """

    headlines: tuple[str, ...]
    advices: tuple[str, ...]


@dataclass(frozen=True)
class PublicQuestion:
    """One question.

    Attributes:
        name: Short name, unique.
        address: Where it was asked.
        site: Host, or host and repository.
        topic: What kind of model it is about.
        part: ``tune`` or ``held``.
        kind: ``question`` (somebody asked, and somebody else or the asker found the answer) or ``reading`` (an author's
            words about a log of their own).
        curves: One row per epoch, with a column "epoch" or "step".
        expert: What the expert said. The headline is `UNANSWERABLE` if curves cannot show it.
        strength: Whose word it is.
        said: The answer in our words.
    """

    name: str
    address: str
    site: str
    topic: str
    part: str
    kind: str
    curves: pd.DataFrame = field(repr=False)
    expert: Reply
    strength: str
    said: str

    @property
    def is_answerable(self) -> bool:
        """Whether the curves can show what the expert said."""
        return self.expert.headlines != (UNANSWERABLE,)


def _categories(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A category and its alternatives, which are separated by spaces."""
    return tuple(f"{row[name]} {row[name + '_also_ok']}".split())


def read_questions(curves: Path = CURVES, labels: Path = LABELS) -> list[PublicQuestion]:
    """All questions, in the order of the labels."""
    values = pd.read_csv(curves, dtype={"value": str})
    values["value"] = values["value"].astype(float)
    by_name = dict(iter(values.groupby("id", sort=False)))
    found = []
    for row in pd.read_csv(labels, dtype=str, keep_default_na=False).to_dict("records"):
        long = by_name[row["id"]]
        names = long["metric"].where(long["split"] == "train", "val_" + long["metric"])
        wide = long.assign(name=names).pivot(index="epoch", columns="name", values="value")
        wide = wide[list(dict.fromkeys(names))].rename_axis(index=row["axis"], columns=None).reset_index()
        found.append(
            PublicQuestion(
                name=row["id"],
                address=row["address"],
                site=row["site"],
                topic=row["topic"],
                part=row["part"],
                kind=row["kind"],
                curves=wide,
                expert=Reply(_categories(row, "headline"), _categories(row, "first_advice")),
                strength=row["strength"],
                said=row["said"],
            )
        )
    return found


def ask_project(question: PublicQuestion) -> Reply:
    """What reportgen says; nothing if it refuses the curves."""
    try:
        said = reportgen.diagnose(question.curves)
    except reportgen.ReportgenError:
        return Reply((), ())
    headline = HEADLINE_OF.get(said.verdict)
    advice = ADVICE_OF.get(said.advice[0].code)
    return Reply((headline,) if headline else (), (advice,) if advice else ())


def ask_runmedic(question: PublicQuestion) -> Reply:
    """What runmedic 0.1 says about the same curves, given as its readers would give them."""
    checks, model = import_module("runmedic.checks"), import_module("runmedic.model")
    axis, *names = question.curves.columns
    run = model.Run("run", "csv", "")
    for row in question.curves.to_dict("records"):
        for name in names:
            run.get(name).add(row[axis], row[name])
    roles = import_module("runmedic.roles").detect(run)
    found = {finding.check: finding for finding in checks.run_checks(run.finalize(), roles)}
    for check, (headline, advice) in RUNMEDIC.items():
        if check in found:
            clips = found[check].fixes[0].startswith("Clip gradients")
            return Reply((headline,), ("gradient-clipping" if clips else advice,))
    return Reply(tuple(sorted(HEALTHY)), ("nothing-use-it",))


def ask_trainproof(question: PublicQuestion) -> Reply:
    """What trainproof 0.22 says about the same curves, with the column names that it knows."""
    axis, *names = question.curves.columns
    known = {axis: "step", "val_loss": "eval_loss", "learning_rate": "lr"}
    records = [
        {known.get(name, name): float(row[name]) for name in (axis, *names) if pd.notna(row[name])}
        for row in question.curves.to_dict("records")
    ]
    found = {finding["id"] for finding in import_module("trainproof.epoch").check_records(records)["findings"]}
    for rule, (headline, advice) in TRAINPROOF.items():
        if rule in found:
            return Reply((headline,), (advice,) if advice else ())
    passed = "TP-PASS" in found
    return Reply(tuple(sorted(HEALTHY)), ("nothing-use-it",)) if passed else Reply((), ())


def version_of(package: str) -> str | None:
    """The installed version; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@dataclass(frozen=True)
class Share:
    """How many of how many agree."""

    agreeing: int
    total: int

    def __str__(self) -> str:
        return f"{self.agreeing} of {self.total}"


@dataclass(frozen=True)
class Missed:
    """A question that is not answered as the expert did."""

    question: PublicQuestion
    said: Reply
    headline_agrees: bool
    advice_agrees: bool


@dataclass(frozen=True)
class Agreement:
    """How often one tool agrees with the experts on some questions.

    Attributes:
        headline: Headlines, of the answerable questions.
        advice: First advices, of those whose expert gave one.
        both: Questions with agreement in all that the expert said.
        confusion: How often (expert's headline, tool's headline) occurs; an alternative counts as the headline.
        missed: The questions that are not in `both`.
    """

    headline: Share
    advice: Share
    both: Share
    confusion: Counter[tuple[str, str]]
    missed: tuple[Missed, ...]


def agrees(said: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether they have a category in common, or the expert named none."""
    return not expected or not set(said).isdisjoint(expected)


def score(questions: Sequence[PublicQuestion], ask: Callable[[PublicQuestion], Reply]) -> Agreement:
    """The agreement on the answerable ones of some questions."""
    headlines: list[bool] = []
    advices: list[bool] = []
    missed = []
    confusion: Counter[tuple[str, str]] = Counter()
    for question in questions:
        if not question.is_answerable:
            continue
        said, expert = ask(question), question.expert
        headline, advice = agrees(said.headlines, expert.headlines), agrees(said.advices, expert.advices)
        headlines.append(headline)
        if expert.advices:
            advices.append(advice)
        shown = expert.headlines[0] if headline else next(iter(said.headlines), "no answer")
        confusion[expert.headlines[0], shown] += 1
        if not (headline and advice):
            missed.append(Missed(question, said, headline, advice))
    return Agreement(
        headline=Share(sum(headlines), len(headlines)),
        advice=Share(sum(advices), len(advices)),
        both=Share(len(headlines) - len(missed), len(headlines)),
        confusion=confusion,
        missed=tuple(missed),
    )
