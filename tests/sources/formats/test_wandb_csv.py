"""Uses the form that the website exports, because the website cannot run here."""

import pytest
import sample_logs
from logs import read_log, read_with_format

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


def test_a_panel_of_several_runs_needs_a_choice() -> None:
    with pytest.raises(SourceError, match=r'it contains 2 runs: "a", "b"; one is needed.* --run "a"'):
        read_log(TWO)
    assert read_log(TWO, columns={"b - loss": "loss"}).series("loss", "train").tolist() == [2.0]


def test_a_table_of_runs_is_refused() -> None:
    with pytest.raises(SourceError, match="this is a table with one row per run"):
        read_log('"Name","State","Notes","User","Created","Runtime","loss"\n"a","finished","","me","2026","5","0.1"\n')
