"""Closed by default: every page says which roles may see it, and is refused to all others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from flask import Flask

from shared.schemas.base import EXAMPLE_ID
from tests.api.checks import nothing_stored
from tests.console.hands import FoundForm, Hands
from tests.service import Service

Make = Callable[..., Hands]

OPEN = {
    "sign_in", "sign_out", "theme",
    "join", "join_keys", "join_practise", "join_add", "recover", "recover_keys",
}  # fmt: skip
STATIC = {"static"}


def pages(app: Flask) -> Iterator[tuple[str, str, set[str], tuple[str, ...] | None]]:
    """Each page's name, rule, methods, and the roles that it needs (None: it says nothing)."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console."):
            needs = app.view_functions[rule.endpoint].__dict__.get("wren_needs")
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            yield rule.endpoint.removeprefix("console."), rule.rule, methods, needs


def test_it_works(service: Service) -> None:
    found = {name: needs for name, _, _, needs in pages(service.app)}
    assert {name for name, needs in found.items() if needs is None} == STATIC
    assert {name for name, needs in found.items() if needs == ()} == OPEN


def filled(rule: str) -> str:
    """An address that the rule matches, of things that are not there."""
    like = {"uuid": EXAMPLE_ID, "int": "3", "string": "eeast"}

    def example(found: re.Match[str]) -> str:
        kind, options, _name = found.groups()
        return options.split(",")[0].strip() if options else like[kind or "string"]

    return re.sub(r"<(?:(\w+)(?:\((.*?)\))?:)?(\w+)>", example, rule)


def test_nobody_is_asked_to_sign_in(service: Service, hands: Make) -> None:
    one = hands(None)
    token = one.get("/console/sign-in").form("wren-username").fields["wren-csrf_token"]
    form = FoundForm("", {"csrf_token": token, "text": "kept"})
    for name, rule, methods, needs in pages(service.app):
        if not needs:
            continue
        with nothing_stored(service):
            for method in methods:
                path = filled(rule)
                shown = one.get(path) if method == "GET" else one.send(path, form)
                assert shown.status == 401, (name, shown.words)
                assert "User name" in shown.words


def test_the_wrong_roles_are_refused(service: Service, hands: Make) -> None:
    roles = {"handler": "handler-1", "administrator": "administrator-1", "analyst": "analyst-1"}
    browsers = {role: hands(name) for role, name in roles.items()}
    forms = {
        role: one.get("/console/account").form("csrf_token") for role, one in browsers.items()
    }
    for form in forms.values():
        form.fields = {"csrf_token": form.fields["csrf_token"]}
    for name, rule, methods, needs in pages(service.app):
        if not needs or needs == ("anyone",):
            continue
        for role, one in browsers.items():
            if role in needs:
                continue
            form = forms[role]
            for method in methods:
                path = filled(rule)
                form.action = path
                with nothing_stored(service):
                    shown = one.get(path) if method == "GET" else one.send(path, form)
                assert (shown.status, "Not allowed" in shown.words) == (403, True), (name, role)


def test_what_is_unknown(hands: Make) -> None:
    one = hands()
    for path in ("/console/nothing-here", "/console/account/leave/elsewhere",
                 "/console/account/leave/no-such", "/console/static/nothing.css"):  # fmt: skip
        shown = one.get(path)
        assert (shown.status, "There is nothing here" in shown.words) == (404, True), path
        assert ("handler-1" in shown.words) == ("/static/" not in path)
    put = one.http.put("/console/account")
    assert (put.status_code, "GET" in put.headers["Allow"]) == (405, True)
