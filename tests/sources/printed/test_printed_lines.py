"""What single printed lines say: counters, names with all their words, splits, percentages; and what is not a value."""

import time

import pytest

from reportgen.sources.printed.cleaning import lines_of
from reportgen.sources.printed.dialects import Statement
from reportgen.sources.printed.line_reader import meaning_of
from reportgen.sources.printed.tokens import split_line


def said_by(line: str) -> Statement:
    """What the last part of a line says."""
    shape, numbers = split_line(list(lines_of(line))[-1])
    return meaning_of(shape).read(line, numbers)


def values_of(line: str) -> dict[str, float]:
    """Values by split and name, such as ``val:loss``."""
    return {f"{value.split}:{value.name}".lstrip(":"): value.number for value in said_by(line).values}


COUNTERS = {
    "Epoch 3/20": (3, 20),
    "Epoch: 3": (3, None),
    "EPOCH 3:": (3, None),
    "Epoch: 0003 loss: 0.5": (3, None),
    "Epoch #3: loss=0.5": (3, None),
    "Epoch 3 of 20, loss 0.5": (3, 20),
    "epoch=3 loss=0.5": (3, None),
    "ep3 loss 0.5": (3, None),
    "Ep 3 | loss 0.5": (3, None),
    "Epoch [3/20], Step [100/600], Loss: 0.5": (3, 20),
    "Epoch: [3][100/600]\tLoss 0.5 (0.6)": (3, None),
    "| epoch   3 |   200/ 2983 batches | loss  7.63": (3, None),
    "====> Epoch: 3 Average loss: 164.6": (3, None),
    "Train Epoch: 3 [640/60000 (1%)]\tLoss: 2.3": (3, None),
    "\u7b2c 3 \u8f6e, \u8bad\u7ec3\u635f\u5931: 0.5": (3, None),
    "\u00c9poca 3/20 - perda: 0.5": (3, 20),
    "epoch: 3/20, iter: 10/57, total_loss: 5.1, lr: 0.01, ETA: 0:33:02": (3, 20),
    "Epochs:  15%|#5  | 3/20 [00:01<00:03,  2.1it/s, loss=0.5]": (3, 20),
    "7epoch results: loss=15.3": (7, None),
    "[3,  2000] loss: 2.1": (3, None),
}


@pytest.mark.parametrize("line", COUNTERS)
def test_an_epoch_is_counted_in_any_form(line: str) -> None:
    said = said_by(line)
    assert (said.epoch, said.planned) == COUNTERS[line]


@pytest.mark.parametrize(
    "line",
    [
        "Best epoch: 3, val_loss: 0.4",
        "Saving checkpoint at epoch 3",
        "Num Epochs = 3",
        "lr: 0.001, batch_size: 32, epochs: 20",
        "Time taken for 1 epoch: 55.2 secs",
        "$ python train.py --epochs 20 --lr=0.1",
        "Namespace(epoch=20, lr=0.1)",
        "stopped after 3 epochs",
    ],
)
def test_what_only_mentions_an_epoch_does_not_begin_one(line: str) -> None:
    said = said_by(line)
    assert (said.epoch, said.values) == (None, ())


STEPS = {
    "step 250: train loss 1.8": (250, None),
    "iter 10: loss 2.3": (10, None),
    "Iteration 3, loss = 0.59": (3, None),
    "Epoch [3/20], Step [100/600], Loss: 0.5": (100, 600),
    "[Epoch 3/20] [Batch 10/938] [D loss: 0.5]": (10, 938),
    "loss: 2.301 [   64/60000]": (64, 60000),
}


@pytest.mark.parametrize("line", STEPS)
def test_a_step_is_counted_in_any_form(line: str) -> None:
    said = said_by(line)
    assert (said.step, said.n_steps) == STEPS[line]


LEADS = {
    "[3/20] loss: 0.5": (3, 20),
    "3: loss 0.5": (3, None),
    "3 [D loss: 0.5]": (3, None),
    "[3]\tloss:0.5": (3, None),
}


@pytest.mark.parametrize("line", LEADS)
def test_a_number_at_the_beginning_counts(line: str) -> None:
    said = said_by(line)
    assert (said.lead, said.n_lead) == LEADS[line]


