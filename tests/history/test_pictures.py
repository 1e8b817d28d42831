"""Pictures of others are recognised by their content and lose what a picture does not need."""

import base64
import io
import random

import pytest
from pictures import SECRET, SVG, jpeg, png, png_claiming
from PIL import Image

from reportgen.history.pictures import MAX_PICTURE_BYTES, clean_picture

SOUND = {
    "png": (png(text=SECRET), "image/png", (4, 2)),
    "jpeg": (jpeg(text=SECRET), "image/jpeg", (8, 4)),
    "progressive jpeg": (jpeg(text=SECRET, progressive=True), "image/jpeg", (8, 4)),
    "turned jpeg": (jpeg(text=SECRET, orientation=6), "image/jpeg", (4, 8)),
    "svg": (SVG.format(f"<!-- {SECRET} --><path d='M0 0'/>").encode(), "image/svg+xml", (40, 20)),
    "svg with a byte order mark": (b"\xef\xbb\xbf" + SVG.format("").encode(), "image/svg+xml", (40, 20)),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_picture_loses_its_metadata_and_stays_the_same_when_cleaned_again(name: str) -> None:
    data, type_, size = SOUND[name]
    picture = clean_picture(data)
    assert (picture.type, (picture.width, picture.height)) == (type_, size)
    assert SECRET.encode() not in picture.data
    assert SECRET[:12].encode() not in picture.data
    assert clean_picture(picture.data) == picture


@pytest.mark.parametrize("name", [name for name in SOUND if "svg" not in name])
def test_a_picture_keeps_its_pixels(name: str) -> None:
    data = SOUND[name][0]
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(clean_picture(data).data)) as after:
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stays_as_it_is_turned(orientation: int) -> None:
    with Image.open(io.BytesIO(clean_picture(jpeg(orientation=orientation)).data)) as image:
        assert image.getexif().get(0x0112, 1) == orientation


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a PNG"),
        (b"GIF89a", "not a PNG"),
        (b"epoch,loss\n1,0.5\n", "not a PNG"),
        (b"<svg>\xff</svg>", "not text in UTF-8"),
        (png()[:-4], "cut off"),
        (png()[:20], "cut off"),
        (b"\x89PNG\r\n\x1a\n", "cut off"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\0\0\0\0", "damaged"),
        (png_claiming(0, 4), "without pixels"),
        (png_claiming(100_000, 100_000), "too many"),
        (jpeg()[:-2], "cut off"),
        (jpeg()[:30], "cut off"),
        (b"\xff\xd8\xff\xd9", "without pixels"),
        (SVG.format("x" * (2 * MAX_PICTURE_BYTES)).encode(), "bytes; at most"),
    ],
)
def test_what_is_not_a_picture_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        clean_picture(data)


@pytest.mark.parametrize("name", SOUND)
def test_a_damaged_picture_is_clean_or_refused(name: str) -> None:
    chosen = random.Random(name)
    for _ in range(300):
        data = bytearray(SOUND[name][0])
        for _ in range(chosen.randint(1, 4)):
            data[chosen.randrange(len(data))] = chosen.randrange(256)
        data = data[: chosen.randint(1, len(data))] if chosen.random() < 0.3 else data
        try:
            picture = clean_picture(bytes(data))
        except ValueError:
            continue
        assert clean_picture(picture.data) == picture


def in_a_drawing(data: bytes) -> bytes:
    return SVG.format(f'<image href="data:image/png;base64,{base64.b64encode(data).decode()}"/>').encode()


@pytest.mark.parametrize(
    ("data", "is_kept"),
    [
        (png(text=SECRET), True),
        (jpeg(text=SECRET), True),
        (png()[:-4], False),
        (b"<svg/>", False),
        (png_claiming(100_000, 100_000), False),
    ],
)
def test_pictures_inside_a_drawing_are_cleaned_too(data: bytes, is_kept: bool) -> None:
    picture = clean_picture(in_a_drawing(data))
    assert (b"base64" in picture.data) is is_kept
    assert base64.b64encode(SECRET.encode())[:12] not in picture.data
    assert clean_picture(picture.data) == picture


@pytest.mark.parametrize("side", ["1e9", "nan", "100%", "-5"])
def test_a_drawing_has_no_size_that_nothing_can_show(side: str) -> None:
    picture = clean_picture(SVG.format("").replace('"40"', f'"{side}"').replace('"20"', f'"{side}"').encode())
    assert side.encode() not in picture.data
    assert (b'width="%d"' % picture.width in picture.data, picture.width <= 10_000) == (True, True)
    assert clean_picture(picture.data) == picture
