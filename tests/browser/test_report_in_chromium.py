"""Reports in a real browser: every chart drawn, nothing requested, nothing complained about, nothing out of place."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from histories import (
    diverged_at_7,
    healthy,
    hostile_names,
    learning_rate_steps,
    one_epoch,
    overfit_from_12,
    still_improving,
    two_outputs,
)
from playwright.sync_api import Browser, Page

import reportgen

pytestmark = pytest.mark.browser

RUNS = {
    "healthy": healthy,
    "overfit": overfit_from_12,
    "diverged": diverged_at_7,
    "one_epoch": one_epoch,
    "rate_steps": learning_rate_steps,
    "forecast": still_improving,
    "outputs": two_outputs,
    "hostile": hostile_names,
}
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
JENKINS_HEADER = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"

DRAWN_MARKS = """
() => Array.from(document.querySelectorAll('figure.chart svg'), svg => {
  const inside = svg.getBoundingClientRect();
  return Array.from(svg.querySelectorAll('path, line'), mark => mark.getBoundingClientRect())
    .filter(box => (box.width > 0 || box.height > 0) && box.left < inside.right && box.top < inside.bottom).length;
})
"""
# The boxes of all words in a chart that touch another one's, axis numbers included.
TOUCHING_WORDS = """
() => Array.from(document.querySelectorAll('figure.chart svg')).flatMap(svg => {
  const words = Array.from(svg.querySelectorAll('text')).filter(word => word.textContent.trim());
  const boxes = words.map(word => word.getBoundingClientRect());
  const touching = [];
  for (let i = 0; i < words.length; i++) for (let j = i + 1; j < words.length; j++) {
    const a = boxes[i], b = boxes[j];
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
      touching.push(words[i].textContent + ' | ' + words[j].textContent);
  }
  return touching;
})
"""
OUTSIDE = """
() => Array.from(document.querySelectorAll('figure.chart svg')).flatMap(svg => {
  const frame = svg.closest('figure').getBoundingClientRect();
  return Array.from(svg.querySelectorAll('text'))
    .filter(word => word.getBoundingClientRect().left < frame.left || word.getBoundingClientRect().right > frame.right)
    .map(word => word.textContent);
})
"""


class Watch:
    """What a page did that a report must never do."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI))"
        )


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    return {name: reportgen.build(make(), title=name).save(folder / f"{name}.html") for name, make in RUNS.items()}


def open_page(browser: Browser, path: Path, **context: Any) -> tuple[Page, Watch]:
    page = browser.new_context(offline=True, **context).new_page()
    watch = Watch(page)
    page.goto(path.as_uri())
    return page, watch


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", RUNS)
def test_every_chart_is_drawn_and_nothing_else_happens(
    chromium: Browser, reports: dict[str, Path], name: str, width: int, theme: Any
) -> None:
    page, watch = open_page(chromium, reports[name], viewport={"width": width, "height": 800}, color_scheme=theme)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{theme}.png", full_page=True)
    marks = page.evaluate(DRAWN_MARKS)
    assert len(marks) >= 1
    assert all(count >= 3 for count in marks), marks
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(TOUCHING_WORDS) == []
    assert page.evaluate(OUTSIDE) == []
    assert watch.requests == [reports[name].as_uri()]
    assert watch.complaints == []
    page.context.close()


def test_dark_theme_turns_page_and_lines(chromium: Browser, reports: dict[str, Path]) -> None:
    seen = {}
    for theme in ("light", "dark"):
        page, _ = open_page(chromium, reports["healthy"], color_scheme=theme)
        seen[theme] = page.evaluate(
            "() => [getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.querySelector('svg path[stroke=\"#C24E00\"]')).stroke]"
        )
        page.context.close()
    assert seen["light"] == ["rgb(255, 255, 255)", "rgb(194, 78, 0)"]
    assert seen["dark"] == ["rgb(20, 23, 28)", "rgb(255, 146, 72)"]


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
    page, watch = open_page(chromium, reports["overfit"], java_script_enabled=False)
    text = page.locator("body").inner_text()
    verdict = reportgen.diagnose(overfit_from_12())
    assert verdict.verdict_words.title in text
    for chart in page.locator("figure.chart").all():
        box = chart.locator("svg").bounding_box()
        assert box is not None
        assert box["height"] > 100
        assert chart.locator("tbody tr").count() == len(overfit_from_12().epochs)
    assert watch.complaints == []
    page.context.close()


@pytest.fixture
def jenkins(reports: dict[str, Path]) -> Iterator[str]:
    """A server on loopback that sends the header Jenkins puts on artifacts."""
    folder = str(reports["overfit"].parent)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=folder)

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", JENKINS_HEADER)
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/overfit.html"
        server.shutdown()
        thread.join()


def test_charts_and_answers_are_visible_under_jenkins_header(chromium: Browser, jenkins: str) -> None:
    page = chromium.new_context().new_page()
    page.goto(jenkins)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "overfit-jenkins.png", full_page=True)
    assert reportgen.diagnose(overfit_from_12()).verdict_words.title in page.locator("body").inner_text()
    for svg in page.locator("figure.chart svg").all():
        box = svg.bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert box["height"] > 150
    assert page.locator(".readout").count() == 0, "the sandbox stops scripts; nothing may wait for them"
    page.context.close()


def test_served_report_makes_no_second_request(chromium: Browser, reports: dict[str, Path]) -> None:
    """Over http a browser asks for an icon by itself, unless the page brings one."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = reports["healthy"].read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page = chromium.new_context().new_page()
        watch = Watch(page)
        page.goto(f"http://127.0.0.1:{server.server_port}/report.html")
        page.wait_for_timeout(300)
        page.context.close()
        server.shutdown()
        thread.join()
    assert asked == ["/report.html"]
    assert watch.complaints == []


def test_print_keeps_charts_whole_and_hides_what_needs_a_screen(
    chromium: Browser, reports: dict[str, Path], tmp_path: Path
) -> None:
    page, _ = open_page(chromium, reports["overfit"])
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('figure.chart')).breakInside") == "avoid"
    assert not page.locator(".readout").first.is_visible()
    pdf = tmp_path / "report.pdf"
    page.pdf(path=pdf, format="A4")
    assert pdf.read_bytes().startswith(b"%PDF")
    page.context.close()
