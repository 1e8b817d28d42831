"""Tests of the checks: in each engine, they detect a page that does what a report must never do."""

from pathlib import Path

import measures
import pytest
from engines import Engine, Reader
from loopback import Loopback

pytestmark = pytest.mark.browser

FAULTY = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Faulty</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; img-src http:">
<link rel="icon" href="data:,"></head>
<body>
<style>p { color: red }</style>
<img src="http://elsewhere.example/picture.png" alt=""><img src="beside.png" alt="">
<table width="3000"><tr><td>wide</td></tr></table>
<div id="lid">lid</div><p id="under">under</p>
<figure class="chart"><svg role="img" width="200" height="100" viewBox="0 0 200 100">
<text x="10" y="50">one</text><text x="20" y="55">two</text><text x="-900" y="90">far out</text>
<path d="M500,500h9" stroke="#eeeeee" fill="none"></path>
</svg></figure>
<script>
console.error('said by the page');
const lid = document.getElementById('lid');
lid.animate([{}, {}], 1e6);
lid.style.position = 'absolute';
const under = document.getElementById('under').getBoundingClientRect();
Object.assign(lid.style, { left: 0, width: '100%', top: `${under.top}px`, height: `${under.height}px` });
setTimeout(() => { throw new Error('thrown by the page'); });
</script>
</body></html>
"""


@pytest.fixture
def faulty(reports: dict[str, Path]) -> Path:
    path = reports["healthy"].with_name("faulty.html")
    path.write_text(FAULTY, "utf-8")
    return path


def test_console_errors_violations_and_requests_are_detected(engine: Engine, faulty: Path, loopback: Loopback) -> None:
    loopback.asked.clear()
    engine.show(faulty.as_uri())
    said = "\n".join(engine.complaints())
    assert "said by the page" in said
    assert "thrown by the page" in said
    assert "style" in said, "the style sheet that the policy blocks"
    assert "img-src" in said, "the file that the policy blocks"
    assert any("elsewhere.example" in url for url in loopback.asked)


def test_layout_faults_are_detected(engine: Engine, faulty: Path) -> None:
    engine.show(faulty.as_uri(), Reader(width=360))
    assert engine.run(measures.DRAWN_MARKS) == [0]
    assert engine.run(measures.SIDEWAYS_SCROLL) > 1000
    assert engine.run(measures.TOUCHING_WORDS) == ["one | two"]
    assert engine.run(measures.OUTSIDE) == ["far out"]
    assert engine.run(measures.COVERED, "#under") == ["P under"]
    assert [word.split(":")[0] for word in engine.run(measures.LOW_CONTRAST)] == ["line"]
    assert engine.run(measures.MOVING) == ["DIV"]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_window_has_the_requested_width_and_theme(
    engine: Engine, reports: dict[str, Path], width: int, theme: str
) -> None:
    engine.show(reports["healthy"].as_uri(), Reader(width, theme))
    assert engine.run("() => innerWidth") == width
    assert engine.run("() => matchMedia('(prefers-color-scheme: dark)').matches") == (theme == "dark")


def test_a_page_cannot_read_other_files(engine: Engine, reports: dict[str, Path]) -> None:
    """If a driver disabled this protection, a page that reads other files would pass unnoticed."""
    engine.show(reports["healthy"].as_uri())
    other = reports["overfit"].as_uri()
    assert engine.run("url => fetch(url).then(() => 'read', () => 'refused')", other) == "refused"
