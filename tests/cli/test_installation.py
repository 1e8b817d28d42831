"""The other project that installs a package called reportgen is found."""

from command_line import call

import reportgen.cli
from reportgen.cli.installation import find_other_project


def test_the_other_project_is_named_in_one_line(tmp_path, monkeypatch):
    package = tmp_path / "reportgen"
    (tmp_path / "keras_reportgen-0.1.0.dist-info").mkdir()
    assert find_other_project(package) is None
    (tmp_path / "reportgen-0.1.8.dist-info").mkdir()
    monkeypatch.setattr(reportgen.cli, "find_other_project", lambda: find_other_project(package))
    done = call("--version", cwd=tmp_path)
    assert done.stdout == f"reportgen {reportgen.__version__}\n"
    assert done.stderr.splitlines() == [f"reportgen: {find_other_project(package)}"]
    assert '"reportgen" (0.1.8) is installed' in done.stderr
