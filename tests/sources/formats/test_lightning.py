from dataclasses import replace
from pathlib import Path

import pytest
import sample_logs
from logs import format_of, read_log, read_path, sentences

from reportgen.errors import SourceError

HEADER = "epoch,lr-SGD,step,test_loss,train_loss_epoch,train_loss_step,train_mae,val_loss\n"
REAL = HEADER + (  # as Lightning 2.6 writes it
    ",0.01,0,,,,,\n0,,2,,,3.25,1.5,\n0,,5,,,6.5,2.5,\n0,,7,,,,,3.25\n0,,7,,4.0,,,\n,0.005,8,,,,,\n1,,11,,,2.5,1.5,\n"
    "1,,15,,,,,2.75\n1,,15,,3.0,,,\n2,,16,2.5,,,,\n"
)


def test_rows_of_an_epoch_are_combined_and_its_own_value_takes_precedence_over_steps() -> None:
    history = read_log(REAL, "metrics.csv")
    assert history.keys == ("learning_rate", "loss", "mae", "val_loss")
    assert history.series("loss", "train").to_dict() == {1: 4.0, 2: 3.0}
    assert history.series("loss", "validation").to_dict() == {1: 3.25, 2: 2.75}
    assert history.series("mae", "train").to_dict() == {1: 2.0, 2: 1.5}
    assert history.series("learning_rate", "train").to_dict() == {1: 0.01, 2: 0.005}
    assert tuple(history.steps) == (7, 15)
    assert history.run.test_results == (("loss", 2.5),)
    assert history.run.tool == "lightning"


def test_a_log_with_only_the_results_of_a_test_is_refused() -> None:
    with pytest.raises(SourceError, match='it has only results of a test \\("test_loss"\\), no values of a training'):
        read_log("epoch,step,test_loss\n0,1,0.5\n", "metrics.csv")


def test_a_test_set_evaluated_in_each_epoch_is_a_curve() -> None:
    log = "epoch,step,test_loss,train_loss\n0,1,0.75,0.5\n1,2,0.5,0.25\n"
    assert read_log(log, "metrics.csv").keys == ("loss", "val_loss")


@pytest.mark.parametrize(
    ("header", "keys"),
    [
        ("epoch,step,train_loss_step", ("loss",)),
        ("epoch,step,train_loss_epoch,train_loss_step,val_loss", ("loss", "val_loss")),
        ("train_acc_step,train_loss_step,step,epoch", ("acc", "loss")),
        ("epoch,hp_metric,step,train_loss", ("loss",)),
    ],
)
def test_names_with_step_and_epoch_mean_the_metric_and_placeholders_are_left_out(
    header: str, keys: tuple[str, ...]
) -> None:
    row = ["{e}" if name == "epoch" else "{s}" if name == "step" else "0.5" for name in header.split(",")]
    rows = [",".join(row).format(e=epoch, s=50 * epoch + 49) for epoch in range(3)]
    history = read_log("\n".join([header, *rows, ""]), "metrics.csv")
    assert history.keys == keys
    assert history.run.tool == "lightning"


def test_the_first_of_several_validation_sets_is_the_one_to_judge_by() -> None:
    sets = "val_loss/dataloader_idx_0,val_loss/dataloader_idx_1"
    history = read_log(f"epoch,step,train_loss,{sets}\n0,9,1.0,,\n0,9,,0.75,0.5\n", "metrics.csv")
    assert history.keys == ("loss", "val_loss", "val_loss/dataloader_idx_1")
    assert history.series("loss", "validation").tolist() == [0.75]
    assert sentences(history.run.notes)[0].startswith("The log has 2 validation sets; dataloader_idx_0 is used")


def test_a_plain_table_with_an_epoch_and_a_step_is_not_of_lightning() -> None:
    assert read_log("epoch,step,train_loss\n0,4,0.5\n1,8,0.25\n", "run.csv").run.tool is None


def test_a_folder_with_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "hparams.yaml").write_text("lr: 0.1\n")
    (tmp_path / "metrics.csv").write_text(sample_logs.LIGHTNING)
    assert format_of(tmp_path) == "lightning"
    found, logged = read_path(tmp_path), read_log(sample_logs.LIGHTNING)
    assert found.run.params == (("lr", "0.1"),)
    assert found == replace(logged, run=replace(logged.run, params=found.run.params))


def test_the_user_may_still_choose_the_step_values() -> None:
    history = read_log(REAL, "metrics.csv", columns={"train_loss_epoch": "", "train_loss_step": "loss"})
    assert history.series("loss", "train")[1] == (3.25 + 6.5) / 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Lightning's own
def test_files_of_lightning_are_read(tmp_path: Path) -> None:
    lightning = pytest.importorskip("lightning", reason="the group formats is not installed")
    import torch
    from lightning.pytorch.callbacks import LearningRateMonitor
    from lightning.pytorch.loggers import CSVLogger

    class Model(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)

        def _loss(self, batch):
            return ((self.layer(batch[0]) - batch[1]) ** 2).mean()

        def training_step(self, batch, index):
            loss = self._loss(batch)
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch, index):
            self.log("val_loss", self._loss(batch))

        def test_step(self, batch, index):
            self.log("test_loss", self._loss(batch))

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.01)

    torch.manual_seed(0)
    x = torch.randn(32, 2)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8)
    logger = CSVLogger(tmp_path)
    trainer = lightning.Trainer(
        max_epochs=3, accelerator="cpu", logger=logger, log_every_n_steps=2, enable_progress_bar=False,
        enable_model_summary=False, enable_checkpointing=False, callbacks=[LearningRateMonitor()],
    )  # fmt: skip
    model = Model()
    trainer.fit(model, loader, loader)
    last = float(trainer.callback_metrics["val_loss"])
    trainer.test(model, loader, verbose=False)
    history = read_path(logger.log_dir)
    assert format_of(logger.log_dir) == "lightning"
    assert history.keys == ("learning_rate", "loss", "val_loss")
    assert history.epochs.tolist() == [1, 2, 3]
    assert history.series("loss", "validation")[3] == pytest.approx(last)
    assert tuple(history.steps) == (3, 7, 11)
