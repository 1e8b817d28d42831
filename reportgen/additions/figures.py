"""Makes figures of charts and pictures."""

import base64
import io
import os
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

from reportgen.additions.notes_and_tables import one_line, read_some
from reportgen.errors import AdditionError, ReportgenError
from reportgen.history.additions import MAX_CAPTION, MAX_TITLE, AddedFigure
from reportgen.history.pictures import MAX_PICTURE_BYTES, CleanPicture, clean_picture
from reportgen.text import printable

if TYPE_CHECKING:
    import numpy as np

_SCALE: Final = 2  # pixels of a drawn picture for each pixel shown, for the screens of today
_FEW_PIXELS: Final = 128  # below, a picture is shown larger
_NEEDED: Final = (
    "an Altair chart, a matplotlib figure, a Pillow image, an array of pixels, or a PNG, JPEG or SVG file is needed"
)


def make_figure(figure: Any, *, title: str = "", caption: str = "", alt: str = "") -> AddedFigure:
    """The figure with a picture.

    Raises:
        AdditionError: it is something else, cannot be drawn, or is too large.
    """
    picture, scale = _picture_of(figure)
    return AddedFigure(
        type=picture.type,
        data=base64.b64encode(picture.data).decode("ascii"),
        width=max(1, round(picture.width * scale)),
        height=max(1, round(picture.height * scale)),
        title=one_line(title, MAX_TITLE),
        caption=one_line(caption, MAX_CAPTION),
        alt=one_line(alt, MAX_CAPTION),
    )


def _picture_of(figure: Any) -> tuple[CleanPicture, float]:
    """The picture of a figure, and by how much it is scaled when it is shown."""
    if isinstance(figure, str | os.PathLike):
        shown = printable(os.fspath(figure), 200)
        return _cleaned(read_some(figure, 2 * MAX_PICTURE_BYTES), shown), 1.0
    if isinstance(figure, bytes | bytearray | memoryview):
        return _cleaned(bytes(figure), "the picture"), 1.0
    package = type(figure).__module__.partition(".")[0]
    try:
        if package == "altair":
            return _of_altair(figure)
        if package == "PIL":
            return _cleaned(_of_pillow(figure), "the picture"), 1.0
        drawn = figure if hasattr(figure, "savefig") else getattr(figure, "figure", None)
        if hasattr(drawn, "savefig"):
            return _of_matplotlib(drawn)
        if hasattr(figure, "shape"):
            pixels = as_pixels(as_array(figure))
            return _cleaned(png_of(pixels), "the picture"), _enlarged(pixels)
    except ReportgenError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        raise AdditionError(
            f"the figure cannot be drawn ({type(error).__name__}: {printable(reason, 200)}). Correct it, or pass a "
            "picture."
        ) from None
    raise AdditionError(f"the figure is of type {type(figure).__name__}; {_NEEDED}. Pass one of these.")


def _cleaned(data: bytes, shown: str) -> CleanPicture:
    try:
        return clean_picture(data)
    except ValueError as error:
        raise AdditionError(f"{shown}: {error}. Pass another picture.") from None


def _of_altair(chart: Any) -> tuple[CleanPicture, float]:
    """The chart as a drawing, or, if it has too many parts for that, as a picture of pixels."""
    import vl_convert  # slow to load

    specification = chart.to_dict()
    drawn = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[], show_warnings=False)
    try:
        return clean_picture(drawn.encode("utf-8")), 1.0
    except ValueError:
        pixels = vl_convert.vegalite_to_png(specification, scale=_SCALE, allowed_base_urls=[], show_warnings=False)
        return _cleaned(pixels, "the chart"), 1 / _SCALE


def _of_matplotlib(figure: Any) -> tuple[CleanPicture, float]:
    dpi = float(getattr(figure, "dpi", 100))
    for scale in (_SCALE, 1):
        written = io.BytesIO()
        figure.savefig(written, format="png", dpi=dpi * scale, bbox_inches="tight", metadata={"Software": None})
        if len(written.getvalue()) <= MAX_PICTURE_BYTES:
            break
    return _cleaned(written.getvalue(), "the figure"), 1 / scale


def _of_pillow(image: Any) -> bytes:
    written = io.BytesIO()
    plain = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else image.convert("RGB")
    plain.save(written, "PNG", optimize=True)
    return written.getvalue()


def as_array(values: Any) -> "np.ndarray":
    """An array or a tensor of any framework as a NumPy array."""
    import numpy as np

    for step in ("detach", "cpu"):  # of PyTorch, on any device
        values = getattr(values, step)() if callable(getattr(values, step, None)) else values
    return np.asarray(values)


def as_pixels(image: "np.ndarray") -> "np.ndarray":
    """An image as bytes of shape (height, width, channels) with 1, 3 or 4 channels.

    Raises:
        AdditionError: it has another shape, or no numbers.
    """
    import numpy as np

    pixels = image[..., np.newaxis] if image.ndim == 2 else image
    if pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4) and pixels.shape[0] in (1, 3, 4):
        pixels = np.moveaxis(pixels, 0, 2)
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or not pixels.size or pixels.dtype.kind not in "buif":
        raise AdditionError(
            f"the image has shape {image.shape} and type {image.dtype}; numbers of shape (height, width), or with 1, 3 "
            "or 4 channels, are needed. Pass such an array."
        )
    if pixels.dtype == np.uint8:
        return pixels
    numbers = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if low < 0:  # normalised in some way
        numbers = (numbers - low) / (high - low or 1.0) * 255
    elif high <= 1:
        numbers = numbers * 255
    return np.clip(np.round(numbers), 0, 255).astype(np.uint8)


def png_of(pixels: "np.ndarray") -> bytes:
    """Bytes of shape (height, width, 1, 3 or 4) as a PNG picture."""
    import numpy as np

    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)  # each begins with a filter: none
    rows[:, 1:] = pixels.reshape(height, width * channels)
    colours = {1: 0, 3: 2, 4: 6}[channels]
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    ]
    written = [b"\x89PNG\r\n\x1a\n"]
    for kind, content in parts:
        checksum = zlib.crc32(kind + content)
        written.append(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum))
    return b"".join(written)


def _enlarged(pixels: "np.ndarray") -> float:
    """How much larger an array of few pixels is shown."""
    return float(max(1, _FEW_PIXELS * 2 // max(pixels.shape[:2]))) if max(pixels.shape[:2]) < _FEW_PIXELS else 1.0
