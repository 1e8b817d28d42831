"""Groups of runs: what is found, and what the caller chooses instead."""

from dataclasses import replace

import numpy as np
import pytest

import reportgen
from reportgen.comparison.grouping import find_groups, groups_by, groups_given
from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.short_names import different_parts
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


# Folders of runs as strangers have them: a letter per run for its group. Where numbers may stand for a setting, each
# run is expected to be alone, as a wrong group would not be noticed.
FOLDERS = """
aaa fold_0/log_2024_1_1_10_00_00 fold_1/log_2024_1_2_10_00_00 fold_2/log_2024_1_3_10_00_00
aabb adam_seed0 adam_seed1 sgd_seed0 sgd_seed1
aabb ppo_PointButton1_s0 ppo_PointButton1_s10 cpo_PointButton1_s0 cpo_PointButton1_s10
aabb 2022-11-29/17-14-16-ppo_s0 2022-11-29/17-14-17-ppo_s1 2022-11-29/17-20-16-cpo_s0 2022-11-29/17-20-17-cpo_s1
abcdef catch/curl/100 catch/curl/200 catch/pad/100 catch/pad/200 swingup/curl/100 swingup/curl/200
aabb adam/42 adam/43 sgd/42 sgd/43
abab 42/adam 42/sgd 43/adam 43/sgd
abcd small/32 small/64 large/32 large/64
aabb Ant-v1__ppo__1__1700000000 Ant-v1__ppo__2__1700000100 Ant-v1__dqn__1__1700000200 Ant-v1__dqn__2__1700000300
aaa 2020_09_04_23_09_22_seed0 2020_09_04_23_09_22_seed2 2020_09_04_23_09_19_seed1
aabb halfcheetah-medium-expert-v2-seed0 halfcheetah-medium-expert-v2-seed1 hopper-medium-v2-seed0 hopper-medium-v2-seed1
aabb dbar_0.1_pbar_6.5_seed0 dbar_0.1_pbar_6.5_seed1 dbar_0.3_pbar_6.5_seed0 dbar_0.3_pbar_6.5_seed1
aaa run_seed100_20250910_182743 run_seed99_20250910_154937 run_seed97_20250910_131151
aabb sea_abrupt4__ts_drift__seed1 sea_abrupt4__ts_drift__seed2 sea_abrupt4__baseline__seed1 sea_abrupt4__baseline__seed2
aabb state/seed_0 state/seed_1 pixels/seed_0 pixels/seed_1
aaabbb unet/version_0 unet/version_1 unet/version_2 fpn/version_0 fpn/version_1 fpn/version_2
abcd unet/version_0 unet/version_1 unet/version_2 fpn/version_0
abc trial_0001 trial_0002 trial_0003
abcde mnist/trial_0000 mnist/trial_0001 mnist/trial_0002 cifar/trial_0000 cifar/trial_0001
abc detect/train detect/train2 segment/train
abcd exp exp2 exp3 exp12
aabb exp1/seed0 exp1/seed1 exp2/seed0 exp2/seed1
aabb exp1_seed0 exp1_seed1 exp2_seed0 exp2_seed1
aabb run1/fold1 run1/fold2 run2/fold1 run2/fold2
abc run-3 run-4 run-12
ab run-20240101_120000-ab12cd34 run-20240101_130000-zz12cd35
abc happy-dream-13 bold-fox-12 calm-owl-7
abc coco/resnet-fpn-50 coco/resnet-fpn-101 voc/resnet-fpn-50
abcd bert-base-uncased-42 bert-base-uncased-13 roberta-base-42 roberta-base-13
aabb resnet18-fold_0 resnet18-fold_1 resnet50-fold_0 resnet50-fold_1
aaa fold-1-of-5 fold-2-of-5 fold-3-of-5
aabb unet_fold1of5 unet_fold2of5 fpn_fold1of5 fpn_fold2of5
abc 2024-01-01_12-00-00 2024-01-02_12-00-00 2024-01-03_12-00-00
abcd 2024-01-01/12-00-00/0 2024-01-01/12-00-00/1 2024-01-02/13-00-00/0 2024-01-02/13-00-00/1
aabb optimizer=adam,seed=1 optimizer=adam,seed=2 optimizer=sgd,seed=1 optimizer=sgd,seed=2
aaa cv1 cv2 cv3
aabb adam_rep_1 adam_rep_2 sgd_rep_1 sgd_rep_2
aaa split1 split2 split4
abc unet_split_0.7 unet_split_0.8 unet_split_0.9
aabb lr0.01_bs32_seed2 lr0.01_bs32_seed3 lr0.1_bs32_seed2 lr0.1_bs32_seed3
ab PPO_CartPole-v1_ab12c_00000_0_lr=0.1_2024-01-01_12-00-00 PPO_CartPole-v1_ab12c_00001_1_lr=0.2_2024-01-01_12-00-00
aab PPO_env_00000_0_lr=0.1 PPO_env_00001_1_lr=0.1 PPO_env_00002_2_lr=0.2
ab train_func_d620c_00000_0_2023-07-19_15-01-40 train_func_d620c_00001_1_2023-07-19_15-01-40
aaabbb ppo/CartPole-v1_1 ppo/CartPole-v1_2 ppo/CartPole-v1_3 a2c/CartPole-v1_1 a2c/CartPole-v1_2 a2c/CartPole-v1_3
abcd mlp_1 mlp_2 cnn_1 cnn_2
abc unet_1 unet_2 unet_3
abcd unet_depth3 unet_depth4 fpn_depth3 fpn_depth4
abc efficientnet_b0 efficientnet_b1 efficientnet_b2
abcd vit_s16 vit_s32 deit_s16 deit_s32
abc s1 s2 s3
aabb seed0_resnet seed1_resnet seed0_vgg seed1_vgg
aab adam-seed_1-20240101-120000 adam-seed_2-20240101-120500 sgd-seed_1-20240101-121000
aabb fold0_lr0.1 fold1_lr0.1 fold0_lr0.01 fold1_lr0.01
aabb AdamSeed1 AdamSeed2 SgdSeed1 SgdSeed2
aabb bs32seed1 bs32seed2 bs64seed1 bs64seed2
aabb unet_random_seed_1 unet_random_seed_2 fpn_random_seed_1 fpn_random_seed_2
ab checkpoint-500 checkpoint-1000
ab Jan02_10-11-12_host Jan03_10-11-12_host
aabb unet第1折 unet第2折 fpn第1折 fpn第2折
aaabb adam/run_1 adam/run_2 adam/run_3 sgd/run_1 sgd/run_3
abcd baseline dropout0.1 dropout0.3 dropout0.5
ab gpt2-124M gpt2-355M
aabb 2024-01-01_adam_seed1 2024-01-02_adam_seed2 2024-01-02_sgd_seed1 2024-01-03_sgd_seed2
aabb adam_lr1e-3_s0_f0 adam_lr1e-3_s0_f1 sgd_lr1e-3_s0_f0 sgd_lr1e-3_s0_f1
abc job_123456 job_123457 job_123458
aabb adam_seed1/version_0 adam_seed2/version_0 sgd_seed1/version_0 sgd_seed2/version_0
abab adam_seed1/version_0 adam_seed1/version_1 adam_seed2/version_0 adam_seed2/version_1
aaabb mnist/adam/1 mnist/adam/2 mnist/adam/3 mnist/sgd/1 mnist/sgd/2
abc epoch10 epoch20 epoch30
aabb user_1/fold_1 user_1/fold_2 user_2/fold_1 user_2/fold_2
abcdef noise_0 noise_1 noise_2 clean_0 clean_1 clean_2
abcd dim64_1 dim64_2 dim128_1 dim128_2
aabb ddpg_hopper_1_seed42 ddpg_hopper_1_seed43 ddpg_hopper_2_seed42 ddpg_hopper_2_seed43
aab out/roberta-lr1e-5-seed1/trainer out/roberta-lr1e-5-seed2/trainer out/roberta-lr2e-5-seed1/trainer
aaa 5fold_0 5fold_1 5fold_2
aabb resnet50_5fold/fold0 resnet50_5fold/fold1 resnet18_5fold/fold0 resnet18_5fold/fold1
aabb model=unet,trainer.seed=1 model=unet,trainer.seed=2 model=fpn,trainer.seed=1 model=fpn,trainer.seed=2
abc client_0 client_1 client_2
abcd fedavg/client_0 fedavg/client_1 fedprox/client_0 fedprox/client_1
abc subject1 subject2 subject3
abc layer1 layer2 layer3
abc lr_1 lr_2 lr_3
aaabbb bs_8/1 bs_8/2 bs_8/3 bs_16/1 bs_16/2 bs_16/3
abcd adam/layers_1 adam/layers_2 sgd/layers_1 sgd/layers_2
abcd k3/adam k5/adam k3/sgd k5/sgd
abab gamma0.9_seed1 gamma0.99_seed1 gamma0.9_seed2 gamma0.99_seed2
abc DQN_1 DQN_2 DQN_3
abcd PPO_1 PPO_2 A2C_1 A2C_2
ab tb_logs/my_model/version_0 tb_logs/my_model/version_1
ab 20240101-120000 20240102-120000
aab unet/20240101-120000 unet/20240102-120000 fpn/20240103-120000
aaa k-fold/fold=0 k-fold/fold=1 k-fold/fold=2
abc rs1 rs2 rs3
aaaa repeat-0-fold-0 repeat-0-fold-1 repeat-1-fold-0 repeat-1-fold-1
aabb mnist_adam_run0 mnist_adam_run1 mnist_sgd_run0 mnist_sgd_run1
abcd 0 1 2 3
abc v1 v2 v3
abcde debug test test2 final final_v2
ab 2022/adam 2023/adam
aabb 256/resnet_seed1 256/resnet_seed2 512/resnet_seed1 512/resnet_seed2
aabb 10k/42 10k/1337 100k/42 100k/1337
abc job1_adam job2_adam job3_sgd
"""


