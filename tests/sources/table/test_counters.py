"""Columns that count are distinguished from metrics by their values."""

import pytest
from logs import read_log, sentences


@pytest.mark.parametrize(
    ("header", "axis", "epochs"),
    [
        ("iter,_step", "step", [0, 50, 100]),
        ("_step,iter", "step", [0, 50, 100]),
        ("_step,trainer/global_step", "step", [0, 50, 100]),
        ("Episode,unused", "epoch", [1, 51, 101]),
    ],
)
def test_the_counter_of_the_program_wins(header: str, axis: str, epochs: list[int]) -> None:
    own = [0, 50, 100]
    first = header.startswith("_step")
    rows = [(index, count) if first else (count, index) for index, count in enumerate(own)]
    text = f"{header},loss\n" + "".join(f"{a},{b},{0.5 - 0.1 * index}\n" for index, (a, b) in enumerate(rows))
    history = read_log(text, "run.csv")
    assert (history.axis, history.epochs.tolist()) == (axis, epochs)
    assert set(history.metric_names) <= {"loss", "unused"}


def test_lengths_of_episodes_are_not_steps() -> None:
    history = read_log("episode,steps,reward\n1,20,1\n2,15,0.5\n3,40,2\n4,30,1.5\n", "run.csv")
    assert history.epochs.tolist() == [1, 2, 3, 4]
    assert history.series("steps", "train").tolist() == [20, 15, 40, 30]
    assert sentences(history.run.notes) == ("Each epoch in this report is one episode.",)


def test_steps_that_start_again_in_each_epoch_are_numbered_consecutively() -> None:
    rows = [(epoch, step) for epoch in range(3) for step in (0, 10, 20)]
    history = read_log("epoch,step,loss\n" + "".join(f"{e},{s},{0.5 - e / 10}\n" for e, s in rows), "run.csv")
    assert (history.axis, history.epochs.tolist()) == ("step", [*range(0, 90, 10)])
    assert sentences(history.run.notes) == (
        "The log restarts its step count in each epoch; here, steps are numbered consecutively.",
    )
    assert history.run.resumed_at == ()


def test_steps_of_the_environment_say_more_than_episodes() -> None:
    history = read_log("episode,episode_reward,step\n9,1.5,900\n18,2.5,2100\n27,3.5,4000\n", "run.csv")
    assert (history.axis, history.epochs.tolist()) == ("step", [900, 2100, 4000])
    assert history.keys == ("episode_reward",)
