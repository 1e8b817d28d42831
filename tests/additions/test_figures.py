"""Charts and pictures of any kind become figures."""

import base64
import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
from pictures import SVG, jpeg, png, png_claiming
from PIL import Image

from reportgen.additions.figures import make_figure
from reportgen.errors import AdditionError
from reportgen.history import svg_cleaning
from reportgen.history.additions import is_addition

FRAME = pd.DataFrame({"model": ["a", "b"], "accuracy": [0.9, 0.8]})


class Drawn:
    """Draws like a figure of matplotlib."""

    dpi = 50

    def __init__(self, side: int = 2) -> None:
        self.side = side

    def savefig(self, target: io.BytesIO, *, dpi: float, **options: Any) -> None:
        assert options == {"format": "png", "bbox_inches": "tight", "metadata": {"Software": None}}
        target.write(png(round(self.side * dpi), round(self.side * dpi)))


class Axes:
    figure = Drawn()


def chart() -> alt.Chart:
    return alt.Chart(FRAME).mark_bar().encode(x="model", y="accuracy").properties(width=200, height=100)


FIGURES: dict[str, tuple[Callable[[], Any], str, tuple[int, int]]] = {
    "matplotlib figure": (Drawn, "image/png", (100, 100)),
    "matplotlib axes": (Axes, "image/png", (100, 100)),
    "PNG": (lambda: png(300, 20), "image/png", (300, 20)),
    "JPEG": (lambda: bytearray(jpeg(orientation=8)), "image/jpeg", (4, 8)),
    "SVG": (lambda: SVG.format("").encode(), "image/svg+xml", (40, 20)),
    "Pillow": (lambda: Image.new("RGB", (30, 20)), "image/png", (30, 20)),
    "Pillow in print colours": (lambda: Image.new("CMYK", (30, 20)), "image/png", (30, 20)),
    "grey": (lambda: np.zeros((200, 300)), "image/png", (300, 200)),
    "few pixels": (lambda: np.zeros((8, 16, 3), dtype=np.uint8), "image/png", (256, 128)),
    "channels first": (lambda: np.zeros((3, 200, 300), dtype=np.float32), "image/png", (300, 200)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_any_kind_can_be_added(name: str) -> None:
    make, type_, size = FIGURES[name]
    figure = make_figure(make(), title=" A\ntitle ", caption="A caption", alt="A picture")
    assert is_addition(figure)
    assert (figure.type, (figure.width, figure.height)) == (type_, size)
    assert (figure.title, figure.caption, figure.alt) == ("A title", "A caption", "A picture")


def test_a_chart_is_a_drawing_unless_it_has_too_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = make_figure(chart())
    assert figure.type == "image/svg+xml"
    assert b"accuracy" in base64.b64decode(figure.data)
    monkeypatch.setattr(svg_cleaning, "MAX_ELEMENTS", 5)
    pixels = make_figure(chart())
    assert pixels.type == "image/png"
    assert is_addition(pixels)
    assert (pixels.width, pixels.height) == pytest.approx((figure.width, figure.height), abs=2)


def test_a_figure_that_is_too_large_at_double_size_is_drawn_at_single_size() -> None:
    class Noisy(Drawn):
        def savefig(self, target: io.BytesIO, *, dpi: float, **options: Any) -> None:
            Image.effect_noise((round(12 * dpi), round(12 * dpi)), 100).save(target, "PNG")

    Noisy.dpi = 100
    figure = make_figure(Noisy())
    assert (figure.width, figure.height) == (1200, 1200)
    assert len(base64.b64decode(figure.data)) < 2_000_000


def test_pixels_are_shown_as_they_are() -> None:
    values = np.array([[0, 255], [51, 102]])
    for image in (values.astype(np.uint8), values / 255, values.astype(np.float32), values / 127.5 - 1, values == 255):
        with Image.open(io.BytesIO(base64.b64decode(make_figure(image).data))) as shown:
            expected = values if image.dtype != bool else np.where(values == 255, 255, 0)
            assert np.abs(np.asarray(shown).astype(int) - expected).max() <= 1
    with Image.open(io.BytesIO(base64.b64decode(make_figure(np.array([[np.nan, 1.0, np.inf]])).data))) as shown:
        assert np.asarray(shown).tolist() == [[0, 255, 0]]


def test_a_picture_in_a_file_can_be_added(tmp_path: Path) -> None:
    path = tmp_path / "roc.png"
    path.write_bytes(png(30, 20))
    assert make_figure(path) == make_figure(str(path)) == make_figure(png(30, 20))


class Broken:
    def savefig(self, *args: Any, **options: Any) -> None:
        raise RuntimeError("no\ncanvas")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: None, "is of type NoneType; an Altair chart"),
        (lambda: 5, "is of type int; an Altair chart"),
        (Broken, r"cannot be drawn \(RuntimeError: no canvas\)"),
        (lambda: b"GIF89a", "it is not a PNG, JPEG or SVG picture"),
        (lambda: png_claiming(100_000, 100_000), "which is too many"),
        (lambda: "missing.png", r"missing\.png: it cannot be read \(No such file or directory\)"),
        (lambda: Path("/"), r"cannot be read \(Is a directory\)"),
        (lambda: np.zeros((2, 3, 5)), r"shape \(2, 3, 5\)"),
        (lambda: np.zeros((0, 3)), r"shape \(0, 3\)"),
        (lambda: np.array([["a"]]), "numbers of shape"),
        (lambda: np.random.default_rng(1).random((2000, 2000)), "bytes; at most"),
        (lambda: alt.Chart("https://example.org/x.csv").mark_bar().encode(x="a:N"), "cannot be drawn"),
    ],
)
def test_anything_else_is_one_clear_line(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(AdditionError, match=words) as caught:
        make_figure(make())
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="the group formats is not installed")
def test_a_real_figure_of_matplotlib_can_be_added() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3), dpi=100)
    axes = figure.add_subplot()
    axes.plot([1, 2, 3])
    made = make_figure(axes, title="Curve")
    assert made.type == "image/png"
    assert (made.width, made.height) == pytest.approx((400, 300), rel=0.2)
    assert made == make_figure(figure, title="Curve")
