import json
from typing import Any

import pytest
from logs import read_log, sentences

from reportgen.errors import SourceError

LOSS, HELD_OUT = [2.0, 1.0, 0.5], [2.5, 1.5, 1.25]


def lines(*rows: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, rows))


def each(train: Any, evaluation: Any = None) -> list[dict[str, Any]]:
    """Rows of three epochs, made by functions of the number of the epoch, its loss and its validation loss."""
    return [
        make(epoch, loss, held_out)
        for epoch, (loss, held_out) in enumerate(zip(LOSS, HELD_OUT, strict=True), 1)
        for make in (train, evaluation)
        if make is not None
    ]


def progress(n: int, **values: Any) -> dict[str, Any]:
    return {"current_steps": 10 * n, "total_steps": 30, **values, "epoch": n / 10}


# Rows as tools write them, with the tool, the axis, its first and last number, and the names of all curves.
BY_TOOL: dict[str, tuple[list[dict[str, Any]], tuple[Any, ...]]] = {
    "LLaMA-Factory": (
        [
            row
            for n, a, b in zip((1, 2, 3), LOSS, HELD_OUT, strict=True)
            for row in (
                progress(n, loss=a, lr=1e-5, elapsed_time="1:00"),
                progress(n, loss=a, lr=1e-5, elapsed_time="1:01"),
                progress(n, eval_loss=b, percentage=33.3),
            )
        ],
        ("llama-factory", "step", 10, 30, ("loss", "lr", "val_loss")),
    ),
    "Trainer, without its state": (
        [
            *each(
                lambda n, a, _: {
                    "loss": a,
                    "grad_norm": 1.0,
                    "learning_rate": 1e-05,
                    "epoch": float(n),
                    "step": 10 * n,
                },
                lambda n, _, b: {"eval_loss": b, "eval_runtime": 0.5, "epoch": float(n), "step": 10 * n},
            ),
            {"train_runtime": 9.0, "train_loss": 1.2, "total_flos": 9, "epoch": 3.0, "step": 30},
        ],
        ("transformers", "epoch", 1, 3, ("loss", "grad_norm", "learning_rate", "val_loss")),
    ),
    "Detectron2": (
        [
            *each(
                lambda n, a, _: {
                    "iteration": 20 * n - 1,
                    "total_loss": a,
                    "data_time": 0.1,
                    "eta_seconds": 9,
                    "lr": 0.1,
                }
            ),
            {"iteration": 59, "bbox/AP": 31.5},
        ],
        ("detectron2", "step", 19, 59, ("total_loss", "data_time", "eta_seconds", "lr", "val_bbox/AP")),
    ),
    "MMCV": (
        [
            {"env_info": "sys.platform: linux", "seed": 1},
            *each(
                lambda n, a, _: {"mode": "train", "epoch": n, "iter": 50, "lr": 0.1, "memory": 9, "loss": a},
                lambda n, _, b: {"mode": "val", "epoch": n, "iter": 7, "lr": 0.1, "bbox_mAP": b, "loss": b},
            ),
        ],
        ("mmengine", "epoch", 1, 3, ("lr", "memory", "loss", "val_bbox_mAP", "val_loss")),
    ),
    "MMEngine": (
        each(
            lambda n, a, _: {
                "lr": 0.1,
                "data_time": 0.1,
                "loss": a,
                "epoch": n,
                "iter": 50,
                "memory": 9,
                "step": 50 * n,
            },
            lambda n, _, b: {"coco/bbox_mAP": b, "data_time": 0.1, "time": 0.2, "step": n},
        ),
        ("mmengine", "epoch", 1, 3, ("lr", "data_time", "loss", "memory", "coco/bbox_mAP", "time")),
    ),
    "fairseq": (
        each(
            lambda n, a, _: {
                "epoch": n,
                "train_loss": str(a),
                "train_ppl": "9.5",
                "train_wps": "99",
                "train_num_updates": str(9 * n),
            },
            lambda n, _, b: {"epoch": n, "valid_loss": str(b), "valid_ppl": "9.5", "valid_best_loss": "1"},
        ),
        ("fairseq", "epoch", 1, 3, ("loss", "ppl", "wps", "val_loss", "val_ppl")),
    ),
    "skorch": (
        each(
            lambda n, a, b: {
                "batches": [{"train_loss": a}],
                "epoch": n,
                "dur": 1.5,
                "train_loss": a,
                "valid_loss": b,
                "train_loss_best": True,
                "train_batch_count": 4,
            }
        ),
        ("skorch", "epoch", 1, 3, ("loss", "val_loss")),
    ),
    "AllenNLP": (
        each(
            lambda n, a, b: {
                "epoch": n - 1,
                "training_loss": a,
                "validation_loss": b,
                "best_epoch": 1,
                "best_validation_loss": b,
                "training_duration": "0:00:09",
                "peak_cpu_memory_MB": 99.0,
            }
        ),
        ("allennlp", "epoch", 1, 3, ("loss", "val_loss")),
    ),
    "Chainer": (
        each(
            lambda n, a, b: {
                "main/loss": a,
                "validation/main/loss": b,
                "epoch": n,
                "iteration": 9 * n,
                "elapsed_time": 1.5,
            }
        ),
        ("chainer", "epoch", 1, 3, ("loss", "val_loss")),
    ),
    "Ray Tune": (
        each(
            lambda n, a, b: {
                "loss": a,
                "val_loss": b,
                "training_iteration": n,
                "trial_id": "a",
                "time_total_s": 1.5,
                "config": {"lr": 0.1},
                "done": False,
            }
        ),
        ("rllib", "epoch", 1, 3, ("loss", "val_loss")),
    ),
    "DETR": (
        each(
            lambda n, a, b: {
                "train_lr": 0.1,
                "train_loss": a,
                "test_loss": b,
                "test_coco_eval_bbox": [b] * 12,
                "epoch": n - 1,
                "n_parameters": 41,
            }
        ),
        (
            None,
            "epoch",
            1,
            3,
            (
                "lr",
                "loss",
                "val_loss",
                *(
                    f"val_bbox_{name}"
                    for name in ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")
                ),
            ),
        ),
    ),
    "a name of the split": (
        each(
            lambda n, a, _: {"step": n, "split": "train", "loss": a},
            lambda n, _, b: {"step": n, "split": "valid", "loss": b},
        ),
        (None, "step", 1, 3, ("loss", "val_loss")),
    ),
    "events": (
        [
            {"event": "config", "lr": 0.1},
            *each(
                lambda n, a, _: {"event": "train_epoch_end", "epoch": n, "loss": a},
                lambda n, _, b: {"event": "val_epoch_end", "epoch": n, "loss": b},
            ),
        ],
        (None, "epoch", 1, 3, ("loss", "val_loss")),
    ),
}


