"""Files are written in one step, on real file systems: full, read-only, devices, pipes.

Permissions do not stop root, so the read-only and the full disk are real mounts, in a mount namespace
(``unshare --mount``) that only a subprocess sees.
"""

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

from reportgen.errors import OutputError
from reportgen.outputs.files import check_target, write_file


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
        write_file(path, "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["r.html"]


def test_readers_see_a_complete_file_at_every_moment(tmp_path):
    path, texts, seen = tmp_path / "r.html", {"a" * 300_000, "b" * 300_000}, set()
    write_file(path, min(texts))
    stop = threading.Event()

    def look():
        while not stop.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(10):
        for text in texts:
            write_file(path, text)
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


def test_a_symbolic_link_is_kept_and_its_file_replaced(tmp_path):
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept" / "real.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to(target)
    write_file(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert names(tmp_path / "kept") == ["real.html"]


def test_writing_to_a_broken_link_creates_its_target(tmp_path):
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "later.html")
    write_file(link, "new")
    assert (tmp_path / "later.html").read_text() == "new"
    assert link.is_symlink()


def test_a_long_name_is_written(tmp_path):
    name = "r" * 250 + ".html"
    write_file(tmp_path / name, "x")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing/r.html", "does not exist"),
        (".", "this is a folder"),
        ("file/r.html", "does not exist"),
        ("r" * 300, "the name is too long"),
        ("loop", "symbolic link"),
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


def test_an_empty_path_is_refused():
    with pytest.raises(OutputError, match="empty path"):
        write_file("", "x")


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


def run_python(code, *arguments, wrap=()):
    return subprocess.run(
        [*wrap, sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_dev_stdout_on_a_pipe_is_written_to():
    done = run_python("from reportgen.outputs.files import write_file; write_file('/dev/stdout', 'x' * 100_000)")
    assert (done.stdout, done.stderr) == ("x" * 100_000, "")


MOUNTED = """
import os, sys
from pathlib import Path
from reportgen.errors import OutputError
from reportgen.outputs.files import check_target, write_file
folder, kind = Path(sys.argv[1]), sys.argv[2]
kept = folder / "r.html"
write_file(kept, "old report")
if kind == "full":
    text = "x" * 1_000_000
elif kind == "busy":
    text = "x"
    assert os.system(f"mount --bind {kept} {kept}") == 0
else:
    text = "x"
    assert os.system(f"mount -o remount,ro {folder}") == 0
    try:
        check_target(kept)
    except OutputError as error:
        print("checked:", error)
for name in ("r.html",) if kind == "busy" else ("r.html", "new.html"):
    try:
        write_file(folder / name, text)
    except OutputError as error:
        print(error)
print(sorted(os.listdir(folder)), kept.read_text())
if kind == "full":  # the space of failed attempts is free again
    write_file(kept, "y" * 10_000)
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


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; the read-only disk tests the same")
def test_a_folder_without_write_permission_is_found_before_any_work(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="permission denied"):
        check_target(tmp_path / "r.html")
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
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
