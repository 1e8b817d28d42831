"""Sweeps in real processes: Dask workers, kills, Ctrl-C, S3."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import deadly_runs
import html_check
import psutil
import pytest
from processes import start_interruptible

import reportgen
from reportgen.sweep import cluster
from reportgen.sweep.ledger import NAME
from reportgen.sweep.places import FoundRun, Site
from reportgen.sweep.task import SweepOptions

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)<|script> 'x' \"y\" & ü 語 \u202e"


def make_runs(folder: Path, n: int, epochs: int = 20) -> list[Path]:
    """Writes logs of different runs."""
    made = []
    for number in range(n):
        path = folder / f"group{number % 3}" / f"run{number // 3:04d}" / "history.csv"
        path.parent.mkdir(parents=True)
        rows = [f"{e},{1 / (e + 1 + number / n)},{0.1 + 1 / (e + 1 + number / n)}" for e in range(epochs)]
        path.write_text("\n".join(["epoch,loss,val_loss", *rows]) + "\n", "utf-8")
        made.append(path)
    return made


def begin(folder: Path, *more: str) -> subprocess.Popen[str]:
    """Starts a sweep in its own session, like a terminal."""
    given = more if more and "://" in more[0] else ("runs/**/history.csv", "-o", "site", *more)
    command = [sys.executable, "-m", "reportgen", "sweep", *given]
    root = str(Path(reportgen.__file__).parents[1])
    return start_interruptible(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": root},
    )  # fmt: skip


def run(folder: Path, *more: str) -> tuple[int, str, str]:
    process = begin(folder, *more)
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def rows_of(folder: Path) -> list[dict[str, object]]:
    file = folder / "site" / NAME
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def wait_for_rows(folder: Path, n: int, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 300
    while len(rows_of(folder)) < n:
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)


def check_site(folder: Path, n: int) -> str:
    """Checks that every link of the index leads to a complete report; returns the index."""
    site = folder / "site"
    text = (site / "index.html").read_text("utf-8")
    links = re.findall(r'<tr>\s+<th scope="row"[^>]*><a href="([^"]+)"', text)
    assert len(set(links)) == len(links) == n
    for link in links:
        html_check.check_html((site / link).read_text("utf-8"))
    assert not [path for path in site.rglob("*") if path.suffix == ".html" and path.stat().st_size == 0]
    return text


def children(pid: int) -> list[int]:
    """All descendants of a process, read from /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        below = [child for child, above in parents.items() if above == parent]
        found += below
        waiting += below
    return found


def workers_of(pid: int) -> Iterator[int]:
    for child in children(pid):
        try:
            command = Path(f"/proc/{child}/cmdline").read_text()
        except OSError:
            continue
        if "spawn_main" in command:
            yield child


def test_a_sweep_reports_on_all_runs_then_only_on_changed_ones(tmp_path: Path) -> None:
    runs = make_runs(tmp_path / "runs", 8)
    bad = tmp_path / "runs" / HOSTILE / "history.csv"
    bad.parent.mkdir()
    bad.write_text("nothing\n", "utf-8")
    code, out, err = run(tmp_path)
    assert code == 2, err
    assert "Runs: 9 (8 made, 0 up to date, 1 without a report)" in out
    assert str(tmp_path) not in err
    assert "|script> 'x'" in err.splitlines()[-1]
    assert "Traceback" not in err
    text = check_site(tmp_path, 8)
    assert "<script>alert" not in text
    (comparison,) = set(re.findall(r'href="(comparisons/[^"]+)"', text))
    page = (tmp_path / "site" / comparison).read_text("utf-8")
    html_check.check_html(re.sub(r'href="\.\./[^"]+"', 'href="#runs"', page))
    links = set(re.findall(r'href="\.\./(reports/[^"]+)"', page))
    assert len(links) == 8
    assert all((tmp_path / "site" / link).is_file() for link in links)
    made_at = (tmp_path / "site" / comparison).stat().st_mtime_ns
    assert reportgen.load(tmp_path / "site" / re.findall(r'href="(reports/[^"]+)"', text)[0]).keys
    bad.unlink()
    runs[0].write_text(runs[0].read_text("utf-8") + "20,0.01,0.1\n", "utf-8")
    code, out, err = run(tmp_path, "--workers", "1")
    assert (code, err.count("Traceback")) == (0, 0)
    assert "Runs: 8 (1 made, 7 up to date, 0 without a report)" in out
    assert (tmp_path / "site" / comparison).stat().st_mtime_ns > made_at, "one of its runs changed"


