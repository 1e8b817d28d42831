"""Reads the progress tables of reinforcement learning: Stable-Baselines3, Baselines, Spinning Up, RLlib and garage.

They count steps in the environment. Times, speeds and histograms are left out.
"""

import re
from dataclasses import replace
from typing import Final

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.sources.table.naming import EPOCH, LEFT_OUT, STEP

# The columns by which each tool is recognised, all of them needed.
_MARKS: Final = (
    ("stable-baselines3", ("rollout/ep_rew_mean",)),
    ("stable-baselines3", ("time/total_timesteps",)),
    ("spinningup", ("AverageEpRet", "TotalEnvInteracts")),
    ("spinningup", ("AverageEpRet", "Epoch")),
    ("rllib", ("episode_reward_mean", "training_iteration")),
    ("rllib", ("env_runners/episode_return_mean", "training_iteration")),
    ("rllib", ("env_runners/episode_reward_mean", "training_iteration")),
    ("baselines", ("eprewmean",)),
    ("baselines", ("EpRewMean",)),
    ("baselines", ("ep_reward_mean",)),
    ("chainerrl", ("steps", "episodes", "elapsed", "mean", "median")),
    ("garage", ("Evaluation/AverageReturn",)),
)
_STEPS: Final = (  # the first that never falls is used
    "time/total_timesteps", "total_timesteps", "misc/total_timesteps", "timesteps_total",
    "num_env_steps_sampled_lifetime", "num_env_steps_sampled", "TotalEnvInteracts", "TotalEnvSteps", "TimestepsSoFar",
    "total timesteps", "steps", "num_agent_steps_sampled",
)  # fmt: skip
_OF_CHAINERRL: Final = {"mean": "mean_reward", "median": "median_reward", "max": "max_reward", "min": "min_reward"}
_NAMES: Final = {
    "train/learning_rate": "learning_rate",
    "eprewmean": "ep_rew_mean",
    "EpRewMean": "ep_rew_mean",
    "eplenmean": "ep_len_mean",
    "EpLenMean": "ep_len_mean",
}
_EPOCHS: Final = ("training_iteration", "time/iterations", "Epoch", "Iteration", "nupdates", "misc/nupdates", "iter")
_NO_METRIC: Final = re.compile(
    r"(time|perf|timers|sampler_perf|config|counters|misc)/.*|"
    r".*(hist_stats|sampler_results|num_steps_trained|num_steps_sampled).*|"
    r".*(^|[/_])(fps|pid|date|timestamp|hostname|node_ip|trial_id|experiment_id|experiment_tag|done|"
    r"time_\w+|time|\w+_time(_s)?|\w+_(lifetime|this_iter|since_restore|total)|(episodes|iterations|timesteps)_\w+|"
    r"serial_timesteps|TimeElapsed|EpisodesSoFar|n_updates|\w+_time_ms|ram_util_percent|cpu_util_percent)",
    re.IGNORECASE,
)
_LONGEST: Final = 300  # characters of a name that is looked at


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if _tool(sample.header) else Fit.NO


def _tool(names: tuple[str, ...]) -> str | None:
    return next((tool for tool, marks in _MARKS if set(marks) <= set(names)), None)


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    log = read_table(opened.long_text())
    names = log.names
    columns = {name: log.numbers(name) for name in (*_STEPS, *_EPOCHS) if name in names}
    counts = {
        name: column
        for name, column in columns.items()
        if column is not None and len(column.values) and bool((column.values[1:] >= column.values[:-1]).all())
    }
    steps = next((name for name in _STEPS if name in counts), None)
    epochs = next((name for name in _EPOCHS if name in counts), None) if steps is None else None
    tool = _tool(opened.sample.header)
    known: dict[str, str] = {"episodes": LEFT_OUT, "elapsed": LEFT_OUT, **_OF_CHAINERRL} if tool == "chainerrl" else {}
    for name in names:
        if name == steps:
            known[name] = STEP
        elif name == epochs:
            known[name] = EPOCH
        elif name in known:
            continue
        elif name in columns or _NO_METRIC.fullmatch(name[:_LONGEST]):
            known[name] = LEFT_OUT
        elif name.startswith("eval/"):
            known[name] = f"val_{name.removeprefix('eval/')}"
        elif name in _NAMES:
            known[name] = _NAMES[name]
    del columns, counts
    history = history_from_log(log, options=options, known=known)
    return history.with_run(replace(history.run, tool=None if tool in ("garage", "chainerrl") else tool))


FORMAT: Final = Format("rl-progress", "progress table of reinforcement learning", _recognise, _read)
