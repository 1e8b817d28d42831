"""The page of a comparison: one file, complete without scripts, that says the verdict first, bounded in size."""

import base64
import itertools
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import vl_convert
from html_check import check_html
from plans import box, overlap

import reportgen
from reportgen import formatting
from reportgen.charts import layout, theme
from reportgen.charts.axes import x_position, y_position
from reportgen.charts.group_chart import MOST_LINES, look_of
from reportgen.comparison import compared
from reportgen.comparison.comparison_page import build_comparison_page
from reportgen.comparison.group_charts import MOST_MULTIPLES


def run(level, draws, n=30, **params):
    draw = np.random.default_rng(draws)
    loss = level + np.exp(-np.arange(n) / 5) + draw.normal(0, 0.01)
    made = reportgen.TrainingHistory.from_columns(
        np.arange(1, n + 1), {"loss": loss * 0.9, "val_loss": loss, "val_accuracy": 1 - loss / 2}
    )
    return made.with_run(replace(made.run, params=tuple((name, str(value)) for name, value in params.items())))


def grid(groups, seeds, n=30):
    return {
        f"opt{group}/seed_{seed}": run(0.3 + 0.05 * group, 100 * group + seed, n - 8 * (seed == 1), seed=seed)
        for group in range(groups)
        for seed in range(seeds)
    }


def page_of(runs, **keywords):
    compared = reportgen.compare(runs, **keywords)
    return build_comparison_page(compared, compared.language)


@pytest.mark.parametrize(("static", "scripts"), [(False, 2), (True, 0)])
def test_a_page_is_one_file_without_references_and_at_most_the_curves_and_one_script(static, scripts):
    html = reportgen.compare(grid(2, 4)).to_html(title="Two & more", static=static)
    check_html(html)
    assert html.count("<script") == scripts
    assert "<h1>opt0 is better than opt1 on val_loss.</h1>" in html
    assert "<title>Two &amp; more: " in html


def test_a_search_has_the_names_of_its_trials_and_settings_in_columns():
    rates = np.geomspace(1e-4, 0.1, 12)
    trials = {
        f"trial_{n:02}": run(0.3 + 0.02 * n, n, lr=rate, optimizer=("adam", "sgd")[n % 2])
        for n, rate in enumerate(rates)
    }
    compared = reportgen.compare(trials)
    page = build_comparison_page(compared, compared.language, links={"trial_01": "trial_01.html"})
    assert page.groups.headers[:4] == ("Run", "optimizer", "lr", "val_loss")
    assert [row[:3] for row in page.groups.rows[:2]] == [
        ("trial_00", "adam", "0.0001"),
        ("trial_01", "sgd", "0.0001874"),
    ]
    assert page.groups.title == "All runs"
    assert page.group_links[:2] == ("", "trial_01.html")
    assert page.runs is None  # they are in the table of groups
    assert page.detail.startswith("trial_00: adam, lr=0.0001. ")
    assert page.advice[0] == "Train the best 2 with at least 5 seeds each to find out which is really the best."
    few = reportgen.compare(dict(list(trials.items())[:8]))
    assert few.groups[0].name == "adam, lr=0.0001"


def test_only_groups_that_may_be_the_best_of_many_are_advised_to_train_longer():
    falling = {
        f"trial_{n:02}": {
            "val_loss": (0.3 + 0.2 * n) * np.exp(-np.arange(20) / 40),
            "loss": np.exp(-np.arange(20) / 40),
        }
        for n in range(12)
    }
    advice = reportgen.compare({name: reportgen.load(run) for name, run in falling.items()}).verdict_words.advice
    assert advice[0] == "trial_00 may get even better with more epochs: it was still improving."


