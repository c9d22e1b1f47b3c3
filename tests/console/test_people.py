"""The people's pages: invite, approve by comparing, change, renew, remove."""

from __future__ import annotations

import re
from collections.abc import Callable

from api.models.account import Account
from tests.api.checks import nothing_stored
from tests.console.hands import Hands
from tests.console.test_joining import begin, finish
from tests.service import Service

Make = Callable[..., Hands]
ADMIN = "administrator-1"
PAGE = "/console/people/eeast"
DESKS = {"desks": "guardian"}


def invite(one: Hands, **fields: str) -> str:
    """Invites through the page; the code of the link."""
    given = {"display_name": "handler-9", "role": "handler"} | DESKS | fields
    form = one.get(f"{PAGE}/invite").form("display_name")
    shown = one.send(f"{PAGE}/invite", form, **given)
    assert shown.status == 200, shown.words
    return re.findall(r"/console/join#(wi_[\w-]+)<", shown.answer.text)[0]


def join(service: Service, hands: Make, code: str, username: str = "newcomer") -> None:
    """Somebody joins by the code."""
    one = hands(None)
    assert "ready" in finish(service, one, *begin(one, code, username)).words


def person(service: Service, username: str) -> Account:
    """The account of this name."""
    with service.database.read() as db:
        return db.query(Account).filter_by(username=username).one()


def test_it_works(service: Service, hands: Make) -> None:
    admin, handler = hands(ADMIN), hands()
    code = invite(admin)
    assert "handler-9" in admin.get(PAGE).words
    assert code not in admin.get(PAGE).answer.text
    join(service, hands, code)
    new = person(service, "newcomer")
    assert "Waiting for your signature" in handler.get(PAGE).words
    waits = "People 1 person waits for a signature"
    assert waits in handler.get("/console/inbox").words
    assert waits not in admin.get(PAGE).words
    assert waits not in hands("handler-5").get("/console/inbox").words
    page = f"{PAGE}/approve/{new.id}"
    shown = handler.get(page)
    fingerprints = re.findall(r"[0-9a-f]{4}(?: [0-9a-f]{4}){7}", shown.words)
    assert len(set(fingerprints)) == 2
    form = shown.form("fingerprint")
    with nothing_stored(service):
        refused = handler.send(page, form)
    assert (refused.status, "Compare it first" in refused.words) == (422, True)
    done = handler.send(page, form, compared="y", follow=True)
    assert "The roster was signed" in done.words
    assert "Waiting for your signature" not in done.words
    assert waits not in done.words
    assert "Freedom to Speak Up guardian" in done.words
    assert handler.get(page).status == 404


def test_what_changed_meanwhile_is_compared_again(service: Service, hands: Make) -> None:
    admin, handler = hands(ADMIN), hands()
    join(service, hands, invite(admin))
    new = person(service, "newcomer")
    page = f"{PAGE}/approve/{new.id}"
    form = handler.get(page).form("fingerprint")
    change = f"{PAGE}/change/{new.id}"
    changed = admin.send(change, admin.get(change).form("display_name"),
                         desks=["guardian", "senior-manager"])  # fmt: skip
    assert changed.status == 303
    with nothing_stored(service):
        refused = handler.send(page, form, compared="y")
    assert (refused.status, "changed meanwhile" in refused.words) == (409, True)