def letters(runs):
    """The group of each run as a letter."""
    of_run = {place: group.name for group in find_groups(runs).groups for place in group.members}
    seen = {}
    return "".join(seen.setdefault(of_run[place], "abcdefghij"[len(seen)]) for place in range(len(runs)))


@pytest.mark.parametrize("case", FOLDERS.strip().splitlines())
def test_groups_of_the_folders_of_strangers(case):
    expected, *folders = case.split()
    paths = [f"runs/{folder}/metrics.csv" for folder in folders]
    runs = [run(name, path) for name, path in zip(different_parts(paths), paths, strict=True)]
    assert letters(runs) == expected


@pytest.mark.parametrize(
    ("expected", "names", "settings"),
    [
        ("aabb", "x1 x2 x3 x4", {"lr": (0.1, 0.1, 0.2, 0.2), "seed": (1, 2, 1, 2)}),
        ("abc", "x1 x2 x3", {"lr": (0.1,) * 3, "batch": (8,) * 3, "optimizer": ("adam",) * 3}),
        ("abc", "version_0 version_1 version_2", {"lr": (0.1, 0.2, 0.3)}),
        (
            "aabb",
            "a b c d",
            {"exp": ("adam_seed1", "adam_seed2", "sgd_seed1", "sgd_seed2"), "slurm_jobid": (1, 2, 3, 4)},
        ),
        ("aabb", "adam_s1 adam_s2 sgd_s1 sgd_s2", {"opt": ("adam", "adam", "sgd", "sgd"), "pid": (11, 12, 13, 14)}),
        ("aabb", "adam_seed1 adam_seed2 sgd_seed1 sgd_seed2", {"save": ("/o/1", "/o/2", "/o/3", "/o/4")}),
        ("aabb", "adam_seed1 adam_seed2 sgd_seed1 sgd_seed2", {"start": (1.5, 2.5, 3.5, 4.5)}),
        ("aabb", "train train2 train3 train4", {"model": ("n.pt", "n.pt", "s.pt", "s.pt"), "seed": (0, 1, 0, 1)}),
        ("aaa", "unet_fold1 unet_fold2 unet_fold3", {"data": ("fold1.yaml", "fold2.yaml", "fold3.yaml")}),
    ],
)
def test_groups_of_strangers_with_settings(expected, names, settings):
    each = [dict(zip(settings, values, strict=True)) for values in zip(*settings.values(), strict=True)]
    assert letters([run(name, **own) for name, own in zip(names.split(), each, strict=True)]) == expected


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


