"""The parts of a sweep that need no cluster: finding runs, tasks, the ledger and the index."""

import contextlib
import dataclasses
import json
import math
import os
import re
import socket
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import histories
import numpy as np
import pytest

import reportgen
from reportgen.charts import theme
from reportgen.errors import ClusterError, DiagnosisError, OutputError, RenderError, SourceError
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.languages import ENGLISH, language
from reportgen.options import Look, ReadOptions
from reportgen.sweep import cluster, comparison_pages
from reportgen.sweep.execution import write_index
from reportgen.sweep.index import PAGE_ROWS, index_pages, take_survey
from reportgen.sweep.index_page import IndexPage, draw_spark
from reportgen.sweep.ledger import NAME, Ledger
from reportgen.sweep.places import FoundRun, Site, find_runs, folder_of
from reportgen.sweep.results import RunResult, failed_result, judged_result, report_name
from reportgen.sweep.task import SweepOptions, hash_extras, report_on

LOG = "epoch,loss,val_loss\n0,0.9,0.95\n1,0.5,0.6\n2,0.4,0.5\n"


def found_run(path: str) -> FoundRun:
    return FoundRun(path, f"/{path}", path.rpartition("/")[0] or path)


def result(path: str, best: float | None = 0.5, verdict: str = "finished", **more: object) -> RunResult:
    known = {
        "title": path, "monitor": "val_loss", "best": best, "best_epoch": 2, "last": 3, "headline": "Fine.", "key": "k",
        "epochs": (1, 2, 3), "values": (0.9, best, 0.7),
    }  # fmt: skip
    return RunResult(path, report=report_name(path), verdict=verdict, **{**known, **more})


def pages_of(rows: list[RunResult], folder: Path) -> list[IndexPage]:
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
    found = find_runs(patterns[:1])
    assert [(run.path, run.title) for run in found] == [
        ("a/1/history.csv", "a/1"),
        ("b/history.csv", "b"),
        ("history.csv", "history"),
    ]
    assert find_runs(patterns) == found


