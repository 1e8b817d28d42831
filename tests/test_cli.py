"""The command line in subprocesses: exit codes, standard output and standard error."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
from command_line import COMMAND_LINE, run
from processes import start_interruptible

import reportgen
from reportgen.cli import app

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
CSV = "epoch,loss,val_loss\n" + "".join(f"{i},{0.9 / (i + 1)},{1.0 / (i + 1) + 0.1}\n" for i in range(12))
COMMANDS = ("build", "check", "summary", "card", "ci", "compare", "sweep", "email", "demo")


def shell(line, **options):
    """Runs a line in bash, where `reportgen` is the package under test."""
    program = f'reportgen() {{ "{sys.executable}" -m reportgen "$@"; }}; set -o pipefail; '
    return subprocess.run(
        ["bash", "-c", program + line], **{"capture_output": True, "text": True, "timeout": 120, **options}
    )


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(CSV)
    return path


def test_build_writes_the_report_and_prints_the_verdict(tmp_path, log):
    done = run("build", log, "-o", tmp_path / "r.html", "--title", "Mine & yours")
    assert (done.returncode, done.stderr) == (0, "")
    read_as, headline, where = done.stdout.splitlines()
    history = reportgen.load(log)
    counted = f"{len(history.epochs)} epochs, {len(history.keys)} metrics"
    assert read_as == f"Read as Keras CSVLogger (csv): {counted}."
    assert headline == reportgen.diagnose(log).verdict_words.title
    assert where == f"Report: {tmp_path / 'r.html'}"
    expected = reportgen.build(log, title="Mine & yours").to_html()
    assert (tmp_path / "r.html").read_text("utf-8") == expected


def test_build_writes_report_html_by_default(tmp_path, log):
    assert run("build", "log.csv", cwd=tmp_path).returncode == 0
    assert reportgen.load(tmp_path / "report.html") == reportgen.load(log)


def test_build_compares_with_a_baseline(tmp_path, log):
    done = run("build", log, "--baseline", log, "-o", tmp_path / "r.html")
    assert done.returncode == 0
    assert "As good as the baseline: the best val_loss of both is " in done.stdout
    assert (tmp_path / "r.html").read_text("utf-8") == reportgen.build(log, baseline=log).to_html()


def test_a_report_can_be_built_from_a_report(tmp_path, log):
    run("build", log, "-o", tmp_path / "r.html")
    before = (tmp_path / "r.html").read_bytes()
    assert run("build", tmp_path / "r.html", "-o", tmp_path / "r.html").returncode == 0
    assert (tmp_path / "r.html").read_bytes() == before


def test_a_dash_means_standard_input_or_output(log):
    done = run("build", "-", "-o", "-", given=CSV)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == reportgen.build(reportgen.load(log)).to_html()  # without a title by the name of the file
    checked = run("check", "-", "--json", given=CSV)
    assert json.loads(checked.stdout) == reportgen.diagnose(log).to_dict()


def test_validation_freq_explains_shorter_lists(tmp_path):
    path = tmp_path / "h.json"
    path.write_text(json.dumps({"loss": [0.9, 0.8, 0.7, 0.6], "val_loss": [0.9]}))
    refused = run("check", path)
    assert refused.returncode == 2
    assert "validation_freq=3" in refused.stderr
    assert run("check", path, "--validation-freq", 3).returncode == 0


def test_the_format_and_the_columns_can_be_given(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("it;fit;held out;remark\n0;1,5;2,5;x\n1;1,0;2,0;y\n")
    done = run("check", path, "--columns", "it=epoch,fit=loss", "--columns", "held out=val_loss,remark=")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Read as table (table): 2 epochs, 2 metrics.\n")
    assert "val_loss" in run("check", path, "--columns", "it=epoch,fit=loss,held out=val_loss", "--json").stdout
    assert (
        "Read as Keras CSVLogger (csv): 2 epochs, "
        in run("check", path, "--format", "csv", "--columns", "it=epoch,remark=").stdout
    )
    assert_one_line(run("check", path, "--format", "keras"))
    assert_one_line(run("check", path, "--columns", "nothing=loss"))
    assert_one_line(run("check", path, "--columns", "loss"))


def test_guessed_columns_are_printed(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,train_loss,test_loss\n" + "".join(f"{i},{1 / (i + 1)},{2 / (i + 1)}\n" for i in range(9)))
    assert "test_loss → val_loss" in " ".join(run("check", path).stdout.split())


def test_check_prints_verdict_answers_and_findings(log):
    done = run("check", log)
    diagnosis = reportgen.diagnose(log)
    assert (done.returncode, done.stderr) == (0, "")
    read_as, _, judged = done.stdout.partition("\n")
    assert read_as.startswith("Read as Keras CSVLogger (csv): ")
    assert judged.startswith(diagnosis.verdict_words.title)
    assert len(re.findall(r"^(?!  )[^\n]*\?  ", done.stdout, re.MULTILINE)) == 5
    for words in diagnosis.finding_words:
        assert words.title in " ".join(done.stdout.split())
    assert "\x1b" not in done.stdout  # colours only in a terminal


def exactly(data, *keys):
    assert set(data) == set(keys)


@pytest.mark.parametrize(
    "columns",
    [
        {"loss": [0.9 / (i + 1) for i in range(20)], "val_loss": [1 / (i + 1) for i in range(20)]},
        {"loss": [0.9 / (i + 1) for i in range(20)], "val_loss": [0.5 + abs(i - 5) / 10 for i in range(20)]},
        {"loss": [0.9, float("nan")]},
        {"loss": [0.9]},
        {"strange": [1.0, 2.0], "val_strange": [3.0, 2.0]},
    ],
)
def test_json_has_the_documented_schema(tmp_path, columns):
    path = tmp_path / "h.json"
    path.write_text(json.dumps(columns))
    done = run("check", path, "--json")
    assert (done.returncode, done.stderr) == (0, "")

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    data = json.loads(done.stdout, parse_constant=refuse)
    exactly(data, "schema", "verdict", "axis", "best_epoch", "monitor", "epochs", "answers", "findings", "checks")
    assert data["schema"] == "reportgen/diagnosis/1"
    exactly(data["verdict"], "code", "headline", "detail", "advice", "actions")
    assert data["verdict"]["headline"]
    assert all(isinstance(advice, str) for advice in data["verdict"]["advice"])
    assert data["epochs"] == len(next(iter(columns.values())))
    assert data["monitor"] in (*columns, None)
    assert data["best_epoch"] is None or 1 <= data["best_epoch"] <= data["epochs"]
    own = {
        "learning": (),
        "overfitting": ("since_epoch",),
        "converged": ("epoch",),
        "more_training_helps": ("expected_gain",),
        "diverged": ("epoch",),
    }
    assert list(data["answers"]) == list(own)
    for question, answer in data["answers"].items():
        assert answer["answer"] in ("yes", "no", "unsure", "not-assessed")
        reason = ("reason",) if answer["answer"] == "not-assessed" else ()
        exactly(answer, "answer", "probability", "evidence", *own[question], *reason)
        if reason:
            assert answer["reason"]
            assert answer["probability"] is None
        else:
            assert 0 <= answer["probability"] <= 1
    for finding in data["findings"]:
        exactly(finding, "rule", "code", "severity", "metric", "epochs", "evidence", "title", "text")
        assert finding["severity"] in ("good", "note", "warning", "critical")
        assert finding["epochs"] is None or len(finding["epochs"]) == 2


BAD_FILES = {
    "empty.csv": b"",
    "blank.csv": b" \n\n",
    "header.csv": b"epoch,loss\n",
    "text.csv": b"epoch,loss\n0,abc\n",
    "no-metric.csv": b"epoch\n0\n1\n",
    "numbers.csv": b"0,1\n1,2\n",
    "ragged.csv": b"epoch,loss\n0,1\n1\n",
    "ragged.json": b'{"loss": [1, 2, 3], "aux_loss": [1, 2]}',
    "words.json": b'{"loss": ["a", "b"]}',
    "cut.json": b'{"loss": [1, 2',
    "deep.json": b"[" * 100_000,
    "list.json": b"[1, 2, 3]",
    "number.json": b"7",
    "page.html": b"<html><body>hello</body></html>",
    "damaged.html": b'<script id="reportgen-history">{"schema": "reportgen/history/1"}</script>',
    "prose.txt": b"Once upon a time there was a network.",
    "model.h5": b"\x89HDF\r\n\x1a\n\0\0",
    "pickle.pkl": b"\x80\x04\x95\0",
    "latin.csv": b"epoch,loss,\xe9\n0,1,2\n",
    "zeros.csv": b"\0" * 100,
}


def assert_one_line(done):
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert re.fullmatch(r"reportgen: [^\n]{20,}\n", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert "error inside reportgen" not in done.stderr


@pytest.mark.parametrize("name", BAD_FILES)
def test_invalid_input_is_reported_in_one_line_and_writes_nothing(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name])
    assert_one_line(run("build", path, "-o", tmp_path / "r.html"))
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "none.csv"),
        ("check",),
        ("check", "log.csv", "--nope"),
        ("check", "log.csv", "--validation-freq", "0"),
        ("check", "log.csv", "--direction", "loss"),
        ("check", "log.csv", "--direction", "loss=up"),
        ("check", "log.csv", "--direction", "=lower"),
        ("check", "log.csv", "--direction", "other=lower"),
        ("check", "log.csv", "another.csv"),
        ("frobnicate",),
        ("--nope",),
        ("build", "log.csv", "-o", "."),
        ("build", "log.csv", "-o", "log.csv/r.html"),
        ("build", "log.csv", "-o", "/dev/full"),
        ("build", "log.csv", "-o"),
        ("build", "log.csv", "--baseline", "none.csv"),
        ("demo", "-o", "log.csv/r.html"),
    ],
)
def test_a_usage_error_is_reported_in_one_line(tmp_path, log, arguments):
    assert_one_line(run(*arguments, cwd=tmp_path))
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.csv"]


def test_an_existing_report_is_kept_if_the_input_is_invalid(tmp_path, log):
    run("build", log, "-o", tmp_path / "r.html")
    before = (tmp_path / "r.html").read_bytes()
    log.write_text("epoch,loss\n0,abc\n")
    assert_one_line(run("build", log, "-o", tmp_path / "r.html"))
    assert (tmp_path / "r.html").read_bytes() == before


def test_version_is_printed():
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"reportgen {reportgen.__version__}\n", "")


def test_the_installed_command_runs_the_module(log):
    command = Path(sys.executable).with_name("reportgen")
    assert subprocess.run([command, "--version"], capture_output=True, text=True).stdout == run("--version").stdout


def test_without_arguments_it_shows_its_help():
    done = run()
    assert done.returncode == 0
    assert done.stdout == run("--help").stdout
    for command in COMMANDS:
        assert re.search(rf"^  {command}  +\S", done.stdout, re.MULTILINE)


def parameters():
    """The options of every command and of reportgen itself."""
    for name, command in {"": app, **app.commands}.items():
        yield from ((name, option) for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_names_every_option(command):
    done = run(command, "--help")
    assert run(command, "-h").stdout == done.stdout
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ")
    for name, option in parameters():
        if name == command:
            assert option.help
            assert " ".join(option.help.split()[:3]) in " ".join(done.stdout.split())


def test_every_option_is_documented_with_its_commands():
    text = DOCUMENT.read_text("utf-8")
    documented = set()
    for spellings, names in re.findall(r"^\| (`-.*?) \| (.*?) \|", text, re.MULTILINE):
        if names.startswith("all"):
            commands = set(COMMANDS) - set(re.findall(r"`(.*?)`", names))
        else:
            commands = set(re.findall(r"`(.*?)`", names)) or {""}
        documented |= {(name, spelling) for name in commands for spelling in re.findall(r"--[\w-]+", spellings)}
    actual = {
        (name, spelling) for name, option in parameters() for spelling in option.opts if spelling.startswith("--")
    }
    assert documented - {(name, "--help") for name in COMMANDS} == actual
    for command in COMMANDS:
        assert f"| `{command}` |" in text


@pytest.mark.parametrize("line", ["reportgen check {} | head -1", "reportgen build {} -o - | head -1"])
def test_a_closed_pipe_causes_neither_a_traceback_nor_a_failed_gate(log, line):
    done = shell(line.format(log))
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
    assert done.returncode in (0, 2)  # 1 would mean a failed gate


def test_a_pipe_closed_at_once_causes_exit_code_2(log):
    done = shell(f"reportgen check {log} | true")
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize("command", ["check {}", "check {} --json", "build {} -o -"])
def test_a_full_standard_output_is_reported_in_one_line(log, command):
    done = shell(f"reportgen {command.format(log)} > /dev/full")
    assert_one_line(done)
    assert "standard output" in done.stderr


def test_a_closed_standard_output_is_reported_in_one_line(log):
    assert_one_line(shell(f"reportgen build {log} -o - >&-"))


@pytest.mark.parametrize("where", ["/dev/stdout", ">(cat)"])
def test_output_can_be_written_to_a_pipe_by_its_path(log, where):
    done = shell(f"reportgen build {log} -o {where}; sleep 0.2")
    assert reportgen.build(log).to_html() in done.stdout


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
    ],
)
def test_any_terminal_encoding_works(tmp_path, locale, monkeypatch):
    monkeypatch.chdir(tmp_path)  # titles leave out the name of the current folder
    path = tmp_path / "h.json"
    path.write_text(json.dumps({"loss": [0.5, 0.4, 0.3, 0.2, 0.1], "עברית 😀": [1, 2, 3, 4, 5]}))
    options = {"env": {**os.environ, **locale}, "encoding": "latin-1", "cwd": tmp_path}
    checked = run("check", path, **options)
    assert (checked.returncode, checked.stderr) == (0, "")
    utf8 = "עברית 😀".encode().decode("latin-1")  # click treats an ASCII terminal as misconfigured
    assert ("????? ?" if locale.get("PYTHONIOENCODING") == "cp1252" else utf8) in checked.stdout
    built = run("build", path, "-o", "-", **{**options, "encoding": "utf-8"})
    assert built.stdout == reportgen.build(path).to_html()  # a report is UTF-8 everywhere
    refused = run("check", "ö.csv", **options)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


def test_colours_are_for_terminals_only(log):
    pty = pytest.importorskip("pty", reason="needs a Unix terminal")
    mine, theirs = pty.openpty()
    process = subprocess.Popen([*COMMAND_LINE, "check", log], stdout=theirs, stdin=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(mine, 4096)
        except OSError:  # Linux reports the end of a terminal as an error
            break
        if not part:
            break
        seen += part
    os.close(mine)
    assert process.wait(timeout=60) == 0
    assert b"\x1b[1m" in seen
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", seen).replace(b"\r\n", b"\n").decode()
    assert plain == run("check", log).stdout


def test_ctrl_c_is_neither_success_nor_a_failed_gate():
    process = start_interruptible([*COMMAND_LINE, "check", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(b"epoch,loss\n" * 100_000)  # ends when the command has read most of it
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors


def test_a_shell_completion_script_is_printed():
    offered = shell(
        'eval "$(command reportgen --show-completion bash)"; COMP_WORDS=(reportgen ch) COMP_CWORD=1; '
        '_reportgen_completion reportgen; echo "${COMPREPLY[@]}"; '
        "COMP_WORDS=(reportgen build --st) COMP_CWORD=2; "
        'COMPREPLY=(); _reportgen_completion reportgen; echo "${COMPREPLY[@]}"',
        env=with_command(),
    )
    assert offered.stdout.split() == ["check", "--static"], offered.stderr


@pytest.mark.parametrize(
    ("name", "mark"),
    [("bash", "complete -o nosort -F"), ("zsh", "#compdef reportgen"), ("fish", "complete --no-files --command")],
)
def test_completion_is_shown_and_installed_for_each_shell(tmp_path, name, mark):
    home = tmp_path / "home"
    home.mkdir()
    (home / ".bashrc").write_text("alias ll='ls -l'")
    environment = {**os.environ, "HOME": str(home), "SHELL": f"/bin/{name}"}
    shown = run("--show-completion", env=environment)
    assert mark in shown.stdout
    for _ in range(2):
        done = run("--install-completion", env=environment)
        assert (done.returncode, done.stderr) == (0, "")
        (path,) = [path for path in home.rglob("*reportgen*") if path.is_file()]
        assert f"Completion for {name} is installed in {path}." in done.stdout
        assert path.read_text() == shown.stdout
    startup = home / f".{name}rc"
    if startup.exists():
        assert startup.read_text().count("source" if name == "bash" else "fpath") == 1
    assert (home / ".bashrc").read_text().startswith("alias ll='ls -l'")


def test_an_unsupported_shell_is_reported_in_one_line():
    done = run("--show-completion", "tcsh")
    assert_one_line(done)
    assert "bash, zsh, fish" in done.stderr
    assert_one_line(run("--install-completion", env={**os.environ, "SHELL": ""}))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("chekc", "log.csv"), "Did you mean 'check'? Run reportgen --help for its options."),
        (("check", "log.csv", "--basline"), "Did you mean '--baseline'? Run reportgen check --help for its options."),
        (("check",), "Missing argument 'SOURCE'. Run reportgen check --help for its options."),
    ],
)
def test_a_usage_error_names_the_help_command(tmp_path, log, arguments, text):
    done = run(*arguments, cwd=tmp_path)
    assert_one_line(done)
    assert text in done.stderr


def with_command():
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def test_the_report_of_the_command_line_has_ordinary_permissions(tmp_path, log):
    shell(f"umask 027; reportgen build {log} -o {tmp_path}/r.html")
    assert stat.S_IMODE((tmp_path / "r.html").stat().st_mode) == 0o640


def test_a_report_never_replaces_its_log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "history.csv"
    log.write_text("epoch,loss\n0,0.9\n1,0.5\n")
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "build", "history.csv", "-o", "./history.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "history.csv: this is the log itself" in done.stderr
    assert log.read_text().startswith("epoch,loss")


@pytest.mark.parametrize(
    ("arguments", "file", "writes"),
    [
        (["build", "log.csv", "-o", "out/mine.html"], "out/mine.html", True),
        (["email", "log.csv", "--to", "ada@example.org", "--eml", "out/mine.eml"], "out/mine.eml", True),
        (["ci", "log.csv", "-o", "out"], "out/summary.md", True),
        (["ci", "log.csv", "log.csv", "-o", "out"], "out/log-2/report.html", False),
        (["sweep", "log.csv", "-o", "out"], "out/index.html", False),
        (["demo", "-o", "out/mine.html"], "out/mine.html", False),
    ],
)
def test_no_command_replaces_a_file_that_reportgen_did_not_write_unless_forced(tmp_path, log, arguments, file, writes):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    done = run(*arguments, cwd=tmp_path)
    assert_one_line(done)
    assert f"{path.name}: reportgen did not write this file, so it is not replaced." in done.stderr
    assert [found for found in (tmp_path / "out").rglob("*") if found.is_file()] == [path]
    assert path.read_text() == "mine"
    for force in (["--force"], []) if writes else ():
        assert run(*arguments, *force, cwd=tmp_path).returncode == 0
        assert path.read_text() != "mine"
