"""Groups of runs: what is found, and what the caller chooses instead."""

from dataclasses import replace

import numpy as np
import pytest

from reportgen.comparison.grouping import find_groups, groups_by, groups_given
from reportgen.comparison.loading import LoadedRun
from reportgen.errors import DiagnosisError
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory

CURVE = TrainingHistory.from_columns([1, 2, 3], {"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]})


def run(name, source="", **params):
    pairs = tuple((key, str(value)) for key, value in params.items())
    return LoadedRun(name, source or f"{name}.csv", "", CURVE.with_run(replace(RunFacts(), params=pairs)))


def grouped(*runs):
    return {group.name: [runs[place].name for place in group.members] for group in find_groups(runs).groups}


@pytest.mark.parametrize(
    ("names", "groups", "basis"),
    [
        (["seed_1", "seed_2", "seed_3"], ["all runs"], "all"),
        (["fold 1", "fold 2"], ["all runs"], "all"),
        (["mlp_seed3", "mlp_seed4"], ["mlp"], "all"),
        (["adam/seed_1", "adam/seed_2", "sgd/seed_1", "sgd/seed_2"], ["adam", "sgd"], "names"),
        (["adam-fold1", "adam-fold2", "sgd-fold1"], ["adam", "sgd"], "names"),
        (["adam/run_1", "adam/run_2", "sgd/run_1", "sgd/run_2"], ["adam", "sgd"], "names"),
        (["seed1/adam/fold0", "seed2/adam/fold1", "seed1/sgd/fold0"], ["adam", "sgd"], "names"),
        (["a: fold 1", "a: fold 2", "b: fold 1", "b: fold 2"], ["a", "b"], "names"),
        (["run 1", "run 2", "run 3"], ["run 1", "run 2", "run 3"], "none"),
        (["trial_01", "trial_02"], ["trial_01", "trial_02"], "none"),
        (["adam", "sgd"], ["adam", "sgd"], "none"),
        (["resnet18", "resnet50"], ["resnet18", "resnet50"], "none"),
        (["seeded", "folded 2"], ["seeded", "folded 2"], "none"),
        (["runs/adam/seed1", "runs/adam/seed2", "runs/sgd/seed1"], ["adam", "sgd"], "names"),
        (["a/b/adam-seed1/log", "a/b/adam-seed2/log", "a/b/sgd-seed1/log"], ["adam", "sgd"], "names"),
        (["lr=0.1,seed=1", "lr=0.1,seed=2", "lr=0.2,seed=1"], ["lr=0.1", "lr=0.2"], "names"),
        (["2026-01-02/10-11-12/adam", "2026-01-02/10-19-01/adam", "2026-01-03/10-11-12/sgd"], ["adam", "sgd"], "names"),
        (
            ["out/adam-seed1/checkpoint-500", "out/adam-seed2/checkpoint-450", "out/sgd-seed1/checkpoint-500"],
            ["adam", "sgd"],
            "names",
        ),
        (
            [
                "fit_1a2b3_00000_0_lr=0.1_2026-01-02_10-11-12",
                "fit_1a2b3_00001_1_lr=0.2_2026-01-02_10-11-12",
                "fit_1a2b3_00002_2_lr=0.1_2026-01-02_10-11-13",
            ],
            ["fit lr=0.1", "fit lr=0.2"],
            "names",
        ),
        (["train", "train2", "train3"], ["train", "train2", "train3"], "none"),
        (["bold-fox-123", "calm-owl-7"], ["bold-fox-123", "calm-owl-7"], "none"),
        (
            ["lightning_logs/version_0", "lightning_logs/version_1"],
            ["lightning_logs/version_0", "lightning_logs/version_1"],
            "none",
        ),
        (
            ["run-20260102_101112-ab12cd34", "run-20260102_101113-zz12cd34"],
            ["run-20260102_101112-ab12cd34", "run-20260102_101113-zz12cd34"],
            "none",
        ),
        (["resnet-v2-50", "resnet-v2-101"], ["resnet-v2-50", "resnet-v2-101"], "none"),
        (["efficientnet-b0", "efficientnet-b1"], ["efficientnet-b0", "efficientnet-b1"], "none"),
    ],
)
def test_names_without_seed_and_fold_tell_groups(names, groups, basis):
    found = find_groups([run(name) for name in names])
    assert ([group.name for group in found.groups], found.basis) == (groups, basis)
    assert sorted(place for group in found.groups for place in group.members) == list(range(len(names)))


def test_settings_that_differ_tell_groups_whatever_the_names():
    runs = [run(f"2026-11-2{n}", optimizer=name, seed=n) for n, name in enumerate(["adam", "sgd", "adam", "sgd"])]
    assert grouped(*runs) == {"adam": ["2026-11-20", "2026-11-22"], "sgd": ["2026-11-21", "2026-11-23"]}
    assert find_groups(runs).by == ("optimizer",)
    assert find_groups(runs).repeats == ("seed",)


def test_numbers_and_switches_have_the_name_of_their_setting():
    runs = [run(f"r{n}", units=32 * (n % 2 + 1), augment=n % 2 == 0) for n in range(4)]
    assert list(grouped(*runs)) == ["units=32, augment=True", "units=64, augment=False"]


def test_what_is_recorded_twice_or_follows_from_settings_is_not_in_names():
    rates = ("0.0852087654321", "0.002", "0.0852087654321")
    runs = [
        run(
            f"r{n}",
            learning_rate=f"{float(lr):.6g}",
            lr=lr,
            parameters=275 + n,
            optimizer="adam",
            validation_rows=3 + n,
        )
        for n, lr in enumerate(rates)
    ]
    assert grouped(*runs) == {"lr=0.08521": ["r0", "r2"], "lr=0.002": ["r1"]}
    recorded = {"optimizer": "adam", "batch_size": 8, "lr": 0.1}
    folds = [run(f"{n}", **recorded, train_rows=90 + n, validation_rows=10 - n) for n in range(3)]
    assert [len(group.members) for group in find_groups(folds).groups] == [3]


def test_settings_that_say_where_a_run_is_stored_tell_no_groups():
    runs = [run(f"r{n}", seed=n, log_dir=f"/logs/{n}", run_name=f"x{n}", timestamp=n) for n in range(3)]
    assert grouped(*runs) == {"all runs": ["r0", "r1", "r2"]}


def test_names_divide_groups_of_settings_further_if_each_has_several_runs():
    names = [f"{size}_seed{seed}" for size in ("small", "large") for seed in (1, 2)]
    runs = [run(name, optimizer=optimizer) for name in names for optimizer in ("adam",)]
    runs += [run(f"{name}x", optimizer="sgd") for name in names]
    assert len(find_groups(runs[:4]).groups) == 2
    assert {group.name for group in find_groups(runs[:4]).groups} == {"small", "large"}


def test_seeds_and_folds_are_labels_of_runs_from_names_and_settings():
    runs = [run("a/fold2", seed=7), run("a/fold03"), run("b", random_state=4), run("c")]
    assert [dict(each) for each in find_groups(runs).labels] == [
        {"fold": "2", "seed": "7"},
        {"fold": "3"},
        {"seed": "4"},
        {},
    ]


def test_the_caller_groups_by_settings_or_folder():
    runs = [run("a", "x/adam/a.csv", **{"model.units": 8}), run("b", "x/sgd/b.csv", **{"model.units": 8})]
    assert [group.name for group in groups_by(runs, ["units"]).groups] == ["units=8"]
    assert [group.name for group in groups_by(runs, ["folder"]).groups] == ["adam", "sgd"]
    with pytest.raises(DiagnosisError, match='No run has a setting "batch" to group by'):
        groups_by(runs, ["batch"])


def test_the_caller_groups_by_patterns_and_the_rest_is_left_out():
    runs = [run("a1", "x/a1.csv"), run("a2", "x/a2.csv"), run("b1", "y/b1.csv")]
    found = groups_given(runs, {"first": "x/*", "second": ["nothing", "a*", "b1*"]})
    assert [(group.name, group.members) for group in found.groups] == [("first", (0, 1)), ("second", (2,))]
    assert groups_given(runs, {"a": "a*"}).left_out == (2,)
    with pytest.raises(DiagnosisError, match='The group "c" has no run'):
        groups_given(runs, {"a": "*", "c": "c*"})


@pytest.mark.parametrize(
    "names",
    [
        ["train", "train2", "train-3"],
        ["bold-fox-123", "calm-owl-7"],
        ["lightning_logs/version_0", "lightning_logs/version_1"],
        ["trial_0001", "trial_0002"],
        ["00", "01"],
        ["Jan02_10-11-12_host", "Jan03_10-11-12_host"],
    ],
)
def test_runs_with_made_up_names_and_the_same_recorded_settings_are_repeated(names):
    recorded = {"lr": 0.1, "batch": 16, "optimizer": "adam"}
    found = find_groups([run(name, **recorded) for name in names])
    assert [len(group.members) for group in found.groups] == [len(names)]
    assert len(find_groups([run(name, lr=0.1) for name in names]).groups) == len(names), "too little was recorded"
    in_folders = [run(f"{'ab'[n % 2]}{n}x/{name}", **recorded) for n, name in enumerate(names)]
    assert len(find_groups(in_folders).groups) == len(names), "folders may say what was tried"


def test_long_names_are_looked_at_in_little_time():
    name = "seed_" * 50_000
    assert len(find_groups([run(name, "a"), run(name + "1", "b")]).groups) == 2


def test_runs_that_differ_only_in_their_names_are_groups_of_one():
    found = find_groups([run("a", lr=np.float64(0.1)), run("b", lr=0.1)])
    assert found.basis == "none"
