"""The crosshair by mouse, touch and keyboard: it shows the logged values, and hides lines."""

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from histories import healthy, hostile_names, learning_rate_steps, overfit_from_12, still_improving, validation_every_3
from measures import until
from playwright.sync_api import Browser, Locator, Page, expect

import reportgen
from reportgen import assets, formatting
from reportgen.charts import layout
from reportgen.charts.gap_chart import generalisation_gap
from reportgen.history.frame import TrainingHistory

pytestmark = pytest.mark.browser

LONG = 2000  # epochs; tables have 400


def wide(n: int = 60) -> TrainingHistory:
    """Values of every size and kind, on a log axis."""
    loss = np.geomspace(4e5, 1.5e-7, n)
    loss[[20, 40]] = np.nan, np.inf
    return TrainingHistory.from_columns(np.arange(1, n + 1), {"loss": loss, "val_loss": loss * 1.1, "score": -loss})


def long_run() -> TrainingHistory:
    """More epochs than a table has, with values of every size and sign, and validation every other epoch."""
    size = np.random.default_rng(3).uniform(-13, 13, LONG)
    loss = np.random.default_rng(4).choice([-1, 1], LONG) * 10.0**size
    loss[[100, 200, 300, 400]] = np.nan, np.inf, -np.inf, 0.0
    validation = [value if epoch % 2 else None for epoch, value in enumerate((loss * 2).tolist())]
    base = healthy(LONG)
    accuracy = {split: base.series("accuracy", split).to_numpy() for split in ("train", "validation")}
    return TrainingHistory.from_columns(
        np.arange(1, LONG + 1),
        {"accuracy": accuracy["train"], "val_accuracy": accuracy["validation"], "loss": loss, "val_loss": validation},
    )


def cut_run() -> TrainingHistory:
    """More values than a page carries, noisy, validated every other epoch."""
    n, random = 150_000, np.random.default_rng(3)
    loss = 1 / np.sqrt(np.arange(1, n + 1)) + 0.1 * random.random(n)
    loss[[70_000, 70_001]] = np.nan
    validation = [value if epoch % 2 else None for epoch, value in enumerate((loss * 1.1).tolist())]
    return TrainingHistory.from_columns(np.arange(1, n + 1), {"loss": loss, "val_loss": validation})


RUNS: dict[str, Callable[[], TrainingHistory]] = {
    "healthy": healthy,
    "overfit": overfit_from_12,
    "rate_steps": learning_rate_steps,
    "every_3": validation_every_3,
    "forecast": still_improving,
    "wide": wide,
    "long": long_run,
    "cut": cut_run,
    "hostile": hostile_names,
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("crosshair")
    made = {name: reportgen.build(make(), title=name).save(folder / f"{name}.html") for name, make in RUNS.items()}
    for name, run in (("baseline", overfit_from_12()), ("long_baseline", long_run())):
        made[name] = reportgen.build(run, baseline=healthy(LONG), title=name).save(folder / f"{name}.html")
    made["groups"] = comparison().save(folder / "groups.html")
    return made


def comparison() -> reportgen.Comparison:
    """Two groups of runs of different lengths."""
    return reportgen.compare(
        {
            f"{group}/seed_{seed}": reportgen.load({"loss": loss, "val_loss": loss * 1.1})
            for group, rate in (("adam", 5), ("sgd", 9))
            for seed in range(4)
            for loss in [0.3 + np.exp(-np.arange(30 - seed) / rate) + 0.01 * np.sin(np.arange(30 - seed) * (seed + 2))]
        }
    )


@pytest.fixture
def show(chromium: Browser, reports: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    """Opens a report; at the end of the test no page may have an error or a request."""
    pages: list[Page] = []
    asked: list[str] = []
    complaints: list[str] = []

    def open_one(name: str, width: int = 1280, **options: Any) -> Page:
        page = chromium.new_context(viewport={"width": width, "height": 900}, offline=True, **options).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', event => console.error('CSP ' + event.blockedURI))"
        )
        page.goto(reports[name].as_uri())
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith("file:") or not url.endswith(".html")] == []


def chart(page: Page, number: int = 0) -> Locator:
    return page.locator("figure.chart").nth(number)


def readouts(page: Page) -> list[str]:
    return page.locator(".readout").all_text_contents()


