"""The index of a sweep in a real browser: sorting, filters, both themes, narrow screens, disabled scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from measures import SIDEWAYS_SCROLL
from playwright.sync_api import Browser, Page

from reportgen.options import Look
from reportgen.sweep.execution import write_index
from reportgen.sweep.ledger import Ledger
from reportgen.sweep.places import FoundRun, Site
from reportgen.sweep.results import RunResult, failed_result, report_name

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)> \"'& 語 ‮abc"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 520 runs on two pages, one of them hostile, one without a report."""
    folder = tmp_path_factory.mktemp("sweep")
    rows = [
        RunResult(
            path=(path := f"group{number % 3}/run{number:03d}/history.csv"),
            title=HOSTILE if number == 3 else f"run {number}",
            report=report_name(path),
            key="k",
            verdict=("finished", "overfitting")[number % 2],
            headline="It learned.",
            monitor="val_loss",
            best=0.1 + number / 100,
            best_epoch=number + 1,
            last=600,
            epochs=(1, 2, 3, 4),
            values=(1.0, 0.5, None, 0.1 + number / 100),
            settings=(("learning_rate", str(0.1 / (number + 1))),),
        )
        for number in range(519)
    ]
    rows.append(failed_result(FoundRun("bad", "/bad", "bad"), "It cannot be read."))
    site = Site.at(str(folder))
    runs = [FoundRun(row.path, row.path, row.title) for row in rows]
    with Ledger(site) as ledger:
        ledger.add(rows)
        write_index(ledger, runs, site, Look())
    return folder / "index.html"


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")], ids=str)
def page(request: pytest.FixtureRequest, chromium: Browser, index: Path) -> Iterator[Page]:
    width, scheme = request.param
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    faults: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: requests.append(asked.url))
    page.goto(index.as_uri())
    yield page
    folder = Path("build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"sweep-{width}-{scheme}.png")
    page.close()
    assert faults == []
    assert [url for url in requests if not url.startswith("file:")] == []


def shown(page: Page) -> list[str]:
    return page.eval_on_selector_all(
        ".runs tbody tr:not(.group)",
        "rows => rows.filter(r => r.offsetParent).map(r => r.cells[0].innerText.split('\\n')[0])",
    )


def test_sorting_ignores_groups_until_they_are_restored(page: Page) -> None:
    grouped = shown(page)
    assert grouped[:2] == ["run 0", "run 2"]
    page.get_by_role("button", name="Best epoch").click()
    assert shown(page)[:3] == ["run 0", "run 1", "run 2"]
    page.get_by_role("button", name="Best epoch").click()
    assert shown(page) == shown(page)
    assert int(shown(page)[0].split()[1]) > int(shown(page)[1].split()[1])
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Best epoch")
    page.get_by_role("button", name="Back to groups").click()
    assert shown(page) == grouped
    assert page.locator("[aria-sort]").count() == 0


def test_numbers_are_sorted_as_numbers(page: Page) -> None:
    page.get_by_role("button", name="learning_rate").click()
    numbers = [int(name.split()[1]) for name in shown(page) if name.startswith("run ")]
    assert numbers == sorted(numbers, reverse=True)


def test_runs_without_a_report_show_the_reason_and_are_sorted_last(page: Page, index: Path) -> None:
    page.goto((index.parent / "page-2.html").as_uri())
    reason = page.get_by_text("It cannot be read.")
    assert reason.bounding_box()["x"] < page.viewport_size["width"]
    for _ in range(2):
        page.get_by_role("button", name="Best value").click()
        assert shown(page)[-1] == "bad"


def test_filters_hide_rows_and_show_how_many_are_left(page: Page) -> None:
    page.fill("#filter", "run00 group1")
    assert shown(page) == ["run 4", "run 1", "run 7"]
    page.select_option("#verdict", "overfitting")
    assert shown(page) == ["run 1", "run 7"]
    assert page.locator("output").inner_text() == "2 of 500 runs on this page"
    assert page.locator("tbody#finished").is_hidden()


def test_nothing_scrolls_sideways_and_hostile_names_are_text(page: Page) -> None:
    assert page.evaluate(SIDEWAYS_SCROLL) == 0
    assert page.locator("img").count() == 0
    assert "<img src=x" in page.locator(".runs").inner_text()
    page.get_by_role("link", name="Without a report").click()
    assert page.url.endswith("page-2.html#error")
    assert "It cannot be read." in page.locator("tbody#error").inner_text()


def test_the_index_is_complete_without_scripts(chromium: Browser, index: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(index.as_uri())
    assert page.locator(".runs tbody tr:not(.group)").count() == 500
    assert page.locator(".controls").is_hidden()
    assert page.locator("figure.chart svg").is_visible()
    context.close()
