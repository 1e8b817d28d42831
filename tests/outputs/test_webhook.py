"""Messages to webhooks, against a local server that answers as services document it."""

import json
import pickle
import socket
import ssl
import threading
import time
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import histories
import pytest
import trustme
from command_line import call
from judged_runs import judged, pipeline

import reportgen
from reportgen.errors import OutputError, SettingsError
from reportgen.gate import GateRules
from reportgen.history.facts import RunFacts
from reportgen.languages import ENGLISH
from reportgen.outputs.webhook import Webhook, send_message, webhook_at, webhook_from
from reportgen.outputs.webhook_messages import announce_run, announce_step, message_data

SECRET = "T0000-s3cret"
FAST = {"total_s": 3.0, "try_s": 0.4, "waits_s": (0.01, 0.01, 0.01)}


class Service:
    """What a server was sent; ``answers`` are (status, headers, seconds to wait) to give first, then 200."""

    def __init__(self, *answers):
        self.answers, self.bodies, self.paths, self.times = list(answers), [], [], []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                service.times.append(time.monotonic())
                service.paths.append(self.path)
                service.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Content-Type"] == "application/json"
                status, headers, pause = service.answers.pop(0) if service.answers else (200, {}, 0)
                time.sleep(pause)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_GET = do_POST  # noqa: N815  # names of the standard library

        self.handler = Handler

    @property
    def documents(self):
        return [json.loads(body) for body in self.bodies]


@contextmanager
def serving(service, context=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), service.handler)
    server.handle_error = lambda *args: None  # of clients that give up
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        scheme = "http" if context is None else "https"
        yield f"{scheme}://localhost:{server.server_port}/services/{SECRET}"
    finally:
        server.shutdown()
        server.server_close()


def refused(url, **options):
    with pytest.raises(OutputError) as caught:
        send_message(Webhook(url), b"{}", **(FAST | options))
    said = str(caught.value)
    assert SECRET not in said
    assert "localhost" not in said
    assert "\n" not in said
    assert caught.value.__cause__ is None
    return said


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "slack"),
        ("https://discord.com/api/webhooks/1/x/slack", "slack"),
        ("https://prod-23.westeurope.logic.azure.com:443/workflows/0a/triggers/manual/paths/invoke?sig=x", "teams"),
        ("https://default0a.01.environment.api.powerplatform.com/powerautomate/automations/direct?sig=x", "teams"),
        ("https://hooks.slack.com.example.org/services/T0", "json"),
        ("https://example.org/hook", "json"),
        ("http://127.0.0.1:8065/hooks/x", "json"),
        ("http://[::1]:8065/hooks/x", "json"),
    ],
)
def test_the_form_follows_from_the_address_unless_one_is_set(address: str, form: str) -> None:
    assert webhook_at(address, {}) == webhook_from({"REPORTGEN_WEBHOOK_URL": f" {address}\n"}) == Webhook(address, form)
    assert webhook_at(address, {"REPORTGEN_WEBHOOK_FORM": "Slack"}).form == "slack"
    assert webhook_at(address, {"REPORTGEN_WEBHOOK_FORM": "pigeon"}).form == form
    assert address not in repr(webhook_at(address, {}))


@pytest.mark.parametrize(
    "address",
    [
        f"http://example.org/{SECRET}",
        f"http://localhost.example.org/{SECRET}",
        f"http://10.0.0.1/{SECRET}",
        f"ftp://localhost/{SECRET}",
        f"file:///{SECRET}",
        f"https:///{SECRET}",
        f"https://user:{SECRET}@example.org/",
        f"https://example.org:{SECRET}/",
        f"https://example.org/{SECRET}\nX-Header: 1",
        f"https://example.org/a {SECRET}",
        f"https://exämple.org/{SECRET}",
        f"https://[{SECRET}/",
        SECRET,
        f"https://example.org/{SECRET}" + "x" * 5_000,
    ],
)
def test_an_address_that_is_not_safe_is_refused_and_never_repeated(address: str) -> None:
    with pytest.raises(OutputError, match="REPORTGEN_WEBHOOK_URL is not the address") as of_environment:
        webhook_from({"REPORTGEN_WEBHOOK_URL": address})
    with pytest.raises(SettingsError, match="notify is not the address") as of_argument:
        reportgen.Recorder("r.html", notify=address)
    for caught in (of_environment, of_argument):
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_message_is_sent_once() -> None:
    service = Service()
    with serving(service) as url:
        send_message(Webhook(url), b'{"a": 1}', **FAST)
    assert (service.documents, service.paths) == ([{"a": 1}], [f"/services/{SECRET}"])


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_service_is_asked_again(status: int) -> None:
    service = Service(*[(status, {}, 0)] * 3)
    with serving(service) as url:
        send_message(Webhook(url), b"{}", **FAST)
        assert len(service.bodies) == 4
        service.answers[:] = [(status, {}, 0)] * 9
        assert f"answered {status}." in refused(url)
    assert len(service.bodies) == 8


