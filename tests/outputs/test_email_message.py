"""The complete message: parts, sizes, attachments byte for byte, and headers that no title or subject can break."""

import getpass
import re
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path

import histories
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_check import check_mail

import reportgen
from reportgen import OutputError
from reportgen.history.facts import Layer, RunFacts
from reportgen.outputs.email import MailedReport, compose, parse_address, parse_recipients
from reportgen.outputs.email.message import ATTACHED_LIMIT, BODY_LIMIT, LARGE, MESSAGE_LIMIT, size_warning
from reportgen.page.words import TITLE_LIMIT
from reportgen.text import printable

TO = parse_recipients(["Ada <ada@example.org>", "bob@example.org"])
FROM = parse_address("CI <ci@example.org>")
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
REPORT = reportgen.build(histories.overfit_from_12(), title="Second try")


def run(report=REPORT, content=None):
    html = report.to_html(static=True).encode("utf-8") if content is None else content
    return MailedReport(report._page, report.diagnosis, html)


def made(runs=None, **options):
    return compose(runs or [run()], TO, **{"sender": FROM, "clock": lambda: NOON, "make_id": lambda: "0a1b", **options})


def reread(made_message):
    return message_from_bytes(made_message.as_bytes(), policy=policy.default)


def attachments(made_message):
    """Name and bytes of each attached report."""
    return {part.get_filename(): part.get_payload(decode=True) for part in reread(made_message).iter_attachments()
            if part.get_content_disposition() == "attachment"}  # fmt: skip


def test_the_parts_of_a_message():
    parsed = reread(made())
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/html",
    ]
    assert not [defect for part in parsed.walk() for defect in part.defects]
    headline = REPORT.diagnosis.verdict_words.title
    assert headline in parsed.get_body(("plain",)).get_content()
    assert headline in parsed.get_body(("html",)).get_content()
    alternatives = re.findall(r'<img[^>]* alt="([^"]+)"', parsed.get_body(("html",)).get_content())
    assert alternatives == [REPORT._page.charts[0].description]
    assert "Overfitting from epoch" in alternatives[0]


def test_the_headers_of_a_message():
    parsed = reread(made())
    assert str(parsed["From"]) == "CI <ci@example.org>"
    assert str(parsed["To"]) == "Ada <ada@example.org>, bob@example.org"
    assert parsed["Subject"] == f"Second try: {REPORT.diagnosis.verdict_words.title}"
    assert parsedate_to_datetime(parsed["Date"]) == NOON
    assert parsed["Message-ID"] == "<0a1b@example.org>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["MIME-Version"] == "1.0"
    assert made(subject="Mine")["Subject"] == "Mine"
    assert made(subject=" \n ")["Subject"] == parsed["Subject"]


def test_without_a_sender_it_is_a_draft():
    draft = made(sender=None)
    assert draft["From"] is None
    assert draft["X-Unsent"] == "1"
    assert draft["Auto-Submitted"] is None
    assert draft["Message-ID"] == "<0a1b@reportgen.invalid>"
    check_mail(draft)


def test_the_report_is_attached_byte_for_byte(tmp_path):
    file = REPORT.save(tmp_path / "r.html", static=True)
    attached = attachments(made())
    assert attached == {"second-try-report.html": file.read_bytes()}
    (tmp_path / "attached.html").write_bytes(attached["second-try-report.html"])
    assert reportgen.load(tmp_path / "attached.html") == REPORT.history


def test_the_same_input_produces_the_same_bytes_and_each_message_has_its_own_ids():
    assert made().as_bytes() == made().as_bytes()
    first, second = (REPORT.email("ada@example.org") for _ in range(2))
    assert first["Message-ID"] != second["Message-ID"]
    assert not set(re.findall(r"cid:[^\"]+", str(first))) & set(re.findall(r"cid:[^\"]+", str(second)))
    assert abs(parsedate_to_datetime(first["Date"]) - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_message_reveals_nothing_about_this_machine():
    mail = REPORT.email("ada@example.org", sender="ci@example.org")
    head = mail.as_bytes().decode("ascii").partition("\r\n\r\n")[0]
    texts = [head, *(mail.get_body((kind,)).get_content() for kind in ("plain", "html"))]
    for secret in (socket.gethostname(), getpass.getuser(), str(Path.cwd())):
        assert not any(re.search(rf"\b{re.escape(secret)}\b", text) for text in texts)


titles = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=80),
    st.text(
        st.sampled_from("ab é損\N{PILE OF POO}\t\r\n\0\x1b\u2028\u202e<>\"'&:;,@=?_/\\.."), min_size=1, max_size=80
    ),
    st.sampled_from(
        ["a\r\nBcc: eve@example.org", "../../etc/passwd", "x" * 5000, "損" * 500, "=?utf-8?q?x?=", "-", "con"]
    ),
)


