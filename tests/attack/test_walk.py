"""Every call, by everybody there is, about what is theirs, another desk's, another organisation's.

The calls come from the URL map: a new one fails here until somebody judges who may make it, and
gives it a valid body in `calls.py`. With a valid body whoever is refused is refused for who asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.checks import snapshot
from tests.api.test_url_map import routes
from tests.attack import calls
from tests.attack.calls import CASE, HOOK, MINE, PIECE, RETURN, call
from tests.attack.world import MARK, Things, World, kept
from tests.service import Service
from tests.standing import Standing

DESK = {"reader", "colleague who is excluded"}
HANDLERS = DESK | {"handler of another desk"}
STAFF = HANDLERS | {"administrator", "analyst"}
ANYBODY_ELSEWHERE = {"handler elsewhere", "administrator elsewhere", "analyst elsewhere"}
ACCOUNTS = STAFF | ANYBODY_ELSEWHERE
REPORTERS = {"reporter of own", "reporter of desk", "reporter of other"}
READER, REPORTER = {"reader"}, {"reporter of own"}
ADMINISTRATOR = {"administrator"}
COUNTING = {"administrator", "analyst"}
PROGRAMS = {"administrator", "key of own"}

MAY: dict[tuple[str, str], set[str]] = {
    # One's own account, whoever it is.
    ("GET", "/account"): ACCOUNTS, ("POST", "/password"): ACCOUNTS,
    ("PATCH", "/account"): HANDLERS,
    ("GET", "/account/notices"): ACCOUNTS, ("PUT", "/account/notices"): ACCOUNTS,
    ("POST", "/account/notices"): ACCOUNTS, ("DELETE", "/account/notices"): ACCOUNTS,
    ("DELETE", "/session"): ACCOUNTS | REPORTERS, ("GET", "/sessions"): ACCOUNTS,
    ("DELETE", "/sessions/<string:session_id>"): READER,
    # What all see of their own cases, each of theirs.
    ("GET", "/cases"): ACCOUNTS, ("POST", "/search"): ACCOUNTS,
    ("POST", "/cases"): DESK, ("POST", "/handovers"): HANDLERS,
    # The organisation.
    ("GET", "/accounts"): HANDLERS | ADMINISTRATOR,
    ("PATCH", "/accounts/<string:account>"): ADMINISTRATOR,
    ("DELETE", "/accounts/<string:account>"): ADMINISTRATOR,
    ("GET", "/invitations"): ADMINISTRATOR, ("POST", "/invitations"): ADMINISTRATOR,
    ("DELETE", "/invitations/<string:invitation>"): ADMINISTRATOR,
    ("GET", "/api-keys"): ADMINISTRATOR, ("POST", "/api-keys"): ADMINISTRATOR,
    ("DELETE", "/api-keys/<uuid:key>"): ADMINISTRATOR,
    ("PATCH", "/organisations/<string:slug>"): ADMINISTRATOR,
    ("GET", "/organisations/<string:slug>/settings"): STAFF,
    ("GET", "/organisations/<string:slug>/newcomers"): HANDLERS,
    ("POST", "/organisations/<string:slug>/roster"): HANDLERS,
    ("GET", "/audit"): HANDLERS | ADMINISTRATOR, ("GET", "/audit.csv"): HANDLERS | ADMINISTRATOR,
    # Figures.
    ("GET", "/statistics"): STAFF | {"key of own"},
    ("GET", "/statistics.csv"): STAFF | {"key of own"},
    ("POST", "/board-report"): STAFF,
    ("GET", "/returns"): COUNTING, ("GET", RETURN): COUNTING, ("POST", RETURN): COUNTING,
    ("GET", f"{RETURN}.csv"): COUNTING, ("GET", f"{RETURN}.xlsx"): COUNTING,
    # Webhooks: their scope is enough.
    ("GET", "/webhooks"): PROGRAMS, ("POST", "/webhooks"): PROGRAMS,
    ("GET", HOOK): PROGRAMS, ("PATCH", HOOK): PROGRAMS, ("DELETE", HOOK): PROGRAMS,
    ("GET", f"{HOOK}/log"): PROGRAMS, ("POST", f"{HOOK}/secret"): PROGRAMS,
    ("POST", f"{HOOK}/test"): PROGRAMS,
}  # fmt: skip

ODD = {
    ("POST", "/password"): (401, "wrong_sign_in"),
    ("PUT", "/account/notices"): (409, "conflict"),
    ("POST", "/account/notices"): (422, "invalid"),
    ("POST", RETURN): (409, "conflict"),
    ("POST", f"{MINE}/attachments"): (422, "wrong_key"),
    ("PUT", f"{MINE}/{PIECE}"): (409, "conflict"),
    ("POST", f"{MINE}/epochs"): (409, "no_reader"),
    ("POST", f"{MINE}/feedback"): (409, "wrong_status"),
    ("POST", f"{CASE}/attachments"): (422, "wrong_key"),
    ("PUT", f"{CASE}/{PIECE}"): (404, "not_found"),
    ("POST", f"{CASE}/checks"): (404, "not_found"),
    ("POST", f"{CASE}/epochs"): (422, "damaged"),
    ("POST", f"{CASE}/readers"): (403, "not_allowed"),
    ("DELETE", f"{CASE}/readers/<uuid:handler>"): (404, "not_found"),
}  # fmt: skip
"""What those who may are answered where these requests fail for another reason."""

SEEN = {("POST", "/search"), ("GET", "/case/messages")}
"""Everybody who may finds marks, but of their own cases."""


def judged(method: str, rule: str) -> set[str]:
    """Who may make this call. Raises `KeyError` for one that nobody judged."""
    if (method, rule) in MAY:
        return MAY[method, rule]
    if rule == MINE or rule.startswith(f"{MINE}/"):
        # Their own case each; what is named by an id is there for one of them only.
        named = "<uuid:attachment>" in rule or (method, rule) == ("POST", f"{MINE}/consents")
        return REPORTER if named else REPORTERS
    if rule == CASE or rule.startswith(f"{CASE}/"):
        return READER
    raise KeyError((method, rule))


def guarded(service: Service) -> Iterator[tuple[str, str]]:
    """Each call that is not open to all."""
    for method, rule, needs in sorted(routes(service.app), key=lambda one: one[1]):
        if needs:
            yield method, rule.removeprefix("/api/v1")


@pytest.fixture
def world(sqlite_standing: Standing) -> Iterator[World]:
    """The world of an attacker, on SQLite: the rules are tried on both in tests/api."""
    with sqlite_standing.lent() as service:
        yield World(service)


def refused(answer: TestResponse) -> bool:
    """Whether this is a refusal that shows nothing, and tells no more than that."""
    told = answer.status_code in (401, 403, 404, 422)
    return told and MARK.encode() not in answer.data


def test_every_call_is_judged(service: Service) -> None:
    found = set(guarded(service))
    for method, rule in found:
        judged(method, rule)
    assert set(MAY) <= found, "there is no such call any more"
    assert set(ODD) <= found


def test_it_works(world: World, subtests: pytest.Subtests) -> None:
    """Whoever may not make a call is refused; whoever may is not."""
    own = world.things["own"]
    with kept(world.service) as put_back:
        before = snapshot(world.service)
        for method, rule in guarded(world.service):
            may = judged(method, rule)
            with subtests.test(f"{method} {rule}: others"):
                for actor in world.bearers.keys() - may:
                    answer = call(world, method, rule, own, world.bearers[actor])
                    assert refused(answer), (actor, answer.status_code)
                    if answer.status_code == 422:
                        # A desk that is not theirs is told as a field at fault.
                        assert (method, rule, actor) in FIELDS, (actor, answer.text)
                assert changed(world.service, before) == set()
            with subtests.test(f"{method} {rule}: those who may"):
                for actor in sorted(may):
                    answer = call(world, method, rule, own, world.bearers[actor])
                    put_back()
                    check(method, rule, actor, answer)


FIELDS = {
    ("POST", "/cases", "handler of another desk"),
    ("POST", f"{MINE}/consents", "reporter of desk"),
    ("POST", f"{MINE}/consents", "reporter of other"),
}  # fmt: skip


def check(method: str, rule: str, actor: str, answer: TestResponse) -> None:
    """Fails unless this is the answer to somebody who may."""
    if (method, rule) == ("POST", f"{MINE}/epochs") and actor != "reporter of own":
        return  # the reader whom it names is none of theirs: nothing to change, which is done
    if (method, rule) == ("GET", f"{CASE}/status") and actor == "key of own":
        return
    if (method, rule) in ODD:
        status, code = ODD[method, rule]
        assert (answer.status_code, answer.get_json()["code"]) == (status, code), actor
        return
    assert answer.status_code < 300, (actor, answer.status_code, answer.text)


def swapped(world: World, own: Things) -> Iterator[tuple[str, str, Things]]:
    """Each single thing replaced by that of another desk, and of another organisation."""
    for where in ("desk", "other"):
        for name, value in world.things[where].items():
            if value != own[name] and name not in ("token", "bearer_of_key"):
                yield where, name, own | {name: value}


OF_ORGANISATION = {"key", "webhook", "invitation", "account", "handler", "reader", "desk"}
"""What an administrator of eeast has in common for all its desks, and what names a colleague."""


def made(world: World, method: str, rule: str, of: Things) -> Any:
    """What a call would send: to tell whether a thing stands in it."""
    body = calls.BODIES.get((method, rule), lambda w, of: None)(world, of)
    query = of["slug"] if (method, rule) in calls.QUERIES else ""
    return calls.filled(rule, of), query, body


@pytest.mark.ordeal
def test_what_is_somebody_elses(world: World, subtests: pytest.Subtests) -> None:
    """Who may make a call about their own things can't smuggle one of somebody else's into it.

    Insecure direct object references: OWASP API Security Top 10 (2023), API1.
    """
    own, tried = world.things["own"], 0
    for method, rule in guarded(world.service):
        actor = next(iter(sorted(judged(method, rule) & (READER | REPORTER | ADMINISTRATOR))))
        before = snapshot(world.service)
        for where, name, of in swapped(world, own):
            if where == "desk" and name in OF_ORGANISATION:
                continue
            if (method, rule, name) == ("POST", f"{MINE}/epochs", "reader"):
                continue  # who reads nothing of theirs is taken out by changing nothing
            sent, usual = made(world, method, rule, of), made(world, method, rule, own)
            if not names(sent, of[name]) or names(usual, of[name]):
                continue
            tried += 1
            with subtests.test(f"{method} {rule} with {name} of {where}"):
                answer = call(world, method, rule, of, world.bearers[actor])
                assert answer.status_code in (401, 403, 404, 409, 422), answer.status_code
                assert MARK.encode() not in answer.data
        assert changed(world.service, before) == set(), (method, rule)
    assert tried > 100


def changed(service: Service, before: dict[str, list[str]]) -> set[str]:
    """Tables that are not what they were."""
    after = snapshot(service)
    return {name for name in after if after[name] != before[name]}


def names(sent: tuple[str, str, Any], value: str) -> bool:
    """Whether this stands in a request."""
    return value in repr(sent)


@pytest.mark.ordeal
def test_nothing_of_others_is_listed(world: World) -> None:
    """Lists, figures and exports hold nothing of another desk or organisation."""
    theirs = {where: world.things[where] for where in ("desk", "other")}
    for actor in ("reader", "administrator", "analyst", "colleague who is excluded"):
        for method, rule in guarded(world.service):
            if method != "GET" or actor not in judged(method, rule):
                continue
            shown = call(world, method, rule, world.things["own"], world.bearers[actor]).data
            for where, of in theirs.items():
                for name in ("reference", "other", "attachment", "message", "request", "token"):
                    assert of[name].encode() not in shown, (actor, rule, where, name)
