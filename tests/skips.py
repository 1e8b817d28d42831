"""No test is skipped unexpectedly in CI: a test that cannot run there fails unless its reason is listed here."""

import os
import re
from collections.abc import Iterator

import pytest

MAY_SKIP_IN_CI = (
    r"the group formats is not installed",  # gigabytes; `make test-formats` installs them
    r"actionlint is not installed",  # `make lint-workflows` downloads it, which not every machine may
    r"torch is not installed",  # the group formats again; nothing else needs this backend
    r"jax is not installed|KerasTuner or SciKeras is not installed|Keras 2 ",  # `make test-oldest`
    r"REPORTGEN_CURVES names no folder",  # curves that the project may not keep
    r"root may write anywhere",  # each machine runs as root or as a user, so one of these two is skipped
    r"only root can (become another user|create (links|files) of )",
    r"needs (Linux|Windows|macOS|a Unix terminal)",
)


def is_expected(reason: str) -> bool:
    """Whether CI accepts a skip for this reason."""
    return any(re.search(pattern, reason) for pattern in MAY_SKIP_IN_CI)


def _fail_unexpected_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not is_expected(reason):
            report.outcome = "failed"
            report.longrepr = f"{reason}\nThis skip is not expected in CI; see tests/skips.py."


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    outcome = yield
    _fail_unexpected_skip(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    outcome = yield
    _fail_unexpected_skip(outcome.get_result())
