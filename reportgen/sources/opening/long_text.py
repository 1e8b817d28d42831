"""The text of a file, decoded piece by piece, since Python needs up to four bytes for each character of a text."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from reportgen.errors import SourceError
from reportgen.sources.opening.other_files import refuse_other_files

MAX_TEXT_BYTES: Final = 500_000_000  # memory of a text that is parsed as a whole; our choice: five million values fit
MAX_LINE: Final = 50_000_000  # bytes; our choice: a line of ten thousand columns has a few hundred thousand
_PIECE_BYTES: Final = 1 << 20
_DAMAGED: Final = "\udcff"  # stands for bytes that are not text; no text of UTF-8 or UTF-16 contains it
_REPLACES: Final = "reportgen-damaged"  # the name of an error handler
_BLANKS: Final = re.compile(rb"(\xef\xbb\xbf)?[ \t\r\n\v\f]*")
_UTF_16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

codecs.register_error(_REPLACES, lambda error: (_DAMAGED, error.end))  # type: ignore[attr-defined]


class LongText:
    """UTF-8, or UTF-16 with a byte order mark, without leading white space.

    Attributes:
        where: The name of its source, for messages.
    """

    def __init__(self, data: bytes | bytearray, where: str) -> None:
        """Takes over the bytes.

        Raises:
            SourceError: they are empty, or a binary file.
        """
        refuse_other_files(data, where)
        self.where = where
        self._data = data
        self._encoding = _UTF_16.get(bytes(data[:2]), "utf-8")
        self._start = len(codecs.BOM_UTF16) if self._encoding != "utf-8" else _BLANKS.match(data).end()  # type: ignore[union-attr]
        if self._start >= len(data):
            refuse_no_text("", where)

    def pieces(self, *, damaged: bool = False) -> Iterator[str]:
        """Yields the text in pieces of about a megabyte that end where a line does.

        Args:
            damaged: Whether bytes that are not text are kept as a character, for formats that can leave out a damaged
                line; see `is_damaged`.

        Raises:
            SourceError: the bytes are not text, the text is empty, or a line is longer than `MAX_LINE`.
        """
        rest: list[str] = []  # of a line that has not ended yet
        n_characters = 0
        for text in self._decoded(_REPLACES if damaged else "strict"):
            cut = _after_last_line(text)
            if cut:
                yield "".join(rest) + text[:cut]
                rest, n_characters = [], 0
            rest.append(text[cut:])
            n_characters += len(text) - cut
            if n_characters > MAX_LINE:
                raise SourceError(
                    f"{self.where}: it has a line of more than {MAX_LINE:,} characters. Check that it is a training "
                    "log."
                )
        if last := "".join(rest):
            yield last

    def lines(self, *, damaged: bool = False) -> Iterator[str]:
        """Yields the lines without their ends; only a line feed ends a line."""
        for piece in self.pieces(damaged=damaged):
            start = 0
            while start < len(piece):
                end = piece.find("\n", start)
                end = len(piece) if end < 0 else end
                yield piece[start:end]
                start = end + 1

    def has(self, mark: str) -> bool:
        """Whether a character of ASCII is in the text."""
        return mark.encode() in self._data

    def ends_line(self) -> bool:
        """Whether the last line is complete."""
        width = 1 if self._encoding == "utf-8" else 2
        return bytes(self._data[-width:]).decode(self._encoding, "replace") in ("\n", "\r")

    def check(self) -> None:
        """Raises a SourceError if any byte is not text."""
        for _ in self.pieces():
            pass

    def whole(self) -> str:
        """The text as a whole, for formats that cannot be read line by line. Frees the bytes.

        Raises:
            SourceError: it takes more than `MAX_TEXT_BYTES`, is empty or is not text.
        """
        n_characters, width = 0, 1
        for piece in self._decoded("strict"):
            n_characters, width = n_characters + len(piece), max(width, _width(piece))
            if n_characters * width > MAX_TEXT_BYTES:
                raise SourceError(
                    f"{self.where}: as text it takes more than {MAX_TEXT_BYTES:,} bytes of memory, which is the limit "
                    "for this format. Save only every tenth step, or JSON Lines."
                )
        with memoryview(self._data) as view:
            text = str(view[self._start :], self._encoding).lstrip()
        self._data = b""
        refuse_no_text(text, self.where)
        return text

    def _decoded(self, errors: str) -> Iterator[str]:
        """The text without leading white space, in pieces that end anywhere."""
        decoder = codecs.getincrementaldecoder(self._encoding)(errors)
        is_first = True
        for start in range(self._start, len(self._data), _PIECE_BYTES):
            pending = len(decoder.getstate()[0])
            end = start + _PIECE_BYTES
            try:
                text = decoder.decode(self._data[start:end], end >= len(self._data))
            except UnicodeDecodeError as error:
                name = self._encoding[:6].upper().rstrip("-")
                raise SourceError(
                    f"{self.where}: byte {start - pending + error.start} is not {name} text. Save the file as UTF-8."
                ) from None
            if errors == "strict":
                refuse_zero_bytes(text, self.where)
            text = text.lstrip() if is_first else text
            is_first = is_first and not text
            if text:
                yield text
        if is_first:
            refuse_no_text("", self.where)


def _width(text: str) -> int:
    """Bytes that each character of a text takes."""
    highest = max(text)
    return 1 if highest < "\u0100" else 2 if highest < "\U00010000" else 4


def _after_last_line(text: str) -> int:
    """Where the last complete line ends; a carriage return ends one unless the text ends with it."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1


def is_damaged(text: str) -> bool:
    """Whether a piece, a line or a cell contains bytes that are not text, or the zeros of a block never written."""
    return _DAMAGED in text or "\0" in text


def refuse_zero_bytes(text: str, where: str) -> None:
    """Raises a SourceError for text with zero bytes."""
    if "\0" in text:
        raise SourceError(f"{where}: it contains zero bytes, so it is not text. Use a training log in text form.")


def refuse_no_text(text: str, where: str) -> None:
    """Raises a SourceError for text that is empty or contains zero bytes."""
    refuse_zero_bytes(text, where)
    if not text:
        raise SourceError(f"{where}: the file is empty. Train first, or check the path.")
