"""Markdown of guidance texts to HTML that is safe to show: parsed, then cleaned of all else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_PARSER = MarkdownIt("commonmark", {"html": False}).disable("image")
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "hr", "li", "ol", "p", "pre",
    "strong", "ul",
}  # fmt: skip
_BELOW = {f"h{level}": f"h{min(level + 2, 5)}" for level in range(1, 7)}
"""The page has its own first and second heading."""


@lru_cache(maxsize=256)
def to_html(text: str) -> Markup:
    """The text as HTML: no script, no picture, nothing of another site; links to http(s) only.

    Kept, since every visitor of an organisation's page gets the same texts; they are public.
    """
    return _drawn(_PARSER.parse(text))


@lru_cache(maxsize=256)
def to_html_without_links(text: str) -> Markup:
    """The same, but links to other sites are text, with their address: nobody follows one there
    from a page that they would not want to be seen on. Numbers can still be called.
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.children:
            token.children = list(_unlinked(token.children))
    return _drawn(tokens)


def _unlinked(tokens: Iterable[Token]) -> Iterator[Token]:
    """These tokens; instead of the end of a link its address, and nothing instead of its start."""
    address, shown = "", ""
    for token in tokens:
        if token.type == "link_open":
            address, shown = str(token.attrGet("href") or ""), ""
            if address.startswith("tel:"):
                address = ""
                yield token
        elif token.type == "link_close" and address:
            if shown != address:
                yield Token("text", "", 0, content=f" ({address})")
            address = ""
        else:
            shown += token.content
            yield token


def _drawn(tokens: list[Token]) -> Markup:
    for token in tokens:
        token.tag = _BELOW.get(token.tag, token.tag)
    made = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Markup(  # noqa: S704 - cleaned right here
        nh3.clean(
            made,
            tags=_TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes={"http", "https", "tel"},
            link_rel="noopener noreferrer",
        )
    )