def test_a_pattern_finds_folders_files_of_any_name_and_names_with_brackets(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/x[1]/log.csv", "runs/y/log.csv")
    assert [run.title for run in find_runs([f"{tmp_path}/runs/*"])] == ["x[1]", "y"]
    assert [run.path for run in find_runs([f"{tmp_path}/runs/x[1]/log.csv"])] == ["x[1]/log.csv"]
    assert [run.path for run in find_runs([f"file://{tmp_path}/runs/*/l*.csv"])] == ["x[1]/log.csv", "y/log.csv"]


@pytest.mark.parametrize("name", ["*", "[a]", "?", "a**b", os.fsdecode(b"\xff\xfe")])
def test_folders_may_have_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_logs(tmp_path, f"{name}/runs/{name}/history.csv", f"{name}/runs/b/history.csv", "a/runs/c/history.csv")
    monkeypatch.chdir(tmp_path / name)
    for pattern in ("runs/*", "runs/*/history.csv", "runs/**/history.csv", f"{tmp_path}/{name}/runs/*/history.csv"):
        found = find_runs([pattern])
        assert {"b", name} <= {run.path.removesuffix("/history.csv").rpartition("/")[2] for run in found}
    made = report_on(found[-1], SweepOptions(), Site.at("site"))
    assert made is not None
    assert made.error == ""
    with Ledger(Site.at("site")) as ledger:
        ledger.add([made])
        write_index(ledger, found[-1:], Site.at("site"), Look())
        assert ledger.get(made.path) == made


def test_runs_are_in_natural_order(tmp_path: Path) -> None:
    write_logs(tmp_path, *(f"run{number}/history.csv" for number in (10, 2, 1)))
    found = find_runs([f"{tmp_path}/*/history.csv"])
    assert [run.title for run in found] == ["run1", "run2", "run10"]


def test_matches_are_those_of_a_shell(tmp_path: Path) -> None:
    write_logs(tmp_path, "r/a/1.csv", "r/a/2.csv", "r/b/c/1.csv", "r/d.csv")
    (tmp_path / "r/a/up").symlink_to("..")
    (tmp_path / "r/e").symlink_to("b")
    (tmp_path / "r/gone").symlink_to("nowhere")
    for pattern, paths in {
        "*": ["a/1.csv", "a/2.csv", "b/c/1.csv", "d.csv", "e/c/1.csv", "gone"],
        "*/": ["a/1.csv", "a/2.csv", "b/c/1.csv", "e/c/1.csv"],
        "*/*.csv": ["a/1.csv", "a/2.csv"],
        "?/[!2].csv": ["a/1.csv"],
        "**/1.csv": ["a/1.csv", "b/c/1.csv"],
        "*/c/1.csv": ["b/c/1.csv", "e/c/1.csv"],
        "**/c": ["b/c/1.csv"],
    }.items():
        assert [run.path for run in find_runs([f"{tmp_path}/r/{pattern}"])] == paths, pattern


def test_a_local_pattern_beside_a_url_reveals_no_folder(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv")
    Site.at("memory://mixed").write("b/history.csv", LOG)
    found = find_runs([f"{tmp_path}/runs/*/history.csv", "memory://mixed/*/history.csv"])
    assert [run.path for run in found] == ["a/history.csv", "memory:///mixed/b/history.csv"]


def test_files_of_a_sweep_are_not_runs(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv", "runs/reports/history.csv")
    (tmp_path / "link").symlink_to("runs")
    inside, around = Site.at(str(tmp_path / "runs/site")), Site.at(str(tmp_path / "runs"))
    inside.write("reports/1f/a-1f.html", "x")
    inside.write("index.html", "x")
    around.write("index.html", "x")
    for name in ("runs", "link"):
        pattern = f"{tmp_path}/{name}/**/*.*"
        assert [run.path for run in find_runs([pattern], around)] == [
            "a/history.csv", "site/index.html", "site/reports/1f/a-1f.html"
        ]  # fmt: skip
        assert [run.path for run in find_runs([pattern], inside)] == [
            "a/history.csv", "index.html", "reports/history.csv"
        ]  # fmt: skip
        for pattern in (f"{tmp_path}/{name}/*", f"{tmp_path}/{name}/**"):
            assert [run.path for run in find_runs([pattern], inside)] == [
                "a/history.csv", "index.html", "reports/history.csv"
            ]  # fmt: skip


def test_a_site_on_another_drive_is_not_among_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_logs(tmp_path, "runs/a/history.csv")

    def relpath(path: str, start: str) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    path = SimpleNamespace(relpath=relpath, realpath=os.path.realpath)
    monkeypatch.setattr("reportgen.sweep.places.os", SimpleNamespace(path=path))
    found = find_runs([f"{tmp_path}/runs/*/*.csv"], Site.at(str(tmp_path / "site")))
    assert [run.path for run in found] == ["a/history.csv"]


CURVES = {"loss": [0.9, 0.5, 0.4]}
CONTENT = {
    ".csv": LOG,
    ".jsonl": '{"epoch": 0, "loss": 0.9}\n{"epoch": 1, "loss": 0.5}\n',
    ".json": '{"loss": [0.9, 0.5], "val_loss": [0.9, 0.6]}',
    ".journal": '{"schema": "reportgen/journal/1"}\n',
    ".tsv": "step\tloss\n0\t0.9\n1\t0.5\n",  # as DVCLive writes it
}
LAYOUTS = {
    "reports": (["1/fold-1.html", "1/fold-2.html", "1/fold-3.html"], None),
    "CSV files": (["1/fold-1.csv", "1/fold-2.csv", "1/fold-3.csv"], None),
    "JSON Lines": (["1/fold-1.jsonl", "1/fold-2.jsonl", "1/fold-3.jsonl"], None),
    "one log each": (["1/history.csv", "2/history.csv", "3/a/b/history.json"], None),
    "logs at several depths": (["a.csv", "1/b.csv", "1/2/c.html"], None),
    "different kinds": (["a.csv", "b.jsonl", "c.json"], None),
    "more than fifty": ([f"{number:02}.csv" for number in range(60)], None),
    "reports beside logs": (["1/a.csv", "1/a.html", "2/b.html"], ["1/a.csv", "2/b.html"]),
    "a run that is running": (["1/a.html", "1/b.html", "1/b.journal"], ["1/a.html", "1/b.journal"]),
    "other files": (["a.csv", "config.json", "page.html", "data.csv", ".git/b.csv"], ["a.csv"]),
    "another sweep": (["a.csv", "old/index.html", "old/runs.jsonl", "old/reports/1f/a.html"], ["a.csv"]),
    "TensorBoard": (["a/train/events.out.tfevents.1.x", "a/validation/events.out.tfevents.1.x"], ["a"]),
    "several of TensorBoard": ([f"{part}/events.out.tfevents.1" for part in ("a/train", "a/validation", "b/train")],
                               ["a", "b"]),
    "TensorBoard and others": (["a/events.out.tfevents.1.x", "b/1.csv", "b/2.csv"], ["a", "b/1.csv", "b/2.csv"]),
    "MLflow": (["0/r1/meta.yaml", "0/r1/metrics/loss", "0/r2/meta.yaml", "0/r2/metrics/loss"], ["0/r1", "0/r2"]),
    "Weights & Biases": (["run-1-a/run-a.wandb", "run-2-b/run-b.wandb", "c.csv"], ["c.csv", "run-1-a", "run-2-b"]),
    "DVCLive": (["live/plots/metrics/loss.tsv", "live/plots/metrics/train/acc.tsv"], ["live"]),
    "Lightning": (["version_0/metrics.csv", "version_1/metrics.csv", "version_1/hparams.yaml"],
                  ["version_0", "version_1"]),
    "a summary beside runs": (["results.csv", "1/history.csv", "2/history.csv"], None),
}  # fmt: skip
OTHERS = {"config.json": '{"loss": "mse", "epochs": 10}', "page.html": "<p>Hello", "data.csv": "x,y\n1,2\n"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_log_in_a_folder_is_a_run(layout: str, tmp_path: Path) -> None:
    names, runs = LAYOUTS[layout]
    for name in names:
        file = tmp_path / "kf" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".html" and file.name not in OTHERS:
            reportgen.build(CURVES).save(file)
        else:
            file.write_text(OTHERS.get(file.name, CONTENT.get(file.suffix, "")), "utf-8")
    expected = sorted(f"kf/{run}" for run in (names if runs is None else runs))
    found = find_runs([f"{tmp_path}/kf"])
    assert [run.path for run in found] == expected
    assert len({run.title for run in found}) == len(found)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".html"])
def test_a_sweep_of_a_folder_reports_on_each_log(ending: str, tmp_path: Path) -> None:
    folder = tmp_path / "kf/1"
    folder.mkdir(parents=True)
    for number in range(1, 4):
        if ending == ".html":
            reportgen.build(CURVES).save(folder / f"fold-{number}.html")
        else:
            (folder / f"fold-{number}{ending}").write_text(CONTENT[ending], "utf-8")
    site = Site.at(str(folder / "site"))
    for pattern in ("kf", "kf/1", "kf/*", "kf/1/"):
        made = [report_on(run, SweepOptions(), site) for run in find_runs([f"{tmp_path}/{pattern}"], site)]
        assert [run and run.error for run in made] == ["", "", ""], pattern


def test_the_row_of_a_log_with_several_runs_says_which_one_it_shows(tmp_path: Path) -> None:
    (tmp_path / "folds.csv").write_text("fold,epoch,loss\n1,1,0.9\n1,2,0.8\n2,1,0.7\n2,2,0.6\n2,3,0.5\n", "utf-8")
    site = Site.at(str(tmp_path / "site"))
    (run,) = find_runs([f"{tmp_path}/folds.csv"], site)
    made = report_on(run, SweepOptions(), site)
    assert made is not None
    assert (made.title, made.last) == (f"{run.title}: fold 2 (2 of 2)", 3)
    chosen = report_on(run, SweepOptions(ReadOptions(run=1)), site)
    assert chosen is not None
    assert (chosen.title, chosen.last) == (f"{run.title}: fold 1 (1 of 2)", 2)


def test_a_folder_without_runs_says_so_and_never_shows_a_report_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "runs/empty").mkdir(parents=True)
    site = Site.at(str(tmp_path / "runs/site"))
    reportgen.build(CURVES).save(tmp_path / "runs/site/reports/1f/a.html")
    (run,) = find_runs([f"{tmp_path}/runs"], site)
    made = report_on(run, SweepOptions(), site)
    assert made is not None
    assert "the folder has no training log of a known format" in made.error


def test_folders_behind_urls_are_looked_into_and_an_option_may_choose_among_their_runs(tmp_path: Path) -> None:
    remote = Site.at("memory://folders")
    for name in ("kf/1/a.csv", "kf/1/b.csv", "kf/2/c.csv"):
        remote.write(name, LOG)
    for pattern in ("memory://folders/kf", "memory://folders/kf/*", "memory://folders/kf/*/"):
        assert [run.where.rpartition("kf/")[2] for run in find_runs([pattern])] == ["1/a.csv", "1/b.csv", "2/c.csv"]
    for name in ("a", "b"):
        write_logs(tmp_path, f"logs/{name}/events.out.tfevents.1.x")
    assert [run.path for run in find_runs([f"{tmp_path}/logs"])] == ["logs/a", "logs/b"]
    assert [run.path for run in find_runs([f"{tmp_path}/logs"], is_chosen=True)] == ["logs"]


@pytest.mark.parametrize("pattern", ["nothing/*.csv", "nothing.csv", "nosuchscheme://bucket/*"])
def test_a_pattern_without_a_match_is_an_error(pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=re.escape(pattern) + ": (no file or folder matches|cannot be opened)"):
        find_runs([pattern])


def test_names_of_reports_are_stable_unique_and_valid_on_every_file_system() -> None:
    paths = ["a/history.csv", "a-history.csv", "A/history.csv", "ü/история", "<b>&\"'", "x" * 400, ".."]
    names = [report_name(path) for path in paths]
    assert names[0] == "reports/13/a-history.csv-13b805dafbf5f698.html"
    assert len({name.casefold() for name in names}) == len(paths)
    for name in names:
        assert name.isascii()
        assert len(name.rpartition("/")[2]) < 100
        assert not set(name) & set("<>&\"'%#? ")


@pytest.mark.parametrize("make", [histories.healthy, histories.diverged_at_7, histories.one_epoch])
def test_a_result_is_unchanged_after_writing_and_reading_its_line(make: object) -> None:
    history = make()
    kept = judged_result(found_run("a/history.csv"), "key", history, reportgen.diagnose(history))
    assert RunResult.from_json(kept.to_json().encode()) == kept
    assert "\n" not in kept.to_json()


def test_the_result_of_a_long_run_is_small() -> None:
    history = histories.healthy(5000)
    assert len(judged_result(found_run("a"), "key", history, reportgen.diagnose(history)).to_json()) < 2000


def test_only_the_incomplete_line_of_a_killed_process_is_lost(tmp_path: Path) -> None:
    site = Site.at(str(tmp_path))
    with Ledger(site) as ledger:
        ledger.add([result("a"), result("b")])
    file = tmp_path / NAME
    whole = file.read_bytes()
    for cut in range(len(whole) - len(result("b").to_json()), len(whole)):
        file.write_bytes(whole[:cut])
        with Ledger(site) as ledger:
            assert ledger.get("a") == result("a")
            ledger.add([result("c")])
        with Ledger(site) as ledger:
            assert ledger.get("c") == result("c")


UNUSABLE = {
    "no JSON": b"nonsense",
    "no object": b"[1, 2]",
    "deeply nested": b'{"path":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a key too many": {"more": 1},
    "a report elsewhere": {"report": "https://evil.example/a.html"},
    "a script as the report": {"report": "javascript:alert(1)"},
    "a report of another run": {"report": report_name("b")},
    "a number as the path": {"path": 5},
    "no title": {"title": None},
    "an unknown verdict": {"verdict": "splendid"},
    "a list as the verdict": {"verdict": ["finished"]},
    "text as the best value": {"best": "0.5"},
    "NaN as the best value": {"best": float("nan")},
    "a best value out of range": {"best": 10**400},
    "a switch as the best epoch": {"best_epoch": True},
    "a huge epoch": {"epochs": [1, 2, 10**30]},
    "epochs that go back": {"epochs": [1, 3, 2]},
    "fewer values than epochs": {"values": [0.5]},
    "too many points": {"epochs": list(range(50)), "values": [0.5] * 50},
    "an unknown axis": {"axis": "week"},
    "text as the settings": {"settings": "ab"},
    "a setting of three": {"settings": [["a", "b", "c"]]},
    "too many settings": {"settings": [["a", "b"]] * 61},
    "an endless line": {"title": "x" * 1_000_000},
    "half a character in the headline": {"headline": "a\ud800b"},
    "half a character in a setting": {"settings": [["a", "\udfff"]]},
    "a long text": {"headline": "x" * 10_000},
    "a report and an error": {"error": "Both."},
    "neither a report nor an error": {"key": ""},
}


def test_lines_that_no_sweep_writes_are_left_out_and_reported_once(tmp_path: Path) -> None:
    good = result("a")
    lines = [
        change if isinstance(change, bytes) else json.dumps(json.loads(good.to_json()) | change).encode()
        for change in UNUSABLE.values()
    ]
    (tmp_path / NAME).write_bytes(b"\n".join([*lines, result("c").to_json().encode(), b""]))
    with Ledger(Site.at(str(tmp_path))) as ledger:
        assert ledger.n_unusable == len(lines)
        assert ledger.get("a") is None
        ledger.add([good])
    with Ledger(Site.at(str(tmp_path))) as ledger:
        assert (ledger.n_unusable, ledger.get("a"), ledger.get("c")) == (0, good, result("c"))
    for name, line in zip(UNUSABLE, lines, strict=True):
        assert RunResult.from_json(line) is None, name


def test_any_result_can_be_read_back(tmp_path: Path) -> None:
    long = "\N{GRINNING FACE}" * 5000
    history = histories.healthy()
    history = replace(history, run=replace(history.run, title=long, optimizer=long, loss=long, model_name=long))
    kept = judged_result(found_run(long[:4000]), "key", history, reportgen.diagnose(history))
    with Ledger(Site.at(str(tmp_path))) as ledger:
        ledger.add([kept, failed_result(found_run("b\udcff"), long[:400])])
    with Ledger(Site.at(str(tmp_path))) as ledger:
        assert ledger.get(kept.path) == kept
        assert ledger.get("b\udcff") is not None


def test_a_later_result_replaces_an_earlier_one(tmp_path: Path) -> None:
    with Ledger(Site.at(str(tmp_path))) as ledger:
        ledger.add([result("a", 1.0)])
        ledger.add([result("b", 2.0), result("a", 3.0)])
    with Ledger(Site.at(str(tmp_path))) as ledger:
        assert [kept.best for kept in ledger.results(["b", "a", "none"])] == [2.0, 3.0]


def test_a_site_behind_a_url_keeps_ledger_and_reports(tmp_path: Path) -> None:
    write_logs(tmp_path, "a/history.csv")
    site = Site.at("memory://sweep-test/site")
    (run,) = find_runs([f"{tmp_path}/*/history.csv"])
    with Ledger(site) as ledger:
        ledger.add(filter(None, [report_on(run, SweepOptions(), site)]))
    with Ledger(site) as ledger:
        kept = ledger.get(run.path)
    assert kept is not None
    assert (site.read(kept.report) or b"").startswith(b"<!doctype html>")
    site.remove(kept.report)
    assert not site.has(kept.report)


@pytest.mark.parametrize("place", ["site", "memory://sweep-test/foreign"])
def test_a_site_replaces_and_removes_only_files_that_reportgen_wrote(tmp_path: Path, place: str) -> None:
    site = Site.at(place if "://" in place else str(tmp_path / place))
    forced = replace(site, overwrite=True)
    site.check()
    forced.write("index.html", "mine")
    with pytest.raises(OutputError, match=r"index\.html: reportgen did not write this file"):
        site.check()
    forced.check()
    site.remove("index.html")
    assert site.read("index.html") == b"mine"
    if site.folder is not None:  # elsewhere, reading each file before it is written would take too long
        with pytest.raises(OutputError, match="did not write this file"):
            site.write("index.html", "new")
    forced.write("index.html", '<meta name="generator" content="reportgen 0.0.1">')
    site.check()
    site.remove("index.html")
    assert not site.has("index.html")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can create links of others")
def test_a_site_is_not_written_through_a_link_that_another_user_created_in_a_shared_folder(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o1777)
    (tmp_path / "private").mkdir()
    (tmp_path / "shared/site").symlink_to(tmp_path / "private")
    os.lchown(tmp_path / "shared/site", 65533, 65533)
    for act in (Site.check, lambda site: site.write("index.html", "x")):
        with pytest.raises(OutputError, match="site is a link that another user created in a shared folder"):
            act(Site.at(str(tmp_path / "shared/site")))
    assert list((tmp_path / "private").iterdir()) == []


def test_a_leftover_page_that_is_a_link_or_large_is_not_read_whole(tmp_path: Path) -> None:
    site = Site.at(str(tmp_path / "site"))
    site.write("page-2.html", '<meta name="generator" content="reportgen 0.0.1">')
    (tmp_path / "site/page-3.html").symlink_to("page-2.html")
    kept = {"page-3.html"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "site/page-4.html")
        kept.add("page-4.html")
        with pytest.raises(OutputError, match="this is a pipe or a device"):
            site.write("page-4.html", "x")
    os.truncate(tmp_path / "site/page-2.html", 1 << 40)  # with a hole, so it takes no space
    for number in (4, 3, 2):
        site.remove(f"page-{number}.html")
    assert {path.name for path in (tmp_path / "site").iterdir()} == kept


def test_nothing_in_a_line_is_a_command_of_a_build_server(tmp_path: Path) -> None:
    run = found_run("a/##vso[task.setvariable variable=x]y/history.csv")
    line = failed_result(run, "##[error] no").to_json()
    assert "##" not in line
    kept = RunResult.from_json(line.encode())
    assert kept is not None
    assert kept.path == run.path


def test_settings_are_shown_short_and_printable(tmp_path: Path) -> None:
    values = ("1" * 200, "\x1b1", "nan" + " " * 150, "0" * 100 + "1", "\N{ARABIC-INDIC DIGIT ONE}" * 150, "1\n")
    rows = [
        result(name, settings=(("x", value),), headline="a\x1b") for name, value in zip("abcdef", values, strict=True)
    ]
    (page,) = pages_of(rows, tmp_path)
    for row in page.groups[0].rows:
        assert "\x1b" not in row.headline
        for cell in row.settings:
            assert len(cell.text) <= 60
            assert cell.text.isprintable()


def test_times_and_memory_have_columns_if_a_run_has_them(tmp_path: Path) -> None:
    rows = [result("a", epoch_s=2.5, memory_bytes=1_520_000_000), result("b", epoch_s=0.25)]
    (page,) = pages_of(rows, tmp_path / "both")
    assert page.columns == ("Time per epoch (median)", "Memory (peak)")
    cells = {row.title: [(cell.text, cell.number) for cell in row.settings] for row in page.groups[0].rows}
    assert cells == {"a": [("2.5 s", "2.5"), ("1.52 GB", "1520000000")], "b": [("250 ms", "0.25"), ("", "")]}
    (page,) = pages_of([result("a"), result("b")], tmp_path / "none")
    assert page.columns == ()


def test_test_scores_have_columns_beside_settings_and_do_not_separate_runs(tmp_path: Path) -> None:
    scores = {"a": (("loss", 0.5), ("auc", 0.9), ("accuracy", 0.75)), "b": (("loss", 0.25),)}
    rows = [
        result(name, monitor="val_accuracy", settings=(("lr", lr),), scores=scores.get(name, ()))
        for name, lr in (("a", "0.1"), ("b", "0.2"), ("c", "0.1"))
    ]
    (page,) = pages_of(rows, tmp_path)
    assert page.columns == ("lr", "Test accuracy", "Test loss")  # that of the judged metric, and what most runs have
    cells = {row.title: [(cell.text, cell.number) for cell in row.settings[1:]] for row in page.groups[0].rows}
    assert cells["a"] == [("0.7500", "0.75"), ("0.5000", "0.5")]
    assert cells["b"] == [("", ""), ("0.2500", "0.25")]
    assert cells["c"] == [("", ""), ("", "")]
    assert page.tasks == ()
    many = [replace(row, epoch_s=1.0, settings=tuple((f"s{n}", row.title) for n in range(5))) for row in rows]
    (full,) = pages_of(many, tmp_path / "many")
    assert full.columns == ("s0", "s1", "Test accuracy", "Time per epoch (median)")
    without = [replace(row, scores=()) for row in rows]
    (plain,) = pages_of(without, tmp_path / "plain")
    tables = [found.table.rows for each in (plain, page) for found in each.comparisons]
    assert [[row[:3] for row in rows] for rows in tables] == [
        [("lr=0.1", "2", "0.5000 ± 0"), ("lr=0.2", "1", "0.5000")]
    ] * 2
    assert plain.columns == ("lr",)


def test_the_scores_of_a_run_are_those_of_its_evaluation_and_of_what_it_logged() -> None:
    tested = reportgen.evaluate([0, 1, 1, 0], [0, 1, 0, 0])
    run = RunFacts(test_results=(("loss", 0.123456789),), evaluation=tested)
    history = TrainingHistory.from_columns([1, 2], {"loss": [0.9, 0.5], "val_acc": [0.5, 0.6]}, run)
    made = judged_result(FoundRun("a", "a", "a"), "key", history, reportgen.diagnose(history))
    assert dict(made.scores)["loss"] == 0.123457
    assert dict(made.scores)["acc"] == 0.75
    assert RunResult.from_json(made.to_json().encode()) == made


def test_a_report_is_made_again_only_if_log_options_or_report_changed(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv")
    (run,) = find_runs([f"{tmp_path}/runs/*/history.csv"])
    site, options = Site.at(str(tmp_path / "site")), SweepOptions()

    def again(key: str, how: SweepOptions = options) -> RunResult | None:
        return report_on(replace(run, known_key=key), how, site)

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


@pytest.mark.parametrize("part", ["read", "look"])
def test_every_option_is_part_of_the_key(part: str) -> None:
    others = {
        "read": ReadOptions("csv", {"train": "loss"}, 2, {"loss": "lower"}, 3, "loss", ("still-improving",)),
        "look": Look("dark", static=False, interactive=True, compress=True, templates=Path("own"), language="zh-CN"),
    }
    stamps = {SweepOptions().stamp}
    for field in fields(others[part]):
        changed = {field.name: getattr(others[part], field.name)}
        if field.name == "static":
            changed["static"] = True
        if field.name == "compress":
            changed["interactive"] = True
        stamps.add(SweepOptions(**{part: replace(getattr(SweepOptions(), part), **changed)}).stamp)
    assert len(stamps) == 1 + len(fields(others[part]))
    assert SweepOptions(baseline="a").stamp != SweepOptions(content="a").stamp != SweepOptions(version="a").stamp


def test_a_baseline_is_read_with_the_options_of_the_runs(tmp_path: Path) -> None:
    for name in ("runs/a", "old"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "history.csv").write_text(LOG.replace("val_loss", "valid"), "utf-8")
    read = ReadOptions(columns={"valid": "val_loss"}, directions={"other": "higher"})
    options = SweepOptions(read, baseline=str(tmp_path / "old/history.csv"))
    site = Site.at(str(tmp_path / "site"))
    (run,) = find_runs([f"{tmp_path}/runs/*/history.csv"])
    made = report_on(run, options, site)
    assert made is not None
    assert (made.error, made.monitor) == ("", "val_loss")
    assert "judged by" not in (site.read(made.report) or b"").decode()


def test_the_failure_of_a_run_is_its_result(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/good/history.csv", "runs/bad/history.csv", "runs/gone/history.csv")
    (tmp_path / "runs/bad/history.csv").write_text("nothing\n", "utf-8")
    found = find_runs([f"{tmp_path}/runs/*/history.csv"])
    (tmp_path / "runs/gone/history.csv").unlink()
    site = Site.at(str(tmp_path / "site"))
    bad, gone, good = (made for run in found if (made := report_on(run, SweepOptions(), site)))
    assert "history.csv" in bad.error
    assert "no such file" in gone.error
    assert (good.error, good.verdict != "") == ("", True)
    refused = report_on(found[2], SweepOptions(version="0.0.1"), site)
    assert refused is not None
    assert "0.0.1" in refused.error


def test_errors_do_not_reveal_the_folders_of_logs_and_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_logs(tmp_path, "runs/bad/history.csv", "runs/good/history.csv")
    (tmp_path / "runs/bad/history.csv").write_text("epoch,loss\n0,abc\n", "utf-8")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/reports").touch()
    found = find_runs(["runs/*/history.csv"])
    errors = [made.error for run in found if (made := report_on(run, SweepOptions(), Site.at("site")))]
    assert errors[0].startswith('bad/history.csv: column "…" has text "…" in row 1; metrics must be numbers')
    assert errors[1].startswith("reports/")
    assert errors[1].endswith(": reports is not a folder. Choose another path.")
    assert str(tmp_path) not in "".join(errors)


def test_no_error_reveals_a_folder_of_this_machine_or_what_a_file_contains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "with space"
    write_logs(folder, "runs/a/history.csv", "old.csv")
    (folder / "own").mkdir()
    (run,) = find_runs([f"{folder}/runs/*/history.csv"])
    site, log = Site.at(str(folder / "site")), folder / "runs/a/history.csv"

    def error(how: SweepOptions = SweepOptions()) -> str:  # noqa: B008  # it cannot change
        made = report_on(run, how, site)
        assert made is not None
        assert made.error != ""
        return made.error

    def broken(template: str) -> str:
        (folder / "own/report.html.jinja").write_text(template, "utf-8")
        return error(SweepOptions(look=Look(templates=folder / "own"), content=template))

    def failing(message: str) -> str:
        with mock.patch("reportgen.sweep.task.build", side_effect=OSError(message)):
            return error()

    errors = {
        "template syntax": broken("{% nonsense"),
        "undefined name": broken("{{ nothing }}"),
        "missing template": broken('{% include "other.jinja" %}'),
        "missing baseline": error(SweepOptions(baseline=f"{folder}/gone/old.csv")),
        "unexpected error": failing(f"{folder}/x and token-4711"),
    }
    (folder / "own/report.html.jinja").unlink()
    (folder / "own/style.css").write_bytes(b"\xff")
    errors["style"] = error(SweepOptions(look=Look(templates=folder / "own"), content="style"))
    for name, text in {
        "no log": "token-4711 is all",
        "a bad number": "epoch,loss\n0,token-4711\n",
        "a bad column": "epoch,token-4711\n0,1\n1,x\n",
        "bad JSON": '{"token-4711": [1, 2}',
        "no histories": '{"a": "token-4711"}',
    }.items():
        log.write_text(text, "utf-8")
        errors[name] = error()
    for name, said in errors.items():
        assert str(tmp_path) not in said, name
        assert "/tmp" not in said, name
        assert "with space" not in said, name
        assert "token" not in said, name


@pytest.mark.parametrize("follow", [False, True])
def test_links_out_of_the_swept_folder_are_refused_unless_asked_for(tmp_path: Path, follow: bool) -> None:
    write_logs(tmp_path, "runs/a/history.csv", "else/history.csv", "else/b/history.csv", "else/c/history.csv")
    (tmp_path / "token").write_text("token-4711", "utf-8")
    for name in ("d", "e", "f/events"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    (tmp_path / "runs/b").symlink_to(tmp_path / "else/b")
    (tmp_path / "runs/d/history.csv").symlink_to("../../else/c/history.csv")
    (tmp_path / "runs/e/history.csv").symlink_to("../a/history.csv")
    (tmp_path / "runs/f/history.csv").symlink_to(tmp_path / "token")
    (tmp_path / "runs/link.csv").symlink_to("d/history.csv")
    (tmp_path / "runs/folder").mkdir()
    (tmp_path / "runs/folder/events.out.tfevents.1.x").symlink_to(tmp_path / "token")
    site = Site.at(str(tmp_path / "site"))
    patterns = [f"{tmp_path}/runs/{name}" for name in ("*/history.csv", "**/history.csv", "link.csv", "folder")]
    errors = {}
    for run in find_runs(patterns, site, follow_links=follow):
        made = report_on(run, SweepOptions(), site)
        assert made is not None
        errors[run.path] = made.error
        assert "4711" not in made.to_json()
    assert errors["a/history.csv"] == errors["e/history.csv"] == ""
    outside = {name for name, error in errors.items() if "--follow-links" in error}
    assert outside == (set() if follow else {"b/history.csv", "d/history.csv", "f/history.csv", "link.csv", "folder"})
    if follow:
        assert errors["b/history.csv"] == errors["d/history.csv"] == errors["link.csv"] == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs Linux or macOS")
@pytest.mark.parametrize("follow", [False, True])
def test_pipes_sockets_and_devices_among_runs_are_refused_at_once(tmp_path: Path, follow: bool) -> None:
    for name in ("pipe", "socket", "device", "folder"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    os.mkfifo(tmp_path / "runs/pipe/history.csv")
    os.mkfifo(tmp_path / "runs/folder/events.out.tfevents.1.x")
    (tmp_path / "runs/device/history.csv").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(tmp_path / "runs/socket"):
        listening.bind("history.csv")
        found = find_runs([f"{tmp_path}/runs/*/history.csv", f"{tmp_path}/runs/folder"], follow_links=follow)
        errors = {}
        for run in found:
            made = report_on(run, SweepOptions(), Site.at(str(tmp_path / "site")))
            errors[run.path.partition("/")[0]] = made and made.error
    assert len(errors) == 4
    for name, said in {
        "pipe": "a pipe or a socket",
        "socket": "a pipe or a socket",
        "folder": "a pipe or a socket",
    }.items():
        assert said in errors[name]
    assert "this is a device" in errors["device"] or "--follow-links" in errors["device"]


def test_reports_are_compared_with_a_baseline_and_made_again_when_it_changes(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv", "old/history.csv")
    place, site = str(tmp_path / "old/history.csv"), Site.at(str(tmp_path / "site"))
    (run,) = find_runs([f"{tmp_path}/runs/*/history.csv"])

    def made(key: str) -> RunResult | None:
        options = SweepOptions(baseline=place, content=hash_extras(place, None))
        return report_on(replace(run, known_key=key), options, site)

    first = made("")
    assert first is not None
    assert b"baseline" in (site.read(first.report) or b"")
    assert made(first.key) is None
    (tmp_path / "old/history.csv").write_text(LOG.replace("0.5\n", "0.125\n"), "utf-8")
    second = made(first.key)
    assert second is not None
    assert b"0.1250" in (site.read(second.report) or b"")


def test_reports_use_custom_templates_and_are_made_again_when_those_change(tmp_path: Path) -> None:
    write_logs(tmp_path, "runs/a/history.csv")
    (tmp_path / "own").mkdir()
    own, site = tmp_path / "own", Site.at(str(tmp_path / "site"))
    (run,) = find_runs([f"{tmp_path}/runs/*/history.csv"])
    keys = []
    for number in range(2):
        (tmp_path / "own/style.css").write_text(f".company {{ order: {number}; }}", "utf-8")
        options = SweepOptions(look=Look(templates=own), content=hash_extras(None, own))
        made = report_on(replace(run, known_key=keys[-1] if keys else ""), options, site)
        assert made is not None
        assert f"order: {number};".encode() in (site.read(made.report) or b"")
        keys.append(made.key)
    with pytest.raises(RenderError, match="is not a folder"):
        hash_extras(None, own / "style.css")


def test_a_second_sweep_at_the_same_site_is_refused(tmp_path: Path) -> None:
    site = Site.at(str(tmp_path))
    with Ledger(site) as ledger:
        with pytest.raises(OutputError, match="another sweep is writing to this site"):
            Ledger(site)
        ledger.add([result("a")])
    with Ledger(site) as ledger:
        assert ledger.get("a") == result("a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs Linux or macOS")
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_the_list_of_runs_is_never_written_through_a_link_or_into_a_pipe(tmp_path: Path, kind: str) -> None:
    site, target = tmp_path / "site", tmp_path / "target"
    site.mkdir()
    target.write_text("mine", "utf-8")
    if kind == "link":
        (site / NAME).symlink_to(target)
    else:
        os.mkfifo(site / NAME)
    with pytest.raises(OutputError, match=re.escape(f"{NAME}: the list of runs was not written")):
        Ledger(Site.at(str(site)))
    assert target.read_text("utf-8") == "mine"


def test_a_site_cannot_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "site").touch()
    with pytest.raises(OutputError, match="site: this is a file; a sweep writes into a folder"):
        Ledger(Site.at(str(tmp_path / "site")))


def test_columns_and_cells_say_epochs_or_steps(tmp_path: Path) -> None:
    steps = [result(name, best, axis="step") for name, best in (("a", 0.5), ("b", 0.4))]
    (page,) = pages_of(steps, tmp_path / "steps")
    assert (page.best_at, page.length) == ("Best step", "Steps")
    assert page.headline == "The best of 2 runs: val_loss 0.4000 at step 2."
    assert page.groups[0].rows[0].best_epoch.text == "2"
    (page,) = pages_of([*steps, result("c", 0.1), result("d", 0.2)], tmp_path / "mixed")
    assert (page.best_at, page.length) == ("Best epoch or step", "Epochs or steps")
    assert [line.last.text for line in page.groups[0].rows] == ["epoch 3", "epoch 3", "step 3", "step 3"]
    assert page.chart is not None
    assert "2 runs are counted in steps and not shown." in page.chart.note


def test_runs_are_grouped_by_verdict_and_sorted_by_best_value(tmp_path: Path) -> None:
    rows = [
        result("a", 0.5), result("b", 0.3), result("c", 0.1, "overfitting"),
        result("d", None, "diverged", values=(None,) * 3),
        failed_result(found_run("e"), "It cannot be read."), result("f", 0.01, monitor="loss"),
    ]  # fmt: skip
    (page,) = pages_of(rows, tmp_path)
    assert [(group.id, [line.title for line in group.rows]) for group in page.groups] == [
        ("finished", ["b", "a", "f"]),
        ("overfitting", ["c"]),
        ("diverged", ["d"]),
        ("error", ["e"]),
    ]
    assert page.headline == "The best of 3 runs: val_loss 0.1000 at epoch 2."
    assert page.best is not None
    assert page.best.title == "c"
    assert [task.best.title for task in page.tasks] == ["c", "f"]
    assert page.groups[-1].rows[0].href == ""
    assert page.groups[-1].rows[0].error == "It cannot be read."
    assert page.notes == (
        "Only runs of the same task are compared: those judged by the same metric, with the same loss "
        "function and number of validation rows, as far as known.",
        "1 run has no judged value, so it is not compared.",
        "1 run has no report; see the last group.",
    )


def test_higher_is_better_for_metrics_like_accuracy(tmp_path: Path) -> None:
    rows = [
        result(name, best, monitor="val_accuracy", lower_is_better=False) for name, best in (("a", 0.5), ("b", 0.9))
    ]
    (page,) = pages_of(rows, tmp_path)
    assert [line.title for line in page.groups[0].rows] == ["b", "a"]
    assert page.best is not None
    assert page.best.title == "b"


def test_tags_and_params_of_a_run_are_settings_of_its_result() -> None:
    history = reportgen.load({"loss": [0.9, 0.5]})
    history = history.with_run(replace(history.run, tags=("resnet", "wide"), params=(("lr", "0.1"),)))
    kept = judged_result(found_run("a"), "key", history, reportgen.diagnose(history))
    assert kept.settings[:2] == (("lr", "0.1"), ("tags", "resnet, wide"))


def test_settings_that_differ_are_columns(tmp_path: Path) -> None:
    rows = [
        result("a", settings=(("optimizer", "Adam"), ("learning_rate", "0.0010000000474974513"))),
        result("b", 0.4, settings=(("optimizer", "Adam"), ("momentum", "0.9"), ("learning_rate", "0.1"))),
    ]
    (page,) = pages_of(rows[::-1], tmp_path)
    assert page.columns == ("learning_rate", "momentum")
    assert [cell.text for line in page.groups[0].rows for cell in line.settings] == ["0.1", "0.9", "0.001", ""]
    assert [(fact.name, fact.value) for fact in page.facts] == [("learning_rate", "0.1"), ("momentum", "0.9")]


def test_no_page_has_more_than_500_runs_and_every_page_links_to_every_other(tmp_path: Path) -> None:
    n = 2 * PAGE_ROWS + 1
    rows = [result(f"r{number}", 1 + number / n, "finished" if number % 2 else "overfitting") for number in range(n)]
    pages = pages_of(rows, tmp_path)
    assert [page.file for page in pages] == ["index.html", "page-2.html", "page-3.html"]
    assert [sum(len(group.rows) for group in page.groups) for page in pages] == [500, 500, 1]
    assert {line.title for page in pages for group in page.groups for line in group.rows} == {run.path for run in rows}
    assert [link.href for link in pages[0].groups] == ["#finished", "page-2.html#overfitting"]
    assert [link.href for link in pages[1].pages] == ["index.html", "", "page-3.html"]
    assert pages[0].chart is not None
    assert "100 of 1000 others" in pages[0].chart.note
    assert pages[1].chart is None


def test_an_index_without_results_says_how_many_runs_are_missing(tmp_path: Path) -> None:
    with Ledger(Site.at(str(tmp_path))) as ledger:
        (page,) = index_pages(ledger, ["a", "b"], language("en"))
    assert page.groups == ()
    assert page.notes == ("2 runs are missing, because the sweep was stopped. Repeat the command to resume it.",)


def test_a_sparkline_fills_its_box_and_has_gaps_for_missing_values() -> None:
    spark = draw_spark((1, 2, 3), (1.0, 0.5, 0.0), 3, 3)
    assert spark is not None
    assert spark.path == "M4,4.0L66,14.0L128,24.0"
    assert spark.best == spark.end == ("128", "24.0")
    gap = draw_spark((1, 2, 3, 4), (1.0, None, 0.0, 0.0), 3, 4)
    assert gap is not None
    assert gap.path.count("M") == 2
    assert draw_spark((1, 2), (1.0, None), 1, 2) is None
    huge = draw_spark((1, 2), (-1.7e308, 1.7e308), 1, 2)
    assert huge is not None
    assert math.isfinite(float(huge.path.rpartition(",")[2]))


@pytest.mark.parametrize(
    ("values", "last", "is_broken"),
    [((2.0, 1.0, 0.5, 0.4), 4, False), ((2.0, 1.0, None, None), 4, True), ((2.0, None, 1.0, 0.5), 4, False)],
)
def test_a_sparkline_shows_where_values_cease(values: tuple[float | None, ...], last: int, is_broken: bool) -> None:
    spark = draw_spark((1, 2, 3, 4), values, 2, last)
    assert spark is not None
    assert spark.is_broken is is_broken
    assert (spark.end[0] == "128") is not is_broken


def test_runs_of_different_tasks_are_not_compared(tmp_path: Path) -> None:
    rows = [
        result("a", 0.5, settings=(("loss", "mse"), ("validation_rows", "100"))),
        result("b", 0.1, settings=(("loss", "mse"), ("validation_rows", "20"))),
        result("c", 0.4, settings=(("loss", "mae"), ("validation_rows", "100"))),
        result("d", 0.3, settings=(("loss", "mse"), ("validation_rows", "100"))),
        result("e", 0.9, settings=(("loss", "x"),), monitor="val_accuracy", lower_is_better=False),
    ]
    (page,) = pages_of(rows, tmp_path)
    assert page.headline == "5 runs of 4 tasks"
    assert page.best is None
    assert page.chart is None
    assert [(task.best.title, task.loss, task.rows, task.count) for task in page.tasks] == [
        ("d", "mse", "100", "2"), ("b", "mse", "20", "1"), ("c", "mae", "100", "1"), ("e", "", "", "1"),
    ]  # fmt: skip
    assert page.comparisons == ()


def test_runs_that_differ_in_the_seed_are_groups(tmp_path: Path) -> None:
    rows = [
        result(f"{name}/seed{seed}/history.csv", value + seed / 100, verdict, scores=(("accuracy", 0.9),))
        for name, value, verdict in (("sgd", 0.5, "overfitting"), ("adam", 0.4, "finished"))
        for seed in range(3)
    ]
    (page,) = pages_of(rows, tmp_path)
    (found,) = page.comparisons
    assert found.table.headers[:4] == ("Group", "Runs", "val_loss, mean ± sd", "95% interval")
    assert [row[:3] for row in found.table.rows] == [("adam", "3", "0.410 ± 0.010"), ("sgd", "3", "0.510 ± 0.010")]
    assert [row[-3] for row in found.table.rows] == ["0.9000 ± 0", "0.9000 ± 0"]
    assert [row[-1].partition(" ")[0] for row in found.table.rows] == ["3", "3"]
    assert "differ only in the seed" in found.table.note
    assert (found.headline, found.href) == ("", ""), "no comparison was made yet"
    assert page.columns[0] == "Group"
    assert {row.settings[0].text for group in page.groups for row in group.rows} == {"adam", "sgd"}
    (page,) = pages_of(rows[::3], tmp_path / "alone")
    assert page.comparisons == (), "each run is alone"


@pytest.mark.parametrize(("n_groups", "is_coloured"), [(2, True), (8, True), (9, False)])
def test_groups_have_the_same_colours_in_the_chart_in_their_table_and_in_the_rows(
    n_groups: int, is_coloured: bool, tmp_path: Path
) -> None:
    rows = [
        result(f"{name}/seed{seed}/history.csv", 0.5 + place / 10 + seed / 100)
        for place, name in enumerate("abcdefghi"[:n_groups])
        for seed in range(2)
    ]
    (page,) = pages_of(rows, tmp_path)
    (found,) = page.comparisons
    colours = {row.title: row.colour for group in page.groups for row in group.rows}
    assert page.chart is not None
    assert 'stroke="#0A4F8F"' in page.chart.svg, "the best group"
    if not is_coloured:
        assert (found.looks, set(colours.values())) == ((), {""})
        assert "In colour: a, the best group." in page.chart.note
        return
    assert [look.colour for look in found.looks if look] == [
        colours[f"{row[0]}/seed1/history.csv"] for row in found.table.rows
    ]
    assert all(f'stroke="{look.colour}"' in page.chart.svg for look in found.looks if look)
    assert "the best run of each group" in page.chart.note


def test_the_verdict_on_groups_is_the_headline_and_said_once(tmp_path: Path) -> None:
    rows = [result(f"{name}/seed{seed}/history.csv", 0.5 + seed / 100) for name in "ab" for seed in range(2)]
    with Ledger(Site.at(str(tmp_path))) as ledger:
        ledger.add(rows)
        paths = [row.path for row in rows]
        survey = take_survey(ledger, paths)
        file = comparison_pages.page_name(survey.groups[0].task)
        made = {file: comparison_pages.MadePage("k", "a is better than b.")}
        (page,) = index_pages(ledger, paths, ENGLISH, survey, made, "mnist")
        write_index(ledger, [found_run(path) for path in paths], Site.at(str(tmp_path)), Look(), survey, made, "mnist")
    assert (page.title, page.headline) == ("Training runs in mnist", "a is better than b.")
    assert page.said_best == "The best of 4 runs: val_loss 0.5000 at epoch 2."
    body = (tmp_path / "index.html").read_text("utf-8").partition("<body>")[2]
    assert body.count("a is better than b.") == 1


def test_runs_that_are_alone_have_no_group(tmp_path: Path) -> None:
    rows = [result(f"{name}/history.csv", 0.5) for name in ("a_seed1", "a_seed2", "b")]
    (page,) = pages_of(rows, tmp_path)
    assert [row.settings[0].text for group in page.groups for row in group.rows] == ["a", "a", ""]


def test_the_index_says_how_many_runs_are_as_good_within_the_noise(tmp_path: Path) -> None:
    rows = [result(name, best, noise=0.02) for name, best in (("a", 0.5), ("b", 0.53), ("c", 0.545))]
    (page,) = pages_of(rows, tmp_path)
    assert page.notes == ("1 other run is as good within the noise of this curve (± 0.040).",)


@pytest.mark.parametrize(
    ("patterns", "folder"),
    [
        (["runs/*/history.csv"], "runs"),
        (["out/mnist/**/metrics.csv", "out/mnist/*.csv"], "mnist"),
        (["*/history.csv"], ""),
        (["kf"], "kf"),
        (["a/x.csv"], "a"),
        (["a/*.csv", "b/*.csv"], ""),
        (["../*.csv"], ""),
        (["/home/ada/*/history.csv"], ""),
        (["s3://bucket/runs/*"], ""),
    ],
)
def test_the_title_names_the_folder_that_the_patterns_name(patterns: list[str], folder: str) -> None:
    assert folder_of(patterns) == folder


def test_each_task_has_groups_and_those_on_test_data_are_compared_by_test_scores(tmp_path: Path) -> None:
    rows = [
        result(
            f"{data}/{name}_seed{seed}.csv",
            0.5 + seed / 100,
            settings=(("dataset", data),),
            scores=(("loss", 0.6 + seed / 100 + place / 10),) if data == "mnist" else (),
        )
        for data, seeds in (("mnist", 4), ("cifar", 3))
        for place, name in enumerate(("a", "b"))
        for seed in range(seeds)
    ]
    (page,) = pages_of(rows, tmp_path)
    assert [found.table.title for found in page.comparisons] == ["Groups: val_loss, mnist", "Groups: val_loss, cifar"]
    first, second = (found.table for found in page.comparisons)
    assert (first.headers[2], first.rows[0][:2]) == ("test_loss, mean ± sd", ("a", "4"))
    assert (second.headers[2], len(second.rows)) == ("val_loss, mean ± sd", 2)


GROUPED = [
    result(
        f"{name}_{number}/history.csv", 0.5 + place / 10 + number / 100, title=f"Run {name}{number}", key="k",
        settings=(("optimizer", name), ("lr", str(number))),
    )
    for place, name in enumerate(("adam", "sgd"))
    for number in range(3)
]  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "groups", "note"),
    [
        (["optimizer"], {"adam": 3, "sgd": 3}, "Runs are grouped by optimizer, as you chose."),
        (["Optimizer", "lr"], {f"{name}, lr={number}": 1 for name in ("adam", "sgd") for number in range(3)}, "as you"),
        (["folder"], {f"{name}_{number}": 1 for name in ("adam", "sgd") for number in range(3)}, "grouped by folder"),
        (
            {"Adam": ["adam_*"], "both": ["*_1", "*_2/history.csv"]},
            {"Adam": 3, "both": 2},
            "The groups are those that you chose. 1 run belongs to no group and is left out.",
        ),
        ({"by title": "Run sgd?"}, {"by title": 3}, "3 runs belong to no group and are left out."),
    ],
)
def test_groups_of_a_sweep_can_be_chosen_as_in_a_comparison(
    chosen: list[str] | dict[str, str], groups: dict[str, int], note: str, tmp_path: Path
) -> None:
    with Ledger(Site.at(str(tmp_path))) as ledger:
        ledger.add(GROUPED)
        paths = [row.path for row in GROUPED]
        survey = take_survey(ledger, paths, chosen)
        (page,) = index_pages(ledger, paths, ENGLISH, survey)
        (planned,) = comparison_pages.plan_pages(survey.groups, ledger, Look())
    (found,) = page.comparisons
    assert {row[0] for row in found.table.rows} == groups.keys()
    assert note in found.table.note
    assert page.columns[0] == "Group"
    assert set(page.columns).isdisjoint(survey.groups[0].grouping.by), "the column of groups has these settings"
    named = {row.settings[0].text for group in page.groups for row in group.rows}
    assert named - {""} == groups.keys()
    assert {name: len(members) for name, members in planned.groups} == groups
    assert planned.left_out == len(GROUPED) - sum(groups.values())
    greys = [row for group in page.groups for row in group.rows if row.colour == theme.BASELINE]
    assert len(greys) == (planned.left_out if len(groups) > 1 else 0), "as in the chart"


@pytest.mark.parametrize("chosen", [["dropout"], {"adam": "adam_*", "x": "y*"}])
def test_chosen_groups_that_fit_no_run_are_the_error_of_a_comparison(
    chosen: list[str] | dict[str, str], tmp_path: Path
) -> None:
    write_logs(tmp_path, *(f"{name}_{number}/history.csv" for name in ("adam", "sgd") for number in range(3)))
    with pytest.raises(DiagnosisError) as compared:
        reportgen.compare(str(tmp_path / "*" / "history.csv"), groups=chosen)
    with Ledger(Site.at(str(tmp_path / "site"))) as ledger:
        ledger.add([dataclasses.replace(row, settings=()) for row in GROUPED])
        with pytest.raises(DiagnosisError) as swept:
            take_survey(ledger, [row.path for row in GROUPED], chosen)
    assert str(swept.value) == str(compared.value)


def test_each_task_has_its_part_of_the_chosen_groups(tmp_path: Path) -> None:
    others = [
        dataclasses.replace(row, path=f"other/{row.path}", report=report_name(f"other/{row.path}"), monitor="val_mae")
        for row in GROUPED[:3]
    ]
    with Ledger(Site.at(str(tmp_path))) as ledger:
        ledger.add([*GROUPED, *others])
        survey = take_survey(ledger, [row.path for row in (*GROUPED, *others)], ["optimizer"])
    assert [(each.task[0], {group: len(runs) for group, runs in each.members.items()}) for each in survey.groups] == [
        ("val_loss", {"adam": 3, "sgd": 3}), ("val_mae", {"adam": 3}),
    ]  # fmt: skip


def test_the_page_of_groups_compares_what_the_index_does(tmp_path: Path) -> None:
    for name, end in (("a_seed1", 0.3), ("a_seed2", 0.31), ("b_seed1", 0.4), ("b_seed2", 0.41)):
        rows = [f"{epoch},{end + 1 / (epoch + 1)},nan" for epoch in range(12)]  # judged by the training loss
        (tmp_path / name).mkdir()
        (tmp_path / name / "history.csv").write_text("\n".join(["epoch,loss,val_loss", *rows]), "utf-8")
    site = Site.at(str(tmp_path / "site"))
    runs = find_runs([str(tmp_path / "*" / "history.csv")], site)
    with Ledger(site) as ledger:
        ledger.add([made for run in runs if (made := report_on(run, SweepOptions(), site)) is not None])
        survey = take_survey(ledger, [run.path for run in runs], {"a": "a_*", "b": "b_*1"})
        (page,) = comparison_pages.plan_pages(survey.groups, ledger, Look())
    job = json.loads(comparison_pages.job_of_page(page, Look(), site))
    made = comparison_pages.made_page(page, comparison_pages.make_page(job))
    assert (survey.groups[0].measure.key, made.error) == ("loss", "")
    html = (tmp_path / "site" / page.file).read_text("utf-8")
    assert "1 run belongs to no group and is left out." in html
    assert reportgen.compare(str(tmp_path / "*" / "history.csv")).measure == survey.groups[0].measure


def test_a_page_compares_the_best_groups_up_to_a_thousand_runs_and_is_made_again_if_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison_pages, "MOST_RUNS", 7)
    rows = [
        result(f"{name}/seed{seed}.csv", 0.5 + place / 10 + seed / 100, key=f"k{seed}")
        for place, name in enumerate("abc")
        for seed in range(3)
    ]
    keys = []
    for changed in ("k0", "k0", "new"):
        with Ledger(Site.at(str(tmp_path))) as ledger:
            ledger.add([dataclasses.replace(rows[0], key=changed), *rows[1:]])
            survey = take_survey(ledger, [row.path for row in rows])
            (page,) = comparison_pages.plan_pages(survey.groups, ledger, Look())
            keys.append(page.key)
    assert [name for name, _ in page.groups] == ["a", "b"]
    assert page.title == "val_loss: the 2 best of 3 groups"
    assert page.reports == tuple(row.report for row in rows[:6])
    assert keys[0] == keys[1] != keys[2]
    with Ledger(Site.at(str(tmp_path))) as ledger:
        (other,) = comparison_pages.plan_pages(survey.groups, ledger, Look(static=True))
    assert (other.file, other.key == page.key) == (page.file, False)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"schema": 1}', b'{"schema": "reportgen/comparisons/1", "pages": {"../x": {}}}']
)
def test_a_damaged_list_of_comparisons_is_empty(content: bytes, tmp_path: Path) -> None:
    site = Site.at(str(tmp_path))
    made = {"comparisons/a-1.html": comparison_pages.MadePage("key", "a is better"),
            "comparisons/b-1.html": comparison_pages.MadePage("key", error="It failed.")}  # fmt: skip
    comparison_pages.write_state(site, made)
    assert comparison_pages.read_state(site) == {"comparisons/a-1.html": made["comparisons/a-1.html"]}
    (tmp_path / comparison_pages.STATE).write_bytes(content)
    assert comparison_pages.read_state(site) == {}


