"""Makes a grid of images with their true and predicted labels: one drawing, which pages and mails show alike."""

import base64
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from reportgen.additions.figures import as_array, as_pixels, make_figure, png_of
from reportgen.additions.notes_and_tables import one_line
from reportgen.errors import AdditionError
from reportgen.history.additions import MAX_CAPTION, AddedFigure

if TYPE_CHECKING:
    import numpy as np

MAX_SAMPLES: Final = 100  # our choice: more are not looked at
_CELL: Final = 112  # pixels
_GAP: Final = 12
_LINE: Final = 16
_LONGEST: Final = 16  # characters of a label below an image
_LONGEST_ALT: Final = 60
_MOST_PIXELS: Final = 224  # of a side of a stored image: twice what is shown
_WIDEST: Final = 8  # images in a row
_INK, _WRONG, _LINES = "#1f2328", "#b42318", "#d0d7de"


def make_samples(
    images: Any,
    true: Any,
    predicted: Any,
    *,
    labels: Sequence[Any] | Mapping[Any, Any] | None = None,
    title: str = "",
    caption: str = "",
) -> AddedFigure:
    """The figure with a grid of images. A wrong prediction has a frame, bold type and "≠".

    Raises:
        AdditionError: the images or labels have another form, or are too many.
    """
    pictures = list(as_array(images)) if hasattr(images, "shape") else [as_array(image) for image in images]
    if not 0 < len(pictures) <= MAX_SAMPLES:
        raise AdditionError(
            f"there are {len(pictures):,} images; 1 to {MAX_SAMPLES} are needed. Choose some, such as images[:25]."
        )
    classes = _names(true, labels), _names(predicted, labels)
    if not len(pictures) == len(classes[0]) == len(classes[1]):
        raise AdditionError(
            f"there are {len(pictures)} images, {len(classes[0])} true labels and {len(classes[1])} predicted ones; "
            "one of each is needed for each image. Pass equal numbers of them."
        )
    drawing = _draw(pictures, *classes)
    pairs = [f"{one_line(a, _LONGEST_ALT)} → {one_line(b, _LONGEST_ALT)}" for a, b in zip(*classes, strict=True)]
    made = make_figure(drawing, title=title, caption=caption, alt=one_line("; ".join(pairs), MAX_CAPTION))
    return AddedFigure(**{**vars(made), "shows": "samples"})


def _names(given: Any, labels: Sequence[Any] | Mapping[Any, Any] | None) -> list[str]:
    """The names of classes, from names, ids or rows of probabilities."""
    values = as_array(given)
    if values.ndim == 2:
        if values.shape[1] > 1:
            values = values.argmax(axis=1)
        else:
            values = (values[:, 0] > 0.5).astype(int) if values.dtype.kind == "f" else values[:, 0]
    if values.ndim != 1:
        raise AdditionError(
            f"the labels have shape {values.shape}; one label, or one row of probabilities, is needed for each image. "
            "Pass such labels."
        )
    return [_name(value, labels) for value in values.tolist()]


def _name(value: Any, labels: Sequence[Any] | Mapping[Any, Any] | None) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(labels, Mapping):
        return str(labels.get(value, value))
    if labels is not None and isinstance(value, int):
        if not 0 <= value < len(labels):
            raise AdditionError(
                f"there is a class {value}, but {len(labels)} labels; each class needs its label. Pass all labels."
            )
        return str(labels[value])
    return str(value)


def _draw(pictures: Sequence["np.ndarray"], true: Sequence[str], predicted: Sequence[str]) -> bytes:
    columns = min(_WIDEST, len(pictures))
    rows = -(-len(pictures) // columns)
    down = _CELL + 2 * _LINE + _GAP
    width, height = columns * (_CELL + _GAP) + _GAP, rows * down + _GAP
    root = ET.Element("svg", _numbers(width=width, height=height) | {"xmlns": "http://www.w3.org/2000/svg"})
    ET.SubElement(root, "rect", _numbers(width=width, height=height) | {"fill": "#ffffff"})
    fonts = {"font-family": "system-ui, Segoe UI, Roboto, Noto Sans, Noto Sans CJK SC, sans-serif", "font-size": "12"}
    group = ET.SubElement(root, "g", {**fonts, "fill": _INK})
    for place, (image, name, guess) in enumerate(zip(pictures, true, predicted, strict=True)):
        x, y = _GAP + place % columns * (_CELL + _GAP), _GAP + place // columns * down
        wrong = name != guess
        pixels = as_pixels(image)
        step = max(1, -(-max(pixels.shape[:2]) // _MOST_PIXELS))
        times = max(1, _CELL // max(pixels.shape[:2]))  # few pixels are drawn as squares, not blurred
        shown = pixels[::step, ::step].repeat(times, axis=0).repeat(times, axis=1)
        source = f"data:image/png;base64,{base64.b64encode(png_of(shown)).decode('ascii')}"
        ET.SubElement(group, "image", _numbers(x=x, y=y, width=_CELL, height=_CELL) | {"href": source})
        frame = {"fill": "none", "stroke": _WRONG if wrong else _LINES, "stroke-width": "3" if wrong else "1"}
        ET.SubElement(group, "rect", _numbers(x=x, y=y, width=_CELL, height=_CELL) | frame)
        first = ET.SubElement(group, "text", _numbers(x=x, y=y + _CELL + _LINE - 2))
        first.text = one_line(name, _LONGEST)
        loud = {"fill": _WRONG, "font-weight": "bold"} if wrong else {}
        second = ET.SubElement(group, "text", _numbers(x=x, y=y + _CELL + 2 * _LINE - 2) | loud)
        second.text = f"{'≠' if wrong else '='} {one_line(guess, _LONGEST)}"
    return ET.tostring(root, encoding="utf-8")


def _numbers(**values: int) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