def test_the_rate_of_the_first_epoch_is_not_named_beside_the_setting_that_it_follows():
    runs = [run(f"r{n}", learning_rate=(0.0004, 0.0008, 0.0004)[n], lr0=(0.01, 0.02, 0.01)[n]) for n in range(3)]
    assert grouped(*runs) == {"lr0=0.01": ["r0", "r2"], "lr0=0.02": ["r1"]}


def test_trials_whose_names_say_nothing_are_alone_beside_others():
    runs = [run(name, lr=0.1 * n, units=8 + n) for n, name in enumerate(["run 0", "run 1", "run 2", "0-2", "1-2"])]
    assert letters(runs) == "abcde"


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
    alike = [run("a", "x/adam/logs/a.csv"), run("b", "x/sgd/logs/b.csv"), run("c", "x/sgd/logs/c.csv")]
    assert [(found.name, len(found.members)) for found in groups_by(alike, ["folder"]).groups] == [
        ("adam", 1),
        ("sgd", 2),
    ]
    assert [group.name for group in groups_by(alike, ["source"]).groups] == ["a.csv", "b.csv", "c.csv"]
    passed = [LoadedRun(name, "/home/ada/x", f"{name}/1.csv", CURVE) for name in ("adam", "sgd")]
    assert [group.name for group in groups_by(passed, ["folder"]).groups] == ["adam", "sgd"]
    printed = [LoadedRun(name, "/home/ada/x.log", name, CURVE, shares_log=True) for name in ("1", "2")]
    assert [group.name for group in groups_by(printed, ["source"]).groups] == ["x.log"]
    rates = [run("a", lr=0.0730074720448), run("b", lr=0.0730074720449)]
    assert [group.name for group in groups_by(rates, ["lr"]).groups] == ["lr=0.0730074720448", "lr=0.0730074720449"]
    assert [group.name for group in groups_by([rates[0], run("c", lr=0.5)], ["lr"]).groups] == ["lr=0.07301", "lr=0.5"]
    with pytest.raises(DiagnosisError, match='No run has a setting "batch" to group by'):
        groups_by(runs, ["batch"])


