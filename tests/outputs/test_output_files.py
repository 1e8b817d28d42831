"""Files are written in one step, on real file systems: full, read-only, devices, pipes.

Permissions do not stop root, so the read-only and the full disk are real mounts, in a mount namespace
(``unshare --mount``) that only a subprocess sees.
"""

import errno
import os
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import pytest
from tiny_disk import mounted_at

import reportgen
from reportgen import shared_files
from reportgen.errors import OutputError
from reportgen.outputs import files
from reportgen.outputs.files import check_target, write_file
from reportgen.outputs.output_names import check_output_name
from reportgen.regular_files import regular_file

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def umask():
    """Sets the umask for one test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def test_text_is_written_as_utf8_without_changes(tmp_path):
    given = tmp_path / "r.html"
    assert write_file(given, "é\r\n\u2028😀\n") == given
    assert given.read_bytes() == "é\r\n\u2028😀\n".encode()
    assert names(tmp_path) == ["r.html"]


def test_bytes_are_written_unchanged(tmp_path):
    write_file(tmp_path / "m.eml", b"\xff\r\n\0")
    assert (tmp_path / "m.eml").read_bytes() == b"\xff\r\n\0"


def test_a_relative_path_starts_at_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write_file("r.html", "x") == Path("r.html")
    assert names(tmp_path) == ["r.html"]


def test_an_existing_file_is_replaced_and_open_readers_keep_the_old_one(tmp_path):
    path = tmp_path / "r.html"
    path.write_text("old")
    with path.open() as reader:
        write_file(path, "new", overwrite=True)
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["r.html"]


def test_readers_see_a_complete_file_at_every_moment(tmp_path):
    path, texts, seen = tmp_path / "r.html", {"a" * 300_000, "b" * 300_000}, set()
    path.write_text(min(texts))
    stop = threading.Event()

    def look():
        while not stop.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(10):
        for text in texts:
            write_file(path, text, overwrite=True)
    stop.set()
    reader.join()
    assert seen <= texts


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_permissions_of_the_umask(tmp_path, umask, mask, mode):
    umask(mask)
    write_file(tmp_path / "r.html", "x")
    assert stat.S_IMODE((tmp_path / "r.html").stat().st_mode) == mode


def test_a_replaced_file_keeps_its_permissions(tmp_path, umask):
    path = tmp_path / "r.html"
    path.touch()
    path.chmod(0o640)
    write_file(path, "x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("target", ["kept/real.html", "kept/absent.html", "kept", "link.html", "/dev/null"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_is_replaced_and_never_written_through(tmp_path, target, overwrite):
    """A link to a folder is refused like the folder; a link of the user's own to a device is followed."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "real.html").write_text("old")
    link = tmp_path / "link.html"
    link.symlink_to(target)
    if target == "kept":
        with pytest.raises(OutputError, match="this is a folder"):
            write_file(link, "new", overwrite=overwrite)
    else:
        write_file(link, "new", overwrite=overwrite)
    assert link.is_symlink() == (target in ("kept", "/dev/null"))
    assert link.is_symlink() or link.read_text() == "new"
    assert (tmp_path / "kept" / "real.html").read_text() == "old"
    assert names(tmp_path / "kept") == ["real.html"]
    assert names(tmp_path) == ["kept", "link.html"]


PAGE = '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
SARIF = '{\n "$schema": "https://x.example",\n "version": "2.1.0",\n "runs": [\n {\n "tool": {\n "driver": {\n "name":'
OURS = {
    "a page": f'{PAGE}<meta name="generator" content="reportgen 0.0.1">\n',
    "a diagnosis": '{\n  "schema": "reportgen/diagnosis/1",',
    "a journal": '{"schema":"reportgen/journal/1","id":"9f0c","run":{}}\n',
    "a mail": "X-Mailer: reportgen 0.0.1\nFrom: ada@example.org\n",
    "SARIF": f'{SARIF} "reportgen"',
    "an empty file": "",
}
THEIRS = {
    "notes": "what I found with reportgen",
    "another tool's page": f'{PAGE}<meta name="generator" content="pdoc 15">\n',
    "a page about reportgen": f"{PAGE}<title>reportgen 0.1.0</title>" + "x" * 20_000,
    "a mark far down": "x" * 20_000 + '<meta name="generator" content="reportgen 0.0.1">',
    "a mail that quotes ours": "From: ada@example.org\n\nX-Mailer: reportgen 0.0.1\n",
    "JSON": '{"name": "x", "schema": "reportgen/journal/1"}',
    "other test results": '<testsuites name="pytest tests">',
    "SARIF of another tool": f'{SARIF} "ruff"',
    "spaces": " ",
}