VALUES = {
    "Epoch 1/5 - Output weight: 0.58 - Hidden weight: 0.49": {"Output weight": 0.58, "Hidden weight": 0.49},
    "0 [D loss: 0.69, acc.:  25.00%] [G loss: 0.74]": {"D loss": 0.69, "acc": 25.0, "G loss": 0.74},
    "Epoch 1, Train Loss: 0.9, Val Loss: 0.8": {"train:Loss": 0.9, "val:Loss": 0.8},
    "Epoch: 1, loss: 0.56, acc_val: 0.76": {"loss": 0.56, "val:acc": 0.76},
    "epoch 1 | valLoss 0.5": {"val:Loss": 0.5},
    "Epoch: 3 loss_train: 1.9 loss_val: 1.93": {"train:loss": 1.9, "val:loss": 1.93},
    "train Loss: 0.58 Acc: 0.69": {"train:Loss": 0.58, "train:Acc": 0.69},
    "Epoch 1/5 (val): loss 0.5 acc 0.8": {"val:loss": 0.5, "val:acc": 0.8},
    "Epoch 2: Loss: 0.1, Accuracy: 95.8, Test Loss: 0.06, Test Accuracy: 98.0": {
        "Loss": 0.1,
        "Accuracy": 95.8,
        "test:Loss": 0.06,
        "test:Accuracy": 98.0,
    },
    "Test set: Average loss: 0.05, Accuracy: 9833/10000 (98%)": {"test:loss": 0.05, "test:Accuracy": 98.33},
    "Epoch 1 | Acc: 90.1% (4505/5000)": {"Acc": 90.1},
    "LOSS train 0.33 valid 0.41": {"train:LOSS": 0.33, "val:LOSS": 0.41},
    "Epoch: [0][10/5005]\tTime 0.5 (1.2)\tLoss 6.95e+00 (6.96e+00)": {"Loss": 6.96},
    "epoch 5: 45%|####5     | 45/100 [00:10<00:12,  4.50it/s, loss=0.5, v_num=0]": {"loss": 0.5},
    "step 1,250 loss: 1,234.5 lr: 1e-3": {"loss": 1234.5, "lr": 0.001},
    "Epoch 1 loss: -0.5 reward: +1.5": {"loss": -0.5, "reward": 1.5},
    "Epoch 1 top5_acc: 0.9 Acc@1 70.1 f1-score (macro avg) 0.6": {
        "top5_acc": 0.9,
        "Acc@1": 70.1,
        "f1-score macro": 0.6,
    },
    "Accuracy of the network on the 10000 test images: 55 %": {"test:accuracy": 55.0},
    "The average loss for epoch 0 is 128.4 and mean absolute error is 6.01.": {
        "loss": 128.4,
        "mean absolute error": 6.01,
    },
    "val acc: tensor(0.62, device='cuda:0', dtype=torch.float64)": {"val:acc": 0.62},
    "- loss: 0.41 - acc.: 0.55 - val. loss: 0.50 - val. acc.: 0.70": {
        "loss": 0.41,
        "acc": 0.55,
        "val:loss": 0.5,
        "val:acc": 0.7,
    },
    "Epoch 1 | loss \uff1a 0.5": {"loss": 0.5},
}  # fmt: skip


@pytest.mark.parametrize("line", VALUES)
def test_values_have_all_words_of_their_names_and_their_split(line: str) -> None:
    assert values_of(line) == VALUES[line]


@pytest.mark.parametrize(
    "line",
    [
        "Total params: 1,234,567",
        "conv2d (Conv2D)             (None, 26, 26, 32)        320",
        "GPU 0: 10GB used, 31%",
        "Time: 0:01:05, ETA: 12:51, 80us/step, 1.92G, 35 it/s, 5 s",
        "Found 60000 images belonging to 10 classes.",
        "2024-03-07 18:22:41.1: W tensorflow/core/x.cc:128] Failed to get CPU frequency: 0 Hz",
        'Tensor("add_1:0", shape=(), dtype=float32)',
        "EarlyStopping counter: 3 out of 5",
        "Validation loss decreased (0.42 --> 0.37).  Saving model ...",
        "Best val Acc: 0.94",
        "Epoch 00003: val_loss did not improve from 0.42",
        "Dice per class: [0.1, 0.2, 0.3]",
        "Using TensorFlow 2.15.0 and Python 3.11.4",
        "/home/x/metric.py:24: RuntimeWarning: invalid value encountered in divide",
        "Cross-validation: 5-fold CV",
        "Mon Mar  7 18:22:41 2024",
    ],
)
def test_timings_sizes_banners_and_remarks_are_not_values(line: str) -> None:
    assert all(not said_by(part).values for part in lines_of(line))


PREFIXES = [
    "INFO:tensorflow:",
    "INFO:root:",
    "[INFO] ",
    "INFO - ",
    "2024-01-01 12:00:00,123 - train - INFO - ",
    "[2024-01-01 12:00:00,123][train.py][INFO] - ",
    "2024-01-01 12:00:00 INFO     ",
    "2024-01-01T00:00:00.000Z ",
    "2024-01-01T00:00:00.1234567Z stdout F ",
    "[05:19:47.35] ",
    "I0101 12:00:00.123456 140000 train.py:30] ",
    "(RayTrainWorker pid=123, ip=10.0.0.1) ",
    "[1,0]<stdout>:",
    "[rank0]: ",
    "> ",
    "# ",
    "Mar  7 18:22:41 node12 train[4121]: ",
    "\x1b[32m\x1b[1m",
    "   ",
]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("line", ["Epoch 3/20 - loss: 0.5 - val_loss: 0.6", "epoch 3 | train loss 0.5 | val loss 0.6"])
def test_what_loggers_and_servers_print_before_a_line_changes_nothing(prefix: str, line: str) -> None:
    (cleaned,) = (part for part in lines_of(prefix + line) if "poch" in part)
    assert said_by(cleaned) == said_by(line)


@pytest.mark.parametrize(
    "piece",
    ["a: " * 5_000, "Epoch " * 3_000, "1/" * 9_000, "loss: 1" * 2_000, "0.1 " * 4_000, "[" * 19_000, "- 5s " * 4_000,
     "val " * 4_000, "(1) " * 4_000, "a (1) " * 3_000, "%|" * 9_000, "12:" * 6_000, "2024-01-01 " * 1_800,
     "e1" * 9_000, "1,234" * 3_900, "x=1," * 4_900, "\u8bad\u7ec3" * 9_000, "." * 19_000, "nan " * 4_000],
)  # fmt: skip
def test_the_time_for_a_line_grows_with_its_length_only(piece: str) -> None:
    start = time.process_time()
    for part in lines_of(piece):
        said_by(part)
    assert time.process_time() - start < 2


def test_long_indents_take_linear_time() -> None:
    start = time.process_time()
    assert [line.strip() for line in lines_of(" " * 19_000 + "x")] == ["x"]
    assert time.process_time() - start < 2
