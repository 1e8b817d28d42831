"""What all tests share: settings, skips, distribution to workers, and processes that are left behind."""

import os
from collections.abc import Iterator
from typing import Any

import processes
import pytest
from hypothesis import HealthCheck, settings
from skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401  # pytest calls them
from systems import skip_tests_of_others
from workers import Scheduling

settings.register_profile(
    "house",
    deadline=None,  # machines differ
    max_examples=40,
    database=None,
    derandomize="CI" in os.environ,  # a change must not fail in CI by chance; elsewhere each run tries new examples
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("quick", settings.get_profile("house"), max_examples=10)  # for `make test-oldest`
settings.register_profile("thorough", settings.get_profile("house"), max_examples=400, derandomize=False)
settings.load_profile("house")
processes.mark_environment()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip_tests_of_others(items)


@pytest.fixture(scope="session", autouse=True)
def _no_process_outlives_the_session() -> Iterator[None]:
    with processes.none_left_behind():
        yield


@pytest.fixture(autouse=True)
def _no_process_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    if "engine" in request.fixturenames:  # opens its windows when a test first needs them, and closes them at the end
        yield
        return
    with processes.none_left_behind():
        yield
