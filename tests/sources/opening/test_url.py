"""Logs behind URLs, from servers on this machine: a plain HTTP server, and moto's S3."""

import contextlib
import gzip
import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from logs import format_of, read_log, read_path

import reportgen
from reportgen.errors import MissingExtraError, SourceError
from reportgen.sources.opening import compressed, opened
from reportgen.sources.opening import url as opening_url

LOG = "epoch,loss,val_loss\n0,1.0,1.5\n1,0.5,0.75\n"
BOMB = gzip.compress(b"epoch,loss\n" * 100_000)
LIES = {
    "range": [("Content-Range", "bytes 0-5999999/6000000")],
    "endless": [],
    "huge": [("Content-Length", str(10**18))],
    "negative": [("Content-Length", "-1")],
    "nonsense": [("Content-Length", "9" * 5000)],
    "encoding": [("Content-Encoding", "gzip")],
}


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if self.path.startswith("/denied"):
            self.send_error(403)
        elif self.path.startswith("/broken"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"epoch,loss\n0,")
        elif self.path.startswith("/redirect"):
            self.send_response(302)
            self.send_header("Location", "/drip/" if self.path.endswith("drip") else self.path + "x")
            self.end_headers()
        elif self.path.startswith("/headers"):
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
            self.drip(b"X-Slow: x\r\n")
        elif self.path.startswith("/drip"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.drip(b"1")
        elif self.path.startswith("/silent"):
            self.server.released.wait(20)
        elif self.path.startswith("/encoded"):
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(gzip.compress(LOG.encode()))
        elif self.path.startswith("/lies"):
            self.lie(self.path.partition("/lies/")[2])
        else:
            super().do_GET()

    def lie(self, about: str) -> None:
        """Answers HEAD and ranges as if there were a file of 6 MB, and GET with bytes that never end."""
        ranged = self.headers.get("Range", "bytes=0-0") != "bytes=0-0"
        self.send_response(206 if ranged or about == "range" else 200)
        for header in LIES[about]:
            self.send_header(*header)
        if self.command == "HEAD":
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", "6000000")
            self.end_headers()
            return
        self.end_headers()
        piece = BOMB if about == "encoding" else b"epoch,loss\n" * 10_000
        with contextlib.suppress(OSError):
            while not self.server.released.is_set():
                self.wfile.write(piece)
                self.server.n_sent += len(piece)

    def drip(self, piece: bytes) -> None:
        with contextlib.suppress(OSError):
            while not self.server.released.wait(0.05):
                self.wfile.write(piece)
                self.wfile.flush()

    do_HEAD = do_GET  # noqa: N815  # so it is called by http.server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[http.server.ThreadingHTTPServer]:
    folder = tmp_path_factory.mktemp("www")
    (folder / "log.csv").write_text(LOG)
    (folder / "a::b.csv").write_text(LOG)
    (folder / "log.csv.gz").write_bytes(gzip.compress(LOG.encode()))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as running:
        running.released = threading.Event()
        running.n_sent = 0
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.released.set()
        running.shutdown()


@pytest.fixture
def server(running: http.server.ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{running.server_port}"


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "log.csv?key=value"])
def test_a_log_is_read_over_http(name: str, server: str) -> None:
    assert read_path(f"{server}/{name}") == read_log(LOG)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.csv", "there is no such file"),
        ("denied", "it cannot be read"),
        ("broken", "it cannot be read"),
    ],
)
def test_failed_downloads_are_reported_without_passwords(path: str, message: str, server: str) -> None:
    url = server.replace("http://", "http://me:secret@") + f"/{path}?token=secret"
    with pytest.raises(SourceError, match=message) as caught:
        read_path(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_silent_server_times_out(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_url, "_READ_S", 0.5)
    with pytest.raises(SourceError, match="it cannot be read"):
        read_path(f"{server}/silent")


@pytest.mark.parametrize("path", ["silent", "drip", "headers", "redirect/drip", "redirect/"])
@pytest.mark.parametrize("role", ["source", "baseline"])
def test_a_slow_server_cannot_keep_a_reader_waiting(
    path: str, role: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_url, "_TOTAL_S", 0.7)
    start = time.monotonic()
    slow = f"{server}/{path}"
    arguments = {"source": slow} if role == "source" else {"source": {"loss": [1.0, 0.5]}, "baseline": slow}
    with pytest.raises(SourceError, match=r"it cannot be read"):
        reportgen.build(**arguments)
    assert time.monotonic() - start < 15


@pytest.mark.parametrize("about", LIES)
def test_an_endless_answer_is_read_only_up_to_the_limit(
    about: str, server: str, running: http.server.ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "MAX_BYTES", 5_000_000)
    monkeypatch.setattr(compressed, "ALWAYS_BYTES", 5_000_000)
    monkeypatch.setattr(opening_url, "_TOTAL_S", 5)
    before = running.n_sent
    with pytest.raises(SourceError, match=r"which is the limit|data expands from|it cannot be read \("):
        read_path(f"{server}/lies/{about}")
    assert running.n_sent - before < 30_000_000  # with what is on its way in buffers


def test_an_encoding_of_http_is_undone_within_the_limits_of_compressed_files(server: str) -> None:
    assert read_path(f"{server}/encoded") == read_log(LOG)


def test_a_url_in_a_url_is_refused(server: str) -> None:
    with pytest.raises(SourceError, match="this URL is a chain of several"):
        read_path(f"zip://log.csv::{server}/lies/range")


def test_two_colons_in_an_address_do_not_make_a_chain(server: str) -> None:
    assert read_path(f"{server}/a::b.csv") == read_log(LOG)


def test_a_file_system_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import fsspec

    released = threading.Event()

    class Slow(fsspec.AbstractFileSystem):
        protocol = "slow"

        def isdir(self, path):
            return released.wait(20)

    fsspec.register_implementation("slow", Slow, clobber=True)
    monkeypatch.setattr(opening_url, "_TOTAL_S", 0.3)
    with pytest.raises(SourceError, match=r"cannot be read within 0\.3 s"):
        read_path("slow://bucket/log.csv")
    released.set()


def test_a_missing_server_and_an_unknown_scheme_are_refused() -> None:
    with pytest.raises(SourceError, match="it cannot be read"):
        read_path("http://127.0.0.1:9/log.csv")
    with pytest.raises(SourceError, match="nonsense://x: it cannot be read"):
        read_path("nonsense://x")


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    patch = pytest.MonkeyPatch()
    for name, value in {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1",
                        "AWS_ENDPOINT_URL": endpoint}.items():  # fmt: skip
        patch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="runs")
    files = {"log.csv": LOG, "live/plots/metrics/train/loss.tsv": "step\tloss\n0\t1.0\n1\t0.5\n",
             "live/plots/metrics/val/loss.tsv": "step\tloss\n0\t1.5\n1\t0.75\n"}  # fmt: skip
    for key, text in files.items():
        client.put_object(Bucket="runs", Key=key, Body=text.encode())
    client.put_object(Bucket="runs", Key="log.csv.gz", Body=gzip.compress(LOG.encode()))
    yield "s3://runs"
    patch.undo()
    server.stop()