def test_each_group_has_a_line_a_band_and_its_runs():
    page = page_of(grid(2, 4))
    plan = page.charts[0].plan
    assert [line.full_name for line in plan.lines] == ["opt0", "opt1"]
    assert [(len(ribbon.runs), bool(len(ribbon.epochs))) for ribbon in plan.ribbons] == [(4, True)] * 2
    assert "Lines: the mean of each group. Bands: one standard deviation to each side." in plan.note
    assert "The first run stopped at epoch 22. Where runs have stopped, the line of their mean is thinner" in plan.note
    assert [line.thin_after for line in plan.lines] == [22, 22]
    parts = re.findall(r'<g data-series="0"><path d="[^"]*" (stroke="[^>]*)/>', page.charts[0].svg)[-2:]
    assert ["stroke-width" in part for part in parts] == [True, False]  # up to there, and the thinner rest
    assert "Bands end where fewer than 90% are left." in plan.note
    assert [ribbon.epochs[-1] for ribbon in plan.ribbons] == [22, 22]
    assert [chart.title for chart in page.charts] == ["val_loss", "loss", "val_accuracy"]
    assert [look.colour for look in page.looks] == list(theme.SERIES[:2])


@pytest.mark.parametrize(("first", "cut"), [(2.0, ""), (90.0, "Epoch 1 is off the scale (arrow, 90).")])
def test_only_a_first_epoch_that_would_flatten_the_others_is_above_the_chart(first, cut):
    loss = np.append(first, 0.3 + np.exp(-np.arange(1, 30) / 15))
    runs = {f"opt{group}": reportgen.load({"val_loss": loss + group / 10 * (loss < 2)}) for group in range(2)}
    assert page_of(runs).charts[0].plan.axis_note == cut


def test_a_chart_says_that_single_runs_are_partly_outside():
    loss, peak = 0.3 + np.exp(-np.arange(30) / 5), 20.0 * (np.arange(30) == 10)
    runs = {f"{name}/seed_{seed}": loss + seed / 100 for name in ("a", "b") for seed in range(7)}
    runs["a/seed_0"] += peak
    page = page_of({name: reportgen.load({"val_loss": values}) for name, values in runs.items()})
    assert "Some values of bands or individual runs are outside the chart." in page.charts[0].plan.axis_note


def exploding(at, times=1e6, n=30, level=0.3, luck=0.0):
    """A run that explodes after an epoch, or spikes if ``at`` is negative."""
    loss, epochs = level + luck + np.exp(-np.arange(n) / 5), np.arange(n)
    high = epochs == -at if at < 0 else epochs >= at
    return reportgen.load({"val_loss": np.where(high, times * loss, loss)})


def test_runs_that_exploded_leave_the_chart_and_are_named():
    runs = {f"{name}/seed_{seed}": exploding(99, luck=seed / 100) for name in ("a", "b") for seed in range(4)}
    plain = page_of(runs).charts[0].plan
    runs["b/seed_0"], runs["b/seed_1"] = exploding(12), exploding(20, 1e4)
    compared = reportgen.compare(runs)
    page = build_comparison_page(compared, compared.language)
    plan = page.charts[0].plan
    assert plan.y_domain == pytest.approx(plain.y_domain, rel=0.15)
    assert not plan.y_log
    assert "b/seed_0 and b/seed_1 leave the chart, with values up to 390718." in plan.note
    assert "above the chart, which enlarges" in plan.axis_note
    assert plan.note.startswith("Lines: the median")
    assert [len(group.finals) for group in compared.groups] == [4, 2]
    assert float(page.values.ticks[-1].text) < 1  # the strips of the last epochs are not flattened either
    assert ">Clear difference<" not in compared.to_html()


def test_a_run_with_a_spike_leaves_the_chart_and_keeps_its_last_value():
    runs = {f"{name}/seed_{seed}": exploding(99, luck=seed / 100) for name in ("a", "b") for seed in range(4)}
    runs["a/seed_0"] = exploding(-12)
    compared = reportgen.compare(runs)
    assert "a/seed_0 leaves the chart" in build_comparison_page(compared, compared.language).charts[0].plan.note
    assert [len(group.finals) for group in compared.groups] == [4, 4]


