"""Markdown of guidance texts to HTML that is safe to show: parsed, then cleaned of all else."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
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
    tokens = _PARSER.parse(text)
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
