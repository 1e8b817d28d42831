"""Renders Markdown as GitHub does, and finds what GitHub would turn into a link."""

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
    """The HTML of some Markdown by GitHub's parser, with all its extensions, raw HTML and footnotes enabled."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    return Page(cmarkgfm.github_flavored_markdown_to_html(markdown, options))


def references(text):
    """The parts of rendered text that GitHub would turn into links."""
    return re.findall(r"(?<![\w`])@\w|(?:^|\W)#\d|\bGH-\d|\w#\d", text)
