"""Names that Windows does not allow, and URLs of files on each system."""

import pytest

from reportgen.live.path_template import PathTemplate
from reportgen.portable_names import fault_on_windows, path_of_url


@pytest.mark.parametrize(
    ("name", "fault"),
    [("report.html", ""), ("con", "con is the name of a device"), ("NUL.html", "NUL is the name of a device"),
     ("Com1.tar.gz", "Com1 is the name of a device"), ("lpt\u00b9", "lpt\u00b9 is the name of a device"),
     ("console.html", ""), ("com.html", ""), ("com10.html", ""), ("my con.html", ""), ("fold:1.html", "a name has ':'"),
     ("what?.html", "a name has '?'"), ("a\tb", "a name has '\\t'"), ("run.", "a name ends with '.'"),
     ("run ", "a name ends with ' '"), (".hidden", ""), ("späte Läufe.html", "")],
)  # fmt: skip
def test_names_that_windows_keeps_for_itself(name, fault):
    assert fault_on_windows(name) == fault


@pytest.mark.parametrize("trial", ["con", "NUL", "aux.1", "a:b", "what?", "run.", "..", "lr=0.1"])
def test_every_trial_has_a_file_name_that_windows_allows(trial):
    assert not fault_on_windows(PathTemplate("{trial}").fill({"trial": trial}))


@pytest.mark.parametrize(
    ("url", "on_unix", "on_windows"),
    [("file:///runs/a%20b.csv", "/runs/a b.csv", "/runs/a b.csv"),
     ("file:///C:/runs/a.csv", "/C:/runs/a.csv", "C:/runs/a.csv"),
     ("file://localhost/runs/a.csv", "/runs/a.csv", "/runs/a.csv"),
     ("file://server/share/a.csv", "server/share/a.csv", "//server/share/a.csv"),
     ("file://C:/runs/a.csv", "C:/runs/a.csv", "C:/runs/a.csv"),
     ("file://C:\\runs\\a.csv", "C:\\runs\\a.csv", "C:\\runs\\a.csv"),
     ("file://a.csv", "a.csv", "a.csv"),
     ("runs/100%25.csv", "runs/100%25.csv", "runs/100%25.csv")],
)  # fmt: skip
def test_the_url_of_a_file_names_its_path(url, on_unix, on_windows):
    assert path_of_url(url, is_windows=False) == on_unix
    assert path_of_url(url, is_windows=True) == on_windows
