"""Parses what Python prints or what people save as Python: dicts, lists, arrays, tensors. Nothing is evaluated.

The same parser reads JSON with comments, NaN or trailing commas. It takes linear time, and its depth is bounded. The
result has only dicts with text as keys, lists, numbers, text, booleans and None.
"""

import math
import re
import sys
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.sources.json_text import LONGEST_NUMBER, check_size
from reportgen.text import FEW, cited

MAX_DEPTH: Final = 50  # brackets within brackets; our choice: histories have fewer than ten
_LONGEST_KEY: Final = 1_000  # characters
_LONGEST_OBJECT: Final = 1_000  # tokens in angle brackets, not counting the value
_TEXT: Final = r"""
    [rbuRBU]{0,2}+(?:
        '''(?:[^'\\]|\\.|'(?!''))*+'''
        |\"\"\"(?:[^"\\]|\\.|"(?!\"\"))*+\"\"\"
        |'(?:[^'\\\n]|\\.)*+'
        |"(?:[^"\\]|\\.)*+"
    )
"""
# A quote that is not closed, and a comment, extend to the end, so that no part of a text is searched twice.
_TOKEN: Final = re.compile(
    rf"""
    (?P<blank>(?:[\s;]++|\#[^\n]*+|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?+)++)
    |(?P<text>{_TEXT})
    |(?P<open>[rbuRBU]{{0,2}}+(?:'(?:[^'\\\n]|\\.?+)*+|"(?:[^"\\]|\\.?+)*+))
    |(?P<dots>\.\.\.|…)
    |(?P<number>[+-]?+(?:0[xX][0-9a-fA-F_]++|(?:[0-9][0-9_]*+\.?+[0-9_]*+|\.[0-9][0-9_]*+)(?:[eE][+-]?+[0-9]++)?+))
    |(?P<signed>[+-](?=[A-Za-z]))
    |(?P<name>[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+)
    |(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBERS: Final = re.compile(r"\[[-+.,0-9eE\s]*+\]")  # a list of plain numbers, which is split without tokens
_ASSIGNED: Final = re.compile(
    r"(?:(?:var|let|const|export|default)\s{1,9})*+(?P<name>[^\W\d]\w*+(?:\.[^\W\d]\w*+|\[[\w'\"]{1,60}\])*+)"
    r"[ \t]*+(?::[ \t]*+\w[\w.\[\], ]{0,80}?[ \t]*+)?=(?!=)"
)
_ESCAPED: Final = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00[01][0-9a-fA-F]{5}|\n|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "\n": ""}
_NAMES: Final = {
    "none": None,
    "null": None,
    "undefined": None,
    "true": True,
    "false": False,
    "nan": math.nan,
    "inf": math.inf,
    "infinity": math.inf,
    "infty": math.inf,
}
# What is around a single value: the first argument is the value, others are settings such as the type.
_WRAPPED_BY: Final = """
    array asarray ndarray tensor parameter variable float float16 float32 float64 bfloat16 double half int int8 int16
    int32 int64 uint8 uint16 uint32 uint64 long bool bool_ str str_ longdouble longlong list tuple set frozenset deque
    dict_keys dict_values series index rangeindex listwrapper dictwrapper frozendict mappingproxy decimal masked_array
    print pprint dataframe eagertensor devicearray floattensor doubletensor cudafloattensor simplenamespace
"""
_WRAPPERS: Final = frozenset(_WRAPPED_BY.split())
_DICTS: Final = frozenset(["dict", "ordereddict", "defaultdict", "counter", "dict_items", "attrdict", "easydict"])
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}
_SIGN_OF_END: Final = "the end"


class LiteralError(Exception):
    """A text is not a Python literal. The arguments are why, and where: the position of the fault."""


def parse_literal(text: str, where: str) -> Any:
    """Parses a text that contains Python values, or JSON with comments.

    Values may have a name in front, ``history = {...}``. Several named values make a dict, others a list.

    Args:
        text: The whole text.
        where: Name of the source, for messages.

    Raises:
        SourceError: it is something else, was shortened with ``...``, is nested too deeply, or has too many values.
    """
    check_size(text, where)
    try:
        return _Literal(text).document()
    except LiteralError as error:
        fault, place = error.args
        line = text.count("\n", 0, place) + 1
        raise SourceError(f"{where}: line {line} {fault}.") from None


def dict_at(text: str, place: int = 0) -> tuple[dict[str, Any], int] | None:
    """The dict that begins at a place of a text, such as a printed ``{'loss': 2.41, 'epoch': 0.5}``.

    Returns:
        The dict, and the place after it; None if there is no complete dict.
    """
    found = value_at(text, place) if text.startswith("{", place) else None
    return found if found is not None and isinstance(found[0], dict) else None


def value_at(text: str, place: int) -> tuple[Any, int] | None:
    """The value that begins at a place of a text, and the place after it; None without one."""
    literal = _Literal(text, place)
    try:
        found = literal.value(0)
    except LiteralError:
        return None
    return found, literal.place


class _Literal:
    """A text, and the place up to which it has been parsed."""

    def __init__(self, text: str, place: int = 0) -> None:
        self._text = text
        self.place = place
        self._kind = self._word = ""  # of the token that was seen last
        self._after = place

    def document(self) -> Any:
        """All values of the text: the only one, a dict of the named ones, or a list of its dicts or other values."""
        named: dict[str, Any] = {}
        plain: list[Any] = []
        while self._peek() != _SIGN_OF_END:
            start = self.place
            name = _ASSIGNED.match(self._text, start)
            if name:
                self._move(name.end())
            value = self.value(0)
            if self._peek() == "," and not name:
                self._next()
            if name:
                named[_key(name["name"])] = value
            else:
                plain.append(value)
        if not named and not plain:
            raise LiteralError("is empty; a history is needed. Print history.history", 0)
        if named and not plain:
            return next(iter(named.values())) if len(named) == 1 and _is_nested(named) else named
        found = [*plain, *([named] if named else [])]
        found = [value for value in found if isinstance(value, dict)] or found  # without printed keys and numbers
        return found[0] if len(found) == 1 else found

    def value(self, depth: int) -> Any:
        """The next value."""
        if depth > MAX_DEPTH:
            raise LiteralError(f"has more than {MAX_DEPTH} brackets within brackets. Save history.history", self.place)
        word = self._peek()
        place = self.place
        if word == "[" and (numbers := _NUMBERS.match(self._text, place)):
            found = _numbers(numbers[0])
            if found is not None:
                self._move(numbers.end())
                return found
        self._next()
        kind = self._kind
        if kind == "number":
            return _number(word, place)
        if kind == "text":
            texts = [_unquoted(word)]
            while self._peek() != _SIGN_OF_END and self._kind == "text":  # adjacent texts are one
                texts.append(_unquoted(self._next()))
            return "".join(texts)
        if kind == "open":
            raise self._unexpected(_SIGN_OF_END, place)
        if kind == "signed":
            value = self.value(depth + 1)
            if isinstance(value, bool) or not isinstance(value, float | int):
                raise self._unexpected(word, place)
            return -value if word == "-" else value
        if kind == "name":
            return self._named(word, depth, place)
        if word == "{":
            return self._braces(depth)
        if word in ("[", "("):
            return self._sequence(_CLOSING[word], depth)
        if word == "<":
            return self._angle(depth, place)
        raise self._unexpected(word, place)

    def _named(self, name: str, depth: int, place: int) -> Any:
        """A constant, or what is in the call of a class: ``array([0.5], dtype=float32)``."""
        if self._peek() != "(":
            last = name.rpartition(".")[2].lower()
            if last in _NAMES:
                return _NAMES[last]
            if name.startswith(("dtype", "torch.", "np.", "numpy.", "tf.", "jnp.")):
                return name
            raise self._unexpected(name, place)
        self._next()
        values, settings = self._arguments(depth)
        last = name.rpartition(".")[2].lower()
        if last in _DICTS:
            return _dict_of(values) | settings
        if last in _WRAPPERS and values:
            return values[0]
        if not values:
            return settings
        return f"{name}(...)"  # an object: no value of a history, but what is beside it can be

    def _arguments(self, depth: int) -> tuple[list[Any], dict[str, Any]]:
        values: list[Any] = []
        settings: dict[str, Any] = {}
        while (word := self._peek()) != ")":
            if word == "," and (values or settings):
                self._next()
                continue
            place = self.place
            if self._kind == "name":
                name = self._next()
                if self._peek() == "=":
                    self._next()
                    settings[name] = self._setting(depth)
                    continue
                self._move(place)
            values.append(self.value(depth + 1))
        self._next()
        return values, settings

    def _setting(self, depth: int) -> Any:
        """The value of a keyword argument; a plain name, such as ``dtype=float32``, is text."""
        place = self.place
        if self._peek() != _SIGN_OF_END and self._kind == "name":
            name = self._next()
            if self._peek() in (",", ")") and name.lower() not in _NAMES:
                return name
            self._move(place)
        return self.value(depth + 1)

    def _braces(self, depth: int) -> Any:
        """A dict, or a set as a list."""
        made: dict[str, Any] = {}
        members: list[Any] = []
        while (word := self._peek()) != "}":
            if word == "," and (made or members):
                self._next()
                self._separated()
                continue
            key = self._dict_key(depth)
            if self._peek() != ":":
                members.append(key)
                self._ended("}")
                continue
            self._next()
            made[_key(key)] = self.value(depth + 1)
            self._ended("}")
        self._next()
        return made or members or {}

    def _dict_key(self, depth: int) -> Any:
        """A key; a plain name, as in JavaScript, is text."""
        place = self.place
        if self._kind == "name":
            name = self._next()
            if self._peek() == ":":
                return name
            self._move(place)
        return self.value(depth + 1)

    def _sequence(self, closing: str, depth: int) -> Any:
        """A list or a tuple, or a value in brackets. NumPy prints arrays with blanks instead of commas."""
        made: list[Any] = []
        commas = blanks = 0
        while (word := self._peek()) != closing:
            place = self.place
            if word == ",":
                self._next()
                commas += 1
                if not made or blanks:
                    raise self._unexpected(word, place)
                self._separated()
                continue
            if made and len(made) != commas:
                blanks += 1
                if commas:
                    raise self._unexpected(word, place)
            made.append(self.value(depth + 1))
            if blanks and any(isinstance(value, str | dict) for value in made[-2:]):
                raise self._unexpected(word, place)
        self._next()
        return made[0] if closing == ")" and len(made) == 1 and not commas else made

    def _separated(self) -> None:
        """Refuses two commas in a row."""
        if self._peek() == ",":
            raise self._unexpected(",", self.place)

    def _ended(self, closing: str) -> None:
        """Refuses an entry without a comma or a closing bracket after it."""
        if self._peek() not in (",", closing):
            raise self._unexpected(self._word, self.place)

    def _angle(self, depth: int, place: int) -> Any:
        """The value in ``<tf.Tensor: shape=(), dtype=float32, numpy=0.5>``; text for other objects."""
        level, found, last = 1, None, ""
        for _ in range(_LONGEST_OBJECT):
            word = self._peek()
            if self._kind in ("", "open"):
                break
            if word == "=" and last == "numpy" and found is None:
                self._next()
                found = self.value(depth + 1)
                continue
            last = self._next()
            level += (word == "<") - (word == ">")
            if not level:
                return found if found is not None else "<...>"
        raise self._unexpected(_SIGN_OF_END, place)

    def _peek(self) -> str:
        """The next token that is not blank; `_next` takes it."""
        while True:
            token = _TOKEN.match(self._text, self.place)
            if token is None:
                self._kind, self._word = "", _SIGN_OF_END
                return self._word
            self._kind, self._word, self._after = token.lastgroup or "", token[0], token.end()
            if self._kind == "dots":
                raise LiteralError(
                    'was shortened when it was printed: it has "..." instead of values. Save the whole history, with '
                    "json.dump(history.history, file)",
                    self.place,
                )
            if self._kind != "blank":
                return self._word
            self.place = self._after

    def _next(self) -> str:
        """Takes the token that `_peek` has found."""
        word = self._word
        if word == _SIGN_OF_END and not self._kind:
            raise self._unexpected(word, self.place)
        self.place = self._after
        return word

    def _move(self, place: int) -> None:
        self.place = place

    def _unexpected(self, word: str, place: int) -> LiteralError:
        if word == _SIGN_OF_END:
            return LiteralError("ends abruptly: a bracket or a quote is not closed. Save the file again", place)
        found = cited(self._text[place : place + FEW + 1])
        return LiteralError(
            f"has {found} where a value of JSON or Python is expected. Save it with json.dump(history.history, file)",
            place,
        )


def _is_nested(named: dict[str, Any]) -> bool:
    """Whether the only named value is a dict or a list of dicts."""
    value = next(iter(named.values()))
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(entry, dict) for entry in value))


def _key(value: Any) -> str:
    return str(value)[:_LONGEST_KEY]


def _dict_of(values: list[Any]) -> dict[str, Any]:
    """The dict in ``OrderedDict([("a", 1)])``, ``defaultdict(<class 'list'>, {"a": [1]})`` or ``dict_items(...)``."""
    made: dict[str, Any] = {}
    for value in values:
        if isinstance(value, dict):
            made |= value
        elif isinstance(value, list):
            made |= {_key(pair[0]): pair[1] for pair in value if isinstance(pair, list) and len(pair) == 2}
    return made


def _numbers(text: str) -> list[Any] | None:
    """The numbers of a plain list; None if it has anything else."""
    inner = text[1:-1].rstrip()
    cells = inner.removesuffix(",").split(",") if inner else []
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return None


def _number(text: str, place: int) -> float | int | str:
    try:
        if text.lstrip("+-").isdecimal():
            return int(text) if len(text) < LONGEST_NUMBER else f"{len(text)} digits"
        return int(text, 16) if "x" in text.lower() else float(text)
    except ValueError:
        raise LiteralError(f"has {cited(text)}, which is not a number. Correct it", place) from None


def _unquoted(text: str) -> str:
    """The content of a quoted text."""
    body = text.lstrip("rbuRBU")
    is_raw = "r" in text[: len(text) - len(body)].lower()
    width = 3 if body.startswith(("'''", '"""')) else 1
    inner = body[width:-width]
    return inner if is_raw or "\\" not in inner else _ESCAPED.sub(_unescaped, inner)


def _unescaped(found: re.Match[str]) -> str:
    code = found[0][1:]
    if code[0] in "xuU" and len(code) > 1:
        return chr(min(int(code[1:], 16), sys.maxunicode))
    return _ESCAPES.get(code, code)
