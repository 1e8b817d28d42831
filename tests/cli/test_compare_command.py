"""The compare command."""

import json

import pytest
from command_line import call

ROWS = [0.9, 0.6, 0.45, 0.41, 0.405]


@pytest.fixture
def folder(tmp_path):
    for name, level in (("adam", 0.0), ("sgd", 0.3)):
        for seed in (1, 2, 3):
            path = tmp_path / name / f"seed_{seed}.csv"
            path.parent.mkdir(exist_ok=True)
            lines = [f"{epoch},{value + level + seed / 100:.4f}" for epoch, value in enumerate(ROWS)]
            path.write_text("\n".join(["epoch,val_loss", *lines]) + "\n", "utf-8")
    return tmp_path


def test_groups_of_files_are_compared_in_words(folder):
    done = call("compare", "*/*.csv", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("adam is better than sgd on val_loss.\n")
    assert "Runs are compared in 3 pairs with the same seed." in done.stdout
    assert done.stdout.endswith("Other groups: pass --group-by SETTING, or --group NAME=PATTERN.\n")


def test_the_comparison_is_printed_as_json(folder):
    done = call("compare", "*/*.csv", "--json", "--group", "one=adam*", "--group", "two=sgd*", cwd=folder)
    data = json.loads(done.stdout)
    assert [group["name"] for group in data["groups"]] == ["one", "two"]
    assert data["grouping"]["basis"] == "given"


def test_groups_are_chosen_by_folder(folder):
    done = call("compare", "*/*.csv", "--group-by", "folder", cwd=folder)
    assert "Runs are grouped by folder, as you chose." in done.stdout


def test_an_unknown_metric_is_an_error(folder):
    done = call("compare", "*/*.csv", "--metric", "f2", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'reportgen: No run has a metric "f2"; there are "val_loss". Choose one.\n'
