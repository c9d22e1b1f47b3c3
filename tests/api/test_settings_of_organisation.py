"""What an administrator sets for an organisation: each part by itself, checked, and audited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.models.audit import AuditEntry
from api.models.organisation import CategorySet
from api.rules import organisations
from shared.schemas.organisations import DEFAULTS
from tests.api.checks import MARK, at_once, check_problem, nothing_stored, refused
from tests.api.newcomers import invite
from tests.api.test_categories import OWN
from tests.api.test_newcomers import waiting
from tests.service import Service

PATH = "/organisations/eeast"
SETTINGS = f"{PATH}/settings"


def settings(service: Service, name: str = "administrator-1") -> dict[str, Any]:
    answer = service.get(SETTINGS, service.handler(name))
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def change(service: Service, **body: Any) -> dict[str, Any]:
    answer = service.call("PATCH", PATH, body, service.handler("administrator-1"))
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def faults(service: Service, **body: Any) -> dict[str, Any]:
    bearer = service.handler("administrator-1")
    with nothing_stored(service):
        answer = service.call("PATCH", PATH, body, bearer)
    return dict(check_problem(answer, 422, "invalid")["errors"])


def audited(service: Service) -> list[dict[str, Any]]:
    with service.database.read() as db:
        changes = select(AuditEntry).where(AuditEntry.act == "organisation_changed")
        rows = db.scalars(changes.order_by(AuditEntry.number))
        return [one.detail for one in rows]


def day(service: Service, ago: int = 0) -> str:
    with service.database.read() as db:
        today = organisations.today(db, organisations.find(db, "eeast"))
    return (today - timedelta(days=ago)).isoformat()


def test_it_works(service: Service) -> None:
    before = settings(service)
    assert before["settings"] == DEFAULTS
    assert before["release"] == "at once"
    assert before["categories"] == {"version": 0, "since": None, "categories": [], "regions": []}
    assert before["national"]["version"] == "2026"
    assert {one["code"] for one in before["national"]["outcomes"]} >= {"referred", "withdrawn"}
    assert len(before["replies"]) >= 6
    after = change(service, settings={"acknowledge_days": 5, "idle_minutes": 15})
    assert after == before | {"settings": DEFAULTS | {"acknowledge_days": 5}}
    assert settings(service) == after
    assert audited(service) == [{"fields": ["settings.acknowledge_days"]}]
    change(service, settings={"feedback_months": 2})
    assert settings(service)["settings"] == DEFAULTS | {
        "acknowledge_days": 5,
        "feedback_months": 2,
    }


@pytest.mark.parametrize("name", ["handler-1", "handler-3", "analyst-1", "administrator-1"])
def test_its_people_see_them(service: Service, name: str) -> None:
    assert settings(service, name)["slug"] == "eeast"


def test_a_setting_counts(service: Service) -> None:
    change(service, settings={"acknowledge_days": 30})
    reference, token = service.open_case()
    bearer = service.reporter(token)
    far = service.get("/case", bearer).get_json()["acknowledge_by"]
    assert far > day(service, -30)
    assert reference


def test_the_same_again_is_no_act(service: Service) -> None:
    now = settings(service)
    kept = {name: now[name] for name in ("name", "release", "settings", "contacts", "guidance",
                                         "desks", "replies")}  # fmt: skip
    local = {name: now["categories"][name] for name in ("categories", "regions")}
    assert change(service, **kept, categories=local) == now
    change(service)
    assert audited(service) == []


def test_release_hours(service: Service) -> None:
    shown = change(service, release=["19:00", "07:00", "07:00"])
    assert shown["release"] == ["07:00", "19:00"]
    assert service.get(PATH).get_json()["release"] == ["07:00", "19:00"]
    assert change(service, release="at once")["release"] == "at once"
    for wrong in ([], "07:00", ["7:00"], ["24:00"], ["07:00:30"], [7], ["07:00+01:00"], None,
                  "At once", ["07:00"] * 25, {"at": "07:00"}):  # fmt: skip
        assert list(faults(service, release=wrong)) == ["release"], wrong


def test_desks(service: Service) -> None:
    now = settings(service)["desks"]
    new = {"slug": "wellbeing", "name": "Wellbeing lead", "about": "Listens."}
    first = now[0] | {"name": "The guardian"}
    shown = change(service, desks=[first, now[1], new])["desks"]
    assert shown == [first, now[1], new]
    assert service.get(PATH).get_json()["desks"] == shown
    # Nobody is there yet, so it can go again.
    assert change(service, desks=[first, now[1]])["desks"] == [first, now[1]]
    assert audited(service) == [{"fields": ["desks"]}] * 2


def test_a_desk_that_is_used_stays(service: Service) -> None:
    now = settings(service)["desks"]
    told = faults(service, desks=now[:1])
    assert list(told) == ["desks"]
    assert "senior-manager" in told["desks"][0]
    new = {"slug": "wellbeing", "name": "Wellbeing lead", "about": ""}
    change(service, desks=[*now, new])
    invite(service, desks=("wellbeing",))
    assert "wellbeing" in faults(service, desks=now)["desks"][0]


def test_desks_that_do_not_fit(service: Service) -> None:
    one = settings(service)["desks"][0]
    for wrong in ([], [one, one], [one | {"slug": "Not a name"}], [one | {"name": ""}],
                  [one | {"about": "x" * 501}], [{"slug": "x"}], [one | {MARK: 1}], "x",
                  [one | {"slug": f"desk-{at}"} for at in range(101)]):  # fmt: skip
        assert list(faults(service, desks=wrong)) == ["desks"]


CONTACT = {"name": "Police", "kind": "phone", "value": "+44 101", "detail": "Not urgent."}


def test_contacts(service: Service) -> None:
    before = settings(service)["contacts"]
    link = CONTACT | {"kind": "link", "value": "https://example.org/help?a=1", "name": "Help"}
    new = [CONTACT | {"checked_on": day(service)}, link | {"checked_on": day(service, 3)}]
    assert change(service, contacts=[*before, *new])["contacts"] == [*before, *new]
    assert service.get(PATH).get_json()["contacts"] == [*before, *new]
    # Those that did not change keep their dates; in another order too.
    undated = [{name: one[name] for name in CONTACT} for one in (*new, *before)]
    assert change(service, contacts=undated)["contacts"] == [*new, *before]
    told = faults(service, contacts=[undated[0] | {"detail": "Changed."}])
    assert list(told["contacts"]["0"]) == ["checked_on"]
    change(service, contacts=[])
    assert [one["fields"] for one in audited(service)] == [["contacts"]] * 3


def test_contacts_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    good = CONTACT | {"checked_on": day(service)}
    link = good | {"kind": "link"}
    for what, wrong, field in (
        ("letters", good | {"value": "call me"}, "value"),
        ("a script", good | {"value": "javascript:alert(1)"}, "value"),
        ("no digit", good | {"value": "+ "}, "value"),
        ("a script as a link", link | {"value": "javascript:alert(1)//https://"}, "value"),
        ("without TLS", link | {"value": "http://example.org"}, "value"),
        ("no host", link | {"value": "https://"}, "value"),
        ("a user name in it", link | {"value": "https://a@example.org"}, "value"),
        ("a space", link | {"value": "https://example.org/a b"}, "value"),
        ("a quote", link | {"value": 'https://example.org/"onload='}, "value"),
        ("not an address", link | {"value": "https://[example"}, "value"),
        ("a number", link, "value"),
        ("another kind", good | {"kind": "fax"}, "kind"),
        ("no name", good | {"name": ""}, "name"),
        ("a long detail", good | {"detail": "x" * 501}, "detail"),
        ("a day to come", good | {"checked_on": day(service, -1)}, "checked_on"),
        ("no day", CONTACT, "checked_on"),
        ("not a day", good | {"checked_on": MARK}, "checked_on"),
        ("something more", good | {MARK: 1}, "_unknown"),
    ):
        with subtests.test(what):
            told = faults(service, contacts=[good, wrong])
            assert field in told["contacts"]["1"], told


def test_guidance(service: Service) -> None:
    before = settings(service)["guidance"]
    text = "# Title\n\n<script>alert(1)</script> *as it is*  \n"
    new = {"slug": "more", "title": "More", "text": text, "checked_on": day(service)}
    shown = change(service, guidance=[before[0], new])["guidance"]
    assert shown == [before[0], new]
    assert service.get(PATH).get_json()["guidance"][1]["text"] == text
    undated = {name: value for name, value in new.items() if name != "checked_on"}
    assert change(service, guidance=[undated])["guidance"] == [new]
    told = faults(service, guidance=[undated | {"text": "Other."}])
    assert list(told["guidance"]["0"]) == ["checked_on"]
    for wrong in (new | {"text": " "}, new | {"text": "x" * 20_001}, new | {"title": ""},
                  new | {"slug": "A slug"}, new | {"checked_on": day(service, -1)},
                  new | {"text": "a\u0000b"}):  # fmt: skip
        assert list(faults(service, guidance=[wrong])) == ["guidance"]
    assert list(faults(service, guidance=[new, new])) == ["guidance"]


def test_replies(service: Service) -> None:
    new = [{"name": "Hello", "text": "Thank you.\n\n*Really.*"}]
    assert change(service, replies=new)["replies"] == new
    assert settings(service, "handler-1")["replies"] == new
    for wrong in ([*new, *new], [{"name": "", "text": "x"}], [{"name": "x", "text": ""}], [MARK]):
        assert list(faults(service, replies=wrong)) == ["replies"]


def test_categories(service: Service) -> None:
    shown = change(service, categories=OWN)["categories"]
    assert shown == OWN | {"version": 1, "since": day(service)}
    change(service, categories=OWN)
    more = OWN | {"categories": [*OWN["categories"], {"code": "other", "name": "Other"}]}
    assert change(service, categories=more)["categories"]["version"] == 2
    with service.database.read() as db:
        assert {one.version: one.items for one in db.scalars(select(CategorySet))} == {
            1: OWN,
            2: more,
        }
    assert audited(service) == [{"fields": [], "categories": 1}, {"fields": [], "categories": 2}]
    one = OWN["categories"][0]
    for wrong in (OWN | {"categories": [one, one]}, OWN | {"categories": [{"code": "x"}]},
                  OWN | {"categories": [one | {"code": "A code"}]}, {"categories": []},
                  OWN | {"categories": [one | {"name": "x" * 101}]}, [one]):  # fmt: skip
        assert list(faults(service, categories=wrong)) == ["categories"]


def test_settings_that_do_not_fit(service: Service) -> None:
    for name in DEFAULTS:
        for wrong in (-1, 10**11, 1.5, "2", None, True, MARK):
            told = faults(service, settings={name: wrong})
            assert list(told["settings"]) == [name], (name, wrong)
    assert list(faults(service, settings={MARK: 1})["settings"]) == ["_unknown"]
    assert list(faults(service, **{MARK: 1})) == ["_unknown"]
    assert list(faults(service, name=" ")) == ["name"]
    assert list(faults(service, name="x" * 201)) == ["name"]
    for field in ("slug", "time_zone", "receipt_key", "directory"):
        assert list(faults(service, **{field: "x"})) == ["_unknown"]


def test_all_or_nothing(service: Service) -> None:
    told = faults(service, name="Renamed", contacts=[CONTACT], settings={"idle_minutes": 5})
    assert list(told) == ["contacts"]
    assert settings(service)["name"] == "The eeast trust"


def test_no_text_stands_in_the_audit(service: Service) -> None:
    change(
        service,
        name=f"{MARK} 1",
        replies=[{"name": f"{MARK} 2", "text": f"{MARK} 3"}],
        contacts=[CONTACT | {"name": f"{MARK} 4", "checked_on": day(service)}],
        guidance=[{"slug": MARK, "title": MARK, "text": MARK, "checked_on": day(service)}],
    )
    assert audited(service) == [{"fields": ["contacts", "guidance", "name", "replies"]}]
    with service.database.read() as db:
        assert all(MARK not in str(one.detail) for one in db.scalars(select(AuditEntry)))


def test_two_administrators_at_once(service: Service) -> None:
    other = service.handler(waiting(service, "administrator"))
    texts = [{"slug": "a", "title": "A", "text": "A", "checked_on": day(service)}]
    answers = at_once(
        service,
        [
            ("PATCH", PATH, {"contacts": []}, service.handler("administrator-1")),
            ("PATCH", PATH, {"guidance": texts}, other),
        ],
    )
    assert [one.status_code for one in answers] == [200, 200]
    now = settings(service)
    assert (now["contacts"], now["guidance"]) == ([], texts)


def test_roles_and_outsiders(service: Service) -> None:
    other = waiting(service, "administrator", "elsewhere")
    body = {"name": "Somebody else's"}
    for name, status, code in (
        ("handler-1", 403, "not_allowed"), ("handler-3", 403, "not_allowed"),
        ("analyst-1", 403, "not_allowed"), ("handler-5", 404, "not_found"),
        (other, 404, "not_found"),
    ):  # fmt: skip
        bearer = service.handler(name)
        refused(service, "PATCH", PATH, body, bearer, status=status, code=code)
    for name, status, code in (
        (waiting(service), 403, "not_allowed"), ("handler-5", 404, "not_found"),
        (other, 404, "not_found"),
    ):  # fmt: skip
        refused(service, "GET", SETTINGS, None, service.handler(name), status=status, code=code)
    bearer = service.handler("administrator-1")
    for method, path in (("PATCH", "/organisations/elsewhere"), ("PATCH", "/organisations/none")):
        refused(service, method, path, body, bearer, status=404, code="not_found")
