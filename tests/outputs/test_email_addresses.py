"""Any input text makes a message with exactly the intended headers and recipients."""

from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import OutputError
from reportgen.outputs.email.addresses import POLICY, parse_address, parse_recipients

INJECTIONS = (
    "a@example.org\r\nBcc: eve@example.org",
    "a@example.org\nBcc: eve@example.org",
    "a@example.org\rBcc: eve@example.org",
    "a@example.org\0",
    "a@example.org\x1b[31m",
    "a@example.org\u2028Bcc: eve@example.org",
    "a@example.org\u202e",
    "Ada\r\nBcc: eve@example.org <a@example.org>",
    "a@exam\r\nple.org",
)
NO_ADDRESSES = (
    "",
    " ",
    "ada",
    "@example.org",
    "ada@",
    "ada@@example.org",
    "a b@example.org",
    "ada@example.org, eve@example.org",
    "ada@example.org eve@example.org",
    "ada@example.org; eve@example.org",
    "<ada@example.org> eve@example.org",
    "Ada <ada@example.org> <eve@example.org>",
    "Ada <ada@example.org",
    "ada@[127.0.0.1]",
    "ada@example..org",
    "ada@-example.org",
    "ada@example.org-",
    "ada@exa_mple.org",
    "ada@example.org/x",
    ".ada@example.org",
    "ada.@example.org",
    "a..b@example.org",
    '"a b"@example.org',
    "größe@example.org",
    "a" * 65 + "@example.org",
    "ada@" + "a" * 64 + ".org",
    "ada@" + "a." * 130 + "org",
    "group: ada@example.org;",
    "ada@example.org (comment)",
)
any_text = st.one_of(
    st.text(st.characters(codec=None), max_size=120),
    st.text(st.sampled_from('ab ,;<>@"\\()[]:.=?_é損\N{PILE OF POO}\t\r\n\0\x1b\u2028\u202e\ud800'), max_size=120),
    st.text(st.sampled_from("ab é損"), min_size=200, max_size=400),
)
local_parts = st.from_regex(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9]{1,9}){0,3}", fullmatch=True)


@pytest.mark.parametrize("text", INJECTIONS + NO_ADDRESSES)
def test_text_that_is_not_one_address_is_refused_in_one_line(text):
    with pytest.raises(OutputError, match="is not an email address") as caught:
        parse_address(text)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "name", "spec"),
    [
        ("ada@example.org", "", "ada@example.org"),
        ("  ada@Example.ORG ", "", "ada@example.org"),
        ("<ada@example.org>", "", "ada@example.org"),
        ("Ada Lovelace <ada@example.org>", "Ada Lovelace", "ada@example.org"),
        ('"Lovelace, Ada \\"A\\"" <ada@example.org>', 'Lovelace, Ada "A"', "ada@example.org"),
        ("Größe <g+x@example.org>", "Größe", "g+x@example.org"),
        ("root@localhost", "", "root@localhost"),
        ("ada@bücher.example", "", "ada@xn--bcher-kva.example"),
        ("ada@例え.テスト", "", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@xn--bcher-kva.example", "", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_parsed_from_text(text, name, spec):
    address = parse_address(text)
    assert (address.display_name, address.addr_spec) == (name, spec)


def test_recipients_are_one_or_several_without_duplicates():
    assert [address.addr_spec for address in parse_recipients("a@x.org")] == ["a@x.org"]
    twice = parse_recipients(["a@x.org", "b@x.org", "A <a@x.org>"])
    assert [address.addr_spec for address in twice] == ["a@x.org", "b@x.org"]
    with pytest.raises(OutputError, match="no recipient"):
        parse_recipients([])


@given(any_text)
def test_any_text_is_an_address_or_refused(text):
    try:
        address = parse_address(text)
    except OutputError:
        return
    written = str(address)
    assert written.isprintable()
    assert address.addr_spec.isascii()
    assert parse_address(written) == address


def parse(message: EmailMessage) -> EmailMessage:
    raw = message.as_bytes()
    head, _, _ = raw.partition(b"\r\n\r\n")
    assert head.isascii()
    for line in head.split(b"\r\n"):
        assert len(line) <= 998, "no server takes longer lines"
        assert line.strip(), "an empty line would end the headers"
        assert b"\r" not in line
        assert b"\n" not in line
    return message_from_bytes(raw, policy=policy.default)


@given(st.lists(st.tuples(any_text, local_parts), min_size=1, max_size=6), any_text)
def test_headers_are_unchanged_when_read_back(people, text):
    """Fails with the standard library's own folding (CPython 3.11.7)."""
    to = [parse_address(f"{_quoted(name)} <{local}@example.org>") for name, local in people]
    message = EmailMessage(policy=POLICY)
    message["From"] = to[0]
    message["To"] = to
    message["Subject"] = " ".join(ch for ch in text.split() if ch.isprintable()) or "x"
    message.set_content("x")
    back = parse(message)
    assert [name.lower() for name in back] == [
        "from", "to", "subject", "content-type", "content-transfer-encoding", "mime-version",
    ]  # fmt: skip
    assert [address.addr_spec for address in back["To"].addresses] == [address.addr_spec for address in to]
    assert [squeezed(address.display_name) for address in back["To"].addresses] == [
        squeezed(address.display_name) for address in to
    ]
    assert squeezed(str(back["Subject"])) == squeezed(message["Subject"])


def _quoted(name: str) -> str:
    """A quoted name, without characters that no address can contain."""
    clean = "".join(ch for ch in name if ch.isprintable() and ch not in "<>")
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def squeezed(text: str) -> str:
    """Text without spaces: the standard library's parser adds some between encoded words of a name."""
    return "".join(text.split())


def test_many_recipients_with_names_in_other_scripts_are_all_kept():
    to = [Address("Ωμέγα " * 5, f"u{number}", "example.org") for number in range(40)]
    message = EmailMessage(policy=POLICY)
    message["To"] = to
    message.set_content("x")
    assert len(parse(message)["To"].addresses) == 40


def test_a_long_subject_begins_on_its_own_line():
    message = EmailMessage(policy=POLICY)
    message["Subject"] = "A run of many words " * 10
    message.set_content("x")
    assert message.as_bytes().startswith(b"Subject: A run of many words")
