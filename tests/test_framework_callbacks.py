"""The callbacks for PyTorch Lightning and for the Trainer of Hugging Face, with the real packages."""

import contextlib
from pathlib import Path
from typing import Any

import pytest

import reportgen
from reportgen.history.facts import EarlyStopping

MISSING = "the group formats is not installed"
pytestmark = pytest.mark.filterwarnings("ignore")  # both packages warn about versions, workers and devices


def lightning_trained(
    folder: Path, *, fails_at: int | None = None
) -> "tuple[reportgen.TrainingHistory, dict[str, Any]]":
    lightning = pytest.importorskip("lightning", reason=MISSING)
    import torch

    from reportgen.lightning import LightningReport

    class Module(lightning.LightningModule):  # type: ignore[misc,name-defined]
        def __init__(self, width: int = 4) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(3, 1)

        def error(self, batch: Any) -> Any:
            return ((self.layer(batch[0]) - batch[1]) ** 2).mean()

        def training_step(self, batch: Any, index: int) -> Any:
            if self.current_epoch == fails_at:
                raise RuntimeError("on purpose")
            loss = self.error(batch)
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", self.error(batch))

        def test_step(self, batch: Any, index: int) -> None:
            self.log("test_loss", self.error(batch))

        def forward(self, inputs: Any) -> Any:
            return self.layer(inputs)

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.125, momentum=0.5)

    inputs = torch.randn(32, 3)
    data = torch.utils.data.TensorDataset(inputs, inputs.sum(1, keepdim=True))
    loader = torch.utils.data.DataLoader(data, batch_size=8)
    stopping = lightning.pytorch.callbacks.EarlyStopping("val_loss", patience=3)
    metrics: dict[str, Any] = {}
    callback = LightningReport(folder / "r.html", evaluate=loader, params={"data": "made"}, seed=7, verbose=0)
    trainer = lightning.Trainer(
        max_epochs=4, check_val_every_n_epoch=2, callbacks=[stopping, callback], accelerator="cpu", logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    with contextlib.suppress(RuntimeError):
        module = Module()
        trainer.fit(module, loader, loader)
        metrics |= trainer.callback_metrics
        trainer.test(module, loader, verbose=False)
        metrics |= trainer.callback_metrics
    assert isinstance(callback, lightning.pytorch.Callback)
    assert callback.report is not None
    return reportgen.load(callback.path), metrics


def test_a_training_of_lightning_has_its_values_and_settings(tmp_path: Path) -> None:
    history, metrics = lightning_trained(tmp_path)
    assert history.series("loss", "train").index.tolist() == [1, 2, 3, 4]
    assert history.series("loss", "train").iloc[-1] == pytest.approx(float(metrics["train_loss"]))
    assert history.series("loss", "validation").index.tolist() == [2, 4]  # none of an epoch without validation
    assert set(history.keys) == {"loss", "val_loss", "learning_rate"}
    run = history.run
    assert (run.status, run.tool, run.epochs_planned, run.optimizer) == ("completed", "lightning", 4, "SGD")
    assert (run.parameters, run.steps_per_epoch) == (4, 4)
    assert run.early_stopping == EarlyStopping("val_loss", 3, None, restores=False)
    assert dict(run.params) == {"width": "4", "data": "made"}
    assert {("batch_size", "8"), ("train_rows", "32"), ("device", "CPU"), ("seed", "7")} <= set(run.settings)
    assert ("momentum", "0.5") in run.optimizer_settings
    assert dict(run.test_results) == {"loss": pytest.approx(float(metrics["test_loss"]))}
    assert run.evaluation is not None
    assert (run.evaluation.task, run.evaluation.rows) == ("regression", 32)
    assert [(layer.name, layer.kind, layer.parameters) for layer in run.layers] == [("layer", "Linear", 4)]


def test_a_training_of_lightning_that_fails_leaves_a_report(tmp_path: Path) -> None:
    history, _ = lightning_trained(tmp_path, fails_at=2)
    assert (history.run.status, history.epochs.tolist()) == ("interrupted", [1, 2])


@pytest.mark.parametrize("strategy", ["epoch", "steps"])
def test_a_training_of_trainer_has_its_values_and_settings(tmp_path: Path, strategy: str) -> None:
    pytest.importorskip("accelerate", reason=MISSING)
    transformers = pytest.importorskip("transformers", reason=MISSING)
    import torch

    from reportgen.transformers import TrainerReport

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 3)

        def forward(self, x: Any = None, labels: Any = None) -> dict[str, Any]:
            out = self.layer(x)
            return {"loss": torch.nn.functional.cross_entropy(out, labels), "logits": out}

    rows = [{"x": x, "labels": place % 3} for place, x in enumerate(torch.randn(32, 2))]
    arguments = transformers.TrainingArguments(
        str(tmp_path / "out"), num_train_epochs=3, per_device_train_batch_size=8, logging_steps=2, eval_steps=4,
        logging_strategy=strategy, eval_strategy=strategy, save_strategy="no", report_to=[], use_cpu=True,
        disable_tqdm=True, learning_rate=0.125,
    )  # fmt: skip
    callback = TrainerReport(tmp_path / "r.html", evaluate=rows[8:], labels=["a", "b", "c"], verbose=0)
    trainer = transformers.Trainer(Model(), arguments, train_dataset=rows, eval_dataset=rows[:8], callbacks=[callback])
    trainer.train()
    history = reportgen.load(callback.path)
    logged = [row for row in trainer.state.log_history if "loss" in row]
    assert history.series("loss", "train").tolist() == [row["loss"] for row in logged]
    evaluated = [row["eval_loss"] for row in trainer.state.log_history if "eval_loss" in row]
    assert history.series("loss", "validation").tolist() == evaluated
    places = [1, 2, 3] if strategy == "epoch" else [2, 4, 6, 8, 10, 12]
    assert (history.axis, history.series("loss", "train").index.tolist()) == (
        "epoch" if strategy == "epoch" else "step",
        places,
    )
    run = history.run
    assert (run.status, run.tool, run.parameters, run.resumed_at) == ("completed", "transformers", 9, ())
    assert {("learning_rate", "0.125"), ("per_device_train_batch_size", "8")} <= set(run.settings)
    assert run.epochs_planned == (3 if strategy == "epoch" else None)
    assert run.evaluation is not None
    assert (run.evaluation.task, run.evaluation.rows, run.evaluation.classes[2].label) == ("multi-class", 24, "c")
    assert list(dict(run.test_results)) == ["loss"]
    trainer.evaluate(rows[:4], metric_key_prefix="test")
    tested = dict(reportgen.load(callback.path).run.test_results)["loss"]
    assert tested == pytest.approx(trainer.state.log_history[-1]["test_loss"])


@pytest.mark.parametrize(("module", "name"), [("lightning", "LightningReport"), ("transformers", "TrainerReport")])
def test_a_missing_package_is_named(module: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib
    import sys

    ours = importlib.import_module(f"reportgen.{module}")
    monkeypatch.delitem(vars(ours), name, raising=False)
    for package in ("lightning.pytorch", "pytorch_lightning", "transformers"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(reportgen.MissingExtraError, match=f"^{name} needs .*which is not installed"):
        getattr(ours, name)
    with pytest.raises(AttributeError):
        ours.Nonsense  # noqa: B018
