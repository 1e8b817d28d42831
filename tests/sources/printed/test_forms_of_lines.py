"""Logs whose lines have forms that need more than names and counters: each with its last values."""

import pytest
from logs import read_log


def last_values(text: str, name: str = "run.log") -> dict[str, float]:
    """The last value of each curve, with Keras' names."""
    history = read_log(text, name)
    return {
        f"val_{metric}" if split == "validation" else metric: float(series.dropna().iloc[-1])
        for (metric, split), series in history.curves.items()
    }


def table(step: int, loss: float) -> str:
    """A table with a row per data set, as Ludwig prints it."""
    return (
        f"Running evaluation for step: {step}00, epoch: {step}\n"
        "╒══════════╤════════╤════════════╕\n│ outcome  │   loss │   accuracy │\n╞══════════╪════════╪════════════╡\n"
        f"│ train    │ {loss:.3f} │      0.71 │\n├──────────┼────────┼────────────┤\n"
        f"│ vali     │ {loss + 0.1:.3f} │      0.6{step} │\n╘══════════╧════════╧════════════╛\n"
    )


def transposed(epoch: int) -> str:
    """A table with a column per data set."""
    rows = f"| loss | 0.8{epoch} | 0.9{epoch} |\n| f1 | 0.4 | 0.3{epoch} |\n"
    return f"Epoch {epoch}\n| | Train | Validation |\n|---|---|---|\n{rows}"


def scores(epoch: int) -> str:
    """Scores of data sets below the lines of batches."""
    lines = [f"New epoch - lr: 0.01\n3/8 of epoch {epoch}/4 class : 0.5{epoch} - acc class : 6{epoch}.25\n"]
    return "".join(lines) + f"Accuracies on val: class : 5{epoch}.75\n"


