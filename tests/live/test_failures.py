"""Failures around a run become one warning."""

import logging
import warnings

import pytest

from reportgen.errors import OutputError
from reportgen.live.failures import FailureGuard


def fail(guard: FailureGuard, **errors: list[Exception]) -> None:
    for doing, raised in errors.items():
        for error in raised:
            with guard.guarding(doing):
                raise error


class Unspeakable(Exception):  # noqa: N818  # not only an error, but one that cannot be printed
    def __str__(self) -> str:
        raise RuntimeError


def test_each_thing_that_fails_becomes_a_single_one_line_warning() -> None:
    with pytest.warns(RuntimeWarning) as caught:
        fail(
            FailureGuard(), read=[ValueError("two\nlines"), OutputError("another")], write=[Unspeakable(), ValueError()]
        )
    assert [str(warning.message) for warning in caught] == [
        "reportgen could not read: ValueError: two lines",
        "reportgen could not write: Unspeakable",
    ]
    assert {warning.filename for warning in caught} == {__file__}


def test_a_warning_turned_into_an_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        FailureGuard().warn("a failure")
    assert caplog.messages == ["a failure"]


def test_ctrl_c_is_not_a_failure() -> None:
    with pytest.raises(KeyboardInterrupt), FailureGuard().guarding("write the report"):
        raise KeyboardInterrupt
