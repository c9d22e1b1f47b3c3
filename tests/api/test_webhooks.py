"""Webhooks: what they are told, who keeps them, and receivers that misbehave, by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import standardwebhooks
from sqlalchemy import select

from api import posting
from api.models.integration import Webhook
from api.models.outbox import Delivery
from api.rules import outbox
from api.worker import Worker
from shared.schemas.integrations import EVENTS, WEBHOOKS
from tests.api.checks import check_problem, nothing_stored, stored
from tests.api.test_api_keys import ADMINISTRATOR, made
from tests.receiver import Got, Receiver, certificate, receiving
from tests.service import Service

HOUR = 3600


@pytest.fixture
def hooked(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service, whose webhooks may reach this machine."""
    config = replace(service.database.config, webhooks_private=("127.0.0.0/8", "localhost"))
    monkeypatch.setattr(service.database, "config", config)
    return service


def body(url: str, **more: Any) -> dict[str, Any]:
    return {"organisation": "eeast", "name": "Case system", "url": url,
            "events": list(EVENTS)} | more  # fmt: skip


def hook(service: Service, url: str, bearer: str | None = None, **more: Any) -> dict[str, Any]:
    """A new webhook to this address."""
    answer = service.post("/webhooks", body(url, **more), bearer or service.handler(ADMINISTRATOR))
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def shown(service: Service, made: dict[str, Any]) -> dict[str, Any]:
    return dict(service.get(f"/webhooks/{made['id']}", service.handler(ADMINISTRATOR)).get_json())


def log(service: Service, made: dict[str, Any]) -> dict[str, Any]:
    path = f"/webhooks/{made['id']}/log"
    return dict(service.get(path, service.handler(ADMINISTRATOR)).get_json())


def work(service: Service) -> None:
    Worker(service.database).run_once()


def verified(made: dict[str, Any], got: Got) -> Any:
    """The body, if the library finds the signature of this secret right."""
    return standardwebhooks.Webhook(made["secret"]).verify(got.body, got.headers)


def events(receiver: Receiver) -> list[str]:
    return [json.loads(one)["event"] for one in receiver.bodies()]


def test_it_works(hooked: Service) -> None:
    with receiving() as one:
        made = hook(hooked, f"{one.url}/wren")
        reference, _ = hooked.open_case()
        work(hooked)
        (got,) = one.got
        told = {"event": "case.opened", "organisation": "eeast", "reference": reference}
        assert verified(made, got) == told
        assert (got.path, got.headers["Content-Type"]) == ("/wren", "application/json")
        assert set(got.headers) == {
            "Host", "Accept-Encoding", "User-Agent", "Content-Type", "Content-Length",
            "webhook-id", "webhook-timestamp", "webhook-signature",
        }  # fmt: skip
        change = {"status": "acknowledged"}
        hooked.call("PATCH", f"/cases/{reference}", change, hooked.handler())
        work(hooked)
        assert verified(made, one.got[1]) == told | {"event": "case.updated"}
        assert one.got[1].headers["webhook-id"] != got.headers["webhook-id"]
    found = log(hooked, made)
    assert [(day["outcome"], day["tries"]) for day in found["items"]] == [("2xx", 2)]
    assert (found["waiting"], found["given_up"]) == (0, 0)
    assert shown(hooked, made)["failing_since"] is None


def test_only_events_that_were_asked_for_and_only_of_the_own_organisation(
    hooked: Service,
) -> None:
    with receiving() as one:
        hook(hooked, one.url, events=["case.updated"])
        reference, _ = hooked.open_case()
        hooked.open_case("elsewhere")
        work(hooked)
        assert one.got == []
        hooked.call("PATCH", f"/cases/{reference}", {"status": "closed"}, hooked.handler())
        hooked.call("PATCH", f"/cases/{reference}", {"status": "acknowledged"}, hooked.handler())
        work(hooked)
        assert set(events(one)) == {"case.updated"}


def test_nothing_is_told_of_a_case_that_somebody_was_kept_out_of(hooked: Service) -> None:
    with receiving() as one:
        hook(hooked, one.url)
        hooked.open_case(excluded=[str(hooked.handlers["handler-2"].id)])
        work(hooked)
        assert one.got == []
        hooked.open_case()
        work(hooked)
        assert events(one) == ["case.opened"]


