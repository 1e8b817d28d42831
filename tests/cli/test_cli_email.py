"""The command that mails reports."""

import os
import re
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path
from unittest import mock

import command_line
import histories
import pytest
import trustme
from mail_check import check_mail
from mail_server import PASSWORD, USER, Mailbox, free_port, serve

import reportgen
from reportgen.cli import app

FROM_ENVIRONMENT = ("REPORTGEN_SMTP_URL", "REPORTGEN_SMTP_USER", "REPORTGEN_SMTP_PASSWORD", "REPORTGEN_MAIL_FROM")
CSV = "epoch,loss,val_loss\n" + "".join(f"{i},{0.9 / (i + 1)},{1.0 / (i + 1) + 0.1}\n" for i in range(12))


def run(*arguments, given=None, folder=None, **environment):
    """One real process: exit code, bytes of standard output, text of standard error."""
    clean = {name: value for name, value in os.environ.items() if name not in FROM_ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "email", *map(str, arguments)],
        input=None if given is None else given.encode(),
        capture_output=True,
        timeout=180,
        cwd=folder,
        env=clean | {name: str(value) for name, value in environment.items()},
    )
    return done.returncode, done.stdout, done.stderr.decode()


def call(*arguments, folder=".", **environment):
    """Like `run`, without the cost of a process."""
    with mock.patch.dict(os.environ):
        for name in FROM_ENVIRONMENT:
            os.environ.pop(name, None)
        done = command_line.call(
            "email", *arguments, cwd=folder, **{name: str(value) for name, value in environment.items()}
        )
    return done.returncode, done.stdout.encode(), done.stderr


def parse(raw):
    return message_from_bytes(raw, policy=policy.default)


def attached(message):
    return {
        part.get_filename(): part.get_payload(decode=True)
        for part in message.iter_attachments()
        if part.get_content_disposition() == "attachment"
    }


def assert_refused(done, *words):
    code, output, errors = done
    assert (code, output) == (2, b"")
    assert re.fullmatch(r"reportgen: [^\n]{20,}\n", errors), errors
    assert "error inside reportgen" not in errors
    for word in words:
        assert word in errors


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(CSV)
    return path


def test_a_message_file_is_written_with_the_static_report_in_it(tmp_path, log):
    code, output, errors = run(log, "--to", "Ada <ada@example.org>", "--eml", tmp_path / "out.eml", "--title", "A & b")
    assert (code, errors) == (0, "")
    raw = (tmp_path / "out.eml").read_bytes()
    message = parse(raw)
    headline = reportgen.diagnose(log).verdict_words.title
    subject, where = output.decode().splitlines()
    assert subject == message["Subject"] == f"A & b: {headline}"
    assert where == f"Message: {tmp_path / 'out.eml'} ({len(raw) / 1000:.1f} KB)"
    file = reportgen.build(log, title="A & b").save(tmp_path / "static.html", static=True)
    assert attached(message) == {"a-b-report.html": file.read_bytes()}
    assert headline in check_mail(message_from_bytes(raw, policy=policy.SMTP))


def test_a_message_reads_standard_input_and_goes_to_standard_output():
    code, output, errors = run("-", "--to", "ada@example.org", "--eml", "-", "--subject", "Größe", given=CSV)
    assert (code, errors) == (0, "")
    assert parse(output)["Subject"] == "Größe"


def test_several_sources_make_one_digest_with_distinct_names(tmp_path):
    for name, make in (("a", histories.healthy), ("b", histories.diverged_at_7)):
        (tmp_path / name).mkdir()
        reportgen.build(make()).save(tmp_path / name / "run.html")
    reportgen.build(histories.one_epoch(), title="Own title").save(tmp_path / "c.html")
    sources = ("a/run.html", "b/run.html", "c.html")
    code, output, _ = call(*sources, "--to", "ada@example.org", "--eml", "-", "--title", "Tonight", folder=tmp_path)
    message = parse(output)
    assert code == 0
    assert message["Subject"] == "Tonight: 1 of 3 runs diverged, failed to learn, are unstable or overfit."
    assert list(attached(message)) == [
        "1-b-run-html-report.html",
        "2-own-title-report.html",
        "3-a-run-html-report.html",
    ]
    plain = message.get_body(("plain",)).get_content()
    assert re.findall(r"^\d\. [^:]*", plain, re.MULTILINE) == ["1. b/run.html", "2. Own title", "3. a/run.html"]
    assert str(tmp_path) not in plain


