"""Settings in YAML files beside a log."""

import pytest

import reportgen

LOGS = {
    "args.yaml": (
        "results.csv",
        "epoch,time,train/box_loss,metrics/mAP50(B),val/box_loss\n1,2,2.5,0.1,2.6\n2,4,2.1,0.2,2.2\n",
    ),
    "hparams.yaml": ("metrics.csv", "epoch,step,train_loss,val_loss\n0,9,0.9,\n0,9,,0.8\n1,19,0.5,\n1,19,,0.6\n"),
}


@pytest.mark.parametrize("file", LOGS)
@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("optimizer: SGD\nlr0: 0.05\nseed: 3\n", {"optimizer": "SGD", "lr0": "0.05", "seed": "3"}),
        ("data: /home/ada/coco8.yaml\nmodel: ./yolo.pt\n", {"data": "coco8.yaml", "model": "yolo.pt"}),
        ("patience: null\nfreeze: ~\nscale: ''\n", {}),
        ("- model\nbox: {a: 1}\ncls: &x 1\ndfl: !!python/object:os.system x\n", {}),
        ('momentum: "0.9"\r\nbatch: 16   \n', {"momentum": "0.9", "batch": "16"}),
        ("\0\xff" * 1000, {}),
    ],
)
def test_plain_settings_are_read_and_the_rest_is_left_out(file, text, params, tmp_path):
    name, log = LOGS[file]
    folder = tmp_path / "version_0"
    folder.mkdir()
    (folder / name).write_text(log, "utf-8")
    (folder / file).write_text(text, "latin-1")
    assert dict(reportgen.load(folder).run.params) == params


def test_secrets_are_masked(tmp_path):
    folder = tmp_path / "version_0"
    folder.mkdir()
    (folder / "metrics.csv").write_text(LOGS["hparams.yaml"][1], "utf-8")
    (folder / "hparams.yaml").write_text("api_key: abc\nlr: 0.1\n", "utf-8")
    assert dict(reportgen.load(folder).run.params) == {"api_key": "(masked)", "lr": "0.1"}


def test_each_run_in_a_folder_has_the_settings_beside_it(tmp_path):
    for seed, name in enumerate(("train", "train-2")):
        folder = tmp_path / "detect" / name
        folder.mkdir(parents=True)
        (folder / "results.csv").write_text(LOGS["args.yaml"][1], "utf-8")
        (folder / "args.yaml").write_text(f"optimizer: SGD\nbatch: 8\nlr0: 0.1\nseed: {seed}\n", "utf-8")
    found = reportgen.compare(tmp_path / "detect")
    assert sorted(dict(run.history.run.params)["seed"] for run in found.runs) == ["0", "1"]
    assert (len(found.groups), found.grouping.repeats) == (1, ("seed",))