@pytest.mark.parametrize(
    "values",
    [
        [(5.0, 0.3), (0.1, 0.001)],  # one begins far above the others: a log axis shows both
        [(2.0, 0.5), (2.0, 30.0)],  # 15 times its first value
        [(2.0, 0.5), (60.0, 100.0)],
    ],
)
def test_curves_of_different_levels_do_not_leave_the_chart(values):
    runs = {f"run{n}": reportgen.load({"val_loss": np.geomspace(*ends, 20)}) for n, ends in enumerate(values)}
    assert "leaves the chart" not in page_of(runs).charts[0].plan.note


def test_many_groups_share_an_axis_for_those_that_did_not_explode():
    runs = {f"opt{n}": exploding(99, level=0.3 + n / 50) for n in range(12)}
    runs["opt11"] = exploding(10)
    page = page_of(runs)
    assert page.charts[0].plan.y_domain[1] < 2
    assert "opt11 leaves the chart" in page.charts[0].plan.note
    assert {chart.plan.y_domain for chart in page.multiples} == {page.charts[0].plan.y_domain}


def test_the_first_chart_of_a_search_enlarges_the_better_half():
    epochs = np.arange(20)
    scores = {f"trial_{n}": 0.98 - n / 500 - 0.5 * np.exp(-epochs) for n in range(12)}
    scores |= {f"trial_{n}": np.full(20, 0.1) + epochs / 1000 for n in (9, 10, 11)}
    page = page_of({name: reportgen.load({"val_accuracy": values}) for name, values in scores.items()})
    assert page.charts[0].plan.y_domain[0] > 0.9
    assert "3 of the others are outside the chart, which enlarges the best ones." in page.charts[0].plan.note
    assert page.multiples[0].plan.y_domain[0] < 0.1  # those of single trials show all
    close = {name: reportgen.load({"val_accuracy": values}) for name, values in scores.items() if values[-1] > 0.5}
    assert "outside" not in page_of(close).charts[0].plan.note


def test_the_axis_covers_all_runs_although_the_line_of_their_mean_ends_earlier():
    lengths = {"fold 1": 8, "fold 2": 14, "fold 3": 16, "fold 4": 40}
    page = page_of({name: run(0.3, n, n) for name, n in lengths.items()})
    plan = page.charts[0].plan
    ends = {line.full_name: int(line.epochs[-1]) for line in plan.lines}
    assert ends == {**lengths, "mean": 16}
    assert plan.x_domain == (1, 40)
    assert plan.ribbons[0].epochs[-1] == 8
    assert len(plan.spots) == 4
    grouped = page_of({f"{group}/{name}": run(0.3, n, n) for group in "ab" for name, n in lengths.items()})
    assert grouped.charts[0].plan.x_domain == (1, 40)
    assert max(line.epochs[-1] for line in grouped.charts[0].plan.lines) == 16


def test_the_script_finds_the_values_of_all_lines():
    page = page_of(grid(3, 2, 40))
    series = json.loads(page.curves_json)["series"]
    for chart in page.charts:
        column = int(re.search(r'data-column="(\d+)"', chart.svg)[1])
        for place, line in enumerate(chart.plan.lines):
            assert page.every.headers[column + place] == f"{chart.title}: {line.full_name}"
            (number,) = line.curves
            values = np.frombuffer(base64.b64decode(series[number]["values"]["float32"]), "<f4")
            assert values == pytest.approx(line.values, rel=1e-6)
            assert page.every.rows[-1][column + place] == formatting.number(line.values[-1])


def test_names_touch_neither_bands_nor_single_runs():
    page = page_of({f"{group}/seed_{n}": run(0.3 + group / 500, n) for group in range(2) for n in range(6)})
    plan = page.charts[0].plan
    assert [label.x > plan.plot_width for label in plan.end_labels] == [True, True]