@pytest.mark.parametrize("is_date", [False, True])
def test_retry_after_is_respected_unless_it_is_too_long(is_date: bool) -> None:
    def after(seconds: int) -> dict[str, str]:
        until = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + is_date), usegmt=True)
        return {"Retry-After": until if is_date else str(seconds)}

    service = Service((429, after(1), 0), (200, {}, 0), (429, after(60), 0))
    with serving(service) as url:
        send_message(Webhook(url), b"{}", **FAST)
        first, second = service.times
        assert second - first >= 0.9
        assert "answered 429." in refused(url)
    assert len(service.bodies) == 3


@pytest.mark.parametrize("text", ["soon", "-1", "9" * 30, "Sat, 99 Foo", "²"])
def test_a_retry_after_that_cannot_be_read_is_ignored(text: str) -> None:
    service = Service((429, {"Retry-After": text.encode("ascii", "replace").decode()}, 0))
    with serving(service) as url:
        send_message(Webhook(url), b"{}", **FAST)
    assert len(service.bodies) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_a_refusal_is_not_repeated(status: int) -> None:
    service = Service((status, {}, 0))
    with serving(service) as url:
        assert f"answered {status}." in refused(url)
    assert len(service.bodies) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    other = Service()
    with serving(other) as elsewhere:
        service = Service((status, {"Location": elsewhere}, 0))
        with serving(service) as url:
            assert f"answered {status}, a redirect, which is not followed." in refused(url)
    assert (len(service.bodies), other.bodies) == (1, [])


def test_a_service_that_does_not_answer_is_asked_again_and_then_given_up() -> None:
    service = Service((200, {}, 0.8))
    with serving(service) as url:
        send_message(Webhook(url), b"{}", **FAST)
        assert len(service.bodies) == 2
        service.answers[:] = [(200, {}, 0.8)] * 9
        begun = time.monotonic()
        assert "did not answer" in refused(url, total_s=0.7)
        assert time.monotonic() - begun < 2


def test_a_service_that_answers_byte_by_byte_does_not_exceed_the_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                for _ in range(60):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        begun = time.monotonic()
        refused(f"http://localhost:{server.getsockname()[1]}/{SECRET}", total_s=0.5)
        assert time.monotonic() - begun < 2


def test_a_service_that_is_not_there_is_one_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "cannot be reached (ConnectionRefusedError)" in refused(f"http://localhost:{port}/{SECRET}")


def test_a_certificate_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    service = Service()
    with serving(service, context) as url:
        assert "certificate of the service is not trusted" in refused(url)
        assert service.bodies == []
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        send_message(Webhook(url), b"{}", **FAST)
    assert len(service.bodies) == 1


def test_a_message_at_exit_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late:  # as threads of Python 3.12 are at exit
        def __init__(self, **options):
            pass

        def start(self):
            raise RuntimeError("can't create new thread at interpreter shutdown")

    asked = []
    monkeypatch.setattr("reportgen.outputs.webhook.threading", SimpleNamespace(Thread=Late))
    monkeypatch.setattr("reportgen.outputs.webhook._attempt", lambda *given: asked.append(given))
    send_message(Webhook("https://example.org"), b"{}", **FAST)
    assert len(asked) == 1


HOSTILE = '<!channel> <https://e.example|x> *b* [l](https://e.example) **b** @here & "q"'


