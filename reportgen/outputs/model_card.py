"""A section of a model card in Markdown, and its metadata for the Hugging Face Hub.

The metadata follow https://github.com/huggingface/hub-docs/blob/main/modelcard.md: ``model-index`` with task, dataset
and metrics. Only what the run shows is written: test scores, or else the validation values of one epoch.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from reportgen import metrics
from reportgen.diagnosis.score_names import final_scores
from reportgen.errors import DiagnosisError
from reportgen.history.frame import TrainingHistory
from reportgen.outputs.gfm import plain, rows_of, table_head
from reportgen.outputs.runs import JudgedRun
from reportgen.page.contents import ReportWords
from reportgen.page.words import word_report
from reportgen.text import printable

_MOST_METRICS: Final = 40
_HUB_NAMES: Final = {  # ids at https://hf.co/metrics of what tools call otherwise
    **dict.fromkeys(("acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"), "accuracy"),
    **dict.fromkeys(("auc", "roc_auc_score"), "roc_auc"),
    **dict.fromkeys(("mae", "mean_absolute_error"), "mae"),
    **dict.fromkeys(("mse", "mean_squared_error"), "mse"),
}
_LINK: Final = "https://github.com/keras-reportgen/keras-reportgen"


@dataclass(frozen=True)
class CardFacts:
    """What a log does not say about a model.

    Attributes:
        model: Name of the model on the Hub.
        task: Its task, such as ``image-classification``.
        dataset: Name of the data that it was tested on.
        dataset_id: Their id on the Hub (default: their name).
        epoch: The epoch whose weights are published (default: those that early stopping restored, or the last).
    """

    model: str | None = None
    task: str | None = None
    dataset: str | None = None
    dataset_id: str | None = None
    epoch: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether there can be metadata."""
        return bool(self.model and self.task and self.dataset)


def render_card(run: JudgedRun, facts: CardFacts) -> str:
    """The section, below the metadata if the facts are complete.

    Raises:
        DiagnosisError: the run has no such epoch.
    """
    words = word_report(run.history, run.diagnosis, run.baseline)
    head = "".join(f"{line}\n" for line in _metadata(run.history, facts)) if facts.is_complete else ""
    epoch = _epoch(run.history, facts)
    return head + "".join(f"{line}\n" for line in _section(words, run.history, epoch))


def _epoch(history: TrainingHistory, facts: CardFacts) -> int:
    """The epoch whose weights the card is about."""
    known = {int(epoch) for epoch in history.epochs}
    last = max(known)
    if facts.epoch is not None and facts.epoch not in known:
        raise DiagnosisError(
            f"The run has no {history.axis} {facts.epoch}; it ends at {last}. Pass the {history.axis} of the weights "
            "that are published."
        )
    stopping = history.run.early_stopping
    restored = None if stopping is None else stopping.restored_epoch
    chosen = facts.epoch if facts.epoch is not None else restored
    return chosen if chosen in known else last


def _metadata(history: TrainingHistory, facts: CardFacts) -> Iterator[str]:
    """The metadata in YAML. Texts are written as JSON strings, which are also YAML."""
    split, found = _results(history, _epoch(history, facts))
    if not found:
        return
    yield from ("---", "model-index:")
    yield f"- name: {_text(facts.model)}"
    yield from ("  results:", "  - task:")
    yield f"      type: {_text(facts.task)}"
    yield "    dataset:"
    yield f"      type: {_text(facts.dataset_id or facts.dataset)}"
    yield f"      name: {_text(facts.dataset)}"
    yield f"      split: {split}"
    yield "    metrics:"
    for name, value in found:
        yield f"    - type: {_text(_HUB_NAMES.get(name, name))}"
        yield f"      value: {_number(value)}"
        yield f"      name: {_text(metrics.label(name))}"
    yield from ("---", "")


def _results(history: TrainingHistory, epoch: int) -> tuple[str, list[tuple[str, float]]]:
    """The split, and its finite values by the name of the metric: test scores, or validation values of an epoch."""
    tested = [(name, float(value)) for name, value in final_scores(history).items() if math.isfinite(value)]
    if tested:
        return "test", tested[:_MOST_METRICS]
    found = []
    for name in metrics.reading_order(dict.fromkeys(history.results)):
        if history.has(name, "validation"):
            series = history.series(name, "validation")
            value = float(series.get(epoch, math.nan))
            if math.isfinite(value):
                found.append((name, value))
    return "validation", found[:_MOST_METRICS]


def _number(value: float) -> str:
    """Six significant digits. YAML 1.1 takes 1e-07 for text, but not 1.0e-07."""
    mantissa, _, exponent = f"{value:.6g}".partition("e")
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}e{exponent}" if exponent else mantissa


def _text(value: Any) -> str:
    return json.dumps(printable(" ".join(str(value).split()), 200), ensure_ascii=False)


def _section(words: ReportWords, history: TrainingHistory, epoch: int) -> Iterator[str]:
    """Verdict, results, settings and findings."""
    say = words.language.say
    yield f"## {plain(say('Training'))}"
    for text in (words.language.join(words.headline, words.detail), words.status, words.test_results):
        if text:
            yield from ("", plain(text))
    if words.identity:
        yield from ("", plain(" · ".join(words.identity)))
    if epoch != int(history.epochs[-1]):
        yield from ("", plain(say("The published weights are those of epoch {epoch}.", epoch=epoch)))
    titled = [
        (say("{name}: {text}", name=part.output, text=part.scores.title), part.scores)
        for part in words.evaluations
        if part.output
    ]
    titled += [(part.scores.title, part.scores) for part in words.evaluations if not part.output]
    titled += [(table.title, table) for table in (words.values, words.settings, words.layers) if table is not None]
    for title, table in titled:
        if table.rows:
            yield from ("", f"### {plain(title)}", "")
            yield from table_head(table.headers, table.numbers)
            yield from rows_of(table)[: _MOST_METRICS * 2]
    findings = [found for found in words.findings if not found.restates and found.severity != "good"]
    if findings:
        yield from ("", f"### {plain(say('Findings'))}", "")
        yield from (f"- **{plain(found.title)}**: {plain(found.text)}" for found in findings)
    yield from ("", f"[{plain(say('Made with reportgen'))}]({_LINK})")
