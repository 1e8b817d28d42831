"""Screenshots for people, side by side in build/screenshots/index.html; no test compares them."""

from html import escape
from itertools import groupby
from pathlib import Path

from engines import Engine

FOLDER = Path(__file__).parents[2] / "build" / "screenshots"
STYLE = "div { display: flex; gap: 12px; overflow: auto } figure { margin: 0 } img { height: 420px }"


def take(engine: Engine, name: str, look: object) -> None:
    """Takes a screenshot of the page that an engine shows, named after the report and the reader."""
    path = FOLDER / name / f"{type(engine).__name__.lower()}-{look}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    engine.picture(path)


def write_index() -> None:
    """Writes the page with a heading and a row of screenshots for each report."""
    lines = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Screenshots</title>',
        f"<style>{STYLE}</style>",
    ]
    for folder, paths in groupby(sorted(FOLDER.glob("*/*.png")), key=lambda path: path.parent.name):
        lines.append(f"<h2>{escape(folder)}</h2><div>")
        for path in paths:
            address = escape(f"{folder}/{path.name}")
            picture = f'<a href="{address}"><img src="{address}" alt="{escape(path.stem)}" loading="lazy"></a>'
            lines.append(f"<figure>{picture}<figcaption>{escape(path.stem)}</figcaption></figure>")
        lines.append("</div>")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "index.html").write_text("\n".join(lines), "utf-8")
