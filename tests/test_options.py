"""`ReadOptions` and `Look`: one set of names in Python, on the command line, in settings and in sweeps."""

import inspect
import json
import warnings
from dataclasses import fields
from typing import get_type_hints

import histories
import pytest
from command_line import call

import reportgen
from reportgen import Look, ReadOptions, RenderError
from reportgen.cli import app
from reportgen.cli.options import LOOK, READ
from reportgen.options import BuildKeywords, LookKeywords, ReadKeywords, look_options, read_options, spelling
from reportgen.settings import _KEYS
from reportgen.sweep.task import SweepOptions

READ_NAMES = {item.name for item in fields(ReadOptions)}
LOOK_NAMES = {item.name for item in fields(Look)}
LANGUAGE = {"language"}
MAIL = {"theme", "templates", "language"}
# For each command: the options of each kind that it takes.
TAKES = {
    "build": READ_NAMES | LOOK_NAMES,
    "check": READ_NAMES | LANGUAGE,
    "summary": READ_NAMES | LANGUAGE,
    "card": READ_NAMES | LANGUAGE,
    "ci": READ_NAMES | LOOK_NAMES,
    "compare": (READ_NAMES - {"run", "monitor", "ignore"}) | LANGUAGE | {"theme", "static"},
    "sweep": READ_NAMES | LOOK_NAMES,
    "email": READ_NAMES | MAIL,
    "demo": LOOK_NAMES,
}


@pytest.mark.parametrize("command", TAKES)
def test_every_command_takes_its_options_under_the_same_names(command):
    options = {option.name: option.opts for option in app.commands[command].params}
    assert set(options) & (READ_NAMES | LOOK_NAMES) == TAKES[command]
    assert all(options[name] == [f"--{spelling(name)}"] for name in TAKES[command])


def test_every_command_is_in_the_table():
    assert set(TAKES) == set(app.commands)


def test_python_command_line_settings_and_sweeps_have_the_names_of_the_fields():
    assert set(READ) == READ_NAMES
    assert set(LOOK) == LOOK_NAMES
    assert set(get_type_hints(ReadKeywords)) == READ_NAMES
    assert set(get_type_hints(LookKeywords)) == LOOK_NAMES | {"lang"}
    assert set(get_type_hints(BuildKeywords)) == READ_NAMES | LOOK_NAMES | {"lang"}
    assert {name for group, name, _ in _KEYS.values() if group == "read"} == READ_NAMES
    assert {name for group, name, _ in _KEYS.values() if group == "look"} == LOOK_NAMES
    assert get_type_hints(SweepOptions)["read"] is ReadOptions
    assert get_type_hints(SweepOptions)["look"] is Look


def test_defaults_in_python_are_those_of_the_classes():
    for function in (reportgen.load, reportgen.diagnose, reportgen.build):
        parameters = inspect.signature(function).parameters
        assert parameters["options"].default is None
    assert reportgen.build({"loss": [2.0, 1.0]}).look == Look()


def test_columns_and_directions_may_be_none():
    assert read_options(ReadOptions(columns=None), {"directions": None}) == ReadOptions()


def test_keywords_override_the_options_they_are_passed_with():
    options = ReadOptions(format="csv", validation_freq=2)
    assert read_options(options, {"validation_freq": 3}) == ReadOptions(format="csv", validation_freq=3)
    assert look_options(Look(theme="dark"), {"static": True}) == Look(theme="dark", static=True)
    for merge in (read_options, look_options):
        with pytest.raises(TypeError):
            merge(None, {"colour": "red"})


@pytest.mark.parametrize("wrong", [{"static": True, "interactive": True}, {"compress": True}])
def test_a_contradictory_look_is_refused(wrong):
    with pytest.raises(RenderError):
        Look(**wrong)
    with pytest.raises(RenderError):
        reportgen.build({"loss": [2.0, 1.0]}, **wrong)