def test_the_caller_groups_by_patterns_and_the_rest_is_left_out():
    runs = [run("a1", "x/a1.csv"), run("a2", "x/a2.csv"), run("b1", "y/b1.csv")]
    found = groups_given(runs, {"first": "x/*", "second": ["nothing", "a*", "b1*"]})
    assert [(group.name, group.members) for group in found.groups] == [("first", (0, 1)), ("second", (2,))]
    assert groups_given(runs, {"a": "a*"}).left_out == (2,)
    with pytest.raises(DiagnosisError, match='The group "c" has no run'):
        groups_given(runs, {"a": "*", "c": "c*"})
    with pytest.raises(DiagnosisError, match=r'its pattern "c\*" matches none'):
        groups_given(runs, {"a": "*", "c": ["c*"]})


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


def test_sources_with_several_runs_in_a_dict_are_the_groups():
    curves = [{"val_loss": [1.0, level]} for level in (0.5, 0.4, 0.3)]
    found = reportgen.compare({"Adam": curves[:1], "SGD": curves[1:]}).grouping
    assert [(group.name, group.members) for group in found.groups] == [("Adam", (0,)), ("SGD", (1, 2))]
    assert found.basis == "given"
    assert [group.name for group in reportgen.compare({"Adam": curves}).grouping.groups] == ["Adam"]
    chosen = reportgen.compare({"Adam": curves[:1], "SGD": curves[1:]}, groups={"all": "*"}).grouping
    assert [group.name for group in chosen.groups] == ["all"]
    named = reportgen.compare(curves, names=["a", "b", "b"]).grouping
    assert [group.members for group in named.groups] == [(0,), (1, 2)]