@pytest.mark.parametrize("n", [2, 5, 8])
@pytest.mark.parametrize("lengths", [[30] * 8, [20, 26, 15, 30, 19, 18, 40, 27], [25] * 7 + [60]])
def test_each_run_of_a_single_group_is_named_even_if_all_are_close(n, lengths):
    runs = {f"fold {place}": run(0.3, place, lengths[place - 1]) for place in range(1, n + 1)}
    for chart in page_of(runs).charts:
        plan = chart.plan
        names = [label for label in plan.end_labels if label.text != "mean"]
        assert sorted(label.text for label in names) == list(runs)
        boxes = [box(label) for label in plan.end_labels]
        assert not any(overlap(one, other) for one, other in itertools.combinations(boxes, 2))
        for label in names:
            (line,) = (line for line in plan.lines if line.label == label.text)
            if label.leader is not None:  # from a point of its own line
                x = [x_position(float(epoch), plan.x_domain, plan.plot_width) for epoch in line.epochs]
                heights = [y_position(value, plan.y_domain, plan.y_log) for value in line.values]
                assert np.interp(label.leader[0], x, heights) == pytest.approx(label.leader[1], abs=3)


@pytest.mark.parametrize(("gap", "since"), [(0.001, 11.0), (0.5, None)])
def test_groups_that_end_close_to_each_other_have_an_axis_for_their_ends(gap, since):
    groups = {f"opt{n}": reportgen.load({"val_loss": 0.3 + n * gap + np.exp(-np.arange(31) / 5)}) for n in range(2)}
    plan = page_of(groups).charts[0].plan
    assert plan.y_late is (since is not None)
    assert ("Epochs up to 10, with values up to 1.301, are above the chart" in plan.axis_note) is plan.y_late


def test_a_steep_fall_has_a_log_axis_and_a_slow_one_has_not():
    for start, is_log in ((10.5, False), (11.5, True)):
        runs = {f"{n}": reportgen.load({"val_loss": np.geomspace(start, 1.0 + n / 1e6, 30)}) for n in range(2)}
        assert page_of(runs).charts[0].plan.y_log is is_log


def test_all_looks_differ():
    assert len({look_of(place) for place in range(MOST_LINES)}) == MOST_LINES


@pytest.mark.parametrize(("groups", "multiples"), [(MOST_LINES, 0), (MOST_LINES + 1, MOST_LINES + 1)])
def test_more_groups_than_colours_get_a_chart_each(groups, multiples):
    page = page_of(grid(groups, 2, 12))
    assert len(page.multiples) == multiples
    assert len({chart.plan.y_domain for chart in page.multiples}) <= 1
    grey = [chart.svg.count(f'stroke="{theme.BASELINE}"') for chart in page.multiples]
    assert grey == [groups] * multiples


def test_values_by_run_are_dots_on_a_common_axis():
    values = page_of(grid(3, 5)).values
    assert [len(row.named) for row in values.rows] == [5, 5, 5]
    assert all(row.mean and row.interval for row in values.rows)
    numbers = [float(x) for row in values.rows for x in re.findall(r"M([\d.]+) ", str(row.named))]
    assert min(numbers) >= 0
    assert max(numbers) <= values.width


def test_last_values_have_a_row_of_rings_if_they_differ():
    loss = np.concatenate([np.linspace(2, 0.5, 20), np.linspace(0.5, 0.9, 10)])
    runs = {
        f"{name}/seed_{n}": reportgen.load({"val_loss": loss + n / 50 + (name == "b")})
        for name in "ab"
        for n in range(3)
    }
    values = page_of(runs).values
    assert [(row.name, len(row.named), row.rings.count("M")) for row in values.rows] == [
        ("a", 3, 0),
        ("at the last epoch", 0, 3),
        ("b", 3, 0),
        ("at the last epoch", 0, 3),
    ]
    assert "Rings: values at the last epoch." in values.reading