def test_files_in_s3_are_read(bucket: str) -> None:
    assert read_path(f"{bucket}/log.csv") == read_log(LOG)
    assert read_path(f"{bucket}/log.csv.gz") == read_log(LOG)


def test_a_folder_in_s3_is_read(bucket: str) -> None:
    assert format_of(f"{bucket}/live") == "dvclive"
    assert read_path(f"{bucket}/live").frame.equals(read_log(LOG).frame)


def test_missing_files_in_s3_are_refused(bucket: str) -> None:
    for url in (f"{bucket}/missing.csv", "s3://no-such-bucket/log.csv"):
        with pytest.raises(SourceError, match=r"there is no such file|it cannot be read"):
            read_path(url)


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    assert read_path(f"file://{tmp_path}/log.csv") == read_log(LOG)
    with pytest.raises(SourceError, match="this is a device"):
        read_path("file:///dev/zero")


@pytest.mark.parametrize(
    ("missing", "url", "extra"),
    [("fsspec", "https://x/log.csv", "http"), ("fsspec", "s3://x/log.csv", "s3"), ("s3fs", "s3://x/log.csv", "s3"),
     ("gcsfs", "gs://x/log.csv", "gs"), ("aiohttp", "https://x/log.csv", "http")],
)  # fmt: skip
def test_a_missing_package_names_its_install_command(missing: str, url: str, extra: str) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
import reportgen
try:
    reportgen.load({url!r})
except reportgen.MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip().endswith(f"Run: pip install 'keras-reportgen[{extra}]'"), done.stdout
    assert issubclass(MissingExtraError, ImportError)
