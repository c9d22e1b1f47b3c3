"""Marked requests that the console refuses, or can't answer: with each failure that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from api.config import MAX_BODY
from api.console.caller import SEEN, SESSION
from tests.console.hands import FoundForm
from tests.journeys.console_traffic import ConsoleTraffic
from tests.journeys.console_window import FORM_COOKIE, Window
from tests.journeys.traffic import routes

FIELDS = (
    "about", "acknowledge", "act", "actions", "address", "asks", "assigned_to", "away_until",
    "before", "bundle", "case", "case_id", "categories", "channel", "checked_on", "code",
    "compared", "concerns", "confidentiality", "confirmed", "cover", "desk", "desks", "detail",
    "digest", "display_name", "elements", "enabled", "epoch", "events", "excluded", "expires_on",
    "feedback", "fingerprint", "first", "first_word", "handlers", "id", "idle_minutes",
    "immediate_danger", "introduction", "invitation", "kind", "last", "leaver", "local", "name",
    "national", "notes", "number", "organisation", "originals", "outcome", "overlap_days",
    "password", "people", "place", "professional_group", "purpose", "raised", "raised_by",
    "reason", "recovery", "reference", "region", "release", "role", "scopes", "second_word",
    "status", "step", "story", "summary", "sure", "taker", "template", "text", "theme", "themes",
    "title", "to", "token", "told", "until", "urgent", "url", "username", "value", "wanted",
    "when", "why", "words", "wren-again", "wren-by", "wren-kept", "wren-to",
)  # fmt: skip
"""Names of fields of all forms, but those that would try a password."""

ENDS = ("/sign-out", "/lock", "/end")
"""Addresses that end what the other requests need."""


def fail(console: ConsoleTraffic) -> None:
    """Each route without a session, locked, and with everything that is wrong with a form."""
    for method, path in _addresses(console):
        window = console.admin if _is_admins(path) else console.one
        query = f"?{window.text('query')}={window.text('query')}&after={window.text('after')}"
        strange = re.sub(r"/[A-Z]{3}-[A-Z0-9]+", f"/{window.text('in-path')}", path)
        if method == "GET":
            wrong: list[tuple[str, tuple[str, ...]]] = [(strange, ())] if strange != path else []
            wrong += [(path + query, without) for without in ((), (SESSION,), (SEEN,))]
            for address, without in console.traffic.some(wrong):
                window.request("GET", address, without=without, keep=False)
            continue
        for fields, more in console.traffic.some(_wrong(window, path)):
            window.request("POST", path, fields, keep=False, **more)


def _wrong(window: Window, path: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """(fields, options of `request`) of forms that can't be taken as they are."""
    text = _marked(window, path, "field")
    plain = {name: f"{text}-{name}" for name in FIELDS if not name.startswith("wren-")}
    right, old = {"csrf_token": window.token}, {"csrf_token": window.text("csrf")}
    yield plain | right, {"Sec_Fetch_Site": "cross-site"}
    yield plain | right, {"Origin": f"https://{text}.example"}
    yield plain | right, {"without": (SESSION,)}
    if path.endswith(ENDS):
        return
    yield plain, {}
    yield plain | old, {}
    yield plain | right, {}
    if path.endswith("/password"):  # it makes a password each time, which takes long
        return
    yield plain | right, {"without": (SEEN,)}
    yield plain | right, {"without": (FORM_COOKIE,)}
    yield {name: f"{text}-{name}" for name in FIELDS} | right, {}
    yield dict.fromkeys(plain, f"{text}\0\x1b") | right, {}
    yield {"text": text * 2000, "story": text * 2000, "name": text * 99} | right, {}
    yield f"csrf_token={window.token}&text={text}%ff%fe&story={text}%ed%a0%80".encode(), {}
    yield text.encode(), {"Content_Type": f"multipart/form-data; boundary={text}"}
    yield text.encode() * (MAX_BODY // len(text) + 1), {}


def fail_at_the_door(console: ConsoleTraffic) -> None:
    """Wrong names and words once more, and a form kept for somebody else."""
    window = console.window()
    form = window.get("/console/sign-in").own()
    console.refused_at_the_door(window, form)
    one, page = console.one, f"{console.page}/notes"
    note = one.get(page).own()
    given = note.fields | {"text": one.text("kept")}
    locked = one.request("POST", page, given, without=(SEEN,), keep=False)
    kept = locked.form("wren-password")
    signing_in = {"wren-username": window.text("username"), "wren-password": window.text("words"),
                  "wren-code": window.text("code")}  # fmt: skip
    window.refused(page, FoundForm("", kept.fields | {"csrf_token": window.token}), **signing_in)
    one.request("POST", "/console/handover", kept.fields, keep=False)


def again(console: ConsoleTraffic) -> None:
    """Every route once, by who may, with marked fields: for a service that is broken now."""
    for method, path in _addresses(console):
        if path.endswith(ENDS):
            continue
        window = console.admin if _is_admins(path) else console.one
        text = _marked(window, path, "broken")
        fields = {name: f"{text}-{name}" for name in FIELDS if not name.startswith("wren-")}
        given = None if method == "GET" else fields | {"csrf_token": window.token}
        window.request(method, path, given, keep=False)


def _addresses(console: ConsoleTraffic) -> Iterator[tuple[str, str]]:
    """Method and address of every route of the console."""
    for method, rule in routes():
        if rule.startswith("/console"):
            choices = re.search(r"<any\(([^)]*)\):what>", rule)
            for what in choices[1].split(", ")[:2] if choices else ("",):
                known = console.values | {"what": what, "filename": console.admin.text("file")}
                yield (
                    method,
                    re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: known[found[1]], rule),  # noqa: B023
                )


def _marked(window: Window, path: str, name: str) -> str:
    """A marked text: of a form whose texts are stored in clear, one that may be."""
    in_clear = re.search(r"/(hold|organisation|people)\b", path)
    return window.known(name) if in_clear else window.text(name)


def _is_admins(path: str) -> bool:
    if path.endswith("/preview"):
        return path.startswith("/console/returns")
    return path.startswith(("/console/organisation", "/console/people")) and not re.search(
        "/(approve|retire)/", path
    )
