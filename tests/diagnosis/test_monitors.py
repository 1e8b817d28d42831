"""Which metric a run is judged by, and the runs whose losses do not measure quality."""

from typing import Any

import histories
import numpy as np
import pytest

import reportgen
from reportgen.diagnosis.monitors import choose_metric, choose_monitor
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.wording.answers import REASONS

N = 30
FALL = np.geomspace(1.0, 0.1, N)
RISE = 1 - FALL
FLAT = 0.69 + 0.02 * np.sin(np.arange(N))
ZERO = np.zeros(N)
KL_FALLS = np.linspace(40.0, 20.0, N)
WARM = np.linspace(0.0, 1.0, N)
REST = np.geomspace(200.0, 80.0, N)


def run(columns: Any) -> TrainingHistory:
    """A run with these curves: a mapping, or names of curves that all fall."""
    if isinstance(columns, str):
        columns = dict.fromkeys(columns.split(), FALL)
    return TrainingHistory.from_columns(range(1, N + 1), columns)


def both(**columns: Any) -> dict[str, Any]:
    return columns | {f"val_{name}": values for name, values in columns.items()}


COMPETING = {
    "DCGAN": {"d_loss": FLAT, "g_loss": 1 / FLAT},
    "WGAN-GP": {"g_loss": -FLAT, "d_loss": FLAT * 5},
    "CycleGAN": "G_loss F_loss D_X_loss D_Y_loss",
    "CycleGAN, camel case": "dA_loss dB_loss gAB_loss gBA_loss",
    "pix2pix": "gen_total_loss gen_gan_loss gen_l1_loss disc_loss",
    "GauGAN": "disc_loss gen_loss feat_loss vgg_loss kl_loss",
    "loss first": {"loss_G": FALL, "loss_D": RISE},
    "written out": "generator_loss discriminator_loss",
    "critic": "generator_loss critic_loss gradient_penalty",
    "with a total": {"loss": FALL, "d_loss": FLAT, "g_loss": FLAT},
    "validated": both(d_loss=FLAT, g_loss=FALL),
    "accuracy of the discriminator": {"d_loss": FLAT, "g_loss": FALL, "d_accuracy": FLAT, "real_acc": FLAT},
    "VQGAN": "loss rec_loss p_loss discriminator_loss",
    "words": {"D loss": FLAT, "G loss": FALL},
    "DCGAN in PyTorch": {"Loss_D": FLAT, "Loss_G": FALL, "D(x)": FLAT},
    "errors": "errD errG errD_real errD_fake",
    "CycleGAN in PyTorch": "loss_D_A loss_G_A loss_D_B loss_G_B loss_cycle_A",
    "CycleGAN's own log": "D_A G_A cycle_A idt_A D_B G_B cycle_B idt_B",
    "pix2pix's own log": "G_GAN G_L1 D_real D_fake",
    "folders": "Loss/G Loss/D Loss/r1_penalty",
    "folders of parts": "loss/d/total loss/g/total loss/g/mel",
    "StyleGAN": "Loss/G/loss Loss/D/loss",
    "only the batches of one epoch": "batch_d_loss batch_g_loss",
}
AGENTS = {
    "actor and critic": "actor_loss critic_loss",
    "with a total": {"loss": FALL, "actor_loss": FALL, "critic_loss": FALL},
    "PPO without episodes": "loss policy_gradient_loss value_loss entropy_loss approx_kl clip_fraction",
    "SAC": "actor_loss qf_loss alpha_loss",
    "Spinning Up": "LossPi LossV Entropy",
    "DQN": "loss mean_q",
    "Stable-Baselines3 without a monitor": "train/loss train/value_loss train/approx_kl time/total_timesteps",
    "ML-Agents": "Losses/Policy_Loss Losses/Value_Loss Policy/Entropy",
    "rsl_rl": "Loss/value_function Loss/surrogate Train/mean_episode_length",
}
REWARDED = {
    "Stable-Baselines3": ("rollout/ep_rew_mean rollout/ep_len_mean loss value_loss", "rollout/ep_rew_mean"),
    "CleanRL": ("charts/episodic_return losses/value_loss losses/policy_loss", "charts/episodic_return"),
    "RLlib": ("episode_reward_max episode_reward_min episode_reward_mean total_loss", "episode_reward_mean"),
    "Spinning Up": ("AverageEpRet StdEpRet MaxEpRet LossPi LossV", "AverageEpRet"),
    "keras-rl": ("loss mae mean_q episode_reward nb_episode_steps", "episode_reward"),
    "Stable-Baselines3, progress.csv": (
        "time/fps rollout/ep_len_mean rollout/ep_rew_mean time/total_timesteps train/loss train/explained_variance",
        "rollout/ep_rew_mean",
    ),
    "RLlib, new": (
        "env_runners/episode_return_mean learners/policy_loss learners/vf_loss",
        "env_runners/episode_return_mean",
    ),
    "ML-Agents": (
        "Policy/Extrinsic_Reward Environment/Cumulative_Reward Environment/Episode_Length Losses/Value_Loss",
        "Environment/Cumulative_Reward",
    ),
    "rsl_rl": ("Loss/value_function Loss/surrogate Train/mean_reward Perf/total_fps", "Train/mean_reward"),
    "successes": (
        "rollout/success_rate rollout/ep_len_mean train/actor_loss train/critic_loss",
        "rollout/success_rate",
    ),
    "GRPO": ("loss reward reward_std kl", "reward"),
    "evaluated": ("loss reward val_mean_reward", "val_mean_reward"),
}
WEIGHTS = {
    "logged weight": {"loss": REST + WARM * KL_FALLS, "kl_loss": KL_FALLS, "kl_weight": WARM},
    "beta": {"loss": REST + WARM * KL_FALLS, "kl": KL_FALLS, "beta": WARM},
    "computed weight": {"loss": REST + WARM * KL_FALLS, "reconstruction_loss": REST, "kl_loss": KL_FALLS},
    "named total": {"total_loss": REST + WARM * KL_FALLS, "reconstruction_loss": REST, "kl_loss": KL_FALLS},
    "warm-up of ten epochs": {
        "loss": REST + np.minimum(1, 3 * WARM) * KL_FALLS,
        "reconstruction_loss": REST,
        "kl_loss": KL_FALLS,
    },
    "logged with its weight": {
        "loss": REST / 10 + 50 * WARM,
        "reconstruction_loss": REST / 10,
        "kl_loss": 50 * WARM,
    },
    "validated": both(loss=REST + WARM * KL_FALLS, reconstruction_loss=REST, kl_loss=KL_FALLS),
}
WITHOUT_TOTAL = {
    "diffusion": ("n_loss i_loss val_n_loss val_i_loss", None, "val_n_loss"),
    "diffusion with KID": ("n_loss i_loss val_n_loss val_i_loss val_kid", "val_kid", "val_n_loss"),
    "contrastive": ("c_loss c_acc p_loss p_acc val_p_loss val_p_acc", "val_p_acc", "val_p_loss"),
    "detection": ("box_loss cls_loss dfl_loss", None, "box_loss"),
    "a VAE without a total": ("reconstruction_loss kl_loss", None, "reconstruction_loss"),
    "with a known loss": ("a_loss b_loss log_loss", "log_loss", "a_loss"),
}
JUDGED = {
    "usual": ("loss accuracy val_loss val_accuracy", "val_loss"),
    "several outputs": (both(loss=2 * FALL, a_loss=FALL, b_loss=FALL), "val_loss"),
    "outputs called a to g": ("loss a_loss b_loss c_loss d_loss e_loss f_loss g_loss", "loss"),
    "disc and cup of an eye": ("loss disc_loss cup_loss", "loss"),
    "AlphaZero": ("loss policy_loss value_loss val_loss val_policy_loss val_value_loss", "val_loss"),
    "policy and value without validation": ("loss policy_loss value_loss policy_accuracy", "loss"),
    "VAE": ({"loss": REST + KL_FALLS, "reconstruction_loss": REST, "kl_loss": KL_FALLS}, "loss"),
    "VAE whose divergence grows": (
        {"loss": 2 * REST + 20 * RISE, "reconstruction_loss": 2 * REST, "kl_loss": 20 * RISE},
        "loss",
    ),
    "beta-VAE": ({"loss": REST + 4 * KL_FALLS, "kl_loss": KL_FALLS, "kl_weight": ZERO + 4}, "loss"),
    "distillation": ("loss student_loss distillation_loss", "loss"),
    "VAE with a named total": ("total_loss reconstruction_loss kl_loss", "total_loss"),
    "total by its values": ({"vae_loss": REST + KL_FALLS, "rec_loss": REST, "kl_loss": KL_FALLS}, "vae_loss"),
    "a single loss of its own": ("contrastive_loss temperature", "contrastive_loss"),
    "known losses": ("log_loss zero_one_loss", "log_loss"),
    "preferences": ("loss val_loss rewards/chosen rewards/margins", "val_loss"),
    "adversarial training": ("loss adversarial_loss accuracy", "loss"),
    "cloned behaviour": ("loss val_loss mean_reward", "val_loss"),
    "only rewards": ("episode_reward", "episode_reward"),
    "losses of batches": ("loss batch_loss a_loss batch_a_loss", "loss"),
}


