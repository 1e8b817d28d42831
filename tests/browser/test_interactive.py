"""Interactive charts in Chromium: they look like the static ones, and zoom, pan and smooth under the same policy."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import histories
import numpy as np
import pytest
from measures import until
from playwright.sync_api import Browser, Page

import reportgen
from reportgen import vega
from reportgen.charts import chart_all, layout, theme
from reportgen.charts.axes import value_ticks, y_position
from reportgen.charts.planning import make_plan

pytestmark = pytest.mark.browser

PIMA = Path(__file__).parents[2] / "sample_reports" / "histories" / "pima.json"
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
RUNS: dict[str, Callable[[], Any]] = {
    "pima": lambda: PIMA,
    "overfit": histories.overfit_from_12,
    "diverged": histories.diverged_at_7,
    "logarithmic": lambda: {"loss": np.geomspace(1000, 0.1, 30).tolist()},
    "forecast": histories.still_improving,
    "hostile": histories.hostile_names,
}
NO_FORECAST = ["still-improving"]  # a forecast would lengthen the axis of epochs
CHARTS = "figure.chart > svg[data-plot]"
LIVE = "figure.chart > svg > svg"
# What each chart shows: every text with its box, and the box around all shapes of one style.
PAINTED = """
() => (document.querySelectorAll('details.folded').forEach(part => { part.open = true; }),
  Array.from(document.querySelectorAll('figure.chart > svg[data-plot]'), svg => { // of metrics
  const frame = svg.getBoundingClientRect(), words = [], shapes = {};
  const box = mark => {
    const b = mark.getBoundingClientRect();
    return [b.left - frame.left, b.top - frame.top, b.right - frame.left, b.bottom - frame.top];
  };
  const seen = svg.querySelector(':scope > svg') || svg; // the drawing behind an interactive chart is hidden
  for (const word of seen.querySelectorAll('text')) {
    const { fill, fontSize, opacity } = getComputedStyle(word);
    if (word.textContent && opacity !== '0') words.push([word.textContent, fill, fontSize, ...box(word)]);
  }
  for (const mark of seen.querySelectorAll('path, line, rect')) {
    const look = getComputedStyle(mark), [left, top, right, bottom] = box(mark);
    const empty = (look.fill === 'none' && look.stroke === 'none') || (left === right && top === bottom);
    if (empty || mark.closest('defs, clipPath') || mark.matches('.crosshair')) continue;
    const name = [look.fill, look.stroke, look.stroke === 'none' || look.strokeWidth, look.strokeDasharray].join(' ');
    const [l, t, r, b] = shapes[name] || [left, top, right, bottom];
    shapes[name] = [Math.min(l, left), Math.min(t, top), Math.max(r, right), Math.max(b, bottom)];
  }
  return { words: words.sort(), shapes };
}))
"""


class Watch:
    """Requests and errors of a page."""

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
    """Each run interactive and as a default report; `pima` also compressed."""
    folder = tmp_path_factory.mktemp("interactive")
    built = {name: reportgen.build(make()) for name, make in RUNS.items()}
    built["pima"] = reportgen.build(PIMA, ignore=NO_FORECAST)
    paths = {name: report.save(folder / f"{name}.html", interactive=True) for name, report in built.items()}
    paths |= {
        f"plain {name}": report.save(folder / f"plain-{name}.html", theme="auto") for name, report in built.items()
    }
    paths["packed"] = built["pima"].save(folder / "packed.html", interactive=True, compress=True)
    return paths


@contextmanager
def opened(browser: Browser, address: str, *, interactive: bool = True, **context: Any) -> Iterator[tuple[Page, Watch]]:
    page = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **context}).new_page()
    watch = Watch(page)
    page.goto(address)
    if interactive:
        until(page, "document.querySelector('.controls') !== null")
        assert page.locator("svg.interactive").count() == page.locator(CHARTS).count()
    yield page, watch
    page.context.close()


@contextmanager
def served(path: Path, policy: str) -> Iterator[str]:
    """The file's address on a loopback server that sends its own policy."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/report.html"
        server.shutdown()
        thread.join()


