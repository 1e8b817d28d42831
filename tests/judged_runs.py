"""Diagnosed runs as input for the pipeline outputs."""

import reportgen
from reportgen.gate import GateRules, check_gate
from reportgen.outputs.runs import JudgedRun, PipelineRun

NO_RULES = GateRules()


def judged(history, baseline=None, rules=NO_RULES):
    diagnosis = reportgen.build(history, baseline=baseline).diagnosis
    return JudgedRun(history, diagnosis, baseline, check_gate(history, diagnosis, rules, baseline))


def pipeline(*histories_made, errors=()):
    unlike = {id(history): history for history in histories_made}
    known = {key: judged(history, rules=GateRules(("overfitting",))) for key, history in unlike.items()}
    runs = [
        PipelineRun(f"run-{number}", f"run-{number}.csv", known[id(history)])
        for number, history in enumerate(histories_made, 1)
    ]
    return [*runs, *(PipelineRun(name, name, error=f"{name}: no such file") for name in errors)]
