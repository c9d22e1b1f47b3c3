"""Templates of the reporter's pages, compiled once for each language.

A report takes two dozen pages. What is the same in each is put in when a template is compiled:
its texts, in the language, and the addresses that hold nothing of a visit. That halves what a
page costs. Templates are written as anywhere else: `_("...")`, `url_for("web.front")`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, url_for
from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from api.web import language

Text = Callable[[str], str]
EXTENSION = "wren_web_templates"


def render(template: str, values: dict[str, Any]) -> str:
    """The page of a template, in the language that is asked for."""
    current_app.update_template_context(values)
    return environment().get_template(template).render(values)


def environment() -> Environment:
    """The templates in the language that is asked for."""
    texts = language.DOMAIN.get_translations()
    known: dict[Any, Environment] = current_app.extensions.setdefault(EXTENSION, {})
    found = known.get(texts)
    if found is None:
        found = known[texts] = _environment(texts.gettext)
    return found


def _environment(text: Text) -> Environment:
    class Generator(CodeGenerator):
        def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
            super().visit_Template(_Fixed(text).visit(node), frame)

    made = current_app.jinja_env.overlay()
    made.code_generator_class = Generator
    return made


class _Fixed(NodeTransformer):
    """Puts texts and addresses in the place of the calls that would give them."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        try:
            if isinstance(node.node, nodes.Name):
                return self._fixed(node.node.name, node)
        except nodes.Impossible:
            pass
        return node

    def _fixed(self, name: str, node: nodes.Call) -> nodes.Node:
        if name == "url_for":
            given = {one.key: one.value.as_const() for one in node.kwargs}
            return nodes.Const(url_for(*(one.as_const() for one in node.args), **given))
        if name != "_":
            return node
        # As Jinja's own `_`: what is put into a text is escaped, the text is not.
        text = Markup(self._text(node.args[0].as_const()))  # noqa: S704 - ours, none of a form
        if not node.kwargs:
            return nodes.Const(text % {})
        pairs = [nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs]
        return nodes.Mod(nodes.Const(text), nodes.Dict(pairs))
