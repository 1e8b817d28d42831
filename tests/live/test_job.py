"""The job of a run: its baseline is read when training begins."""

from pathlib import Path

import pytest

from reportgen.errors import SourceError
from reportgen.live.job import Job


def test_the_first_run_at_a_path_has_no_baseline_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    job = Job(tmp_path / "r.html")
    for source in ("r.html", "./r.html", tmp_path / "r.html"):
        assert job.with_baseline(source) == job
    with pytest.raises(SourceError, match="there is no such file"):
        job.with_baseline("other.html")
    (tmp_path / "r.html").write_text("not a report")
    with pytest.raises(SourceError):
        job.with_baseline("r.html")
