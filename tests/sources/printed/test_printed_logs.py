"""How printed lines become runs: where epochs begin and end, what is a curve, a result or a fact; several runs."""

import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import read_log, read_with_format, sentences
from strategies import refusal

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources import source_runs
from reportgen.sources.format import Fit
from reportgen.sources.opening.long_text import LongText
from reportgen.sources.printed import looks_printed, printed_runs
from reportgen.sources.printed.line_reader import read_pieces
from reportgen.sources.printed.log_runs import printed_history, runs_in_log
from reportgen.sources.source_runs import Runs
from reportgen.sources.table import limits

BAR = "10/10 [==============================] - 1s 9ms/step"


def keras(n_epochs: int, *, planned: int = 0, first: int = 1, start: float = 1.0) -> str:
    """What Keras prints for some epochs."""
    return "".join(
        f"Epoch {epoch}/{planned or n_epochs}\n{BAR} - loss: {start / epoch:.4f} - val_loss: {start / epoch + 0.1:.4f}"
        "\n"
        for epoch in range(first, first + n_epochs)
    )


def curves(history: TrainingHistory) -> dict[str, list[float]]:
    """The values of each curve by its name as Keras logs it."""
    return {
        f"val_{metric}" if split == "validation" else metric: series.tolist()
        for (metric, split), series in history.curves.items()
    }