@pytest.mark.parametrize("rates", [(0.1, 0.01), (0.1, 0.1)])
def test_names_that_the_caller_gave_come_before_settings(rates):
    runs = {
        name: CURVE.with_run(replace(RunFacts(), params=(("lr", str(rate)), ("batch", "8"), ("units", "16"))))
        for name, rate in zip(("with augmentation", "without"), rates, strict=True)
    }
    found = reportgen.compare(runs).grouping
    assert [group.name for group in found.groups] == ["with augmentation", "without"]
    numbered = dict(zip(("run 1", "run 2"), runs.values(), strict=True))
    assert reportgen.compare(numbered).grouping.basis == ("all" if rates[0] == rates[1] else "settings")


def losses(level):
    return "".join(
        f"Epoch {epoch}: loss={level + 1 / epoch:.4f} val_loss={level + 1.2 / epoch:.4f}\n" for epoch in (1, 2, 3)
    )


# What scripts print above the epochs of each training run, and the groups that these are. "{}" stands for the epochs.
PRINTED = {
    "repetitions that are only numbered": ("Run 1/2\n{}Run 2/2\n{}", {"all runs": ["run 1", "run 2"]}),
    "inner folds below outer folds": (
        "Outer fold 1/2\nInner fold 1/2\n{}Inner fold 2/2\n{}Outer fold 2/2\nInner fold 1/2\n{}Inner fold 2/2\n{}",
        {"all runs": [f"outer fold {outer}, inner fold {inner}" for outer in (1, 2) for inner in (1, 2)]},
    ),
    "an outer and an inner fold in one line": (
        "Training on Outer Fold 1, Inner Fold 1...\n{}Training on Outer Fold 1, Inner Fold 2...\n{}"
        "Training on Outer Fold 2, Inner Fold 1...\n{}",
        {"all runs": ["outer fold 1, inner fold 1", "outer fold 1, inner fold 2", "outer fold 2, inner fold 1"]},
    ),
    "a setting beside a fold": (
        "Training on fold 0; units: 8\n{}Training on fold 1; units: 8\n{}"
        "Training on fold 0; units: 16\n{}Training on fold 1; units: 16\n{}",
        {f"units={n}": [f"units={n}, fold 0", f"units={n}, fold 1"] for n in (8, 16)},
    ),
    "a remark beside a fold": (
        "--- Inner Fold 1 (coarse) ---\n{}--- Inner Fold 2 (coarse) ---\n{}"
        "--- Inner Fold 1 (fine) ---\n{}--- Inner Fold 2 (fine) ---\n{}",
        {name: [f"{name}, inner fold 1", f"{name}, inner fold 2"] for name in ("coarse", "fine")},
    ),
    "models below each repetition": (
        "Run 1/2\n===\n[1/2] Graph + MLP...\n{}[2/2] GCN...\n{}Run 2/2\n===\n[1/2] Graph + MLP...\n{}[2/2] GCN...\n{}",
        {"Graph + MLP": ["Graph + MLP, run 1", "Graph + MLP, run 2"], "GCN": ["GCN, run 1", "GCN, run 2"]},
    ),
    "a seed beside a repetition": (
        "== Repeat 1 (seed=11) ==\n{}== Repeat 2 (seed=12) ==\n{}",
        {"all runs": ["repeat 1, seed 11", "repeat 2, seed 12"]},
    ),
    "a last training with settings of its own": (
        "Training with lr=0.1\n{}Training with lr=0.2\n{}Training final model on all data\n{}",
        {name: [name] for name in ("learning_rate=0.1", "learning_rate=0.2", "final model on all data")},
    ),
    "a second training whose heading says nothing": (
        "Training with lr=0.1\n{}Training...\n{}",
        {name: [name] for name in ("learning_rate=0.1", "fit 2")},
    ),
    "folds that are trained twice": (
        "Fold 1\n{}Fold 2\n{}Fold 1\n{}Fold 2\n{}",
        {"fit 1": ["fold 1", "fold 2"], "fit 2": ["fold 1, fit 2", "fold 2, fit 2"]},
    ),
    "folds and a last training": (
        "Fold 1\n{}Fold 2\n{}Training final model on all data\n{}",
        {"all runs": ["fold 1", "fold 2"], "final model on all data": ["final model on all data"]},
    ),
    "learning rates below the heading of another setting": (
        "=== BPE merges: 500 ===\nTraining with LR=0.1\n{}Training with LR=0.2\n{}"
        "=== BPE merges: 900 ===\nTraining with LR=0.1\n{}Training with LR=0.2\n{}",
        {
            f"learning_rate={rate}, merges={merges}": [f"BPE, merges={merges}, learning_rate={rate}"]
            for merges in (500, 900)
            for rate in (0.1, 0.2)
        },
    ),
    "names behind the prefix of a logger": (
        "[10:00:00,123][__main__][INFO] - === Starting experiment: base ===\n{}"
        "[10:00:09,123][__main__][INFO] - === Starting experiment: big ===\n{}",
        {"base": ["base"], "big": ["big"]},
    ),
    "optimizers by name": (
        "Training model with SGD optimizer\n{}Training model with Adam optimizer\n{}",
        {"SGD": ["SGD"], "Adam": ["Adam"]},
    ),
    "one seed above all folds": ("Seed: 42\nFold 1\n{}Fold 2\n{}", {"all runs": ["fold 1", "fold 2"]}),
}  # fmt: skip


