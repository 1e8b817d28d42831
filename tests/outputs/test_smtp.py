"""Sends to a real server on loopback: TLS, passwords, temporary, permanent and partial refusals, silence."""

import time
import traceback
import tracemalloc
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
import trustme
from mail_server import PASSWORD, USER, Mailbox, forward, free_port, serve, talk

from reportgen.errors import OutputError
from reportgen.outputs import smtp, smtp_session
from reportgen.outputs.email.addresses import POLICY
from reportgen.outputs.smtp import Server, default_sender, send, server_from

# A warning of aiosmtpd, in tests where the connection itself is encrypted or where missing encryption must be refused.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

QUICK = {"timeout_s": 5.0, "waits_s": (0.01, 0.02, 0.03)}
ENCODED = "s3cret%2Fpass%23word"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("localhost", "127.0.0.2")


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """Makes the tests' certificate authority trusted."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def mail(*recipients: str, text: str = "Hello\n.\n..\nFrom here\n") -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = Address("Ada", "ada", "example.org")
    message["To"] = [Address("", *address.split("@")) for address in recipients or ("bob@example.org",)]
    message["Subject"] = "Größe"
    message.set_content(text)
    return message


def failure(*arguments, **options) -> str:
    with pytest.raises(OutputError) as caught:
        send(*arguments, **{**QUICK, **options})
    assert "\n" not in str(caught.value)
    assert caught.value.__context__ is None  # a chained exception could show secrets
    return str(caught.value)


def test_a_message_arrives_byte_for_byte():
    mailbox, message = Mailbox(), mail("bob@example.org", "eve@example.org")
    with serve(mailbox) as port:
        send(message, Server("smtp", "localhost", port), **QUICK)
    assert mailbox.messages == [message.as_bytes()]
    assert mailbox.envelopes == [("ada@example.org", ["bob@example.org", "eve@example.org"])]
    assert mailbox.read()["Subject"] == "Größe"
    assert mailbox.read().get_content().replace("\r\n", "\n") == "Hello\n.\n..\nFrom here\n"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("scheme", "tls"), [("smtps", True), ("starttls", False)])
def test_a_message_is_sent_over_tls_with_a_password(certificate, scheme, tls):
    mailbox = Mailbox()
    with serve(mailbox, certificate=certificate, tls=tls, password=True) as port:
        send(mail(), Server(scheme, "localhost", port, USER, PASSWORD), **QUICK)
    assert mailbox.encrypted == [True]
    assert mailbox.logins == [USER]
    assert len(mailbox.messages) == 1


@pytest.mark.usefixtures("trusted")
def test_smtp_switches_to_tls_if_another_machine_offers_it(certificate):
    mailbox = Mailbox()
    with serve(mailbox, certificate=certificate, host="127.0.0.2") as port:
        send(mail(), Server("smtp", "127.0.0.2", port), **QUICK)
    assert mailbox.encrypted == [True]


def test_an_unencrypted_password_is_sent_to_this_machine_only():
    for host in ("127.0.0.1", "127.0.0.2"):
        mailbox = Mailbox()
        with serve(mailbox, password=True, host=host) as port:
            server = Server("smtp", host, port, USER, PASSWORD)
            if host == "127.0.0.1":
                send(mail(), server, **QUICK)
                assert len(mailbox.messages) == 1
            else:
                assert "a password is never sent unencrypted" in failure(mail(), server)
                assert mailbox.logins == []


def test_starttls_requires_tls():
    mailbox = Mailbox()
    with serve(mailbox) as port:
        assert "STARTTLS" in failure(mail(), Server("starttls", "localhost", port))
    assert mailbox.sessions == 0


@pytest.mark.parametrize(("scheme", "tls"), [("smtps", True), ("starttls", False)])
def test_an_untrusted_certificate_is_not_tried_again(certificate, scheme, tls):
    mailbox = Mailbox()
    with serve(mailbox, certificate=certificate, tls=tls) as port:
        said = failure(mail(), Server(scheme, "localhost", port), waits_s=(60.0,))
    assert "certificate that is not trusted" in said
    assert "SSL_CERT_FILE" in said
    assert mailbox.sessions == 0


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_not_trusted(authority):
    mailbox = Mailbox()
    with serve(mailbox, certificate=authority.issue_cert("mail.example.org"), tls=True) as port:
        said = failure(mail(), Server("smtps", "localhost", port))
    assert "Hostname mismatch" in said


def test_a_port_without_tls_suggests_starttls():
    with serve(Mailbox()) as port:
        assert "try starttls:// instead of smtps://" in failure(mail(), Server("smtps", "localhost", port))


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_not_tried_again_and_never_shown(certificate):
    mailbox, wrong = Mailbox(), "wr0ng/password"
    with serve(mailbox, certificate=certificate, password=True) as port:
        server = Server("starttls", "localhost", port, USER, wrong)
        with pytest.raises(OutputError) as caught:
            send(mail(), server, timeout_s=5, waits_s=(60.0,))
    assert mailbox.logins
    assert set(mailbox.logins) == {USER}
    assert mailbox.sessions == 0
    assert "does not accept the user and password" in str(caught.value)
    assert "535" in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value)) + repr(server) + repr(caught.value) + str(server)
    assert wrong not in shown
    assert USER not in shown


def test_a_password_repeated_by_the_server_is_not_quoted():
    secret = "hunter22"
    answers = (
        b"220 here",
        b"250-here\r\n250 AUTH PLAIN",
        b"535 no such password: hunter22 (AGFkYUBleGFtcGxlLm9yZwBodW50ZXIyMg==)",
    )
    with talk(*answers) as port:
        said = failure(mail(), Server("smtp", "127.0.0.1", port, USER, secret))
    assert "535 no such password: *** (***)" in said


@pytest.mark.parametrize("where", ["sender_answers", "data_answers", "recipients"])
def test_a_temporary_refusal_is_tried_again(where):
    answers = ("451 try again later", "450 not yet", "250 OK")
    mailbox = Mailbox(**{where: {"bob@example.org": answers} if where == "recipients" else answers})
    with serve(mailbox) as port:
        send(mail(), Server("smtp", "localhost", port), **QUICK)
    assert len(mailbox.messages) == 1
    assert mailbox.sessions == 3


def test_the_pauses_between_tries_grow():
    mailbox = Mailbox(data_answers=("451 try again later",))
    with serve(mailbox) as port:
        begin = time.monotonic()
        failure(mail(), Server("smtp", "localhost", port), waits_s=(0.1, 0.3))
    assert time.monotonic() - begin >= 0.4
    assert tuple(sorted(smtp.WAITS_S)) == smtp.WAITS_S


def test_a_refusal_at_every_try_quotes_the_server():
    mailbox = Mailbox(data_answers=("451 greylisted,  come\tback",))
    with serve(mailbox) as port:
        said = failure(mail(), Server("smtp", "localhost", port))
    assert said == (
        f"Mail to bob@example.org failed: smtp://localhost:{port} does not accept the message "
        "(451 greylisted, come back), 4 times; try later."
    )
    assert mailbox.sessions == 4
    assert mailbox.messages == []


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("sender_answers", "does not accept mail from this sender (550 no)"),
        ("data_answers", "does not accept the message (550 no)"),
        ("recipients", "does not accept mail for this address (550 no)"),
    ],
)
def test_a_permanent_refusal_is_not_tried_again(where, words):
    mailbox = Mailbox(**{where: {"bob@example.org": ("550 no",)} if where == "recipients" else ("550 no",)})
    with serve(mailbox) as port:
        said = failure(mail(), Server("smtp", "localhost", port), waits_s=(60.0,))
    assert words in said
    assert mailbox.sessions == 1


def test_refused_recipients_are_named_and_the_others_get_the_message():
    mailbox = Mailbox(recipients={"eve@example.org": ("550 no such user",)})
    with serve(mailbox) as port:
        said = failure(mail("bob@example.org", "eve@example.org", "kim@example.org"), Server("smtp", "localhost", port))
    assert said.startswith("Mail to eve@example.org failed: ")
    assert "550 no such user" in said
    assert said.endswith("It was sent to bob@example.org, kim@example.org.")
    assert mailbox.envelopes == [("ada@example.org", ["bob@example.org", "kim@example.org"])]


def test_only_recipients_without_the_message_are_tried_again():
    mailbox = Mailbox(recipients={"eve@example.org": ("450 busy", "250 OK")})
    with serve(mailbox) as port:
        send(mail("bob@example.org", "eve@example.org"), Server("smtp", "localhost", port), **QUICK)
    assert [recipients for _, recipients in mailbox.envelopes] == [["bob@example.org"], ["eve@example.org"]]


def test_a_closed_port_is_an_error_at_once():
    said = failure(mail(), Server("smtp", "127.0.0.1", free_port()), waits_s=(60.0,))
    assert "cannot be reached (Connection refused)" in said
    assert "REPORTGEN_SMTP_URL" in said


def test_an_unknown_host_is_an_error_at_once():
    assert "cannot be reached" in failure(mail(), Server("smtp", "mail.invalid", 25), waits_s=(60.0,))


@pytest.mark.parametrize("lines", [(), (b"220 here",), (b"220 here", b"250 here")])
def test_a_server_that_stops_replying_is_an_error_after_the_timeout(lines):
    with talk(*lines, hang=True) as port:
        begin = time.monotonic()
        said = failure(mail(), Server("smtp", "127.0.0.1", port), timeout_s=0.3, waits_s=(60.0,))
        assert time.monotonic() - begin < 5
    assert "did not reply within 0.3 s" in said


@pytest.mark.parametrize("lines", [(), (b"220 here",), (b"220 here", *[b"250 fine"] * 3), (b"220 here", b"250-here")])
@pytest.mark.parametrize("endless", [b"2", b"250-more\r\n"])
def test_a_server_that_never_ends_a_reply_is_an_error_after_the_timeout(lines, endless):
    """Though it sends a byte, or a line of a reply, long before each wait for data would end."""
    with talk(*lines, then=endless, every_s=0.05) as port:
        begin = time.monotonic()
        said = failure(mail(), Server("smtp", "127.0.0.1", port), timeout_s=0.5, waits_s=(60.0,))
        assert time.monotonic() - begin < 3
    assert "did not reply within 0.5 s" in said


@pytest.mark.parametrize("endless", [b"2" * 100_000, b"250-more\r\n" * 10_000, b"-" * 100_000])
@pytest.mark.parametrize(
    "lines", [(), (b"220 here",), (b"220 here", b"250-here"), (b"220 here", b"250 here", b"250 fine")]
)
def test_an_endless_reply_fills_no_memory(lines, endless):
    with talk(*lines, then=endless) as port:
        tracemalloc.start()
        said = failure(mail(), Server("smtp", "127.0.0.1", port), timeout_s=20.0, waits_s=(60.0,))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert "sent a reply of more than 64 KB" in said
    assert most < 3_000_000


def test_all_steps_and_tries_together_have_a_time_limit():
    recipients = [f"bob{number}@example.org" for number in range(50)]
    answers = [b"220 here", b"250 here", *[b"250 fine"] * 60]
    with talk(*answers, delay_s=0.2) as port:
        begin = time.monotonic()
        said = failure(mail(*recipients), Server("smtp", "127.0.0.1", port), timeout_s=0.5, total_s=1.5)
        assert time.monotonic() - begin < 4
    assert "took too long for all its steps together" in said
    with talk(b"421 busy") as port:
        begin = time.monotonic()
        said = failure(mail(), Server("smtp", "127.0.0.1", port), total_s=1.0, waits_s=(0.1, 0.2, 60.0))
        assert time.monotonic() - begin < 4
    assert "(421 busy), 3 times; try later." in said


def test_the_time_to_send_a_message_depends_on_its_length(monkeypatch):
    """A large message is sent whole, and a server that stops reading in the middle is left after that time."""
    mailbox, text = Mailbox(), "x" * 60 + "\n"
    with serve(mailbox) as port:
        send(mail(text=text * 50_000), Server("smtp", "localhost", port), timeout_s=5.0)
    assert len(mailbox.messages) == 1
    with talk(b"220 here", b"250 here", b"250 fine", b"250 fine", b"354 go on", hang=True) as port:
        begin = time.monotonic()
        monkeypatch.setattr(smtp_session, "_SLOWEST", 10_000_000)
        said = failure(mail(text=text * 200_000), Server("smtp", "127.0.0.1", port), timeout_s=0.3, waits_s=(60.0,))
        assert 1.2 < time.monotonic() - begin < 15
    assert "may or may not arrive; it was not sent again" in said


@pytest.mark.parametrize(
    "lines",
    [
        (b"\xff\xfe\x00",),
        (b"",),
        (b"220",),
        (b"220 here", b"\xff\xff\xff"),
        (b"220 here", b"250-here\r\n250 AUTH CRAM-MD5", b"334 =====!"),
        (b"220 here", b"250-here\r\n250 AUTH CRAM-MD5", b"334 \xff\xff"),
        (b"220 here", b"250-here\r\n250 AUTH CRAM-MD5", b"334 //79", b"334 x", b"334 x", b"334 x"),
        (b"220 here", b"250-here\r\n250 AUTH LOGIN", b"334 \xc3", *[b"334 \xc3"] * 9),
        (b"220 here", b"250-here\r\n250 AUTH \xff PLAIN", b"999 \x1b[2J##vso[x]"),
        (b"220 here", b"250-here\r\n250 STARTTLS\xff", b"-1 x", b"+20 x", b"354 x", b"354 x"),
        (b"220 here", b"250-here\r\n250-SIZE \xb2\r\n250 SIZE x", b"250 fine", b"250 fine", b"299 no"),
    ],
)
def test_nothing_that_a_server_says_escapes_as_another_error(lines):
    for user in (("", ""), (USER, PASSWORD)):
        with talk(*lines) as port:
            said = failure(mail(), Server("smtp", "127.0.0.1", port, *user), timeout_s=1.0, waits_s=(0.01,))
        assert said.startswith("Mail to bob@example.org failed: smtp://127.0.0.1:")
        assert PASSWORD not in said
        assert said.replace("\N{REPLACEMENT CHARACTER}", "").isprintable() or "\u200b" in said


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".org", "\udc80", "ä" * 70, "a b", "*"])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_an_invalid_host_name_is_an_error(host, scheme):
    said = failure(mail(), Server(scheme, host, 25), waits_s=(60.0,))
    assert "REPORTGEN_SMTP_URL" in said


@pytest.mark.parametrize("n_answers", [1, 2, 3, 4])
def test_a_session_that_ends_before_the_server_asks_for_the_message_is_tried_again(n_answers):
    answers = [b"220 here", b"250 here", b"250 fine", b"250 fine"][:n_answers]
    with talk(*answers) as port:
        said = failure(mail(), Server("smtp", "127.0.0.1", port))
    assert "closed the connection, 4 times; try later" in said


@pytest.mark.usefixtures("trusted")
def test_what_is_received_before_the_switch_to_tls_is_forgotten(certificate):
    mailbox = Mailbox()
    with serve(mailbox, certificate=certificate) as port, forward(port, b"220 ", b"550 planted\r\n" * 3) as planted:
        send(mail(), Server("starttls", "localhost", planted), **QUICK)
    assert mailbox.encrypted == [True]


def test_a_server_that_hangs_up_is_tried_again():
    with talk(b"220 here") as port:
        said = failure(mail(), Server("smtp", "127.0.0.1", port))
    assert "closed the connection, 4 times" in said


def test_a_busy_server_is_tried_again():
    with talk(b"421 too many connections") as port:
        assert "(421 too many connections), 4 times" in failure(mail(), Server("smtp", "127.0.0.1", port))


@pytest.mark.parametrize("hang", [True, False])
def test_a_message_without_a_reply_is_not_sent_twice(hang):
    with talk(b"220 here", b"250 here", b"250 sender", b"250 recipient", b"354 go on", hang=hang) as port:
        said = failure(mail(), Server("smtp", "127.0.0.1", port), timeout_s=0.3, waits_s=(60.0,))
    assert "may or may not arrive; it was not sent again" in said


def test_a_draft_is_not_sent():
    message = mail()
    del message["From"]
    assert "has no sender" in failure(message, Server("smtp", "localhost", 1))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("smtp", "mail.example.org", 25, "", "")),
        ("smtps://mail.example.org", ("smtps", "mail.example.org", 465, "", "")),
        ("starttls://mail.example.org/", ("starttls", "mail.example.org", 587, "", "")),
        ("SMTPS://Mail.Example.org:2465", ("smtps", "mail.example.org", 2465, "", "")),
        ("smtp://[::1]:2525", ("smtp", "::1", 2525, "", "")),
        (f"smtps://ada%40example.org:{ENCODED}@mail.example.org", ("smtps", "mail.example.org", 465, USER, PASSWORD)),
    ],
)
def test_a_server_is_parsed_from_its_url(url, expected):
    server = server_from({"REPORTGEN_SMTP_URL": url})
    assert (server.scheme, server.host, server.port, server.user, server.password) == expected
    assert server.shown == server_from({"REPORTGEN_SMTP_URL": server.shown}).shown


def test_user_and_password_of_the_environment_override_those_of_the_url():
    server = server_from(
        {
            "REPORTGEN_SMTP_URL": "smtps://old:older@mail.example.org",
            "REPORTGEN_SMTP_USER": USER,
            "REPORTGEN_SMTP_PASSWORD": PASSWORD,
        }
    )
    assert (server.user, server.password) == (USER, PASSWORD)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        "mail.example.org",
        "mail.example.org:465",
        "http://mail.example.org",
        "smtp://",
        "smtp://:25",
        "smtps://ada:s3cret#pass@mail.example.org",
        "smtps://ada:s3cret/pass@mail.example.org",
        "smtps://ada:s3cret?pass@mail.example.org",
        "smtps://mail.example.org:s3cret",
        "smtps://mail.example.org:99999",
        "smtps://[s3cret",
        "smtps://ada@mail.example.org",
        "smtps://:s3cret@mail.example.org",
        "smtps://ada:s3crét@mail.example.org",
    ],
)
def test_an_invalid_server_url_is_not_repeated_in_the_error(url):
    with pytest.raises(OutputError, match="REPORTGEN_SMTP_URL") as caught:
        server_from({"REPORTGEN_SMTP_URL": url})
    shown = "".join(traceback.format_exception(caught.value))
    assert "s3cr" not in str(caught.value) + shown.replace(__file__, "").split("Error:")[-1]
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("environment", "sender"),
    [
        ({}, None),
        ({"REPORTGEN_MAIL_FROM": "ci@example.org", "REPORTGEN_SMTP_USER": "ada@example.org"}, "ci@example.org"),
        ({"REPORTGEN_SMTP_USER": "ada@example.org"}, "ada@example.org"),
        ({"REPORTGEN_SMTP_USER": "ada"}, None),
        ({"REPORTGEN_SMTP_URL": "smtps://ada%40example.org:x@mail.example.org"}, "ada@example.org"),
        ({"REPORTGEN_SMTP_URL": "nonsense"}, None),
    ],
)
def test_the_default_sender(environment, sender):
    assert default_sender(environment) == sender
