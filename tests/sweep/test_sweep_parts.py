"""The parts of a sweep that need no cluster: what is found, what is kept, what the index says."""

import math
import re
from pathlib import Path

import histories
import numpy as np
import pytest

import reportgen
from reportgen.errors import OutputError, RenderError, SourceError
from reportgen.languages import ENGLISH, language
from reportgen.options import Look
from reportgen.sweep.index import PAGE_ROWS, IndexPage, index_pages, spark_path
from reportgen.sweep.ledger import NAME, Ledger
from reportgen.sweep.places import Site, Source, find_sources
from reportgen.sweep.rows import Row, failed_row, judged_row, report_name
from reportgen.sweep.task import Batch, Item, SweepOptions, hash_extras, run_batch

LOG = "epoch,loss,val_loss\n0,0.9,0.95\n1,0.5,0.6\n2,0.4,0.5\n"


def source(path: str) -> Source:
    return Source(path, f"/{path}", path.rpartition("/")[0] or path)


def row(path: str, best: float | None = 0.5, verdict: str = "healthy", **more: object) -> Row:
    known = {
        "monitor": "val_loss", "best": best, "best_epoch": 2, "last": 3, "headline": "Fine.", "key": "k",
        "epochs": (1, 2, 3), "values": (0.9, best, 0.7),
    }  # fmt: skip
    return Row(path, path, report_name(path), verdict=verdict, **{**known, **more})


def pages_of(rows: list[Row], folder: Path) -> list[IndexPage]:
    with Ledger(Site.at(str(folder))) as ledger:
        ledger.add(rows)
        return list(index_pages(ledger, [row.path for row in rows], ENGLISH))[::-1]