@pytest.mark.parametrize("case", PRINTED)
def test_groups_of_runs_that_a_script_printed(tmp_path, case):
    text, expected = PRINTED[case]
    for number in range(text.count("{}")):
        text = text.replace("{}", losses(0.1 * (number % 3)), 1)
    (tmp_path / "train.log").write_text(text, "utf-8")
    compared = reportgen.compare(tmp_path / "train.log")
    assert {group.name: sorted(group.runs) for group in compared.groups} == expected


def test_lines_with_a_seed_a_fold_and_an_epoch_are_runs_of_both(tmp_path):
    lines = [
        f"SEED: {seed}, FOLD: {fold}, EPOCH: {epoch}, train_loss: {1 / epoch:.4f}, valid_loss: {1.1 / epoch:.4f}\n"
        for seed in (0, 1) for fold in (0, 1) for epoch in range(1, 9)
    ]  # fmt: skip
    (tmp_path / "train.log").write_text("".join(lines), "utf-8")
    compared = reportgen.compare(tmp_path / "train.log")
    assert sorted(compared.groups[0].runs) == [f"seed {seed}, fold {fold}" for seed in (0, 1) for fold in (0, 1)]
    assert compared.groups[0].epochs == (8,) * 4


def test_pairs_of_nested_folds_are_named_by_both(tmp_path):
    for name, level in (("a", 0.3), ("b", 0.5)):
        for place, (outer, inner) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
            folder = tmp_path / name / f"outer_{outer}" / f"inner_{inner}"
            folder.mkdir(parents=True)
            rows = "".join(f"{n},{level + place / 50 + 1 / n + (name == 'b') * place / 900}\n" for n in range(1, 7))
            (folder / "history.csv").write_text(f"epoch,val_loss\n{rows}", "utf-8")
    assert "4 pairs with the same outer fold and inner fold" in str(reportgen.compare(tmp_path))


