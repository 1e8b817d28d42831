"""The subject of the sentences: the judged run, its names, and numbers formatted for sentences."""

from dataclasses import dataclass
from typing import Final

from reportgen import formatting, metrics
from reportgen.diagnosis.curves import spacing
from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.excerpts import Excerpt
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.languages import Language
from reportgen.wording.terms import Terms, stopping_code, terms_of

_FEW: Final = 8  # evaluations: with fewer, the text says that it is less certain. Our choice.
_CLOSE: Final = 0.05  # of a curve's value: a value this far above the best is close to it. Our choice.
WORTH_SAYING: Final = DEFAULTS.visible_ratio  # smaller changes are not mentioned


@dataclass(frozen=True)
class Subject:
    """The subject of the sentences.

    Attributes:
        judged: The judged run.
        language: The language of the sentences.
    """

    judged: Judgement
    language: Language

    def say(self, text: str, /, **values: object) -> str:
        """A text in the report's language."""
        return self.language.say(text, **values)

    def join(self, *sentences: str) -> str:
        """Joins sentences; empty ones are left out."""
        return self.language.join(*sentences)

    @property
    def metric(self) -> str | None:
        """Base name of the judged metric."""
        return self.judged.reading.metric

    @property
    def terms(self) -> Terms:
        """The terms of the tool that trained the run."""
        return terms_of(self.judged.reading.history.run.tool)

    def stopping_code(self, patience: int) -> str:
        """The tool's early stopping on the judged curve, as code; empty unless one is certain."""
        tool, monitor = self.judged.reading.history.run.tool, self.judged.monitor
        higher, curve = self.is_score(self.metric), self.judged.reading.monitor
        if self.terms.is_boosting and curve is not None:
            patience = round(patience * spacing(curve.epochs))  # counted in rounds, which may be logged every tenth
        return "" if monitor is None else stopping_code(tool, monitor, higher=higher, patience=patience)

    @property
    def excerpt(self) -> Excerpt | None:
        """The part of the run that the log shows; None if it shows the whole run."""
        return self.judged.reading.excerpt

    @property
    def has_few_values(self) -> bool:
        """Whether the judged curve has so few values that the verdict is less certain."""
        curve = self.judged.reading.monitor
        return curve is not None and len(curve.errors) < _FEW

    @property
    def begins_late(self) -> bool:
        """Whether the first epochs of the run are not in the log."""
        return self.excerpt is not None and not self.excerpt.is_beginning

    @property
    def rise(self) -> float:
        """How much worse validation is at the end than at its best, as a fraction; 0 if unknown."""
        return self.judged.answers["overfitting"].evidence.rise_ratio or 0.0

    def is_score(self, metric: str | None) -> bool:
        """Whether higher values of a metric are better."""
        return metric is not None and self.judged.reading.history.direction(metric) == "higher"

    def found(self, code: str) -> bool:
        """Whether the run has a finding with this code."""
        return self.judged.found(code)

    @property
    def curve(self) -> str:
        """The judged curve inside a sentence: "validation loss", "training accuracy"."""
        return self.curve_of(self.judged.reading.monitor_split, self.metric) if self.metric else self.say("metric")

    def curve_of(self, split: str | None, metric: str | None) -> str:
        """One curve of a metric inside a sentence: "training loss"."""
        if split != "validation" and metric == self.metric:
            metric = self.judged.reading.choice.counterpart or metric
        name = self.name(metric)
        if split == "validation":
            return self.say("validation {metric}", metric=name)
        return self.say("training {metric}", metric=name)

    def name(self, metric: str | None) -> str:
        """A metric's name inside a sentence."""
        if metric is None:
            return self.say("metric")
        text = metrics.label(metric, self.language)
        return text[:1].lower() + text[1:] if text.partition(" ")[0][1:].islower() else text  # but F1 and IoU

    def worse(self, rise: float | None, best: float | None, metric: str | None) -> str:
        """A rise above the best value: 23% worse, 2.6 times as high; empty if a ratio is meaningless."""
        if rise is None or best is None or best <= 0 or self.is_score(metric):
            return ""
        if rise < 1:
            return self.say("{percent} worse", percent=formatting.percent(rise))
        return self.say("{times} times as high", times=formatting.short(1 + rise, 2))

    def improvement(self, facts: Evidence, metric: str | None) -> str:
        """Recent progress: a percentage of a loss, in its own unit for scores and for losses that cross zero."""
        share = facts.recent_progress_ratio
        if self.is_score(metric) or share is None or share >= 1:
            return as_setting(facts.recent_progress)
        return as_percent(share)

    def explosion(self, facts: Evidence, metric: str | None) -> str:
        """The sentence about a curve that exploded to finite values."""
        metric = facts.key or metric
        values = {"curve": self.curve_of("train", metric), "times": as_value(facts.last_over_first)}
        if self.is_score(metric):
            return self.say(
                "The distance of the {curve} from its best possible value grew to {times} times its first value.",
                **values,
            )
        return self.say("The {curve} grew to {times} times its first value.", **values)

    def plateau(self, epoch: int | None, *, is_doubtful: bool = False) -> str:
        """The sentence about where a curve reached its plateau, if it did, with its logged values."""
        reading, judged = self.judged.reading, self.judged
        curve = reading.monitor
        if epoch is None or curve is None:
            return self.say("The {curve} is flat.", curve=self.curve)
        values = {
            "curve": self.curve,
            "epoch": epoch,
            "last": judged.epochs,
            "then": as_value(reading.value(reading.monitor_split, int(curve.epochs[curve.position(epoch)]))),
            "end": as_value(reading.value(reading.monitor_split, int(curve.epochs[-1]))),
        }
        if is_doubtful:
            return self.say(
                "It is unclear whether the {curve} has levelled off: it was {then} in epoch {epoch} and {end} at the end.",
                **values,
            )
        at = curve.errors[curve.position(epoch)]
        if at - curve.errors.min() > _CLOSE * curve.scale:
            return self.say(
                "After epoch {epoch} of {last}, the {curve} improved only within its noise; it ended at {end}.",
                **values,
            )
        return self.say(
            "By epoch {epoch} of {last}, the {curve} had nearly levelled off ({then}); it ended at {end}.", **values
        )


def part_shown(part: Excerpt | None, language: Language) -> str:
    """Which part of a run its log shows; empty if it shows the whole run."""
    if part is None:
        return ""
    values = {"first": part.first, "last": part.last, "n": part.count, "planned": part.planned}
    if part.has_gap:
        return language.say("The log shows {n} of the epochs {first} to {last}.", **values)
    if part.count == 1:
        return language.say("The log shows only epoch {first} of {planned}.", **values)
    if part.planned is None:
        return language.say("The log shows epochs {first} to {last}.", **values)
    return language.say("The log shows epochs {first} to {last} of {planned}.", **values)


def as_percent(value: float | None) -> str:
    """A fraction as a percentage; a question mark if it is unknown."""
    return "?" if value is None else formatting.percent(value)


def as_value(value: float | None) -> str:
    """A logged value; a question mark if it is unknown."""
    return "?" if value is None else formatting.short(value)


def as_setting(value: float | None) -> str:
    """A setting such as the learning rate, or a noise level; a question mark if it is unknown."""
    return "?" if value is None else formatting.setting(value)
