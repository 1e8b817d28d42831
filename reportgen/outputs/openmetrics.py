"""Runs as OpenMetrics text, for Prometheus and for GitLab's comparison of branches."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from reportgen import metrics
from reportgen.diagnosis.reading import best_logged
from reportgen.outputs.runs import JudgedRun, PipelineRun
from reportgen.page.value_tables import result_keys
from reportgen.text import printable

_FAMILIES: Final = {
    "reportgen_best": "Best finite value of a curve.",
    "reportgen_last": "Last value of a curve.",
    "reportgen_best_epoch": "Epoch (1-based) of the best value of the judged curve.",
    "reportgen_epochs": "Last epoch of the run.",
    "reportgen_best_step": "Step of that value, for a run counted in steps.",
    "reportgen_steps": "Last step of such a run.",
    "reportgen_answer_probability": "Probability that the answer to a question is yes.",
    "reportgen_gate_failures": "Number of gate rules that the run broke.",
}
# GitLab (EE, metrics/generic.rb) cuts lines at "#" before it looks for quotes.
_LABEL_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "#": "\N{FULLWIDTH NUMBER SIGN}"})


def render_openmetrics(runs: Sequence[PipelineRun]) -> str:
    """All numbers of the runs, ending with ``# EOF``; runs that could not be read are left out.

    Non-finite values are written as NaN, +Inf and -Inf.
    """
    families: dict[str, dict[str, float]] = defaultdict(dict)
    for run in runs:
        if run.judged is not None:
            for family, labels, value in _samples(run.judged):
                # Keyed by name: names that differ only in unprintable characters would give two samples with one name.
                families[family][f"{family}{{{_write_labels({'run': run.name, **labels})}}}"] = value
    lines = []
    for family, text in _FAMILIES.items():
        if family in families:
            lines += [f"# TYPE {family} gauge", f"# HELP {family} {text}"]
            lines += [f"{name} {_write_number(value)}" for name, value in families[family].items()]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _samples(run: JudgedRun) -> Iterator[tuple[str, dict[str, str], float]]:
    """Family, labels and value of each number of a run."""
    for key in result_keys(run.history):
        best = best_logged(run.history, key)
        if best is not None:
            yield "reportgen_best", {"metric": key}, best[0]
        yield "reportgen_last", {"metric": key}, float(run.history.series(*metrics.parse_key(key)).iloc[-1])
    if run.diagnosis.best_epoch is not None:
        yield f"reportgen_best_{run.history.axis}", {}, run.diagnosis.best_epoch
    yield f"reportgen_{run.history.axis}s", {}, run.diagnosis.epochs
    for question, answer in run.diagnosis.answers.items():
        if answer.probability is not None:
            yield "reportgen_answer_probability", {"question": question}, answer.probability
    if run.gate.checks:
        yield "reportgen_gate_failures", {}, len(run.gate.failures)


def _write_labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{printable(value).translate(_LABEL_ESCAPES)}"' for name, value in labels.items())


def _write_number(value: float) -> str:
    """Six significant digits: more would be noise that shows up as a change between branches."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else f"{value:.6g}"
