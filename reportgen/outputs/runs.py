"""What the outputs of a pipeline are made of: runs that were judged and held against a gate.

In: nothing. Out: the classes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportgen.gate import GateResult
from reportgen.history.frame import TrainingHistory
from reportgen.wording.diagnosis import Diagnosis

NO_GATE: Final = GateResult()


@dataclass(frozen=True, eq=False)
class JudgedRun:
    """A run with all that is to be said of it.

    Attributes:
        history: The run.
        diagnosis: What was found.
        baseline: An earlier run to compare with; None for none.
        gate: What came of the gate's rules; without any check where there are none.
    """

    history: TrainingHistory
    diagnosis: Diagnosis
    baseline: TrainingHistory | None = None
    gate: GateResult = NO_GATE

    def to_json(self) -> str:
        """The diagnosis, and what came of the gate, as JSON text; no build server finds a command in it."""
        document = self.diagnosis.to_dict()
        if self.gate.checks:
            document["gate"] = self.gate.to_dict()
        text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
        return text.replace("##", "#\\u0023")  # the same to whoever reads JSON


@dataclass(frozen=True, eq=False)
class PipelineRun:
    """One source of a pipeline's step.

    Attributes:
        name: Short and unique within the step, fit for a folder's name.
        source: As it was given.
        judged: The run; None where it could not be read.
        error: Why it could not be read, reported or held against the gate; empty for nothing.
    """

    name: str
    source: str
    judged: JudgedRun | None = None
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing went wrong and no rule of the gate is broken."""
        return not self.error and self.judged is not None and self.judged.gate.passed


def worst_first(runs: Sequence[PipelineRun]) -> list[PipelineRun]:
    """Runs with errors, then those that broke rules, then the others, each in the order given."""
    return sorted(runs, key=lambda run: (not run.error, run.passed))
