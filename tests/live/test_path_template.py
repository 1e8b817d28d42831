"""Placeholders in the path of a report."""

from itertools import islice
from pathlib import Path

import pytest

from reportgen.errors import SettingsError
from reportgen.live.path_template import PathTemplate, numbered

VALUES: dict[str, int | str] = {"run": 3, "fold": 2, "trial": "07", "time": "20260131-235959"}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("report.html", "report.html"),
        ("runs/{run}/fold-{fold:02d}.html", "runs/3/fold-02.html"),
        ("{time}/{trial}.html", "20260131-235959/07.html"),
        ("{{run}}.html", "{run}.html"),
    ],
)
def test_placeholders_are_filled_in(text: str, path: str) -> None:
    assert PathTemplate(text).fill(VALUES) == path


@pytest.mark.parametrize(
    "text",
    ["{epoch}.html", "{}.html", "{0}.html", "{run.real}.html", "{run!r}.html", "{run[0]}.html", "{RUN}", "{ run}"],
)
def test_an_unknown_placeholder_is_one_clear_error(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^path is .* is unknown; a path can have .*\{fold\}.* for braces\.$"):
        PathTemplate(text)


@pytest.mark.parametrize("text", ["{", "a}b.html", "{run.html", "{run:x.html}", "{fold:.html}", "{trial:03d}"])
def test_braces_that_cannot_be_read_are_one_error(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^path is .*\.$"):
        PathTemplate(text)


def test_the_name_of_a_trial_cannot_lead_to_another_folder() -> None:
    for trial in ("../../x", "a/b", "..", "a\\b", "a\nb"):
        path = Path(PathTemplate("runs/{trial}.html").fill({"trial": trial}))
        assert (path.parent, path.suffix) == (Path("runs"), ".html")


def test_numbers_go_before_the_suffix() -> None:
    assert list(islice(numbered(Path("a/r.html")), 3)) == [Path("a/r.html"), Path("a/r-2.html"), Path("a/r-3.html")]
    assert list(islice(numbered(Path("r")), 2)) == [Path("r"), Path("r-2")]
