"""What sentences speak of, and numbers of the evidence as they stand in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reportgen import formatting, metrics
from reportgen.diagnosis.early_stopping import EarlyStop
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.history.facts import EarlyStopping
from reportgen.languages import ENGLISH, Language

WORTH_SAYING: Final = 0.01  # changes below it are called none
PLATEAU_SHARE: Final = formatting.percent(
    1 - DEFAULTS.plateau_ratio
)  # of the whole improvement, made where a plateau begins


@dataclass(frozen=True)
class Subject:
    """What the sentences speak of.

    Attributes:
        metric: Base name of the judged metric.
        monitor: The judged curve, named as Keras logs it.
        best_epoch: 1-based.
        last_epoch: 1-based.
        stop: The early stop that would have kept the best epoch; None where no curve can be judged.
        early_stopping: The early stop that did watch the run, if that is known.
        rate: The learning rate in the best epoch; None where it was not logged.
        codes: Codes of the findings.
        epochs_ahead: How many more epochs the forecast and "train on" speak of.
        scores: Base names of the metrics of which higher is better.
        language: What the sentences are said in.
    """

    metric: str | None
    monitor: str | None
    best_epoch: int | None
    last_epoch: int
    stop: EarlyStop | None = None
    early_stopping: EarlyStopping | None = None
    rate: float | None = None
    codes: frozenset[str] = frozenset()
    epochs_ahead: int = 1
    scores: frozenset[str] = frozenset()
    language: Language = ENGLISH

    def say(self, text: str, /, **values: object) -> str:
        """A text in the report's language."""
        return self.language.say(text, **values)

    def join(self, *sentences: str) -> str:
        """Sentences one after the other; empty ones are left out."""
        return self.language.join(*sentences)

    @property
    def curve(self) -> str:
        """The judged curve for a sentence: "validation loss", "accuracy"."""
        if self.monitor is None or self.metric is None:
            return self.say("metric")
        return self.curve_of("validation" if self.monitor != self.metric else "train", self.metric)

    def curve_of(self, split: object, metric: str | None) -> str:
        """One curve of a metric for a sentence: "training loss"."""
        name = self.name(metric)
        if split == "validation":
            return self.say("validation {metric}", metric=name)
        return self.say("training {metric}", metric=name)

    def name(self, metric: str | None) -> str:
        """A metric's name inside a sentence."""
        if metric is None:
            return self.say("metric")
        text = metrics.label(metric, self.language)
        return text if text.isupper() else text[:1].lower() + text[1:]


def as_percent(evidence: Mapping[str, object], name: str) -> str:
    """A fraction of the evidence as a percentage; a question mark where it is not known."""
    value = evidence.get(name)
    return formatting.percent(value) if isinstance(value, float) else "?"


def as_value(evidence: Mapping[str, object], name: str) -> str:
    """A logged value of the evidence; a question mark where it is not known."""
    value = evidence.get(name)
    return formatting.short(value) if isinstance(value, float | int) else "?"


def as_setting(evidence: Mapping[str, object], name: str) -> str:
    """A number of the evidence that somebody chose; a question mark where it is not known."""
    value = evidence.get(name)
    return formatting.setting(value) if isinstance(value, float | int) else "?"


def times_worse(rise: float, subject: Subject) -> str:
    """A rise over the best value in words: 23% worse, 2.6 times that."""
    if rise < 1:
        return subject.say("{percent} worse", percent=formatting.percent(rise))
    return subject.say("{times} times that", times=formatting.short(1 + rise, 2))


def is_ratio_scale(facts: Mapping[str, object], name: str, metric: str | None, subject: Subject) -> bool:
    """Whether "so many times that" says something: of a positive value of a loss."""
    value = facts.get(name)
    return isinstance(value, float) and value > 0 and metric not in subject.scores


def improvement(facts: Mapping[str, object], metric: str | None, subject: Subject) -> str:
    """The progress of late: as a percentage of a loss, in its own unit for scores and for losses that cross zero."""
    share = facts.get("recent_progress_ratio")
    plain = metric in subject.scores or not isinstance(share, float) or share >= 1
    return as_setting(facts, "recent_progress") if plain else as_percent(facts, "recent_progress_ratio")


def explosion(metric: str | None, facts: Mapping[str, object], subject: Subject) -> str:
    """The sentence on a finite explosion."""
    values = {"curve": subject.curve_of("train", metric), "times": as_value(facts, "last_over_first")}
    if metric in subject.scores:
        return subject.say(
            "The distance of the {curve} from its best possible value grew to {times} times its first value.", **values
        )
    return subject.say("The {curve} grew to {times} times its first value.", **values)