def test_nothing_is_told_before_the_release(hooked: Service) -> None:
    bearer = hooked.handler(ADMINISTRATOR)
    change = {"release": ["07:00", "19:00"]}
    assert hooked.call("PATCH", "/organisations/eeast", change, bearer).status_code == 200
    with receiving() as one:
        hook(hooked, one.url)
        hooked.open_case()
        work(hooked)
        with hooked.database.read() as db:
            assert db.scalars(select(Delivery)).all() == []
        assert one.got == []
        hooked.clock.now += 24 * HOUR
        work(hooked)
        assert events(one) == ["case.opened"]


def test_two_secrets_sign_during_the_overlap(hooked: Service) -> None:
    bearer = hooked.handler(ADMINISTRATOR)
    with receiving() as one:
        old = hook(hooked, one.url)
        path = f"/webhooks/{old['id']}/secret"
        new = hooked.post(path, {"overlap_days": 1}, bearer).get_json()
        assert new["secret"] != old["secret"]
        hooked.open_case()
        work(hooked)
        assert verified(old, one.got[0]) == verified(new, one.got[0])
        assert len(one.got[0].headers["webhook-signature"].split(" ")) == 2
        hooked.clock.now += 2 * 24 * HOUR
        hooked.open_case()
        work(hooked)
        assert len(one.got[1].headers["webhook-signature"].split(" ")) == 1
        at_once = hooked.post(path, {"overlap_days": 0}, hooked.handler(ADMINISTRATOR)).get_json()
        hooked.clock.now -= 2 * 24 * HOUR  # the library compares with the real clock
        hooked.open_case()
        work(hooked)
        verified(at_once, one.got[2])
        for before in (old, new):
            with pytest.raises(standardwebhooks.WebhookVerificationError):
                verified(before, one.got[2])
    rows = str(stored(hooked))
    assert all(one["secret"].removeprefix("whsec_") not in rows for one in (old, new, at_once))


def test_a_test_is_posted_at_once(hooked: Service) -> None:
    bearer = hooked.handler(ADMINISTRATOR)
    with receiving() as one:
        made = hook(hooked, one.url)
        path = f"/webhooks/{made['id']}/test"
        answer = hooked.call("POST", path, None, bearer)
        assert answer.get_json() == {"arrived": True, "outcome": "2xx"}
        assert verified(made, one.got[0]) == {"event": "webhook.test", "organisation": "eeast"}
        one.answer = 503
        answer = hooked.call("POST", path, None, bearer)
        assert answer.get_json() == {"arrived": False, "outcome": "5xx"}
    answer = hooked.call("POST", path, None, bearer)
    assert answer.get_json() == {"arrived": False, "outcome": "connection"}
    assert shown(hooked, made)["why"] == "connection"


# --- bad receivers, by name -------------------------------------------------------------------


def test_one_that_answers_500_for_a_day_and_then_for_good(hooked: Service) -> None:
    with receiving(500) as one:
        made = hook(hooked, one.url, events=["case.opened"])
        hooked.open_case()
        work(hooked)
        assert shown(hooked, made)["failing_since"] is not None
        began = hooked.clock.now
        while hooked.clock.now < began + 24 * HOUR:
            hooked.clock.now += HOUR
            work(hooked)
        tries = len(one.got)
        assert 8 < tries < outbox.TRIES
        assert len({got.headers["webhook-id"] for got in one.got}) == 1
        one.answer = 204
        hooked.clock.now += 12 * HOUR
        work(hooked)
        assert len(one.got) == tries + 1
        assert log(hooked, made)["waiting"] == 0
        assert shown(hooked, made)["failing_since"] is None
        one.answer = 500
        hooked.open_case()
        for _ in range(outbox.TRIES + 2):
            work(hooked)
            hooked.clock.now += 12 * HOUR
        found = log(hooked, made)
        assert (found["waiting"], found["given_up"]) == (0, 1)
        assert len(one.got) == tries + 1 + outbox.TRIES
    state = shown(hooked, made)
    assert (state["state"], state["why"]) == ("enabled", "5xx")


def test_one_that_is_gone(hooked: Service) -> None:
    with receiving(410) as one:
        made = hook(hooked, one.url)
        hooked.open_case()
        work(hooked)
        hooked.open_case()
        work(hooked)
        assert len(one.got) == 1
        assert (shown(hooked, made)["state"], log(hooked, made)["waiting"]) == ("gone", 0)
        one.answer = 204
        again = hooked.call("PATCH", f"/webhooks/{made['id']}", {"enabled": True},
                            hooked.handler(ADMINISTRATOR))  # fmt: skip
        assert again.get_json()["state"] == "enabled"
        hooked.open_case()
        work(hooked)
        assert len(one.got) == 2


