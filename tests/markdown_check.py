"""Markdown as GitHub reads it: its own parser, and what it would make a link of."""

import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options


class Page(HTMLParser):
    """The tags and the text of some HTML."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not attrs or tag in ("td", "th"), (tag, attrs)

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def rendered(markdown):
    """Markdown as GitHub's parser makes it HTML, with all its extensions, raw HTML and footnotes switched on."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    return Page(cmarkgfm.github_flavored_markdown_to_html(markdown, options))


def references(text):
    """What GitHub would make a link of in rendered text."""
    return re.findall(r"(?<![\w`])@\w|(?:^|\W)#\d|\bGH-\d|\w#\d", text)
