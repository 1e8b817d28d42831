"""Words for the parts that are judged one by one: outputs of a model, evaluation sets, or parts of the loss.

All log ``a_loss`` and ``b_loss`` beside ``loss``. Evaluation sets have validation values only; an output has other
metrics besides its loss, such as ``a_accuracy``.
"""

from typing import Final

from reportgen.diagnosis.outputs import PartKind
from reportgen.languages import Language, marked
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis

HEADINGS: Final[dict[PartKind, str]] = {
    "output": marked("Outputs"),
    "set": marked("Evaluation sets"),
    "loss": marked("Parts of the loss"),
}
COLUMNS: Final[dict[PartKind, str]] = {
    "output": marked("Output"),
    "set": marked("Evaluation set"),
    "loss": marked("Part"),
}
_ONLY_FIRST: Final[dict[PartKind, str]] = {
    "output": marked("Only the first {n} outputs are judged one by one."),
    "set": marked("Only the first {n} evaluation sets are judged one by one."),
    "loss": marked("Only the first {n} parts of the loss are judged one by one."),
}
_LONGEST: Final = 60  # characters of a name


def word_part(part: Diagnosis, kind: PartKind) -> str:
    """The verdict on a part, in a sentence that follows its name."""
    if kind != "loss":
        return part.verdict_words.title
    say = part.language.say
    if part.verdict == "diverged":
        return say("Diverged at epoch {epoch}.", epoch=part.answers["diverged"].epoch)
    if part.verdict in ("overfitting", "unstable"):
        return say("Best in epoch {epoch}, then worse.", epoch=part.best_epoch)
    return {
        "frozen": say("Not improved."),
        "not-learning": say("Not improved."),
        "not-generalising": say("Not improved on validation data."),
        "large-gap": say("Improved, but far less on validation data."),
        "still-improving": say("Still improving at the end."),
        "finished": say("Converged."),
        "unclear": say("Unclear whether it still improves."),
    }.get(part.verdict, say("Not judged"))


def word_worse_part(name: str, part: Diagnosis, kind: PartKind) -> str:
    """That a part did worse than the whole run, in a sentence."""
    say, shown, headline = part.language.say, printable(name, _LONGEST), part.verdict_words.title
    if kind == "output" and part.verdict == "overfitting" and part.answers["overfitting"].epoch is not None:
        return say("Output {name} got worse after epoch {epoch}.", name=shown, epoch=part.best_epoch)
    if kind == "output":
        return say("Output {output}: {headline}", output=shown, headline=headline)
    if kind == "set":
        return say("Evaluation set {name}: {headline}", name=shown, headline=headline)
    if part.verdict == "diverged":
        return say("The {name} part of the loss diverged.", name=shown)
    if part.verdict in ("frozen", "not-learning"):
        return say("The {name} part of the loss did not improve.", name=shown)
    if part.verdict in ("not-generalising", "large-gap"):
        return say("The {name} part of the loss improved far less on validation data.", name=shown)
    return say("The {name} part of the loss got worse after epoch {epoch}.", name=shown, epoch=part.best_epoch)


def word_worst_part(headline: str, name: str, part: Diagnosis, kind: PartKind) -> str:
    """A headline that also says what is wrong with the worst part."""
    say, values = part.language.say, {"headline": headline.rstrip(".\u3002"), "name": printable(name, _LONGEST)}
    if kind != "output":
        if part.verdict == "diverged":
            return say("{headline}; {name} diverged.", **values)
        if part.verdict in ("frozen", "not-learning"):
            return say("{headline}; {name} did not improve.", **values)
        if part.verdict in ("not-generalising", "large-gap"):
            return say("{headline}; {name} improved far less on validation data.", **values)
        return say("{headline}; {name} got worse.", **values)
    return {
        "diverged": say("{headline}; output {name} diverged.", **values),
        "frozen": say("{headline}; output {name} does not change.", **values),
        "not-learning": say("{headline}; output {name} did not learn.", **values),
        "not-generalising": say("{headline}; output {name} does not generalise.", **values),
        "unstable": say("{headline}; output {name} is unstable.", **values),
        "overfitting": say("{headline}, but output {name} is overfitting.", **values),
    }.get(part.verdict, say("{headline}; output {name} does far worse on new data.", **values))


def word_more_worse(count: int, kind: PartKind, language: Language) -> str:
    """How many more parts did worse than the whole run."""
    say_count = language.say_count
    return {
        "output": say_count(
            "{n} more output did worse than the whole model.", "{n} more outputs did worse than the whole model.", count
        ),
        "set": say_count(
            "On {n} more evaluation set, the model did worse.",
            "On {n} more evaluation sets, the model did worse.",
            count,
        ),
        "loss": say_count(
            "{n} more part of the loss did worse than the total.",
            "{n} more parts of the loss did worse than the total.",
            count,
        ),
    }[kind]


def word_more(count: int, judged: int, kind: PartKind, language: Language) -> tuple[str, str]:
    """How many parts are not judged, and why.

    Args:
        count: The number of these parts.
        judged: The number of the others.
        kind: What the parts are.
        language: The language of the text.
    """
    say_count = language.say_count
    more = {
        "output": say_count("{n} more output", "{n} more outputs", count),
        "set": say_count("{n} more evaluation set", "{n} more evaluation sets", count),
        "loss": say_count("{n} more part of the loss", "{n} more parts of the loss", count),
    }
    return more[kind], language.say(_ONLY_FIRST[kind], n=judged)
