"""What a run used: its plots and key numbers in reports, summaries, mails, JSON and beside a baseline."""

import re
from dataclasses import replace

import numpy as np
import pytest
from html_check import check_html

import reportgen
from reportgen.charts.plot import Plot
from reportgen.charts.resource_plots import plot_resources
from reportgen.history.frame import TrainingHistory
from reportgen.history.resource_use import ResourceUse
from reportgen.outputs.email.letter import MailedReport, write_letter
from reportgen.outputs.email.plain import render_plain

N = 30
STEADY, SLOWED = (9.0, *[2.0] * 29), (9.0, *[2.0] * 18, *[4.0] * 11)
USE = ResourceUse(
    tuple(10.0 * n for n in range(1, N + 1)),
    (*[1_500_000_000] * (N - 1), 2_345_000_000),
    (1.5,) * N,
    (0.4,) * N,
    (6_000_000_000,) * N,
    8,
    16_000_000_000,
    ("<Card> & co",),
    40_000_000_000,
)
WITHOUT_CARD = replace(USE, gpu_ratio=(), gpu_memory_bytes=(), gpus=(), machine_gpu_memory_bytes=0)


def run_of(seconds: tuple[float, ...] = STEADY, use: ResourceUse | None = None) -> TrainingHistory:
    history = reportgen.load({"loss": [1 / (1 + epoch) for epoch in range(len(seconds) or 5)]})
    return history.with_run(replace(history.run, durations_s=seconds, resources=use))


def plots_of(history: TrainingHistory) -> dict[str, Plot]:
    return {plot.name: plot for plot in plot_resources(history, reportgen.diagnose(history))}


def section_of(html: str) -> str:
    found = re.search(r'<section aria-labelledby="resources">.*?</section>', html, re.DOTALL)
    return "" if found is None else found[0]


@pytest.mark.parametrize(
    ("seconds", "use", "names"),
    [
        (STEADY, USE, ["times", "memory", "cores", "cards"]),
        (STEADY, WITHOUT_CARD, ["times", "memory", "cores"]),
        (STEADY, None, ["times"]),
        ((), WITHOUT_CARD, ["memory", "cores"]),
        ((), None, []),
        ((1.0, 2.0), None, []),
        ((0.0, 0.0, 0.0), None, ["times"]),
    ],
)
def test_there_is_a_plot_of_each_thing_that_is_known(
    seconds: tuple[float, ...], use: ResourceUse | None, names: list[str]
) -> None:
    assert list(plots_of(run_of(seconds, use))) == names


def test_the_time_per_epoch_is_not_flattened_by_the_first_epoch() -> None:
    plot = plots_of(run_of())["times"]
    assert plot.y_domain[1] < 3
    assert plot.note == "Epoch 1 (9.0 s) is off the scale."
    assert plot.message == "An epoch took 2.0 s (median)"
    assert plot.table.rows[0] == ("1", "9")
    assert all(tick.value == int(tick.value) for tick in plot.x_ticks)
    assert plots_of(run_of((1.0,) * 3))["times"].note == ""


def test_epochs_that_slow_down_are_marked_unless_the_finding_is_ignored() -> None:
    history = run_of(SLOWED)
    plot = plots_of(history)["times"]
    assert plot.message == "Epochs take longer from epoch 20 on"
    assert plot.lines[1].x.tolist() == [20.0, 20.0]
    ignoring = plot_resources(history, reportgen.diagnose(history, ignore="RG505"))
    assert ignoring[0].message == "An epoch took 2.0 s (median)"
    assert len(ignoring[0].lines) == 1


@pytest.mark.parametrize(("seconds", "unit"), [(299.0, "s"), (300.0, "min"), (10_799.0, "min"), (10_800.0, "h")])
def test_the_unit_of_time_fits_the_length_of_the_run(seconds: float, unit: str) -> None:
    use = replace(WITHOUT_CARD, seconds=tuple(np.linspace(1.0, seconds, N).tolist()))
    assert plots_of(run_of((), use))["memory"].x_title == f"time ({unit})"


def test_long_runs_have_few_points() -> None:
    plot = plots_of(run_of(tuple(np.linspace(1, 2, 5_000).tolist())))["times"]
    assert len(plot.lines[0].x) <= 300
    assert len(plot.table.rows) <= 40
    assert plot.table.note.endswith("of 5000 points.")


def test_there_is_a_section_if_there_is_something_to_see_and_it_says_nothing_of_what_is_unknown() -> None:
    steady, slowed, sampled = (reportgen.build(run) for run in (run_of(), run_of(SLOWED), run_of(use=USE)))
    html = steady.to_html()
    assert section_of(html) == ""
    assert re.search(r'<details class="data">\s*<summary>Time per epoch</summary>', html)
    assert section_of(slowed.to_html()) != ""
    html = sampled.to_html()
    check_html(html)
    section = section_of(html)
    assert "Memory peaked at 2.35 GB" in section
    assert "GPU busy 40% of the time (median)" in section
    assert "&lt;Card&gt; &amp; co" in section
    assert section_of(reportgen.build({"loss": [0.9, 0.5]}).to_html()) == ""


def test_the_key_numbers_are_in_summaries_mails_and_json() -> None:
    report = reportgen.build(run_of(use=USE))
    letter = render_plain(write_letter([MailedReport(report._page, report.diagnosis, b"")], ["report.html"], 25))
    for text in (report.summary(), letter):
        for name, value in (
            ("Memory (peak)", "2.35 GB"),
            ("Busy CPU cores (median)", "1.5 / 8"),
            ("GPU use (median)", "40%"),
        ):
            assert re.search(rf"{re.escape(name)}:?\s+{re.escape(value)}", text)
    assert report.to_dict()["resources"]["memory_bytes"] == list(USE.memory_bytes)
    assert "Memory (peak)" not in reportgen.build(run_of()).summary()


def test_times_and_memory_are_compared_with_a_baseline_that_has_them() -> None:
    more = replace(WITHOUT_CARD, memory_bytes=(1_172_500_000,) * N)
    report = reportgen.build(run_of(use=USE), baseline=run_of((4.0,) * 30, more))
    assert report._page.comparison is not None
    assert report._page.comparison.rows[-2:] == (
        ("time per epoch (median)", "2.0 s", "4.0 s", "50% shorter", ""),
        ("memory (peak)", "2.35 GB", "1.17 GB", "100% more", ""),
    )
    bare = reportgen.build(run_of(use=USE), baseline=run_of(()))
    assert bare._page.comparison is not None
    assert [row[0] for row in bare._page.comparison.rows] == ["loss"]
