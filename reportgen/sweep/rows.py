"""What is kept of each run of a sweep: one small row, as JSON on one line.

In: a judged run, or why there is none. Out: a `Row`, from which index pages are made without looking at the run again.
"""

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Self

import numpy as np

from reportgen import metrics
from reportgen.charts.thinning import kept
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Axis
from reportgen.sweep.places import Source
from reportgen.wording.diagnosis import Diagnosis

CURVE_POINTS: Final = 40  # of the judged curve; our choice: more than a sparkline or one of many curves shows
_SETTINGS: Final = 24  # of a run
_SLUG: Final = 60  # characters


@dataclass(frozen=True)
class Row:
    """One run of a sweep.

    Attributes:
        path: As `Source` has it.
        title: The run's own name, or one made of its path.
        report: Its file within the site.
        key: Of what the report was made: options and content of the log; empty where there is no report.
        verdict: The code; empty for an error.
        headline: The verdict in words.
        monitor: The judged curve; None where none is.
        lower_is_better: Of its values.
        best: Its value at the best epoch; None where there is none.
        best_epoch: 1-based.
        last: The last epoch.
        axis: What epochs are.
        epochs: Of the points kept of the judged curve.
        values: At those; None for what is no number.
        settings: By name, as text.
        error: Why there is no report; empty for nothing.
    """

    path: str
    title: str
    report: str
    key: str = ""
    verdict: str = ""
    headline: str = ""
    monitor: str | None = None
    lower_is_better: bool = True
    best: float | None = None
    best_epoch: int | None = None
    last: int | None = None
    axis: Axis = "epoch"
    epochs: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    error: str = ""

    def to_json(self) -> str:
        """The row on one line."""
        return json.dumps(asdict(self), ensure_ascii=True, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: bytes) -> Self | None:
        """A row from its line; None for a line that is none, as a killed process leaves it."""
        try:
            data = json.loads(line)
            if not isinstance(data, dict) or set(data) != {item.name for item in fields(cls)}:
                return None
            pairs = tuple((str(name), str(value)) for name, value in data.pop("settings"))
            return cls(**{name: _frozen(value) for name, value in data.items()}, settings=pairs)
        except (ValueError, TypeError):
            return None


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def report_name(path: str) -> str:
    """The file of a run's report: the same for the same path, another for every other, in one of 256 folders."""
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    slug = re.sub(r"[^A-Za-z0-9.+_-]+", "-", path)[-_SLUG:].strip("-.")
    return f"reports/{digest[:2]}/{slug or 'run'}-{digest}.html"


def failed_row(source: Source, error: str) -> Row:
    """The row of a run without a report."""
    return Row(source.path, source.title, report_name(source.path), error=error)


def judged_row(source: Source, key: str, history: TrainingHistory, diagnosis: Diagnosis) -> Row:
    """The row of a run that was reported on."""
    epochs: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()
    best, lower = None, True
    if diagnosis.monitor is not None:
        metric, split = metrics.parse_key(diagnosis.monitor)
        series = history.series(metric, split)
        lower = history.direction(metric) != "higher"
        logged = series.to_numpy(dtype=np.float64)
        chosen = kept(series.index.to_numpy(), logged, CURVE_POINTS)
        epochs = tuple(int(epoch) for epoch in series.index.to_numpy()[chosen])
        values = tuple(_number(value) for value in logged[chosen].tolist())
        if diagnosis.best_epoch is not None:
            best = _number(float(series.get(diagnosis.best_epoch, math.nan)))
    return Row(
        path=source.path,
        title=(history.run.title or "").strip() or source.title,
        report=report_name(source.path),
        key=key,
        verdict=diagnosis.verdict,
        headline=diagnosis.verdict_words.title,
        monitor=diagnosis.monitor,
        lower_is_better=lower,
        best=best,
        best_epoch=diagnosis.best_epoch,
        last=int(history.epochs[-1]),
        axis=history.axis,
        epochs=epochs,
        values=values,
        settings=_settings(history),
    )


def _number(value: float) -> float | None:
    """A value to six digits, which is more than is shown; None for NaN and infinities."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _settings(history: TrainingHistory) -> tuple[tuple[str, str], ...]:
    """What the source tells of how the run was set up."""
    run = history.run
    known = [("optimizer", run.optimizer), *run.optimizer_settings, ("loss", run.loss), ("model", run.model_name)]
    if run.parameters is not None:
        known.append(("parameters", str(run.parameters)))
    return tuple((name, value) for name, value in known if value)[:_SETTINGS]
