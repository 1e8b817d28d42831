"""Failures around a run become one warning."""

import logging
import warnings

import pytest

from reportgen.errors import OutputError
from reportgen.live.failures import FailureGuard


def fail(guard: FailureGuard, doing: str, *errors: Exception) -> None:
    for error in errors:
        with guard.guarding(doing):
            raise error


def test_a_failure_becomes_a_single_one_line_warning() -> None:
    with pytest.warns(RuntimeWarning) as caught:
        fail(FailureGuard(), "read the baseline", ValueError("two\nlines"), OutputError("another"))
    (warning,) = caught
    assert str(warning.message) == "reportgen could not read the baseline: ValueError: two lines"
    assert warning.filename == __file__


def test_a_warning_turned_into_an_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        FailureGuard().warn("a failure")
    assert caplog.messages == ["a failure"]


def test_ctrl_c_is_not_a_failure() -> None:
    with pytest.raises(KeyboardInterrupt), FailureGuard().guarding("write the report"):
        raise KeyboardInterrupt
