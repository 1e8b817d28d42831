"""Cleans SVG drawings of others: what could run, request or hang is left out.

A clean drawing stays the same when it is cleaned again, so stored drawings can be checked.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any, Final

MAX_ELEMENTS: Final = 20_000  # our choice: a chart of thousands of points; browsers get slow beyond
_MAX_DRAWN: Final = 200_000  # elements with those that are drawn again by ``use``; our choice
_MAX_DEPTH: Final = 100  # our choice; writers of XML and browsers are recursive
_MAX_SIDE: Final = 10_000  # pixels
_DEFAULT_SIZE: Final = (300, 150)  # of CSS, for drawings without a size
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_TAGS: Final = frozenset(
    [
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "style", "image"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker"),
    ]
)
_GRADIENTS: Final = frozenset({"linearGradient", "radialGradient"})  # may refer to each other, which costs nothing
_HREFS: Final = ("href", "{http://www.w3.org/1999/xlink}href")
_DROPPED: Final = ("src", "filter")  # filters are left out, and what refers to a missing one may not be drawn
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_PICTURE: Final = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]*")
_FRAGMENT: Final = re.compile(r"#[^\s\"'()<>]{1,200}")
_URL: Final = re.compile(r"url\(\s*[\"']?\s*(#[^\s\"'()<>]{1,200})?", re.IGNORECASE)
_UNSAFE_CSS: Final = re.compile(r"[\\@<]|image-set|\b(?:image|src|element|expression)\s*\(", re.IGNORECASE)
_LENGTH: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{0,20})?)\s*(px|pt|pc|in|cm|mm)?\s*")
_PIXELS: Final = {None: 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}


def clean_svg(text: str, clean_image: Callable[[str], str] = lambda url: url) -> tuple[str, int, int]:
    """The clean drawing, and its width and height in pixels.

    Args:
        text: The drawing.
        clean_image: Returns the clean ``data:`` URL of a PNG or JPEG picture in the drawing; empty to leave it out.

    Raises:
        ValueError: it is not an SVG drawing, or is too large; the message says what is wrong with it.
    """
    if "<!ENTITY" in text:
        raise ValueError("it defines entities")
    cleaner = _Cleaner(clean_image)
    parser = ET.XMLParser(target=cleaner)  # noqa: S314  # without entities, and its elements are counted as they come
    try:
        parser.feed(text)
        root = parser.close()
    except ET.ParseError:
        raise ValueError("it is not well-formed XML") from None
    if root is None:
        raise ValueError("it has no <svg> element")
    cleaner.check_repetitions()
    width, height = _size(root.attrib)
    for name, side in (("width", width), ("height", height)):
        if name in root.attrib and not 0 < _pixels(root.attrib[name]) <= _MAX_SIDE:
            root.set(name, str(side))
    root.set("xmlns", _NAMESPACE)
    return ET.tostring(root, encoding="unicode"), width, height


class _Cleaner:
    """Receives the parts of a drawing from a parser and builds a tree of those that are harmless."""

    def __init__(self, clean_image: Callable[[str], str]) -> None:
        self._clean_image = clean_image
        self._builder = ET.TreeBuilder()
        self._skipped = 0  # depth inside an element that is left out
        self._open: list[tuple[str, int]] = []  # the ids of open elements, and how many elements were before them
        self._style: list[str] | None = None  # the text of an open style element
        self._elements = 0
        self._sizes: dict[str, int] = {}  # elements in each element with an id
        self._nested: set[str] = set()  # ids of elements that refer to others
        self._references: list[tuple[str, bool]] = []  # and whether what they mean is drawn once more
        self._is_svg = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        if not self._open and not self._is_svg:
            if name != "svg":
                raise ValueError("it has no <svg> element")
            self._is_svg = True
        if self._skipped or name not in _TAGS or self._style is not None:
            self._skipped += 1
            return
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise ValueError(f"it has more than {MAX_ELEMENTS:,} elements")
        if len(self._open) >= _MAX_DEPTH:
            raise ValueError(f"its elements are nested more than {_MAX_DEPTH} deep")
        kept = _harmless_attributes(name, attributes)
        if kept.get("href", "").startswith("data:"):
            kept["href"] = self._clean_image(kept["href"])
            kept = {attribute: value for attribute, value in kept.items() if attribute != "href" or value}
        self._open.append((kept.get("id", ""), self._elements))
        self._note_references(name, kept)
        self._builder.start(name, kept)
        if name == "style":
            self._style = []

    def end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        if self._style is not None:
            css, self._style = "".join(self._style), None
            if _is_harmless_css(css) and not _URL.search(css):  # unlike attributes, it could refer to parts unseen
                self._builder.data(css)
        id_, before = self._open.pop()
        if id_:
            self._sizes[id_] = self._elements - before + 1
        self._builder.end(_local(tag))

    def data(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)
        elif not self._skipped and self._open:
            self._builder.data(text)

    def comment(self, text: str) -> None:
        """Comments are left out."""

    def pi(self, target: str, text: str | None = None) -> None:
        """Processing instructions are left out."""

    def close(self) -> Any:
        return self._builder.close() if self._is_svg else None

    def check_repetitions(self) -> None:
        """Raises a ValueError if parts are drawn so often that a browser would hang."""
        drawn = self._elements
        for id_, is_repeated in self._references:
            if id_ in self._nested:
                raise ValueError("parts that it repeats contain repeated parts")
            drawn += self._sizes.get(id_, 0) if is_repeated else 0
        if drawn > _MAX_DRAWN:
            raise ValueError(f"it draws more than {_MAX_DRAWN:,} elements")

    def _note_references(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _GRADIENTS:
            return
        found = [place[1] for value in attributes.values() for place in _URL.finditer(value) if place[1]]
        target = attributes.get("href", "")
        if target.startswith("#"):
            found.append(target)
        if found:
            self._nested |= {id_ for id_, _ in self._open if id_}
        self._references += [(reference[1:], name == "use") for reference in found]


def _local(tag: str) -> str:
    """The name of an SVG element; empty for elements of other languages."""
    return tag.removeprefix(f"{{{_NAMESPACE}}}") if tag.startswith(f"{{{_NAMESPACE}}}") or tag[:1] != "{" else ""


def _harmless_attributes(tag: str, attributes: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in attributes.items():
        if name in _HREFS:
            if _FRAGMENT.fullmatch(value) or (tag == "image" and _PICTURE.fullmatch(value)):
                kept["href"] = value
        elif name == _SPACE:
            kept[name] = value
        elif name[:1] != "{" and not name.lower().startswith("on") and name not in _DROPPED:
            is_css = name == "style" or "(" in value or "\\" in value
            if not is_css or _is_harmless_css(value):
                kept[name] = value
    return kept


def _is_harmless_css(text: str) -> bool:
    """Whether a style refers to nothing outside the drawing."""
    return not _UNSAFE_CSS.search(text) and all(place[1] for place in _URL.finditer(text))


def _size(attributes: Mapping[str, str]) -> tuple[int, int]:
    """Width and height in pixels."""
    sides = [_pixels(attributes.get(name, "")) for name in ("width", "height")]
    box = [_pixels(part) for part in attributes.get("viewBox", "").replace(",", " ").split()[2:4]]
    ratio = box[0] / box[1] if len(box) == 2 and box[0] and box[1] else _DEFAULT_SIZE[0] / _DEFAULT_SIZE[1]
    width, height = sides
    if not width and not height:
        width = box[0] if len(box) == 2 and box[0] and box[1] else float(_DEFAULT_SIZE[0])
    width = width or (height or 0) * ratio
    height = height or width / ratio
    return tuple(min(max(round(side), 1), _MAX_SIDE) for side in (width, height))  # type: ignore[return-value]


def _pixels(text: str) -> float:
    """A length in pixels; 0 for anything else, such as a percentage."""
    found = _LENGTH.fullmatch(text)
    return float(found[1]) * _PIXELS[found[2]] if found else 0.0