def test_one_that_redirects(hooked: Service) -> None:
    with receiving(301) as one:
        made = hook(hooked, one.url)
        hooked.open_case()
        work(hooked)
        assert [got.path for got in one.got] == ["/"]
    assert [day["outcome"] for day in log(hooked, made)["items"]] == ["3xx"]
    assert log(hooked, made)["waiting"] == 1


def test_one_with_a_bad_certificate(hooked: Service, tmp_path: Any) -> None:
    _, context = certificate(tmp_path, "localhost")
    with receiving(204, context) as one:
        made = hook(hooked, one.url)
        hooked.open_case()
        work(hooked)
        assert one.got == []
    assert shown(hooked, made)["why"] == "certificate"


def test_one_that_hangs_holds_up_no_other(
    hooked: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TOTAL", 1.5)
    with receiving("hang") as bad, receiving() as good:
        first = hook(hooked, bad.url)
        second = hook(hooked, good.url)
        for _ in range(6):
            hooked.open_case()
        work(hooked)
        assert len(good.got) == 6
        assert log(hooked, first)["items"][0]["outcome"] == "timeout"
        assert log(hooked, first)["waiting"] == 6
        assert log(hooked, second)["waiting"] == 0


def test_an_address_inside_is_refused(service: Service) -> None:
    bearer = service.handler(ADMINISTRATOR)
    with receiving() as one:
        for url in (one.url, one.url.replace("http:", "https:"), "https://169.254.169.254/latest",
                    "https://localhost:25/", "https://[::1]/", "http://receiver.example/",
                    "https://user@receiver.example/", "https://2130706433/"):  # fmt: skip
            with nothing_stored(service):
                found = check_problem(service.post("/webhooks", body(url), bearer), 422, "invalid")
            assert list(found["errors"]) == ["url"]
        # A name that leads inside only later is refused at each post.
        made = hook(service, "https://receiver.example/")
        with service.database.engine.begin() as connection:
            connection.execute(
                Webhook.__table__.update().values(url=one.url.replace("http:", "https:"))  # type: ignore[attr-defined]
            )
        service.open_case()
        work(service)
        assert one.got == []
    assert shown(service, made)["why"] == "address"


def test_what_is_allowed_another_organisation_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as one:
        for slug, status in (("elsewhere", 422), ("eeast", 201)):
            config = replace(service.database.config, webhooks_private=(f"{slug}=127.0.0.1",))
            monkeypatch.setattr(service.database, "config", config)
            answer = service.post("/webhooks", body(one.url), service.handler(ADMINISTRATOR))
            assert answer.status_code == status
        path = f"/webhooks/{answer.get_json()['id']}"
        for slug, outcome in (("elsewhere", "address"), ("eeast", "2xx")):
            config = replace(service.database.config, webhooks_private=(f"{slug}=127.0.0.1",))
            monkeypatch.setattr(service.database, "config", config)
            told = service.post(f"{path}/test", {}, service.handler(ADMINISTRATOR)).get_json()
            assert told["outcome"] == outcome
            service.open_case()
            work(service)
            assert len(one.got) == (0 if slug == "elsewhere" else 3)
            url = {"url": f"{one.url}/changed-{slug}"}
            changed = service.call("PATCH", path, url, service.handler(ADMINISTRATOR))
            assert changed.status_code == (422 if slug == "elsewhere" else 200)
            service.clock.now += 60


def test_a_case_that_is_deleted_is_told_no_more(hooked: Service) -> None:
    with receiving(500) as one:
        made = hook(hooked, one.url)
        _, token = hooked.open_case()
        work(hooked)
        assert log(hooked, made)["waiting"] == 1
        assert hooked.call("DELETE", "/case", None, hooked.reporter(token)).status_code == 200
        assert log(hooked, made)["waiting"] == 0


# --- who keeps them ---------------------------------------------------------------------------


def test_change_disable_and_delete(hooked: Service) -> None:
    bearer = hooked.handler(ADMINISTRATOR)
    with receiving(500) as one:
        made = hook(hooked, one.url)
        path = f"/webhooks/{made['id']}"
        hooked.open_case()
        work(hooked)
        change = {"name": "Another", "events": ["case.overdue"], "enabled": False}
        changed = hooked.call("PATCH", path, change, bearer).get_json()
        assert (changed["name"], changed["events"]) == ("Another", ["case.overdue"])
        assert (changed["state"], log(hooked, made)["waiting"]) == ("disabled", 0)
        before = len(one.got)
        hooked.clock.now += 24 * HOUR
        work(hooked)
        assert len(one.got) == before
    assert hooked.call("DELETE", path, None, hooked.handler(ADMINISTRATOR)).status_code == 204
    check_problem(hooked.get(path, hooked.handler(ADMINISTRATOR)), 404, "not_found")
    audit = hooked.get("/audit?organisation=eeast", hooked.handler(ADMINISTRATOR)).get_json()
    acts = [entry["act"] for entry in audit["items"]][:3]
    assert acts == ["webhook_deleted", "webhook_changed", "webhook_made"]
    assert "127.0.0.1" not in str(audit)


def test_a_key_keeps_those_of_its_organisation(hooked: Service) -> None:
    key = made(hooked, WEBHOOKS)["key"]
    with receiving() as one:
        own = hook(hooked, one.url, key)
        assert hooked.call("POST", f"/webhooks/{own['id']}/test", None, key).get_json()["arrived"]
    listed = hooked.get("/webhooks?organisation=eeast", key).get_json()["items"]
    assert [row["id"] for row in listed] == [own["id"]]
    elsewhere = body("https://receiver.example/", organisation="elsewhere")
    with nothing_stored(hooked):
        check_problem(hooked.post("/webhooks", elsewhere, key), 404, "not_found")
        check_problem(hooked.get("/webhooks?organisation=elsewhere", key), 404, "not_found")
    move_away(hooked, own["id"])
    for method, path, sent in calls_of(own["id"]):
        with nothing_stored(hooked):
            check_problem(hooked.call(method, path, sent, key), 404, "not_found")


def move_away(service: Service, webhook: str) -> None:
    """Makes it the other organisation's."""

    def move(db: Any) -> None:
        row = db.get_one(Webhook, UUID(webhook))
        row.organisation_id = 3 - row.organisation_id
        db.flush()

    service.database.write(move)


def calls_of(webhook: str) -> list[tuple[str, str, Any]]:
    path = f"/webhooks/{webhook}"
    return [
        ("GET", path, None), ("GET", f"{path}/log", None), ("PATCH", path, {"enabled": False}),
        ("POST", f"{path}/secret", {"overlap_days": 1}), ("POST", f"{path}/test", None),
        ("DELETE", path, None),
    ]  # fmt: skip


def test_others_are_refused(hooked: Service, subtests: pytest.Subtests) -> None:
    with receiving() as one:
        own = hook(hooked, one.url)
        for name, status in (("handler-1", 403), ("handler-3", 403), ("analyst-1", 403),
                             ("handler-5", 404)):  # fmt: skip
            bearer = hooked.handler(name)
            calls = [*calls_of(own["id"]), ("POST", "/webhooks", body("https://a.example/")),
                     ("GET", "/webhooks?organisation=eeast", None)]  # fmt: skip
            for method, path, sent in calls:
                with subtests.test(f"{name}: {method} {path}"), nothing_stored(hooked):
                    assert hooked.call(method, path, sent, bearer).status_code == status
        assert one.got == []


def test_bad_input(service: Service, subtests: pytest.Subtests) -> None:
    bearer = service.handler(ADMINISTRATOR)
    good = body("https://receiver.example/")
    for change, field in (
        ({"name": ""}, "name"),
        ({"url": "https://receiver.example/" + "a" * 500}, "url"),
        ({"url": 7}, "url"),
        ({"events": []}, "events"),
        ({"events": ["case.read"]}, "events"),
        ({"events": ["case.opened", "case.opened"]}, "events"),
        ({"secret": "whsec_mine"}, "_unknown"),
    ):
        with subtests.test(str(change)), nothing_stored(service):
            found = check_problem(service.post("/webhooks", good | change, bearer), 422, "invalid")
            assert list(found["errors"]) == [field]
    for method, path, sent in calls_of(str(uuid4())):
        check_problem(service.call(method, path, sent, bearer), 404, "not_found")
    made = hook(service, "https://receiver.example/")
    path = f"/webhooks/{made['id']}"
    for method, where, sent in (
        ("PATCH", path, {}),
        ("PATCH", path, {"enabled": "yes"}),
        ("POST", f"{path}/secret", {"overlap_days": 31}),
        ("POST", f"{path}/secret", {"overlap_days": "1"}),
    ):
        with nothing_stored(service):
            check_problem(service.call(method, where, sent, bearer), 422, "invalid")
