"""Themes, static reports and custom templates."""

import re
from pathlib import Path
from typing import get_args

import histories
import pytest
from html_check import check_html

import reportgen
from reportgen import RenderError
from reportgen.assets import Theme, stylesheet

README = Path(__file__).resolve().parent.parent / "templates" / "README.md"
REPORT = reportgen.build(histories.overfit_from_12())


def example(language: str) -> str:
    """The example of templates/README.md in one language."""
    found = re.search(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("theme", get_args(Theme))
def test_every_look_has_the_same_words(theme, static):
    words = check_html(REPORT.to_html(theme=theme, static=static))
    assert words == check_html(REPORT.to_html())


def test_themes_need_no_script():
    light, dark, auto = (stylesheet(theme) for theme in ("light", "dark", "auto"))
    assert "#14171c" not in light
    assert "prefers-color-scheme" not in light + dark
    assert "@media screen {" in dark
    assert "@media screen and (prefers-color-scheme: dark) {" in auto


def test_a_static_report_has_no_script_but_still_contains_the_data(tmp_path):
    path = REPORT.save(tmp_path / "r.html", static=True)
    text = path.read_text("utf-8")
    assert "<script" not in text
    assert "script-src" not in text
    assert reportgen.load(path) == REPORT.history


def test_hostile_names_survive_a_static_report(tmp_path):
    report = reportgen.build(histories.hostile_names())
    path = report.save(tmp_path / "r.html", static=True)
    check_html(path.read_text("utf-8"))
    assert reportgen.load(path) == report.history


def test_the_example_of_the_documentation_works(tmp_path):
    (tmp_path / "report.html.jinja").write_text(example("jinja").replace("iVBORw0KGgo...", "iVBORw0KGgo="))
    (tmp_path / "style.css").write_text(example("css"))
    html = REPORT.to_html(templates=tmp_path)
    assert "Example Ltd, model review" in check_html(html)
    assert ".company {" in html
    assert REPORT.diagnosis.verdict_words.title in html


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"report.html.jinja": "{% extends 'reportgen/none.jinja' %}"}, "none.jinja"),
        ({"report.html.jinja": "{{ page.nothing }}"}, "has no attribute 'nothing'"),
        ({"report.html.jinja": "\n{% block %}"}, "report.html.jinja line 2"),
        ({"style.css": "</style><script>"}, 'contains "</"'),
    ],
)
def test_a_broken_template_is_reported_in_one_clear_line(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(RenderError, match=re.escape(message)) as caught:
        REPORT.to_html(templates=tmp_path)
    assert "\n" not in str(caught.value)


def test_templates_that_are_not_a_folder_are_refused(tmp_path):
    with pytest.raises(RenderError, match="is not a folder"):
        REPORT.to_html(templates=tmp_path / "none")
