"""Events: decoding records together returns the content of each record."""

import struct

import numpy as np
from event_files import event, field, log, simple, tensor, written
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.sources.formats.tensorboard.events import EventScalars


def test_a_file_is_read_in_pieces_of_any_size() -> None:
    data = log({"loss": [float(step) for step in range(300)]})
    scalars = EventScalars("x")
    ending = scalars.add_file((data[place : place + 7] for place in range(0, len(data), 7)), "x")
    assert ending == (301, False, False)
    assert scalars.curves()["loss"].values.tolist() == list(range(300))


@settings(max_examples=60)
@given(st.data())
def test_a_record_of_another_form_is_read_the_same_in_a_batch_and_alone(data: st.DataObject) -> None:
    """Decoding records together returns the same values as decoding them one by one."""
    tags = st.sampled_from(["loss", "rate", "lös", "other/tag"])
    rows = data.draw(
        st.lists(st.tuples(st.integers(0, 300), tags, st.floats(width=32), st.booleans()), min_size=1, max_size=60)
    )
    records = [
        event(step, simple(tag, value) if plain else tensor(tag, b"\x08\x01" + field(4, struct.pack("<f", value))))
        for step, tag, value, plain in rows
    ]
    scalars = EventScalars("x")
    scalars.add_file([written(records)], "x")
    curves = scalars.curves()
    assert set(curves) == {tag for _, tag, _, _ in rows}
    for name, curve in curves.items():
        assert curve.steps.tolist() == [step for step, tag, _, _ in rows if tag == name]
        expected = [value for _, tag, value, _ in rows if tag == name]
        assert np.array_equal(curve.values, expected, equal_nan=True)
