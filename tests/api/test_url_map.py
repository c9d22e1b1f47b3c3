"""Closed by default: every route says who may call it, or is on a short list of open ones."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from api.config import ACCOUNT_SESSION
from api.rules import sessions
from shared.sealing.encoding import b64
from tests.api.checks import check_problem, nothing_stored
from tests.service import Service

OPEN = {
    # Declared as open: anyone may report.
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/organisations"),
    ("GET", "/api/v1/organisations/<string:slug>"),
    ("GET", "/api/v1/organisations/<string:slug>/roster"),
    ("GET", "/api/v1/organisations/<string:slug>/challenge"),
    ("POST", "/api/v1/organisations/<string:slug>/cases"),
    ("POST", "/api/v1/join"),
    ("POST", "/api/v1/recovery"),
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/sign-in"),
    ("POST", "/api/v1/tokens"),
}
UNDECLARED = {
    # The documentation, Bootstrap, and flask-restx's root, which is not found.
    ("GET", "/bootstrap/static/<path:filename>"),
    ("GET", "/api/v1/"),
    ("GET", "/api/v1/docs"),
    ("GET", "/api/v1/docs/ui/<path:name>"),
    ("GET", "/api/v1/docs/wren/<path:name>"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/swagger.json"),
}
CASE = "/api/v1/cases/<string:reference>"
HOOK = "/api/v1/webhooks/<uuid:webhook>"

GUARDED = {
    ("DELETE", "/api/v1/session"): ("reporter", "account"),
    ("DELETE", "/api/v1/sessions/<string:session_id>"): ("account",),
    ("GET", "/api/v1/account"): ("account",),
    ("DELETE", "/api/v1/account/notices"): ("account",),
    ("GET", "/api/v1/account/notices"): ("account",),
    ("POST", "/api/v1/account/notices"): ("account",),
    ("PUT", "/api/v1/account/notices"): ("account",),
    ("GET", "/api/v1/sessions"): ("account",),
    ("PATCH", "/api/v1/account"): ("account",),
    ("POST", "/api/v1/password"): ("account",),
    ("GET", "/api/v1/case"): ("reporter",),
    ("GET", "/api/v1/case/messages"): ("reporter",),
    ("GET", "/api/v1/case/news"): ("reporter",),
    ("GET", "/api/v1/case/proof"): ("reporter",),
    ("POST", "/api/v1/case/attachments"): ("reporter",),
    ("GET", "/api/v1/case/attachments/<uuid:attachment>"): ("reporter",),
    ("GET", "/api/v1/case/attachments/<uuid:attachment>/state"): ("reporter",),
    ("GET", "/api/v1/case/attachments/<uuid:attachment>/chunks/<int:number>"): ("reporter",),
    ("PUT", "/api/v1/case/attachments/<uuid:attachment>/chunks/<int:number>"): ("reporter",),
    ("DELETE", "/api/v1/api-keys/<uuid:key>"): ("account",),
    ("GET", "/api/v1/api-keys"): ("account",),
    ("POST", "/api/v1/api-keys"): ("account",),
    ("DELETE", f"{HOOK}"): ("account", "key"),
    ("GET", "/api/v1/webhooks"): ("account", "key"),
    ("GET", f"{HOOK}"): ("account", "key"),
    ("GET", f"{HOOK}/log"): ("account", "key"),
    ("PATCH", f"{HOOK}"): ("account", "key"),
    ("POST", "/api/v1/webhooks"): ("account", "key"),
    ("POST", f"{HOOK}/secret"): ("account", "key"),
    ("POST", f"{HOOK}/test"): ("account", "key"),
    ("GET", f"{CASE}/export"): ("account",),
    ("POST", f"{CASE}/export"): ("account",),
    ("POST", f"{CASE}/attachments"): ("account",),
    ("GET", f"{CASE}/attachments/<uuid:attachment>"): ("account",),
    ("GET", f"{CASE}/attachments/<uuid:attachment>/state"): ("account",),
    ("GET", f"{CASE}/attachments/<uuid:attachment>/chunks/<int:number>"): ("account",),
    ("PUT", f"{CASE}/attachments/<uuid:attachment>/chunks/<int:number>"): ("account",),
    ("GET", "/api/v1/cases"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>/messages"): ("account",),
    ("PATCH", "/api/v1/cases/<string:reference>"): ("account",),
    ("POST", "/api/v1/case/messages"): ("reporter",),
    ("POST", "/api/v1/case/read"): ("reporter",),
    ("POST", "/api/v1/cases/<string:reference>/messages"): ("account",),
    ("DELETE", "/api/v1/case"): ("reporter",),
    ("POST", "/api/v1/case/consents"): ("reporter",),
    ("POST", "/api/v1/case/epochs"): ("reporter",),
    ("POST", "/api/v1/case/feedback"): ("reporter",),
    ("DELETE", "/api/v1/cases/<string:reference>/draft"): ("account",),
    ("DELETE", "/api/v1/cases/<string:reference>/links/<string:other>"): ("account",),
    ("DELETE", "/api/v1/cases/<string:reference>/readers/<uuid:handler>"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>/classification"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>/consents"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>/draft"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>/epochs"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>/links"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>/notes"): ("account",),
    ("GET", "/api/v1/cases/<string:reference>/status"): ("account", "key"),
    ("POST", "/api/v1/cases"): ("account",),
    ("POST", "/api/v1/cases/<string:reference>/checks"): ("account",),
    ("POST", "/api/v1/cases/<string:reference>/consents"): ("account",),
    ("POST", "/api/v1/cases/<string:reference>/disclosures"): ("account",),
    ("POST", "/api/v1/cases/<string:reference>/epochs"): ("account",),
    ("POST", "/api/v1/cases/<string:reference>/links"): ("account",),
    ("POST", "/api/v1/cases/<string:reference>/notes"): ("account",),
    ("POST", "/api/v1/cases/<string:reference>/readers"): ("account",),
    ("POST", "/api/v1/handovers"): ("account",),
    ("POST", "/api/v1/search"): ("account",),
    ("PUT", "/api/v1/cases/<string:reference>/classification"): ("account",),
    ("PUT", "/api/v1/cases/<string:reference>/draft"): ("account",),
    ("DELETE", "/api/v1/accounts/<string:account>"): ("account",),
    ("DELETE", "/api/v1/invitations/<string:invitation>"): ("account",),
    ("GET", "/api/v1/accounts"): ("account",),
    ("GET", "/api/v1/audit"): ("account",),
    ("GET", "/api/v1/audit.csv"): ("account",),
    ("GET", "/api/v1/invitations"): ("account",),
    ("GET", "/api/v1/organisations/<string:slug>/newcomers"): ("account",),
    ("GET", "/api/v1/organisations/<string:slug>/settings"): ("account",),
    ("GET", "/api/v1/returns"): ("account",),
    ("GET", "/api/v1/returns/<int:year>/<int:quarter>"): ("account",),
    ("GET", "/api/v1/returns/<int:year>/<int:quarter>.csv"): ("account",),
    ("GET", "/api/v1/returns/<int:year>/<int:quarter>.xlsx"): ("account",),
    ("POST", "/api/v1/board-report"): ("account",),
    ("POST", "/api/v1/returns/<int:year>/<int:quarter>"): ("account",),
    ("GET", "/api/v1/statistics"): ("account", "key"),
    ("GET", "/api/v1/statistics.csv"): ("account", "key"),
    ("PATCH", "/api/v1/accounts/<string:account>"): ("account",),
    ("PATCH", "/api/v1/organisations/<string:slug>"): ("account",),
    ("POST", "/api/v1/invitations"): ("account",),
    ("POST", "/api/v1/organisations/<string:slug>/roster"): ("account",),
}


def routes(app: Flask) -> Iterator[tuple[str, str, Any]]:
    """Each method and rule, with what the method declares (None: nothing).

    The console's and the reporter's pages have tests/console/test_who_may_see.py and
    tests/web/test_who_may_see.py.
    """
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/api", "/bootstrap")):
            continue
        view = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            function = getattr(view, method.lower(), None)
            yield method, rule.rule, getattr(function, "wren_needs", None)


def test_it_works(service: Service) -> None:
    found = {(method, rule): needs for method, rule, needs in routes(service.app)}
    assert {place for place, needs in found.items() if needs is None} == UNDECLARED
    assert {place for place, needs in found.items() if needs == ()} == OPEN
    assert {place: needs for place, needs in found.items() if needs} == GUARDED


def bearers(service: Service, reference_token: str) -> dict[str, list[str | None]]:
    """Bearers of each kind, and those that are nobody's."""
    reporter, account = service.reporter(reference_token), service.handler()
    ended = service.handler()
    service.call("DELETE", "/session", bearer=ended)
    return {
        "reporter": [reporter],
        "account": [account],
        "nobody": [
            None,
            "wr_",
            f"wk_{b64(os.urandom(32))}",
            f"wa_{b64(os.urandom(32))}",
            f"wk_{account.removeprefix('wa_')}",
            f"wa_{reporter.removeprefix('wr_')}",
            f"wr_{account.removeprefix('wa_')}",
            ended,
        ],
    }


