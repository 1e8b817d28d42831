"""What a sweep stores for each run: one line of JSON, enough to make the index without reading the run again."""

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
from reportgen.sweep.places import FoundRun
from reportgen.wording.diagnosis import Diagnosis

CURVE_POINTS: Final = 40  # of the judged curve; our choice: more detail than a sparkline or one of many curves can show
_MAX_SETTINGS: Final = 24
_MAX_SLUG: Final = 60  # characters


@dataclass(frozen=True)
class RunResult:
    """The result of one run of a sweep."""

    path: str  # as in `FoundRun`
    title: str  # the run's own title, or one derived from its path
    report: str  # path of the report within the site
    key: str = ""  # hash of the options and of the log's content; empty without a report
    verdict: str = ""  # code of the verdict; empty without a report
    headline: str = ""  # the verdict in words
    monitor: str | None = None  # the metric that was judged, if any, named as Keras logs it
    lower_is_better: bool = True  # whether lower values of that metric are better
    best: float | None = None  # its best value, if any
    best_epoch: int | None = None  # the epoch (1-based) of that value
    last: int | None = None  # the last epoch
    axis: Axis = "epoch"
    epochs: tuple[int, ...] = ()  # epochs of the stored points of the judged curve
    values: tuple[float | None, ...] = ()  # values at these epochs; None for NaN and infinities
    settings: tuple[tuple[str, str], ...] = ()  # settings by name, as text
    error: str = ""  # why there is no report; empty if there is one

    @property
    def cost(self) -> float:
        """The best value, negated if higher is better; infinite if there is none."""
        if self.best is None:
            return math.inf
        return self.best if self.lower_is_better else -self.best

    def to_json(self) -> str:
        """The result on one line."""
        return json.dumps(asdict(self), ensure_ascii=True, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: bytes) -> Self | None:
        """The result of a line; None for a damaged line, such as the last one of a killed process."""
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
    """The path of a run's report, unique to the run's path, in one of 256 folders."""
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    slug = re.sub(r"[^A-Za-z0-9.+_-]+", "-", path)[-_MAX_SLUG:].strip("-.")
    return f"reports/{digest[:2]}/{slug or 'run'}-{digest}.html"


def failed_result(run: FoundRun, error: str) -> RunResult:
    """The result of a run without a report."""
    return RunResult(run.path, run.title, report_name(run.path), error=error)


def judged_result(run: FoundRun, key: str, history: TrainingHistory, diagnosis: Diagnosis) -> RunResult:
    """The result of a run with a report."""
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
    return RunResult(
        path=run.path,
        title=(history.run.title or "").strip() or run.title,
        report=report_name(run.path),
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
    """A value with six digits, more than the index shows; None for NaN and infinities."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _settings(history: TrainingHistory) -> tuple[tuple[str, str], ...]:
    run = history.run
    known = [("optimizer", run.optimizer), *run.optimizer_settings, ("loss", run.loss), ("model", run.model_name)]
    if run.parameters is not None:
        known.append(("parameters", str(run.parameters)))
    return tuple((name, value) for name, value in known if value)[:_MAX_SETTINGS]
