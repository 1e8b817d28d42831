import json
from pathlib import Path
from typing import Any

import pytest
import sample_logs
from logs import format_of, read_log, read_path

import reportgen
from reportgen.errors import SourceError

STATE: dict[str, Any] = json.loads(sample_logs.HUGGING_FACE)


def test_the_facts_of_the_trainer_are_kept_and_its_summary_is_not_an_epoch() -> None:
    history = read_log(sample_logs.HUGGING_FACE)
    assert history.keys == ("learning_rate", "loss", "val_loss")
    assert (history.run.epochs_planned, history.run.status) == (4, "completed")
    assert tuple(history.steps) == (10, 20, 30, 40)


def test_steps_are_counted_without_planned_epochs_if_evaluations_are_within_epochs() -> None:
    rows = [{"epoch": i / 4, "step": i, "loss": 1.0 / i} for i in range(1, 9)]
    rows += [{"epoch": i / 4, "step": i, "eval_loss": 1.0 / i} for i in (1, 3, 6)]
    state = STATE | {"log_history": sorted(rows, key=lambda row: row["step"]), "global_step": 8, "epoch": 2.0}
    history = read_log(json.dumps(state | {"num_train_epochs": 2, "max_steps": 8}))
    assert (history.axis, history.epochs.tolist()) == ("step", list(range(1, 9)))
    assert history.series("loss", "validation").to_dict() == {1: 1.0, 3: 1 / 3, 6: 1 / 6}
    assert history.series("loss", "train")[2] == 1 / 2
    assert (history.run.epochs_planned, history.run.status) == (None, "completed")


def test_a_folder_is_read_from_its_final_state_or_its_last_checkpoint(tmp_path: Path) -> None:
    for step in (9, 10):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "trainer_state.json").write_text(
            json.dumps(STATE | {"log_history": STATE["log_history"][: step - 4]})
        )
    assert format_of(tmp_path) == "hugging-face"
    assert read_path(tmp_path).epochs.tolist() == [1, 2, 3]
    (tmp_path / "trainer_state.json").write_text(sample_logs.HUGGING_FACE)
    assert read_path(tmp_path).epochs.tolist() == [1, 2, 3, 4]


def test_checkpoints_are_not_further_runs_of_a_folder_of_runs(tmp_path: Path) -> None:
    for seed, places in enumerate((("", "checkpoint-9/", "checkpoint-10/"), ("checkpoint-9/", "checkpoint-10/"))):
        for place in places:
            path = tmp_path / f"seed{seed}" / place / "trainer_state.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            kept = STATE["log_history"][: 5 if place == "checkpoint-9/" else 6]
            path.write_text(json.dumps(STATE | {"log_history": kept} if place else STATE))
    assert [len(run.epochs) for run in reportgen.load_all(tmp_path)] == [4, 3]


@pytest.mark.parametrize("history", [None, {}, [1], "x"])
def test_a_state_without_rows_is_refused(history: Any) -> None:
    with pytest.raises(SourceError, match=r'its "log_history" is .*, not a list of rows'):
        read_log(json.dumps(STATE | {"log_history": history}), format="hugging-face")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of transformers
@pytest.mark.parametrize("strategy", ["epoch", "steps", "no"])
def test_files_of_the_trainer_are_read(strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("accelerate", reason="the group formats is not installed")
    transformers = pytest.importorskip("transformers", reason="the group formats is not installed")
    import torch

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)

        def forward(self, x=None, labels=None):
            out = self.layer(x)
            return {"loss": ((out - labels) ** 2).mean(), "logits": out}

    monkeypatch.chdir(tmp_path)
    rows = [{"x": x, "labels": x.sum(0, keepdim=True)} for x in torch.randn(50, 2)]
    arguments = transformers.TrainingArguments(
        "out", num_train_epochs=3, per_device_train_batch_size=8, gradient_accumulation_steps=2, logging_steps=2,
        eval_strategy=strategy, eval_steps=5 if strategy == "steps" else None, save_strategy="no", report_to=[],
        use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    trainer = transformers.Trainer(Model(), arguments, train_dataset=rows, eval_dataset=rows[:10])
    trainer.train()
    trainer.save_state()
    assert format_of("out") == "hugging-face"
    history = read_path(Path("out") / "trainer_state.json")
    assert history.has("loss", "train")
    assert history.has("loss", "validation") == (strategy != "no")
    if strategy == "epoch":
        assert (history.epochs.tolist(), history.steps.tolist()) == ([1, 2, 3], [4, 8, 12])
    else:
        assert history.axis == "step"
        assert set(history.epochs.tolist()) == {2, 4, 6, 8, 10, 12} | ({5} if strategy == "steps" else set())
    assert history.run.epochs_planned == (3 if strategy == "epoch" else None)
