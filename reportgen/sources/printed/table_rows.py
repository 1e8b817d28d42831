"""What the rows of printed tables say: counters, values, and the tool that prints tables with such columns."""

import math
import re
from dataclasses import dataclass
from typing import Final

from reportgen.sources.printed.dict_lines import result_name
from reportgen.sources.printed.entries import Entry
from reportgen.sources.printed.grid import SPLIT_COLUMNS, Columns, Row, cell_count, cell_number

_NO_CURVES: Final = re.compile(
    r"times?|dur|duration|elapsed|elapsed time|eta|seconds|secs?|epoch time|time \(?s\)?|remaining time|wall|fps|it/s|"
    r"speed|time_elapsed|total_timesteps|n_?updates|iterations|episodes|serial_timesteps|timesteps|gpu[_ ]?mem|memory|"
    r"mem|cp|instances|labels|targets|size|img_size|cpu wps|gpu wps|wps|cps|runtime|samples per second|"
    r"stepsize|steps per second|time elapsed.{0,20}|timeelapsed|totalenvinteracts|.{0,40}(?:time|_secs?)",
    re.IGNORECASE,
)
_MATLAB: Final = re.compile(
    r"(?P<split>Mini-batch|Validation|Training)(?P<base> ?(?:Loss|Accuracy|RMSE)|[A-Z][A-Za-z]{2,30})$"
)
_YOLO_NAMES: Final = {"total": "loss", "box": "box_loss", "obj": "obj_loss", "cls": "cls_loss"}  # of YOLOv7
_TRAINS: Final = {"true": True, "train": True, "training": True} | dict.fromkeys(
    ("false", "val", "valid", "validation", "eval", "evaluation", "dev", "test"), False
)
_BOX_TOOL: Final = re.compile(r"rollout/|time/total_timesteps|ep_?rew_?mean|serial_timesteps")


@dataclass(frozen=True)
class _Usage:
    """How the rows of a table are read.

    Attributes:
        tool: The tool that prints such tables; None if that is not certain.
        keys: The meaning of each column by its index; None to guess meanings from names.
        used: The columns with values.
        split: The column that says whether a row is of training; None without one.
        counts_epochs: Whether its steps are rounds, which are counted like epochs.
    """

    tool: str | None
    keys: dict[str, str] | None
    used: tuple[int, ...]
    split: int | None = None
    counts_epochs: bool = False


class TableRows:
    """Reads rows; remembers how the rows of the current table are read."""

    def __init__(self) -> None:
        self._columns: Columns | None = None
        self._used_as = _Usage(None, None, ())

    def read(self, row: Row) -> Entry | None:
        """What a row says; None if it has no values, or nothing that counts."""
        if row.columns.is_split:
            return None
        is_new = row.columns is not self._columns
        if is_new:
            self._columns, self._used_as = row.columns, _usage(row.columns)
        columns, plan = row.columns, self._used_as
        values = {}
        for index in plan.used:
            number = cell_number(row.cells[index])
            if number is not None:
                values[columns.names[index]] = number
        if columns.title:
            kept = {result_name(name): number for name, number in values.items() if math.isfinite(number)}
            return Entry(values=kept, tool="lightning", is_result=True) if kept else None
        if not values:
            return None
        epoch, step = (None if at is None else cell_count(row.cells[at]) for at in (columns.epoch, columns.step))
        known = plan.keys
        if plan.split is not None:
            trains = _TRAINS.get(row.cells[plan.split].strip().lower())
            if trains is None:
                return None
            values = {("" if trains else "val_") + name: number for name, number in values.items()}
            known = {name: name for name in values}
        if plan.counts_epochs:
            epoch, step = step, None
        elif plan.tool in ("spacy", "matlab") and step is not None:
            epoch = None  # a counter of passes over the data, which may be 0 in all rows
        return Entry(
            epoch=None if epoch is None else epoch[0],
            step=None if step is None else int(step[0]),
            planned=None if epoch is None else epoch[1],
            values=values,
            known=known,
            tool=plan.tool,
            is_new=is_new and not columns.is_box,
            replaces=epoch is not None and epoch[1] is not None,
        )


def _usage(columns: Columns) -> _Usage:
    names = columns.names
    counters = {columns.epoch, columns.step}
    split = next((at for at, name in enumerate(names) if name.lower() in SPLIT_COLUMNS), None)
    used = tuple(
        at
        for at, name in enumerate(names)
        if name and at not in counters and at != split and not _NO_CURVES.fullmatch(name.rpartition("/")[2].strip())
    )
    lower = [name.lower() for name in names]
    tool, keys, counts_epochs = None, None, False
    if columns.is_box:
        tool = "stable-baselines3" if any(_BOX_TOOL.search(name) for name in lower) else None
        keys = {name: f"val_{name.removeprefix('eval/')}" if name.startswith("eval/") else name for name in names}
    elif names[:2] == ("E", "#") or (names[:1] == ("Itn",) and "Token %" in names):
        tool, keys = "spacy", {name: _spacy_key(name) for name in names}
    elif "dur" in lower and "epoch" in lower:
        tool = "skorch"
    elif (
        len(names) > 3
        and {"epoch", "train_loss", "valid_loss"} <= set(names)
        and lower.index("train_loss") == lower.index("epoch") + 1
    ):
        tool, keys = (
            "fastai",
            {name: f"val_{name}" for name in names} | {"train_loss": "loss", "valid_loss": "val_loss"},
        )
    elif "Training Loss" in names:
        tool, keys = "transformers", {name: f"val_{name}" for name in names}
        keys |= {"Training Loss": "loss", "Validation Loss": "val_loss"}
    elif names[:2] == ("Iter", "Train Loss") and "Remaining Time" in names:
        tool, keys, counts_epochs = "sklearn", {name: name for name in names} | {"Train Loss": "loss"}, True
    elif names[:3] == ("Iter", "TrainDeviance", "ValidDeviance"):
        tool, keys, counts_epochs = "gbm", {name: name for name in names}, True
        keys |= {"TrainDeviance": "deviance", "ValidDeviance": "val_deviance"}
    elif any(_MATLAB.match(name) for name in names):
        tool, keys = "matlab", {name: _matlab_key(name) for name in names}
    elif "gpu_mem" in lower:
        tool, keys = "ultralytics", {name: _YOLO_NAMES.get(name, name) for name in names}
    return _Usage(tool, keys, used, split, counts_epochs)


def _matlab_key(name: str) -> str:
    match = _MATLAB.match(name)
    if match is None:
        return "learning_rate" if name in ("Base Learning Rate", "LearnRate") else name
    base = match["base"].strip()
    base = "loss" if base == "Loss" else base
    return base if match["split"] in ("Mini-batch", "Training") else f"val_{base}"


def _spacy_key(name: str) -> str:
    words = name.lower()
    if words.startswith("loss ") or words.endswith(" loss"):
        return words.removeprefix("loss ").removesuffix(" loss") + " loss"
    return f"val_{name}"