@pytest.mark.parametrize("text", OURS.values(), ids=OURS)
def test_a_file_that_reportgen_wrote_is_replaced(tmp_path, text):
    path = tmp_path / "r.html"
    path.write_text(text)
    write_file(path, "new")
    assert path.read_text() == "new"


@pytest.mark.parametrize("text", THEIRS.values(), ids=THEIRS)
def test_any_other_file_is_replaced_only_when_asked(tmp_path, text):
    path = tmp_path / "r.html"
    path.write_text(text)
    for act in (check_target, lambda path: write_file(path, "new")):
        with pytest.raises(OutputError, match=r"reportgen did not write this file.*--force.*overwrite=True"):
            act(path)
    assert path.read_text() == text
    assert check_target(path, overwrite=True) == path
    write_file(path, "new", overwrite=True)
    assert path.read_text() == "new"
    assert names(tmp_path) == ["r.html"]


@pytest.mark.parametrize("given", ["a/b/c/r.html", "~/sub/r.html", "~draft.html", "~/r.html"])
def test_missing_folders_are_created_and_the_home_folder_is_expanded(tmp_path, monkeypatch, given):
    home, here = tmp_path / "home", tmp_path / "here"
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    expected = Path(given.replace("~", str(home), 1)) if given.startswith("~/") else here / given
    assert check_target(given) == Path(os.path.realpath(expected))
    assert names(tmp_path) == ["here"]
    assert names(here) == []
    written = write_file(given, "x")
    assert written.resolve() == expected.resolve()
    assert expected.read_text() == "x"


def test_a_long_name_is_written(tmp_path):
    name = "r" * 250 + ".html"
    write_file(tmp_path / name, "x")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (".", "this is a folder"),
        ("new/", "this is a folder"),
        ("new/..", "this is a folder"),
        ("file/r.html", "file is not a folder"),
        ("file/new/r.html", "file is not a folder"),
        ("r" * 300, "the name is too long"),
        ("r" * 300 + "/r.html", "the name is too long"),
        ("loop/r.html", "leads through a loop of them"),
        ("loop/new/r.html", "leads through a loop of them"),
        ("a\0b", "is not a path"),
    ],
)
def test_a_failure_is_reported_in_one_line_and_leaves_no_file(tmp_path, name, said):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match=said) as caught:
        write_file(f"{tmp_path}/{name}", "x")
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, OSError)
    assert names(tmp_path) == ["file", "loop"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "The path is empty"),
        (3, r'path is "3" \(int\), not a path'),
        (None, r'path is "None" \(NoneType\), not a path'),
        ("new/", "new/: this is a folder"),
    ],
)
def test_what_names_no_file_is_refused(path, said):
    with pytest.raises(OutputError, match=said):
        write_file(path, "x")


def test_check_target_writes_nothing(tmp_path):
    assert check_target(tmp_path / "r.html") == tmp_path / "r.html"
    assert names(tmp_path) == []


def test_a_full_device_is_an_error():
    with pytest.raises(OutputError, match="/dev/full: the report was not written: the disk is full"):
        write_file("/dev/full", "x")


