"""Whether the text beside the first chart leaves space for the key numbers, estimated from its length."""

import unicodedata
from typing import Final

from reportgen.page.contents import ReportPage

# Of a page 1280 px wide: line heights and heights in px, and letters in a line. Our measurements in Chromium.
_CHART: Final = 415
_HEADLINE: Final = (34, 27)
_TEXT: Final = (23, 60)
_ADVICE: Final = (23, 56)
_GAPS: Final = 80  # badge, heading of the advice, and space between
_NUMBER: Final = 34
_WIDE: Final = 1.8  # letters that a Chinese character is as wide as


def is_brief(page: ReportPage) -> bool:
    """Whether verdict, advice and key numbers together are at most as high as the first chart."""
    if not page.charts:
        return False
    texts = (page.language.join(page.detail, page.scope), page.status, page.comparison_text, page.test_results)
    height = _GAPS + _height(page.headline, _HEADLINE) + _NUMBER * len(page.highlights)
    height += sum(_height(text, _TEXT) for text in texts)
    return height + sum(_height(text, _ADVICE) for text in page.advice) <= _CHART


def _height(text: str, line: tuple[int, int]) -> int:
    """The height of a text, in lines of a height and a number of letters."""
    letters = sum(_WIDE if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return line[0] * -int(-letters // line[1])
