"""What tools print is read as what it is: epochs, splits, values, results and the tool."""

import random
from pathlib import Path

import pytest
import tool_logs

import reportgen
from reportgen.errors import ReportgenError
from reportgen.metrics import parse_key
from reportgen.options import DEFAULT_READ
from reportgen.sources.opening.long_text import LongText
from reportgen.sources.printed import looks_printed, printed_runs
from reportgen.sources.source_runs import Runs


def loaded(log: tool_logs.ToolLog, folder: Path) -> "reportgen.TrainingHistory":
    (folder / "train.log").write_bytes(log.text.encode())
    (history,) = reportgen.load_all(folder / "train.log")
    return history


@pytest.mark.parametrize("name", tool_logs.LOGS)
def test_a_log_has_its_epochs_curves_results_and_tool(name: str, tmp_path: Path) -> None:
    log = tool_logs.LOGS[name]
    history = loaded(log, tmp_path)
    assert (history.axis, history.epochs.tolist()) == (log.counts, log.numbers)
    for key, values in log.curves.items():
        metric, split = parse_key(key)
        expected = {number: value for number, value in zip(log.numbers, values, strict=True) if value is not None}
        assert history.series(metric, split).to_dict() == pytest.approx(expected), key
    assert set(log.absent).isdisjoint(history.keys)
    assert {name: dict(history.run.test_results).get(name) for name in log.results} == log.results
    assert bool(history.run.test_results) == bool(log.results)
    assert history.run.tool == log.tool


@pytest.mark.parametrize("name", tool_logs.LOGS)
def test_the_best_epoch_and_early_stopping_are_facts(name: str, tmp_path: Path) -> None:
    log = tool_logs.LOGS[name]
    run = loaded(log, tmp_path).run
    assert (run.early_stopping.restored_epoch if run.early_stopping else None) == log.restored
    assert (run.status == "stopped-early") == (log.status == "stopped-early")


@pytest.mark.parametrize(
    ("text", "n_epochs"),
    [
        pytest.param(
            "epoch  train_loss  valid_loss  time\n0  0.9  0.8  00:01\nepoch  train_loss  valid_loss  time\n"
            "0  0.7  0.6  00:01\n1  0.5  0.5  00:01\n2  0.4  0.5  00:01\n",
            [1, 3],
            id="fine_tune of fastai",
        ),
        pytest.param(
            "[0]\ttrain-rmse:3.1\teval-rmse:3.3\n[1]\ttrain-rmse:2.1\teval-rmse:2.3\n[2]\ttrain-rmse:1.1\teval-rmse:1.9\n"
            "[0]\ttrain-rmse:3.2\teval-rmse:3.4\n[1]\ttrain-rmse:2.2\teval-rmse:2.4\n",
            [3, 2],
            id="two boosters",
        ),
        pytest.param(
            "{'loss': 2.4, 'learning_rate': 0.1, 'epoch': 1.0}\n{'loss': 1.4, 'learning_rate': 0.1, 'epoch': 2.0}\n"
            "{'train_runtime': 6.1, 'train_loss': 1.9, 'epoch': 2.0}\n"
            "{'loss': 2.5, 'learning_rate': 0.1, 'epoch': 1.0}\n{'loss': 1.5, 'learning_rate': 0.1, 'epoch': 2.0}\n",
            [2, 2],
            id="two Trainers",
        ),
    ],
)
def test_another_header_or_a_restart_begins_another_run(text: str, n_epochs: list[int], tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(text)
    assert [len(history.epochs) for history in reportgen.load_all(tmp_path / "train.log")] == n_epochs


def test_folds_name_the_runs(tmp_path: Path) -> None:
    lines = "[100]\tvalid_0's auc: 0.71\n[200]\tvalid_0's auc: 0.74\n"
    (tmp_path / "train.log").write_text(f"Fold 1 / 2\n{lines}  Fold 1 AUC: 0.74\nFold 2 / 2\n{lines}")
    histories = reportgen.load_all(tmp_path / "train.log")
    assert [history.run.title for history in histories] == ["fold 1", "fold 2"]
    assert [history.epochs.tolist() for history in histories] == [[100, 200]] * 2


DAMAGE = [
    "nan",
    "-1",
    "9" * 30,
    "1e400",
    "{",
    "]",
    "'",
    "|",
    ":",
    "=",
    "\t",
    "\n",
    "\0",
    "0/0",
    "%",
    "1_0",
    "\u00b2",
    ",",
]


def damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 6)):
        first = chance.randrange(len(text) + 1)
        last = min(len(text), first + chance.choice([0, 1, 5, 60]))
        text = text[:first] + chance.choice([*DAMAGE, "", text[first:last] * 2]) + text[last:]
    return text


@pytest.mark.parametrize("name", tool_logs.LOGS)
def test_a_damaged_log_gives_histories_or_an_error_of_one_line(name: str) -> None:
    chance = random.Random(name)
    for _ in range(12):
        data = damaged(tool_logs.LOGS[name].text, chance).encode("utf-8", "replace")
        looks_printed(data.decode("utf-8"))
        faults = []
        try:
            found = printed_runs(LongText(data, "train.log"), "train.log", DEFAULT_READ)
            if isinstance(found, Runs):
                for index in range(len(found.names)):
                    found.read(index)
        except ReportgenError as error:
            faults.append(str(error))
        assert "\n" not in "".join(faults)
