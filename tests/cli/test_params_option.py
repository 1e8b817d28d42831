"""``reportgen build --param`` and ``reportgen.build(params=...)``."""

from pathlib import Path

import pytest
from command_line import call

import reportgen

LOG = "epoch,loss\n1,0.5\n2,0.25\n"


def test_settings_of_a_log_are_added_as_numbers_or_text_and_secrets_are_masked(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    typed = ["lr=1e-3", "width=64", "id=0123456789", "path=a=b", "api_key=abc123", "n_token=5", "lr=1e-2"]
    done = call("build", "log.csv", *(word for text in typed for word in ("--param", text)), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    expected = {
        "lr": "0.01", "width": "64", "id": "0123456789", "path": "a=b", "api_key": "(masked)", "n_token": "5"
    }  # fmt: skip
    assert dict(reportgen.load(tmp_path / "report.html").run.params) == expected
    assert "abc123" not in (tmp_path / "report.html").read_text("utf-8")
    again = reportgen.build(tmp_path / "report.html", params={"lr": 0.5, "data": {"rows": 7}})
    assert dict(again.history.run.params) == expected | {"lr": "0.5", "data.rows": "7"}


@pytest.mark.parametrize("typed", ["lr", "=1", " =1", ""])
def test_a_setting_without_a_name_or_a_value_is_refused(tmp_path: Path, typed: str) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    done = call("build", "log.csv", "--param", typed, cwd=tmp_path)
    assert done.returncode == 2
    assert "names no setting; NAME=VALUE is needed, such as lr=0.001" in " ".join(done.stderr.split())
