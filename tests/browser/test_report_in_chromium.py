"""Checks that only Chromium's driver can do: disabled scripts, print, exact colours, values on hover."""

from pathlib import Path
from typing import Any

import pytest
from engines import Watch
from histories import overfit_from_12
from playwright.sync_api import Browser, Page

import reportgen

pytestmark = pytest.mark.browser


def open_page(browser: Browser, path: Path, **context: Any) -> tuple[Page, Watch]:
    page = browser.new_context(offline=True, **context).new_page()
    watch = Watch(page)
    page.goto(path.as_uri())
    return page, watch


def test_the_dark_theme_changes_the_page_and_lines(chromium: Browser, reports: dict[str, Path]) -> None:
    seen = {}
    for theme in ("light", "dark"):
        page, _ = open_page(chromium, reports["healthy"], color_scheme=theme)
        seen[theme] = page.evaluate(
            "() => [getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.querySelector('svg path[stroke=\"#0A4F8F\"]')).stroke]"
        )
        page.context.close()
    assert seen["light"] == ["rgb(255, 255, 255)", "rgb(10, 79, 143)"]
    assert seen["dark"] == ["rgb(20, 23, 28)", "rgb(121, 189, 255)"]


def test_hover_shows_one_epoch_in_every_chart(chromium: Browser, reports: dict[str, Path]) -> None:
    page, watch = open_page(chromium, reports["overfit"], viewport={"width": 1280, "height": 900})
    page.locator("figure.chart svg").first.hover()
    readouts = page.locator(".readout").all_text_contents()
    epochs = {text.split(" · ")[0] for text in readouts}
    assert len(readouts) >= 2
    assert len(epochs) == 1
    epoch = int(epochs.pop().removeprefix("epoch "))
    value = overfit_from_12().series("loss", "validation").loc[epoch]
    assert f"validation {value:.4f}" in readouts[0]
    page.mouse.move(2, 2)
    assert set(page.locator(".readout").all_text_contents()) == {""}
    assert watch.complaints == []
    page.context.close()


def test_crosshair_follows_the_keyboard(chromium: Browser, reports: dict[str, Path]) -> None:
    page, _ = open_page(chromium, reports["overfit"])
    page.locator("figure.chart svg").first.focus()
    page.keyboard.press("End")
    last = int(overfit_from_12().epochs[-1])
    assert page.locator(".readout").first.inner_text().startswith(f"epoch {last} ")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".readout").first.inner_text().startswith(f"epoch {last - 1} ")
    page.keyboard.press("Home")
    assert page.locator(".readout").first.inner_text().startswith("epoch 1 ")
    page.keyboard.press("Escape")
    assert page.locator(".readout").first.inner_text() == ""
    page.context.close()


def test_report_is_complete_without_script(chromium: Browser, reports: dict[str, Path]) -> None:
    page, watch = open_page(
        chromium, reports["overfit"], java_script_enabled=False, viewport={"width": 360, "height": 800}
    )
    text = page.locator("body").inner_text()
    verdict = reportgen.diagnose(overfit_from_12())
    assert verdict.verdict_words.title in text
    for chart in page.locator("figure.chart").all():
        box = chart.locator("svg").bounding_box()
        assert box is not None
        assert box["height"] > 100
    assert page.locator("#all-values tbody tr").count() == len(overfit_from_12().epochs)
    for table in page.locator("main table:not(#all-values)").all():
        box = table.bounding_box()
        assert box is None or box["x"] + box["width"] <= 360, "a narrow page cuts no table"
    assert watch.complaints == []
    page.context.close()


def test_print_keeps_charts_whole_and_hides_elements_that_need_a_screen(
    chromium: Browser, reports: dict[str, Path], tmp_path: Path
) -> None:
    page, _ = open_page(chromium, reports["overfit"])
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.chart')).breakInside") == "avoid"
    assert not page.locator(".readout").first.is_visible()
    pdf = tmp_path / "report.pdf"
    page.pdf(path=pdf, format="A4")
    assert pdf.read_bytes().startswith(b"%PDF")
    page.context.close()
