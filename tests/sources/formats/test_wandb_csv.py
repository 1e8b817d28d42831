"""Uses the form that the website exports, because the website cannot run here."""

import pytest
import sample_logs
from logs import read_log, read_with_format, sentences

from reportgen.errors import SourceError

COLUMNS = ["Step", "a - loss", "a - loss__MIN", "a - loss__MAX", "b - loss", "b - loss__MIN", "b - loss__MAX"]
TWO = ",".join(f'"{name}"' for name in COLUMNS) + "\n" + '"0","1","1","1","2","2","2"\n'


def test_a_panel_of_one_run_is_read_under_the_name_of_the_run() -> None:
    history, form = read_with_format(sample_logs.WANDB_PANEL)
    assert form == "wandb-csv"
    assert history.keys == ("loss",)
    assert history.series("loss", "train").tolist() == sample_logs.LOSSES
    assert history.run.title == "lucky-sun-7"
    assert (history.axis, history.epochs.tolist()) == ("step", [0, 1, 2, 3])


def test_the_runs_of_a_panel_are_read_separately() -> None:
    history = read_log(TWO)
    assert (history.run.title, history.series("loss", "train").tolist()) == ("b", [2.0])
    assert sentences(history.run.notes) == (
        "The source contains 2 runs; this report shows b. To report on another, pass its name or number as run= "
        "(--run): 1 (a).",
    )
    assert read_log(TWO, run="a").series("loss", "train").tolist() == [1.0]
    assert read_log(TWO, columns={"b - loss": "loss"}).series("loss", "train").tolist() == [2.0]


def test_the_counter_of_a_panel_may_be_any_and_the_steps_of_wandb_are_left_out() -> None:
    panel = '"epoch_id","a - _step","a - _step__MIN","a - gap"\n"0","1","1","2.5"\n"10","12","12","1.5"\n'
    history = read_log(panel)
    assert (history.keys, history.epochs.tolist(), history.steps.tolist()) == (("gap",), [1, 11], [1, 12])


@pytest.mark.parametrize("counter", ["iter", "trainer/global_step", "global_step"])
def test_the_counter_of_the_program_wins_and_media_are_left_out(counter: str) -> None:
    media = '"{""_type"": ""image-file"", ""path"": ""a.png""}"'
    rows = "".join(f"{n},{n}.5,170000000{n},{50 * n},{1.0 / (n + 1)},{media}\n" for n in range(3))
    history = read_log(f"_step,_runtime,_timestamp,{counter},train/loss,media/sample\n{rows}")
    assert (history.axis, history.epochs.tolist(), history.keys) == ("step", [0, 50, 100], ("loss",))


def test_the_history_of_many_runs_with_one_row_each_is_refused() -> None:
    rows = "".join(
        f"{n},run-{name},1e3,{step},170000000{n},0.5\n"
        for n, (name, step) in enumerate(zip("abc", (35, 43, 37), strict=True))
    )
    with pytest.raises(SourceError, match='it has one row per run, named in column "name"'):
        read_log(f"epochs,name,_runtime,_step,_timestamp,val_loss\n{rows}")


def test_a_table_of_runs_is_refused() -> None:
    with pytest.raises(SourceError, match="this is a table with one row per run"):
        read_log('"Name","State","Notes","User","Created","Runtime","loss"\n"a","finished","","me","2026","5","0.1"\n')
