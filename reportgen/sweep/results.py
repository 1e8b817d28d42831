"""What a sweep stores for each run: one line of JSON, enough to make the index without reading the run again."""

import hashlib
import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final, Self, get_args

import numpy as np

from reportgen import metrics
from reportgen.charts.thinning import kept
from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.reading import best_logged
from reportgen.diagnosis.score_names import final_scores
from reportgen.diagnosis.smoothing import noise_level
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import is_text
from reportgen.languages import Axis
from reportgen.page.value_tables import epoch_time
from reportgen.sweep.places import FoundRun
from reportgen.text import harmless_json, printable
from reportgen.wording.diagnosis import Diagnosis

CURVE_POINTS: Final = 40  # of the judged curve; our choice: more detail than a sparkline or one of many curves can show
_FEWEST_FOR_NOISE: Final = 8  # values; our choice
_MAX_SETTINGS: Final = 60
_MAX_SCORES: Final = 20  # our choice; the index shows the first few
_MAX_FOUND: Final = 20  # of the settings that the recorder found, such as those of layers; our choice
_COMMIT: Final = 8  # digits of a commit, as in short hashes
_MAX_SLUG: Final = 60  # characters
_MAX_WORDS: Final = 200  # characters of a title or a setting; the index shows fewer
_MAX_TEXT: Final = 8192  # characters of any text, such as a path
_MAX_EPOCH: Final = 2**53  # larger ones are not exact in JSON
MAX_LINE: Final = 1 << 18  # bytes of a line, more than these limits allow


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
    best_logged: float | None = None  # the best value of all, by which groups are compared
    best_logged_epoch: int | None = None  # its epoch
    noise: float | None = None  # of that metric from epoch to epoch in the second half, as a standard deviation
    last: int | None = None  # the last epoch
    axis: Axis = "epoch"
    epochs: tuple[int, ...] = ()  # epochs of the stored points of the judged curve
    values: tuple[float | None, ...] = ()  # values at these epochs; None for NaN and infinities
    settings: tuple[tuple[str, str], ...] = ()  # settings by name, as text
    epoch_s: float | None = None  # median of the seconds per epoch, if known
    memory_bytes: int | None = None  # peak of the memory of the training, if it was sampled
    scores: tuple[tuple[str, float], ...] = ()  # on test data, by name
    error: str = ""  # why there is no report; empty if there is one

    @property
    def cost(self) -> float:
        """The best value, negated if higher is better; infinite without one."""
        if self.best is None:
            return math.inf
        return self.best if self.lower_is_better else -self.best

    def to_json(self) -> str:
        """The result on one line."""
        return harmless_json(json.dumps(asdict(self), ensure_ascii=True, allow_nan=False, separators=(",", ":")))

    @classmethod
    def from_json(cls, line: bytes) -> Self | None:
        """The result of a line; None for a line that is damaged, or that no sweep of this version writes."""
        try:
            data = json.loads(line)
            if not isinstance(data, dict) or data.keys() != _VALID.keys():
                return None
            result = cls(**{name: _frozen(value) for name, value in data.items()})
            is_valid = all(check(getattr(result, name)) for name, check in _VALID.items())
        except (ValueError, TypeError, RecursionError):
            return None
        return result if is_valid and result.is_consistent else None

    @property
    def is_consistent(self) -> bool:
        """Whether its parts belong together: others may have changed the file that results are read from."""
        return (
            self.report == report_name(self.path)
            and len(self.epochs) == len(self.values)
            and all(before < after for before, after in pairwise(self.epochs))
            and bool(self.key and self.verdict) != bool(self.error)
        )


