"""Sample predictions become one drawing with the true and the predicted label of each image."""

import base64
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reportgen.additions.samples import MAX_SAMPLES, make_samples
from reportgen.errors import AdditionError
from reportgen.history.additions import AddedFigure, is_addition

IMAGES = np.random.default_rng(1).random((3, 8, 8))


def words_of(figure: AddedFigure) -> list[str]:
    root = ET.fromstring(base64.b64decode(figure.data))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


PREDICTIONS: dict[str, tuple[Any, Any, Any]] = {
    "names": (["cat", "dog", "cat"], ["cat", "cat", "cat"], None),
    "ids": ([0, 1, 0], np.array([0, 0, 0]), ["cat", "dog"]),
    "ids by name": ([7, 9, 7], [7, 7, 7], {7: "cat", 9: "dog"}),
    "probabilities": (np.array([[0], [1], [0]]), [[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]], ["cat", "dog"]),
    "one probability": ([0, 1, 0], np.array([[0.1], [0.4], [0.2]]), ["cat", "dog"]),
    "floats": (np.array([0.0, 1.0, 0.0]), [0, 0, 0], ["cat", "dog"]),
}


@pytest.mark.parametrize("name", PREDICTIONS)
def test_the_labels_of_each_image_are_below_it(name: str) -> None:
    true, predicted, labels = PREDICTIONS[name]
    figure = make_samples(IMAGES, true, predicted, labels=labels, title="Samples")
    assert words_of(figure) == ["cat", "= cat", "dog", "≠ cat", "cat", "= cat"]
    assert figure.alt == "cat → cat; dog → cat; cat → cat"
    assert figure.shows == "samples"
    assert is_addition(figure)


@pytest.mark.parametrize(
    "images",
    [
        IMAGES.astype(np.float32),
        (IMAGES * 255).astype(np.uint8)[..., np.newaxis],
        np.zeros((3, 3, 9, 9)),
        np.zeros((3, 500, 400, 3)),
        [Image.new("RGB", (20, 10)), np.zeros((9, 9)), np.zeros((9, 9, 3))],
    ],
    ids=["floats", "bytes", "channels first", "large", "list"],
)
def test_images_of_any_form_can_be_shown(images: Any) -> None:
    figure = make_samples(images, [1, 2, 3], [1, 2, 3])
    drawing = base64.b64decode(figure.data).decode()
    assert len(re.findall(r'href="data:image/png;base64,', drawing)) == 3
    assert len(drawing) < 1_000_000


def test_hostile_labels_are_text() -> None:
    figure = make_samples(IMAGES[:1], ["<script>alert(1)</script>"], ["\x00\u202e" + "x" * 500])
    assert words_of(figure) == ["<script>alert(1…", "≠ \ufffd\ufffdxxxxxxxxxxxxx…"]


@pytest.mark.parametrize(
    ("images", "true", "predicted", "labels", "words"),
    [
        (IMAGES[:0], [], [], None, "0 images; 1 to 100"),
        (np.zeros((MAX_SAMPLES + 1, 2, 2)), [], [], None, "101 images; 1 to 100"),
        (IMAGES, [1, 2], [1, 2, 3], None, "3 images, 2 true labels and 3 predicted ones"),
        (IMAGES, [1, 2, 3], np.zeros((3, 2, 2)), None, r"labels have shape \(3, 2, 2\)"),
        (IMAGES, [0, 1, 2], [0, 1, 2], ["cat", "dog"], "a class 2, but 2 labels"),
        (np.zeros((3, 2, 2, 7)), [0, 1, 2], [0, 1, 2], None, r"shape \(2, 2, 7\)"),
    ],
)
def test_what_does_not_fit_is_one_clear_line(images: Any, true: Any, predicted: Any, labels: Any, words: str) -> None:
    with pytest.raises(AdditionError, match=words):
        make_samples(images, true, predicted, labels=labels)
