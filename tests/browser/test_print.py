"""Printed reports are light, cut no chart or row at the end of a page, unfold tables and write out links.

This also holds with scripts disabled, since a reader may print from a mail or from Jenkins.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from histories import healthy, hostile_names, learning_rate_steps, one_epoch, overfit_from_12, two_outputs
from playwright.sync_api import Browser, Page

import reportgen

pytestmark = pytest.mark.browser

RUNS = {
    "one_epoch": one_epoch,
    "overfit": overfit_from_12,
    "rate_steps": learning_rate_steps,
    "outputs": two_outputs,
    "hostile": hostile_names,
    "long": lambda: healthy(3000),
}
SAMPLES = Path(__file__).resolve().parents[2] / "sample_reports" / "histories"
MM = 96 / 25.4  # CSS pixels
PAPER = {"A4": (210 * MM, 297 * MM), "Letter": (8.5 * 96, 11 * 96)}

# A script cannot see on which page a box is printed. So each box that must stay whole gets a word at its upper and its
# lower edge, and both are searched for in the text of the PDF's pages.
MARK_BOXES = """
() => {
  const all = document.querySelectorAll('.verdict, .chart, .finding, .answers td, .facts td, .values tr');
  const boxes = Array.from(all).filter(box => !box.matches('details > .plots .chart')); // these are not printed
  boxes.forEach((box, number) => {
    for (const [end, place] of [['a', 'afterbegin'], ['z', 'beforeend']]) {
      const mark = document.createElement('span');
      mark.textContent = `box${number}${end}`;
      mark.style.cssText = `position: absolute; font-size: 2px; ${end === 'a' ? 'top' : 'bottom'}: 0`;
      box.style.position = 'relative';
      box.insertAdjacentElement(place, mark);
    }
  });
  return boxes.length;
}
"""
OUTSIDE = """
() => Array.from(document.querySelectorAll('.chart svg text')).filter(word => {
  const box = word.getBoundingClientRect(), frame = word.closest('.chart').getBoundingClientRect();
  return box.width > 0 && (box.left < frame.left || box.right > frame.right);
}).map(word => word.textContent)
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = {name: reportgen.build(make(), title=name) for name, make in RUNS.items()}
    made["compared"] = reportgen.build(SAMPLES / "pima.json", baseline=SAMPLES / "overfitting.json")
    saved = {name: report.save(folder / f"{name}.html") for name, report in made.items()}
    return saved | {"comparison": SAMPLES.parent / "compared-optimizers.html"}


NAMES = [*RUNS, "compared"]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page as wide as A4 paper without margins."""
    width, height = PAPER["A4"]
    context = chromium.new_context(
        java_script_enabled=False,
        offline=True,
        color_scheme="dark",
        viewport={"width": round(width - 2 * 14 * MM), "height": round(height)},
    )
    opened = context.new_page()
    opened.emulate_media(media="print", color_scheme="dark")
    yield opened
    context.close()


def pages_of(pdf: Path) -> list[str]:
    """The text of each page of a PDF."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine; `make browsers` installs it")
    done = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, text=True, check=True)
    return done.stdout.split("\f")[:-1]


@pytest.mark.parametrize("paper", PAPER)
@pytest.mark.parametrize("name", [*NAMES, "comparison"])
def test_no_chart_answer_or_finding_is_cut_by_the_end_of_a_page(
    chromium: Browser, reports: dict[str, Path], tmp_path: Path, name: str, paper: str
) -> None:
    context = chromium.new_context(offline=True, bypass_csp=True)
    opened = context.new_page()
    opened.goto(reports[name].as_uri())
    count = opened.evaluate(MARK_BOXES)
    opened.pdf(path=tmp_path / "report.pdf", format=paper)
    context.close()
    found: dict[str, list[int]] = {}
    for number, text in enumerate(pages_of(tmp_path / "report.pdf")):
        for box, _ in re.findall(r"box(\d+)([az])", text):
            found.setdefault(box, []).append(number)
    assert len(found) == count
    assert {box: at for box, at in found.items() if len(at) != 2 or at[0] != at[1]} == {}


@pytest.mark.parametrize("name", NAMES)
def test_without_scripts_the_first_printed_page_has_the_answer_and_no_page_has_the_table_of_all_values(
    page: Page, reports: dict[str, Path], tmp_path: Path, name: str
) -> None:
    page.goto(reports[name].as_uri())
    assert page.locator(".every").is_hidden()
    assert page.evaluate(OUTSIDE) == []
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    first = " ".join(pages_of(tmp_path / "report.pdf")[0].split())
    for words in ("What to do", "Did it learn?", "Did it diverge?"):
        assert words in first


def test_a_report_on_pima_takes_two_pages_with_the_layers_of_the_model(page: Page, tmp_path: Path) -> None:
    page.goto(reportgen.build(SAMPLES / "pima.json").save(tmp_path / "r.html").as_uri())
    page.pdf(path=tmp_path / "r.pdf", format="A4")
    text = "".join(pages_of(tmp_path / "r.pdf"))
    assert len(pages_of(tmp_path / "r.pdf")) == 2
    assert all(f"dense_{number} Dense" in text for number in (4, 5, 6))


def test_the_table_of_all_values_is_folded(chromium: Browser, reports: dict[str, Path]) -> None:
    context = chromium.new_context(offline=True)
    opened = context.new_page()
    opened.goto(reports["long"].as_uri())
    assert opened.locator("#all-values").is_hidden()
    opened.locator(".every summary").click()
    assert opened.locator("#all-values").is_visible()
    context.close()


def test_printed_pages_are_light_in_every_theme(page: Page, tmp_path: Path) -> None:
    for theme in ("auto", "light", "dark"):
        path = reportgen.build(overfit_from_12()).save(tmp_path / f"{theme}.html", theme=theme)
        page.goto(path.as_uri())
        colours = page.evaluate(
            "() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,"
            " getComputedStyle(document.querySelector('svg path[stroke=\"#6F8FA8\"]')).stroke]",
        )
        assert colours == ["rgb(255, 255, 255)", "rgb(36, 41, 47)", "rgb(111, 143, 168)"]


def test_links_are_written_out(page: Page, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "report.html.jinja").write_text(
        '{% extends "reportgen/report.html.jinja" %}{% block footer %}'
        '<p><a href="https://example.org/runs/7">The run</a> <a href="#answers">Answers</a></p>{% endblock %}'
    )
    path = reportgen.build(overfit_from_12()).save(tmp_path / "r.html", templates=tmp_path / "templates")
    page.goto(path.as_uri())
    page.pdf(path=tmp_path / "r.pdf", format="A4")
    text = " ".join("".join(pages_of(tmp_path / "r.pdf")).split())
    assert "The run (https://example.org/runs/7) Answers" in text
    assert "(#answers)" not in text