def filled(rule: str) -> str:
    """An address of this rule, with ids that nothing has."""
    path = re.sub(r"<uuid:\w+>", lambda _: str(uuid4()), rule)
    return re.sub(r"<int:\w+>", "0", re.sub(r"<string:(\w+)>", r"\1", path))


def test_others_are_asked_to_sign_in(service: Service, subtests: pytest.Subtests) -> None:
    reference, token = service.open_case()
    kinds = bearers(service, token)
    for (method, rule), needs in GUARDED.items():
        path = rule.removeprefix("/api/v1").replace("<string:reference>", reference)
        path = filled(path.replace("<string:slug>", "eeast"))
        given = [one for kind, some in kinds.items() if kind not in needs for one in some]
        with subtests.test(f"{method} {rule}"), nothing_stored(service):
            assert len(given) >= 8
            bodies = {check_problem(service.call(method, path, None, bearer), 401, "sign_in")
                      ["detail"] for bearer in given}  # fmt: skip
            assert len(bodies) == 1


def test_a_session_is_no_api_key(service: Service) -> None:
    # Kinds of a session are sealed within it: another row of the table opens nothing.
    bearer = str(
        service.database.write(lambda db: sessions.start(db, "key", uuid4(), ACCOUNT_SESSION))[
            "session"
        ]
    )
    assert bearer.startswith("wk_")
    for (method, rule), _ in GUARDED.items():
        path = filled(rule.removeprefix("/api/v1"))
        check_problem(service.call(method, path, None, bearer), 401, "sign_in")


def test_a_session_of_somebody_who_is_gone(service: Service) -> None:
    kinds = (("reporter", "/case"), ("account", "/cases"))
    for kind, path in kinds:
        bearer = service.database.write(
            lambda db, kind=kind: sessions.start(db, kind, uuid4(), ACCOUNT_SESSION)
        )["session"]
        check_problem(service.get(path, bearer), 401, "sign_in")
