"""The runs of a pipeline, judged and checked against a gate, as its outputs need them."""

import json
from dataclasses import dataclass
from typing import Any, Final

from reportgen.gate import GateResult
from reportgen.history.evaluation import Evaluation
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CHOSEN_RUN, MORE
from reportgen.text import harmless_json
from reportgen.wording.diagnosis import Diagnosis

NO_GATE: Final = GateResult()


@dataclass(frozen=True, eq=False)
class JudgedRun:
    """A run with its diagnosis and the result of its gate."""

    history: TrainingHistory
    diagnosis: Diagnosis
    baseline: TrainingHistory | None = None
    gate: GateResult = NO_GATE  # the result of the gate; without checks if there are no rules

    def to_json(self) -> str:
        """Diagnosis and gate as JSON text that no build server can mistake for a command."""
        document = self.diagnosis.to_dict()
        if runs := runs_data(self.history):
            document["runs"] = runs
        if (evaluation := self.history.run.evaluation) is not None:
            document["evaluation"] = _shortened(evaluation)
        if outputs := self.history.run.output_evaluations:
            document["output_evaluations"] = {name: _shortened(each) for name, each in outputs}
        if self.gate.checks:
            document["gate"] = self.gate.to_dict()
        return harmless_json(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False))


def _shortened(evaluation: Evaluation) -> dict[str, Any]:
    whole = evaluation.to_dict()
    return {name: whole[name] for name in ("task", "rows", "scores")}


def runs_data(history: TrainingHistory) -> dict[str, Any]:
    """Which of several runs in a source this is, and the names of the first others; empty if it is the only one."""
    note = next((note for note in history.run.notes if note.code == CHOSEN_RUN), None)
    if note is None:
        return {}
    named = note.get("runs")
    others = [name for name in named if name != MORE] if isinstance(named, tuple) else []
    return {"count": note.get("count"), "number": note.get("number"), "name": note.get("run"), "others": others}


@dataclass(frozen=True, eq=False)
class PipelineRun:
    """One source of a CI step."""

    name: str  # short, unique within the step, and a valid folder name
    source: str  # the source as given
    judged: JudgedRun | None = None  # the run; None if it could not be read
    error: str = ""  # why it could not be read, reported or checked, without quotes from it; empty if nothing failed

    @property
    def passed(self) -> bool:
        """Whether nothing failed and no rule of the gate is broken."""
        return not self.error and self.judged is not None and self.judged.gate.passed