def test_the_null_device_is_not_replaced_by_a_file():
    write_file("/dev/null", "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_named_pipe_is_written_to(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    write_file(pipe, "x" * 200_000)
    reader.join(timeout=10)
    assert got == ["x" * 200_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_that_nobody_reads_is_an_error_after_a_while(tmp_path, monkeypatch):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    monkeypatch.setattr(files, "_READER_S", 0.2)
    with pytest.raises(OutputError, match="no program reads from this pipe"):
        write_file(pipe, "x")
    monkeypatch.setattr(files, "_READER_S", 10.0)
    reader = threading.Timer(0.3, lambda: got.append(pipe.read_text()))
    reader.start()
    write_file(pipe, "x" * 200_000)  # more than a pipe holds
    reader.join(timeout=10)
    assert got == ["x" * 200_000]


def run_python(code, *arguments, wrap=()):
    return subprocess.run(
        [*wrap, sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_dev_stdout_is_written_to_and_stays_a_link(tmp_path):
    code = "from reportgen.outputs.files import write_file; write_file('/dev/stdout', 'x' * 100_000)"
    done = run_python(code)
    assert (done.stdout, done.stderr) == ("x" * 100_000, "")
    with (tmp_path / "out").open("w") as stream:
        subprocess.run([sys.executable, "-c", code], stdout=stream, check=True, timeout=60)
    assert (tmp_path / "out").read_text() == "x" * 100_000
    assert Path("/dev/stdout").is_symlink()


def test_an_existing_device_or_pipe_is_opened_and_nothing_is_created_in_its_place(tmp_path):
    path = tmp_path / "r.html"
    path.write_text("theirs")
    with open(path, "wb", opener=files._existing_file):
        pass
    assert path.read_text() == "theirs"
    with pytest.raises(FileNotFoundError):
        open(tmp_path / "absent", "wb", opener=files._existing_file)  # noqa: SIM115
    assert names(tmp_path) == ["r.html"]


@pytest.mark.parametrize("mode", ["rb", "r+b", "a+b", "wb"])
def test_the_opener_for_regular_files_follows_no_link_and_waits_for_no_pipe(tmp_path, mode):
    (tmp_path / "real").write_text("kept")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "loose").symlink_to("absent")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "loose", "pipe"):
        with pytest.raises(OSError) as caught:  # noqa: PT011  # any kind is right
            open(tmp_path / name, mode, opener=regular_file)  # noqa: SIM115
        said = str(files.failure(name, caught.value, "journal"))
        assert said.startswith(f"{name}: the journal was not written: ")
        assert "\n" not in said
    assert (tmp_path / "real").read_text() == "kept"
    with open(tmp_path / "real", mode, opener=regular_file) as stream:
        assert mode == "wb" or stream.seek(0) or stream.read() == b"kept"
    assert names(tmp_path) == ["link", "loose", "pipe", "real"]


MOUNTED = """
import os, sys
from pathlib import Path
from reportgen import shared_files
from reportgen.errors import OutputError
from reportgen.outputs.files import check_target, write_file
folder, kind = Path(sys.argv[1]), sys.argv[2]
kept = folder / "r.html"
write_file(kept, "old report", overwrite=True)
if kind == "full":
    text = "x" * 1_000_000
elif kind == "busy":
    text = "x"
    assert os.system(f"mount --bind {kept} {kept}") == 0
else:
    text = "x"
    assert os.system(f"mount -o remount,ro {folder}") == 0
    try:
        check_target(kept, overwrite=True)
    except OutputError as error:
        print("checked:", error)
for name in ("r.html",) if kind == "busy" else ("r.html", "new.html"):
    try:
        write_file(folder / name, text, overwrite=True)
    except OutputError as error:
        print(error)
print(sorted(os.listdir(folder)), kept.read_text())
if kind == "full":  # the space of failed attempts is free again
    write_file(kept, "y" * 10_000, overwrite=True)
    print(len(kept.read_text()))
"""


def run_mounted(folder, kind):
    """Runs MOUNTED with a tiny file system at the folder that only this process sees."""
    done = run_python(MOUNTED, folder, kind, wrap=mounted_at(folder, "64k"))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_full_disk_leaves_the_old_report_and_nothing_else(tmp_path):
    first, second, left, freed = run_mounted(tmp_path, "full")
    assert first == f"{tmp_path}/r.html: the report was not written: the disk is full; free some space."
    assert second == f"{tmp_path}/new.html: the report was not written: the disk is full; free some space."
    assert left == "['r.html'] old report"
    assert freed == "10000"


def test_a_read_only_disk_leaves_the_old_report_and_nothing_else(tmp_path):
    checked, first, second, left = run_mounted(tmp_path, "read-only")
    assert checked.startswith("checked:")
    for line in (checked, first, second):
        assert "choose another folder" in line
    assert left == "['r.html'] old report"


def test_a_file_that_cannot_be_replaced_is_unchanged(tmp_path):
    """A single file mounted into a container fails in the last step, after the new file was written beside it."""
    said, left = run_mounted(tmp_path, "busy")
    assert said.startswith(f"{tmp_path}/r.html: the report was not written: ")
    assert left == "['r.html'] old report"


@pytest.mark.skipif(IS_ROOT, reason="root may write anywhere; the read-only disk tests the same")
def test_a_folder_without_write_permission_is_found_before_any_work(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="permission denied"):
        check_target(tmp_path / "r.html")
    tmp_path.chmod(0o700)


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_another_user_cannot_write_into_the_folder():
    """The same as an unprivileged user, in a process that drops its privileges."""
    code = """
    import os, sys
    from reportgen.errors import OutputError
    from reportgen.outputs.files import check_target, write_file
    os.setgid(65534)
    os.setuid(65534)
    for act in (check_target, lambda path: write_file(path, "x")):
        try:
            act(sys.argv[1])
        except OutputError as error:
            print(error)
    """
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders cannot be entered by another user
        folder = Path(name)
        folder.chmod(0o755)
        done = run_python(code, folder / "r.html")
        assert names(folder) == []
    expected = f"{folder}/r.html: permission denied; choose another folder or change its permissions."
    assert done.stdout.splitlines() == [expected, expected], done.stderr


PLANTED = """
import os, sys
from pathlib import Path
from reportgen import shared_files
from reportgen.errors import OutputError
from reportgen.outputs.files import write_file
folder, other = Path(sys.argv[1]), 65533
page = '<meta name="generator" content="reportgen 0.1.0">'
private = folder / "private"
private.mkdir(mode=0o700)
(private / "kept.html").write_text(page)
shared = folder / "shared"
shared.mkdir()
shared.chmod(0o1777)
def plant(name, target):
    (shared / name).symlink_to(target)
    os.lchown(shared / name, other, other)
plant("report.html", private / "kept.html")
plant("site", private)
plant("null.html", "/dev/null")
plant("loose.html", private / "new.html")
os.mkfifo(shared / "pipe.html")
os.chown(shared / "pipe.html", other, other)
(shared / "old.html").write_text(page)
(shared / "old.html").chmod(0o4777)
os.chown(shared / "old.html", other, other)
(shared / "own.html").write_text(page)
(shared / "own.html").chmod(0o4640)
(shared / "mine").symlink_to(private)
(folder / "chain").symlink_to("shared/../shared/site")
(folder / "longer").symlink_to(folder / "chain")
(folder / "fine").symlink_to("shared/mine")
for name in ("report.html", "loose.html", "site/r.html", "site/new/r.html", "null.html", "pipe.html", "old.html",
             "own.html", "mine/r.html", "../chain/r.html", "../longer/new/r.html", "../fine/s.html"):
    try:
        write_file(shared / name, "new")
        found = (shared / name).lstat()
        print(name, "written", found.st_uid, oct(found.st_mode))
    except OutputError as error:
        print(name, "refused", error)
print(sorted(os.listdir(private)), (private / "kept.html").read_text() == page)
"""


@pytest.mark.skipif(not IS_ROOT, reason="only root can create files of another user")
def test_nothing_that_another_user_plants_in_a_shared_folder_leads_a_report_elsewhere(umask):
    with tempfile.TemporaryDirectory() as folder:
        done = run_python(PLANTED, folder)
    assert done.stderr == ""
    *lines, private = done.stdout.splitlines()
    said = {line.split()[0]: line.partition(" ")[2] for line in lines}
    new = "written 0 0o100644"  # with the permissions of a new file, not those of the planted one
    assert {name: text for name, text in said.items() if text.startswith("written")} == {
        "report.html": new, "loose.html": new, "old.html": new, "own.html": "written 0 0o100640", "mine/r.html": new,
        "../fine/s.html": new,
    }  # fmt: skip
    for name in ("site/r.html", "site/new/r.html", "../chain/r.html", "../longer/new/r.html"):
        assert "site is a link that another user created in a shared folder. Choose another folder." in said[name]
    for name in ("null.html", "pipe.html"):
        assert said[name].endswith("this is a link or a pipe that belongs to another user. Choose another path.")
    assert private == "['kept.html', 'r.html', 's.html'] True"


OWN = '<meta name="generator" content="reportgen 0.1.0">'


def as_on_windows(monkeypatch, replace=os.replace):
    for module in (files, shared_files):
        monkeypatch.setattr(module, "IS_WINDOWS", True)
    monkeypatch.setattr(shared_files, "_PATIENCE_S", 0.1)
    monkeypatch.setattr(os, "replace", replace)


def test_on_windows_a_report_that_a_browser_has_open_is_replaced_a_little_later(tmp_path, monkeypatch):
    path, attempts, really = tmp_path / "r.html", [], os.replace
    write_file(path, OWN)

    def replace(source, target):
        attempts.append(target)
        if len(attempts) < 3:
            raise PermissionError(errno.EACCES, "Access is denied")
        really(source, target)

    as_on_windows(monkeypatch, replace)
    write_file(path, OWN + "new")
    assert path.read_text() == OWN + "new"
    assert len(attempts) == 3


def test_on_windows_a_file_that_stays_open_is_left_as_it_is_and_the_error_says_why(tmp_path, monkeypatch):
    path = tmp_path / "r.html"
    write_file(path, OWN)
    path.chmod(0o444)

    def replace(source, target):
        assert os.access(source, os.W_OK)  # otherwise Windows could not delete it either
        raise PermissionError(errno.EACCES, "Access is denied")

    as_on_windows(monkeypatch, replace)
    with pytest.raises(OutputError, match=r"r\.html: the report was not written: permission denied, or a program has"):
        write_file(path, OWN + "new")
    assert [each.name for each in tmp_path.iterdir()] == ["r.html"]
    assert path.read_text() == OWN


@pytest.mark.parametrize(
    ("name", "fault"),
    [("con.html", "con is the name of a device"), ("a:b.html", "a name has ':'"), ("aux/r.html", "aux is the name"),
     ("r.html.", "a name ends with"), ("x" * 90 + "/r.html", "")],
)  # fmt: skip
def test_on_windows_a_name_that_would_be_a_device_or_a_stream_is_refused(name, fault, tmp_path, monkeypatch):
    as_on_windows(monkeypatch)
    if fault:
        with pytest.raises(OutputError, match=fault):
            check_target(tmp_path / name)
    else:
        check_target(tmp_path / name)


def test_on_windows_a_path_that_is_too_long_is_named_as_such(tmp_path, monkeypatch):
    as_on_windows(monkeypatch)
    long = str(tmp_path / "x" / ("y" * 200) / ("z" * 50))
    error = FileNotFoundError(errno.ENOENT, "No such file or directory")
    assert "longer than 240 characters" in str(files.failure(long, error))
    assert "longer" not in str(files.failure("r.html", error))


def test_a_drive_that_does_not_exist_is_an_error(monkeypatch):
    monkeypatch.setattr(os.path, "lexists", lambda path: False)
    with pytest.raises(OutputError, match=r"there is no /\. Choose another path"):
        check_target("/x/y/r.html")


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("c.pdf", "report", "HTML, not as PDF. Pass c.html instead. To get a PDF, print the page from a browser."),
        (
            "a/c.PNG",
            "comparison",
            "Pass a/c.html instead. To get a PDF, print the page from a browser.",
        ),
        (
            "c.docx",
            "comparison",
            "not as DOCX. Pass c.html instead. To get a PDF, print the page from a browser.",
        ),
        (
            "c.json",
            "report",
            "c.html instead. For JSON, use the JSON output of reportgen check (in Python: to_dict()).",
        ),
        (
            "c.json",
            "comparison",
            "c.html instead. For JSON, use the JSON output of reportgen compare (in Python: to_dict()).",
        ),
        ("c.md", "report", "c.html instead. For Markdown, use reportgen summary (in Python: summary())."),
        ("c.md", "comparison", "c.html instead. For Markdown, use summary() in Python."),
        ("c.html.gz", "report", "HTML, not as GZ. Pass c.html instead."),
        ("m.html", "message", "a message, not as HTML. Pass m.eml instead."),
        ("m.pdf", "message", "a message, not as PDF. Pass m.eml instead."),
        ("site.html", "folder", "but a folder with several files is written. Pass a folder, such as site."),
        ("out.zip", "folder", "but a folder with several files is written. Pass a folder, such as out."),
    ],
)
def test_a_name_that_says_another_kind_of_file_is_refused(name, kind, said):
    with pytest.raises(OutputError) as caught:
        check_output_name(name, kind)
    assert str(caught.value).startswith(f"{name}: this is ")
    assert str(caught.value).endswith(said)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "report") for name in ("c.html", "c.HTM", "c", "lr0.01", "run.2026", "{run}.html", "/dev/stdout")),
        *((name, "message") for name in ("m.eml", "m.txt", "m")),
        *((name, "folder") for name in ("site", "site.2", "s3://bucket/site", "..", ".")),
    ],
)
def test_other_names_are_used_as_they_are(name, kind):
    check_output_name(name, kind)


def test_an_existing_folder_may_have_any_name(tmp_path):
    (tmp_path / "old.html").mkdir()
    check_output_name(tmp_path / "old.html", "folder")


def test_pages_and_messages_are_not_written_to_files_of_another_kind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = reportgen.build({"loss": [0.9, 0.5]})
    compared = reportgen.compare({"a": report.history, "b": {"loss": [0.9, 0.6]}})
    for save in (report.save, compared.save, reportgen.Recorder, reportgen.ReportCallback):
        with pytest.raises(OutputError, match=r"c\.pdf: this is written as HTML, not as PDF"):
            save("c.pdf")
        with pytest.raises(OutputError, match="not a path"):
            save(5)
    report.save("c.pdf.HTML", static=True)
    compared.save("c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "c.pdf.HTML"]