def hostile_run():
    columns = {"loss": [0.9, 0.5, 0.4, 0.3], "val_loss": [0.9, 0.6, 0.5, 0.4]}
    return judged(
        reportgen.build(columns, title=HOSTILE).history, histories.healthy(), GateRules(("overfitting", "diverged"))
    )


def texts_of(value):
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_of(item)]
    return [text for item in value for text in texts_of(item)] if isinstance(value, list) else [value]


def test_a_message_for_slack_has_no_control_characters_outside_plain_text() -> None:
    message = json.loads(message_data(announce_run(hostile_run(), link="https://ci.example/1?a=1&b=2"), "slack"))
    assert set(message) == {"text", "blocks"}
    assert message["text"].startswith("&lt;!channel&gt; &lt;https://e.example|x&gt; *b* ")
    assert "&amp;" in message["text"]
    header, section, link = message["blocks"]
    assert (header["type"], header["text"]["type"], section["text"]["type"]) == ("header", "plain_text", "plain_text")
    assert header["text"]["text"].startswith("<!channel>")
    assert len(header["text"]["text"]) <= 150
    assert link["text"] == {"type": "mrkdwn", "text": "<https://ci.example/1?a=1&amp;b=2|The report>"}


def test_a_message_for_teams_is_a_card_without_markdown() -> None:
    message = json.loads(message_data(announce_run(hostile_run(), link="https://ci.example/1"), "teams"))
    (attachment,) = message["attachments"]
    assert (message["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "The report", "url": "https://ci.example/1"}]


def test_a_message_in_json_is_what_check_prints_with_title_and_headline() -> None:
    run = hostile_run()
    message = json.loads(message_data(announce_run(run), "json"))
    assert message.items() >= json.loads(run.to_json()).items()
    assert message["title"] == HOSTILE
    assert message["headline"].endswith(run.diagnosis.verdict_words.title)
    assert "link" not in message


@pytest.mark.parametrize("make", histories.ALL)
def test_every_run_fits_into_a_message(make) -> None:
    announcement = announce_run(judged(make(), histories.healthy(), GateRules(("overfitting", "not-learning"))))
    slack = json.loads(message_data(announcement, "slack"))
    assert all(len(block["text"]["text"]) <= 3_000 for block in slack["blocks"])
    assert len(message_data(announcement, "teams")) < 28_000
    assert all(text.isascii() for text in [message_data(announcement, form) for form in ("slack", "teams", "json")])


def test_a_message_about_several_runs_names_those_that_failed_first_and_has_all_as_data() -> None:
    runs = pipeline(*[histories.healthy()] * 30, histories.overfit_from_12(), errors=["gone.csv"])
    announcement = announce_step(runs, ENGLISH, link="https://ci.example/1")
    assert announcement.heading == "Training runs: 2 of 32 failed"
    assert announcement.lines[0] == "gone.csv: gone.csv: no such file"
    assert announcement.lines[1].startswith("run-31: The model overfits")
    assert announcement.lines[-1] == "20 more are in the summary."
    document = json.loads(message_data(announcement, "json"))
    assert (document["headline"], document["link"]) == (announcement.heading, announcement.link)
    assert [run["name"] for run in document["runs"]] == [run.name for run in runs]
    assert document["runs"][-1] == {"name": "gone.csv", "error": "gone.csv: no such file"}
    assert len(message_data(announcement, "teams")) < 28_000


def train(path, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with reportgen.Recorder(path, title="Night", verbose=0, **options) as run:
            for epoch in range(3):
                run.log(epoch=epoch, loss=1 / (epoch + 1))
    return run, [str(warning.message) for warning in caught]


def test_a_recorder_sends_one_message_when_the_training_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    service = Service()
    with serving(service) as url:
        run, said = train(tmp_path / "a.html", notify=url)
        monkeypatch.setenv("REPORTGEN_WEBHOOK_URL", url)
        monkeypatch.setenv("REPORTGEN_WEBHOOK_FORM", "slack")
        _, more = train(tmp_path / "b.html", notify=True)
        train(tmp_path / "c.html", notify=False)
        assert said + more == []
    first, second = service.documents
    assert first["headline"] == f"Night: {run.report.diagnosis.verdict_words.title}"
    assert first["verdict"]["code"] == run.report.verdict
    assert second["text"] == first["headline"]
    for path in tmp_path.iterdir():  # reports and journals
        assert SECRET not in path.read_text("utf-8")
    assert SECRET not in str(capfd.readouterr()) + repr(run) + str(run.report.to_dict())


def test_an_interrupted_training_is_reported_as_such(tmp_path: Path) -> None:
    service = Service()

    def fail(url: str) -> None:
        with reportgen.Recorder(tmp_path / "r.html", verbose=0, notify=url) as run:
            run.log(epoch=1, loss=1.0)
            run.log(epoch=2, loss=0.5)
            raise ZeroDivisionError

    with serving(service) as url, pytest.raises(ZeroDivisionError):
        fail(url)
    (document,) = service.documents
    assert "interrupted" in {finding["code"] for finding in document["findings"]}


@pytest.mark.parametrize("failure", ["unset", "nonsense", "refused"])
def test_a_failure_is_one_warning_and_the_report_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    service = Service((404, {}, 0))
    with serving(service) as url:
        monkeypatch.delenv("REPORTGEN_WEBHOOK_URL", raising=False)
        if failure != "unset":
            monkeypatch.setenv("REPORTGEN_WEBHOOK_URL", url if failure == "refused" else f"gopher:{SECRET}")
        run, said = train(tmp_path / "r.html", notify=True)
    (warning,) = said
    assert warning.startswith("reportgen could not send the message to the webhook: no message was sent: ")
    assert SECRET not in warning
    assert reportgen.load(tmp_path / "r.html") == run.report.history


def test_a_copy_of_a_recorder_sends_messages_as_well(tmp_path: Path) -> None:
    service = Service()
    with serving(service) as url:
        recorder = reportgen.Recorder(tmp_path / "r.html", verbose=0, notify=url)
        for run in (recorder, pickle.loads(pickle.dumps(recorder))):
            with run:
                run.log(loss=1.0)
    assert len(service.bodies) == 2


@pytest.mark.parametrize("command", ["build", "check", "ci"])
def test_a_command_sends_a_message_and_a_failure_does_not_change_the_exit_code(tmp_path: Path, command: str) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]}))
    service = Service((200, {}, 0), (403, {}, 0))
    with serving(service) as url:
        environment = {"REPORTGEN_WEBHOOK_URL": url}
        sent = call(command, "run.json", "--webhook", cwd=tmp_path, **environment)
        failed = call(command, "run.json", "--webhook", cwd=tmp_path, **environment)
    unset = call(command, "run.json", "--webhook", cwd=tmp_path, REPORTGEN_WEBHOOK_URL="")
    assert (sent.returncode, sent.stderr) == (failed.returncode, "") == (unset.returncode, "") == (0, "")
    assert "Message: sent\n" in sent.stdout
    assert failed.stderr.count("\n") == unset.stderr.count("\n") == 1
    assert "answered 403" in failed.stderr
    assert "REPORTGEN_WEBHOOK_URL is not set" in unset.stderr
    assert service.documents[0]["verdict"] == reportgen.diagnose(tmp_path / "run.json").to_dict()["verdict"]
    for done in (sent, failed, unset):
        assert SECRET not in done.stdout + done.stderr


def test_check_prints_only_json_with_json_and_sends_broken_rules(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]}))
    service = Service()
    with serving(service) as url:
        environment = {"REPORTGEN_WEBHOOK_URL": url, "REPORTGEN_WEBHOOK_FORM": "slack"}
        arguments = ("run.json", "--json", "--webhook", "--require", "val_loss<=0.1")
        done = call("check", *arguments, cwd=tmp_path, **environment)
    assert done.returncode == 1
    assert json.loads(done.stdout)["gate"]["passed"] is False
    (message,) = service.documents
    assert "0.1 or less is required" in message["blocks"][1]["text"]["text"]


def test_a_title_from_the_log_is_cut_and_printable() -> None:
    history = histories.healthy()
    announcement = announce_run(judged(history.with_run(RunFacts(title="a\nb\x1b[31m" * 90))))
    assert len(announcement.heading) <= 150
    assert announcement.heading.isprintable()
    for form in ("slack", "teams"):
        assert "\x1b" not in "".join(map(str, texts_of(json.loads(message_data(announcement, form)))))
