"""Settings of a project: where they are found, what they may contain, and the errors for anything else."""

import os

import pytest
from command_line import call

from reportgen.errors import SettingsError
from reportgen.settings import Settings, find_settings

ALL = """
fail-on = ["overfitting", "diverged,not_learning"]
min-probability = 0.9
require = "val_accuracy>=0.75"
max-regression = ["2%", "val_accuracy=0.01"]
baseline = "baseline/report.html"
evaluation = "predictions.csv"
format = "csv"
columns = { valid = "val_loss" }
validation-freq = 2
direction = { f2 = "higher" }
run = "train"
monitor = "val_f1"
ignore = ["RG203", "spikes"]
theme = "dark"
static = false
interactive = true
compress = true
templates = "own"
lang = "EN"
output-dir = "out"
time-limit = 60
"""


def write(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder / name


@pytest.mark.parametrize("name", ["pyproject.toml", "reportgen.toml"])
def test_every_setting_is_read_and_paths_are_relative_to_the_file(tmp_path, name):
    path = write(tmp_path, name, ("[tool.reportgen]\n" if name == "pyproject.toml" else "") + ALL)
    found = find_settings(tmp_path)
    assert found == Settings(
        path=path,
        read={
            "format": "csv",
            "columns": {"valid": "val_loss"},
            "validation_freq": 2,
            "directions": {"f2": "higher"},
            "run": "train",
            "monitor": "val_f1",
            "ignore": ["RG203", "spikes"],
        },
        look={
            "theme": "dark",
            "static": False,
            "interactive": True,
            "compress": True,
            "templates": tmp_path / "own",
            "language": "en",
        },
        gate={
            "fail_on": ["overfitting", "diverged,not_learning"],
            "min_probability": 0.9,
            "require": ["val_accuracy>=0.75"],
            "max_regression": ["2%", "val_accuracy=0.01"],
        },
        baseline=tmp_path / "baseline" / "report.html",
        evaluation=tmp_path / "predictions.csv",
        output_dir=tmp_path / "out",
        time_limit=60,
    )


def test_without_a_file_there_are_no_settings(tmp_path):
    assert find_settings(tmp_path) == Settings()


def test_only_the_nearest_file_with_settings_applies(tmp_path):
    write(tmp_path, "pyproject.toml", '[tool.reportgen]\nlang = "en"\ntheme = "dark"\n')
    assert find_settings(tmp_path / "a" / "b").look == {"language": "en", "theme": "dark"}
    write(tmp_path / "a", "pyproject.toml", '[project]\nname = "another"\n')  # without our table
    assert find_settings(tmp_path / "a" / "b").look == {"language": "en", "theme": "dark"}
    write(tmp_path / "a" / "b", "pyproject.toml", '[tool.reportgen]\nlang = "en"\n')
    assert find_settings(tmp_path / "a" / "b").look == {"language": "en"}
    write(tmp_path / "a" / "b", "reportgen.toml", 'theme = "light"\n')
    nearest = find_settings(tmp_path / "a" / "b")
    assert (nearest.look, nearest.path.name) == ({"theme": "light"}, "reportgen.toml")


def test_a_pyproject_without_settings_may_be_invalid(tmp_path):
    write(tmp_path, "pyproject.toml", "[project\nname = {{ cookiecutter.name }}\n")
    assert find_settings(tmp_path) == Settings()
    write(tmp_path, "pyproject.toml", "[project\n# reportgen\n")
    with pytest.raises(SettingsError, match=r"pyproject\.toml: it cannot be read as TOML"):
        find_settings(tmp_path)


def give_away(path, monkeypatch):
    """Makes a file belong to another user, as far as the search for settings can see."""
    if os.geteuid() == 0:
        os.chown(path, 12345, -1, follow_symlinks=False)
    else:
        monkeypatch.setattr("os.geteuid", lambda: 12345)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs Linux or macOS")
@pytest.mark.parametrize("how", ["file", "link", "writable"])
@pytest.mark.parametrize("name", ["pyproject.toml", "reportgen.toml"])
def test_settings_that_another_user_could_have_written_are_ignored_with_one_remark(tmp_path, monkeypatch, name, how):
    header = "[tool.reportgen]\n" if name == "pyproject.toml" else ""
    path = tmp_path / "shared" / name
    if how == "link":
        path.parent.mkdir()
        path.symlink_to(write(tmp_path, "own.toml", f'{header}theme = "dark"\n'))
    else:
        write(path.parent, name, f'{header}theme = "dark"\n')
    here = tmp_path / "shared" / "mine"
    here.mkdir()
    assert find_settings(here).look == {"theme": "dark"}
    if how == "writable":
        path.chmod(0o666)
    else:
        give_away(path, monkeypatch)
    found = find_settings(here)
    assert found == Settings(remark=found.remark)
    assert found.remark.startswith(f"{path} ")
    assert "\n" not in found.remark
    assert find_settings(here, str(path)).look == {"theme": "dark"}  # named, so trusted
    assert find_settings(here, f"../{name}").look == {"theme": "dark"}


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs Linux or macOS")
def test_commands_say_once_that_settings_are_ignored_unless_the_file_is_named(tmp_path, monkeypatch):
    path = write(tmp_path, "reportgen.toml", 'require = "loss<0.1"\n')
    write(tmp_path, "log.csv", "epoch,loss\n0,0.9\n1,0.5\n")
    give_away(path, monkeypatch)
    done = call("check", "log.csv", "--fail-on", "diverged", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("belongs to another user")) == (0, 1)
    named = call("check", "log.csv", "--fail-on", "diverged", cwd=tmp_path, REPORTGEN_SETTINGS="reportgen.toml")
    assert (named.returncode, named.stderr.count("belongs to another user")) == (1, 0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs Linux or macOS")
def test_another_users_file_without_our_table_is_not_mentioned(tmp_path, monkeypatch):
    path = write(tmp_path, "pyproject.toml", "[project]\n[broken")
    give_away(path, monkeypatch)
    assert find_settings(tmp_path) == Settings()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
def test_under_sudo_the_files_of_the_user_who_called_it_apply(tmp_path, monkeypatch):
    path = write(tmp_path, "reportgen.toml", 'theme = "dark"\n')
    os.chown(path, 12345, -1)
    monkeypatch.setenv("SUDO_UID", "12345")
    assert find_settings(tmp_path).look == {"theme": "dark"}


@pytest.mark.parametrize(("text", "said"), [(None, "cannot be read"), ("[project]\n", "it has no [tool.reportgen]")])
def test_a_named_file_must_contain_settings(tmp_path, text, said):
    if text is not None:
        write(tmp_path, "pyproject.toml", text)
    with pytest.raises(SettingsError) as caught:
        find_settings(tmp_path, "pyproject.toml")
    assert said in str(caught.value)


@pytest.mark.parametrize("data", [b"lang = \xff", b"lang = ", b"\0", b'"a" = ' + b"[" * 5000])
def test_a_file_that_is_not_toml_is_reported_in_one_line(tmp_path, data):
    (tmp_path / "reportgen.toml").write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        find_settings(tmp_path)
    assert "\n" not in str(caught.value)
    assert "reportgen.toml: it cannot be read as TOML" in str(caught.value)


def test_a_byte_order_mark_and_an_empty_table_are_fine(tmp_path):
    (tmp_path / "reportgen.toml").write_bytes(b'\xef\xbb\xbftheme = "dark"\r\n')
    assert find_settings(tmp_path).look == {"theme": "dark"}
    (tmp_path / "reportgen.toml").write_text("")
    assert find_settings(tmp_path) == Settings(path=tmp_path / "reportgen.toml")


@pytest.mark.parametrize("key", ["fail_on", "failon", "language", "title", "tool"])
def test_an_unknown_key_is_an_error_that_names_file_key_and_the_known_keys(tmp_path, key):
    write(tmp_path, "reportgen.toml", f"{key} = 1\n")
    with pytest.raises(SettingsError) as caught:
        find_settings(tmp_path)
    said = str(caught.value)
    assert said.startswith(
        f'{tmp_path / "reportgen.toml"}: unknown setting "{key}"; the settings are "baseline", "columns"'
    )
    assert all(f'"{known.split(" = ")[0]}"' in said for known in ALL.strip().splitlines())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fail-on = 1", "a string or a list of strings is needed"),
        ("fail-on = [1]", "a string or a list of strings is needed"),
        ('fail-on = "learning"', '"learning" is not an answer that a run can fail on'),
        ('min-probability = "0.8"', "a number from 0 to 1 is needed"),
        ("min-probability = true", "a number from 0 to 1 is needed"),
        ("min-probability = 80", "a number from 0 to 1 is needed"),
        ("require = { val_accuracy = 0.75 }", "a string or a list of strings is needed"),
        ('require = ["val_accuracy"]', "is not a requirement"),
        ('max-regression = "much"', "is not a limit for a regression"),
        ("max-regression = nan", "is not a limit for a regression"),
        ("max-regression = true", "a string or a list of strings is needed"),
        ("baseline = 1", "a path is needed"),
        ('baseline = ""', "a path is needed"),
        ('direction = "f2=higher"', 'such as { f2 = "higher" }'),
        ('direction = { f2 = "up" }', 'such as { f2 = "higher" }'),
        ("format = 1", "a text is needed"),
        ("columns = 'valid=val_loss'", 'such as { valid = "val_loss" }'),
        ("columns = { valid = 1 }", 'such as { valid = "val_loss" }'),
        ("validation-freq = 0", "a whole number of 1 or more is needed"),
        ("validation-freq = true", "a whole number of 1 or more is needed"),
        ("run = 0", "a whole number of 1 or more is needed"),
        ("run = ''", "a text is needed"),
        ("static = 1", "true or false is needed"),
        ("interactive = 'yes'", "true or false is needed"),
        ("compress = []", "true or false is needed"),
        ("templates = false", "a path is needed"),
        ("lang = 1", "a text is needed"),
        ('lang = "xx"', "is not a report language"),
        ('theme = "blue"', 'one of "auto", "light", "dark" is needed'),
        ("theme = []", 'one of "auto", "light", "dark" is needed'),
        ("output-dir = 1", "a path is needed"),
        ("time-limit = 0.5", "a whole number of 1 or more is needed"),
    ],
)
def test_an_invalid_value_is_reported_in_one_line_with_file_key_and_expected_value(tmp_path, line, said):
    path = write(tmp_path, "pyproject.toml", f"[tool.reportgen]\n{line}\n")
    with pytest.raises(SettingsError) as caught:
        find_settings(tmp_path)
    assert str(caught.value).startswith(f"{path}: {line.split(' = ')[0]}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_limit_may_be_a_plain_number(tmp_path):
    write(tmp_path, "reportgen.toml", "max-regression = 0.01\n")
    assert find_settings(tmp_path).gate == {"max_regression": 0.01}


def test_a_report_cannot_be_both_static_and_interactive(tmp_path):
    write(tmp_path, "reportgen.toml", "static = true\ninteractive = true\n")
    with pytest.raises(SettingsError, match="static and interactive are both true"):
        find_settings(tmp_path)


@pytest.mark.parametrize("text", ["tool = 1 # reportgen", "[tool]\nreportgen = 1"])
def test_the_settings_must_be_a_table(tmp_path, text):
    write(tmp_path, "pyproject.toml", text)
    if "reportgen = 1" in text:
        with pytest.raises(SettingsError, match="a table is needed"):
            find_settings(tmp_path)
    else:
        assert find_settings(tmp_path) == Settings()
