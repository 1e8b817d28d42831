"""Themes, static reports and custom templates."""

import contextlib
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
        ({"report.html.jinja": "{{ nothing }}"}, "'nothing' is undefined, report.html.jinja line 1"),
        ({"report.html.jinja": "\n\n{{ 1 / 0 }}"}, "ZeroDivisionError: division by zero, report.html.jinja line 3"),
        ({"report.html.jinja": "{{ page.title + 1 }}"}, "TypeError: "),
        ({"report.html.jinja": "{% include 'report.html.jinja' %}"}, "RecursionError: "),
        ({"report.html.jinja": "{% include 'a.jinja' %}", "a.jinja": "\n{% endif %}"}, "a.jinja line 2"),
        ({"report.html.jinja": "{% include '../outside.jinja' %}"}, 'no template "../outside.jinja"'),
        ({"report.html.jinja": b"\xff\xfe"}, "not text in UTF-8"),
        ({"style.css": b"\xff\xfe"}, "not text in UTF-8"),
    ],
)
def test_a_broken_template_is_reported_in_one_clear_line(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RenderError, match=re.escape(message)) as caught:
        REPORT.to_html(templates=tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)  # it may be shown in the index of a sweep


@pytest.mark.parametrize(
    "attack",
    [
        "page.__class__",
        "page['__class__']",
        "page|attr('__class__')",
        "''.__class__.__mro__",
        "say.__globals__",
        "say.func",
        "embed_json.__globals__",
        "cycler.__init__.__globals__",
        "page.language.say('{x.__class__}', x=page)",
        "page.language._catalogue",
        "page.charts[0].plan.lines[0].epochs.tofile('FILE')",
        "page.charts[0].plan.lines[0].epochs.dump('FILE')",
        "page.charts[0].plan.lines[0].epochs.data",
        "self.__init__.__globals__",
        "self._TemplateReference__context",
        "page.__setattr__('title', 'x')",
        "page.advice.__add__.__self__",
        "page.facts[0].__dict__.update(name='x')",
        "(page.charts|list).append(1)",
        "'{0.__class__}'.format(page)",
        "('{0.__class__}'|attr('format'))(page)",
        "'{x.__class__}'.format_map({'x': page})",
        "'%s'|format(page.__class__)",
        "range(10000000)|list",
        "dict.fromkeys([1]).update({2: 3})",
        "joiner.__init__.__builtins__",
        "lipsum.__globals__['os'].system('touch FILE')",
        "namespace(x=1).__class__",
        "page.title.encode().hex.__self__.__class__",
    ],
)
def test_templates_run_no_code_and_see_only_the_data_of_the_page(tmp_path, attack):
    file = tmp_path / "file"
    code = attack.replace("FILE", str(file))
    (tmp_path / "report.html.jinja").write_text(f"<p>{{{{ {code} }}}}</p>")
    with pytest.raises(RenderError, match="The template cannot be rendered"):
        REPORT.to_html(templates=tmp_path)
    assert not file.exists()


def test_placeholders_of_say_see_no_attributes_that_the_sandbox_hides(tmp_path):
    for text in ("{x.__class__}", "{x.__init__.__globals__}", "{x.language}", "{x[0]}"):
        (tmp_path / "report.html.jinja").write_text(f"<p>{{{{ say('{text}', x=page) }}}}</p>")
        with contextlib.suppress(RenderError):
            html = REPORT.to_html(templates=tmp_path)
            assert html in ("<p>&lt;class &#39;str&#39;&gt;</p>", "<p>R</p>")


def test_the_built_in_templates_look_the_same_in_the_sandbox(tmp_path):
    reports = [REPORT, *(reportgen.build(make()) for make in (histories.diverged_at_7, histories.hostile_names))]
    for report in reports:
        for look in ({}, {"static": True}, {"interactive": True, "compress": True}, {"language": "zh-CN"}):
            assert report.to_html(templates=tmp_path, **look) == report.to_html(**look)


def test_templates_that_are_not_a_folder_are_refused(tmp_path):
    with pytest.raises(RenderError, match="is not a folder"):
        REPORT.to_html(templates=tmp_path / "none")