PAIRED = {  # metric, training values beside it, unused validation curves
    "evaluation sets": ("loss val_a_loss val_b_loss", "val_a_loss", "loss", ("val_b_loss",)),
    "a total and a validation loss": ("total_loss loss_cls val_loss lr", "val_loss", "total_loss", ()),
    "scores alone": ("loss val_mIoU val_IoU.error", "val_mIoU", "loss", ("val_IoU.error",)),
    "precision first": ("loss val_precision val_f1", "val_f1", "loss", ("val_precision",)),
    "a class first": ("loss val_IoU.error val_mIoU", "val_mIoU", "loss", ("val_IoU.error",)),
}


@pytest.mark.parametrize("name", PAIRED)
def test_validation_without_training_values_is_judged_and_compared_with_the_training_loss(name: str) -> None:
    names, judged, trained, unused = PAIRED[name]
    columns = {key: RISE if "loss" not in key else FALL for key in names.split()}
    diagnosis = reportgen.diagnose(run(columns))
    choice = diagnosis.reading.choice
    assert (diagnosis.monitor, choice.counterpart or choice.progress, choice.unused) == (judged, trained, unused)
    said = [words.text for words in diagnosis.finding_words]
    assert all(any(key in text for text in said) for key in unused)
    assert "No validation data" not in {words.title for words in diagnosis.finding_words}
    assert diagnosis.answers["learning"].answer == "yes"
    assert f"training {trained.replace('_', ' ')}" in diagnosis.answer_words["learning"]


