"""The runs to compare: patterns, folders, logs with several runs, objects; and their names."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import reportgen
from reportgen import sources
from reportgen.comparison.loading import load_runs, skipped_pages
from reportgen.comparison.short_names import different_parts, fitting_names
from reportgen.errors import SourceError
from reportgen.history.facts import EarlyStopping
from reportgen.history.frame import TrainingHistory
from reportgen.options import DEFAULT_READ
from reportgen.sources.opening.other_files import INDEX_MARK

LOG = "epoch,loss,val_loss\n0,0.9,1.0\n1,0.6,0.8\n2,0.5,0.7\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for place in ("runs/adam/seed_2", "runs/adam/seed_10", "runs/sgd/seed_2"):
        path = tmp_path / place / "history.csv"
        path.parent.mkdir(parents=True)
        path.write_text(LOG, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(given, **options):
    return [run.name for run in load_runs(given, DEFAULT_READ, **options)]


def test_patterns_are_expanded_in_natural_order(folder):
    assert names("runs/*/*/history.csv") == ["adam/seed_2", "adam/seed_10", "sgd/seed_2"]
    assert names(["runs/adam/*/*.csv", "runs/sgd/seed_2"]) == [
        "adam/seed_2/history",
        "adam/seed_10/history",
        "sgd/seed_2",
    ]


def test_a_folder_of_logs_has_one_run_each(folder):
    assert names("runs") == ["adam/seed_2", "adam/seed_10", "sgd/seed_2"]
    assert names(["runs/adam", "runs/sgd/seed_2"]) == ["adam: seed_2", "adam: seed_10", "sgd/seed_2"]


def test_logs_of_different_names_are_named_with_their_folders(folder):
    for place, name in (("adam", "first.csv"), ("sgd", "second.csv")):
        (folder / "runs" / place / name).write_text(LOG, "utf-8")
    assert names("runs/*/*.csv") == ["adam/first", "sgd/second"]


def test_a_log_that_is_named_twice_is_one_run(folder):
    assert names(["runs/adam/*", "runs/adam/seed_2", "./runs/adam/seed_10/"]) == ["seed_2", "seed_10"]


def test_a_log_beside_its_report_is_one_run_of_a_pattern(folder):
    for number, place in enumerate(sorted(folder.glob("runs/*/*"))):
        (place / "history.csv").write_text(LOG.replace("0.9", f"0.9{number}"), "utf-8")
        reportgen.build(place / "history.csv").save(place / "history.html")
    found = load_runs("runs/*/*/*", DEFAULT_READ)
    assert [Path(run.source).name for run in found] == ["history.html"] * 3
    (folder / "runs/sgd/seed_2/other.csv").write_text(LOG.replace("0.9", "0.7"), "utf-8")
    assert len(load_runs("runs/*/*/*", DEFAULT_READ)) == 4
    assert len(load_runs([str(path) for path in folder.glob("runs/sgd/*/history.*")], DEFAULT_READ)) == 2  # as asked


def test_names_have_no_passwords_and_no_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setattr(sources, "read_all", lambda *_: [sources.LoadedHistory(reportgen.load({"loss": [1, 0.5]}))])
    urls = ["https://ada:secret@example.org/adam.csv?token=secret", "https://example.org/sgd.csv#secret"]
    found = load_runs([*urls, "-", str(folder / "x" / "a.csv"), "/y/b.csv", "c.csv"], DEFAULT_READ)
    assert [run.name for run in found] == [
        "example.org/adam",
        "example.org/sgd",
        "standard input",
        "x/a",
        "y/b",
        "c",
    ]
    assert "secret" not in repr(found)
    assert names(urls) == ["adam", "sgd"]
    assert names([f"{urls[0]}1", f"{urls[0]}2"]) == ["adam.csv", "adam.csv (2)"]


def test_a_pattern_without_matches_is_an_error(folder):
    with pytest.raises(SourceError, match="no file or folder matches"):
        names("~nobody-here/*.csv")
    with pytest.raises(SourceError, match=r"nowhere/\*\.csv: no file or folder matches"):
        names("nowhere/*.csv")


def test_matches_that_are_not_logs_are_skipped_with_a_warning(folder):
    (folder / "runs" / "notes").mkdir()
    (folder / "runs" / "notes" / "todo.txt").write_text("Buy milk\n", "utf-8")
    (folder / "runs" / "empty.csv").write_text("", "utf-8")
    with pytest.warns(RuntimeWarning, match=r"^Skipped 2 of 4 matches of runs/\*, .*runs/empty\.csv: .*runs/notes: "):
        assert names("runs/*", may_skip=True) == ["adam: seed_2", "adam: seed_10", "sgd"]
    with pytest.raises(SourceError, match=r"runs/\*\*/\[en\]\*: none of its 2 matches is a training log"):
        names("runs/**/[en]*", may_skip=True)
    with pytest.raises(SourceError, match=r"^runs/notes: "):
        names(["runs/adam", "runs/notes"], may_skip=True)


def test_runs_are_named_by_the_caller(folder):
    assert names({"first": "runs/adam/seed_2", "second": "runs/sgd/seed_2"}) == ["first", "second"]
    assert names("runs/adam/*", names=["a", "a"]) == ["a", "a (2)"]
    with pytest.raises(SourceError, match="1 name for 2 runs"):
        names("runs/adam/*", names=["a"])


def test_objects_are_runs_too():
    history = reportgen.load({"loss": [0.9, 0.5]})
    assert names([{"loss": [0.9, 0.5]}, {"loss": [0.8, 0.4]}]) == ["run 1", "run 2"]
    assert names({"a": history, "b": history}) == ["a", "b"]
    assert names({"fold 1": {"loss": [0.9, 0.5]}, "fold 2": {"loss": [0.8, 0.4]}}) == ["fold 1", "fold 2"]
    assert names({"loss": [0.9, 0.5]}) == ["run 1"]


def test_a_dict_of_dicts_is_a_run_each_unless_it_names_data_sets():
    curves = {"loss": np.array([0.9, 0.5]), "val_loss": np.array([0.9, 0.6])}
    assert names({"adam/seed_0": curves, "sgd/seed_0": curves}) == ["adam/seed_0", "sgd/seed_0"]
    assert names({"train more": curves, "train less": curves}) == ["train more", "train less"]
    assert len(names({"training": {"rmse": [0.9, 0.5]}, "valid_1": {"rmse": [0.9, 0.6]}})) == 1


def test_a_dict_may_mix_kinds_of_sources(folder):
    history, frame = {"loss": [0.9, 0.5]}, pd.DataFrame({"loss": [0.8, 0.4]})
    assert names({"log": "runs/sgd/seed_2", "history": history}) == ["log", "history"]
    assert names({"frame": frame, "several": [history, frame]}) == ["frame", "several: run 1", "several: run 2"]
    logs = ["runs/adam/seed_2/history.csv", "runs/adam/seed_10/history.csv"]
    assert names({"adam": logs, "sgd": Path("runs/sgd/seed_2")}) == ["adam: seed_2", "adam: seed_10", "sgd"]
    assert names({"adam": "runs/adam/*", "sgd": reportgen.load(history)}) == ["adam: seed_2", "adam: seed_10", "sgd"]
    assert len(names({"loss": ["0.9", "0.5", "nan"], "val_loss": ["1e0", "0.6", ""]})) == 1
    with pytest.raises(SourceError, match='"sgd" has no source'):
        names({"adam": [history], "sgd": []})
    with pytest.raises(SourceError, match='"sgd" has no source'):
        names({"adam": history, "sgd": None})


def test_any_iterable_of_sources_is_like_a_list(folder):
    logs = sorted(Path("runs").glob("adam/*/*.csv"))
    assert names(path for path in logs) == names(logs)
    assert names({"runs/adam/seed_10", "runs/adam/seed_2"}) == ["seed_2", "seed_10"]
    with pytest.raises(SourceError, match='Source 2 of 2 is "None", of type NoneType; a path or a history is needed'):
        names(["runs/adam/seed_2", None])


def test_reports_have_their_own_titles(tmp_path):
    for title in ("Adam", "SGD"):
        reportgen.build({"loss": [0.9, 0.5, 0.4]}, title=title).save(tmp_path / f"{title}.html")
    assert names(str(tmp_path / "*.html")) == ["Adam", "SGD"]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["a.csv", "b.csv"], ["a", "b"]),
        (["runs/a/log.csv", "runs/b/log.csv"], ["a", "b"]),
        (["a/x.csv", "a/x.json"], ["x.csv", "x.json"]),
        (["a/log.csv", "a/b/log.csv"], ["log", "b/log"]),
        ([r"c:\runs\a\log.csv", r"c:\runs\b\log.csv"], ["a", "b"]),
        (["http://x.org/a.csv.gz", "http://x.org/b.csv.gz"], ["a", "b"]),
    ],
)
def test_names_of_files_are_what_differs_between_their_paths(paths, expected):
    assert different_parts(paths) == expected


LONG = "resnet50_imagenet_adamw_wd0.01_bs128_warmup5_cosine_mixup0.2_cutmix1.0"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([f"{LONG}_lr0.1_seed0", f"{LONG}_lr0.2_seed0"], ["resnet50_ima…lr0.1_seed0", "resnet50_ima…lr0.2_seed0"]),
        (["x" * 90 + "a", "x" * 90 + "b"], ["xxxxxxxxxxxx…xxxxxxa", "xxxxxxxxxxxx…xxxxxxb"]),
        ([f"{LONG}_a", "adam", "adam"], [f"{LONG}_a", "adam"]),
        (["a", "a "], ["a", "a (2)"]),
        (["lr=1" + "y" * 90 + "_s1", "lr=2" + "y" * 90 + "_s1"], ["lr=1" + "y" * 75 + "…", "lr=2" + "y" * 75 + "…"]),
    ],
)
def test_long_names_are_cut_where_they_are_the_same(given, expected):
    assert list(fitting_names(given).values()) == expected


def test_groups_whose_long_names_begin_alike_stay_apart():
    runs = {"x" * 100 + end: [{"loss": [9.0, float(len(end) + seed)]} for seed in range(3)] for end in ("a", "bbb")}
    assert [len(group.runs) for group in reportgen.compare(runs).groups] == [3, 3]


def test_metrics_that_runs_spell_differently_have_one_name():
    old = reportgen.load({"loss": [1, 0.5], "val_acc": [0.5, 0.6]}, monitor="val_acc")
    old = old.with_run(replace(old.run, test_results=(("acc", 0.55),), early_stopping=EarlyStopping("val_acc", 3)))
    new = TrainingHistory.from_columns([1, 2], {"Loss": [1, 0.4], "val_accuracy": [0.5, 0.7]})
    first, second = load_runs({"a": old, "b": new}, DEFAULT_READ)
    assert first.history.keys == second.history.keys == ("loss", "val_accuracy")
    facts = first.history.run
    assert (facts.monitor, facts.test_results) == ("val_accuracy", (("accuracy", 0.55),))
    assert facts.early_stopping.monitor == "val_accuracy"
    assert (first.spellings, second.spellings) == ({"acc": "accuracy"}, {"Loss": "loss"})
    assert reportgen.compare({"a": old, "b": new}, metric="val_acc").measure.key == "val_accuracy"
    assert (
        "acc in some runs and accuracy in others are compared as accuracy."
        in (reportgen.compare({"a": old, "b": new}).to_dict()["remarks"])
    )


def test_a_run_with_both_spellings_has_two_metrics():
    both = {"loss": [1, 0.5], "acc": [0.5, 0.6], "accuracy": [0.1, 0.2]}
    alone = {"loss": [1, 0.5], "acc": [0.5, 0.6]}
    assert [run.history.keys for run in load_runs({"a": both, "b": alone}, DEFAULT_READ)] == [
        ("loss", "acc", "accuracy"),
        ("loss", "acc"),
    ]


def test_pages_about_many_runs_are_skipped_by_name(tmp_path):
    for number in (1, 2, 10):
        reportgen.build({"loss": [0.9, 0.5, 0.4 - number / 100]}, title=f"a/b/seed {number}").save(
            tmp_path / "reports" / "3f" / f"{number}.html"
        )
    reportgen.compare(str(tmp_path / "reports")).save(tmp_path / "compare.html")
    (tmp_path / "index.html").write_text(f"<!doctype html><html><head>{INDEX_MARK}</head></html>", "utf-8")
    (tmp_path / "runs.jsonl").write_text('{"path": "a.csv", "best": 0.5}\n', "utf-8")
    assert names(tmp_path) == ["seed 1", "seed 2", "seed 10"]
    assert skipped_pages(tmp_path) == skipped_pages([f"{tmp_path}/*.html"]) == ("compare.html", "index.html")
    with pytest.raises(SourceError, match=r"\*\.html: only pages about many runs match"):
        names(f"{tmp_path}/*.html")
    with pytest.raises(SourceError, match="this page is the index of a sweep and has no history"):
        reportgen.load(tmp_path / "index.html")
    assert len(names(f"{tmp_path}/**/*.html")) == 3


def test_no_source_is_an_error():
    with pytest.raises(SourceError, match="an empty name"):
        load_runs({"": LOG, "b": LOG}, DEFAULT_READ)
    with pytest.raises(SourceError, match="There is no source"):
        names([])


def history_of(level, seed):
    noise = np.random.default_rng(seed).normal(0, 0.01, 12)
    return {"val_loss": (level + np.exp(-np.arange(12) / 3) + noise).tolist()}


MANY = [history_of(0.3, 1), history_of(0.3, 2), history_of(0.4, 3), history_of(0.4, 4)]
A, B, C, D = MANY


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([reportgen.build(A), B, pd.DataFrame(C), reportgen.load(D)], ["run 1", "run 2", "run 3", "run 4"]),
        ({"r": reportgen.build(A), "d": B, "f": pd.DataFrame(C)}, ["r", "d", "f"]),
        (reportgen.build(A), ["run 1"]),
        ({"a": reportgen.build(A), "b": B}.items(), ["a", "b"]),
        ((pair for pair in [("a", A), ("b", B)]), ["a", "b"]),
        ((each for each in (A, B)), ["run 1", "run 2"]),
        (
            {"a": (each for each in (A, B)), "b": map(reportgen.load, (C, D))},
            ["a: run 1", "a: run 2", "b: run 1", "b: run 2"],
        ),
        ([[A, B], [C, D]], ["run 1", "run 2", "run 3", "run 4"]),
        ({("adam", 0): A, ("adam", 1): B}, ["adam/0", "adam/1"]),
        ({16: [A, B], 32: [C, D]}, ["16: run 1", "16: run 2", "32: run 1", "32: run 2"]),
        ({"epoch": ["1", "2", "3"], "val_loss": [0.5, 0.4, 0.3]}, ["run 1"]),
    ],
)
def test_sources_may_be_objects_of_any_kind_in_any_iterable(given, expected):
    assert names(given) == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"a": reportgen.load(A), "b": 5}, '"b" is "5", of type int; a path or a history is needed.'),
        ({"a": [A, B], "b": None, "c": 5}, '"c" is "5", of type int; a path or a history is needed.'),
        ([A, 5], 'Source 2 of 2 is "5", of type int; a path or a history is needed.'),
        ((each for each in ()), "There is no source; at least one is needed."),
    ],
)
def test_what_is_not_a_source_is_named(given, said):
    with pytest.raises(SourceError) as caught:
        names(given)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    "given", ["ab", b"ab", {"a", "b"}, {"a": 1, "b": 2}, 5, ["a"], ["a", ""], ["a", None], [], ["a", "b", "c"]]
)
def test_names_are_one_text_per_run_in_order(given):
    with pytest.raises(SourceError, match=r"^(names is .*; a list|Name 2 of 2 is empty|\d names? for 2 runs)"):
        names([A, B], names=given)


@pytest.mark.parametrize(
    ("given", "groups"),
    [
        ({"adam/seed_0": [A, B], "adam/seed_1": [C, D]}, {"adam": 4}),
        ({"adam/seed_0": [A, B], "sgd/seed_0": C}, {"adam": 2, "sgd": 1}),
        ({"adam_1": [A, B], "adam_2": [C, D]}, {"adam_1": 2, "adam_2": 2}),
        ({16: [A, B], 32: [C, D]}, {"16": 2, "32": 2}),
        ({"seed_0": [A, C], "seed_1": [B, D]}, {"run 1": 2, "run 2": 2}),
    ],
)
def test_names_of_lists_are_groups_without_their_seeds(given, groups):
    found = reportgen.compare(given).members
    assert {name: len(runs) for name, runs in found.items()} == groups