@given(titles, st.one_of(st.none(), titles))
def test_no_title_and_no_subject_breaks_a_message(title, subject):
    shown = printable(title, TITLE_LIMIT)  # as on every page
    given_runs = [MailedReport(replace(REPORT._page, title=shown, charts=()), REPORT.diagnosis, b"<p>")]
    for message_ in (made(given_runs, subject=subject), made(given_runs * 2, subject=subject, title=title)):
        parsed = reread(message_)
        assert sorted(name.lower() for name in parsed) == [
            "auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to", "x-mailer",
        ]  # fmt: skip
        assert [address.addr_spec for address in parsed["To"].addresses] == ["ada@example.org", "bob@example.org"]
        assert len(parsed["Subject"]) <= 200
        assert printable(parsed["Subject"]) == parsed["Subject"]
        assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,80}\.html", name) for name in attachments(message_))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Second try", "second-try-report.html"),
        ("../../etc/passwd", "etc-passwd-report.html"),
        ("Nightly report", "nightly-report.html"),
        ("損失", "report.html"),
        ("con", "con-report.html"),
        ("x" * 500, "x" * 60 + "-report.html"),
    ],
)
def test_the_name_of_an_attachment(title, name):
    assert list(attachments(made([run(reportgen.build({"loss": [2.0, 1.0]}, title=title), b"<p>")]))) == [name]


def sized(title, size):
    return run(reportgen.build({"loss": [2.0, 1.0]}, title=title), b"x" * size)


def test_a_digest_attaches_the_reports_that_fit():
    half = ATTACHED_LIMIT * 55 // 100 * 3 // 4
    digest = made([sized("a", half), sized("b", half), sized("c", 1000)])
    assert list(attachments(digest)) == ["1-a-report.html", "3-c-report.html"]
    assert len(digest.as_bytes()) < LARGE
    assert size_warning(digest) == ""
    for part in ("plain", "html"):
        text = " ".join(digest.get_body((part,)).get_content().split())
        assert "One report is not attached because the message would be too large." in text
        assert "Not attached" in text


def test_the_attached_reports_of_a_digest_match_their_runs():
    reports = [reportgen.build(make(), title=make.__name__) for make in (histories.one_epoch, histories.not_learning)]
    assert attachments(reportgen.email_reports(reports, "ada@example.org")) == {
        "1-not-learning-report.html": reports[1].to_html(static=True).encode(),
        "2-one-epoch-report.html": reports[0].to_html(static=True).encode(),
    }


def with_layers(count):
    """A report that is large because the model has many layers."""
    layers = tuple(
        Layer(f"a_layer_with_a_long_name_{number}", "Dense", "(None, 128)", 16512) for number in range(count)
    )
    return reportgen.build(reportgen.load({"loss": [2.0, 1.0]}).with_run(RunFacts(layers=layers)))


def test_a_large_message_causes_a_warning():
    with pytest.warns(
        UserWarning, match=r"the message is \d\.\d MB; servers may refuse messages over 5.0 MB"
    ) as caught:
        large = with_layers(30_000).email("ada@example.org")
    assert caught[0].filename == __file__
    assert LARGE < len(large.as_bytes()) < MESSAGE_LIMIT
    check_mail(large)


def test_a_message_that_no_server_accepts_is_refused():
    with pytest.raises(OutputError, match=r"The message would be \d\d\.\d MB; mail servers accept at most 15.0 MB"):
        with_layers(75_000).email("ada@example.org")


def test_a_run_with_many_metrics_fits_and_says_what_it_leaves_out():
    row = ("val_metric_with_a_long_name_loss", "3.000", "1.000", "3", "1.000")
    values = replace(REPORT._page.values, rows=(row,) * 1000)
    crowded = MailedReport(replace(REPORT._page, values=values), REPORT.diagnosis, b"<p>x</p>")
    text = made([crowded]).get_body(("plain",)).get_content()
    assert len(text.encode()) <= BODY_LIMIT
    assert int(re.search(r"(\d+) more rows are in the attached report", text)[1]) + text.count(row[0][:3]) >= 1000


def test_a_digest_of_many_runs_fits():
    many = [MailedReport(replace(REPORT._page, title=f"Run {number}"), REPORT.diagnosis, b"x") for number in range(300)]
    digest = made(many)
    html = digest.get_body(("html",)).get_content()
    assert len(html.encode()) <= BODY_LIMIT
    assert re.search(r"\d+ more runs are not listed", html)
    assert len(attachments(digest)) == 300


def test_no_report_and_no_recipient_are_refused():
    with pytest.raises(OutputError, match="list of reports is empty"):
        reportgen.email_reports([], "ada@example.org")
    with pytest.raises(OutputError, match="no recipient"):
        REPORT.email([])
    with pytest.raises(OutputError, match="is not an email address"):
        REPORT.email("ada@example.org", sender="ada")


@pytest.mark.parametrize(
    ("environment", "sender"),
    [({"REPORTGEN_MAIL_FROM": "CI <ci@example.org>"}, "CI <ci@example.org>"), ({}, None)],
)
def test_the_default_sender_comes_from_the_environment(monkeypatch, environment, sender):
    for name in ("REPORTGEN_MAIL_FROM", "REPORTGEN_SMTP_USER", "REPORTGEN_SMTP_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert REPORT.email("ada@example.org")["From"] == sender
    assert REPORT.email("ada@example.org", sender="eve@example.org")["From"] == "eve@example.org"


@pytest.mark.parametrize("missing", ["css_inline", "PIL"])
def test_the_error_for_a_missing_extra_names_the_install_command(missing):
    code = f"""
import sys
sys.modules[{missing!r}] = None
import reportgen
report = reportgen.build({{"loss": [2.0, 1.0]}})
report.to_html()
try:
    report.email("ada@example.org")
except reportgen.MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert "pip install 'keras-reportgen[email]'" in done.stdout