def test_options_and_keywords_of_build_are_the_same():
    source = {"train": [0.9, 0.5, 0.4, 0.3], "f2": [0.1, 0.2, 0.3, 0.4]}
    keywords = {"columns": {"train": "loss"}, "directions": {"f2": "higher"}}
    by_object = reportgen.build(source, options=ReadOptions(**keywords), look=Look(theme="dark"))
    by_keyword = reportgen.build(source, **keywords, theme="dark")
    assert by_object.history == by_keyword.history == reportgen.load(source, ReadOptions(**keywords))
    assert by_object.to_html() == by_keyword.to_html()
    assert reportgen.diagnose(source, ReadOptions(**keywords)).to_dict() == by_keyword.diagnosis.to_dict()


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"theme": "blue"}, reportgen.RenderError, 'theme is "blue"; auto, light or dark is needed'),
        ({"theme": None}, reportgen.RenderError, "auto, light or dark is needed"),
        ({"static": "no"}, reportgen.RenderError, 'static is "no"; True or False is needed'),
        ({"interactive": 1}, reportgen.RenderError, 'interactive is "1"; True or False is needed'),
        ({"colour": "blue"}, TypeError, "'colour' is not an option. Use one of format, columns, .*theme"),
    ],
)
def test_an_option_that_is_wrong_is_refused_before_any_work(keywords, error, message):
    with pytest.raises(error, match=message):
        reportgen.build({"loss": [2.0, 1.0]}, **keywords)
    with pytest.raises(error, match=message):
        reportgen.build({"loss": [2.0, 1.0]}).to_html(**keywords)


def test_a_report_keeps_its_appearance(tmp_path):
    report = reportgen.build(histories.overfit_from_12(), theme="dark", static=True)
    assert report.to_html() == reportgen.build(report.history).to_html(theme="dark", static=True)
    assert report.to_html(theme="light") == report.to_html(Look(theme="light", static=True))
    assert report.save(tmp_path / "r.html", Look()).read_text("utf-8") == report.to_html(Look())


def _lang_of_save(folder):
    return reportgen.build({"loss": [2.0, 1.0]}).save(folder / "r.html", lang="zh-CN").read_text("utf-8")


@pytest.mark.parametrize(
    ("with_lang", "with_language"),
    [
        (
            lambda folder: reportgen.build({"loss": [2.0, 1.0]}, lang="zh-CN").to_html(),
            lambda: reportgen.build({"loss": [2.0, 1.0]}, language="zh-CN").to_html(),
        ),
        (
            lambda folder: reportgen.diagnose({"loss": [2.0, 1.0]}, lang="zh-CN").to_dict(),
            lambda: reportgen.diagnose({"loss": [2.0, 1.0]}, language="zh-CN").to_dict(),
        ),
        (
            lambda folder: reportgen.build({"loss": [2.0, 1.0]}).to_html(lang="zh-CN"),
            lambda: reportgen.build({"loss": [2.0, 1.0]}).to_html(language="zh-CN"),
        ),
        (_lang_of_save, lambda: reportgen.build({"loss": [2.0, 1.0]}).to_html(language="zh-CN")),
    ],
    ids=["build", "diagnose", "to_html", "save"],
)
def test_lang_is_a_deprecated_name_of_language(tmp_path, with_lang, with_language):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = with_lang(tmp_path)
    (warning,) = caught
    assert (warning.category, warning.filename) == (DeprecationWarning, __file__)
    assert str(warning.message) == "lang= is deprecated; use language="
    assert found == with_language()


LOSSES = [0.9, 0.5, 0.4, 0.35]


@pytest.fixture
def folder(tmp_path):
    """A log that needs options for its columns, direction and validation values, and a healthy run next to it."""
    log = {"train": LOSSES, "f2": LOSSES, "val_f2": [LOSSES[2]]}  # of epoch 3 or 4
    (tmp_path / "log.json").write_text(json.dumps(log))
    (tmp_path / "plain.json").write_text(json.dumps({"loss": LOSSES, "val_loss": LOSSES}))
    return tmp_path


EXPLAINED = ReadOptions(columns={"train": "loss"}, validation_freq=3, directions={"f2": "higher"})
ARGUMENTS = ("--columns", "train=loss", "--validation-freq", "3", "--direction", "f2=higher")
SETTINGS = 'columns = { train = "loss" }\nvalidation-freq = 3\ndirection = { f2 = "higher" }\n'
COMMANDS = {
    "build": ("build", "log.json", "-o", "out.html"),
    "check": ("check", "log.json", "--json"),
    "summary": ("summary", "log.json"),
    "card": ("card", "log.json"),
    "ci": ("ci", "log.json", "-o", "out"),
    "email": ("email", "log.json", "--to", "ada@example.org", "--dry-run"),
}


