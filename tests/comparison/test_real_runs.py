"""Comparisons of real training runs, and of stores in the form that other tools write."""

import json
import re
from dataclasses import replace
from pathlib import Path

import mlflow_stores
import numpy as np
from html_check import check_html

import reportgen

COMPARED = Path(__file__).parents[2] / "sample_reports" / "histories" / "compared"


def test_two_optimizers_with_five_seeds_are_compared_in_pairs():
    found = reportgen.compare(str(COMPARED / "optimizers" / "*.json"))
    assert (found.verdict.code, found.verdict.best) == ("best", "adam")
    assert [len(group.runs) for group in found.groups] == [5, 5]
    assert found.pairs[0].paired_by == ("seed",)
    assert found.pairs[0].p < 0.01
    check_html(found.to_html())


def test_five_folds_that_stopped_at_different_epochs_are_one_group():
    found = reportgen.compare(str(COMPARED / "folds" / "*.json"))
    (group,) = found.groups
    assert found.grouping.repeats == ("fold",)
    assert (found.verdict.code, len(group.runs)) == ("one-group", 5)
    html = found.to_html()
    check_html(html)
    assert "The first run stopped at epoch 12." in html
    assert 'data-epochs="1 60"' in html
    assert "Folds share most of their training data" in html


def test_the_folds_of_a_printed_log_are_one_group(tmp_path):
    draw, lines = np.random.default_rng(3), []
    for fold in (1, 2, 3, 4):
        lines.append(f"Training on fold {fold} of 4 ...")
        for epoch in range(1, 7):
            loss, accuracy = 1 / epoch + draw.normal(0, 0.02), 0.9 - 0.4 / epoch + draw.normal(0, 0.01)
            lines += [f"Epoch {epoch}/6", f"15/15 - 1s - loss: {loss:.4f} - val_loss: {loss + 0.1:.4f}"
                      f" - val_accuracy: {accuracy:.4f}"]  # fmt: skip
    (tmp_path / "folds.log").write_text("\n".join(lines) + "\n", "utf-8")
    found = reportgen.compare(tmp_path / "folds.log")
    assert (found.verdict.code, found.groups[0].spread.n) == ("one-group", 4)
    assert found.measure.key == "val_loss"


def test_the_folds_of_a_log_with_headings_and_the_runs_of_a_notebook_are_compared(tmp_path):
    folds = reportgen.compare(Path(__file__).parent / "inputs" / "kfold_two_folds.log")
    assert [run.name for run in folds.runs] == ["fold 1", "fold 2"]
    assert (folds.verdict.code, folds.grouping.repeats, folds.groups[0].values) == (
        "one-group",
        ("fold",),
        (0.56, 0.61),
    )
    cells = []
    for place, level in enumerate((0.2, 0.5, 0.3)):
        lines = [
            f"Epoch {n}/6\n5/5 - 0s - loss: {level + 1 / n:.4f} - val_loss: {level + 1.1 / n:.4f}\n"
            for n in range(1, 7)
        ]
        output = {"output_type": "stream", "name": "stdout", "text": lines}
        cells.append({"cell_type": "code", "execution_count": place, "metadata": {}, "source": [], "outputs": [output]})
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "fit.ipynb").write_text(json.dumps(notebook), "utf-8")
    found = reportgen.compare(tmp_path / "fit.ipynb")
    assert [group.name for group in found.groups] == ["cell 1", "cell 3", "cell 2"]


def test_the_runs_of_a_yolo_folder_are_compared_by_their_folders(tmp_path):
    draw = np.random.default_rng(4)
    for size, level in (("yolo11n", 0.5), ("yolo11s", 0.6)):
        for seed in (1, 2, 3):
            path = tmp_path / "runs" / "detect" / f"{size}_seed{seed}" / "results.csv"
            path.parent.mkdir(parents=True)
            rows = ["epoch,time,train/box_loss,metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss,lr/pg0"]
            for epoch in range(1, 13):
                quality = level * (1 - np.exp(-epoch / 4)) + draw.normal(0, 0.003)
                rows.append(
                    f"{epoch},{epoch * 3.1:.1f},{2 / epoch:.4f},{quality:.4f},{quality * 0.7:.4f},{1 - quality:.4f},0"
                )
            path.write_text("\n".join(rows) + "\n", "utf-8")
            (path.parent / "args.yaml").write_text("mode: train\noptimizer: auto\nlr0: 0.01\nbatch: 16\n", "utf-8")
    found = reportgen.compare(str(tmp_path / "runs" / "detect" / "*"), metric="val_mAP50(B)")
    assert [group.name for group in found.groups] == ["yolo11s", "yolo11n"]
    assert (found.verdict.code, found.verdict.best) == ("best", "yolo11s")
    check_html(found.to_html())


def test_the_runs_of_an_mlflow_store_are_grouped_by_their_parameters(tmp_path):
    draw = np.random.default_rng(5)
    for number in range(8):
        units, seed = (16, 64)[number % 2], number // 2
        curve = [(step, 1 / (step + 1) + 6.4 / units + draw.normal(0, 0.01)) for step in range(10)]
        mlflow_stores.add_run(
            tmp_path / "mlflow.db",
            f"{number:032x}",
            {"loss": curve, "val_loss": [(step, value + 0.1) for step, value in curve]},
            {"units": str(units), "seed": str(seed)},
            name=f"run {number}",
        )
    found = reportgen.compare(tmp_path / "mlflow.db")
    assert [(group.name, len(group.runs)) for group in found.groups] == [("units=64", 4), ("units=16", 4)]
    assert found.pairs[0].paired_by == ("seed",)


def test_the_trials_of_a_search_have_one_report_each_and_are_compared(tmp_path):
    draw = np.random.default_rng(6)
    for trial in range(6):
        rate = 10.0 ** -(trial % 3 + 1)
        loss = 1 / np.arange(1, 13) + 0.2 * (trial % 3) + draw.normal(0, 0.01, 12)
        made = reportgen.load({"loss": loss, "val_loss": loss + 0.05})
        params = (("learning_rate", f"{rate:g}"), ("units", "32"))
        made = made.with_run(replace(made.run, title=f"trial {trial:04d}", params=params))
        reportgen.build(made).save(tmp_path / "reports" / f"{trial:04d}.html")
    found = reportgen.compare(tmp_path / "reports")
    assert [group.name for group in found.groups] == ["learning_rate=0.1", "learning_rate=0.01", "learning_rate=0.001"]
    page = found.save(tmp_path / "compare.html").read_text("utf-8")
    assert set(re.findall(r'href="(reports/[^"]+)"', page)) == {f"reports/{trial:04d}.html" for trial in range(6)}
    assert "Settings and results" in page
