"""What particular tools write into their rows of JSON: which names count, which are results, and which are neither."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np

from reportgen.sources.json_curves import is_numeric
from reportgen.sources.restarts import has_parts
from reportgen.sources.table.naming import EPOCH, LEFT_OUT, STEP

Row = dict[str, Any]
_NOTHING: Final = re.compile(r"(?!)")
# COCO's summary, as DETR and its descendants log it.
_COCO: Final = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")


@dataclass(frozen=True)
class RowDialect:
    """How one tool writes rows.

    Attributes:
        tool: Key of the tool; None if several tools write this.
        fits: Whether the names of the first rows are of this tool.
        left_out: Names that are neither metrics nor settings of an epoch.
        names: Other names, as Keras logs them, ``epoch`` or ``step``.
        prefixes: Beginnings of names, and what replaces them.
        is_summary: Whether a row is not part of the curves.
        arranged: Changes all rows together, for tools whose rows depend on each other.
        completed: Names of the last step and of the planned one.
    """

    tool: str | None
    fits: Callable[[Collection[str]], bool]
    left_out: re.Pattern[str] = _NOTHING
    names: Mapping[str, str] = field(default_factory=dict)
    prefixes: tuple[tuple[str, str], ...] = ()
    is_summary: Callable[[Mapping[str, Any]], bool] = lambda row: False
    arranged: Callable[[list[Row]], list[Row]] | None = None
    completed: tuple[str, str] | None = None

    def key_of(self, name: str) -> str:
        """The meaning of a name."""
        if name in self.names:
            return self.names[name]
        if self.left_out.fullmatch(name):
            return LEFT_OUT
        for prefix, key in self.prefixes:
            if name.startswith(prefix) and len(name) > len(prefix):
                return key + name[len(prefix) :]
        return name


def _has(*names: str, any_of: Collection[str] = ()) -> Callable[[Collection[str]], bool]:
    def fits(found: Collection[str]) -> bool:
        return all(name in found for name in names) and (not any_of or any(name in found for name in any_of))

    return fits


def _is_trainer(found: Collection[str]) -> bool:
    if "epoch" not in found and "step" not in found and "global_step" not in found:
        return False
    marks = ("grad_norm", "train_runtime", "eval_runtime", "eval_loss", "total_flos", "num_input_tokens_seen")
    return ("learning_rate" in found and "loss" in found and "step" in found) or any(name in found for name in marks)


def _is_fairseq(found: Collection[str]) -> bool:
    return any(name.endswith(("wps", "num_updates")) for name in found) and any(
        name.endswith(("gnorm", "ppl", "wpb", "ups", "bsz")) for name in found
    )


def _is_chainer(found: Collection[str]) -> bool:
    return any(name.startswith("main/") for name in found)


def _is_reinforcement(found: Collection[str]) -> bool:
    return any(name.startswith("rollout/") for name in found) and any(name.startswith("time/") for name in found)


def _arrange_mm(rows: list[Row]) -> list[Row]:
    """Gives evaluations of MMEngine and MMCV the step or epoch after which they ran.

    MMCV counts batches of an evaluation as ``iter``; MMEngine counts epochs as ``step`` if the training counts epochs.
    Iterations that begin again in each epoch are left out.
    """
    trained = [row for row in rows if not _is_mm_evaluation(row)]
    iterations = [float(row["iter"]) for row in trained if is_numeric(row.get("iter"))]
    ascends = all(first <= second for first, second in pairwise(iterations))
    by_epoch = any("epoch" in row for row in trained)
    epochs = [float(row["epoch"]) for row in trained if is_numeric(row.get("epoch"))]
    if by_epoch and not ascends and not has_parts(np.array(epochs)):
        rows = _averaged_epochs(rows)
    last: Row = {}
    made = []
    for row in rows:
        if not _is_mm_evaluation(row):
            last = row
            made.append({key: value for key, value in row.items() if key != "iter" or (ascends and "step" not in row)})
            continue
        row = {key: value for key, value in row.items() if key not in ("iter", "lr")}
        step = last.get("step", last.get("iter") if ascends else None)
        if by_epoch and "epoch" not in row:
            row["epoch"] = row.get("step", last.get("epoch"))
        if step is not None:
            row["step" if "step" in last else "iter"] = step
        elif "step" in row:
            del row["step"]
        made.append(row)
    return made


def _averaged_epochs(rows: list[Row]) -> list[Row]:
    """Training rows of one epoch below each other as one row, where too few epochs show that they have several."""
    made: list[Row] = []
    group: list[Row] = []
    for row in [*rows, {}]:
        is_of_epoch = bool(row) and not _is_mm_evaluation(row) and "epoch" in row
        if group and not (is_of_epoch and row["epoch"] == group[0]["epoch"]):
            made.append(_mean_row(group))
            group = []
        if is_of_epoch:
            group.append(row)
        elif row:
            made.append(row)
    return made


def _mean_row(rows: list[Row]) -> Row:
    """The means of the numbers of rows; the last value of what is not a number in one of them."""
    made = dict(rows[-1])
    for name in made:
        numbers = [row[name] for row in rows if is_numeric(row.get(name))]
        if len(numbers) == len(rows) > 1 and name != "epoch":
            made[name] = sum(map(float, numbers)) / len(numbers)
    return made


def _is_mm_evaluation(row: Mapping[str, Any]) -> bool:
    mode = row.get("mode")
    if mode is not None:
        return mode != "train"
    return "loss" not in row and "lr" not in row and "base_lr" not in row and not any("/loss" in name for name in row)


def _named_coco(rows: list[Row]) -> list[Row]:
    """Names the numbers of COCO's summary."""
    made = []
    for row in rows:
        flat: Row = {}
        for name, value in row.items():
            if "coco_eval" in name and isinstance(value, list) and len(value) == len(_COCO):
                kind = name.rpartition("_")[2]
                flat |= {f"test_{kind}_{part}": number for part, number in zip(_COCO, value, strict=True)}
            else:
                flat[name] = value
        made.append(flat)
    return made


