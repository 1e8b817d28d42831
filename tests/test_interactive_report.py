"""Interactive reports contain Vega: their size, their policy, and what remains without scripts."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import histories
import pytest
from html_check import check_html

import reportgen
from reportgen import RenderError, vega

PIMA = Path(__file__).resolve().parent.parent / "sample_reports" / "histories" / "pima.json"
REPORT = reportgen.build(PIMA)
ENTRY = "reportgenView"
DIGESTS = """
import hashlib, sys, reportgen
report = reportgen.build(sys.argv[1])
for compress in (False, True):
    print(hashlib.sha256(report.to_html(interactive=True, compress=compress).encode()).hexdigest())
"""


def charts_json(html: str) -> dict:
    found = re.search(r'<script type="application/json" id="reportgen-charts">(.*?)</script>', html)
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("theme", ["auto", "dark"])
def test_an_interactive_report_has_the_same_words_as_the_plain_one(theme, compress):
    interactive = REPORT.to_html(theme=theme, interactive=True, compress=compress)
    assert check_html(interactive) == check_html(REPORT.to_html())
    assert interactive.count("<svg") == REPORT.to_html().count("<svg")


def test_sizes_are_within_their_limits():
    plain, whole, packed = (
        len(REPORT.to_html(**look).encode())
        for look in ({}, {"interactive": True}, {"interactive": True, "compress": True})
    )
    assert plain < 100_000
    assert whole <= 1_000_000
    assert packed <= 500_000
    assert packed < whole - 250_000


def test_vega_is_in_a_page_once_and_only_if_requested():
    html = REPORT.to_html(interactive=True)
    assert html.count(f"window.{ENTRY} =") + html.count(f"window.{ENTRY}=") == 1
    assert "University of Washington" in html
    for look in ({}, {"static": True}):
        assert ENTRY not in REPORT.to_html(**look)
        assert "reportgen-charts" not in REPORT.to_html(**look)


def test_another_process_produces_the_same_bytes():
    own = [
        hashlib.sha256(REPORT.to_html(interactive=True, compress=compress).encode()).hexdigest()
        for compress in (False, True)
    ]
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS, PIMA], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == own


@pytest.mark.parametrize("compress", [False, True])
def test_the_history_is_read_back_from_it(tmp_path, compress):
    report = reportgen.build(histories.hostile_names())
    path = report.save(tmp_path / "r.html", interactive=True, compress=compress)
    check_html(path.read_text("utf-8"))
    assert reportgen.load(path) == report.history


def test_names_of_metrics_are_neither_in_the_specification_nor_keys_of_the_data():
    hostile = charts_json(reportgen.build(histories.hostile_names()).to_html(interactive=True))
    calm = charts_json(REPORT.to_html(interactive=True))
    assert hostile["spec"] == calm["spec"]
    assert all(re.fullmatch(r"chart-(gap|setting-\d+|\d+)", chart) for chart in hostile["charts"])
    shapes = {tuple(chart) for live in (hostile, calm) for chart in live["charts"].values()}
    shapes |= {tuple(line) for live in (hostile, calm) for chart in live["charts"].values() for line in chart["lines"]}
    assert len(shapes) == 2


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"static": True, "interactive": True}, "static and interactive are both set"),
        ({"compress": True}, "compress is set without interactive"),
        ({"static": True, "compress": True}, "compress is set without interactive"),
    ],
)
def test_contradictory_options_are_reported_in_one_clear_line(tmp_path, look, message):
    with pytest.raises(RenderError, match=message) as caught:
        REPORT.save(tmp_path / "r.html", **look)
    assert "\n" not in str(caught.value)
    options = [f"--{name}" for name in look]
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "build", PIMA, "-o", tmp_path / "r.html", *options],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stderr == f"reportgen: {caught.value}\n"
    assert list(tmp_path.iterdir()) == []


def test_the_help_says_why_a_compressed_report_is_not_for_mail():
    command = [sys.executable, "-m", "reportgen", "build", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "not suitable for email, where filters flag scripts that unpack others." in " ".join(done.stdout.split())


def test_the_command_writes_the_same_bytes_as_the_report(tmp_path):
    command = [sys.executable, "-m", "reportgen", "build", PIMA, "--interactive", "--compress", "-o"]
    subprocess.run([*command, tmp_path / "r.html"], check=True, capture_output=True, timeout=120)
    piped = subprocess.run([*command, "-"], check=True, capture_output=True, timeout=120)
    expected = REPORT.to_html(interactive=True, compress=True).encode()
    assert (tmp_path / "r.html").read_bytes() == expected
    assert piped.stdout == expected


def test_custom_templates_can_be_interactive(tmp_path):
    (tmp_path / "report.html.jinja").write_text(
        '{% extends "reportgen/report.html.jinja" %}{% block footer %}<p>Example Ltd</p>{% endblock %}'
    )
    html = REPORT.to_html(interactive=True, templates=tmp_path)
    assert "Example Ltd" in check_html(html)
    assert ENTRY in html


@pytest.fixture
def unknown_release(monkeypatch):
    """A release of vl-convert whose stored modules are not known, as any later one is."""
    monkeypatch.setattr(vega, "_STORED", {})
    vega.runtime.cache_clear()
    yield
    vega.runtime.cache_clear()


def test_the_whole_bundle_of_another_vl_convert_release_is_used(unknown_release):
    html = REPORT.to_html(interactive=True)
    assert check_html(html) == check_html(REPORT.to_html())
    assert "vegaEmbed" not in html.replace(vega.runtime(), "")
    assert len(html.encode()) <= 1_100_000


def test_packed_text_is_unpacked_unchanged():
    text = vega.packed("Vega, \N{LATIN SMALL LETTER E WITH ACUTE}")
    assert text == vega.packed("Vega, \N{LATIN SMALL LETTER E WITH ACUTE}")
    assert re.fullmatch(r"[A-Za-z0-9+/]+=*", text)


def test_data_for_interactive_charts_is_built_for_interactive_reports_only(monkeypatch):
    built = []
    monkeypatch.setattr("reportgen.charts.interactive.interactive_json", lambda plans: built.append(len(plans)) or "{}")
    for look in ({}, {"static": True}):
        REPORT.to_html(**look)
    assert built == []
    REPORT.to_html(interactive=True)
    assert built == [len(REPORT._page.charts)]