@pytest.mark.parametrize(("key", "values"), [("accuracy", [0.4, 0.6]), ("strange", list(FALL)), ("accuracy", [0.5])])
def test_validation_values_that_are_not_used_are_named(key: str, values: list[float]) -> None:
    padded = [None] * (N - len(values)) + values
    diagnosis = reportgen.diagnose(run({"loss": FALL, f"val_{key}": padded}))
    assert diagnosis.monitor == "loss"
    codes = [finding.code for finding in diagnosis.findings]
    assert ("validation-not-used" in codes, "no-validation" in codes) == (True, False)
    assert f"val_{key}" in diagnosis.finding_words[codes.index("validation-not-used")].text
    assert "no validation values" not in str([diagnosis.answer_words, diagnosis.verdict_words])


def test_a_run_in_steps_with_one_evaluation_is_judged_for_learning_and_divergence_by_its_training_values() -> None:
    steps = [*range(10, 210, 10)]
    losses = np.geomspace(2, 0.5, 20)
    columns = {"loss": losses, "val_loss": [*[None] * 19, 0.6]}
    diagnosis = reportgen.diagnose(TrainingHistory.from_columns(steps, columns, axis="step"))
    answers = {question: given.answer for question, given in diagnosis.answers.items()}
    assert (answers["learning"], answers["diverged"], answers["overfitting"]) == ("yes", "no", "not-assessed")
    assert diagnosis.answers["learning"].evidence.first_value == 2


