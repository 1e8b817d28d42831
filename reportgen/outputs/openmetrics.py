"""Runs as OpenMetrics text, which GitLab compares between branches and Prometheus reads.

In: the runs of a pipeline. Out: text that ends with ``# EOF``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reportgen import metrics
from reportgen.diagnosis.reading import best_logged
from reportgen.outputs.runs import JudgedRun, PipelineRun
from reportgen.page.rows import result_keys
from reportgen.text import printable

_FAMILIES: Final = {
    "reportgen_best": "Best finite value of a curve.",
    "reportgen_last": "Last value of a curve.",
    "reportgen_best_epoch": "Epoch (1-based) of the best value of the curve that the run is judged by.",
    "reportgen_epochs": "Last epoch of the run.",
    "reportgen_best_step": "Step of that value, of a run that is counted in steps.",
    "reportgen_steps": "Last step of such a run.",
    "reportgen_answer_probability": "Probability that the answer to a question is yes.",
    "reportgen_gate_failures": "Rules of the gate that the run broke.",
}
# GitLab (EE, metrics/generic.rb) cuts a line at a number sign before it looks for quotes.
_LABEL_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "#": "\N{FULLWIDTH NUMBER SIGN}"})


@dataclass(frozen=True)
class _Sample:
    family: str
    labels: tuple[tuple[str, str], ...]
    value: float


def render_openmetrics(runs: Sequence[PipelineRun]) -> str:
    """All that can be counted of the runs; those that could not be read are left out.

    Values that are not finite stand as NaN, +Inf and -Inf.
    """
    samples = [sample for run in runs if run.judged is not None for sample in _samples(run.name, run.judged)]
    lines = []
    for family, text in _FAMILIES.items():
        # By name, since names that differ in unprintable characters only would make two samples of one name.
        members = {f"{family}{{{_labels(each.labels)}}}": each.value for each in samples if each.family == family}
        if members:
            lines += [f"# TYPE {family} gauge", f"# HELP {family} {text}"]
            lines += [f"{name} {_number(value)}" for name, value in members.items()]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _samples(name: str, run: JudgedRun) -> Iterator[_Sample]:
    of_run = (("run", name),)
    for key in result_keys(run.history):
        labels = (*of_run, ("metric", key))
        best = best_logged(run.history, key)
        if best is not None:
            yield _Sample("reportgen_best", labels, best[0])
        yield _Sample("reportgen_last", labels, float(run.history.series(*metrics.parse_key(key)).iloc[-1]))
    if run.diagnosis.best_epoch is not None:
        yield _Sample(f"reportgen_best_{run.history.axis}", of_run, run.diagnosis.best_epoch)
    yield _Sample(f"reportgen_{run.history.axis}s", of_run, run.diagnosis.epochs)
    for question, answer in run.diagnosis.answers.items():
        if answer.probability is not None:
            yield _Sample("reportgen_answer_probability", (*of_run, ("question", question)), answer.probability)
    if run.gate.checks:
        yield _Sample("reportgen_gate_failures", of_run, len(run.gate.failures))


def _labels(pairs: Sequence[tuple[str, str]]) -> str:
    return ",".join(f'{name}="{printable(value).translate(_LABEL_ESCAPES)}"' for name, value in pairs)


def _number(value: float) -> str:
    """Six significant digits: what lies beyond is noise, which would show as a change between branches."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else f"{value:.6g}"