def test_a_dry_run_shows_headers_and_sizes_and_sends_nothing(tmp_path, log):
    address = ("--to", "ada@example.org", "--to", "bob@bücher.example", "--from", "ci@example.org")
    mailbox = Mailbox()
    with serve(mailbox) as port:
        url = f"smtp://localhost:{port}"
        code, output, errors = call(
            log, *address, "--eml", tmp_path / "out.eml", "--send", "--dry-run", REPORTGEN_SMTP_URL=url
        )
    assert (code, errors) == (0, "")
    lines = output.decode().splitlines()
    assert lines[:2] == ["From: ci@example.org", "To: ada@example.org, bob@xn--bcher-kva.example"]
    assert lines[2].startswith(f"Subject: {tmp_path.name}: "), "the log has no title, and its folder has a name"
    for part in ("text/plain", "text/html", "image/png  chart-1.png", r"text/html  test-[a-z0-9-]+\.html", "as sent"):
        assert any(re.fullmatch(rf" *[\d.]+ K?B  {part}", line) for line in lines), part
    assert lines[-1] == f"Server: {url}"
    assert mailbox.messages == []
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


def test_without_a_sender_the_message_is_a_draft(log):
    code, output, _ = call(log, "--to", "ada@example.org", "--dry-run")
    assert code == 0
    assert output.decode().startswith("From: not set; the message is a draft\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--to", "ada@example.org"), "--eml FILE, --send or --dry-run"),
        (("--eml", "out.eml"), "--to"),
        (("--to", "ada", "--eml", "out.eml"), '"ada" is not an email address'),
        (("--to", "ada@example.org\r\nBcc: eve@example.org", "--eml", "out.eml"), "is not an email address"),
        (("--to", "ada@example.org", "--from", "x\ny <ci@example.org>", "--eml", "out.eml"), "is not an email address"),
        (("--to", "ada@example.org", "--eml", "log.csv"), "this is the log itself"),
        (("--to", "ada@example.org", "--eml", "log.csv/out.eml"), "log.csv is not a folder"),
        (("--to", "ada@example.org", "--eml", "/dev/full"), "the disk is full"),
        (("--to", "ada@example.org", "--send"), "REPORTGEN_SMTP_URL is not set"),
        (("--to", "ada@example.org", "--eml", "out.eml", "--lang", "xx"), "is not a report language"),
        (("--to", "ada@example.org", "--eml", "out.eml", "--baseline", "none.csv"), "none.csv"),
    ],
)
def test_an_error_is_reported_in_one_line_and_writes_nothing(tmp_path, log, arguments, words):
    assert_refused(call("log.csv", *arguments, folder=tmp_path), words)
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]
    assert log.read_text() == CSV


def test_a_sent_message_arrives(tmp_path, log):
    mailbox = Mailbox()
    with serve(mailbox) as port:
        code, output, errors = call(
            log,
            *("--to", "ada@example.org", "--to", "Bob <bob@example.org>", "--eml", tmp_path / "out.eml", "--send"),
            REPORTGEN_SMTP_URL=f"smtp://localhost:{port}",
            REPORTGEN_MAIL_FROM="CI <ci@example.org>",
        )
    assert (code, errors) == (0, "")
    assert output.decode().splitlines()[-1] == "Sent to ada@example.org, bob@example.org."
    assert mailbox.messages == [(tmp_path / "out.eml").read_bytes()]
    assert mailbox.envelopes == [("ci@example.org", ["ada@example.org", "bob@example.org"])]
    check_mail(message_from_bytes(mailbox.messages[0], policy=policy.SMTP))


def test_a_mail_is_sent_over_tls_with_a_password_from_the_environment(tmp_path, log):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    mailbox = Mailbox()
    with serve(mailbox, certificate=authority.issue_cert("localhost"), password=True) as port:
        server = {
            "REPORTGEN_SMTP_URL": f"starttls://localhost:{port}",
            "REPORTGEN_SMTP_USER": USER,
            "SSL_CERT_FILE": tmp_path / "authority.pem",
            "REPORTGEN_TRACEBACK": 1,
        }
        wanted = (log, "--to", "bob@example.org", "--send")
        code, output, errors = run(*wanted, **server, REPORTGEN_SMTP_PASSWORD=PASSWORD)
        assert (code, output, errors) == (0, b"Sent to bob@example.org.\n", "")
        assert mailbox.read()["From"] == USER
        refused = run(*wanted, **server, REPORTGEN_SMTP_PASSWORD="wr0ng-password")
    assert_refused(refused, "does not accept the user and password", "535")
    assert "wr0ng" not in refused[2]
    assert len(mailbox.messages) == 1