def test_the_criterion_of_the_tool_is_used_and_named() -> None:
    facts = RunFacts(monitor="val_wer", notes=(Note.of("own-criterion", name="eval_wer"),))
    history = run({"loss": FALL, "val_loss": FALL, "val_wer": FALL})
    diagnosis = reportgen.diagnose(history.with_run(facts))
    assert diagnosis.monitor == "val_wer"
    assert "own-criterion" in {finding.code for finding in diagnosis.findings}
    other = reportgen.diagnose(history.with_run(facts), monitor="loss")
    assert "own-criterion" not in {finding.code for finding in other.findings}


def check(name: str, columns: Any, doubt: str | None, judged: str | None) -> reportgen.Diagnosis:
    diagnosis = reportgen.diagnose(run(columns))
    choice = diagnosis.reading.choice
    assert (name, choice.doubt, diagnosis.monitor) == (name, doubt, judged)
    if judged is None:
        assert diagnosis.verdict == "not-judged"
        assert diagnosis.verdict_words.title == "This run cannot be judged."
        assert diagnosis.verdict_words.text == REASONS[doubt]
        assert "monitor=" in diagnosis.verdict_words.advice[0]
        assert (diagnosis.best_epoch, diagnosis.forecast, diagnosis.outputs) == (None, None, {})
        reasons = {question: given.reason for question, given in diagnosis.answers.items()}
        assert set(reasons.values()) == {doubt}
    codes = [finding.code for finding in diagnosis.findings]
    assert ("losses-not-judged" in codes) == (doubt is not None and judged is not None)
    return diagnosis


@pytest.mark.parametrize("name", COMPETING)
def test_the_losses_of_competing_networks_are_not_judged(name: str) -> None:
    check(name, COMPETING[name], "competing-losses", None)


def test_competing_networks_are_judged_by_a_metric_of_quality() -> None:
    check("FID", {"d_loss": FLAT, "g_loss": FALL, "d_accuracy": FLAT, "fid": FALL}, "competing-losses", "fid")
    check("KID", "d_loss g_loss kid val_d_loss val_g_loss val_kid", "competing-losses", "val_kid")


@pytest.mark.parametrize("name", AGENTS)
def test_the_losses_of_an_agent_are_not_judged(name: str) -> None:
    check(name, AGENTS[name], "reinforcement-learning", None)


@pytest.mark.parametrize("name", REWARDED)
def test_an_agent_is_judged_by_its_reward(name: str) -> None:
    names, judged = REWARDED[name]
    columns = {key: RISE if key == judged else FALL for key in names.split()}
    diagnosis = check(name, columns, "reinforcement-learning", judged)
    assert diagnosis.answers["learning"].answer == "yes"
    assert "no-validation" not in {finding.code for finding in diagnosis.findings}


@pytest.mark.parametrize("rewards", [np.linspace(-20, -200, N), np.linspace(-1, 300, N), -FALL * 500])
def test_a_reward_may_have_any_values_without_having_diverged(rewards: Any) -> None:
    diagnosis = reportgen.diagnose(run({"episode_reward": rewards, "loss": FALL}))
    assert diagnosis.answers["diverged"].answer == "no"
    assert diagnosis.verdict == ("not-learning" if rewards[-1] < rewards[0] else diagnosis.verdict)