def epochs(page: Page) -> list[tuple[float, float]]:
    """First and last epoch of every chart, after the next frame."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    texts = [chart.get_attribute("data-epochs") or "" for chart in page.locator(CHARTS).all()]
    return [(float(text.split()[0]), float(text.split()[1])) for text in texts]


def numbers(page: Page, chart: int = 0) -> list[str]:
    """The numbers among the texts of a chart, which are the labels of its axes."""
    words = page.locator(LIVE).nth(chart).locator("text").all_text_contents()
    return sorted(word for word in words if word.strip("−").replace(".", "", 1).isdigit())


def strong_path(page: Page, colour: str) -> list[tuple[float, float]]:
    """The corners of the strong line of one colour in the first chart, in chart units."""
    found = page.locator(LIVE).first.locator(f'path[stroke="{colour}"]:not([stroke-width="1"])').all()
    corners = [part for path in found for part in (path.get_attribute("d") or "").replace("M", "L").split("L") if part]
    return [(float(x), float(y)) for x, y in (corner.rstrip("Z").split(",") for corner in corners)]


@pytest.mark.parametrize(("width", "theme_name"), [(1280, "light"), (360, "dark")])  # places and colours
@pytest.mark.parametrize("name", RUNS)
def test_interactive_charts_look_like_the_static_charts_they_replace(
    chromium: Browser, reports: dict[str, Path], name: str, width: int, theme_name: Any
) -> None:
    look: Any = {"viewport": {"width": width, "height": 900}, "color_scheme": theme_name, "offline": True}
    with opened(chromium, reports[f"plain {name}"].as_uri(), interactive=False, **look) as (page, _):
        drawn = page.evaluate(PAINTED)
    with opened(chromium, reports[name].as_uri(), **look) as (page, watch):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"interactive-{name}-{width}-{theme_name}.png", full_page=True)
        live = page.evaluate(PAINTED)
        assert page.locator("svg.interactive > svg").count() == page.locator(CHARTS).count() == len(drawn) >= 1
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        ids = page.evaluate("Array.from(document.querySelectorAll('[id]'), element => element.id)")
        assert len(ids) == len(set(ids))
        assert watch.requests == [reports[name].as_uri()]
        assert watch.complaints == []
    for before, after in zip(drawn, live, strict=True):
        assert [word[:3] for word in after["words"]] == [word[:3] for word in before["words"]]
        places = [np.array([word[3:] for word in part["words"]]) for part in (before, after)]
        assert np.abs(places[0] - places[1]).max() < 1
        assert after["shapes"].keys() == before["shapes"].keys()
        assert len(after["shapes"]) >= 2
        for shape, box in before["shapes"].items():
            assert np.abs(np.array(box) - after["shapes"][shape]).max() < 1, shape


AXES: dict[str, list[float]] = {
    "falling": np.geomspace(2.3, 0.21, 30).tolist(),
    "flat": [0.5] * 30,
    "zero": [0.0] * 30,
    "below zero": [-3.0] * 30,
    "float32 rounding": (0.6931472 + 5e-8 * np.tile([1, -1], 15)).tolist(),
    "nearly flat": (0.6931472 + 5e-6 * np.tile([1, -1], 15)).tolist(),
    "tiny": np.linspace(3e-9, 1e-9, 30).tolist(),
    "huge": np.linspace(2e8, 9e8, 30).tolist(),
    "score": np.linspace(0.97, 0.991, 30).tolist(),
    "both signs": np.linspace(-0.4, 7.2, 30).tolist(),
    "near zero": np.linspace(1, 0.001, 30).tolist(),
    "six digits": np.linspace(101_000, 987_000, 30).tolist(),
}


@pytest.fixture(scope="module")
def axes_report(tmp_path_factory: pytest.TempPathFactory) -> reportgen.Report:
    """A run whose metrics have the values of `AXES` in training, and other values in validation."""
    columns = {f"metric {name}": values for name, values in AXES.items()}
    columns |= {
        f"val_metric {name}": [1.5 * value + 0.1 * abs(value) for value in values] for name, values in AXES.items()
    }
    return reportgen.build(columns)


def read_axes(page: Page) -> dict[str, tuple[list[float], list[str], list[str]]]:
    """For each chart id: first and last value of the vertical axis, its labels, and the labels of the epochs."""
    epochs(page)
    found = page.evaluate(
        """() => Array.from(document.querySelectorAll('figure.chart > svg'), svg => {
          const [along, up] = Array.from(svg.querySelectorAll('.role-axis-label'),
            axis => Array.from(axis.querySelectorAll('text'), text => [text, text.getBoundingClientRect()])
              .sort(([, a], [, b]) => (Math.abs(a.top - b.top) < 1 ? a.left - b.left : b.top - a.top))
              .map(([text]) => text.textContent));
          return [svg.querySelector('title').id, svg.dataset.values.split(' ').map(Number), up, along];
        })"""
    )
    return {chart_id.removesuffix("-title"): tuple(axes) for chart_id, *axes in found}


def test_axes_drawn_by_the_script_match_a_static_chart_of_the_same_lines(
    chromium: Browser, tmp_path: Path, axes_report: reportgen.Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reportgen.charts.choice.MAX_CARDS", len(AXES))  # a chart for each kind of axis
    path = axes_report.save(tmp_path / "axes.html", interactive=True)
    charts = [chart for chart in chart_all(axes_report.history, axes_report.diagnosis) if chart.id != "chart-gap"]
    assert len(charts) == len(AXES)
    with opened(chromium, path.as_uri()) as (page, watch):
        page.locator(CHARTS).first.press("2")  # hides or shows validation
        for chart_id, (values, texts, along) in read_axes(page).items():
            chart = next((chart for chart in charts if chart.id == chart_id), None)
            if chart is None:
                continue
            plan = make_plan(chart.plan.lines[:1])
            assert values == pytest.approx(plan.y_domain, rel=1e-9, abs=1e-300), chart.title
            assert texts == [tick.text for tick in plan.y_ticks], chart.title
            assert along == [str(epoch) for epoch in plan.x_ticks]
        page.locator(CHARTS).first.press("2")  # hides or shows validation
        page.get_by_role("checkbox", name="Log axis").check()
        logarithmic = 0
        for chart_id, (values, texts, _) in read_axes(page).items():
            chart = next((chart for chart in charts if chart.id == chart_id), None)
            every = np.concatenate([line.values for line in chart.plan.lines]) if chart else np.zeros(1)
            if every.min() > 0 and np.ptp(every):
                low, high = every.min(), every.max()
                padding = (high / low) ** layout.LOG_PADDING
                assert values == pytest.approx([low / padding, high * padding], rel=1e-9), chart
                assert texts == [tick.text for tick in value_ticks((values[0], values[1]), log=True)], chart
                logarithmic += 1
        assert logarithmic >= 7
        assert watch.complaints == []


def test_smoothing_keeps_the_axis(chromium: Browser, tmp_path: Path, axes_report: reportgen.Report) -> None:
    path = axes_report.save(tmp_path / "axes.html", interactive=True)
    with opened(chromium, path.as_uri()) as (page, _):
        before = read_axes(page)
        page.get_by_role("slider", name="Smoothing").first.focus()
        page.keyboard.press("PageUp")
        assert read_axes(page) == before


def test_a_compressed_runtime_is_unpacked_and_draws(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["packed"].as_uri(), offline=True) as (page, watch):
        assert page.locator("svg.interactive").count() == page.locator(CHARTS).count() == 3
        page.get_by_role("button", name="Zoom in").first.click()
        assert epochs(page)[0] == pytest.approx((25.8, 125.2), abs=0.1)
        assert watch.requests == [reports["packed"].as_uri()]
        assert watch.complaints == []


def test_charts_are_drawn_with_the_whole_bundle_of_an_unknown_release(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vega, "_STORED", {})
    vega.runtime.cache_clear()
    path = reportgen.build(PIMA, ignore=NO_FORECAST).save(tmp_path / "whole.html", interactive=True)
    vega.runtime.cache_clear()
    with opened(chromium, path.as_uri(), offline=True) as (page, watch):
        page.get_by_role("checkbox", name="Log axis").first.check()
        page.get_by_role("button", name="Zoom in").first.click()
        assert epochs(page)[0] == pytest.approx((25.8, 125.2), abs=0.1)
        assert watch.complaints == []


def test_buttons_zoom_every_chart_to_the_same_epochs_and_reset(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["pima"].as_uri()) as (page, watch):
        before = numbers(page)
        page.get_by_role("button", name="Zoom in").last.click()
        zoomed = epochs(page)
        assert len(set(zoomed)) == 1
        assert 1 < zoomed[0][0] < zoomed[0][1] < 150
        assert numbers(page) != before
        assert all(float(text) <= 150 for text in numbers(page))
        page.get_by_role("button", name="Zoom out").first.click()
        assert epochs(page) == [(1, 150)] * 3
        for _ in range(20):
            page.get_by_role("button", name="Zoom in").first.click()
        first, last = epochs(page)[0]
        assert last - first == pytest.approx(2)
        page.get_by_role("button", name="Reset").first.click()
        assert epochs(page) == [(1, 150)] * 3
        assert numbers(page) == before
        assert watch.complaints == []


def test_the_wheel_scrolls_the_page_until_the_chart_has_the_focus(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["pima"].as_uri()) as (page, _):
        box = page.locator(CHARTS).first.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.wheel(0, -100)
        assert epochs(page)[0] == (1, 150)
        page.keyboard.down("Control")
        page.mouse.wheel(0, -100)
        page.keyboard.up("Control")
        until(page, "document.querySelector('svg.zoomed')")
        once = epochs(page)[0]
        assert 1 < once[0] < once[1] < 150
        page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert epochs(page)[0] == (1, 150)
        page.mouse.wheel(0, -100)
        until(page, "document.querySelector('svg.zoomed')")
        assert epochs(page)[0] == pytest.approx(once)
        page.mouse.wheel(0, 100)
        until(page, "!document.querySelector('svg.zoomed')")
        page.mouse.wheel(0, 100)
        until(page, "window.scrollY > 0")


def test_a_drag_pans_and_stops_at_the_ends_of_the_run(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["pima"].as_uri()) as (page, _):
        page.get_by_role("button", name="Zoom in").first.click()
        first, last = epochs(page)[0]
        box = page.locator(CHARTS).first.bounding_box()
        assert box is not None
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        plot = float((page.locator(CHARTS).first.get_attribute("data-plot") or "").split()[2])
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] - 40, middle[1], steps=4)
        page.mouse.up()
        moved = 40 / (plot * box["width"] / layout.WIDTH) * (last - first)
        assert epochs(page)[0] == pytest.approx((first + moved, last + moved), abs=0.2)
        page.mouse.down()
        page.mouse.move(middle[0] + 400, middle[1], steps=4)
        page.mouse.up()
        assert epochs(page)[0] == pytest.approx((1, 1 + last - first))


def test_the_keyboard_zooms_and_pans_and_the_charts_follow_the_crosshair(
    chromium: Browser, reports: dict[str, Path]
) -> None:
    with opened(chromium, reports["pima"].as_uri()) as (page, watch):
        page.locator(CHARTS).first.focus()
        page.keyboard.press("+")
        first, last = epochs(page)[0]
        assert 1 < first < last < 150
        page.keyboard.press("Shift+ArrowLeft")
        assert epochs(page)[0] == pytest.approx((1, 1 + last - first))
        assert page.locator(".readout").first.inner_text() == "", "Shift pans; it does not move the crosshair"
        page.keyboard.press("End")
        assert page.locator(".readout").first.inner_text().startswith("epoch 150 ")
        assert epochs(page)[0] == pytest.approx((150 - (last - first), 150))
        assert page.evaluate("getComputedStyle(document.querySelector('.crosshair')).visibility") == "visible"
        page.keyboard.press("0")
        assert epochs(page)[0] == (1, 150)
        assert watch.complaints == []


def test_the_crosshair_shows_the_values_in_a_zoomed_chart(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["pima"].as_uri()) as (page, _):
        page.get_by_role("button", name="Zoom in").first.click()
        first, last = epochs(page)[0]
        box = page.locator(CHARTS).first.bounding_box()
        assert box is not None
        left, _, width, _ = map(float, (page.locator(CHARTS).first.get_attribute("data-plot") or "").split())
        page.mouse.move(box["x"] + (left + width * 0.25) * box["width"] / layout.WIDTH, box["y"] + 100)
        epoch = round(first + 0.25 * (last - first))
        value = reportgen.load(PIMA).series("loss", "validation").loc[epoch]
        readout = page.locator(".readout").first.inner_text()
        assert readout.startswith(f"epoch {epoch} ")
        assert f"validation {value:.4f}" in readout


def test_a_logarithmic_axis_is_offered_for_positive_values_only(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["overfit"].as_uri()) as (page, watch):
        assert page.locator(".controls").count() == 1
        before, path = numbers(page), strong_path(page, theme.TRAIN)
        page.get_by_role("checkbox", name="Log axis").check()
        epochs(page)
        assert numbers(page) != before
        history = histories.overfit_from_12()
        low, high = (float(edge) for edge in (history.frame["value"].min(), history.frame["value"].max()))
        padding = (high / low) ** 0.04
        values = history.series("loss", "train").to_numpy()
        heights = [y_position(value, (low / padding, high * padding), True) for value in values.tolist()]
        assert [y for _, y in strong_path(page, theme.TRAIN)] == pytest.approx(heights, abs=0.01)
        page.get_by_role("checkbox", name="Log axis").uncheck()
        epochs(page)
        assert strong_path(page, theme.TRAIN) == path
        assert watch.complaints == []


def test_the_note_on_a_logarithmic_axis_disappears_with_it(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["logarithmic"].as_uri()) as (page, _):
        note = page.get_by_text("The vertical axis is logarithmic.")
        assert note.is_visible()
        assert page.get_by_role("checkbox", name="Log axis").is_checked()
        page.get_by_role("checkbox", name="Log axis").uncheck()
        note.wait_for(state="hidden")


def test_the_slider_smooths_every_chart_as_tensorboard_does(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["pima"].as_uri()) as (page, watch):
        raw = strong_path(page, theme.VALIDATION)
        slider = page.get_by_role("slider", name="Smoothing").first
        slider.focus()
        for _ in range(9):
            page.keyboard.press("PageUp")
        weight = float(slider.input_value())
        assert 0.5 < weight < 0.99
        assert page.locator(".weight").all_text_contents() == [f"{weight:.2f}"], "one control for all charts"
        values = reportgen.load(PIMA).series("loss", "validation").to_numpy()
        n = np.arange(1, len(values) + 1)
        averages = [
            np.sum(weight ** np.arange(k)[::-1] * values[:k]) * (1 - weight) / (1 - weight**k) for k in n.tolist()
        ]
        history = reportgen.load(PIMA)
        plan = chart_all(history, reportgen.diagnose(history))[0].plan
        heights = [y_position(float(value), plan.y_domain, False) for value in averages]
        epochs(page)
        assert [y for _, y in strong_path(page, theme.VALIDATION)] == pytest.approx(heights, abs=0.01)
        faint = page.locator(LIVE).first.locator(f'path[stroke="{theme.VALIDATION}"][stroke-width="1"]')
        assert faint.count() == 1
        label = page.locator(LIVE).first.locator("text", has_text="validation").last
        assert label.bounding_box() is not None
        page.keyboard.press("Home")
        epochs(page)
        assert strong_path(page, theme.VALIDATION) == raw
        assert faint.count() == 0
        assert watch.complaints == []


def test_labels_and_marks_follow_the_zoom(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["pima"].as_uri()) as (page, _):
        best = page.locator(LIVE).first.locator("text", has_text="best epoch 146")
        assert best.count() == 1
        page.locator(CHARTS).first.focus()
        page.keyboard.press("Home")
        page.keyboard.press("+")
        assert epochs(page)[0][1] < 146
        assert best.count() == 0
        label = page.locator(LIVE).first.locator("text", has_text="train").bounding_box()
        assert label is not None
        width = float((page.locator(CHARTS).first.get_attribute("data-plot") or "").split()[2])
        ends = [y for x, y in strong_path(page, theme.TRAIN) if x <= width]
        frame = page.locator(CHARTS).first.bounding_box()
        assert frame is not None
        top = float((page.locator(CHARTS).first.get_attribute("data-plot") or "").split()[1])
        scale = frame["width"] / layout.WIDTH
        assert label["y"] + label["height"] / 2 - frame["y"] == pytest.approx((ends[-1] + top) * scale, abs=30)
        page.keyboard.press("End")
        assert best.count() == 1


def test_the_controls_can_be_reached_by_keyboard_and_show_their_focus(
    chromium: Browser, reports: dict[str, Path]
) -> None:
    with opened(chromium, reports["overfit"].as_uri()) as (page, _):
        page.locator(CHARTS).first.focus()
        names: list[str] = []
        while names[-1:] != ["button all"] and len(names) < 40:
            page.keyboard.press("Tab")
            names.append(page.evaluate("document.activeElement.type + ' ' + document.activeElement.value"))
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", names[-1]
        assert names[-5:] == ["range 0", "checkbox on", "button in", "button out", "button all"]
        group = page.locator(".controls").first
        assert group.get_attribute("aria-label") == "Charts"
        assert group.bounding_box()["y"] < 1000, "it stays in the window"
        page.emulate_media(media="print")
        assert not group.is_visible()


@pytest.mark.parametrize(
    "policy",
    [
        "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';",
        "script-src 'none'",
        "script-src 'self'",
    ],
)
def test_the_static_charts_stay_if_a_policy_blocks_scripts(
    chromium: Browser, reports: dict[str, Path], policy: str
) -> None:
    with served(reports["packed"], policy) as address, opened(chromium, address, interactive=False) as (page, _):
        page.wait_for_timeout(500)
        assert page.locator("svg.interactive, .controls").count() == 0
        assert page.locator(f"{CHARTS} > g").count() >= 3
        assert "Smoothing" not in page.locator("body").inner_text()
        for chart in page.locator(CHARTS).all():
            box = chart.bounding_box()
            assert box is not None
            assert box["height"] > 150


def test_the_static_charts_stay_in_a_browser_that_cannot_decompress(
    chromium: Browser, reports: dict[str, Path]
) -> None:
    page = chromium.new_page()
    watch = Watch(page)
    page.add_init_script("delete window.DecompressionStream")
    page.goto(reports["packed"].as_uri())
    page.wait_for_timeout(500)
    assert page.locator("svg.interactive, .controls").count() == 0
    page.locator(CHARTS).first.hover()
    assert page.locator(".readout").first.inner_text().startswith("epoch ")
    assert watch.complaints == []
    page.close()


@pytest.mark.parametrize("name", ["pima", "packed"])
def test_charts_are_interactive_in_a_sandbox_without_an_origin(
    chromium: Browser, reports: dict[str, Path], name: str
) -> None:
    with served(reports[name], "sandbox allow-scripts") as address, opened(chromium, address) as (page, watch):
        assert page.evaluate("window.origin") == "null"
        page.get_by_role("button", name="Zoom in").first.click()
        assert epochs(page)[0] == pytest.approx((25.8, 125.2), abs=0.1)
        assert watch.requests == [address]
        assert watch.complaints == []


def test_a_pinch_with_two_fingers_zooms(chromium: Browser, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["pima"].as_uri(), has_touch=True) as (page, _):
        box = page.locator(CHARTS).first.bounding_box()
        assert box is not None
        fingers = page.context.new_cdp_session(page)
        middle, y = box["x"] + box["width"] * 0.4, box["y"] + 100

        def touch(kind: str, *apart: float) -> None:
            points = [{"x": middle + side * half, "y": y, "id": i} for half in apart for i, side in enumerate((-1, 1))]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 30)
        for half in (40, 50, 60):
            touch("touchMove", half)
        touch("touchEnd")
        first, last = epochs(page)[0]
        assert last - first == pytest.approx(149 / 2, rel=0.05)