def test_a_refused_recipient_is_named_and_the_exit_code_is_2(log):
    mailbox = Mailbox(recipients={"eve@example.org": ("550 no such user",)})
    with serve(mailbox) as port:
        done = call(
            log,
            *("--to", "ada@example.org", "--to", "eve@example.org", "--from", "ci@example.org", "--send"),
            REPORTGEN_SMTP_URL=f"smtp://localhost:{port}",
        )
    assert_refused(done, "Mail to eve@example.org failed", "550 no such user", "It was sent to ada@example.org.")
    assert len(mailbox.messages) == 1


def test_an_unreachable_server_is_reported_in_one_line_and_the_file_is_kept(tmp_path, log):
    url = f"smtp://localhost:{free_port()}"
    code, output, errors = call(
        log,
        *("--to", "ada@example.org", "--from", "ci@example.org", "--eml", tmp_path / "out.eml", "--send"),
        REPORTGEN_SMTP_URL=url,
    )
    assert code == 2
    assert b"Message: " in output
    assert errors.startswith(f"reportgen: Mail to ada@example.org failed: {url} cannot be reached")
    assert parse((tmp_path / "out.eml").read_bytes())["To"] == "ada@example.org"


def test_a_sender_is_needed_to_send(log):
    done = call(log, "--to", "ada@example.org", "--send", REPORTGEN_SMTP_URL="smtp://localhost:1")
    assert_refused(done, "has no sender", "--from")


def test_a_large_message_causes_a_warning_on_standard_error(tmp_path):
    layers = tuple(
        reportgen.history.facts.Layer(f"a_layer_with_a_long_name_{n}", "Dense", "(None, 128)", 16512)
        for n in range(30_000)
    )
    history = reportgen.load({"loss": [2.0, 1.0]}).with_run(reportgen.RunFacts(layers=layers))
    reportgen.build(history).save(tmp_path / "large.html")
    code, _, errors = call(tmp_path / "large.html", "--to", "ada@example.org", "--eml", tmp_path / "out.eml")
    assert code == 0
    assert re.fullmatch(r"reportgen: warning: the message is \d\.\d MB; servers may refuse messages [^\n]*\n", errors)


def test_no_option_takes_a_secret():
    """Everybody on a machine can see the arguments of a process."""
    command = app.commands["email"]
    for option in command.params:
        assert not re.search(r"pass|user|secret|token|smtp|url", " ".join(option.opts))
        assert option.envvar is None


def test_the_readme_and_the_documents_name_every_variable():
    root = Path(__file__).resolve().parents[2]
    text = (root / "docs" / "email.md").read_text("utf-8")
    for name in FROM_ENVIRONMENT:
        assert f"`{name}`" in text


def test_runs_are_mailed_as_one_comparison(tmp_path):
    for number in range(4):
        level = 0.2 * (number > 1) + number / 100
        rows = "".join(f"{i},{0.9 / (i + 1) + level},{1 / (i + 1) + level}\n" for i in range(12))
        (tmp_path / f"{'ab'[number > 1]}_seed{number % 2}.csv").write_text("epoch,loss,val_loss\n" + rows)
    mailed = ("*.csv", "--compare", "--to", "ada@example.org", "--eml", "-")
    code, raw, said = call(*mailed, "--title", "Two settings", folder=tmp_path)
    assert (code, said) == (0, "")
    message = parse(raw)
    assert message["Subject"].startswith("Two settings: a ")
    assert list(attached(message)) == ["comparison.html"]
    chosen = ("--group", "ones=*1", "--group", "zeros=*0", "--names", "a 0,a 1,b 0,b 1", "--metric", "loss")
    code, raw, _ = call(*mailed, *chosen, folder=tmp_path)
    assert code == 0
    assert re.search("(ones|zeros) on val_loss", parse(raw)["Subject"])
    code, _, said = call("a_seed0.csv", "--metric", "loss", *mailed[2:], folder=tmp_path)
    assert code == 2
    assert "--group-by, --group, --names and --metric are for a comparison; add --compare" in said
    code, _, said = call(*mailed, "--baseline", "a_seed0.csv", folder=tmp_path)
    assert code == 2
    assert "--baseline is for reports and not for a comparison" in said
