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
    assert done.stdout.startswith("adam is better than sgd on val_loss so far.\n")
    assert "3 pairs with the same seed)." in " ".join(done.stdout.split())
    assert done.stdout.endswith("To group the runs differently, pass --group-by SETTING or --group NAME=PATTERN.\n")


def test_how_to_group_runs_is_printed_once(tmp_path):
    for name in ("one", "two", "three", "four"):
        (tmp_path / f"{name}.csv").write_text("epoch,val_loss\n0,0.9\n1,0.5\n", "utf-8")
    said = " ".join(call("compare", "*.csv", cwd=tmp_path).stdout.split())
    assert said.count("--group ") == 1
    assert "Each run is a group of its own. If some runs repeat others, group them with --group-by or --group" in said


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


def test_the_monitor_of_other_commands_is_the_metric_here(folder):
    done = call("compare", "*/*.csv", "--monitor", "val_loss", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option '--monitor'. Did you mean '--metric'?" in done.stderr


def test_the_page_is_written_and_its_path_printed(folder):
    done = call("compare", "*/*.csv", "-o", "site/compare.html", "--title", "Two optimizers", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Comparison: site/compare.html\n")
    assert "Two optimizers" in (folder / "site" / "compare.html").read_text("utf-8")
    again = call("compare", "*/*", "-o", "site/compare.html", cwd=folder)
    assert (again.returncode, again.stderr) == (0, "")  # the earlier page is not a run, as expected
    other = call("compare", "*/*", "-o", "other.html", cwd=folder)
    assert other.stderr.endswith('because they are about many runs and have no history: "compare.html".\n')


@pytest.mark.parametrize(("level", "code"), [(0.0, 0), (0.4, 1)])
def test_a_run_is_checked_against_several_baselines(level, code, folder):
    lines = [f"{epoch},{value + level:.4f}" for epoch, value in enumerate(ROWS)]
    (folder / "new.csv").write_text("\n".join(["epoch,val_loss", *lines]) + "\n", "utf-8")
    done = call("check", "new.csv", "--baseline", "adam/*.csv", "--max-regression", "2%", cwd=folder)
    assert (done.returncode, done.stderr) == (code, "")
    assert "(mean ± sd) in the 3 runs of the baseline" in " ".join(done.stdout.split())
    other = call("summary", "new.csv", "--baseline", "adam/*.csv", cwd=folder)
    assert "adam/*.csv matches 3 files" in other.stderr


def test_build_offers_a_comparison_of_the_other_runs(tmp_path):
    lines = []
    for fold in (1, 2, 3):
        lines += [f"Fold {fold}", *(f"epoch {n}: loss {1 / n:.3f}, val_loss {1.1 / n:.3f}" for n in (1, 2, 3))]
    (tmp_path / "folds.log").write_text("\n".join(lines) + "\n", "utf-8")
    done = call("build", "folds.log", cwd=tmp_path)
    assert "To compare the 3 runs: reportgen compare folds.log -o compare.html\n" in done.stdout


def test_matches_that_are_not_logs_are_named_and_folders_of_seeds_are_read(folder):
    (folder / "empty.csv").write_text("", "utf-8")
    done = call("compare", "[ase]*", cwd=folder)
    assert done.stderr == (
        "reportgen: Skipped 1 of 3 matches of [ase]*, which are not training logs. empty.csv: the file is empty.\n"
    )
    assert done.stdout.startswith("adam is better than sgd on val_loss so far.\n")
    done = call("check", "sgd/seed_1.csv", "--baseline", "adam", "--max-regression", "2%", cwd=folder)
    assert done.returncode == 1
    assert "in the 3 runs of the baseline" in done.stdout
