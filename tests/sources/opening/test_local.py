"""Folders on this machine and behind URLs: how many files they may contain, and what is not opened in them."""

import os
from pathlib import Path

import pytest

import reportgen
from reportgen.errors import SourceError
from reportgen.sources.opening import local, url
from reportgen.sources.opening.local import open_local


@pytest.mark.parametrize("place", ["here", "url"])
def test_a_folder_with_too_many_files_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    import fsspec

    monkeypatch.setattr(local, "MAX_FILES", 20)
    monkeypatch.setattr(url, "MAX_FILES", 20)
    system = fsspec.filesystem("memory")
    for number in range(20):
        (tmp_path / f"{number}.bin").touch()
        system.pipe_file(f"/many/{number}.bin", b"")
    source = str(tmp_path) if place == "here" else "memory://many"
    with pytest.raises(SourceError, match="the folder has no training log of a known format"):
        reportgen.load(source)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/history.csv").touch()
    system.pipe_file("/many/a/history.csv", b"")
    with pytest.raises(SourceError, match="the folder contains more than 10,000 files, which is the limit"):
        reportgen.load(source)
    system.rm("/many", recursive=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs Linux or macOS")
def test_a_pipe_in_a_folder_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.out.tfevents.1.x")
    with pytest.raises(SourceError, match=r"events\.out\.tfevents\.1\.x: this is a pipe or a socket"):
        reportgen.load(tmp_path)


def test_a_file_keeps_the_name_of_its_link(tmp_path: Path) -> None:
    (tmp_path / "blob").write_text("epoch,loss\n0,1\n", "utf-8")
    (tmp_path / "history.csv").symlink_to("blob")
    with open_local(tmp_path / "history.csv", root=str(tmp_path.resolve())) as opened:
        assert opened.sample.name == "history.csv"


def test_a_tilde_is_the_home_folder_unless_a_file_has_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    (home / "log.json").write_text('{"loss": [2.0, 1.0]}')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(here)
    assert reportgen.load("~/log.json").series("loss", "train").tolist() == [2.0, 1.0]
    with pytest.raises(reportgen.SourceError, match="there is no such file"):
        reportgen.load("~nobody-of-that-name/log.json")
    (here / "~").mkdir()
    (here / "~" / "log.json").write_text('{"loss": [4.0, 3.0]}')
    assert reportgen.load("~/log.json").series("loss", "train").tolist() == [4.0, 3.0]