@pytest.mark.parametrize("how", ["typed", "set"])
@pytest.mark.parametrize("command", COMMANDS)
def test_reading_options_apply_in_every_command_from_arguments_or_settings(folder, command, how):
    assert call(*COMMANDS[command], cwd=folder).returncode == 2
    if how == "set":
        (folder / "reportgen.toml").write_text(SETTINGS)
    done = call(*COMMANDS[command], *(ARGUMENTS if how == "typed" else ()), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    expected = reportgen.build(folder / "log.json", options=EXPLAINED)
    if command == "build":
        assert reportgen.load(folder / "out.html") == expected.history
    elif command == "check":
        assert json.loads(done.stdout) == expected.diagnosis.to_dict()
    elif command == "summary":
        assert done.stdout == expected.summary()
    elif command == "card":
        assert done.stdout == expected.card()
    elif command == "ci":
        assert reportgen.load(folder / "out" / "report.html") == expected.history


@pytest.mark.parametrize("command", ["build", "ci"])
def test_look_options_apply_from_arguments_or_settings_and_arguments_win(folder, command, monkeypatch):
    monkeypatch.chdir(folder)  # titles leave out the name of the current folder
    output = {"build": "out.html", "ci": "out/report.html"}[command]
    arguments = (command, "plain.json", "-o", "out.html" if command == "build" else "out")
    expected = reportgen.build(folder / "plain.json")

    def page(*typed):
        done = call(*arguments, *typed, cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        return (folder / output).read_text("utf-8")

    typed = ("--theme", "dark", "--interactive", "--compress", "--lang", "zh-CN")
    look = Look(theme="dark", interactive=True, compress=True, language="zh-CN")
    assert page(*typed) == expected.to_html(look)
    (folder / "reportgen.toml").write_text('theme = "dark"\ninteractive = true\ncompress = true\nlang = "zh-CN"\n')
    assert page() == expected.to_html(look)
    assert page("--no-compress", "--theme", "light") == expected.to_html(
        theme="light", interactive=True, language="zh-CN"
    )
    assert page("--static", "--lang", "en") == expected.to_html(theme="dark", static=True)
    assert page("--no-interactive") == expected.to_html(theme="dark", language="zh-CN")
    (folder / "own").mkdir()
    (folder / "own" / "style.css").write_text(".mine { order: 7; }")
    (folder / "reportgen.toml").write_text('static = true\ntemplates = "own"\n')
    assert page() == expected.to_html(static=True, templates=folder / "own")
    assert page("--interactive") == expected.to_html(interactive=True, templates=folder / "own")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (("--direction", "f3=higher"), '"f3"'),
        (("--static", "--interactive"), "static and interactive"),
        (("--compress",), "compress"),
        (("--format", "keras"), '"keras"'),
    ],
)
def test_an_option_on_the_command_line_must_apply(folder, typed, text):
    done = call("build", "plain.json", *typed, cwd=folder)
    assert done.returncode == 2
    assert text in done.stderr


def test_an_option_on_the_command_line_must_apply_even_if_the_settings_add_others(folder):
    (folder / "reportgen.toml").write_text('validation-freq = 3\ndirection = { f2 = "higher" }\n')
    assert call("build", "plain.json", cwd=folder).returncode == 0
    for typed, text in (
        (("--columns", "other=loss"), '"other"'),
        (("--run", "2"), 'no run "2"'),
        (("--direction", "f2=higher"), '"f2"'),
    ):
        done = call("build", "plain.json", *typed, cwd=folder)
        assert done.returncode == 2
        assert text in done.stderr


def test_a_direction_from_the_settings_is_ignored_for_a_run_without_that_metric(folder):
    (folder / "reportgen.toml").write_text('direction = { f2 = "higher" }\n')
    assert call("build", "plain.json", cwd=folder).returncode == 0


def test_a_mail_and_its_attachment_are_in_the_requested_language(folder, monkeypatch):
    monkeypatch.chdir(folder)
    done = call(
        "email", "plain.json", "--to", "ada@example.org", "--eml", "out.eml", "--lang", "zh-CN", "--theme", "dark",
        cwd=folder,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    report = reportgen.build(folder / "plain.json", language="zh-CN", interactive=True, theme="dark")
    message = report.email("ada@example.org")
    (attachment,) = message.iter_attachments()
    assert attachment.get_content() == report.to_html(static=True, interactive=False)
    assert str(message["Subject"]) in done.stdout
