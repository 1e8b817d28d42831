"""The only network connection of a browser under test: a server on loopback that records every request.

It serves reports, in one folder for each header that other software adds to them, and is also the proxy of each
browser: requests of a page, or of the browser itself, to any other host are recorded and answered with an error.
"""

import http.server
import threading
from pathlib import Path
from typing import Any

HEADERS = {
    "plain": None,
    "jenkins": "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';",
    "gitea": "sandbox allow-scripts",
}


class Loopback:
    """Serves one folder of reports.

    Attributes:
        asked: Every address requested since this list was last cleared.
        port: The port it listens on, on 127.0.0.1.
    """

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                header, name = self.path.split("/")[-2:]
                page = folder / name
                if header not in HEADERS or not page.is_file():
                    self.send_error(502)
                    return
                body = page.read_bytes()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                if policy := HEADERS[header]:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body)

            def do_CONNECT(self) -> None:
                asked.append(self.path)
                self.send_error(502)

            def do_POST(self) -> None:
                self.do_CONNECT()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.port = self._server.server_port

    def url(self, name: str, header: str = "plain") -> str:
        """The address of a report, served with a header."""
        return f"http://127.0.0.1:{self.port}/{header}/{name}.html"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
