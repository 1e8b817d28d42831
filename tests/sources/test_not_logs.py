"""Files that are not training logs are refused with one line that says why.

``not_logs.toml`` has one table per file: its ``name``, its ``text``, and words of the reason in ``refused``. Logs that
resemble them, which are read, are in ``inputs/``.
"""

import tomllib
from pathlib import Path

import pytest

import reportgen
from reportgen.errors import ReportgenError

OTHERS = {
    entry["name"]: entry
    for entry in tomllib.loads((Path(__file__).parent / "not_logs.toml").read_text("utf-8"))["other"]
}
LONGEST = 300  # characters of a message, without the path


def refusal(path: Path) -> str:
    with pytest.raises(ReportgenError) as caught:
        reportgen.load_all(path)
    return str(caught.value)


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_without_a_log_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(OTHERS[name]["text"], "utf-8")
    message = refusal(path).replace(f"{path}: ", "")
    assert OTHERS[name]["refused"] in message.replace("\x02", "").replace("\x03", "")
    assert "\n" not in message
    assert len(message) < LONGEST


NAMED = {
    "grid.csv": {"format": "table"},
    "credit.csv": {"columns": {"id": "step", "age": "", "income": "", "default": ""}},
    "ksp.log": {"format": "console"},
    "per_sample.jsonl": {"format": "json-rows"},
    "lr_find.json": {"format": "json"},
}


@pytest.mark.parametrize("name", NAMED)
def test_a_user_who_names_the_format_or_the_columns_has_it_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(OTHERS[name]["text"], "utf-8")
    assert reportgen.load(path, **NAMED[name]).curves


PARTS = {
    "a search that prints its epochs": (
        "Trial 0 finished with value: 0.41 and parameters: {'lr': 0.01}.\n"
        + "".join(f"Epoch {epoch}/4 loss: {1 / epoch:.3f} val_loss: {1.2 / epoch:.3f}\n" for epoch in range(1, 5)),
        [1, 2, 3, 4],
    ),
    "a solver before the training": (
        "iter 1: residual = 1.03e+00\niter 2: residual = 4.21e-01\n"
        + "".join(f"Epoch: {epoch} | train loss: {1 / epoch:.3f}\n" for epoch in range(1, 4)),
        [1, 2, 3],
    ),
    "settings before the training": (
        "lr: 0.01\nbatch_size: 32\nepochs: 3\nloss: mse\nmodel: small\nseed: 7\n"
        + "".join(f"Epoch {epoch}, loss {1 / epoch:.3f}, accuracy {epoch / 5:.2f}\n" for epoch in range(1, 4)),
        [1, 2, 3],
    ),
    "a page of a CI service": (
        "<!DOCTYPE html>\n<html><head><title>Console</title></head><body><pre class='console'>\n"
        + "".join(
            f"<b>12:00</b> Epoch {epoch}/3 loss: {1 / epoch:.3f} &amp; acc: 0.5{epoch}\n" for epoch in range(1, 4)
        )
        + "</pre></body></html>\n",
        [1, 2, 3],
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_log_of_which_a_part_is_a_training_run_is_read_as_that(name: str, tmp_path: Path) -> None:
    text, epochs = PARTS[name]
    path = tmp_path / ("page.html" if text.startswith("<") else "run.log")
    path.write_text(text, "utf-8")
    (history,) = reportgen.load_all(path)
    assert history.epochs.tolist() == epochs
    assert "loss" in history.metric_names