def write_logs(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(LOG, "utf-8")


def test_a_pattern_finds_each_run_once_and_names_it_by_its_folders(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/1/history.csv", "runs/b/history.csv", "runs/history.csv", "runs/b/other.csv")
    patterns = [f"{tmp_path}/runs/**/history.csv", f"{tmp_path}/runs/b/history.csv"]
    found = find_sources(patterns[:1])
    assert [(run.path, run.title) for run in found] == [
        ("a/1/history.csv", "a/1"),
        ("b/history.csv", "b"),
        ("history.csv", "history"),
    ]
    assert find_sources(patterns) == found


def test_a_pattern_finds_folders_files_of_any_name_and_names_with_brackets(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/x[1]/log.csv", "runs/y/log.csv")
    assert [run.title for run in find_sources([f"{tmp_path}/runs/*"])] == ["x[1]", "y"]
    assert [run.path for run in find_sources([f"{tmp_path}/runs/x[1]/log.csv"])] == ["log.csv"]
    assert [run.path for run in find_sources([f"file://{tmp_path}/runs/*/l*.csv"])] == ["x[1]/log.csv", "y/log.csv"]


def test_what_a_sweep_writes_is_no_run_though_a_pattern_matches_it(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv", "runs/reports/history.csv")
    (tmp_path / "link").symlink_to("runs")
    inside, around = Site.at(str(tmp_path / "runs/site")), Site.at(str(tmp_path / "runs"))
    inside.write("reports/1f/a-1f.html", "x")
    inside.write("index.html", "x")
    around.write("index.html", "x")
    for name in ("runs", "link"):
        pattern = f"{tmp_path}/{name}/**/*.*"
        assert [run.path for run in find_sources([pattern], around)] == [
            "a/history.csv", "site/index.html", "site/reports/1f/a-1f.html"
        ]  # fmt: skip
        assert [run.path for run in find_sources([pattern], inside)] == [
            "a/history.csv", "index.html", "reports/history.csv"
        ]  # fmt: skip
        assert [run.path for run in find_sources([f"{tmp_path}/{name}/*"], inside)] == ["a", "index.html", "reports"]


@pytest.mark.parametrize("pattern", ["nothing/*.csv", "nothing.csv", "nosuchscheme://bucket/*"])
def test_a_pattern_without_a_match_is_an_error(pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=re.escape(pattern) + ": (nothing is there|it cannot be opened)"):
        find_sources([pattern])


def test_report_files_are_stable_apart_and_fit_for_every_file_system() -> None:
    paths = ["a/history.csv", "a-history.csv", "A/history.csv", "ü/история", "<b>&\"'", "x" * 400, ".."]
    names = [report_name(path) for path in paths]
    assert names[0] == "reports/13/a-history.csv-13b805dafbf5f698.html"
    assert len({name.casefold() for name in names}) == len(paths)
    for name in names:
        assert name.isascii()
        assert len(name.rpartition("/")[2]) < 100
        assert not set(name) & set("<>&\"'%#? ")


@pytest.mark.parametrize("make", [histories.healthy, histories.diverged_at_7, histories.one_epoch])
def test_a_row_survives_its_line(make: object) -> None:
    history = make()
    kept = judged_row(source("a/history.csv"), "key", history, reportgen.diagnose(history))
    assert Row.from_json(kept.to_json().encode()) == kept
    assert "\n" not in kept.to_json()


def test_a_row_of_a_long_run_stays_small() -> None:
    history = histories.healthy(5000)
    assert len(judged_row(source("a"), "key", history, reportgen.diagnose(history)).to_json()) < 2000


def test_half_a_line_of_a_killed_process_costs_that_line_only(tmp_path: Path) -> None:
    site = Site.at(str(tmp_path))
    with Ledger(site) as ledger:
        ledger.add([row("a"), row("b")])
    file = tmp_path / NAME
    whole = file.read_bytes()
    for cut in range(len(whole) - len(row("b").to_json()), len(whole)):
        file.write_bytes(whole[:cut])
        with Ledger(site) as ledger:
            assert ledger.get("a") == row("a")
            ledger.add([row("c")])
        with Ledger(site) as ledger:
            assert ledger.get("c") == row("c")


def test_the_newest_row_of_a_run_counts(tmp_path: Path) -> None:
    with Ledger(Site.at(str(tmp_path))) as ledger:
        ledger.add([row("a", 1.0)])
        ledger.add([row("b", 2.0), row("a", 3.0)])
    with Ledger(Site.at(str(tmp_path))) as ledger:
        assert [kept.best for kept in ledger.rows(["b", "a", "none"])] == [2.0, 3.0]


def test_a_site_behind_a_url_keeps_ledger_and_reports(tmp_path: Path) -> None:
    write_logs(tmp_path, "a/history.csv")
    site = Site.at("memory://sweep-test/site")
    (run,) = find_sources([f"{tmp_path}/*/history.csv"])
    with Ledger(site) as ledger:
        ledger.add([made for made in run_batch(Batch((Item(run),), SweepOptions(), site)) if made])
    with Ledger(site) as ledger:
        kept = ledger.get(run.path)
    assert kept is not None
    assert (site.read(kept.report) or b"").startswith(b"<!doctype html>")
    site.remove(kept.report)
    assert not site.has(kept.report)


def test_a_run_is_done_again_only_if_log_options_or_report_changed(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv")
    (run,) = find_sources([f"{tmp_path}/runs/*/history.csv"])
    site, options = Site.at(str(tmp_path / "site")), SweepOptions()

    def again(key: str, how: SweepOptions = options) -> Row | None:
        return run_batch(Batch((Item(run, key),), how, site))[0]

    made = again("")
    assert made is not None
    assert made.error == ""
    assert again(made.key) is None
    other = again(made.key, SweepOptions(look=Look(theme="dark")))
    assert other is not None
    assert other.key != made.key
    (tmp_path / "site" / made.report).unlink()
    assert again(made.key) == made
    Path(run.where).write_text(LOG + "3,0.3,0.4\n", "utf-8")
    changed = again(made.key)
    assert changed is not None
    assert changed.last == 4


def test_what_goes_wrong_with_a_run_is_its_row(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/good/history.csv", "runs/bad/history.csv", "runs/gone/history.csv")
    (tmp_path / "runs/bad/history.csv").write_text("nothing\n", "utf-8")
    found = find_sources([f"{tmp_path}/runs/*/history.csv"])
    (tmp_path / "runs/gone/history.csv").unlink()
    batch = Batch(tuple(map(Item, found)), SweepOptions(), Site.at(str(tmp_path / "site")))
    bad, gone, good = (made for made in run_batch(batch) if made)
    assert "history.csv" in bad.error
    assert "no such file" in gone.error
    assert (good.error, good.verdict != "") == ("", True)
    older = Batch((Item(found[2]),), SweepOptions(version="0.0.1"), batch.site)
    (refused,) = run_batch(older)
    assert refused is not None
    assert "0.0.1" in refused.error


def test_an_error_does_not_tell_where_logs_and_site_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_logs(tmp_path, "runs/bad/history.csv", "runs/good/history.csv")
    (tmp_path / "runs/bad/history.csv").write_text("epoch,loss\n0,abc\n", "utf-8")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/reports").touch()
    batch = Batch(tuple(map(Item, find_sources(["runs/*/history.csv"]))), SweepOptions(), Site.at("site"))
    errors = [made.error for made in run_batch(batch) if made]
    assert errors[0].startswith('bad/history.csv: column "loss" has text "abc"')
    assert errors[1].startswith("reports/")
    assert errors[1].endswith("the report was not written: Not a directory; choose another path.")
    assert str(tmp_path) not in "".join(errors)


def test_reports_are_compared_with_a_baseline_and_made_again_when_it_changes(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv", "old/history.csv")
    place, site = str(tmp_path / "old/history.csv"), Site.at(str(tmp_path / "site"))
    (run,) = find_sources([f"{tmp_path}/runs/*/history.csv"])

    def made(key: str) -> Row | None:
        options = SweepOptions(baseline=place, content=hash_extras(place, None))
        return run_batch(Batch((Item(run, key),), options, site))[0]

    first = made("")
    assert first is not None
    assert b"baseline" in (site.read(first.report) or b"")
    assert made(first.key) is None
    (tmp_path / "old/history.csv").write_text(LOG.replace("0.5\n", "0.125\n"), "utf-8")
    second = made(first.key)
    assert second is not None
    assert b"0.1250" in (site.read(second.report) or b"")


def test_reports_are_made_by_templates_of_ones_own_and_again_when_those_change(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv")
    (tmp_path / "own").mkdir()
    own, site = tmp_path / "own", Site.at(str(tmp_path / "site"))
    (run,) = find_sources([f"{tmp_path}/runs/*/history.csv"])
    keys = []
    for number in range(2):
        (tmp_path / "own/style.css").write_text(f".company {{ order: {number}; }}", "utf-8")
        options = SweepOptions(look=Look(templates=own), content=hash_extras(None, own))
        made = run_batch(Batch((Item(run, keys[-1] if keys else ""),), options, site))[0]
        assert made is not None
        assert f"order: {number};".encode() in (site.read(made.report) or b"")
        keys.append(made.key)
    with pytest.raises(RenderError, match="is no folder"):
        hash_extras(None, own / "style.css")


def test_two_sweeps_do_not_write_to_one_site(tmp_path: Path) -> None:
    site = Site.at(str(tmp_path))
    with Ledger(site) as ledger:
        with pytest.raises(OutputError, match="another sweep writes to this site"):
            Ledger(site)
        ledger.add([row("a")])
    with Ledger(site) as ledger:
        assert ledger.get("a") == row("a")


def test_a_file_is_no_place_for_a_site(tmp_path: Path) -> None:
    (tmp_path / "site").touch()
    with pytest.raises(OutputError, match="site: this is a file; a sweep writes into a folder"):
        Ledger(Site.at(str(tmp_path / "site")))


def test_columns_and_cells_count_what_their_runs_are_counted_in(tmp_path: Path) -> None:
    steps = [row(name, best, axis="step") for name, best in (("a", 0.5), ("b", 0.4))]
    (page,) = pages_of(steps, tmp_path / "steps")
    assert (page.best_at, page.length) == ("Best step", "Steps")
    assert page.headline == "The best of 2 runs: val_loss 0.4000 at step 2."
    assert page.shown[0].lines[0].best_epoch.text == "2"
    (page,) = pages_of([*steps, row("c", 0.1), row("d", 0.2)], tmp_path / "mixed")
    assert (page.best_at, page.length) == ("Best epoch or step", "Epochs or steps")
    assert [line.last.text for line in page.shown[0].lines] == ["epoch 3", "epoch 3", "step 3", "step 3"]
    assert page.chart is not None
    assert "2 runs are counted in steps, so they are not drawn." in page.chart.note


def test_runs_stand_by_verdict_the_best_first_and_the_best_of_all_on_top(tmp_path: Path) -> None:
    rows = [
        row("a", 0.5), row("b", 0.3), row("c", 0.1, "overfitting"), row("d", None, "diverged", values=(None,) * 3),
        failed_row(source("e"), "It cannot be read."), row("f", 0.01, monitor="loss"),
    ]  # fmt: skip
    (page,) = pages_of(rows, tmp_path)
    assert [(group.id, [line.title for line in group.lines]) for group in page.shown] == [
        ("healthy", ["b", "a", "f"]),
        ("overfitting", ["c"]),
        ("diverged", ["d"]),
        ("error", ["e"]),
    ]
    assert page.headline == "The best of 6 runs: val_loss 0.1000 at epoch 2."
    assert page.best is not None
    assert page.best.title == "c"
    assert page.shown[-1].lines[0].href == ""
    assert page.shown[-1].lines[0].error == "It cannot be read."
    assert page.notes == (
        "2 runs are not judged by val_loss, so they are not compared with the best.",
        "1 run has no report; the last group says why.",
    )


def test_higher_is_better_where_the_metric_says_so(tmp_path: Path) -> None:
    rows = [row(name, best, monitor="val_accuracy", lower_is_better=False) for name, best in (("a", 0.5), ("b", 0.9))]
    (page,) = pages_of(rows, tmp_path)
    assert [line.title for line in page.shown[0].lines] == ["b", "a"]
    assert page.best is not None
    assert page.best.title == "b"


def test_settings_that_differ_are_columns(tmp_path: Path) -> None:
    rows = [
        row("a", settings=(("optimizer", "Adam"), ("learning_rate", "0.0010000000474974513"))),
        row("b", 0.4, settings=(("optimizer", "Adam"), ("momentum", "0.9"), ("learning_rate", "0.1"))),
    ]
    (page,) = pages_of(rows[::-1], tmp_path)
    assert page.columns == ("learning_rate", "momentum")
    assert [cell.text for line in page.shown[0].lines for cell in line.settings] == ["0.1", "0.9", "0.001", ""]
    assert [(fact.name, fact.value) for fact in page.facts] == [("learning_rate", "0.1"), ("momentum", "0.9")]


def test_no_page_has_more_than_500_runs_and_links_lead_from_any_to_any(tmp_path: Path) -> None:
    n = 2 * PAGE_ROWS + 1
    rows = [row(f"r{number}", 1 + number / n, "healthy" if number % 2 else "overfitting") for number in range(n)]
    pages = pages_of(rows, tmp_path)
    assert [page.file for page in pages] == ["index.html", "page-2.html", "page-3.html"]
    assert [sum(len(group.lines) for group in page.shown) for page in pages] == [500, 500, 1]
    assert {line.title for page in pages for group in page.shown for line in group.lines} == {run.path for run in rows}
    assert [link.href for link in pages[0].groups] == ["#healthy", "page-2.html#overfitting"]
    assert [link.href for link in pages[1].pages] == ["index.html", "", "page-3.html"]
    assert pages[0].chart is not None
    assert "100 of 1000 others" in pages[0].chart.note
    assert pages[1].chart is None


def test_an_index_of_no_rows_says_what_is_missing(tmp_path: Path) -> None:
    with Ledger(Site.at(str(tmp_path))) as ledger:
        (page,) = index_pages(ledger, ["a", "b"], language("en"))
    assert page.shown == ()
    assert page.notes == ("2 runs are missing, as the sweep was stopped; the same command goes on with them.",)


def test_a_sparkline_fills_its_box_and_breaks_where_a_value_is_no_number() -> None:
    assert spark_path((1, 2, 3), (1.0, 0.5, 0.0)) == "M2,2.0L50,12.0L98,22.0"
    assert spark_path((1, 2, 3, 4), (1.0, None, 0.0, 0.0)).count("M") == 2
    assert spark_path((1, 2), (1.0, None)) == ""
    assert spark_path((1, 2), (5.0, 5.0)) == "M2,12.0L98,12.0"
    huge = spark_path((1, 2), (-1.7e308, 1.7e308))
    assert "nan" not in huge
    assert "inf" not in huge
    assert math.isfinite(float(huge.rpartition(",")[2]))


def test_a_row_keeps_the_extremes_of_a_long_curve() -> None:
    history = histories.healthy(3000)
    kept = judged_row(source("a"), "key", history, reportgen.diagnose(history))
    values = history.series("loss", "validation").to_numpy()
    assert min(value for value in kept.values if value is not None) == pytest.approx(np.min(values), rel=1e-5)