LOGS: dict[str, tuple[str, dict[str, list[float]]]] = {
    "a header and lines for each split": (
        "Epoch 0/1\n----------\ntrain Loss: 0.5 Acc: 0.6\nval Loss: 0.4 Acc: 0.7\n\n"
        "Epoch 1/1\n----------\ntrain Loss: 0.3 Acc: 0.8\nval Loss: 0.2 Acc: 0.9\n",
        {"loss": [0.5, 0.3], "Acc": [0.6, 0.8], "val_loss": [0.4, 0.2], "val_Acc": [0.7, 0.9]},
    ),
    "headings of sections": (
        "Epoch 1\nTraining:\nloss: 0.5\nValidation:\nloss: 0.4\n"
        "Epoch 2\nTraining:\nloss: 0.3\nValidation:\nloss: 0.2\n",
        {"loss": [0.5, 0.3], "val_loss": [0.4, 0.2]},
    ),
    "a test set after each epoch is a validation curve": (
        "Train Epoch: 1 [0/600 (0%)]\tLoss: 2.0\nTrain Epoch: 1 [300/600 (50%)]\tLoss: 1.0\n\n"
        "Test set: Average loss: 0.5, Accuracy: 90/100 (90%)\n\n"
        "Train Epoch: 2 [0/600 (0%)]\tLoss: 0.8\nTrain Epoch: 2 [300/600 (50%)]\tLoss: 0.6\n\n"
        "Test set: Average loss: 0.4, Accuracy: 95/100 (95%)\n",
        {"loss": [1.5, 0.7], "val_loss": [0.5, 0.4], "val_Accuracy": [90.0, 95.0]},
    ),
    "the line of an epoch wins over its batches": (
        "Epoch 1 Batch 0 Loss 9.0\nEpoch 1 Batch 50 Loss 5.0\nEpoch 1 Loss 4.0\n"
        "Epoch 2 Batch 0 Loss 3.5\nEpoch 2 Batch 50 Loss 3.0\nEpoch 2 Loss 2.0\n",
        {"loss": [4.0, 2.0]},
    ),
    "means of an epoch so far": (
        "Epoch: [0][0/100]\tLoss 9.0 (9.0)\nEpoch: [0][50/100]\tLoss 1.0 (5.0)\n * Acc@1 60.0\n"
        "Epoch: [1][0/100]\tLoss 4.0 (4.0)\nEpoch: [1][50/100]\tLoss 2.0 (3.0)\n * Acc@1 70.0\n",
        {"loss": [5.0, 3.0], "val_Acc@1": [60.0, 70.0]},
    ),
    "the same header twice is one epoch": (
        "Epoch 1/2, Train Loss: 0.5\nEpoch 1/2, Val Loss: 0.6\nEpoch 2/2, Train Loss: 0.3\nEpoch 2/2, Val Loss: 0.4\n",
        {"loss": [0.5, 0.3], "val_loss": [0.6, 0.4]},
    ),
    "an evaluation after each fit of one epoch": (
        "".join(f"Epoch 1/1\n{BAR} - loss: {a}\n3/3 [======] - 0s - loss: {b}\n" for a, b in [(3, 4), (2, 3), (1, 2)]),
        {"loss": [3.0, 2.0, 1.0], "val_loss": [4.0, 3.0, 2.0]},
    ),
    "a bar that is printed again with validation": (
        "".join(f"Epoch {n}/2\n{BAR} - loss: {n}.5\n\nEpoch {n}: val_loss improved from inf to 1.0, saving model to x\n"
                f"{BAR} - loss: {n}.4 - val_loss: {n}.9\n" for n in (1, 2)),
        {"loss": [1.4, 2.4], "val_loss": [1.9, 2.9]},
    ),
    "percentages and fractions of one metric agree": (
        "Epoch 1 | acc: 0.5 | val acc: 40%\nEpoch 2 | acc: 0.75 | val acc: 50%\n",
        {"acc": [0.5, 0.75], "val_acc": [0.4, 0.5]},
    ),
    "percentages alone stay as printed": ("Epoch 1 | acc: 50.5%\nEpoch 2 | acc: 75%\n", {"acc": [50.5, 75.0]}),
    "bars of tqdm": (
        "Epoch 1:  50%|#####     | 5/10 [00:01<00:01, 4.5it/s, loss=0.9]\rEpoch 1: 100%|##########| 10/10 [00:02<00:00,"
        " 4.5it/s, loss=0.8]\nEpoch 2: 100%|##########| 10/10 [00:02<00:00, 4.5it/s, loss=0.6]\n",
        {"loss": [0.8, 0.6]},
    ),
    "no counter at all": (
        "10/10 - 1s - loss: 0.5\n10/10 - 0s - loss: 0.4\n10/10 - 0s - loss: 0.3\n",
        {"loss": [0.5, 0.4, 0.3]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOGS)
def test_epochs_have_their_values(name: str) -> None:
    text, expected = LOGS[name]
    history = read_log(text)
    assert history.axis == "epoch"
    assert curves(history) == {key: pytest.approx(values) for key, values in expected.items()}


RESULTS = {
    "a bar": "10000/10000 [====] - 0s 30us/step - loss: 0.77 - acc: 0.55\n",
    "a line": "313/313 - 1s - loss: 0.77 - acc: 0.55\n",
    "prints": "Test loss: 0.77\nTest acc: 0.55\n",
    "words": "Testing...\n313/313 [====] - 1s 2ms/step - loss: 0.77 - acc: 0.55\n",
    "a list": "[0.77, 0.55]\n",
    "one line": "Test: loss = 0.77, acc = 0.55\n",
    "a bar and its prints": "313/313 [====] - 1s 2ms/step - loss: 0.77 - acc: 0.55\nTest loss: 0.77\nTest acc: 0.55\n",
}


@pytest.mark.parametrize("printed", RESULTS.values(), ids=RESULTS)
def test_what_is_printed_after_the_last_epoch_is_kept_apart(printed: str) -> None:
    text = "".join(
        f"Epoch {n}/3\n{BAR} - loss: 0.{9 - n} - acc: 0.{n} - val_loss: 0.8 - val_acc: 0.1\n" for n in (1, 2, 3)
    )
    history = read_log(text + printed)
    assert dict(history.run.test_results) == pytest.approx({"loss": 0.77, "acc": 0.55})
    assert curves(history) == curves(read_log(text))


def test_a_printed_list_of_results_begins_with_the_loss_in_whatever_order_keras_prints_names() -> None:
    line = "7/7 - 0s - 46ms/step - accuracy: 0.5{0} - {1}loss: 0.7{0} - val_accuracy: 0.6{0} - {2}val_loss: 0.6{0}\n"
    text = "".join(f"Epoch {n}/3\n" + line.format(n, "", "") for n in (1, 2, 3))
    assert dict(read_log(text + "Test: [0.77, 0.55]\n").run.test_results) == {"loss": 0.77, "accuracy": 0.55}
    text = "".join(f"Epoch {n}/3\n" + line.format(n, f"auc: 0.8{n} - ", f"val_auc: 0.8{n} - ") for n in (1, 2, 3))
    history = read_log(text + "Test: [0.77, 0.55, 0.66]\n")  # accuracy and AUC, or the other way round
    assert dict(history.run.test_results) == {"loss": 0.77}
    assert any("not recognised" in note for note in sentences(history.run.notes))


@pytest.mark.parametrize("heading", ["Training fold {}...", "Fold no. {}", "Training for fold {} ...", "Fold #{}"])
def test_the_heading_of_a_fold_names_its_run(heading: str) -> None:
    text = "".join(f"{heading.format(n)}\n{keras(3, start=n)}" for n in (1, 2))
    runs = printed_runs(LongText(text.encode(), "log"), "log", ReadOptions())
    assert isinstance(runs, Runs)
    assert runs.names == ("fold 1", "fold 2")


@pytest.mark.parametrize(("printed", "value"), [("80.0%", 0.8), ("0.8", 0.8)])
def test_a_result_in_percent_has_the_scale_of_its_curve(printed: str, value: float) -> None:
    history = read_log(keras(3).replace(" - val_loss", " - accuracy: 0.7 - val_loss") + f"Test accuracy: {printed}\n")
    assert dict(history.run.test_results) == {"accuracy": pytest.approx(value)}


def test_results_of_each_fold_belong_to_its_run() -> None:
    text = "".join(f"Fold {n}\n{keras(3, start=n)}Test loss: 0.{n}\n" for n in (1, 2))
    runs = printed_runs(LongText(text.encode(), "log"), "log", ReadOptions())
    assert isinstance(runs, Runs)
    assert runs.names == ("fold 1", "fold 2")
    assert [dict(runs.read(index).run.test_results) for index in (0, 1)] == [{"loss": 0.1}, {"loss": 0.2}]


@pytest.mark.parametrize(
    "summary",
    [
        "> Fold 1 - Loss: 0.1 - Accuracy: 61.5%\n> Fold 2 - Loss: 0.2\n",
        "Mean loss: 0.15 +/- 0.05\n",
        "Loss: 0.15 (± 0.05)\n",
    ],
)
def test_a_summary_of_all_folds_changes_no_result_of_the_last_one(summary: str) -> None:
    text = "".join(f"Training for fold {n} ...\n{keras(3, start=n)}Score for fold {n}: loss of 0.{n}\n" for n in (1, 2))
    runs = printed_runs(LongText((text + summary).encode(), "log"), "log", ReadOptions())
    assert isinstance(runs, Runs)
    assert [dict(runs.read(index).run.test_results) for index in (0, 1)] == [{"loss": 0.1}, {"loss": 0.2}]
    assert any("not recognised" in note for note in sentences(runs.read(1).run.notes))


@pytest.mark.parametrize(
    ("printed", "fact"),
    [
        ("Epoch 3: early stopping\n", ("stopped-early", None)),
        ("Early stopping at epoch 3\n", ("stopped-early", None)),
        ("Early stopping triggered!\n", ("stopped-early", None)),
        ("EarlyStopping counter: 3 out of 5\n", ("unknown", None)),
        ("Restoring model weights from the end of the best epoch: 2.\nEpoch 3: early stopping\n", ("stopped-early", 2)),
        ("Epoch 00003: ReduceLROnPlateau reducing learning rate to 0.0001.\n", ("unknown", None)),
        ("Batch 5: Invalid loss, terminating training\n", ("interrupted", None)),
        ("\nEpoch 3: val_loss improved from 0.5 to 0.4, saving model to x.keras\n", ("unknown", None)),
    ],
)
def test_lines_of_callbacks_are_facts_and_never_values(printed: str, fact: tuple[str, int | None]) -> None:
    text = keras(3, planned=9)
    history = read_log(text + printed)
    stopping = history.run.early_stopping
    assert (history.run.status, stopping and stopping.restored_epoch) == fact
    assert curves(history) == curves(read_log(text))


def test_a_checkpoint_states_the_value_of_an_epoch_that_lacks_it() -> None:
    text = keras(3).replace(" - val_loss: 0.6000", "")
    text = text.replace("Epoch 3/3", "Epoch 00002: val_loss improved from 1.1 to 0.6, saving model to x.h5\nEpoch 3/3")
    assert curves(read_log(text))["val_loss"] == [1.1, 0.6, 0.4333]


def test_the_first_header_may_be_lost_and_an_excerpt_keeps_its_numbers() -> None:
    text = keras(4, planned=90, first=40)
    assert read_log(text.partition("\n")[2]).epochs.tolist() == [40, 41, 42, 43]
    history = read_log(text)
    assert (history.epochs.tolist(), history.run.epochs_planned) == ([40, 41, 42, 43], 90)


def test_numbers_that_were_not_understood_are_counted_once() -> None:
    text = keras(3) + "a long sentence of many words that nobody has as a name: 5\n" * 2
    (note,) = sentences(read_log(text).run.notes)
    assert note.startswith("Printed values that were not recognised and are not shown: 2, the first after ")


@pytest.mark.parametrize("secret", ["ghpQ2vT9sLk4mZx7NcB1dFhJ6yWqR3uEoP", "wJalrXUtnFEMIMDENGbPxRfiCYzQKEYa"])
def test_the_note_on_such_numbers_quotes_a_few_words_at_most(secret: str) -> None:
    line = f"a long sentence of many words that nobody has as a name {secret}: 5\n"
    for text in (line, f"{secret} {line}"):
        (note,) = sentences(read_log(keras(3) + text).run.notes)
        quote = note.partition('"')[2].partition('"')[0]
        assert 0 < len(quote) <= 24
        assert secret[:13] not in note


def test_the_columns_of_a_printed_log_have_their_printed_names() -> None:
    text = "Epoch 1 | Train Loss: 0.5 | Score: 0.6\nEpoch 2 | Train Loss: 0.4 | Score: 0.7\n"
    assert curves(read_log(text, columns={"Score": "val_loss"})) == {"loss": [0.5, 0.4], "val_loss": [0.6, 0.7]}


NO_LOGS = {
    "csv": "epoch,loss,val_loss\n1,0.5,0.6\n2,0.4,0.5\n",
    "tsv": "epoch\tloss\tval_loss\n1\t0.5\t0.6\n2\t0.4\t0.5\n",
    "json": '{\n  "loss": [0.5, 0.4],\n  "epoch": 3,\n  "acc": 0.9\n}\n',
    "json lines": '{"epoch": 1, "loss": 0.5}\n{"epoch": 2, "loss": 0.4}\n',
    "notebook": '{"cells": [{"outputs": [{"text": ["Epoch 1/3\\n", "loss: 0.5"]}]}]}\n',
    "dict": "{'loss': [0.5, 0.4],\n 'val_loss': [0.6, 0.5]}\n",
    "yaml": "epochs: 20\nlearning_rate: 0.001\nmodel:\n  layers: 3\n  dropout: 0.5\n",
    "ini": "[training]\nepochs = 50\nlearning_rate = 0.001\nbatch_size = 32\n",
    "code": "for epoch in range(20):\n    loss = 0.5\n    print(f'Epoch {epoch}/20 - loss: {loss}')\nlr = 0.001\n",
    "prose": "We trained for 20 epochs. In 2023, 5 of 7 models had an accuracy above 90%.\nTable 3 has more.\n",
    "readme": "# Model\n\nTrained with lr 0.001 for 20 epochs.\n\n- version: 1.2\n- size: 20 MB\n\nNeeds pip 23.1.\n",
    "shopping": "2 apples\n3 pears\n10 nuts: 4.50\n",
    "page": "<!doctype html><html><p>Epoch 1/3 loss: 0.5</p></html>",
    "access log": '127.0.0.1 - - [10/Oct/2023:13:55:36] "GET / HTTP/1.1" 200 2326\n' * 3,
    "noise": "\x00\x01" * 50,
}  # fmt: skip


@pytest.mark.parametrize("name", NO_LOGS)
def test_other_texts_are_not_recognised(name: str) -> None:
    assert looks_printed(NO_LOGS[name]) == Fit.NO or name == "page"


@pytest.mark.parametrize("name", ["yaml", "ini", "code", "prose", "readme", "shopping", "access log"])
def test_text_without_a_training_run_is_an_error(name: str) -> None:
    with pytest.raises(SourceError):
        read_log(NO_LOGS[name], format="console")


FORMS: dict[str, Any] = {
    "keras": lambda n, a, b: f"Epoch {n}/900\n{BAR} - loss: {a:.4f} - val_loss: {b:.4e}\n",
    "one line": lambda n, a, b: f"Epoch {n}/900, Train Loss: {a:.4f}, Val Acc: {b:.1%}\n",
    "times": lambda n, a, b: (
        f"2024-01-{n % 27 + 1:02d} 10:{n % 60:02d}:00 - INFO - epoch {n} | loss {a:.3f} | acc {b}\n"
    ),
    "sections": lambda n, a, b: f"Epoch {n}/900\n---\ntrain Loss: {a:.4f} Acc: 0.5\nval Loss: {b:.4f} Acc: {a:.3f}\n\n",
    "twice": lambda n, a, b: f"Epoch {n}: train loss {a:.4f}\nEpoch {n}: val loss {b:.4f}\n",
    "steps": lambda n, a, b: f"step {n}: loss {a:.4f}, reward {b - 1:.4f}\n",
    "averages": lambda n, a, b: f"Epoch: [{n}][99/100]\tTime 0.{n} (0.1)\tLoss {a:.3f} ({b:.3f})\n",
    "counts": lambda n, a, b: f"Epoch {n} loss: {a:.4f}, Accuracy: {n}/1000 ({b:.0%})\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_that_look_alike_are_read_at_once_as_one_by_one(form: str) -> None:
    """Some rows differ: other numbers, other lines between them, numbers that go back."""
    rng = random.Random(form)
    rows = [FORMS[form](n, rng.random(), rng.random()) for n in range(1, 300)]
    rows[40] = rows[40].replace("0.", "nan ", 1)
    rows[90] += "Test loss: 0.5\n"
    rows[120] += "\nsaved to model_120.h5\n"
    rows[150:150] = [FORMS[form](n, 9.5, 7.5) for n in range(140, 145)]
    rows[200] = rows[200].replace(":", " :", 1)
    quick = read_pieces(["".join(rows)])[0]
    slow = read_pieces([line for row in rows for line in row.splitlines(keepends=True)])[0]
    assert [vars_of(quick), vars_of(slow)] == [vars_of(slow)] * 2


def vars_of(log: Any) -> Any:
    """All that a printed log contains, for comparison; lines within rows that are read at once are not kept."""
    found = dict(vars(log))
    del found["above"]
    for name in ("curves", "evaluations", "again", "step_curves"):
        found[name] = {key: repr(vars(curve)) for key, curve in found[name].items()}
    return found


@pytest.mark.parametrize("form", FORMS)
def test_long_logs_are_read_in_linear_time(form: str) -> None:
    def seconds(count: int) -> float:
        text = "".join(FORMS[form](n, 1 / n, 0.5 + 1 / n) for n in range(1, count))
        start = time.process_time()
        log = read_pieces([text])[0]
        printed_history(log, runs_in_log(log, "log")[0], "log", ReadOptions())
        return time.process_time() - start

    seconds(500)
    assert any(seconds(8_000) < 12 * seconds(2_000) + 0.5 for _ in range(3))  # again if other work slowed it down


@pytest.mark.parametrize("n_epochs", [1, 3, 8])
def test_many_short_runs_are_read_in_linear_time(n_epochs: int) -> None:
    def seconds(n_rows: int) -> float:
        numbers = [row % n_epochs + 1 for row in range(n_rows)]
        text = "".join(f"Epoch {n}/{n_epochs}\n10/10 - 1s - loss: {1 / n:.4f}\n" for n in numbers)
        start = time.process_time()
        log = read_pieces([text])[0]
        assert list(log.numbers) == numbers
        return time.process_time() - start

    assert any(seconds(4_000) < 20 * seconds(500) + 0.5 for _ in range(3))  # again if other work slowed it down


ENDLESS = {
    "names": (lambda n: f"n{n}: 1\n", "it has more than 100 columns"),
    "names of steps": (lambda n: f"step {n}: n{n} loss: 1\n", "it has more than 100 columns"),
    "names after the last epoch": (lambda n: f"Test m{n}: 0.5\n", "it has more than 100 columns"),
    "columns": (lambda n: f"| epoch | a{n} | loss |\n| {n} | 0.5 | 0.3 |\n", "it has more than 100 columns"),
    "runs": (lambda n: f"Fold {n}\nEpoch 1/2 loss: 1\nEpoch 2/2 loss: 0.5\n", "it contains more than 50 runs"),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_too_many_names_and_runs_are_refused_before_the_rest_is_read(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_COLUMNS", 100)
    monkeypatch.setattr(source_runs, "MAX_RUNS", 50)
    line, message = ENDLESS[kind]
    pieces = iter(["Epoch 1/2\nloss: 1\n", *map(line, range(1, 300))])
    with pytest.raises(SourceError, match=f"^log: {message}"):
        read_pieces(pieces, "log")
    assert len(list(pieces)) > 150


def test_as_many_names_as_a_history_can_have_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_COLUMNS", 100)
    log = read_pieces(["Epoch 1/2\n", *(f"n{n}: 1\n" for n in range(100))], "log")[0]
    assert len(log.curves) == 100


def test_results_with_many_names_are_read_in_linear_time() -> None:
    def seconds(count: int) -> float:
        tests = "".join(f"Test m{n}: {n / 1000:.3f}\n" for n in range(count))
        log = read_pieces([f"Epoch 1/2\nloss: 1 - m1: 1\nEpoch 2/2\nloss: 0.5 - m1: 2\n{tests}"], "log")[0]
        start = time.process_time()
        history = printed_history(log, runs_in_log(log, "log")[0], "log", ReadOptions())
        assert len(history.run.test_results) == count
        return time.process_time() - start

    seconds(100)
    assert any(seconds(4_000) < 12 * seconds(1_000) + 0.5 for _ in range(3))  # again if other work slowed it down


WHOLE = [text for text, _ in LOGS.values()] + [keras(5), *(FORMS[form](1, 0.5, 0.25) * 3 for form in FORMS)]
PIECES = [
    "Epoch 1/2", "epoch", "0:", "[1/2]", "step 5", " - loss: ", "val_loss: nan", "1e999", "-inf", "9" * 60, "%", "|",
    "\t", "\r", "\n", "Fold 2\n", "[0.1, 0.2]\n", "(0.5)", "\x1b[2K", "\x08", "Test loss: 1", "early stopping",
    "improved from 1 to 2,", "{'loss': 1}", "100%|##| 5/5 [00:01<00:00, loss=1]", "\u7b2c 1 \u8f6e", "\ufffd", "\u2028",
    "10/10 [===] - 1s - loss: 1",
]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A printed log with parts that are lost, repeated or replaced."""
    text = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 5))):
        first = draw(st.integers(0, len(text)))
        end = first + draw(st.integers(0, 30))
        text = (
            text[:first] + draw(st.sampled_from([*PIECES, "", text[first:end] * 2, text[end : end + 40]])) + text[end:]
        )
    return text


@settings(max_examples=100)
@given(damaged())
def test_a_damaged_log_is_read_or_refused_in_one_line(text: str) -> None:
    start = time.process_time()
    assert "\n" not in refusal(lambda: read_log(text, format="console"))
    assert "\n" not in refusal(lambda: read_with_format(text))
    assert time.process_time() - start < 3


def test_reductions_of_the_learning_rate_become_one_note_if_no_rate_was_logged() -> None:
    epoch = "Epoch {n}/9\n20/20 [====] - 1s 9ms/step - loss: 0.{m} - val_loss: 0.95\n"
    reduced = "Epoch 0000{n}: ReduceLROnPlateau reducing learning rate to {rate}.\n"
    epochs = [epoch.format(n=n, m=10 - n) + reduced.format(n=n, rate=0.1**n) for n in (1, 2, 3)]
    several = "".join(epochs)
    one = several.replace(reduced.format(n=1, rate=0.1), "").replace(reduced.format(n=2, rate=0.1**2), "")
    logged = several.replace("val_loss: 0.95", "val_loss: 0.95 - lr: 0.0010")

    def said(text: str) -> list[tuple[str, dict[str, object]]]:
        return [(note.code, dict(note.values)) for note in read_log(text).run.notes if note.code.startswith("rate")]

    assert said(several) == [("rates-reduced", {"count": 3, "first": 1, "rate": 0.1, "last": 3, "end": 0.001})]
    assert said(one) == [("rate-reduced", {"epoch": 3, "rate": 0.001})]
    assert said(logged) == []
