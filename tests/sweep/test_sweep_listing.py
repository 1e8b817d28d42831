"""What a sweep finds at a URL, and the limits for servers that never stop listing."""

import re
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reportgen.errors import MissingExtraError, SourceError
from reportgen.sweep import listing
from reportgen.sweep.places import Site, find_runs


class _Server(BaseHTTPRequestHandler):
    """Lists folders: some normal, some without end."""

    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        try:
            if kind == "runs":
                names = {"/runs": ["a/", "b/"]}.get(self.path.rstrip("/"), ["history.csv", "other.csv"])
                self.wfile.write("".join(f'<a\n href="{name}">{name}</a>' for name in names).encode())
            elif kind == "deep":
                self.wfile.write(b'<a href="x/">x</a>')
            elif kind == "wide":
                depth = self.path.rstrip("/").count("/")
                names = [f"x{number}/" for number in range(5)] if depth < 4 else ["history.csv"]
                self.wfile.write("".join(f'<a href="{name}">x</a>' for name in names).encode())
            elif kind == "tags":
                self.wfile.write(b"<a " * 60_000 + b"<a" + b" " * 60_000)
            while kind in ("endless", "slow"):
                self.wfile.write(b"<a href='a'>" if kind == "slow" else b"x" * (1 << 20))
                time.sleep(0.05 if kind == "slow" else 0)
        except OSError:  # the client has had enough
            return

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@pytest.fixture(name="server")
def _server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_folders_of_a_web_server_are_searched(server: str) -> None:
    for pattern in ("runs/*/history.csv", "runs/**/history.csv", "runs/[ab]/hist*"):
        assert [run.path for run in find_runs([f"{server}/{pattern}"])] == ["a/history.csv", "b/history.csv"], pattern
    assert [run.path for run in find_runs([f"{server}/runs/a/history.csv"])] == ["history.csv"]


def test_a_server_that_never_stops_listing_is_one_error(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_MAX_PAGES", 60)
    began = time.monotonic()
    for pattern, said in {
        "endless/*": "a folder on a page of more than 16 MB, which is the limit",
        "deep/**/history.csv": "folders more than 32 deep, which is the limit",
        "wide/**/history.csv": "more than 60 folders, which is the limit",
        "tags/*": "no file or folder matches",
    }.items():
        with pytest.raises(SourceError, match=re.escape(f"{server}/{pattern}: ") + f".*{said}"):
            find_runs([f"{server}/{pattern}"])
    monkeypatch.setattr(listing, "_TOTAL_S", 1.0)
    with pytest.raises(SourceError, match=r"cannot be read within 1 s"):
        find_runs([f"{server}/slow/*"])
    monkeypatch.setattr(listing, "_MAX_MATCHES", 1)
    with pytest.raises(SourceError, match="more than 1 matches, which is the limit"):
        find_runs([f"{server}/runs/*/history.csv"])
    assert time.monotonic() - began < 20


def test_a_sweep_without_its_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    install = re.escape("Run: pip install 'keras-reportgen[sweep]'")
    with pytest.raises(MissingExtraError, match=f"^A sweep needs fsspec, which is not installed. {install}$"):
        Site.at(str(tmp_path)).read("index.html")