def test_ctrl_c_leaves_reports_and_an_index_and_the_next_sweep_resumes(tmp_path: Path) -> None:
    make_runs(tmp_path / "runs", 200)
    process = begin(tmp_path)
    wait_for_rows(tmp_path, 8, process)
    os.killpg(process.pid, signal.SIGINT)  # to every process of the sweep, like a terminal
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert "not reached" in out
    assert "Traceback" not in err
    n = len({row["path"] for row in rows_of(tmp_path)})
    assert 8 <= n < 200
    assert f"{200 - n} runs are missing" in check_site(tmp_path, n)
    for path in sorted((tmp_path / "runs").rglob("history.csv"))[40:]:
        path.unlink()  # enough to show that it resumes
    code, out, err = run(tmp_path)
    assert code == 0, err
    found = re.search(r"Runs: 40 \((\d+) made, (\d+) up to date, 0 without a report\)", out)
    assert found is not None
    assert int(found[2]) > 0
    check_site(tmp_path, 40)


def test_ctrl_c_while_workers_start_or_end_is_quiet(tmp_path: Path) -> None:
    make_runs(tmp_path / "runs", 8)
    process = begin(tmp_path, "--workers", "2")
    while not list(workers_of(process.pid)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    for _ in range(3):  # first while workers load modules, then while they end
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.3)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "Exception" not in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "nonsense"), '"nonsense" is not a format'),
        (("--templates", "nowhere"), "is not a folder"),
        (("--baseline", "nowhere"), "The baseline cannot be read"),
        (("-o", "-"), "a folder or a URL is needed"),
    ],
)
def test_an_invalid_option_causes_a_single_error(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    make_runs(tmp_path / "runs", 1)
    code, _, err = run(tmp_path, *options)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "site").exists()


def test_a_killed_worker_loses_no_result(tmp_path: Path) -> None:
    make_runs(tmp_path / "runs", 60)
    process = begin(tmp_path, "--workers", "2")
    wait_for_rows(tmp_path, 2, process)
    victims = list(workers_of(process.pid))
    assert len(victims) == 2
    os.kill(victims[0], signal.SIGKILL)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    assert "Runs: 60 (60 made, 0 up to date, 0 without a report)" in out
    check_site(tmp_path, 60)


def test_a_killed_sweep_can_be_resumed(tmp_path: Path) -> None:
    make_runs(tmp_path / "runs", 60)
    process = begin(tmp_path)
    wait_for_rows(tmp_path, 4, process)
    group = process.pid
    os.killpg(group, signal.SIGKILL)
    process.communicate()
    n = len({row["path"] for row in rows_of(tmp_path)})
    code, out, err = run(tmp_path)
    assert code == 0, err
    assert f"{n} up to date" in out
    check_site(tmp_path, 60)


def test_a_run_that_kills_its_workers_does_not_affect_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "run_task", partial(cluster.run_task, handle=deadly_runs.WORKER_HANDLE))
    runs = [FoundRun(f"run{number}", "", "") for number in range(20)]
    with cluster.open_cluster(None, 2) as client:
        tasks = [runs[at : at + 4] for at in range(0, 20, 4)]
        done = [
            result for results in cluster.map_tasks(client, tasks, SweepOptions(), Site(""), 60) for result in results
        ]
    (failed,) = (result for result in done if result is not None)
    assert len(done) == 20
    assert failed.path == "run7"
    assert failed.error.startswith("Its worker died at each attempt")


def test_a_run_over_the_time_limit_fails_and_the_others_are_reported_on(tmp_path: Path) -> None:
    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            with contextlib.suppress(OSError):
                for letter in b"epoch,loss\n" + b"1" * 989:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.5)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    make_runs(tmp_path / "runs", 3)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/history.csv"
    given = [url, "runs/**/history.csv", "-o", "site", "--time-limit", "15"]
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "sweep", *given], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env=os.environ | {"PYTHONPATH": str(Path(reportgen.__file__).parents[1])},
    )  # fmt: skip
    server.shutdown()
    server.server_close()
    assert done.returncode == 2, done.stderr
    assert "Runs: 4 (3 made, 0 up to date, 1 without a report)" in done.stdout
    assert done.stderr.splitlines()[-1] == (
        f"reportgen: {url}: It took longer than 15 seconds. Raise --time-limit, or run reportgen build on it alone."
    )
    check_site(tmp_path, 3)


