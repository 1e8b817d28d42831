"""Findings on how the training was run: its learning rate, its end, its resumption."""

import numpy as np

from reportgen.diagnosis.findings import Finding, Number, Severity
from reportgen.diagnosis.reading import learning_rate_steps
from reportgen.diagnosis.rules.case import Case


def rule_learning_rate(case: Case) -> list[Finding]:
    """The learning rate changed during the run."""
    history = case.reading.history
    rates = learning_rate_steps(history, case.thresholds)
    if len(rates) < 2:
        return []
    name = str(rates.name)
    logged = history.series(name, "train")
    evidence: dict[str, Number] = {
        "changes": len(rates) - 1,
        "first_value": float(rates.iloc[0]),
        "last_value": float(logged[np.isfinite(logged.to_numpy())].iloc[-1]),
    }
    return [Finding("learning-rate-changed", "note", name, (int(rates.index[1]), int(rates.index[-1])), evidence)]


def rule_status(case: Case) -> list[Finding]:
    """The run ended before its planned last epoch, or was put together of several trainings."""
    run = case.reading.history.run
    found = []
    if run.status in ("interrupted", "stopped-early"):
        severity: Severity = "warning" if run.status == "interrupted" else "note"
        evidence: dict[str, Number] = {"last_epoch": case.last_epoch, "planned_epochs": run.epochs_planned}
        stopping, best = run.early_stopping, case.reading.best_epoch
        if stopping is not None:
            evidence |= {"monitor": stopping.monitor, "patience": stopping.patience}
            evidence |= {"restored_epoch": stopping.restored_epoch, "best_epoch": best}
            if stopping.restored_epoch is None and best is not None and best < case.last_epoch:
                severity = "warning"  # the weights at hand are not the best ones
        found.append(Finding(run.status, severity, None, (case.last_epoch, case.last_epoch), evidence))
    if run.resumed_at:
        span = (run.resumed_at[0], run.resumed_at[-1])
        found.append(Finding("resumed", "note", None, span, {"times": len(run.resumed_at)}))
    return found
