"""What every test shares: how Hypothesis draws, unexpected skips in CI, sharing out tests, no process left behind."""

from collections.abc import Iterator

import processes
import pytest
import workers
from hypothesis import HealthCheck, settings
from skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401  # pytest calls them

settings.register_profile(
    "house", deadline=None, max_examples=40, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")  # no deadline, since machines differ
processes.mark_environment()


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    workers.group(items)


@pytest.fixture(scope="session", autouse=True)
def _no_process_outlives_the_session() -> Iterator[None]:
    with processes.none_left_behind():
        yield


@pytest.fixture(autouse=True)
def _no_process_outlives_its_test() -> Iterator[None]:
    with processes.none_left_behind():
        yield
