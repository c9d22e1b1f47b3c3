"""API keys: made and revoked by administrators, shown once; each scope reaches only its calls."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from api.models.integration import ApiKey
from shared.schemas.integrations import SCOPES, STATISTICS, STATUS, WEBHOOKS
from shared.sealing.encoding import sha256
from shared.sealing.session import secret_of
from tests.api.checks import UNKNOWN, check_problem, nothing_stored, stored
from tests.api.test_url_map import filled, routes
from tests.service import Service

ADMINISTRATOR = "administrator-1"


def made(service: Service, *scopes: str, slug: str = "eeast", **more: Any) -> dict[str, Any]:
    """A new key of eeast's administrator."""
    body = {
        "organisation": slug,
        "name": "Case system",
        "scopes": list(scopes),
        "expires_on": (today(service) + timedelta(days=30)).isoformat(),
    } | more
    answer = service.post("/api-keys", body, service.handler(ADMINISTRATOR))
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def today(service: Service) -> date:
    return date.fromtimestamp(service.clock.now)


def used_on(service: Service, key: dict[str, Any]) -> str | None:
    bearer = service.handler(ADMINISTRATOR)
    items = service.get("/api-keys?organisation=eeast", bearer).get_json()["items"]
    return next(one["last_used_on"] for one in items if one["id"] == key["id"])


def test_it_works(service: Service) -> None:
    key = made(service, STATUS)
    assert key["key"].startswith("wk_")
    assert (key["expired"], key["last_used_on"]) == (False, None)
    bearer = service.handler(ADMINISTRATOR)
    listed = service.get("/api-keys?organisation=eeast", bearer)
    assert key["key"] not in listed.text
    assert listed.get_json()["items"] == [{n: v for n, v in key.items() if n != "key"}]
    rows = str(stored(service))
    assert key["key"].removeprefix("wk_") not in rows
    with service.database.read() as db:
        assert db.get_one(ApiKey, key_id(key)).hash == sha256(secret_of(key["key"])[1])
    reference, _ = service.open_case()
    answer = service.get(f"/cases/{reference}/status", key["key"])
    assert answer.status_code == 200
    assert answer.get_json() == service.get(f"/cases/{reference}/status", service.handler()).json
    acts = service.get("/audit?organisation=eeast", bearer).get_json()["items"]
    assert acts[0]["act"] == "api_key_made"
    assert acts[0]["detail"]["scopes"] == [STATUS]


def key_id(key: dict[str, Any]) -> Any:
    return UUID(key["id"])


def test_it_notes_the_day_of_its_use_and_no_hour(service: Service) -> None:
    key = made(service, STATUS)
    service.get(f"/cases/{UNKNOWN}/status", key["key"])
    assert used_on(service, key) == today(service).isoformat()
    with nothing_stored(service):
        service.get(f"/cases/{UNKNOWN}/status", key["key"])
    service.clock.now += 86400
    service.get(f"/cases/{UNKNOWN}/status", key["key"])
    assert used_on(service, key) == today(service).isoformat()


def test_each_scope_reaches_only_its_calls(service: Service, subtests: Any) -> None:
    reference, _ = service.open_case()
    own = {STATUS: "/status", STATISTICS: "/statistics", WEBHOOKS: "/webhooks"}
    keys = {scope: made(service, scope)["key"] for scope in SCOPES}
    reached: dict[str, set[str]] = {scope: set() for scope in SCOPES}
    for method, rule, needs in routes(service.app):
        if not needs:
            continue
        path = filled(rule.removeprefix("/api/v1").replace("<string:reference>", reference))
        for scope, key in keys.items():
            with subtests.test(f"{scope}: {method} {rule}"):
                answer = service.call(method, path, None, key)
                if "key" not in needs:
                    check_problem(answer, 401, "sign_in")
                elif answer.status_code == 403:
                    check_problem(answer, 403, "not_allowed")
                else:
                    assert answer.status_code in (200, 400, 404, 415, 422), answer.text
                    assert own[scope] in rule
                    reached[scope].add(f"{method} {rule}")
    assert reached[STATUS] == {"GET /api/v1/cases/<string:reference>/status"}
    assert len(reached[WEBHOOKS]) == 8


