import json
import time
from pathlib import Path
from typing import Any

import pytest
from logs import read_log, read_with_format, sentences

from reportgen.errors import SourceError
from reportgen.options import ReadOptions
from reportgen.sources import read_all
from reportgen.sources.json_runs import json_runs

LOSS, HELD_OUT = [3.0, 2.0, 1.5], [3.5, 2.5, 2.25]
PLAIN = {"loss": LOSS, "val_loss": HELD_OUT}
BY_SPLIT = {"train": {"loss": LOSS}, "val": {"loss": HELD_OUT}}
ROWS = [{"epoch": n + 1, "train_loss": a, "val_loss": b} for n, (a, b) in enumerate(zip(LOSS, HELD_OUT, strict=True))]
BARE = [{"loss": a, "val_loss": b} for a, b in zip(LOSS, HELD_OUT, strict=True)]

# Each is one run with the curves of PLAIN, perhaps among others.
ONE_RUN: dict[str, Any] = {
    "beside settings": PLAIN | {"batch_size": 64, "optimizer": "adam"},
    "Keras' History": {"history": PLAIN, "epoch": [0, 1, 2], "params": {"epochs": 3, "steps": 8, "verbose": 1}},
    "under a key": {"model": "cnn", "training_history": PLAIN, "test_accuracy": 0.9},
    "under two keys": {"training": {"history": PLAIN}},
    "splits": BY_SPLIT,
    "splits below": {"model": "cnn", "metrics": {"train": {"loss": LOSS}, "validation": {"loss": HELD_OUT}}},
    "splits in names of objects": {"train_history": {"loss": LOSS}, "dev_metrics": {"loss": HELD_OUT}},
    "splits inside": {"loss": {"train": LOSS, "val": HELD_OUT}},
    "lists named as lists": {"train_losses": LOSS, "val_losses": HELD_OUT},
    "names in camel case": {"trainLoss": LOSS, "valLoss": HELD_OUT},
    "encoded twice": json.dumps(PLAIN),
    "encoded within": {"history": json.dumps(PLAIN)},
    "outputs by split": {"training": {"combined": {"loss": LOSS}}, "validation": {"combined": {"loss": HELD_OUT}}},
    "encoded three times": json.dumps(json.dumps(PLAIN)),
    "rows under a key": {"config": {"lr": 0.1}, "epochs": ROWS},
    "logs": {"logs": ROWS, "best_epoch": 2},
    "rows by split": {"train": [{"loss": value} for value in LOSS], "val": [{"loss": value} for value in HELD_OUT]},
    "rows by split with epochs": {
        "train": [{"epoch": n, "loss": value} for n, value in enumerate(LOSS)],
        "val": [{"epoch": n, "loss": value} for n, value in enumerate(HELD_OUT)],
    },
    "rows with objects": [{"epoch": n, "train": {"loss": a}, "val": {"loss": b}} for n, (a, b) in
                          enumerate(zip(LOSS, HELD_OUT, strict=True))],
    "objects by epoch": {f"epoch_{n + 1}": row for n, row in enumerate(BARE)},
    "lists and rows": PLAIN | {"val_metrics": [{"f1": 0.1}, {"f1": 0.2}, {"f1": 0.3}]},
    "lists of other lengths": PLAIN | {"class_names": ["a", "b"], "batch_losses": [9.0] * 30, "lr_steps": [1.0] * 30},
    "pandas columns": {name: {str(n): value for n, value in enumerate(values)} for name, values in PLAIN.items()},
    "pandas index": {str(n): row for n, row in enumerate(BARE)},
    "pandas split": {"columns": ["loss", "val_loss"], "index": [0, 1, 2], "data": [list(row.values()) for row in BARE]},
    "pandas table": {
        "schema": {"fields": [{"name": "index", "type": "integer"}], "primaryKey": ["index"], "pandas_version": "1"},
        "data": [{"index": n, **row} for n, row in enumerate(BARE)],
    },
}  # fmt: skip
PRINTED = {
    "single quotes": repr(PLAIN),
    "an assignment": f"history = {PLAIN!r}  # of the first model",
    "arrays": f"{{'loss': array({LOSS}, dtype=float32), 'val_loss': np.array({HELD_OUT})}}",
    "scalars of NumPy": repr(PLAIN).replace("1.5", "np.float32(1.5)"),
    "two assignments": f"loss = {LOSS}\nval_loss = {HELD_OUT}\n",
    "keys first": f"dict_keys(['loss', 'val_loss'])\n{PLAIN!r}\n",
    "after words": f"Training took 3 min. The history: {PLAIN!r}\n",
    "in Markdown": f"# Results\n\n    Epoch 1/3\n    Epoch 2/3\n\nThe history:\n\n    {PLAIN!r}\n",
    "in a docstring": f'"""Trains the model.\n\n{PLAIN!r}\n"""\nimport os\n',
    "assigned rows": f"history = {BARE!r}\n",
    "a default dict": f"defaultdict(<class 'list'>, {PLAIN!r})",
    "a comment in JSON": f"// of today\n{json.dumps(PLAIN)}",
    "JSON with a trailing comma": json.dumps(PLAIN)[:-1] + ",}",
    "JavaScript": f"const history = {json.dumps(PLAIN)};",
}
RUNS: dict[str, tuple[Any, list[str]]] = {
    "folds in the names of the lists of each model": (
        {model: {f"{name}_fold{fold}": PLAIN[name] for fold in (1, 2) for name in PLAIN} for model in ("a", "b")},
        ["a, fold 1", "a, fold 2", "b, fold 1", "b, fold 2"],
    ),
    "folds": ({"fold_1": PLAIN, "fold_2": PLAIN}, ["fold_1", "fold_2"]),
    "seeds with splits": ({"seed_0": BY_SPLIT, "seed_1": BY_SPLIT}, ["seed_0", "seed_1"]),
    "models": ({"results": {"lstm": {"history": PLAIN}, "gru": {"history": PLAIN}}}, ["lstm", "gru"]),
    "a list": ([PLAIN, PLAIN], ["run 1", "run 2"]),
    "a list of folds": ({"folds": [{"history": PLAIN}, {"history": PLAIN}]}, ["fold 1", "fold 2"]),
    "named runs": ([{"name": "small", "log": ROWS}, {"name": "large", "log": ROWS}], ["small", "large"]),
    "numbered runs": ({"runs": [{"seed": 7, **PLAIN}, {"seed": 9, **PLAIN}]}, ["seed 7", "seed 9"]),
    "first words": (
        {f"{word}_{name}": values + values * n for n, word in enumerate(("a", "b")) for name, values in PLAIN.items()},
        ["a", "b"],
    ),
    "a list per fold": (
        {f"{name}_fold{n}": values for n in (1, 2) for name, values in PLAIN.items()},
        ["fold 1", "fold 2"],
    ),
    "stages": ({"initial_training": PLAIN, "fine_tuning": PLAIN}, ["initial_training", "fine_tuning"]),
    "encoded": (json.dumps(json.dumps([PLAIN, PLAIN])), ["run 1", "run 2"]),
    "among other lines": (f"done\nHistory: {{'fold_1': {PLAIN!r}, 'fold_2': {PLAIN!r}}}\nbye\n", ["fold_1", "fold_2"]),
    "lines of histories": (f"first: {PLAIN!r}\nsecond: {PLAIN!r}\n", ["run 1", "run 2"]),
    "Python": (f"first = {PLAIN!r}\nsecond = {PLAIN!r}", ["first", "second"]),
}
REFUSED: dict[str, tuple[Any, str]] = {
    "settings": ({"learning_rate": 0.1, "layers": {"units": 8}, "name": "x"}, "it has only single values"),
    "results": ({"test_loss": 0.5, "test_accuracy": 0.9}, "it has only single values"),
    "results as text": ({"test_loss": "0.5", "test_acc": "0.9"}, "it has only single values"),
    "results of Trainer": ({"epoch": 3.0, "eval_loss": 0.5, "eval_runtime": 2.5}, "Use trainer_state.json"),
    "summary of W&B": ({"_step": 9, "_runtime": 3.5, "loss": 0.5}, "summary of a run of Weights & Biases"),
    "trial of a search": ({"trial_id": "0", "hyperparameters": {"values": {"units": 8}}, "score": 0.5}, "a search for"),
    "no metrics": ({"shapes": [3, 4], "labels": ["a"]}, "this JSON has no history"),
    "a shortened list": ("{'loss': [3.0, 2.0, ..., 1.0]}", 'it has "..." instead of values'),
    "numbers without a name": ("[3, 2, 1]", "is not a list with one object per epoch"),
    "a loss that is not a list": ({"loss": 0.5, "val_loss": [1]}, '"loss" is "0.5", not a list'),
}