@pytest.mark.parametrize(
    ("rewards", "learned"),
    [
        ([-3.3, -4.3, -5.6, -6.4, -6.7, -1.7, -6.5, -9.6, -2.0, -5.2, -8.7], "no"),
        ([-9.3, -8.3, -8.6, -7.4, -6.7, -7.7, -5.5, -4.6, -5.0, -3.2, -2.7], "yes"),
    ],
)
def test_a_lucky_episode_is_not_progress(rewards: list[float], learned: str) -> None:
    history = TrainingHistory.from_columns(range(1, 12), {"reward": rewards})
    assert reportgen.diagnose(history).answers["learning"].answer == learned


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_loss_whose_weights_change_is_not_judged(name: str) -> None:
    columns = WEIGHTS[name]
    diagnosis = check(name, columns, "changing-weights", None)
    if "reconstruction_loss" in columns:
        key = "val_reconstruction_loss" if name == "validated" else "reconstruction_loss"
        assert f"--monitor {key} " in diagnosis.verdict_words.advice[0]
        assert reportgen.diagnose(run(columns), monitor=key).monitor == key


@pytest.mark.parametrize("name", WITHOUT_TOTAL)
def test_of_several_losses_without_a_total_none_is_judged(name: str) -> None:
    names, judged, suggested = WITHOUT_TOTAL[name]
    assert check(name, names, "no-total-loss", judged).reading.choice.suggested == suggested


@pytest.mark.parametrize("columns", [{"loss": ZERO}, {"loss": FALL, "val_loss": ZERO}, {"x_loss": ZERO}])
def test_a_loss_that_was_never_computed_is_not_judged(columns: Any) -> None:
    check("", columns, "zero-loss", None)
    check("", columns | {"val_accuracy": RISE}, "zero-loss", "val_accuracy")
    check("", columns | {"loss": ZERO, "total_loss": FALL}, None, "total_loss")


@pytest.mark.parametrize("name", JUDGED)
def test_other_runs_are_judged_by_their_loss(name: str) -> None:
    columns, judged = JUDGED[name]
    check(name, columns, None, judged)


@pytest.mark.parametrize("make", histories.ALL)
def test_the_named_runs_are_judged_without_a_doubt(make: Any) -> None:
    assert choose_monitor(make()).doubt is None


@pytest.mark.parametrize("kind", [*COMPETING.values(), *AGENTS.values(), *WEIGHTS.values()])
def test_a_run_that_is_not_judged_can_still_diverge_or_be_judged_by_a_monitor(kind: Any) -> None:
    history = run(kind)
    broken = {key: [*history.series(*_split(key)).tolist()[:-2], float("nan"), float("nan")] for key in history.keys}
    assert reportgen.diagnose(run(broken)).verdict == "diverged"
    name = history.metric_names[0]
    judged = reportgen.diagnose(history, monitor=name, directions={name: "lower"})
    assert judged.verdict != "not-judged"
    assert judged.reading.metric == name


def _split(key: str) -> tuple[str, Any]:
    return (key[4:], "validation") if key.startswith("val_") else (key, "train")


@pytest.mark.parametrize(
    ("columns", "metric"),
    [
        ({"accuracy": [1], "loss": [1]}, "loss"),
        ({"accuracy": [1], "mse": [1]}, "accuracy"),
        ({"accuracy": [1], "a_loss": [1]}, "a_loss"),
        ({"mse": [1], "mae": [1], "val_mae": [1]}, "mae"),
        ({"strange": [1], "learning_rate": [1]}, None),
        ({"acc": [1], "accuracy": [1]}, "acc"),
    ],
)
def test_a_run_is_judged_by_its_loss_or_the_next_best_metric(
    columns: dict[str, list[float]], metric: str | None
) -> None:
    history = TrainingHistory.from_columns([1], columns)
    assert choose_metric(history) == choose_monitor(history).metric == metric


def test_a_run_with_counts_and_scores_only_is_judged_by_a_whole_score() -> None:
    n = 6
    columns = {name: np.linspace(5, 9, n) for name in ("TN", "TP", "true_positives")}
    columns |= {"Precision": np.linspace(0.3, 0.5, n), "F1": np.linspace(0.3, 0.6, n)}
    history = TrainingHistory.from_columns(np.arange(1, n + 1), columns)
    assert reportgen.diagnose(history).monitor == "F1"
