"""Markdown as harmless HTML: text, lists, tables and links to other pages, but nothing that runs or loads."""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOP: Final = 3  # level of the highest heading in a note, below that of its section
_LOWEST: Final = 6
_TAGS: Final = frozenset(
    [
        *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
        *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
    ]
)
_ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}, "th": {"align"}, "td": {"align"}}
_NESTING: Final = 50  # levels of lists and quotes; the parser leaves out what is deeper
_MAX_CELLS: Final = 30_000  # of tables; our choice: short rows get all columns, so that a small text may have millions
_SCHEMES: Final = ("https", "http", "mailto")  # a click opens another page; nothing is loaded before


def render_note(text: str) -> Markup | None:
    """The text as HTML; None if the packages for that are not installed.

    HTML in it is shown as text. Images are replaced by their descriptions, and links that lead nowhere from another
    place, such as relative ones, by their text. A text that is nested too deeply is shown as it is.
    """
    try:
        import nh3

        parser = _parser(with_tables=_has_few_cells(text))
    except ImportError:
        return None
    tokens = parser.parse(text)
    if any(token.nesting > 0 and token.level >= _NESTING - 1 for token in tokens):
        return Markup("<pre><code>{}</code></pre>").format(escape(text))
    _tame(tokens)
    html = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
    )
    return Markup(clean)  # noqa: S704  # cleaned in the line above


def _replace(token: Any, text: str) -> None:
    """Makes a token text."""
    token.type, token.tag, token.attrs, token.content, token.children = "text", "", {}, text, None


def _has_few_cells(text: str) -> bool:
    """Whether tables in a text cannot get too many cells, each row having as many as the longest line has bars."""
    lines = text.split("\n")
    return max(line.count("|") for line in lines) * len(lines) <= _MAX_CELLS


@cache
def _parser(*, with_tables: bool) -> Any:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTING}).enable("strikethrough")
    return parser.enable("table") if with_tables else parser


def _tame(tokens: "Sequence[Any]") -> None:
    """Changes what a page cannot show: high headings, images, links without a scheme, and styles of cells."""
    links: list[bool] = []  # whether each open link is kept
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + _TOP - 1, _LOWEST)}"
        elif token.type in ("th_open", "td_open") and (style := token.attrGet("style")):
            token.attrs = {"align": str(style).rpartition(":")[2]}
        elif token.type == "link_open":
            links.append(str(token.attrGet("href")).partition(":")[0].lower() in _SCHEMES)
            if not links[-1]:
                _replace(token, "")
        elif token.type == "link_close" and not links.pop():
            _replace(token, "")
        elif token.type == "image":
            _replace(token, "".join(child.content for child in token.children or ()))
        if token.children:
            _tame(token.children)