def test_expired_revoked_and_unknown_ones(service: Service, subtests: Any) -> None:
    reference, _ = service.open_case()
    expiring = made(service, *SCOPES, expires_on=today(service).isoformat())
    revoked = made(service, *SCOPES)
    path = f"/cases/{reference}/status"
    assert service.get(path, expiring["key"]).status_code == 200
    gone = service.call("DELETE", f"/api-keys/{revoked['id']}", None,
                        service.handler(ADMINISTRATOR))  # fmt: skip
    assert gone.status_code == 204
    service.clock.now += 2 * 86400
    keys = [expiring["key"], revoked["key"], revoked["key"][:-1], "wk_", "wk_" + "A" * 43]
    for method, rule, needs in routes(service.app):
        if not needs:
            continue
        path = filled(rule.removeprefix("/api/v1").replace("<string:reference>", reference))
        with subtests.test(f"{method} {rule}"), nothing_stored(service):
            bodies = {service.call(method, path, None, key).data for key in keys}
            assert len(bodies) == 1
            check_problem(service.call(method, path, None, keys[0]), 401, "sign_in")
    listed = service.get("/api-keys?organisation=eeast", service.handler(ADMINISTRATOR))
    assert [one["expired"] for one in listed.get_json()["items"]] == [True]


def test_a_case_is_told_only_of_the_own_organisation_and_once_released(
    new_service: Any,
) -> None:
    service = new_service()
    key = made(service, STATUS)["key"]
    foreign, _ = service.open_case("elsewhere")
    unknown = service.get(f"/cases/{UNKNOWN}/status", key)
    check_problem(unknown, 404, "not_found")
    assert service.get(f"/cases/{foreign}/status", key).data == unknown.data
    kept, _ = service.open_case(excluded=[str(service.handlers["handler-2"].id)])
    assert service.get(f"/cases/{kept}/status", key).data == unknown.data
    bearer = service.handler(ADMINISTRATOR)
    change = {"release": ["07:00", "19:00"]}
    assert service.call("PATCH", "/organisations/eeast", change, bearer).status_code == 200
    held, _ = service.open_case()
    assert service.get(f"/cases/{held}/status", key).data == unknown.data
    service.clock.now += 86400
    shown = service.get(f"/cases/{held}/status", key)
    assert shown.status_code == 200
    assert set(shown.get_json()) == {
        "reference", "organisation", "status", "opened_on", "closed_on", "overdue"
    }  # fmt: skip


def test_others_are_refused(service: Service) -> None:
    key = made(service, STATUS)
    body = {"organisation": "eeast", "name": "Mine", "scopes": [STATUS],
            "expires_on": today(service).isoformat()}  # fmt: skip
    for name, status in (("handler-1", 403), ("handler-3", 403), ("analyst-1", 403),
                         ("handler-5", 404)):  # fmt: skip
        bearer = service.handler(name)
        with nothing_stored(service):
            assert service.post("/api-keys", body, bearer).status_code == status
            listed = service.get("/api-keys?organisation=eeast", bearer)
            assert listed.status_code == status
            gone = service.call("DELETE", f"/api-keys/{key['id']}", None, bearer)
            assert gone.status_code == status
    # An administrator elsewhere is nobody here.
    body["organisation"] = "elsewhere"
    bearer = service.handler(ADMINISTRATOR)
    with nothing_stored(service):
        check_problem(service.post("/api-keys", body, bearer), 404, "not_found")


def test_bad_input(service: Service, subtests: Any) -> None:
    bearer = service.handler(ADMINISTRATOR)
    good = {"organisation": "eeast", "name": "Case system", "scopes": [STATUS],
            "expires_on": today(service).isoformat()}  # fmt: skip
    for change, field in (
        ({"name": " "}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["cases:read"]}, "scopes"),
        ({"scopes": [STATUS, STATUS]}, "scopes"),
        ({"expires_on": (today(service) - timedelta(days=1)).isoformat()}, "expires_on"),
        ({"expires_on": (today(service) + timedelta(days=400)).isoformat()}, "expires_on"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"key": "wk_mine"}, "_unknown"),
    ):
        with subtests.test(str(change)), nothing_stored(service):
            found = check_problem(service.post("/api-keys", good | change, bearer), 422, "invalid")
            assert list(found["errors"]) == [field]
    missing = service.call("DELETE", f"/api-keys/{uuid4()}", None, bearer)
    check_problem(missing, 404, "not_found")