@pytest.mark.parametrize(("groups", "is_named"), [(2, True), (4, True), (5, False)])
def test_few_dots_have_the_names_of_their_runs_which_do_not_overlap(groups, is_named):
    page = page_of(grid(groups, 5))
    for strips in (page.values, page.differences):
        for row in strips.rows:
            texts = [dot.text for dot in row.named]
            assert sorted(texts) == (
                list("01234") if is_named or (strips is page.differences and groups == 5) else [""] * 5
            )
            places = [float(dot.x) for dot in row.named if dot.text]
            assert all(after - before > layout.text_width("0", 26) for before, after in itertools.pairwise(places))
    assert page.values.rows[0].named[0].title.startswith("opt0/seed_")
    many = page_of({f"{name}/seed_{n}": run(0.3, n) for name in "ab" for n in range(11)})
    assert not many.values.rows[0].named
    assert many.values.rows[0].dots.count("h0") == 11


@pytest.mark.parametrize("key", ["val_loss", "val_accuracy"])
def test_differences_of_pairs_are_dots_to_the_right_of_zero_where_the_best_group_is_better(key):
    runs = {f"{name}/seed_{n}": run(0.3 + n / 10 + (name == "b") * (n - 1) / 50, n) for name in "ab" for n in range(6)}
    compared = reportgen.compare(runs, metric=key)
    differences = build_comparison_page(compared, compared.language).differences
    (row,) = differences.rows
    assert (row.name, row.more) == ("b", "a is better in 4 of 6 pairs")
    at = {dot.text: float(re.match(r"M([\d.]+)", dot.path)[1]) - float(differences.zero) for dot in row.named}
    assert [np.sign(round(at[str(n)])) for n in range(6)] == [-1, 0, 1, 1, 1, 1]
    low, high = map(float, re.fullmatch(r"M([\d.]+) 15H([\d.]+)", row.interval).groups())
    assert low < float(row.mean[1:].split()[0]) < high
    assert f'<path d="M{differences.zero} 0V54" stroke="#57606A"' in compared.to_html()
    assert page_of({"a/x": run(0.3, 1), "b/x": run(0.4, 2)}).differences is None


def test_a_single_group_says_how_well_its_runs_agree():
    runs = {f"fold {n}": run(0.3, n) for n in range(1, 6)}
    runs["fold 4"] = run(0.9, 4)
    page = page_of(runs)
    assert page.headline == "5-fold val_loss: 0.43 ± 0.26 (sd)."
    assert "The verdicts differ: " in page.detail or "All runs have the same verdict: " in page.detail
    assert "The best epoch of all runs is 30." in page.detail
    assert page.advice[0].startswith("Look at fold 4, which is far worse than the others, at 0.8")
    assert page.tone_word in ("4 of 5 unclear", "4 of 5 still improving", "3 of 5 unclear", "4 of 5 converged")
    assert page.highlights == ()
    assert "val_accuracy, mean ± sd: 0." in page.detail
    assert page.groups is None
    assert sum("verdict" not in note and "onverged: " in note for note in page.groups_notes) <= 1
    assert page.pairs is None


def test_a_single_group_with_several_other_numbers_has_them_in_large_type():
    one = {"val_accuracy": [0.1, 0.8, 0.9]}
    runs = {f"fold {n}": reportgen.load({"val_loss": [0.9, 0.3 + n / 50, 0.6], **one}) for n in range(4)}
    assert [fact.name for fact in page_of(runs).highlights] == ["At the last epoch", "val_accuracy, mean ± sd"]


