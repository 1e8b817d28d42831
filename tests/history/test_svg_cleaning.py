"""SVG drawings of others are shown without what could run, request or hang."""

import re
import time

import pytest
from pictures import SVG

from reportgen.history.svg_cleaning import MAX_ELEMENTS, clean_svg

HOSTILE = {
    "script": "<script>alert(1)</script><path d='M0 0'/>",
    "script in another language": "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>",
    "HTML": "<foreignObject><img xmlns='http://www.w3.org/1999/xhtml' src='x' onerror='alert(1)'/></foreignObject>",
    "event": "<path d='M0 0' onload='alert(1)' ONCLICK='alert(1)'/>",
    "link": "<a href='javascript:alert(1)'><path d='M0 0'/></a>",
    "image": "<image href='https://example.org/x.png' width='1' height='1'/>",
    "local image": "<image href='file:///etc/passwd'/><image href='/etc/passwd'/>",
    "image with script": "<image href='data:image/svg+xml;base64,PHN2Zz4='/>",
    "old image": "<image xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='https://example.org/x.png'/>",
    "outside use": "<use href='https://example.org/x.svg#a'/>",
    "fill": "<path d='M0 0' fill='url(https://example.org/x.svg#a)'/>",
    "capitals": "<path d='M0 0' fill='URL( \"https://example.org/x.svg#a\")'/>",
    "style": "<path d='M0 0' style='background: url(//example.org/x)'/>",
    "escaped style": "<path d='M0 0' style='background: u\\72l(//example.org/x)'/>",
    "import": "<style>@import 'https://example.org/x.css';</style>",
    "font": "<style>@font-face { src: url(https://example.org/x) }</style>",
    "image set": "<style>path { fill: image-set('https://example.org/x' 1x) }</style>",
    "animation": "<set attributeName='href' to='javascript:alert(1)'/><animate attributeName='x' values='1;2'/>",
    "reference to a filter": "<path d='M0 0' filter='url(#f)'/>",
    "filter": "<filter id='f'><feImage href='https://example.org/x.png'/></filter>",
    "base": "<g xml:base='https://example.org/'><path d='M0 0'/></g>",
    "comment": "<!-- example.org --><?xml-stylesheet href='https://example.org/x.css'?>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_a_hostile_drawing_is_left(name: str) -> None:
    text, width, height = clean_svg(SVG.format(HOSTILE[name] + "<rect width='3' height='3'/>"))
    assert not re.search(r"alert|example\.org|passwd|PHN2Z|javascript|onload|<a|animate|set|filter", text)
    assert "rect" in text
    assert (width, height) == (40, 20)


HARMLESS = {
    "group": '<g transform="translate(3,4) scale(2)"><path d="M0,0L1,1" stroke-dasharray="4 2"/></g>',
    "gradient": '<defs><linearGradient id="b"><stop offset="0"/></linearGradient>'
    '<linearGradient id="a" href="#b"/></defs>'
    '<rect fill="url(#a)" style="stroke: url(\'#a\')"/>',
    "glyph": '<defs><path id="glyph" d="M0 0"/></defs><use href="#glyph" x="3"/><use href="#glyph" x="9"/>',
    "clip": '<clipPath id="clip"><rect width="4"/></clipPath><g clip-path="url(#clip)"><path d="M0 0"/></g>',
    "style": '<style>.a > .b { fill: #123; stroke-linejoin: round }</style><path class="a"/>',
    "text": '<text x="1">5 &lt; 6 &amp; 7<tspan dx="2">more</tspan></text>',
    "picture": '<image href="data:image/png;base64,iVBORw0KGgo=" width="4" height="4"/>',
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_drawing_keeps_everything_and_stays_the_same_when_cleaned_again(name: str) -> None:
    once = clean_svg(SVG.format(HARMLESS[name]))
    assert clean_svg(once[0]) == once
    for word in re.findall(r"[\w#:.]+", HARMLESS[name].replace("&lt;", "").replace("&amp;", "")):
        assert word in once[0], word


def test_links_of_older_drawings_are_kept() -> None:
    old = SVG.format('<path id="a"/><use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a"/>')
    assert 'href="#a"' in clean_svg(old)[0]


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="300" height="150"', (300, 150)),
        ('width="72pt" height="1in"', (96, 96)),
        ('viewBox="0 0 30 20"', (30, 20)),
        ('viewBox="0,0,30,20" width="100%"', (30, 20)),
        ('viewBox="0 0 30 20" width="60"', (60, 40)),
        ('viewBox="0 0 30 20" height="60px"', (90, 60)),
        ('width="1e9" viewBox="0 0 nan inf"', (300, 150)),
        ('width="999999999" height="0"', (10_000, 10_000)),
        ("", (300, 150)),
    ],
)
def test_the_size_is_that_of_the_drawing(attributes: str, size: tuple[int, int]) -> None:
    assert clean_svg(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}/>')[1:] == size


NESTED = "".join(
    f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" if n else '<g id="a0"><path d="M0 0"/></g>'
    for n in range(9)
)
PATTERNS = "".join(
    f'<pattern id="p{n}"><rect fill="url(#p{n - 1})"/><rect fill="url(#p{n - 1})"/></pattern>' for n in range(1, 9)
)
REFUSED = {
    "": "well-formed",
    "<svg": "well-formed",
    "<html/>": "no <svg>",
    "<svg xmlns='http://www.w3.org/1999/xhtml'/>": "no <svg>",
    '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>': "entities",
    SVG.format("<path/>" * (MAX_ELEMENTS + 1)): "more than",
    SVG.format("<g>" * 200 + "</g>" * 200): "nested",
    SVG.format(NESTED + '<use href="#a8"/>'): "repeats",
    SVG.format(PATTERNS + '<rect fill="url(#p8)"/>'): "repeats",
    SVG.format('<g id="a"><use href="#a"/></g>'): "repeats",
    SVG.format('<g id="a">' + "<path/>" * 500 + "</g>" + '<use href="#a"/>' * 500): "draws more than",
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_a_drawing_or_would_hang_a_browser_is_refused(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ValueError, match=REFUSED[text]):
        clean_svg(text)
    assert time.perf_counter() - begun < 5


def test_a_part_without_a_closing_element_does_not_hide_what_follows() -> None:
    text = SVG.format("<script><g><path d='M9 9'/></g></script><path d='M1 1'/>")
    assert "M9" not in clean_svg(text)[0]
    assert "M1" in clean_svg(text)[0]
