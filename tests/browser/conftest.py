"""Real headless browsers without access to the network."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import catalogue
import pytest
import screenshots as album
from engines import Chromium, Engine, Firefox, WebKit
from loopback import Loopback
from playwright.sync_api import Browser, sync_playwright
from programs import MISSING, program

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]

ADVICE = f"no {', '.join(MISSING)} on this machine; `make browsers` installs what the browser tests need"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects the browser tests if they cannot run; in CI that is an error."""
    browser_tests = [item for item in items if item.get_closest_marker("browser")]
    if not MISSING or not browser_tests:
        return
    if os.environ.get("CI"):
        raise pytest.UsageError(ADVICE)
    config.hook.pytest_deselected(items=browser_tests)
    items[:] = [item for item in items if item not in browser_tests]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says in one line why browser tests were deselected and what installs the programs."""
    if MISSING:
        terminalreporter.write_line(f"Browser tests were deselected: {ADVICE}")


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every report of catalogue.py, in one folder."""
    return catalogue.write_all(tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def loopback(reports: dict[str, Path]) -> Iterator[Loopback]:
    server = Loopback(reports["healthy"].parent)
    yield server
    server.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = program("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=["chromium", "firefox", "webkit"])
def engine(
    request: pytest.FixtureRequest, loopback: Loopback, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Each browser, started once."""
    made: Engine
    match request.param:
        case "chromium":
            made = Chromium(request.getfixturevalue("chromium"), loopback)
        case "firefox":
            made = Firefox(loopback)
        case _:
            made = WebKit(loopback, tmp_path_factory.mktemp("webkit"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def screenshots() -> Iterator[Callable[[Engine, str, object], None]]:
    """Takes a screenshot; after the last one, writes a page with all of them."""
    yield album.take
    album.write_index()