@pytest.mark.parametrize(("gap", "runs", "banded"), [(0.0, 5, 1), (0.2, 5, 4), (0.0, 0, 4)])
def test_of_many_bands_on_top_of_each_other_only_the_best_is_drawn(gap, runs, banded):
    found = {f"opt{k}/seed_{n}": run(0.3 + gap * k + n / 50, 9 * k + n) for k in range(4) for n in range(5)}
    found = found if runs else {name: each for name, each in found.items() if "opt3" not in name}  # three groups
    plan = page_of(found).charts[0].plan
    assert sum(len(ribbon.epochs) > 0 for ribbon in plan.ribbons) == (banded if runs else 3)
    assert ("Only the band of opt" in plan.note) is (banded == 1)
    assert any(ribbon.runs for ribbon in plan.ribbons) is (banded > 1)


def test_the_last_part_of_a_line_is_its_curve_not_its_leader_as_the_script_reads_its_look_there():
    chart = page_of({f"opt{n}/seed_{m}": run(0.3 + n / 1000, 9 * n + m) for n in range(5) for m in range(3)}).charts[0]
    assert [label.leader is not None for label in chart.plan.end_labels] == [True] * 5
    last = re.findall(r'<[^>]*data-series="1".*?(stroke="#[^>]*)/>', chart.svg)[-1]
    assert "stroke-dasharray" in last


def test_settings_are_plotted_in_the_order_of_how_much_they_matter():
    draw = np.random.default_rng(1)
    runs = {}
    for n in range(40):
        rate, units, luck = 10 ** draw.uniform(-5, -1), int(draw.choice([32, 64, 128, 256, 512])), int(draw.integers(9))
        word = ("sgd", "adam", "rmsprop")[n % 3]
        loss = 0.3 + (np.log10(rate) + 3) ** 2 / 10 + (word == "sgd") * 0.1 + units / 1e5
        settings = {"luck": luck, "units": units, "rate": rate, "tenth": rate / 10, "optimizer": word, "name": f"w{n}"}
        runs[f"trial_{n}"] = run(loss, n, 12, parameters=units * 9, **settings)
    page = page_of(runs)
    assert [plot.title for plot in page.plots][:2] == ["rate", "optimizer"]
    assert sorted(plot.title for plot in page.plots) == ["luck", "optimizer", "rate", "units"]
    notes = {plot.title: plot.note for plot in page.plots}
    assert ["logarithmic" in notes[name] for name in ("rate", "units", "luck")] == [True, True, False]
    assert "Bars: the mean of the runs with the same setting." in notes["optimizer"]
    assert "adam" in page.plots[1].svg
    assert page.plots_first
    assert [link.id for link in page.contents][:2] == ["groups", "settings"]


def test_a_setting_that_makes_the_groups_is_not_plotted_again():
    runs = {f"{name}{n}": run(0.3, n, optimizer=name, seed=n) for name in ("adam", "sgd") for n in range(5)}
    assert page_of(runs).plots == ()


def test_scores_where_higher_is_better_have_no_log_axis():
    rise = np.geomspace(0.01, 0.9, 30)
    page = page_of({name: reportgen.load({"val_accuracy": rise * scale}) for name, scale in (("a", 1), ("b", 0.9))})
    assert not page.charts[0].plan.y_log


def test_numeric_settings_are_plotted_against_the_values():
    runs = {f"r{n}": run(0.3 + n / 50, n, lr=10.0 ** -(n % 4 + 1), seed=n) for n in range(8)}
    (plot,) = page_of(runs).plots
    assert plot.title == "lr"
    assert "The horizontal axis is logarithmic." in plot.note


def test_runs_link_to_their_reports(tmp_path):
    sources = []
    for name, seed in (("a/seed_1", 1), ("a/seed_2", 2), ("b/seed_1", 3), ("b/seed_2", 4)):
        path = tmp_path / "reports" / f"{name}.html"
        reportgen.build(run(0.3 if name < "b" else 0.5, seed)).save(path)
        sources.append(path)
    saved = reportgen.compare(sources).save(tmp_path / "site" / "compare.html")
    links = set(re.findall(r'<a href="(\.\.[^"]+)"', saved.read_text("utf-8")))
    assert links == {f"../reports/{name}.html" for name in ("a/seed_1", "a/seed_2", "b/seed_1", "b/seed_2")}


