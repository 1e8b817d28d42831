import contextlib
import math
import random
import time
from typing import Any

import pytest
import sample_logs
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import SourceError
from reportgen.sources.literals import MAX_DEPTH, dict_at, parse_literal

NAN, INF = math.nan, math.inf
READ: dict[str, Any] = {
    "{'loss': [1.5, 2], 'val_loss': (3.5, .5,),}": {"loss": [1.5, 2], "val_loss": [3.5, 0.5]},
    '{"loss": [NaN, Infinity, -Infinity, null], /* note */ "done": true, // end\n}': {
        "loss": [NAN, INF, -INF, None],
        "done": True,
    },
    "history = {'loss': array([0.5, 1.5], dtype=float32)}  # of the first fit": {"loss": [0.5, 1.5]},
    "history.history = {'loss': [np.float32(0.5), numpy.float64(1.5)]}": {"loss": [0.5, 1.5]},
    "{'loss': tensor([0.5], device='cuda:0'), 'f1': tensor(0.5, grad_fn=<Mean>)}": {"loss": [0.5], "f1": 0.5},
    "[<tf.Tensor: shape=(), dtype=float32, numpy=0.5>, <tf.Variable 'x:0' shape=(), numpy=array([1.5, 2.5])>]": [
        0.5,
        [1.5, 2.5],
    ],
    "defaultdict(<class 'list'>, {'loss': [nan, inf, -inf, None, True]})": {"loss": [NAN, INF, -INF, None, True]},
    "OrderedDict([('loss', [1, 2]), ('acc', [3, 4])])": {"loss": [1, 2], "acc": [3, 4]},
    "OrderedDict({'loss': deque([1, 2], maxlen=9)})": {"loss": [1, 2]},
    "dict(loss=[1, 2], lr=1e-05)": {"loss": [1, 2], "lr": 1e-05},
    "dict_keys(['loss'])\n{'loss': [1, 2]}": {"loss": [1, 2]},
    "{'loss': [1]}\n{'loss': [2]}": [{"loss": [1]}, {"loss": [2]}],
    "loss = [1, 2]\nval_loss: list[float] = [3, 4]\n": {"loss": [1, 2], "val_loss": [3, 4]},
    "first = {'loss': [1]}\nsecond = {'loss': [2]}": {"first": {"loss": [1]}, "second": {"loss": [2]}},
    "var data = {loss: [1, 2], 'it\\'s': \"a\\u0062\" 'c'};": {"loss": [1, 2], "it's": "abc"},
    "{'loss': array([0.5 1.5\n 2.5])}": {"loss": [0.5, 1.5, 2.5]},
    "[[1 2] [3 4]]": [[1, 2], [3, 4]],
    "{1: 0x10, 2.5: 1_000, 'set': {1, 2}, 'path': PosixPath('/a'), 'model': <Model at 0x7f>}": {
        "1": 16,
        "2.5": 1000,
        "set": [1, 2],
        "path": "PosixPath(...)",
        "model": "<...>",
    },
    "TrainOutput(global_step=9, training_loss=0.5, metrics={'epoch': 3.0})": {
        "global_step": 9,
        "training_loss": 0.5,
        "metrics": {"epoch": 3.0},
    },
    "print({'loss': [1, 2]})": {"loss": [1, 2]},
}  # fmt: skip
REFUSED = {
    "{'loss': [1, 2, ..., 9]}": 'was shortened when it was printed: it has "..." instead of values',
    "{'loss': array([1, 2, …, 9])}": "was shortened when it was printed",
    "{'loss': [1, 2": "ends abruptly",
    "{'loss': 'x": "ends abruptly",
    '{"loss\\"': "ends abruptly",
    "<tf.Tensor: numpy=": "ends abruptly",
    "{'loss': [1 2, 3]}": "a value of JSON or Python is expected",
    "{'loss': [1,, 2]}": "a value of JSON or Python is expected",
    "{'loss': [1 'two']}": "a value of JSON or Python is expected",
    "{'loss' [1]}": "a value of JSON or Python is expected",
    "{'loss': 1.5.5}": "a value of JSON or Python is expected",
    "{'loss': -None}": "a value of JSON or Python is expected",
    "{'loss': 0x_}": "is not a number",
    "some prose": "a value of JSON or Python is expected",
    "import os; os.remove('x')": "a value of JSON or Python is expected",
    "# nothing": "is empty",
    "[" * (MAX_DEPTH + 2): f"more than {MAX_DEPTH} brackets within brackets",
}


def plain(value: Any) -> str:
    """A value as text in which 1 and 1.0 are the same."""
    return repr(value).replace(".0,", ",").replace(".0]", "]")


@pytest.mark.parametrize(("text", "value"), READ.items())
def test_what_python_prints_is_parsed(text: str, value: Any) -> None:
    assert plain(parse_literal(text, "x")) == plain(value)


@pytest.mark.parametrize(("text", "fault"), REFUSED.items())
def test_other_texts_are_refused_with_the_reason_and_the_line(text: str, fault: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_literal("\n\n" + text, "notes.txt")
    assert str(caught.value).startswith("notes.txt: line ")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_dict_is_found_at_a_place_of_a_line() -> None:
    line = "0%| | {'loss': 2.41, 'epoch': 0.5} then {'x': 1"
    assert dict_at(line, 6) == ({"loss": 2.41, "epoch": 0.5}, 34)
    assert dict_at(line, 0) is None
    assert dict_at(line, line.rindex("{")) is None
    assert dict_at("{1, 2}") is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(-(2**53), 2**53),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=20), inner),
        max_leaves=20,
    )
)
def test_whatever_python_prints_of_plain_values_comes_back(value: Any) -> None:
    found = parse_literal(repr([value]), "x")
    assert plain(found) == plain([value])


@pytest.mark.parametrize(
    "piece",
    [
        "<'",
        '<\\"',
        "{",
        "'''\\",
        "/*",
        "<'''\\\n",
        "a.",
        "a[b]",
        "a ",
        "array(",
        "\\'",
        "<r'",
        "-",
        "0_",
        "[1 ",
        "x=",
        "1e",
    ],
)
def test_no_text_takes_more_than_linear_time(piece: str) -> None:
    start = time.process_time()
    with pytest.raises(SourceError):
        parse_literal(piece * (400_000 // len(piece)), "x")
    assert time.process_time() - start < 5


def test_damaged_texts_are_parsed_or_refused() -> None:
    chance = random.Random(5)
    texts = [*READ, *REFUSED, repr({"loss": sample_logs.LOSSES})]
    for _ in range(3_000):
        text = list(chance.choice(texts))
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(text) + 1)
            text[place : place + chance.randint(0, 3)] = chance.choice(
                ["", "'", '"', "[", "}", "<", "\\", "(", ",", "e", "."]
            )
        with contextlib.suppress(SourceError):
            parse_literal("".join(text), "x")
