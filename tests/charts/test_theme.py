"""Contrast of colours, and lines that differ without colour."""

import re
from pathlib import Path

import pytest

from reportgen.charts import layout, theme

CSS = Path(__file__).resolve().parents[2] / "templates" / "css"
SERIES = {
    name: value
    for name, value in vars(theme).items()
    if isinstance(value, str) and re.fullmatch("#[0-9A-F]{6}", value) and name != "GRID"
}
WORDS = sorted({theme.LABEL_COLOURS.get(colour, colour) for colour in SERIES.values()})


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def tokens(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#\w{6});", (CSS / sheet).read_text("utf-8")))


def twins() -> dict[tuple[str, str], str]:
    """The dark colour of each attribute and light colour."""
    found = re.findall(r'svg \[(fill|stroke)="(#\w{6})"\] \{ \1: (#\w{6}); \}', (CSS / "dark.css").read_text("utf-8"))
    return {(attribute, light): dark for attribute, light, dark in found}


def test_contrast_equals_published_values() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_nine_colours_are_checked() -> None:
    assert {"TRAIN", "VALIDATION", "BASELINE", "BEST", "CONVERGED", "SETTING", "ALARM", "TROUBLE", "MUTED"} == set(
        SERIES
    )


@pytest.mark.parametrize("colour", SERIES.values(), ids=SERIES)
def test_every_line_and_mark_has_a_contrast_of_three_to_one_on_both_backgrounds(colour: str) -> None:
    assert contrast(colour, tokens("tokens.css")["paper"]) >= 3
    for attribute in ("stroke", "fill"):
        assert contrast(twins()[attribute, colour], tokens("dark.css")["paper"]) >= 3


@pytest.mark.parametrize("colour", WORDS)
def test_every_text_in_a_chart_has_a_contrast_of_four_and_a_half_to_one(colour: str) -> None:
    assert contrast(colour, tokens("tokens.css")["paper"]) >= 4.5
    assert contrast(twins()["fill", colour], tokens("dark.css")["paper"]) >= 4.5


@pytest.mark.parametrize("sheet", ["tokens.css", "dark.css"])
@pytest.mark.parametrize("ink", ["ink", "muted", "link", "good", "note", "warning", "critical"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_every_text_of_the_page_has_enough_contrast_on_every_background(sheet: str, ink: str, ground: str) -> None:
    assert contrast(tokens(sheet)[ink], tokens(sheet)[ground]) >= 4.5


def test_lines_and_rules_of_different_meaning_differ_in_more_than_colour() -> None:
    curves = [theme.TRAIN_DASH, theme.SOLID, theme.FORECAST_DASH]
    assert len(set(curves)) == len(curves)
    assert contrast(theme.VALIDATION, theme.TRAIN) >= 2.3
    dark = twins()
    assert contrast(dark["stroke", theme.VALIDATION], dark["stroke", theme.TRAIN]) >= 1.8
    assert theme.LINE_WIDTH >= 1.5 * theme.TRAIN_WIDTH


@pytest.mark.parametrize("text", ["validation", "best epoch 57: val_loss 0.412", "overfitting from 8", "损失 0.4"])
def test_the_estimated_width_of_a_text_is_never_too_narrow(text: str) -> None:
    """The widths are those of DejaVu Sans Bold, with 2048 units per em; Chinese characters are one em wide."""
    widths = dict(zip("abcdefghijklmnopqrstuvwxyz_.: 0", [
        1382, 1466, 1214, 1466, 1389, 891, 1466, 1458, 702, 702, 1362, 702, 2134, 1458, 1407, 1466, 1466, 1010,
        1219, 979, 1458, 1335, 1892, 1321, 1335, 1192, 1024, 778, 819, 713, 1425,
    ], strict=True))  # fmt: skip
    true = sum(widths.get("0" if letter.isdigit() else letter, 2048) for letter in text) / 2048
    assert true <= layout.text_width(text, 1.0) <= 1.2 * true
