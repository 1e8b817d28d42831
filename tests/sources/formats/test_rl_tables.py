"""Tables of reinforcement learning: counted in steps of the environment, without times and speeds."""

import pytest
from logs import read_log, read_with_format, sentences

import reportgen
from reportgen.errors import SourceError

SB3 = (
    "rollout/ep_len_mean,rollout/ep_rew_mean,eval/mean_reward,time/fps,time/iterations,time/time_elapsed,"
    "time/total_timesteps,train/loss,train/learning_rate,train/n_updates"
)
TABLES = {
    "stable-baselines3": (SB3, "9,{r},,300,{i},{i}0,{s},{l},0.001,{i}0", "rollout/ep_rew_mean"),
    "baselines": ("eplenmean,eprewmean,fps,misc/nupdates,misc/total_timesteps", "9,{r},300,{i},{s}", "ep_rew_mean"),
    "spinningup": ("Epoch\tAverageEpRet\tTotalEnvInteracts\tLossPi\tTime", "{i}\t{r}\t{s}\t{l}\t{i}.5", "AverageEpRet"),
    "rllib": (
        "episode_reward_mean,timesteps_total,training_iteration,time_total_s,hostname,hist_stats/episode_reward,pid",
        '{r},{s},{i},{i}.5,host,"[1.0, 2.0]",77',
        "episode_reward_mean",
    ),
}


def table(tool: str) -> str:
    header, row, _ = TABLES[tool]
    rows = (row.format(i=i, s=2048 * i, r=10.0 * i, l=100 - i) for i in range(1, 21))
    return "\n".join([header, *rows, ""])


@pytest.mark.parametrize("tool", TABLES)
def test_progress_is_counted_in_steps_and_judged_by_the_reward(tool: str) -> None:
    history, form = read_with_format(table(tool), "progress.csv")
    reward = TABLES[tool][2]
    assert (form, history.run.tool) == ("rl-progress", tool)
    assert (history.axis, history.epochs.tolist()) == ("step", [2048 * i for i in range(1, 21)])
    assert history.series(reward, "train").tolist() == [10.0 * i for i in range(1, 21)]
    assert reportgen.diagnose(history).monitor == reward
    others = {"time/fps", "fps", "Time", "time_total_s", "pid", "hist_stats/episode_reward[0]", "training_iteration"}
    assert others.isdisjoint(history.metric_names)


def test_evaluations_between_rows_are_validation() -> None:
    log = "time/total_timesteps,rollout/ep_rew_mean,eval/mean_reward\n100,1.5,\n100,,2.5\n200,2.0,\n200,,3.0\n"
    history = read_log(log, "progress.csv")
    assert history.series("mean_reward", "validation").to_dict() == {100: 2.5, 200: 3.0}


MONITOR = '#{"t_start": 1700000000.5, "env_id": "Cart-v1"}\nr,l,t,is_success\n9.5,10,0.5,0.0\n12.0,12,1.5,1.0\n'


def test_episodes_of_a_monitor_are_placed_at_the_steps_after_them() -> None:
    history, form = read_with_format(MONITOR, "0.monitor.csv")
    assert (form, history.run.tool) == ("sb3-monitor", "stable-baselines3")
    assert (history.axis, history.epochs.tolist()) == ("step", [10, 22])
    assert set(history.keys) == {"episode_length", "is_success", "reward"}
    assert history.series("reward", "train").tolist() == [9.5, 12.0]
    assert "one episode" in sentences(history.run.notes)[0]


def test_a_monitor_without_lengths_or_episodes_is_refused() -> None:
    with pytest.raises(SourceError, match='has the length of each episode in column "l"'):
        read_log(MONITOR.replace(",12,", ",x,"), "monitor.csv", format="sb3-monitor")
    with pytest.raises(SourceError, match="it has no episode"):
        read_log(MONITOR[: MONITOR.index("9.5")], "monitor.csv")
