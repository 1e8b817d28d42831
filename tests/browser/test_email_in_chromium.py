"""Mails as clients show them: 600 and 360 pixels wide, without style sheets, without pictures, dark and inverted."""

import base64
import re
from pathlib import Path

import pytest
from histories import diverged_at_7, healthy, hostile_names, overfit_from_12, still_improving, two_outputs
from playwright.sync_api import Browser, Page

import reportgen

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
RUNS = {"overfit": overfit_from_12, "outputs": two_outputs, "hostile": hostile_names}
LAYOUTS = ("whole", "bare")  # as sent, and as the most limited client shows it: no style sheet, no pictures
# Words that extend beyond their table cell, and cells whose words were broken into pieces of one or two letters.
SQUEEZED = """
() => Array.from(document.querySelectorAll('td, th')).filter(cell => {
  const box = cell.getBoundingClientRect();
  return cell.scrollWidth > cell.clientWidth + 1 || (cell.textContent.trim().length > 3 && box.width < 24);
}).map(cell => cell.textContent.trim().slice(0, 60))
"""


@pytest.fixture(scope="module")
def mails() -> dict[str, tuple[str, dict[str, bytes]]]:
    """The HTML of mails, and their pictures by Content-ID."""
    single = {
        name: reportgen.build(make(), title=name, baseline=healthy()).email("ada@example.org")
        for name, make in RUNS.items()
    }
    reports = [
        reportgen.build(make(), title=make.__name__)
        for make in (healthy, overfit_from_12, diverged_at_7, still_improving)
    ]
    messages = single | {"digest": reportgen.email_reports(reports, "ada@example.org", title="Tonight's runs")}
    found = {}
    for name, message in messages.items():
        pictures = {
            str(part["Content-ID"])[1:-1]: part.get_content()
            for part in message.walk()
            if part.get_content_type() == "image/png"
        }
        html = message.get_body(("html",))
        assert html is not None
        found[name] = (html.get_content(), pictures)
    return found


def bare(html: str) -> str:
    return re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)


def with_pictures(html: str, pictures: dict[str, bytes]) -> str:
    """The mail with embedded pictures, since browsers do not support Content-IDs."""

    def data(found: re.Match[str]) -> str:
        return "data:image/png;base64," + base64.b64encode(pictures[found[1]]).decode()

    return re.sub(r"cid:([^\"]+)", data, html)


def show(browser: Browser, html: str, name: str, width: int = 600, theme: str = "light") -> Page:
    page = browser.new_context(
        offline=True, viewport={"width": width, "height": 800}, color_scheme="dark" if theme == "dark" else "light"
    ).new_page()
    page.set_content(html)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"email-{name}-{width}.png", full_page=True)
    return page


@pytest.mark.parametrize("width", [360, 600])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [*RUNS, "digest"])
def test_a_mail_reads_as_a_report(
    chromium: Browser, mails: dict[str, tuple[str, dict[str, bytes]]], name: str, layout: str, width: int
) -> None:
    html, pictures = mails[name]
    shown = with_pictures(html, pictures) if layout == "whole" else bare(html)
    page = show(chromium, shown, f"{name}-{layout}", width)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(SQUEEZED) == []
    text = page.locator("body").inner_text()
    assert page.locator("h1").count() == 1
    assert page.locator("h1").bounding_box()["y"] < 200, "the verdict is the first thing seen"
    if name == "digest":
        assert "2 of 4 runs diverged, failed to learn, are unstable or overfit." in text
        assert text.index("diverged_at_7") < text.index("overfit_from_12") < text.index("healthy")
    else:
        report = reportgen.build(RUNS[name](), title=name, baseline=healthy())
        assert report.diagnosis.verdict_words.title in text
        assert all(advice in text for advice in report.diagnosis.verdict_words.advice)
        for heading in ("What to do", "Findings", "Best and last values"):
            assert page.locator("h2", has_text=heading).is_visible()
        places = [page.locator("img").bounding_box(), page.get_by_text("Best epoch", exact=True).bounding_box()]
        places += [page.locator("ol").bounding_box(), page.get_by_text("Did it diverge?").bounding_box()]
        ends = [place["y"] + place["height"] for place in places if place is not None]
        assert ends == sorted(ends), "chart, numbers, advice, answers"
        assert ends[-1] <= 900 or (layout, width) != ("whole", 600), "the answers are on the first screen"
    for picture in page.locator("img").all():
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] <= width
        drawn = picture.evaluate("picture => picture.naturalWidth")
        assert (drawn > 0) is (layout == "whole")
        assert box["height"] > (150 if layout == "whole" else 20), "without the picture its words are there"
    page.context.close()


@pytest.mark.parametrize("name", [*RUNS, "digest"])
def test_colours_have_contrast_in_light_and_dark(
    chromium: Browser, mails: dict[str, tuple[str, dict[str, bytes]]], name: str
) -> None:
    html, pictures = mails[name]
    for theme in ("light", "dark"):
        page = show(chromium, with_pictures(html, pictures), f"{name}-{theme}", theme=theme)
        weak = page.evaluate(CONTRAST)
        assert weak == [], theme
        page.context.close()


@pytest.fixture
def inverted(mails: dict[str, tuple[str, dict[str, bytes]]]) -> str:
    """A light mail as some clients show it in dark mode: inverted colours, unchanged pictures."""
    html, pictures = mails["overfit"]
    turn = "filter: invert(1) hue-rotate(180deg)"
    style = f"<style>html {{ {turn}; background: #ffffff }} img {{ {turn} }}</style>"
    return with_pictures(bare(html), pictures).replace("<head>", f"<head>{style}")


def test_a_screenshot_is_taken_of_an_inverted_mail(chromium: Browser, inverted: str) -> None:
    page = show(chromium, inverted, "overfit-inverted")
    assert page.locator("h1").is_visible()
    page.context.close()


# Texts whose contrast with their background is below 4.5:1 (WCAG 2, AA).
CONTRAST = """
() => {
  const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = colour => {
    const [r, g, b] = numbers(colour).slice(0, 3).map(part => part / 255)
      .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let part = element; part; part = part.parentElement) {
      const colour = getComputedStyle(part).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim()) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) weak.push(walker.currentNode.textContent.trim().slice(0, 40));
  }
  return weak;
}
"""