def test_a_result_keeps_the_extremes_of_a_long_curve() -> None:
    history = histories.healthy(3000)
    kept = judged_result(found_run("a"), "key", history, reportgen.diagnose(history))
    values = history.series("loss", "validation").to_numpy()
    assert min(value for value in kept.values if value is not None) == pytest.approx(np.min(values), rel=1e-5)


def test_a_sweep_whose_workers_have_all_ended_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_NO_WORKERS_S", 0.1)
    monkeypatch.setattr(cluster, "_COUNT_EVERY_S", 0.05)
    monkeypatch.setattr("distributed.as_completed", lambda: mock.Mock(has_ready=lambda: False))
    client = mock.Mock(nthreads=dict)
    with pytest.raises(ClusterError, match="All workers ended"):
        list(cluster.map_tasks(client, [[found_run("a")]], SweepOptions(), Site("site"), 1))


def test_a_result_lost_with_its_worker_is_awaited_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Future:
        statuses = iter(["lost", "pending", "finished", "finished"])
        status = property(lambda self: next(self.statuses))

        def result(self) -> list[str]:
            return [result("a").to_json()]

    class Queue(list[Future]):
        add = list.append
        has_ready = list.__len__

        def __next__(self) -> Future:
            return self.pop()

    client = mock.Mock(nthreads=lambda: {"worker": 1}, submit=lambda *_, **__: Future())
    monkeypatch.setattr("distributed.as_completed", Queue)
    done = cluster.map_tasks(client, [[found_run("a")]], SweepOptions(), Site("site"), 1)
    assert list(done) == [[result("a")]]
