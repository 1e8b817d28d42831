"""Small pictures for tests."""

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">{}</svg>'
SECRET = "Ada Lovelace, 51.5 N"


def png(width: int = 4, height: int = 2, *, text: str = "") -> bytes:
    info = PngImagePlugin.PngInfo()
    if text:
        info.add_text("Author", text)
    written = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(written, "PNG", pnginfo=info)
    return written.getvalue()


def jpeg(width: int = 8, height: int = 4, *, orientation: int = 1, text: str = "", progressive: bool = False) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    if text:
        exif[0x013B] = text
    written = io.BytesIO()
    image = Image.effect_noise((width, height), 60).convert("RGB")
    image.save(written, "JPEG", exif=exif, comment=text.encode(), progressive=progressive)
    return written.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG picture that says it has this size, with hardly any data."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 10)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