def test_a_fold_before_a_counter_without_a_word_is_a_run(tmp_path):
    lines = (
        f"[Fold {fold} | {epoch:02d}/08] loss={1 / epoch:.4f} val_acc={1 - 1 / epoch:.4f} (32s)\n"
        for fold in (1, 2)
        for epoch in range(1, 9)
    )
    (tmp_path / "train.log").write_text("".join(lines), "utf-8")
    assert {group.name: sorted(group.runs) for group in reportgen.compare(tmp_path / "train.log").groups} == {
        "all runs": ["fold 1", "fold 2"]
    }


def test_runs_that_a_log_only_numbers_are_repetitions_unless_the_caller_separates_them(tmp_path):
    log = tmp_path / "train.log"
    log.write_text(
        "".join(f"Run: {n:02d}, Epoch: {e:02d}, Loss: {1 / e + n / 50:.4f}\n" for n in (1, 2, 3) for e in (1, 2, 3))
    )
    compared = reportgen.compare(log)
    assert (compared.grouping.basis, compared.grouping.repeats) == ("numbered", ("run",))
    assert any("only in their numbers" in said and "--group-by run" in said for said in compared.to_dict()["remarks"])
    assert len(reportgen.compare(log, groups="run").groups) == 3
    for place in ("run 1", "run 2"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "history.csv").write_text("epoch,loss\n1,0.9\n2,0.8\n", "utf-8")
    log.unlink()
    assert reportgen.compare(tmp_path).grouping.basis == "none", "other scripts may have written them"


def test_outer_and_inner_folds_are_labels_of_their_own():
    runs = [run(f"{name}/outer_{outer}/inner_{inner}") for name in "ab" for outer in (0, 1) for inner in (0, 1)]
    found = find_groups(runs)
    assert [group.name for group in found.groups] == ["a", "b"]
    assert found.repeats == ("outer fold", "inner fold")
    assert found.labels[1] == {"outer fold": "0", "inner fold": "1"}
    assert letters([run(f"net_inner_{n}") for n in (1, 2)]) == "ab", "a layer"
    settings = [run(f"x{n}", lr=0.1 + n % 2, outer_fold=n // 2, seed=3) for n in range(4)]
    assert find_groups(settings).labels[2] == {"seed": "3", "outer fold": "1"}


def test_settings_that_only_some_runs_have_divide_their_group():
    runs = [run(f"a{n}", optimizer="adam", opt_lr=rate) for n, rate in enumerate((0.1, 0.1, 0.0100001, 0.0100001))]
    others = [run("b1", optimizer="adam"), run("c1", optimizer="sgd"), run("c2", optimizer="sgd")]
    assert grouped(*runs, *others) == {
        "adam, opt_lr=0.1": ["a0", "a1"], "adam, opt_lr=0.01": ["a2", "a3"], "adam": ["b1"], "sgd": ["c1", "c2"],
    }  # fmt: skip
    assert list(grouped(*runs[:2], *others)) == ["adam", "sgd"], "all that have it have the same"


def test_groups_that_look_alike_have_another_setting_in_their_names():
    tags = [("Adam", "digits"), ("Adam", "digits"), ("adam", "autolog"), ("adam", "autolog")]
    runs = [run(f"r{n}", optimizer=name, experiment=tag) for n, (name, tag) in enumerate(tags)]
    assert list(grouped(*runs)) == ["digits", "autolog"], "not Adam and adam"
    switches = [run(f"s{n}", bn=value, seed=n) for n, value in enumerate(("True", "true", "False", "false"))]
    assert list(grouped(*switches)) == ["bn=True", "bn=False"]


def test_long_names_keep_their_ends():
    name = "network_with_augmentation_" * 5
    curves = {f"{name}{kind}/seed_{seed}": {"val_loss": [1.0, 0.5 + seed / 9]} for kind in "ab" for seed in (0, 1)}
    assert [len(group.members) for group in reportgen.compare(curves).grouping.groups] == [2, 2]
    assert letters([run(f"trial_{n}_lr0.0004{n}_sgd") for n in (3, 5)]) == "ab"
    assert grouped(run("lr0.00045_seed1"), run("lr0.00045_seed2")) == {
        "lr0.00045": ["lr0.00045_seed1", "lr0.00045_seed2"]
    }