@pytest.mark.parametrize(("rows", "truth"), BY_TOOL.values(), ids=BY_TOOL)
@pytest.mark.parametrize(
    "form", [lines, lambda *rows: json.dumps(rows), lambda *rows: json.dumps({"logs": rows}, indent=1)]
)
def test_rows_are_read_as_their_tool_means_them(form: Any, rows: list[dict[str, Any]], truth: tuple[Any, ...]) -> None:
    history = read_log(form(*rows))
    tool, axis, first, last, keys = truth
    assert (history.run.tool, history.axis) == (tool, axis)
    assert (history.epochs.tolist()[0], history.epochs.tolist()[-1]) == (first, last)
    assert set(history.keys) == set(keys)
    loss = "total_loss" if tool == "detectron2" else "loss"
    assert history.series(loss, "train").tolist() == LOSS
    if history.has(loss, "validation"):
        assert history.series(loss, "validation").tolist() == HELD_OUT


def test_results_after_the_last_row_are_kept_apart() -> None:
    rows = each(lambda n, a, b: {"epoch": n, "train_loss": a, "val_loss": b})
    for result in ({"test_loss": 0.75, "test_acc": 0.5}, {"epoch": 3, "test_loss": 0.75, "test_acc": 0.5}):
        history = read_log(lines(*rows, result))
        assert history.keys == ("loss", "val_loss")
        assert history.run.test_results == (("loss", 0.75), ("acc", 0.5))


def test_rows_that_count_nothing_are_left_out_with_a_note() -> None:
    rows = each(lambda n, a, b: {"epoch": n, "loss": a, "val_loss": b})
    history = read_log(lines({"lr": 0.1, "units": 8}, *rows))
    assert history.keys == ("loss", "val_loss")
    assert sentences(history.run.notes) == ("Rows without an epoch or a step were left out: 1.",)


def test_rows_that_are_not_epochs_are_refused() -> None:
    runs = [{"name": name, "accuracy": 0.5, "loss": 0.6} for name in ("a", "b", "c")]
    for rows in (runs, [{"id": 1, "label": 0}, {"id": 2, "label": 1}]):
        for text in (json.dumps(rows), lines(*rows)):
            with pytest.raises(SourceError):
                read_log(text, "results.json")


def test_epochs_with_the_same_values_are_all_kept() -> None:
    assert len(read_log(lines({"loss": 1.0}, {"loss": 1.0}, {"loss": 1.0})).epochs) == 3
    assert len(read_log(lines(*({"epoch": n, "loss": 1.0} for n in (1, 2, 3)))).epochs) == 3