@pytest.mark.parametrize("document", ONE_RUN.values(), ids=ONE_RUN)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_history_is_found_in_a_document_of_any_shape(document: Any, indent: int | None) -> None:
    history, known = read_with_format(json.dumps(document, indent=indent), "history.json")
    assert known in ("json", "json-rows")
    assert history.series("loss", "train").tolist() == LOSS
    assert history.series("loss", "validation").tolist() == HELD_OUT
    assert history.epochs.tolist() == [1, 2, 3]


@pytest.mark.parametrize("text", PRINTED.values(), ids=PRINTED)
def test_a_printed_history_is_read(text: str) -> None:
    history, known = read_with_format(text, "history.txt")
    assert known == "json"
    assert history.series("loss", "train").tolist() == LOSS
    assert history.series("loss", "validation").tolist() == HELD_OUT


@pytest.mark.parametrize(("document", "names"), RUNS.values(), ids=RUNS)
def test_several_histories_are_several_runs(document: Any, names: list[str], tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    loaded = read_all(str(path), ReadOptions())
    assert [one.history.run.title for one in loaded] == names
    for one in loaded:
        assert one.history.series("loss", "train").tolist()[:3] == LOSS
        assert one.history.series("loss", "validation").tolist()[:3] == HELD_OUT


@pytest.mark.parametrize(("document", "message"), REFUSED.values(), ids=REFUSED)
def test_documents_without_a_history_are_refused_with_the_reason(document: Any, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_log(document if isinstance(document, str) else json.dumps(document), "history.json")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_single_values_are_settings_or_results_of_tests() -> None:
    document = {
        "model": "resnet18",
        "config": {"lr": 0.01, "epochs": 5, "amp": True, "data": "/home/me/data", "api_key": "abc", "test_size": 0.2},
        "history": PLAIN,
        "test": {"accuracy": 0.75, "n": 100},
        "final_test_f1": 0.5,
        "best_val_loss": 2.25,
    }
    run = read_log(json.dumps(document)).run
    assert run.test_results == (("accuracy", 0.75), ("f1", 0.5))
    assert dict(run.params) == {
        "model": "resnet18",
        "config.lr": "0.01",
        "config.epochs": "5",
        "config.amp": "True",
        "config.test_size": "0.2",
        "test.n": "100",
        "best_val_loss": "2.25",
    }
    assert (run.epochs_planned, run.model_name) == (5, "resnet18")


def test_results_of_a_run_stay_with_it(tmp_path: Path) -> None:
    path = tmp_path / "folds.json"
    folds = {f"fold_{n}": {"history": PLAIN, "test_accuracy": n / 10} for n in (1, 2)}
    path.write_text(json.dumps({"folds": folds, "mean_test_accuracy": 0.15, "lr": 0.5}))
    loaded = read_all(str(path), ReadOptions())
    assert [one.history.run.test_results[:1] for one in loaded] == [(("accuracy", 0.1),), (("accuracy", 0.2),)]
    assert all(("lr", "0.5") in one.history.run.params for one in loaded)


def test_parts_of_one_model_are_one_run() -> None:
    assert read_log(json.dumps({"generator": {"loss": LOSS}, "discriminator": {"loss": LOSS}})).keys == (
        "generator_loss",
        "discriminator_loss",
    )
    assert read_log(json.dumps({"losses": {"box": LOSS, "cls": LOSS}})).keys == ("box_loss", "cls_loss")


def test_lists_that_are_not_curves_are_left_out_with_a_note() -> None:
    history = read_log(json.dumps(PLAIN | {"input_shape": [28, 28, 1], "per_class": {"support": [5, 7]}}))
    assert history.keys == ("loss", "val_loss")
    assert sentences(history.run.notes) == (
        "These lists are not curves of this run and were left out: input_shape, per_class.support.",
    )


def test_a_list_of_rewards_per_episode_counts_episodes() -> None:
    history = read_log(json.dumps({"episode_rewards": [8.0, 11.0, 15.0, 21.0], "losses": [0.9, 0.8, 0.9, 1.0]}))
    assert "Each epoch in this report is one episode." in sentences(history.run.notes)
    for other in ({"loss": [0.9, 0.8], "rewards": [8.0, 11.0]}, {"epoch": [1, 2], "episode_reward": [8.0, 11.0]}):
        assert "Each epoch in this report is one episode." not in sentences(read_log(json.dumps(other)).run.notes)


def test_a_list_of_numbers_takes_the_name_of_its_file() -> None:
    assert read_log(json.dumps(LOSS), "val_loss.json").keys == ("val_loss",)


def test_facts_of_many_runs_are_found_in_linear_time() -> None:
    def seconds(count: int) -> float:
        run = {"history": {"loss": [1, 0.5]}, "settings": {"units": 8, "depth": 2}, "name": "small"}
        documents = {f"r{n}": run for n in range(count)}, {"runs": [run] * count}
        start = time.process_time()
        assert [len(json_runs(document)[0]) for document in documents] == [count, count]
        return time.process_time() - start

    assert seconds(800) < 20 * seconds(100) + 0.5
