"""A small log in each format, all with the same content: four epochs, training and validation.

The bytes are those that each tool writes. Formats that are or can be folders also have a folder.
"""

import io
import json
import tempfile
from pathlib import Path
from typing import Final

import event_files
import mlflow_stores
import pyarrow as pa
import pyarrow.parquet as pq
import trackio_databases
import wandb_files

from reportgen.history.frame import TrainingHistory

LOSSES: Final = [1.0, 0.5, 0.25, 0.125]
HELD_OUT: Final = [1.25, 0.75, 0.625, 0.5]
_BOTH: Final = list(zip(range(4), LOSSES, HELD_OUT, strict=True))

KERAS_CSV = "epoch,loss,val_loss\n" + "".join(f"{e},{a},{b}\n" for e, a, b in _BOTH)
LIGHTNING = "epoch,step,train_loss,val_loss\n" + "".join(
    f"{e},{10 * e + 9},,{b}\n{e},{10 * e + 9},{a},\n" for e, a, b in _BOTH
)
HUGGING_FACE = json.dumps(
    {
        "best_metric": None,
        "epoch": 4.0,
        "global_step": 40,
        "log_history": [
            row
            for e, a, b in _BOTH
            for row in (
                {"epoch": e + 1.0, "learning_rate": 0.001, "loss": a, "step": 10 * e + 10},
                {"epoch": e + 1.0, "eval_loss": b, "eval_runtime": 0.1, "step": 10 * e + 10},
            )
        ]
        + [{"epoch": 4.0, "step": 40, "train_loss": 0.47, "train_runtime": 3.5}],
        "max_steps": 40,
        "num_train_epochs": 4,
    },
    indent=2,
)
BOOSTING = json.dumps({"train": {"logloss": LOSSES}, "eval": {"logloss": HELD_OUT}})
CATBOOST = (
    '{\n"meta":{"test_sets":["test"],"test_metrics":[{"best_value":"Min","name":"Logloss"}],"learn_metrics":'
    '[{"best_value":"Min","name":"Logloss"}],"launch_mode":"Train","parameters":"","iteration_count":4,'
    '"learn_sets":["learn"],"name":"experiment"},\n"iterations":[\n'
    + ",\n".join(
        f'{{"learn":[{a}],"iteration":{e},"passed_time":{e + 1},"remaining_time":{3 - e},"test":[{b}]}}'
        for e, a, b in _BOTH
    )
    + "\n]}"
)
ULTRALYTICS = (
    "epoch,time,train/box_loss,train/cls_loss,metrics/recall(B),val/box_loss,val/cls_loss,lr/pg0,lr/pg1\n"
    + "".join(f"{e + 1},{2.5 * (e + 1)},{a / 2},{a / 2},{e / 8},{b / 2},{b / 2},0.01,0.01\n" for e, a, b in _BOTH)
)
WANDB_PANEL = '"Step","lucky-sun-7 - loss","lucky-sun-7 - loss__MIN","lucky-sun-7 - loss__MAX"\n' + "".join(
    f'"{e}","{a}","{a}","{a}"\n' for e, a, _ in _BOTH
)
WANDB_HISTORY = "_runtime,_step,_timestamp,train/loss,val/loss\n" + "".join(
    f"{e}.5,{e},1700000000.5,{a},{b}\n" for e, a, b in _BOTH
)
RL_PROGRESS = "time/total_timesteps,time/fps,eval/loss,loss\n" + "".join(f"{e},900,{b},{a}\n" for e, a, b in _BOTH)
FASTAI = "epoch,train_loss,valid_loss,accuracy,time\n" + "".join(f"{e},{a},{b},{e / 8},00:0{e}\n" for e, a, b in _BOTH)
KERAS_CONSOLE = "".join(
    f"Epoch {e + 1}/4\n\x1b[1m1/2\x1b[0m \x1b[32m━━━\x1b[0m \x1b[1m3s\x1b[0m 3s/step - loss: {a + 0.5:.4f}\x08\x08\r"
    f"\x1b[1m2/2\x1b[0m \x1b[32m━━━━━━\x1b[0m \x1b[1m1s\x1b[0m 35ms/step - loss: {a:.4f} - val_loss: {b:.4f}\n"
    for e, a, b in _BOTH
)
CONSOLE = "".join(
    f"[INFO] Epoch {e + 1}/4 | Train Loss: {a:.4f} | Val Loss: {b:.4f} | Val Acc: {e / 8:.1%} | 3.2s\n"
    for e, a, b in _BOTH
)
JOURNAL = '{"schema":"reportgen/journal/1","id":"0f","run":{"epochs_planned":9}}\n' + "".join(
    json.dumps({"epoch": e + 1, "seconds": 0.5, "values": {"loss": a, "val_loss": b}}) + "\n" for e, a, b in _BOTH
)
JOURNAL_OF_BATCHES = (
    '{"schema":"reportgen/journal/1","id":"0f","run":{"steps_per_epoch":2,"resumed_at":[3]}}\n'
    + "".join(
        json.dumps({"epoch": e + 1, "steps": [2 * e + 1, 2 * e + 2], "values": {"batch_loss": [a + 0.1, a]}})
        + "\n"
        + json.dumps({"epoch": e + 1, "step": 2 * e + 2, "seconds": 0.5, "values": {"loss": a, "val_loss": b}})
        + "\n"
        for e, a, b in _BOTH
    )
)
ROWS = "\n".join(json.dumps({"epoch": e, "loss": a, "val_loss": b}) for e, a, b in _BOTH)
TABLE = "epoch\ttrain_loss\tvalid_loss\n" + "".join(f"{e}\t{a}\t{b}\n" for e, a, b in _BOTH)

NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# Training"]},
            {
                "cell_type": "code",
                "execution_count": 1,
                "metadata": {},
                "source": ["model.fit(x, y, epochs=4)"],
                "outputs": [
                    {"name": "stdout", "output_type": "stream", "text": KERAS_CONSOLE.splitlines(keepends=True)}
                ],
            },
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    },
    indent=1,
)

BY_FORMAT: Final = {
    "journal": JOURNAL,
    "csv": KERAS_CSV,
    "lightning": LIGHTNING,
    "hugging-face": HUGGING_FACE,
    "boosting": BOOSTING,
    "catboost": CATBOOST,
    "ultralytics": ULTRALYTICS,
    "wandb-csv": WANDB_HISTORY,
    "rl-progress": RL_PROGRESS,
    "fastai": FASTAI,
    "keras-console": KERAS_CONSOLE,
    "console": CONSOLE,
    "json": json.dumps({"loss": LOSSES, "val_loss": HELD_OUT}),
    "json-rows": ROWS,
    "notebook": NOTEBOOK,
    "table": TABLE,
}
TENSORBOARD = event_files.log({"Loss/train": LOSSES, "Loss/validation": HELD_OUT})

REPORT = TrainingHistory.from_columns([1, 2, 3, 4], {"loss": LOSSES, "val_loss": HELD_OUT}).to_json()


def _parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"epoch": range(4), "loss": LOSSES, "val_loss": HELD_OUT}), file)
    return file.getvalue()


def _mlflow() -> bytes:
    curves = {"loss": list(enumerate(LOSSES)), "val_loss": list(enumerate(HELD_OUT))}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mlflow.db")
        mlflow_stores.add_run(path, "a" * 32, curves)
        return path.read_bytes()


def _downloaded(values: list[float]) -> bytes:
    rows = (f"170000000{step}.5,{step},{value}\n" for step, value in enumerate(values))
    return "".join(["Wall time,Step,Value\n", *rows]).encode()


def _trackio() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        rows = [{"epoch": e, "train_loss": a, "val_loss": b} for e, a, b in _BOTH]
        return trackio_databases.database(Path(folder, "demo.db"), {"a": rows}).read_bytes()


_WANDB = wandb_files.framed(
    wandb_files.run("lucky-sun-7"),
    *(wandb_files.history({"_step": e, "train/loss": a, "val/loss": b}) for e, a, b in _BOTH),
    wandb_files.end(),
)

DATA_BY_FORMAT: Final = {name: text.encode() for name, text in BY_FORMAT.items()} | {
    "parquet": _parquet(),
    "report": f'<!doctype html><script id="reportgen-history">{REPORT}</script></html>'.encode(),
    "tensorboard": TENSORBOARD,
    "mlflow": _mlflow(),
    "trackio": _trackio(),
    "wandb": _WANDB,
}
FOLDERS_BY_FORMAT: Final = {
    "allennlp": {
        f"metrics_epoch_{e - 1}.json": json.dumps({"training_loss": a, "validation_loss": b}).encode()
        for e, a, b in _BOTH
    },
    "catboost": {"catboost_training.json": CATBOOST.encode()},
    "dvclive": {
        "plots/metrics/train/loss.tsv": "".join(["step\tloss\n", *(f"{e}\t{a}\n" for e, a, _ in _BOTH)]).encode(),
        "plots/metrics/val/loss.tsv": "".join(["step\tloss\n", *(f"{e}\t{b}\n" for e, _, b in _BOTH)]).encode(),
    },
    "hugging-face": {"checkpoint-40/trainer_state.json": HUGGING_FACE.encode()},
    "tensorboard-csv": {
        "run-a_train-tag-epoch_loss.csv": _downloaded(LOSSES),
        "run-a_validation-tag-epoch_loss.csv": _downloaded(HELD_OUT),
    },
    "tensorboard": {
        "train/events.out.tfevents.1": event_files.log({"epoch_loss": LOSSES}),
        "validation/events.out.tfevents.1": event_files.log({"epoch_loss": HELD_OUT}),
    },
}