def place_of(figure: Locator, epoch: float) -> dict[str, float]:
    """The position of an epoch in a chart, in CSS pixels."""
    svg = figure.locator("svg")
    box = svg.bounding_box()
    assert box is not None
    left, top, width, height = map(float, (svg.get_attribute("data-plot") or "").split())
    first, last = map(float, (svg.get_attribute("data-epochs") or "").split())
    scale = box["width"] / layout.WIDTH
    return {"x": (left + (epoch - first) / (last - first) * width) * scale, "y": (top + height / 2) * scale}


def hover(figure: Locator, epoch: float) -> None:
    figure.locator("svg").hover(position=place_of(figure, epoch))


def go_to_epoch(page: Page, epoch: int, number: int = 0) -> None:
    """Moves the crosshair from the start to an epoch, by keyboard."""
    chart(page, number).locator("svg").focus()
    page.keyboard.press("Home")
    for key, steps in (("PageDown", (epoch - 1) // 10), ("ArrowRight", (epoch - 1) % 10)):
        for _ in range(steps):
            page.keyboard.press(key)


def said(history: TrainingHistory, metric: str, epoch: int) -> str:
    """The text that a chart shows for a metric at an epoch."""
    words = [f"epoch {epoch}"]
    for split in ("train", "validation"):
        if history.has(metric, split):
            value = history.series(metric, split).get(epoch)
            words.append(f"{split} {'–' if value is None else formatting.number(float(value))}")
    return " · ".join(words)


# ---- The values at an epoch


def test_hovering_over_one_chart_shows_the_values_of_every_line_of_every_chart(show: Any) -> None:
    page, history = show("rate_steps"), learning_rate_steps()
    for number, epoch in ((0, 21), (1, 33), (2, 60)):
        hover(chart(page, number), epoch)
        loss, gap, rate = readouts(page)
        assert loss == said(history, "loss", epoch)
        epochs, values = generalisation_gap(history, "loss")
        assert gap == f"epoch {epoch} · gap {formatting.number(values[epochs == epoch][0])}"
        assert (
            rate
            == f"epoch {epoch} · Learning rate {formatting.number(history.series('learning_rate', 'train')[epoch])}"
        )


def test_a_comparison_shows_the_values_of_its_groups_and_hides_a_group_with_its_band_and_runs(show: Any) -> None:
    page, found = show("groups"), comparison()
    hover(chart(page), 12)
    for text, split in zip(readouts(page), ("validation", "train"), strict=True):
        values = [curve.center[curve.epochs == 12][0] for curve in found.curves("loss", split)]
        assert text == f"epoch 12 · adam {formatting.number(values[0])} · sgd {formatting.number(values[1])}"
    parts = page.locator('[data-series="1"] > *')
    names = parts.and_(page.locator("text"))
    shown = "all => all.map(each => each.checkVisibility())"
    names.first.click()
    assert names.count() == 2
    assert parts.evaluate_all(shown).count(True) == 2  # the names stay, to be clicked again
    assert all("sgd" not in text for text in readouts(page))
    chart(page).locator("svg").focus()
    page.keyboard.press("2")
    assert all(parts.evaluate_all(shown))
    page.keyboard.press("End")
    assert "epoch 29 · adam" in readouts(page)[0]
    assert chart(page).locator(".readout").get_attribute("aria-live") == "polite"
    assert page.locator("svg[tabindex]").count() == 2


def test_leaving_the_chart_and_escape_hide_the_crosshair(show: Any) -> None:
    page = show("overfit")
    shown = "marks => marks.map(mark => mark.checkVisibility({ visibilityProperty: true }))"
    marks = page.locator(".crosshair, .spot")
    for leave in (lambda: page.mouse.move(2, 2), lambda: page.keyboard.press("Escape")):
        hover(chart(page), 20)
        assert all(readouts(page))
        assert marks.evaluate_all(shown) == [True] * 5  # two lines, a gap, and a crosshair in both charts
        leave()
        assert set(readouts(page)) == {""}
        assert marks.evaluate_all(shown) == [False] * 5


def test_it_snaps_to_the_nearest_epoch_that_has_a_value(show: Any) -> None:
    page, history = show("every_3"), validation_every_3()
    for at, epoch in ((1, 1), (12.4, 12), (12.6, 13), (-1, 1), (29.8, 30), (30.5, 30)):
        hover(chart(page), at)
        assert readouts(page)[0] == said(history, "loss", epoch)
    hover(chart(page), 14)  # the gap is known only where both curves have a value
    assert [text.split(" · ")[0] for text in readouts(page)] == ["epoch 14", "epoch 15"]


def test_in_the_forecast_it_stays_at_the_last_logged_epoch(show: Any) -> None:
    page = show("forecast")
    hover(chart(page), 70)
    assert readouts(page)[0] == said(still_improving(), "loss", 50)


def dots(page: Page) -> list[tuple[float, float]]:
    shown = [dot for dot in page.locator(".spot").all() if dot.is_visible()]
    return [(float(dot.get_attribute("cx") or 0), float(dot.get_attribute("cy") or 0)) for dot in shown]


# The height of a line of the first chart at a place on the horizontal axis; a line broken by NaN has several paths.
DRAWN_AT = """
([series, x]) => {
  const paths = Array.from(document.querySelectorAll(`[data-series="${series}"] > path[stroke]`));
  const shift = paths[0].closest('g[transform]').transform.baseVal.consolidate().matrix;
  const end = path => path.getPointAtLength(path.getTotalLength()).x + shift.e;
  const path = paths.find(one => one.getPointAtLength(0).x + shift.e <= x + 0.1 && x - 0.1 <= end(one));
  let low = 0, high = path.getTotalLength();
  while (high - low > 0.001) {
    const middle = (low + high) / 2;
    if (path.getPointAtLength(middle).x + shift.e < x) low = middle; else high = middle;
  }
  return path.getPointAtLength(low).y + shift.f;
}
"""


@pytest.mark.parametrize("name", ["overfit", "wide"])
def test_each_curve_has_a_dot(show: Any, name: str) -> None:
    page = show(name)
    for epoch in (3, 12, 31, 55):
        hover(chart(page), epoch)
        for series, (x, y) in enumerate(dots(page)[:2]):
            assert page.evaluate(DRAWN_AT, [series, x]) == pytest.approx(y, abs=0.3)
        line = chart(page).locator(".crosshair")
        assert {line.get_attribute("x1"), line.get_attribute("x2")} == {str(dots(page)[0][0]).removesuffix(".0")}


def test_a_value_that_cannot_be_drawn_is_shown_as_text_without_a_dot(show: Any) -> None:
    page = show("wide")
    for epoch, words in ((21, "NaN"), (41, "∞")):
        hover(chart(page), epoch)
        assert readouts(page)[0] == f"epoch {epoch} · train {words} · validation {words}"
        assert not any(dot.is_visible() for dot in chart(page).locator(".spot").all())


def test_a_cut_report_shows_the_logged_values_of_the_points_it_kept(show: Any) -> None:
    page, history = show("cut"), cut_run()
    epochs, gap = generalisation_gap(history, "loss")
    absent = set()
    for at in (1, 10_000, 33_333.3, 70_001, 99_999, 120_000, 150_000):
        hover(chart(page), at)
        loss, difference = readouts(page)
        epoch = int(loss.split(" ")[1])
        assert abs(epoch - at) < 500
        assert loss == said(history, "loss", epoch)
        absent.add("–" in loss)
        epoch = int(difference.split(" ")[1])
        assert difference == f"epoch {epoch} · gap {formatting.number(gap[epochs == epoch][0])}"
    assert absent == {True, False}  # where validation did not run, and where it did
    chart(page).locator("svg").focus()
    page.keyboard.press("End")
    assert readouts(page)[0] == said(history, "loss", 150_000)
    page.keyboard.press("ArrowLeft")
    epoch = int(readouts(page)[0].split(" ")[1])
    assert 149_000 < epoch < 150_000
    assert readouts(page)[0] == said(history, "loss", epoch)


def test_every_epoch_of_a_long_run_shows_its_values_although_its_table_is_shortened(show: Any) -> None:
    page, history = show("long"), long_run()
    epochs, gap = generalisation_gap(history, "loss")
    go_to_epoch(page, 95)
    for epoch in [*range(95, 140), *range(197, 204), *range(297, 304), *range(397, 404)]:
        while not readouts(page)[0].startswith(f"epoch {epoch} "):
            page.keyboard.press("ArrowRight")
        loss, accuracy, *_ = readouts(page)
        assert loss == said(history, "loss", epoch)
        assert accuracy == said(history, "accuracy", epoch)
    assert page.locator("#all-values tbody tr").count() <= 400
    assert len(epochs) == len(gap) == LONG // 2


def test_a_long_baseline_shows_only_the_epochs_in_the_page(show: Any) -> None:
    page, history, earlier = show("long_baseline"), long_run(), healthy(LONG)
    tabled = set(page.locator("#all-values tbody td:first-child").all_text_contents())
    assert len(tabled) <= 400
    for epoch in (6, 503, 1204):
        hover(chart(page), epoch)
        words = readouts(page)[0]
        found = int(words.split(" ")[1])
        assert str(found) in tabled
        assert abs(found - epoch) <= 5
        train, validation = (
            formatting.number(earlier.series("loss", split)[found]) for split in ("train", "validation")
        )
        assert words == f"{said(history, 'loss', found)} · baseline train {train} · baseline validation {validation}"


# ---- The keyboard


def test_keys_move_through_the_epochs(show: Any) -> None:
    page = show("overfit")
    chart(page).locator("svg").focus()
    walked = []
    for key in ("Home", "ArrowRight", "PageDown", "ArrowLeft", "End", "ArrowRight", "PageUp", "Home", "PageUp"):
        page.keyboard.press(key)
        walked.append(readouts(page)[0])
    history = overfit_from_12()
    assert walked == [said(history, "loss", epoch) for epoch in (1, 2, 12, 11, 60, 60, 50, 1, 1)]


def test_keys_with_a_modifier_are_left_to_the_browser(show: Any) -> None:
    page = show("overfit")
    chart(page).locator("svg").focus()
    page.keyboard.press("Control+End")
    assert set(readouts(page)) == {""}
    until(page, "scrollY > 0")  # the browser scrolls a moment later


def test_screen_readers_announce_only_values_reached_by_keyboard(show: Any) -> None:
    page = show("overfit")
    spoken = "() => Array.from(document.querySelectorAll('.readout'), readout => readout.getAttribute('aria-live'))"
    hover(chart(page), 20)
    assert "polite" not in page.evaluate(spoken)
    chart(page).locator("svg").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(spoken).count("polite") == 1
    hover(chart(page), 30)
    assert "polite" not in page.evaluate(spoken)


def test_a_focus_ring_appears_after_tab_but_not_after_a_click(show: Any) -> None:
    page = show("baseline")
    ring = "() => [document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
    chart(page).locator("svg").click(position=place_of(chart(page), 30))
    assert page.evaluate(ring) == ["svg", "none"]
    page.keyboard.press("Tab")
    assert page.evaluate(ring) == ["BUTTON", "solid"]
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(ring) == ["svg", "solid"]


def test_tab_moves_from_the_title_of_a_chart_to_the_chart_to_its_buttons(show: Any) -> None:
    """A line that several charts show has one button, below the first of them."""
    page = show("baseline")
    walked = []
    for number, steps in ((0, 5), (1, 1)):
        chart(page, number).locator("figcaption a").focus()
        for _ in range(steps):
            page.keyboard.press("Tab")
            walked.append(page.evaluate("() => [document.activeElement.tagName, document.activeElement.textContent]"))
    assert walked[0][0] == walked[5][0] == "svg"
    assert [words for name, words in walked if name != "svg"] == [
        "train",
        "validation",
        "baseline train",
        "baseline validation",
    ]


def test_a_chart_is_a_named_image_and_its_buttons_are_a_named_group(show: Any) -> None:
    page = show("baseline")
    figure = chart(page)
    picture = figure.get_by_role("img")
    assert picture.count() == 1
    assert picture.evaluate("svg => svg.querySelectorAll('button, [tabindex], [role]').length") == 0
    group = figure.get_by_role("group", name="Lines shown")
    assert group.get_by_role("button").all_text_contents()[:2] == ["train", "validation"]


# ---- Hiding lines

SEEN = """
figure => Array.from(figure.querySelectorAll('[data-series] > *'), part => [
  Number(part.parentElement.dataset.series), part.tagName, part.checkVisibility(),
  getComputedStyle(part).textDecorationLine])
"""


def seen(figure: Locator) -> dict[int, str]:
    """Of each line of a chart: whether it is drawn, its label struck through if it is not."""
    found: dict[int, set[str]] = {}
    for series, tag, visible, decoration in figure.evaluate(SEEN):
        assert visible or tag != "text", "a label stays, or nothing could be clicked to see the line again"
        if tag == "text":
            state = "hidden" if decoration == "line-through" else "shown"
        else:
            state = "shown" if visible else "hidden"
        found.setdefault(series, set()).add(state)
    assert all(len(states) == 1 for states in found.values()), found
    return {series: states.pop() for series, states in found.items()}


def pressed(page: Page, name: str) -> set[str | None]:
    buttons = page.get_by_role("button", name=name, include_hidden=True).all()  # hidden if there are few lines
    return {button.get_attribute("aria-pressed") for button in buttons}


def by_mouse_on_the_label(page: Page, name: str) -> None:
    chart(page).locator("svg text", has_text=re.compile(f"^{name}$")).click()


def by_mouse_on_the_button(page: Page, name: str) -> None:
    chart(page).get_by_role("button", name=name, exact=True).click()


def by_key(page: Page, name: str) -> None:
    chart(page).locator("svg").focus()
    page.keyboard.press(str(1 + ["train", "validation"].index(name)))


def by_enter(page: Page, name: str) -> None:
    chart(page).get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def by_space(page: Page, name: str) -> None:
    chart(page).get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Space")


@pytest.mark.parametrize("click", [by_mouse_on_the_button, by_enter, by_space])
def test_a_button_hides_one_of_many_lines_and_shows_it_again(show: Any, click: Any) -> None:
    page = show("baseline")
    for state in ("hidden", "shown"):
        click(page, "train")
        assert seen(chart(page)) == {0: state, 1: "shown", 2: "shown", 3: "shown"}


@pytest.mark.parametrize("click", [by_mouse_on_the_label, by_key])
@pytest.mark.parametrize("name", ["train", "validation"])
def test_few_lines_are_hidden_in_all_charts_by_label_or_key_without_buttons(show: Any, click: Any, name: str) -> None:
    page = show("healthy")
    assert not page.locator(".lines").first.is_visible()
    hidden = ["train", "validation"].index(name)
    several, alone = [chart(page, 0), chart(page, 1)], chart(page, 2)
    click(page, name)
    for figure in several:
        assert seen(figure) == {hidden: "hidden", 1 - hidden: "shown"}
    assert seen(alone) == {0: "shown"}
    assert (pressed(page, name), pressed(page, ["validation", "train"][hidden])) == ({"false"}, {"true"})
    click(page, name)
    for figure in several:
        assert seen(figure) == {0: "shown", 1: "shown"}
    assert pressed(page, name) == {"true"}


def test_a_hidden_line_has_neither_value_nor_dot(show: Any) -> None:
    page, history = show("overfit"), overfit_from_12()
    hover(chart(page), 30)
    by_mouse_on_the_label(page, "train")
    hover(chart(page), 30)
    validation = formatting.number(history.series("loss", "validation")[30])
    assert readouts(page)[0] == f"epoch 30 · validation {validation}"
    assert [dot.is_visible() for dot in chart(page).locator(".spot").all()] == [False, True]
    by_mouse_on_the_label(page, "train")
    assert pressed(page, "train") == {"true"}
    by_mouse_on_the_label(page, "train")
    by_mouse_on_the_label(page, "validation")
    hover(chart(page), 30)
    assert readouts(page)[0] == "epoch 30"


def test_a_hidden_line_hides_its_forecast(show: Any) -> None:
    page = show("forecast")
    band = chart(page).locator('[data-series="1"] > path[stroke-dasharray="2,4"]')
    assert band.is_visible()
    by_mouse_on_the_label(page, "validation")
    assert not band.is_visible()


def test_a_single_line_cannot_be_hidden(show: Any) -> None:
    page = show("rate_steps")
    chart(page, 2).locator("svg text", has_text=re.compile("^value$")).click()
    assert seen(chart(page, 2)) == {0: "shown"}


def test_lines_differ_in_more_than_colour(show: Any) -> None:
    page = show("baseline")
    hover(chart(page), 10)
    looks = "box => Array.from(box.querySelectorAll('.swatch'), piece => [getComputedStyle(piece).backgroundImage, "
    looks += "getComputedStyle(piece).color])"
    pieces = chart(page).locator(".readout").evaluate(looks)
    assert pieces == chart(page).locator(".lines").evaluate(looks)
    dashes = pieces[2][0]
    assert [style for style, _ in pieces] == ["none", "none", dashes, "none"]
    assert re.findall(r"(\d+)px", dashes) == ["0", "7", "7", "10"]
    assert [colour for _, colour in pieces] == ["rgb(111, 143, 168)", "rgb(10, 79, 143)", *["rgb(134, 142, 150)"] * 2]
    page.emulate_media(color_scheme="dark")
    # The new colours appear in the next frame.
    swatch = chart(page).locator(".lines .swatch").first
    expect(swatch).to_have_css("background-color", "rgb(113, 134, 154)")


# ---- Touch


class Finger:
    """One finger on a page."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def put(self, kind: str, *points: dict[str, float]) -> None:
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})


def on_screen(figure: Locator, epoch: float) -> dict[str, float]:
    box = figure.locator("svg").bounding_box()
    assert box is not None
    place = place_of(figure, epoch)
    return {"x": box["x"] + place["x"], "y": box["y"] + place["y"]}


@pytest.fixture
def phone(show: Any) -> Callable[[str], Page]:
    def open_one(name: str) -> Page:
        page = show(name, width=360, has_touch=True, is_mobile=True)
        chart(page).scroll_into_view_if_needed()
        return page

    return open_one


def test_a_tap_shows_values_until_a_tap_elsewhere(phone: Any) -> None:
    page, history = phone("overfit"), overfit_from_12()
    chart(page).locator("svg").tap(position=place_of(chart(page), 30))
    assert readouts(page)[0] == said(history, "loss", 30)
    page.wait_for_timeout(100)
    assert readouts(page)[0] == said(history, "loss", 30)
    page.locator("h1").tap()
    assert set(readouts(page)) == {""}


def test_a_finger_that_moves_sideways_moves_the_crosshair(phone: Any) -> None:
    page, history = phone("overfit"), overfit_from_12()
    finger = Finger(page)
    finger.put("touchStart", on_screen(chart(page), 20))
    for epoch in range(22, 42, 2):
        finger.put("touchMove", on_screen(chart(page), epoch))
    expect(page.locator(".readout").first).to_have_text(said(history, "loss", 40))
    finger.put("touchEnd")
    page.wait_for_timeout(100)
    assert readouts(page)[0] == said(history, "loss", 40)
    assert page.evaluate("scrollX") == 0


def test_a_finger_that_moves_up_scrolls_the_page(phone: Any) -> None:
    page = phone("overfit")
    start, at = page.evaluate("scrollY"), on_screen(chart(page), 30)
    finger = Finger(page)
    finger.put("touchStart", at)
    for moved in range(10, 200, 10):
        finger.put("touchMove", {"x": at["x"], "y": at["y"] - moved})
        page.wait_for_timeout(16)
    finger.put("touchEnd")
    until(page, f"scrollY > {start + 100}")
    assert set(readouts(page)) == {""}


def test_a_finger_hides_lines_on_buttons_that_are_large_enough(phone: Any) -> None:
    page = phone("baseline")
    buttons = chart(page).get_by_role("button")
    boxes = [button.bounding_box() for button in buttons.all()]
    assert len(boxes) == 4
    assert all(box and box["width"] >= 24 and box["height"] >= 24 for box in boxes)
    buttons.nth(0).tap()
    assert seen(chart(page)) == {0: "hidden", 1: "shown", 2: "shown", 3: "shown"}
    chart(page).locator("svg text", has_text=re.compile("^baseline$")).tap()
    assert seen(chart(page)) == {0: "hidden", 1: "shown", 2: "shown", 3: "hidden"}
    buttons.nth(0).tap()
    assert seen(chart(page)) == {0: "shown", 1: "shown", 2: "shown", 3: "hidden"}


# ---- The page around it

HEIGHTS = """
() => Array.from(document.querySelectorAll('figure.chart, h2')).filter(each => each.checkVisibility())
  .map(each => each.getBoundingClientRect().top)
"""  # charts in closed details have no place


@pytest.mark.parametrize("width", [320, 360, 700, 1280])
@pytest.mark.parametrize("name", ["wide", "baseline", "hostile"])
def test_the_layout_does_not_move_when_values_appear(show: Any, name: str, width: int) -> None:
    page = show(name, width=width)
    before = page.evaluate(HEIGHTS)
    chart(page).locator("svg").focus()
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("Home")
    readout = ""
    while readouts(page)[0] != readout:
        readout = readouts(page)[0]
        assert page.evaluate(HEIGHTS) == before, readout
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_hostile_names_stay_text(show: Any) -> None:
    page = show("hostile")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    figures_shown = page.locator("figure.chart").all()
    for figure in figures_shown:
        hover(figure, 7)
        assert figure.locator(".readout").inner_text().startswith("epoch 7 · ")
        for button in figure.get_by_role("button").all():
            button.dblclick()
    assert len(figures_shown) >= 4
    assert page.locator(".small figure").count() >= 4
    assert page.locator(".small script, .small img").count() == 0
    assert page.locator(".lines script, .lines img, .values script, .values img").count() == 0
    assert pressed(page, "train") <= {"true", "false"}


def test_it_stores_and_requests_nothing(show: Any, reports: dict[str, Path]) -> None:
    page = show("overfit", storage_state=None)
    touched = "() => [localStorage.length, sessionStorage.length, document.cookie, location.href, history.length]"
    before = page.evaluate(touched)
    hover(chart(page), 30)
    by_mouse_on_the_label(page, "train")
    assert page.evaluate(touched) == before == [0, 0, "", reports["overfit"].as_uri(), before[-1]]
    page.reload()
    assert pressed(page, "train") == {"true"}
    assert not re.search(
        r"[sS]torage|cookie|indexedDB|caches|fetch|XMLHttp|Socket|import\(", assets.script("crosshair")
    )


def test_it_defines_no_global_names(show: Any) -> None:
    page = show("overfit")
    page.add_init_script("window.before = Object.getOwnPropertyNames(window)")
    page.reload()
    assert page.evaluate("Object.getOwnPropertyNames(window).filter(name => !before.includes(name))") == ["before"]


def test_it_works_in_a_page_without_origin_and_storage(chromium: Browser, reports: dict[str, Path]) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = reports["overfit"].read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "sandbox allow-scripts")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    complaints: list[str] = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page = chromium.new_context().new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.server_port}/report.html")
        assert page.evaluate("() => { try { return localStorage.length; } catch (error) { return error.name; } }") == (
            "SecurityError"
        )
        hover(chart(page), 30)
        assert readouts(page)[0] == said(overfit_from_12(), "loss", 30)
        by_mouse_on_the_label(page, "train")
        assert seen(chart(page)) == {0: "hidden", 1: "shown"}
        page.context.close()
        server.shutdown()
        thread.join()
    assert complaints == []


def test_a_page_without_scripts_has_no_controls(show: Any) -> None:
    page = show("overfit", java_script_enabled=False)
    assert page.locator("button, .lines, .readout, [tabindex]:not(.scroll), [aria-live]").count() == 0
    assert page.locator("svg.clickable, .clickable").count() == 0


def test_a_figure_without_a_drawing_has_no_controls_and_does_not_affect_others(show: Any) -> None:
    page = show("healthy")
    chart(page, 0).locator("svg").evaluate("svg => svg.remove()")
    chart(page, 1).locator("svg").evaluate("svg => svg.replaceWith(document.createElement('div'))")
    assert [chart(page, number).locator(".lines").is_visible() for number in range(3)] == [False, False, False]
    hover(chart(page, 2), 30)
    assert readouts(page)[2]


def test_forced_colours_of_the_system_are_kept(show: Any) -> None:
    page = show("baseline", forced_colors="active", color_scheme="dark")
    hover(chart(page), 30)
    system = page.evaluate(
        "() => { const probe = document.createElement('i'); probe.style.color = 'CanvasText';"
        " document.body.append(probe); return getComputedStyle(probe).color; }"
    )
    for mark in chart(page).locator(".crosshair, .spot").all():
        assert mark.evaluate("mark => getComputedStyle(mark).stroke") == system
    button = chart(page).get_by_role("button", name="train", exact=True)
    assert button.evaluate("button => getComputedStyle(button).borderTopWidth") == "1px"
    button.click()
    assert button.evaluate("button => getComputedStyle(button).textDecorationLine") == "line-through"


def test_nothing_is_animated(show: Any) -> None:
    page = show("overfit", reduced_motion="no-preference")
    hover(chart(page), 30)
    by_mouse_on_the_label(page, "train")
    assert page.evaluate("document.getAnimations().length") == 0


def test_printed_pages_have_no_buttons(show: Any) -> None:
    page = show("baseline")
    hover(chart(page), 30)
    page.emulate_media(media="print")
    assert not page.locator(".lines").first.is_visible()