CASES = {
    "a row per data set": (
        "".join(table(step, 1 / step) for step in range(1, 4)),
        {"loss": 0.333, "accuracy": 0.71, "val_loss": 0.433, "val_accuracy": 0.63},
    ),
    "a column per data set": (
        "".join(map(transposed, range(1, 4))),
        {"loss": 0.83, "val_loss": 0.93, "f1": 0.4, "val_f1": 0.33},
    ),
    "accuracies of a data set": (
        "".join(map(scores, range(1, 5))),
        {"acc class": 64.25, "val_accuracy class": 54.75},
    ),
    "a call before the value": (
        "INFO: Training\n" + "".join(f"loss(x, y) = param(0.{n}1)\n" for n in (9, 7, 6)),
        {"loss": 0.61},
    ),
    "the split before a bracket": (
        "".join(
            f"[epoch {e}/5] Loss: 0.{9 - e} Acc: 0.{e}\nValidation - [epoch {e}/5] Loss: 0.{9 - e}5 Acc: 0.{e}5\n"
            for e in range(1, 4)
        ),
        {"Loss": 0.6, "Acc": 0.3, "val_loss": 0.65, "val_Acc": 0.35},
    ),
    "a range of batches": (
        "".join(f"Epoch[0] Batch [{20 * n}-{20 * n + 20}]\tSpeed: 23.5 samples/sec\tacc=0.{n}5\n" for n in range(1, 6)),
        {"acc": 0.55},
    ),
    "the split twice": (
        "".join(
            f"Epoch 1 | iter {n} step {n} | loss train: 2.{n}, val_loss valid: 8.5 | iter time: 3.9 s (step)\n"
            + (f"Epoch 1 | iter {n}          | val_loss: 7.{n} | val_time: 79.0 s\n" if n % 2 else "")
            for n in range(1, 6)
        ),
        {"loss": 2.5, "val_loss": 7.5},
    ),
    "a mean below the batches": (
        "".join(
            f"Epoch {e},   50/  725; acc:  20.00; ppl:   9.{e}; 5304 src tok/s; 5748 tgt tok/s;      5 s elapsed\n"
            f"Train perplexity: 8.{e}5\nTrain accuracy: 2{e}.5\nValidation perplexity: 9.{e}5\n"
            for e in range(1, 4)
        ),
        {"ppl": 8.35, "acc": 23.5, "val_ppl": 9.35},
    ),
    "evaluations after training": (
        "".join(
            f"Epoch: [{e}] Avg accuracy 0.7{e}; Average Loss 0.4{e}\n * Average accuracy 0.6{e}; Average Loss 0.5{e}\n"
            for e in range(1, 5)
        )
        + "=> loaded best model (epoch 2)\n * Average accuracy 0.99; Average Loss 0.99\n",
        {"accuracy": 0.74, "loss": 0.44, "val_accuracy": 0.64, "val_loss": 0.54},
    ),
    "a speed without a sign after it": (
        "".join(f"Epoch[0] Batch [{n}0] Speed: 18.2 samples/sec Train-Accuracy=0.0{n}\n" for n in range(1, 6)),
        {"accuracy": 0.05},
    ),
    "thousands before a comma": (
        "".join(
            f"INFO: [run..][epoch:  0, iter:  25,39{n}, lr:(2.0e-04,)] [eta: 6 days, 2:45:25, time (data): 0.67 (0.05)]"
            f" l_pix: 3.{n} l_d: 0.{n}5\n"
            for n in range(1, 6)
        ),
        {"l_pix": 3.5, "l_d": 0.55},
    ),
    "a test after training": (
        "".join(
            f"I Training of Epoch {n} - loss: 9.{9 - n}\nI Validation of Epoch {n} - loss: 8.{9 - n}\n"
            for n in range(3)
        )
        + "I Test of Epoch 3 - WER: 0.49, loss: 10.5\n",
        {"loss": 9.7, "val_loss": 8.7},
    ),
    "days and months in brackets": (
        "".join(
            f"[ Sun Apr  8 21:42:1{n} 2031 ] Training epoch: {n}\n"
            "[ Sun Apr  8 21:42:29 2031 ] \tBatch(0/58) done. Loss: 6.5\n"
            f"[ Sun Apr  8 21:43:10 2031 ] \tMean training loss: 5.{n}1.\n"
            f"[ Sun Apr  8 21:43:11 2031 ] Eval epoch: {n}\n"
            f"[ Sun Apr  8 21:44:10 2031 ] \tMean test loss of 29 batches: 4.{n}7.\n"
            f"[ Sun Apr  8 21:44:10 2031 ] \tTop1: 3{n}.5%\n"
            for n in range(1, 5)
        ),
        {"loss": 5.41, "val_loss": 4.47, "val_top1": 34.5},
    ),
    "splits in a dict within a dict": (
        "".join(
            f"INFO: {{'Role': 'Client #1', 'Round': {n}, 'Results_raw': {{'train_acc': 0.6{n}, 'train_total': 500}}}}\n"
            f"INFO: {{'Role': 'Server #', 'Round': {n}, 'Results_raw': {{'test_acc': 0.1{n}, 'test_total': 100}}}}\n"
            for n in range(4)
        ),
        {"acc": 0.63, "val_acc": 0.13},
    ),
    "settings above a table": (
        "Namespace(lr=0.1, batch=8, name='x')\nEpoch,Train_loss,Val_loss\n1,0.9,0.8\n2,0.7,0.6\n3,0.5,0.55\n",
        {"loss": 0.5, "val_loss": 0.55},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_last_values_of_a_log(case: str) -> None:
    text, expected = CASES[case]
    found = last_values(text)
    lowered = {name.lower(): value for name, value in found.items()}
    assert {name: lowered.get(name.lower()) for name in expected} == pytest.approx(expected)


def test_fractions_of_epochs_are_counted_in_rows() -> None:
    text = "".join(
        f"2031-05-21 14:1{n % 10}:15 [INFO ] Training (epoch {n / 100}): loss = 0.{90 - n}, lr = 0.01\n"
        for n in range(9)
    )
    history = read_log(text)
    assert history.curves["loss", "train"].tolist() == [0.9, *(round(0.9 - n / 100, 2) for n in range(1, 9))]
    assert [note.code for note in history.run.notes] == ["rows-as-steps"]


@pytest.mark.parametrize(
    ("case", "results"),
    [
        ("evaluations after training", {"accuracy": 0.99, "loss": 0.99}),
        ("a test after training", {"wer": 0.49, "loss": 10.5}),
    ],
)
def test_results_after_training_are_test_results(case: str, results: dict[str, float]) -> None:
    history = read_log(CASES[case][0])
    assert dict(history.run.test_results) == results
    assert not any("test" in name.lower() for name, _ in history.curves)


def test_values_of_lines_with_one_mean_are_not_all_means() -> None:
    text, _ = CASES["thousands before a comma"]
    history = read_log(text)
    assert history.axis == "step"
    assert history.curves["l_pix", "train"].index.tolist() == [25391, 25392, 25393, 25394, 25395]