def test_a_comparison_replaces_no_report_of_a_run(tmp_path):
    reports = [reportgen.build(run(level, 1)).save(tmp_path / f"{level}.html") for level in (0.3, 0.5, 0.7)]
    before = [path.read_bytes() for path in reports]
    found = reportgen.compare(reports[:2])
    with pytest.raises(reportgen.OutputError, match="the comparison is made from this file"):
        found.save(reports[0], overwrite=True)
    with pytest.raises(reportgen.OutputError, match="this is the report of a run and contains its history"):
        found.save(reports[2])
    with pytest.raises(reportgen.OutputError, match="the comparison is made from this file"):
        reportgen.compare(tmp_path).save(reports[1], overwrite=True)
    assert [path.read_bytes() for path in reports] == before
    assert found.save(reports[2], overwrite=True) == found.save(reports[2])  # an earlier comparison is replaced


def test_links_far_away_and_other_files_are_left_out(tmp_path):
    for seed in (1, 2):
        folder = tmp_path / f"seed_{seed}"
        folder.mkdir()
        (folder / "log.csv").write_text(
            "epoch,loss,val_loss\n" + "".join(f"{e},{1 / e},{2 / e}\n" for e in range(1, 9))
        )
        (folder / "log.html").write_text("<p>Not a report</p>")
    deep = tmp_path / "a" / "b" / "c" / "d" / "compare.html"
    html = reportgen.compare(str(tmp_path / "*" / "log.csv")).save(deep).read_text("utf-8")
    assert 'href="..' not in html
    assert str(tmp_path) not in html


def test_a_thousand_runs_fit_into_a_megabyte(monkeypatch):
    monkeypatch.setattr(compared, "verdicts_of", lambda histories: ["finished"] * len(histories))
    one = run(0.3, 1, 12)
    runs = {f"opt{group}/seed_{seed}": one for group in range(50) for seed in range(20)}
    found = reportgen.compare(runs)
    assert len(found.to_html().encode()) < 1_000_000
    assert len(build_comparison_page(found, found.language).multiples) == MOST_MULTIPLES


def test_charts_with_the_same_axes_share_what_vega_draws(monkeypatch):
    drawn = []
    vega = vl_convert.vegalite_to_svg
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", lambda spec, **more: drawn.append(spec) or vega(spec, **more))
    page = page_of(grid(12, 2))
    assert (len(page.charts), len(page.multiples)) == (3, 12)
    assert len(drawn) == 3
    assert len(drawn[0]["layer"]) == 3 * 12 + 3  # lines, bands, runs; axes, their numbers, and grey lines
    assert {chart.svg.count("<text") for chart in page.multiples} == {page.charts[0].svg.count("<text")}


def test_a_mail_has_the_verdict_a_picture_and_the_page():
    message = reportgen.compare(grid(2, 3)).email("ada@example.org", subject=None, title="Nightly")
    assert message["Subject"].startswith("Nightly: ")
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png", "text/html"]
    plain, body, _, page = (part for part in message.walk() if not part.is_multipart())
    assert "opt0 is better" in plain.get_content() or "No clear difference" in plain.get_content()
    assert "<svg" not in body.get_content()
    assert page.get_filename() == "comparison.html"


def test_single_runs_are_separate_lines_that_look_denser_where_they_cross():
    found = reportgen.compare(grid(2, 12))
    svg = ElementTree.fromstring(build_comparison_page(found, found.language).charts[0].svg)
    thin = [path for path in svg.iter("path") if path.get("stroke") and path.get("opacity")]
    assert len(thin) == 24
    assert {path.get("d").count("M") for path in thin} == {1}