DIALECTS: Final[Sequence[RowDialect]] = (
    RowDialect(
        "llama-factory",
        _has("current_steps", "total_steps"),
        re.compile(r"total_steps|percentage|elapsed_time|remaining_time|throughput|total_tokens|vram_\w+"),
        {"current_steps": STEP, "epoch": EPOCH},
        (("eval_", "val_"), ("predict_", "val_")),
        completed=("current_steps", "total_steps"),
    ),
    RowDialect(
        "detectron2",
        _has("iteration", "total_loss", any_of=("data_time", "eta_seconds", "time", "lr")),
        names={"iteration": STEP, "validation_loss": "val_loss", "total_val_loss": "val_total_loss"},
        prefixes=(("bbox/", "val_bbox/"), ("segm/", "val_segm/"), ("keypoints/", "val_keypoints/")),
    ),
    RowDialect(
        "mmengine",
        lambda found: _has("iter", any_of=("data_time", "memory", "base_lr"))(found),
        re.compile(r"env_info|config|seed|exp_name|hook_msgs|\w+_copypaste"),
        arranged=_arrange_mm,
    ),
    RowDialect(
        "fairseq",
        _is_fairseq,
        re.compile(r"update|valid_num_updates|(?:valid_|train_)?(?:num_updates_best|best_loss|wall|train_wall)"),
        {"num_updates": STEP, "train_num_updates": STEP},
    ),
    RowDialect(
        "skorch",
        _has("dur", "train_loss"),
        re.compile(r"batches|dur|event_\w+|\w+_best|\w+_batch_count"),
        {"epoch": EPOCH, "train_loss": "loss", "valid_loss": "val_loss"},
        (("valid_", "val_"), ("train_", "")),
    ),
    RowDialect(
        "allennlp",
        _has("training_loss", any_of=("best_epoch", "training_epochs", "training_duration", "peak_cpu_memory_MB")),
        re.compile(
            r"best_\w+(?:-\w+)?|peak_\S+|training_(?:duration|start_epoch|epochs)|training_\w*memory\w*|validation_\w*memory\w*"
        ),
        {"epoch": EPOCH},
        (("training_", ""), ("validation_", "val_")),
    ),
    RowDialect("chainer", _is_chainer, re.compile(r"elapsed_time"), {"epoch": EPOCH, "iteration": STEP},
               (("validation/main/", "val_"), ("main/", ""))),
    RowDialect(
        "rllib",
        _has("training_iteration", any_of=("trial_id", "time_total_s", "time_this_iter_s")),
        re.compile(
            r"done|trial_id|experiment_(?:id|tag)|date|timestamp|time_\w+|pid|hostname|node_ip|config/.*|hist_stats/.*|perf/.*"
            r"|iterations_since_restore|timesteps\w*|should_checkpoint|num_\w+|info/.*|sampler_\w+/.*|checkpoint\w*|warmup_time"
        ),
        {"training_iteration": EPOCH, "epoch": LEFT_OUT},
    ),
    RowDialect("stable-baselines3", _is_reinforcement, names={"time/total_timesteps": STEP, "total_timesteps": STEP}),
    RowDialect(
        None,
        lambda found: any("coco_eval" in name for name in found),
        re.compile(r"n_parameters|epoch_time|now_time"),
        {"epoch": EPOCH},
        (("train_", ""), ("test_", "val_")),
        arranged=_named_coco,
    ),
    RowDialect(
        "transformers",
        _is_trainer,
        re.compile(
            r".*(?:runtime|samples_per_second|steps_per_second|model_preparation_time|jit_compilation_time)"
            r"|total_flos|num_input_tokens_seen|(?:eval|predict|test)_samples|elapsed_time|percentage|train_speed\S*|memory\S*"
        ),
        {"epoch": EPOCH, "step": STEP, "global_step": STEP, "global_step/max_steps": STEP},
        (("eval_", "val_"),),
        is_summary=lambda row: "train_runtime" in row,
    ),
)  # fmt: skip


def dialect_of(names: Collection[str]) -> RowDialect | None:
    """The tool whose rows have these names."""
    return next((dialect for dialect in DIALECTS if dialect.fits(names)), None)
