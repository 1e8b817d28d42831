"""Advice works everywhere: a sentence that names an option also names the argument in Python, and the reverse."""

import ast
import functools
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import reportgen
from reportgen.cli import app
from reportgen.options import READ_NAMES, BuildKeywords, spelling

PACKAGE = Path(reportgen.__file__).parent
COMMANDS_ONLY = ("cli", "sweep", "wording/source.py")  # whose sentences only commands print
OPTIONS = {
    name: {spelling for option in command.params for spelling in option.opts if spelling.startswith("--")}
    for name, command in app.commands.items()
}
OF_SWEEP = OPTIONS["sweep"].difference(*(options for name, options in OPTIONS.items() if name != "sweep"))
KNOWN = set().union(*OPTIONS.values()) - OF_SWEEP  # Python has no sweep
# What to write in Python where it is not the name of the option.
IN_PYTHON = {
    "--direction": "directions=",
    "--force": "overwrite=",
    "--from": "sender=",
    "--group": "groups=",
    "--group-by": "groups=",
    "--json": "report.diagnosis",
    "--lang": "language=",
}
ARGUMENTS = {*BuildKeywords.__annotations__} | {
    name
    for made in (
        reportgen.build,
        reportgen.compare,
        *vars(reportgen.Report).values(),
        *vars(reportgen.Comparison).values(),
    )
    if inspect.isfunction(made)
    for name in inspect.signature(made).parameters
}


def text_of(node: ast.AST) -> str | None:
    """The text of a string, with {} for values in it; None if it is not a string."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [text_of(node.left), text_of(node.right)]
        return None if parts == [None, None] else "".join(part or "{}" for part in parts)
    return None


def strings(node: ast.AST) -> Iterator[str]:
    """The strings in code, without docstrings."""
    text = text_of(node)
    if text is not None:
        yield text
        return
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from strings(child)


@functools.cache
def texts() -> list[tuple[str, str]]:
    """Place and text of each string with a space, except of what only commands print."""
    places = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
    return [
        (place, text)
        for place, path in places.items()
        if not place.startswith(COMMANDS_ONLY)
        for text in strings(ast.parse(path.read_text("utf-8")))
        if " " in text
    ]


def sentences() -> list[tuple[str, str]]:
    """Place and text of each sentence that names one of our options."""
    return [(place, text) for place, text in texts() if options_in(text)]


def options_in(text: str) -> set[str]:
    return KNOWN.intersection(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", text))


def missing_in_python(text: str) -> set[str]:
    wanted = {option: IN_PYTHON.get(option, option[2:].replace("-", "_") + "=") for option in options_in(text)}
    return {argument for argument in wanted.values() if not re.search(rf"(?<![\w-]){argument}", text)}


def test_a_sentence_that_names_an_option_also_names_the_argument() -> None:
    found = sentences()
    assert len(found) > 20, "the sentences were not found"
    assert {f"{place}: {text}: {missing}" for place, text in found if (missing := missing_in_python(text))} == set()


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Pass --direction f2=higher, or =lower.", {"directions="}),
        ("Pass --group a=b (in Python: groups={...}).", set()),
        ("Pass --monitor f1.", {"monitor="}),
        ("Pass monitor= (--monitor).", set()),
        ("fairseq has --patience 3.", set()),
    ],
)
def test_an_argument_that_is_missing_is_found(text: str, missing: set[str]) -> None:
    assert missing_in_python(text) == missing


PYTHON_ONLY = ("sources/__init__.py",)  # about objects, and about `load_all`


@pytest.mark.parametrize("name", sorted(READ_NAMES))
def test_a_sentence_that_names_an_argument_also_names_the_option(name: str) -> None:
    written = re.compile(rf"\b(?:pass|with|choose)\b[^.]{{0,40}}(?<![\w.-]){name}=", re.IGNORECASE)
    found = [
        f"{place}: {text}"
        for place, text in texts()
        if place not in PYTHON_ONLY and written.search(text) and f"--{spelling(name)}" not in text
    ]
    assert found == []


def test_the_arguments_exist() -> None:
    named = {
        IN_PYTHON.get(option, option[2:].replace("-", "_")) for _, text in sentences() for option in options_in(text)
    }
    assert {name.removesuffix("=") for name in named if "." not in name} <= ARGUMENTS
    assert hasattr(reportgen.build({"loss": [0.9, 0.5]}), "diagnosis")