def listening_ports() -> set[int]:
    """The TCP ports at which this process and its descendants accept connections."""
    return {
        connection.laddr.port
        for process in (psutil.Process(), *psutil.Process().children(recursive=True))
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def test_only_the_sweep_itself_can_connect_to_its_processes() -> None:
    from distributed import Client, Security

    before = listening_ports()  # of servers that other tests have started in this process
    with cluster.open_cluster(None, 1) as client:
        assert client.submit(sum, [1, 2]).result() == 3
        address, known = client.scheduler.address, set(client.scheduler_info()["workers"])
        (worker,) = known
        ports = listening_ports() - before
        assert len(ports) >= 3  # scheduler, worker and the process that restarts it
        for port in ports:
            with socket.create_connection(("127.0.0.1", port), 10) as plain:
                plain.settimeout(0.3)  # Dask without TLS speaks first
                with pytest.raises(TimeoutError):
                    plain.recv(1)
            with pytest.raises(OSError, match=r"404|reset|closed|timed out|refused") as refused:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                    f"http://127.0.0.1:{port}/health", timeout=1
                )
            if isinstance(refused.value, urllib.error.HTTPError):
                refused.value.close()
        for place in (address, worker):
            with pytest.raises((OSError, TypeError)):
                Client(place.replace("tls://", "tcp://"), timeout=1)
        with pytest.raises(OSError, match=r"TLS certificate does not match|handshake|connect"):
            Client(address, security=Security.temporary(), timeout=1)  # credentials of another sweep
        folder = Path(client.run(lambda dask_worker: dask_worker.local_directory)[worker])
        assert any((above.stat().st_uid, above.stat().st_mode & 0o077) == (os.getuid(), 0) for above in folder.parents)


def test_an_existing_scheduler_is_used_over_tls_and_left_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client, LocalCluster, Security

    make_runs(tmp_path / "runs", 6)
    made = Security.temporary()
    for part, text in (("CA_FILE", made.tls_ca_file), ("CLIENT__CERT", made.tls_client_cert),
                       ("CLIENT__KEY", made.tls_client_key)):  # fmt: skip
        (tmp_path / part).write_text(text, "utf-8")
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", security=made) as there:
        code, _, err = run(tmp_path, "--scheduler", there.scheduler_address)
        assert code == 2
        assert "Traceback" not in err
        assert "needs a TLS certificate" in err
        for part in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY"):
            monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{part}", str(tmp_path / part))
        code, _, err = run(tmp_path, "--scheduler", there.scheduler_address)
        assert code == 0, err
        with Client(there.scheduler_address, security=made) as client:
            assert client.submit(sum, [1, 2]).result() == 3
    check_site(tmp_path, 6)


def test_a_sweep_reads_from_s3_and_writes_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1",
                        "AWS_ENDPOINT_URL": f"http://{host}:{port}"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="bucket")
    for path in make_runs(tmp_path / "runs", 4):
        client.put_object(Bucket="bucket", Key=path.relative_to(tmp_path).as_posix(), Body=path.read_bytes())
    places = ("s3://bucket/runs/*/*/history.csv", "-o", "s3://bucket/site", "--workers", "2")
    code, out, err = run(tmp_path, *places)
    assert code == 0, err
    assert "Runs: 4 (4 made, 0 up to date, 0 without a report)" in out
    keys = [item["Key"] for item in client.list_objects_v2(Bucket="bucket", Prefix="site/")["Contents"]]
    assert {"site/index.html", f"site/{NAME}"} < set(keys)
    report = next(key for key in keys if "/reports/" in key)
    html_check.check_html(client.get_object(Bucket="bucket", Key=report)["Body"].read().decode())
    code, out, err = run(tmp_path, *places)
    assert "Runs: 4 (0 made, 4 up to date, 0 without a report)" in out, err
    server.stop()


def test_a_missing_scheduler_causes_one_error(tmp_path: Path) -> None:
    make_runs(tmp_path / "runs", 1)
    code, _, err = run(tmp_path, "--scheduler", "tcp://127.0.0.1:9")
    assert code == 2
    assert "no Dask scheduler answers" in err
    assert "Traceback" not in err


def test_groups_that_fit_no_run_are_an_error_and_other_groups_make_no_report_again(tmp_path: Path) -> None:
    make_runs(tmp_path / "runs", 6)
    code, out, err = run(tmp_path, "--group-by", "optimiser")
    assert (code, out.startswith("Runs: 6 (6 made")) == (2, True)
    assert err.startswith('reportgen: No run has a setting "optimiser" to group by;')
    assert err.endswith("The index was written without these groups.\n")
    check_site(tmp_path, 6)
    code, out, err = run(tmp_path, "--group", "first=group0*", "--group", "others=group[12]*")
    assert (code, out.startswith("Runs: 6 (0 made, 6 up to date"), err) == (0, True, "")
    text = check_site(tmp_path, 6)
    (comparison,) = set(re.findall(r'href="(comparisons/[^"]+)"', text))
    for page in (text, (tmp_path / "site" / comparison).read_text("utf-8")):
        assert "The groups are those that you chose." in page
        assert ">others<" in page