def test_an_invitation_is_taken_back(service: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    code = invite(admin)
    page = admin.get(PAGE)
    withdraw = next(form for form in page.forms if form.action.endswith("/withdraw"))
    assert "worth nothing" in admin.send("", withdraw, follow=True).words
    assert hands(None).fill("/console/join", invitation=code, username="x").status == 404
    assert admin.send("", withdraw).status == 404


def test_what_is_wrong_in_an_invitation(hands: Make) -> None:
    admin = hands(ADMIN)
    form = admin.get(f"{PAGE}/invite").form("display_name")
    for given, told in (
        ({"display_name": "", "role": "handler", "desks": "guardian"}, "Name: Say who is invited"),
        ({"display_name": "x", "desks": "guardian"}, "Role: Say who is invited"),
        ({"display_name": "x", "role": "king"}, "Role: Use one of"),
        ({"display_name": "x", "role": "handler"}, "Choose at least one desk"),
        ({"display_name": "x", "role": "analyst", "desks": "guardian"}, "has no desk"),
        ({"display_name": "x", "role": "handler", "desks": "no-such"}, "no such desk"),
        ({"display_name": "x" * 101, "role": "handler", "desks": "guardian"}, "too long"),
        ({"display_name": "a\nb", "role": "handler", "desks": "guardian"}, "Name:"),
    ):
        shown = admin.send(f"{PAGE}/invite", form, **given)
        assert (shown.status, told in shown.words) == (422, True), (given, shown.words)


def test_new_keys_after_a_loss(service: Service, hands: Make) -> None:
    admin, handler = hands(ADMIN), hands()
    lost = service.handlers["handler-2"].id
    page = f"{PAGE}/renew/{lost}"
    asked = admin.get(page)
    assert "compares fingerprints" in asked.words
    other = admin.get(f"{PAGE}/renew/{service.handlers['analyst-1'].id}")
    assert "make a new password" in other.words
    assert "fingerprint" not in other.words
    form = next(one for one in asked.forms if one.action == "")
    invited = admin.send(page, form)
    code = re.findall(r"/console/join#(wi_[\w-]+)<", invited.answer.text)[0]
    join(service, hands, code, "ignored")
    assert "new keys" in handler.get(PAGE).words
    approve = handler.get(f"{PAGE}/approve/{lost}")
    fingerprints = re.findall(r"[0-9a-f]{4}(?: [0-9a-f]{4}){7}", approve.words)
    assert len(set(fingerprints)) == 3  # new, until now, one's own


def test_somebody_is_removed(service: Service, hands: Make) -> None:
    admin, handler, gone = hands(ADMIN), hands(), hands("handler-2")
    page = f"{PAGE}/remove/{service.handlers['handler-2'].id}"
    form = next(one for one in admin.get(page).forms if one.action == "")
    assert "has to sign the roster now" in admin.send(page, form, follow=True).words
    assert gone.get("/console/account").status == 401
    waits = handler.get(PAGE)
    assert "left" in waits.words
    assert "handler-2 left until a handler retires them" in admin.get(PAGE).words
    retire = f"{PAGE}/retire/{service.handlers['handler-2'].id}"
    form = next(one for one in handler.get(retire).forms if one.action == "")
    assert "The roster was signed" in handler.send(retire, form, follow=True).words
    assert "handler-2" not in admin.get(PAGE).words
    own = f"{PAGE}/remove/{service.handlers[ADMIN].id}"
    form = next(one for one in admin.get(own).forms if one.action == "")
    last = admin.send(own, form)
    assert (last.status, "last administrator" in last.words) == (409, True)


def test_people_of_another_organisation(service: Service, hands: Make) -> None:
    mine, theirs = service.handlers["handler-1"].id, service.handlers["handler-5"].id
    pages = [PAGE, *(f"{PAGE}/{what}/{mine}" for what in ("approve", "retire"))]
    for page in pages:
        assert hands("handler-5").get(page).status == 404
    admin = hands(ADMIN)
    for page in (
        "/console/people/elsewhere",
        "/console/people/elsewhere/invite",
        *(f"{PAGE}/{what}/{theirs}" for what in ("change", "renew", "remove")),
    ):
        assert admin.get(page).status == 404, page


def test_user_names_are_for_administrators(service: Service, hands: Make) -> None:
    join(service, hands, invite(hands(ADMIN)))
    assert "newcomer" in hands(ADMIN).get(PAGE).words
    assert "newcomer" not in hands().get(PAGE).words


def test_a_script_in_a_name_is_shown_as_text(service: Service, hands: Make) -> None:
    name = "<script>alert(1)</script>"
    join(service, hands, invite(hands(ADMIN), display_name=name))
    for shown in (hands().get(PAGE), hands(ADMIN).get(PAGE)):
        assert name not in shown.answer.text
        assert name in shown.words
