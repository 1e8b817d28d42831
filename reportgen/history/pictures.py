"""Pictures of others: recognised by their content, without what a picture does not need, such as a place or an author.

A clean picture stays the same when it is cleaned again, so stored pictures can be checked.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final, Literal

PictureType = Literal["image/png", "image/jpeg", "image/svg+xml"]

MAX_PICTURE_BYTES: Final = 2_000_000  # our choice: a sharp chart or a large photo
_MAX_PIXELS: Final = 40_000_000  # our choice: a photo; browsers need four bytes for each
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_PNG_KEPT: Final = frozenset([b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"IDAT", b"IEND"])
_JPEG_SIZES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # markers of frames, which have the size
_JPEG_DROPPED: Final = frozenset({*range(0xE1, 0xF0), 0xFE} - {0xEE})  # but Adobe's, which has the kind of colours
_JPEG_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EXIF: Final = b"Exif\0\0"
_TURNED: Final = (5, 6, 7, 8)  # orientations with exchanged sides
_ORIENTATION: Final = 0x0112
_MAX_TAGS: Final = 500


@dataclass(frozen=True)
class CleanPicture:
    """A picture that a page can show.

    Attributes:
        type: Its media type.
        data: Its content.
        width: In pixels, as it is shown.
        height: Likewise.
    """

    type: PictureType
    data: bytes
    width: int
    height: int


def clean_picture(data: bytes) -> CleanPicture:
    """The picture in the content of a PNG, JPEG or SVG file, without metadata and scripts.

    Raises:
        ValueError: it is not a picture, is damaged or too large; the message says what is wrong with it.
    """
    if data.startswith(_PNG):
        picture = _clean_png(data)
    elif data.startswith(_JPEG):
        picture = _clean_jpeg(data)
    else:
        picture = _clean_drawing(data)
    if picture.width * picture.height > _MAX_PIXELS:
        raise ValueError(f"it has {picture.width:,} x {picture.height:,} pixels, which is too many")
    if len(picture.data) > MAX_PICTURE_BYTES:
        raise ValueError(f"it has {len(picture.data):,} bytes; at most {MAX_PICTURE_BYTES:,} are allowed")
    return picture


def _clean_drawing(data: bytes) -> CleanPicture:
    if b"<" not in data[:1_000]:
        raise ValueError("it is not a PNG, JPEG or SVG picture")
    if len(data) > 2 * MAX_PICTURE_BYTES:
        raise ValueError(f"it has {len(data):,} bytes; at most {MAX_PICTURE_BYTES:,} are allowed")
    from reportgen.history.svg_cleaning import clean_svg  # loads a parser of XML

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not a PNG, JPEG or SVG picture, or an SVG picture that is not text in UTF-8") from None
    drawing, width, height = clean_svg(text, _clean_embedded)
    return CleanPicture("image/svg+xml", drawing.encode("utf-8", "replace"), width, height)


def _clean_embedded(url: str) -> str:
    """A picture inside a drawing without metadata, as a ``data:`` URL; empty if it is damaged or much too large."""
    try:
        data = base64.b64decode("".join(url.partition(",")[2].split()), validate=True)
        picture = _clean_png(data) if data.startswith(_PNG) else _clean_jpeg(data)
    except ValueError:  # also that of base64
        return ""
    if picture.width * picture.height > _MAX_PIXELS:
        return ""
    return f"data:{picture.type};base64,{base64.b64encode(picture.data).decode('ascii')}"


def _clean_png(data: bytes) -> CleanPicture:
    kept, place, size = [_PNG], len(_PNG), (0, 0)
    while True:
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(data):
            raise ValueError("it is a PNG picture that is cut off")
        if place == len(_PNG):
            if kind != b"IHDR" or length != 13:
                raise ValueError("it is a damaged PNG picture")
            size = (int.from_bytes(data[place + 8 : place + 12]), int.from_bytes(data[place + 12 : place + 16]))
        if kind in _PNG_KEPT:
            kept.append(data[place:end])
        place = end
        if kind == b"IEND":
            break
    if 0 in size:
        raise ValueError("it is a PNG picture without pixels")
    return CleanPicture("image/png", b"".join(kept), *size)


def _clean_jpeg(data: bytes) -> CleanPicture:
    kept, place, size, orientation = [data[:2]], 2, (0, 0), 0
    while True:
        found = _JPEG_MARKER.search(data, place)
        if found is None:
            raise ValueError("it is a JPEG picture that is cut off")
        marker = found[0][1]
        kept.append(data[place : found.start()])  # the pixels of a scan, if any
        if marker == 0xD9:
            break
        end = found.end() + int.from_bytes(data[found.end() : found.end() + 2])
        content = data[found.end() + 2 : end]
        if end > len(data) or end < found.end() + 2:
            raise ValueError("it is a JPEG picture that is cut off")
        if marker in _JPEG_SIZES and not size[0]:
            size = (int.from_bytes(content[3:5]), int.from_bytes(content[1:3]))
        if marker == 0xE1 and not orientation and content.startswith(_EXIF):
            orientation = _orientation(content[len(_EXIF) :])
            if orientation > 1:
                kept.append(_only_orientation(orientation))
        if marker not in _JPEG_DROPPED:
            kept.append(data[found.start() : end])
        place = end
    if 0 in size:
        raise ValueError("it is a JPEG picture without pixels")
    if orientation in _TURNED:
        size = (size[1], size[0])
    return CleanPicture("image/jpeg", b"".join([*kept, b"\xff\xd9"]), *size)


def _orientation(exif: bytes) -> int:
    """How a photo must be turned, 1 to 8; 0 if its metadata does not say so."""
    order: Literal["big", "little"] = "big" if exif[:2] == b"MM" else "little"
    first = int.from_bytes(exif[4:8], order)
    for number in range(min(int.from_bytes(exif[first : first + 2], order), _MAX_TAGS)):
        entry = exif[first + 2 + 12 * number : first + 14 + 12 * number]
        if int.from_bytes(entry[:2], order) == _ORIENTATION:
            value = int.from_bytes(entry[8:10], order)
            return value if 1 <= value <= 8 else 0
    return 0


def _only_orientation(value: int) -> bytes:
    """The smallest metadata that says how a photo must be turned."""
    entry = _ORIENTATION.to_bytes(2) + b"\0\3\0\0\0\1" + value.to_bytes(2) + b"\0\0"
    content = _EXIF + b"MM\0*\0\0\0\x08\0\1" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (len(content) + 2).to_bytes(2) + content