def _frozen(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(_frozen(part) if isinstance(part, list) else part for part in value)


def _is_path(value: object) -> bool:
    """Whether a value may be a path, which can have lone surrogates: bytes of a name that is not UTF-8."""
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _is_text(value: object) -> bool:
    return _is_path(value) and is_text(value)


def _is_epoch(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MAX_EPOCH


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max  # type: ignore[arg-type]  # also no NaN


def _is_tuple_of(check: Callable[[object], bool], most: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, tuple) and len(value) <= most and all(map(check, value))


def _or_none(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or check(value)


def _one_of(*allowed: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in allowed


def _is_setting(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(map(_is_text, value))


def _is_score(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and _is_text(value[0]) and _is_number(value[1])


_VALID: Final[Mapping[str, Callable[[Any], bool]]] = {  # what each value of a line must be
    "path": _is_path,
    "title": _is_text,
    "report": _is_text,
    "key": _is_text,
    "verdict": _one_of("", *get_args(VerdictCode)),
    "headline": _is_text,
    "monitor": _or_none(_is_text),
    "lower_is_better": lambda value: isinstance(value, bool),
    "best": _or_none(_is_number),
    "best_epoch": _or_none(_is_epoch),
    "best_logged": _or_none(_is_number),
    "best_logged_epoch": _or_none(_is_epoch),
    "noise": _or_none(_is_number),
    "last": _or_none(_is_epoch),
    "axis": _one_of(*get_args(Axis)),
    "epochs": _is_tuple_of(_is_epoch, CURVE_POINTS),
    "values": _is_tuple_of(_or_none(_is_number), CURVE_POINTS),
    "settings": _is_tuple_of(_is_setting, _MAX_SETTINGS),
    "epoch_s": _or_none(_is_number),
    "memory_bytes": _or_none(_is_epoch),
    "scores": _is_tuple_of(_is_score, _MAX_SCORES),
    "error": _is_text,
}


def report_name(path: str) -> str:
    """The path of a run's report, unique to the run's path, in one of 256 folders."""
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    slug = re.sub(r"[^A-Za-z0-9.+_-]+", "-", path)[-_MAX_SLUG:].strip("-.")
    return f"reports/{digest[:2]}/{slug or 'run'}-{digest}.html"


def failed_result(run: FoundRun, error: str) -> RunResult:
    """The result of a run without a report."""
    return RunResult(run.path, printable(run.title, _MAX_WORDS), report_name(run.path), error=error)


def judged_result(run: FoundRun, key: str, history: TrainingHistory, diagnosis: Diagnosis) -> RunResult:
    """The result of a run with a report."""
    epochs: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()
    best, lower = None, True
    logged_best: tuple[float, int] | None = None
    noise: float | None = None
    if diagnosis.monitor is not None:
        metric, split = metrics.parse_key(diagnosis.monitor)
        series = history.series(metric, split)
        lower = history.direction(metric) != "higher"
        logged_best = best_logged(history, diagnosis.monitor)
        logged = series.to_numpy(dtype=np.float64)
        chosen = kept(series.index.to_numpy(), logged, CURVE_POINTS)
        epochs = tuple(int(epoch) for epoch in series.index.to_numpy()[chosen])
        values = tuple(_number(value) for value in logged[chosen].tolist())
        late = logged[len(logged) // 2 :]
        noise = _number(noise_level(late[np.isfinite(late)])) if len(late) >= _FEWEST_FOR_NOISE else None
        if diagnosis.best_epoch is not None:
            best = _number(float(series.get(diagnosis.best_epoch, math.nan)))
    return RunResult(
        path=run.path,
        title=printable((history.run.title or "").strip() or run.title, _MAX_WORDS),
        report=report_name(run.path),
        key=key,
        verdict=diagnosis.verdict,
        headline=diagnosis.verdict_words.title,
        monitor=diagnosis.monitor,
        lower_is_better=lower,
        best=best,
        best_epoch=diagnosis.best_epoch,
        best_logged=None if logged_best is None else _number(logged_best[0]),
        best_logged_epoch=None if logged_best is None else logged_best[1],
        noise=noise,
        last=int(history.epochs[-1]),
        axis=history.axis,
        epochs=epochs,
        values=values,
        settings=_settings(history),
        epoch_s=None if (seconds := epoch_time(history.run)) is None else _number(seconds),
        memory_bytes=None if history.run.resources is None else max(history.run.resources.memory_bytes),
        scores=_scores(history),
    )


def _number(value: float) -> float | None:
    """A value with six digits, more than the index shows; None for NaN and infinities."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _scores(history: TrainingHistory) -> tuple[tuple[str, float], ...]:
    """The scores on test data, by name."""
    numbers = ((name[:_MAX_WORDS], _number(value)) for name, value in final_scores(history).items())
    return tuple((name, value) for name, value in numbers if value is not None)[:_MAX_SCORES]


def _settings(history: TrainingHistory) -> tuple[tuple[str, str], ...]:
    run = history.run
    known: list[tuple[str, str | None]] = [
        *run.params,
        ("tags", ", ".join(run.tags)),
        ("optimizer", run.optimizer),
        *run.optimizer_settings,
    ]
    known += [("loss", run.loss), ("model", run.model_name)]
    if run.parameters is not None:
        known.append(("parameters", str(run.parameters)))
    origin = dict(run.provenance)
    known += [*run.settings[:_MAX_FOUND], ("commit", origin.get("commit", "")[:_COMMIT])]
    return tuple((name[:_MAX_WORDS], value[:_MAX_WORDS]) for name, value in known if value)[:_MAX_SETTINGS]
